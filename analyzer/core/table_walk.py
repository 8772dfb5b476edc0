"""One request in all worlds at once, by a walk through its table.

Looking at worlds one by one decides the request anew for each answer. Where each column hangs
on one fact at most, the table itself tells which facts matter: it is walked once, and branches
where a column is open, in the order in which single worlds would ask.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

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
from analyzer.core.tables import TABLES, Left, Open, Result, Row, Table, settle
from analyzer.core.worlds import Explored, Leaf, Tree, World, join

__all__ = ["decide_all"]


def decide_all(request: Request, world: World) -> Outcome | Explored[Outcome]:
    """What becomes of a request in this world, or in all worlds below it.

    Raises what `decide` raises, where more than the table is open.
    """
    outcome = before_table(request, world)
    if outcome is not None:
        return outcome
    walk = _Walk(request, TABLES[request.operation], world)
    try:
        tree = walk.through(walk.table.start, {})
    except (_Involved, NoRow, Undetermined, Impossible):
        return decide(request, world)
    return Explored(tree, walk.leaves)


class _Involved(Exception):
    """More than one fact, or a thing that does not exist in some world, stands behind a column."""


@dataclass(frozen=True, slots=True)
class _OpenColumn:
    """The fact behind a column, and the column's value for each answer."""

    fact: Fact
    values: Mapping[str, str]


@dataclass(slots=True)
class _Walk:
    request: Request
    table: Table
    world: World
    leaves: int = 0
    _columns: dict[str, str | _OpenColumn] = field(default_factory=dict)

    def through(self, left: Left, answers: dict[Fact, str]) -> Tree[Outcome] | None:
        """The tree below some answers, by the rows that they leave."""
        while left.column:
            column = self._column(left.column)
            if isinstance(column, str):
                left = left.after(column)
                continue
            answer = answers.get(column.fact)
            if answer is None:
                return self._each(left, column, answers)
            if answer not in column.values:  # asked for another column, with other answers
                raise _Involved
            left = left.after(column.values[answer])
        return self._settled(left.row, left.row.result, answers)

    def _each(
        self, left: Left, column: _OpenColumn, answers: dict[Fact, str]
    ) -> Tree[Outcome] | None:
        fact = column.fact
        return join(
            fact,
            [
                (answer, self.through(left.after(value), {**answers, fact: answer}))
                for answer, value in column.values.items()
            ],
        )

    def _column(self, name: str) -> str | _OpenColumn:
        if name not in self._columns:
            self._columns[name] = self._read(name)
        return self._columns[name]

    def _read(self, name: str) -> str | _OpenColumn:
        try:
            return read_column(self.request, self.table, name, self.world)
        except Undetermined as question:
            fact = question.fact
        try:
            values = {
                answer: read_column(
                    self.request, self.table, name, self.world.assuming(fact, answer)
                )
                for answer in fact.domain
            }
        except Undetermined:
            raise _Involved from None
        return _OpenColumn(fact, values)

    def _settled(self, row: Row, result: Result, answers: dict[Fact, str]) -> Tree[Outcome] | None:
        if isinstance(result, Open):
            doubt = DOUBTS[result.doubt]
            answer = answers.get(doubt) or self.world.peek(doubt)
            if answer is not None:
                return self._settled(row, result.results[answer], answers)
            return join(
                doubt,
                [
                    (answer, self._settled(row, below, {**answers, doubt: answer}))
                    for answer, below in ((a, result.results[a]) for a in doubt.domain)
                ],
            )
        here = World(self.world.known, {**self.world.assumed, **answers})
        symbol, code = settle(result, here)
        outcome = finish(self.request, here, symbol, row.id, code)
        if outcome.outcome == "none":
            raise _Involved
        self.leaves += 1
        return Leaf(outcome)
