"""The references of an expression, as a plan's configuration lists them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from analyzer.core.values import Datum, Given, Reference

__all__ = ["list_of", "mapping_of", "reference_in", "references_of"]


def mapping_of(value: object) -> Mapping[str, Any]:
    """A JSON object; an empty one for anything else."""
    return value if isinstance(value, Mapping) else {}


def list_of(value: object) -> Sequence[Any]:
    """A JSON array; an empty one for anything else."""
    return value if isinstance(value, list) else ()


def reference_in(datum: Datum) -> Reference | None:
    """The attribute or resource that a datum names; `None` for any other datum."""
    value = datum.value if isinstance(datum, Given) else None
    return value if isinstance(value, Reference) else None


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
