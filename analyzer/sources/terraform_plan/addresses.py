"""Terraform addresses: taken apart with their quoted keys, never split at dots."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

import msgspec

__all__ = ["Step", "local_owner", "module_calls", "parse_steps", "quote_key", "strip_indices"]

#: `name`, then an index if there is one: a number or a JSON-quoted string.
_STEP = re.compile(r'([^.\["\]]+)((?:\[(?:"(?:[^"\\]|\\.)*"|[^\]"]*)\])*)\.?')


class Step(msgspec.Struct, frozen=True):
    """One name of an address, and the index behind it as written (`["a"]`, `[0]`, or "")."""

    name: str
    index: str


@lru_cache(maxsize=4096)  # instances share the references of their block
def parse_steps(address: str) -> tuple[Step, ...]:
    """The steps of an address or reference; text that is none gives what could be read."""
    return tuple([Step(found[1], found[2]) for found in _STEP.finditer(address)])


def module_calls(module_address: str) -> Iterator[tuple[str, str]]:
    """`(call name, index)` for each module on the path to a module instance."""
    steps = parse_steps(module_address)
    for keyword, step in zip(steps[::2], steps[1::2], strict=False):
        if keyword.name == "module":
            yield step.name, step.index


def local_owner(address: str) -> str | None:
    """The address of the module instance that a local belongs to; `None` for anything else."""
    if address.startswith("local."):
        return ""  # that of the root module
    if "local." not in address:
        return None
    steps = parse_steps(address)
    at = 0
    while at + 1 < len(steps) and steps[at].name == "module":
        at += 2
    if at + 1 >= len(steps) or steps[at].name != "local":
        return None
    return ".".join(step.name + step.index for step in steps[:at])


def strip_indices(address: str) -> str:
    """The address of the configuration block behind an instance."""
    return ".".join(step.name for step in parse_steps(address))


@lru_cache(maxsize=4096)  # the keys of one block are those of others, too
def quote_key(index: str | float | None) -> str:
    """The index of an instance as an address shows it."""
    if index is None:
        return ""
    if isinstance(index, str):
        escaped = index.replace("\\", "\\\\").replace('"', '\\"')
        return f'["{escaped}"]'
    return f"[{int(index)}]"
