"""A table that is walked once tells what worlds tell that are looked at one by one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.core.chain import EMPTY, Existing, Made, Request, Settings, decide
from analyzer.core.decision import judge
from analyzer.core.facts import DOUBTS, Fact, Known
from analyzer.core.keys import KeyFacts, KeyRing
from analyzer.core.model import Operation, Place
from analyzer.core.table_walk import decide_all
from analyzer.core.tables import TABLES
from analyzer.core.values import ABSENT, Choice, Datum, Given, Unknown
from analyzer.core.worlds import Explored, World

#: Few names, so that columns often hang on one fact together.
NAMES = st.sampled_from(["var.a", "var.b"])
UNKNOWN = st.builds(Unknown, NAMES, nullable=st.booleans())
OPEN = Fact("value", "var.a", ("true", "false", "absent"))


def chosen(data: st.SearchStrategy[Datum]) -> st.SearchStrategy[Datum]:
    def choice(first: Datum, second: Datum, fact: Fact) -> Datum:
        return Choice(fact, {a: first if a == "true" else second for a in fact.domain})

    own = Fact("value", "var.c", ("true", "false"))
    return st.builds(choice, data, data, st.sampled_from([OPEN, own]))


def data(values: st.SearchStrategy[Datum]) -> st.SearchStrategy[Datum]:
    plain = st.one_of(st.just(ABSENT), values, UNKNOWN)
    return st.one_of(plain, chosen(plain))


FLAGS = data(st.builds(Given, st.sampled_from([True, False, "no Boolean"])))
KEYS = data(st.builds(Given, st.sampled_from(["key", "alias/aws/ebs", "unusable"])))
STATES = st.sampled_from([None, "encrypted", "unencrypted"])
EXISTING = st.builds(
    Existing,
    kind=st.just("snapshot"),
    scope=st.sampled_from(["snap-1", "snap-2"]),
    owned=st.just("snap-1"),
    what=st.just("a snapshot"),
    encrypted=STATES,
    belongs_to=st.sampled_from([None, "self", "other"]),
    kms_key=st.sampled_from([None, "key"]),
    may_be_missing=st.booleans(),
)
PLACE = Place(account="111122223333", region="eu-west-1")
SET: st.SearchStrategy[Datum] = st.builds(Given, st.sampled_from(["on", "off"]))
SETTINGS = st.builds(Settings, encryption_by_default=st.one_of(st.just(ABSENT), SET, chosen(SET)))
#: Operations of which requests are made: the others are decided from what they are made of.
OPERATIONS = [o for o in TABLES if o not in (Operation.REPLACE_ROOT_VOLUME, Operation.CREATE_IMAGE)]


@st.composite
def requests(draw: st.DrawFn, depth: int = 1) -> Request:
    sources = st.one_of(st.just(EMPTY), EXISTING)
    if depth:
        sources = st.one_of(sources, st.builds(Made, requests(depth - 1)))
    operation = draw(st.sampled_from(OPERATIONS))
    sent = st.sampled_from([{}, {"false": "absent"}, {"absent": "true"}])
    if operation is Operation.DLM_CROSS_REGION_COPY:  # a rule always says it
        sent = st.just({"absent": "false"})
    return Request(
        operation=operation,
        place=PLACE,
        address="the request",
        encrypted=draw(FLAGS),
        kms_key_id=draw(KEYS),
        sent=draw(sent),
        source=draw(sources),
        settings=draw(SETTINGS),
        ring=KeyRing(keys={"unusable": KeyFacts(unusable="the key is disabled")}),
        exists=draw(st.one_of(st.just(Given(True)), FLAGS)),
        fallback_key=draw(KEYS),
    )


ANSWERS = st.fixed_dictionaries(
    {},
    optional={
        "var.a": st.sampled_from(["true", "false", "absent", "given"]),
        "snapshot(snap-1)": st.sampled_from(["encrypted", "unencrypted"]),
        "owner": st.sampled_from(["self", "other"]),
        "encryption_by_default": st.sampled_from(["on", "off"]),
        **{name: st.sampled_from(doubt.domain) for name, doubt in DOUBTS.items()},
    },
)


@given(request=requests(), answers=ANSWERS, budget=st.sampled_from([1, 2, 3, 5, 8, 4096]))
def test_a_walk_tells_what_worlds_one_by_one_tell(
    request: Request, answers: dict[str, str], budget: int
) -> None:
    known = Known(answers)
    one_by_one = judge(lambda world: decide(request, world), known, budget=budget)
    assert judge(lambda world: decide_all(request, world), known, budget=budget) == one_by_one


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_table_whose_columns_are_facts_is_walked(operation: Operation) -> None:
    snapshot = Existing(kind="snapshot", scope="snap-1", owned="snap-1", what="a snapshot")
    request = Request(
        operation=operation,
        place=PLACE,
        encrypted=Unknown("var.a"),
        kms_key_id=Unknown("var.b"),
        source=snapshot,
    )
    assert isinstance(decide_all(request, World(Known(), {})), Explored)
