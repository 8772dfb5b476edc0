"""HTML and XML, written so that no text gets into a page without its encoder.

A child that is a `str` is text of unknown origin: it is shown visibly and then escaped. Only
what this module made is a `Markup`, and only a `Markup` is taken as it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from analyzer.report.wording import visible
from analyzer.text import shown

__all__ = ["VOID", "Child", "Markup", "element", "fragment", "own", "text", "words"]

#: Characters of one text that a page shows.
LIMIT = 1000


class Markup(str):
    """Text that is encoded already."""

    __slots__ = ()


Child = str | Markup | None

#: HTML elements that have no end tag.
VOID = frozenset({"meta", "input", "br", "hr"})

_TEXT = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;"})


def text(value: str) -> Markup:
    """Text of unknown origin, visible and without effect in HTML and XML 1.0 alike."""
    return Markup(shown(value, LIMIT).translate(_TEXT))


def words(value: str) -> Markup:
    """A sentence whose names went through `shown` already: their escapes stay as they are."""
    return Markup(visible(value).translate(_TEXT))


def own(markup: str) -> Markup:
    """Markup that this program's own source holds; never anything from an input."""
    return Markup(markup)


def element(name: str, attributes: Mapping[str, str] | None = None, *children: Child) -> Markup:
    """One element; attributes are quoted and encoded as text is."""
    return Markup("".join(_pieces(name, attributes or {}, children)))


def fragment(*children: Child) -> Markup:
    """Several children without an element around them."""
    return Markup("".join(_encoded(child) for child in children))


def _pieces(name: str, attributes: Mapping[str, str], children: tuple[Child, ...]) -> Iterator[str]:
    yield f"<{name}"
    for key, value in attributes.items():
        yield f' {key}="{_encoded(value)}"'
    if name in VOID:
        yield ">"
        return
    yield ">"
    for child in children:
        yield _encoded(child)
    yield f"</{name}>"


def _encoded(child: Child) -> str:
    if child is None:
        return ""
    return child if isinstance(child, Markup) else text(child)
