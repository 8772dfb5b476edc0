"""One request in all worlds at once, by a walk through its table.

Looking at worlds one by one decides the request anew for each answer. Where each column hangs
on one fact at most, the table itself tells which facts matter: the columns that some world
reads are read once, and what follows from them is the same for every request that has these
values, whatever its facts are called. So the tree is made once as a shape, and kept.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import field
from functools import lru_cache
from typing import NamedTuple, Union

from analyzer.core.chain import (
    NoRow,
    Request,
    before_table,
    decide,
    finish,
    read_column,
)
from analyzer.core.facts import DOUBTS, Fact, Impossible, Undetermined
from analyzer.core.model import Outcome
from analyzer.core.records import dataclass
from analyzer.core.tables import TABLES, Left, Open, Refused, Result, Row, Table
from analyzer.core.worlds import Explored, Leaf, Shape, Tree, World, join

__all__ = ["decide_all"]

Answers = dict[Fact, str]


def decide_all(request: Request, world: World) -> Outcome | Explored[Outcome]:
    """What becomes of a request in this world, or in all worlds below it.

    Raises what `decide` raises, where more than the table is open.
    """
    outcome = before_table(request, world)
    if outcome is not None:
        return outcome
    try:
        return _walk(request, world)
    except (_Involved, NoRow, Undetermined, Impossible):
        return decide(request, world)


class _Involved(Exception):
    """More than one fact, or a thing that does not exist in some world, stands behind a column."""


# -- reading -----------------------------------------------------------------------------


class _OpenColumn(NamedTuple):
    """The number of the fact behind a column, and the column's value for each answer."""

    fact: int
    values: tuple[tuple[str, str], ...]


_Column = Union[str, _OpenColumn]


@dataclass(slots=True, eq=False)
class _Reading:
    """What is left of a table in all worlds together, and the column that is read next, if any."""

    table: Table
    lefts: tuple[Left, ...]
    column: str = field(init=False)
    doubts: tuple[str, ...] = field(init=False)
    by_values: dict[Hashable, _Reading] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        asked = {left.column for left in self.lefts}
        self.column = next((column for column in self.table.columns if column in asked), "")
        rows = [] if self.column else [left.row for left in self.lefts]
        self.doubts = tuple(dict.fromkeys(doubt for row in rows for doubt in row.doubts()))

    def after(self, values: str | frozenset[str]) -> _Reading:
        """What is left where the column has this value, or these in some worlds each."""
        return self.by_values.get(values) or self._narrow(values)

    def _narrow(self, values: str | frozenset[str]) -> _Reading:
        found: dict[Left, None] = {}
        for left in self.lefts:
            if left.column != self.column:
                found[left] = None
                continue
            for value in (values,) if isinstance(values, str) else values:
                found[left.after(value)] = None
        self.by_values[values] = _Reading(self.table, tuple(found))
        return self.by_values[values]


_READINGS = {operation: _Reading(table, (table.start,)) for operation, table in TABLES.items()}


def _walk(request: Request, world: World) -> Explored[Outcome]:
    facts: dict[Fact, int] = {}
    columns: list[tuple[str, _Column]] = []
    reading = _READINGS[request.operation]
    while reading.column:
        column = _read(request, reading, world, facts)
        columns.append((reading.column, column))
        reading = reading.after(
            column if isinstance(column, str) else frozenset([value for _, value in column.values])
        )
    told = tuple([(doubt, world.peek(DOUBTS[doubt])) for doubt in reading.doubts])
    walk = reading, tuple(columns), told
    try:
        # what is clear before anything is asked is so in every world
        view = _view(*walk, apart=False)
        values = [finish(request, world, end.symbol, end.row, end.code) for end in view.ends]
    except Undetermined:
        view = _view(*walk, apart=True)
        named = dict(zip(view.shape.facts, facts, strict=True))
        values = []
        for end in view.ends:
            answers = {named.get(fact, fact): answer for fact, answer in end.answers}
            here = World(world.known, {**world.assumed, **answers})
            values.append(finish(request, here, end.symbol, end.row, end.code))
    if any(value.outcome == "none" for value in values):
        raise _Involved
    return Explored(view.shape, tuple(facts), tuple(values))


def _read(request: Request, reading: _Reading, world: World, facts: dict[Fact, int]) -> _Column:
    table, name = reading.table, reading.column
    try:
        return read_column(request, table, name, world)
    except Undetermined as question:
        fact = question.fact
    if fact.is_doubt:
        raise _Involved
    try:
        values = [
            (answer, read_column(request, table, name, world.assuming(fact, answer)))
            for answer in fact.domain
        ]
    except Undetermined:
        raise _Involved from None
    return _OpenColumn(facts.setdefault(fact, len(facts)), tuple(values))


# -- the shape of what follows -----------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _End:
    """A row and what it says, with the answers that lead there if they make a difference."""

    row: str
    symbol: str
    code: str | None
    answers: tuple[tuple[Fact, str], ...] = ()


@dataclass(frozen=True, slots=True)
class _View:
    """The shape that follows from columns, and the end behind each number in it."""

    shape: Shape
    ends: tuple[_End, ...]


@lru_cache(maxsize=4096)
def _view(
    reading: _Reading,
    columns: tuple[tuple[str, _Column], ...],
    told: tuple[tuple[str, str | None], ...],
    *,
    apart: bool,
) -> _View:
    """All that follows from the columns of a request, and from what is told of open questions.

    With `apart` each path has an end of its own. Raises `_Involved` where two columns hang
    on one fact, and one of them knows answers that the other one does not.
    """
    numbered: dict[int, Fact] = {}
    for _, column in columns:
        if isinstance(column, _OpenColumn):
            domain = tuple(answer for answer, _ in column.values)
            numbered.setdefault(column.fact, Fact("number", str(column.fact), domain))
    walk = _Walk(dict(columns), numbered, dict(told), apart)
    tree = walk.through(reading.table.start, {})
    if tree is None:
        raise _Involved
    shape = Shape(tree, tuple(numbered.values()), walk.leaves)
    return _View(shape, tuple(walk.ends))


@dataclass(slots=True, eq=False)
class _Walk:
    columns: dict[str, _Column]
    facts: dict[int, Fact]
    told: dict[str, str | None]
    apart: bool
    leaves: int = 0
    ends: dict[_End, int] = field(default_factory=dict)

    def through(self, left: Left, answers: Answers) -> Tree[int] | None:
        """The tree below some answers, by the rows that they leave."""
        while left.column:
            column = self.columns[left.column]
            if isinstance(column, str):
                left = left.after(column)
                continue
            fact = self.facts[column.fact]
            answer = answers.get(fact)
            if answer is None:
                below = [
                    (answer, self.through(left.after(value), {**answers, fact: answer}))
                    for answer, value in column.values
                ]
                return join(fact, below)
            value = dict(column.values).get(answer)
            if value is None:
                raise _Involved
            left = left.after(value)
        return self._settled(left.row, left.row.result, answers)

    def _settled(self, row: Row, result: Result, answers: Answers) -> Tree[int] | None:
        if isinstance(result, Open):
            doubt = DOUBTS[result.doubt]
            answer = answers.get(doubt) or self.told[result.doubt]
            if answer is not None:
                return self._settled(row, result.results[answer], answers)
            below = [
                (answer, self._settled(row, result.results[answer], {**answers, doubt: answer}))
                for answer in doubt.domain
            ]
            return join(doubt, below)
        symbol, code = ("rejected", result.code) if isinstance(result, Refused) else (result, None)
        end = _End(row.id, symbol, code, tuple(answers.items()) if self.apart else ())
        self.leaves += 1
        return Leaf(self.ends.setdefault(end, len(self.ends)))
