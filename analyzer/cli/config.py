"""`ebs-plan config`: which settings are in force, and where each one comes from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from analyzer.cli.options import limit_options
from analyzer.cli.settings import read_settings, setting_options, tell

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
    tell(read_settings(ctx, paths or (".",)))
    return 0
