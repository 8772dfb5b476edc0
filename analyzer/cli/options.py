"""Options about inputs and what these may cost, the same for every command that reads some."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

import click

from analyzer.errors import UsageError
from analyzer.inputs import FORMATS_IN, Options
from analyzer.limits import Limits, table_text
from analyzer.stdin import UNNAMED, Stdin
from analyzer.text import shown

__all__ = ["InputCommand", "input_options", "limit_options", "read_options", "take_limits"]

F = TypeVar("F", bound=Callable[..., Any])


def _show_limits(ctx: click.Context, _param: click.Parameter, wanted: bool) -> None:
    if wanted:
        click.echo(table_text(Limits().changed(ctx.params.get("limit") or ())))
        ctx.exit()


_LIMITS = (
    click.option(
        "--limit",
        multiple=True,
        is_eager=True,
        metavar="NAME=NUMBER",
        envvar="EBS_PLAN_LIMIT",
        help="Change what an input may cost, such as yaml-size=16MB. Repeatable.",
    ),
    click.option(
        "--show-limits",
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=_show_limits,
        help="Print all limits, and exit.",
    ),
)

_OPTIONS = (
    click.option(
        "--parameters",
        multiple=True,
        metavar="FILE|KEY=VALUE",
        help="Values of CloudFormation parameters: Key=Value, or a file as the AWS CLI, "
        "CodePipeline or SAM keep them. Repeatable.",
    ),
    click.option(
        "--no-defaults",
        is_flag=True,
        help="Treat CloudFormation parameters without a value as unknown, not as their defaults.",
    ),
    click.option("--region", metavar="REGION", help="The Region that templates are deployed to."),
    click.option("--account", metavar="ID", help="The account that templates are deployed to."),
    click.option(
        "--var", "variables", multiple=True, metavar="NAME=VALUE", help="A Terraform variable."
    ),
    click.option("--var-file", "var_files", multiple=True, metavar="FILE", help="A .tfvars file."),
    click.option(
        "--tf-var-env", is_flag=True, help="Read Terraform variables from TF_VAR_* as well."
    ),
    click.option(
        "--root",
        type=click.Path(exists=True, file_okay=False),
        help="The folder that local modules may be in: else the git checkout around each input.",
    ),
    click.option(
        "--format-in",
        type=click.Choice(FORMATS_IN),
        help="What the inputs are, where their content is not to decide.",
    ),
    click.option(
        "--stdin-filename",
        metavar="FILE",
        help="The file that standard input stands for: reports name it, and its lines.",
    ),
)


#: Of the options of one command line, their names in the order in which they stand there.
_ORDER = f"{__name__}.order"


class InputCommand(click.Command):
    """A command with `input_options`: the order of `--var` and `--var-file` counts."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As click's own, which keeps what one option was given apart from the others'."""
        _, _, order = self.make_parser(ctx).parse_args(args=list(args))
        ctx.meta[_ORDER] = [parameter.name for parameter in order]
        return super().parse_args(ctx, args)


def input_options(command: F) -> F:
    """Give a command the options of `read_options` and `take_limits`."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return limit_options(command)


def limit_options(command: F) -> F:
    """Give a command the options of `take_limits`."""
    for option in reversed(_LIMITS):
        command = option(command)
    return command


def take_limits(options: dict[str, Any]) -> Limits:
    """The limits that the options ask for; takes them out of the options of a command."""
    return Limits().changed(options.pop("limit"))


def read_options(options: Mapping[str, Any], limits: Limits) -> Options:
    """What the options tell. Raises `UsageError` for a text that is no `NAME=VALUE`."""
    parameters = options["parameters"]
    return Options(
        parameters=_parameters(parameters, limits) if parameters else {},
        use_defaults=not options["no_defaults"],
        region=options["region"],
        account=options["account"],
        assigned=_assigned(options),
        environment=dict(_variables()) if options["tf_var_env"] else {},
        root=options["root"] or "",
        format=options["format_in"] or "",
        stdin=Stdin(options["stdin_filename"] or UNNAMED),
    )


def _variables() -> Iterator[tuple[str, str]]:
    """The Terraform variables of the environment, by name."""
    for name, value in os.environ.items():
        if name.startswith("TF_VAR_"):
            yield name.removeprefix("TF_VAR_"), value


def _assigned(options: Mapping[str, Any]) -> tuple[str | tuple[str, str], ...]:
    """The values of variables, and the files of them, in the order of the command line."""
    pairs = iter([_pair(text, "--var") for text in options["variables"]])
    files = iter(options["var_files"])
    order: list[str] = click.get_current_context().meta[_ORDER]
    return tuple(
        next(pairs) if name == "variables" else next(files)
        for name in order
        if name in ("variables", "var_files")
    )


def _pair(text: str, option: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise UsageError(f"{option} takes NAME=VALUE, not {shown(text)}")
    return name, value


def _parameters(texts: Sequence[str], limits: Limits) -> dict[str, str | None]:
    from analyzer.files import Kind, Root
    from analyzer.sources.cloudformation.parameters import parse_parameters

    values: dict[str, str | None] = {}
    for text in texts:
        if os.path.exists(text):
            data = Root(text, limits).read(text, Kind.SETTINGS)
            values.update(parse_parameters(data, path=text, limits=limits))
        else:
            name, value = _pair(text, "--parameters")
            values[name] = value
    return values
