"""A facts file with new facts in it, and everything else as its author wrote it.

Only the lines of what has changed are written anew; comments, order and spelling of the rest
stay. What comes out is read back before anybody gets it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from analyzer.errors import InputError
from analyzer.knowledge.contents import Facts
from analyzer.knowledge.file import parse_facts
from analyzer.knowledge.located import Node, decode
from analyzer.knowledge.pulling import merged, written
from analyzer.limits import Limits

__all__ = ["updated"]

_SWITCH = {"on": True, "off": False}


def updated(path: str, data: bytes, new: Facts, limits: Limits = Limits()) -> bytes:
    """The bytes of a facts file once `new` is told in it, too; what `new` leaves out stays.

    Raises:
        InputError: the file is none, or is written in a way that cannot be changed in part
            (as one JSON object, say) and has comments that would be lost.
    """
    old = parse_facts(path, data, limits).facts
    wanted = merged(old, new)
    text = data.decode("utf-8-sig")
    page = _Page(text)
    root = decode(path, data, limits)
    if _is_block(root, 0) and all(column == 1 for _, column in root.keys.values()):
        page.update(root, msgspec.to_builtins(old), msgspec.to_builtins(wanted), page.end)
        found = page.text().encode()
        if _means(path, found, wanted, limits):
            return found
    if "#" not in text:
        return written(wanted)
    raise InputError(
        path,
        "facts-update",
        "cannot be updated without losing its comments",
        hint="write to another file, and take over what is new",
    )


def _means(path: str, data: bytes, wanted: Facts, limits: Limits) -> bool:
    try:
        return _same(
            msgspec.to_builtins(parse_facts(path, data, limits).facts), msgspec.to_builtins(wanted)
        )
    except InputError:
        return False


def _same(one: Any, other: Any) -> bool:
    """Whether two values of a facts file mean the same."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[k], other[k]) for k in one)
    return bool(_plain(one) == _plain(other))


def _plain(value: Any) -> Any:
    return _SWITCH.get(value, value) if isinstance(value, str) else value


def _is_block(node: Node, line: int) -> bool:
    """Whether a mapping has each of its names on a line of its own, all below `line`."""
    places = list(node.keys.values())
    lines = [at for at, _ in places]
    aligned = len({column for _, column in places}) <= 1
    return aligned and len(set(lines)) == len(lines) and all(at > line for at in lines)


class _Page:
    """Lines, and the ones to be written instead of some of them."""

    def __init__(self, text: str) -> None:
        self._lines = text.split("\n")
        if not self._lines[-1]:
            self._lines.pop()
        self._edits: list[tuple[int, int, list[str]]] = []

    @property
    def end(self) -> int:
        """The number of the line behind the last one; lines count from 1."""
        return len(self._lines) + 1

    def text(self) -> str:
        lines = list(self._lines)
        # From the end; of two at one line the one that was found first, the inner one, is above.
        numbered = [(start, end, i) for i, (start, end, _) in enumerate(self._edits)]
        for start, end, i in sorted(numbered, reverse=True):
            lines[start - 1 : end - 1] = self._edits[i][2]
        return "\n".join(lines) + "\n"

    def update(self, node: Node, old: Mapping[str, Any], new: Mapping[str, Any], end: int) -> None:
        """Bring a mapping, which ends before a line, from the old value to the new one."""
        starts = sorted(line for line, _ in node.keys.values())
        column = next((column for _, column in node.keys.values()), 1)
        for name, value in new.items():
            if name not in node.keys:
                continue
            line, _ = node.keys[name]
            after = next((start for start in starts if start > line), end)
            below, before = node.names[name], old.get(name)
            if _same(before, value):
                continue
            if below.names and isinstance(before, dict) and _is_block(below, line):
                self.update(below, before, value, after)
            else:
                instead = _dumped(name, value, column)
                instead[0] += self._comment(line)
                self._edits.append((line, self._last(line, after, column), instead))
        added = [
            line
            for name, value in new.items()
            if name not in node.keys and not _same(old.get(name), value)
            for line in _dumped(name, value, column)
        ]
        at = self._last(starts[-1], end, column) if starts else end
        if added:
            self._edits.append((at, at, added))

    def _last(self, start: int, end: int, column: int) -> int:
        """The end of what begins at a line and column.

        Blanks before `end` are not its own, nor are comments that are not below its name.
        """
        while end > start + 1:
            line = self._lines[end - 2]
            bare = line.lstrip()
            if bare and not (bare.startswith("#") and len(line) - len(bare) < column):
                break
            end -= 1
        return end

    def _comment(self, line: int) -> str:
        """What is said behind a line, as far as it is certain to be a comment."""
        head, mark, tail = self._lines[line - 1].rpartition(" #")
        whole = mark and not any(head.count(quote) % 2 for quote in "'\"")
        return f"  #{tail}" if whole else ""


def _dumped(name: str, value: Any, column: int) -> list[str]:
    import yaml

    text: str = yaml.safe_dump({name: value}, sort_keys=False, width=100, allow_unicode=False)
    return [f"{' ' * (column - 1)}{line}" for line in text.rstrip("\n").split("\n")]
