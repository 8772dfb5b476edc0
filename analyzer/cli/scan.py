"""`ebs-plan scan`: analyze inputs and report every volume and snapshot."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click
import msgspec

from analyzer.cli.aws import aws_options, take_aws
from analyzer.cli.completing import inputs as complete_inputs
from analyzer.cli.options import InputCommand, input_options, read_options
from analyzer.cli.output import (
    Lines,
    check_outputs,
    look_options,
    say,
    take_look,
    write_reports,
)
from analyzer.cli.progress import progress
from analyzer.cli.scaling import scaling_options, take_workers
from analyzer.cli.settings import (
    failing_of,
    policy_of,
    read_settings,
    setting_options,
    tell,
)
from analyzer.errors import Problem, UsageError
from analyzer.limits import Limits
from analyzer.text import shown
from analyzer.wire import Report
from analyzer.writing import write_atomic

if TYPE_CHECKING:
    from analyzer.cache import Cache

__all__ = ["command"]


@click.command(cls=InputCommand, context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("paths", nargs=-1, metavar="[PATH|-]...", shell_complete=complete_inputs)
@setting_options
@click.option("--all", "unchanged", is_flag=True, help="Also what the deployment leaves as it is.")
@click.option(
    "--source", metavar="DIR", help="The folder that a plan was made from: tells its lines."
)
@click.option(
    "--org",
    "lists",
    metavar="LIST",
    multiple=True,
    help="Inputs from a file, a folder, file or URI on each line; - is standard input. Repeatable.",
)
@click.option("--show-config", is_flag=True, help="As `ebs-plan config show`, and exit.")
@scaling_options
@click.option(
    "--cache/--no-cache",
    envvar="EBS_PLAN_CACHE",
    help="Keep what is found out about folders, and find out again only what has changed.  "
    "[default: no-cache]",
)
@input_options
@aws_options
@look_options
@click.pass_context
def command(
    ctx: click.Context,
    /,
    paths: Sequence[str],
    lists: Sequence[str],
    unchanged: bool,
    source: str | None,
    **options: Any,
) -> int:
    """Report what becomes of every EBS volume and snapshot.

    PATH is a plan as JSON, made by `terraform show -json PLAN > plan.json`, a CloudFormation
    template, or a folder with templates or Terraform source; `-` is standard input. A URI
    (https, s3; extra [remote]) stands for a plan or a template, s3://BUCKET/PREFIX/ for templates.
    """
    from analyzer.engine import analyze

    inputs = _inputs(ctx, paths, lists)
    settings = read_settings(ctx, (path for path in inputs if isinstance(path, str)))
    if options["show_config"]:
        tell(settings)
        return 0
    failing = failing_of(settings)
    limits = Limits().changed(settings["limit"])
    policy = policy_of(settings, ctx, limits)
    check_outputs(settings["output"])
    aws = take_aws(options)
    look = take_look(options)
    jobs, workers = take_workers(ctx, options)
    cache = _cache() if options["cache"] else None
    told = read_options(options, limits)
    with progress("ebs-plan: analyzing"), workers as executor:
        report = analyze(
            inputs,
            facts=settings["facts"],
            assume=settings["assume"],
            aws=aws,
            unchanged=unchanged,
            options=told,
            source=source,
            policy=policy,
            limits=limits,
            jobs=jobs,
            executor=executor,
            cache=cache,
        )
    if options["update_baseline"]:
        report = _accept(report, settings["baseline"])
    write_reports(report, settings["output"], look, Lines(told.stdin))
    for note in (*settings.notes, *(cache.notes if cache is not None else ())):
        click.echo(f"note: {shown(note, None)}", err=True)
    say(report, look)
    if report.problems:
        return 2
    return 1 if failing.fails(report) else 0


def _cache() -> Cache:
    from analyzer.cache import Cache

    return Cache()


def _inputs(
    ctx: click.Context, paths: Sequence[str], lists: Sequence[str]
) -> Sequence[str | Problem]:
    """What the command line names, itself and by its lists."""
    if not lists:
        return paths or _default_paths(ctx)
    from analyzer.org import read_list

    if [*paths, *lists].count("-") > 1:
        raise UsageError("standard input is one input, or one list of them")
    limits = Limits().changed(ctx.params["limit"])
    return [*paths, *(found for path in lists for found in read_list(path, limits))]


def _default_paths(ctx: click.Context) -> Sequence[str]:
    """The checkout, for a workflow that asks for annotations and names nothing else."""
    if os.environ.get("GITHUB_ACTIONS") and ("github", "") in ctx.params["output"]:
        return (os.curdir,)
    raise click.UsageError("name an input, such as plan.json, or - for standard input", ctx)


def _accept(report: Report, path: str) -> Report:
    """Write the findings to the baseline; the report without them.

    Where an input could not be read, what it would have found is not known: nothing is written.
    """
    if report.problems:
        return report
    from analyzer.policy.baseline import make_baseline, parse_baseline

    data = make_baseline(report.findings)
    write_atomic(path, data)
    _, known, _ = parse_baseline(path, data).split(report.findings)
    note = f"wrote {len(known)} findings to the baseline {path}"
    return msgspec.structs.replace(
        report, findings=[], suppressed=[*report.suppressed, *known], notes=[*report.notes, note]
    )
