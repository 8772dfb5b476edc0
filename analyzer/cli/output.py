"""Reports to files and to standard output, and what there is to say beside them."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import replace

import click

from analyzer.errors import UsageError
from analyzer.report import Style, renderer
from analyzer.text import shown
from analyzer.wire import Problem, Report
from analyzer.writing import write_atomic

__all__ = ["check_outputs", "say", "write_reports"]

#: GitHub takes one mebibyte for the summary of a step.
_STEP_SUMMARY = 250_000


def check_outputs(outputs: Sequence[tuple[str, str]]) -> None:
    """Refuse what would mix reports: two of them in one place. Raises `UsageError`."""
    places = [path for _, path in outputs]
    if places.count("") > 1:
        raise UsageError("one report only can go to standard output: give the others a file (=)")
    for path in places:
        if path and places.count(path) > 1:
            raise UsageError(f"two reports would be written to {shown(path)}")


def write_reports(
    report: Report, outputs: Sequence[tuple[str, str]], *, quiet: bool = False, color: str = "auto"
) -> None:
    """Write a report in each format; without any, the table on standard output."""
    for name, path in outputs or (("table", ""),):
        style = _style(path, quiet=quiet, color=color)
        data = renderer(name).render(report, style)
        if path:
            write_atomic(path, data)
        else:
            click.echo(data.decode("utf-8"), nl=False, color=style.color or None)
        if name == "github":
            _step_summary(report, style)


def say(report: Report) -> None:
    """Notes and problems, on standard error."""
    for note in report.notes:
        click.echo(f"note: {shown(note, None)}", err=True)
    for problem in report.problems:
        click.echo(_problem(problem), err=True)


def _style(path: str, *, quiet: bool, color: str) -> Style:
    to_terminal = not path and sys.stdout is not None and sys.stdout.isatty()
    return Style(
        width=_width() if to_terminal else 80,
        color=_colors(color, to_terminal=to_terminal),
        ascii=not path and not _speaks_unicode(),
        quiet=quiet,
    )


def _step_summary(report: Report, style: Style) -> None:
    """In a workflow of GitHub, the report also becomes the summary of the step.

    The runner names the file by the environment; other steps write to it as well, so the
    report is added at its end.
    """
    path = os.environ.get("GITHUB_STEP_SUMMARY")
    if not path:
        return
    text = renderer("markdown").render(report, replace(style, max_chars=_STEP_SUMMARY))
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
    try:
        with os.fdopen(os.open(path, flags, 0o644), "ab") as file:
            file.write(text)
    except (OSError, ValueError):
        raise UsageError("the file that GITHUB_STEP_SUMMARY names cannot be written") from None


def _speaks_unicode() -> bool:
    encoding = getattr(sys.stdout, "encoding", None) or ""
    return encoding.lower().replace("-", "") == "utf8"


def _width() -> int:
    import shutil

    return max(40, min(shutil.get_terminal_size((80, 24)).columns, 160))


def _colors(when: str, *, to_terminal: bool) -> bool:
    if when != "auto":
        return when == "always"
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return to_terminal and os.environ.get("TERM") != "dumb"


def _problem(problem: Problem) -> str:
    place = shown(problem.path, None)
    if problem.line is not None:
        place += f":{problem.line}"
        if problem.column is not None:
            place += f":{problem.column}"
    text = f"error[{problem.code}]: {place}: {shown(problem.message, None)}"
    return f"{text}\nhelp: {shown(problem.hint, None)}" if problem.hint else text
