"""Problems for people: what is wrong, where, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["InputError", "NotAnalyzed", "Problem", "UsageError"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """An input, or a part of one, that could not be read.

    `code` is a stable word (`input-json`, `limit-depth`), `message` says what is wrong and
    quotes nothing of the input but names, `hint` says what to do. Positions count from 1.
    """

    path: str
    code: str
    message: str
    line: int | None = None
    column: int | None = None
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotAnalyzed:
    """A part of an input that may hold volumes or snapshots and was not decided, and why."""

    address: str
    reason: str
    path: str = ""
    line: int | None = None
    column: int | None = None
    pointer: str = ""
    count: int = 1


class InputError(Exception):
    """An input cannot be read at all; carries the problem to report."""

    def __init__(
        self,
        path: str,
        code: str,
        message: str,
        *,
        line: int | None = None,
        column: int | None = None,
        hint: str = "",
    ) -> None:
        super().__init__(message)
        self.problem = Problem(
            path=path, code=code, message=message, line=line, column=column, hint=hint
        )


class UsageError(Exception):
    """The command line or a setting is wrong; the message is for the user."""
