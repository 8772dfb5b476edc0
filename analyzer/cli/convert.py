"""`ebs-plan convert`: a saved report in other formats."""

from __future__ import annotations

from typing import Any

import click

from analyzer.cli.completing import inputs
from analyzer.cli.options import limit_options, take_limits
from analyzer.cli.output import check_outputs, look_options, say, take_look, write_reports
from analyzer.cli.settings import output_option

__all__ = ["command"]


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("report", metavar="REPORT.json", shell_complete=inputs)
@output_option
@click.option(
    "--fail-on", default="unencrypted,wrong-key,rejected", show_default=True, metavar="LEVELS"
)
@click.option("--strict", is_flag=True, help="As for scan.")
@look_options
@limit_options
def command(report: str, output: Any, fail_on: str, strict: bool, **options: Any) -> int:
    """Write a report that `scan -o json` saved in other formats.

    Ends with the code that the scan ended with. `-` is standard input.
    """
    from analyzer.files import Kind, Root, read_stdin
    from analyzer.policy.failing import Failing, parse_levels
    from analyzer.report.json import parse

    failing = Failing(levels=parse_levels(w.strip() for w in fail_on.split(",")), strict=strict)
    check_outputs(output)
    limits = take_limits(options)
    data = read_stdin(limits) if report == "-" else Root(report, limits).read(report, Kind.PLAN)
    found = parse(report, data)
    look = take_look(options)
    write_reports(found, output, look)
    say(found, look)
    if found.problems:
        return 2
    return 1 if failing.fails(found) else 0
