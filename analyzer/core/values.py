"""Values as an input gives them: given, absent, unknown, or a choice between these.

The core reads these and nothing else of an input. `false`, absent and unknown are three
things and stay three things: EC2 treats an explicit `Encrypted=false` differently from a
missing parameter (RunInstances rows RI-4 and RI-6), and a value that is only known after
apply can be either.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field
from typing import TYPE_CHECKING, Union

from analyzer.core.records import dataclass

if TYPE_CHECKING:
    from analyzer.core.facts import Fact

__all__ = [
    "ABSENT",
    "NOWHERE",
    "Absent",
    "Choice",
    "Datum",
    "Given",
    "Origin",
    "Reference",
    "Scalar",
    "Unknown",
    "at",
    "items",
    "leaves",
    "text",
]

Scalar = Union[str, bool, int, float, None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a value was written: a file position, a JSON pointer, or both.

    `line` and `column` count from 1; `None` where the format has no positions.
    `expression` is the source text or reference that yields the value, for people.
    """

    path: str = ""
    line: int | None = None
    column: int | None = None
    pointer: str = ""
    expression: str = ""


NOWHERE = Origin()


@dataclass(frozen=True, slots=True)
class Reference:
    """A value that is known by its name: `attribute` of the resource at `address` in this input.

    A key that the same input creates has no ARN yet, but `Reference("aws_kms_key.main", "arn")`
    is not null, and equal to every other reference to that key.
    """

    address: str
    attribute: str = ""

    def __str__(self) -> str:
        return self.address


@dataclass(frozen=True, slots=True)
class Given:
    """A value that is written (or computed) and known.

    `value` is a scalar, a `Reference`, a mapping of names to data, or a sequence of data.
    `sensitive` values take part in decisions but are never printed.
    """

    value: Scalar | Reference | Mapping[str, Datum] | Sequence[Datum]
    origin: Origin = NOWHERE
    sensitive: bool = False


@dataclass(frozen=True, slots=True)
class Absent:
    """Nothing is written: a missing or null argument, `AWS::NoValue`."""

    origin: Origin = NOWHERE


@dataclass(frozen=True, slots=True)
class Unknown:
    """A value that exists, or may exist, but is not known yet.

    `name` is its identity: two unknowns of one name have one value in every world, so
    `var.encrypted` used twice never differs. `why` says in words why it is not known.
    `domain` holds the scalars (as text) that it can only be, where that is known;
    `nullable` is False where it is certain not to be null.
    """

    name: str
    why: str = "known after apply"
    domain: tuple[str, ...] | None = None
    nullable: bool = True
    origin: Origin = NOWHERE


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several data, depending on the answer to a fact (`cond ? a : b`, `Fn::If`)."""

    fact: Fact
    branches: Mapping[str, Datum] = field(hash=False)
    origin: Origin = NOWHERE

    def map(self, make: Callable[[Datum], Datum]) -> Choice:
        """What `make` makes of each branch."""
        made = {answer: make(branch) for answer, branch in self.branches.items()}
        return Choice(self.fact, made, self.origin)


Datum = Union[Given, Absent, Unknown, Choice]

ABSENT = Absent()


def at(datum: Datum, path: str) -> Datum:
    """Follow `path` (names joined by dots) through mappings.

    Takes any datum; returns the datum at the path, `Absent` where a step is missing or a
    null, `Unknown` where a step is unknown (named after it), and a `Choice` of the branches'
    results where a step is a choice. A list of exactly one item is stepped through, since
    Terraform writes a single nested block as one.
    """
    for step in path.split(".") if path else ():
        datum = _step(datum, step)
    return datum


def _step(datum: Datum, step: str) -> Datum:
    if isinstance(datum, Given):
        value = datum.value
        if isinstance(value, Mapping):
            found = value.get(step)
            return Absent(datum.origin) if found is None else found
        if isinstance(value, Sequence) and not isinstance(value, str) and len(value) == 1:
            return _step(value[0], step)
        return Absent(datum.origin)
    if isinstance(datum, Unknown):
        return Unknown(f"{datum.name}.{step}", datum.why, origin=datum.origin)
    if isinstance(datum, Choice):
        return datum.map(lambda branch: _step(branch, step))
    return datum


def items(datum: Datum) -> Iterator[Datum]:
    """Yield the items of a list datum; a single mapping counts as a list of one.

    Yields nothing for an absent list. An unknown list yields the `Unknown` itself, once:
    the reader must decide what "some items" means. A choice of lists yields itself too.
    """
    if isinstance(datum, Given):
        if isinstance(datum.value, Mapping):
            yield datum
        elif isinstance(datum.value, Sequence) and not isinstance(datum.value, str):
            yield from datum.value
    elif isinstance(datum, (Unknown, Choice)):
        yield datum


def leaves(datum: Datum) -> Iterator[Given | Absent | Unknown]:
    """Yield what a datum can be, looking through every choice."""
    if isinstance(datum, Choice):
        for branch in datum.branches.values():
            yield from leaves(branch)
    else:
        yield datum


def text(datum: Datum) -> str | None:
    """The text of a given string or reference; `None` for everything else."""
    if isinstance(datum, Given) and isinstance(datum.value, (str, Reference)):
        return str(datum.value)
    return None
