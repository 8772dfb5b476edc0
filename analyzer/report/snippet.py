"""The line of the source that a device is written in, with a mark under what is meant.

A line may hold more than the head of a block - a template in one line holds everything, secrets
too - so only a head is shown: a block's type and labels, or the name of an argument or a key.
Nothing else is ever quoted.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from analyzer.text import shown
from analyzer.wire import Location

__all__ = ["ReadLine", "snippet"]

#: Gives a line of a file, or `None` for what cannot be read (any more).
ReadLine = Callable[[str, int], str | None]

_TAB = 4
_HEAD = re.compile(
    r'\s*(?P<hcl>[A-Za-z_][\w-]*(?:\s+(?:"[^"\\]*"|[\w-]+)){0,2}\s*\{|[A-Za-z_][\w-]*\s*=(?!=))'
    r"""|\s*(?:-\s+)*(?P<key>(?:"[^"\\]*"|'[^']*'|\w[\w.-]*)\s*:)(?=\s|$)"""
)


def snippet(place: Location, read_line: ReadLine, width: int) -> list[str]:
    """The lines of a snippet; none for a place that has no head or cannot be read."""
    text = read_line(place.path, place.line) if place.line is not None else None
    found = _HEAD.match(text) if text is not None else None
    if found is None:
        return []
    group = "hcl" if found["hcl"] else "key"
    head = found[group]
    before = _width(found.string[: found.start(group)].expandtabs(_TAB))
    margin = " " * len(str(place.line))
    said = shown(head.expandtabs(_TAB), max(20, width - before - len(margin) - 3))
    blank = " " * before
    return [
        f"{margin} |",
        f"{place.line} | {blank}{said}",
        f"{margin} | {blank}{'^' * _width(said)}",
    ]


def _width(text: str) -> int:
    """The columns that a terminal takes for a text."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)
