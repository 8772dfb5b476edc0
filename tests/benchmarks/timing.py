"""Whole processes, timed in pairs: what drifts, drifts for both."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Ratio", "paired"]


@dataclass(frozen=True, slots=True)
class Ratio:
    """Medians of seconds of both sides, of their ratio pair by pair, and our peak memory."""

    ours: float
    floor: float
    ratio: float
    peak_mib: float


def _once(command: Sequence[str]) -> tuple[float, float]:
    """Seconds and peak MiB of one run of a command."""
    begun = time.monotonic()
    child = os.posix_spawn(
        command[0],
        list(command),
        os.environ,
        file_actions=[(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)],
    )
    _, status, usage = os.wait4(child, 0)
    code = os.waitstatus_to_exitcode(status)
    if code not in (0, 1):
        raise RuntimeError(f"exit {code}: {' '.join(command)}")
    return time.monotonic() - begun, usage.ru_maxrss / 1024


def paired(ours: Sequence[str], floor: Sequence[str], runs: int) -> Ratio:
    """Run both commands in turn, `runs` times."""
    _once(ours)  # warm the file cache, and the byte code
    pairs = [(_once(ours), _once(floor)) for _ in range(runs)]
    return Ratio(
        statistics.median(a[0] for a, _ in pairs),
        statistics.median(b[0] for _, b in pairs),
        statistics.median(a[0] / b[0] for a, b in pairs),
        max(a[1] for a, _ in pairs),
    )
