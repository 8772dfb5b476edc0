"""Where a plan's resources are written: its addresses looked up in the source that it is made of.

A plan holds no lines. With `--source DIR` each device and finding gets the place of its block in
DIR's `.tf` files, so that annotations and ignores work for plans as they do for source.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import msgspec

from analyzer import wire
from analyzer.core.facts import Fact
from analyzer.core.records import dataclass
from analyzer.core.values import Origin
from analyzer.extraction.extract import extract
from analyzer.inputs import Inputs, Options
from analyzer.limits import Budget, Limits
from analyzer.policy.glob import without_indexes

__all__ = ["place_in_source"]


class _Nothing:
    def answer(self, _fact: Fact) -> str | None:
        return None


@dataclass(frozen=True, slots=True)
class _Places:
    """Places by address without indexes, and by address and device."""

    resources: dict[str, Origin]
    devices: dict[tuple[str, str | None], Origin]
    calls: dict[str, Origin]

    def of(self, address: str, device: str | None) -> Origin | None:
        """The place of a device, else of its resource."""
        block = without_indexes(address)
        return self.devices.get((block, device)) or self.resources.get(block)


def place_in_source(
    report: wire.Report, folder: str, options: Options, limits: Limits
) -> tuple[wire.Report, dict[str, Origin]]:
    """The report with places in a folder's source for whatever has no line yet.

    Also where the source calls its modules. Raises `InputError` where it cannot be read.
    """
    places = _read(folder, options, limits)

    def moved(place: wire.Location, address: str, device: str | None) -> wire.Location:
        origin = places.of(address, device) if place.line is None else None
        if origin is None:
            return place
        return wire.Location(
            path=origin.path, line=origin.line, column=origin.column, pointer=place.pointer
        )

    placed = msgspec.structs.replace(
        report,
        devices=[_device(device, moved) for device in report.devices],
        findings=[
            msgspec.structs.replace(f, location=moved(f.location, f.address, f.device))
            for f in report.findings
        ],
        not_analyzed=[
            msgspec.structs.replace(n, location=moved(n.location, n.address, None))
            for n in report.not_analyzed
        ],
    )
    return placed, places.calls


_Move = Callable[[wire.Location, str, str | None], wire.Location]


def _device(device: wire.Device, moved: _Move) -> wire.Device:
    nowhere = wire.Location(path="")
    chain = []
    for link in device.chain:
        place = moved(link.location or nowhere, link.name, None)
        chain.append(msgspec.structs.replace(link, location=place if place.path else None))
    return msgspec.structs.replace(
        device, location=moved(device.location, device.address, device.device), chain=chain
    )


def _read(folder: str, options: Options, limits: Limits) -> _Places:
    places = _Places({}, {}, {})
    # A file of the folder stands for its module alone: other root modules are other plans.
    name = next(iter(_sources(folder)), folder)
    inputs = Inputs(options, limits)
    for found in filter(None, map(inputs.open, inputs.find([name]))):
        document = found.read()
        places.calls.update(document.calls)
        for resource in document.resources:
            if resource.origin.line is not None:
                places.resources.setdefault(without_indexes(resource.address), resource.origin)
        for device in extract(document, _Nothing(), Budget(document.path, limits)).devices:
            if device.origin.line is not None:
                key = (without_indexes(device.resource.address), device.device)
                places.devices.setdefault(key, device.origin)
    return places


def _sources(folder: str) -> Iterator[str]:
    """The folder's own Terraform files."""
    if os.path.isdir(folder):
        for name in sorted(os.listdir(folder)):
            if name.endswith((".tf", ".tofu")):
                yield os.path.join(folder, name)
