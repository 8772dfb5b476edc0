"""A call of an intrinsic function, and what every function does with its arguments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec

from analyzer.core.values import Datum, Given, Origin, Reference, Unknown
from analyzer.sources.cloudformation.choices import Leaf
from analyzer.sources.cloudformation.nodes import Fields, Items, Node, Scalar, scalar_text

if TYPE_CHECKING:
    from analyzer.sources.cloudformation.evaluate import Evaluator

__all__ = [
    "Call",
    "Invalid",
    "arguments",
    "given_text",
    "is_reference",
    "listed",
    "name_of",
    "placed",
    "word",
]


class Invalid(Exception):
    """An expression is not what CloudFormation accepts, or not what can be worked out."""

    def __init__(self, reason: str, node: Node | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.node = node


class Call(msgspec.Struct, frozen=True):
    """A call of an intrinsic function: its name, its argument, where it stands."""

    name: str
    argument: Node
    node: Fields
    pointer: str

    @property
    def inside(self) -> str:
        """The pointer to the argument."""
        return f"{self.pointer}/{self.name}"


def arguments(call: Call, least: int, most: int | None = None) -> list[Node]:
    """The arguments of a function that takes a list of `least` to `most`."""
    most = least if most is None else most
    if isinstance(call.argument, Items) and least <= len(call.argument) <= most:
        return list(call.argument)
    count = str(least) if least == most else f"{least} to {most}"
    raise Invalid(f"{call.name} takes a list of {count} arguments", call.argument)


def word(evaluator: Evaluator, node: Node, pointer: str) -> str:
    """The text of an argument that has to be known; raises `Invalid`."""
    text = given_text(evaluator.datum(node, pointer)) if not isinstance(node, Scalar) else node.name
    if text is None:
        raise Invalid("this argument has to be known text", node)
    return text


def given_text(datum: Datum) -> str | None:
    """The text of a given scalar, as CloudFormation makes it; `None` for anything else."""
    if isinstance(datum, Given) and isinstance(datum.value, (str, bool)):
        return scalar_text(datum.value)
    return None


def listed(leaf: Leaf) -> Sequence[Datum] | None:
    """The items of a given list; `None` for anything else."""
    if isinstance(leaf, Given) and isinstance(leaf.value, (list, tuple)):
        return leaf.value
    return None


def is_reference(datum: Datum) -> bool:
    """Whether a value is known by its name only."""
    return isinstance(datum, Given) and isinstance(datum.value, Reference)


def name_of(leaf: Leaf) -> str:
    """What a value is called inside the name of a value that is made of it."""
    if isinstance(leaf, Unknown):
        return leaf.name
    if isinstance(leaf, Given):
        if isinstance(leaf.value, Reference):
            return f"{leaf.value.address}.{leaf.value.attribute}"
        return given_text(leaf) or ""
    return ""


def placed(datum: Datum, origin: Origin) -> Datum:
    """A value as it is used somewhere else: the place is that of the use.

    The branches of a choice keep the places where they are written: one parameter may be used a
    thousand times, and its branches are the same each time.
    """
    expression = datum.origin.expression or origin.expression
    return replace(datum, origin=replace(origin, expression=expression))
