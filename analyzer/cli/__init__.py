"""The command line: arguments, exit codes, streams. Everything else is behind `analyze`."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from importlib import import_module
from typing import Any, NoReturn

import click

from analyzer import __version__
from analyzer.cli.problems import told
from analyzer.errors import InputError, UsageError
from analyzer.text import visible

__all__ = ["main"]

#: Command -> module that defines it as `command`, and its line in `--help`. The module is
#: imported when the command runs, so that `--help` and `--version` pay for nothing.
_COMMANDS: Mapping[str, tuple[str, str]] = {
    "scan": ("analyzer.cli.scan", "Report what becomes of every volume and snapshot."),
    "explain": ("analyzer.cli.explain", "Explain a device, a finding or a row of AWS's rules."),
    "facts": ("analyzer.cli.facts", "Find out what a report hangs on, and check what you know."),
    "diff": ("analyzer.cli.diff", "Compare two plans, templates or reports: state changes only."),
    "whatif": ("analyzer.cli.whatif", "Ask the rules alone, without any file."),
    "table": ("analyzer.cli.table", "Print the decision tables as Markdown."),
    "convert": ("analyzer.cli.convert", "Write a saved report in other formats."),
    "config": ("analyzer.cli.config", "Tell which settings are in force, and from where."),
    "schema": ("analyzer.cli.schema", "Print the JSON Schema of a report."),
    "completion": ("analyzer.cli.completion", "Print the completion script for a shell."),
}

USAGE_ERROR = 2


class _Commands(click.Group):
    """The lazy command table; an input or a limit in place of a command is for `scan`."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        found = _COMMANDS.get(cmd_name)
        if found is None:
            return None
        command: click.Command = import_module(found[0]).command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl([(name, about) for name, (_, about) in _COMMANDS.items()])

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        first = args[0] if args else "--help"
        scans = first in ("-", "--limit", "--show-limits") or not first.startswith("-")
        if scans and first not in _COMMANDS:
            args = ["scan", *args]
        return super().parse_args(ctx, args)


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="`ebs-plan PLAN.json` alone is `ebs-plan scan PLAN.json`. "
    "Exit codes: 0 clean, 1 findings, 2 a usage error or an input that could not be read.",
)
@click.version_option(__version__, prog_name="ebs-plan", message="%(prog)s %(version)s")
def _cli() -> None:
    """Tell before deployment what becomes of every EBS volume and snapshot.

    For each one that a Terraform plan will create: is it encrypted, with which KMS key, or
    will AWS refuse the request - and why.
    """


def main(args: list[str] | None = None) -> NoReturn:
    """Run the command line and exit: 0 clean, 1 findings, 2 usage or unreadable input.

    Without `args` those of the process are taken, which ends with the run.
    """
    for stream in (sys.stdout, sys.stderr):
        if stream is not None and hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    _on_term(lambda: os._exit(128 + signal.SIGTERM))
    code = _run(args)
    try:
        sys.stderr.flush()
    except (AttributeError, OSError, ValueError):
        _drop(2)
    sys.exit(code)


def _run(args: list[str] | None) -> int:
    """The exit code of a command line; whatever ends it is told on standard error."""
    try:
        os.getcwd()
    except OSError:
        _say("error: the working folder is gone: change to one that is there")
        return USAGE_ERROR
    try:
        result: Any = _cli.main(args=args, prog_name="ebs-plan", standalone_mode=False)
        return result if isinstance(result, int) else 0
    except click.exceptions.Exit as done:
        return done.exit_code
    except click.ClickException as error:
        _say(f"error: {visible(error.format_message(), None)}")
        if isinstance(error, click.UsageError) and error.ctx is not None:
            _say(f"help: {error.ctx.command_path} --help")
        return USAGE_ERROR
    except InputError as error:
        _say(told(error.problem))
        return USAGE_ERROR
    except UsageError as error:
        _say(f"error: {visible(str(error), None)}")
        return USAGE_ERROR
    except (KeyboardInterrupt, click.Abort):
        return 128 + signal.SIGINT
    except BrokenPipeError:
        # The reader has gone: that is its right. Nothing more can be said on this stream.
        _drop(1)
        return 128 + signal.SIGPIPE
    except OSError as error:  # of inputs and files it is a problem already: a stream is full
        _drop(1)
        with suppress(OSError):
            _say(f"error: cannot write the report: {os.strerror(error.errno or 0).lower()}")
        return USAGE_ERROR


def _drop(descriptor: int) -> None:
    """Let what a stream still holds go nowhere, so that the interpreter's end can flush it."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), descriptor)


def _on_term(action: Callable[[], None]) -> None:
    with suppress(ValueError):  # not in the main thread: whoever runs us there handles signals
        signal.signal(signal.SIGTERM, lambda *_: action())


def _say(text: str) -> None:
    click.echo(text, err=True)
