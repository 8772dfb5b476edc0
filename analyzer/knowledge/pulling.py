"""A facts file from what was looked up in AWS: `facts pull`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from analyzer.core.facts import Fact
from analyzer.knowledge.aws import Lookups
from analyzer.knowledge.contents import (
    Account,
    Device,
    Facts,
    Image,
    Key,
    Region,
    Snapshot,
    State,
)
from analyzer.knowledge.file import FactsFile

__all__ = ["merged", "pulled", "stale", "written"]


def pulled(lookups: Lookups, asked: Iterable[Fact]) -> Facts:
    """What AWS told of the facts that were asked for, as the contents of a facts file."""
    regions: dict[str, dict[str, Region]] = {}
    images: dict[str, Image] = {}
    snapshots: dict[str, Snapshot] = {}
    keys: dict[str, Key] = {}
    aliases: dict[str, str] = {}
    for fact in asked:
        if fact.kind in ("encryption_by_default", "default_key", "default_key_id"):
            account, _, region = fact.scope.rpartition("/")
            place = regions.setdefault(account or lookups.account(), {})
            place[region] = _region(lookups, fact.scope)
        elif fact.kind in ("owner", "snapshot", "snapshot_key") or _is_of_image(fact):
            name = fact.scope.rpartition(":")[0] if ":" in fact.scope else fact.scope
            image = lookups.image(name)
            snapshot = lookups.snapshot(name)
            if image is not None:
                images[name] = _image(*image)
            elif snapshot is not None:
                snapshots[name] = _snapshot(*snapshot)
        elif fact.kind.startswith("key_"):
            found = lookups.key(fact.scope)
            if found is not None:
                keys[fact.scope] = _key(lookups, fact.scope, *found)
        elif fact.kind == "alias":
            told = lookups.tell(fact)
            if told is not None:
                aliases[fact.scope.partition("@")[0]] = told.answer
    return Facts(
        account=lookups.account() if regions or images or snapshots else None,
        accounts={name: Account(regions=found) for name, found in regions.items()},
        images=images,
        snapshots=snapshots,
        keys=keys,
        aliases=aliases,
    )


def _is_of_image(fact: Fact) -> bool:
    image_facts = ("image", "image_key", "image_devices", "other_devices_encrypted")
    return fact.kind in (*image_facts, "root_device_name", "root_device_type")


def _region(lookups: Lookups, label: str) -> Region:
    by_default = lookups.tell(Fact("encryption_by_default", label))
    kind = lookups.tell(Fact("default_key", label))
    named = lookups.tell(Fact("default_key_id", label))
    key = named.answer if named is not None else (kind.answer if kind is not None else None)
    return Region(
        encryption_by_default=_switch(by_default.answer) if by_default is not None else None,
        default_key=key,
    )


def _switch(answer: str) -> bool:
    return answer == "on"


def _image(image: Mapping[str, Any], region: str) -> Image:
    devices: dict[str, Any] = {}
    for mapping in image.get("BlockDeviceMappings", []):
        ebs = mapping.get("Ebs")
        if not ebs or not ebs.get("SnapshotId"):
            devices[mapping["DeviceName"]] = "none" if ebs else "instance-store"
            continue
        state: State = "encrypted" if ebs.get("Encrypted") else "unencrypted"
        devices[mapping["DeviceName"]] = Device(state=state, snapshot=ebs["SnapshotId"])
    return Image(
        owner=image.get("OwnerId"),
        public=image.get("Public") or None,
        region=region,
        root_device_name=image.get("RootDeviceName"),
        root_device_type=image.get("RootDeviceType"),
        devices=devices,
    )


def _snapshot(snapshot: Mapping[str, Any], region: str) -> Snapshot:
    return Snapshot(
        encrypted=bool(snapshot.get("Encrypted")),
        owner=snapshot.get("OwnerId"),
        key=snapshot.get("KmsKeyId"),
        region=region,
    )


def _key(lookups: Lookups, name: str, metadata: Mapping[str, Any], region: str) -> Key:
    policy = lookups.tell(Fact("key_policy", name))
    manager = str(metadata.get("KeyManager", "")).lower()
    return Key(
        region=region,
        manager=manager if manager in ("aws", "customer") else None,  # type: ignore[arg-type]
        usage=metadata.get("KeyUsage"),
        spec=metadata.get("KeySpec"),
        state=metadata.get("KeyState"),
        policy=policy.answer if policy is not None else None,
    )


def merged(old: Facts, new: Facts) -> Facts:
    """The old facts with the new ones over them: what AWS did not tell stays."""
    return msgspec.convert(_over(msgspec.to_builtins(old), msgspec.to_builtins(new)), Facts)


def _over(old: Any, new: Any) -> Any:
    if not isinstance(old, dict) or not isinstance(new, dict):
        return new
    return {**old, **{name: _over(old.get(name), value) for name, value in new.items()}}


def written(facts: Facts) -> bytes:
    """The facts as a YAML file."""
    import yaml

    head = "# Facts for ebs-plan; see `ebs-plan schema facts`.\n"
    body = yaml.safe_dump(
        {"version": 1, **msgspec.to_builtins(facts)},
        sort_keys=False,
        width=100,
        allow_unicode=False,
    )
    return (head + body).encode()


def stale(file: FactsFile, facts: Iterable[Fact], lookups: Lookups) -> list[str]:
    """Where a facts file says otherwise than AWS."""
    found = []
    for fact in facts:
        here, there = file.tell(fact), lookups.tell(fact)
        if here is not None and there is not None and here.answer != there.answer:
            found.append(
                f"{fact.name}: {here.answer} ({here.where}) is stale: {there.answer} "
                f"({there.where})"
            )
    return found
