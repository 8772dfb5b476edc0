"""Read-only look-ups in AWS, driven by the questions that decisions ask.

A question is looked up when a decision asks it and nobody else knows; each thing is asked
for once in a run. What cannot be looked up (no credentials, no permission, no such image)
is a note on the fact, never a failure of the run.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from analyzer.core.facts import Fact
from analyzer.core.keys import parse_arn
from analyzer.knowledge.aws_calls import CALLS, Calls, Failed
from analyzer.knowledge.sources import Told
from analyzer.text import shown

__all__ = ["Lookups"]

_IMAGE = re.compile(r"ami-[0-9a-f]{8,17}")
_SNAPSHOT = re.compile(r"snap-[0-9a-f]{8,17}")
_VOLUME = re.compile(r"vol-[0-9a-f]{8,17}")
_KEY = re.compile(r"(arn:[^:]+:kms:.+|(mrk-)?[0-9a-f-]{32,36}|alias/.+)")
_ACCOUNT = re.compile(r"[0-9]{12}")

#: Facts that one note names.
_NAMED = 5


class Lookups:
    """Answers facts by calls of AWS's APIs that only read.

    `profile` and `region` select the credentials and the Region to look in first, as the AWS
    command line does. `session` is a botocore or boto3 session to use instead.
    """

    def __init__(
        self, profile: str | None = None, region: str | None = None, session: Any = None
    ) -> None:
        self._calls = Calls(profile, region, session)
        self._region = region
        self._regions: dict[str, None] = {region: None} if region else {}
        #: Facts that were not looked up, by the reason.
        self.failed: dict[str, dict[str, None]] = {}
        self._tell: Mapping[str, Callable[[Fact], Told | None]] = {
            "encryption_by_default": self._encryption_by_default,
            "default_key": self._default_key,
            "default_key_id": self._default_key_id,
            "image": self._image,
            "image_key": self._image_key,
            "image_devices": self._image_devices,
            "root_device_name": self._root_device_name,
            "root_device_type": self._root_device_type,
            "other_devices_encrypted": self._other_devices_encrypted,
            "owner": self._owner,
            "snapshot": self._snapshot,
            "snapshot_key": self._snapshot_key,
            "volume": self._no_volume,
            "volume_key": self._no_volume,
            "alias": self._alias,
            "key_region": self._key_region,
            "key_manager": self._key_metadata("KeyManager"),
            "key_usage": self._key_metadata("KeyUsage"),
            "key_spec": self._key_metadata("KeySpec"),
            "key_state": self._key_metadata("KeyState"),
            "key_policy": self._key_policy,
        }

    @property
    def calls(self) -> list[tuple[str, str]]:
        """The calls that were made: operation, and Region."""
        return self._calls.made

    def look_in(self, regions: Iterable[str | None]) -> None:
        """Regions in which an image or snapshot may be, besides the first one."""
        self._regions.update(dict.fromkeys(region for region in regions if region))

    def tell(self, fact: Fact) -> Told | None:
        """The answer to a fact, or `None` where it cannot be looked up."""
        ask = self._tell.get(fact.kind)
        if ask is None:
            return None
        try:
            return ask(fact)
        except Failed as failed:
            self.failed.setdefault(str(failed), {})[fact.name] = None
            return None

    def report(self) -> list[str]:
        """What was called, and what could not be looked up."""
        counted: dict[str, int] = {}
        for operation, region in self.calls:
            name = f"{operation} ({region})"
            counted[name] = counted.get(name, 0) + 1
        made = ", ".join(f"{name} x{n}" if n > 1 else name for name, n in counted.items())
        told = [f"AWS was asked, reading only: {made}"] if made else []
        return [*told, *(_note(reason, list(facts)) for reason, facts in self.failed.items())]

    def _home(self) -> str:
        """The Region to look in where nothing tells one."""
        if self._region is None:
            session = self._calls.opened()
            found = getattr(session, "region_name", None)
            self._region = found or next(iter(self._regions), None)
        if self._region is None:
            raise Failed("no Region is known: name one with --aws-region")
        return self._region

    def account(self) -> str:
        """The account of the credentials."""
        found = self._calls.call("sts", "GetCallerIdentity", self._home())
        return str(found["Account"])

    def _anywhere(self) -> list[str]:
        return list(dict.fromkeys((self._home(), *self._regions)))

    def _told(self, answer: str, operation: str, region: str) -> Told:
        return Told(answer=answer, source=f"AWS, {CALLS[operation]} in {region}")

    # -- accounts and Regions ------------------------------------------------------------

    def _place(self, label: str) -> str:
        """The Region of a place that the credentials are good for."""
        account, _, region = label.rpartition("/")
        if region == "region unknown":
            raise Failed("its Region is not known")
        self._regions.setdefault(region, None)
        if account and not _ACCOUNT.fullmatch(account):
            raise Failed("its credentials are not those of --aws")
        if self._region is None:
            self._region = region
        if account and account != self.account():
            raise Failed(f"the credentials are those of account {self.account()}")
        return region

    def _encryption_by_default(self, fact: Fact) -> Told:
        region = self._place(fact.scope)
        found = self._calls.call("ec2", "GetEbsEncryptionByDefault", region)
        answer = "on" if found["EbsEncryptionByDefault"] else "off"
        return self._told(answer, "GetEbsEncryptionByDefault", region)

    def _default(self, fact: Fact) -> tuple[str, str]:
        region = self._place(fact.scope)
        found = self._calls.call("ec2", "GetEbsDefaultKmsKeyId", region)
        return str(found["KmsKeyId"]), region

    def _default_key(self, fact: Fact) -> Told:
        key, region = self._default(fact)
        managed = self._is_managed(key, region)
        answer = "aws_managed" if managed else "customer_managed"
        return self._told(answer, "GetEbsDefaultKmsKeyId", region)

    def _default_key_id(self, fact: Fact) -> Told | None:
        key, region = self._default(fact)
        if self._is_managed(key, region):
            return None
        return self._told(key, "GetEbsDefaultKmsKeyId", region)

    def _is_managed(self, key: str, region: str) -> bool:
        if key.endswith("alias/aws/ebs"):
            return True
        return bool(self._key(key, region)["KeyManager"] == "AWS")

    # -- images and snapshots ------------------------------------------------------------

    def image(self, name: str) -> tuple[Mapping[str, Any], str] | None:
        """An image as DescribeImages tells it, and the Region where it was found."""
        if not _IMAGE.fullmatch(name):
            return None
        found = self._first("DescribeImages", "Images", ImageIds=[name])
        return found if found is not None else None

    def snapshot(self, name: str) -> tuple[Mapping[str, Any], str] | None:
        """A snapshot as DescribeSnapshots tells it, and the Region where it was found."""
        if not _SNAPSHOT.fullmatch(name):
            return None
        return self._first("DescribeSnapshots", "Snapshots", SnapshotIds=[name])

    def _first(
        self, operation: str, list_: str, **parameters: Any
    ) -> tuple[Mapping[str, Any], str] | None:
        """The first Region that knows something; what it is missing from is told together."""
        failed: Failed | None = None
        for region in self._anywhere():
            try:
                found = self._calls.call("ec2", operation, region, **parameters).get(list_, [])
            except Failed as error:
                failed = failed or error
                continue
            if found:
                return found[0], region
        if failed is not None:
            raise failed
        raise Failed(f"there is no such thing in {', '.join(self._anywhere())}")

    def _devices(self, name: str) -> tuple[Mapping[str, Mapping[str, Any]], str, str] | None:
        """What an image maps by device name, its root's name, and the Region."""
        found = self.image(name)
        if found is None:
            return None
        image, region = found
        mapped = {m["DeviceName"]: m for m in image.get("BlockDeviceMappings", [])}
        return mapped, str(image.get("RootDeviceName", "")), region

    def _image(self, fact: Fact) -> Told | None:
        name, _, device = fact.scope.rpartition(":")
        found = self._devices(name)
        if found is None:
            return None
        mapped, root, region = found
        return self._told(
            _state(mapped.get(root if device == "root" else device)), "DescribeImages", region
        )

    def _image_key(self, fact: Fact) -> Told | None:
        name, _, device = fact.scope.rpartition(":")
        found = self._devices(name)
        if found is None:
            return None
        mapped, root, _ = found
        ebs = mapped.get(root if device == "root" else device, {}).get("Ebs", {})
        snapshot = ebs.get("SnapshotId")
        return self._snapshot_key(Fact("snapshot_key", snapshot)) if snapshot else None

    def _image_devices(self, fact: Fact) -> Told | None:
        found = self._devices(fact.scope)
        if found is None:
            return None
        mapped, _, region = found
        names = [name for name, mapping in mapped.items() if "Ebs" in mapping]
        return self._told(" ".join(names), "DescribeImages", region)

    def _root_device_name(self, fact: Fact) -> Told | None:
        found = self._devices(fact.scope)
        if found is None or not found[1]:
            return None
        return self._told(found[1], "DescribeImages", found[2])

    def _root_device_type(self, fact: Fact) -> Told | None:
        found = self.image(fact.scope)
        if found is None or "RootDeviceType" not in found[0]:
            return None
        return self._told(str(found[0]["RootDeviceType"]), "DescribeImages", found[1])

    def _other_devices_encrypted(self, fact: Fact) -> Told | None:
        found = self._devices(fact.scope)
        if found is None:
            return None
        encrypted = any(_state(mapping) == "encrypted" for mapping in found[0].values())
        return self._told("yes" if encrypted else "no", "DescribeImages", found[2])

    def _owner(self, fact: Fact) -> Told | None:
        image = self.image(fact.scope)
        if image is not None:
            return self._whose(image[0], "DescribeImages", image[1])
        snapshot = self.snapshot(fact.scope)
        if snapshot is not None:
            return self._whose(snapshot[0], "DescribeSnapshots", snapshot[1])
        return None

    def _whose(self, thing: Mapping[str, Any], operation: str, region: str) -> Told:
        own = thing.get("OwnerId") == self.account()
        return self._told("self" if own else "other", operation, region)

    def _snapshot(self, fact: Fact) -> Told | None:
        found = self.snapshot(fact.scope)
        if found is None:
            return None
        answer = "encrypted" if found[0].get("Encrypted") else "unencrypted"
        return self._told(answer, "DescribeSnapshots", found[1])

    def _snapshot_key(self, fact: Fact) -> Told | None:
        found = self.snapshot(fact.scope)
        if found is None or not found[0].get("KmsKeyId"):
            return None
        return self._told(str(found[0]["KmsKeyId"]), "DescribeSnapshots", found[1])

    def _no_volume(self, fact: Fact) -> None:
        """Nothing: DescribeVolumes is none of the calls, and that is worth a note."""
        if _VOLUME.fullmatch(fact.scope):
            raise Failed("volumes are not looked up, tell them in a facts file")

    # -- keys ----------------------------------------------------------------------------

    def _key(self, name: str, region: str) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self._calls.call("kms", "DescribeKey", region, KeyId=name)
        metadata: Mapping[str, Any] = found["KeyMetadata"]
        return metadata

    def key(self, name: str) -> tuple[Mapping[str, Any], str] | None:
        """A key as DescribeKey tells it, and its Region; `None` for what is no key's name.

        A key id without an ARN is looked for in every Region that the run is about.
        """
        if not _KEY.fullmatch(name):
            return None
        arn = parse_arn(name)
        regions = [arn.region] if arn is not None else self._anywhere()
        for region in regions[:-1]:
            try:
                return self._key(name, region), region
            except Failed:
                continue
        return self._key(name, regions[-1]), regions[-1]

    def _key_metadata(self, part: str) -> Callable[[Fact], Told | None]:
        def told(fact: Fact) -> Told | None:
            found = self.key(fact.scope)
            value = found[0].get(part) if found is not None else None
            if found is None or value is None:
                return None
            return self._told(str(value), "DescribeKey", found[1])

        return told

    def _key_region(self, fact: Fact) -> Told | None:
        found = self.key(fact.scope) if parse_arn(fact.scope) is None else None
        return self._told(found[1], "DescribeKey", found[1]) if found is not None else None

    def _alias(self, fact: Fact) -> Told | None:
        """The ARN of the key behind an alias, by its name in a place or by its ARN."""
        name, _, label = fact.scope.partition("@")
        arn = parse_arn(fact.scope)
        region = arn.region if arn is not None else self._place(label)
        wanted = arn.name if arn is not None else name
        for alias in self._calls.call("kms", "ListAliases", region).get("Aliases", []):
            if alias.get("AliasName") == wanted and alias.get("TargetKeyId"):
                stem = str(alias["AliasArn"]).rpartition(":")[0]
                return self._told(f"{stem}:key/{alias['TargetKeyId']}", "ListAliases", region)
        raise Failed(f"there is no such alias in {region}")

    def _key_policy(self, fact: Fact) -> Told | None:
        found = self.key(fact.scope)
        if found is None or found[0].get("KeyManager") == "AWS":
            return None
        key, region = found
        name = str(key["KeyId"])  # GetKeyPolicy takes no aliases
        policy = self._calls.call("kms", "GetKeyPolicy", region, KeyId=name, PolicyName="default")
        return self._told(str(policy["Policy"]), "GetKeyPolicy", region)


def _note(reason: str, facts: list[str]) -> str:
    names = ", ".join(map(shown, facts[:_NAMED]))
    more = f" and {len(facts) - _NAMED} more" if len(facts) > _NAMED else ""
    return f"not looked up in AWS: {names}{more}: {reason}"


def _state(mapping: Mapping[str, Any] | None) -> str:
    """The state of the snapshot behind a mapping: none, unencrypted, encrypted."""
    ebs = mapping.get("Ebs") if mapping is not None else None
    if not ebs or not ebs.get("SnapshotId"):
        return "none"
    return "encrypted" if ebs.get("Encrypted") else "unencrypted"
