"""Declarative tables: what each resource type of each language means to EBS."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, lru_cache

from analyzer.resources.spec import Entry

__all__ = ["entry_of", "is_known", "other_service", "own_name"]

#: The provider that has CloudFormation's types, under names in Terraform's style.
_TWIN = "awscc_"


@cache
def _terraform() -> Mapping[tuple[str, bool], Entry]:
    from analyzer.resources.terraform import ENTRIES

    return {(entry.type, entry.data): entry for entry in ENTRIES}


@cache
def _cloudformation() -> Mapping[str, Entry]:
    from analyzer.resources.cloudformation import ENTRIES

    return {entry.type: entry for entry in ENTRIES}


@cache
def _twins() -> Mapping[str, Entry]:
    """CloudFormation's entries by their names without case and separators."""
    return {_bare(type_.removeprefix("AWS::")): e for type_, e in _cloudformation().items()}


def _bare(name: str) -> str:
    return name.replace("::", "").replace("_", "").lower()


@lru_cache(maxsize=4096)  # asked of every object of an input
def entry_of(type_: str, *, data: bool = False) -> Entry | None:
    """The table's entry for a resource type, or `None`.

    Types of CloudFormation are found by their own names and by those of Terraform's `awscc`
    provider (`awscc_ec2_launch_template`).
    """
    if "::" in type_:
        return _cloudformation().get(type_)
    if type_.startswith(_TWIN):
        return None if data else _twins().get(_bare(type_[len(_TWIN) :]))
    return _terraform().get((type_, data))


def own_name(type_: str) -> str:
    """The name under which the tables speak of a type: CloudFormation's for its twins."""
    entry = entry_of(type_) if type_.startswith(_TWIN) else None
    return entry.type if entry is not None else type_


@lru_cache(maxsize=4096)
def is_known(type_: str) -> bool:
    """Whether any entry, of a resource or a data source, is about this type."""
    return entry_of(type_) is not None or entry_of(type_, data=True) is not None


@lru_cache(maxsize=4096)
def other_service(type_: str) -> str | None:
    """Why a type's storage is another service's, or `None` for a type that has none."""
    from analyzer.resources.other_services import FAMILIES

    is_twin = type_.startswith(_TWIN)
    name = _bare(type_[len(_TWIN) :]) if is_twin else type_
    for family in FAMILIES:
        prefix, ends = family.prefix, family.holds_none
        if is_twin:
            if "::" not in prefix:
                continue
            prefix = _bare(prefix.removeprefix("AWS::"))
            ends = tuple(map(_bare, ends))
        if name.startswith(prefix) and not (ends and name.endswith(ends)):
            return family.why
    return None
