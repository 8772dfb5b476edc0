"""What is outside the input, or was there before: images, volumes and snapshots that exist."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TypeVar

from analyzer.core.chain import Existing
from analyzer.core.images import UnknownImage
from analyzer.core.model import Place
from analyzer.core.values import ABSENT, Datum, Given, Reference, text
from analyzer.extraction.normalize import under
from analyzer.resources import entry_of
from analyzer.resources.spec import DataImage, DataState, Makes, Part
from analyzer.sources.document import Resource
from analyzer.walking import Block, is_true

__all__ = [
    "attribute_of",
    "existing_source",
    "foreign",
    "is_public_owner",
    "is_public_parameter",
    "literal_image",
    "looked_up",
    "makes_of",
    "name_of",
    "owner_of",
    "part_of",
    "shown_text",
]

_PUBLIC_PARAMETER = re.compile(r"^/aws/service/(?!marketplace)")
#: An image that Image Builder itself offers: Amazon's own, and public.
_MANAGED_IMAGE = re.compile(r"arn:[^:]*:imagebuilder:[^:]*:aws:image/")
#: Owners whose images everybody may use, and which therefore hold no encrypted snapshot
#: (EC2 User Guide: an AMI with encrypted snapshots cannot be made public).
_PUBLIC_OWNERS = ("amazon",)
_FOREIGN_OWNERS = ("amazon", "aws-marketplace", "microsoft")

P = TypeVar("P", bound=Part)


def shown_text(datum: Datum) -> str | None:
    """The text of a datum that may be printed; `None` for a sensitive one."""
    return None if isinstance(datum, Given) and datum.sensitive else text(datum)


def is_public_parameter(name: str) -> bool:
    """Whether a parameter of Systems Manager is one of AWS's own, with a public image."""
    return bool(_PUBLIC_PARAMETER.match(name))


def makes_of(resource: Resource, kind: str) -> Makes | None:
    """The part of a resource that makes its one volume or snapshot, by its conditions."""
    entry = entry_of(resource.type, data=resource.data)
    for part in entry.parts if entry is not None else ():
        if not isinstance(part, Makes) or part.kind != kind or part.each or part.device_name:
            continue
        block = Block(Given(resource.body))
        if under(Given(True), resource, block, part.only_if, part.unless) != Given(False):
            return part
    return None


def part_of(resource: Resource, kind: type[P]) -> P | None:
    """The first part of a kind that the table gives for a resource."""
    entry = entry_of(resource.type, data=resource.data)
    for part in entry.parts if entry is not None else ():
        if isinstance(part, kind):
            return part
    return None


def name_of(datum: Given) -> str:
    """The name of what a datum refers to: an address, or the text itself."""
    value = datum.value
    if isinstance(value, Reference):
        idless = ("", "id", "Ref")
        return value.address if value.attribute in idless else f"{value.address}.{value.attribute}"
    return str(value)


def attribute_of(datum: Given) -> str:
    """The attribute that a datum refers to, if it is a reference."""
    return datum.value.attribute if isinstance(datum.value, Reference) else ""


def foreign(kind: str, scope: str, *, may_be_missing: bool = False) -> Existing:
    """A snapshot or volume of which only the name is known."""
    return Existing(kind=kind, scope=scope, owned=scope, what=scope, may_be_missing=may_be_missing)


def literal_image(label: str, name: str) -> UnknownImage:
    """An image by id, or by a public or other SSM parameter (`resolve:ssm:...`)."""
    parameter = ""
    for prefix in ("resolve:ssm:", "ssm:"):
        if name.startswith(prefix):
            parameter = name.removeprefix(prefix)
            break
    return UnknownImage(
        id=f"ssm({parameter})" if parameter and label == name else label,
        what=label,
        public=is_public_parameter(parameter) or bool(_MANAGED_IMAGE.match(name)),
    )


def looked_up(target: Resource, part: DataState, place: Place) -> Existing:
    """A volume or snapshot that a data source describes, used in a place."""
    body = target.body
    state = body.get(part.encrypted, ABSENT)
    encrypted = None
    if isinstance(state, Given):
        encrypted = "encrypted" if is_true(state) else "unencrypted"
    name = shown_text(body.get(part.id, ABSENT)) or target.address
    owner = text(body.get(part.owner, ABSENT)) if part.owner else None
    belongs = None
    if part.kind == "volume" or _owners(target) == ["self"]:
        belongs = "self"
    elif owner and place.account:
        belongs = "self" if owner == place.account else "other"
    key = shown_text(body.get(part.kms_key_id, ABSENT)) if encrypted == "encrypted" else None
    return Existing(
        kind=part.kind,
        scope=name,
        owned=name,
        what=name if name == target.address else f"{name} ({target.address})",
        encrypted=encrypted,
        belongs_to=belongs,
        kms_key=key or None,
    )


def existing_source(target: Resource, part: Makes) -> Existing | None:
    """A volume or snapshot that the input made earlier, as its state tells."""
    before = target.before or {}
    state = before.get("encrypted", ABSENT)
    if not isinstance(state, Given):
        return None
    encrypted = "encrypted" if is_true(state) else "unencrypted"
    key = shown_text(before.get("kms_key_id", ABSENT)) if encrypted == "encrypted" else None
    return Existing(
        kind=part.kind,
        scope=target.address,
        owned=target.address,
        what=target.address,
        encrypted=encrypted,
        belongs_to="self",
        kms_key=key or None,
    )


def _owners(target: Resource) -> list[str]:
    owners = target.body.get("owners", ABSENT)
    if isinstance(owners, Given) and isinstance(owners.value, Sequence):
        return [str(o.value) for o in owners.value if isinstance(o, Given)]
    return []


def is_public_owner(target: Resource, part: DataImage) -> bool:
    """Whether a looked-up image belongs to somebody whose images are all public."""
    alias = text(target.body.get(part.owner_alias, ABSENT))
    if alias:
        return alias in _PUBLIC_OWNERS
    owners = _owners(target)
    return bool(owners) and all(owner in _PUBLIC_OWNERS for owner in owners)


def owner_of(target: Resource, part: DataImage, place: Place) -> str | None:
    """Who owns a looked-up image: `self`, `other`, or not told."""
    owners = _owners(target)
    if owners == ["self"]:
        return "self"
    alias = text(target.body.get(part.owner_alias, ABSENT))
    if alias == "self":
        return "self"
    if alias in _FOREIGN_OWNERS or (owners and all(o in _FOREIGN_OWNERS for o in owners)):
        return "other"
    owner = text(target.body.get(part.owner, ABSENT))
    if owner and place.account:
        return "self" if owner == place.account else "other"
    return None
