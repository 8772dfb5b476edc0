"""The inputs of a run: found, told apart by content, and read by the source of their format."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from analyzer.files import Kind, Root, read_stdin
from analyzer.limits import Limits
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
    """The inputs behind the paths of a command line; `-` is standard input."""
    for path in paths:
        shown = "<stdin>" if path == "-" else path
        yield Input(shown, "unknown", _reader(path, shown, limits))


def _reader(path: str, shown: str, limits: Limits) -> Callable[[], Document]:
    def read() -> Document:
        data = read_stdin(limits) if path == "-" else Root(path, limits).read(path, Kind.PLAN)
        return _plan(shown, data)

    return read


def _plan(path: str, data: bytes) -> Document:
    """Read a plan or state; a wrong kind of file is named as what it is."""
    from analyzer.sources import terraform_plan, wrong_input

    body = wrong_input.plain(path, data)
    try:
        plan = terraform_plan.decode(path, body)
        if plan is not None:
            return terraform_plan.read_plan(path, plan, is_known)
    except (ValueError, RecursionError) as error:
        raise wrong_input.not_a_plan(path, body, error) from None
    raise wrong_input.not_a_plan(path, body)
