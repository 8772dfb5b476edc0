"""One block device mapping, and how one lies over another, field by field.

Source: EC2 User Guide, block device mappings (rules BM-1..BM-12). Names compare as strings:
for EC2 `sdf`, `/dev/sdf` and `/dev/xvdf` are three names.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field

from analyzer.core.chain import Source, is_empty
from analyzer.core.facts import Fact
from analyzer.core.reading import pick, read_flag
from analyzer.core.records import dataclass
from analyzer.core.values import ABSENT, NOWHERE, Absent, Datum, Given, Origin
from analyzer.core.worlds import World

__all__ = [
    "ROOT",
    "SIZED",
    "BlockDevice",
    "is_absent",
    "is_kept_for_root",
    "is_not_ebs",
    "is_sized",
    "names_snapshot",
    "overlay",
    "removes",
]

#: The name of the root device while the image's own name for it is not known.
ROOT = "root"

#: What a mapping tells of its size where it certainly gives one.
SIZED = Given(True)

_KEPT_FOR_ROOT = re.compile(r"(/dev/)?(sd|xvd|hd)a[0-9]*")


def is_kept_for_root(name: str) -> bool:
    """Whether a device name may be a root device's.

    EC2 User Guide, device names for volumes: "/dev/sda1 or /dev/xvda" are reserved for the
    root, all other names are for data devices. Only the image tells which one it is.
    """
    return _KEPT_FOR_ROOT.fullmatch(name) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockDevice:
    """One block device mapping, as an image, a launch template or a request states it.

    `name` is the device name, `ROOT` for "whatever the image calls its root". `source` is
    the snapshot where one is named, `None` where the mapping names none. `sized` has a Boolean
    for each mapping that may give a size: whether it does. `when` restricts the mapping to worlds
    with these answers. A device that is the launch's `own`, whose name the input does not tell,
    is none of the image's; one with an `open_name` has a name that is not known, and may be any.
    """

    name: str
    encrypted: Datum = ABSENT
    kms_key_id: Datum = ABSENT
    source: Source | None = None
    no_device: Datum = ABSENT
    virtual_name: Datum = ABSENT
    sized: tuple[Datum, ...] = ()
    sent: Mapping[str, str] = field(default_factory=dict)
    when: tuple[tuple[Fact, str], ...] = ()
    origin: Origin = NOWHERE
    own: bool = False
    open_name: bool = False

    def is_there(self, world: World) -> bool:
        """Whether the mapping is stated in this world."""
        return all(world.ask(fact) == answer for fact, answer in self.when)


def is_not_ebs(device: BlockDevice, world: World) -> bool:
    """`VirtualName: ephemeralN` is instance store, never EBS (BM-9)."""
    found = pick(device.virtual_name, world)
    return isinstance(found, Given) and str(found.value).startswith("ephemeral")


def is_absent(datum: Datum, world: World) -> bool:
    """Whether nothing is written in this world."""
    return isinstance(pick(datum, world), Absent)


def removes(device: BlockDevice, world: World) -> bool:
    """Whether a mapping takes its device out of the launch (`NoDevice`, BM-8)."""
    return read_flag(device.no_device, world) == "true"


def is_sized(device: BlockDevice, world: World) -> bool:
    """Whether some mapping of a device gives its size in this world."""
    return SIZED in device.sized or any(read_flag(datum, world) == "true" for datum in device.sized)


def names_snapshot(device: BlockDevice, world: World) -> bool:
    """Whether a mapping names a snapshot in this world: a null names none (BM-2)."""
    return device.source is not None and not is_empty(device.source, world)


def overlay(low: BlockDevice, high: BlockDevice, world: World) -> BlockDevice:
    """`high` over `low`, field by field: a field that `high` leaves out keeps `low`'s value.

    What a tool does not send counts as left out, so `encrypted` is read as it is sent.
    """
    says = read_flag(high.encrypted, world, high.sent)
    return BlockDevice(
        name=low.name,
        encrypted=low.encrypted if says == "absent" else Given(says),
        sent=low.sent if says == "absent" else {},
        kms_key_id=low.kms_key_id if is_absent(high.kms_key_id, world) else high.kms_key_id,
        source=high.source if names_snapshot(high, world) else low.source,
        no_device=ABSENT,
        virtual_name=(
            low.virtual_name if is_absent(high.virtual_name, world) else high.virtual_name
        ),
        sized=low.sized + high.sized,
        when=low.when,
        origin=low.origin,
        own=low.own,
        open_name=low.open_name,
    )
