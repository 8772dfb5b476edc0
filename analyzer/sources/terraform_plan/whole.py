"""Attributes that hold objects (`launch_template_data = {...}`): one expression for all of it.

The file gives the references of the whole attribute and tells nothing of which argument in
it reads which. A value of the object that is unknown was left out, or reads one of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from analyzer.core.facts import Fact
from analyzer.core.values import Absent, Choice, Datum, Given, Reference, Unknown

if TYPE_CHECKING:
    from analyzer.sources.terraform_plan.body import Context

__all__ = ["Whole", "is_expression"]

#: From which types an argument can come, by parts of their names; other arguments that are
#: unknown in a written object are left out of it.
_FITS = {
    "encrypted": ("",),
    "image_id": ("_ami", "_image", "_parameter"),
    "image_id_override": ("_ami", "_image", "_parameter"),
    "kms_key_id": ("_kms_",),
    "launch_template_id": ("launch_template",),
    "launch_template_name": ("launch_template",),
    "snapshot_id": ("snapshot", "_ami"),
    "version": ("launch_template",),
}


def is_expression(expression: object) -> bool:
    """Whether this is one expression, and not the body of a block."""
    return isinstance(expression, dict) and (
        "constant_value" in expression or isinstance(expression.get("references"), list)
    )


@dataclass(frozen=True, slots=True)
class Whole:
    """The expression of an attribute that holds objects, and what in it is unknown."""

    expression: object
    unknown: object

    def part(self, key: str, name: str, context: Context) -> Datum:
        """What an unknown argument inside the attribute may be."""
        fits = _FITS.get(key, ())
        found = [
            datum
            for datum in context.configuration.sources(self.expression, context.scope, context.each)
            if _fits(datum, key, fits)
        ]
        if not found or not fits:
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


def _fits(datum: Datum, key: str, parts: Sequence[str]) -> bool:
    if not isinstance(datum, Given):
        return True
    ref = datum.value
    if not isinstance(ref, Reference) or not any(part in ref.address for part in parts):
        return False
    if "launch_template" in ref.address:  # a template gives its id, and its versions
        return (key == "version") is ("version" in ref.attribute)
    return True


def _shown(datum: Given) -> str:
    ref = datum.value
    return ref.address if isinstance(ref, Reference) else ""


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
