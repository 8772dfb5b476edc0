"""Snapshots behind images: copied, made from an instance, or built by a service."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import msgspec

from analyzer.core.chain import Request
from analyzer.core.devices import ROOT
from analyzer.core.images import CopiedImage, Image, ListedImage
from analyzer.core.keys import KeyRing
from analyzer.core.launches import InstanceImage
from analyzer.core.model import NOT_EBS, Key, KeyKind, Operation, Outcome, Place
from analyzer.core.sharing import shared_image
from analyzer.core.values import Absent, Given, Reference, items, text
from analyzer.core.worlds import Knowledge, World
from analyzer.extraction.accounts import Accounts
from analyzer.extraction.device import Device
from analyzer.extraction.launching import Launching, Miss, Planned, more_of
from analyzer.extraction.link import Linker
from analyzer.extraction.making import notes_of
from analyzer.extraction.normalize import (
    destination,
    exists_in,
    filled,
    flag,
    given_or_not,
    same_region,
)
from analyzer.resources import entry_of
from analyzer.resources.spec import BuildsImage, CopiesImage
from analyzer.sources.document import Resource
from analyzer.walking import Block, blocks

__all__ = ["Imaging"]


_NEW_VERSIONS = (
    "each build makes new versions of launch templates, with the built image: what launches from "
    "them is reported with the image that they name now"
)
_FAST_LAUNCH = "fast launch keeps snapshots of instances that it launches from the built image"


class _Target(msgspec.Struct, frozen=True):
    """A Region that a built image is copied to."""

    image: CopiedImage
    region: str | None
    account: str | None = None

    @property
    def label(self) -> str:
        """Where the copy goes, in words."""
        where = self.region or "another Region"
        return f"copy to {where} of {self.account}" if self.account else f"copy to {where}"


class Imaging(msgspec.Struct):
    """Builds the requests that make images, and the devices of the snapshots they make."""

    linker: Linker
    accounts: Accounts
    ring: KeyRing
    known: Knowledge
    launching: Launching
    miss: Miss

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
        """The snapshots that a copy of an image makes."""
        image = self._own_image(resource)
        if isinstance(image, CopiedImage):
            yield from self._copied(resource, image)

    def _copied(
        self, resource: Resource, image: CopiedImage, label: str = "", notes: tuple[str, ...] = ()
    ) -> Iterator[Device]:
        root = image.root_name(self.known)
        for name in dict.fromkeys((root or ROOT, *image.names(self.known))):
            yield Device(
                resource=resource,
                device=name,
                root=name in (ROOT, root),
                kind="snapshot",
                operation=Operation.COPY_IMAGE.value,
                place=image.request.place,
                decide=_copy_decider(image, name),
                subject=image,
                encrypted=image.request.encrypted,
                kms_key_id=image.request.kms_key_id,
                origin=resource.origin,
                launch=label,
                notes=(*notes_of(resource), *notes, *more_of(image, self.known)),
            )

    def snapshots(self, resource: Resource) -> Iterator[Device]:
        """The snapshots of an instance's volumes that CreateImage makes."""
        image = self._own_image(resource)
        if isinstance(image, (InstanceImage, ListedImage)):
            yield from self._created(resource, image)
        else:
            self.miss(resource, "the instance that the image is made from is not known")

    def _created(
        self,
        resource: Resource,
        image: InstanceImage | ListedImage,
        label: str = "",
        notes: tuple[str, ...] = (),
    ) -> Iterator[Device]:
        root = image.root_name(self.known)
        for name in dict.fromkeys((root or ROOT, *image.names(self.known))):
            yield Device(
                resource=resource,
                device=name,
                root=name in (ROOT, root),
                kind="snapshot",
                operation=Operation.CREATE_IMAGE.value,
                place=resource.place,
                decide=_snapshot_decider(image, name),
                subject=image,
                origin=resource.origin,
                launch=label,
                notes=(*notes_of(resource), *notes, *more_of(image, self.known)),
            )

    # -- images that a service builds ----------------------------------------------------

    def builds(
        self, resource: Resource, part: BuildsImage, *, later: bool = False
    ) -> Iterator[Device]:
        """The volumes of build instances, the image's snapshots, and those of its copies."""
        later = later or part.launch.recurring
        for planned in self.launching.of(resource, part.launch, later=later):
            yield from self.launching.devices(resource, planned, part.launch)
            image = self._output(resource, part, planned)
            if image is None:
                continue
            yield from self._created(resource, image, "output image")
            for target in self._targets(resource, part, image, later=later):
                yield from self._copied(resource, target.image, target.label)

    def _output(
        self, resource: Resource, part: BuildsImage, planned: Planned
    ) -> InstanceImage | None:
        if isinstance(filled(Block(Given(resource.body)).get(part.recipe)), Absent):
            return None
        return InstanceImage(launch=planned.launch, address=resource.address)

    def built(self, resource: Resource, place: Place) -> Image | None:
        """The image that a service builds, as it is found in a place."""
        entry = entry_of(resource.type)
        for part in entry.parts if entry is not None else ():
            if not isinstance(part, BuildsImage):
                continue
            for planned in self.launching.of(resource, part.launch):
                image = self._output(resource, part, planned)
                if image is None:
                    continue
                for target in self._targets(resource, part, image, later=False):
                    if target.region == place.region and target.account in (None, place.account):
                        return target.image
                return image if place.region == resource.place.region else None
        return None

    def _targets(
        self, resource: Resource, part: BuildsImage, image: InstanceImage, *, later: bool
    ) -> Iterator[_Target]:
        link = part.targets
        body = Block(Given(resource.body))
        named = self.linker.follow(filled(body.get(link.path)))
        if isinstance(named, Absent):
            return
        found = self.linker.resource(named, resource.place, link.types)
        if found is None:
            self.miss(
                resource,
                f"{text(named) or link.path} is not in this input: where the "
                "built image is copied to, and with which key, is not known",
            )
            return
        for block in blocks(Given(found.body), link.to):
            if isinstance(block.body, Absent):
                continue
            target = self._target(resource, part, image, block, later=later)
            if target is not None:
                yield target
            for account in items(block.get(part.accounts)):
                number = text(account)
                if number is None:
                    self.miss(resource, "copies to accounts that are known after the deployment")
                    continue
                yield self._copy_to(resource, part, image, block, number, later=later)
            for path, why in ((part.new_versions, _NEW_VERSIONS), (part.fast_launch, _FAST_LAUNCH)):
                if path and any(not isinstance(item, Absent) for item in items(block.get(path))):
                    self.miss(resource, why)

    def _target(
        self,
        resource: Resource,
        part: BuildsImage,
        image: InstanceImage,
        block: Block,
        *,
        later: bool,
    ) -> _Target | None:
        """The copy in a Region of the own account, if there is one beside the image itself."""
        region = text(block.get(part.region))
        is_home = region is not None and region == resource.place.region
        if is_home and isinstance(filled(block.get(part.kms_key_id)), Absent):
            return None
        return self._copy_to(resource, part, image, block, None, later=later)

    def _copy_to(
        self,
        resource: Resource,
        part: BuildsImage,
        image: InstanceImage,
        block: Block,
        account: str | None,
        *,
        later: bool,
    ) -> _Target:
        """A copy in a Region, in another account by a role of that account."""
        region = text(block.get(part.region))
        home = resource.place
        place = replace(home, region=region)
        if account is not None:
            place = replace(place, account=account, credentials="")
        key = self.linker.follow(filled(block.get(part.kms_key_id)))
        is_home = region is not None and region == home.region
        request = Request(
            operation=Operation.COPY_IMAGE,
            place=place,
            address=resource.address,
            encrypted=given_or_not(key),
            kms_key_id=key,
            same_region=Given("yes" if is_home else "no"),
            settings=self.accounts.of(place, resource.address, later=later),
            ring=self.ring,
            exists=exists_in(resource, block.when),
        )
        found = image if account is None else shared_image(image, resource.address, home, place)
        return _Target(CopiedImage(image=found, request=request), region, account)


def _copy_decider(image: CopiedImage, name: str) -> Callable[[World], Outcome]:
    return lambda world: image.image.refusal(world) or _whole_copy(image, name, world)


def _whole_copy(image: CopiedImage, name: str, world: World) -> Outcome:
    """A device's own outcome; where another device's refusal fails the copy, that."""
    own = image.outcome(name, world)
    if own.outcome in ("rejected", "none"):
        return own
    return image.refusal(world) or own


def _snapshot_decider(image: InstanceImage | ListedImage, name: str) -> Callable[[World], Outcome]:
    if isinstance(image, InstanceImage):
        return lambda world: _of_launched(image, name, world)
    return lambda world: _of_existing(image, name, world)


def _of_launched(image: InstanceImage, name: str, world: World) -> Outcome:
    """The snapshot of one volume; where another volume's refusal fails the launch, that."""
    own = image.outcome(name, world)
    return own if own.outcome == "none" else image.refusal(world) or own


def _of_existing(image: ListedImage, name: str, world: World) -> Outcome:
    """The snapshot of a volume that exists (rows CM-2, CM-4)."""
    device = image.device(name, world)
    if device is None or device.source is None:
        return NOT_EBS
    if device.source.state(world) == "encrypted":
        key = device.source.key(world) or Key(KeyKind.SOURCE)
        return Outcome("SNAPSHOT", "encrypted", "CM-4", key)
    return Outcome("unencrypted", "unencrypted", "CM-2")
