"""References become chains: which image, snapshot, volume, key or template a datum means."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from analyzer.core.chain import EMPTY, Existing, Made, OneOf, Request, Source
from analyzer.core.devices import ROOT, BlockDevice
from analyzer.core.images import (
    CopiedImage,
    Image,
    ImageChoice,
    ImageRoot,
    ListedImage,
    UnknownImage,
)
from analyzer.core.launches import InstanceImage, Launch, LaunchedVolume
from analyzer.core.model import Place
from analyzer.core.sharing import shared, shared_image
from analyzer.core.values import (
    ABSENT,
    Absent,
    Choice,
    Datum,
    Given,
    Reference,
    Unknown,
    at,
    items,
    text,
)
from analyzer.existing import NOTHING, existing_instance
from analyzer.normalize import flag, under
from analyzer.resources import entry_of, own_name
from analyzer.resources.spec import (
    Alias,
    BuildsImage,
    CopiesImage,
    CreatesImage,
    DataImage,
    DataState,
    ImageParameter,
    KeyResource,
    Launches,
    Makes,
    Mappings,
    Part,
    RegistersImage,
)
from analyzer.sources.document import Resource
from analyzer.walking import Block, blocks, body_at, is_true

__all__ = ["Linker", "Requests"]

_PUBLIC_PARAMETER = re.compile(r"^/aws/service/(?!marketplace)")
#: An image that Image Builder itself offers: Amazon's own, and public.
_MANAGED_IMAGE = re.compile(r"arn:[^:]*:imagebuilder:[^:]*:aws:image/")
#: Owners whose images everybody may use, and which therefore hold no encrypted snapshot
#: (EC2 User Guide: an AMI with encrypted snapshots cannot be made public).
_PUBLIC_OWNERS = ("amazon",)
_FOREIGN_OWNERS = ("amazon", "aws-marketplace", "microsoft")
_MAX_HOPS = 32
#: Links of a chain that are followed; what lies further back, or in a circle, stays unknown.
_LONGEST_CHAIN = 32

P = TypeVar("P", bound=Part)


@dataclass(slots=True)
class Requests:
    """How extracted requests are made; the linker calls back for the links of a chain."""

    make: Callable[[Resource, Makes], Request]
    copy_image: Callable[[Resource, CopiesImage], Request]
    launch: Callable[[Resource], Launch | None]
    built: Callable[[Resource, Place], Image | None]


@dataclass(slots=True)
class Linker:
    """Finds what data refer to among the resources of an input (or of several)."""

    resources: Sequence[Resource]
    requests: Requests
    _by_address: dict[str, Resource] = field(default_factory=dict)
    _by_block: dict[str, list[Resource]] = field(default_factory=dict)
    _by_text: dict[str, list[Resource]] = field(default_factory=dict)
    _images: dict[tuple[str, str], Image] = field(default_factory=dict)
    _made: dict[tuple[str, int], Source] = field(default_factory=dict)
    _volumes: dict[str, Source] | None = None
    _secrets: dict[str, int] = field(default_factory=dict)
    _depth: int = 0

    def __post_init__(self) -> None:
        for resource in self.resources:
            self._by_address.setdefault(resource.address, resource)
            block = resource.address.rpartition("[")[0] if resource.address[-1:] == "]" else ""
            if block:
                self._by_block.setdefault(block, []).append(resource)
            entry = entry_of(resource.type, data=resource.data)
            for name in entry.names if entry is not None else ():
                value = text(resource.body.get(name, ABSENT)) or (
                    text(resource.before.get(name, ABSENT)) if resource.before else None
                )
                if value:
                    self._by_text.setdefault(value, []).append(resource)

    # -- resources -----------------------------------------------------------------------

    def resource(self, datum: Datum, types: Iterable[str] = ()) -> Resource | None:
        """The resource that a reference or a literal id or name means, if it is one of ours.

        A literal name finds a resource only where exactly one of the wanted types has it.
        """
        if not isinstance(datum, Given):
            return None
        value = datum.value
        if isinstance(value, Reference):
            return self._target(value)
        if isinstance(value, str):
            wanted = set(types)
            named = self._by_text.get(value, ())
            found = [r for r in named if not wanted or own_name(r.type) in wanted]
            unique = {r.address: r for r in found}
            managed = [r for r in unique.values() if not r.data] or list(unique.values())
            return managed[0] if managed and (len(managed) == 1 or managed[0].data) else None
        return None

    def _target(self, ref: Reference) -> Resource | None:
        found = self._by_address.get(ref.address)
        if found is None:
            instances = self._by_block.get(ref.address, ())
            found = instances[0] if len(instances) == 1 else None
        return found

    def follow(self, datum: Datum) -> Datum:
        """A datum with references replaced by what the target's own argument says.

        A reference to something only AWS knows (an id, an ARN) stays a reference.
        """
        for _ in range(_MAX_HOPS):
            if not (isinstance(datum, Given) and isinstance(datum.value, Reference)):
                break
            target = self._target(datum.value)
            attribute = datum.value.attribute
            if target is None or not attribute or attribute in ("id", "arn", "Ref", "Arn"):
                break
            inner = at(Given(target.body), attribute)
            if isinstance(inner, (Absent, Unknown)):
                break
            if isinstance(inner, Given) and not isinstance(inner.value, (str, bool, Reference)):
                break
            datum = inner
        return datum

    def is_key(self, ref: Reference) -> bool:
        """Whether a reference leads to a KMS key of the input, or to an alias of one."""
        target = self._target(ref)
        return target is not None and bool(_part(target, KeyResource) or _part(target, Alias))

    # -- sources -------------------------------------------------------------------------

    def snapshot(self, datum: Datum, place: Place, needed: str = "") -> Source:
        """The snapshot that a datum means, used in a place; nothing written is an empty volume.

        With `needed` something must be there: what is not known is called by that name.
        """
        return self._source(self.follow(datum), "snapshot", place, needed)

    def volume(self, datum: Datum, place: Place, needed: str = "") -> Source:
        """The volume that a datum means, as `snapshot` does."""
        return self._source(self.follow(datum), "volume", place, needed)

    def _source(self, datum: Datum, kind: str, place: Place, needed: str) -> Source:
        if isinstance(datum, Absent) or (isinstance(datum, Given) and datum.value in ("", None)):
            return _foreign(kind, needed) if needed else EMPTY
        if isinstance(datum, Choice):
            branches = {
                answer: self._source(self.follow(branch), kind, place, needed)
                for answer, branch in datum.branches.items()
            }
            return OneOf(datum.fact, branches)
        if isinstance(datum, Unknown):
            return _foreign(kind, datum.name, may_be_missing=datum.nullable and not needed)
        target = self.resource(datum)
        if target is not None and self._depth < _LONGEST_CHAIN:
            state = _part(target, DataState)
            if state is not None:
                return _looked_up(target, state, place)
            self._depth += 1
            made = self._made_by(target, datum, kind)
            self._depth -= 1
            if made is not None:
                return shared(made, target.address, target.place, place)
        instances = self._volumes_of_instances() if kind == "volume" else {}
        return instances.get(_name(datum)) or _foreign(kind, self.label(datum, kind))

    def _volumes_of_instances(self) -> Mapping[str, Source]:
        """The volumes of instances that exist already, by their ids."""
        if self._volumes is None:
            self._volumes = {}
            for resource in self.resources:
                part = _part(resource, Launches)
                if part is None or resource.action.creates:
                    continue
                for device in existing_instance(resource, part).devices:
                    if isinstance(device.source, Existing):
                        self._volumes[device.source.scope] = device.source
        return self._volumes

    def label(self, datum: Given, kind: str) -> str:
        """What an id is called: a sensitive one is counted, never shown."""
        name = _name(datum)
        if not datum.sensitive:
            return name
        number = self._secrets.setdefault(name, len(self._secrets) + 1)
        return f"(sensitive {kind} {number})"

    def _made_by(self, target: Resource, datum: Given, kind: str) -> Source | None:
        """The snapshot or volume that a resource of the input stands for."""
        key = (f"{target.address}.{_attribute(datum)}", id(target))
        if key not in self._made:
            found = self._find_made(target, datum, kind)
            if found is None:
                return None
            self._made[key] = found
        return self._made[key]

    def _find_made(self, target: Resource, datum: Given, kind: str) -> Source | None:
        makes = _makes(target, kind)
        if makes is not None:
            if target.action.creates:
                return Made(self.requests.make(target, makes))
            return _existing(target, makes)
        if _attribute(datum) == "root_snapshot_id":
            return ImageRoot(image=self.image(Given(Reference(target.address, "id")), target.place))
        launches = _part(target, Launches)
        if launches is not None and kind == "volume":
            return self._volume_of_instance(target, launches, _attribute(datum))
        return None

    def _volume_of_instance(
        self, target: Resource, part: Launches, attribute: str
    ) -> Source | None:
        """The volume that an instance's list of block devices names, where it names one."""
        if not attribute.startswith(("root_block_device", "ebs_block_device")):
            return None
        if not target.action.creates:
            image = existing_instance(target, part)
            names = [image.root] if attribute.startswith("root") else list(image.names(NOTHING))
            found = [d.source for d in image.devices if d.name in names and d.source is not None]
            return found[0] if len(found) == 1 else None
        launch = self.requests.launch(target)
        if launch is None:
            return None
        if attribute.startswith("root"):
            return LaunchedVolume(launch=launch)
        stated = dict.fromkeys(d.name for layer in launch.layers for d in layer.devices)
        stated.pop(ROOT, None)
        return LaunchedVolume(launch=launch, name=next(iter(stated))) if len(stated) == 1 else None

    # -- images --------------------------------------------------------------------------

    def image(self, datum: Datum, place: Place) -> Image:
        """The image that a datum means, launched or copied in a place."""
        datum = self.follow(datum)
        if isinstance(datum, Choice):
            branches = {a: self.image(b, place) for a, b in datum.branches.items()}
            return ImageChoice(fact=datum.fact, branches=branches)
        if isinstance(datum, Absent):
            return UnknownImage(id="image", what="an image that nothing names")
        if isinstance(datum, Unknown):
            path = datum.name.partition("(")[2].rstrip(")") if datum.name[:4] == "ssm(" else ""
            return UnknownImage(
                id=datum.name, what=datum.name, public=bool(_PUBLIC_PARAMETER.match(path))
            )
        target = self.resource(datum)
        if target is None or self._depth >= _LONGEST_CHAIN:
            return _literal(self.label(datum, "image"), _name(datum))
        if _part(target, BuildsImage) is not None and target.action.creates:
            built = self.requests.built(target, place)
            image = built or UnknownImage(id=target.address, what=target.address)
            return shared_image(image, target.address, target.place, place)
        key = (target.address, place.account or place.credentials)
        found = self._images.get(key)
        if found is None:
            self._depth += 1
            found = self._image_of(target, datum, place)
            self._depth -= 1
            if not target.data:
                found = shared_image(found, target.address, target.place, place)
            self._images[key] = found
        return found

    def _image_of(self, target: Resource, datum: Given, place: Place) -> Image:
        data = _part(target, DataImage)
        if data is not None:
            return self._data_image(target, data, place)
        parameter = _part(target, ImageParameter)
        if parameter is not None:
            name = text(target.body.get(parameter.name, ABSENT)) or ""
            return UnknownImage(
                id=_name(datum)
                if isinstance(datum.value, str) and not datum.sensitive
                else target.address,
                what=f"the image of {name or target.address}",
                public=bool(_PUBLIC_PARAMETER.match(name)),
            )
        if target.action.creates:
            copies = _part(target, CopiesImage)
            if copies is not None:
                request = self.requests.copy_image(target, copies)
                source = target.body.get(copies.source, ABSENT)
                return CopiedImage(image=self.image(source, target.place), request=request)
            registers = _part(target, RegistersImage)
            if registers is not None:
                return self._registered(target, registers)
            creates = _part(target, CreatesImage)
            if creates is not None:
                return self._image_of_instance(target, creates)
        elif target.before is not None and not target.data:
            listed = self._existing_image(target, target.before)
            if listed is not None:
                return listed
        return UnknownImage(id=target.address, what=target.address)

    def _image_of_instance(self, target: Resource, part: CreatesImage) -> Image:
        """The image that CreateImage makes: of an instance of the input, or an existing one."""
        named = self.follow(target.body.get(part.instance, ABSENT))
        instance = self.resource(named)
        launches = _part(instance, Launches) if instance is not None else None
        if instance is not None and launches is not None:
            if not instance.action.creates:
                listed = existing_instance(instance, launches)
                return replace(listed, what=target.address, address=target.address)
            launch = self.requests.launch(instance)
            if launch is not None:
                return InstanceImage(launch=launch, address=target.address)
        name = f"{target.address}.{part.instance}"
        if isinstance(named, Given):
            name = self.label(named, "instance")
        root = BlockDevice(
            name=ROOT,
            source=Existing(
                kind="volume",
                scope=f"{name}:{ROOT}",
                owned=name,
                what=f"the root volume of {name}",
                belongs_to="self",
            ),
        )
        return ListedImage(
            what=target.address,
            root=ROOT,
            devices=(root,),
            complete=False,
            address=target.address,
        )

    def _data_image(self, target: Resource, part: DataImage, place: Place) -> Image:
        body = Given(target.body)
        owner = _owner(target, part, place)
        public = is_true(at(body, part.public)) or _is_public_owner(target, part)
        name = text(at(body, part.id)) or target.address
        devices = []
        for block in blocks(body, part.mappings.at):
            if not isinstance(block.body, Given):
                return UnknownImage(id=target.address, what=target.address, public=public)
            devices.append(self._listed(block, part.mappings, name, owner, public))
        if not devices:  # read at apply, or not read at all
            inner = self._same_as(target)
            if inner is not None:
                return self.image(inner, place)
            return UnknownImage(id=target.address, what=target.address, public=public)
        root = text(at(body, part.root))
        return ListedImage(what=name, root=root, devices=tuple(devices), address=target.address)

    def _same_as(self, target: Resource) -> Datum | None:
        """The image that a look-up by exactly one image id comes to (`filter` "image-id")."""
        for block in blocks(Given(target.body), "filter"):
            values = block.get("values")
            if text(block.get("name")) != "image-id" or not isinstance(values, Given):
                continue
            found = list(items(values))
            if len(found) == 1 and isinstance(found[0], Given):
                return found[0]
        return None

    def _listed(
        self, block: Block, part: Mappings, image: str, owner: str | None, public: bool
    ) -> BlockDevice:
        name = text(block.get(part.device)) or ROOT
        ebs = body_at(block, part.ebs)
        snapshot = text(ebs.get(part.snapshot))
        virtual = block.get(part.virtual_name)
        if not snapshot:
            encrypted = is_true(ebs.get(part.encrypted))
            return BlockDevice(
                name=name,
                encrypted=Given(True) if encrypted else ABSENT,
                virtual_name=virtual,
                sized=True,
            )
        state = ebs.get(part.encrypted)
        known = None
        if isinstance(state, Given):
            known = "encrypted" if is_true(state) else "unencrypted"
        return BlockDevice(
            name=name,
            virtual_name=virtual,
            sized=True,
            source=Existing(
                kind="snapshot",
                scope=snapshot,
                owned=image,
                what=f"{snapshot} ({name} of {image})",
                encrypted="unencrypted" if public else known,
                belongs_to=owner,
            ),
        )

    def _registered(self, target: Resource, part: RegistersImage) -> Image:
        found = [
            (mappings, block)
            for mappings in part.mappings
            for block in blocks(Given(target.body), mappings.at)
            if not isinstance(block.body, Absent)
        ]
        devices = [
            BlockDevice(
                name=text(block.get(mappings.device)) or "device of unknown name",
                encrypted=flag(block.get(mappings.encrypted)),
                source=self.given_snapshot(block.get(mappings.snapshot), target.place),
                virtual_name=block.get(mappings.virtual_name),
                sized=True,
                sent=mappings.sent,
                when=block.when,
            )
            for mappings, block in found
            if isinstance(block.body, Given)
        ]
        names = {device.name for device in devices}
        root = text(target.body.get(part.root, ABSENT))
        if root not in names and len(names) == 1:  # as the provider chooses
            (root,) = names
        return ListedImage(
            what=target.address,
            root=root,
            devices=tuple(devices),
            registered=True,
            complete=all(isinstance(block.body, Given) for _, block in found),
            address=target.address,
        )

    def given_snapshot(self, datum: Datum, place: Place) -> Source | None:
        """The snapshot that a mapping names, or `None` where it names none."""
        source = self.snapshot(datum, place)
        return None if source is EMPTY else source

    def _existing_image(self, target: Resource, before: Mapping[str, Datum]) -> Image | None:
        """An image that the input made earlier, as its state lists the devices."""
        part = Mappings(
            at="ebs_block_device",
            device="device_name",
            encrypted="encrypted",
            snapshot="snapshot_id",
        )
        found = [b for b in blocks(Given(before), part.at) if isinstance(b.body, Given)]
        if not found:
            return None
        devices = tuple(self._listed(b, part, target.address, "self", False) for b in found)
        root = text(before.get("root_device_name", ABSENT))
        return ListedImage(what=target.address, root=root, devices=devices, address=target.address)


def _makes(resource: Resource, kind: str) -> Makes | None:
    """The part of a resource that makes its one volume or snapshot, by its conditions."""
    entry = entry_of(resource.type, data=resource.data)
    for part in entry.parts if entry is not None else ():
        if not isinstance(part, Makes) or part.kind != kind or part.each or part.device_name:
            continue
        block = Block(Given(resource.body))
        if under(Given(True), resource, block, part.only_if, part.unless) != Given(False):
            return part
    return None


def _part(resource: Resource, kind: type[P]) -> P | None:
    entry = entry_of(resource.type, data=resource.data)
    for part in entry.parts if entry is not None else ():
        if isinstance(part, kind):
            return part
    return None


def _name(datum: Given) -> str:
    value = datum.value
    if isinstance(value, Reference):
        idless = ("", "id", "Ref")
        return value.address if value.attribute in idless else f"{value.address}.{value.attribute}"
    return str(value)


def _attribute(datum: Given) -> str:
    return datum.value.attribute if isinstance(datum.value, Reference) else ""


def _foreign(kind: str, scope: str, *, may_be_missing: bool = False) -> Existing:
    return Existing(kind=kind, scope=scope, owned=scope, what=scope, may_be_missing=may_be_missing)


def _literal(label: str, name: str) -> UnknownImage:
    """An image by id, or by a public or other SSM parameter (`resolve:ssm:...`)."""
    parameter = ""
    for prefix in ("resolve:ssm:", "ssm:"):
        if name.startswith(prefix):
            parameter = name.removeprefix(prefix)
            break
    return UnknownImage(
        id=f"ssm({parameter})" if parameter and label == name else label,
        what=label,
        public=bool(_PUBLIC_PARAMETER.match(parameter) or _MANAGED_IMAGE.match(name)),
    )


def _looked_up(target: Resource, part: DataState, place: Place) -> Existing:
    body = target.body
    state = body.get(part.encrypted, ABSENT)
    encrypted = None
    if isinstance(state, Given):
        encrypted = "encrypted" if is_true(state) else "unencrypted"
    name = text(body.get(part.id, ABSENT)) or target.address
    owner = text(body.get(part.owner, ABSENT)) if part.owner else None
    belongs = None
    if part.kind == "volume" or _owners(target) == ["self"]:
        belongs = "self"
    elif owner and place.account:
        belongs = "self" if owner == place.account else "other"
    key = text(body.get(part.kms_key_id, ABSENT)) if encrypted == "encrypted" else None
    return Existing(
        kind=part.kind,
        scope=name,
        owned=name,
        what=name if name == target.address else f"{name} ({target.address})",
        encrypted=encrypted,
        belongs_to=belongs,
        kms_key=key or None,
    )


def _existing(target: Resource, part: Makes) -> Existing | None:
    """A volume or snapshot that the input made earlier, as its state tells."""
    before = target.before or {}
    state = before.get("encrypted", ABSENT)
    if not isinstance(state, Given):
        return None
    encrypted = "encrypted" if is_true(state) else "unencrypted"
    key = text(before.get("kms_key_id", ABSENT)) if encrypted == "encrypted" else None
    return Existing(
        kind=part.kind,
        scope=target.address,
        owned=target.address,
        what=target.address,
        encrypted=encrypted,
        belongs_to="self",
        kms_key=key or None,
    )


def _owners(target: Resource) -> list[str]:
    owners = target.body.get("owners", ABSENT)
    if isinstance(owners, Given) and isinstance(owners.value, Sequence):
        return [str(o.value) for o in owners.value if isinstance(o, Given)]
    return []


def _is_public_owner(target: Resource, part: DataImage) -> bool:
    alias = text(target.body.get(part.owner_alias, ABSENT))
    if alias:
        return alias in _PUBLIC_OWNERS
    owners = _owners(target)
    return bool(owners) and all(owner in _PUBLIC_OWNERS for owner in owners)


def _owner(target: Resource, part: DataImage, place: Place) -> str | None:
    """Who owns a looked-up image: `self`, `other`, or not told."""
    owners = _owners(target)
    if owners == ["self"]:
        return "self"
    alias = text(target.body.get(part.owner_alias, ABSENT))
    if alias == "self":
        return "self"
    if alias in _FOREIGN_OWNERS or (owners and all(o in _FOREIGN_OWNERS for o in owners)):
        return "other"
    owner = text(target.body.get(part.owner, ABSENT))
    if owner and place.account:
        return "self" if owner == place.account else "other"
    return None
