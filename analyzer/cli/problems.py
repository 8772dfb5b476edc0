"""How what could not be read is told on standard error."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.text import shown, visible

if TYPE_CHECKING:
    from analyzer import errors, wire

__all__ = ["told"]


def told(problem: errors.Problem | wire.Problem) -> str:
    """An input or a file that cannot be used, with the place in it and what to do."""
    at = "".join(f":{n}" for n in (problem.line, problem.column) if n is not None)
    message = visible(problem.message, None)
    text = f"error[{problem.code}]: {shown(problem.path, None)}{at}: {message}"
    return f"{text}\nhelp: {visible(problem.hint, None)}" if problem.hint else text
