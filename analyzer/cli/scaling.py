"""Options about who does the work: how many processes, or a cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from typing import TYPE_CHECKING, Any, TypeVar

import click
from click.core import ParameterSource

from analyzer.errors import UsageError
from analyzer.text import shown

if TYPE_CHECKING:
    from concurrent.futures import Executor

__all__ = ["scaling_options", "take_workers"]

F = TypeVar("F", bound=Callable[..., Any])

#: How many seconds a scheduler has to answer, and its first worker to be there.
_PATIENCE = 5


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
    click.option(
        "--scheduler",
        metavar="ADDRESS",
        help="The Dask scheduler whose workers do the work, such as tcp://HOST:8786; they see "
        "the same files.",
    ),
)


def scaling_options(command: F) -> F:
    """Give a command the options of `take_workers`."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def take_workers(
    ctx: click.Context, options: dict[str, Any]
) -> tuple[int, AbstractContextManager[Executor | None]]:
    """How many processes may share the work, 0 for as many as pay, or the executor that does it.

    Both are taken out of the options. Raises `UsageError` for options that contradict each other;
    the executor, once it is entered, where no cluster is there.
    """
    jobs: int = options.pop("jobs")
    address: str | None = options.pop("scheduler")
    if address is None:
        return jobs, nullcontext()
    if ctx.get_parameter_source("jobs") is ParameterSource.COMMANDLINE:
        raise UsageError("--jobs and --scheduler exclude each other: a cluster has its own workers")
    if ctx.params["aws"]:
        raise UsageError("--aws and --scheduler exclude each other: one process asks AWS")
    return jobs, _cluster(address)


@contextmanager
def _cluster(address: str) -> Iterator[Executor]:
    """An executor whose work is done by the workers of a Dask scheduler."""
    from importlib.util import find_spec

    if not _is_address(address):
        raise UsageError(f"--scheduler takes tcp://HOST:PORT, not {shown(address) or 'nothing'}")
    if find_spec("distributed") is None:
        raise UsageError("--scheduler needs distributed: pip install 'ebs-plan-analyzer[dask]'")
    import logging

    from distributed import Client

    logging.disable()  # what happens to workers is no business of standard error
    _find_scheduler(address)
    client = Client(address, timeout=_PATIENCE, set_as_default=False)
    try:
        try:
            client.wait_for_workers(1, timeout=_PATIENCE)
        except TimeoutError:
            raise UsageError(f"the scheduler at {shown(address)} has no workers") from None
        # Equal calls are not taken for one: what is in a file may have changed.
        yield client.get_executor(pure=False)
    finally:
        with suppress(OSError):  # it is gone, or does not say good-bye in time
            client.close(timeout=_PATIENCE)


def _is_address(text: str) -> bool:
    """Whether a text is `tcp://HOST:PORT`, `tls://HOST:PORT` or `HOST:PORT`."""
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(text if "://" in text else f"tcp://{text}")
        more = parts.path or parts.query or parts.fragment or parts.username
        return parts.scheme in ("tcp", "tls") and bool(parts.hostname and parts.port) and not more
    except ValueError:  # a port that is no number, or a bracket that is not closed
        return False


def _find_scheduler(address: str) -> None:
    """Raise `UsageError` unless a scheduler answers, which a `Client` would tell less clearly."""
    from asyncio import run, wait_for

    try:
        kind = run(wait_for(_kind(address), _PATIENCE))
    except Exception as error:  # noqa: BLE001 - what stands there may answer anything
        late = isinstance(error, TimeoutError)
        why = f"within {_PATIENCE} seconds" if late else f"({type(error).__name__})"
        raise UsageError(f"no Dask scheduler answers at {shown(address)} {why}") from None
    if kind != "Scheduler":
        raise UsageError(f"what answers at {shown(address)} is no Dask scheduler")


async def _kind(address: str) -> object:
    """What stands behind an address, in its own words."""
    from distributed import rpc
    from distributed.security import Security

    arguments = Security().get_connection_args("client")
    longer = 2 * _PATIENCE  # whoever waits for this gives up before
    async with rpc(address, timeout=longer, connection_args=arguments) as other:
        return (await other.identity()).get("type")
