"""`ebs-plan facts`: what to find out, and whether a facts file is right."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import click

from analyzer.cli.aws import aws_options, open_aws, selection, take_aws
from analyzer.cli.options import InputCommand, input_options, read_options, take_limits
from analyzer.cli.output import say_problems
from analyzer.cli.settings import knowledge_options, take_knowledge
from analyzer.text import json_bytes, safe_json, shown

if TYPE_CHECKING:
    from analyzer.asking import Questions
    from analyzer.wire import Report

__all__ = ["command"]

_SETTINGS = {"help_option_names": ["-h", "--help"]}


@click.group(context_settings=_SETTINGS)
def command() -> None:
    """Find out what a report hangs on, and check what you know."""


@command.command(cls=InputCommand, context_settings=_SETTINGS)
@click.argument("paths", nargs=-1, required=True, metavar="[PATH|-]...")
@knowledge_options
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.option("--yaml", "as_yaml", is_flag=True, help="As a facts file to fill in.")
@input_options
@aws_options
def ask(paths: Sequence[str], as_json: bool, as_yaml: bool, **options: Any) -> int:
    """List the questions that are open, those first whose answers settle the most devices.

    Answer them in this order and ask again: an answer may make others needless.
    """
    from analyzer.asking import confirmed, rank

    run = _analysis(paths, options)
    report = run(())
    found = rank(report)
    if "-" not in paths:  # standard input is read once
        found = confirmed(found, lambda fact, answer: run((f"{fact}={answer}",)))
    if as_json:
        click.echo(json_bytes(found).decode(), nl=False)
    else:
        click.echo("\n".join(_skeleton(found) if as_yaml else _listed(found)))
    say_problems(report.problems)
    return 2 if report.problems else 0


def _analysis(paths: Sequence[str], options: dict[str, Any]) -> Callable[[Sequence[str]], Report]:
    """How the inputs are analyzed, with further assumptions."""
    from analyzer.engine import analyze

    aws = take_aws(options)
    limits = take_limits(options)
    facts, assume = take_knowledge(paths, options)
    told = read_options(options, limits)

    def run(more: Sequence[str]) -> Report:
        assumed = [*assume, *more]
        return analyze(paths, facts=facts, assume=assumed, aws=aws, options=told, limits=limits)

    return run


def _listed(found: Questions) -> list[str]:
    from analyzer.report.wording import answer_form

    lines = [_headline(found)]
    for number, asked in enumerate(found.questions, 1):
        least, most = asked.settles
        worth = f"{least}" if least == most else f"{least} to {most}"
        lines += [
            "",
            f"{number}. {shown(asked.question, None)}",
            f"   {_hanging(asked.hang)} on it, an answer settles {worth}",
            f"   {answer_form(asked)}",
        ]
    for doubt in found.doubts:
        lines += ["", f"AWS's documents do not say ({doubt.fact}): {shown(doubt.question, None)}"]
    if found.too_many:
        lines += ["", f"{found.too_many} {_devices(found.too_many)} with too many possibilities"]
    return lines


def _headline(found: Questions) -> str:
    if not found.open:
        return f"nothing to ask: all {found.devices} {_devices(found.devices)} are certain"
    if not found.questions:
        return f"nothing that you could answer: {found.open} {_devices(found.open)} open"
    noun = "question" if found.steps == 1 else "questions"
    return (
        f"answer {found.steps} {noun}, settle {found.settled} of {found.open} open "
        f"{_devices(found.open)}"
    )


def _hanging(count: int) -> str:
    return "1 device hangs" if count == 1 else f"{count} devices hang"


def _devices(count: int) -> str:
    return "device" if count == 1 else "devices"


def _skeleton(found: Questions) -> list[str]:
    """A facts file in which every open question waits for its answer."""
    import msgspec

    lines = [
        "# Facts for ebs-plan: take the # away from a line and leave one of its answers.",
        "version: 1",
        "facts:",
    ]
    for asked in found.questions:
        name = safe_json(msgspec.json.encode(asked.fact)).decode()
        lines += [
            f"  # {shown(asked.question, None)} ({asked.hang} {_devices(asked.hang)})",
            f"  # {name}: {' | '.join(shown(a) for a in asked.answers)}",
        ]
    return lines


@command.command(cls=InputCommand, context_settings=_SETTINGS)
@click.argument("file", metavar="FILE")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@input_options
@aws_options
def check(file: str, paths: Sequence[str], **options: Any) -> int:
    """Check a facts FILE; with the PATHs of inputs, also against what these tell.

    Reports what is misspelled (exit code 2), what contradicts itself, the inputs or (with
    --aws) AWS (exit code 1), and what no decision asks for.
    """
    from analyzer.knowledge.checking import contradictions, listed, unused
    from analyzer.knowledge.file import read_facts
    from analyzer.knowledge.sources import Sources

    limits = take_limits(options)
    facts = read_facts(file, limits)
    found = contradictions(facts)
    notes: list[str] = []
    aws = take_aws(options)
    if paths:
        from analyzer.engine import analyze

        known = Sources((facts,))
        told = read_options(options, limits)
        report = analyze(paths, facts=known, options=told, limits=limits)
        say_problems(report.problems)
        if report.problems:
            return 2
        found += [contradiction.text for contradiction in known.contradictions]
        notes = [*known.notes, *unused(facts, known)]
    if aws is not None:
        from analyzer.knowledge.pulling import stale

        found += stale(facts, listed(facts), aws)
        notes += aws.report()
    for line in found:
        click.echo(f"contradiction: {shown(line, None)}")
    for line in notes:
        click.echo(f"note: {shown(line, None)}")
    if not found:
        click.echo(f"{shown(file, None)}: nothing in it contradicts anything")
    return 1 if found else 0


@command.command(cls=InputCommand, context_settings=_SETTINGS)
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option(
    "--to", "file", metavar="FILE", help="The facts file to write or update; else standard output."
)
@click.option(
    "--show-policy", is_flag=True, help="Print the least IAM policy, and look up nothing."
)
@input_options
@selection
def pull(paths: Sequence[str], file: str | None, show_policy: bool, **options: Any) -> int:
    """Look up in AWS what the decisions about PATHs ask, and write it as a facts file.

    Only calls that read are made. A file that exists is updated: what AWS did not tell stays,
    and so do comments.
    """
    if show_policy:
        from analyzer.knowledge.aws_calls import policy_document

        click.echo(policy_document())
        return 0
    if not paths:
        raise click.UsageError("name the inputs whose questions are to be looked up")
    import os

    from analyzer.engine import analyze
    from analyzer.files import Kind, Root
    from analyzer.knowledge.file import parse_facts
    from analyzer.knowledge.pulling import pulled, written
    from analyzer.knowledge.sources import Sources
    from analyzer.knowledge.updating import updated
    from analyzer.writing import write_atomic

    limits = take_limits(options)
    old = None
    if file is not None and os.path.exists(file):
        old = Root(file, limits).read(file, Kind.SETTINGS)
        parse_facts(file, old, limits)  # a bad file is told before anything is looked up
    aws = open_aws(options.pop("aws_profile"), options.pop("aws_region"))
    known = Sources((), aws)
    told = read_options(options, limits)
    report = analyze(paths, facts=known, options=told, limits=limits)
    say_problems(report.problems)
    found = pulled(aws, [fact for fact, _ in known.used()])
    data = written(found) if file is None or old is None else updated(file, old, found, limits)
    if file is not None:
        write_atomic(file, data)
    else:
        click.echo(data.decode(), nl=False)
    for note in aws.report():
        click.echo(f"note: {shown(note, None)}", err=True)
    return 2 if report.problems else 0
