"""Terraform's JSON syntax (`.tf.json`, `.tfvars.json`) as blocks and arguments.

Source: Terraform, "JSON Configuration Syntax". Where a value is both a nested block and an
object by its looks, it becomes an argument: readers of bodies take an object for a block.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from analyzer.core.values import Origin
from analyzer.sources.terraform_hcl.blocks import TWICE, Argument, Block, Source
from analyzer.sources.terraform_hcl.expressions import (
    BROKEN,
    Expression,
    Literal,
    ObjectCons,
    TupleCons,
)
from analyzer.sources.terraform_hcl.scanner import ScanError, Text

__all__ = ["constant", "decode", "json_blocks"]

_NESTING = re.compile(r'[][{}]|"(?:[^"\\]++|\\.)*+"', re.DOTALL)

#: The strings of JSON; only a member's name has a colon behind it.
_STRING = re.compile(r'"(?:[^"\\]++|\\.)*+"([ \t\r\n]*:)?', re.DOTALL)

#: Labels of each block type of the top level.
_LABELS = {"resource": 2, "data": 2, "ephemeral": 2, "locals": 0, "terraform": 0, "import": 0}


class _Name(str):
    """The name of a member, and where it stands."""

    __slots__ = ("at",)

    at: int


class _Pairs(list[tuple[_Name, Any]]):
    """A JSON object with its members in order; a member may come twice."""


def decode(text: Text, depth: int) -> Any:
    """The JSON value of a file; objects are lists of pairs. Raises `ScanError`."""
    value = _decoded(text, depth)
    # A file holds the names in the order in which one comes upon them in the value.
    places = (found.start() for found in _STRING.finditer(text.content) if found[1])
    pending = [value]
    while pending:
        here = pending.pop()
        if isinstance(here, tuple):
            here[0].at = next(places)
            pending.append(here[1])
        elif isinstance(here, list):
            pending.extend(reversed(here))
    return value


def _decoded(text: Text, depth: int) -> Any:
    level = 0
    for token in _NESTING.finditer(text.content):
        if token[0] in "[{":
            level += 1
            if level > depth:
                message = f"nested more than {depth} levels deep"
                raise ScanError(token.start(), message, "limit-depth")
        elif token[0] in "]}":
            level -= 1
    try:
        return json.loads(
            text.content,
            object_pairs_hook=_named,
            parse_int=_number,
            parse_float=_float,
            parse_constant=_refuse,
        )
    except json.JSONDecodeError as error:
        raise ScanError(error.pos, "this is no JSON", "input-json") from None


def _named(pairs: list[tuple[str, Any]]) -> _Pairs:
    return _Pairs((_Name(name), value) for name, value in pairs)


def _number(digits: str) -> int | float:
    if len(digits) > 4000:  # Python refuses to convert more
        raise ScanError(0, "a number has too many digits", "input-json")
    return int(digits)


def _float(digits: str) -> float:
    number = float(digits)
    if number in (float("inf"), float("-inf")):
        raise ScanError(0, "a number is too large", "input-json")
    return number


def _refuse(_: str) -> float:
    raise ScanError(0, "a number is neither NaN nor infinite in JSON", "input-json")


def json_blocks(text: Text, source: Source) -> Iterator[Block]:
    """The top-level blocks of a `.tf.json` file. Raises `ScanError`."""
    value = decode(text, source.depth)
    for top in _bodies(value):
        for type_, below in top:
            if type_ == "//":
                continue
            labels = _LABELS.get(type_, 1)
            for names, body, pointer in _labelled(below, labels, f"/{_escape(type_)}"):
                yield _Maker(text, source).block(type_, names, body, pointer, (type_, *names)[-1])


def _bodies(value: Any) -> Iterator[_Pairs]:
    """A body, or each body of a list of them."""
    for item in value if isinstance(value, list) and not isinstance(value, _Pairs) else [value]:
        if not isinstance(item, _Pairs):
            raise ScanError(0, "a block must be an object, or a list of objects", "input-json")
        yield item


def _labelled(
    value: Any, labels: int, pointer: str
) -> Iterator[tuple[tuple[_Name, ...], Any, str]]:
    """The bodies below `labels` levels of names, each with its names and JSON pointer."""
    found: list[tuple[tuple[_Name, ...], Any, str]] = [((), value, pointer)]
    for _ in range(labels):
        found = [
            ((*names, name), inner, f"{at}/{_escape(name)}")
            for names, body, at in found
            for pairs in _bodies(body)
            for name, inner in pairs
            if name != "//"
        ]
    for names, body, at in found:
        is_list = isinstance(body, list) and not isinstance(body, _Pairs)
        for number, pairs in enumerate(_bodies(body)):
            yield names, pairs, f"{at}/{number}" if is_list else at


def _escape(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


class _Maker:
    """Makes blocks and expressions of the values of one file."""

    def __init__(self, text: Text, source: Source) -> None:
        self.text = text
        self.source = source

    def block(
        self, type_: str, names: tuple[str, ...], body: _Pairs, pointer: str, name_: _Name
    ) -> Block:
        """The block of a body that stands under a name."""
        block = Block(type_, names, self.origin(pointer, name_), self.source)
        arguments: dict[str, Argument] = {}
        blocks: list[Block] = []
        for name, value in body:
            at = f"{pointer}/{_escape(name)}"
            if name == "//":
                continue
            if name == "dynamic":
                for labels, inner, below in _labelled(value, 1, at):
                    blocks.append(self._dynamic(labels, inner, below))
            else:
                literal = type_ == "variable" and name == "default"
                expression = constant(value) if literal else self.expression(value)
                if name in arguments:
                    self.source.problem(self.text, name.at, ScanError(0, TWICE, "input-json"))
                    expression = BROKEN
                arguments[name] = Argument(
                    name, self.origin(at, name), self.source, expression=expression
                )
        block.fill(arguments, blocks)
        return block

    def _dynamic(self, labels: tuple[_Name, ...], body: _Pairs, pointer: str) -> Block:
        """A `dynamic` block; its `content` is a block, not an argument."""
        block = Block("dynamic", labels, self.origin(pointer, labels[0]), self.source)
        rest = _Pairs((name, value) for name, value in body if name != "content")
        inside = self.block("dynamic", labels, rest, pointer, labels[0])
        contents = [
            self.block("content", (), pairs, f"{pointer}/content", name)
            for name, value in body
            if name == "content"
            for pairs in _bodies(value)
        ]
        block.fill(inside.arguments, contents)
        return block

    def origin(self, pointer: str, name: _Name) -> Origin:
        line, column = self.text.place(name.at)
        return Origin(path=self.text.path, line=line, column=column, pointer=pointer)

    def expression(self, value: Any) -> Expression:
        """The expression of a value: strings and names of members are templates."""
        if isinstance(value, str):
            return self.source.parser.template(value, self.text.path)
        if isinstance(value, _Pairs):
            return ObjectCons(
                tuple((self.expression(k), self.expression(v)) for k, v in value if k != "//")
            )
        if isinstance(value, list):
            return TupleCons(tuple(self.expression(item) for item in value))
        return Literal(value)


def constant(value: Any) -> Expression:
    """The expression of a value whose strings are plain text."""
    if isinstance(value, _Pairs):
        return ObjectCons(tuple((Literal(k), constant(v)) for k, v in value))
    if isinstance(value, list):
        return TupleCons(tuple(constant(item) for item in value))
    return Literal(value)
