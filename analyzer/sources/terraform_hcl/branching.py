"""Choices: what follows from each answer to a question, and operations in every branch."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Protocol

from msgspec import Struct

from analyzer.core.facts import GIVEN, OTHER, Fact
from analyzer.core.values import ABSENT, Absent, Choice, Datum, Given, Scalar, Unknown, leaves
from analyzer.sources.terraform_hcl.labels import derived
from analyzer.sources.terraform_hcl.partial import (
    ABSENT_ANSWER,
    Failure,
    is_scalar,
    parts,
    subvalues,
)

__all__ = [
    "IMPOSSIBLE",
    "LEAVES",
    "Answer",
    "Asked",
    "Mentions",
    "assume",
    "choice",
    "lift",
    "map_answers",
]

#: Leaves that one value may have; an expression with more outcomes stays unknown as a whole.
LEAVES = 32
#: What one value that an answer is put into costs of the budget.
_ASSUMING = 4
#: Names that are kept of one value; of one with more, every name is taken to be in it.
_MOST_NAMES = 64

#: What is left of a choice under an answer that none of its branches has.
IMPOSSIBLE = Failure("impossible", "no input behaves so")
_NONE: frozenset[str] = frozenset()


class Mentions:
    """Remembers which unknown values each value hangs on: most hang on none."""

    def __init__(self) -> None:
        self._names: dict[int, tuple[Datum, frozenset[str] | None]] = {}

    def has(self, datum: Datum, name: str) -> bool:
        """Whether a datum may hang on the value called `name`."""
        found = self._names.get(id(datum))
        if found is None:
            for here in subvalues(datum, self._names):
                self._names[id(here)] = (here, self._of(here))
            found = self._names[id(datum)]
        return found[1] is None or name in found[1]

    def any(self, datum: Datum) -> bool:
        """Whether a datum hangs on anything that is not known."""
        self.has(datum, "")
        return self._names[id(datum)][1] != _NONE

    def _of(self, here: Datum) -> frozenset[str] | None:
        if isinstance(here, Unknown):
            return frozenset((here.name,))
        names = frozenset((here.fact.scope,)) if isinstance(here, Choice) else _NONE
        for part in parts(here):
            inside = self._names[id(part)][1]
            if inside is None:
                return None
            if not inside <= names:
                names |= inside
        return names if len(names) <= _MOST_NAMES else None


class Asked(Protocol):
    """What is known of the answers about names."""

    mentions: Mentions

    def word(self, name: str, answer: str) -> Scalar:
        """The value that an answer about a name stands for."""

    def spend(self, steps: int) -> None:
        """Be told how much was done; raises where it is too much."""


class Answer(Struct, frozen=True):
    """An answer about the value called `name`.

    `text` is a word of its domain, `OTHER`, `GIVEN` or `ABSENT_ANSWER`; `word` the value that it
    stands for, `named` the words that `OTHER` excludes.
    """

    name: str
    text: str
    word: Scalar
    named: frozenset[str]

    def pick(self, choice: Choice) -> Datum | None:
        """The branch of a choice on this very value; `None` where it needs a closer answer."""
        branches = choice.branches
        if self.text == OTHER and not self.named.issuperset(_words(branches)):
            return None
        picked = branches.get(self.text)
        if picked is None and self.text != ABSENT_ANSWER:
            picked = branches.get(OTHER)
        return IMPOSSIBLE if picked is None else picked

    def value(self, unknown: Unknown) -> Datum:
        """The value itself."""
        if self.text == ABSENT_ANSWER:
            return ABSENT
        if self.text in (OTHER, GIVEN):
            return Unknown(unknown.name, unknown.why, nullable=False)
        return Given(self.word)


def choice(fact: Fact, branches: Mapping[str, Datum]) -> Datum:
    """A choice; what all branches agree on needs none."""
    first = next(iter(branches.values()))
    if all(branch is first or branch == first for branch in branches.values()):
        return first
    return Choice(fact, dict(branches))


def assume(datum: Datum, answer: Answer, asked: Asked) -> Datum:
    """What is left of a datum under an answer."""
    while isinstance(datum, Choice) and datum.fact.scope == answer.name:
        picked = answer.pick(datum)
        if picked is None:
            break
        datum = picked
    if isinstance(datum, Absent) or (isinstance(datum, Given) and is_scalar(datum.value)):
        return datum
    if not asked.mentions.has(datum, answer.name):
        return datum
    made: dict[int, Datum] = {}
    for here in subvalues(datum):
        made[id(here)] = _assumed(here, made, answer)
    asked.spend(_ASSUMING * len(made))
    return made[id(datum)]


def _assumed(here: Datum, made: Mapping[int, Datum], answer: Answer) -> Datum:
    if isinstance(here, Unknown):
        is_meant = here.name == answer.name and not isinstance(here, Failure)
        return answer.value(here) if is_meant else here
    if isinstance(here, Choice):
        if here.fact.scope == answer.name:
            picked = answer.pick(here)
            if picked is not None:
                return made.get(id(picked), picked)
        inside = {key: made[id(branch)] for key, branch in here.branches.items()}
        if all(inside[key] is branch for key, branch in here.branches.items()):
            return here
        return choice(here.fact, inside)
    if isinstance(here, Given):
        value = here.value
        if isinstance(value, Mapping):
            fields = {key: made[id(part)] for key, part in value.items()}
            if any(fields[key] is not part for key, part in value.items()):
                return Given(fields, here.origin, here.sensitive)
        elif isinstance(value, tuple):
            items = [made[id(part)] for part in value]
            if any(new is not old for new, old in zip(items, value, strict=True)):
                return Given(type(value)(items), here.origin, here.sensitive)
    return here


def _words(branches: Mapping[str, Datum]) -> Iterator[str]:
    return (key for key in branches if key not in (OTHER, ABSENT_ANSWER))


class _TooManyLeavesError(Exception):
    pass


def lift(
    data: Sequence[Datum],
    operate: Callable[[Sequence[Datum]], Datum],
    name: Callable[[], str],
    asked: Asked,
) -> Datum:
    """Apply an operation in every branch of the choices among its operands.

    Args:
        data: the operands.
        operate: the operation on operands of which none is a choice.
        name: the name of the result where it has too many outcomes.
        asked: what knows the answers.
    """
    left = LEAVES

    def go(data: Sequence[Datum]) -> Datum:
        nonlocal left
        pivot = next((d for d in data if isinstance(d, Choice)), None)
        if pivot is None:
            made = operate(data)
            left -= sum(1 for _ in islice(leaves(made), LEAVES + 1))
            if left < 0:
                raise _TooManyLeavesError
            return made
        return map_answers(pivot.fact, data, go, asked)

    try:
        return go(data)
    except _TooManyLeavesError:
        return derived(name(), *data)


def map_answers(
    fact: Fact,
    data: Sequence[Datum],
    operate: Callable[[Sequence[Datum]], Datum],
    asked: Asked,
) -> Datum:
    """The choice over a fact's answers of what an operation yields under each of them."""
    keys = dict.fromkeys(
        key for d in data if isinstance(d, Choice) and d.fact == fact for key in d.branches
    )
    named = frozenset(key for key in keys if key not in (OTHER, ABSENT_ANSWER))
    branches: dict[str, Datum] = {}
    for key in sorted(keys, key=(ABSENT_ANSWER, OTHER).__contains__):
        word = asked.word(fact.scope, key) if key in named else None
        answer = Answer(fact.scope, key, word, named)
        under = [assume(d, answer, asked) for d in data]
        if not any(d is IMPOSSIBLE for d in under):
            branches[key] = operate(under)
    possible = {key: branch for key, branch in branches.items() if branch is not IMPOSSIBLE}
    return choice(fact, possible) if possible else IMPOSSIBLE
