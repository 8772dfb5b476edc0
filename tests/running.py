"""The command line inside of the test's own process: the same entry point, without the start."""

from __future__ import annotations

import io
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

from analyzer.cli import main

__all__ = ["Done", "ebs_plan"]


@dataclass(frozen=True)
class Done:
    """How a run ended."""

    returncode: int
    stdout: str
    stderr: str


def ebs_plan(*args: str, cwd: Path, stdin: bytes = b"", **environment: str) -> Done:
    """Run `ebs-plan` in a folder, with no settings from the outer environment."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2))
    source = io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8")
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("EBS_PLAN_", "GITHUB_"))}
    before = os.getcwd()
    os.chdir(cwd)
    try:
        with (
            mock.patch.dict(os.environ, {**kept, **environment}, clear=True),
            mock.patch.multiple(sys, stdin=source, stdout=out, stderr=err),
        ):
            try:
                main(list(args))
            except SystemExit as end:
                code = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
            out.flush()
            err.flush()
    finally:
        os.chdir(before)
    texts = (stream.buffer.getvalue().decode("utf-8") for stream in (out, err))
    return Done(code, *texts)
