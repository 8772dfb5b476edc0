"""Processes of this machine that share the work: started safely, and none outlives its use."""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from concurrent.futures import Executor
    from multiprocessing.context import BaseContext

__all__ = ["processes", "uninterrupted"]


@contextmanager
def processes(size: int, memory: int) -> Iterator[tuple[Executor, Callable[[], None]]]:
    """A pool of processes, and how to kill them all; none of them outlives the block."""
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import active_children

    others = {process.pid for process in active_children()}

    def kill() -> None:
        for process in active_children():
            if process.pid not in others:
                process.kill()

    executor = ProcessPoolExecutor(size, _context(), _settle, (memory,))
    try:
        yield executor, kill
    finally:
        kill()  # all that was wanted is here, and one that hangs would never leave by itself
        executor.shutdown(cancel_futures=True)


@contextmanager
def uninterrupted() -> Iterator[None]:
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


def _settle(memory: int) -> None:
    """Begin the life of a worker: it leaves signals, and its end, to its parent.

    One that needs more memory than it may have is lost: no single input within the limits does.
    """
    from multiprocessing import parent_process
    from threading import Thread

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    gc.freeze()
    with suppress(ImportError, ValueError, OSError):
        import resource

        _, most = resource.getrlimit(resource.RLIMIT_AS)
        allowed = memory if most == resource.RLIM_INFINITY else min(most, memory)
        resource.setrlimit(resource.RLIMIT_AS, (allowed, most))
    parent = parent_process()
    if parent is not None:
        Thread(target=_leave_with, args=(parent.sentinel,), daemon=True).start()


def _leave_with(sentinel: int) -> None:
    """End this process once its parent has ended, however that was."""
    from multiprocessing.connection import wait

    wait([sentinel])
    os._exit(1)
