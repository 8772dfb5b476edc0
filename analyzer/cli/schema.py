"""`ebs-plan schema`: the JSON Schemas of what is written and read."""

from __future__ import annotations

import click

__all__ = ["command"]


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("what", type=click.Choice(["report", "facts", "config"]))
def command(what: str) -> int:
    """Print the JSON Schema of a report, of a facts file, or of a settings file."""
    from importlib import import_module

    homes = {
        "report": "analyzer.report.json",
        "facts": "analyzer.knowledge.contents",
        "config": "analyzer.config",
    }
    click.echo(import_module(homes[what]).schema().decode(), nl=False)
    return 0
