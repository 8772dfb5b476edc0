"""The references of an expression, as a plan's configuration lists them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["list_of", "mapping_of", "references_of"]


def mapping_of(value: object) -> Mapping[str, Any]:
    """A JSON object; an empty one for anything else."""
    return value if isinstance(value, Mapping) else {}


def list_of(value: object) -> Sequence[Any]:
    """A JSON array; an empty one for anything else."""
    return value if isinstance(value, list) else ()


def references_of(expression: object) -> list[str]:
    """The references of an expression without the shorter prefixes that follow each."""
    found: list[str] = []
    for ref in list_of(mapping_of(expression).get("references")):
        if not isinstance(ref, str):
            continue
        rest = found[-1][len(ref) :] if found and found[-1].startswith(ref) else None
        if rest is not None and rest[:1] in ("", ".", "["):
            continue
        found.append(ref)
    return found
