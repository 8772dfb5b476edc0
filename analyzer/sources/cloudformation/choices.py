"""Data that hang on facts: building them, joining them, and keeping them small.

Branches are shared, never copied: a decision that names a condition in a hundred places makes a
hundred small nodes, not a hundred trees.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Union

from analyzer.core.facts import Fact
from analyzer.core.values import NOWHERE, Absent, Choice, Datum, Given, Origin, Unknown

__all__ = [
    "Leaf",
    "TooManyChoices",
    "choice",
    "combine",
    "conjunction",
    "graft",
    "height",
    "mapped",
    "size",
    "weight",
]

Leaf = Union[Given, Absent, Unknown]

#: Combinations of answers that one value is worked out for.
_MOST_LEAVES = 1024
#: Leaves times data: a long list is worked out for fewer combinations.
_MOST_STEPS = 1_000_000
#: Facts that one value may hang on, one below the other. Readers recurse once per level.
_MOST_LEVELS = 32


class TooManyChoices(Exception):
    """A value hangs on more answers than are worked out one by one."""


def choice(fact: Fact, branches: Mapping[str, Datum], origin: Origin = NOWHERE) -> Datum:
    """A choice between data; the datum itself where all branches are the same scalar.

    An answer without a branch is one that the deployment cannot have.
    """
    data = iter(branches.values())
    first = next(data, None)
    if first is not None and all(other is first or _same(first, other) for other in data):
        return first
    return Choice(fact, branches, origin)


def _same(one: Datum, other: Datum) -> bool:
    if isinstance(one, Given) and isinstance(other, Given):
        # Lists and mappings are not compared: it could take long, and gain little.
        return (
            isinstance(one.value, (str, bool))
            and type(one.value) is type(other.value)
            and one.value == other.value
            and one.sensitive == other.sensitive
        )
    return isinstance(one, Absent) and isinstance(other, Absent)


def _restricted(datum: Datum, fact: Fact, answer: str) -> Datum | None:
    """What is left of a datum once a fact is answered at its top; `None` for nothing."""
    while isinstance(datum, Choice) and datum.fact == fact:
        branch = datum.branches.get(answer)
        if branch is None:
            return None
        datum = branch
    return datum


def _split(datum: Choice, below: Callable[[Datum], Datum], origin: Origin) -> Datum:
    """The choice between what `below` makes of each branch."""
    branches: dict[str, Datum] = {}
    for answer, branch in datum.branches.items():
        made = _restricted(below(branch), datum.fact, answer)
        if made is not None:
            branches[answer] = made
    return choice(datum.fact, branches, origin)


def graft(condition: Datum, yes: Datum, no: Datum, origin: Origin = NOWHERE) -> Datum:
    """`yes` where a condition holds, `no` where it does not."""
    done: dict[int, Datum] = {}

    def below(datum: Datum) -> Datum:
        if not isinstance(datum, Choice):
            return yes if isinstance(datum, Given) and datum.value is True else no
        found = done.get(id(datum))
        if found is None:
            found = done[id(datum)] = _split(datum, below, origin)
        return found

    return below(condition)


def conjunction(one: Datum, other: Datum) -> Datum:
    """The condition that both of two conditions hold."""
    return graft(one, other, Given(False))


def mapped(datum: Datum, change: Callable[[Leaf], Datum]) -> Datum:
    """A datum with each of its leaves changed."""
    if not isinstance(datum, Choice):
        return change(datum)
    done: dict[int, Datum] = {}

    def below(part: Datum) -> Datum:
        if not isinstance(part, Choice):
            return change(part)
        found = done.get(id(part))
        if found is None:
            found = done[id(part)] = _split(part, below, part.origin)
        return found

    return below(datum)


def combine(
    data: Sequence[Datum], make: Callable[[Sequence[Leaf]], Datum | None], origin: Origin = NOWHERE
) -> Datum:
    """What `make` gives of several data in each combination of answers that they hang on.

    One fact has one answer in a combination. `make` returns `None` for a combination that the
    deployment cannot have.

    Raises:
        TooManyChoices: there are more combinations than are worked out.
    """
    left = min(_MOST_LEAVES, _MOST_STEPS // max(1, len(data)))

    def grow(at: int, before: Sequence[Leaf], assumed: dict[Fact, str]) -> Datum | None:
        nonlocal left
        picked = list(before)
        for here in range(at, len(data)):
            datum = data[here]
            while isinstance(datum, Choice):
                answer = assumed.get(datum.fact)
                if answer is None:
                    return fork(here, datum, picked, assumed)
                branch = datum.branches.get(answer)
                if branch is None:
                    return None
                datum = branch
            picked.append(datum)
        left -= 1
        if left < 0:
            raise TooManyChoices
        return make(picked)

    def fork(
        at: int, datum: Choice, picked: Sequence[Leaf], assumed: dict[Fact, str]
    ) -> Datum | None:
        if len(assumed) >= _MOST_LEVELS:
            raise TooManyChoices
        branches: dict[str, Datum] = {}
        for answer in datum.branches:
            made = grow(at, picked, {**assumed, datum.fact: answer})
            if made is not None:
                branches[answer] = made
        return choice(datum.fact, branches, origin) if branches else None

    made = grow(0, (), {})
    # Where nothing is possible, nothing is: a choice that no world gets through.
    return made if made is not None else Choice(Fact("condition", "none"), {}, origin)


def height(datum: Datum) -> int:
    """Choices one below the other."""
    return _measured(datum)[0]


def weight(datum: Datum) -> int:
    """Leaves, each counted as often as there is a way to it."""
    return _measured(datum)[1]


def size(datum: Datum) -> int:
    """Branches in all, those of a shared choice counted once."""
    seen: set[int] = set()
    pending = [datum]
    branches = 0
    while pending:
        part = pending.pop()
        if isinstance(part, Choice) and id(part) not in seen:
            seen.add(id(part))
            branches += len(part.branches)
            pending.extend(part.branches.values())
    return branches


def _measured(datum: Datum) -> tuple[int, int]:
    done: dict[int, tuple[int, int]] = {}

    def measure(part: Datum) -> tuple[int, int]:
        if not isinstance(part, Choice):
            return 0, 1
        found = done.get(id(part))
        if found is None:
            below = [measure(branch) for branch in part.branches.values()]
            levels = max((levels for levels, _ in below), default=0)
            found = done[id(part)] = (levels + 1, sum(leaves for _, leaves in below))
        return found

    return measure(datum)
