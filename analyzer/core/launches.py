"""Launches: the layers of mappings over an image, merged per device in one world.

The order is image < launch template < request, per device name, then per field (EC2 User
Guide, block device mappings; rules BM-1..BM-12).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from analyzer.core.chain import EMPTY, MadeHere, Request, Settings, decide, follow, is_same
from analyzer.core.devices import (
    ROOT,
    BlockDevice,
    is_absent,
    is_kept_for_root,
    is_not_ebs,
    is_sized,
    names_snapshot,
    overlay,
    removes,
)
from analyzer.core.facts import DOUBTS, Fact
from analyzer.core.images import Image, SnapshotOf, UnknownImage
from analyzer.core.keys import KeyRing
from analyzer.core.model import NOT_EBS, Operation, Outcome, Place
from analyzer.core.reading import read_flag
from analyzer.core.records import dataclass
from analyzer.core.table_walk import decide_all
from analyzer.core.values import Datum, Given
from analyzer.core.worlds import Explored, Knowledge, World

__all__ = ["InstanceImage", "Launch", "LaunchedVolume", "Layer"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """The mappings of one place that states some: a launch template, or the request.

    `replaces` is true where AWS leaves it open whether an entry merges with the entry of
    the layer below field by field or replaces it (OQ-12: an instance on a template).
    """

    what: str
    devices: tuple[BlockDevice, ...]
    replaces: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Launch:
    """One launch: an image, and the layers of mappings on top of it, lowest first."""

    address: str
    image: Image
    layers: tuple[Layer, ...]
    place: Place
    settings: Settings = Settings()
    ring: KeyRing = KeyRing()
    exists: Datum = Given(True)

    def names(self, known: Knowledge) -> list[str]:
        """Every device that some world has, the root first, then in order of mention.

        The root is called by the image's own name where that is known.
        """
        root = self.image.root_name(known) or ROOT
        named = {root: None}
        named.update(dict.fromkeys(self.image.names(known)))
        named.update(dict.fromkeys(d.name for layer in self.layers for d in layer.devices))
        if root != ROOT:
            named.pop(ROOT, None)
        return list(named)

    def is_root(self, name: str, known: Knowledge) -> bool:
        """Whether a device is the image's root device, as far as that is known."""
        return name == ROOT or name == self.image.root_name(known)

    def decide(self, name: str, world: World) -> Outcome:
        """What becomes of a device in one world."""
        asked = self._asked_once(name, world)
        return asked if isinstance(asked, Outcome) else decide(asked, world)

    def decide_all(self, name: str, world: World) -> Outcome | Explored[Outcome]:
        """What becomes of a device in this world, or in all worlds below it."""
        asked = self._asked_once(name, world)
        return asked if isinstance(asked, Outcome) else decide_all(asked, world)

    def _asked_once(self, name: str, world: World) -> Request | Outcome:
        return world.once((self, name), lambda: self._asked(name, world))

    def _asked(self, name: str, world: World) -> Request | Outcome:
        """The request for a device with all mappings merged, or why there is none."""
        if read_flag(self.exists, world) != "true":
            return NOT_EBS
        refused = self.image.refusal(world)
        if refused is not None:
            is_none = self._is_ruled_out(name, world) or self._is_no_volume(name, world)
            return NOT_EBS if is_none else refused
        root = self.image.root_name(world.known)
        is_root = name in (ROOT, root)
        if root is None and not is_root and self._turns_out_root(name, world):
            if not self._entries(name, world, is_root=False):
                return NOT_EBS  # what nobody wrote is told of the root
            is_root = True
        entries = self._entries(name, world, is_root=is_root)
        if not (entries or is_root or name in self.image.names(world.known)):
            return NOT_EBS  # nobody mentions it in this world
        own = any(device.own for _, device in entries)
        base = None if own else self._base(name, entries, world, is_root=is_root)
        if base is None and not entries:
            return NOT_EBS
        merged = self._merge(name, base, entries, world, is_root=is_root)
        if isinstance(merged, Outcome):
            return merged
        if is_not_ebs(merged, world):
            return NOT_EBS
        if entries and not is_root and self._is_nothing(name, base, merged, world):
            if any(d.open_name for _, d in entries) and self._is_another(name, world):
                return NOT_EBS  # it is told of that one
            return Outcome("rejected", "rejected", "RI-0b", code="MissingParameter")
        return self._request(merged)

    def _entries(
        self, name: str, world: World, *, is_root: bool
    ) -> list[tuple[Layer, BlockDevice]]:
        """The mappings stated for a device in this world, lowest layer first."""
        names = {name, ROOT, self._root(world) or ROOT} if is_root else {name}
        found: list[tuple[Layer, BlockDevice]] = []
        for layer in self.layers:
            stated = [d for d in layer.devices if d.name in names and d.is_there(world)]
            found += [(layer, d) for d in stated or self._meant(layer, name, world, is_root)]
        return found

    def _meant(self, layer: Layer, name: str, world: World, is_root: bool) -> Iterator[BlockDevice]:
        """The mapping of a layer whose name is not known, and turns out to be that of a device.

        That is asked only where the layer does not state the device already: nobody asks for a
        device twice, for that is refused (BM-11).
        """
        opened = [d for d in layer.devices if d.open_name and d.is_there(world)]
        if opened and (is_root or name in self._written(world.known)):
            found = (d for d in opened if self._is(d.name, ROOT if is_root else name, world))
            yield from islice(found, 1)

    def _is(self, unknown: str, name: str, world: World) -> bool:
        """Whether a name that is not known turns out to be that of a device."""
        what = f"the root device of {self.image.label}" if name == ROOT else name
        scope = f"{unknown}:root of {self.image.label}" if name == ROOT else f"{unknown}:{name}"
        fact = Fact("is_device", scope, ("no", "yes"), f"Is the {unknown} {what}?")
        return world.ask(fact) == "yes"

    def _is_another(self, unknown: str, world: World) -> bool:
        return any(self._is(unknown, n, world) for n in (ROOT, *self._written(world.known)))

    def _written(self, known: Knowledge) -> dict[str, None]:
        """The known names of devices other than the root that somebody maps."""
        stated = (device for layer in self.layers for device in layer.devices)
        named = (d.name for d in stated if not d.open_name)
        return {
            name: None
            for name in (*self.image.names(known), *named)
            if not self.is_root(name, known)
        }

    def _root(self, world: World) -> str | None:
        """The image's root device name in this world: known, or one of the written names."""
        return self.image.root_in(world, self._may_be_root())

    def _may_be_root(self) -> tuple[str, ...]:
        """The written names that may turn out to be the root's: those that AWS keeps for it."""
        stated = (device for layer in self.layers for device in layer.devices)
        return tuple(dict.fromkeys(d.name for d in stated if is_kept_for_root(d.name)))

    def _turns_out_root(self, name: str, world: World) -> bool:
        """Whether a name is that of the root in this world; asked only where that matters.

        It does where the root takes no other snapshot (BM-3), where a mapping without a size
        is no volume of its own (RI-0b), and where the root is also stated as such (BM-11).
        """
        if self.image.root_in(world, ()) == name:
            return True
        if name not in self._may_be_root() or self._is_ruled_out(name, world):
            return False
        stated = [device for _, device in self._entries(name, world, is_root=False)]
        matters = (
            any(d.name == ROOT for layer in self.layers for d in layer.devices)
            or any(names_snapshot(device, world) for device in stated)
            or not any(is_sized(device, world) for device in stated)
        )
        return matters and self._root(world) == name

    def _is_ruled_out(self, name: str, world: World) -> bool:
        """Whether the last word about a device makes it no volume, whatever the image is."""
        stated = self._entries(name, world, is_root=self.is_root(name, world.known))
        last = stated[-1][1] if stated else None
        return last is not None and (removes(last, world) or is_not_ebs(last, world))

    def _is_no_volume(self, name: str, world: World) -> bool:
        """Whether a device that only the image may map is no volume: instance store (BM-9)."""
        is_root = self.is_root(name, world.known)
        if is_root or self._entries(name, world, is_root=False):
            return False
        base = self.image.device(name, world)
        return base is None or is_not_ebs(base, world)

    def _base(
        self,
        name: str,
        entries: list[tuple[Layer, BlockDevice]],
        world: World,
        *,
        is_root: bool,
    ) -> BlockDevice | None:
        """What the image maps at a device.

        Where the launch itself states a device of an image that nobody knows, the table asks
        for the snapshot behind it if that matters: no snapshot and no device are one to it.
        """
        image, known = self.image, world.known
        if isinstance(image, UnknownImage) and (
            is_root or (entries and not image.is_complete(known))
        ):
            return image.possible_device(ROOT if is_root else name, known)
        return image.device(ROOT if is_root else name, world)

    def _is_nothing(
        self, name: str, base: BlockDevice | None, merged: BlockDevice, world: World
    ) -> bool:
        """Whether nobody tells a size or a snapshot: not even the image (row RI-0b)."""
        if merged.own or is_sized(merged, world):
            return False
        if merged.source is not None and (base is None or merged.source is not base.source):
            return False
        return not self.image.maps(name, world)

    def _merge(
        self,
        name: str,
        base: BlockDevice | None,
        entries: list[tuple[Layer, BlockDevice]],
        world: World,
        *,
        is_root: bool,
    ) -> BlockDevice | Outcome:
        merged = base or BlockDevice(name=name)
        below: BlockDevice | None = None  # what the layers below the request state, merged
        may_replace = any(layer.replaces for layer, _ in entries)
        refused = ""
        seen: dict[str, str] = {}
        for layer, device in entries:
            if layer.what in seen and _is_twice(seen[layer.what], device.name, world):
                return refusal_by("BM-11")
            seen[layer.what] = device.name
            if removes(device, world):
                merged = BlockDevice(name=name, no_device=Given(True))
                below, refused = device, ""
                continue
            if layer.replaces and below is not None and self._replaced(below, device, world):
                merged, refused = base or BlockDevice(name=name), ""
            if names_snapshot(device, world):
                refused = _snapshot_refused(base, device, world, is_root=is_root)
            merged = overlay(merged, device, world)
            if may_replace:
                below = overlay(below or BlockDevice(name=name), device, world)
        if removes(merged, world):
            return _rootless(world) if is_root else NOT_EBS
        return refusal_by(refused) if refused else merged

    def _replaced(self, below: BlockDevice, device: BlockDevice, world: World) -> bool:
        """Whether the template's entry is lost: asked only where it states more (OQ-12)."""
        states_more = any(
            not is_absent(low, world) and is_absent(high, world)
            for low, high in (
                (below.encrypted, device.encrypted),
                (below.kms_key_id, device.kms_key_id),
                (below.virtual_name, device.virtual_name),
            )
        )
        states_more |= names_snapshot(below, world) and not names_snapshot(device, world)
        states_more = states_more or (is_sized(below, world) and not is_sized(device, world))
        return states_more and world.ask(DOUBTS["OQ-12"]) == "replace"

    def _request(self, device: BlockDevice) -> Request:
        return Request(
            operation=Operation.RUN_INSTANCES,
            place=self.place,
            address=self.address,
            encrypted=device.encrypted,
            kms_key_id=device.kms_key_id,
            sent=device.sent,
            source=device.source or EMPTY,
            settings=self.settings,
            ring=self.ring,
        )


def _is_twice(one: str, other: str, world: World) -> bool:
    """Whether one request may not state a device by both names (BM-11).

    EC2 refuses a device that "is used in more than one block-device mapping"; whether also
    where a tool looks the root's name up and adds it by itself, nobody documents (OQ-20).
    """
    return one == other or world.ask(DOUBTS["OQ-20"]) == "no"


def _snapshot_refused(
    base: BlockDevice | None, device: BlockDevice, world: World, *, is_root: bool
) -> str:
    """The rule that refuses a request's snapshot on a device of the image, if one does.

    BM-10: instance store does not become EBS. BM-3: the root device takes no other
    snapshot than the image's, or does it (OQ-11)?
    """
    if base is None or is_same(base.source, device.source):
        return ""
    if is_not_ebs(base, world):
        return "BM-10"
    return "BM-3" if is_root and world.ask(DOUBTS["OQ-11"]) == "no" else ""


def _rootless(world: World) -> Outcome:
    """What becomes of a launch that removes its root device (BM-8).

    Source: Auto Scaling API, BlockDeviceMapping ("instances might fail the EC2 health
    check"); nobody documents what RunInstances itself says (OQ-16).
    """
    if world.ask(DOUBTS["OQ-16"]) == "no":
        return refusal_by("BM-8")
    why = "the instance starts without a root device and fails its health check"
    return Outcome("rejected", "rejected", "BM-8", late=True, cause=why)


def refusal_by(rule: str) -> Outcome:
    """The refusal of a mapping, before any table is read."""
    return Outcome("rejected", "rejected", rule, code="InvalidBlockDeviceMapping")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class InstanceImage:
    """An image made by CreateImage from an instance that the input launches."""

    launch: Launch
    address: str

    @property
    def label(self) -> str:
        return self.address

    def names(self, known: Knowledge) -> Iterator[str]:
        return (name for name in self.launch.names(known) if not self.launch.is_root(name, known))

    def root_name(self, known: Knowledge) -> str | None:
        return self.launch.image.root_name(known)

    def root_in(self, world: World, written: tuple[str, ...]) -> str | None:
        return self.launch.image.root_in(world, written)

    def is_complete(self, known: Knowledge) -> bool:
        return self.launch.image.is_complete(known)

    def maps(self, name: str, world: World) -> bool:
        if any(d.name == name for layer in self.launch.layers for d in layer.devices):
            return self.device(name, world) is not None
        return self.launch.image.maps(name, world)

    def may_hide_encrypted(self, world: World) -> bool:
        return not self.is_complete(world.known)

    def refusal(self, world: World) -> Outcome | None:
        return world.once((self, "refusal"), lambda: self._refusal(world))

    def _refusal(self, world: World) -> Outcome | None:
        for name in self.launch.names(world.known):
            outcome = self.launch.decide(name, world)
            if outcome.outcome == "rejected":
                return follow(outcome, self.launch.address)
        return None

    def outcome(self, name: str, world: World) -> Outcome:
        """The state of the snapshot of one of the instance's volumes (rows CM-2, CM-4)."""
        volume = self.launch.decide(name, world)
        if volume.outcome not in ("encrypted", "unencrypted"):
            return volume
        row = "CM-4" if volume.outcome == "encrypted" else "CM-2"
        return Outcome(volume.symbol, volume.outcome, row, volume.key)

    def device(self, name: str, world: World) -> BlockDevice | None:
        if self.launch.decide(name, world).outcome == "none":
            return None
        return BlockDevice(name=name, source=SnapshotOf(image=self, name=name))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LaunchedVolume(MadeHere):
    """A volume of an instance that the input launches, used as a source; by default its root."""

    launch: Launch
    name: str = ROOT

    @property
    def maker(self) -> str:
        return self.launch.address

    def _outcome(self, world: World) -> Outcome:
        name = self.launch.names(world.known)[0] if self.name == ROOT else self.name
        return self.launch.decide(name, world)
