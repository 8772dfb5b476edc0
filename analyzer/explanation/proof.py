"""The proof of a decision: the chain, the merge of mappings, and who told what was known.

Made only where it is asked for (`explain`): it decides nothing, it shows what was decided on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from analyzer import wire
from analyzer.core.chain import Existing, Made, OneOf, Request, Source
from analyzer.core.decision import judge
from analyzer.core.devices import ROOT, SIZED, BlockDevice
from analyzer.core.facts import Fact
from analyzer.core.images import (
    CopiedImage,
    Image,
    ImageChoice,
    ImageRoot,
    ListedImage,
    UnknownImage,
)
from analyzer.core.launches import InstanceImage, Launch, LaunchedVolume, Layer
from analyzer.core.sharing import image_itself, itself
from analyzer.core.values import Absent, Choice, Datum, Given, Origin, Reference, Unknown
from analyzer.extraction.device import Device
from analyzer.knowledge.sources import Sources

__all__ = ["claims", "prove"]

#: Links of a chain that are shown; the core refuses longer ones long before.
_LONGEST = 100


def prove(device: Device, known: Sources, origins: Mapping[str, Origin]) -> wire.Proof:
    """The proof of a device's decision.

    `origins` says where each resource is written, by address.
    """
    asked = _Recorder(known)
    judge(device.decide, asked)
    return _Prover(known, origins).proof(device, asked.found)


def claims(device: Device, origins: Mapping[str, Origin]) -> list[wire.Evidence]:
    """What the input itself tells of the facts that a device's decision may ask for."""
    prover = _Prover(Sources(()), origins)
    prover.proof(device, {})
    return prover.told


@dataclass(slots=True)
class _Recorder:
    """Knows what the sources know, and remembers what was asked for."""

    known: Sources
    found: dict[Fact, None] = field(default_factory=dict)

    def answer(self, fact: Fact) -> str | None:
        answer = self.known.answer(fact)
        if answer is not None:
            self.found[fact] = None
        return answer


@dataclass(slots=True)
class _Prover:
    known: Sources
    origins: Mapping[str, Origin]
    #: What the input itself tells about facts, met on the way.
    told: list[wire.Evidence] = field(default_factory=list)
    #: Choices that were followed: where several lead to one, it is told once what it leads to.
    _followed: set[int] = field(default_factory=set)

    def proof(self, device: Device, asked: Mapping[Fact, None]) -> wire.Proof:
        subject = device.subject
        chain = [step for step in self._subject(device) if step.what]
        merge = list(self._merge(subject, device)) if isinstance(subject, Launch) else []
        self._settings(subject)
        return wire.Proof(
            chain=chain,
            merge=merge,
            evidence=[*(self._evidence(fact) for fact in asked), *self._of_the_input(asked)],
        )

    # -- facts ---------------------------------------------------------------------------

    def _evidence(self, fact: Fact) -> wire.Evidence:
        told = self.known.told(fact)
        place = None
        if told is not None and told.path:
            place = wire.Location(path=told.path, line=told.line, column=told.column)
        return wire.Evidence(
            fact=fact.name,
            answer=told.answer if told is not None else "",
            source=told.source if told is not None else "",
            location=place,
        )

    def _of_the_input(self, asked: Mapping[Fact, None]) -> Iterator[wire.Evidence]:
        """What the input tells, unless somebody who is trusted more told it."""
        names = {fact.name for fact in asked}
        seen: set[str] = set()
        for evidence in self.told:
            if evidence.fact not in names and evidence.fact not in seen:
                seen.add(evidence.fact)
                yield evidence

    def _tell(self, fact: str, answer: str, origin: Origin | None) -> None:
        place = _location(origin)
        self.told.append(wire.Evidence(fact=fact, answer=answer, source="input", location=place))

    def _settings(self, subject: object) -> None:
        request = subject.request if isinstance(subject, CopiedImage) else subject
        if isinstance(request, (Launch, Request)):
            datum = request.settings.encryption_by_default
            if isinstance(datum, Given):
                name = request.place.encryption_by_default.name
                self._tell(name, _shown(datum), datum.origin)
            key = request.settings.default_key
            if isinstance(key, Given):
                self._tell(f"default_key_id({request.place.label})", _shown(key), key.origin)

    # -- the chain -----------------------------------------------------------------------

    def _subject(self, device: Device) -> Iterator[wire.Step]:
        subject = device.subject
        if isinstance(subject, Launch):
            yield from self._image(subject.image, device.device or ROOT)
            for layer in subject.layers:
                if layer.what != subject.address:
                    yield self._step(f"template {layer.what}", origin=self._origin(layer.what))
            who = f"launched by {device.launcher}"
            yield self._step(
                f"{device.operation}: {subject.address}", [who], device.resource.origin
            )
        elif isinstance(subject, Request):
            yield from self._source(subject.source)
            yield self._request(subject, device.resource.origin)
        elif isinstance(subject, CopiedImage):
            yield from self._image(subject, device.device or ROOT)
        elif isinstance(subject, (InstanceImage, ListedImage)):
            yield from self._image(subject, device.device or ROOT)
            if isinstance(subject, ListedImage):
                yield self._step(f"{device.operation}: {device.resource.address}")

    def _image(self, image: Image, name: str, depth: int = 0) -> Iterator[wire.Step]:
        if depth > _LONGEST or id(image) in self._followed:
            return
        image = image_itself(image)
        if isinstance(image, CopiedImage):
            yield from self._image(image.image, name, depth + 1)
            yield self._request(image.request)
        elif isinstance(image, InstanceImage):
            yield from self._image(image.launch.image, name, depth + 1)
            yield self._step(f"RunInstances: {image.launch.address}")
            yield self._step(f"CreateImage: {image.address}")
        elif isinstance(image, ImageChoice):
            self._followed.add(id(image))
            for answer, branch in image.branches.items():
                for step in self._image(branch, name, depth + 1):
                    what = f"if {image.fact.name} is {answer}: {step.what}"
                    yield wire.Step(what=what, says=step.says, location=step.location)
        elif isinstance(image, UnknownImage):
            says = ["public, so it holds no encrypted snapshot"] if image.public else []
            if image.public:
                self._tell(f"image({image.id}:{name})", "unencrypted", self._origin(image.id))
                self._tell(f"owner({image.id})", "other", self._origin(image.id))
            yield self._step(f"image {image.what}", says, self._origin(image.id))
        elif isinstance(image, ListedImage):
            says = [f"root device {image.root}"] if image.root else []
            what = "RegisterImage: " if image.registered else "image "
            yield self._step(f"{what}{image.label}", says, self._origin(image.address))
            for device in image.devices:
                if device.name == name and device.source is not None:
                    yield from self._source(device.source, depth + 1)

    def _source(self, source: Source, depth: int = 0) -> Iterator[wire.Step]:
        if depth > _LONGEST or id(source) in self._followed:
            return
        source = itself(source)
        if isinstance(source, Existing):
            says = []
            fact = source.fact()
            if source.encrypted is not None:
                says.append(source.encrypted)
                self._tell(fact.name, source.encrypted, self._origin(source.scope))
            if source.belongs_to is not None:
                says.append("yours" if source.belongs_to == "self" else "another account's")
                self._tell(f"owner({source.owned})", source.belongs_to, self._origin(source.owned))
            if source.kms_key:
                says.append(f"key {source.kms_key}")
            yield self._step(f"{source.kind} {source.what}", says, self._origin(source.scope))
        elif isinstance(source, Made):
            yield from self._source(source.request.source, depth + 1)
            yield self._request(source.request)
        elif isinstance(source, OneOf):
            self._followed.add(id(source))
            for answer, branch in source.branches.items():
                for step in self._source(branch, depth + 1):
                    what = f"if {source.fact.name} is {answer}: {step.what}"
                    yield wire.Step(what=what, says=step.says, location=step.location)
        elif isinstance(source, ImageRoot):
            yield from self._image(source.image, ROOT, depth + 1)
        elif isinstance(source, LaunchedVolume):
            yield from self._image(source.launch.image, ROOT, depth + 1)
            yield self._step(f"RunInstances: {source.launch.address}")

    def _request(self, request: Request, origin: Origin | None = None) -> wire.Step:
        says = [
            *_says("encrypted", request.encrypted, request.sent),
            *_says("KMS key", request.kms_key_id),
        ]
        what = f"{request.operation.value}: {request.address}"
        return self._step(what, says, origin or self._origin(request.address))

    # -- the merge -----------------------------------------------------------------------

    def _merge(self, launch: Launch, device: Device) -> Iterator[wire.Step]:
        """The mappings of a device, image < template < request, and what comes out."""
        name = device.device or ROOT
        names = {name, ROOT} if device.root else {name}
        yield self._mapped(launch.image, name)
        stated = [
            (layer, found)
            for layer in launch.layers
            for found in layer.devices
            if found.name in names
        ]
        for layer, found in stated:
            yield self._stated(layer, found)
        yield self._step("together", list(_together(found for _, found in stated)))

    def _mapped(self, image: Image, name: str) -> wire.Step:
        if isinstance(image, ListedImage):
            wanted = image.root if name == ROOT else name
            found = next((d for d in image.devices if d.name == wanted), None)
            if found is None:
                return self._step(f"image {image.label}", [f"maps nothing at {name}"])
            return self._step(f"image {image.label}", _contents(found), found.origin)
        return self._step(f"image {image.label}", ["what it maps is not listed in the input"])

    def _stated(self, layer: Layer, device: BlockDevice) -> wire.Step:
        says = _contents(device)
        says += [f"only if {fact.name} is {answer}" for fact, answer in device.when]
        if layer.replaces:
            says.append("merged field by field, or in place of the whole entry (OQ-12)")
        return self._step(layer.what, says, device.origin)

    def _step(
        self, what: str, says: list[str] | None = None, origin: Origin | None = None
    ) -> wire.Step:
        return wire.Step(what=what, says=says or [], location=_location(origin))

    def _origin(self, address: str) -> Origin | None:
        return self.origins.get(address)


def _location(origin: Origin | None) -> wire.Location | None:
    if origin is None or not origin.path:
        return None
    return wire.Location.of(origin, "")


def _contents(device: BlockDevice) -> list[str]:
    """What one mapping says, field by field."""
    says = [
        *_says("encrypted", device.encrypted, device.sent),
        *_says("KMS key", device.kms_key_id),
        *_says("no device", device.no_device),
        *_says("virtual name", device.virtual_name),
    ]
    if device.source is not None:
        what = device.source.what if isinstance(device.source, Existing) else "made in this input"
        says.append(f"snapshot: {what}")
    if SIZED in device.sized:
        says.append("size given")
    return says or ["nothing about encryption"]


def _together(devices: Iterator[BlockDevice]) -> Iterator[str]:
    """What the mappings say together: for each field, the last one that says something."""
    fields: dict[str, str] = {}
    for device in devices:
        for name, datum, sent in (
            ("encrypted", device.encrypted, device.sent),
            ("KMS key", device.kms_key_id, {}),
        ):
            written = _shown(datum)
            if not isinstance(datum, Absent) and sent.get(written, written) != "absent":
                fields[name] = written
    for name in ("encrypted", "KMS key"):
        yield f"{name} = {fields.get(name, 'absent')}"


def _says(name: str, datum: Datum, sent: Mapping[str, str] | None = None) -> list[str]:
    if isinstance(datum, Given) and datum.value == "":
        return []
    if isinstance(datum, Absent):
        added = (sent or {}).get("absent")
        return [f"{name} = {added} (not written, sent all the same)"] if added else []
    written = _shown(datum)
    leaves = (sent or {}).get(written, written)
    return [f"{name} = {written}{' (not sent)' if leaves == 'absent' else ''}"]


def _shown(datum: Datum) -> str:
    """A datum for people; a sensitive value is never shown."""
    if isinstance(datum, Absent):
        return "absent"
    if isinstance(datum, Unknown):
        return f"unknown ({datum.why})"
    if isinstance(datum, Choice):
        return f"depends on {datum.fact.name}"
    if datum.sensitive:
        return "(sensitive)"
    if isinstance(datum.value, bool):
        return "true" if datum.value else "false"
    return str(datum.value) if isinstance(datum.value, (str, int, float, Reference)) else "..."
