"""The words of the core: operations, places, keys, outcomes."""

from __future__ import annotations

from enum import Enum
from functools import lru_cache

from analyzer.core.facts import Fact
from analyzer.core.records import dataclass
from analyzer.core.values import Reference

__all__ = ["NOT_EBS", "Key", "KeyKind", "Operation", "Outcome", "Place"]


class Operation(Enum):
    """The AWS operations that decide the encryption of a volume or snapshot."""

    RUN_INSTANCES = "RunInstances"
    CREATE_VOLUME = "CreateVolume"
    COPY_SNAPSHOT = "CopySnapshot"
    COPY_IMAGE = "CopyImage"
    REGISTER_IMAGE = "RegisterImage"
    CREATE_IMAGE = "CreateImage"
    CREATE_SNAPSHOT = "CreateSnapshot"
    COPY_VOLUMES = "CopyVolumes"
    IMPORT_SNAPSHOT = "ImportSnapshot"
    REPLACE_ROOT_VOLUME = "ReplaceRootVolume"
    DLM_CROSS_REGION_COPY = "DLMCrossRegionCopy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """An account and a Region; `None` where the input does not tell.

    `credentials` tells accounts apart whose numbers are unknown: the provider
    configuration's key, empty for the input's ordinary credentials.
    """

    account: str | None = None
    region: str | None = None
    credentials: str = ""

    @property
    def label(self) -> str:
        """`111122223333/eu-west-1`; an unknown account is left out, a Region is `this-region`."""
        account = self.account or self.credentials
        region = self.region or "this-region"
        return f"{account}/{region}" if account else region

    @property
    def words(self) -> str:
        """The place in a sentence."""
        if self.account and self.region:
            return self.label
        where = self.region or "the Region of the deployment"
        whose = self.account or self.credentials
        return f"{where} ({whose})" if whose else where

    @property
    def encryption_by_default(self) -> Fact:
        """GetEbsEncryptionByDefault of this place."""
        return _encryption_by_default(self)

    @property
    def default_key(self) -> Fact:
        """GetEbsDefaultKmsKeyId of this place, by its kind."""
        return _default_key(self)


@lru_cache(maxsize=1024)  # an input has few places, and asks about them for every device
def _encryption_by_default(place: Place) -> Fact:
    question = f"Is EBS encryption by default on in {place.words}?"
    return Fact("encryption_by_default", place.label, ("off", "on"), question)


@lru_cache(maxsize=1024)
def _default_key(place: Place) -> Fact:
    question = (
        f"Is the default key for EBS in {place.words} the AWS managed key or a customer "
        "managed key?"
    )
    return Fact("default_key", place.label, ("aws_managed", "customer_managed"), question)


class KeyKind(Enum):
    """How a key came to be the key of a volume or snapshot."""

    REQUESTED = "requested"
    SOURCE = "source"
    ACCOUNT_DEFAULT = "account-default"
    AWS_MANAGED = "aws-managed"


AWS_MANAGED_ALIAS = "alias/aws/ebs"


@dataclass(frozen=True, slots=True)
class Key:
    """A KMS key: how it was chosen, and which one it is, where that is known.

    `ref` is an id, an ARN, an alias or a reference to a resource of the input;
    `sensitive` keys are never printed. `place` is the Region in which the text was used.
    """

    kind: KeyKind
    ref: str | Reference | None = None
    sensitive: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What becomes of one volume or snapshot in one world.

    `symbol` is the table's word, `outcome` one of encrypted, unencrypted, rejected, none.
    `late` refusals come after the request was accepted: the volume never becomes usable.
    `cause` names the resource whose own refusal this one follows from.
    """

    symbol: str
    outcome: str
    row: str
    key: Key | None = None
    code: str | None = None
    late: bool = False
    cause: str = ""


#: The mapping makes no EBS volume: instance store, `NoDevice`, or nothing there in this world.
NOT_EBS = Outcome("none", "none", "RI-0a")
