"""Which volumes a launch makes, with which parameters: rules BM-1..BM-12 and BX-1..BX-7."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.core.devices import ROOT, SIZED, BlockDevice
from analyzer.core.facts import Fact, Known
from analyzer.core.images import Image, ImageChoice, UnknownImage
from analyzer.core.launches import Launch, Layer
from analyzer.core.sharing import SharedImage
from analyzer.core.values import ABSENT, Absent, Choice, Given, Origin

from .building import (
    DATA,
    KEY,
    XVDA,
    copied,
    device,
    launch,
    launched,
    layer,
    listed,
    remaining,
    snapshot,
)

OFF = {"encryption_by_default": "off"}
PLAIN = snapshot("unencrypted", name="snap-plain")
SECRET = snapshot("encrypted", name="snap-secret")
SHARED = snapshot("encrypted", "other", name="snap-shared")
ANOTHER = snapshot("unencrypted", name="snap-another")

#: An image with a plain root, an encrypted data device, an instance store device, an empty
#: device and an empty encrypted device.
IMAGE = listed(
    device(XVDA, PLAIN, sized=True),
    device(DATA, SECRET, sized=True),
    device("/dev/sdc", virtual="ephemeral0"),
    device("/dev/sdd", sized=True),
    device("/dev/sde", sized=True, encrypted="true"),
)
UNKNOWN = UnknownImage(id="ami-9", what="ami-9")
PUBLIC = UnknownImage(id="ami-8", what="ami-8", public=True)


# --- one rule at a time -------------------------------------------------------------------

RULES = {
    "an image's root as it is": (XVDA, [], {"unencrypted"}),
    "an image's data device as it is": (DATA, [], {"SNAPSHOT"}),
    "BM-1 a request replaces only what it names": (
        XVDA,
        [layer(device(XVDA, encrypted="true"))],
        {"DEFAULT"},
    ),
    "BM-1 a request encrypts with its key": (
        XVDA,
        [layer(device(XVDA, encrypted="true", key=KEY))],
        {"REQUESTED"},
    ),
    "BM-2 a size alone keeps the image's plain snapshot": (
        XVDA,
        [layer(device(XVDA, sized=True))],
        {"unencrypted"},
    ),
    "BM-2 a size alone keeps the image's encrypted snapshot": (
        DATA,
        [layer(device(DATA, sized=True))],
        {"SNAPSHOT"},
    ),
    "BM-3 another snapshot on the root": (
        XVDA,
        [layer(device(XVDA, SECRET))],
        {"rejected", "SNAPSHOT"},
    ),
    "BM-3 the image's own snapshot on the root is no other": (
        XVDA,
        [layer(device(XVDA, PLAIN))],
        {"unencrypted"},
    ),
    "BM-4 another snapshot on a data device": (
        DATA,
        [layer(device(DATA, PLAIN))],
        {"unencrypted"},
    ),
    "BM-4 a snapshot on an empty device": (
        "/dev/sdd",
        [layer(device("/dev/sdd", SHARED))],
        {"DEFAULT"},
    ),
    "BM-5 an image's empty encrypted device stays encrypted": (
        "/dev/sde",
        [layer(device("/dev/sde", sized=True))],
        {"DEFAULT"},
    ),
    "BM-5 an image's snapshot carries no request for encryption": (
        DATA,
        [layer(device(DATA, PLAIN, sized=True))],
        {"unencrypted"},
    ),
    "BM-6 a request over a template, field by field or whole": (
        XVDA,
        [
            layer(device(XVDA, encrypted="true"), what="template"),
            layer(device(XVDA, sized=True), replaces=True),
        ],
        {"DEFAULT", "unencrypted"},
    ),
    "BM-6 an override of a fleet merges field by field": (
        XVDA,
        [
            layer(device(XVDA, encrypted="true"), what="template"),
            layer(device(XVDA, sized=True)),
        ],
        {"DEFAULT"},
    ),
    "BM-6 no doubt where both ways come to the same": (
        XVDA,
        [
            layer(device(XVDA, encrypted="true"), what="template"),
            layer(device(XVDA, encrypted="true"), replaces=True),
        ],
        {"DEFAULT"},
    ),
    "BM-6 a template's size is lost when the request replaces the entry": (
        "/dev/sdf",
        [
            layer(device("/dev/sdf", sized=True), what="template"),
            layer(device("/dev/sdf", encrypted="true"), replaces=True),
        ],
        {"DEFAULT", "rejected"},
    ),
    "BM-6 a template's snapshot is lost when the request replaces the entry": (
        "/dev/sdf",
        [
            layer(device("/dev/sdf", SECRET), what="template"),
            layer(device("/dev/sdf", sized=True), replaces=True),
        ],
        {"SNAPSHOT", "unencrypted"},
    ),
    "BM-6 everything below is lost when the request replaces the entry": (
        "/dev/sdf",
        [
            layer(device("/dev/sdf", sized=True, encrypted="true"), what="template"),
            layer(device("/dev/sdf", sized=True), what="override"),
            layer(device("/dev/sdf", sized=True), replaces=True),
        ],
        {"DEFAULT", "unencrypted"},
    ),
    "BM-7 a new device with a size": (
        "/dev/sdf",
        [layer(device("/dev/sdf", sized=True))],
        {"unencrypted"},
    ),
    "BM-7 a new device with a snapshot": (
        "/dev/sdf",
        [layer(device("/dev/sdf", SECRET))],
        {"SNAPSHOT"},
    ),
    "BM-8 a device is removed": (DATA, [layer(device(DATA, removed=True))], {"none"}),
    "BM-8 a template's device is removed": (
        "/dev/sdf",
        [
            layer(device("/dev/sdf", sized=True), what="template"),
            layer(device("/dev/sdf", removed=True), replaces=True),
        ],
        {"none"},
    ),
    "BM-9 an instance store device of the image": ("/dev/sdc", [], {"none"}),
    "BM-9 an instance store device of the request": (
        "/dev/sdf",
        [layer(device("/dev/sdf", virtual="ephemeral1"))],
        {"none"},
    ),
    "BM-10 an instance store device takes no snapshot": (
        "/dev/sdc",
        [layer(device("/dev/sdc", PLAIN))],
        {"rejected"},
    ),
    "BM-11 a device twice in one request": (
        "/dev/sdf",
        [layer(device("/dev/sdf", sized=True), device("/dev/sdf", sized=True))],
        {"rejected"},
    ),
    "BX-1 false on an encrypted snapshot": (
        DATA,
        [layer(device(DATA, encrypted="false"))],
        {"rejected"},
    ),
    "BX-2 a key alone": (XVDA, [layer(device(XVDA, key=KEY))], {"rejected"}),
    "BX-2 a key over a template's true, merged or alone": (
        XVDA,
        [
            layer(device(XVDA, encrypted="true"), what="template"),
            layer(device(XVDA, key=KEY), replaces=True),
        ],
        {"REQUESTED", "rejected"},
    ),
    "BX-2 a key over the image's true": (
        "/dev/sde",
        [layer(device("/dev/sde", key=KEY))],
        {"REQUESTED"},
    ),
    "BX-4 a new device without size and snapshot": (
        "/dev/sdf",
        [layer(device("/dev/sdf", encrypted="true"))],
        {"rejected"},
    ),
    "BX-7 encrypted beside an instance store name": (
        "/dev/sdf",
        [layer(device("/dev/sdf", virtual="ephemeral0", encrypted="true"))],
        {"none"},
    ),
    "a name nobody mentions": ("/dev/sdz", [], {"none"}),
    "a name that is almost the root's": (
        XVDA,
        [layer(device("xvda", encrypted="true", sized=True))],
        {"unencrypted"},
    ),
}


@pytest.mark.parametrize(("name", "layers", "expected"), RULES.values(), ids=RULES)
def test_rule(name: str, layers: list[Layer], expected: set[str]) -> None:
    assert remaining(launched(launch(IMAGE, *layers), name, **OFF)) == expected


@pytest.mark.parametrize(
    ("rule", "row", "code"),
    [
        ("BM-3 another snapshot on the root", "BM-3", "InvalidBlockDeviceMapping"),
        ("BM-10 an instance store device takes no snapshot", "BM-10", "InvalidBlockDeviceMapping"),
        ("BM-11 a device twice in one request", "BM-11", "InvalidBlockDeviceMapping"),
        ("BX-2 a key alone", "RI-1", "InvalidParameterDependency"),
        ("BX-4 a new device without size and snapshot", "RI-0b", "MissingParameter"),
    ],
)
def test_a_refused_mapping_names_its_rule_and_code(rule: str, row: str, code: str) -> None:
    name, layers, _ = RULES[rule]
    refused = [
        outcome
        for outcome in launched(launch(IMAGE, *layers), name, **OFF).outcomes
        if outcome.outcome == "rejected"
    ]
    assert [(outcome.row, outcome.code, outcome.late) for outcome in refused] == [
        (row, code, False)
    ]


@pytest.mark.parametrize(
    ("rule", "doubt", "symbols"),
    [
        ("BM-3 another snapshot on the root", "OQ-11", {"no": "rejected", "yes": "SNAPSHOT"}),
        (
            "BM-6 a request over a template, field by field or whole",
            "OQ-12",
            {"merge": "DEFAULT", "replace": "unencrypted"},
        ),
        (
            "BX-2 a key over a template's true, merged or alone",
            "OQ-12",
            {"merge": "REQUESTED", "replace": "rejected"},
        ),
    ],
)
def test_an_open_question_decides(rule: str, doubt: str, symbols: dict[str, str]) -> None:
    name, layers, _ = RULES[rule]
    what = launch(IMAGE, *layers)
    assert [fact.kind for fact in launched(what, name, **OFF).settle] == [doubt]
    for answer, symbol in symbols.items():
        assert remaining(launched(what, name, **OFF, **{doubt: answer})) == {symbol}


def test_removing_the_root_is_refused_at_once_or_leaves_nothing_to_boot_from() -> None:
    what = launch(IMAGE, layer(device(XVDA, removed=True)))
    decision = launched(what, XVDA, **OFF)
    assert decision.verdict == "rejected"
    assert [fact.kind for fact in decision.settle] == ["OQ-16"]
    assert [(o.row, o.code, o.late) for o in decision.outcomes] == [
        ("BM-8", "InvalidBlockDeviceMapping", False),
        ("BM-8", None, True),
    ]
    assert not launched(what, XVDA, **OFF, OQ_16="yes").outcomes[0].code


def test_the_root_stated_as_such_and_by_its_name_is_refused_or_one_device() -> None:
    """OQ-20: a tool that looks the root's name up sends the same device twice."""
    what = launch(IMAGE, layer(device(XVDA, encrypted="true"), device(ROOT, sized=True)))
    decision = launched(what, XVDA, **OFF)
    assert remaining(decision) == {"rejected", "DEFAULT"}
    assert [fact.kind for fact in decision.settle] == ["OQ-20"]
    assert {o.row for o in launched(what, XVDA, **OFF, OQ_20="no").outcomes} == {"BM-11"}


def test_a_root_that_nobody_wrote_down_is_listed_first() -> None:
    what = launch(IMAGE, layer(device("/dev/sdf", sized=True), device(DATA, sized=True)))
    assert what.names(Known()) == [XVDA, DATA, "/dev/sdc", "/dev/sdd", "/dev/sde", "/dev/sdf"]
    assert launch(UNKNOWN, layer(device("/dev/sdf"))).names(Known()) == [ROOT, "/dev/sdf"]


def test_whatever_the_image_calls_its_root_is_the_root() -> None:
    what = launch(IMAGE, layer(device(ROOT, encrypted="true")))
    assert ROOT not in what.names(Known())
    assert remaining(launched(what, XVDA, **OFF)) == {"DEFAULT"}


@pytest.mark.parametrize("name", ["sdb", "/dev/xvdb", "/dev/SDB", "/dev/sdb ", "/dev/sdb1"])
def test_names_are_not_folded(name: str) -> None:
    what = launch(IMAGE, layer(device(name, encrypted="true", sized=True)))
    assert {name, DATA} <= set(what.names(Known()))
    assert remaining(launched(what, name, **OFF)) == {"DEFAULT"}
    assert remaining(launched(what, DATA, **OFF)) == {"SNAPSHOT"}


def test_a_mapping_may_hang_on_a_condition() -> None:
    condition = Fact("value", "var.encrypt", ("true", "false"), "?")
    conditional = BlockDevice(
        name=XVDA, encrypted=Given(True), when=((condition, "true"),), sized=(SIZED,)
    )
    what = launch(IMAGE, layer(conditional))
    assert remaining(launched(what, XVDA, **OFF)) == {"DEFAULT", "unencrypted"}
    assert launched(what, XVDA, **OFF).settle == (condition,)
    assert remaining(launched(what, XVDA, **OFF, **{"var.encrypt": "false"})) == {"unencrypted"}


def test_two_mappings_of_a_device_under_opposite_conditions_are_not_a_duplicate() -> None:
    condition = Fact("value", "var.encrypt", ("true", "false"), "?")
    what = launch(
        IMAGE,
        layer(
            BlockDevice(name=XVDA, encrypted=Given(True), when=((condition, "true"),)),
            BlockDevice(name=XVDA, sized=(SIZED,), when=((condition, "false"),)),
        ),
    )
    assert remaining(launched(what, XVDA, **OFF)) == {"DEFAULT", "unencrypted"}


def test_what_a_tool_does_not_send_does_not_override() -> None:
    """`aws_instance` sends no false: an image's encrypted device is not refused."""
    unsent = BlockDevice(name=DATA, encrypted=Given(False), sent={"false": "absent"})
    assert remaining(launched(launch(IMAGE, layer(unsent)), DATA, **OFF)) == {"SNAPSHOT"}


def test_a_snapshot_that_turns_out_absent_leaves_the_images() -> None:
    """BM-2: a null `snapshot_id` names no snapshot, so the image's own is restored."""
    nullable = snapshot(None, name="var.snapshot", missing=True)
    what = launch(IMAGE, layer(device(DATA, nullable)))
    assert remaining(launched(what, DATA, **OFF, **{"snapshot(var.snapshot)": "none"})) == {
        "SNAPSHOT"
    }
    new = launch(IMAGE, layer(device("/dev/sdf", nullable)))
    assert remaining(launched(new, "/dev/sdf", **OFF, **{"snapshot(var.snapshot)": "none"})) == {
        "rejected"
    }


def test_a_launch_that_does_not_happen_makes_nothing() -> None:
    never = Launch(
        address="it", image=IMAGE, layers=(), place=launch(IMAGE).place, exists=Given(False)
    )
    assert launched(never, XVDA, **OFF).verdict == "none"


# --- images of which little is known ----------------------------------------------------------


def test_an_unknown_image_has_a_root_in_some_state() -> None:
    decision = launched(launch(UNKNOWN), ROOT, **OFF)
    assert remaining(decision) == {"unencrypted", "SNAPSHOT", "DEFAULT"}
    assert [fact.name for fact in decision.settle] == ["image(ami-9:root)", "owner(ami-9)"]
    assert not UNKNOWN.is_complete(Known())


def test_a_public_image_is_plain_for_certain() -> None:
    assert remaining(launched(launch(PUBLIC), ROOT, **OFF)) == {"unencrypted"}
    assert remaining(launched(launch(PUBLIC), ROOT, encryption_by_default="on")) == {"DEFAULT"}


@pytest.mark.parametrize("image", [IMAGE, UNKNOWN, PUBLIC, copied(IMAGE, encrypted="true")])
def test_the_root_exists_for_certain(image: Image) -> None:
    name = launch(image).names(Known())[0]
    assert launched(launch(image), name).verdict != "none"


def test_an_instance_store_root_is_no_volume() -> None:
    known = {"root_device_type(ami-9)": "instance-store"}
    assert launched(launch(UNKNOWN), ROOT, **OFF, **known).verdict == "none"
    listed_root = listed(device(XVDA, virtual="ephemeral0"))
    assert launched(launch(listed_root), XVDA, **OFF).verdict == "none"


ABOUT_IMAGE = {
    "root_device_name(ami-9)": XVDA,
    "image(ami-9:root)": "encrypted",
    "owner(ami-9)": "self",
    "encryption_by_default": "on",
    "root_device_type(ami-9)": "ebs",
}


@settings(deadline=None)
@given(st.sets(st.sampled_from(sorted(ABOUT_IMAGE))), st.sampled_from(sorted(ABOUT_IMAGE)))
def test_another_fact_about_an_image_only_removes_outcomes(named: set[str], added: str) -> None:
    """Whatever the root turns out to be called, it is the same root."""

    def root_of(known: dict[str, str]) -> set[str]:
        what = launch(UNKNOWN)
        return remaining(launched(what, what.names(Known(known))[0], **known))

    known = {name: ABOUT_IMAGE[name] for name in sorted(named)}
    assert root_of({**known, added: ABOUT_IMAGE[added]}) <= root_of(known)


def test_a_root_is_never_missing_also_where_its_name_is_known() -> None:
    """BM-12: what `image(ami:root)` tells holds for the root under its own name."""
    known = {
        "root_device_name(ami-9)": XVDA,
        "image(ami-9:root)": "encrypted",
        "owner(ami-9)": "self",
    }
    assert remaining(launched(launch(UNKNOWN), XVDA, **OFF, **known)) == {"SNAPSHOT"}


def test_listed_devices_of_an_unknown_image_are_all_it_has() -> None:
    known = {"root_device_name(ami-9)": XVDA, "image_devices(ami-9)": f"{XVDA} {DATA}"}
    assert launch(UNKNOWN).names(Known(known)) == [XVDA, DATA]
    assert UNKNOWN.is_complete(Known(known))
    new = launch(UNKNOWN, layer(device("/dev/sdf")))
    assert remaining(launched(new, "/dev/sdf", **OFF, **known)) == {"rejected"}


def test_a_written_name_may_be_the_unknown_images_root() -> None:
    """If it is, the root that nobody wrote down is no device of its own."""
    what = launch(UNKNOWN, layer(device(XVDA, encrypted="true", sized=True)))
    known = {**OFF, "image(ami-9:root)": "unencrypted", "owner(ami-9)": "self"}
    assert (
        launched(what, ROOT, **known, **{"root_device_name(ami-9)": "other"}).verdict
        == "unencrypted"
    )
    assert launched(what, XVDA, **known, **{"root_device_name(ami-9)": XVDA}).verdict == "encrypted"
    assert what.names(Known({"root_device_name(ami-9)": XVDA})) == [XVDA]


def test_one_of_two_images_is_launched() -> None:
    fact = Fact("value", "var.arm", ("true", "false"), "?")
    other = listed(device("/dev/sda1", SECRET, sized=True), root="/dev/sda1")
    choice = ImageChoice(fact=fact, branches={"true": IMAGE, "false": other})
    what = launch(choice)
    assert what.names(Known()) == [ROOT, DATA, "/dev/sdc", "/dev/sdd", "/dev/sde"]
    decision = launched(what, ROOT, **OFF)
    assert remaining(decision) == {"unencrypted", "SNAPSHOT"}
    assert decision.settle == (fact,)
    assert launched(what, DATA, **OFF, **{"var.arm": "false"}).verdict == "none"
    assert what.names(Known({"var.arm": "false"})) == ["/dev/sda1"]


def test_the_root_of_one_of_two_images_takes_what_is_written_for_it() -> None:
    fact = Fact("value", "var.arm", ("true", "false"), "?")
    other = listed(
        device("/dev/sda1", SECRET, sized=True),
        device(XVDA, PLAIN, sized=True),
        root="/dev/sda1",
    )
    choice = ImageChoice(fact=fact, branches={"true": IMAGE, "false": other})
    as_such = launch(choice, layer(device(ROOT, encrypted="true", key=KEY)))
    assert remaining(launched(as_such, ROOT, **OFF)) == {"REQUESTED"}
    assert remaining(launched(as_such, XVDA, **OFF)) == {"unencrypted"}
    assert remaining(launched(as_such, XVDA, **OFF, **{"var.arm": "true"})) == {"REQUESTED"}
    by_name = launch(choice, layer(device(XVDA, encrypted="true", key=KEY)))
    assert remaining(launched(by_name, ROOT, **OFF)) == {"REQUESTED", "SNAPSHOT"}
    assert remaining(launched(by_name, XVDA, **OFF)) == {"REQUESTED"}


NAMED_LATER = [UNKNOWN, copied(UNKNOWN), SharedImage(UNKNOWN)]


@pytest.mark.parametrize("image", NAMED_LATER, ids=["unknown", "copied", "shared"])
@pytest.mark.parametrize(
    ("mapping", "refused"),
    [
        (device(XVDA, removed=True), "BM-8"),
        (device(XVDA, SECRET, encrypted="true", key=KEY), "BM-3"),
    ],
    ids=["removed", "snapshot"],
)
def test_a_written_name_may_be_refused_because_it_is_the_roots(
    image: Image, mapping: BlockDevice, refused: str
) -> None:
    what = launch(image, layer(mapping))
    known = {"image(ami-9:root)": "unencrypted", "owner(ami-9)": "self", **OFF}
    known["other_devices_encrypted"] = "no"
    root = launched(what, ROOT, **known)
    assert refused in {o.row for o in root.outcomes}
    assert root.settle[0].name == "root_device_name(ami-9)"
    named = {**known, "root_device_name(ami-9)": XVDA}
    assert refused in {o.row for o in launched(what, XVDA, **named).outcomes}
    other = {**known, "root_device_name(ami-9)": "other"}
    assert remaining(launched(what, ROOT, **other)) == {"unencrypted"}
    written = launched(what, XVDA, **known)
    assert refused == "BM-8" or refused in {o.row for o in written.outcomes}


@pytest.mark.parametrize("image", NAMED_LATER, ids=["unknown", "copied", "shared"])
def test_the_root_stated_as_such_may_be_the_one_that_a_template_names(image: Image) -> None:
    what = launch(
        image,
        layer(device(XVDA, sized=True, encrypted="true", key=KEY), what="template"),
        layer(device(ROOT, sized=True), device("/dev/sdf", sized=True), replaces=True),
    )
    known = {"image(ami-9:root)": "unencrypted", **OFF, "other_devices_encrypted": "no"}
    decision = launched(what, ROOT, **known)
    assert remaining(decision) == {"REQUESTED", "unencrypted"}
    assert [fact.kind for fact in decision.settle] == ["root_device_name", "OQ-12"]
    assert decision.settle[0].domain == (XVDA, "other")


def test_a_name_that_aws_keeps_for_roots_may_be_stated_twice() -> None:
    what = launch(UNKNOWN, layer(device(XVDA, sized=True), device(ROOT, encrypted="true")))
    assert "BM-11" in {o.row for o in launched(what, ROOT, **OFF).outcomes}
    data = launch(UNKNOWN, layer(device("/dev/sdf", sized=True), device(ROOT, encrypted="true")))
    assert remaining(launched(data, ROOT, **OFF)) == {"DEFAULT", "SNAPSHOT"}
    named = {"root_device_name(ami-9)": "/dev/sdf"}
    assert "BM-11" in {o.row for o in launched(data, "/dev/sdf", **OFF, **named).outcomes}


@pytest.mark.parametrize(
    ("image", "label"),
    [
        (UNKNOWN, "ami-9"),
        (PUBLIC, "ami-8"),
        (copied(PUBLIC), "ami-8"),
        (SharedImage(PUBLIC), "ami-8"),
    ],
    ids=["unknown", "public", "copied", "shared"],
)
def test_a_mapping_without_size_needs_one_of_the_image(image: Image, label: str) -> None:
    """RI-0b: nobody knows whether the image maps anything there."""
    what = launch(
        image,
        layer(device(XVDA, encrypted="true"), device("/dev/sdf", encrypted="true", key=KEY)),
    )
    decision = launched(what, "/dev/sdf", **OFF)
    assert remaining(decision) == {"rejected", "REQUESTED"}
    (fact,) = decision.settle
    assert (fact.name, fact.domain) == (f"image_maps({label}:/dev/sdf)", ("no", "yes"))
    (refused,) = launched(what, "/dev/sdf", **OFF, image_maps="no").outcomes
    assert (refused.row, refused.code) == ("RI-0b", "MissingParameter")
    may_be_root = launched(what, XVDA, **OFF)
    assert remaining(may_be_root) >= {"rejected", "DEFAULT"}
    assert may_be_root.settle[0].name == f"root_device_name({label})"
    named = launched(what, XVDA, **OFF, **{f"root_device_name({label})": XVDA})
    assert named.verdict == "encrypted"


def test_what_is_told_of_an_images_device_tells_that_it_maps_one() -> None:
    what = launch(UNKNOWN, layer(device("/dev/sdf", encrypted="true")))
    known = {"image(ami-9:/dev/sdf)": "unencrypted"}
    assert remaining(launched(what, "/dev/sdf", **OFF, **known)) == {"DEFAULT"}


def test_a_choice_of_images_with_one_root_name_keeps_that_name() -> None:
    fact = Fact("value", "var.hardened", ("true", "false"), "?")
    hardened = listed(device(XVDA, SECRET, sized=True))
    what = launch(ImageChoice(fact=fact, branches={"true": hardened, "false": IMAGE}))
    assert what.names(Known())[0] == XVDA
    decision = launched(what, XVDA, **OFF)
    assert remaining(decision) == {"unencrypted", "SNAPSHOT"}
    assert decision.settle == (fact,)


def test_an_absent_value_is_absent_wherever_it_was_left_out() -> None:
    here = Absent(Origin(path="main.tf", line=3))
    fact = Fact("value", "c", ("yes", "no"), "?")
    odd = BlockDevice(
        name=XVDA,
        encrypted=Choice(fact, {"yes": Given(True), "no": here}),
        kms_key_id=here,
        no_device=here,
        virtual_name=here,
    )
    what = launch(IMAGE, layer(odd))
    assert remaining(launched(what, XVDA, **OFF, c="no")) == {"unencrypted"}
    assert remaining(launched(what, XVDA, **OFF, c="yes")) == {"DEFAULT"}


SIZE = Fact("value", "var.size", ("given", "absent"))


@pytest.mark.parametrize(
    ("answer", "left"),
    [
        (None, {"DEFAULT", "rejected"}),
        ("given", {"DEFAULT"}),
        ("absent", {"rejected"}),
    ],
)
def test_a_size_that_may_not_be_given_may_leave_nothing_to_make(
    answer: str | None, left: set[str]
) -> None:
    """RI-0b: neither the image nor the launch tells what a device is."""
    size = Choice(SIZE, {"given": SIZED, "absent": ABSENT})
    what = launch(
        listed(device(XVDA, PLAIN, sized=True)),
        layer(BlockDevice(name=DATA, encrypted=Given(True), sized=(size,))),
    )
    known = {} if answer is None else {"var.size": answer}
    assert remaining(launched(what, DATA, **known)) == left


def test_a_size_below_makes_one_above_needless() -> None:
    size = Choice(SIZE, {"given": SIZED, "absent": ABSENT})
    what = launch(
        listed(device(XVDA, PLAIN, sized=True)),
        layer(device(DATA, encrypted="true", sized=True), what="template"),
        layer(BlockDevice(name=DATA, sized=(size,))),
    )
    assert remaining(launched(what, DATA)) == {"DEFAULT"}
