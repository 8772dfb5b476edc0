"""The inputs of a run: found, told apart by content, and read by the source of their format."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from analyzer.limits import Budget, Limits
from analyzer.resources import is_known
from analyzer.sources.document import Document

__all__ = ["Input", "open_inputs"]


@dataclass(frozen=True, slots=True)
class Input:
    """One input: its path as shown, its format as far as known, and how to read it."""

    path: str
    format: str
    read: Callable[[], Document]


def open_inputs(paths: Iterable[str], limits: Limits) -> Iterator[Input]:
    """The inputs behind the paths of a command line."""
    for path in paths:
        yield Input(path, "unknown", _reader(path, limits))


def _reader(path: str, limits: Limits) -> Callable[[], Document]:
    def read() -> Document:
        from analyzer.sources.terraform_plan import read as read_plan

        with open(path, "rb") as f:
            return read_plan(path, f.read(), is_known)

    return read


_ = Budget
