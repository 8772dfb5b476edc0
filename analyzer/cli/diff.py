"""`ebs-plan diff`: what becomes another state between two plans, templates or reports."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from analyzer.cli.options import InputCommand, input_options, read_options, take_limits
from analyzer.cli.output import say_problems
from analyzer.cli.settings import knowledge_options, take_knowledge
from analyzer.errors import InputError
from analyzer.text import json_bytes

if TYPE_CHECKING:
    from analyzer.diff import Diff
    from analyzer.limits import Limits
    from analyzer.wire import Report

__all__ = ["command"]

#: Devices that are named under each kind of change.
_NAMED = 5


@click.command(cls=InputCommand, context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
@knowledge_options
@click.option(
    "--fail-on",
    type=click.Choice(["worse", "any", "never"]),
    default="worse",
    show_default=True,
    help="Exit with 1 where a device is worse than before, or another one.",
)
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@input_options
def command(old: str, new: str, fail_on: str, as_json: bool, **options: Any) -> int:
    """Compare OLD with NEW, two plans, templates, folders or saved reports: state changes only.

    What is added counts as worse if it is not encrypted for certain.
    """
    from analyzer.diff import compare

    limits = take_limits(options)
    facts, assume = take_knowledge((old, new), options)
    told = read_options(options, limits)
    reports = [_report(path, facts, assume, told, limits) for path in (old, new)]
    problems = [problem for report in reports for problem in report.problems]
    found = compare(*reports)
    if as_json:
        click.echo(json_bytes(found).decode(), nl=False)
    else:
        click.echo("\n".join(_lines(found)))
    say_problems(problems)
    if problems:
        return 2
    bad = found.worse if fail_on == "worse" else bool(found.changes) and fail_on == "any"
    return 1 if bad else 0


def _report(path: str, facts: str | None, assume: Any, told: Any, limits: Limits) -> Report:
    """The report about an input, or one that was saved."""
    saved = _saved(path, limits)
    if saved is not None:
        return saved
    from analyzer.engine import analyze

    return analyze([path], facts=facts, assume=assume, options=told, limits=limits)


def _saved(path: str, limits: Limits) -> Report | None:
    """The report in a file that `scan -o json` wrote; `None` for anything else."""
    import os

    if path == "-" or not os.path.isfile(path):
        return None
    from analyzer.files import Kind, Root
    from analyzer.report.json import parse
    from analyzer.wire import SCHEMA_ID

    try:
        data = Root(path, limits).read(path, Kind.PLAN)
    except InputError:
        return None  # the analysis tells why
    if SCHEMA_ID.encode() not in data[:1000]:
        return None
    return parse(path, data)


def _lines(found: Diff) -> Iterator[str]:
    from analyzer.report.changes import groups

    for group in groups(found.changes):
        yield f"{'worse: ' if group.worse else ''}{group.words}"
        yield from (f"  {name}" for name in group.names[:_NAMED])
        if len(group.names) > _NAMED:
            yield f"  and {len(group.names) - _NAMED} more; --json has them all"
    total = len(found.changes)
    yield f"{total} changed, {found.unchanged} unchanged" if total else _nothing(found)


def _nothing(found: Diff) -> str:
    noun = "device is" if found.unchanged == 1 else "devices are"
    return f"nothing changed: {found.unchanged} {noun} as before"
