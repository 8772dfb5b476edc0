"""HTML and XML, written so that no text gets into a page without its encoder.

A child that is a `str` is text of unknown origin: it is shown visibly and then escaped. Only
what this module made is a `Markup`, and only a `Markup` is taken as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache

from analyzer.text import shown, visible

__all__ = ["VOID", "Child", "Markup", "each", "element", "fragment", "own", "text", "words"]

#: Characters of one text that a page shows.
LIMIT = 1000


class Markup(str):
    """Text that is encoded already."""

    __slots__ = ()


Child = str | Markup | None

#: HTML elements that have no end tag.
VOID = frozenset({"meta", "input", "br", "hr"})


def _escaped(value: str) -> str:
    # Faster than a table of characters, of which a text mostly has none.
    value = value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return value.replace('"', "&quot;").replace("'", "&#39;")


# A report says the same of many devices: most texts are met again and again.
_REMEMBERED = 16_384


@lru_cache(_REMEMBERED)
def text(value: str) -> Markup:
    """Text of unknown origin, visible and without effect in HTML and XML 1.0 alike."""
    return Markup(_escaped(shown(value, LIMIT)))


@lru_cache(_REMEMBERED)
def words(value: str) -> Markup:
    """A sentence whose names went through `shown` already: their escapes stay as they are."""
    return Markup(_escaped(visible(value)))


def own(markup: str) -> Markup:
    """Markup that this program's own source holds; never anything from an input."""
    return Markup(markup)


def element(name: str, attributes: Mapping[str, str] | None = None, *children: Child) -> Markup:
    """One element; attributes are quoted and encoded as text is."""
    head = name
    if attributes:
        for key, value in attributes.items():
            head += f' {key}="{value if type(value) is Markup else text(value)}"'
    if name in VOID:
        return Markup(f"<{head}>")
    return Markup(f"<{head}>{_joined(children)}</{name}>")


def fragment(*children: Child) -> Markup:
    """Several children without an element around them."""
    return Markup(_joined(children))


def each(name: str, children: Iterable[Markup]) -> Markup:
    """An element without attributes around each of several children, which are encoded already."""
    return Markup("".join([f"<{name}>{child}</{name}>" for child in children]))


def _joined(children: Iterable[Child]) -> str:
    # Written out: a page has tens of thousands of these.
    return "".join(
        [child if type(child) is Markup else text(child) for child in children if child is not None]
    )
