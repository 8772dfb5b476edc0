"""From resources and tables to requests: which volumes and snapshots an input makes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
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
from analyzer.core.facts import Fact
from analyzer.core.model import Key, KeyKind, Operation, Outcome, Place
from analyzer.core.values import (
    ABSENT,
    Absent,
    Choice,
    Datum,
    Given,
    Origin,
    Reference,
    Unknown,
    leaves,
    text,
)
from analyzer.core.worlds import Knowledge, World
from analyzer.errors import NotAnalyzed
from analyzer.link import Linker, Requests
from analyzer.resources import entry_of
from analyzer.resources.spec import (
    CopiesImage,
    CreatesImage,
    Launches,
    Makes,
    Mappings,
    NoDevice,
    OtherService,
    Part,
    SourceKind,
    Stored,
    TemplateRef,
    Undecided,
)
from analyzer.sources.document import Action, Document, Resource
from analyzer.walking import Block, Conditions, blocks, body_at, map_leaves

__all__ = ["Device", "Extraction", "extract"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """One volume or snapshot that the input makes, and the decision about it.

    `device` is the device name, `None` for a stand-alone volume or snapshot. `decide` is
    the decision in one world. `requested` holds the data of the request as written.
    `launch` tells several launches of one resource apart. `launcher` is the principal
    that needs the key.
    """

    resource: Resource
    device: str | None
    root: bool
    kind: str
    operation: str
    place: Place
    decide: Callable[[World], Outcome]
    encrypted: Datum = ABSENT
    kms_key_id: Datum = ABSENT
    origin: Origin
    launch: str = ""
    launcher: str = "the caller"
    notes: tuple[str, ...] = ()
    existing: bool = False


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
        self.consumed: set[str] = set()
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
                    devices.extend(_existing(resource, part))
        for resource, part in stored:
            if resource.address in self.consumed:
                continue
            if resource.action.creates or resource.action is Action.UPDATE:
                devices.extend(self.templates(resource, part))
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
            encrypted=_flag(block.get(part.encrypted)),
            kms_key_id=self.linker.follow(_filled(block.get(part.kms_key_id))),
            sent=part.sent,
            source=made_of,
            same_region=_same_region(block.get(part.source_region), part, place),
            destination=_destination(block.get(part.outpost)),
            settings=self.accounts.of(place, resource.address),
            ring=self.ring,
            exists=_exists(resource, block.when),
            fallback_key=self._fallback(block, part),
        )

    def _fallback(self, block: Block, part: Makes) -> Datum:
        if part.fallback is None:
            return ABSENT
        target = self.linker.resource(block.get(part.fallback.path), part.fallback.types)
        if target is None:
            return ABSENT
        return _filled(Block(Given(target.body)).get(part.fallback.to))

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
            encrypted=_flag(body.get(part.encrypted)),
            kms_key_id=self.linker.follow(_filled(body.get(part.kms_key_id))),
            sent=part.sent,
            same_region=_same_region(body.get(part.source_region), part, place),
            destination=_destination(body.get(part.outpost)),
            settings=self.accounts.of(place, resource.address),
            ring=self.ring,
            exists=_exists(resource, ()),
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

    def templates(self, resource: Resource, part: Stored) -> Iterator[Device]:
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
            stated = self._templates(resource, part, block)
            if part.needs_template and not stated:
                continue
            notes = _notes(resource)
            for _, note in stated:
                notes = (*notes, *note)
            layers = [template for template, _ in stated]
            yield label, self._launch(resource, part, block, layers), notes

    def _launch(
        self,
        resource: Resource,
        part: Launches,
        block: Block,
        templates: Sequence[_Template],
        *,
        later: bool = False,
    ) -> Launch:
        own = self._layer(resource, part.mappings, block, what=resource.address)
        image = self.linker.follow(_filled(block.get(part.image)))
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
            exists=_exists(resource, block.when),
        )

    def _image(self, resource: Resource, part: Launches, image: Datum) -> Image:
        if isinstance(image, Absent):
            what = part.service_image or f"the image of {resource.address}"
            return UnknownImage(id=resource.address, what=what, public=part.service_public)
        return self.linker.image(image, resource.place)

    def _layer(
        self, resource: Resource, mappings: Sequence[Mappings], block: Block, what: str
    ) -> Layer:
        devices: list[BlockDevice] = []
        unknown: dict[str, str] = {}
        for part in mappings:
            devices.extend(self._devices(part, block, unknown))
        for why in dict.fromkeys(unknown.values()):
            lists = ", ".join(at for at, reason in unknown.items() if reason == why)
            self.miss(resource, f"{lists}: further block devices may be {why}")
        return Layer(what=what, devices=tuple(devices))

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
            encrypted=_flag(ebs.get(part.encrypted)),
            kms_key_id=self.linker.follow(_filled(ebs.get(part.kms_key_id))),
            source=self.linker.given_snapshot(ebs.get(part.snapshot)),
            no_device=_removal(entry.get(part.no_device), part.removes),
            virtual_name=entry.get(part.virtual_name),
            sized=not isinstance(ebs.get(part.size), Absent),
            sent=part.sent,
            when=when,
            origin=entry.body.origin,
        )

    # -- launch templates ----------------------------------------------------------------

    def _templates(
        self, resource: Resource, part: Launches, block: Block
    ) -> list[tuple[_Template, tuple[str, ...]]]:
        found = []
        for ref in part.templates:
            name = _filled(block.get(ref.id)) if ref.id else ABSENT
            if isinstance(name, Absent) and ref.name:
                name = _filled(block.get(ref.name))
            if not isinstance(name, Absent):
                found.append(self._template(resource, ref, name, block))
        return found

    def _template(
        self, resource: Resource, ref: TemplateRef, name: Datum, block: Block
    ) -> tuple[_Template, tuple[str, ...]]:
        target = self.linker.resource(name, ref.types)
        stored = _stored(target)
        if target is None or stored is None:
            what = "launch configuration" if ref.launch_configuration else "launch template"
            label = text(name) or getattr(name, "name", "unknown")
            return _unknown_template(f"{what} {label}"), (f"{what} {label} is not in this input",)
        self.consumed.add(target.address)
        body, note = self._version(target, stored, ref, block)
        if body is None:
            return _unknown_template(target.address), (note,)
        content = Block(Given(body), block.when)
        layer = self._layer(target, stored.launch.mappings, content, what=target.address)
        image = _filled(content.get(stored.launch.image))
        return _Template(layer, image), ((note,) if note else ())

    def _version(
        self, target: Resource, stored: Stored, ref: TemplateRef, block: Block
    ) -> tuple[Mapping[str, Datum] | None, str]:
        """The content of the version that a launch follows, and a note where it matters.

        Source: EC2 API, LaunchTemplateSpecification; `$Default` stays where it was unless
        the template moves it (rules LT-1, LT-2).
        """
        if ref.launch_configuration or target.data:
            return target.body, ""
        version = block.get(ref.version)
        follows = _follows(version, stored, ref)
        if target.action.creates:
            return target.body, ""
        if target.action is not Action.UPDATE or target.before is None:
            return target.body, ""
        moves = (
            isinstance(target.body.get(stored.follows, ABSENT), Given)
            and str(getattr(target.body[stored.follows], "value", "")).lower() == "true"
        )
        if follows == "$Latest" or (follows == "$Default" and moves):
            return target.body, ""
        latest = text_of(target.before.get(stored.latest, ABSENT))
        default = text_of(target.before.get(stored.default, ABSENT))
        pinned = default if follows == "$Default" else follows
        if pinned is None or latest is None or pinned == latest:
            note = f"launches follow version {pinned or follows} of {target.address}, as it is now"
            return target.before, note
        return None, f"version {pinned} of {target.address} is not in this input"


@dataclass(frozen=True, slots=True)
class _Template:
    layer: Layer
    image: Datum


def text_of(datum: Datum) -> str | None:
    """A given scalar as text."""
    if isinstance(datum, Given) and isinstance(datum.value, (str, int, float)):
        return str(datum.value)
    return None


def _follows(version: Datum, stored: Stored, ref: TemplateRef) -> str:
    if isinstance(version, Given):
        if isinstance(version.value, Reference):
            return "$Latest" if version.value.attribute == stored.latest else "$Default"
        return str(version.value) or ref.default_version
    return "$Latest" if isinstance(version, Unknown) else ref.default_version


def _unknown_template(what: str) -> _Template:
    """A template of which nothing is known: it may say anything about the root device."""
    device = BlockDevice(
        name=ROOT,
        encrypted=Unknown(f"{what}: Encrypted of the root device", "not in this input"),
        kms_key_id=Unknown(f"{what}: KmsKeyId of the root device", "not in this input"),
    )
    image = Unknown(f"{what}: ImageId", "not in this input")
    return _Template(Layer(what=what, devices=(device,)), image)


def _stored(resource: Resource | None) -> Stored | None:
    entry = entry_of(resource.type, data=resource.data) if resource is not None else None
    for part in entry.parts if entry is not None else ():
        if isinstance(part, Stored):
            return part
    return None


def _is_body(block: Block) -> bool:
    return not isinstance(block.body, Absent)


def _filled(datum: Datum) -> Datum:
    """A datum with an empty string read as absent, as Terraform and EC2 read it."""
    return map_leaves(datum, Absent(datum.origin))


def _flag(datum: Datum) -> Datum:
    """A Boolean argument: the strings that mean one are read as it, `""` as absent."""
    datum = _filled(datum)
    if isinstance(datum, Given) and not isinstance(datum.value, bool):
        word = str(datum.value).lower()
        if word in ("true", "t", "1"):
            return Given(True, datum.origin)
        if word in ("false", "f", "0"):
            return Given(False, datum.origin)
        name = str(datum.value) if isinstance(datum.value, Reference) else "a text"
        attribute = datum.value.attribute if isinstance(datum.value, Reference) else ""
        return Unknown(
            f"{name}.{attribute}" if attribute else name, nullable=False, origin=datum.origin
        )
    if isinstance(datum, Choice):
        branches = {answer: _flag(branch) for answer, branch in datum.branches.items()}
        return Choice(datum.fact, branches, datum.origin)
    return datum


def _removal(datum: Datum, removes: NoDevice) -> Datum:
    """Whether a mapping removes its device, as a Boolean datum."""
    if removes is NoDevice.NEVER or isinstance(datum, Absent):
        return ABSENT
    if removes is NoDevice.WHEN_PRESENT:
        return map_present(datum)
    return _flag(datum)


def map_present(datum: Datum) -> Datum:
    """True wherever something is given."""
    if isinstance(datum, Choice):
        branches = {answer: map_present(branch) for answer, branch in datum.branches.items()}
        return Choice(datum.fact, branches, datum.origin)
    return datum if isinstance(datum, (Absent, Unknown)) else Given(True, datum.origin)


def _same_region(source: Datum, part: Makes | CopiesImage, place: Place) -> Datum:
    """Whether a copy stays in its Region, over the words yes and no."""
    if isinstance(part, Makes) and part.other_region:
        return Given("no")
    if not part.source_region or isinstance(source, Absent):
        return Given("yes")
    region = text(source)
    if region is None or place.region is None or isinstance(source, Unknown):
        name = getattr(source, "name", None) or f"{region or 'source'} is the Region of the copy"
        return Unknown(name, "a Region is not known", ("yes", "no"), nullable=False)
    return Given("yes" if region == place.region else "no")


def _destination(outpost: Datum) -> Datum:
    if isinstance(outpost, Absent) or (isinstance(outpost, Given) and not outpost.value):
        return Given("region")
    return Given("outpost") if isinstance(outpost, Given) else Given("region")


def _exists(resource: Resource, when: Conditions) -> Datum:
    """Whether a resource's block is there, as a Boolean datum."""
    datum = resource.exists
    for fact, answer in reversed(when):
        branches: dict[str, Datum] = {a: Given(False) for a in fact.domain}
        branches[answer] = datum
        datum = Choice(fact, branches)
    return datum


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


# -- what stays as it is -----------------------------------------------------------------


def _existing(resource: Resource, part: Part) -> Iterator[Device]:
    """The devices of a resource that the deployment does not create, from their state."""
    body = Block(Given(resource.before if resource.before is not None else resource.body))
    if isinstance(part, Makes) and not part.each:
        yield _as_it_is(resource, part.kind, part.operation, body, None, root=False)
    elif isinstance(part, Launches) and not part.each:
        for mappings in part.mappings:
            if not mappings.encrypted:
                continue
            for block in blocks(body.body, mappings.at):
                name = text(block.get("device_name"))
                root = not mappings.device
                yield _as_it_is(
                    resource,
                    "volume",
                    Operation.RUN_INSTANCES,
                    block,
                    name or (ROOT if root else None),
                    root=root,
                )


def _as_it_is(
    resource: Resource,
    kind: str,
    operation: Operation,
    block: Block,
    name: str | None,
    *,
    root: bool,
) -> Device:
    state = _flag(block.get("encrypted"))
    key = _filled(block.get("kms_key_id"))
    what = f"{resource.address}{f' {name}' if name else ''}"

    def stays(world: World) -> Outcome:
        if isinstance(state, Given):
            encrypted = state.value is True
        else:
            fact = Fact(kind, what, ("unencrypted", "encrypted"), f"Is {what} encrypted?")
            encrypted = world.ask(fact) == "encrypted"
        if not encrypted:
            return Outcome("unencrypted", "unencrypted", "AC-1")
        sensitive = isinstance(key, Given) and key.sensitive
        return Outcome("SNAPSHOT", "encrypted", "AC-1", Key(KeyKind.SOURCE, text(key), sensitive))

    return Device(
        resource=resource,
        device=name,
        root=root,
        kind=kind,
        operation=operation.value,
        place=resource.place,
        decide=stays,
        encrypted=block.get("encrypted"),
        kms_key_id=key,
        origin=resource.origin,
        notes=(resource.note or "stays as it is",),
        existing=True,
    )
