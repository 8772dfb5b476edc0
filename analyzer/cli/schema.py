"""`ebs-plan schema`: the JSON Schemas of what is written and read."""

from __future__ import annotations

import click

__all__ = ["command"]


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("what", type=click.Choice(["report"]))
def command(what: str) -> int:
    """Print the JSON Schema of a report (`-o json`)."""
    from analyzer.report.json import schema

    click.echo({"report": schema}[what]().decode(), nl=False)
    return 0
