"""Any launch of a listed image, against a plain model of the merge."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.core.devices import BlockDevice
from analyzer.core.facts import DOUBTS, Known

from .building import (
    DATA,
    KEY,
    XVDA,
    device,
    launch,
    launched,
    layer,
    listed,
    remaining,
    snapshot,
)
from .oracle import run_instances


@dataclass(frozen=True)
class Entry:
    """A mapping with everything about it decided."""

    encrypted: str = "absent"
    key: bool = False
    state: str = "none"
    owner: str = "self"
    sized: bool = False
    removed: bool = False
    ephemeral: bool = False

    def mapping(self, name: str, where: str) -> BlockDevice:
        """The same as the core's mapping; each place names snapshots of its own."""
        source = None
        if self.state != "none":
            source = snapshot(self.state, self.owner, name=f"{where}-{name}")
        return device(
            name,
            source,
            encrypted=self.encrypted,
            key=KEY if self.key else None,
            sized=self.sized,
            removed=self.removed,
            virtual="ephemeral0" if self.ephemeral else None,
        )


written = st.one_of(
    st.just(Entry(removed=True)),
    st.just(Entry(ephemeral=True)),
    st.builds(
        Entry,
        encrypted=st.sampled_from(["true", "false", "absent"]),
        key=st.booleans(),
        state=st.sampled_from(["none", "unencrypted", "encrypted"]),
        owner=st.sampled_from(["self", "other"]),
        sized=st.booleans(),
    ),
)
mapped = st.one_of(
    st.just(Entry(ephemeral=True)),
    st.builds(
        Entry,
        encrypted=st.sampled_from(["true", "absent"]),
        sized=st.just(True),
    ),
    st.builds(
        Entry,
        state=st.sampled_from(["unencrypted", "encrypted"]),
        owner=st.sampled_from(["self", "other"]),
        sized=st.just(True),
    ),
)
NAMES = [XVDA, DATA, "/dev/sdf"]


def mappings(entries: st.SearchStrategy[Entry]) -> st.SearchStrategy[dict[str, Entry]]:
    """Mappings by name. An instance store name for the root has no meaning, so none is given."""
    return st.dictionaries(st.sampled_from(NAMES), entries).map(
        lambda found: {n: e for n, e in found.items() if not (n == XVDA and e.ephemeral)}
    )


def modelled(
    stages: list[Entry | None], *, root: bool, replaces: bool, ebd: str, doubts: dict[str, str]
) -> str:
    """What becomes of one device: image, template, request - each says something or not."""
    image, template, on_top = stages
    if on_top is not None and template is not None and replaces and doubts["OQ-12"] == "replace":
        template = None
    entries = [entry for entry in (template, on_top) if entry is not None]
    if image is None and not entries:
        return "none"
    if any(entry.removed for entry in entries):
        return "rejected" if root else "none"
    if image is not None and image.ephemeral and any(e.state != "none" for e in entries):
        return "rejected"
    everything = ([image] if image is not None else []) + entries
    if any(entry.ephemeral for entry in everything):
        return "none"
    named = [entry for entry in everything if entry.state != "none"]
    if root and named and named[-1] is not image and doubts["OQ-11"] == "no":
        return "rejected"
    if image is None and not named and not any(entry.sized for entry in entries):
        return "rejected"
    said = [entry.encrypted for entry in everything if entry.encrypted != "absent"]
    facts = {
        "encrypted": said[-1] if said else "absent",
        "kms_key_id": "given" if any(entry.key for entry in everything) else "absent",
        "snapshot": named[-1].state if named else "none",
        "owner": named[-1].owner if named else "self",
        "encryption_by_default": ebd,
    }
    (symbol,) = run_instances(facts, doubts)
    return symbol


@settings(deadline=None, max_examples=300)
@given(
    mappings(mapped).flatmap(lambda there: mapped.map(lambda root: {XVDA: root, **there})),
    mappings(written),
    mappings(written),
    st.booleans(),
    st.sampled_from(["on", "off"]),
    st.fixed_dictionaries({doubt: st.sampled_from(DOUBTS[doubt].domain) for doubt in DOUBTS}),
)
def test_any_launch_merges_image_template_and_request_in_this_order(
    image: dict[str, Entry],
    template: dict[str, Entry],
    on_top: dict[str, Entry],
    replaces: bool,
    ebd: str,
    doubts: dict[str, str],
) -> None:
    # What a request's entry over a template's NoDevice means, no document tells.
    template = {n: e for n, e in template.items() if not (e.removed and n in on_top)}
    what = launch(
        listed(*(entry.mapping(name, "image") for name, entry in image.items())),
        layer(*(e.mapping(n, "template") for n, e in template.items()), what="template"),
        layer(*(e.mapping(n, "request") for n, e in on_top.items()), replaces=replaces),
    )
    assert set(what.names(Known())) - {XVDA} == ({*image, *template, *on_top} - {XVDA})
    for name in NAMES:
        expected = modelled(
            [image.get(name), template.get(name), on_top.get(name)],
            root=name == XVDA,
            replaces=replaces,
            ebd=ebd,
            doubts=doubts,
        )
        found = launched(what, name, encryption_by_default=ebd, **doubts)
        assert remaining(found) == {expected}, name
        # The same with AWS's open questions open: nothing else becomes possible, nothing is lost.
        assert remaining(launched(what, name, encryption_by_default=ebd)) - {"none"} >= (
            {expected} - {"none"}
        )
