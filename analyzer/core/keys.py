"""KMS keys: forms of their names, identity, and what makes one unusable for EBS."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import field

from analyzer.core.facts import Fact, Known
from analyzer.core.model import AWS_MANAGED_ALIAS, Operation, Place
from analyzer.core.reading import KeyText
from analyzer.core.records import dataclass
from analyzer.core.values import Reference
from analyzer.core.worlds import Knowledge

__all__ = [
    "KeyArn",
    "KeyFacts",
    "KeyRing",
    "key_names",
    "late_code",
    "parse_arn",
    "why_unusable",
]

_ARN = re.compile(
    r"arn:(?P<partition>[^:]+):kms:(?P<region>[^:$]+):(?P<account>[^:]*):(?P<name>.+)"
)


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


#: What a key is judged by where nobody says more.
_HERE = Place()
_NOTHING = Known()


def key_names(ref: str) -> Iterator[str]:
    """The texts that name the same key as this one: itself, and a key id for a key's ARN.

    An id without an ARN is a key of the account and Region that it is used in.
    """
    yield ref
    arn = parse_arn(ref)
    if arn is not None and arn.name.startswith("key/"):
        yield arn.name.removeprefix("key/")


#: Key states in which nothing can be encrypted (KMS Developer Guide, key states).
_DEAD_STATES = (
    "Disabled",
    "PendingDeletion",
    "PendingImport",
    "PendingReplicaDeletion",
    "Unavailable",
)


def why_unusable(*, state: str | None, usage: str | None, spec: str | None) -> str:
    """Why EBS cannot use a key in this state, of this usage and spec; "" where it can.

    Source: EBS User Guide, encryption requirements (symmetric encryption keys only).
    """
    if state in _DEAD_STATES:
        return f"the key is in state {state}"
    if usage is not None and usage != "ENCRYPT_DECRYPT":
        return f"the key's usage is {usage}, EBS needs ENCRYPT_DECRYPT"
    if spec is not None and spec != "SYMMETRIC_DEFAULT":
        return f"the key's spec is {spec}, EBS needs SYMMETRIC_DEFAULT"
    return ""


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

    def identity(self, ref: KeyText, place: Place = _HERE, known: Knowledge = _NOTHING) -> KeyText:
        """The key behind a reference: aliases are followed, attributes do not matter.

        An alias that the input does not know may be known from outside, for the place that
        it is used in (KMS Developer Guide: an alias is a resource of its account and Region).
        """
        seen: set[str] = set()
        while (name := _name(ref)) not in seen:
            seen.add(name)
            alias_of = self.aliases.get(name)
            if alias_of is not None:
                ref = alias_of
            elif "alias/" in name and not _is_aws_managed(name):
                scope = name if parse_arn(name) else f"{name}@{place.label}"
                ref = known.answer(Fact("alias", scope)) or ref
        return Reference(ref.address) if isinstance(ref, Reference) else ref

    def is_aws_managed(
        self, ref: KeyText, place: Place = _HERE, known: Knowledge = _NOTHING
    ) -> bool:
        """Whether the key is the account's AWS managed key for EBS."""
        name = _name(self.identity(ref, place, known))
        return _is_aws_managed(name) or known.answer(Fact("key_manager", name)) == "AWS"

    def refusal(
        self,
        ref: KeyText,
        place: Place,
        known: Knowledge = _NOTHING,
        *,
        sensitive: bool = False,
    ) -> str:
        """Why this key cannot encrypt in this place, or "" where nothing is known against it.

        Only what the input or the facts show: the key's Region differs from the request's,
        or the key is disabled or of a wrong usage (EBS User Guide, encryption requirements).
        What is known from outside wins over the input, as everywhere. No part of a
        `sensitive` name is told.
        """
        found = self.identity(ref, place, known)
        name = _name(found)
        facts = self.keys.get(name, KeyFacts())
        arn = parse_arn(found) if isinstance(found, str) else None
        region = arn.region if arn else known.answer(Fact("key_region", name)) or facts.region
        if region and place.region and region != place.region:
            lives = "another Region" if sensitive else region
            return f"the key lives in {lives}, the request is made in {place.region}"
        return (
            why_unusable(
                state=known.answer(Fact("key_state", name)),
                usage=known.answer(Fact("key_usage", name)),
                spec=known.answer(Fact("key_spec", name)),
            )
            or facts.unusable
        )


def _is_aws_managed(name: str) -> bool:
    return name == AWS_MANAGED_ALIAS or name.endswith(f":{AWS_MANAGED_ALIAS}")


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
