"""`analyzer.whatif`: the golden cases, and every state of partial knowledge."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from itertools import product
from pathlib import Path

import pytest

from analyzer import Decision, whatif
from analyzer.core.facts import DOUBTS
from analyzer.core.model import KeyKind
from analyzer.core.tables import TABLES, Table, row_by_id

from .oracle import ORACLES
from .space import combinations, completions, doubts_of, matching, partial_states, resolve

CASES = Path(__file__).resolve().parents[2] / "fixtures" / "rules_cases.tsv"

every_table = pytest.mark.parametrize("table", TABLES.values(), ids=lambda t: t.operation.value)


# --- golden cases -------------------------------------------------------------------------

#: The cases' columns that are facts by their own name.
FACTS = (
    "encrypted",
    "kms_key_id",
    "snapshot",
    "owner",
    "encryption_by_default",
    "default_key",
    "same_region",
    "destination",
)
#: Operations that the cases call otherwise.
NAMES = {"DLM cross-Region copy": "DLMCrossRegionCopy"}


def _cases() -> list[dict[str, str]]:
    with CASES.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, delimiter="\t"))


def ask(case: Mapping[str, str]) -> Decision:
    """The decision for a case; `unknown` is not named, `-` is no fact of the operation."""
    facts = {name: case[name] for name in FACTS}
    if case["extra"] != "-":
        facts |= dict(pair.split("=", 1) for pair in case["extra"].split(","))
    known = {name: value for name, value in facts.items() if value not in ("-", "unknown")}
    return whatif(NAMES.get(case["operation"], case["operation"]), **known)


def resolved(decision: Decision, default_key: str) -> set[str]:
    """Symbols with DEFAULT replaced by the keys that may be the default key."""
    found: set[str] = set()
    for outcome in decision.outcomes:
        if outcome.symbol != "DEFAULT":
            found.add(outcome.symbol)
            continue
        assert outcome.key is not None
        if outcome.key.kind is KeyKind.AWS_MANAGED:
            found.add("AWS_MANAGED")
        elif default_key == "customer_managed":
            found.add("DEFAULT_CUSTOMER")
        else:
            found |= {"AWS_MANAGED", "DEFAULT_CUSTOMER"}
    return found


def test_there_are_86_golden_cases() -> None:
    assert [case["id"] for case in _cases()] == [f"G{number:02}" for number in range(1, 87)]


@pytest.mark.parametrize("case", _cases(), ids=lambda case: case["id"])
def test_golden_case(case: dict[str, str]) -> None:
    decision = ask(case)
    assert {o.symbol for o in decision.outcomes} == set(case["expected"].split("|"))
    assert resolved(decision, case["default_key"]) == set(case["resolved"].split("|"))
    assert {o.row for o in decision.outcomes} == set(case["rows"].split(","))


# --- every state of partial knowledge ----------------------------------------------------------


@every_table
def test_the_symbols_are_the_oracles_in_every_state(table: Table) -> None:
    operation = table.operation.value
    for known in partial_states(table.columns):
        expected: set[str] = set()
        for facts in completions(table.columns, known):
            expected |= ORACLES[operation](facts, {})
        decision = whatif(operation, **known)
        assert {outcome.symbol for outcome in decision.outcomes} == expected, known


@every_table
def test_the_verdict_sums_up_the_outcomes_in_every_state(table: Table) -> None:
    for known in partial_states(table.columns):
        decision = whatif(table.operation.value, **known)
        outcomes = {outcome.outcome for outcome in decision.outcomes}
        keys = {outcome.key for outcome in decision.outcomes}
        assert not decision.exhausted
        assert outcomes <= {"encrypted", "unencrypted", "rejected", "depends"}
        assert decision.verdict == (outcomes.pop() if len(outcomes) == 1 else "depends")
        assert decision.key == (keys.pop() if len(keys) == 1 else None)


@every_table
def test_each_outcome_carries_its_row_code_and_key(table: Table) -> None:
    kinds = {
        "REQUESTED": KeyKind.REQUESTED,
        "SNAPSHOT": KeyKind.SOURCE,
        "mapping:SNAPSHOT": KeyKind.SOURCE,
        "DEFAULT": KeyKind.ACCOUNT_DEFAULT,
        "AWS_MANAGED": KeyKind.AWS_MANAGED,
    }
    plain = {"unencrypted", "mapping:unencrypted", "mapping:plain-empty"}
    for outcome in whatif(table.operation.value).outcomes:
        row = row_by_id(outcome.row)
        assert row in table.rows
        assert row is not None
        assert outcome.symbol in row.symbols()
        assert (outcome.code is not None) is (outcome.symbol == "rejected")
        assert (outcome.outcome == "rejected") is (outcome.symbol == "rejected")
        assert (outcome.outcome == "unencrypted") is (outcome.symbol in plain)
        assert not outcome.late
        kind = kinds.get(outcome.symbol)
        assert (outcome.key.kind if outcome.key else None) is kind


@every_table
def test_each_world_fits_the_assumptions_of_one_outcome_and_has_it(table: Table) -> None:
    operation = table.operation.value
    decision = whatif(operation)
    assumptions = [
        ({answer.fact.kind: answer.answer.split("|") for answer in outcome.when}, outcome)
        for outcome in decision.outcomes
    ]
    asked = [kind for kind in DOUBTS if any(kind in when for when, _ in assumptions)]
    for facts in combinations(table.columns):
        for answers in combinations({kind: DOUBTS[kind].domain for kind in asked}):
            world = {**facts, **answers}
            fitting = [
                outcome
                for when, outcome in assumptions
                if all(world[kind] in values for kind, values in when.items())
            ]
            assert len(fitting) == 1
            assert {fitting[0].symbol} == ORACLES[operation](facts, answers)
            (row,) = matching(table, facts)
            assert (fitting[0].symbol, fitting[0].code) == resolve(row.result, answers)


@every_table
def test_settle_names_the_facts_that_change_the_outcome_and_no_others(table: Table) -> None:
    for known in partial_states(table.columns):
        decision = whatif(table.operation.value, **known)
        named = [fact.kind for fact in decision.settle]
        assert len(named) == len(set(named))
        assert set(named) == _decisive(table, known), known


def _decisive(table: Table, known: Mapping[str, str]) -> set[str]:
    """The facts in which two completions differ alone, and still differ in outcome."""
    outcome: dict[frozenset[tuple[str, str]], tuple[str, str | None]] = {}
    found = [(facts, matching(table, facts)[0]) for facts in completions(table.columns, known)]
    doubts = dict.fromkeys(doubt for _, row in found for doubt in doubts_of(row.result))
    free = {name: table.columns[name] for name in table.columns if name not in known}
    free |= {doubt: DOUBTS[doubt].domain for doubt in doubts}
    for facts, row in found:
        for answers in combinations({doubt: DOUBTS[doubt].domain for doubt in doubts}):
            outcome[frozenset({**facts, **answers}.items())] = resolve(row.result, answers)
    decisive: set[str] = set()
    for world, result in outcome.items():
        for name, value in world:
            if name in free and name not in decisive:
                rest = world - {(name, value)}
                if any(outcome[rest | {(name, other)}] != result for other in free[name]):
                    decisive.add(name)
    return decisive


# --- answers, names, mistakes ---------------------------------------------------------------------


def test_an_answer_to_an_open_question_settles_it() -> None:
    request = {"encrypted": "absent", "kms_key_id": "given", "encryption_by_default": "on"}
    open_ = whatif("CreateVolume", **request)
    assert open_.verdict == "depends"
    assert [fact.kind for fact in open_.settle] == ["OQ-1"]
    assert whatif("CreateVolume", **request, OQ_1="no").verdict == "rejected"
    assert whatif("CreateVolume", **request, OQ_1="yes").verdict == "encrypted"


@pytest.mark.parametrize(
    ("default_key", "kind", "ref"),
    [
        ("aws_managed", KeyKind.AWS_MANAGED, "alias/aws/ebs"),
        ("customer_managed", KeyKind.ACCOUNT_DEFAULT, None),
    ],
)
def test_the_default_key_names_the_key(default_key: str, kind: KeyKind, ref: str | None) -> None:
    decision = whatif(
        "ImportSnapshot", encrypted="true", kms_key_id="absent", default_key=default_key
    )
    assert decision.key is not None
    assert (decision.key.kind, decision.key.ref) == (kind, ref)


def test_the_aws_managed_key_is_one_key_however_it_was_chosen() -> None:
    copy = {"encrypted": "true", "kms_key_id": "absent", "snapshot": "encrypted"}
    decision = whatif(
        "CopySnapshot",
        **copy,
        encryption_by_default="off",
        same_region="no",
        destination="region",
        default_key="aws_managed",
    )
    assert {outcome.symbol for outcome in decision.outcomes} == {"AWS_MANAGED", "DEFAULT"}
    assert decision.verdict == "encrypted"
    assert decision.key is not None
    assert decision.key.kind is KeyKind.AWS_MANAGED


def test_no_default_key_changes_what_is_encrypted() -> None:
    for operation, table in TABLES.items():
        for key in ("aws_managed", "customer_managed"):
            with_key = whatif(operation.value, default_key=key)
            without = whatif(operation.value)
            assert [(o.symbol, o.outcome, o.row) for o in with_key.outcomes] == [
                (o.symbol, o.outcome, o.row) for o in without.outcomes
            ], table.operation


def test_an_image_is_imported_as_a_snapshot_is() -> None:
    assert whatif("ImportImage") == whatif("ImportSnapshot")


@pytest.mark.parametrize(
    ("operation", "facts", "named"),
    [
        ("LaunchRocket", {}, "LaunchRocket"),
        ("runinstances", {}, "runinstances"),
        ("RunInstances", {"volume": "encrypted"}, "volume"),
        ("RunInstances", {"encrypted": "maybe"}, "maybe"),
        ("RunInstances", {"encrypted": ""}, "encrypted"),
        ("CopyImage", {"snapshot": "none"}, "snapshot"),
        ("DLMCrossRegionCopy", {"encrypted": "absent"}, "encrypted"),
        ("RunInstances", {"default_key": "mine"}, "default_key"),
        ("RunInstances", {"OQ_1": "perhaps"}, "OQ-1"),
        ("RunInstances", {"OQ_99": "yes"}, "OQ-99"),
    ],
)
def test_what_does_not_exist_is_refused_by_name(
    operation: str, facts: dict[str, str], named: str
) -> None:
    with pytest.raises(ValueError, match=named):
        whatif(operation, **facts)


def test_a_question_names_its_fact_and_its_answers() -> None:
    (fact,) = whatif("CreateSnapshot").settle
    assert (fact.name, fact.scope, fact.domain) == ("volume", "", ("unencrypted", "encrypted"))
    assert fact.question == "volume: unencrypted, encrypted?"


def test_a_mistake_is_told_what_there_is_to_choose_from() -> None:
    with pytest.raises(ValueError, match=r"RunInstances, CreateVolume, CopySnapshot"):
        whatif("LaunchRocket")
    with pytest.raises(ValueError, match=r"OQ-1, OQ-3"):
        whatif("RunInstances", OQ_99="yes")
    with pytest.raises(ValueError, match=r"no, yes"):
        whatif("RunInstances", OQ_1="perhaps")


def test_asking_twice_gives_equal_decisions() -> None:
    for operation, known in product(TABLES, ({}, {"encrypted": "true"})):
        if known.keys() <= TABLES[operation].columns.keys():
            assert whatif(operation.value, **known) == whatif(operation.value, **known)
