"""`ebs-plan table`: the decision tables as Markdown, generated from the data that decides."""

from __future__ import annotations

import click

from analyzer.core.model import Operation
from analyzer.core.tables import SOURCES, TABLES, Row, Table
from analyzer.errors import UsageError
from analyzer.text import shown

__all__ = ["command", "markdown_of"]


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("operation", required=False)
def command(operation: str | None) -> int:
    """Print the decision table of an AWS OPERATION as Markdown; without one, all of them.

    Example: ebs-plan table RunInstances
    """
    names = [operation] if operation is not None else [o.value for o in TABLES]
    click.echo("\n".join(markdown_of(name) for name in names), nl=False)
    return 0


def markdown_of(name: str) -> str:
    """The table of the operation called `name`, as Markdown. Raises `UsageError`."""
    wanted = name.replace("-", "").replace("_", "").lower()
    operation = next((o for o in Operation if o.value.lower() == wanted), None)
    if operation is None:
        choices = ", ".join(o.value for o in Operation)
        raise UsageError(f"no table of {shown(name)}: choose from {choices}")
    return "\n".join(_lines(TABLES[operation])) + "\n"


def _lines(table: Table) -> list[str]:
    columns = list(table.columns)
    heads = ["row", *columns, "outcome", "what happens", "confidence", "sources"]
    lines = [
        f"## {table.operation.value}",
        "",
        "| " + " | ".join(heads) + " |",
        "|" + "---|" * len(heads),
    ]
    for row in table.rows:
        cells = [" or ".join(row.when.get(column, ("any",))) for column in columns]
        lines.append("| " + " | ".join([row.id, *cells, *_ends(row)]) + " |")
    cited = dict.fromkeys(tag for row in table.rows for tag in row.source.split())
    lines.append("")
    lines.extend(f"- {tag}: [{SOURCES[tag].title}]({SOURCES[tag].url})" for tag in cited)
    return lines


def _ends(row: Row) -> list[str]:
    outcomes = " or ".join(sorted(row.symbols()))
    doubts = row.doubts()
    open_ = f" ({', '.join(doubts)})" if doubts else ""
    says = f"{row.says}. {row.note}" if row.note else row.says
    return [outcomes + open_, says, row.confidence.value, ", ".join(row.source.split())]
