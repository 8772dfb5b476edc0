"""Lazy possible worlds against brute force: all partial knowledge, and random decisions."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from analyzer.core.facts import DOUBTS, Fact, Impossible, Known, Undetermined, fact_name
from analyzer.core.tables import TABLES, Table, settle
from analyzer.core.worlds import (
    LEAF_BUDGET,
    Leaf,
    Node,
    TooManyWorlds,
    Tree,
    World,
    explore,
    paths,
    questions,
)

from .oracle import ORACLES
from .space import answer_sets, completions, doubts_of, matching, partial_states, resolve

every_table = pytest.mark.parametrize("table", TABLES.values(), ids=lambda t: t.operation.value)


#: Machines differ in speed; what is promised here is not how fast an answer comes.
patient = settings(deadline=None)


def deciding(table: Table) -> Callable[[World], str]:
    """The table's symbol as a decision over worlds; each column is a fact of its own."""

    def decide(world: World) -> str:
        row = table.find(lambda column: world.ask(Fact(column, "", table.columns[column])))
        return settle(row.result, world)[0]

    return decide


def grown(table: Table, known: Mapping[str, str]) -> Tree[str]:
    """The decision tree of a table under partial knowledge; a table leaves always a world."""
    tree = explore(deciding(table), Known(dict(known)))
    assert tree is not None
    return tree


def symbols(tree: Tree[str]) -> frozenset[str]:
    """What remains possible."""
    return frozenset(symbol for _, symbol in paths(tree))


# --- the tables, exhaustively -------------------------------------------------------------


def test_the_tables_have_7356_states_of_partial_knowledge() -> None:
    assert sum(1 for table in TABLES.values() for _ in partial_states(table.columns)) == 7356


@every_table
def test_lazy_exploration_finds_what_enumeration_finds(table: Table) -> None:
    oracle = ORACLES[table.operation.value]
    for known in partial_states(table.columns):
        by_table: set[str] = set()
        by_oracle: set[str] = set()
        for facts in completions(table.columns, known):
            (row,) = matching(table, facts)
            by_table |= row.symbols()
            by_oracle |= oracle(facts, {})
        assert symbols(grown(table, known)) == by_table == by_oracle, known


@every_table
def test_each_completion_follows_one_path_to_its_answer(table: Table) -> None:
    """The tree is not only right about the set: it is right about who gets what, and why."""
    oracle = ORACLES[table.operation.value]
    for known in partial_states(table.columns):
        tree = grown(table, known)
        for facts in completions(table.columns, known):
            (row,) = matching(table, facts)
            for answers in answer_sets(doubts_of(row.result)):
                leaf = follow(tree, {**facts, **answers})
                assert leaf is not None
                assert {leaf} == {resolve(row.result, answers)[0]} == oracle(facts, answers)


def follow(tree: Tree[str], answers: Mapping[str, str]) -> str | None:
    """The leaf that these answers lead to; a doubt that is not answered takes any branch.

    Such a doubt stands above the leaf only if the branches agree for these facts, so that
    all of them are followed and must meet.
    """
    if isinstance(tree, Leaf):
        return tree.value
    below = {
        follow(branch, answers)
        for values, branch in tree.branches
        if answers.get(tree.fact.kind, values[0]) in values
    }
    return below.pop() if len(below) == 1 else None


@every_table
def test_questions_are_the_facts_that_matter_and_no_others(table: Table) -> None:
    """A fact is asked for exactly if two completions that differ in it alone differ in outcome."""
    for known in partial_states(table.columns):
        asked = {fact.kind for fact in questions(grown(table, known))}
        assert asked == _decisive(table, known), known


def _decisive(table: Table, known: Mapping[str, str]) -> set[str]:
    decisive: set[str] = set()
    outcomes: dict[tuple[tuple[str, str], ...], dict[tuple[str, ...], str]] = {}
    doubts: dict[str, None] = {}
    found = [(facts, matching(table, facts)[0]) for facts in completions(table.columns, known)]
    for _, row in found:
        doubts.update(dict.fromkeys(doubts_of(row.result)))
    for facts, row in found:
        outcomes[tuple(facts.items())] = {
            tuple(answers.values()): resolve(row.result, answers)[0]
            for answers in answer_sets(tuple(doubts))
        }
    for by_answers in outcomes.values():
        for position, doubt in enumerate(doubts):
            fibres: dict[tuple[str, ...], set[str]] = {}
            for answers_, symbol in by_answers.items():
                rest = answers_[:position] + answers_[position + 1 :]
                fibres.setdefault(rest, set()).add(symbol)
            if any(len(fibre) > 1 for fibre in fibres.values()):
                decisive.add(doubt)
    for column in set(table.columns) - set(known):
        groups: dict[tuple[tuple[str, str], ...], list[dict[tuple[str, ...], str]]] = {}
        for combination, by_answers in outcomes.items():
            others = tuple(item for item in combination if item[0] != column)
            groups.setdefault(others, []).append(by_answers)
        if any(one != group[0] for group in groups.values() for one in group):
            decisive.add(column)
    return decisive


@every_table
def test_the_users_questions_come_before_awss(table: Table) -> None:
    for known in partial_states(table.columns):
        order = [fact.is_doubt for fact in questions(grown(table, known))]
        assert order == sorted(order)


# --- the two theorems, and that knowing more never widens ---------------------------------


@st.composite
def knowledge(draw: st.DrawFn) -> tuple[Table, dict[str, str], dict[str, str]]:
    """A table, one full combination (with every doubt answered), and a part of it."""
    table = draw(st.sampled_from(list(TABLES.values())))
    full = {column: draw(st.sampled_from(domain)) for column, domain in table.columns.items()}
    full |= {kind: draw(st.sampled_from(fact.domain)) for kind, fact in DOUBTS.items()}
    named = draw(st.sets(st.sampled_from(sorted(full))))
    return table, full, {name: full[name] for name in sorted(named)}


@patient
@given(knowledge())
def test_a_definite_answer_is_the_answer_in_every_completion(
    case: tuple[Table, dict[str, str], dict[str, str]],
) -> None:
    table, full, known = case
    remaining = symbols(grown(table, known))
    oracle = ORACLES[table.operation.value]
    assert oracle(full, full) <= remaining
    if len(remaining) == 1:
        answers = {name: value for name, value in known.items() if name in DOUBTS}
        for facts in completions(table.columns, known):
            assert oracle(facts, answers) == remaining


@patient
@given(knowledge())
def test_asking_again_with_all_facts_gives_the_concrete_answer(
    case: tuple[Table, dict[str, str], dict[str, str]],
) -> None:
    table, full, _ = case
    tree = grown(table, full)
    assert isinstance(tree, Leaf)
    assert {tree.value} == ORACLES[table.operation.value](full, full)


@patient
@given(knowledge(), st.data())
def test_another_fact_only_ever_removes_outcomes(
    case: tuple[Table, dict[str, str], dict[str, str]], data: st.DataObject
) -> None:
    table, full, known = case
    assume(len(known) < len(full))
    added = data.draw(st.sampled_from(sorted(set(full) - set(known))))
    more = {**known, added: full[added]}
    before, after = grown(table, known), grown(table, more)
    assert symbols(after) <= symbols(before)
    asked = {fact.kind for fact in questions(before)}
    assert {fact.kind for fact in questions(after)} <= asked - {added}
    if added not in asked:
        assert after == before


@patient
@given(knowledge())
def test_answering_the_questions_settles_it(
    case: tuple[Table, dict[str, str], dict[str, str]],
) -> None:
    table, full, known = case
    asked = questions(grown(table, known))
    answered = known | {fact.kind: full[fact.kind] for fact in asked}
    assert isinstance(grown(table, answered), Leaf)


# --- any decision at all ------------------------------------------------------------------

#: A random decision: a leaf's value, "impossible", or a fact with what follows each answer.
FACTS = [
    Fact("f", str(number), ("a", "b", "c")[: 2 + number % 2], f"f{number}?") for number in range(5)
]
IMPOSSIBLE = "impossible"
IGNORED = "ignored"


@dataclass(frozen=True)
class Ask:
    """Read a fact, then go on with the decision for its answer."""

    fact: Fact
    then: tuple[Program, ...]


Program = Ask | str

programs: st.SearchStrategy[Program] = st.recursive(
    st.sampled_from(["x", "y", "z", IMPOSSIBLE, IGNORED]),
    lambda below: st.builds(
        Ask, st.sampled_from(FACTS), st.lists(below, min_size=3, max_size=3).map(tuple)
    ),
    max_leaves=24,
)


def run(program: Program, ask: Callable[[Fact], str]) -> str:
    """What the program decides where `ask` answers."""
    while isinstance(program, Ask):
        program = program.then[program.fact.domain.index(ask(program.fact))]
    if program == IMPOSSIBLE:
        raise Impossible
    return program


@patient
@given(programs, st.dictionaries(st.sampled_from(FACTS), st.integers(0, 1)))
def test_a_random_decision_is_explored_as_if_all_worlds_were_listed(
    program: Program, fixed: dict[Fact, int]
) -> None:
    known = Known({fact.name: fact.domain[index] for fact, index in fixed.items()})
    tree = explore(lambda w: run(program, w.ask), known, ignore=lambda v: v == IGNORED)
    listed: dict[tuple[str, ...], str | None] = {}
    for answers in product(*(fact.domain for fact in FACTS)):
        world = dict(zip(FACTS, answers, strict=True))
        if all(known.answer(fact) in (None, answer) for fact, answer in world.items()):
            try:
                value: str | None = run(program, world.__getitem__)
            except Impossible:
                value = None
            listed[answers] = None if value == IGNORED else value
    remaining = {value for value in listed.values() if value is not None}
    if tree is None:
        assert not remaining
        return
    assert {value for _, value in paths(tree)} == remaining
    for answers, value in listed.items():
        if value is not None:
            by_name = {fact.name: answer for fact, answer in zip(FACTS, answers, strict=True)}
            assert _leaf(tree, by_name) == value
    assert not {fact.name for fact in questions(tree)} & set(known.answers)
    _is_reduced(tree)


def _leaf(tree: Tree[str], by_name: Mapping[str, str]) -> str:
    while isinstance(tree, Node):
        (tree,) = (below for values, below in tree.branches if by_name[tree.fact.name] in values)
    return tree.value


def _is_reduced(tree: Tree[str]) -> None:
    if isinstance(tree, Node):
        below = [branch for _, branch in tree.branches]
        assert len(below) == len(set(below)) > 1
        answers = [answer for values, _ in tree.branches for answer in values]
        assert len(answers) == len(set(answers))
        assert set(answers) <= set(tree.fact.domain)
        for branch in below:
            _is_reduced(branch)


# --- worlds, one by one -------------------------------------------------------------------

COIN = Fact("coin", "eu-west-1", ("heads", "tails"), "Heads or tails?")


def test_a_fact_that_changes_nothing_is_not_asked_for() -> None:
    tree = explore(lambda world: world.ask(COIN) and "same", Known())
    assert tree == Leaf("same")


def test_a_known_fact_is_not_branched_on() -> None:
    tree = explore(lambda world: world.ask(COIN), Known({"coin(eu-west-1)": "tails"}))
    assert tree == Leaf("tails")


def test_answers_with_one_consequence_share_a_branch_in_the_domains_order() -> None:
    die = Fact("die", "", ("1", "2", "3", "4"), "Which number?")
    tree = explore(lambda world: "odd" if world.ask(die) in "13" else "even", Known())
    assert tree == Node(die, ((("1", "3"), Leaf("odd")), (("2", "4"), Leaf("even"))))
    assert tree is not None
    assert list(paths(tree)) == [(((die, ("1", "3")),), "odd"), (((die, ("2", "4")),), "even")]


def test_no_world_is_left_where_every_answer_is_impossible_or_ignored() -> None:
    def contradiction(world: World) -> str:
        if world.ask(COIN) == "heads":
            raise Impossible
        return "edge"

    assert explore(contradiction, Known()) == Leaf("edge")
    assert explore(contradiction, Known(), ignore=lambda value: value == "edge") is None
    assert explore(contradiction, Known({"coin": "heads"})) is None


def test_a_world_answers_what_it_assumes_before_what_is_known() -> None:
    world = World(Known({"coin": "heads"}), {COIN: "tails"})
    assert world.ask(COIN) == world.peek(COIN) == "tails"
    assert World(Known({"coin": "heads"}), {}).ask(COIN) == "heads"
    assert World(Known({"coin": "heads"}), {}).peek(COIN) == "heads"


def test_asking_for_the_unknown_raises_and_peeking_does_not() -> None:
    world = World(Known(), {})
    with pytest.raises(Undetermined) as raised:
        world.ask(COIN)
    assert raised.value.fact is COIN
    assert world.peek(COIN) is None
    assert explore(lambda w: w.peek(COIN), Known()) == Leaf(None)


def test_questions_are_listed_once_and_open_questions_last() -> None:
    doubt = DOUBTS["OQ-1"]

    def decide(world: World) -> tuple[str, ...]:
        first = world.ask(doubt)
        return (first, world.ask(COIN)) if first == "yes" else (first, world.ask(COIN), "again")

    tree = explore(decide, Known())
    assert tree is not None
    assert questions(tree) == [COIN, doubt]


# --- budgets ------------------------------------------------------------------------------


def _parity(count: int) -> Callable[[World], int]:
    bits = [Fact("bit", str(number), ("0", "1"), "?") for number in range(count)]
    return lambda world: sum(int(world.ask(bit)) for bit in bits)


def test_the_budget_counts_leaves_before_they_are_joined() -> None:
    assert explore(_parity(4), Known(), budget=16) is not None
    with pytest.raises(TooManyWorlds):
        explore(_parity(4), Known(), budget=15)


def test_the_budget_has_a_default_that_ends_every_exploration() -> None:
    exponent = LEAF_BUDGET.bit_length() - 1
    assert 2**exponent == LEAF_BUDGET
    assert explore(_parity(exponent), Known()) is not None
    with pytest.raises(TooManyWorlds):
        explore(_parity(exponent + 1), Known())


def test_leaves_that_are_ignored_are_paid_for_all_the_same() -> None:
    with pytest.raises(TooManyWorlds):
        explore(_parity(4), Known(), ignore=lambda _: True, budget=15)


def test_worlds_that_contradict_themselves_are_paid_for_too() -> None:
    """Otherwise 20 facts that exclude each other would keep a machine busy for a while."""
    visits = 0

    def nowhere(world: World) -> str:
        nonlocal visits
        visits += 1
        _parity(20)(world)
        raise Impossible

    with pytest.raises(TooManyWorlds):
        explore(nowhere, Known(), budget=100)
    assert visits < 1000


def _first_yes(count: int) -> Callable[[World], int]:
    """As many leaves as facts, plus one: a path may be long although the tree is small."""
    facts = [Fact("yes", str(number), ("yes", "no"), "?") for number in range(count)]

    def decide(world: World) -> int:
        return next((i for i, fact in enumerate(facts) if world.ask(fact) == "yes"), count)

    return decide


def test_a_path_may_be_64_facts_long_and_no_longer() -> None:
    tree = explore(_first_yes(64), Known())
    assert tree is not None
    assert [value for _, value in paths(tree)] == list(range(65))
    assert len(questions(tree)) == 64
    with pytest.raises(TooManyWorlds):
        explore(_first_yes(65), Known())


def test_what_is_known_does_not_count_as_depth() -> None:
    known = Known({f"yes({number})": "no" for number in range(40)})
    assert explore(_first_yes(100), known) is not None


# --- facts and knowledge ------------------------------------------------------------------


def test_a_fact_is_its_kind_and_scope() -> None:
    same = Fact("coin", "eu-west-1", ("heads",), "Otherwise worded?")
    assert same == COIN
    assert hash(same) == hash(COIN)
    assert Fact("coin", "eu-west-2", COIN.domain, COIN.question) != COIN
    assert Fact("dice", "eu-west-1", COIN.domain, COIN.question) != COIN


@pytest.mark.parametrize(
    ("kind", "scope", "name"),
    [
        ("encryption_by_default", "eu-west-1", "encryption_by_default(eu-west-1)"),
        ("OQ-1", "", "OQ-1"),
        ("value", "var.encrypted", "var.encrypted"),
        ("value", "", ""),
    ],
)
def test_the_name_of_a_fact_settles_it(kind: str, scope: str, name: str) -> None:
    fact = Fact(kind, scope, ("a", "b"), "?")
    assert fact.name == fact_name(kind, scope) == name
    assert Known({name: "b"}).answer(fact) == "b"


def test_an_answer_for_a_kind_holds_for_every_scope_that_has_none_of_its_own() -> None:
    known = Known({"coin": "heads", "coin(eu-west-2)": "tails"})
    assert known.answer(COIN) == "heads"
    assert known.answer(Fact("coin", "eu-west-2", COIN.domain)) == "tails"
    assert known.answer(Fact("coin", "", COIN.domain)) == "heads"
    assert known.answer(Fact("other", "eu-west-1", COIN.domain)) is None


def test_a_value_of_the_input_has_no_answer_for_its_kind() -> None:
    assert Known({"value": "true"}).answer(Fact("value", "var.x", ("true", "false"))) is None


def test_nothing_is_known_by_default() -> None:
    assert Known().answer(COIN) is None


def test_open_questions_are_facts_that_nobody_can_look_up() -> None:
    for kind, doubt in DOUBTS.items():
        assert doubt.kind == kind
        assert doubt.is_doubt
        assert doubt.scope == ""
        assert len(set(doubt.domain)) == len(doubt.domain) >= 2
        assert doubt.question.endswith("?")
    assert not COIN.is_doubt


# --- the same in every process ------------------------------------------------------------

_DIGEST = """
import hashlib
from core.test_worlds import TABLES, grown, partial_states, paths, questions
digest = hashlib.sha256()
for table in TABLES.values():
    for known in partial_states(table.columns):
        tree = grown(table, known)
        digest.update(repr((list(paths(tree)), questions(tree))).encode())
print(digest.hexdigest())
"""


def test_results_do_not_hang_on_the_hash_seed() -> None:
    here = Path(__file__).resolve().parent.parent
    path = os.pathsep.join([str(here), str(here.parent)])
    digests = {
        subprocess.run(
            [sys.executable, "-c", _DIGEST],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": path},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for seed in ("0", "4711")
    }
    assert len(digests) == 1
    assert len(digests.pop().strip()) == 64
