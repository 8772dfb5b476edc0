"""The tokens of an expression. Grammar: HCL Native Syntax Specification, "Lexical Elements"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from analyzer.sources.terraform_hcl.scanner import ScanError, heredoc_end, skip_string

__all__ = ["END", "LINE_END", "NAME", "NUMBER", "TEXT", "Token", "tokens"]

#: Kinds of tokens; that of an operator or bracket is its own text.
NAME, NUMBER, TEXT, LINE_END, END = "name", "number", "text", "line", "end"

_IDENT = r"[^\W\d][\w-]*+"
_SPACE = r"[ \t\r]++|\#[^\n]*+|//[^\n]*+"
# Possessive, as in the scanner; the names of the groups are the kinds of tokens.
_TOKEN = re.compile(
    rf"""(?:{_SPACE})*+(?:
        (?P<name>{_IDENT})
      | (?P<sign>\.\.\.|&&|\|\||[=!<>]=|=>|::|<(?!<)|/(?!\*)|[][(){{}}.,:?!=>+*%-])
      | (?P<text>"(?:[^"\\\n$%]++|\\.|[$%](?!\{{))*+")
      | (?P<number>\d++(?:\.\d++)?(?:[eE][+-]?\d++)?)
      | (?P<line>\n)
      | (?P<long>"|<<-?(?P<marker>{_IDENT})\r?\n|(?P<comment>/\*))
      | (?P<end>\Z)
    )""",
    re.VERBOSE,
)
_LOOP = re.compile(rf"(?:\s++|{_SPACE}|/\*.*?\*/)*+for\s++{_IDENT}\s*+(?:,|in\b)", re.DOTALL)


class Token(NamedTuple):
    """A token and where it begins."""

    kind: str
    text: str
    at: int


def tokens(source: str) -> Iterator[Token]:
    """The tokens of an expression, `END` last; a line end is one between items of an object only.

    Raises `ScanError`, while iterating, where the text holds no token.
    """
    opened: list[str] = []
    here = 0
    kind = ""
    while kind != END:
        found = _TOKEN.match(source, here)
        if found is None:
            raise ScanError(_stray(source, here), "this is no expression")
        kind = found.lastgroup or ""
        at, here = found.start(kind), found.end()
        if kind == "sign":
            kind = found["sign"]
            if kind in "([{":
                opened.append("(" if kind == "{" and _LOOP.match(source, here) else kind)
            elif kind in ")]}" and opened:
                opened.pop()
        elif kind == LINE_END:
            if opened[-1:] != ["{"]:
                continue
        elif kind == "long":
            here = _end(source, found, at)
            if found["comment"]:
                continue
            kind = TEXT
        yield Token(kind, source[at:here], at)


def _end(source: str, found: re.Match[str], at: int) -> int:
    """Where a comment, heredoc or text with templates ends that begins at `at`."""
    if found["comment"]:
        stop = source.find("*/", found.end())
        if stop < 0:
            raise ScanError(at, "a comment is not closed")
        return stop + 2
    if found["marker"]:
        return heredoc_end(source, at, found.end(), len(source), found["marker"])
    return skip_string(source, at, len(source))


def _stray(source: str, here: int) -> int:
    """Where the text that is no token begins."""
    space = re.compile(rf"(?:{_SPACE})*+").match(source, here)
    return space.end() if space else here
