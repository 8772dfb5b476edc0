"""Golden reports: for each case the arguments of a scan, and what every format has to say.

`python -m tests.report_cases [CASE...]` writes the expectations anew. Read what changed before you
commit it: an expectation is what the product promises, not what it happens to print.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from analyzer.report import FORMATS
from tests.running import ebs_plan

__all__ = ["cases", "reports"]

ROOT = Path(__file__).resolve().parent.parent


def cases() -> Iterator[Path]:
    """The folder of each case."""
    yield from sorted(path.parent for path in ROOT.glob("fixtures/reports/*/arguments"))


def reports(case: Path) -> dict[str, str]:
    """What each format says of a case, and what the run prints beside it."""
    arguments = (case / "arguments").read_text(encoding="utf-8").split()
    with tempfile.TemporaryDirectory() as folder:
        files = {name: Path(folder) / name for name in FORMATS}
        outputs = [f"-o{name}={path}" for name, path in files.items()]
        done = ebs_plan("scan", *arguments, *outputs, cwd=ROOT)
        found = {name: path.read_text(encoding="utf-8") for name, path in files.items()}
    return {**found, "run": f"{done.stdout}{done.stderr}exit code {done.returncode}\n"}


if __name__ == "__main__":
    for chosen in cases():
        if not sys.argv[1:] or chosen.name in sys.argv[1:]:
            for name, text in reports(chosen).items():
                (chosen / f"expected.{name}").write_text(text, encoding="utf-8", newline="")
