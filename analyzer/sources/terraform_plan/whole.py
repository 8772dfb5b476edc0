"""Attributes that hold objects (`launch_template_data = {...}`): one expression for all of it.

The file gives the references of the whole attribute and tells nothing of which argument in
it reads which. A value of the object that is unknown was left out, or reads one of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from analyzer.core.facts import Fact
from analyzer.core.values import Absent, Choice, Datum, Given, Unknown
from analyzer.sources.terraform_plan.fits import can_give, is_told
from analyzer.sources.terraform_plan.references import reference_in

if TYPE_CHECKING:
    from analyzer.sources.terraform_plan.body import Context

__all__ = ["Whole", "is_expression"]


def is_expression(expression: object) -> bool:
    """Whether this is one expression, and not the body of a block."""
    return isinstance(expression, dict) and (
        "constant_value" in expression or isinstance(expression.get("references"), list)
    )


class Whole(msgspec.Struct, frozen=True):
    """The expression of an attribute that holds objects, and what in it is unknown."""

    expression: object
    unknown: object

    def part(self, key: str, name: str, context: Context) -> Datum:
        """What an unknown argument inside the attribute may be."""
        if key != "encrypted" and not is_told(key):  # nobody computes a device's name
            return Absent(context.origin)
        sources = context.configuration.sources(self.expression, context.scope, context.each)
        found = [datum for datum in sources if can_give(key, datum)]
        if not found:
            return Absent(context.origin)
        references = {_shown(datum): datum for datum in found if isinstance(datum, Given)}
        why = "known after apply, in an object"
        if key == "encrypted" or len(references) < len(found):
            return Unknown(name, why, origin=context.origin)
        if len(references) == 1 and _count(self.unknown, key) == 1:
            return next(iter(references.values()))
        branches: dict[str, Datum] = {**references, "absent": Absent(context.origin)}
        question = f"Which of {', '.join(branches)} is {name}? ({why})"
        return Choice(Fact("value", name, tuple(branches), question), branches, context.origin)


def _shown(datum: Given) -> str:
    ref = reference_in(datum)
    return ref.address if ref is not None else ""


def _count(unknown: object, key: str) -> int:
    """How many arguments of a name are unknown in an object."""
    count = 0
    stack = [unknown]
    while stack:
        here = stack.pop()
        if isinstance(here, dict):
            count += here.get(key) is True
            stack.extend(here.values())
        elif isinstance(here, list):
            stack.extend(here)
    return count
