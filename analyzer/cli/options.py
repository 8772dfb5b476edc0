"""Options that tell about inputs, the same for every command that reads some."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click

from analyzer.errors import UsageError
from analyzer.inputs import Options
from analyzer.text import shown

__all__ = ["input_options", "read_options"]

F = TypeVar("F", bound=Callable[..., Any])

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
)


def input_options(command: F) -> F:
    """Give a command the options of `read_options`."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def read_options(
    parameters: Sequence[str],
    variables: Sequence[str],
    *,
    no_defaults: bool,
    region: str | None,
    account: str | None,
    var_files: Sequence[str],
    tf_var_env: bool,
) -> Options:
    """What the options tell. Raises `UsageError` for a text that is no `NAME=VALUE`."""
    return Options(
        parameters=_parameters(parameters) if parameters else {},
        use_defaults=not no_defaults,
        region=region,
        account=account,
        variables=dict(_pair(text, "--var") for text in variables),
        var_files=tuple(var_files),
        use_environment=tf_var_env,
    )


def _pair(text: str, option: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise UsageError(f"{option} takes NAME=VALUE, not {shown(text)}")
    return name, value


def _parameters(texts: Sequence[str]) -> dict[str, str | None]:
    from analyzer.files import Kind, Root
    from analyzer.sources.cloudformation.parameters import parse_parameters

    values: dict[str, str | None] = {}
    for text in texts:
        if os.path.exists(text):
            values.update(parse_parameters(Root(text).read(text, Kind.SETTINGS), path=text))
        else:
            name, value = _pair(text, "--parameters")
            values[name] = value
    return values
