"""`ebs-plan config`: which settings are in force, and where each one comes from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from analyzer.cli.options import limit_options
from analyzer.cli.settings import read_settings, setting_options, words_of

__all__ = ["command"]


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """Tell which settings are in force."""


@command.command("show")
@click.argument("paths", nargs=-1, metavar="[PATH|-]...")
@setting_options
@limit_options
@click.pass_context
def show(ctx: click.Context, /, paths: Sequence[str], **_options: Any) -> int:
    """Print every setting, its value and its origin: a flag, the environment, a file or default.

    PATH is what would be scanned: a settings file in the same tree may only make the check
    stricter. The JSON Schema of a settings file: ebs-plan schema config.
    """
    settings = read_settings(ctx, paths or (".",))
    for name, setting in settings.values.items():
        click.echo(f"{name.replace('_', '-')} = {_value(setting.value)}")
        click.echo(f"    {words_of(setting.origin)}")
    for note in settings.notes:
        click.echo(f"note: {words_of(note)}", err=True)
    return 0


def _value(value: Any) -> str:
    """A value on one line, as a settings file would have it."""
    import msgspec

    from analyzer.text import safe_json

    if isinstance(value, (list, tuple)) and value and isinstance(value[0], tuple):
        value = [f"{name}={path}" if path else name for name, path in value]
    return safe_json(msgspec.json.encode(value)).decode()
