"""Operators on values of which only a part may be known.

Source: HCL Native Syntax Specification, "Operations"; values of two types are never equal.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence

from analyzer.core.values import Absent, Choice, Datum, Given, Reference, Unknown
from analyzer.sources.terraform_hcl.arithmetic import calculate
from analyzer.sources.terraform_hcl.branching import lift
from analyzer.sources.terraform_hcl.conversion import to_bool, to_number
from analyzer.sources.terraform_hcl.facts import Facts
from analyzer.sources.terraform_hcl.labels import derived, fails, label
from analyzer.sources.terraform_hcl.partial import FALSE, TRUE, Failure, is_filled, is_scalar
from analyzer.sources.terraform_hcl.type_constraints import NUMBER

__all__ = ["Operators"]

_COMPARE: Mapping[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
#: Numbers beyond this are not calculated with: no storage setting needs them.
_LARGEST = 10**30


class Operators:
    """The operators; `facts` are asked where an operand is not known."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts

    def truth(self, datum: Datum) -> Datum:
        """A condition: true, false, a choice of them, or a failure."""
        return lift([datum], self._truth, lambda: f"tobool({label(datum)})", self._facts)

    def _truth(self, data: Sequence[Datum]) -> Datum:
        datum = data[0]
        if isinstance(datum, Failure):
            return datum
        if isinstance(datum, Unknown):
            return self._facts.ask_truth(datum)
        if isinstance(datum, Given):
            if isinstance(datum.value, Reference):
                name = f"tobool({label(datum)})"
                return self._facts.ask_truth(self._facts.undecided(name, datum))
            if is_scalar(datum.value):
                try:
                    return TRUE if to_bool(datum.value) else FALSE
                except ValueError:
                    pass
        return fails(f"tobool({label(datum)})", "a condition must be true or false")

    def unary(self, sign: str, datum: Datum) -> Datum:
        """`!x` or `-x`."""

        def operate(data: Sequence[Datum]) -> Datum:
            if sign == "!":
                truth = self._truth(data)
                return lift([truth], _negated, lambda: name, self._facts)
            number = self._number(data[0])
            if isinstance(number, (int, float)):
                return Given(-number)
            return number if isinstance(number, Failure) else self._unknown(name, data)

        name = f"{sign}{label(datum)}"
        return lift([datum], operate, lambda: name, self._facts)

    def binary(self, sign: str, left: Datum, right: Datum) -> Datum:
        """`left sign right`."""

        def name_of(data: Sequence[Datum]) -> str:
            return f"{label(data[0])} {sign} {label(data[1])}"

        def operate(data: Sequence[Datum]) -> Datum:
            if sign in ("&&", "||"):
                return self._logic(sign, data)
            if sign in ("==", "!="):
                same = self.equal(data[0], data[1])
                return self.unary("!", same) if sign == "!=" else same
            return self._calculate(sign, data, name_of(data))

        return lift([left, right], operate, lambda: name_of((left, right)), self._facts)

    def _logic(self, sign: str, data: Sequence[Datum]) -> Datum:
        decided = FALSE if sign == "&&" else TRUE
        truths = [self._truth([datum]) for datum in data]

        name = f" {sign} ".join(map(label, data))

        def operate(sides: Sequence[Datum]) -> Datum:
            # Where the left side decides, Terraform's newer versions do not look at the right.
            left, right = sides
            return left if isinstance(left, Failure) or left == decided else right

        return lift(truths, operate, lambda: name, self._facts)

    def _number(self, datum: Datum) -> float | Datum:
        if isinstance(datum, (Unknown, Choice)):
            return datum
        if isinstance(datum, Given):
            if isinstance(datum.value, Reference):
                return datum
            if is_scalar(datum.value):
                try:
                    number = to_number(datum.value)
                except ValueError:
                    number = None
                if number is not None:
                    return number
        return fails(label(datum), "a number is needed")

    def _unknown(self, name: str, data: Sequence[Datum], *, boolean: bool = False) -> Datum:
        if boolean:
            return self._facts.undecided(name, *data)
        made = derived(name, *data)
        self._facts.types.setdefault(made.name, NUMBER)
        return made

    def _calculate(self, sign: str, data: Sequence[Datum], name: str) -> Datum:
        numbers = [self._number(datum) for datum in data]
        failed = next((n for n in numbers if isinstance(n, Failure)), None)
        if failed is not None:
            return failed
        known = [n for n in numbers if isinstance(n, (int, float))]
        compare = _COMPARE.get(sign)
        if len(known) < 2:
            return self._unknown(name, data, boolean=compare is not None)
        if compare is not None:
            return TRUE if compare(*known) else FALSE
        if max(map(abs, known)) > _LARGEST:
            return self._unknown(name, data)
        made = calculate(sign, *known)
        return self._unknown(name, data) if made is None else Given(made)

    # -- equality ------------------------------------------------------------------------

    def equal(self, left: Datum, right: Datum) -> Datum:
        """Whether two data are equal: true, false, or a choice."""
        for datum in (left, right):
            if isinstance(datum, Failure):
                return datum
        return lift(
            [left, right],
            lambda data: self._equal(data[0], data[1]),
            lambda: f"{label(left)} == {label(right)}",
            self._facts,
        )

    def _equal(self, left: Datum, right: Datum) -> Datum:
        if isinstance(right, Unknown) and not isinstance(left, Unknown):
            left, right = right, left
        if isinstance(left, Unknown):
            if isinstance(right, Unknown) and left.name == right.name:
                return TRUE
            return self._equal_unknown(left, right)
        if isinstance(left, Absent) or isinstance(right, Absent):
            return self._equal_null(left, right)
        if not isinstance(left, Given) or not isinstance(right, Given):
            return self._undecided(left, right)
        if isinstance(right.value, Reference):
            left, right = right, left
        if isinstance(left.value, Reference):
            return self._equal_reference(left, left.value, right)
        return self._equal_known(left, right)

    def _undecided(self, left: Datum, right: Datum) -> Datum:
        name = f"{label(left)} == {label(right)}"
        return self._facts.ask_truth(self._facts.undecided(name, left, right))

    def _equal_unknown(self, left: Unknown, right: Datum) -> Datum:
        if isinstance(right, Absent):
            asked = self._facts.ask_null(left)
            return lift([asked], _is_null, lambda: f"{left.name} == null", self._facts)
        if isinstance(right, Given):
            value = right.value
            if is_scalar(value):
                return self._facts.ask_equal(left, value)
        return self._undecided(left, right)

    def _equal_null(self, left: Datum, right: Datum) -> Datum:
        if isinstance(left, Absent) and isinstance(right, Absent):
            return TRUE
        other = right if isinstance(left, Absent) else left
        value = other.value if isinstance(other, Given) else None
        if isinstance(value, Reference) and value.attribute and not is_filled(value):
            return self._undecided(other, left if other is right else right)
        return FALSE

    def _equal_reference(self, left: Given, reference: Reference, right: Given) -> Datum:
        other = right.value
        if isinstance(other, Reference):
            if reference == other and "[*]" not in reference.address:
                return TRUE
        elif is_filled(reference) and (other == "" or not isinstance(other, str)):
            return FALSE
        return self._undecided(left, right)

    def _equal_known(self, left: Given, right: Given) -> Datum:
        one, two = left.value, right.value
        if isinstance(one, (Mapping, tuple)) or isinstance(two, (Mapping, tuple)):
            # Equal contents do not settle it: a list and a tuple are never equal.
            return self._undecided(left, right) if self._may_equal(left, right) else FALSE
        is_same_kind = isinstance(one, bool) == isinstance(two, bool)
        is_same_kind = is_same_kind and isinstance(one, str) == isinstance(two, str)
        return TRUE if is_same_kind and one == two else FALSE

    @staticmethod
    def _may_equal(left: Given, right: Given) -> bool:
        one, two = left.value, right.value
        if isinstance(one, Mapping) and isinstance(two, Mapping):
            return one.keys() == two.keys()
        return isinstance(one, tuple) and isinstance(two, tuple) and len(one) == len(two)


def _negated(data: Sequence[Datum]) -> Datum:
    return data[0] if isinstance(data[0], Failure) else FALSE if data[0] == TRUE else TRUE


def _is_null(data: Sequence[Datum]) -> Datum:
    return TRUE if isinstance(data[0], Absent) else FALSE
