"""Options about who does the work: how many processes, or a cluster."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

__all__ = ["scaling_options", "take_jobs"]

F = TypeVar("F", bound=Callable[..., Any])


class _Jobs(click.ParamType[int]):
    """A number of processes, or `auto`."""

    name = "N|auto"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        return 0 if value == "auto" else int(click.IntRange(min=1).convert(value, param, ctx))


_OPTIONS = (
    click.option(
        "--jobs",
        type=_Jobs(),
        default="auto",
        show_default=True,
        envvar="EBS_PLAN_JOBS",
        help="How many processes may share the work; none is started where that does not pay.",
    ),
)


def scaling_options(command: F) -> F:
    """Give a command the options of `take_jobs`."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def take_jobs(options: dict[str, Any]) -> int:
    """How many processes may share the work, 0 for as many as pay; taken out of the options."""
    jobs: int = options.pop("jobs")
    return jobs
