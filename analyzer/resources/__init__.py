"""Declarative tables: what each resource type of each language means to EBS."""

from __future__ import annotations

from functools import cache

from analyzer.resources.spec import Entry

__all__ = ["entry_of", "is_known"]


@cache
def _table() -> dict[tuple[str, bool], Entry]:
    from analyzer.resources import terraform_aws

    entries = terraform_aws.ENTRIES
    return {(entry.type, entry.data): entry for entry in entries}


def entry_of(type_: str, *, data: bool = False) -> Entry | None:
    """The table's entry for a resource type, or `None`."""
    return _table().get((type_, data))


@cache
def is_known(type_: str) -> bool:
    """Whether any entry, of a resource or a data source, is about this type."""
    return entry_of(type_) is not None or entry_of(type_, data=True) is not None
