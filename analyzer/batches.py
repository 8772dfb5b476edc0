"""Batches of work on an executor: in any order, and nothing is lost without being named.

A pool of processes is started only where it pays. A worker that dies, hangs or runs out of memory
takes its batch with it: each input of that batch is tried once more, alone in a fresh process, and
what is lost again is told as a problem of that input.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import msgspec

from analyzer import wire
from analyzer.errors import InputError, UsageError
from analyzer.inputs import Place
from analyzer.limits import Limits
from analyzer.parts import Batch, Done, Part

if TYPE_CHECKING:
    from concurrent.futures import Executor, Future
    from multiprocessing.context import BaseContext

__all__ = ["Work", "perform", "usable_cpus", "worthwhile"]

Work = Callable[[Batch], list[Part]]

#: About how many seconds it takes to analyze a byte, by what holds it.
_SECONDS_PER_BYTE = {"searched": 1e-7, "module": 1.5e-6, "source": 1.5e-6, "named": 1e-8}
#: A worker is started for that many seconds of work: less is done before it has come up.
_WORTH = 0.5
#: What a worker may take longer than the time for one input before it counts as hanging.
_GRACE = 2.0
#: A worker that needs more memory is lost. No single input within the limits does.
_MEMORY = 8 << 30


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


def _unpacked(future: Future[bytes | list[Part]]) -> list[Part] | str:
    """The parts that a worker sent, or why it sent none."""
    error = future.exception()
    if isinstance(error, (InputError, UsageError)):
        raise error
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
    """An executor that somebody else runs: it gets all batches at once."""

    def __init__(self, executor: Executor, limits: Limits) -> None:
        self._executor = executor
        self._ends = limits.run_ends

    def all(self, work: Work, batches: Sequence[Batch], lost: list[tuple[Batch, str]]) -> Done:
        """The parts of batches as they are done; those that are lost are added to `lost`."""
        from concurrent.futures import as_completed

        waiting = {self._executor.submit(packed, work, batch): batch for batch in batches}
        try:
            for future in as_completed(list(waiting), max(0, self._ends - time.monotonic())):
                parts = _unpacked(future)
                batch = waiting.pop(future)
                if isinstance(parts, str):
                    lost.append((batch, parts))
                else:
                    yield batch, parts
        except TimeoutError:
            lost.extend((batch, "out of time") for batch in waiting.values())
        finally:
            for future in waiting:
                future.cancel()


class _Pool:
    """Processes of this machine, each of which has one batch at a time."""

    def __init__(self, size: int, limits: Limits) -> None:
        self._size = size
        self._patience = limits.seconds + _GRACE
        self._ends = limits.run_ends

    def all(self, work: Work, batches: Sequence[Batch], lost: list[tuple[Batch, str]]) -> Done:
        """The parts of batches as they are done; those that are lost are added to `lost`.

        When a worker dies, every batch that was being worked on is lost: which of them was the
        reason is not known. The others go to fresh processes.
        """
        waiting = deque(batches)
        while waiting:
            if time.monotonic() >= self._ends:
                lost.extend((batch, "out of time") for batch in waiting)
                return
            with _processes(self._size) as (executor, kill):
                yield from self._until_broken(executor, kill, work, waiting, lost)

    def _until_broken(
        self,
        executor: Executor,
        kill: Callable[[], None],
        work: Work,
        waiting: deque[Batch],
        lost: list[tuple[Batch, str]],
    ) -> Done:
        from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, wait

        running: dict[Future[bytes | list[Part]], Batch] = {}
        since: dict[Future[bytes | list[Part]], float] = {}
        while waiting or running:
            with _uninterrupted(), suppress(BrokenExecutor):
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


@contextmanager
def _processes(size: int) -> Iterator[tuple[Executor, Callable[[], None]]]:
    """A pool of processes, and how to kill them all; none of them outlives the block."""
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import active_children

    others = {process.pid for process in active_children()}

    def kill() -> None:
        for process in active_children():
            if process.pid not in others:
                process.kill()

    executor = ProcessPoolExecutor(size, _context(), _settle)
    try:
        yield executor, kill
    finally:
        kill()  # all that was wanted is here, and one that hangs would never leave by itself
        executor.shutdown(cancel_futures=True)


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Keep Ctrl-C waiting: in the middle of starting a process it may be lost.

    Processes that are started meanwhile never see one.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _context() -> BaseContext:
    """How to start processes: by forking where that is safe, because it takes no time."""
    from multiprocessing import get_context
    from threading import active_count

    if sys.platform == "linux":
        return get_context("fork" if active_count() == 1 else "forkserver")
    return get_context("spawn")


def _settle() -> None:
    """Begin the life of a worker: it leaves signals, and its end, to its parent."""
    from multiprocessing import parent_process
    from threading import Thread

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    gc.freeze()
    with suppress(ImportError, ValueError, OSError):
        import resource

        _, most = resource.getrlimit(resource.RLIMIT_AS)
        allowed = _MEMORY if most == resource.RLIM_INFINITY else min(most, _MEMORY)
        resource.setrlimit(resource.RLIMIT_AS, (allowed, most))
    parent = parent_process()
    if parent is not None:
        Thread(target=_leave_with, args=(parent.sentinel,), daemon=True).start()


def _leave_with(sentinel: int) -> None:
    """End this process once its parent has ended, however that was."""
    from multiprocessing.connection import wait

    wait([sentinel])
    os._exit(1)
