"""Launches: an image, the layers of mappings on top of it, and a device for each volume."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import field, replace

import msgspec

from analyzer.core.devices import ROOT, SIZED, BlockDevice
from analyzer.core.images import Image, UnknownImage
from analyzer.core.keys import KeyRing
from analyzer.core.launches import Launch, Layer
from analyzer.core.model import Operation, Outcome, Place
from analyzer.core.records import dataclass
from analyzer.core.values import ABSENT, Absent, Datum, Given, Origin, Unknown, leaves
from analyzer.core.worlds import Decide, Knowledge
from analyzer.extraction.accounts import Accounts
from analyzer.extraction.device import Device
from analyzer.extraction.device_names import device_names, is_open, named_after
from analyzer.extraction.encryption import encryption
from analyzer.extraction.link import Linker
from analyzer.extraction.making import notes_of
from analyzer.extraction.normalize import exists_in, filled, flag, get, given_or_not, removal, under
from analyzer.extraction.templates import Template, Templates
from analyzer.resources import entry_of
from analyzer.resources.spec import Launches, Links, Mappings, ServiceEncryption, Stored
from analyzer.sources.document import Action, Resource
from analyzer.walking import Block, Conditions, blocks, body_at, branches, map_leaves, read_by

__all__ = ["Launching", "Planned", "more_of"]

Miss = Callable[[Resource, str], None]


class Planned(msgspec.Struct, frozen=True):
    """One launch of a resource: what tells it apart, and what to say about it."""

    launch: Launch
    label: str
    notes: tuple[str, ...] = ()


class _Variant(msgspec.Struct, frozen=True):
    """What one launch of a block is made of besides the block itself."""

    templates: Sequence[Template]
    image: Datum = ABSENT
    layer: Layer | None = None
    label: str = ""


@dataclass(slots=True)
class Launching:
    """Builds launches, and the devices of each; `miss` lists what was not decided."""

    linker: Linker
    accounts: Accounts
    ring: KeyRing
    known: Knowledge
    miss: Miss
    templates: Templates = field(init=False)

    def __post_init__(self) -> None:
        self.templates = Templates(self.linker, self.layer)

    # -- launches ------------------------------------------------------------------------

    def first(self, resource: Resource) -> Launch | None:
        """The launch of an instance, for what is made from it."""
        entry = entry_of(resource.type)
        for part in entry.parts if entry is not None else ():
            if isinstance(part, Launches):
                for planned in self.of(resource, part):
                    return planned.launch
        return None

    def of(self, resource: Resource, part: Launches, *, later: bool = False) -> Iterator[Planned]:
        """The launches of one part; with `later`, as they are made after the deployment."""
        body = Given(read_by(part.read, resource.body))
        found = [b for b in blocks(body, part.each) if not isinstance(b.body, Absent)]
        notes = ("launches after this deployment",) if later else notes_of(resource)
        for i, block in enumerate(found):
            number = str(i + 1) if part.each and len(found) > 1 else ""
            name = part.label or ("launch" if number else "")
            label = f"{name} {number}".strip()
            for variant in self._variants(resource, part, block):
                if part.needs_template and not variant.templates:
                    continue
                launch = self._launch(resource, part, block, variant, later=later)
                if launch.exists == Given(False):
                    continue
                yield Planned(
                    launch,
                    ", ".join(filter(None, (label, variant.label))),
                    (*notes, *(note for t in variant.templates for note in t.notes)),
                )

    def is_changed(self, resource: Resource, part: Launches) -> bool:
        """Whether this deployment changes what a launch takes from its templates."""
        changing = (Action.CREATE, Action.REPLACE, Action.UPDATE)
        for block in blocks(Given(resource.body), part.each):
            overrides = part.overrides
            inner = blocks(block.body, overrides.at) if overrides is not None else ()
            refs = [(block, ref) for ref in part.templates]
            refs += [(b, ref) for b in inner for ref in overrides.templates] if overrides else []
            for where, ref in refs:
                target = self.templates.target(ref, where, resource.place)
                if target is not None and target.action in changing:
                    return True
        return False

    def _variants(self, resource: Resource, part: Launches, block: Block) -> Iterator[_Variant]:
        """The block as it is, and once for each override that changes what is launched."""
        overrides = part.overrides
        found = list(blocks(block.body, overrides.at)) if overrides is not None else []
        found = [b for b in found if not isinstance(b.body, Absent)]
        if overrides is None or not found:
            yield _Variant(self.templates.of(part.templates, block, resource.place))
            return
        varied: list[_Variant] = []
        for i, inner in enumerate(found):
            inside = Block(inner.body, (*block.when, *inner.when))
            own = self.templates.of(overrides.templates, inside, resource.place)
            image = filled(inside.get(overrides.image))
            layer = self.layer(resource, overrides.mappings, inside, f" override {i + 1}")
            if own or layer.devices or not isinstance(image, Absent):
                templates = own or self.templates.of(part.templates, block, resource.place)
                varied.append(_Variant(templates, image, layer, f"override {i + 1}"))
        if len(varied) < len(found):
            yield _Variant(self.templates.of(part.templates, block, resource.place))
        yield from varied

    def stored(self, resource: Resource, part: Stored) -> Iterator[Device]:
        """The volumes of a launch from a template that nothing in the input launches."""
        block = Block(Given(read_by(part.launch.read, resource.body)))
        launch = self._launch(resource, part.launch, block, _Variant(()), later=True)
        note = f"volumes of a launch from {resource.address}, which nothing here launches"
        change = (
            ("the change makes a new version of it",) if resource.action is Action.UPDATE else ()
        )
        planned = Planned(launch, "", (note, *change))
        by_whoever = msgspec.structs.replace(
            part.launch, launcher="whoever launches it", by=(), note=""
        )
        yield from self.devices(resource, planned, by_whoever)

    def _launch(
        self,
        resource: Resource,
        part: Launches,
        block: Block,
        variant: _Variant,
        *,
        later: bool = False,
    ) -> Launch:
        image = map_leaves(filled(variant.image), self._image_named(resource, part, block))
        layers: list[Layer] = []
        for template in variant.templates:
            image = map_leaves(image, self.linker.follow(template.image))
            layers.append(template.layer)
        own = self.layer(resource, part.mappings, block)
        if own.devices:
            layers.append(replace(own, replaces=bool(variant.templates)))
        if variant.layer is not None and variant.layer.devices:
            # an override merges field by field (EC2 API, FleetLaunchTemplateOverrides)
            layers.append(variant.layer)
        if part.encryption is not None:
            layers.extend(self._encrypted(resource, part.encryption, block, layers))
        return Launch(
            address=resource.address,
            image=self._image(resource, part, image),
            layers=tuple(self._over(layer, image, resource.place) for layer in layers),
            place=resource.place,
            settings=self.accounts.of(resource.place, resource.address, later=later),
            ring=self.ring,
            exists=under(
                exists_in(resource, block.when), resource, block, part.only_if, part.unless
            ),
        )

    def _image_named(self, resource: Resource, part: Launches, block: Block) -> Datum:
        if not isinstance(part.image, Links):
            return self.linker.follow(filled(get(resource, block, part.image)))
        named = self.linker.follow(filled(get(resource, block, part.image.path)))
        target = self.linker.resource(named, resource.place, part.image.types)
        if target is None:
            return ABSENT
        return self.linker.follow(filled(Block(Given(target.body)).get(part.image.to)))

    def _over(self, layer: Layer, image: Datum, place: Place) -> Layer:
        """A layer over an image: a mapping may be named after that very image's root."""
        if not any(device.open_name for device in layer.devices):
            return layer
        roots = [(self._root_of(leaf, place), when) for leaf, when in branches(image)]
        devices: list[BlockDevice] = []
        for device in layer.devices:
            at_root = replace(device, name=ROOT, open_name=False)
            over = [(at_root if device.name == r else device, when) for r, when in roots]
            if all(there is over[0][0] for there, _ in over):
                devices.append(over[0][0])
            else:
                devices += [replace(d, when=(*d.when, *when)) for d, when in over]
        return replace(layer, devices=tuple(devices))

    def _image(self, resource: Resource, part: Launches, image: Datum) -> Image:
        if isinstance(image, Absent):
            what = part.service_image or f"the image of {resource.address}"
            return UnknownImage(id=resource.address, what=what, public=part.service_public)
        return self.linker.image(image, resource.place)

    def _encrypted(
        self, resource: Resource, part: ServiceEncryption, block: Block, layers: Sequence[Layer]
    ) -> Iterator[Layer]:
        """What a service's own configuration asks for every volume of a launch."""
        encrypted, key = encryption(self.linker, resource, block, part)
        if isinstance(encrypted, Absent):
            return
        names = dict.fromkeys([ROOT, *(d.name for layer in layers for d in layer.devices)])
        yield Layer(
            what=f"{resource.address} encryption",
            devices=tuple(
                BlockDevice(name=name, encrypted=encrypted, kms_key_id=key) for name in names
            ),
        )

    # -- mappings ------------------------------------------------------------------------

    def layer(
        self, resource: Resource, mappings: Sequence[Mappings], block: Block, suffix: str = ""
    ) -> Layer:
        """The mappings that a resource states; lists that are not known are listed as such."""
        devices: list[BlockDevice] = []
        unknown: dict[str, str] = {}
        for part in mappings:
            devices.extend(self._devices(part, block, unknown, resource.place))
        for why in dict.fromkeys(unknown.values()):
            lists = ", ".join(at for at, reason in unknown.items() if reason == why)
            self.miss(resource, f"{lists}: further block devices may be {why}")
        return Layer(what=f"{resource.address}{suffix}", devices=tuple(devices))

    def _devices(
        self, part: Mappings, block: Block, unknown: dict[str, str], place: Place
    ) -> Iterator[BlockDevice]:
        """The mappings of one list; a list that is not known goes into `unknown`, with why."""
        number = 0
        for entry in blocks(block.body, part.at):
            if isinstance(entry.body, Absent):
                continue
            if not isinstance(entry.body, Given):
                unknown[part.at] = getattr(entry.body, "why", "unknown")
                if isinstance(entry.body, Unknown) and not entry.body.nullable:
                    yield _may_be_root(entry.body, (*block.when, *entry.when))
                continue
            number += 1
            names = entry.get(part.device) if part.device else ABSENT
            for name, datum, answers in device_names(self.linker.follow_each(names), number):
                when = (*block.when, *entry.when, *answers)
                if is_open(datum):
                    called = self._root_of(named_after(datum), place) or name
                    device = self._device(part, entry, called, when, number, place)
                    yield replace(device, open_name=True)
                else:
                    yield self._device(part, entry, name, when, number, place)

    def _root_of(self, image: Datum, place: Place) -> str:
        """What the root device of an image is called where the input names it as such."""
        called = self.linker.image_called(image, place)
        return f"root device of {called}" if called else ""

    def _device(
        self,
        part: Mappings,
        entry: Block,
        name: str | None,
        when: Conditions,
        number: int,
        place: Place,
    ) -> BlockDevice:
        ebs = body_at(entry, part.ebs)
        unnamed = part.default_device or ("device of unknown name" if part.device else ROOT)
        return BlockDevice(
            name=name or (f"{unnamed} {number}" if part.default_device else unnamed),
            encrypted=flag(ebs.get(part.encrypted)),
            kms_key_id=self.linker.follow(filled(ebs.get(part.kms_key_id))),
            source=self.linker.given_snapshot(ebs.get(part.snapshot), place),
            no_device=removal(entry.get(part.no_device), part.removes),
            virtual_name=entry.get(part.virtual_name),
            sized=_sized(ebs.get(part.size)),
            sent=part.sent,
            when=when,
            origin=entry.body.origin,
            own=bool(part.default_device),
        )

    # -- devices -------------------------------------------------------------------------

    def devices(self, resource: Resource, planned: Planned, part: Launches) -> Iterator[Device]:
        """A device for each volume that a launch makes in some world."""
        launch, launcher = planned.launch, _launcher(resource, part)
        mappings: dict[str, list[BlockDevice]] = {}
        for layer in launch.layers:
            for device in layer.devices:
                mappings.setdefault(device.name, []).append(device)
        for name in launch.names(self.known):
            stated = mappings.get(name, [])
            is_root = launch.is_root(name, self.known)
            if is_root and name != ROOT:
                stated = [*stated, *mappings.get(ROOT, ())]
            origin = stated[-1].origin if stated else resource.origin
            notes = planned.notes
            if is_root:
                notes = (
                    *notes,
                    *more_of(launch.image, self.known),
                    *((part.note,) if part.note else ()),
                )
            yield Device(
                resource=resource,
                device=name,
                root=is_root,
                kind="volume",
                operation=Operation.RUN_INSTANCES.value,
                place=launch.place,
                decide=_decider(launch, name),
                subject=launch,
                encrypted=_stated([(d.encrypted, bool(d.when)) for d in stated]),
                kms_key_id=_stated([(d.kms_key_id, bool(d.when)) for d in stated]),
                origin=_located(origin, resource.origin),
                launch=planned.label,
                launcher=launcher,
                notes=notes,
            )


def _launcher(resource: Resource, part: Launches) -> str:
    """Who launches: the words for both where it is not known which of two."""
    for when, other in part.by:
        met = under(Given(True), resource, Block(Given(resource.body)), when, None)
        if met == Given(True):
            return other
        if met != Given(False):
            return f"{part.launcher} or {other}"
    return part.launcher


def _may_be_root(unknown: Unknown, when: Conditions) -> BlockDevice:
    """A list of mappings that is there and not known may say anything about the root device."""
    name = f"{unknown.name} for the root device"
    return BlockDevice(
        name=ROOT,
        encrypted=Unknown(f"{name}: encrypted", unknown.why),
        kms_key_id=Unknown(f"{name}: kms_key_id", unknown.why),
        when=when,
        origin=unknown.origin,
    )


def more_of(image: Image, known: Knowledge) -> tuple[str, ...]:
    """A note where an image may map more than anybody listed (BM-12)."""
    if image.is_complete(known):
        return ()
    return (f"{image.label} may map further devices: its mappings are not known",)


def _sized(size: Datum) -> tuple[Datum, ...]:
    """What a mapping tells of whether a size is given: an unknown one may be null."""
    given = given_or_not(filled(size))
    if isinstance(given, Absent):
        return ()
    return (SIZED,) if isinstance(given, Given) else (given,)


def _located(origin: Origin, fallback: Origin) -> Origin:
    return origin if origin.line else fallback


def _stated(data: Sequence[tuple[Datum, bool]]) -> Datum:
    """The highest layer's datum that says something.

    It is not known where mappings that are stated in some worlds only say different things.
    """
    said = {_word(datum) for datum, is_of_some in data if is_of_some}
    if len(said) > 1:
        return Unknown("what one of several templates says")
    for datum, _ in reversed(data):
        if any(not isinstance(leaf, Absent) for leaf in leaves(datum)):
            return datum
    return ABSENT


def _word(datum: Datum) -> str:
    """What a datum says, wherever it is written."""
    if isinstance(datum, Absent):
        return ""
    return repr(datum.value if isinstance(datum, Given) else datum)


def _decider(launch: Launch, name: str) -> Decide[Outcome]:
    return lambda world: launch.decide_all(name, world)
