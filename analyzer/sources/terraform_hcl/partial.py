"""Values of which only a part is known, and how what is not known hangs together.

Three rules keep every answer sound. A value that is not known has a name, and one name has one
value in every world, so a name is the canonical text of what yields the value. Where an operation
needs to know more, it asks a question with few answers about a name, and becomes a choice between
what follows from each; inside each branch the answer is used. And an operation that fails in
Terraform is a `Failure`, which `try` can see, never a value.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping, Sequence
from typing import TypeGuard

from analyzer.core.facts import Fact
from analyzer.core.values import ABSENT, Choice, Datum, Given, Reference, Scalar, Unknown

__all__ = [
    "ABSENT_ANSWER",
    "FALSE",
    "TRUE",
    "Failure",
    "SetOf",
    "fact_of",
    "given",
    "is_data",
    "is_filled",
    "is_own",
    "is_scalar",
    "parts",
    "plain_address",
    "subvalues",
]

ABSENT_ANSWER = "absent"

TRUE = Given(True)
FALSE = Given(False)

#: Attributes that tell one object from all others of its type.
_OWN = frozenset(("id", "arn", "key_id"))
#: Attributes that AWS always fills: never null, never empty.
_FILLED = _OWN | {"key_arn", "target_key_id", "target_key_arn", "name", "account_id"}
#: The same, of one type.
_FILLED_OF = frozenset(
    (
        ("aws_ami", "image_id"),
        ("aws_launch_template", "latest_version"),
        ("aws_ssm_parameter", "value"),
    )
)
_INDEX = re.compile(r'\[(?:"(?:[^"\\]|\\.)*"|\d+|\*)\]')


class SetOf(tuple[Datum, ...]):
    """The items of a set: no order, no index."""

    __slots__ = ()


class Failure(Unknown):
    """Terraform refuses to evaluate this; whoever does not look sees an unknown value."""

    __slots__ = ()


def is_scalar(value: object) -> TypeGuard[Scalar]:
    """Whether a value is a text, a number, a Boolean or null."""
    return value is None or isinstance(value, (str, int, float))


def given(value: Scalar | Reference | Mapping[str, Datum] | Sequence[Datum]) -> Datum:
    """A known value; a null is absent."""
    return ABSENT if value is None else Given(value)


def fact_of(name: str) -> Fact:
    """The question what the value called `name` is; its answers are added when all are known."""
    return Fact("value", name)


def plain_address(address: str) -> str:
    """An address without indices."""
    return _INDEX.sub("", address)


def is_filled(reference: Reference) -> bool:
    """Whether a reference is to an attribute that is certainly given, and not empty."""
    if reference.attribute in _FILLED:
        return True
    type_ = plain_address(reference.address).split(".")[-2:][0]
    return (type_, reference.attribute) in _FILLED_OF


def is_own(reference: Reference) -> bool:
    """Whether no other object of the configuration has the same value in this attribute.

    Two data sources may well find the same object.
    """
    is_one = "[*]" not in reference.address and not is_data(reference)
    return reference.attribute in _OWN and is_one


def is_data(reference: Reference) -> bool:
    """Whether a reference is to a data source."""
    return reference.address.startswith("data.") or ".data." in reference.address


def subvalues(datum: Datum, known: Container[int] = ()) -> Iterator[Datum]:
    """Everything in a datum and then itself: what is inside comes first, each object once.

    Nothing is told of objects, and of what is in them, whose identity is `known`.
    """
    done: set[int] = set()
    stack = [(datum, False)]
    while stack:
        here, is_ready = stack.pop()
        if id(here) in done or id(here) in known:
            continue
        inside = () if is_ready else parts(here)
        if inside:
            stack.append((here, True))
            stack.extend((part, False) for part in reversed(inside))
        else:
            done.add(id(here))
            yield here


def parts(datum: Datum) -> Sequence[Datum]:
    """What is directly in a datum."""
    if isinstance(datum, Choice):
        return tuple(datum.branches.values())
    if isinstance(datum, Given):
        if isinstance(datum.value, Mapping):
            return tuple(datum.value.values())
        if isinstance(datum.value, tuple):
            return datum.value
    return ()
