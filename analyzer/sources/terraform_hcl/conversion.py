"""Conversion of values to the types that variables declare."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence

from analyzer.core.values import ABSENT, Absent, Choice, Datum, Given, Reference, Scalar, Unknown
from analyzer.sources.terraform_hcl.branching import lift, map_answers
from analyzer.sources.terraform_hcl.expressions import Expression
from analyzer.sources.terraform_hcl.facts import Facts
from analyzer.sources.terraform_hcl.labels import derived, fails, label, scalar_text
from analyzer.sources.terraform_hcl.partial import (
    Failure,
    SetOf,
    given,
    is_own,
    is_scalar,
    subvalues,
)
from analyzer.sources.terraform_hcl.type_constraints import ANY, BOOL, STRING, Field, Type

__all__ = [
    "Converter",
    "as_text",
    "default_for_null",
    "to_bool",
    "to_number",
    "to_set",
    "to_string",
    "unified",
]


_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")


def to_string(value: Scalar) -> str | None:
    """A scalar as text; null stays null."""
    return None if value is None else scalar_text(value)


def to_bool(value: Scalar) -> bool | None:
    """A scalar as Boolean; raises `ValueError` where Terraform refuses."""
    if value is None or isinstance(value, bool):
        return value
    if value in ("true", "false", "1", "0"):
        return value in ("true", "1")
    raise ValueError("only true and false are Boolean")


def to_number(value: Scalar) -> int | float | None:
    """A scalar as number; raises `ValueError` where Terraform refuses."""
    if isinstance(value, bool):
        raise ValueError("a Boolean is no number")
    if not isinstance(value, str):
        return value
    if len(value) > 300:
        raise ValueError("a number has too many digits")
    if _NUMBER.fullmatch(value) is None or not math.isfinite(number := float(value)):
        raise ValueError("this is no number")
    return int(value) if value.lstrip("+-").isdigit() else number


_SCALARS: Mapping[str, Callable[[Scalar], Scalar]] = {
    "string": to_string,
    "bool": to_bool,
    "number": to_number,
}


def unified(items: Sequence[Datum]) -> tuple[Datum, ...]:
    """Items of a list, set or map, which all have one type: of several scalars it is text."""
    values = [item.value for item in items if isinstance(item, Given)]
    kinds = {
        "bool" if isinstance(v, bool) else "text" if isinstance(v, str) else "number"
        for v in values
    }
    if len(kinds) < 2 or not all(v is not None and is_scalar(v) for v in values):
        return tuple(items)
    return tuple(map(as_text, items))


def as_text(datum: Datum) -> Datum:
    """A known number or Boolean as text; everything else as it is."""
    if isinstance(datum, Given) and isinstance(datum.value, (bool, int, float)):
        return Given(scalar_text(datum.value), datum.origin, datum.sensitive)
    return datum


def to_set(items: Sequence[Datum]) -> Datum | None:
    """The set of some items, `None` where it is not known which are equal.

    Sets of scalars are in Terraform's order. Source: Terraform, "toset".
    """
    found: dict[object, Datum] = {}
    others = 0
    for item in unified(items):
        if isinstance(item, Given) and isinstance(item.value, Reference):
            if len(items) > 1 and not is_own(item.value):
                return None
            found.setdefault(item.value, item)
            others += 1
        elif isinstance(item, Given) and not isinstance(item.value, (Mapping, tuple)):
            found.setdefault((type(item.value) is bool, item.value), item)
        elif len(items) == 1 and not isinstance(item, Failure):
            return Given(SetOf(items))
        elif all(isinstance(part, (Given, Absent)) for part in subvalues(item)):
            found.setdefault(label(item), item)
        else:
            return None
    if others and len(found) > 1 and len({type(key) for key in found}) > 1:
        return None  # a name that is not known yet may be one of the others
    if all(isinstance(key, tuple) for key in found):
        return Given(SetOf(sorted(found.values(), key=_order)))
    return Given(SetOf(found.values()))


def _order(item: Datum) -> tuple[str, float, str]:
    value = item.value if isinstance(item, Given) else None
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return "number", value, ""
    return type(value).__name__, 0.0, str(value)


def default_for_null(datum: Datum, default: Datum, facts: Facts) -> Datum:
    """A datum with a default wherever it is null."""
    if isinstance(datum, Absent):
        return default
    if isinstance(datum, Unknown) and not isinstance(datum, Failure) and datum.nullable:
        datum = facts.ask_null(datum)
    if isinstance(datum, Choice):
        return map_answers(
            datum.fact, [datum], lambda d: default_for_null(d[0], default, facts), facts
        )
    return datum


class Converter:
    """Converts values; `constant` evaluates the defaults that a type constraint holds."""

    def __init__(self, facts: Facts, constant: Callable[[Expression], Datum]) -> None:
        self._facts = facts
        self._constant = constant

    def convert(self, datum: Datum, type_: Type) -> Datum:
        """A datum as a value of a type; a `Failure` where Terraform refuses."""
        if type_ == ANY or isinstance(datum, (Absent, Failure)):
            return datum
        if isinstance(datum, Choice):
            return lift(
                [datum],
                lambda d: self.convert(d[0], type_),
                lambda: f"{type_.kind}({label(datum)})",
                self._facts,
            )
        if isinstance(datum, Unknown):
            return self._unknown(datum, type_)
        return self._known(datum, type_)

    def _unknown(self, datum: Unknown, type_: Type) -> Datum:
        """An unknown value of another type: as text, `true` is not what it was."""
        own = self._facts.types.setdefault(datum.name, type_)
        if own.kind == type_.kind or not {own.kind, type_.kind} <= _SCALARS.keys():
            return datum
        if own == BOOL and type_ == STRING:
            facts = self._facts
            truth = lift([facts.ask_null(datum)], self._worded, lambda: datum.name, facts)
            return lift([truth], lambda d: self.convert(d[0], type_), lambda: datum.name, facts)
        made = derived(f"to{type_.kind}({datum.name})", datum)
        self._facts.types.setdefault(made.name, type_)
        return Unknown(made.name, made.why, nullable=datum.nullable)

    def _worded(self, data: Sequence[Datum]) -> Datum:
        return self._facts.ask_truth(data[0]) if isinstance(data[0], Unknown) else data[0]

    def _known(self, datum: Given, type_: Type) -> Datum:
        value = datum.value
        if isinstance(value, Reference):
            return datum
        scalar = _SCALARS.get(type_.kind)
        if isinstance(value, Mapping):
            made = self._of_mapping(value, type_)
        elif isinstance(value, tuple):
            made = self._of_items(value, type_)
        elif scalar is not None:
            try:
                made = given(scalar(value))  # type: ignore[arg-type]
            except ValueError as error:
                made = fails(f"to{type_.kind}({label(datum)})", str(error))
        else:
            made = None
        if made is None:
            return fails(f"to{type_.kind}({label(datum)})", f"a {type_.kind} is needed")
        if datum.sensitive and isinstance(made, Given):
            return Given(made.value, sensitive=True)
        return made

    def _of_items(self, items: tuple[Datum, ...], type_: Type) -> Datum | None:
        if type_.kind == "tuple" and len(items) == len(type_.items):
            return Given(tuple(map(self.convert, items, type_.items)))
        if type_.kind not in ("list", "set"):
            return None
        made = tuple(self.convert(item, type_.element or ANY) for item in items)
        failed = next((item for item in made if isinstance(item, Failure)), None)
        if failed is not None:
            return failed
        if type_.kind == "list":
            return Given(unified(made))
        return to_set(made) or derived(f"toset({label(Given(made))})", *made)

    def _of_mapping(self, fields: Mapping[str, Datum], type_: Type) -> Datum | None:
        if type_.kind == "map":
            element = type_.element or ANY
            parts = unified([self.convert(value, element) for value in fields.values()])
            made = dict(zip(fields, parts, strict=True))
        elif type_.kind == "object":
            made = {}
            for name, wanted in type_.fields.items():
                if name not in fields and not wanted.optional:
                    return None
                made[name] = self._field(fields.get(name, ABSENT), wanted)
        else:
            return None
        failed = next((item for item in made.values() if isinstance(item, Failure)), None)
        return failed if failed is not None else Given(made)

    def _field(self, datum: Datum, wanted: Field) -> Datum:
        made = self.convert(datum, wanted.type)
        if wanted.default is None:
            return made
        default = self.convert(self._constant(wanted.default), wanted.type)
        return default_for_null(made, default, self._facts)
