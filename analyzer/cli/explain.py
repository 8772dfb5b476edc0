"""`ebs-plan explain`: why a device, a rule or a row says what it says, without any network."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from analyzer.cli.aws import aws_options, take_aws
from analyzer.cli.completing import inputs, subjects
from analyzer.cli.options import InputCommand, input_options, read_options, take_limits
from analyzer.cli.output import say
from analyzer.cli.settings import knowledge_options, take_knowledge
from analyzer.errors import UsageError
from analyzer.text import shown

if TYPE_CHECKING:
    from analyzer.explanation.explain import Explanation

__all__ = ["command"]

WIDTH = 80


@click.command(cls=InputCommand, context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("subject", required=False, shell_complete=subjects)
@click.argument("paths", nargs=-1, metavar="[PATH|-]...", shell_complete=inputs)
@knowledge_options
@click.option("--all", "unchanged", is_flag=True, help="Also what the deployment leaves as it is.")
@click.option("--table", metavar="OPERATION", help="Print the decision table of an operation.")
@click.option("--seed", is_flag=True, help="Every statement of AWS's page on images, as examples.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@input_options
@aws_options
def command(
    subject: str | None,
    paths: Sequence[str],
    table: str | None,
    seed: bool,
    as_json: bool,
    **options: Any,
) -> int:
    """Explain SUBJECT: an address (with the PATH of its plan or template), a rule, or a row.

    A device's explanation shows the rows of AWS's behaviour that decide it with their
    sources, each fact and who told it, the merge of its mappings, the chain that it comes
    from, and everything that remains possible.

    \b
    Examples:
      ebs-plan explain aws_instance.web plan.json
      ebs-plan explain EBS001
      ebs-plan explain RI-7
      ebs-plan explain OQ-6
      ebs-plan explain --seed
    """  # noqa: D301 - click knows a paragraph that is not to be wrapped by a backspace
    if table is not None:
        from analyzer.cli.table import markdown_of

        click.echo(markdown_of(table), nl=False)
        return 0
    if seed:
        from analyzer.explanation.statements import as_text as statements_text

        click.echo(statements_text(WIDTH), nl=False)
        return 0
    if subject is None:
        raise click.UsageError("name an address, a rule such as EBS001, or a row such as RI-7")
    found = _explained(subject, paths, options)
    from analyzer.report import explained

    if as_json:
        click.echo(explained.as_json(found).decode(), nl=False)
    else:
        click.echo(explained.as_text(found, WIDTH), nl=False)
    return 0


def _explained(subject: str, paths: Sequence[str], options: dict[str, Any]) -> Explanation:
    from analyzer.explanation.explain import explain, explain_id

    found = explain_id(subject)
    if found is not None:
        return found
    if not paths:
        if re.fullmatch(r"[A-Za-z]{2,3}-?\d+[A-Za-z]?", subject):
            raise UsageError(
                f"there is no rule, row or open question {shown(subject)}: rules are EBS001 and "
                "so on, the rows are those of ebs-plan table"
            )
        raise UsageError(
            "to explain an address, name its input: ebs-plan explain ADDRESS plan.json"
        )
    from analyzer.engine import analyze

    aws = take_aws(options)
    facts, assume = take_knowledge(paths, options)
    limits = take_limits(options)
    report = analyze(
        paths,
        facts=facts,
        assume=assume,
        unchanged=options.pop("unchanged"),
        aws=aws,
        options=read_options(options, limits),
        proofs=True,
        limits=limits,
    )
    say(report)
    return explain(report, subject)
