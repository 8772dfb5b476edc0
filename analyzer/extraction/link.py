"""References become chains: which image, snapshot, volume, key or template a datum means."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import field
from typing import Any, TypeVar

import msgspec

from analyzer.core.chain import EMPTY, Existing, Made, OneOf, Request, Source
from analyzer.core.devices import ROOT
from analyzer.core.facts import Fact
from analyzer.core.images import Image, ImageRoot
from analyzer.core.launches import Launch, LaunchedVolume
from analyzer.core.model import Place
from analyzer.core.records import dataclass
from analyzer.core.sharing import shared
from analyzer.core.values import Absent, Choice, Datum, Given, Reference, Unknown, at, leaves
from analyzer.extraction.existing import NOTHING, existing_instance
from analyzer.extraction.image_links import ImageLinks
from analyzer.extraction.lookups import (
    attribute_of,
    existing_source,
    foreign,
    looked_up,
    makes_of,
    name_of,
    part_of,
)
from analyzer.extraction.names import Names, Tells, is_snapshot, is_volume
from analyzer.resources.spec import Alias, CopiesImage, DataState, KeyResource, Launches, Makes
from analyzer.sources.document import Resource

__all__ = ["Linker", "Requests"]

V = TypeVar("V")

_MAX_HOPS = 32
#: Links of a chain that are followed; what lies further back, or in a circle, stays unknown.
_LONGEST_CHAIN = 32


class Requests(msgspec.Struct):
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
    _made: dict[tuple[str, int], Source] = field(default_factory=dict)
    _volumes: dict[str, Source] | None = None
    _secrets: dict[str, int] = field(default_factory=dict)
    _choices: dict[Reference, Datum] = field(default_factory=dict)
    _by_choice: dict[tuple[object, ...], tuple[Choice, Any]] = field(default_factory=dict)
    _depth: int = 0
    _names: Names = field(init=False)
    _images: ImageLinks = field(init=False)

    def __post_init__(self) -> None:
        self._names = Names(self.resources)
        self._images = ImageLinks(self)
        for resource in self.resources:
            self._by_address.setdefault(resource.address, resource)
            block = resource.address.rpartition("[")[0] if resource.address[-1:] == "]" else ""
            if block:
                self._by_block.setdefault(block, []).append(resource)

    # -- resources -----------------------------------------------------------------------

    def resource(
        self, datum: Datum, place: Place, types: tuple[str, ...] = (), tells: Tells | None = None
    ) -> Resource | None:
        """The resource that a reference, or a literal id or name in a place, means.

        A name finds a resource of one of these types, or with a part for which `tells`
        holds, and only where exactly one has that name: Regions have their own.
        """
        if isinstance(datum, Given) and isinstance(datum.value, Reference):
            return self._target(datum.value)
        unique = {r.address: r for r in self._names.find(datum, types, tells)}
        near = [r for r in unique.values() if _may_be_in(r.place, place)]
        found = [r for r in near if r.place == place] or near
        managed = [r for r in found if not r.data] or found
        return managed[0] if managed and (len(managed) == 1 or managed[0].data) else None

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
            if isinstance(inner, Choice):
                return self._chosen_by(datum, datum.value, inner)
            datum = inner
        return datum

    def _chosen_by(self, datum: Given, ref: Reference, choice: Choice) -> Datum:
        """The choice that a reference leads to, always the same one; not one that leads back."""
        if ref not in self._choices:
            self._choices[ref] = datum if self._leads_to(ref, choice) else choice
        return self._choices[ref]

    def _leads_to(self, ref: Reference, datum: Datum) -> bool:
        """Whether what a datum can be leads to a reference, by whatever way."""
        seen: set[Reference] = set()
        pending = list(leaves(datum))
        while pending:
            leaf = pending.pop()
            if not (isinstance(leaf, Given) and isinstance(leaf.value, Reference)):
                continue
            if leaf.value == ref:
                return True
            target = None if leaf.value in seen else self._target(leaf.value)
            seen.add(leaf.value)
            if target is not None and leaf.value.attribute:
                pending += leaves(at(Given(target.body), leaf.value.attribute))
        return False

    def follow_each(self, datum: Datum) -> Datum:
        """`follow` each of what a datum can be."""
        return datum.map(self.follow_each) if isinstance(datum, Choice) else self.follow(datum)

    def once(
        self,
        choice: Choice,
        about: tuple[object, ...],
        find: Callable[[Datum], V],
        join: Callable[[Fact, dict[str, V]], V],
    ) -> V:
        """What a choice comes to, found out once: choices of choices come together again."""
        key = (id(choice), *about)
        if key not in self._by_choice:
            branches = {answer: find(branch) for answer, branch in choice.branches.items()}
            self._by_choice[key] = choice, join(choice.fact, branches)
        found: V = self._by_choice[key][1]
        return found

    def is_key(self, ref: Reference) -> bool:
        """Whether a reference leads to a KMS key of the input, or to an alias of one."""
        target = self._target(ref)
        return target is not None and bool(part_of(target, KeyResource) or part_of(target, Alias))

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
            return foreign(kind, needed) if needed else EMPTY
        if isinstance(datum, Choice):
            return self.once(
                datum,
                (kind, place, needed),
                lambda branch: self._source(self.follow(branch), kind, place, needed),
                OneOf,
            )
        if isinstance(datum, Unknown):
            return foreign(kind, datum.name, may_be_missing=datum.nullable and not needed)
        tells = is_snapshot if kind == "snapshot" else is_volume
        target = self.resource(datum, place, tells=tells)
        if target is not None and self.may_go_on:
            state = part_of(target, DataState)
            if state is not None:
                return looked_up(target, state, place)
            with self.one_link_further():
                made = self._made_by(target, datum, kind)
            if made is not None:
                return shared(made, target.address, target.place, place)
        instances = self._volumes_of_instances() if kind == "volume" else {}
        return instances.get(name_of(datum)) or foreign(kind, self.label(datum, kind))

    def _volumes_of_instances(self) -> Mapping[str, Source]:
        """The volumes of instances that exist already, by their ids."""
        if self._volumes is None:
            self._volumes = {}
            for resource in self.resources:
                part = part_of(resource, Launches)
                if part is None or resource.action.creates:
                    continue
                for device in existing_instance(resource, part).devices:
                    if isinstance(device.source, Existing):
                        self._volumes[device.source.scope] = device.source
        return self._volumes

    def called(self, datum: Datum, kind: str, otherwise: str) -> str:
        """What somebody is called whom the input names and does not have."""
        if isinstance(datum, Given):
            return self.label(datum, kind)
        return getattr(datum, "name", otherwise)

    def label(self, datum: Given, kind: str) -> str:
        """What an id is called: a sensitive one is counted, never shown."""
        name = name_of(datum)
        if not datum.sensitive:
            return name
        number = self._secrets.setdefault(name, len(self._secrets) + 1)
        return f"(sensitive {kind} {number})"

    def _made_by(self, target: Resource, datum: Given, kind: str) -> Source | None:
        """The snapshot or volume that a resource of the input stands for."""
        key = (f"{target.address}.{attribute_of(datum)}", id(target))
        if key not in self._made:
            found = self._find_made(target, datum, kind)
            if found is None:
                return None
            self._made[key] = found
        return self._made[key]

    def _find_made(self, target: Resource, datum: Given, kind: str) -> Source | None:
        makes = makes_of(target, kind)
        if makes is not None:
            if target.action.creates:
                return Made(self.requests.make(target, makes))
            return existing_source(target, makes)
        if attribute_of(datum) == "root_snapshot_id":
            return ImageRoot(image=self.image(Given(Reference(target.address, "id")), target.place))
        launches = part_of(target, Launches)
        if launches is not None and kind == "volume":
            return self._volume_of_instance(target, launches, attribute_of(datum))
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

    def given_snapshot(self, datum: Datum, place: Place) -> Source | None:
        """The snapshot that a mapping names, or `None` where it names none."""
        source = self.snapshot(datum, place)
        return None if source is EMPTY else source

    def image(self, datum: Datum, place: Place) -> Image:
        """The image that a datum means, launched or copied in a place."""
        return self._images.image(datum, place)

    def image_called(self, datum: Datum, place: Place) -> str:
        """What an image is called, however often the input looks it up by its own id."""
        return self._images.called(datum, place)

    # -- chains --------------------------------------------------------------------------

    @property
    def may_go_on(self) -> bool:
        """Whether a chain is short enough to be followed further."""
        return self._depth < _LONGEST_CHAIN

    @contextmanager
    def one_link_further(self) -> Iterator[None]:
        """Count a link of a chain while it is followed."""
        self._depth += 1
        try:
            yield
        finally:
            self._depth -= 1


def _may_be_in(one: Place, other: Place) -> bool:
    """Whether two places may be one Region, of whichever account."""
    return one.region == other.region or None in (one.region, other.region)
