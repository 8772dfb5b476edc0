"""`ebs-plan facts`: what to find out, and whether a facts file is right."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from analyzer.errors import UsageError
from analyzer.text import shown

if TYPE_CHECKING:
    from analyzer.asking import Questions
    from analyzer.wire import Report

__all__ = ["command"]

_SETTINGS = {"help_option_names": ["-h", "--help"]}
_FACTS = click.option(
    "--facts", metavar="FILE", help="What you know of accounts, images and keys (YAML)."
)
_ASSUME = click.option(
    "--assume", multiple=True, metavar="FACT=ANSWER", help="Settle a fact. Repeatable."
)


@click.group(context_settings=_SETTINGS)
def command() -> None:
    """Find out what a report hangs on, and check what you know."""


@command.command(context_settings=_SETTINGS)
@click.argument("paths", nargs=-1, required=True, metavar="[PATH|-]...")
@_FACTS
@_ASSUME
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.option("--yaml", "as_yaml", is_flag=True, help="As a facts file to fill in.")
def ask(
    paths: Sequence[str],
    facts: str | None,
    assume: Sequence[str],
    as_json: bool,
    as_yaml: bool,
) -> int:
    """List the questions that are open, those first whose answers settle the most devices.

    Answer them in this order and ask again: an answer may make others needless.
    """
    from analyzer.asking import confirmed, rank

    report = _analyze(paths, facts, assume)
    found = rank(report)
    if "-" not in paths:  # standard input is read once
        found = confirmed(
            found, lambda fact, answer: _analyze(paths, facts, [*assume, f"{fact}={answer}"])
        )
    if as_json:
        import msgspec

        from analyzer.text import safe_json

        data = msgspec.json.format(msgspec.json.encode(found), indent=1)
        click.echo(safe_json(data).decode())
    else:
        click.echo("\n".join(_skeleton(found) if as_yaml else _listed(found)))
    _tell_problems(report)
    return 2 if report.problems else 0


def _analyze(paths: Sequence[str], facts: str | None, assume: Sequence[str]) -> Report:
    from analyzer.engine import analyze

    return analyze(paths, facts=facts, assume=assume)


def _tell_problems(report: Report) -> None:
    for problem in report.problems:
        message = f"{shown(problem.path, None)}: {shown(problem.message, None)}"
        click.echo(f"error[{problem.code}]: {message}", err=True)


def _listed(found: Questions) -> list[str]:
    lines = [_headline(found)]
    for number, asked in enumerate(found.questions, 1):
        least, most = asked.settles
        worth = f"{least}" if least == most else f"{least} to {most}"
        lines += [
            "",
            f"{number}. {shown(asked.question, None)}",
            f"   {asked.hang} {_devices(asked.hang)} hang on it, an answer settles {worth}",
            f"   --assume {_quoted(asked.fact, '|'.join(asked.answers))}",
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


def _devices(count: int) -> str:
    return "device" if count == 1 else "devices"


def _quoted(fact: str, answers: str) -> str:
    text = f"{shown(fact)}={answers}".replace("'", "'\\''")
    return f"'{text}'"


def _skeleton(found: Questions) -> list[str]:
    """A facts file in which every open question waits for its answer."""
    import msgspec

    lines = [
        "# Facts for ebs-plan: take the # away from a line and leave one of its answers.",
        "version: 1",
        "facts:",
    ]
    for asked in found.questions:
        name = msgspec.json.encode(shown(asked.fact)).decode()
        lines += [
            f"  # {shown(asked.question, None)} ({asked.hang} {_devices(asked.hang)})",
            f"  # {name}: {' | '.join(shown(a) for a in asked.answers)}",
        ]
    return lines


@command.command(context_settings=_SETTINGS)
@click.argument("file", metavar="FILE")
@click.argument("paths", nargs=-1, metavar="[PATH|-]...")
def check(file: str, paths: Sequence[str]) -> int:
    """Check a facts FILE; with the PATHs of inputs, also against what these tell.

    Reports what is misspelled (exit code 2), what contradicts itself or the inputs (exit
    code 1), and what no decision asks for.
    """
    from analyzer.knowledge.checking import contradictions, unused
    from analyzer.knowledge.file import read_facts

    facts = read_facts(file)
    found = contradictions(facts)
    notes: list[str] = []
    if paths:
        from analyzer.engine import analyze
        from analyzer.knowledge.sources import Sources

        known = Sources((facts,))
        report = analyze(paths, facts=known)
        _tell_problems(report)
        if report.problems:
            raise UsageError("the inputs have to be readable for the facts to be held against them")
        found += [contradiction.text for contradiction in known.contradictions]
        notes = [*known.notes, *unused(facts, known)]
    for line in found:
        click.echo(f"contradiction: {line}")
    for line in notes:
        click.echo(f"note: {line}")
    if not found:
        click.echo(f"{shown(file, None)}: nothing in it contradicts anything")
    return 1 if found else 0
