"""Options that turn on read-only look-ups in AWS; nothing else ever opens a connection."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from analyzer.errors import UsageError

if TYPE_CHECKING:
    from analyzer.knowledge.aws import Lookups

__all__ = ["aws_options", "open_aws", "selection", "take_aws"]

F = TypeVar("F", bound=Callable[..., Any])

_SELECTION = (
    click.option("--aws-profile", metavar="NAME", help="The AWS profile to look up with."),
    click.option("--aws-region", metavar="REGION", help="The Region to look in first."),
)
_SWITCH = click.option(
    "--aws", is_flag=True, help="Look up in AWS what nobody else knows; only reads, never writes."
)


def selection(command: F) -> F:
    """Give a command the options that select credentials."""
    for option in reversed(_SELECTION):
        command = option(command)
    return command


def aws_options(command: F) -> F:
    """Give a command the options of `take_aws`."""
    return _SWITCH(selection(command))


def take_aws(options: dict[str, Any]) -> Lookups | None:
    """The look-ups that the options ask for, if they do; takes them out of the options."""
    wanted = options.pop("aws")
    profile, region = options.pop("aws_profile"), options.pop("aws_region")
    if not wanted:
        if profile or region:
            raise UsageError("--aws-profile and --aws-region go with --aws")
        return None
    return open_aws(profile, region)


def open_aws(profile: str | None, region: str | None) -> Lookups:
    """Look-ups with these credentials. Raises `UsageError` where the extra is missing."""
    from importlib.util import find_spec

    if find_spec("boto3") is None:
        raise UsageError("--aws needs boto3: pip install 'ebs-plan-analyzer[aws]'")
    from analyzer.knowledge.aws import Lookups

    return Lookups(profile, region)
