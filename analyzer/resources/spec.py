"""The vocabulary of the resource tables: what an argument of a resource type means to EBS.

An entry is data. It names arguments by dotted paths (`launch_template_data.image_id`);
a path goes through lists of nested blocks by itself. How a format is parsed, and how AWS
decides, is none of its business.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Union

from analyzer.core.model import Operation

__all__ = [
    "AS_WRITTEN",
    "FALSE_UNLESS_TRUE",
    "ONLY_TRUE",
    "TRUE_UNLESS_FALSE",
    "Alias",
    "CopiesImage",
    "CreatesImage",
    "DataImage",
    "Entry",
    "Identity",
    "ImageParameter",
    "KeyResource",
    "Launches",
    "Links",
    "Makes",
    "Mappings",
    "NoDevice",
    "OtherService",
    "Part",
    "RegistersImage",
    "SetsDefaultKey",
    "SetsEncryptionByDefault",
    "SourceKind",
    "Stored",
    "TemplateRef",
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Makes:
    """A request for one volume or snapshot; one per block at `each`, where that is given.

    `device` is the path of a name in the block, `device_name` a fixed one. `region` is the
    path of another Region that the request is made in, `source_region` of the one that a
    copy comes from, `outpost` of an Outpost's ARN. `fallback` links to the resource that
    holds the key used before the account's default. `unless` names an argument whose
    presence means that another part of the entry speaks. `settings` says in words what
    decides besides.
    """

    operation: Operation
    kind: str
    each: str = ""
    device: str = ""
    device_name: str = ""
    encrypted: str = ""
    kms_key_id: str = ""
    sent: Mapping[str, str] = field(default_factory=dict)
    source: str = ""
    made_of: SourceKind = SourceKind.NOTHING
    source_region: str = ""
    other_region: bool = False
    region: str = ""
    outpost: str = ""
    fallback: Links | None = None
    unless: str = ""
    only_if: str = ""
    optional: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """A link to another resource, by name, id or reference, and a path in it."""

    path: str
    types: tuple[str, ...]
    to: str


class NoDevice(Enum):
    """How a mapping says that it removes the image's device."""

    NEVER = "never"
    WHEN_TRUE = "a true Boolean (an empty string says nothing)"
    WHEN_PRESENT = "present, whatever the value"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mappings:
    """A list of block device mappings at `at`; without `device`, of the image's root device.

    `ebs` is the path from an entry to the object that holds the EBS parameters.
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
    sent: Mapping[str, str] = field(default_factory=dict)
    default_device: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateRef:
    """Where a launch names its launch template or launch configuration, and the version.

    `default_version` is what a missing version means.
    """

    id: str = ""
    name: str = ""
    version: str = ""
    types: tuple[str, ...] = ()
    default_version: str = "$Default"
    launch_configuration: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Launches:
    """A launch of instances: one per block at `each`.

    `image` is the path of the image (relative to the block; absolute with a leading `/`),
    `images` of further images that override it, each a launch of its own. `templates` say
    where a template is named. `launcher` is the principal that needs the key. A launch
    with `needs_template` is none where no template is named. `service_image` says in
    words which image a service chooses where none is named; with `service_public` that
    image is Amazon's own and public.
    """

    each: str = ""
    image: str = ""
    images: str = ""
    templates: tuple[TemplateRef, ...] = ()
    mappings: tuple[Mappings, ...] = ()
    launcher: str = "the caller"
    needs_template: bool = False
    unless: str = ""
    service_image: str = ""
    service_public: bool = False
    label: str = ""
    only_if: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A launch template or launch configuration: it stores a launch, and makes nothing."""

    launch: Launches
    latest: str = "latest_version"
    default: str = "default_version"
    follows: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CopiesImage:
    """CopyImage: an image, and a snapshot for each of its devices."""

    source: str
    source_region: str = ""
    encrypted: str = ""
    kms_key_id: str = ""
    sent: Mapping[str, str] = field(default_factory=dict)
    outpost: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistersImage:
    """RegisterImage: an image of snapshots that exist."""

    root: str
    mappings: tuple[Mappings, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CreatesImage:
    """CreateImage: an image, and a snapshot for each volume of an instance."""

    instance: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DataImage:
    """An existing image that the input has looked up."""

    owner: str
    owner_alias: str
    public: str
    root: str
    mappings: Mappings
    id: str = "id"
    ebs_state: str = "encrypted"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageParameter:
    """A looked-up parameter that may hold an image id (`/aws/service/ami-...`)."""

    name: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DataState:
    """An existing volume or snapshot that the input has looked up."""

    kind: str
    encrypted: str
    kms_key_id: str
    owner: str = ""
    id: str = "id"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyResource:
    """A KMS key. What makes it unusable for EBS is a value at one of these paths."""

    enabled: str = ""
    usage: str = ""
    spec: str = ""
    state: str = ""
    manager: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alias:
    """A KMS alias: its name, and the key behind it."""

    name: str
    target: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SetsEncryptionByDefault:
    """EnableEbsEncryptionByDefault or its opposite, for the resource's account and Region.

    `missing` is what a missing argument means.
    """

    enabled: str = ""
    missing: bool = True
    fixed: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetsDefaultKey:
    """ModifyEbsDefaultKmsKeyId for the resource's account and Region."""

    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """A data source that only tells who and where the caller is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherService:
    """Storage that AWS encrypts by other rules than EBS: counted and listed, not decided."""

    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Undecided:
    """A type that makes volumes or snapshots in a way that no input tells: listed."""

    why: str


Part = Union[
    Makes,
    Launches,
    Stored,
    CopiesImage,
    RegistersImage,
    CreatesImage,
    DataImage,
    DataState,
    ImageParameter,
    KeyResource,
    Alias,
    SetsEncryptionByDefault,
    SetsDefaultKey,
    Identity,
    OtherService,
    Undecided,
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A resource type and what it does: one part for each thing that it asks AWS for."""

    type: str
    parts: tuple[Part, ...]
    data: bool = False
