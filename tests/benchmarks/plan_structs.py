"""The sections of a plan as structs: the least of it that an analysis has to see."""

from __future__ import annotations

import msgspec

NULL = msgspec.Raw(b"null")


class Change(msgspec.Struct, gc=False):
    """What happens to an object; the object itself stays undecoded."""

    actions: tuple[str, ...]
    after: msgspec.Raw
    after_unknown: msgspec.Raw
    before: msgspec.Raw


class ResourceChange(msgspec.Struct, gc=False):
    """One instance of a resource."""

    address: str
    type: str
    change: Change


class Resource(msgspec.Struct, gc=False):
    """One object of a state."""

    address: str
    type: str
    values: msgspec.Raw = NULL


class Module(msgspec.Struct, gc=False):
    """A module of a state."""

    resources: list[Resource] = []
    child_modules: list[Module] = []


class Values(msgspec.Struct, gc=False):
    """A state, planned or prior."""

    root_module: Module


class Prior(msgspec.Struct, gc=False):
    """The state before."""

    values: Values


class Plan(msgspec.Struct, gc=False):
    """A plan."""

    resource_changes: list[ResourceChange]
    planned_values: Values
    prior_state: Prior
    configuration: msgspec.Raw = NULL
