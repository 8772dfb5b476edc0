"""`python -m tests.core.random_worlds NUMBER`: random requests, partly known, then completed."""

from __future__ import annotations

import random
import sys

from analyzer.core.decision import whatif
from analyzer.core.tables import TABLES

__all__ = ["contradicted"]


def contradicted(number: int, seed: int = 7) -> tuple[list[str], int]:
    """What a completion contradicts, and how many of the partial answers were definite."""
    rng = random.Random(seed)  # noqa: S311 - the same requests for one seed are what is wanted
    found: list[str] = []
    definite = 0
    for _ in range(number):
        operation = rng.choice(list(TABLES))
        columns = TABLES[operation].columns
        full = {name: rng.choice(list(domain)) for name, domain in columns.items()}
        known = {name: value for name, value in full.items() if rng.random() < 0.6}
        part, whole = whatif(operation.value, **known), whatif(operation.value, **full)
        definite += part.verdict != "depends"
        possible = {(o.symbol, o.outcome) for o in part.outcomes}
        holds = (
            part.verdict in ("depends", whole.verdict)
            and (part.key is None or part.key == whole.key)
            and all((o.symbol, o.outcome) in possible for o in whole.outcomes)
        )
        if not holds:
            found.append(f"{operation.value} {known} {full}")
    return found, definite


if __name__ == "__main__":
    wrong, sure = contradicted(int(sys.argv[1]))
    sys.stdout.write("".join(f"{line}\n" for line in wrong))
    sys.stdout.write(f"{sys.argv[1]} tried, {sure} definite, {len(wrong)} contradicted\n")
    sys.exit(1 if wrong else 0)
