"""What the input gives others access to without making it: snapshots and images that exist.

Only what a data source or the facts tell for certain is held against the access: the state, and
whether the key is the AWS managed one. Nothing is said of what nobody tells.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from analyzer.core.facts import Fact
from analyzer.core.keys import KeyRing
from analyzer.core.model import Place
from analyzer.core.reading import KeyText
from analyzer.core.values import ABSENT
from analyzer.extraction.lookups import looked_up, part_of, shown_text
from analyzer.knowledge.sources import Sources
from analyzer.resources.spec import DataState
from analyzer.sources.document import Resource

__all__ = ["ExistingThings", "Held"]


@dataclass(frozen=True, slots=True)
class Held:
    """A snapshot that is certainly encrypted: what it belongs to, its device, and its key."""

    what: str
    device: str
    managed: bool


@dataclass(frozen=True, slots=True)
class ExistingThings:
    """What is known of snapshots and images that the input does not make."""

    known: Sources
    ring: KeyRing

    def encrypted(self, named: str | None, target: Resource | None, place: Place) -> list[Held]:
        """The encrypted snapshots of what a text names, or a data source looks up."""
        names = [named] if target is None else [_id(target), target.address]
        part = part_of(target, DataState) if target is not None else None
        for name in filter(None, names):
            is_snapshot = part is not None or name.startswith("snap-")
            here = self._snapshot(name, target, place) if is_snapshot else self._image(name, place)
            found = list(here)
            if found:
                return found
        return []

    def _snapshot(self, name: str, target: Resource | None, place: Place) -> Iterator[Held]:
        state = self.known.answer(Fact("snapshot", name))
        key: KeyText | None = None
        if state == "encrypted":
            key = self.known.answer(Fact("snapshot_key", name))
        part = part_of(target, DataState) if target is not None else None
        if state is None and target is not None and part is not None:
            found = looked_up(target, part, place)
            state, key = found.encrypted, found.kms_key
        if state == "encrypted":
            yield Held(name, "", self._is_managed(key, place))

    def _image(self, name: str, place: Place) -> Iterator[Held]:
        for device in (self.known.answer(Fact("image_devices", name)) or "").split():
            scope = f"{name}:{device}"
            if self.known.answer(Fact("image", scope)) == "encrypted":
                key = self.known.answer(Fact("image_key", scope))
                yield Held(name, device, self._is_managed(key, place))

    def _is_managed(self, key: KeyText | None, place: Place) -> bool:
        return key is not None and self.ring.is_aws_managed(key, place, self.known)


def _id(target: Resource) -> str | None:
    return shown_text(target.body.get("id", ABSENT))
