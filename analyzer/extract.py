"""From resources and tables to requests: which volumes and snapshots an input makes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from analyzer.accounts import Accounts, key_ring
from analyzer.core.chain import EMPTY, Request, decide
from analyzer.core.devices import (
    ROOT,
    BlockDevice,
    CopiedImage,
    Image,
    InstanceImage,
    Launch,
    Layer,
    UnknownImage,
)
from analyzer.core.model import Operation, Outcome
from analyzer.core.values import (
    ABSENT,
    Absent,
    Datum,
    Given,
    Origin,
    Reference,
    leaves,
    text,
)
from analyzer.core.worlds import Knowledge, World
from analyzer.device import Device
from analyzer.errors import NotAnalyzed
from analyzer.existing import existing
from analyzer.link import Linker, Requests
from analyzer.normalize import destination, exists_in, filled, flag, removal, same_region
from analyzer.resources import entry_of
from analyzer.resources.spec import (
    CopiesImage,
    CreatesImage,
    Launches,
    Makes,
    Mappings,
    OtherService,
    Part,
    SourceKind,
    Stored,
    Undecided,
)
from analyzer.sources.document import Action, Document, Resource
from analyzer.templates import Template, Templates
from analyzer.walking import Block, Conditions, blocks, body_at, map_leaves

__all__ = ["Extraction", "extract"]


@dataclass(slots=True, kw_only=True)
class Extraction:
    """All devices of an input, and what was not analyzed."""

    devices: list[Device]
    not_analyzed: list[NotAnalyzed]
    other_services: dict[str, tuple[str, int]]


def extract(document: Document, known: Knowledge, *, unchanged: bool = False) -> Extraction:
    """The devices that a document makes; with `unchanged` also those that stay as they are.

    `known` names devices (an image's root device name), it decides nothing here.
    """
    return _Extractor(document, known).run(unchanged)


class _Extractor:
    def __init__(self, document: Document, known: Knowledge) -> None:
        self.document = document
        self.known = known
        resources = document.resources
        self.accounts = Accounts(resources, document.depends)
        self.ring = key_ring(resources)
        self.linker = Linker(
            resources,
            Requests(make=self.request, copy_image=self.copy_request, launch=self.first_launch),
        )
        self.not_analyzed: list[NotAnalyzed] = list(document.not_analyzed)
        self.templates = Templates(self.linker, self._layer)
        self._requests: dict[str, Request] = {}

    def run(self, unchanged: bool) -> Extraction:
        devices: list[Device] = []
        stored: list[tuple[Resource, Stored]] = []
        others: dict[str, tuple[str, int]] = {}
        for resource in self.document:
            entry = entry_of(resource.type, data=resource.data)
            if entry is None or resource.data or resource.action is Action.DELETE:
                continue
            for part in entry.parts:
                if isinstance(part, OtherService):
                    why, count = others.get(resource.type, (part.why, 0))
                    others[resource.type] = (why, count + 1)
                elif isinstance(part, Undecided):
                    self.miss(resource, part.why)
                elif isinstance(part, Stored):
                    stored.append((resource, part))
                elif resource.action.creates:
                    devices.extend(self.made(resource, part))
                elif unchanged:
                    devices.extend(existing(resource, part))
        for resource, part in stored:
            if resource.address in self.templates.consumed:
                continue
            if resource.action.creates or resource.action is Action.UPDATE:
                devices.extend(self.unlaunched(resource, part))
        return Extraction(devices=devices, not_analyzed=self.not_analyzed, other_services=others)

    def miss(self, resource: Resource, reason: str) -> None:
        """List a part of a resource that was not decided."""
        self.not_analyzed.append(
            NotAnalyzed(
                address=resource.address,
                reason=reason,
                path=resource.origin.path,
                line=resource.origin.line,
                column=resource.origin.column,
                pointer=resource.origin.pointer,
            )
        )

    def made(self, resource: Resource, part: Part) -> Iterator[Device]:
        """What one part of a created resource makes."""
        if isinstance(part, Makes):
            yield from self.makes(resource, part)
        elif isinstance(part, Launches):
            yield from self.launches(resource, part)
        elif isinstance(part, CopiesImage):
            yield from self.copies(resource)
        elif isinstance(part, CreatesImage):
            yield from self.snapshots_of(resource)

    # -- stand-alone volumes and snapshots -----------------------------------------------

    def request(self, resource: Resource, part: Makes) -> Request:
        """The request that makes a stand-alone volume or snapshot (once per resource)."""
        key = f"{resource.address} {part.each} {part.device_name}"
        if key not in self._requests:
            self._requests[key] = self._request(resource, part, Block(Given(resource.body)))
        return self._requests[key]

    def _request(self, resource: Resource, part: Makes, block: Block) -> Request:
        place = resource.place
        if part.region:
            target = text(block.get(part.region))
            place = replace(place, region=target)
        needed = ""
        if part.made_of is not SourceKind.NOTHING and part.operation is not Operation.CREATE_VOLUME:
            needed = f"{resource.address}.{part.source}"
        find = self.linker.volume if part.made_of is SourceKind.VOLUME else self.linker.snapshot
        made_of = (
            EMPTY if part.made_of is SourceKind.NOTHING else find(block.get(part.source), needed)
        )
        return Request(
            operation=part.operation,
            place=place,
            address=resource.address,
            encrypted=flag(block.get(part.encrypted)),
            kms_key_id=self.linker.follow(filled(block.get(part.kms_key_id))),
            sent=part.sent,
            source=made_of,
            same_region=same_region(block.get(part.source_region), part, place),
            destination=destination(block.get(part.outpost)),
            settings=self.accounts.of(place, resource.address),
            ring=self.ring,
            exists=exists_in(resource, block.when),
            fallback_key=self._fallback(block, part),
        )

    def _fallback(self, block: Block, part: Makes) -> Datum:
        if part.fallback is None:
            return ABSENT
        target = self.linker.resource(block.get(part.fallback.path), part.fallback.types)
        if target is None:
            return ABSENT
        return filled(Block(Given(target.body)).get(part.fallback.to))

    def makes(self, resource: Resource, part: Makes) -> Iterator[Device]:
        for block in blocks(Given(resource.body), part.each):
            if isinstance(block.body, Absent):
                continue
            if part.each:
                request = self._request(resource, part, block)
            else:
                request = self.request(resource, part)
            name = text(block.get(part.device)) if part.device else None
            yield Device(
                resource=resource,
                device=name or part.device_name or None,
                root=part.device_name == ROOT,
                kind=part.kind,
                operation=part.operation.value,
                place=request.place,
                decide=_decider(request),
                encrypted=block.get(part.encrypted),
                kms_key_id=request.kms_key_id,
                origin=resource.origin,
                notes=_notes(resource),
            )

    # -- images --------------------------------------------------------------------------

    def copy_request(self, resource: Resource, part: CopiesImage) -> Request:
        """The request that copies an image; the source is each device's snapshot."""
        body = Block(Given(resource.body))
        place = resource.place
        return Request(
            operation=Operation.COPY_IMAGE,
            place=place,
            address=resource.address,
            encrypted=flag(body.get(part.encrypted)),
            kms_key_id=self.linker.follow(filled(body.get(part.kms_key_id))),
            sent=part.sent,
            same_region=same_region(body.get(part.source_region), part, place),
            destination=destination(body.get(part.outpost)),
            settings=self.accounts.of(place, resource.address),
            ring=self.ring,
            exists=exists_in(resource, ()),
        )

    def _own_image(self, resource: Resource) -> Image:
        return self.linker.image(Given(Reference(resource.address, "id")), resource.place)

    def copies(self, resource: Resource) -> Iterator[Device]:
        image = self._own_image(resource)
        if not isinstance(image, CopiedImage):
            return
        root = image.root_name(self.known)
        for name in (root or ROOT, *image.names(self.known)):
            yield Device(
                resource=resource,
                device=name,
                root=name in (ROOT, root),
                kind="snapshot",
                operation=Operation.COPY_IMAGE.value,
                place=resource.place,
                decide=_copy_decider(image, name),
                encrypted=image.request.encrypted,
                kms_key_id=image.request.kms_key_id,
                origin=resource.origin,
                notes=(*_notes(resource), *self._more(image)),
            )

    def snapshots_of(self, resource: Resource) -> Iterator[Device]:
        image = self._own_image(resource)
        if not isinstance(image, InstanceImage):
            self.miss(resource, "the instance that the image is made from is not in this input")
            return
        for name in image.launch.names(self.known):
            yield Device(
                resource=resource,
                device=name,
                root=image.launch.is_root(name, self.known),
                kind="snapshot",
                operation=Operation.CREATE_IMAGE.value,
                place=resource.place,
                decide=_snapshot_decider(image, name),
                origin=resource.origin,
                notes=(*_notes(resource), *self._more(image)),
            )

    def _more(self, image: Image) -> tuple[str, ...]:
        """A note where an image may map more than anybody listed (BM-12)."""
        if image.is_complete(self.known):
            return ()
        return (f"{image.label} may map further devices: its mappings are not known",)

    # -- launches ------------------------------------------------------------------------

    def first_launch(self, resource: Resource) -> Launch | None:
        """The launch of an instance, for what is made from it."""
        entry = entry_of(resource.type)
        for part in entry.parts if entry is not None else ():
            if isinstance(part, Launches):
                for _, launch, _ in self._launches(resource, part):
                    return launch
        return None

    def launches(self, resource: Resource, part: Launches) -> Iterator[Device]:
        for label, launch, notes in self._launches(resource, part):
            yield from self.devices_of(resource, launch, part.launcher, label, notes)

    def devices_of(
        self,
        resource: Resource,
        launch: Launch,
        launcher: str,
        label: str,
        notes: tuple[str, ...],
        origin: Origin | None = None,
    ) -> Iterator[Device]:
        more = self._more(launch.image)
        for name in launch.names(self.known):
            stated = [d for layer in launch.layers for d in layer.devices if d.name == name]
            if launch.is_root(name, self.known):
                stated += [
                    d for layer in launch.layers for d in layer.devices if d.name == ROOT != name
                ]
            top = stated[-1] if stated else BlockDevice(name=name)
            yield Device(
                resource=resource,
                device=name,
                root=launch.is_root(name, self.known),
                kind="volume",
                operation=Operation.RUN_INSTANCES.value,
                place=launch.place,
                decide=_launch_decider(launch, name),
                encrypted=_last([d.encrypted for d in stated]),
                kms_key_id=_last([d.kms_key_id for d in stated]),
                origin=top.origin if top.origin.line else (origin or resource.origin),
                launch=label,
                launcher=launcher,
                notes=(*notes, *(more if launch.is_root(name, self.known) else ())),
            )

    def unlaunched(self, resource: Resource, part: Stored) -> Iterator[Device]:
        """The volumes of a launch from a template that nothing in the input launches."""
        block = Block(Given(resource.body))
        launch = self._launch(resource, part.launch, block, [], later=True)
        note = f"volumes of a launch from {resource.address}, which nothing here launches"
        change = (
            ("the change makes a new version of it",) if resource.action is Action.UPDATE else ()
        )
        notes = (note, *change)
        yield from self.devices_of(resource, launch, "whoever launches it", "", notes)

    def _launches(
        self, resource: Resource, part: Launches
    ) -> Iterator[tuple[str, Launch, tuple[str, ...]]]:
        found = [b for b in blocks(Given(resource.body), part.each) if _is_body(b)]
        for i, block in enumerate(found):
            label = f"{part.label or 'launch'} {i + 1}" if part.each and len(found) > 1 else ""
            stated = self.templates.of(part, block)
            if part.needs_template and not stated:
                continue
            notes = (*_notes(resource), *(note for t in stated for note in t.notes))
            yield label, self._launch(resource, part, block, stated), notes

    def _launch(
        self,
        resource: Resource,
        part: Launches,
        block: Block,
        templates: Sequence[Template],
        *,
        later: bool = False,
    ) -> Launch:
        own = self._layer(resource, part.mappings, block)
        image = self.linker.follow(filled(block.get(part.image)))
        layers: list[Layer] = []
        for template in templates:
            image = map_leaves(image, self.linker.follow(template.image))
            layers.append(template.layer)
        if own.devices:
            layers.append(replace(own, replaces=bool(templates)))
        return Launch(
            address=resource.address,
            image=self._image(resource, part, image),
            layers=tuple(layers),
            place=resource.place,
            settings=self.accounts.of(resource.place, resource.address, later=later),
            ring=self.ring,
            exists=exists_in(resource, block.when),
        )

    def _image(self, resource: Resource, part: Launches, image: Datum) -> Image:
        if isinstance(image, Absent):
            what = part.service_image or f"the image of {resource.address}"
            return UnknownImage(id=resource.address, what=what, public=part.service_public)
        return self.linker.image(image, resource.place)

    def _layer(self, resource: Resource, mappings: Sequence[Mappings], block: Block) -> Layer:
        """The mappings that a resource states; lists that are not known are listed as such."""
        devices: list[BlockDevice] = []
        unknown: dict[str, str] = {}
        for part in mappings:
            devices.extend(self._devices(part, block, unknown))
        for why in dict.fromkeys(unknown.values()):
            lists = ", ".join(at for at, reason in unknown.items() if reason == why)
            self.miss(resource, f"{lists}: further block devices may be {why}")
        return Layer(what=resource.address, devices=tuple(devices))

    def _devices(
        self, part: Mappings, block: Block, unknown: dict[str, str]
    ) -> Iterator[BlockDevice]:
        """The mappings of one list; a list that is not known goes into `unknown`, with why."""
        for entry in blocks(block.body, part.at):
            if isinstance(entry.body, Absent):
                continue
            when = (*block.when, *entry.when)
            if not isinstance(entry.body, Given):
                unknown[part.at] = getattr(entry.body, "why", "unknown")
                continue
            yield self._device(part, entry, when)

    def _device(self, part: Mappings, entry: Block, when: Conditions) -> BlockDevice:
        ebs = body_at(entry, part.ebs)
        name = text(entry.get(part.device)) if part.device else ROOT
        return BlockDevice(
            name=name or part.default_device or "device of unknown name",
            encrypted=flag(ebs.get(part.encrypted)),
            kms_key_id=self.linker.follow(filled(ebs.get(part.kms_key_id))),
            source=self.linker.given_snapshot(ebs.get(part.snapshot)),
            no_device=removal(entry.get(part.no_device), part.removes),
            virtual_name=entry.get(part.virtual_name),
            sized=not isinstance(ebs.get(part.size), Absent),
            sent=part.sent,
            when=when,
            origin=entry.body.origin,
        )


def _is_body(block: Block) -> bool:
    return not isinstance(block.body, Absent)


def _notes(resource: Resource) -> tuple[str, ...]:
    notes = (resource.note,) if resource.note else ()
    return (*notes, f"stands for {resource.copies} alike") if resource.copies else notes


def _last(data: Sequence[Datum]) -> Datum:
    """The highest layer's datum that says something."""
    for datum in reversed(data):
        if any(not isinstance(leaf, Absent) for leaf in leaves(datum)):
            return datum
    return ABSENT


def _decider(request: Request) -> Callable[[World], Outcome]:
    return lambda world: decide(request, world)


def _launch_decider(launch: Launch, name: str) -> Callable[[World], Outcome]:
    return lambda world: launch.decide(name, world)


def _copy_decider(image: CopiedImage, name: str) -> Callable[[World], Outcome]:
    return lambda world: image.image.refusal(world) or _whole_copy(image, name, world)


def _whole_copy(image: CopiedImage, name: str, world: World) -> Outcome:
    """A device's own outcome; where another device's refusal fails the copy, that."""
    own = image.outcome(name, world)
    if own.outcome in ("rejected", "none"):
        return own
    return image.refusal(world) or own


def _snapshot_decider(image: InstanceImage, name: str) -> Callable[[World], Outcome]:
    return lambda world: image.refusal(world) or image.outcome(name, world)
