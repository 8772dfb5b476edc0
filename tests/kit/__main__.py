"""`python -m tests.kit [WORD...]`: every case through the real command line, measured."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.kit import Case, Ran, failures, write
from tests.kit.gathering import all_cases


def measured(case: Case, folder: Path) -> Ran:
    """Run a case in a process of its own."""
    write(case, folder)
    outer = {k: v for k, v in os.environ.items() if not k.startswith(("EBS_PLAN_", "GITHUB_"))}
    program = Path(sys.executable).with_name("ebs-plan")
    with (folder.parent / "out").open("w+b") as out, (folder.parent / "err").open("w+b") as err:
        child = subprocess.Popen(
            [program, *case.command], cwd=folder, env=outer, stdout=out, stderr=err
        )
        started = time.monotonic()
        _, status, usage = os.wait4(child.pid, 0)
        seconds = time.monotonic() - started
        out.seek(0)
        err.seek(0)
        return Ran(
            code=os.waitstatus_to_exitcode(status),
            stdout=out.read().decode(),
            stderr=err.read().decode(),
            # the processor's time: other work on the machine is not ours
            seconds=min(seconds, usage.ru_utime + usage.ru_stime),
            megabytes=usage.ru_maxrss / 1000,
        )


def run(words: list[str]) -> int:
    """Run the cases with one of these words in their names; the number of those that failed."""
    count, failed, slowest, largest = 0, 0, (0.0, ""), (0.0, "")
    for case in all_cases():
        if words and not any(word in case.name for word in words):
            continue
        with tempfile.TemporaryDirectory() as folder:
            ran = measured(case, Path(folder) / "root")
        count += 1
        slowest = max(slowest, (ran.seconds, case.name))
        largest = max(largest, (ran.megabytes, case.name))
        found = failures(case, ran)
        if found:
            failed += 1
            sys.stdout.write(f"{case.name[:100]}: {'; '.join(f[:300] for f in found)}\n")
            sys.stdout.flush()
    sys.stdout.write(
        f"{count} cases, {failed} failed; slowest {slowest[0]:.1f} s ({slowest[1][:60]}), "
        f"largest {largest[0]:.0f} MB ({largest[1][:60]})\n"
    )
    return failed


if __name__ == "__main__":
    sys.exit(1 if run(sys.argv[1:]) else 0)
