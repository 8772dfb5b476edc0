"""JSON templates: Python's own scanner, and places only for what is looked at.

The scanner tells where a value ends but not where its parts begin. A node therefore scans its
own children once more when it is opened; all that is never opened costs one fast pass.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterator
from json.decoder import scanstring  # type: ignore[attr-defined] # the stubs leave it out
from json.scanner import make_scanner

from analyzer.errors import InputError
from analyzer.limits import Budget
from analyzer.sources.cloudformation.nodes import Fields, Items, Node, Scalar
from analyzer.sources.cloudformation.notes import Notes
from analyzer.sources.json_scan import check_depth

__all__ = ["read_json"]

_BLANK = re.compile(r"[ \t\n\r]*")


def read_json(text: str, data: bytes, budget: Budget, notes: Notes) -> Node:
    """The root node of a JSON document.

    Args:
        text: the document.
        data: its bytes.
        budget: what it may cost.
        notes: where duplicate keys are reported.

    Raises:
        InputError: no JSON, or beyond a limit.
    """
    check_depth(data, budget)
    budget.spend(data.count(b",") + data.count(b":"))
    opener = _Opener(text, budget.path, notes)
    start = opener.skip(0)
    try:
        _, end = opener.scan(text, start)
    except (StopIteration, json.JSONDecodeError) as error:
        place = error.value if isinstance(error, StopIteration) else error.pos
        raise opener.broken(place) from None
    if opener.skip(end) != len(text):
        raise opener.broken(opener.skip(end))
    return opener.open((start, end))


def _refuse(_constant: str) -> object:
    raise json.JSONDecodeError("NaN and Infinity are no JSON", "", 0)


#: Where a value begins and ends.
_Span = tuple[int, int]


class _Opener:
    """Makes nodes of spans of the text."""

    def __init__(self, text: str, path: str, notes: Notes) -> None:
        self._text = text
        self._path = path
        self._notes = notes
        self._lines: list[int] | None = None
        # Numbers stay text as written: an account id must not lose its zeros.
        decoder = json.JSONDecoder(parse_float=str, parse_int=str, parse_constant=_refuse)
        self.scan = make_scanner(decoder)  # type: ignore[arg-type] # a decoder is its context

    def skip(self, start: int) -> int:
        """The offset of the next character that is no blank."""
        found = _BLANK.match(self._text, start)
        return start if found is None else found.end()

    def place(self, key: int) -> tuple[int, int]:
        if self._lines is None:
            self._lines = [0, *(found.end() for found in re.finditer("\n", self._text))]
        line = bisect_right(self._lines, key)
        return line, key - self._lines[line - 1] + 1

    def broken(self, start: int) -> InputError:
        """The error for text that is no JSON from an offset on."""
        line, column = self.place(start)
        return InputError(self._path, "input-json", "not valid JSON", line=line, column=column)

    def calls(self, raw: _Span, name: str) -> Iterator[Node]:
        if self._text.find(name, *raw) < 0 and self._text.find("\\u", *raw) < 0:
            return iter(())
        node = self.open(raw)
        return iter(()) if isinstance(node, Scalar) else node.calls(name)

    def open(self, raw: _Span) -> Node:
        start, _ = raw
        line, column = self.place(start)
        first = self._text[start]
        if first == "{":
            return Fields(self._fields(start), self, line, column)
        if first == "[":
            return Items(self._items(start), self, line, column)
        value, _ = self.scan(self._text, start)
        return Scalar(value, line, column)

    def _fields(self, start: int) -> dict[str, tuple[_Span, int]]:
        text, skip, scan = self._text, self.skip, self.scan
        fields: dict[str, tuple[_Span, int]] = {}
        here = skip(start + 1)
        while text[here] != "}":
            key = here
            name, here = scanstring(text, here + 1, True)  # strict
            value = skip(skip(here) + 1)
            if name in fields:
                self._notes.duplicate(name, self.place(fields[name][1]), self.place(key))
            _, end = scan(text, value)
            fields[name] = ((value, end), key)
            here = skip(end)
            if text[here] == ",":
                here = skip(here + 1)
        return fields

    def _items(self, start: int) -> list[_Span]:
        text, skip, scan = self._text, self.skip, self.scan
        items: list[_Span] = []
        here = skip(start + 1)
        while text[here] != "]":
            _, end = scan(text, here)
            items.append((here, end))
            here = skip(end)
            if text[here] == ",":
                here = skip(here + 1)
        return items
