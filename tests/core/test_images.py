"""Images: what they map, as far as it is known, and the sources that they turn into."""

from __future__ import annotations

from dataclasses import replace

import pytest

from analyzer.core.chain import Existing, OneOf, Settings, decide
from analyzer.core.devices import ROOT, SIZED, BlockDevice
from analyzer.core.facts import Fact, Known
from analyzer.core.images import Image, ImageChoice, ImageRoot, ListedImage, UnknownImage
from analyzer.core.keys import KeyFacts, KeyRing
from analyzer.core.launches import InstanceImage, Launch, LaunchedVolume
from analyzer.core.model import KeyKind, Operation
from analyzer.core.values import ABSENT, Absent, Choice, Given, Reference
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

OFF = {"encryption_by_default": "off"}
PLAIN = snapshot("unencrypted", name="snap-plain")
SECRET = snapshot("encrypted", name="snap-secret")
UNKNOWN = UnknownImage(id="ami-9", what="ami-9")
PUBLIC = UnknownImage(id="ami-8", what="ami-8", public=True)
COIN = Fact("value", "coin", ("heads", "tails"), "?")
NAMED = {"root_device_name(ami-9)": XVDA}
LISTED = {**NAMED, "image_devices(ami-9)": f"{XVDA} {DATA}"}


def world(**known: str) -> World:
    """A world in which only this is known."""
    return World(Known(known), {})


def on_heads(value: object) -> Choice:
    """Given on heads, absent on tails."""
    return Choice(COIN, {"heads": Given(value), "tails": ABSENT})  # type: ignore[arg-type]


# --- images that are known by their id ----------------------------------------------------


def test_an_unknown_root_and_an_unknown_data_device_ask_different_questions() -> None:
    what = launch(UNKNOWN, layer(device(DATA, sized=True)))
    root, _ = launched(what, ROOT, **OFF, **{"root_device_name(ami-9)": "other"}).settle
    data, owner = launched(what, DATA, **OFF).settle
    assert (root.name, root.domain) == ("image(ami-9:root)", ("unencrypted", "encrypted"))
    assert root.question == "Is the root snapshot of ami-9 encrypted?"
    assert data.name == f"image(ami-9:{DATA})"
    assert data.domain == ("none", "unencrypted", "encrypted")
    assert data.question == f"Does {DATA} of ami-9 have a snapshot, and is it encrypted?"
    assert (owner.name, owner.domain) == ("owner(ami-9)", ("self", "other"))
    assert owner.question == "Is ami-9 yours, or another account's?"


@pytest.mark.parametrize(
    ("state", "symbol"),
    [("none", "DEFAULT"), ("unencrypted", "DEFAULT"), ("encrypted", "SNAPSHOT")],
)
def test_a_written_device_keeps_what_the_unknown_image_maps_there(state: str, symbol: str) -> None:
    what = launch(UNKNOWN, layer(device(DATA, sized=True, encrypted="true")))
    known = {f"image(ami-9:{DATA})": state, "owner(ami-9)": "self"}
    assert remaining(launched(what, DATA, **OFF, **known)) == {symbol}


@pytest.mark.parametrize("flag", ["true", "false", "absent"])
@pytest.mark.parametrize("times", [1, 2])
def test_a_copy_is_refused_for_a_snapshot_that_only_a_launch_names(flag: str, times: int) -> None:
    image: Image = UNKNOWN
    for number in range(times):
        image = copied(image, address=f"copy {number}", encrypted=flag)
    what = launch(image, layer(device(DATA, sized=True, encrypted="true")))
    known = {"owner(ami-9)": "self", "image(ami-9:root)": "unencrypted"}
    known["other_devices_encrypted"] = "no"
    found = {
        state: remaining(launched(what, DATA, **OFF, **known, **{f"image(ami-9:{DATA})": state}))
        for state in ("none", "unencrypted", "encrypted")
    }
    kept = {"true": {"SNAPSHOT"}, "false": {"rejected"}, "absent": {"SNAPSHOT"}}
    plain = {"SNAPSHOT"} if flag == "true" else {"DEFAULT"}
    assert found == {"none": {"DEFAULT"}, "unencrypted": plain, "encrypted": kept[flag]}


def test_a_device_that_the_image_is_known_not_to_map_is_new() -> None:
    what = launch(UNKNOWN, layer(device("/dev/sdf", sized=True)))
    assert remaining(launched(what, "/dev/sdf", **OFF, **LISTED)) == {"unencrypted"}
    assert launched(launch(UNKNOWN), "/dev/sdf", **OFF, **LISTED).verdict == "none"
    assert list(UNKNOWN.names(Known(LISTED))) == [DATA]


def test_a_known_roots_state_may_go_by_its_name() -> None:
    known = {**NAMED, f"image(ami-9:{XVDA})": "encrypted", "owner(ami-9)": "other"}
    assert remaining(launched(launch(UNKNOWN), XVDA, **OFF, **known)) == {"DEFAULT"}


@pytest.mark.parametrize("name", [ROOT, DATA])
def test_a_public_images_snapshots_are_plain_and_not_ours(name: str) -> None:
    mapped = PUBLIC.device(name, world())
    assert mapped is not None
    assert mapped.name == name
    assert mapped.source is not None
    assert mapped.source.state(world()) == "unencrypted"
    assert mapped.source.owner(world()) == "other"


@pytest.mark.parametrize("image", [UNKNOWN, copied(copied(UNKNOWN), address="again")])
def test_whether_a_written_name_is_the_root_is_a_question_about_the_image(image: Image) -> None:
    mappings = layer(device(XVDA, sized=True, encrypted="true"), device(DATA, sized=True))
    known = {"image(ami-9:root)": "unencrypted", "other_devices_encrypted": "no"}
    decision = launched(launch(image, mappings), ROOT, **OFF, **known)
    assert remaining(decision) == {"DEFAULT", "unencrypted"}
    (fact,) = decision.settle
    assert (fact.name, fact.domain) == ("root_device_name(ami-9)", (XVDA, "other"))
    assert fact.question == "What is the root device name of ami-9?"


def test_a_root_that_the_request_names_as_the_root_is_not_looked_for() -> None:
    what = launch(UNKNOWN, layer(device(ROOT, encrypted="true"), device(DATA, sized=True)))
    known = {"image(ami-9:root)": "unencrypted"}
    assert remaining(launched(what, ROOT, **OFF, **known)) == {"DEFAULT"}


# --- images that list their devices -------------------------------------------------------


def test_a_listed_device_may_hang_on_a_condition() -> None:
    image = listed(
        BlockDevice(name=XVDA, source=PLAIN, when=((COIN, "heads"),)),
        BlockDevice(name=XVDA, source=SECRET, when=((COIN, "tails"),)),
    )
    assert remaining(launched(launch(image), XVDA, **OFF)) == {"unencrypted", "SNAPSHOT"}
    assert remaining(launched(launch(image), XVDA, **OFF, coin="tails")) == {"SNAPSHOT"}


def test_an_image_with_a_snapshot_carries_its_state_and_no_request() -> None:
    image = ListedImage(
        what="ami-1",
        root=XVDA,
        devices=(BlockDevice(name=XVDA, source=PLAIN, encrypted=Given(True)),),
    )
    assert remaining(launched(launch(image), XVDA, **OFF)) == {"unencrypted"}
    mapped = image.device(ROOT, world())
    assert mapped is not None
    assert mapped.encrypted == ABSENT


def test_only_what_a_tool_sends_is_registered() -> None:
    """`aws_ami` sends no false beside a snapshot, so RG-2 does not refuse it."""
    unsent = BlockDevice(name=XVDA, source=PLAIN, encrypted=Given(False), sent={"false": "absent"})
    assert remaining(launched(launch(listed(unsent, registered=True)), XVDA, **OFF)) == {
        "unencrypted"
    }


@pytest.mark.parametrize(
    "harmless",
    [
        BlockDevice(
            name=DATA, encrypted=Given(True), virtual_name=Given("ephemeral0"), source=PLAIN
        ),
        BlockDevice(name=DATA, encrypted=Given(True), source=PLAIN, when=((COIN, "tails"),)),
    ],
    ids=["instance store", "not there"],
)
def test_only_the_mappings_of_this_world_are_registered(harmless: BlockDevice) -> None:
    image = listed(device(XVDA, PLAIN), harmless, registered=True)
    assert launched(launch(image), XVDA, **OFF, coin="heads").verdict == "unencrypted"


# --- one of several images ----------------------------------------------------------------

SDA1 = listed(device("/dev/sda1", SECRET, sized=True), root="/dev/sda1")
EITHER = ImageChoice(fact=COIN, branches={"heads": UNKNOWN, "tails": SDA1})


def test_a_choice_lists_each_images_devices_and_has_one_root() -> None:
    known = Known(LISTED)
    assert list(EITHER.names(known)) == [DATA]
    assert EITHER.root_name(known) is None
    assert EITHER.root_name(Known({"coin": "tails"})) == "/dev/sda1"
    assert not EITHER.is_complete(Known())
    assert EITHER.is_complete(known)
    assert EITHER.label == "ami-9 or ami-1"
    again = ImageChoice(fact=COIN, branches={"heads": SDA1, "tails": EITHER})
    assert again.label == "ami-1 or ami-9"
    one_root = ImageChoice(fact=COIN, branches={"heads": UNKNOWN, "tails": listed(root=XVDA)})
    assert one_root.root_name(known) == XVDA
    assert list(one_root.names(known)) == [DATA]


def test_a_choice_is_the_chosen_image() -> None:
    what = launch(EITHER)
    assert remaining(launched(what, XVDA, **OFF, **LISTED, coin="heads")) >= {"unencrypted"}
    assert launched(what, XVDA, **OFF, **LISTED, coin="tails").verdict == "none"
    assert remaining(launched(what, ROOT, **OFF, coin="tails")) == {"SNAPSHOT"}
    assert launched(what, ROOT, **OFF, coin="heads").verdict == "depends"
    assert launched(what, ROOT, **OFF, coin="edge").verdict == "none"


def test_a_refused_image_is_refused_where_it_is_chosen() -> None:
    refused = listed(device(XVDA, PLAIN, encrypted="true"), registered=True)
    fine = listed(device(XVDA, PLAIN))
    what = launch(ImageChoice(fact=COIN, branches={"heads": refused, "tails": fine}))
    assert remaining(launched(what, XVDA, **OFF)) == {"rejected", "unencrypted"}
    conditional = replace(refused.devices[0], encrypted=on_heads(True))
    image = ListedImage(what="ami-1", root=XVDA, devices=(conditional,), registered=True)
    again = launch(ImageChoice(fact=COIN, branches={"heads": image, "tails": image}))
    assert remaining(launched(again, XVDA, **OFF)) == {"rejected", "unencrypted"}


# --- copies -------------------------------------------------------------------------------


def test_what_nobody_listed_may_fail_a_copy_that_says_false() -> None:
    copy = copied(UNKNOWN, encrypted="false", address="copy")
    decision = launched(launch(copy), ROOT, **OFF, **{"image(ami-9:root)": "unencrypted"})
    (fact,) = decision.settle
    assert (fact.name, fact.domain) == ("other_devices_encrypted(ami-9)", ("no", "yes"))
    assert fact.question == "Does ami-9 map further devices with encrypted snapshots?"
    by_answer = {outcome.when[0].answer: outcome for outcome in decision.outcomes}
    assert by_answer["no"].symbol == "unencrypted"
    refused = by_answer["yes"]
    assert (refused.row, refused.code, refused.cause) == ("CI-4", "InvalidRequest", "copy")


def test_a_false_that_the_tool_adds_counts() -> None:
    """`aws_ami_copy` sends a false that nobody wrote."""
    copy = copied(UNKNOWN, address="copy")
    adding = replace(copy, request=replace(copy.request, sent={"absent": "false"}))
    known = {"image(ami-9:root)": "unencrypted"}
    assert remaining(launched(launch(adding), ROOT, **OFF, **known)) == {"unencrypted", "rejected"}
    assert remaining(launched(launch(copy), ROOT, **OFF, **known)) == {"unencrypted"}


def test_a_copy_of_listed_devices_hangs_on_nothing_else() -> None:
    what = launch(copied(listed(device(XVDA, PLAIN)), encrypted="false"))
    assert launched(what, XVDA, **OFF).verdict == "unencrypted"
    whole = launch(copied(UNKNOWN, encrypted="false"))
    known = {**LISTED, "image(ami-9:root)": "unencrypted", f"image(ami-9:{DATA})": "none"}
    assert launched(whole, XVDA, **OFF, **known).verdict == "unencrypted"


@pytest.mark.parametrize("image", [PUBLIC, UNKNOWN])
@pytest.mark.parametrize("encrypted", ["true", "false"])
def test_a_copy_that_succeeded_has_all_its_snapshots_in_one_state(
    image: Image, encrypted: str
) -> None:
    """So the copy of a copy has nothing more to ask than the first one."""
    first = copied(image, encrypted=encrypted)
    known = {**OFF, "image(ami-9:root)": "unencrypted", "other_devices_encrypted(ami-9)": "no"}
    again = launched(launch(copied(first, encrypted="false")), ROOT, **known)
    assert (again.verdict, again.settle) == (
        "rejected" if encrypted == "true" else "unencrypted",
        (),
    )


@pytest.mark.parametrize(
    "last", [device(DATA, removed=True), device(DATA, sized=True, virtual="ephemeral0")]
)
def test_a_device_that_no_launch_has_is_not_refused_with_the_image(last: BlockDevice) -> None:
    """Otherwise a volume would be reported that nobody asks for."""
    refused = copied(listed(device(XVDA, SECRET), device(DATA, SECRET)), encrypted="false")
    assert launched(launch(refused, layer(last)), DATA, **OFF).verdict == "none"
    assert launched(launch(refused, layer(last)), XVDA, **OFF).verdict == "rejected"
    assert launched(launch(refused), DATA, **OFF).verdict == "rejected"


def test_instance_store_of_a_refused_image_is_still_no_volume() -> None:
    """A copy keeps it, and what the copy that fails would have mapped is no volume, either."""
    ephemeral = device("/dev/sdc", virtual="ephemeral0")
    refused = copied(listed(device(XVDA, SECRET), ephemeral), encrypted="false")
    assert launched(launch(refused), "/dev/sdc", **OFF).verdict == "none"
    stated = launch(refused, layer(device("/dev/sdc", sized=True, encrypted="true")))
    assert launched(stated, "/dev/sdc", **OFF).verdict == "rejected"


def test_a_copy_of_a_refused_image_is_refused_for_the_images_reason() -> None:
    refused = listed(device(XVDA, PLAIN, encrypted="true"), registered=True)
    (found,) = launched(launch(copied(refused, address="copy")), XVDA, **OFF).outcomes
    assert (found.row, found.cause) == ("RG-2", "aws_ami.it")


def test_a_device_that_is_not_there_is_not_copied() -> None:
    secret = BlockDevice(name=DATA, source=SECRET, when=((COIN, "tails"),))
    ephemeral = device("/dev/sdc", virtual="ephemeral0")
    copy = copied(listed(device(XVDA, PLAIN), secret, ephemeral), encrypted="false")
    assert remaining(launched(launch(copy), XVDA, **OFF)) == {"unencrypted", "rejected"}
    assert launched(launch(copy), DATA, **OFF, coin="heads").verdict == "none"
    assert launched(launch(copy), "/dev/sdc", **OFF, coin="heads").verdict == "none"
    assert copy.outcome("/dev/sdz", world(**OFF)).outcome == "none"


# --- images of instances ------------------------------------------------------------------

INSTANCE = launch(
    listed(device(XVDA, PLAIN, sized=True), device("/dev/sdc", virtual="ephemeral0")),
    layer(device(DATA, SECRET, sized=True)),
)
SNAPPED = InstanceImage(launch=INSTANCE, address="aws_ami_from_instance.it")


def test_an_image_of_an_instance_maps_its_volumes() -> None:
    assert list(SNAPPED.names(Known())) == ["/dev/sdc", DATA]
    assert SNAPPED.root_name(Known()) == XVDA
    assert SNAPPED.is_complete(Known())
    assert SNAPPED.label == "aws_ami_from_instance.it"
    what = launch(SNAPPED)
    assert launched(what, XVDA, **OFF).verdict == "unencrypted"
    assert launched(what, DATA, **OFF).verdict == "encrypted"
    assert launched(what, "/dev/sdc", **OFF).verdict == "none"


def test_its_snapshots_follow_the_volumes() -> None:
    plain = SNAPPED.outcome(XVDA, world(**OFF))
    assert (plain.symbol, plain.outcome, plain.row) == ("unencrypted", "unencrypted", "CM-2")
    secret = SNAPPED.outcome(DATA, world(**OFF))
    assert (secret.symbol, secret.outcome, secret.row) == ("SNAPSHOT", "encrypted", "CM-4")
    assert SNAPPED.outcome("/dev/sdc", world(**OFF)).outcome == "none"


def test_an_image_of_an_instance_of_an_unknown_image_is_not_known_either() -> None:
    snapped = InstanceImage(launch=launch(UNKNOWN, layer(device(DATA))), address="snapped")
    assert list(snapped.names(Known())) == [DATA]
    assert not snapped.is_complete(Known())
    assert snapped.root_name(Known()) is None
    assert snapped.root_name(Known(LISTED)) == XVDA
    assert list(snapped.names(Known(LISTED))) == [DATA]
    assert snapped.is_complete(Known(LISTED))


# --- sources ------------------------------------------------------------------------------


def test_the_root_snapshot_of_an_image_is_a_source() -> None:
    image = listed(device(XVDA, replace(SECRET, belongs_to="other", kms_key=KEY)))
    source = ImageRoot(image=image)
    assert source.refusal(world()) is None
    assert source.state(world()) == "encrypted"
    assert source.owner(world()) == "other"
    key = source.key(world())
    assert key is not None
    assert (key.kind, key.ref) == (KeyKind.SOURCE, KEY)
    conditional = replace(image.devices[0], when=((COIN, "heads"),))
    unsure = ImageRoot(image=replace(image, devices=(conditional,)))
    assert unsure.owner(world(coin="heads")) == "other"
    assert unsure.key(world(coin="tails")) is None


def test_the_root_snapshot_of_a_refused_image_is_refused() -> None:
    refused = listed(device(XVDA, PLAIN, encrypted="true"), registered=True)
    found = ImageRoot(image=refused).refusal(world())
    assert found is not None
    assert (found.outcome, found.row, found.cause) == ("rejected", "RG-2", "aws_ami.it")


def test_the_root_volume_of_an_instance_is_a_source() -> None:
    instance = launch(listed(device(XVDA, PLAIN)), layer(device(XVDA, encrypted="true", key=KEY)))
    source = LaunchedVolume(launch=instance)
    assert source.refusal(world(**OFF)) is None
    assert source.owner(world(**OFF)) == "self"
    key = source.key(world(**OFF))
    assert key is not None
    assert key.ref == KEY
    volume = request(Operation.CREATE_SNAPSHOT, source)
    (found,) = decided(lambda w: decide(volume, w), **OFF).outcomes
    assert (found.symbol, found.row) == ("SNAPSHOT", "CR-2")


def test_the_root_volume_of_an_unknown_image_goes_by_the_name_that_is_known() -> None:
    source = LaunchedVolume(launch=launch(UNKNOWN, layer(device(XVDA, encrypted="true"))))
    known = {**OFF, **NAMED, "image(ami-9:root)": "unencrypted"}
    assert source.state(world(**known)) == "encrypted"


def test_the_root_volume_of_a_refused_instance_is_refused() -> None:
    instance = launch(listed(device(XVDA, PLAIN)), layer(device(XVDA, key=KEY)))
    found = LaunchedVolume(launch=instance).refusal(world(**OFF))
    assert found is not None
    assert (found.outcome, found.row, found.late) == ("rejected", "RI-1", True)
    assert found.cause == "aws_instance.it"


def test_the_key_of_a_snapshot_from_outside_is_known_from_the_input_or_a_fact() -> None:
    unnamed = snapshot("encrypted", name="snap-1")
    assert unnamed.key(world()) is None
    found = unnamed.key(world(**{"snapshot_key(snap-1)": KEY}))
    assert found is not None
    assert (found.kind, found.ref) == (KeyKind.SOURCE, KEY)
    named = replace(unnamed, kms_key=Reference("aws_kms_key.it")).key(world())
    assert named is not None
    assert named.ref == Reference("aws_kms_key.it")


def test_what_is_known_of_a_snapshot_wins_over_what_the_input_says() -> None:
    looked_up = snapshot("unencrypted", "other", name="snap-1")
    known = {"snapshot(snap-1)": "encrypted", "owner(snap-1)": "self"}
    assert looked_up.state(world(**known)) == "encrypted"
    assert looked_up.owner(world(**known)) == "self"
    assert (looked_up.state(world()), looked_up.owner(world())) == ("unencrypted", "other")


def test_a_device_may_take_one_of_several_snapshots_or_none() -> None:
    image = listed(device(XVDA, PLAIN, sized=True), device(DATA, SECRET, sized=True))
    other = snapshot("unencrypted", name="snap-other")
    from_coin = OneOf(COIN, {"heads": other, "tails": OneOf(COIN, {"tails": SECRET})})
    what = launch(image, layer(device(DATA, from_coin)))
    assert remaining(launched(what, DATA, **OFF, coin="heads")) == {"unencrypted"}
    assert remaining(launched(what, DATA, **OFF, coin="tails")) == {"SNAPSHOT"}


# --- what a launch takes with it ----------------------------------------------------------


def test_every_field_of_a_mapping_may_hang_on_the_world() -> None:
    image = listed(device(XVDA, PLAIN, sized=True), device(DATA, SECRET, sized=True))
    virtual = BlockDevice(name=DATA, virtual_name=on_heads("ephemeral0"))
    assert launched(launch(image, layer(virtual)), DATA, **OFF, coin="heads").verdict == "none"
    assert remaining(launched(launch(image, layer(virtual)), DATA, **OFF)) == {"SNAPSHOT"}
    removed = BlockDevice(name=DATA, no_device=on_heads(True))
    assert launched(launch(image, layer(removed)), DATA, **OFF, coin="heads").verdict == "none"
    keyed = BlockDevice(name=XVDA, encrypted=on_heads(True), kms_key_id=on_heads(KEY))
    assert remaining(launched(launch(image, layer(keyed)), XVDA, **OFF)) == {
        "REQUESTED",
        "unencrypted",
    }
    replaced = layer(removed, replaces=True)
    below = layer(device(DATA, PLAIN, sized=True), what="template")
    assert remaining(launched(launch(image, below, replaced), DATA, **OFF)) == {
        "SNAPSHOT",
        "unencrypted",
    }
    never = Launch(
        address="it",
        image=image,
        layers=(),
        place=HERE,
        exists=Choice(COIN, {"heads": Given(True), "tails": Given(False)}),
    )
    assert launched(never, XVDA, **OFF, coin="tails").verdict == "none"
    assert launched(never, XVDA, **OFF).verdict == "unencrypted"


def test_an_instance_store_device_that_the_image_may_have_takes_no_snapshot() -> None:
    image = listed(BlockDevice(name=DATA, virtual_name=on_heads("ephemeral0"), sized=(SIZED,)))
    what = launch(image, layer(device(DATA, PLAIN)))
    assert remaining(launched(what, DATA, **OFF)) == {"rejected", "unencrypted"}


def test_a_lower_layers_value_is_kept_as_it_is_sent() -> None:
    """An override that says nothing keeps the template's false, and it is sent."""
    template = layer(device(DATA, encrypted="false"), what="template")
    unsent = BlockDevice(
        name=DATA, encrypted=Given(False), sent={"false": "absent"}, sized=(SIZED,)
    )
    what = launch(listed(device(DATA, SECRET)), template, layer(unsent))
    assert remaining(launched(what, DATA, **OFF)) == {"rejected"}
    through = layer(replace(unsent, encrypted=Given(True)))
    assert remaining(launched(launch(listed(device(DATA, SECRET)), through), DATA, **OFF)) == {
        "SNAPSHOT"
    }


def test_a_mapping_of_the_image_is_sent_as_the_image_says() -> None:
    empty = BlockDevice(name=DATA, encrypted=Given(True), sent={"true": "absent"}, sized=(SIZED,))
    what = launch(listed(empty), layer(device(DATA, sized=True)))
    assert remaining(launched(what, DATA, **OFF)) == {"unencrypted"}
    assert remaining(launched(launch(listed(empty)), DATA, **OFF)) == {"unencrypted"}


def test_a_launch_meets_the_settings_and_keys_of_its_place() -> None:
    image = listed(device(XVDA, PLAIN))
    where = Launch(
        address="it",
        image=image,
        layers=(layer(device(XVDA, encrypted="true", key="bad")),),
        place=HERE,
        settings=Settings(encryption_by_default=Given("on")),
        ring=KeyRing(keys={"bad": KeyFacts(unusable="disabled")}),
    )
    (found,) = launched(where, XVDA).outcomes
    assert (found.outcome, found.late, found.cause) == ("rejected", True, "disabled")
    assert launched(replace(where, layers=()), XVDA).verdict == "encrypted"


def test_a_name_below_the_root_is_not_the_root() -> None:
    """What is said of "the root" is said of the root alone."""
    image = listed(device(XVDA, PLAIN, sized=True), device(DATA, PLAIN, sized=True))
    what = launch(image, layer(device(ROOT, encrypted="true")))
    assert launched(what, DATA, **OFF).verdict == "unencrypted"
    sizeless = launch(image, layer(device("/dev/sdf", encrypted="true"), device(ROOT)))
    assert launched(sizeless, "/dev/sdf", **OFF).verdict == "rejected"
    assert launched(sizeless, XVDA, **OFF).verdict == "unencrypted"


def test_existing_states_its_own_question() -> None:
    assert Existing(kind="volume", scope="vol-1", owned="vol-1", what="vol-1").fact() == Fact(
        "volume", "vol-1"
    )
    assert isinstance(ABSENT, Absent)


# --- lists that are known to be a part ----------------------------------------------------


@pytest.mark.parametrize("name", [ROOT, XVDA])
def test_a_root_that_no_list_has_is_there_all_the_same(name: str) -> None:
    part = ListedImage(
        what="ami-1", root=XVDA, devices=(device(DATA, PLAIN, sized=True),), complete=False
    )
    mapped = part.device(name, world())
    assert mapped is not None
    assert mapped.name == name
    assert not part.is_complete(Known())
    what = launch(part)
    decision = launched(what, name, **OFF)
    assert [fact.name for fact in decision.settle] == ["image(ami-1:root)", "owner(ami-1)"]
    assert decision.settle[0].question == "Is the root snapshot of ami-1 encrypted?"
    assert remaining(decision) == {"unencrypted", "SNAPSHOT", "DEFAULT"}
    assert launched(what, "/dev/sdz", **OFF).verdict == "none"


def test_a_complete_list_has_its_root_or_none() -> None:
    assert listed(device(DATA, PLAIN)).device(ROOT, world()) is None
    assert listed(device(DATA, PLAIN)).device(XVDA, world()) is None
    nameless = listed(device(DATA, PLAIN), root=None)
    assert launched(launch(nameless), ROOT, **OFF).verdict == "depends"
    assert nameless.device("/dev/sdz", world()) is None


def test_a_device_of_the_launchs_own_is_none_of_the_images() -> None:
    """Where the input does not tell its name, it is an empty volume of its own."""
    own = BlockDevice(name=DATA, sized=(SIZED,), own=True)
    image = listed(device(XVDA, PLAIN, sized=True), device(DATA, SECRET, sized=True))
    assert remaining(launched(launch(image, layer(own)), DATA, **OFF)) == {"unencrypted"}
    unknown = launch(UNKNOWN, layer(own))
    known = {"image(ami-9:root)": "encrypted", "owner(ami-9)": "self"}
    assert launched(unknown, ROOT, **OFF, **known).settle == ()
    assert remaining(launched(unknown, DATA, **OFF)) == {"unencrypted"}


@pytest.mark.parametrize(
    ("image", "may"),
    [
        (UNKNOWN, True),
        (PUBLIC, False),
        (listed(device(XVDA, PLAIN)), False),
        (ListedImage(what="a", root=XVDA, devices=(), complete=False), True),
        (copied(UNKNOWN), True),
        (copied(listed(device(XVDA, PLAIN))), False),
        (InstanceImage(launch=launch(UNKNOWN), address="i"), True),
        (SNAPPED, False),
        (EITHER, True),
        (ImageChoice(fact=COIN, branches={"heads": PUBLIC, "tails": SDA1}), False),
    ],
)
def test_only_an_image_that_is_not_listed_may_hide_an_encrypted_snapshot(
    image: Image, may: bool
) -> None:
    assert image.may_hide_encrypted(world()) is may


def test_a_listing_from_outside_leaves_nothing_to_hide() -> None:
    known = world(**LISTED)
    for image in (UNKNOWN, copied(UNKNOWN), InstanceImage(launch=launch(UNKNOWN), address="i")):
        assert not image.may_hide_encrypted(known)
    assert not EITHER.may_hide_encrypted(known)


def test_a_volume_of_an_instance_may_be_another_than_the_root() -> None:
    assert LaunchedVolume(launch=INSTANCE).state(world(**OFF)) == "unencrypted"
    assert LaunchedVolume(launch=INSTANCE, name=DATA).state(world(**OFF)) == "encrypted"
    assert LaunchedVolume(launch=INSTANCE, name=ROOT).state(world(**OFF)) == "unencrypted"


def test_a_snapshot_is_the_same_however_it_is_described() -> None:
    """BM-3 is about another snapshot: what tells it is its id, not what the input says of it."""
    image = listed(device(XVDA, replace(PLAIN, what="snap-plain (/dev/xvda of ami-1)")))
    what = launch(image, layer(device(XVDA, snapshot(None, None, name="snap-plain"))))
    known = {"snapshot(snap-plain)": "unencrypted"}
    assert launched(what, XVDA, **OFF, **known).settle == ()


def test_a_later_layer_comes_after_one_that_removes() -> None:
    image = listed(device(XVDA, PLAIN, sized=True), device(DATA, SECRET, sized=True))
    what = launch(
        image,
        layer(device(DATA, removed=True), what="template"),
        layer(device(DATA, PLAIN, sized=True, encrypted="true")),
    )
    assert remaining(launched(what, DATA, **OFF)) == {"DEFAULT"}


def test_an_unknown_images_root_that_is_no_snapshot_is_not_the_written_one() -> None:
    known = {"root_device_name(ami-9)": "other"}
    assert UNKNOWN.root_name(Known(known)) is None
    assert launch(UNKNOWN).names(Known(known)) == [ROOT]
    store = UNKNOWN.device(ROOT, world(**{"root_device_type(ami-9)": "instance-store"}))
    assert store is not None
    assert store.name == ROOT
    unmapped = UNKNOWN.device(DATA, world(**{f"image(ami-9:{DATA})": "none"}))
    assert unmapped is None
