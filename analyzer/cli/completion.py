"""`ebs-plan completion`: the script that makes a shell complete commands and options."""

from __future__ import annotations

from typing import cast

import click

__all__ = ["command"]


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(shell: str) -> int:
    """Print the completion script for a shell.

    For bash: eval "$(ebs-plan completion bash)", for example in ~/.bashrc.
    """
    from click.shell_completion import ShellComplete, get_completion_class

    root = click.get_current_context().find_root().command
    found = cast(type[ShellComplete], get_completion_class(shell))  # click has all three
    complete = found(root, {}, "ebs-plan", "_EBS_PLAN_COMPLETE")
    click.echo(complete.source())
    return 0
