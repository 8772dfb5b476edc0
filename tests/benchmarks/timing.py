"""Whole processes, timed in pairs: what drifts, drifts for both.

Time on the clock is what a user waits for. Where other work loads the machine, the time that
the processor spent on each side tells more.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Ratio", "paired"]


@dataclass(frozen=True, slots=True)
class Ratio:
    """Medians of seconds of both sides, of their ratios pair by pair, and our peak memory.

    `cpu_ratio` compares the processor's time (of the program and of the system for it).
    """

    ours: float
    floor: float
    ratio: float
    cpu_ratio: float
    peak_mib: float


@dataclass(frozen=True, slots=True)
class _Run:
    seconds: float
    cpu: float
    peak_mib: float


def _once(command: Sequence[str]) -> _Run:
    # byte code is kept, as where the tool is installed
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    begun = time.monotonic()
    child = os.posix_spawn(
        command[0],
        list(command),
        environment,
        file_actions=[(os.POSIX_SPAWN_OPEN, s, os.devnull, os.O_WRONLY, 0) for s in (1, 2)],
    )
    _, status, usage = os.wait4(child, 0)
    code = os.waitstatus_to_exitcode(status)
    if code not in (0, 1, 2):  # cfripper ends with 2 for findings
        raise RuntimeError(f"exit {code}: {' '.join(command)}")
    cpu = usage.ru_utime + usage.ru_stime
    return _Run(time.monotonic() - begun, cpu, usage.ru_maxrss / 1024)


def paired(ours: Sequence[str], floor: Sequence[str], runs: int, prepare: Sequence[str]) -> Ratio:
    """Run both commands in turn, `runs` times; `prepare` runs before each of ours."""
    _once(ours)  # warm the file cache, and the byte code
    pairs = []
    for _ in range(runs):
        _once(prepare)
        pairs.append((_once(ours), _once(floor)))
    return Ratio(
        statistics.median(a.seconds for a, _ in pairs),
        statistics.median(b.seconds for _, b in pairs),
        statistics.median(a.seconds / b.seconds for a, b in pairs),
        statistics.median(a.cpu / b.cpu for a, b in pairs),
        max(a.peak_mib for a, _ in pairs),
    )
