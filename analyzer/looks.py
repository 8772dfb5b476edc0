"""What work rests on: every look at the disk, with what it found, for whoever wants to know.

Work that looked at nothing else has the same result as long as every look finds the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["Looks", "Seen"]

#: By how somebody looked and at which path: the digest of the bytes, or a word.
Seen = dict[tuple[str, str], str]


class Looks:
    """The looks of everybody who shares this; without `on` nothing is kept."""

    def __init__(self, *, on: bool = False) -> None:
        self.on = on
        self._seen: Seen = {}

    def note(self, how: str, path: str, found: bytes | str) -> None:
        """Keep one look; of bytes their digest."""
        if self.on:
            from hashlib import sha256

            self._seen[how, path] = found if isinstance(found, str) else sha256(found).hexdigest()

    def repeat(self, seen: Seen) -> None:
        """Keep looks of before: what they found is used once more."""
        self._seen.update(seen)

    @contextmanager
    def apart(self) -> Iterator[Seen]:
        """The looks of a while by themselves; whoever keeps looks around it has them, too."""
        around, here = self._seen, Seen()
        self._seen = here
        try:
            yield here
        finally:
            self._seen = around
            around.update(here)
