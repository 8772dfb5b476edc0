"""Which image a datum means: copied, registered, made of an instance, looked up, or unknown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec

from analyzer.core.chain import Existing
from analyzer.core.devices import ROOT, SIZED, BlockDevice
from analyzer.core.facts import Fact
from analyzer.core.images import CopiedImage, Image, ImageChoice, ListedImage, UnknownImage
from analyzer.core.launches import InstanceImage
from analyzer.core.model import Place
from analyzer.core.sharing import shared_image
from analyzer.core.values import (
    ABSENT,
    Absent,
    Choice,
    Datum,
    Given,
    Unknown,
    at,
    items,
    text,
)
from analyzer.extraction.device_names import device_name, device_names, is_open, root_name
from analyzer.extraction.existing import existing_instance
from analyzer.extraction.lookups import (
    is_public_owner,
    is_public_parameter,
    literal_image,
    name_of,
    owner_of,
    part_of,
)
from analyzer.extraction.names import is_image, is_launch
from analyzer.extraction.normalize import flag
from analyzer.resources.spec import (
    BuildsImage,
    CopiesImage,
    CreatesImage,
    DataImage,
    ImageParameter,
    Launches,
    Mappings,
    RegistersImage,
)
from analyzer.sources.document import Resource
from analyzer.walking import Block, blocks, body_at, is_true

if TYPE_CHECKING:
    from analyzer.extraction.link import Linker

__all__ = ["ImageLinks"]


#: Look-ups of look-ups that are followed; they may run in a circle.
_MAX_LOOKUPS = 8


class ImageLinks(msgspec.Struct):
    """Finds images among the resources of an input; each is made once per account."""

    linker: Linker
    _found: dict[tuple[str, str], Image] = msgspec.field(default_factory=dict)

    def image(self, datum: Datum, place: Place) -> Image:
        """The image that a datum means, launched or copied in a place."""
        datum = self.linker.follow(datum)
        if isinstance(datum, Choice):
            return self.linker.once(
                datum, ("image", place), lambda b: self.image(b, place), _joined
            )
        if isinstance(datum, Absent):
            return UnknownImage(id="image", what="an image that nothing names")
        if isinstance(datum, Unknown):
            path = datum.name.partition("(")[2].rstrip(")") if datum.name[:4] == "ssm(" else ""
            return UnknownImage(id=datum.name, what=datum.name, public=is_public_parameter(path))
        target = self.linker.resource(datum, place, tells=is_image)
        if target is None or not self.linker.may_go_on:
            return literal_image(self.linker.label(datum, "image"), name_of(datum))
        if part_of(target, BuildsImage) is not None and target.action.creates:
            built = self.linker.requests.built(target, place)
            image = built or UnknownImage(id=target.address, what=target.address)
            return shared_image(image, target.address, target.place, place)
        key = (target.address, place.account or place.credentials)
        found = self._found.get(key)
        if found is None:
            with self.linker.one_link_further():
                found = self._image_of(target, datum, place)
            if not target.data:
                found = shared_image(found, target.address, target.place, place)
            self._found[key] = found
        return found

    def _image_of(self, target: Resource, datum: Given, place: Place) -> Image:
        data = part_of(target, DataImage)
        if data is not None:
            return self._data_image(target, data, place)
        parameter = part_of(target, ImageParameter)
        if parameter is not None:
            name = text(target.body.get(parameter.name, ABSENT)) or ""
            return UnknownImage(
                id=name_of(datum)
                if isinstance(datum.value, str) and not datum.sensitive
                else target.address,
                what=f"the image of {name or target.address}",
                public=is_public_parameter(name),
            )
        if target.action.creates:
            copies = part_of(target, CopiesImage)
            if copies is not None:
                request = self.linker.requests.copy_image(target, copies)
                source = target.body.get(copies.source, ABSENT)
                return CopiedImage(image=self.image(source, target.place), request=request)
            registers = part_of(target, RegistersImage)
            if registers is not None:
                return self._registered(target, registers)
            creates = part_of(target, CreatesImage)
            if creates is not None:
                return self._image_of_instance(target, creates)
        elif target.before is not None and not target.data:
            listed = self._existing_image(target, target.before)
            if listed is not None:
                return listed
        return UnknownImage(id=target.address, what=target.address)

    def _image_of_instance(self, target: Resource, part: CreatesImage) -> Image:
        """The image that CreateImage makes: of an instance of the input, or an existing one."""
        named = self.linker.follow(target.body.get(part.instance, ABSENT))
        instance = self.linker.resource(named, target.place, tells=is_launch)
        launches = part_of(instance, Launches) if instance is not None else None
        if instance is not None and launches is not None:
            if not instance.action.creates:
                listed = existing_instance(instance, launches)
                return replace(listed, what=target.address, address=target.address)
            launch = self.linker.requests.launch(instance)
            if launch is not None:
                return InstanceImage(launch=launch, address=target.address)
        name = f"{target.address}.{part.instance}"
        if isinstance(named, Given):
            name = self.linker.label(named, "instance")
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
        owner = owner_of(target, part, place)
        public = is_true(at(body, part.public)) or is_public_owner(target, part)
        name = text(at(body, part.id)) or target.address
        devices: list[BlockDevice] = []
        for block in blocks(body, part.mappings.at):
            if not isinstance(block.body, Given):
                return UnknownImage(id=target.address, what=target.address, public=public)
            number = len(devices) + 1
            devices.append(self._listed(block, number, part.mappings, name, owner, public))
        if not devices:  # read at apply, or not read at all
            inner = self._same_as(target)
            if inner is not None:
                return self.image(inner, place)
            return UnknownImage(id=target.address, what=target.address, public=public)
        root = root_name(at(body, part.root))
        return ListedImage(what=name, root=root, devices=tuple(devices), address=target.address)

    def called(self, datum: Datum, place: Place) -> str:
        """What an image is called, however often it is looked up by its own id; or nothing."""
        for _ in range(_MAX_LOOKUPS):
            target = self.linker.resource(datum, place, tells=is_image)
            data = part_of(target, DataImage) if target is not None else None
            inner = self._same_as(target) if target is not None and data is not None else None
            if inner is None:
                break
            datum = self.linker.follow(inner)
        return self.linker.called(datum, "image", "")

    def _same_as(self, target: Resource) -> Datum | None:
        """The image that a look-up by exactly one image id comes to (`filter` "image-id")."""
        for block in blocks(Given(target.body), "filter"):
            values = block.get("values")
            if text(block.get("name")) != "image-id" or not isinstance(values, Given):
                continue
            found = list(items(values))
            if len(found) == 1 and not isinstance(found[0], Absent):
                return found[0]
        return None

    def _listed(
        self,
        block: Block,
        number: int,
        part: Mappings,
        image: str,
        owner: str | None,
        public: bool,
    ) -> BlockDevice:
        name = device_name(block.get(part.device), number) or ROOT
        ebs = body_at(block, part.ebs)
        snapshot = ebs.get(part.snapshot)
        virtual = block.get(part.virtual_name)
        if not isinstance(snapshot, Given) or not text(snapshot):
            encrypted = is_true(ebs.get(part.encrypted))
            return BlockDevice(
                name=name,
                encrypted=Given(True) if encrypted else ABSENT,
                virtual_name=virtual,
                sized=(SIZED,),
            )
        state = ebs.get(part.encrypted)
        known = None
        if isinstance(state, Given):
            known = "encrypted" if is_true(state) else "unencrypted"
        label = self.linker.label(snapshot, "snapshot")
        return BlockDevice(
            name=name,
            virtual_name=virtual,
            sized=(SIZED,),
            source=Existing(
                kind="snapshot",
                scope=label,
                owned=image,
                what=f"{label} ({name} of {image})",
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
                name=name or "device of unknown name",
                encrypted=flag(block.get(mappings.encrypted)),
                source=self.linker.given_snapshot(block.get(mappings.snapshot), target.place),
                virtual_name=block.get(mappings.virtual_name),
                sized=(SIZED,),
                sent=mappings.sent,
                when=(*block.when, *when),
                open_name=is_open(datum),
            )
            for number, (mappings, block) in enumerate(found, 1)
            if isinstance(block.body, Given)
            for name, datum, when in device_names(block.get(mappings.device), number)
        ]
        names = {device.name for device in devices}
        said = target.body.get(part.root, ABSENT)
        root = device_name(said, 1)
        if root not in names:
            root = root_name(said)
        opened = {device.name for device in devices if device.open_name}
        if root not in names and 1 in (len(names), len(opened)):
            # as the provider chooses where there is one; and one of them is the root's
            (root,) = names if len(names) == 1 else opened
        return ListedImage(
            what=target.address,
            root=root,
            devices=tuple(devices),
            registered=True,
            complete=all(isinstance(block.body, Given) for _, block in found),
            address=target.address,
        )

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
        devices = tuple(
            self._listed(block, number, part, target.address, "self", False)
            for number, block in enumerate(found, 1)
        )
        root = root_name(before.get("root_device_name", ABSENT))
        return ListedImage(what=target.address, root=root, devices=devices, address=target.address)


def _joined(fact: Fact, branches: Mapping[str, Image]) -> Image:
    """One of several images; if they are all the same one, that one."""
    first, *others = branches.values()
    if all(other == first for other in others):
        return first
    return ImageChoice(fact=fact, branches=branches)
