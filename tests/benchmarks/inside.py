"""`python -m tests.benchmarks.inside TEMPLATE`: how much of cfn-lint's run our rules take.

Every rule's time is counted, what they import on the way included, in one process with cfn-lint's
own; importing the rules is told apart. Processor time, which other processes disturb least.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from time import process_time
from typing import Any


class _Clock:
    """Adds up the time of the calls that it wraps."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def timed(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, with its time counted."""

        def call(*args: object) -> Any:
            begun = process_time()
            try:
                return function(*args)
            finally:
                self.seconds += process_time() - begun

        return call


def main() -> None:
    """Run cfn-lint with our rules on a template, and say what they cost."""
    from cfnlint.runner.cli import main as cfn_lint

    begun = process_time()
    from analyzer.plugins.cfn_lint import rules  # type: ignore[import-not-found] # once installed

    imported = process_time() - begun
    clock = _Clock()
    for rule in (rules._Shared, rules.NotAnalyzed):  # noqa: SLF001 - measured from inside
        rule.match = clock.timed(rule.match)
    output = os.dup(1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    sys.argv = ["cfn-lint", "-f", "json", "-a", "analyzer.plugins.cfn_lint", "-t", sys.argv[1]]
    with suppress(SystemExit):
        cfn_lint()
    os.dup2(output, 1)
    share = clock.seconds / process_time() * 100
    sys.stdout.write(
        f"inside cfn-lint: {share:.1f} % of its time (1 %),"
        f" and {imported * 1000:.0f} ms to import the rules (50 ms)\n"
    )


if __name__ == "__main__":
    main()
