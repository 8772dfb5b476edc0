"""The shape of `terraform show -json`, as far as it is read.

Bodies stay undecoded (`Raw`) until the type of their resource is known to matter: in a real
plan that leaves four fifths of the bytes unread. Format: Terraform, "JSON Output Format".
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import msgspec

from analyzer.sources.terraform_plan.odd import decode_odd, mended

if TYPE_CHECKING:
    from mmap import mmap

__all__ = [
    "NULL",
    "Change",
    "Module",
    "Plan",
    "ResourceChange",
    "StateResource",
    "decode_any",
    "decode_change",
    "decode_plan",
    "decode_region",
    "is_object",
]

NULL = msgspec.Raw(b"null")


class Change(msgspec.Struct, gc=False):
    """What happens to one object; `after` lacks what is unknown, `after_unknown` marks it.

    The objects themselves stay undecoded.
    """

    actions: tuple[str, ...] = ()
    before: msgspec.Raw = NULL
    after: msgspec.Raw = NULL
    after_unknown: msgspec.Raw = NULL
    before_sensitive: msgspec.Raw = NULL
    after_sensitive: msgspec.Raw = NULL
    replace_paths: Any = None
    importing: Any = None


class ResourceChange(msgspec.Struct, gc=False):
    """One instance of a resource; `change` stays undecoded."""

    address: str
    type: str = ""
    mode: str = "managed"
    name: str = ""
    module_address: str = ""
    index: str | int | float | None = None
    deposed: str | None = None
    previous_address: str | None = None
    change: msgspec.Raw = NULL


class StateResource(msgspec.Struct, gc=False):
    """One object of a state; `values` stays undecoded."""

    address: str
    type: str = ""
    mode: str = "managed"
    name: str = ""
    index: str | int | float | None = None
    values: msgspec.Raw = NULL
    sensitive_values: msgspec.Raw = NULL
    deposed_key: str | None = None


class Module(msgspec.Struct, gc=False):
    """A module of a state, with the modules in it."""

    resources: list[StateResource] = []
    child_modules: list[Module] = []
    address: str = ""

    def walk(self) -> Iterator[tuple[str, StateResource]]:
        """Each resource with its module's address, without recursion."""
        stack = [self]
        while stack:
            module = stack.pop()
            stack.extend(reversed(module.child_modules))
            for resource in module.resources:
                yield module.address, resource


class _Values(msgspec.Struct, gc=False):
    root_module: Module = msgspec.field(default_factory=Module)


class _State(msgspec.Struct, gc=False):
    values: _Values | None = None


class _Located(msgspec.Struct, gc=False):
    """Of an object only its Region (an argument of every resource since provider 6)."""

    region: Any = None


class _Deferred(msgspec.Struct, gc=False):
    reason: str = ""
    resource_change: ResourceChange | None = None


class Plan(msgspec.Struct, gc=False):
    """A plan, or a state: everything that is not needed is skipped."""

    format_version: str = ""
    terraform_version: str = ""
    variables: dict[str, msgspec.Raw] = {}
    resource_changes: list[ResourceChange] | None = None
    planned_values: msgspec.Raw = NULL
    prior_state: _State | None = None
    values: _Values | None = None
    configuration: msgspec.Raw = NULL
    relevant_attributes: list[Any] | None = None
    deferred_changes: list[_Deferred] = []
    errored: bool = False
    complete: bool | None = None
    # a wrapper, as policy tools pass plans on
    plan: msgspec.Raw = NULL
    terraform: msgspec.Raw = NULL
    tfplan: msgspec.Raw = NULL


#: Bytes up to which a plan that is not in order is read in spite of it: that takes several times
#: the memory of one that is.
_MOST_ODD = 10_000_000

_PLAN = msgspec.json.Decoder(Plan)
_CHANGE = msgspec.json.Decoder(Change)
_ANY = msgspec.json.Decoder()
_LOCATED = msgspec.json.Decoder(_Located)
_VALUES = msgspec.json.Decoder(_Values)


def decode_plan(data: bytes | mmap) -> Plan:
    """Decode a plan or state. Raises what msgspec raises on a broken one.

    What no JSON can have is left out where no name and no expression has it.
    """
    try:
        return _PLAN.decode(data)
    except msgspec.ValidationError:
        raise
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        if len(data) > _MOST_ODD:
            raise
        try:
            decode_odd(bytes(data))
            return _PLAN.decode(mended(bytes(data)))
        except ValueError:
            raise error from None


def decode_change(raw: msgspec.Raw) -> Change:
    """Decode one change. Raises what msgspec raises."""
    return _CHANGE.decode(raw)


def decode_region(raw: msgspec.Raw) -> Any:
    """The `region` of an object (or of a mask of one), or nothing. Raises what msgspec raises."""
    return _LOCATED.decode(raw).region if is_object(raw) else None


def is_object(raw: msgspec.Raw) -> bool:
    """Whether a value that is not decoded yet is an object."""
    return bytes(memoryview(raw)[:1]) == b"{"


def decode_any(raw: msgspec.Raw) -> Any:
    """Decode one value, odd ones included. Raises what msgspec raises."""
    try:
        return _ANY.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        try:
            return decode_odd(bytes(raw))
        except ValueError:
            raise error from None


def decode_values(raw: msgspec.Raw) -> Module:
    """The root module of `planned_values`, if there are any. Raises what msgspec raises."""
    return _VALUES.decode(raw).root_module if is_object(raw) else Module()
