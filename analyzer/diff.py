"""What changed between two reports: only states, device by device.

A device is the same one if its resource, its name and its launch are; the root device of an
image goes by one name, whether the image tells it or not.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

import msgspec

from analyzer.wire import Device, Key, Report, State

__all__ = ["Change", "Diff", "compare", "replaced"]

#: From good to bad; AWS's refusal stops a deployment, plain text stays.
_ORDER = ("encrypted", "depends", "rejected", "unencrypted")


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One device whose state is another one; `before` or `after` is null where it is not there.

    `worse` tells that it is less encrypted than before, or under a key that is less one's own.
    """

    address: str
    device: str | None
    kind: Literal["volume", "snapshot"]
    before: State | None
    after: State | None
    worse: bool
    launch: str | None = None


class Diff(msgspec.Struct, frozen=True, kw_only=True):
    """The devices that changed, and the number of those that did not."""

    changes: list[Change]
    unchanged: int

    @property
    def worse(self) -> bool:
        """Whether anything is worse than before."""
        return any(change.worse for change in self.changes)


def compare(old: Report, new: Report) -> Diff:
    """What is another state in the new report than in the old one."""
    before, after = _by_name(old.devices), _by_name(new.devices)
    changes = list(_changes(before, after))
    same = sum(1 for name in before.keys() & after.keys()) - sum(
        1 for c in changes if c.before is not None and c.after is not None
    )
    return Diff(changes=changes, unchanged=same)


def replaced(report: Report) -> list[Change]:
    """The devices of one report that certainly become something else than what they replace."""
    found = []
    for device in report.devices:
        after = State(verdict=device.verdict, key=device.key)
        if device.before is not None and _is_moved(device.before, after):
            found.append(_change(device, device.before, after))
    return found


def _is_moved(before: State, after: State) -> bool:
    if before.verdict != after.verdict:
        return True
    old, new = before.key, after.key
    if before.verdict != "encrypted" or old is None or new is None:
        return False
    if _is_managed(old) or _is_managed(new):
        return _is_managed(old) != _is_managed(new) and None not in (old.ref, new.ref)
    if old.ref is None or new.ref is None or "alias/" in old.ref + new.ref:
        return False  # it may be the same key by another name
    return old.ref.rpartition("key/")[2] != new.ref.rpartition("key/")[2]


_Name = tuple[str, str, str, str, int]


def _by_name(devices: Sequence[Device]) -> dict[_Name, Device]:
    """Devices by what identifies them in any report; equal ones are counted."""
    found: dict[_Name, Device] = {}
    for device in devices:
        name = "root" if device.root else device.device or ""
        number = 0
        while (key := (device.address, name, device.launch or "", device.kind, number)) in found:
            number += 1
        found[key] = device
    return found


def _changes(before: dict[_Name, Device], after: dict[_Name, Device]) -> Iterator[Change]:
    for name in [*before, *(name for name in after if name not in before)]:
        old, new = before.get(name), after.get(name)
        device = new or old
        if device is None or _state(old) == _state(new):
            continue
        yield _change(device, _state(old), _state(new))


def _change(device: Device, before: State | None, after: State | None) -> Change:
    return Change(
        address=device.address,
        device=device.device,
        kind=device.kind,
        launch=device.launch,
        before=before,
        after=after,
        worse=_is_worse(before, after),
    )


def _state(device: Device | None) -> State | None:
    return State(verdict=device.verdict, key=device.key) if device is not None else None


def _is_worse(before: State | None, after: State | None) -> bool:
    if after is None:
        return False
    old = _ORDER.index(before.verdict) if before is not None else 0
    new = _ORDER.index(after.verdict)
    if new != old:
        return new > old
    return before is not None and _is_own(before.key) and not _is_own(after.key)


def _is_own(key: Key | None) -> bool:
    """Whether it is certain that a key is one that somebody chose: asked for, or named."""
    if key is None or _is_managed(key):
        return False
    return key.kind == "requested" or key.ref is not None


def _is_managed(key: Key) -> bool:
    return key.kind == "aws-managed" or key.ref == "alias/aws/ebs"
