"""`python -m tests.benchmarks.changed FOLDER`: one file in a hundred gets a line more.

The line says nothing, so that what was meant by the folder stays true.
"""

from __future__ import annotations

import sys
from pathlib import Path


def main() -> None:
    """Change every hundredth file below a folder."""
    files = sorted(path for path in Path(sys.argv[1]).rglob("*") if path.is_file())
    for path in files[::100]:
        with path.open("a", encoding="utf-8") as file:
            file.write("\n" if path.suffix == ".json" else "# and a comment\n")


if __name__ == "__main__":
    main()
