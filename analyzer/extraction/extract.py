"""From resources and tables to requests: which volumes and snapshots an input makes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

import msgspec
from msgspec.structs import replace

from analyzer.core.chain import Request
from analyzer.core.images import Image
from analyzer.core.launches import Launch
from analyzer.core.model import Place
from analyzer.core.values import Given
from analyzer.core.worlds import Knowledge
from analyzer.errors import NotAnalyzed
from analyzer.extraction.accounts import Accounts, key_ring
from analyzer.extraction.device import Device
from analyzer.extraction.existing import as_it_was, existing
from analyzer.extraction.imaging import Imaging
from analyzer.extraction.launching import Launching
from analyzer.extraction.link import Linker, Requests
from analyzer.extraction.making import Making
from analyzer.extraction.normalize import under
from analyzer.extraction.twins import as_cloudformation
from analyzer.limits import Budget, limit_error
from analyzer.resources import entry_of, other_service
from analyzer.resources.spec import (
    BuildsImage,
    CopiesImage,
    CreatesImage,
    Launches,
    Makes,
    Part,
    ServiceVolume,
    Stored,
    Undecided,
)
from analyzer.sources.document import Action, Document, Resource
from analyzer.walking import Block, blocks

__all__ = ["Extraction", "extract"]


class Extraction(msgspec.Struct, kw_only=True):
    """All devices of an input, and what was not analyzed."""

    devices: list[Device]
    not_analyzed: list[NotAnalyzed]
    other_services: dict[str, tuple[str, int]]


def extract(
    document: Document, known: Knowledge, budget: Budget, *, unchanged: bool = False
) -> Extraction:
    """The devices that a document makes; with `unchanged` also those that stay as they are.

    `known` names devices (an image's root device name), it decides nothing here. A resource with
    more devices than the limit is a problem of the document. Raises `InputError` past the time.
    """
    return _Extractor(document, known, budget).run(unchanged)


class _Extractor:
    def __init__(self, document: Document, known: Knowledge, budget: Budget) -> None:
        self.document = document
        self.budget = budget
        resources = self.resources = [as_cloudformation(r) for r in document.resources]
        self.not_analyzed: list[NotAnalyzed] = []
        self._missed: set[tuple[str, str]] = set()
        accounts = Accounts(resources, document.depends, known)
        ring = self.ring = key_ring(resources)
        requests = Requests(
            make=self._request, copy_image=self._copy, launch=self._first, built=self._built
        )
        linker = Linker(resources, requests)
        self.making = Making(linker, accounts, ring)
        self.launching = Launching(linker, accounts, ring, known, self.miss)
        self.imaging = Imaging(linker, accounts, ring, known, self.launching, self.miss)

    # What the linker calls back for: the links of a chain.

    def _request(self, resource: Resource, part: Makes) -> Request:
        return self.making.request(resource, part)

    def _copy(self, resource: Resource, part: CopiesImage) -> Request:
        return self.imaging.copy_request(resource, part)

    def _first(self, resource: Resource) -> Launch | None:
        return self.launching.first(resource)

    def _built(self, resource: Resource, place: Place) -> Image | None:
        return self.imaging.built(resource, place)

    def run(self, unchanged: bool) -> Extraction:
        devices: list[Device] = []
        stored: list[tuple[Resource, Stored]] = []
        for resource in self.resources:
            self.budget.tick()
            entry = entry_of(resource.type, data=resource.data)
            if entry is None or resource.data:
                continue
            for part in entry.parts:
                if isinstance(part, Makes) and resource.action.destroys:
                    devices.extend(self.making.last_snapshot(resource, part))
                if resource.action is Action.DELETE:
                    continue
                if isinstance(part, Stored):
                    stored.append((resource, part))
                elif resource.action.creates:
                    made = self._bounded(resource, self._made(resource, part))
                    devices.extend(self._replacing(resource, part, made))
                else:
                    kept = self._kept(resource, part, unchanged)
                    devices.extend(self._bounded(resource, kept))
        for resource, part in stored:
            self.budget.tick()
            if resource.address in self.launching.templates.consumed:
                continue
            if resource.action.creates or resource.action is Action.UPDATE:
                devices.extend(self._bounded(resource, self.launching.stored(resource, part)))
        self._unknown_types()
        return Extraction(
            devices=devices,
            not_analyzed=self.not_analyzed,
            other_services={
                type_: (why, count)
                for type_, count in self.document.others.items()
                if (why := other_service(type_)) is not None
            },
        )

    def _unknown_types(self) -> None:
        """List types that no table has, and that may make volumes all the same."""
        for type_ in sorted(self.document.holding):
            count = self.document.others.get(type_, 0)
            if count and other_service(type_) is None:
                reason = "a type that is not known here, with block devices or encryption"
                path = self.document.path
                self.not_analyzed.append(
                    NotAnalyzed(address=type_, reason=reason, path=path, count=count)
                )

    def miss(self, resource: Resource, reason: str) -> None:
        """List a part of a resource that was not decided, once."""
        if (resource.address, reason) in self._missed:
            return
        self._missed.add((resource.address, reason))
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

    def _bounded(self, resource: Resource, devices: Iterable[Device]) -> list[Device]:
        """The devices of a resource, or none and a problem where they are too many to decide."""
        most = self.budget.limits.devices
        found = list(islice(devices, most + 1))
        if len(found) <= most:
            return found
        message = f"a resource has more than {most:,} block devices"
        origin = resource.origin
        error = limit_error(
            origin.path or self.document.path,
            "devices",
            message,
            line=origin.line,
            column=origin.column,
        )
        self.document.problems.append(error.problem)
        self.miss(resource, f"more than {most:,} block devices")
        return []

    def _replacing(
        self, resource: Resource, part: Part, made: Iterable[Device]
    ) -> Iterable[Device]:
        """The devices that are made, with the state of those that they replace."""
        if resource.action is not Action.REPLACE or resource.before is None:
            return made
        return [replace(d, before=as_it_was(d, part, self.ring)) for d in made]

    def _made(self, resource: Resource, part: Part) -> Iterator[Device]:
        """What one part of a created resource makes."""
        if isinstance(part, Makes):
            yield from self.making.devices(resource, part)
        elif isinstance(part, ServiceVolume):
            yield self.making.service_volume(resource, part)
        elif isinstance(part, Launches):
            for planned in self.launching.of(resource, part):
                yield from self.launching.devices(resource, planned, part)
        elif isinstance(part, CopiesImage):
            yield from self.imaging.copies(resource)
        elif isinstance(part, CreatesImage):
            yield from self.imaging.snapshots(resource)
        elif isinstance(part, BuildsImage):
            yield from self.imaging.builds(resource, part)
        elif isinstance(part, Undecided) and any(blocks(Given(resource.body), part.each)):
            body = Block(Given(resource.body))
            if under(Given(True), resource, body, part.only_if, None) != Given(False):
                self.miss(resource, part.why)

    def _kept(self, resource: Resource, part: Part, unchanged: bool) -> Iterator[Device]:
        """What a resource that is there already goes on to make, and what it has."""
        launch = part.launch if isinstance(part, BuildsImage) else part
        if isinstance(launch, Launches) and launch.recurring and self._goes_on(resource, launch):
            if isinstance(part, BuildsImage):
                yield from self.imaging.builds(resource, part, later=True)
            else:
                for planned in self.launching.of(resource, launch, later=True):
                    yield from self.launching.devices(resource, planned, launch)
        elif unchanged:
            yield from existing(resource, part)

    def _goes_on(self, resource: Resource, part: Launches) -> bool:
        """Whether this deployment changes what a launcher launches from now on."""
        return resource.action is Action.UPDATE or self.launching.is_changed(resource, part)
