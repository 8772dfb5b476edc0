"""A sign of life on standard error, for people who wait: on a terminal only, after a second."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["progress"]

_AFTER = 1.0
_EVERY = 0.5


@contextmanager
def progress(what: str) -> Iterator[None]:
    """Show how long the block has been running, and take the line away at its end."""
    stream = sys.stderr
    if stream is None or not stream.isatty():
        yield
        return
    done = threading.Event()
    started = time.monotonic()

    def show() -> None:
        if done.wait(_AFTER):
            return
        while True:
            stream.write(f"\r{what} ({time.monotonic() - started:.0f} s)")
            stream.flush()
            if done.wait(_EVERY):
                break
        stream.write("\r\x1b[K")
        stream.flush()

    shower = threading.Thread(target=show, daemon=True)
    shower.start()
    try:
        yield
    finally:
        done.set()
        shower.join(timeout=1)
