"""What a facts file can hold: typed, and published as a JSON Schema (`ebs-plan schema facts`)."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

__all__ = [
    "SCHEMA_ID",
    "Account",
    "Device",
    "Facts",
    "Grant",
    "Image",
    "Key",
    "Region",
    "Snapshot",
    "State",
    "Volume",
    "schema",
]

SCHEMA_ID = "urn:ebs-plan:schema:facts:1"

State = Literal["unencrypted", "encrypted"]
#: What DescribeKey can say (KMS API, KeyMetadata).
KeyState = Literal[
    "Creating",
    "Enabled",
    "Disabled",
    "PendingDeletion",
    "PendingImport",
    "PendingReplicaDeletion",
    "Unavailable",
    "Updating",
]
KeyUsage = Literal["ENCRYPT_DECRYPT", "SIGN_VERIFY", "GENERATE_VERIFY_MAC", "KEY_AGREEMENT"]


class _Strict(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """A mapping with no other names than these."""


class Region(_Strict, frozen=True, kw_only=True):
    """EBS settings of an account in one Region.

    `default_key` is `aws_managed`, `customer_managed`, or the key itself (ARN, id, alias or
    the address of a resource).
    """

    encryption_by_default: Literal["on", "off"] | bool | None = None
    default_key: str | None = None


class Account(_Strict, frozen=True, kw_only=True):
    """An account: its settings by Region; the Region `*` stands for every other one."""

    regions: dict[str, Region] = {}


class Device(_Strict, frozen=True, kw_only=True):
    """What an image maps at a device: the state of its snapshot, or which snapshot it is."""

    state: Literal["unencrypted", "encrypted", "none"] | None = None
    snapshot: str | None = None
    key: str | None = None


class Image(_Strict, frozen=True, kw_only=True):
    """An image, by id, by `ssm(NAME)`, or by the address of the resource that looks it up.

    `owner` is `self`, `other`, `amazon`, another alias, or an account number. A `public`
    image holds no encrypted snapshot and, unless it says otherwise, is another account's.
    Devices that are listed are all that it maps.
    """

    owner: str | None = None
    public: bool | None = None
    region: str | None = None
    root_device_name: str | None = None
    root_device_type: Literal["ebs", "instance-store"] | None = None
    devices: (
        dict[str, Literal["unencrypted", "encrypted", "none", "instance-store"] | Device] | None
    ) = None


class Snapshot(_Strict, frozen=True, kw_only=True):
    """A snapshot: its state, its owner (as an image's), and its key."""

    encrypted: bool | None = None
    owner: str | None = None
    key: str | None = None
    public: bool | None = None
    region: str | None = None


class Volume(_Strict, frozen=True, kw_only=True):
    """A volume that exists: its state and its key."""

    encrypted: bool | None = None
    key: str | None = None
    region: str | None = None


class Grant(_Strict, frozen=True, kw_only=True):
    """A grant on a key: who may do what."""

    grantee: str
    operations: list[str]


class Key(_Strict, frozen=True, kw_only=True):
    """A KMS key, by ARN, id, alias, or the address of a resource.

    `policy` is the key policy, as a mapping or as JSON text. Where `grants` are listed, they
    are all that the key has.
    """

    region: str | None = None
    manager: Literal["aws", "customer"] | None = None
    usage: KeyUsage | None = None
    spec: str | None = None
    state: KeyState | None = None
    policy: str | dict[str, Any] | None = None
    grants: list[Grant] | None = None


class Facts(_Strict, frozen=True, kw_only=True):
    """What is known from outside the input.

    `account` is the account of the input's ordinary credentials (needless where only one is
    listed). `accounts` are named by number, or by the credentials as the report prints them
    (`aws.other`); `*` stands for every other one. `aliases` name the keys behind aliases,
    `roles` the ARNs of the principals that launch. `facts` answers any fact by its name, in
    the words that the report prints after "to settle it", also AWS's open questions (`OQ-6`).
    Without the input before it (`a:var.x`), a name is answered in every input that has it.
    """

    version: Literal[1] = 1
    account: str | None = None
    accounts: dict[str, Account] = {}
    images: dict[str, Image] = {}
    snapshots: dict[str, Snapshot] = {}
    volumes: dict[str, Volume] = {}
    keys: dict[str, Key] = {}
    aliases: dict[str, str] = {}
    roles: dict[str, str] = {}
    facts: dict[str, str] = {}


def schema() -> bytes:
    """The JSON Schema of a facts file."""
    found = msgspec.json.schema(Facts)
    for struct, name in (("Facts", "account"), ("Image", "owner"), ("Snapshot", "owner")):
        # An account's number without quotes: text to us, an integer to an editor.
        found["$defs"][struct]["properties"][name]["anyOf"].append({"type": "integer"})
    described = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA_ID,
        **found,
    }
    return msgspec.json.format(msgspec.json.encode(described), indent=1) + b"\n"
