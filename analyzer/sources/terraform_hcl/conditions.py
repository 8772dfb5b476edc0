"""Functions that compare items: where items are not known, so is the outcome, as a choice."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from analyzer.core.values import ABSENT, Absent, Datum, Given, Unknown
from analyzer.sources.terraform_hcl.branching import lift
from analyzer.sources.terraform_hcl.conversion import as_text, unified
from analyzer.sources.terraform_hcl.facts import Facts
from analyzer.sources.terraform_hcl.labels import label
from analyzer.sources.terraform_hcl.lists import (
    SHAPES,
    Args,
    Function,
    fields_of,
    items_of,
    refused,
)
from analyzer.sources.terraform_hcl.operators import Operators
from analyzer.sources.terraform_hcl.partial import FALSE, TRUE

__all__ = ["NAMES", "Collections"]

#: Items that are compared one by one; longer lists stay unknown.
_MOST_COMPARED = 1000


class Collections:
    """The functions by name."""

    def __init__(self, facts: Facts, operators: Operators) -> None:
        self._facts = facts
        self._operators = operators
        self.table: Mapping[str, Function] = {
            **SHAPES,
            "alltrue": lambda d: self._fold("&&", TRUE, d[0]),
            "anytrue": lambda d: self._fold("||", FALSE, d[0]),
            "coalesce": self._coalesce,
            "compact": self._compact,
            "contains": self._contains,
            "lookup": self._lookup,
        }

    def _fold(self, sign: str, start: Datum, items: Datum) -> Datum | None:
        found = items_of(items)
        if found is None or len(found) > _MOST_COMPARED:
            return None
        result = start
        for item in found:
            # null is not true: Terraform, "alltrue", "anytrue"
            result = self._operators.binary(sign, result, FALSE if item == ABSENT else item)
        return result

    def _contains(self, data: Args) -> Datum | None:
        items = items_of(data[0])
        if items is None or len(items) > _MOST_COMPARED:
            return None
        result: Datum = FALSE
        for item in items:
            same = self._operators.equal(item, data[1])
            if same == TRUE:
                return TRUE
            result = self._operators.binary("||", result, same)
        return result

    def _lookup(self, data: Args) -> Datum | None:
        fields, key = fields_of(data[0]), data[1]
        if fields is None:
            return None
        missing = data[2] if len(data) > 2 else refused("lookup", data)
        if isinstance(key, Unknown):
            return self._facts.ask_key(key, fields, missing)
        if isinstance(key, Absent):
            return refused("lookup", data)
        if isinstance(key, Given) and isinstance(key.value, str):
            return fields.get(key.value, missing)
        return None

    def is_empty(self, datum: Datum) -> Datum:
        """Whether a value is null or the empty text, as a condition."""
        null = self._operators.equal(datum, ABSENT)
        if isinstance(datum, Unknown) and not self._facts.type_of(datum).admits(""):
            return null
        return self._operators.binary("||", null, self._operators.equal(datum, Given("")))

    def _coalesce(self, data: Args) -> Datum | None:
        result: Datum = refused("coalesce", data)
        for datum in reversed(unified(data)):
            result = self._unless_empty(datum, result)
        return result

    def _unless_empty(self, datum: Datum, rest: Datum) -> Datum:
        return lift(
            [self.is_empty(datum)],
            lambda empty: rest if empty[0] == TRUE else datum,
            lambda: f"coalesce({label(datum)}, {label(rest)})",
            self._facts,
        )

    def _compact(self, data: Args) -> Datum | None:
        items = items_of(data[0])
        if items is None:
            return None
        keep = [self._operators.unary("!", self.is_empty(item)) for item in items]
        return self.kept([*map(as_text, items)], keep, lambda: f"compact({label(data[0])})")

    def kept(self, items: Sequence[Datum], keep: Sequence[Datum], name: Callable[[], str]) -> Datum:
        """The items whose condition holds; a choice where that is not known of all."""

        def operate(conditions: Args) -> Datum:
            failed = [c for c in conditions if c not in (TRUE, FALSE)]
            if failed:
                return failed[0]
            return Given(tuple(i for i, c in zip(items, conditions, strict=True) if c == TRUE))

        return lift(keep, operate, name, self._facts)


#: The names of all functions here and of those that look at shapes only.
NAMES = frozenset((*SHAPES, "alltrue", "anytrue", "coalesce", "compact", "contains", "lookup"))
