"""Images: what an AMI maps, as far as it is known, and what a copy makes of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import field, replace
from typing import Any, Protocol, TypeVar

from analyzer.core.chain import (
    EMPTY,
    Existing,
    MadeHere,
    Request,
    Source,
    decide,
    finish,
    follow,
)
from analyzer.core.devices import ROOT, BlockDevice, is_not_ebs
from analyzer.core.facts import Fact, Impossible
from analyzer.core.model import NOT_EBS, Key, Operation, Outcome, Place
from analyzer.core.reading import read_flag
from analyzer.core.records import dataclass
from analyzer.core.tables import TABLES, settle
from analyzer.core.values import ABSENT, Given
from analyzer.core.worlds import Knowledge, World

__all__ = [
    "CopiedImage",
    "Image",
    "ImageChoice",
    "ImageRoot",
    "ListedImage",
    "OfImage",
    "SnapshotOf",
    "UnknownImage",
    "decide_with",
]

V = TypeVar("V")


class Image(Protocol):
    """What an AMI maps, as far as it is known."""

    @property
    def label(self) -> str:
        """The image as people know it: its id, or the resource that makes it."""

    def names(self, known: Knowledge) -> Iterator[str]:
        """The names of the devices that it maps in some world, without the root."""

    def root_name(self, known: Knowledge) -> str | None:
        """Its root device name, where every world agrees on it."""

    def root_in(self, world: World, written: tuple[str, ...]) -> str | None:
        """Its root device name in this world, where that tells it: known, or one of `written`."""

    def is_complete(self, known: Knowledge) -> bool:
        """Whether `names` and the root are all that it maps."""

    def maps(self, name: str, world: World) -> bool:
        """Whether it maps a volume at a device other than its root, with a snapshot or empty."""

    def may_hide_encrypted(self, world: World) -> bool:
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

    def root_in(self, world: World, written: tuple[str, ...]) -> str | None:
        named = self.root_name(world.known)
        if named is not None or not written:
            return named
        fact = Fact(
            "root_device_name",
            self.id,
            (*written, "other"),
            f"What is the root device name of {self.what}?",
        )
        answer = world.ask(fact)
        return answer if answer in written else None

    def maps(self, name: str, world: World) -> bool:
        known = world.known
        if self.is_complete(known):
            return name in self.names(known)
        scope = f"{self.id}:{name}"
        if world.peek(Fact("image", scope)) in ("unencrypted", "encrypted"):
            return True
        question = f"Does {self.what} map a volume at {name}?"
        return world.ask(Fact("image_maps", scope, ("no", "yes"), question)) == "yes"

    def is_complete(self, known: Knowledge) -> bool:
        return known.answer(Fact("image_devices", self.id)) is not None

    def may_hide_encrypted(self, world: World) -> bool:
        return not self.public and not self.is_complete(world.known)

    def refusal(self, _world: World) -> Outcome | None:
        return None

    def device(self, name: str, world: World) -> BlockDevice | None:
        device = self.possible_device(name, world.known)
        source = device.source if device is not None else None
        return None if source is not None and source.state(world) == "none" else device

    def possible_device(self, name: str, known: Knowledge) -> BlockDevice | None:
        """What it maps at a device if it maps anything there: what nobody knows is not asked."""
        root = self.root_name(known)
        at_root = name in (ROOT, root)
        if at_root and known.answer(Fact("root_device_type", self.id)) == "instance-store":
            return BlockDevice(name=name, virtual_name=Given("ephemeral0"))
        if not at_root and self.is_complete(known) and name not in self.names(known):
            return None
        source = self._root_snapshot(root) if at_root else self.snapshot_at(name)
        if source.known_state(known) == "none":
            return None
        return BlockDevice(name=name, source=source)

    def snapshot_at(self, name: str) -> Existing:
        """The snapshot behind a device that may or may not be mapped."""
        return self._snapshot(name, f"{name} of {self.what}", may_be_missing=not self.public)

    def _root_snapshot(self, name: str | None) -> Existing:
        """The snapshot behind the root device: the same one, however it is called."""
        alias = f"{self.id}:{name}" if name else ""
        return self._snapshot(ROOT, f"the root snapshot of {self.what}", alias=alias)

    def _snapshot(
        self, name: str, what: str, *, alias: str = "", may_be_missing: bool = False
    ) -> Existing:
        return Existing(
            kind="image",
            scope=f"{self.id}:{name}",
            owned=self.id,
            owned_what=self.what,
            what=what,
            encrypted="unencrypted" if self.public else None,
            belongs_to="other" if self.public else None,
            alias=alias,
            may_be_missing=may_be_missing,
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

    def root_in(self, _world: World, _written: tuple[str, ...]) -> str | None:
        return self.root

    def is_complete(self, _known: Knowledge) -> bool:
        return self.complete

    def maps(self, name: str, world: World) -> bool:
        if self.complete or self.device(name, world) is not None:
            return self.device(name, world) is not None
        question = f"Does {self.what} map a volume at {name}?"
        fact = Fact("image_maps", f"{self.what}:{name}", ("no", "yes"), question)
        return world.ask(fact) == "yes"

    def may_hide_encrypted(self, _world: World) -> bool:
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
        if is_not_ebs(device, world) or not device.is_there(world):
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


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ImageChoice:
    """One of several images, depending on a fact."""

    fact: Fact
    branches: Mapping[str, Image] = field(hash=False)
    label: str = field(init=False, repr=False)
    labels: dict[str, None] = field(init=False, repr=False)
    _found: dict[tuple[str, int], tuple[Knowledge, Any]] = field(
        init=False, repr=False, default_factory=dict
    )

    def __post_init__(self) -> None:
        labels: dict[str, None] = {}
        for image in self.branches.values():
            labels.update(image.labels if isinstance(image, ImageChoice) else {image.label: None})
        object.__setattr__(self, "labels", labels)
        object.__setattr__(self, "label", " or ".join(labels))

    def _chosen(self, world: World) -> Image:
        image = self.branches.get(world.ask(self.fact))
        if image is None:
            raise Impossible
        return image

    def _possible(self, known: Knowledge) -> Iterator[Image]:
        """The images that it may be, each once, however often choices come together."""
        seen: set[int] = set()
        pending: list[Image] = [self]
        while pending:
            image = pending.pop()
            image = getattr(image, "first", image)
            if id(image) in seen:
                continue
            seen.add(id(image))
            if isinstance(image, ImageChoice):
                chosen = image.branches.get(known.answer(image.fact) or "")
                pending += [chosen] if chosen is not None else [*image.branches.values()][::-1]
            else:
                yield image

    def _once(self, what: str, known: Knowledge, find: Callable[[], V]) -> V:
        """What `find` finds about the images, which choices of choices ask for again and again."""
        key = (what, id(known))
        if key not in self._found:
            self._found[key] = known, find()
        found: V = self._found[key][1]
        return found

    def names(self, known: Knowledge) -> Iterator[str]:
        images = self._possible(known)
        found = (name for image in images for name in image.names(known))
        yield from self._once("names", known, lambda: tuple(dict.fromkeys(found)))

    def root_name(self, known: Knowledge) -> str | None:
        return self._once("root", known, lambda: self._root_name(known))

    def _root_name(self, known: Knowledge) -> str | None:
        roots = {image.root_name(known) for image in self._possible(known)}
        return roots.pop() if len(roots) == 1 else None

    def root_in(self, world: World, written: tuple[str, ...]) -> str | None:
        return self._chosen(world).root_in(world, written)

    def is_complete(self, known: Knowledge) -> bool:
        images = self._possible(known)
        return self._once("all", known, lambda: all(image.is_complete(known) for image in images))

    def maps(self, name: str, world: World) -> bool:
        return self._chosen(world).maps(name, world)

    def may_hide_encrypted(self, world: World) -> bool:
        return any(image.may_hide_encrypted(world) for image in self.branches.values())

    def refusal(self, world: World) -> Outcome | None:
        return self._chosen(world).refusal(world)

    def device(self, name: str, world: World) -> BlockDevice | None:
        return self._chosen(world).device(name, world)


class MadeImage(Image, Protocol):
    """An image that the input makes, with a snapshot of its own for each device."""

    def outcome(self, name: str, world: World) -> Outcome:
        """What becomes of the snapshot of one device."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SnapshotOf(MadeHere):
    """The snapshot that an image which the input makes has of one of its devices."""

    image: MadeImage
    name: str

    @property
    def maker(self) -> str:
        return self.image.label

    def refusal(self, world: World) -> Outcome | None:
        # a device that nobody listed is none that the image itself asks about
        return self.image.refusal(world) or MadeHere.refusal(self, world)

    def _outcome(self, world: World) -> Outcome:
        return self.image.outcome(self.name, world)


@dataclass(frozen=True, slots=True, eq=False)
class OfImage:
    """An image that maps what another one maps: its copy, or itself as others see it."""

    image: Image
    #: the image at the chain's start, whose mappings all have: each knows it, so that a chain of
    #: thousands takes no walk
    first: Image = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "first", getattr(self.image, "first", self.image))

    def names(self, known: Knowledge) -> Iterator[str]:
        return self.first.names(known)

    def root_name(self, known: Knowledge) -> str | None:
        return self.first.root_name(known)

    def root_in(self, world: World, written: tuple[str, ...]) -> str | None:
        return self.first.root_in(world, written)

    def is_complete(self, known: Knowledge) -> bool:
        return self.first.is_complete(known)

    def maps(self, name: str, world: World) -> bool:
        return self.first.maps(name, world)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CopiedImage(OfImage):
    """An image made by CopyImage: one request for all backing snapshots of `image`.

    `request` holds the parameters; its source is replaced by each device's snapshot.
    """

    request: Request

    @property
    def label(self) -> str:
        return self.request.address

    def may_hide_encrypted(self, world: World) -> bool:
        if self.is_complete(world.known):
            return False
        # true or false, a copy that succeeds leaves all its snapshots in one state
        flag = read_flag(self.request.encrypted, world, self.request.sent)
        return flag == "absent" and self.image.may_hide_encrypted(world)

    def refusal(self, world: World) -> Outcome | None:
        return world.once((self, "refusal"), lambda: self._refusal(world))

    def _refusal(self, world: World) -> Outcome | None:
        refused = self.image.refusal(world)
        if refused is not None:
            return refused
        for name in (ROOT, *self.first.names(world.known)):
            outcome = self.outcome(name, world)
            if outcome.outcome == "rejected":
                return follow(outcome, self.request.address)
        return None

    def outcome(self, name: str, world: World) -> Outcome:
        """What becomes of the copy of one device's snapshot, by its own row."""
        return world.once((self, "outcome", name), lambda: self._outcome(name, world))

    def _outcome(self, name: str, world: World) -> Outcome:
        device = self.image.device(name, world)
        if device is None or is_not_ebs(device, world):
            return NOT_EBS
        if device.source is None:  # an empty device of the image is copied as it is
            return NOT_EBS
        outcome = decide_with(self.request, device.source, world)
        made = outcome.outcome in ("unencrypted", "encrypted")
        if made and self.image.may_hide_encrypted(world):
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
        return BlockDevice(name=name, source=SnapshotOf(image=self, name=name))


def decide_with(request: Request, source: Source, world: World) -> Outcome:
    """The outcome of a request made of another source (one of an image's snapshots)."""
    return decide(replace(request, source=source), world)


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
