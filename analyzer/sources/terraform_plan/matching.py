"""Which block of the configuration a planned block comes from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["match"]


def match(blocks: list[Any] | None, value: list[Any], i: int) -> object:
    """The configuration of the i-th block: the only one that agrees with it, else by position.

    Terraform sorts the blocks of a set by hash, so positions mean little: a block of the
    configuration is not this one where a constant of it has another value here. Blocks that
    agree equally well are alike in all that is known, or the position tells.
    """
    if blocks is None:
        return None
    item = value[i]
    for key in ("device_name", "name"):
        name = item.get(key) if isinstance(item, dict) else None
        if name is None:
            continue
        named = [
            b
            for b in blocks
            if isinstance(b, dict)
            and isinstance(b.get(key), dict)
            and b[key].get("constant_value") == name
        ]
        if len(named) == 1:
            return named[0]
    if len(blocks) > 1:
        agreeing = [b for b in blocks if _agrees(b, item)]
        full = [b for b in agreeing if _is_all_of(b, item)]
        for found in (full, agreeing):
            if len(found) == 1:
                return found[0]
    if len(blocks) == len(value):
        return blocks[i]
    return blocks[0] if len(blocks) == 1 else None


def _agrees(block: object, item: object) -> bool:
    """Whether nothing that a configuration block writes out differs in a planned one."""
    if not isinstance(block, dict) or not isinstance(item, dict):
        return False
    for key, expression in block.items():
        planned = item.get(key)
        if isinstance(expression, dict) and "constant_value" in expression:
            if key in item and not _equal(planned, expression["constant_value"]):
                return False
        elif isinstance(expression, list) and isinstance(planned, list):
            if len(expression) > len(planned) > 0 or (expression and planned == []):
                return False
            if len(expression) == len(planned) == 1 and not _agrees(expression[0], planned[0]):
                return False
    return True


def _is_all_of(block: Mapping[str, Any], item: Mapping[str, Any]) -> bool:
    """Whether a configuration block accounts for all that is planned, defaults left aside."""
    return all(
        key in block or planned in (None, "", False, 0, [], {}) for key, planned in item.items()
    )


def _equal(planned: object, written: object) -> bool:
    """Whether a written constant came out as planned: Terraform converts texts to what it needs."""
    return planned == written or str(planned).lower() == str(written).lower()
