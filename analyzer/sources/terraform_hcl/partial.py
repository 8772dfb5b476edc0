"""Values of which only a part is known, and how what is not known hangs together.

Three rules keep every answer sound. A value that is not known has a name, and one name has one
value in every world, so a name is the canonical text of what yields the value. Where an operation
needs to know more, it asks a question with few answers about a name, and becomes a choice between
what follows from each; inside each branch the answer is used. And an operation that fails in
Terraform is a `Failure`, which `try` can see, never a value.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeGuard

from analyzer.core.facts import Fact
from analyzer.core.values import (
    ABSENT,
    Absent,
    Choice,
    Datum,
    Given,
    Reference,
    Scalar,
    Unknown,
)

__all__ = [
    "ABSENT_ANSWER",
    "FALSE",
    "GIVEN",
    "LEAVES",
    "OTHER",
    "TRUE",
    "Failure",
    "SetOf",
    "assume",
    "choice",
    "derived",
    "fact_of",
    "fails",
    "given",
    "is_identity",
    "is_scalar",
    "label",
    "lift",
    "map_answers",
    "scalar_text",
    "shortened",
    "subvalues",
]

#: The answer that stands for every value that nobody asks about by name.
OTHER = "(any other)"
ABSENT_ANSWER = "absent"
#: The answer that stands for every value where no word at all is asked about.
GIVEN = "given"
#: Leaves that one value may have; an expression with more outcomes stays unknown as a whole.
LEAVES = 64
_ANY_VALUE = (OTHER, GIVEN)
_NAME_LENGTH = 120

TRUE = Given(True)
FALSE = Given(False)

#: Attributes that AWS always fills: never null, never empty, of one object only.
_IDENTITIES = frozenset(
    ("id", "arn", "key_id", "key_arn", "target_key_id", "target_key_arn", "name", "account_id")
)


class SetOf(tuple[Datum, ...]):
    """The items of a set: no order, no index."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Failure(Unknown):
    """Terraform refuses to evaluate this; whoever does not look sees an unknown value."""


def is_scalar(value: object) -> TypeGuard[Scalar]:
    """Whether a value is a text, a number, a Boolean or null."""
    return value is None or isinstance(value, (str, int, float))


def given(value: Scalar | Reference | Mapping[str, Datum] | Sequence[Datum]) -> Datum:
    """A known value; a null is absent."""
    return ABSENT if value is None else Given(value)


def fails(name: str, why: str) -> Failure:
    """The result of an operation that Terraform refuses."""
    return Failure(shortened(name), why)


def derived(name: str, *sources: Datum, why: str = "") -> Unknown:
    """The unknown result of an operation, called `name`; it is unknown because a source is."""
    return Unknown(shortened(name), why or _why(sources))


def _why(sources: Sequence[Datum]) -> str:
    for source in sources:
        for part in subvalues(source):
            if isinstance(part, Unknown):
                return part.why
            if isinstance(part, Choice):
                return "it depends on what is not known"
    return "known after apply"


def shortened(name: str) -> str:
    """A name that is not too long to read, and differs where the long ones differ."""
    if len(name) <= _NAME_LENGTH:
        return name
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    return f"{name[: _NAME_LENGTH - 14]}~{digest}"


def fact_of(name: str) -> Fact:
    """The question what the value called `name` is; its answers are added when all are known."""
    return Fact("value", name)


def is_identity(reference: Reference) -> bool:
    """Whether a reference is to an attribute that is certainly given and one object's own."""
    return reference.attribute in _IDENTITIES


def subvalues(datum: Datum) -> Iterator[Datum]:
    """Everything in a datum and then itself: what is inside comes first, each object once."""
    done: set[int] = set()
    stack = [(datum, False)]
    while stack:
        here, is_ready = stack.pop()
        if id(here) in done:
            continue
        inside = () if is_ready else _inside(here)
        if inside:
            stack.append((here, True))
            stack.extend((part, False) for part in reversed(inside))
        else:
            done.add(id(here))
            yield here


def _inside(datum: Datum) -> Sequence[Datum]:
    if isinstance(datum, Choice):
        return tuple(datum.branches.values())
    if isinstance(datum, Given):
        if isinstance(datum.value, Mapping):
            return tuple(datum.value.values())
        if isinstance(datum.value, tuple):
            return datum.value
    return ()


def choice(fact: Fact, branches: Mapping[str, Datum]) -> Datum:
    """A choice; what all branches agree on needs none."""
    first = next(iter(branches.values()))
    if all(branch is first or branch == first for branch in branches.values()):
        return first
    return Choice(fact, dict(branches))


# -- using an answer ---------------------------------------------------------------------


def assume(datum: Datum, name: str, answer: str, word: Scalar, asked: frozenset[str]) -> Datum:
    """What is left of a datum where the value called `name` has the given answer.

    Args:
        datum: any value.
        name: the name of an unknown value.
        answer: a word of its domain, `OTHER` or `ABSENT_ANSWER`.
        word: the value that the answer stands for.
        asked: the words that `OTHER` excludes.
    """
    made: dict[int, Datum] = {}
    for here in subvalues(datum):
        made[id(here)] = _assumed(here, made, name, answer, word, asked)
    return made[id(datum)]


def _assumed(
    here: Datum,
    made: dict[int, Datum],
    name: str,
    answer: str,
    word: Scalar,
    asked: frozenset[str],
) -> Datum:
    if isinstance(here, Unknown):
        if here.name != name or isinstance(here, Failure):
            return here
        if answer == ABSENT_ANSWER:
            return ABSENT
        return Unknown(name, here.why, nullable=False) if answer in _ANY_VALUE else Given(word)
    if isinstance(here, Choice):
        branches = here.branches
        if here.fact.scope == name and here.fact.kind == "value":
            picked = branches.get(answer)
            if picked is not None and (answer != OTHER or asked.issuperset(_words(branches))):
                return made[id(picked)]
            if picked is None:
                other = branches.get(OTHER) if answer != ABSENT_ANSWER else None
                return made[id(other)] if other is not None else _IMPOSSIBLE
        inside = {key: made[id(branch)] for key, branch in branches.items()}
        if all(inside[key] is branch for key, branch in branches.items()):
            return here
        return choice(here.fact, inside)
    if isinstance(here, Given):
        value = here.value
        if isinstance(value, Mapping):
            fields = {key: made[id(part)] for key, part in value.items()}
            if any(fields[key] is not part for key, part in value.items()):
                return Given(fields, here.origin, here.sensitive)
        elif isinstance(value, tuple):
            parts = [made[id(part)] for part in value]
            if any(new is not old for new, old in zip(parts, value, strict=True)):
                return Given(type(value)(parts), here.origin, here.sensitive)
    return here


_IMPOSSIBLE = Failure("impossible", "no input behaves so")


def _words(branches: Mapping[str, Datum]) -> Iterator[str]:
    return (key for key in branches if key not in (OTHER, ABSENT_ANSWER))


class _TooManyLeavesError(Exception):
    pass


def lift(
    data: Sequence[Datum],
    operate: Callable[[Sequence[Datum]], Datum],
    name: Callable[[], str],
    words: Callable[[str, str], Scalar],
) -> Datum:
    """Apply an operation in every branch of the choices among its operands.

    Args:
        data: the operands.
        operate: the operation on operands of which none is a choice.
        name: the name of the result where it has too many outcomes.
        words: the value that an answer about a name stands for.
    """
    left = LEAVES

    def go(data: Sequence[Datum]) -> Datum:
        nonlocal left
        pivot = next((d for d in data if isinstance(d, Choice)), None)
        if pivot is None:
            left -= 1
            if left < 0:
                raise _TooManyLeavesError
            return operate(data)
        return map_answers(pivot.fact, data, go, words)

    try:
        return go(data)
    except _TooManyLeavesError:
        return derived(name(), *data)


def map_answers(
    fact: Fact,
    data: Sequence[Datum],
    operate: Callable[[Sequence[Datum]], Datum],
    words: Callable[[str, str], Scalar],
) -> Datum:
    """The choice over a fact's answers of what an operation yields under each of them."""
    keys = dict.fromkeys(
        key for d in data if isinstance(d, Choice) and d.fact == fact for key in d.branches
    )
    asked = frozenset(key for key in keys if key not in (OTHER, ABSENT_ANSWER))
    branches: dict[str, Datum] = {}
    for key in sorted(keys, key=(ABSENT_ANSWER, OTHER).__contains__):
        word = None if key in (OTHER, ABSENT_ANSWER) else words(fact.scope, key)
        under = [assume(d, fact.scope, key, word, asked) for d in data]
        branches[key] = _IMPOSSIBLE if any(d is _IMPOSSIBLE for d in under) else operate(under)
    possible = {key: branch for key, branch in branches.items() if branch is not _IMPOSSIBLE}
    return choice(fact, possible) if possible else _IMPOSSIBLE


# -- names -------------------------------------------------------------------------------


def scalar_text(value: Scalar) -> str:
    """A scalar as Terraform writes it into a text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return repr(int(value)) if value.is_integer() else repr(value)
    return "null" if value is None else str(value)


def label(datum: Datum) -> str:
    """The canonical text of a datum, for names: equal data have equal labels, others differ.

    Sensitive and long values show as a digest.
    """
    if isinstance(datum, Unknown):
        return datum.name
    if isinstance(datum, Absent):
        return "null"
    if isinstance(datum, Given):
        value = datum.value
        if isinstance(value, Reference):
            return f"{value.address}.{value.attribute}" if value.attribute else value.address
        if not isinstance(value, (Mapping, tuple)):
            text = json.dumps(value) if isinstance(value, str) else scalar_text(value)  # type: ignore[arg-type]
            return f"~{_digest(text)}" if datum.sensitive or len(text) > 48 else text
        if isinstance(value, tuple) and len(value) == 0:
            return "[]"
    return f"~{_digest(_canonical(datum))}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def _canonical(datum: Datum) -> str:
    """The digest of a compound value, from the digests of what is in it."""
    made: dict[int, str] = {}
    for here in subvalues(datum):
        made[id(here)] = _digest(_shallow(here, made))
    return made[id(datum)]


def _shallow(here: Datum, made: dict[int, str]) -> str:
    if isinstance(here, Choice):
        pairs = (f"{key}:{made[id(branch)]}" for key, branch in here.branches.items())
        return f"?{here.fact.name}({','.join(pairs)})"
    if isinstance(here, Given) and isinstance(here.value, Mapping):
        return f"{{{','.join(f'{k!r}:{made[id(v)]}' for k, v in sorted(here.value.items()))}}}"
    if isinstance(here, Given) and isinstance(here.value, tuple):
        return f"[{','.join(made[id(part)] for part in here.value)}]"
    return label(here)
