"""A facts file, held against itself and against what a run asked for."""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.core.facts import Fact
from analyzer.core.keys import key_names, parse_arn
from analyzer.knowledge.contents import Device
from analyzer.knowledge.file import KEY_PARTS, FactsFile
from analyzer.knowledge.sources import Sources
from analyzer.text import shown

__all__ = ["contradictions", "listed", "unused"]

_SETTINGS = ("encryption_by_default", "default_key")


def contradictions(file: FactsFile) -> list[str]:
    """Where a file says two things of one fact, with both lines."""
    return [
        *_named_twice(file),
        *_device_and_snapshot(file),
        *_plain_with_a_key(file),
        *_key_regions(file),
        *_key_and_default(file),
    ]


def listed(file: FactsFile) -> Iterator[Fact]:
    """Every fact that the file answers by what it is about, or by its name."""
    facts = file.facts
    yield from _settings_listed(file)
    for name, image in facts.images.items():
        yield from (Fact(kind, name) for kind in ("owner", "root_device_name"))
        yield from (Fact("image", f"{name}:{device}") for device in image.devices or {})
    for name in facts.snapshots:
        yield from (Fact(kind, name) for kind in ("snapshot", "owner", "snapshot_key"))
    for name in facts.volumes:
        yield from (Fact(kind, name) for kind in ("volume", "volume_key"))
    for name, key in facts.keys.items():
        told = (part for part in KEY_PARTS if getattr(key, part) is not None)
        yield from (Fact(f"key_{part}", name) for part in told)
    yield from (Fact("alias", name) for name in facts.aliases)
    yield from map(fact_named, facts.facts)


def _settings_listed(file: FactsFile) -> Iterator[Fact]:
    for account, told in file.facts.accounts.items():
        for region, settings in told.regions.items():
            label = f"{account}/{region}"
            if "*" in (account, region):
                continue
            if settings.encryption_by_default is not None:
                yield Fact("encryption_by_default", label)
            if settings.default_key is not None:
                yield from (Fact(kind, label) for kind in ("default_key", "default_key_id"))


def fact_named(name: str) -> Fact:
    """The fact that goes by a name, without its domain."""
    kind, bracket, scope = name.partition("(")
    if bracket and scope.endswith(")") and kind.isidentifier():
        return Fact(kind, scope[:-1])
    return Fact(kind, "") if kind[:3] == "OQ-" else Fact("value", name)


def unused(file: FactsFile, known: Sources) -> list[str]:
    """Things of the file, and Regions, that no decision of a run asked about."""
    asked = [fact for fact, _ in known.used()]
    scopes = {fact.scope for fact in asked}
    scopes |= {fact.scope.partition("@")[0] for fact in asked if fact.kind == "alias"}
    keys = {
        name for fact in asked if fact.kind.startswith("key_") for name in key_names(fact.scope)
    }
    images = {fact.scope.rpartition(":")[0] for fact in asked if fact.kind.startswith("image")}
    named = {name for fact in asked for name in (*fact.names, fact.kind)}
    facts = file.facts
    found: list[tuple[str, ...]] = [
        *(("images", name) for name in facts.images if name not in scopes | images),
        *(("snapshots", name) for name in facts.snapshots if name not in scopes),
        *(("volumes", name) for name in facts.volumes if name not in scopes),
        *(("keys", name) for name in facts.keys if keys.isdisjoint(key_names(name))),
        *(("aliases", name) for name in facts.aliases if name not in scopes),
        *(("roles", name) for name in facts.roles if name not in scopes),
        *(("facts", name) for name in facts.facts if name not in named),
    ]
    told = {(told.line, told.column) for _, told in known.used() if told.path == file.path}
    for account, settings in facts.accounts.items():
        for region in settings.regions:
            place = ("accounts", account, "regions", region)
            if told.isdisjoint(file.place((*place, name)) for name in _SETTINGS):
                found.append(place)
    return [f"{_at(file, at)}: no decision asks for {shown(at[-1])}" for at in found]


def _named_twice(file: FactsFile) -> Iterator[str]:
    """A fact that is answered by its name, and otherwise by what it is about."""
    for name, answer in file.facts.facts.items():
        about = file.tell_about(fact_named(name))
        if about is not None and about.answer != answer:
            yield (
                f"{shown(name)} is {shown(answer)} in {_at(file, ('facts', name))}, "
                f"{shown(about.answer)} in {about.where}"
            )


def _device_and_snapshot(file: FactsFile) -> Iterator[str]:
    """A device of an image that has another state than its own snapshot."""
    facts = file.facts
    for name, image in facts.images.items():
        for device, held in (image.devices or {}).items():
            if not isinstance(held, Device) or held.snapshot is None or held.state is None:
                continue
            snapshot = facts.snapshots.get(held.snapshot)
            if snapshot is None or snapshot.encrypted is None:
                continue
            if snapshot.encrypted != (held.state == "encrypted"):
                here = _at(file, ("images", name, "devices", device))
                there = _at(file, ("snapshots", held.snapshot, "encrypted"))
                yield (
                    f"{shown(device)} of {shown(name)} is {held.state} in {here}, "
                    f"its snapshot {shown(held.snapshot)} is not in {there}"
                )


def _plain_with_a_key(file: FactsFile) -> Iterator[str]:
    """What is not encrypted, or public, and yet has a key or is encrypted."""
    facts = file.facts
    for kind, things in (("snapshots", facts.snapshots), ("volumes", facts.volumes)):
        for name, thing in things.items():
            if thing.encrypted is False and thing.key is not None:
                at = _at(file, (kind, name, "key"))
                yield f"{shown(name)} has a key in {at}, and is not encrypted"
    for name, snapshot in facts.snapshots.items():
        if snapshot.public and snapshot.encrypted:
            at = _at(file, ("snapshots", name, "public"))
            yield f"{shown(name)} is public in {at}, and a public snapshot is not encrypted"
    for name, image in facts.images.items():
        for device, held in (image.devices or {}).items():
            if not isinstance(held, Device):
                continue
            at = _at(file, ("images", name, "devices", device))
            if held.key is not None and held.state in ("unencrypted", "none"):
                yield f"{shown(device)} of {shown(name)} has a key in {at}, and is not encrypted"
            behind = facts.snapshots.get(held.snapshot) if held.snapshot else None
            if image.public and behind is not None and behind.encrypted:
                yield (
                    f"{shown(name)} is public, and the snapshot of {shown(device)} in {at} is "
                    "encrypted"
                )


def _key_regions(file: FactsFile) -> Iterator[str]:
    for name, key in file.facts.keys.items():
        arn = parse_arn(name)
        if arn is not None and key.region is not None and key.region != arn.region:
            yield (
                f"{shown(name)} is a key of {shown(arn.region)}, "
                f"{_at(file, ('keys', name, 'region'))} says {shown(key.region)}"
            )


def _key_and_default(file: FactsFile) -> Iterator[str]:
    """A default key that lives in another Region than the settings it is the default of."""
    for account, told in file.facts.accounts.items():
        for region, settings in told.regions.items():
            arn = parse_arn(settings.default_key) if settings.default_key else None
            if arn is not None and region not in ("*", arn.region):
                at = ("accounts", account, "regions", region, "default_key")
                yield (
                    f"{_at(file, at)}: the default key of {shown(region)} cannot be a key of "
                    f"{shown(arn.region)}"
                )


def _at(file: FactsFile, at: tuple[str, ...]) -> str:
    line, _ = file.place(at)
    return f"{shown(file.path, None)}:{line}" if line is not None else shown(file.path, None)
