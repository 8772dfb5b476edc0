"""Declarative tables: what each resource type of each language means to EBS."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from analyzer.resources.spec import Entry

__all__ = ["entry_of", "is_known", "other_service"]


@cache
def _terraform() -> Mapping[tuple[str, bool], Entry]:
    from analyzer.resources.terraform import ENTRIES

    return {(entry.type, entry.data): entry for entry in ENTRIES}


def entry_of(type_: str, *, data: bool = False) -> Entry | None:
    """The table's entry for a resource type, or `None`."""
    return _terraform().get((type_, data))


def is_known(type_: str) -> bool:
    """Whether any entry, of a resource or a data source, is about this type."""
    return entry_of(type_) is not None or entry_of(type_, data=True) is not None


def other_service(type_: str) -> str | None:
    """Why a type's storage is another service's, or `None` for a type that has none."""
    from analyzer.resources.other_services import FAMILIES

    for family in FAMILIES:
        if type_.startswith(family.prefix) and not type_.endswith(family.holds_none or ("\0",)):
            return family.why
    return None
