"""Count the slips in the decision tables that the tests notice: `python tests/mutation.py`.

Prints one line per kind of slip, and each slip that survives. Exits 1 if one does.
"""

from __future__ import annotations

import sys
from collections import Counter

from core.mutants import mutants, survives

from analyzer.core.tables import TABLES


def main() -> int:
    made: Counter[str] = Counter()
    survivors: list[str] = []
    for table in TABLES.values():
        for mutant in mutants(table):
            made[mutant.kind] += 1
            if survives(mutant):
                survivors.append(f"{mutant.kind}: {mutant.what}")
    lines = [f"{count:5} {kind}" for kind, count in sorted(made.items())]
    lines.append(f"{made.total():5} in all, {len(survivors)} survive")
    sys.stdout.write("\n".join([*lines, *survivors, ""]))
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main())
