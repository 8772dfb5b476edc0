"""Stand-alone volumes and snapshots: one request each, or one per block of a list."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import msgspec

from analyzer.core.chain import EMPTY, Existing, Request, Source
from analyzer.core.devices import ROOT
from analyzer.core.keys import KeyRing
from analyzer.core.model import Key, KeyKind, Operation, Outcome, Place
from analyzer.core.reading import read_flag, read_key
from analyzer.core.table_walk import decide_all
from analyzer.core.values import ABSENT, Absent, Choice, Datum, Given, Unknown, text
from analyzer.core.worlds import Decide, World
from analyzer.extraction.accounts import Accounts
from analyzer.extraction.device import Device
from analyzer.extraction.device_names import device_name
from analyzer.extraction.link import Linker
from analyzer.extraction.lookups import existing_source, shown_text
from analyzer.extraction.normalize import (
    destination,
    exists_in,
    filled,
    flag,
    get,
    same_region,
    under,
    worded,
)
from analyzer.resources.spec import Links, Makes, ServiceVolume, SourceKind
from analyzer.sources.document import Resource
from analyzer.walking import Block, blocks, is_true

__all__ = ["Making", "notes_of"]


#: What a template says about the end of a volume.
_POLICIES = ("/DeletionPolicy", "/UpdateReplacePolicy")
_IN_THE_END = "a last snapshot is made of it when it is deleted, in its own state"
#: What a snapshot is called that is made of a volume before it is destroyed.
_LAST_SNAPSHOT = "destroyed volume"


def notes_of(resource: Resource) -> tuple[str, ...]:
    """What the input says about a resource as a whole, in words."""
    notes = (resource.note,) if resource.note else ()
    if any(text(resource.body.get(policy, ABSENT)) == "Snapshot" for policy in _POLICIES):
        notes = (*notes, _IN_THE_END)
    return (*notes, f"stands for {resource.copies} alike") if resource.copies else notes


class Making(msgspec.Struct):
    """Makes the requests of stand-alone volumes and snapshots, each once."""

    linker: Linker
    accounts: Accounts
    ring: KeyRing
    _requests: dict[tuple[str, int], Request] = msgspec.field(default_factory=dict)

    def request(self, resource: Resource, part: Makes) -> Request:
        """The request of a part that makes one volume or snapshot."""
        key = (resource.address, id(part))
        found = self._requests.get(key)
        if found is None:
            block = Block(Given(resource.body))
            found = self._requests[key] = self._request(resource, part, block)
        return found

    def _request(self, resource: Resource, part: Makes, block: Block) -> Request:
        place = self._place(resource, part, block)
        exists = exists_in(resource, block.when)
        return Request(
            operation=part.operation,
            place=place,
            address=resource.address,
            encrypted=flag(worded(get(resource, block, part.encrypted), part.words)),
            kms_key_id=self.linker.follow(filled(get(resource, block, part.kms_key_id))),
            sent=part.sent,
            source=self._source(resource, part, block, place),
            same_region=same_region(get(resource, block, part.source_region), part, place),
            destination=destination(get(resource, block, part.outpost)),
            settings=self.accounts.of(place, resource.address),
            ring=self.ring,
            exists=under(exists, resource, block, part.only_if, part.unless),
            fallback_key=self._fallback(resource, block, part.fallback),
        )

    def _place(self, resource: Resource, part: Makes, block: Block) -> Place:
        """The place of a request, which may name another Region, or an Outpost's ARN."""
        for path in part.region:
            datum = get(resource, block, path)
            if isinstance(datum, Absent):
                continue
            named = shown_text(datum)
            region = named.split(":")[3] if named and named.count(":") > 3 else named
            return replace(resource.place, region=region if isinstance(datum, Given) else None)
        return resource.place

    def _source(self, resource: Resource, part: Makes, block: Block, place: Place) -> Source:
        if part.made_of is SourceKind.NOTHING:
            return EMPTY
        if not part.source:
            address = resource.address
            is_volume = part.made_of is SourceKind.VOLUME
            what = f"the {'volume' if is_volume else 'snapshot'} that {address} selects"
            return Existing(kind="snapshot", scope=address, owned=address, what=what)
        datum = get(resource, block, part.source)
        needed = ""
        if part.operation is not Operation.CREATE_VOLUME:
            needed = f"{resource.address}.{part.source}"
        if part.made_of is SourceKind.VOLUME:
            return self.linker.volume(datum, place, needed)
        return self.linker.snapshot(datum, place, needed)

    def _fallback(self, resource: Resource, block: Block, link: Links | None) -> Datum:
        if link is None:
            return ABSENT
        return self._key_of(get(resource, block, link.path), link, resource.place)

    def _key_of(self, named: Datum, link: Links, place: Place) -> Datum:
        """The key that a link leads to; what it links to may name one where it is not shown."""
        named = self.linker.follow(filled(named))
        if isinstance(named, Choice):
            return named.map(lambda branch: self._key_of(branch, link, place))
        target = self.linker.resource(named, place, link.types)
        if target is not None and not target.data:
            return self.linker.follow(filled(Block(Given(target.body)).get(link.to)))
        label = self.linker.called(named, "cluster", "default")
        what = link.to.rpartition(".")[2]
        return Unknown(f"cluster {label}: {what} of managed storage", "not in this input")

    def devices(self, resource: Resource, part: Makes) -> Iterator[Device]:
        """The volumes or snapshots that a part makes."""
        for number, block in enumerate(blocks(Given(resource.body), part.each), 1):
            if isinstance(block.body, Absent):
                continue
            if part.each:
                request = self._request(resource, part, block)
            else:
                request = self.request(resource, part)
            if request.exists == Given(False):
                continue
            name = device_name(get(resource, block, part.device), number) if part.device else None
            yield Device(
                resource=resource,
                device=name or part.device_name or (request.place.region if part.region else None),
                root=part.device_name == ROOT,
                kind=part.kind,
                operation=part.operation.value,
                place=request.place,
                decide=_decider(request),
                subject=request,
                encrypted=request.encrypted if part.words else get(resource, block, part.encrypted),
                kms_key_id=request.kms_key_id,
                origin=resource.origin,
                notes=notes_of(resource) + ((_IN_THE_END,) if self._ends(block, part) else ()),
            )

    def last_snapshot(self, resource: Resource, part: Makes) -> Iterator[Device]:
        """The snapshot that the provider makes of a volume before it destroys it.

        Source: aws provider, `aws_ebs_volume`, `final_snapshot`: what the state says decides.
        """
        before = Block(Given(resource.before or {}))
        if not self._ends(before, part):
            return
        request = Request(
            operation=Operation.CREATE_SNAPSHOT,
            place=resource.place,
            address=resource.address,
            source=existing_source(resource, part) or EMPTY,
            settings=self.accounts.of(resource.place, resource.address),
            ring=self.ring,
        )
        yield Device(
            resource=resource,
            device=_LAST_SNAPSHOT,
            root=False,
            kind="snapshot",
            operation=request.operation.value,
            place=request.place,
            decide=_decider(request),
            subject=request,
            encrypted=ABSENT,
            kms_key_id=ABSENT,
            origin=resource.origin,
            notes=("made before the volume is destroyed (final_snapshot)",),
        )

    @staticmethod
    def _ends(block: Block, part: Makes) -> bool:
        """Whether a last snapshot is made of a volume."""
        return bool(part.last_snapshot) and is_true(block.get(part.last_snapshot))

    def service_volume(self, resource: Resource, part: ServiceVolume) -> Device:
        """A volume that a service makes with a key of its own."""
        body = Block(Given(resource.body))
        encrypted = flag(body.get(part.encrypted))
        key = self.linker.follow(filled(body.get(part.kms_key_id)))
        exists = exists_in(resource, ())
        ring = self.ring

        def made(world: World) -> Outcome:
            if read_flag(exists, world) != "true":
                return Outcome("none", "none", "SV-0")
            if read_flag(encrypted, world) != "true":
                return Outcome("unencrypted", "unencrypted", "SV-1")
            named = read_key(key, world)
            if named is None:
                own = Key(KeyKind.AWS_MANAGED, part.default_key)
                return Outcome("AWS_MANAGED", "encrypted", "SV-2", own)
            ref, sensitive = named
            chosen = Key(KeyKind.REQUESTED, ring.identity(ref) if ref else None, sensitive)
            return Outcome("REQUESTED", "encrypted", "SV-3", chosen)

        return Device(
            resource=resource,
            device=part.device_name,
            root=part.device_name == ROOT,
            kind="volume",
            operation=Operation.CREATE_VOLUME.value,
            place=resource.place,
            decide=made,
            encrypted=encrypted,
            kms_key_id=key,
            origin=resource.origin,
            notes=(*notes_of(resource), "made by the service, not by the account's EC2 settings"),
        )


def _decider(request: Request) -> Decide[Outcome]:
    return lambda world: decide_all(request, world)
