"""A light scanner: cuts a file into blocks and attributes and leaves expressions alone.

It knows what can hide a bracket or a line end (strings with `${ }` and `%{ }` in them,
heredocs, comments) and nothing else, so that what does not matter is never parsed. Grammar:
HCL Native Syntax Specification, "Structural Elements". Everything is a loop: nesting costs no
stack.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import Union

from msgspec import Struct, field

__all__ = [
    "TEMPLATE_DEPTH",
    "RawAttribute",
    "RawBlock",
    "RawItem",
    "ScanError",
    "Text",
    "heredoc_end",
    "items",
    "skip_string",
    "skip_template",
    "unescape",
]

# Possessive quantifiers throughout: hostile text must not make a pattern try twice.
_IDENT = r"[^\W\d][\w-]*+"
_SPACE = re.compile(r"(?:\s++|#[^\n]*+|//[^\n]*+|/\*.*?\*/)*+", re.DOTALL)
_QUOTED = r'"(?:[^"\\\n]++|\\.)*+"'
_GAP = r"(?:[ \t]++|/\*.*?\*/)*+"
_HEAD = re.compile(
    rf"({_IDENT})(?:{_GAP}=(?![=>])|((?:{_GAP}(?:{_QUOTED}|{_IDENT}))*+){_GAP}\{{)", re.DOTALL
)
_LABEL = re.compile(rf"/\*.*?\*/|({_QUOTED})|({_IDENT})", re.DOTALL)
_COMMENT = r"\#[^\n]*+|//[^\n]*+|/\*"
_PLAIN_STRING = r'"(?:[^"\\\n$%]++|\\.|[$%](?!\{))*+"'
_HEREDOC = rf"<<-?({_IDENT})\r?\n"
# What changes depth or hides something that would, longest first.
_BRACES = re.compile(rf'[{{}}]|{_PLAIN_STRING}|"|{_COMMENT}|{_HEREDOC}', re.DOTALL)
_BRACKETS = re.compile(rf'[][{{}}()]|\n|{_PLAIN_STRING}|"|{_COMMENT}|{_HEREDOC}', re.DOTALL)
_IN_STRING = re.compile(r'\\.|\$\$\{|%%\{|[$%]\{|"|\n', re.DOTALL)
_OPENS = "([{"
_CLOSES = {")": "(", "]": "[", "}": "{"}
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))", re.DOTALL)
_PLAIN = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}
#: Strings inside templates inside strings: what reads them recurses.
TEMPLATE_DEPTH = 32


class ScanError(Exception):
    """The text is not HCL at a position; `code` is the code of the problem to report."""

    def __init__(self, at: int, message: str, code: str = "input-hcl") -> None:
        super().__init__(message)
        self.at = at
        self.message = message
        self.code = code


class Text(Struct, frozen=True, eq=False):
    """The text of a file, and the place of each position in it."""

    path: str
    content: str
    _starts: list[int] = field(default_factory=list)

    def place(self, at: int) -> tuple[int, int]:
        """Line and column of a position, both from 1."""
        if not self._starts:
            self._starts.extend([0, *(m.end() for m in re.finditer("\n", self.content))])
        line = bisect_right(self._starts, at)
        return line, at - self._starts[line - 1] + 1


class RawAttribute(Struct, frozen=True):
    """`name = expression`; the expression is `content[start:end]`, not looked at yet."""

    name: str
    at: int
    start: int
    end: int


class RawBlock(Struct, frozen=True):
    """`type "label" { ... }`; the body is `content[start:end]`, not looked at yet."""

    type: str
    labels: tuple[str, ...]
    at: int
    start: int
    end: int


RawItem = Union[RawAttribute, RawBlock]


def items(content: str, start: int, end: int, depth: int) -> Iterator[RawItem]:
    """The attributes and blocks of a body, in order.

    Args:
        content: the text of a whole file.
        start: where the body begins.
        end: where it ends.
        depth: brackets that one expression may nest.

    Raises:
        ScanError: while iterating, where the text is neither; what came before is good.
    """
    here = start
    while True:
        here = _skip_space(content, here, end)
        if here >= end:
            return
        head = _HEAD.match(content, here, end)
        if head is None:
            raise ScanError(here, "neither a block nor an attribute begins here")
        if head[2] is None:
            stop = _expression_end(content, head.end(), end, depth)
            yield RawAttribute(head[1], here, head.end(), stop)
            here = stop
        else:
            stop = _block_end(content, head.end(), end, here)
            labels = tuple(
                unescape(found[1][1:-1]) if found[1] else found[2]
                for found in _LABEL.finditer(head[2])
                if found[0][:2] != "/*"
            )
            yield RawBlock(head[1], labels, here, head.end(), stop)
            here = stop + 1


def unescape(text: str) -> str:
    """The text of a quoted string without `${`. Raises `ScanError` for an unknown escape."""
    if "\\" not in text:
        return text

    def one(found: re.Match[str]) -> str:
        code = found[1] or found[2]
        if code:
            number = int(code, 16)
            if number > 0x10FFFF:
                raise ScanError(0, "an escape names no character")
            return chr(number)
        plain = _PLAIN.get(found[3])
        if plain is None:
            raise ScanError(0, "a string holds an unknown escape")
        return plain

    return _ESCAPE.sub(one, text)


def _skip_space(content: str, here: int, end: int) -> int:
    found = _SPACE.match(content, here, end)
    here = found.end() if found else here
    if content.startswith("/*", here):
        raise ScanError(here, "a comment is not closed")
    return here


def _block_end(content: str, here: int, end: int, opened: int) -> int:
    """The position of the `}` that closes the brace before `here`."""
    depth = 1
    while True:
        found = _BRACES.search(content, here, end)
        if found is None:
            raise ScanError(opened, "a block is not closed")
        token, here = found[0], found.end()
        if token == "{":
            depth += 1
        elif token == "}":
            depth -= 1
            if not depth:
                return found.start()
        elif token == '"':
            here = skip_string(content, found.start(), end)
        else:
            here = _skip_hidden(content, found, end)


def _expression_end(content: str, here: int, end: int, depth: int) -> int:
    """Where the expression that begins at `here` ends: at a line end outside brackets.

    Source: HCL Native Syntax, "Attribute Definitions"; newlines count only outside brackets.
    """
    opened: list[tuple[str, int]] = []
    while True:
        found = _BRACKETS.search(content, here, end)
        if found is None:
            if opened:
                raise ScanError(opened[-1][1], "a bracket is not closed")
            return end
        token, here = found[0], found.end()
        if token == "\n" or token.startswith(("#", "//")) or (token == "}" and not opened):
            if not opened:
                return found.start()
        elif token in _OPENS or token in _CLOSES:
            _bracket(opened, token, found.start(), depth)
        elif token == '"':
            here = skip_string(content, found.start(), end)
        else:
            here = _skip_hidden(content, found, end)
            if found[1] and not opened:
                return here


def _bracket(opened: list[tuple[str, int]], token: str, at: int, depth: int) -> None:
    """Open or close a bracket of an expression."""
    if token in _OPENS:
        opened.append((token, at))
        if len(opened) > depth:
            message = f"an expression is nested more than {depth} levels deep"
            raise ScanError(at, message, "limit-depth")
    elif not opened:
        raise ScanError(at, "a bracket is closed that was not opened")
    elif opened.pop()[0] != _CLOSES[token]:
        raise ScanError(at, "a bracket is closed by another kind of bracket")


def skip_string(content: str, at: int, end: int) -> int:
    """The position after the string whose quote opens at `at`, templates in it included.

    Raises `ScanError` where the string, or a `${` in it, is not closed.
    """
    return _skip_nested(content, [('"', at)], at + 1, end)


def skip_template(content: str, at: int, end: int) -> int:
    """The position after the `}` that closes the `${` or `%{` at `at`; raises `ScanError`."""
    return _skip_nested(content, [("{", at)], at + 2, end)


def _skip_nested(content: str, opened: list[tuple[str, int]], here: int, end: int) -> int:
    """Where the last of the `opened` strings and braces is closed."""
    while opened:
        if len(opened) > 2 * TEMPLATE_DEPTH:
            message = f"templates are nested more than {TEMPLATE_DEPTH} levels deep"
            raise ScanError(opened[-1][1], message, "limit-depth")
        inside_string = opened[-1][0] == '"'
        found = (_IN_STRING if inside_string else _BRACES).search(content, here, end)
        if found is None:
            raise ScanError(opened[-1][1], _unclosed(opened[-1][0]))
        token, here = found[0], found.end()
        if inside_string:
            if token == '"':
                opened.pop()
            elif token == "\n":
                raise ScanError(opened[-1][1], _unclosed('"'))
            elif token in ("${", "%{"):
                opened.append(("{", found.start()))
        elif token == "{":
            opened.append(("{", found.start()))
        elif token == "}":
            opened.pop()
        elif token == '"':
            opened.append(('"', found.start()))
        else:
            here = _skip_hidden(content, found, end)
    return here


def _skip_hidden(content: str, found: re.Match[str], end: int) -> int:
    """The position after a string without templates, a comment or a heredoc."""
    if found[1]:
        return heredoc_end(content, found.start(), found.end(), end, found[1])
    if found[0] != "/*":
        return found.end()
    stop = content.find("*/", found.end(), end)
    if stop < 0:
        raise ScanError(found.start(), "a comment is not closed")
    return stop + 2


def _unclosed(token: str) -> str:
    return "a string is not closed" if token == '"' else "a template in a string is not closed"


def heredoc_end(content: str, opened: int, here: int, end: int, marker: str) -> int:
    """The position after the marker that closes a heredoc whose first line begins at `here`."""
    found = re.compile(rf"^[ \t]*{re.escape(marker)}(?=[ \t]*\r?$)", re.MULTILINE).search(
        content, here, end
    )
    if found is None:
        raise ScanError(opened, "a heredoc is not closed")
    return found.end()
