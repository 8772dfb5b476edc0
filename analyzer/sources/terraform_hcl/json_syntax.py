"""Terraform's JSON syntax (`.tf.json`, `.tfvars.json`) as blocks and arguments.

Source: Terraform, "JSON Configuration Syntax". Where a value is both a nested block and an
object by its looks, it becomes an argument: readers of bodies take an object for a block.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

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

__all__ = ["Pairs", "constant", "decode", "json_blocks"]

_NESTING = re.compile(r'[][{}]|"(?:[^"\\]++|\\.)*+"', re.DOTALL)

#: The strings of JSON; only a member's name has a colon behind it.
_STRING = re.compile(r'"(?:[^"\\]++|\\.)*+"([ \t\r\n]*:)?', re.DOTALL)

#: Labels of each block type of the top level.
_LABELS = {"resource": 2, "data": 2, "ephemeral": 2, "locals": 0, "terraform": 0, "import": 0}


class Pairs(list[tuple[str, Any]]):
    """A JSON object with its members in order; a member may come twice.

    `places` tells where their names stand.
    """

    places: list[int]

    def placed(self) -> Iterator[tuple[str, Any, int]]:
        """The members, with their places."""
        return ((name, value, at) for (name, value), at in zip(self, self.places, strict=True))


class _At(NamedTuple):
    """Where something stands: its JSON pointer, and the position of its name."""

    pointer: str
    place: int

    def below(self, name: str, place: int) -> _At:
        return _At(f"{self.pointer}/{_escape(name)}", place)


def decode(text: Text, depth: int) -> Any:
    """The JSON value of a file; objects are lists of pairs. Raises `ScanError`."""
    value = _decoded(text, depth)
    # A file holds the names in the order in which one comes upon them in the value.
    places = (found.start() for found in _STRING.finditer(text.content) if found[1])
    pending = [value]
    while pending:
        here = pending.pop()
        if isinstance(here, tuple):
            pairs, (_, inner) = here
            pairs.places.append(next(places))
            pending.append(inner)
        elif isinstance(here, Pairs):
            here.places = []
            pending.extend((here, pair) for pair in reversed(here))
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
            object_pairs_hook=Pairs,
            parse_int=_number,
            parse_float=_float,
            parse_constant=_refuse,
        )
    except json.JSONDecodeError as error:
        raise ScanError(error.pos, "this is no JSON", "input-json") from None


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
        for type_, below, place in top.placed():
            if type_ == "//":
                continue
            labels = _LABELS.get(type_, 1)
            for names, body, at in _labelled(below, labels, _At(f"/{_escape(type_)}", place)):
                yield _Maker(text, source).block(type_, names, body, at)


def _bodies(value: Any) -> Iterator[Pairs]:
    """A body, or each body of a list of them."""
    for item in value if isinstance(value, list) and not isinstance(value, Pairs) else [value]:
        if not isinstance(item, Pairs):
            raise ScanError(0, "a block must be an object, or a list of objects", "input-json")
        yield item


def _labelled(value: Any, labels: int, at: _At) -> Iterator[tuple[tuple[str, ...], Any, _At]]:
    """The bodies below `labels` levels of names, each with its names and where it stands."""
    found: list[tuple[tuple[str, ...], Any, _At]] = [((), value, at)]
    for _ in range(labels):
        found = [
            ((*names, name), inner, outer.below(name, place))
            for names, body, outer in found
            for pairs in _bodies(body)
            for name, inner, place in pairs.placed()
            if name != "//"
        ]
    for names, body, outer in found:
        is_list = isinstance(body, list) and not isinstance(body, Pairs)
        for number, pairs in enumerate(_bodies(body)):
            yield names, pairs, outer.below(str(number), outer.place) if is_list else outer


def _escape(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


class _Maker:
    """Makes blocks and expressions of the values of one file."""

    def __init__(self, text: Text, source: Source) -> None:
        self.text = text
        self.source = source

    def block(
        self, type_: str, names: tuple[str, ...], body: Pairs, at: _At, without: str = "//"
    ) -> Block:
        block = Block(type_, names, self.origin(at), self.source)
        arguments: dict[str, Argument] = {}
        blocks: list[Block] = []
        for name, value, place in body.placed():
            here = at.below(name, place)
            if name in ("//", without):
                continue
            if name == "dynamic":
                for labels, inner, below in _labelled(value, 1, here):
                    blocks.append(self._dynamic(labels, inner, below))
            else:
                literal = type_ == "variable" and name == "default"
                expression = constant(value) if literal else self.expression(value)
                if name in arguments:
                    self.source.problem(self.text, place, ScanError(0, TWICE, "input-json"))
                    expression = BROKEN
                arguments[name] = Argument(
                    name, self.origin(here), self.source, expression=expression
                )
        block.fill(arguments, blocks)
        return block

    def _dynamic(self, labels: tuple[str, ...], body: Pairs, at: _At) -> Block:
        """A `dynamic` block; its `content` is a block, not an argument."""
        block = self.block("dynamic", labels, body, at, without="content")
        contents = [
            self.block("content", (), pairs, at.below(name, place))
            for name, value, place in body.placed()
            if name == "content"
            for pairs in _bodies(value)
        ]
        block.fill(block.arguments, contents)
        return block

    def origin(self, at: _At) -> Origin:
        line, column = self.text.place(at.place)
        return Origin(path=self.text.path, line=line, column=column, pointer=at.pointer)

    def expression(self, value: Any) -> Expression:
        """The expression of a value: strings and names of members are templates."""
        if isinstance(value, str):
            return self.source.parser.template(value, self.text.path)
        if isinstance(value, Pairs):
            return ObjectCons(
                tuple((self.expression(k), self.expression(v)) for k, v in value if k != "//")
            )
        if isinstance(value, list):
            return TupleCons(tuple(self.expression(item) for item in value))
        return Literal(value)


def constant(value: Any) -> Expression:
    """The expression of a value whose strings are plain text."""
    if isinstance(value, Pairs):
        return ObjectCons(tuple((Literal(k), constant(v)) for k, v in value))
    if isinstance(value, list):
        return TupleCons(tuple(constant(item) for item in value))
    return Literal(value)
