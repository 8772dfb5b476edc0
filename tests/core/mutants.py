"""Every small slip that a decision table could contain, one at a time.

A table is data, so a mutant is a table with one cell changed. The comparison with the oracle
must notice each of them; otherwise a wrong cell could ship unseen.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from analyzer.core.facts import DOUBTS
from analyzer.core.tables import TABLES
from analyzer.core.tables.spec import Open, Refused, Result, Row, Table

from .oracle import documented_codes
from .space import combinations, defects

__all__ = ["Mutant", "mutants", "survives"]

SYMBOLS = sorted(
    {symbol for table in TABLES.values() for row in table.rows for symbol in row.symbols()}
)


@dataclass(frozen=True)
class Mutant:
    """A table with one slip; `kind` is the sort of slip, `what` says which it is."""

    kind: str
    what: str
    table: Table


def survives(mutant: Mutant) -> bool:
    """Whether the comparison with the oracle fails to notice the slip."""
    return next(defects(mutant.table), None) is None


def mutants(table: Table) -> Iterator[Mutant]:
    """Every table that differs from this one by one slip."""
    for index, row in enumerate(table.rows):
        before, after = table.rows[:index], table.rows[index + 1 :]
        yield Mutant("row lost", row.id, replace(table, rows=before + after))
        yield Mutant("row twice", row.id, replace(table, rows=(*table.rows, row)))
        for kind, what, changed in _rows(table, row):
            rows = (*before, changed, *after)
            yield Mutant(kind, f"{row.id}: {what}", replace(table, rows=rows))


def _rows(table: Table, row: Row) -> Iterator[tuple[str, str, Row]]:
    for column, domain in table.columns.items():
        values = row.when.get(column, domain)
        for value in values:
            narrowed = tuple(other for other in values if other != value)
            yield (
                "value removed",
                f"{column} without {value}",
                replace(row, when={**row.when, column: narrowed}),
            )
        for value in (value for value in domain if value not in values):
            yield (
                "value added",
                f"{column} also {value}",
                replace(row, when={**row.when, column: (*values, value)}),
            )
    for column in row.when:
        rest = {name: values for name, values in row.when.items() if name != column}
        yield "condition lost", column, replace(row, when=rest)
    coded = _has_documented_code(table, row)
    for kind, what, result in _results(row.result, coded=coded):
        yield kind, what, replace(row, result=result)


def _has_documented_code(table: Table, row: Row) -> bool:
    """Whether the documents tell the code of the row's refusals, so that a slip can show."""
    return any(
        documented_codes(table.operation.value, facts)
        for facts in combinations(table.columns)
        if all(facts[column] in values for column, values in row.when.items())
    )


def _results(result: Result, *, coded: bool) -> Iterator[tuple[str, str, Result]]:
    if isinstance(result, Open):
        yield from _readings(result, coded=coded)
        return
    if isinstance(result, Refused):
        yield "code changed", "no code", Refused("")
        if coded:
            yield "code changed", "another code", Refused("SomethingElse")
            yield "code changed", "one code more", Refused(f"{result.code}, SomethingElse")
            if ", " in result.code:
                fewer = result.code.rpartition(", ")[0]
                yield "code changed", "one code less", Refused(fewer)
    now = "rejected" if isinstance(result, Refused) else result
    for symbol in SYMBOLS:
        if symbol != now:
            yield (
                "result changed",
                f"{symbol} for {now}",
                Refused("InvalidParameter") if symbol == "rejected" else symbol,
            )


def _readings(result: Open, *, coded: bool) -> Iterator[tuple[str, str, Result]]:
    answers = list(result.results)
    for answer, reading in result.results.items():
        yield "doubt dropped", f"{result.doubt} always {answer}", reading
        for kind, what, changed in _results(reading, coded=coded):
            mutated = Open(result.doubt, {**result.results, answer: changed})
            yield kind, f"{result.doubt} {answer}: {what}", mutated
    for one, other in ((a, b) for a in answers for b in answers if a < b):
        if result.results[one] != result.results[other]:
            swapped = {
                **result.results,
                one: result.results[other],
                other: result.results[one],
            }
            yield "readings swapped", f"{one} and {other}", Open(result.doubt, swapped)
    for doubt, fact in DOUBTS.items():
        if doubt != result.doubt and set(fact.domain) == set(answers):
            yield "doubt mistaken", f"{doubt} for {result.doubt}", Open(doubt, result.results)
