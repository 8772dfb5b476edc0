"""What a decision table is made of, and how one is read.

A table is data. The same rows decide, explain, generate the documentation and are counted
by tests: every combination of facts hits exactly one row, and every row is hit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import field
from enum import Enum
from itertools import product
from typing import Union

from analyzer.core.facts import DOUBTS
from analyzer.core.model import Operation
from analyzer.core.records import dataclass
from analyzer.core.worlds import World

__all__ = ["COLUMNS", "Confidence", "Open", "Refused", "Result", "Row", "Table"]

#: Columns (facts of a request) and their domains; a table may narrow one.
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "encrypted": ("true", "false", "absent"),
    "kms_key_id": ("given", "absent"),
    "snapshot": ("none", "unencrypted", "encrypted"),
    "owner": ("self", "other"),
    "encryption_by_default": ("off", "on"),
    "same_region": ("yes", "no"),
    "destination": ("region", "outpost"),
    "volume": ("unencrypted", "encrypted"),
    "same_account": ("yes", "no"),
    "root_now": ("unencrypted", "encrypted"),
    "source": ("launch_state", "unencrypted", "encrypted"),
    "device": (
        "existing_unencrypted",
        "existing_encrypted",
        "new_empty",
        "new_from_snapshot",
    ),
}


class Confidence(Enum):
    """How well a row is documented."""

    DOCUMENTED = "documented"
    API_REFERENCE = "API reference"
    OBSERVED = "observed"
    INFERRED = "inferred"
    DISAGREE = "documents disagree"


@dataclass(frozen=True, slots=True)
class Refused:
    """AWS refuses the request; `code` as the API returns it, or "one of" several."""

    code: str


@dataclass(frozen=True, slots=True)
class Open:
    """The documents leave it open: one result per answer to the doubt `OQ-n`."""

    doubt: str
    results: Mapping[str, Result]

    def __post_init__(self) -> None:
        if set(self.results) != set(DOUBTS[self.doubt].domain):
            raise ValueError(f"{self.doubt}: results must match the answers")


Result = Union[str, Refused, Open]


@dataclass(frozen=True, slots=True)
class Row:
    """One documented behaviour.

    `when` restricts columns to values; a column that is missing may have any. `says` is the
    behaviour in our own words; `source` holds the tags of `SOURCES` that document it.
    """

    id: str
    when: Mapping[str, tuple[str, ...]]
    result: Result
    says: str
    source: str
    confidence: Confidence
    note: str = ""

    def symbols(self) -> set[str]:
        """Every symbol that the row can yield."""
        return {symbol for symbol, _ in _ends(self.result)}

    def doubts(self) -> list[str]:
        """The open questions that the row's outcome hangs on."""
        return list(dict.fromkeys(_doubts(self.result)))


def _doubts(result: Result) -> Iterator[str]:
    if isinstance(result, Open):
        yield result.doubt
        for below in result.results.values():
            yield from _doubts(below)


def _ends(result: Result) -> Iterator[tuple[str, Refused | None]]:
    if isinstance(result, Open):
        for below in result.results.values():
            yield from _ends(below)
    elif isinstance(result, Refused):
        yield "rejected", result
    else:
        yield result, None


@dataclass(slots=True, eq=False)
class Left:
    """The rows that are left once some columns were read, and the column to read next, if any.

    What a value leaves is worked out once and kept in `by_value`: a table is read for every
    device, in every world of it.
    """

    rows: tuple[Row, ...]
    unread: tuple[str, ...]
    column: str = field(init=False)
    by_value: dict[str, Left] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        # The table is total: the last row that is left matches whatever was not read.
        depends = (c for c in self.unread if any(c in row.when for row in self.rows))
        self.column = next(depends, "") if len(self.rows) > 1 else ""

    @property
    def row(self) -> Row:
        """The row that is left of a table without gaps when there is no more column to read."""
        (row,) = self.rows
        return row

    def after(self, value: str) -> Left:
        """The rows that are left when the column to read has this value."""
        return self.by_value.get(value) or self._narrow(value)

    def _narrow(self, value: str) -> Left:
        column = self.column
        rows = tuple(r for r in self.rows if column not in r.when or value in r.when[column])
        unread = self.unread[self.unread.index(column) + 1 :]
        self.by_value[value] = Left(rows, unread)
        return self.by_value[value]


@dataclass(frozen=True, slots=True)
class Table:
    """The decision table of one operation.

    `columns` are in reading order, each with its domain. `find` reads a column only while
    some row that is still possible depends on it.
    """

    operation: Operation
    columns: Mapping[str, tuple[str, ...]]
    rows: tuple[Row, ...]
    start: Left = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "start", Left(self.rows, tuple(self.columns)))

    def find(self, read: Callable[[str], str]) -> Row:
        """The one row for the values that `read` gives; it is asked per column, lazily."""
        left = self.start
        while left.column:
            left = left.after(read(left.column))
        if len(left.rows) != 1:
            raise AssertionError(f"{self.operation.value}: {len(left.rows)} rows match")
        return left.row

    def combinations(self) -> Iterator[dict[str, str]]:
        """Every combination of values. The owner of no snapshot is not a fact: given once."""
        for values in product(*self.columns.values()):
            facts = dict(zip(self.columns, values, strict=True))
            if facts.get("snapshot") == "none" and facts.get("owner") == "other":
                continue
            yield facts

    def row(self, row_id: str) -> Row:
        """The row called `row_id`. Raises `KeyError`."""
        for row in self.rows:
            if row.id == row_id:
                return row
        raise KeyError(row_id)


def settle(result: Result, world: World) -> tuple[str, str | None]:
    """The symbol and error code of a result in a world; doubts are asked like any fact."""
    while isinstance(result, Open):
        result = result.results[world.ask(DOUBTS[result.doubt])]
    return ("rejected", result.code) if isinstance(result, Refused) else (result, None)


def table(operation: Operation, columns: str, *rows: Row, **narrowed: str) -> Table:
    """A table over the named columns; keywords narrow a column's domain."""
    domains = {
        name: tuple(narrowed[name].split()) if name in narrowed else COLUMNS[name]
        for name in columns.split()
    }
    return Table(operation, domains, rows)


def row(
    row_id: str,
    when: str,
    result: Result,
    says: str,
    source: str,
    confidence: Confidence,
    note: str = "",
) -> Row:
    """A row; `when` is written `column=value|value column=value`."""
    conditions = dict(part.split("=", 1) for part in when.split())
    restricted = {column: tuple(values.split("|")) for column, values in conditions.items()}
    return Row(row_id, restricted, result, says, source, confidence, note)
