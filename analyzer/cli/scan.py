"""`ebs-plan scan`: analyze inputs and report every volume and snapshot."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Any

import click

from analyzer.cli.options import input_options, read_options
from analyzer.errors import UsageError
from analyzer.report import FORMATS, Style, renderer
from analyzer.text import shown
from analyzer.wire import Problem, Report
from analyzer.writing import write_atomic

__all__ = ["command"]

_LEVELS = {
    "unencrypted": "EBS001",
    "rejected": "EBS002",
    "possible": "EBS003",
}


class _Output(click.ParamType[tuple[str, str]]):
    """`FORMAT` or `FORMAT=FILE`."""

    name = "FORMAT[=FILE]"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, str]:
        if isinstance(value, tuple):
            return value
        name, _, path = str(value).partition("=")
        if name not in FORMATS:
            self.fail(f"no format {name}: choose from {', '.join(FORMATS)}", param, ctx)
        return name, path


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("paths", nargs=-1, metavar="[PATH|-]...")
@click.option(
    "-o",
    "--output",
    "outputs",
    type=_Output(),
    multiple=True,
    help=f"Format of the report, on standard output or in FILE: {', '.join(FORMATS)}. Repeatable.",
)
@click.option("--all", "unchanged", is_flag=True, help="Also what the deployment leaves as it is.")
@click.option("--facts", metavar="FILE", help="What you know of accounts, images and keys (YAML).")
@click.option(
    "--assume",
    multiple=True,
    metavar="FACT=ANSWER",
    help="Settle a fact, in the words of the report. Repeatable.",
)
@click.option(
    "--fail-on",
    default="unencrypted,rejected",
    show_default=True,
    metavar="LEVELS",
    help="Exit with 1 for these findings: unencrypted, rejected, possible, never.",
)
@input_options
@click.option("-q", "--quiet", is_flag=True, help="Only the summary.")
@click.option(
    "--color",
    type=click.Choice(["auto", "always", "never"]),
    default="auto",
    show_default=True,
    help="When to use colour; NO_COLOR and FORCE_COLOR are respected.",
)
def command(  # noqa: PLR0913, PLR0917 - one parameter for each option
    paths: Sequence[str],
    outputs: Sequence[tuple[str, str]],
    unchanged: bool,
    facts: str | None,
    assume: Sequence[str],
    fail_on: str,
    quiet: bool,
    color: str,
    **inputs: Any,
) -> int:
    """Report what becomes of every EBS volume and snapshot.

    PATH is a plan as JSON, made by `terraform show -json PLAN > plan.json`, a CloudFormation
    template, or a folder with templates or Terraform source; `-` is standard input.
    """
    from analyzer.engine import analyze

    failing = _failing(fail_on)
    if not paths:
        raise click.UsageError("name an input, such as plan.json, or - for standard input")
    report = analyze(
        paths,
        facts=facts,
        assume=assume,
        unchanged=unchanged,
        options=read_options(**inputs),
    )
    for name, path in outputs or (("table", ""),):
        _write(report, name, path, quiet=quiet, color=color)
    for note in report.notes:
        click.echo(f"note: {shown(note, None)}", err=True)
    for problem in report.problems:
        click.echo(_problem(problem), err=True)
    if report.problems:
        return 2
    return 1 if any(finding.rule in failing for finding in report.findings) else 0


def _failing(levels: str) -> set[str]:
    words = [word.strip() for word in levels.split(",") if word.strip()]
    for word in words:
        if word not in (*_LEVELS, "never"):
            raise UsageError(f"--fail-on takes {', '.join(_LEVELS)} or never, not {shown(word)}")
    return {_LEVELS[word] for word in words if word != "never"}


def _write(report: Report, name: str, path: str, *, quiet: bool, color: str) -> None:
    to_terminal = not path and sys.stdout is not None and sys.stdout.isatty()
    style = Style(
        width=_width() if to_terminal else 80,
        color=_colors(color, to_terminal=to_terminal),
        ascii=not path and not _speaks_unicode(),
        quiet=quiet,
    )
    data = renderer(name).render(report, style)
    if path:
        write_atomic(path, data)
    else:
        click.echo(data.decode("utf-8"), nl=False, color=style.color or None)


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
