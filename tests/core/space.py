"""The finite space of the decision tables, and how a table is compared with the oracle."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import product

from analyzer.core.facts import DOUBTS
from analyzer.core.tables.spec import Open, Refused, Result, Row, Table

from .oracle import ORACLES, documented_codes

__all__ = [
    "UNKNOWN",
    "combinations",
    "completions",
    "defects",
    "doubts_of",
    "matching",
    "partial_states",
    "resolve",
]

#: A fact that a partial state does not name.
UNKNOWN = "unknown"

_CODE = re.compile(r"[A-Z][A-Za-z]+(?:\.[A-Za-z]+)?")


def combinations(columns: Mapping[str, tuple[str, ...]]) -> Iterator[dict[str, str]]:
    """The whole product of the columns: also an owner of no snapshot, who may be named."""
    for values in product(*columns.values()):
        yield dict(zip(columns, values, strict=True))


def partial_states(columns: Mapping[str, tuple[str, ...]]) -> Iterator[dict[str, str]]:
    """Every state of partial knowledge: each fact has one of its values or is not named."""
    for facts in combinations({name: (*domain, UNKNOWN) for name, domain in columns.items()}):
        yield {name: value for name, value in facts.items() if value != UNKNOWN}


def completions(
    columns: Mapping[str, tuple[str, ...]], known: Mapping[str, str]
) -> Iterator[dict[str, str]]:
    """Every combination that agrees with what is known."""
    return combinations({n: (known[n],) if n in known else domain for n, domain in columns.items()})


def matching(table: Table, facts: Mapping[str, str]) -> list[Row]:
    """The rows whose conditions hold, without any of `Table.find`'s shortcuts."""
    return [
        row
        for row in table.rows
        if all(facts[column] in values for column, values in row.when.items())
    ]


def doubts_of(result: Result) -> tuple[str, ...]:
    """The open questions that a result hangs on."""
    found: dict[str, None] = {}
    pending = [result]
    while pending:
        here = pending.pop()
        if isinstance(here, Open):
            found[here.doubt] = None
            pending.extend(here.results.values())
    return tuple(found)


def resolve(result: Result, answers: Mapping[str, str]) -> tuple[str, str | None]:
    """Symbol and code of a result, given an answer to each of its open questions."""
    while isinstance(result, Open):
        result = result.results[answers[result.doubt]]
    return ("rejected", result.code) if isinstance(result, Refused) else (result, None)


def answer_sets(doubts: tuple[str, ...]) -> Iterator[dict[str, str]]:
    """Every way to answer these open questions."""
    return combinations({doubt: DOUBTS[doubt].domain for doubt in doubts})


def defects(table: Table) -> Iterator[str]:
    """What is wrong with a table: gaps, overlaps, dead rows, another answer than the oracle's.

    Yields nothing for a sound table. Compares every combination of facts, and for each
    every answer to the open questions.
    """
    operation = table.operation.value
    oracle = ORACLES[operation]
    alive: set[str] = set()
    for facts in combinations(table.columns):
        rows = matching(table, facts)
        if len(rows) != 1:
            yield f"{operation} {facts}: rows {[row.id for row in rows]}"
            continue
        (row,) = rows
        alive.add(row.id)
        where = f"{row.id} {facts}"
        if row.symbols() != oracle(facts, {}):
            yield f"{where}: {sorted(row.symbols())}, not {sorted(oracle(facts, {}))}"
        for answers in answer_sets(doubts_of(row.result)):
            symbol, code = resolve(row.result, answers)
            if {symbol} != oracle(facts, answers):
                yield f"{where} {answers}: {symbol}, not {sorted(oracle(facts, answers))}"
            if symbol == "rejected":
                yield from _code_defects(where, code, documented_codes(operation, facts))
    yield from (f"{row.id} never fires" for row in table.rows if row.id not in alive)


def _code_defects(where: str, code: str | None, documented: frozenset[str]) -> Iterator[str]:
    named = frozenset(_CODE.findall(code or ""))
    if not named:
        yield f"{where}: a refusal without a code"
    elif documented and named != documented:
        yield f"{where}: code {code}, documented {sorted(documented)}"
