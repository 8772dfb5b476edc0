"""`ebs-plan whatif`: ask the decision tables, without any file."""

from __future__ import annotations

from collections.abc import Sequence

import click

from analyzer.core.decision import Decision, Remaining
from analyzer.core.decision import whatif as ask
from analyzer.core.model import Operation
from analyzer.core.tables import TABLES, row_by_id
from analyzer.errors import UsageError

__all__ = ["command"]


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("operation", metavar="OPERATION")
@click.argument("facts", nargs=-1, metavar="[FACT=VALUE]...")
def command(operation: str, facts: Sequence[str]) -> int:
    """Tell what AWS makes of a request, by the rules alone.

    OPERATION is an AWS operation, such as RunInstances or CopySnapshot (or run-instances).
    A FACT that is not named is unknown. With no facts at all, the facts of the operation
    are listed, too.

    Example: ebs-plan whatif RunInstances encrypted=absent snapshot=encrypted owner=other
    """
    name = _operation(operation)
    named: dict[str, str] = {}
    for fact in facts:
        key, equals, value = fact.partition("=")
        if not equals:
            raise UsageError(f"a fact is written FACT=VALUE, not {fact}")
        named[key.replace("-", "_")] = value
    try:
        decision = ask(name, **named)
    except ValueError as error:
        raise UsageError(str(error)) from None
    if not facts:
        for column, domain in TABLES[Operation(name)].columns.items():
            click.echo(f"{column}: {', '.join(domain)}")
        click.echo("default_key: aws_managed, customer_managed")
        click.echo("")
    _print(decision)
    return 0


def _operation(text: str) -> str:
    wanted = text.replace("-", "").replace("_", "").lower()
    for operation in Operation:
        if operation.value.lower() == wanted:
            return operation.value
    return "ImportSnapshot" if wanted == "importimage" else text


def _print(decision: Decision) -> None:
    click.echo(decision.verdict)
    for remaining in decision.outcomes:
        click.echo(f"  {_outcome(remaining)}")
        row = row_by_id(remaining.row)
        if row is not None:
            click.echo(f"      {row.id}: {row.says}")
            click.echo(f"      {row.confidence.value}: {row.source}")
    for fact in decision.settle:
        if fact.is_doubt:
            click.echo(f"AWS's documents do not say ({fact.kind}): {fact.question}")
        else:
            click.echo(f"to settle it: {fact.name}={'|'.join(fact.domain)}")


def _outcome(remaining: Remaining) -> str:
    words = remaining.symbol
    if remaining.code:
        words += f" ({remaining.code})"
    when = " and ".join(f"{answer.name}={answer.answer}" for answer in remaining.when)
    return f"{words} if {when}" if when else words
