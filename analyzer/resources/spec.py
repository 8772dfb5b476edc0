"""The vocabulary of the resource tables: what an argument of a resource type means to EBS.

An entry is data. It names arguments by dotted paths (`launch_template_data.image_id`);
a path goes through lists of nested blocks by itself, and one that starts with `/` starts at
the resource, not at the block. How a format is parsed, and how AWS decides, is none of its
business.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum
from typing import Literal, Union

import msgspec

from analyzer.core.model import Operation
from analyzer.core.values import Datum

__all__ = [
    "AS_WRITTEN",
    "FALSE_UNLESS_TRUE",
    "ONLY_TRUE",
    "TRUE_UNLESS_FALSE",
    "Alias",
    "BuildsImage",
    "CopiesImage",
    "CreatesImage",
    "DataImage",
    "DataState",
    "Entry",
    "Family",
    "Identity",
    "ImageParameter",
    "KeyGrant",
    "KeyPolicy",
    "KeyResource",
    "Launches",
    "Links",
    "Makes",
    "MakesNothing",
    "Mappings",
    "NoDevice",
    "Overrides",
    "Part",
    "PolicyDocument",
    "RegistersImage",
    "ServiceEncryption",
    "ServiceVolume",
    "SetsDefaultKey",
    "SetsEncryptionByDefault",
    "Shares",
    "SourceKind",
    "Stored",
    "TemplateRef",
    "Undecided",
    "When",
]

#: What leaves for each spelling of a Boolean, where it is not what is written.
AS_WRITTEN: Mapping[str, str] = {}
ONLY_TRUE: Mapping[str, str] = {"false": "absent"}
FALSE_UNLESS_TRUE: Mapping[str, str] = {"absent": "false"}
TRUE_UNLESS_FALSE: Mapping[str, str] = {"absent": "true"}


class SourceKind(Enum):
    """What a volume or snapshot is made from."""

    NOTHING = "nothing"
    SNAPSHOT = "snapshot"
    VOLUME = "volume"


class When(msgspec.Struct, frozen=True, kw_only=True):
    """A condition on an argument: one of these texts, or (without any) that it is given.

    `missing` is what a missing argument amounts to.
    """

    path: str
    values: tuple[str, ...] = ()
    missing: bool = False


class Links(msgspec.Struct, frozen=True, kw_only=True):
    """A link to another resource, by name, id or reference, and a path in it."""

    path: str
    types: tuple[str, ...]
    to: str


class Makes(msgspec.Struct, frozen=True, kw_only=True):
    """A request for one volume or snapshot; one per block at `each`, where that is given.

    `device` is the path of a name in the block, `device_name` a fixed one. `words` says
    what the words of `encrypted` mean where they are no Booleans. `source` is the path of
    what it is made from; a source without a path is not told by any input, and
    `source_list` is the path of a list whose items are each one. `region` holds the paths
    of the Region that the request is made in, `source_region` of the one that a copy comes
    from, `outpost` of an Outpost's ARN. `fallback` links to the resource that holds the key
    used before the account's default. With `only_if` and `unless` the request is made under
    conditions. `last_snapshot` is the path of a Boolean: whether a snapshot is made of the volume
    before it is destroyed.
    """

    operation: Operation
    kind: str
    each: str = ""
    device: str = ""
    device_name: str = ""
    encrypted: str = ""
    words: Mapping[str, str] = msgspec.field(default_factory=dict)
    kms_key_id: str = ""
    sent: Mapping[str, str] = msgspec.field(default_factory=dict)
    source: str = ""
    made_of: SourceKind = SourceKind.NOTHING
    source_region: str = ""
    other_region: bool = False
    region: tuple[str, ...] = ()
    outpost: str = ""
    fallback: Links | None = None
    only_if: When | None = None
    unless: When | None = None
    last_snapshot: str = ""


class ServiceVolume(msgspec.Struct, frozen=True, kw_only=True):
    """A volume that a service makes with its own key, and not by EC2's tables.

    It is encrypted where `encrypted` is true: with `kms_key_id`, else with `default_key`.
    """

    device_name: str
    encrypted: str
    kms_key_id: str
    default_key: str


class NoDevice(Enum):
    """How a mapping says that it removes the image's device."""

    NEVER = "never"
    WHEN_TRUE = "a true Boolean (an empty string says nothing)"
    WHEN_PRESENT = "present, whatever the value"


class Mappings(msgspec.Struct, frozen=True, kw_only=True):
    """A list of block device mappings at `at`; without `device`, of the image's root device.

    `ebs` is the path from an entry to the object that holds the EBS parameters.
    `default_device` calls devices that have no name in the input; they are numbered.
    """

    at: str
    device: str = ""
    ebs: str = ""
    encrypted: str = ""
    kms_key_id: str = ""
    snapshot: str = ""
    size: str = ""
    no_device: str = ""
    removes: NoDevice = NoDevice.NEVER
    virtual_name: str = ""
    sent: Mapping[str, str] = msgspec.field(default_factory=dict)
    default_device: str = ""


class TemplateRef(msgspec.Struct, frozen=True, kw_only=True):
    """Where a launch names its launch template or the like, and the version.

    `default_version` is what a missing version means. Only launch templates have versions;
    `kind` is the word for what is named.
    """

    id: str = ""
    name: str = ""
    version: str = ""
    types: tuple[str, ...] = ()
    default_version: str = "$Default"
    kind: Literal["launch template", "launch configuration", "configuration template", "recipe"] = (
        "launch template"
    )


class Overrides(msgspec.Struct, frozen=True, kw_only=True):
    """Variants of a launch: a block at `at` that names an image, a template or devices.

    Each such block is a launch of its own, with what it names on top of the launch; a block
    that names none of them (another instance type) launches as the launch says.
    """

    at: str
    image: str = ""
    templates: tuple[TemplateRef, ...] = ()
    mappings: tuple[Mappings, ...] = ()


class ServiceEncryption(msgspec.Struct, frozen=True, kw_only=True):
    """A service's own configuration that encrypts every volume of a launch.

    `via` are links followed one after the other; the last one leads to an object, or JSON
    text of one, in which all of `enabled` must be true and `provider` (path, word) agree
    for volumes to be encrypted with the key at `key`.
    """

    via: tuple[Links, ...]
    enabled: tuple[str, ...]
    provider: tuple[str, str]
    key: str


class Launches(msgspec.Struct, frozen=True, kw_only=True):
    """A launch of instances: one per block at `each`.

    `image` is the path of the image, or the link to the resource that names it.
    `templates` say where a template is named. `launcher` is the principal that needs the
    key; those of `by` launch instead where a condition on the resource holds. A launch with
    `needs_template` is none where no template is named.
    `service_image` says in words which image a service chooses where none is named; with
    `service_public` that image is Amazon's own and public. `label` tells the launches of
    one resource apart. A `recurring` launcher launches again after the deployment, from
    what its template says then. `read` makes the resource's body readable by paths first.
    `note` says what else the launcher does.
    """

    each: str = ""
    image: str | Links = ""
    templates: tuple[TemplateRef, ...] = ()
    mappings: tuple[Mappings, ...] = ()
    overrides: Overrides | None = None
    encryption: ServiceEncryption | None = None
    launcher: str = "the caller"
    by: tuple[tuple[When, str], ...] = ()
    needs_template: bool = False
    service_image: str = ""
    service_public: bool = False
    label: str = ""
    recurring: bool = False
    only_if: When | None = None
    unless: When | None = None
    read: Callable[[Mapping[str, Datum]], Mapping[str, Datum]] | None = None
    note: str = ""


class Stored(msgspec.Struct, frozen=True, kw_only=True):
    """A launch template or launch configuration: it stores a launch, and makes nothing.

    `latest` and `default` are the arguments that hold its version numbers, `follows` the
    one that moves the default version with every change.
    """

    launch: Launches
    latest: str = "latest_version"
    default: str = "default_version"
    follows: str = ""


class CopiesImage(msgspec.Struct, frozen=True, kw_only=True):
    """CopyImage: an image, and a snapshot for each of its devices."""

    source: str
    source_region: str = ""
    encrypted: str = ""
    kms_key_id: str = ""
    sent: Mapping[str, str] = msgspec.field(default_factory=dict)
    outpost: str = ""


class RegistersImage(msgspec.Struct, frozen=True, kw_only=True):
    """RegisterImage: an image of snapshots that exist."""

    root: str
    mappings: tuple[Mappings, ...]


class CreatesImage(msgspec.Struct, frozen=True, kw_only=True):
    """CreateImage: an image, and a snapshot for each volume of an instance."""

    instance: str


class BuildsImage(msgspec.Struct, frozen=True, kw_only=True):
    """An image built by a service: instances, CreateImage of one, and a copy per target.

    `launch` is the launch of the build instance. `recipe` names what only an image (and no
    container) is built from. `targets` links to the list of targets, each with a `region`,
    a `kms_key_id` (which implies Encrypted=true) and other `accounts`. `shares` says who else
    may launch the images of a target; its paths are relative to the target. `new_versions` lists
    launch templates that get the built image, `fast_launch` what keeps snapshots of launches.
    """

    launch: Launches
    recipe: str
    targets: Links
    region: str
    kms_key_id: str
    accounts: str
    shares: Shares | None = None
    new_versions: str = ""
    fast_launch: str = ""


class DataImage(msgspec.Struct, frozen=True, kw_only=True):
    """An existing image that the input has looked up."""

    owner: str
    owner_alias: str
    public: str
    root: str
    mappings: Mappings
    id: str = "id"
    ebs_state: str = "encrypted"


class ImageParameter(msgspec.Struct, frozen=True, kw_only=True):
    """A looked-up parameter that may hold an image id (`/aws/service/ami-...`)."""

    name: str


class DataState(msgspec.Struct, frozen=True, kw_only=True):
    """An existing volume or snapshot that the input has looked up."""

    kind: str
    encrypted: str
    kms_key_id: str
    owner: str = ""
    id: str = "id"


class KeyResource(msgspec.Struct, frozen=True, kw_only=True):
    """A KMS key. What makes it unusable for EBS is a value at one of these paths.

    `policy` is the path of its key policy, a document or JSON text.
    """

    enabled: str = ""
    usage: str = ""
    spec: str = ""
    state: str = ""
    manager: str = ""
    policy: str = ""


class KeyPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """The policy of a key as a resource of its own, in place of the key's."""

    key: str
    policy: str


class KeyGrant(msgspec.Struct, frozen=True, kw_only=True):
    """A grant on a key; one with something at `constraints` holds for some requests only."""

    key: str
    grantee: str
    operations: str
    constraints: str = ""


class PolicyDocument(msgspec.Struct, frozen=True, kw_only=True):
    """A policy that is written as blocks; others at `merged` may add to it."""

    statements: str
    merged: tuple[str, ...] = ()


class Alias(msgspec.Struct, frozen=True, kw_only=True):
    """A KMS alias: its name, and the key behind it."""

    name: str
    target: str


class SetsEncryptionByDefault(msgspec.Struct, frozen=True, kw_only=True):
    """EnableEbsEncryptionByDefault or its opposite, for the resource's account and Region.

    `missing` is what a missing argument means.
    """

    enabled: str = ""
    missing: bool = True
    fixed: bool | None = None


class SetsDefaultKey(msgspec.Struct, frozen=True, kw_only=True):
    """ModifyEbsDefaultKmsKeyId for the resource's account and Region."""

    key: str


class Shares(msgspec.Struct, frozen=True, kw_only=True):
    """Permission for others to use a snapshot or image: `everyone`, or accounts at `with_`.

    `what` is the path of the snapshot or image; `""` where the entry itself makes it.
    """

    everyone: When
    what: str = ""
    with_: tuple[str, ...] = ()


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """A data source that only tells who and where the caller is."""


class MakesNothing(msgspec.Struct, frozen=True, kw_only=True):
    """A type that belongs to volumes and makes none; `why` says what it is for.

    Its entry keeps its body readable, for the types that refer to it.
    """

    why: str


class Undecided(msgspec.Struct, frozen=True, kw_only=True):
    """A type that makes volumes or snapshots in a way that no input tells: listed.

    With `each`, only where such a block is there; with `only_if`, unless that is certain not to be.
    """

    why: str
    each: str = ""
    only_if: When | None = None


class Family(msgspec.Struct, frozen=True, kw_only=True):
    """Types whose names start with `prefix`: storage of another service, counted and listed.

    AWS encrypts it by other rules than EBS. Types of the family that hold no storage end in
    one of `holds_none`.
    """

    prefix: str
    why: str
    holds_none: tuple[str, ...] = ()


Part = Union[
    Makes,
    ServiceVolume,
    Launches,
    Stored,
    CopiesImage,
    RegistersImage,
    CreatesImage,
    BuildsImage,
    DataImage,
    DataState,
    ImageParameter,
    KeyResource,
    KeyPolicy,
    KeyGrant,
    PolicyDocument,
    Alias,
    SetsEncryptionByDefault,
    SetsDefaultKey,
    Shares,
    Identity,
    MakesNothing,
    Undecided,
]


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A resource type and what it does: one part for each thing that it asks AWS for.

    `names` are the arguments by whose values other resources may name it.
    """

    type: str
    parts: tuple[Part, ...]
    data: bool = False
    names: tuple[str, ...] = ("id", "arn", "name")
