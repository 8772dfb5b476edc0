"""Addresses without their indexes, and patterns over addresses.

In a pattern `*` is any text, `?` any character, everything else itself.
Not the shell's: `[0]` is an index in an address, and code points are compared exactly.
"""

from __future__ import annotations

import re

__all__ = ["matches", "without_indexes"]

_INDEX = re.compile(r'\[(?:"(?:[^"\\]|\\.)*"|[^\]"]*)\]')


def matches(pattern: str, text: str) -> bool:
    """Whether a pattern describes a whole text; takes no more than both lengths multiplied."""
    at = back = 0
    star = -1
    for_star = 0
    while at < len(text):
        if back < len(pattern) and pattern[back] == "*":
            star, for_star = back, at
            back += 1
        elif back < len(pattern) and pattern[back] in ("?", text[at]):
            back += 1
            at += 1
        elif star >= 0:  # give the last star one character more
            for_star += 1
            back, at = star + 1, for_star
        else:
            return False
    return pattern[back:].strip("*") == ""


def without_indexes(address: str) -> str:
    """The address of the block that a resource or module is an instance of."""
    return _INDEX.sub("", address)
