"""Bodies that are decoded when somebody asks for an argument of theirs.

Most objects of a plan stay as they are, and nothing hangs on them: to decode them all would
cost more than everything else that is done with a plan.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from analyzer.core.values import Datum

__all__ = ["Undecoded"]


class Undecoded(Mapping[str, Datum]):
    """A body that `decode` makes when it is first read."""

    __slots__ = ("_body", "_decode")

    def __init__(self, decode: Callable[[], Mapping[str, Datum]]) -> None:
        self._decode = decode
        self._body: Mapping[str, Datum] | None = None

    @property
    def _decoded(self) -> Mapping[str, Datum]:
        if self._body is None:
            self._body = self._decode()
        return self._body

    def __getitem__(self, key: str) -> Datum:
        return self._decoded[key]

    def get(self, key: str, default: Any = None) -> Any:
        return self._decoded.get(key, default)

    def __iter__(self) -> Iterator[str]:
        return iter(self._decoded)

    def __len__(self) -> int:
        return len(self._decoded)
