"""A facts file that is brought up to date keeps what its author wrote."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.errors import InputError
from analyzer.knowledge.contents import Account, Device, Facts, Image, Region, Snapshot
from analyzer.knowledge.file import parse_facts
from analyzer.knowledge.pulling import merged
from analyzer.knowledge.updating import updated

OLD = """\
# our facts
version: 1
account: "111122223333"  # prod

accounts:
  # the main one
  111122223333:
    regions:
      eu-west-1:
        encryption_by_default: on   # since 2021
        default_key: aws_managed
      us-east-1: {encryption_by_default: off}  # old
# images we use
images:
  ami-1: {owner: self}  # base
  ami-2:
    owner: other # shared

    # not sure about the devices
snapshots: {}
facts:
  OQ-1: 'no'  # tried
"""
SETTINGS = {
    "eu-west-1": Region(encryption_by_default=True, default_key="alias/data"),
    "eu-west-2": Region(encryption_by_default=False),
}
MAPPED = Image(devices={"/dev/xvda": Device(state="encrypted", snapshot="snap-1")})
NEW = Facts(
    account="111122223333",
    accounts={"111122223333": Account(regions=SETTINGS)},
    images={"ami-1": Image(owner="444455556666"), "ami-3": MAPPED},
    snapshots={"snap-1": Snapshot(encrypted=True)},
    aliases={"alias/data": "k"},
)
UPDATED = """\
# our facts
version: 1
account: "111122223333"  # prod

accounts:
  # the main one
  111122223333:
    regions:
      eu-west-1:
        encryption_by_default: on   # since 2021
        default_key: alias/data
      us-east-1: {encryption_by_default: off}  # old
      eu-west-2:
        encryption_by_default: false
# images we use
images:
  ami-1:  # base
    owner: '444455556666'
  ami-2:
    owner: other # shared

    # not sure about the devices
  ami-3:
    devices:
      /dev/xvda:
        state: encrypted
        snapshot: snap-1
snapshots:
  snap-1:
    encrypted: true
facts:
  OQ-1: 'no'  # tried
aliases:
  alias/data: k
"""


def test_only_what_has_changed_is_written_anew() -> None:
    assert updated("facts.yaml", OLD.encode(), NEW).decode() == UPDATED
    assert updated("facts.yaml", UPDATED.encode(), NEW).decode() == UPDATED


@pytest.mark.parametrize(
    "text", ["", "# nothing yet\n", "version: 1", '{"images": {}}', "images:\n"]
)
def test_any_file_without_comments_to_lose_can_be_updated(text: str) -> None:
    found = updated("facts.yaml", text.encode(), NEW)
    assert parse_facts("facts.yaml", found).facts == NEW
    assert text.startswith("#") == found.startswith(b"# nothing yet\n")


@pytest.mark.parametrize("text", ["{images: {a: {owner: self}}} # one line", "  images: {} # x\n"])
def test_comments_are_never_lost_in_silence(text: str) -> None:
    with pytest.raises(InputError, match="without losing its comments"):
        updated("facts.yaml", text.encode(), NEW)


names = st.sampled_from(["ami-1", "ami-2", "it's", "a: b", "#x", "- y", "on", "1"])
images = st.dictionaries(
    names,
    st.builds(
        Image,
        owner=st.sampled_from([None, "self", "444455556666"]),
        public=st.sampled_from([None, True, False]),
        devices=st.none() | st.dictionaries(names, st.sampled_from(["none", "unencrypted"])),
    ),
)
facts = st.builds(
    Facts, images=images, facts=st.dictionaries(names.filter(lambda n: n != "on"), names)
)


@given(facts, facts)
def test_an_update_means_the_old_facts_with_the_new_ones_over_them(old: Facts, new: Facts) -> None:
    from analyzer.knowledge.pulling import written

    held = parse_facts("facts.yaml", written(old)).facts
    found = parse_facts("facts.yaml", updated("facts.yaml", written(old), new)).facts
    assert msgspec.to_builtins(found) == msgspec.to_builtins(merged(held, new))
