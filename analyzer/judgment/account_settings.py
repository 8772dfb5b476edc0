"""What an input does to the EBS settings of accounts, held against what hangs on them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

from analyzer.core.decision import Decision
from analyzer.core.values import ABSENT, Given
from analyzer.extraction.accounts import Setter, setters
from analyzer.extraction.device import Device
from analyzer.knowledge.sources import Sources
from analyzer.policy.settings import Setting
from analyzer.policy.spec import Subject
from analyzer.sources.document import Action, Document, Resource

__all__ = ["problems"]

Decided = tuple[Device, Decision]

#: Kinds of facts about the order in which a setting is applied.
_ORDER = ("applied_first", "removed_first")
#: Actions that leave a setting as this input has it.
_CHANGES = (Action.CREATE, Action.REPLACE, Action.UPDATE)


def problems(document: Document, decided: Sequence[Decided], known: Sources) -> Iterator[Setting]:
    """What is wrong with the settings that an input makes."""
    by_default, keys = setters(document.resources)
    for place, found in keys.items():
        yield from _contradicting(found, place, document.path)
        for setter in found:
            if not setter.resource.data and setter.resource.action in _CHANGES:
                yield from _alone(setter, by_default.get(place, ()), known, document.path)
    for place, found in by_default.items():
        yield from _contradicting(found, place, document.path)
    yield from _ordered(document, decided)


def _alone(
    setter: Setter, switches: Sequence[Setter], known: Sources, path: str
) -> Iterator[Setting]:
    """A default key where encryption by default is off, or nothing tells."""
    if isinstance(setter.value, Given) and setter.value.value == "alias/aws/ebs":
        return
    place = setter.resource.place
    own = [s for s in switches if not s.resource.data and s.resource.action is not Action.DELETE]
    if own:
        states = {s.value.value if isinstance(s.value, Given) else None for s in own}
    else:
        told = known.answer(place.encryption_by_default)
        shown = next((s.value for s in switches if s.resource.data), ABSENT)
        if told is None and isinstance(shown, Given):
            told = str(shown.value)
        states = {told}
    if states == {"on"} or (own and states != {"off"}):
        return
    yield Setting(
        about=Subject.of_resource(setter.resource, path),
        problem="default-key-alone",
        place=place.label,
        certain=states == {"off"},
    )


def _contradicting(found: Sequence[Setter], place: str, path: str) -> Iterator[Setting]:
    kept = [s for s in found if not s.resource.data and s.resource.action is not Action.DELETE]
    for one, other in combinations(kept, 2):
        if not isinstance(one.value, Given) or not isinstance(other.value, Given):
            continue
        if one.value.value == other.value.value or not _together(one.resource, other.resource):
            continue
        yield Setting(
            about=Subject.of_resource(other.resource, path),
            problem="settings-contradict",
            place=place,
            others=(one.resource.address,),
        )


def _together(one: Resource, other: Resource) -> bool:
    """Whether both are certain to exist."""
    return one.exists == other.exists == Given(True)


def _ordered(document: Document, decided: Sequence[Decided]) -> Iterator[Setting]:
    late: dict[str, dict[str, None]] = {}
    for device, decision in decided:
        for fact in decision.settle:
            if fact.kind in _ORDER and not device.existing:
                late.setdefault(fact.scope, {})[device.resource.address] = None
    by_address = document.by_address()
    for address, devices in late.items():
        resource = by_address.get(address)
        if resource is not None:
            yield Setting(
                about=Subject.of_resource(resource, document.path),
                problem="setting-order",
                place=resource.place.label,
                others=tuple(devices),
            )
