"""The program `ebs-plan`, also as `python -m analyzer`."""

from __future__ import annotations

import gc
import signal
from typing import NoReturn

__all__ = ["main"]


def main() -> NoReturn:
    """Run the command line; Ctrl-C while it is still being imported ends the process at once."""
    gc.disable()  # the process ends with the run: there is nothing to collect for anybody
    handler = signal.getsignal(signal.SIGINT)
    if handler is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from analyzer.cli import main as run

    signal.signal(signal.SIGINT, handler)
    try:
        run()
    finally:
        gc.freeze()  # so that the interpreter's end does not walk the report either


if __name__ == "__main__":
    main()
