"""JSON that Terraform does not write and that others read: what of it can be read still is.

One odd number in a tag, half of a surrogate pair in a description or a byte of another encoding
would make a whole plan unreadable to msgspec. What stands there becomes a value that nobody knows;
all else is read as ever. Nothing here runs over a file that is in order.
"""

from __future__ import annotations

import json
import re
from typing import Any, Final

__all__ = ["LABELS", "MOST", "ODD", "decode_odd", "is_odd", "mended"]


class _Odd:
    """A value that cannot be read."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "(unreadable)"


#: Bytes up to which a whole file is looked at: larger ones are not made by hand.
MOST = 4_000_000
ODD: Final = _Odd()
#: Behind a replacement character no text has a noncharacter but what `mended` made.
_MARK = "\ufffd\ufdd0"
_ESCAPED = rb"\ufffd\ufdd0"
#: What is in it decides nothing: labels, and keys of the file that are not read.
LABELS = frozenset(("tags", "tags_all", "timestamp", "checks", "output_changes", "outputs"))
#: Keys of what names or refers to something.
_NAMES = frozenset(
    (
        *("address", "alias", "format_version", "full_name", "index", "mode", "module_address"),
        *("name", "previous_address", "provider_config_key", "references", "resource", "type"),
    )
)
#: Longer numbers, of which Python makes integers slowly or not at all, are for nobody.
_MOST_DIGITS = 400

_SURROGATES = re.compile(
    rb"\\\\|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    rb"|(\\u[dD][89a-fA-F][0-9a-fA-F]{2})"
)
_NO_UTF8 = re.compile("[\udc80-\udcff]")
_CONSTANTS = re.compile(rb'"(?:[^"\\]|\\.)*+"|(-?Infinity|NaN)', re.DOTALL)


def is_odd(value: object) -> bool:
    """Whether a decoded value is one that could not be read."""
    return value is ODD or (isinstance(value, str) and _MARK in value)


def decode_odd(data: bytes) -> Any:
    """Decode JSON of which parts cannot be read.

    Raises `ValueError` or `RecursionError` where it is no JSON all the same, and where what
    cannot be read is a name: of an attribute, of a resource, or in a reference to one.
    """
    whole = json.loads(mended(data), parse_int=_integer, parse_float=_float)
    stack = [("", whole)]
    while stack:
        under, here = stack.pop()
        if isinstance(here, list):
            stack.extend((under, item) for item in here)
        elif isinstance(here, dict):
            if any(map(is_odd, here)):
                raise ValueError(under)
            stack.extend((key, value) for key, value in here.items() if key not in LABELS)
        elif under in _NAMES and is_odd(here):
            raise ValueError(under)
    return whole


def _integer(digits: str) -> object:
    return int(digits) if len(digits) <= _MOST_DIGITS else ODD


def _float(digits: str) -> object:
    number = float(digits) if len(digits) <= _MOST_DIGITS else float("inf")
    return number if abs(number) != float("inf") else ODD


def mended(data: bytes) -> bytes:
    """The same JSON with a mark in the place of what no JSON can have; itself without any."""
    text = data.decode("utf-8", "surrogateescape")
    if not text.isascii():
        text = _NO_UTF8.sub(lambda _: _ESCAPED.decode(), text)
    found = _SURROGATES.sub(lambda m: _ESCAPED if m[1] else m[0], text.encode())
    if b"NaN" in found or b"Infinity" in found:
        found = _CONSTANTS.sub(lambda m: b"1e999" if m[1] else m[0], found)
    return found
