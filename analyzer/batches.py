"""Batches of work on an executor: in any order, and nothing is lost without being named.

A pool of processes is started only where it pays. A worker that dies, hangs or runs out of memory
takes its batch with it: each input of that batch is tried once more, alone in a fresh process of
this machine, and what is lost again is told as a problem of that input.
"""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec

from analyzer import __version__, wire
from analyzer.errors import InputError, UsageError
from analyzer.files import standing_in
from analyzer.inputs import Place, size_of
from analyzer.limits import Limits
from analyzer.parts import Batch, Done, Part
from analyzer.text import shown

if TYPE_CHECKING:
    from concurrent.futures import Executor, Future

__all__ = ["Work", "perform", "usable_cpus", "worthwhile"]

Work = Callable[[Batch], list[Part]]

#: About how many seconds it takes to analyze a byte, by what holds it.
_SECONDS_PER_BYTE = {
    "searched": 1e-7,
    "module": 1.5e-6,
    "source": 1.5e-6,
    "named": 1e-8,
    "object": 1e-7,
    "listed": 1e-7,
}
#: A worker is started for that many seconds of work: less is done before it has come up.
_WORTH = 0.5
#: What a worker may take longer than the time for one input before it counts as hanging.
_GRACE = 2.0
#: After so many pools without a result, one after another, it is not the inputs that end them.
_MOST_POOLS = 20


def usable_cpus() -> int:
    """The processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def worthwhile(places: Iterable[Place], most: int) -> int:
    """How many workers pay for these inputs, `most` at most."""
    seconds = sum(place.size * _SECONDS_PER_BYTE.get(place.kind, 0) for place in places)
    return max(1, min(most, int(seconds / _WORTH)))


def perform(
    work: Work, batches: Sequence[Batch], limits: Limits, jobs: int, executor: Executor | None
) -> Done:
    """The parts of each batch, as they are done.

    Without an executor that is given, `jobs` processes of this machine do the work, or this
    process itself where there is only one job.
    """
    if executor is None and (jobs == 1 or len(batches) == 1):
        yield from ((batch, work(batch)) for batch in batches)
        return
    lost: list[tuple[Batch, str]] = []
    first = _Pool(min(jobs, len(batches)), limits) if executor is None else _Given(executor, limits)
    yield from first.all(work, batches, lost)
    alone = [single for batch, _ in lost for single in batch.split()]
    lost.clear()
    yield from _Pool(1, limits).all(work, alone, lost)
    for batch, why in lost:
        yield batch, [_lost(number, place, why) for number, place in batch.places.items()]


def packed(work: Work, batch: Batch) -> bytes | list[Part]:
    """What a worker sends back: the parts in few bytes."""
    parts = work(batch)
    try:
        return msgspec.msgpack.encode(parts)
    except UnicodeEncodeError:  # half a surrogate pair, in the name of a file
        return parts


def packed_elsewhere(version: str, folder: str, work: Work, batch: Batch) -> bytes | list[Part]:
    """As `packed`, by a worker that may be another machine's: it has to see what is seen here.

    Raises `UsageError` where it does not.
    """
    if version != __version__:
        raise UsageError(
            f"a worker has ebs-plan {__version__}, and this is {version}: install the same"
        )
    with standing_in(folder):
        changed = _changed(batch)
        if changed:
            raise UsageError(
                f"a worker does not see {shown(changed)} as it is here: it needs the same files"
                f" below {shown(folder, None)}"
            )
        return packed(work, batch)


def _changed(batch: Batch) -> str:
    """A path of a batch where not the same is found as before; nothing if there is none."""
    places = batch.places.values()
    return next((place.path for place in places if size_of(place) != place.size), "")


def _unpacked(future: Future[bytes | list[Part]]) -> list[Part] | str:
    """The parts that a worker sent, or why it sent none."""
    if future.cancelled():  # by whoever runs the executor
        return "cancelled"
    error = future.exception()
    if isinstance(error, (InputError, UsageError)):
        raise error
    if isinstance(error, ImportError):
        raise UsageError(
            f"a worker cannot import what it needs: install ebs-plan {__version__} there"
        )
    if error is not None:
        return type(error).__name__
    result = future.result()
    return msgspec.msgpack.decode(result, type=list[Part]) if isinstance(result, bytes) else result


def _lost(number: int, place: Place, why: str) -> Part:
    problem = wire.Problem(
        path=place.path,
        code="worker-lost",
        message=f"was not analyzed: its worker ended, hung or failed, and again alone ({why})",
        hint="analyze it by itself, with --jobs 1, to see what happens",
    )
    unread = wire.Input(path=place.path, format="unknown", status="unreadable")
    return Part(number=number, input=unread, problems=[problem])


class _Given:
    """An executor that somebody else runs: it gets all batches at once.

    Which of them it works on is not known. So where no batch is done for as long as one may
    take, those that are left are lost.
    """

    def __init__(self, executor: Executor, limits: Limits) -> None:
        self._executor = executor
        self._patience = limits.seconds + _GRACE
        self._ends = limits.run_ends

    def all(self, work: Work, batches: Sequence[Batch], lost: list[tuple[Batch, str]]) -> Done:
        """The parts of batches as they are done; those that are lost are added to `lost`."""
        from queue import Empty, SimpleQueue

        done: SimpleQueue[Future[bytes | list[Part]]] = SimpleQueue()
        waiting: dict[Future[bytes | list[Part]], Batch] = {}
        folder = os.getcwd()
        try:
            for batch in batches:
                try:
                    future = self._executor.submit(
                        packed_elsewhere, __version__, folder, work, batch
                    )
                except RuntimeError as error:  # it has broken down
                    lost.append((batch, type(error).__name__))
                    continue
                waiting[future] = batch
                future.add_done_callback(done.put)
            while waiting:
                left = min(self._patience, self._ends - time.monotonic())
                future = done.get(timeout=max(0, left))
                batch = waiting.pop(future)
                try:
                    parts = _unpacked(future)
                except UsageError:
                    if not _changed(batch):
                        raise
                    parts = "changed"  # here as well, so it is no fault of the worker's
                if isinstance(parts, str):
                    lost.append((batch, parts))
                else:
                    yield batch, parts
        except Empty:
            lost.extend((batch, "out of time") for batch in waiting.values())
        finally:
            for future in waiting:
                future.cancel()


class _Pool:
    """Processes of this machine, each of which has one batch at a time."""

    def __init__(self, size: int, limits: Limits) -> None:
        self._size = size
        self._memory = limits.worker_memory
        self._patience = limits.seconds + _GRACE
        self._ends = limits.run_ends

    def all(self, work: Work, batches: Sequence[Batch], lost: list[tuple[Batch, str]]) -> Done:
        """The parts of batches as they are done; those that are lost are added to `lost`.

        When a worker dies, every batch that was being worked on is lost: which of them was the
        reason is not known. The others go to fresh processes.
        """
        from analyzer.processes import processes

        waiting = deque(batches)
        fruitless = 0
        while waiting:
            if time.monotonic() >= self._ends or fruitless == _MOST_POOLS:
                why = "out of time" if fruitless < _MOST_POOLS else "no worker lives"
                lost.extend((batch, why) for batch in waiting)
                return
            fruitless += 1
            with processes(self._size, self._memory) as (executor, kill):
                for done in self._until_broken(executor, kill, work, waiting, lost):
                    fruitless = 0
                    yield done

    def _until_broken(
        self,
        executor: Executor,
        kill: Callable[[], None],
        work: Work,
        waiting: deque[Batch],
        lost: list[tuple[Batch, str]],
    ) -> Done:
        from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, wait

        from analyzer.processes import uninterrupted

        running: dict[Future[bytes | list[Part]], Batch] = {}
        since: dict[Future[bytes | list[Part]], float] = {}
        while waiting or running:
            with uninterrupted(), suppress(BrokenExecutor):
                while waiting and len(running) < self._size:
                    future = executor.submit(packed, work, waiting[0])
                    running[future] = waiting.popleft()
                    since[future] = time.monotonic()
            if not running:  # broken before it began
                return
            until = min(self._ends, min(since[future] for future in running) + self._patience)
            done, _ = wait(running, max(0, until - time.monotonic()), FIRST_COMPLETED)
            broken = not done or any(isinstance(f.exception(), BrokenExecutor) for f in done)
            if broken:
                kill()
                done, _ = wait(running)
            for future in done:
                batch = running.pop(future)
                parts = _unpacked(future)
                if isinstance(parts, str):
                    lost.append((batch, parts))
                else:
                    yield batch, parts
            if broken:
                return
