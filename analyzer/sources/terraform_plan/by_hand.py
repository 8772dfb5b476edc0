"""What no plan of Terraform is, looked for in files that are small enough to be made by hand.

JSON with a key twice means one thing to us and may mean another to who applies or reviews it;
`planned_values` says the same as `resource_changes`, or the file was tampered with.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from analyzer.errors import InputError
from analyzer.sources.terraform_plan.odd import LABELS

__all__ = ["differing", "refuse_twice"]


def refuse_twice(path: str, data: bytes, known: Callable[[str], bool]) -> None:
    """Raise `InputError` for JSON that says two things by a key which stands twice in one object.

    What is said of labels and of resources whose type is not `known` decides nothing. Ignores
    broken JSON.
    """
    try:
        again = msgspec.json.encode(msgspec.json.decode(data))
    except (ValueError, RecursionError):
        again = b""  # numbers that only fields have which nobody reads
    # What is dropped takes its colon along; only an escape hides one.
    if again.count(b":") == data.count(b":") and b"\\u003a" not in data.lower():
        return
    import json

    try:
        whole = json.loads(data, object_pairs_hook=_object, parse_int=str, parse_float=str)
    except (ValueError, RecursionError):
        return  # whoever decodes it says what is wrong
    stack = [whole]
    while stack:
        here = stack.pop()
        if isinstance(here, list):
            stack.extend(here)
        elif isinstance(here, dict):
            if isinstance(here, _Twice) and not here.keys_twice <= LABELS:
                message = (
                    "states a key twice in one object, so that its meaning depends on the reader"
                )
                hint = "make it with: terraform show -json PLAN > plan.json"
                raise InputError(path, "input-twice", message, hint=hint)
            type_ = here.get("type")
            if "change" in here and isinstance(type_, str) and not known(type_):
                continue
            stack.extend(value for key, value in here.items() if key not in LABELS)


class _Twice(dict[str, object]):
    """An object in which these keys stand twice, with different values."""

    keys_twice: frozenset[str] = frozenset()


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        twice = frozenset(key for key, value in pairs if _differ(found[key], value))
        if twice:
            found = _Twice(pairs)
            found.keys_twice = twice
    return found


def _differ(one: object, other: object) -> bool:
    try:
        return one != other
    except RecursionError:
        return True


def differing(values: object, after: object) -> dict[str, Any]:
    """The mask of the attributes that two descriptions of one planned object tell differently."""
    if not isinstance(values, Mapping) or not isinstance(after, Mapping):
        return {}
    return {key: True for key in values if after.get(key) != values[key] and key in after}
