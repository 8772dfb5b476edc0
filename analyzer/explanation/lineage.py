"""What a device is made from, link by link: image -> copy -> template -> launch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

from analyzer import wire
from analyzer.core.chain import Existing, Made, OneOf, Request, Source
from analyzer.core.devices import ROOT
from analyzer.core.images import (
    CopiedImage,
    Image,
    ImageChoice,
    ImageRoot,
    ListedImage,
    UnknownImage,
)
from analyzer.core.launches import InstanceImage, Launch, LaunchedVolume
from analyzer.core.model import Operation
from analyzer.core.values import Origin
from analyzer.extraction.device import Device

__all__ = ["lineage"]

#: Links of one chain that are listed; a picture with more helps nobody.
_LONGEST = 32

_ROLES: Mapping[Operation, Literal["volume", "copy"]] = {
    Operation.CREATE_VOLUME: "volume",
    Operation.COPY_VOLUMES: "volume",
    Operation.COPY_SNAPSHOT: "copy",
}


def lineage(device: Device, origins: Mapping[str, Origin]) -> list[wire.Link]:
    """The links that lead to a device, the first source first, without the device's resource.

    `origins` says where resources are written, by address, as far as that has a line. Where the
    source is one of several, the links of each are listed one after another, so the
    chain tells what takes part, not in which world.
    """
    found: dict[tuple[str, str], wire.Link] = {}
    for link in _of_subject(device):
        if link.name and link.name != device.resource.address:
            found.setdefault((link.role, link.name), _located(link, origins.get(link.name)))
        if len(found) >= _LONGEST:
            break
    return list(found.values())


def _located(link: wire.Link, origin: Origin | None) -> wire.Link:
    if origin is None:
        return link
    place = wire.Location(path=origin.path, line=origin.line, column=origin.column)
    return wire.Link(role=link.role, name=link.name, location=place)


def _of_subject(device: Device) -> Iterator[wire.Link]:
    subject = device.subject
    name = device.device or ROOT
    if isinstance(subject, Launch):
        yield from _of_image(subject.image, name)
        for layer in subject.layers:
            yield wire.Link(role="template", name=layer.what)
    elif isinstance(subject, Request):
        yield from _of_source(subject.source)
    elif subject is not None:
        yield from _of_image(subject, name)


def _of_image(
    image: Image, name: str, depth: int = 0, seen: set[int] | None = None
) -> Iterator[wire.Link]:
    seen = set() if seen is None else seen
    if depth > _LONGEST or id(image) in seen:
        return
    seen.add(id(image))
    if isinstance(image, CopiedImage):
        yield from _of_image(image.image, name, depth + 1, seen)
        yield wire.Link(role="copy", name=image.request.address)
    elif isinstance(image, InstanceImage):
        yield from _of_image(image.launch.image, name, depth + 1, seen)
        yield wire.Link(role="launch", name=image.launch.address)
        yield wire.Link(role="image", name=image.address)
    elif isinstance(image, ImageChoice):
        for branch in image.branches.values():
            yield from _of_image(branch, name, depth + 1, seen)
    elif isinstance(image, UnknownImage):
        yield wire.Link(role="image", name=image.what)
    elif isinstance(image, ListedImage):
        wanted = image.root if name == ROOT else name
        for device in image.devices:
            if device.name == wanted and device.source is not None and image.registered:
                yield from _of_source(device.source, depth + 1, seen)
        yield wire.Link(role="image", name=image.label)


def _of_source(source: Source, depth: int = 0, seen: set[int] | None = None) -> Iterator[wire.Link]:
    seen = set() if seen is None else seen
    if depth > _LONGEST or id(source) in seen:
        return
    seen.add(id(source))
    if isinstance(source, Existing):
        yield wire.Link(role="volume" if source.kind == "volume" else "snapshot", name=source.what)
    elif isinstance(source, Made):
        request = source.request
        yield from _of_source(request.source, depth + 1, seen)
        yield wire.Link(role=_ROLES.get(request.operation, "snapshot"), name=request.address)
    elif isinstance(source, OneOf):
        for branch in source.branches.values():
            yield from _of_source(branch, depth + 1, seen)
    elif isinstance(source, ImageRoot):
        yield from _of_image(source.image, ROOT, depth + 1, seen)
    elif isinstance(source, LaunchedVolume):
        yield from _of_image(source.launch.image, ROOT, depth + 1, seen)
        yield wire.Link(role="launch", name=source.launch.address)
