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


# What follows are objects, not nested functions: a function that calls itself from inside another
# one is a cycle, and everything that it knows would stay until the next collection.


class _Rebuilt:
    """Rebuilds a datum with its leaves changed; a shared branch is rebuilt once."""

    def __init__(self, change: Callable[[Leaf], Datum], origin: Origin | None = None) -> None:
        self._change = change
        self._origin = origin
        self._done: dict[int, Datum] = {}

    def datum(self, part: Datum) -> Datum:
        """The rebuilt form of a part."""
        if not isinstance(part, Choice):
            return self._change(part)
        found = self._done.get(id(part))
        if found is None:
            branches: dict[str, Datum] = {}
            for answer, branch in part.branches.items():
                made = _restricted(self.datum(branch), part.fact, answer)
                if made is not None:
                    branches[answer] = made
            origin = part.origin if self._origin is None else self._origin
            found = self._done[id(part)] = choice(part.fact, branches, origin)
        return found


def graft(condition: Datum, yes: Datum, no: Datum, origin: Origin = NOWHERE) -> Datum:
    """`yes` where a condition holds, `no` where it does not."""

    def pick(leaf: Leaf) -> Datum:
        return yes if isinstance(leaf, Given) and leaf.value is True else no

    return _Rebuilt(pick, origin).datum(condition)


def conjunction(one: Datum, other: Datum) -> Datum:
    """The condition that both of two conditions hold."""
    return graft(one, other, Given(False))


def mapped(datum: Datum, change: Callable[[Leaf], Datum]) -> Datum:
    """A datum with each of its leaves changed."""
    return _Rebuilt(change).datum(datum) if isinstance(datum, Choice) else change(datum)


class _Combination:
    """Works out a value in every combination of answers that several data hang on."""

    def __init__(
        self, data: Sequence[Datum], make: Callable[[Sequence[Leaf]], Datum | None], origin: Origin
    ) -> None:
        self._data = data
        self._make = make
        self._origin = origin
        self._left = min(_MOST_LEAVES, _MOST_STEPS // max(1, len(data)))

    def grow(self, at: int, before: Sequence[Leaf], assumed: Mapping[Fact, str]) -> Datum | None:
        """The value, once the data before `at` are picked and some facts are answered."""
        picked = list(before)
        for here in range(at, len(self._data)):
            datum = self._data[here]
            while isinstance(datum, Choice):
                answer = assumed.get(datum.fact)
                if answer is None:
                    return self._fork(here, datum, picked, assumed)
                branch = datum.branches.get(answer)
                if branch is None:
                    return None
                datum = branch
            picked.append(datum)
        self._left -= 1
        if self._left < 0:
            raise TooManyChoices
        return self._make(picked)

    def _fork(
        self, at: int, datum: Choice, picked: Sequence[Leaf], assumed: Mapping[Fact, str]
    ) -> Datum | None:
        if len(assumed) >= _MOST_LEVELS:
            raise TooManyChoices
        branches: dict[str, Datum] = {}
        for answer in datum.branches:
            made = self.grow(at, picked, {**assumed, datum.fact: answer})
            if made is not None:
                branches[answer] = made
        return choice(datum.fact, branches, self._origin) if branches else None


def combine(
    data: Sequence[Datum], make: Callable[[Sequence[Leaf]], Datum | None], origin: Origin = NOWHERE
) -> Datum:
    """What `make` gives of several data in each combination of answers that they hang on.

    One fact has one answer in a combination. `make` returns `None` for a combination that the
    deployment cannot have.

    Raises:
        TooManyChoices: there are more combinations than are worked out.
    """
    made = _Combination(data, make, origin).grow(0, (), {})
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
    return _Measure().of(datum)


class _Measure:
    def __init__(self) -> None:
        self._done: dict[int, tuple[int, int]] = {}

    def of(self, part: Datum) -> tuple[int, int]:
        """Levels and leaves of a part."""
        if not isinstance(part, Choice):
            return 0, 1
        found = self._done.get(id(part))
        if found is None:
            below = [self.of(branch) for branch in part.branches.values()]
            levels = max((levels for levels, _ in below), default=0)
            found = self._done[id(part)] = (levels + 1, sum(leaves for _, leaves in below))
        return found
