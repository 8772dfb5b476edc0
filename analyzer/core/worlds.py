"""Possible worlds: a rule is written as if everything were known; ignorance lives here alone.

`explore` runs a decision again and again, branching only on facts that the decision really
read and nobody knows. The result is a decision tree, reduced to the facts that matter.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from typing import Any, Generic, Protocol, TypeVar, Union

from analyzer.core.facts import Fact, Impossible, Undetermined
from analyzer.core.records import dataclass

__all__ = [
    "LEAF_BUDGET",
    "Decide",
    "Explored",
    "Knowledge",
    "Leaf",
    "Node",
    "Shape",
    "TooManyWorlds",
    "Tree",
    "World",
    "explore",
    "join",
    "paths",
    "questions",
    "relabelled",
    "survey",
]

#: Leaves that one decision may have before the answer is "too many possibilities".
LEAF_BUDGET = 4096
#: Facts on one path. Every fact has at least two answers, so this bounds the stack, too.
_DEPTH_BUDGET = 64

#: Links that a chain may have: each is a few frames of Python's stack.
LONGEST_CHAIN = 100

T = TypeVar("T", bound=Hashable)
V = TypeVar("V")


class Knowledge(Protocol):
    """Whatever knows answers that hold in every world: a facts file, the plan, AWS."""

    def answer(self, fact: Fact) -> str | None:
        """The known answer to `fact`, or `None`."""


class World:
    """One way the world may be: what is known, and what is assumed on top of it."""

    __slots__ = ("assumed", "decided", "depth", "known")

    def __init__(self, known: Knowledge, assumed: Mapping[Fact, str]) -> None:
        self.known = known
        self.assumed = assumed
        #: Links of a chain that are being followed right now.
        self.depth = 0
        #: Decisions already made in this world, by what was asked.
        self.decided: dict[Hashable, Any] = {}

    def assuming(self, fact: Fact, answer: str) -> World:
        """This world with one more answer.

        What is decided here hangs on answers that hold there, too, so it stays decided.
        """
        world = World(self.known, {**self.assumed, fact: answer})
        world.decided = self.decided.copy()
        return world

    def once(self, asked: Hashable, decide: Callable[[], V]) -> V:
        """What `decide` yields, worked out once in this world; `asked` is what it is about.

        Each is a link of a chain while it is worked out. Raises `TooManyWorlds` where a
        chain is longer than Python's stack is deep.
        """
        if asked in self.decided:
            found: V = self.decided[asked]
            return found
        if self.depth >= LONGEST_CHAIN:
            raise TooManyWorlds
        self.depth += 1
        try:
            found = decide()
        finally:
            self.depth -= 1
        self.decided[asked] = found
        return found

    def ask(self, fact: Fact) -> str:
        """The answer to `fact` in this world.

        Raises `Undetermined` where the world does not decide it yet.
        """
        answer = self.assumed.get(fact)
        if answer is None:
            answer = self.known.answer(fact)
            if answer is None:
                raise Undetermined(fact)
        return answer

    def peek(self, fact: Fact) -> str | None:
        """The answer where this world has one; never branches.

        For what names an outcome without changing it (which key is the default key).
        """
        answer = self.assumed.get(fact)
        return self.known.answer(fact) if answer is None else answer


@dataclass(frozen=True, slots=True)
class Leaf(Generic[T]):
    """What the decision yields once the facts on the path to here are answered."""

    value: T


@dataclass(frozen=True, slots=True)
class Node(Generic[T]):
    """A fact that matters, and what follows from each group of answers with one consequence."""

    fact: Fact
    branches: tuple[tuple[tuple[str, ...], Tree[T]], ...]


Tree = Union[Leaf[T], Node[T]]


@dataclass(slots=True, eq=False)
class Shape:
    """A tree that many decisions have in common: its values are numbers.

    `facts` stand for the facts of a decision in the tree; AWS's open questions stand for
    themselves. `leaves` are those of the tree before answers with one consequence are joined.
    """

    tree: Tree[int]
    facts: tuple[Fact, ...]
    leaves: int


@dataclass(frozen=True, slots=True)
class Explored(Generic[T]):
    """All that is below a world, found without looking at single worlds.

    A shape, and what stands in it: a fact for each of its facts, a value for each number.
    """

    shape: Shape
    facts: tuple[Fact, ...]
    values: tuple[T, ...]

    @property
    def tree(self) -> Tree[T]:
        """The tree below the world."""
        facts = dict(zip(self.shape.facts, self.facts, strict=True))
        return relabelled(self.shape.tree, self.values, facts)


#: A decision: what becomes of something in one world, or in all worlds below it at once.
Decide = Callable[[World], T | Explored[T]]


class TooManyWorlds(Exception):
    """The leaf budget is spent."""


def explore(
    decide: Decide[T],
    known: Knowledge,
    *,
    ignore: Callable[[T], bool] = lambda _: False,
    budget: int = LEAF_BUDGET,
) -> Tree[T] | None:
    """The reduced decision tree of `decide` over all worlds that agree with `known`.

    `decide` must be a pure function of the facts that it asks its world for; it may yield
    all that is below a world at once, with nothing in it that is to be ignored. Leaves for
    which `ignore` holds (the device does not exist there) take no part. Returns `None`
    where no world is left. Raises `TooManyWorlds` past `budget` leaves.
    """
    found = survey(decide, known, ignore=ignore, budget=budget)
    return found.tree if isinstance(found, Explored) else found


def survey(
    decide: Decide[T],
    known: Knowledge,
    *,
    ignore: Callable[[T], bool] = lambda _: False,
    budget: int = LEAF_BUDGET,
) -> Tree[T] | Explored[T] | None:
    """As `explore`, but what was found for all worlds at once stays as it was found.

    INVARIANT: every answer in a fact's domain gets a branch unless that branch is
    impossible or ignored; a definite result is therefore the result of every completion.
    """
    left = budget

    def grow(world: World) -> Tree[T] | None:
        found = look(world)
        return found.tree if isinstance(found, Explored) else found

    def look(world: World) -> Tree[T] | Explored[T] | None:
        nonlocal left
        try:
            value = decide(world)
        except Undetermined as question:
            fact = question.fact
        except Impossible:
            left -= 1
            if left < 0:  # worlds that contradict themselves cost time, too
                raise TooManyWorlds from None
            return None
        else:
            left -= value.shape.leaves if isinstance(value, Explored) else 1
            if left < 0:
                raise TooManyWorlds
            if isinstance(value, Explored):
                return value
            return None if ignore(value) else Leaf(value)
        if len(world.assumed) >= _DEPTH_BUDGET:
            raise TooManyWorlds
        return join(fact, [(answer, grow(world.assuming(fact, answer))) for answer in fact.domain])

    return look(World(known, {}))


def join(fact: Fact, grown: Sequence[tuple[str, Tree[T] | None]]) -> Tree[T] | None:
    """One node for the trees that follow from a fact's answers; none where they all agree."""
    groups: dict[Tree[T], list[str]] = {}
    for answer, tree in grown:
        if tree is not None:
            groups.setdefault(tree, []).append(answer)
    if len(groups) <= 1:
        return next(iter(groups), None)
    return Node(fact, tuple((tuple(answers), tree) for tree, answers in groups.items()))


def relabelled(tree: Tree[int], values: Sequence[T], facts: Mapping[Fact, Fact] = {}) -> Tree[T]:
    """A tree with values for its numbers, and other facts for some of its facts.

    Where values turn out to be alike, the answers that lead to them are joined.
    """
    if isinstance(tree, Leaf):
        return Leaf(values[tree.value])
    below = {
        answer: inner
        for answers, branch in tree.branches
        for inner in (relabelled(branch, values, facts),)
        for answer in answers
    }
    fact = facts.get(tree.fact, tree.fact)
    joined = join(fact, [(answer, below[answer]) for answer in fact.domain if answer in below])
    assert joined is not None  # noqa: S101 - a node has branches
    return joined


def paths(
    tree: Tree[T],
) -> Iterator[tuple[tuple[tuple[Fact, tuple[str, ...]], ...], T]]:
    """Each leaf with the answers that lead to it, in the tree's order."""
    stack: list[tuple[tuple[tuple[Fact, tuple[str, ...]], ...], Tree[T]]] = [((), tree)]
    while stack:
        path, here = stack.pop()
        if isinstance(here, Leaf):
            yield path, here.value
        else:
            stack.extend(
                ((*path, (here.fact, answers)), below) for answers, below in reversed(here.branches)
            )


def questions(tree: Tree[T], same: Callable[[T], Hashable] = lambda value: value) -> list[Fact]:
    """The facts that change what `same` makes of a value, AWS's open questions last.

    A tree is at most 64 facts deep.
    """
    numbers: dict[Hashable, int] = {}  # of what is alike, so that trees are compared by number

    def look(here: Tree[T]) -> tuple[int, tuple[Fact, ...]]:
        """The number of a tree, and the facts that it hangs on in order of mention."""
        if isinstance(here, Leaf):
            return numbers.setdefault(same(here.value), len(numbers)), ()
        below = [(answers, *look(tree)) for answers, tree in here.branches]
        alike = {number for _, number, _ in below}
        if len(alike) == 1:
            return below[0][1:]
        told = frozenset((answer, number) for answers, number, _ in below for answer in answers)
        facts = (here.fact, *(fact for _, _, facts in below for fact in facts))
        return numbers.setdefault((here.fact, told), len(numbers)), facts

    _, found = look(tree)
    return sorted(dict.fromkeys(found), key=lambda fact: fact.is_doubt)
