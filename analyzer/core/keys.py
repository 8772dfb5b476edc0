"""KMS keys: forms of their names, identity, and what makes one unusable for EBS."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from analyzer.core.model import AWS_MANAGED_ALIAS, Operation, Place
from analyzer.core.reading import KeyText
from analyzer.core.values import Reference

__all__ = ["KeyArn", "KeyFacts", "KeyRing", "late_code", "parse_arn"]

_ARN = re.compile(r"arn:(?P<partition>[^:]+):kms:(?P<region>[^:]+):(?P<account>[^:]*):(?P<name>.+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyArn:
    """The parts of a key's or alias's ARN; `name` is `key/...` or `alias/...`."""

    region: str
    account: str
    name: str


def parse_arn(ref: str) -> KeyArn | None:
    """The parts of a KMS ARN, or `None` for an id, an alias name, or anything else."""
    found = _ARN.fullmatch(ref)
    if found is None:
        return None
    return KeyArn(region=found["region"], account=found["account"], name=found["name"])


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyFacts:
    """What the input or the facts tell of one key.

    `unusable` says why EBS cannot use it (disabled, wrong usage), empty where nothing
    speaks against it; `region` is where it lives.
    """

    region: str | None = None
    unusable: str = ""
    manager: str = ""  # AWS or CUSTOMER


@dataclass(frozen=True, slots=True)
class KeyRing:
    """The keys and aliases that are known, by their references and texts.

    Source: KMS Developer Guide, key identifiers; a multi-Region replica shares its
    primary's id but is another key resource, so identity is the ARN.
    """

    keys: Mapping[str, KeyFacts] = field(default_factory=dict)
    aliases: Mapping[str, KeyText] = field(default_factory=dict)

    def identity(self, ref: KeyText) -> KeyText:
        """The key behind a reference: aliases are followed, attributes do not matter."""
        seen: set[str] = set()
        while (name := _name(ref)) in self.aliases and name not in seen:
            seen.add(name)
            ref = self.aliases[name]
        return Reference(ref.address) if isinstance(ref, Reference) else ref

    def is_aws_managed(self, ref: KeyText) -> bool:
        """Whether the key is the account's AWS managed key for EBS."""
        name = _name(self.identity(ref))
        return name == AWS_MANAGED_ALIAS or name.endswith(f":{AWS_MANAGED_ALIAS}")

    def refusal(self, ref: KeyText, place: Place) -> str:
        """Why this key cannot encrypt in this place, or "" where nothing is known against it.

        Only what the input itself shows: the key's Region differs from the request's, or
        the key is disabled or of a wrong usage (EBS User Guide, encryption requirements).
        """
        found = self.identity(ref)
        facts = self.keys.get(_name(found), KeyFacts())
        arn = parse_arn(found) if isinstance(found, str) else None
        region = arn.region if arn else facts.region
        if region and place.region and region != place.region:
            return f"the key lives in {region}, the request is made in {place.region}"
        return facts.unusable


def _name(ref: KeyText) -> str:
    return ref.address if isinstance(ref, Reference) else ref


def late_code(operation: Operation) -> str:
    """How AWS shows an unusable key for an operation: after the request was accepted.

    Source: EC2 API, CreateVolume/CopySnapshot/CopyImage ("authenticates the key
    asynchronously"); EC2 User Guide, instance terminates immediately.
    """
    if operation is Operation.RUN_INSTANCES:
        return "one of Client.InternalError, Client.InvalidKMSKey.InvalidState"
    if operation in (Operation.CREATE_VOLUME, Operation.COPY_VOLUMES):
        return "InvalidVolume.NotFound"
    return "snapshot error: Given key ID is not accessible"
