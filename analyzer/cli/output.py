"""Reports to files and to standard output, and what there is to say beside them."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

import click
import msgspec

from analyzer.cli.problems import told
from analyzer.errors import InputError, UsageError
from analyzer.files import Kind, Root
from analyzer.remote import is_remote
from analyzer.report import Style, renderer
from analyzer.stdin import Stdin
from analyzer.text import shown
from analyzer.wire import Problem, Report
from analyzer.writing import write_atomic

__all__ = [
    "Lines",
    "Look",
    "check_outputs",
    "look_options",
    "say",
    "say_problems",
    "take_look",
    "write_reports",
]

F = TypeVar("F", bound=Callable[..., Any])

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


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """How reports are to look: how much is told, colour or not, how long a comment may be."""

    quiet: bool = False
    verbose: bool = False
    color: str = "auto"
    max_chars: int = Style().max_chars


_LOOK = (
    click.option("-q", "--quiet", is_flag=True, help="Only the summary."),
    click.option("-v", "--verbose", is_flag=True, help="Also every file that was read or skipped."),
    click.option(
        "--color",
        type=click.Choice(["auto", "always", "never"]),
        default="auto",
        show_default=True,
        help="When to use colour; NO_COLOR and FORCE_COLOR are respected.",
    ),
    click.option(
        "--max-chars",
        type=click.IntRange(min=500),
        default=Style().max_chars,
        show_default=True,
        help="How long the Markdown for a comment may be.",
    ),
)


def look_options(command: F) -> F:
    """Give a command the options of `take_look`."""
    for option in reversed(_LOOK):
        command = option(command)
    return command


def take_look(options: dict[str, Any]) -> Look:
    """What these options say; takes them out of the options of a command."""
    return Look(
        quiet=options.pop("quiet"),
        verbose=options.pop("verbose"),
        color=options.pop("color"),
        max_chars=options.pop("max_chars"),
    )


def write_reports(
    report: Report,
    outputs: Sequence[tuple[str, str]],
    look: Look,
    read_line: Callable[[str, int], str | None] | None = None,
) -> None:
    """Write a report in each format; without any, the table on standard output.

    `read_line` gives lines of the source, where it may be looked at.
    """
    for name, path in outputs or (("table", ""),):
        style = msgspec.structs.replace(_style(path, look), read_line=read_line)
        data = renderer(name).render(report, style)
        if path:
            write_atomic(path, data)
        else:
            click.echo(data.decode("utf-8"), nl=False, color=style.color or None)
        if name == "github":
            _step_summary(report, style)


class Lines:
    """Lines of the files that a run has read; nothing for what cannot be read any more."""

    def __init__(self, stdin: Stdin | None = None) -> None:
        self._stdin = stdin or Stdin()
        self._files: dict[str, list[str]] = {}

    def __call__(self, path: str, line: int) -> str | None:
        """The line, counted from 1."""
        if path not in self._files:
            self._files[path] = self._read(path)
        lines = self._files[path]
        return lines[line - 1] if 0 < line <= len(lines) else None

    def _read(self, path: str) -> list[str]:
        if is_remote(path):
            return []
        try:
            data = self._stdin.text_of(path) or Root(path).read(path, Kind.TEMPLATE)
        except InputError:
            return []
        return data.decode("utf-8", "replace").split("\n")


def say(report: Report, look: Look = Look()) -> None:
    """Notes and problems, on standard error; if asked for, each file, too."""
    if look.verbose:
        for found in report.inputs:
            click.echo(f"{found.status}: {shown(found.path, None)} ({found.format})", err=True)
        for path in report.skipped:
            click.echo(f"skipped: {shown(path, None)} (no template)", err=True)
    for note in report.notes:
        click.echo(f"note: {shown(note, None)}", err=True)
    say_problems(report.problems)


def say_problems(problems: Iterable[Problem]) -> None:
    """Problems with their places and what to do, on standard error."""
    for problem in problems:
        click.echo(told(problem), err=True)


def _style(path: str, look: Look) -> Style:
    to_terminal = not path and sys.stdout is not None and sys.stdout.isatty()
    return Style(
        width=_width() if to_terminal else 80,
        color=_colors(look.color, to_terminal=to_terminal),
        ascii=not path and not _speaks_unicode(),
        quiet=look.quiet,
        max_chars=look.max_chars,
    )


def _step_summary(report: Report, style: Style) -> None:
    """In a workflow of GitHub, the report also becomes the summary of the step.

    The runner names the file by the environment; other steps write to it as well, so the
    report is added at its end.
    """
    path = os.environ.get("GITHUB_STEP_SUMMARY")
    if not path:
        return
    text = renderer("markdown").render(
        report, msgspec.structs.replace(style, max_chars=_STEP_SUMMARY)
    )
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
