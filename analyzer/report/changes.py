"""Changes of states in words: how many devices become what, from what."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from analyzer.diff import Change
from analyzer.report.wording import key_words
from analyzer.text import shown
from analyzer.wire import State

__all__ = ["Group", "groups", "replaced_words", "state_words"]


class Group(msgspec.Struct, frozen=True):
    """Devices that change alike: the change in words, fit to be shown, and their names."""

    words: str
    worse: bool
    names: list[str]


def groups(changes: Iterable[Change]) -> list[Group]:
    """The changes by what changes, the worse ones first, then those of many devices."""
    found: dict[tuple[bool, str, str], list[Change]] = {}
    for change in changes:
        key = (state_words(change.before, change.after), state_words(change.after, change.before))
        found.setdefault((change.worse, *key), []).append(change)
    ranked = sorted(found.items(), key=lambda item: (not item[0][0], -len(item[1]), item[0]))
    return [
        Group(f"{_count(alike)}: {before} -> {after}", worse, [_name(change) for change in alike])
        for (worse, before, after), alike in ranked
    ]


def replaced_words(changes: Iterable[Change]) -> list[str]:
    """One line for each kind of change that replacing volumes and snapshots brings."""
    return [f"{'worse: ' if group.worse else ''}{group.words}" for group in groups(changes)]


def _count(changes: list[Change]) -> str:
    kinds = {change.kind for change in changes}
    noun = kinds.pop() if len(kinds) == 1 else "device"
    return f"{len(changes)} {noun}" if len(changes) == 1 else f"{len(changes)} {noun}s"


def state_words(state: State | None, other: State | None = None) -> str:
    """A state for people: the key alone, where both are encrypted."""
    if state is None:
        return "not there"
    if state.verdict != "encrypted":
        return "open" if state.verdict == "depends" else state.verdict
    if state.key is None:
        return "encrypted, key open"
    key = key_words(state.key)
    if other is not None and other.verdict == "encrypted":
        return key
    return f"encrypted with {key}"


def _name(change: Change) -> str:
    device = f" {shown(change.device)}" if change.device else ""
    launch = f", {shown(change.launch)}" if change.launch else ""
    return f"{shown(change.address)}{device}{launch}"
