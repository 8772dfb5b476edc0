"""Mappings that are evaluated key by key: most of a template's values are never read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from analyzer.core.values import Datum
from analyzer.sources.cloudformation.nodes import Fields
from analyzer.sources.cloudformation.stack import step

if TYPE_CHECKING:
    from analyzer.sources.cloudformation.evaluate import Evaluator

__all__ = ["LazyMap", "OpenMap"]


class LazyMap(Mapping[str, Datum]):
    """A mapping whose values are evaluated when they are read."""

    __slots__ = ("_data", "_evaluator", "_fields", "_pointer")

    def __init__(self, evaluator: Evaluator, fields: Fields, pointer: str) -> None:
        self._evaluator = evaluator
        self._fields = fields
        self._pointer = pointer
        self._data: dict[str, Datum] = {}

    def __getitem__(self, name: str) -> Datum:
        found = self._data.get(name)
        if found is None:
            node = self._fields.node(name)
            if node is None:
                return self._missing(name)
            found = self._data[name] = self._evaluator.read(node, step(self._pointer, name))
        return found

    def _missing(self, name: str) -> Datum:
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields.raws)

    def __len__(self) -> int:
        return len(self._fields.raws)

    def __contains__(self, name: object) -> bool:
        return name in self._fields.raws


class OpenMap(LazyMap):
    """A mapping that may hold more than is written: what is not written is unknown."""

    __slots__ = ("_reason",)

    def __init__(self, evaluator: Evaluator, fields: Fields, pointer: str, reason: str) -> None:
        super().__init__(evaluator, fields, pointer)
        self._reason = reason

    def _missing(self, name: str) -> Datum:
        pointer = step(self._pointer, name)
        return self._evaluator.undecided(self._fields, pointer, self._reason)
