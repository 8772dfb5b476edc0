"""Which questions to ask, in which order, and how many answers end all doubt at most.

Works on the decision trees of a report: an answer cuts every tree that hangs on it. A
question is worth as much as it settles, over all devices together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Union

import msgspec

from analyzer.wire import Outcome, Question, Report

__all__ = ["Asked", "Questions", "confirmed", "rank"]

#: Sets of trees that are looked into before the number of steps is bounded more simply.
_BUDGET = 5_000
#: Answers in a row that are looked into.
_DEEPEST = 100


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A question: its fact, its answers, how many open devices hang on it and are settled.

    `settles` counts the devices that its answer settles: at least, at most.
    """

    fact: str
    question: str
    answers: list[str]
    hang: int
    settles: tuple[int, int]


class Questions(msgspec.Struct, frozen=True, kw_only=True):
    """What to ask about a report, the most useful question first.

    With `steps` answers, in this order and without those that earlier answers make
    needless, nothing is left to ask. `settled` of the `open` devices are certain then,
    whatever the answers; others may hang on `doubts`, which AWS's documents leave open.
    `too_many` devices have more possibilities than were listed.
    """

    devices: int
    open: int
    steps: int
    settled: int
    questions: list[Asked]
    doubts: list[Question] = []
    too_many: int = 0


@dataclass(frozen=True, slots=True)
class _Node:
    """A fact and what follows from each group of answers."""

    fact: str
    branches: tuple[tuple[tuple[str, ...], _Tree], ...]


#: A tree over verdicts; a leaf is a verdict.
_Tree = Union[_Node, str]
#: Different trees, and how many devices have each.
_Trees = Mapping[_Tree, int]


def rank(report: Report) -> Questions:
    """The questions that a report leaves, ranked, and the number of answers needed at most."""
    open_ = [device for device in report.devices if device.verdict == "depends"]
    known = {q.fact: q for device in open_ for q in device.questions}
    trees: dict[_Tree, int] = {}
    for device in open_:
        if device.outcomes:
            tree = _tree(device.outcomes)
            trees[tree] = trees.get(tree, 0) + 1
    asker = _Asker(frozenset(q.fact for q in known.values() if q.doubt))
    order = asker.order(trees)
    hanging = asker.hanging(trees)
    return Questions(
        devices=len(report.devices),
        open=len(open_),
        steps=asker.steps(trees, order),
        settled=sum(count for tree, count in trees.items() if not asker.doubts_in(tree)),
        questions=[asker.asked(hanging[fact], known[fact]) for fact in order],
        doubts=[q for q in known.values() if q.doubt],
        too_many=sum(1 for device in open_ if not device.outcomes),
    )


def confirmed(questions: Questions, again: Callable[[str, str], Report]) -> Questions:
    """The questions with a number of steps that was confirmed by running again.

    `again` analyzes once more with one fact answered. An answer may show more than the
    trees could know (an image that is known better has other devices), so the first
    question is really answered, with each of its answers.
    """
    if not questions.questions:
        return questions
    first = questions.questions[0]
    most = max(rank(again(first.fact, answer)).steps for answer in first.answers)
    return msgspec.structs.replace(questions, steps=max(questions.steps, most + 1))


def _tree(outcomes: Sequence[Outcome]) -> _Tree:
    paths = [tuple((when.fact, when.is_) for when in o.when) for o in outcomes]
    return _grow(list(zip(paths, (o.outcome for o in outcomes), strict=True)), 0)


def _grow(leaves: list[tuple[tuple[tuple[str, str], ...], str]], depth: int) -> _Tree:
    """The tree behind its leaves, which are listed in the tree's own order."""
    first, verdict = leaves[0]
    if len(first) <= depth:
        return verdict
    groups: dict[str, list[tuple[tuple[tuple[str, str], ...], str]]] = {}
    for path, leaf in leaves:
        groups.setdefault(path[depth][1], []).append((path, leaf))
    grown = [(tuple(a.split("|")), _grow(group, depth + 1)) for a, group in groups.items()]
    return _joined(first[depth][0], grown)


def _joined(fact: str, grown: Iterable[tuple[tuple[str, ...], _Tree]]) -> _Tree:
    """A node, or what follows where every answer has the same consequence."""
    merged: dict[_Tree, tuple[str, ...]] = {}
    for answers, tree in grown:
        merged[tree] = (*merged.get(tree, ()), *answers)
    if len(merged) == 1:
        return next(iter(merged))
    return _Node(fact, tuple((answers, tree) for tree, answers in merged.items()))


@cache
def _facts(tree: _Tree) -> frozenset[str]:
    if isinstance(tree, str):
        return frozenset()
    return frozenset((tree.fact,)).union(*(_facts(below) for _, below in tree.branches))


@cache
def _cut(tree: _Tree, fact: str, answer: str) -> _Tree:
    """The tree once a fact is answered."""
    if isinstance(tree, str) or fact not in _facts(tree):
        return tree
    if tree.fact == fact:
        for answers, below in tree.branches:
            if answer in answers:
                return _cut(below, fact, answer)
        return tree.branches[0][1]  # an answer that no world has: the device does not exist
    return _joined(tree.fact, ((a, _cut(below, fact, answer)) for a, below in tree.branches))


@dataclass(frozen=True, slots=True)
class _Asker:
    """Tells users' questions from AWS's own, and what an answer is worth."""

    doubts: frozenset[str]

    def open_facts(self, tree: _Tree) -> frozenset[str]:
        """What a user can answer about a tree; nothing once it is settled or only in doubt."""
        return _facts(tree) - self.doubts

    def doubts_in(self, tree: _Tree) -> frozenset[str]:
        """What AWS's documents leave open about a tree."""
        return _facts(tree) & self.doubts

    def hanging(self, trees: _Trees) -> dict[str, dict[_Tree, int]]:
        """Which trees hang on each fact that a user can answer: of many roots, few on one fact."""
        found: dict[str, dict[_Tree, int]] = {}
        for tree, n in trees.items():
            for fact in self.open_facts(tree):
                found.setdefault(fact, {})[tree] = n
        return found

    def asked(self, trees: _Trees, question: Question) -> Asked:
        """A question with its worth to the trees that hang on it."""
        settled = [
            self._settled(trees, question.fact, a) for a in self._answers(trees, question.fact)
        ]
        return Asked(
            fact=question.fact,
            question=question.question,
            answers=question.answers,
            hang=sum(trees.values()),
            settles=(min(settled), max(settled)) if settled else (0, 0),
        )

    def order(self, trees: _Trees) -> list[str]:
        """Every question of the trees, the best first, each chosen as if the best were asked."""
        hanging = self.hanging(trees)
        return sorted(hanging, key=lambda fact: self._worth(hanging[fact], fact))

    def steps(self, trees: _Trees, order: Sequence[str]) -> int:
        """Answers needed at most, whether one asks anew after each answer or goes down the list."""
        position = {fact: i for i, fact in enumerate(order)}
        by_list = _Search(self, lambda _, facts: min(facts, key=position.__getitem__))
        anew = _Search(self, lambda found, _: self.order(found)[0])
        return max(by_list.steps(trees), anew.steps(trees))

    def _worth(self, trees: _Trees, fact: str) -> tuple[float, int, str]:
        """Sorts by what a question settles on average, then by how many devices hang on it."""
        answers = list(self._answers(trees, fact))
        settled = sum(self._settled(trees, fact, answer) for answer in answers)
        return -settled / max(len(answers), 1), -sum(trees.values()), fact

    def _settled(self, trees: _Trees, fact: str, answer: str) -> int:
        return sum(n for tree, n in trees.items() if not self.open_facts(_cut(tree, fact, answer)))

    def _answers(self, trees: _Trees, fact: str) -> Iterator[str]:
        yield from dict.fromkeys(answer for tree in trees for answer in _answers(tree, fact))


@cache
def _answers(tree: _Tree, fact: str) -> tuple[str, ...]:
    if isinstance(tree, str) or fact not in _facts(tree):
        return ()
    if tree.fact == fact:
        return tuple(answer for answers, _ in tree.branches for answer in answers)
    return tuple(dict.fromkeys(a for _, below in tree.branches for a in _answers(below, fact)))


class _Search:
    """The most answers that one way of asking needs: every answer is followed."""

    def __init__(self, asker: _Asker, pick: Callable[[_Trees, frozenset[str]], str]) -> None:
        self._asker = asker
        self._pick = pick
        self._known: dict[frozenset[tuple[_Tree, int]], int] = {}
        self._spent = 0

    def steps(self, trees: _Trees, depth: int = 0) -> int:
        """Trees that share no question do not wait for each other: their numbers add up."""
        left = {tree: n for tree, n in trees.items() if self._asker.open_facts(tree)}
        return sum(self._connected(part, depth) for part in self._parts(left))

    def _connected(self, trees: _Trees, depth: int) -> int:
        key = frozenset(trees.items())
        if key not in self._known:
            self._known[key] = self._follow(trees, depth)
        return self._known[key]

    def _follow(self, trees: _Trees, depth: int) -> int:
        facts = frozenset[str]().union(*(self._asker.open_facts(tree) for tree in trees))
        self._spent += 1
        if self._spent > _BUDGET or depth > _DEEPEST:
            return len(facts)  # no question is asked twice
        fact = self._pick(trees, facts)
        most = 0
        for answer in dict.fromkeys(a for tree in trees for a in _answers(tree, fact)):
            cut: dict[_Tree, int] = {}
            for tree, n in trees.items():
                after = _cut(tree, fact, answer)
                cut[after] = cut.get(after, 0) + n
            most = max(most, self.steps(cut, depth + 1))
        return 1 + most

    def _parts(self, trees: _Trees) -> list[_Trees]:
        """The trees in groups that share no question."""
        hanging = self._asker.hanging(trees)
        left = dict(trees)
        groups: list[_Trees] = []
        while left:
            group: dict[_Tree, int] = {}
            pending = [next(iter(left))]
            while pending:
                tree = pending.pop()
                if tree in left:
                    group[tree] = left.pop(tree)
                    for fact in self._asker.open_facts(tree):
                        pending.extend(hanging.pop(fact, ()))
            groups.append(group)
        return groups
