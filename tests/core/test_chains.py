"""Chains of copies, images, snapshots and volumes: one world from end to end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.core.chain import EMPTY, Empty, Made, OneOf, Request, Settings, Source, decide
from analyzer.core.decision import Decision, judge
from analyzer.core.devices import ROOT
from analyzer.core.facts import DOUBTS, Fact, Known
from analyzer.core.images import Image, ImageRoot, UnknownImage
from analyzer.core.launches import InstanceImage, LaunchedVolume
from analyzer.core.model import KeyKind, Operation, Outcome, Place
from analyzer.core.values import Absent, Choice, Given, Origin, Reference, Unknown
from analyzer.core.worlds import World

from .building import (
    DATA,
    HERE,
    KEY,
    XVDA,
    copied,
    decided,
    device,
    launch,
    launched,
    layer,
    listed,
    remaining,
    request,
    snapshot,
)
from .oracle import ORACLES

OFF = {"encryption_by_default": "off"}
ON = {"encryption_by_default": "on"}
THERE = Place(account="111122223333", region="us-east-1")
PLAIN = snapshot("unencrypted", name="snap-plain")
SECRET = snapshot("encrypted", name="snap-secret")
SNAPSHOTS = (Operation.COPY_SNAPSHOT, Operation.CREATE_SNAPSHOT)


def ends(last: Request, **known: str) -> Decision:
    """The decision about the last link of a chain."""
    return decided(lambda world: decide(last, world), **known)


def state_of(source: Source, **known: str) -> set[str]:
    """What a source may be."""
    decision = decided(lambda world: Outcome("", source.state(world), ""), **known)
    return {outcome.outcome for outcome in decision.outcomes}


# --- any chain of snapshots and volumes, against the oracle link by link ------------------


@dataclass(frozen=True)
class Link:
    """One request of a chain, made of what the one before it makes."""

    operation: Operation
    encrypted: str
    key: bool
    abroad: bool


links = st.builds(
    Link,
    operation=st.sampled_from([*SNAPSHOTS, Operation.CREATE_VOLUME]),
    encrypted=st.sampled_from(["true", "false", "absent"]),
    key=st.booleans(),
    abroad=st.booleans(),
)


def chained(links_: list[Link]) -> tuple[list[Link], Request]:
    """The links that fit on each other, and the last one's request."""
    source: Source = snapshot(None, None, name="snap-0")
    kind, place = "snapshot", HERE
    used: list[Link] = []
    last: Request | None = None
    for link in links_:
        needs = "volume" if link.operation is Operation.CREATE_SNAPSHOT else "snapshot"
        if needs != kind:
            continue
        abroad = link.abroad and link.operation is Operation.COPY_SNAPSHOT
        if abroad:
            place = THERE if place is HERE else HERE
        used.append(link)
        last = request(
            link.operation,
            source,
            encrypted=link.encrypted,
            key=f"key-{len(used)}" if link.key else None,
            address=f"link-{len(used)}",
            place=place,
            same_region="no" if abroad else "yes",
        )
        source = Made(last)
        kind = "snapshot" if link.operation in SNAPSHOTS else "volume"
    if last is None:
        return chained([Link(Operation.CREATE_VOLUME, "absent", key=False, abroad=False)])
    return used, last


def foreseen(used: list[Link], facts: dict[str, str]) -> tuple[str, str | None, str]:
    """Outcome, key and refusing link of a chain, given an answer to everything."""
    state, owner, place = facts["snapshot(snap-0)"], facts["owner(snap-0)"], HERE
    key: str | None = None
    for number, link in enumerate(used, start=1):
        abroad = link.abroad and link.operation is Operation.COPY_SNAPSHOT
        if abroad:
            place = THERE if place is HERE else HERE
        columns = {
            "encrypted": link.encrypted,
            "kms_key_id": "given" if link.key else "absent",
            "snapshot": state,
            "volume": state,
            "owner": owner,
            "encryption_by_default": facts[f"encryption_by_default({place.label})"],
            "same_region": "no" if abroad else "yes",
            "destination": "region",
        }
        (symbol,) = ORACLES[link.operation.value](columns, facts)
        if symbol == "rejected":
            return "rejected", None, f"link-{number}"
        if symbol == "REQUESTED":
            key = f"key-{number}"
        elif symbol != "SNAPSHOT":
            key = symbol if symbol != "unencrypted" else None
        state = "unencrypted" if symbol == "unencrypted" else "encrypted"
        owner = "self"
    return state, key, ""


DOMAINS: dict[str, tuple[str, ...]] = {
    "snapshot(snap-0)": ("unencrypted", "encrypted"),
    "owner(snap-0)": ("self", "other"),
    f"encryption_by_default({HERE.label})": ("off", "on"),
    f"encryption_by_default({THERE.label})": ("off", "on"),
}


@settings(deadline=None, max_examples=50)
@given(st.lists(links, min_size=1, max_size=6))
def test_a_chain_comes_to_what_its_links_come_to_one_after_the_other(links_: list[Link]) -> None:
    used, last = chained(links_)
    asked = ("OQ-1", "OQ-4", "OQ-5", "OQ-6")
    domains = DOMAINS | {kind: DOUBTS[kind].domain for kind in asked}
    possible: set[str] = set()
    for values in product(*domains.values()):
        facts = dict(zip(domains, values, strict=True))
        outcome, key, refusing = foreseen(used, facts)
        possible.add(outcome)
        (found,) = ends(last, **facts).outcomes
        assert found.outcome == outcome, facts
        if outcome == "encrypted":
            assert found.key is not None
            kinds = {"DEFAULT": KeyKind.ACCOUNT_DEFAULT, "AWS_MANAGED": KeyKind.AWS_MANAGED}
            if key in kinds and found.key.kind is not KeyKind.SOURCE:
                assert found.key.kind is kinds[key]
            elif key is not None and key.startswith("key-"):
                assert found.key.ref == key
        if outcome == "rejected":
            own = refusing == f"link-{len(used)}"
            assert (found.late, found.cause) == ((False, "") if own else (True, refusing))
    whole = ends(last)
    assert {outcome.outcome for outcome in whole.outcomes} == possible
    assert (whole.verdict == "depends") is (len(possible) > 1)
    assert len(whole.settle) == len(set(whole.settle))
    assert {fact.name for fact in whole.settle} <= set(domains)


# --- facts are shared along a chain -------------------------------------------------------


def test_a_setting_that_two_links_meet_is_one_fact() -> None:
    """Were it two, the copy could be plain and the volume encrypted by default, or so."""
    copy = request(Operation.COPY_SNAPSHOT, PLAIN, address="copy")
    volume = request(Operation.CREATE_VOLUME, Made(copy), address="volume")
    decision = ends(volume)
    assert [fact.name for fact in decision.settle] == [f"encryption_by_default({HERE.label})"]
    assert {o.symbol: [a.answer for a in o.when] for o in decision.outcomes} == {
        "unencrypted": ["off"],
        "SNAPSHOT": ["on"],
    }


def test_settings_of_two_places_are_two_facts() -> None:
    copy = request(Operation.COPY_SNAPSHOT, PLAIN, address="copy", same_region="no")
    volume = request(Operation.CREATE_VOLUME, Made(copy), address="volume", place=THERE)
    assert {fact.scope for fact in ends(volume).settle} == {HERE.label, THERE.label}
    here, there = (f"encryption_by_default({place.label})" for place in (HERE, THERE))
    assert remaining(ends(volume, **{here: "off", there: "on"})) == {"DEFAULT"}
    assert remaining(ends(volume, **{here: "on", there: "off"})) == {"SNAPSHOT"}


def test_a_snapshot_used_twice_has_one_state() -> None:
    """Both devices of a launch restore the same unknown snapshot."""
    unknown = snapshot(None, name="snap-9")
    what = launch(
        listed(device(XVDA, unknown, sized=True)), layer(device(DATA, unknown, sized=True))
    )

    def both(world: World) -> Outcome:
        root, data = what.decide(XVDA, world), what.decide(DATA, world)
        return Outcome(f"{root.symbol} {data.symbol}", "encrypted", "")

    assert remaining(decided(both, **OFF)) == {"unencrypted unencrypted", "SNAPSHOT SNAPSHOT"}


def test_a_variable_used_twice_has_one_value() -> None:
    flag = Unknown("var.encrypted", domain=("true", "false"), nullable=False)
    copy = Request(
        operation=Operation.COPY_IMAGE, place=HERE, address="copy", encrypted=flag, source=PLAIN
    )
    volume = Request(
        operation=Operation.CREATE_VOLUME, place=HERE, encrypted=flag, source=Made(copy)
    )
    decision = ends(volume, **OFF)
    assert {o.symbol: [a.answer for a in o.when] for o in decision.outcomes} == {
        "SNAPSHOT": ["true"],
        "unencrypted": ["false"],
    }


def test_a_chain_of_many_links_does_not_multiply() -> None:
    source: Source = snapshot(None, name="snap-0")
    for number in range(40):
        copy = request(Operation.COPY_SNAPSHOT, source, address=f"copy-{number}", key=KEY)
        source = Made(copy)
    decision = ends(request(Operation.CREATE_VOLUME, source))
    assert not decision.exhausted
    assert {fact.kind for fact in decision.settle} <= {"encryption_by_default", "OQ-1", "snapshot"}


def test_a_chain_that_is_too_long_to_follow_is_left_open() -> None:
    source: Source = PLAIN
    for number in range(2000):
        source = Made(request(Operation.COPY_SNAPSHOT, source, address=f"copy-{number}"))
    decision = ends(request(Operation.CREATE_VOLUME, source), **OFF)
    assert (decision.verdict, decision.exhausted) in (("depends", True), ("unencrypted", False))


# --- refusals and absence travel down a chain ---------------------------------------------


def test_what_hangs_on_a_refused_source_is_refused_late_and_names_the_cause() -> None:
    copy = request(Operation.COPY_SNAPSHOT, PLAIN, key=KEY, address="copy")
    volume = request(Operation.CREATE_VOLUME, Made(copy), address="volume", encrypted="true")
    again = request(Operation.CREATE_SNAPSHOT, Made(volume), address="snapshot")
    (first,) = ends(copy, **OFF).outcomes
    assert (first.late, first.cause) == (False, "")
    for last in (volume, again):
        (found,) = ends(last, **OFF).outcomes
        assert (found.outcome, found.row, found.code) == ("rejected", first.row, first.code)
        assert (found.late, found.cause) == (True, "copy")


def test_a_source_that_is_not_made_in_a_world_leaves_that_world_out() -> None:
    wanted = Fact("value", "var.wanted", ("true", "false"), "?")
    exists = Choice(wanted, {"true": Given(True), "false": Given(False)})
    copy = Request(
        operation=Operation.COPY_SNAPSHOT, place=HERE, address="copy", source=PLAIN, exists=exists
    )
    assert ends(copy, **OFF).verdict == "unencrypted"
    volume = request(Operation.CREATE_VOLUME, Made(copy))
    assert ends(volume, **OFF).verdict == "unencrypted"
    assert ends(volume, **OFF, **{"var.wanted": "false"}).verdict == "none"


def test_one_of_several_sources() -> None:
    fact = Fact("value", "var.secret", ("true", "false"), "?")
    volume = request(Operation.CREATE_VOLUME, OneOf(fact, {"true": SECRET, "false": EMPTY}))
    decision = ends(volume, **OFF)
    assert remaining(decision) == {"SNAPSHOT", "unencrypted"}
    assert decision.settle == (fact,)
    partial = request(Operation.CREATE_VOLUME, OneOf(fact, {"true": SECRET}))
    assert remaining(ends(partial, **OFF)) == {"SNAPSHOT"}


# --- images -------------------------------------------------------------------------------


def test_the_root_of_a_copied_image_has_the_copys_state_and_key() -> None:
    copy = copied(listed(device(XVDA, PLAIN, sized=True)), encrypted="true", key=KEY)
    (found,) = launched(launch(copy), XVDA, **OFF).outcomes
    assert found.symbol == "SNAPSHOT"
    assert found.key is not None
    assert (found.key.kind, found.key.ref) == (KeyKind.SOURCE, KEY)


def test_a_copy_of_a_copy_of_an_unknown_image() -> None:
    image = UnknownImage(id="ami-9", what="ami-9")
    twice = copied(copied(image, address="first", encrypted="true"), address="second")
    decision = launched(launch(twice), ROOT)
    assert decision.verdict == "encrypted"
    assert remaining(decision) == {"SNAPSHOT"}


def test_one_encrypted_snapshot_fails_the_copy_of_them_all() -> None:
    image = listed(device(XVDA, PLAIN, sized=True), device(DATA, SECRET, sized=True))
    copy = copied(image, encrypted="false", address="copy")
    for name in (XVDA, DATA):
        (found,) = launched(launch(copy), name, **OFF).outcomes
        assert (found.outcome, found.row, found.late) == ("rejected", "CI-4", True)
        assert found.cause == "copy"


@pytest.mark.parametrize("by_default", ["off", "on"])
def test_an_encrypted_snapshot_that_nobody_listed_fails_the_copy_too(by_default: str) -> None:
    """Encryption by default does not save a copy that says false (row CI-4)."""
    copy = copied(UnknownImage(id="ami-9", what="ami-9"), encrypted="false")
    known = {"image(ami-9:root)": "unencrypted", "encryption_by_default": by_default}
    assert "rejected" in remaining(launched(launch(copy), ROOT, **known))


@pytest.mark.parametrize("by_default", ["off", "on"])
def test_a_public_image_has_no_encrypted_snapshot_that_nobody_listed(by_default: str) -> None:
    copy = copied(UnknownImage(id="ami-8", what="ami-8", public=True), encrypted="false")
    known = {"encryption_by_default": by_default}
    assert "rejected" not in remaining(launched(launch(copy), ROOT, **known))


def test_devices_without_a_snapshot_are_copied_as_they_are() -> None:
    image = listed(
        device(XVDA, PLAIN, sized=True),
        device("/dev/sdc", virtual="ephemeral0"),
        device("/dev/sdd", sized=True),
        device("/dev/sde", sized=True, encrypted="true"),
    )
    what = launch(copied(image, encrypted="true", key=KEY))
    assert launched(what, "/dev/sdc", **OFF).verdict == "none"
    assert remaining(launched(what, "/dev/sdd", **OFF)) == {"unencrypted"}
    assert remaining(launched(what, "/dev/sde", **OFF)) == {"DEFAULT"}


def test_a_registered_image_maps_what_its_snapshots_are() -> None:
    copy = request(Operation.COPY_SNAPSHOT, PLAIN, encrypted="true", key=KEY, address="copy")
    image = listed(device(XVDA, Made(copy), sized=True), registered=True)
    (found,) = launched(launch(image), XVDA, **OFF).outcomes
    assert found.symbol == "SNAPSHOT"
    assert found.key is not None
    assert found.key.ref == KEY


@pytest.mark.parametrize("encrypted", ["true", "false"])
def test_an_image_that_is_refused_refuses_each_device(encrypted: str) -> None:
    """RegisterImage takes no Encrypted beside a snapshot (RG-2)."""
    image = listed(
        device(XVDA, PLAIN, sized=True),
        device(DATA, PLAIN, sized=True, encrypted=encrypted),
        registered=True,
    )
    for name in (XVDA, DATA):
        (found,) = launched(launch(image), name, **OFF).outcomes
        assert (found.outcome, found.row, found.late) == ("rejected", "RG-2", True)
        assert found.cause == "aws_ami.it"


def test_an_empty_device_may_be_registered_encrypted() -> None:
    image = listed(device(XVDA, PLAIN, sized=True), device(DATA, encrypted="true"), registered=True)
    assert remaining(launched(launch(image), DATA, **OFF)) == {"DEFAULT"}


BASE = listed(device(XVDA, PLAIN, sized=True))


@pytest.mark.parametrize("name", [XVDA, ROOT])
def test_an_image_of_an_instance_has_its_volumes_state_and_key(name: str) -> None:
    """Whether the instance named its root or said "the root": it is one volume."""
    instance = launch(BASE, layer(device(name, encrypted="true", key=KEY)))
    image = InstanceImage(launch=instance, address="aws_ami_from_instance.it")
    (found,) = launched(launch(image), XVDA, **OFF).outcomes
    assert found.symbol == "SNAPSHOT"
    assert found.key is not None
    assert found.key.ref == KEY
    assert state_of(ImageRoot(image=image), **OFF) == {"encrypted"}
    assert state_of(LaunchedVolume(launch=instance), **OFF) == {"encrypted"}


@pytest.mark.parametrize("name", [XVDA, ROOT])
def test_a_copy_that_says_false_of_an_encrypted_instances_image_is_refused(name: str) -> None:
    instance = launch(BASE, layer(device(name, encrypted="true")))
    image = InstanceImage(launch=instance, address="aws_ami_from_instance.it")
    copy = copied(image, encrypted="false", address="copy")
    (found,) = launched(launch(copy), XVDA, **OFF).outcomes
    assert (found.outcome, found.row, found.cause) == ("rejected", "CI-4", "copy")


def test_an_image_of_a_refused_instance_is_refused() -> None:
    instance = launch(BASE, layer(device(XVDA, key=KEY)))
    image = InstanceImage(launch=instance, address="aws_ami_from_instance.it")
    (found,) = launched(launch(image), XVDA, **OFF).outcomes
    assert (found.outcome, found.row, found.cause) == ("rejected", "RI-1", "aws_instance.it")


INSTANCE_STORE = listed(device(XVDA, virtual="ephemeral0"))


@pytest.mark.parametrize(
    "source",
    [
        LaunchedVolume(launch=launch(INSTANCE_STORE)),
        ImageRoot(image=INSTANCE_STORE),
        ImageRoot(image=listed()),
    ],
    ids=["root volume of an instance", "root snapshot of an image", "image without a root"],
)
@pytest.mark.parametrize(
    "operation", [Operation.CREATE_SNAPSHOT, Operation.COPY_SNAPSHOT, Operation.COPY_VOLUMES]
)
def test_nothing_is_made_of_a_root_that_is_no_ebs_volume(
    source: Source, operation: Operation
) -> None:
    assert ends(request(operation, source), **OFF).verdict == "none"


# --- what a request says beside its source ------------------------------------------------


@pytest.mark.parametrize(
    ("column", "request_", "symbols"),
    [
        (
            "same_region",
            Request(
                operation=Operation.COPY_IMAGE,
                place=HERE,
                source=SECRET,
                same_region=Unknown("var.x", "?"),
            ),
            {"yes": "SNAPSHOT", "no": "DEFAULT"},
        ),
        (
            "destination",
            Request(
                operation=Operation.COPY_SNAPSHOT,
                place=HERE,
                source=PLAIN,
                destination=Unknown("var.x", "?"),
            ),
            {"region": "unencrypted", "outpost": "DEFAULT"},
        ),
        (
            "same_account",
            Request(
                operation=Operation.COPY_VOLUMES,
                place=HERE,
                source=SECRET,
                same_account=Unknown("var.x", "?"),
            ),
            {"yes": "SNAPSHOT", "no": "DEFAULT"},
        ),
    ],
)
def test_an_unknown_column_is_a_fact_over_its_answers(
    column: str, request_: Request, symbols: dict[str, str]
) -> None:
    known = {**OFF, "OQ-7": "default-key", "OQ-8": "2026"}
    (fact,) = ends(request_, **known).settle
    assert (fact.name, fact.domain) == ("var.x", tuple(symbols)), column
    for answer, symbol in symbols.items():
        assert remaining(ends(request_, **known, **{"var.x": answer})) == {symbol}


@pytest.mark.parametrize("operation", [Operation.CREATE_VOLUME, Operation.COPY_SNAPSHOT])
def test_an_encrypted_that_is_no_boolean_is_refused(operation: Operation) -> None:
    odd = Request(operation=operation, place=HERE, source=PLAIN, encrypted=Given("maybe"))
    (found,) = ends(odd, **OFF).outcomes
    assert (found.symbol, found.outcome) == ("rejected", "rejected")
    assert (found.row, found.late) == ("BX-8", False)
    assert found.code == "ValidationError"


def test_a_column_that_no_request_has_is_no_fact() -> None:
    with pytest.raises(KeyError, match="root_now"):
        request(Operation.CREATE_VOLUME).cell("root_now", World(Known(), {}))


def test_a_sensitive_key_stays_sensitive_down_the_chain() -> None:
    copy = Request(
        operation=Operation.COPY_SNAPSHOT,
        place=HERE,
        address="copy",
        encrypted=Given(True),
        kms_key_id=Given(KEY, sensitive=True),
        source=PLAIN,
    )
    key = ends(request(Operation.CREATE_VOLUME, Made(copy))).key
    assert key is not None
    assert (key.ref, key.sensitive) == (KEY, True)
    open_key = ends(request(Operation.CREATE_VOLUME, SECRET)).key
    assert open_key is not None
    assert open_key.sensitive is False


def test_a_fallback_key_is_used_where_the_default_key_would_be() -> None:
    """An ECS cluster's key for managed storage comes before the account's default key."""

    def managed(key: Given | Absent | Unknown, **more: Given) -> Decision:
        volume = Request(
            operation=Operation.CREATE_VOLUME,
            place=HERE,
            fallback_key=key,
            **more,  # type: ignore[arg-type]
        )
        return ends(volume, **ON)

    (found,) = managed(Given(KEY)).outcomes
    assert (found.symbol, found.row) == ("DEFAULT", "CV-8")
    assert found.key is not None
    assert (found.key.kind, found.key.ref) == (KeyKind.REQUESTED, KEY)
    unnamed = managed(Unknown("cluster.key", nullable=False)).key
    assert unnamed is not None
    assert (unnamed.kind, unnamed.ref, unnamed.sensitive) == (KeyKind.REQUESTED, None, False)
    absent = managed(Absent()).key
    assert absent is not None
    assert absent.kind is KeyKind.ACCOUNT_DEFAULT
    alias = managed(Given("alias/aws/ebs")).key
    assert alias is not None
    assert alias.kind is KeyKind.AWS_MANAGED
    own = managed(Given(KEY), encrypted=Given(True), kms_key_id=Given("own")).key
    assert own is not None
    assert own.ref == "own"


def test_the_aws_managed_key_has_a_name() -> None:
    copy = request(Operation.COPY_SNAPSHOT, SECRET, same_region="no")
    key = ends(copy, **OFF, OQ_6="guide").key
    assert key is not None
    assert (key.kind, key.ref) == (KeyKind.AWS_MANAGED, "alias/aws/ebs")


@pytest.mark.parametrize(
    ("source", "encrypted", "symbol", "outcome"),
    [
        (PLAIN, "absent", "mapping:unencrypted", "unencrypted"),
        (SECRET, "absent", "mapping:SNAPSHOT", "encrypted"),
        (EMPTY, "absent", "mapping:plain-empty", "unencrypted"),
        (EMPTY, "true", "mapping:encrypted-empty", "encrypted"),
    ],
)
def test_a_mapping_that_is_registered_has_a_state(
    source: Source, encrypted: str, symbol: str, outcome: str
) -> None:
    (found,) = ends(request(Operation.REGISTER_IMAGE, source, encrypted=encrypted)).outcomes
    assert (found.symbol, found.outcome) == (symbol, outcome)
    assert found.row.startswith("RG-")
    if symbol == "mapping:SNAPSHOT":
        assert found.key is not None
        assert found.key.kind is KeyKind.SOURCE


def test_every_plain_outcome_carries_its_row() -> None:
    (found,) = ends(request(Operation.CREATE_VOLUME, PLAIN), **OFF).outcomes
    assert (found.outcome, found.row, found.key, found.code) == ("unencrypted", "CV-10", None, None)


def _copies(count: int) -> Request:
    source: Source = PLAIN
    for number in range(count):
        source = Made(request(Operation.COPY_SNAPSHOT, source, address=f"copy-{number}"))
    return request(Operation.CREATE_VOLUME, source)


def test_a_chain_may_be_a_hundred_links_long() -> None:
    assert ends(_copies(99), **OFF).verdict == "unencrypted"
    too_long = ends(_copies(100), **OFF)
    assert (too_long.verdict, too_long.key) == ("depends", None)
    assert (too_long.outcomes, too_long.settle, too_long.exhausted) == ((), (), True)


@pytest.mark.parametrize(
    "another",
    [
        copied,
        lambda image, address: InstanceImage(launch=launch(image), address=address),
    ],
    ids=["copies", "images of instances"],
)
@pytest.mark.parametrize("count", [30, 2000])
def test_images_of_images_take_no_more_work_than_they_are(
    another: Callable[..., Image], count: int
) -> None:
    """Each asks the one below for its refusal, its state and its key, but it is one answer."""
    asked = 0

    class Counting(Empty):
        def state(self, world: World) -> str:
            nonlocal asked
            asked += 1
            assert asked < 100
            return "unencrypted"

    image: Image = listed(device(XVDA, Counting(), sized=True))
    for number in range(count):
        image = another(image, address=f"image-{number}")
    decision = launched(launch(image), XVDA, **OFF)
    assert (decision.verdict, decision.exhausted) in (("depends", True), ("unencrypted", False))
    assert count > 100 or not decision.exhausted


def test_links_side_by_side_are_no_longer_chain() -> None:
    """Only what hangs on each other counts: a world may hold any number of devices."""
    volumes = [request(Operation.CREATE_VOLUME, PLAIN, address=str(n)) for n in range(300)]

    def every(world: World) -> Outcome:
        found = [decide(volume, world) for volume in volumes]
        return found[-1]

    assert decided(every, **OFF).verdict == "unencrypted"


def test_a_link_is_decided_once_in_a_world() -> None:
    """Each link asks its source several times: without memory the work would explode."""
    asked = 0

    class Counting(Empty):
        def state(self, world: World) -> str:
            nonlocal asked
            asked += 1
            return "unencrypted"

    source: Source = Counting()
    for number in range(30):
        source = Made(request(Operation.COPY_SNAPSHOT, source, address=f"copy-{number}"))
    assert ends(request(Operation.CREATE_VOLUME, source), **OFF).verdict == "unencrypted"
    assert asked <= 2


def test_a_decision_with_too_many_leaves_is_left_open() -> None:
    facts = [Fact("bit", str(n), ("0", "1"), "?") for n in range(4)]

    def parity(world: World) -> Outcome:
        word = "".join(world.ask(fact) for fact in facts)
        return Outcome(word, "encrypted", "")

    assert not judge(parity, Known(), budget=16).exhausted
    assert judge(parity, Known(), budget=15) == Decision("depends", None, (), (), exhausted=True)


# --- settings of a place ------------------------------------------------------------------


def _volume(place_settings: Settings) -> Request:
    return Request(operation=Operation.CREATE_VOLUME, place=HERE, settings=place_settings)


def test_a_setting_of_the_input_is_met() -> None:
    assert ends(_volume(Settings(encryption_by_default=Given("on")))).verdict == "encrypted"
    assert ends(_volume(Settings(encryption_by_default=Given("off")))).verdict == "unencrypted"


def test_a_setting_that_may_come_too_late_leaves_both() -> None:
    order = Fact("order", "aws_ebs_encryption_by_default.it", ("before", "after"), "?")
    late = Choice(order, {"before": Given("on"), "after": Given("off")})
    decision = ends(_volume(Settings(encryption_by_default=late)))
    assert remaining(decision) == {"DEFAULT", "unencrypted"}
    assert decision.settle == (order,)


def test_what_the_input_sets_counts_whatever_the_account_was_before() -> None:
    volume = _volume(Settings(encryption_by_default=Given("on")))
    assert ends(volume, **OFF).verdict == "encrypted"


def test_a_setting_that_nobody_wrote_is_not_known() -> None:
    for absent in (Absent(), Absent(Origin(path="main.tf", line=1))):
        decision = ends(_volume(Settings(encryption_by_default=absent)))
        assert [fact.kind for fact in decision.settle] == ["encryption_by_default"]


@pytest.mark.parametrize(
    ("settings_", "known", "kind", "ref"),
    [
        (Settings(), {}, KeyKind.ACCOUNT_DEFAULT, None),
        (Settings(), {"default_key": "aws_managed"}, KeyKind.AWS_MANAGED, "alias/aws/ebs"),
        (Settings(), {"default_key": "customer_managed"}, KeyKind.ACCOUNT_DEFAULT, None),
        (Settings(), {"default_key_id": KEY}, KeyKind.ACCOUNT_DEFAULT, KEY),
        (
            Settings(default_key=Given(Reference("aws_kms_key.it", "arn"))),
            {},
            KeyKind.ACCOUNT_DEFAULT,
            Reference("aws_kms_key.it"),
        ),
        (Settings(default_key=Given("alias/aws/ebs")), {}, KeyKind.AWS_MANAGED, "alias/aws/ebs"),
        (
            Settings(default_key=Given(KEY)),
            {"default_key_id": "other"},
            KeyKind.ACCOUNT_DEFAULT,
            KEY,
        ),
        (
            Settings(default_key=Unknown("var.key")),
            {"default_key_id": "other"},
            KeyKind.ACCOUNT_DEFAULT,
            None,
        ),
    ],
)
def test_the_default_key_is_named_as_far_as_it_is_known(
    settings_: Settings, known: dict[str, str], kind: KeyKind, ref: str | Reference | None
) -> None:
    decision = ends(_volume(settings_), **ON, **known)
    assert decision.verdict == "encrypted"
    assert decision.settle == ()
    assert decision.key is not None
    assert (decision.key.kind, decision.key.ref) == (kind, ref)


def test_the_default_key_is_the_one_of_its_own_place() -> None:
    known = {f"default_key_id({THERE.label})": "theirs", f"default_key_id({HERE.label})": KEY}
    key = ends(_volume(Settings()), **ON, **known).key
    assert key is not None
    assert key.ref == KEY


def test_a_default_key_that_is_named_by_an_alias_is_the_key_behind_it() -> None:
    at = f"alias(alias/mine@{HERE.label})"
    for settings_, known in (
        (Settings(default_key=Given("alias/mine")), {}),
        (Settings(), {"default_key_id": "alias/mine"}),
    ):
        key = ends(_volume(settings_), **ON, **known, **{at: KEY}).key
        assert key is not None
        assert (key.kind, key.ref) == (KeyKind.ACCOUNT_DEFAULT, KEY)
        managed = ends(_volume(settings_), **ON, **known, **{at: KEY, f"key_manager({KEY})": "AWS"})
        assert managed.key is not None
        assert managed.key.kind is KeyKind.AWS_MANAGED


@pytest.mark.parametrize("nothing", [Given(""), Given(None), Given(True)])
def test_a_default_key_that_is_no_name_names_nothing(nothing: Given) -> None:
    key = ends(_volume(Settings(default_key=nothing)), **ON).key
    assert key is not None
    assert (key.kind, key.ref) == (KeyKind.ACCOUNT_DEFAULT, None)


def test_a_fallback_key_may_hang_on_the_world() -> None:
    fact = Fact("value", "var.keyed", ("true", "false"), "?")
    fallback = Choice(fact, {"true": Given(KEY), "false": Absent()})
    volume = Request(operation=Operation.CREATE_VOLUME, place=HERE, fallback_key=fallback)
    decision = ends(volume, **ON)
    assert decision.verdict == "encrypted"
    assert {o.key.ref if o.key else None for o in decision.outcomes} == {KEY, None}
