"""Block device mappings: which volumes a launch makes, with which parameters.

The order is image < launch template < request, merged per device name, then per field
(EC2 User Guide, block device mappings; rules BM-1..BM-12). Names compare as strings: for
EC2 `sdf`, `/dev/sdf` and `/dev/xvdf` are three names.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from analyzer.core.chain import (
    EMPTY,
    Existing,
    Request,
    Settings,
    Source,
    decide,
    finish,
    follow,
    is_empty,
)
from analyzer.core.facts import DOUBTS, Fact, Impossible
from analyzer.core.keys import KeyRing
from analyzer.core.model import NOT_EBS, Key, Operation, Outcome, Place
from analyzer.core.reading import pick, read_flag
from analyzer.core.tables import TABLES, settle
from analyzer.core.values import ABSENT, NOWHERE, Absent, Datum, Given, Origin
from analyzer.core.worlds import Knowledge, World

__all__ = [
    "ROOT",
    "BlockDevice",
    "CopiedImage",
    "Image",
    "ImageChoice",
    "ImageRoot",
    "InstanceImage",
    "Launch",
    "LaunchedVolume",
    "Layer",
    "ListedImage",
    "UnknownImage",
]

#: The name of the root device while the image's own name for it is not known.
ROOT = "root"


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockDevice:
    """One block device mapping, as an image, a launch template or a request states it.

    `name` is the device name, `ROOT` for "whatever the image calls its root". `source` is
    the snapshot where one is named, `None` where the mapping names none. `sized` tells
    whether a size is given. `when` restricts the mapping to worlds with these answers. A
    device that is the launch's `own`, whose name the input does not tell, is none of the image's.
    """

    name: str
    encrypted: Datum = ABSENT
    kms_key_id: Datum = ABSENT
    source: Source | None = None
    no_device: Datum = ABSENT
    virtual_name: Datum = ABSENT
    sized: bool = False
    sent: Mapping[str, str] = field(default_factory=dict)
    when: tuple[tuple[Fact, str], ...] = ()
    origin: Origin = NOWHERE
    own: bool = False

    def is_there(self, world: World) -> bool:
        """Whether the mapping is stated in this world."""
        return all(world.ask(fact) == answer for fact, answer in self.when)


class Image(Protocol):
    """What an AMI maps, as far as it is known."""

    @property
    def label(self) -> str:
        """The image as people know it: its id, or the resource that makes it."""

    def names(self, known: Knowledge) -> Iterator[str]:
        """The names of the devices that it maps in some world, without the root."""

    def root_name(self, known: Knowledge) -> str | None:
        """Its root device name, where every world agrees on it."""

    def is_complete(self, known: Knowledge) -> bool:
        """Whether `names` and the root are all that it maps."""

    def may_hide_encrypted(self, known: Knowledge) -> bool:
        """Whether it may map an encrypted snapshot that nobody listed."""

    def refusal(self, world: World) -> Outcome | None:
        """The refusal that keeps the image from coming into being, if this world has one."""

    def device(self, name: str, world: World) -> BlockDevice | None:
        """What it maps at a device (`ROOT`: at its root device)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownImage:
    """An image that is known by its id only: each device's snapshot is a fact."""

    id: str
    what: str
    public: bool = False

    @property
    def label(self) -> str:
        return self.what

    def names(self, known: Knowledge) -> Iterator[str]:
        listed = known.answer(Fact("image_devices", self.id))
        root = self.root_name(known)
        for name in listed.split() if listed else ():
            if name != root:
                yield name

    def root_name(self, known: Knowledge) -> str | None:
        name = known.answer(Fact("root_device_name", self.id))
        return None if name == "other" else name

    def is_complete(self, known: Knowledge) -> bool:
        return known.answer(Fact("image_devices", self.id)) is not None

    def may_hide_encrypted(self, known: Knowledge) -> bool:
        return not self.public and not self.is_complete(known)

    def refusal(self, _world: World) -> Outcome | None:
        return None

    def device(self, name: str, world: World) -> BlockDevice | None:
        root = self.root_name(world.known)
        at_root = name in (ROOT, root)
        if at_root and world.known.answer(Fact("root_device_type", self.id)) == "instance-store":
            return BlockDevice(name=name, virtual_name=Given("ephemeral0"))
        if not at_root and self.is_complete(world.known) and name not in self.names(world.known):
            return None
        source = self._root_snapshot(root) if at_root else self.snapshot_at(name)
        if source.state(world) == "none":
            return None
        return BlockDevice(name=name, source=source)

    def snapshot_at(self, name: str) -> Existing:
        """The snapshot behind a device that may or may not be mapped."""
        return Existing(
            kind="image",
            scope=f"{self.id}:{name}",
            owned=self.id,
            what=f"{name} of {self.what}",
            encrypted="unencrypted" if self.public else None,
            belongs_to="other" if self.public else None,
            may_be_missing=not self.public,
        )

    def _root_snapshot(self, name: str | None) -> Existing:
        """The snapshot behind the root device: the same one, however it is called."""
        return replace(
            self.snapshot_at(ROOT),
            what=f"the root snapshot of {self.what}",
            alias=f"{self.id}:{name}" if name else "",
            may_be_missing=False,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedImage:
    """An image whose mappings are known: from a data source, or registered by the input.

    With `registered`, each mapping passes the table of RegisterImage first. Without
    `complete` the list is known to be a part only.
    """

    what: str
    root: str | None
    devices: tuple[BlockDevice, ...]
    registered: bool = False
    complete: bool = True
    address: str = ""

    @property
    def label(self) -> str:
        return self.what

    def names(self, _known: Knowledge) -> Iterator[str]:
        yield from dict.fromkeys(d.name for d in self.devices if d.name != self.root)

    def root_name(self, _known: Knowledge) -> str | None:
        return self.root

    def is_complete(self, _known: Knowledge) -> bool:
        return self.complete

    def may_hide_encrypted(self, _known: Knowledge) -> bool:
        return not self.complete

    def refusal(self, world: World) -> Outcome | None:
        if not self.registered:
            return None
        for device in self.devices:
            outcome = self._register(device, world)
            if outcome is not None and outcome.outcome == "rejected":
                return follow(outcome, self.address)
        return None

    def _register(self, device: BlockDevice, world: World) -> Outcome | None:
        if _is_not_ebs(device, world) or not device.is_there(world):
            return None
        request = Request(
            operation=Operation.REGISTER_IMAGE,
            place=Place(),
            encrypted=device.encrypted,
            sent=device.sent,
            source=device.source or EMPTY,
        )
        return decide(request, world)

    def device(self, name: str, world: World) -> BlockDevice | None:
        wanted = self.root if name == ROOT else name
        for device in self.devices:
            if device.name == wanted and device.is_there(world):
                # A mapping with a snapshot carries the snapshot's state, not a request (BM-5).
                return replace(device, encrypted=ABSENT) if device.source else device
        is_open = self.root is None if self.complete else name in (ROOT, self.root)
        return self._unlisted_root(name) if name in (ROOT, self.root) and is_open else None

    def _unlisted_root(self, name: str) -> BlockDevice:
        """Every image has a root device; this one's is not among those that are known."""
        what = f"the root snapshot of {self.what}"
        scope = f"{self.what}:{ROOT}"
        return BlockDevice(
            name=name, source=Existing(kind="image", scope=scope, owned=self.what, what=what)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageChoice:
    """One of several images, depending on a fact."""

    fact: Fact
    branches: Mapping[str, Image] = field(hash=False)

    @property
    def label(self) -> str:
        return " or ".join(dict.fromkeys(image.label for image in self.branches.values()))

    def _chosen(self, world: World) -> Image:
        image = self.branches.get(world.ask(self.fact))
        if image is None:
            raise Impossible
        return image

    def names(self, known: Knowledge) -> Iterator[str]:
        for image in self.branches.values():
            yield from image.names(known)
            root = image.root_name(known)
            if root is not None and self.root_name(known) is None:
                yield root

    def root_name(self, known: Knowledge) -> str | None:
        roots = {image.root_name(known) for image in self.branches.values()}
        return roots.pop() if len(roots) == 1 else None

    def is_complete(self, known: Knowledge) -> bool:
        return all(image.is_complete(known) for image in self.branches.values())

    def may_hide_encrypted(self, known: Knowledge) -> bool:
        return any(image.may_hide_encrypted(known) for image in self.branches.values())

    def refusal(self, world: World) -> Outcome | None:
        return self._chosen(world).refusal(world)

    def device(self, name: str, world: World) -> BlockDevice | None:
        image = self._chosen(world)
        root = image.root_name(world.known)
        if name == ROOT and self.root_name(world.known) is None and root is not None:
            return None  # reported under its own name
        return image.device(name, world)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _CopiedSnapshot:
    """The snapshot that a copy of an image makes for one of its devices."""

    image: CopiedImage
    name: str

    def refusal(self, world: World) -> Outcome | None:
        return self.image.refusal(world)

    def state(self, world: World) -> str:
        return self.image.outcome(self.name, world).outcome

    def owner(self, _world: World) -> str:
        return "self"

    def key(self, world: World) -> Key | None:
        return self.image.outcome(self.name, world).key


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CopiedImage:
    """An image made by CopyImage: one request for all backing snapshots of `image`.

    `request` holds the parameters; its source is replaced by each device's snapshot.
    """

    image: Image
    request: Request

    @property
    def label(self) -> str:
        return self.request.address

    def names(self, known: Knowledge) -> Iterator[str]:
        return self.image.names(known)

    def root_name(self, known: Knowledge) -> str | None:
        return self.image.root_name(known)

    def is_complete(self, known: Knowledge) -> bool:
        return self.image.is_complete(known)

    def may_hide_encrypted(self, known: Knowledge) -> bool:
        return not self.is_complete(known)

    def refusal(self, world: World) -> Outcome | None:
        refused = self.image.refusal(world)
        if refused is not None:
            return refused
        for name in (ROOT, *self.image.names(world.known)):
            outcome = self.outcome(name, world)
            if outcome.outcome == "rejected":
                return follow(outcome, self.request.address)
        return None

    def outcome(self, name: str, world: World) -> Outcome:
        """What becomes of the copy of one device's snapshot, by its own row."""
        device = self.image.device(name, world)
        if device is None or _is_not_ebs(device, world):
            return NOT_EBS
        if device.source is None:  # an empty device of the image is copied as it is
            return NOT_EBS
        outcome = decide_with(self.request, device.source, world)
        made = outcome.outcome in ("unencrypted", "encrypted")
        if made and self.image.may_hide_encrypted(world.known):
            return self._with_the_rest(outcome, world)
        return outcome

    def _with_the_rest(self, outcome: Outcome, world: World) -> Outcome:
        """One encrypted snapshot fails the copy of them all, also one that nobody listed."""
        if read_flag(self.request.encrypted, world, self.request.sent) != "false":
            return outcome
        fact = Fact(
            "other_devices_encrypted",
            self.image.label,
            ("no", "yes"),
            f"Does {self.image.label} map further devices with encrypted snapshots?",
        )
        if world.ask(fact) == "no":
            return outcome
        row = TABLES[Operation.COPY_IMAGE].row("CI-4")
        symbol, code = settle(row.result, world)
        return finish(self.request, world, symbol, row.id, code)

    def device(self, name: str, world: World) -> BlockDevice | None:
        device = self.image.device(name, world)
        if device is None or device.source is None:
            return device
        return BlockDevice(name=name, source=_CopiedSnapshot(image=self, name=name))


def decide_with(request: Request, source: Source, world: World) -> Outcome:
    """The outcome of a request made of another source (one of an image's snapshots)."""
    return decide(replace(request, source=source), world)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _VolumeSnapshot:
    """The snapshot that CreateImage makes of one volume of an instance."""

    image: InstanceImage
    name: str

    def refusal(self, world: World) -> Outcome | None:
        return self.image.refusal(world)

    def state(self, world: World) -> str:
        return self.image.outcome(self.name, world).outcome

    def owner(self, _world: World) -> str:
        return "self"

    def key(self, world: World) -> Key | None:
        return self.image.outcome(self.name, world).key


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

    def is_complete(self, known: Knowledge) -> bool:
        return self.launch.image.is_complete(known)

    def may_hide_encrypted(self, known: Knowledge) -> bool:
        return not self.is_complete(known)

    def refusal(self, world: World) -> Outcome | None:
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
        return BlockDevice(name=name, source=_VolumeSnapshot(image=self, name=name))


def _is_not_ebs(device: BlockDevice, world: World) -> bool:
    """`VirtualName: ephemeralN` is instance store, never EBS (BM-9)."""
    found = pick(device.virtual_name, world)
    return isinstance(found, Given) and str(found.value).startswith("ephemeral")


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

    def entries(self, name: str, world: World) -> list[tuple[Layer, BlockDevice]]:
        """The mappings stated for a device in this world, lowest layer first."""
        names = {name, ROOT} if self.is_root(name, world.known) else {name}
        return [
            (layer, device)
            for layer in self.layers
            for device in layer.devices
            if device.name in names and device.is_there(world)
        ]

    def decide(self, name: str, world: World) -> Outcome:
        """What becomes of a device in one world."""
        if read_flag(self.exists, world) != "true":
            return NOT_EBS
        refused = self.image.refusal(world)
        if refused is not None:
            return refused
        if name == ROOT:
            name = self.image.root_name(world.known) or ROOT
        if name == ROOT and self._root_is_named(world):
            return NOT_EBS
        entries = self.entries(name, world)
        own = any(device.own for _, device in entries)
        base = None if own else self.image.device(name, world)
        if base is None and not entries:
            return NOT_EBS
        merged = self._merge(name, base, entries, world)
        if isinstance(merged, Outcome):
            return merged
        if _is_not_ebs(merged, world):
            return NOT_EBS
        if base is None and merged.source is None and not merged.sized and self._knows(name, world):
            return Outcome("rejected", "rejected", "RI-0b", code="MissingParameter")
        return decide(self._request(merged), world)

    def _root_is_named(self, world: World) -> bool:
        """Whether one of the written names is the root of an image that does not tell it."""
        if any(d.name == ROOT for layer in self.layers for d in layer.devices):
            return False
        stated = [d for layer in self.layers for d in layer.devices]
        written = tuple(dict.fromkeys(d.name for d in stated if not d.own))
        if not written or not isinstance(self.image, (UnknownImage, CopiedImage)):
            return False
        fact = Fact(
            "root_device_name",
            _identity(self.image),
            (*written, "other"),
            f"What is the root device name of {self.image.label}?",
        )
        return world.ask(fact) in written

    def _knows(self, name: str, world: World) -> bool:
        """Whether it is certain that the image maps nothing at a device (row RI-0b).

        A mapping without size and snapshot on an image that nobody can look into is read
        as meant: an override of what the image maps there.
        """
        return self.image.is_complete(world.known) and not self.is_root(name, world.known)

    def _merge(
        self,
        name: str,
        base: BlockDevice | None,
        entries: list[tuple[Layer, BlockDevice]],
        world: World,
    ) -> BlockDevice | Outcome:
        merged = base or BlockDevice(name=name)
        below: BlockDevice | None = None  # what the layers below the request state, merged
        refused = ""
        seen: set[str] = set()
        for layer, device in entries:
            if layer.what in seen:  # the same device twice in one request
                return _refusal("BM-11")
            seen.add(layer.what)
            if _removes(device, world):
                merged = BlockDevice(name=name, no_device=Given(True))
                below, refused = device, ""
                continue
            if layer.replaces and below is not None and self._replaced(below, device, world):
                merged, refused = base or BlockDevice(name=name), ""
            if _names_snapshot(device, world):
                refused = self._snapshot_refused(name, base, device, world)
            merged = _overlay(merged, device, world)
            below = _overlay(below or BlockDevice(name=name), device, world)
        if _removes(merged, world):
            is_root = self.is_root(name, world.known)
            return _refusal("BM-8") if is_root and world.ask(DOUBTS["OQ-16"]) == "no" else NOT_EBS
        return _refusal(refused) if refused else merged

    def _snapshot_refused(
        self, name: str, base: BlockDevice | None, device: BlockDevice, world: World
    ) -> str:
        """The rule that refuses a request's snapshot on a device of the image, if one does.

        BM-10: instance store does not become EBS. BM-3: the root device takes no other
        snapshot than the image's, or does it (OQ-11)?
        """
        if base is None or base.source == device.source:
            return ""
        if _is_not_ebs(base, world):
            return "BM-10"
        is_root = self.is_root(name, world.known)
        return "BM-3" if is_root and world.ask(DOUBTS["OQ-11"]) == "no" else ""

    def _replaced(self, below: BlockDevice, device: BlockDevice, world: World) -> bool:
        """Whether the template's entry is lost: asked only where it states more (OQ-12)."""
        states_more = any(
            not _is_absent(low, world) and _is_absent(high, world)
            for low, high in (
                (below.encrypted, device.encrypted),
                (below.kms_key_id, device.kms_key_id),
                (below.virtual_name, device.virtual_name),
            )
        )
        states_more |= _names_snapshot(below, world) and not _names_snapshot(device, world)
        states_more |= below.sized and not device.sized
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


def _identity(image: UnknownImage | CopiedImage) -> str:
    while isinstance(image, CopiedImage):
        inner = image.image
        if not isinstance(inner, (UnknownImage, CopiedImage)):
            return inner.label
        image = inner
    return image.id


def _refusal(rule: str) -> Outcome:
    """The refusal of a mapping, before any table is read."""
    return Outcome("rejected", "rejected", rule, code="InvalidBlockDeviceMapping")


def _is_absent(datum: Datum, world: World) -> bool:
    return isinstance(pick(datum, world), Absent)


def _removes(device: BlockDevice, world: World) -> bool:
    return read_flag(device.no_device, world) == "true"


def _names_snapshot(device: BlockDevice, world: World) -> bool:
    """Whether a mapping names a snapshot in this world: a null names none (BM-2)."""
    return device.source is not None and not is_empty(device.source, world)


def _overlay(low: BlockDevice, high: BlockDevice, world: World) -> BlockDevice:
    """`high` over `low`, field by field: a field that `high` leaves out keeps `low`'s value.

    What a tool does not send counts as left out, so `encrypted` is read as it is sent.
    """
    says = read_flag(high.encrypted, world, high.sent)
    return replace(
        low,
        encrypted=low.encrypted if says == "absent" else Given(says == "true"),
        sent=low.sent if says == "absent" else {},
        kms_key_id=low.kms_key_id if _is_absent(high.kms_key_id, world) else high.kms_key_id,
        source=high.source if _names_snapshot(high, world) else low.source,
        no_device=ABSENT,
        virtual_name=(
            low.virtual_name if _is_absent(high.virtual_name, world) else high.virtual_name
        ),
        sized=low.sized or high.sized,
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ImageRoot:
    """The root snapshot of an image, used as the source of something else."""

    image: Image

    def _source(self, world: World) -> Source:
        device = self.image.device(ROOT, world)
        return (device.source if device is not None else None) or EMPTY

    def refusal(self, world: World) -> Outcome | None:
        return self.image.refusal(world)

    def state(self, world: World) -> str:
        return self._source(world).state(world)

    def owner(self, world: World) -> str:
        return self._source(world).owner(world)

    def key(self, world: World) -> Key | None:
        return self._source(world).key(world)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LaunchedVolume:
    """A volume of an instance that the input launches, used as a source; by default its root."""

    launch: Launch
    name: str = ROOT

    def _outcome(self, world: World) -> Outcome:
        name = self.launch.names(world.known)[0] if self.name == ROOT else self.name
        return self.launch.decide(name, world)

    def refusal(self, world: World) -> Outcome | None:
        outcome = self._outcome(world)
        return follow(outcome, self.launch.address) if outcome.outcome == "rejected" else None

    def state(self, world: World) -> str:
        return self._outcome(world).outcome

    def owner(self, _world: World) -> str:
        return "self"

    def key(self, world: World) -> Key | None:
        return self._outcome(world).key
