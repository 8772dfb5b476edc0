"""What could not be read, or not be analyzed, of one template."""

from __future__ import annotations

from typing import Protocol

from analyzer.errors import InputError, NotAnalyzed, Problem
from analyzer.text import shown

__all__ = ["Notes", "Placed"]


class Placed(Protocol):
    """Anything with a position in the template."""

    @property
    def line(self) -> int:
        """The line, counted from 1."""

    @property
    def column(self) -> int:
        """The column, counted from 1."""


class Notes:
    """Collects problems and parts that were not analyzed, each once."""

    def __init__(self, path: str, problems: list[Problem], not_analyzed: list[NotAnalyzed]) -> None:
        self.path = path
        self._problems = problems
        self._not_analyzed = not_analyzed
        self._seen: set[Problem | NotAnalyzed] = set()

    def at(self, path: str) -> Notes:
        """Notes of another template of the same document."""
        notes = Notes(path, self._problems, self._not_analyzed)
        notes._seen = self._seen
        return notes

    def __len__(self) -> int:
        """How many there are."""
        return len(self._seen)

    def problem(self, code: str, message: str, place: tuple[int, int], hint: str = "") -> None:
        """Something is wrong with the template itself."""
        line, column = place
        self.add(
            Problem(path=self.path, code=code, message=message, line=line, column=column, hint=hint)
        )

    def add(self, problem: Problem) -> None:
        """A problem that is known already."""
        if problem not in self._seen:
            self._seen.add(problem)
            self._problems.append(problem)

    def duplicate(self, name: str, first: tuple[int, int], second: tuple[int, int]) -> None:
        """A name that is written twice in one mapping: raises `InputError`, which ends it."""
        line, column = second
        raise InputError(
            self.path,
            "template-duplicate-key",
            f"the key {shown(name)} is written twice, first at line {first[0]}, column {first[1]}",
            line=line,
            column=column,
            hint="keep one of the two; which one AWS reads is not defined",
        )

    def skipped(self, address: str, reason: str, place: Placed, pointer: str = "") -> None:
        """A part that may hold volumes or snapshots and cannot be decided."""
        note = NotAnalyzed(
            address=address,
            reason=reason,
            path=self.path,
            line=place.line,
            column=place.column,
            pointer=pointer,
        )
        if note not in self._seen:
            self._seen.add(note)
            self._not_analyzed.append(note)


class Silence(Notes):
    """Keeps nothing: for a first look at what a second one will evaluate again."""

    def __init__(self) -> None:
        super().__init__("", [], [])

    def add(self, problem: Problem) -> None:
        """Forgets the problem."""

    def duplicate(self, name: str, first: tuple[int, int], second: tuple[int, int]) -> None:
        """Lets the second one count."""

    def skipped(self, address: str, reason: str, place: Placed, pointer: str = "") -> None:
        """Forgets the part."""
