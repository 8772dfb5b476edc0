"""What no plan of Terraform is, looked for in files that are small enough to be made by hand.

JSON with a key twice means one thing to us and may mean another to who applies or reviews it;
`planned_values` says the same as `resource_changes`, or the file was tampered with.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from analyzer.errors import InputError

__all__ = ["MOST", "differing", "refuse_twice"]

#: Bytes up to which a file is looked at.
MOST = 4_000_000


def refuse_twice(path: str, data: bytes) -> None:
    """Raise `InputError` for JSON that states a key twice in one object; ignores broken JSON."""
    try:
        again = msgspec.json.encode(msgspec.json.decode(data))
    except (ValueError, RecursionError):
        again = b""  # numbers that only fields have which nobody reads
    # What is dropped takes its colon along; only an escape hides one.
    if again.count(b":") == data.count(b":") and b"\\u003a" not in data.lower():
        return
    import json

    def once(pairs: list[tuple[str, object]]) -> dict[str, object]:
        found = dict(pairs)
        if len(found) != len(pairs):
            raise _TwiceError
        return found

    try:
        json.loads(data, object_pairs_hook=once, parse_int=str, parse_float=str)
    except _TwiceError:
        message = "states a key twice in one object, so that its meaning depends on the reader"
        hint = "make it with: terraform show -json PLAN > plan.json"
        raise InputError(path, "input-twice", message, hint=hint) from None
    except (ValueError, RecursionError):
        return  # whoever decodes it says what is wrong


class _TwiceError(Exception):
    """A key stands twice in one object."""


def differing(values: object, after: object) -> dict[str, Any]:
    """The mask of the attributes that two descriptions of one planned object tell differently."""
    if not isinstance(values, Mapping) or not isinstance(after, Mapping):
        return {}
    return {key: True for key in values if after.get(key) != values[key] and key in after}
