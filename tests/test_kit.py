"""Hostile inputs by class: no crash, no lie, nothing that acts on its reader, no secret.

A sample of the kit that differs from file to file but not from run to run; time and memory are
measured by `python -m tests.kit`, which runs all of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest

from tests.kit import Case, Ran, failures, plans, sources, templates, write
from tests.running import ebs_plan

#: Megabytes: larger ones cost more time than they tell.
SMALL = 0.02
STEP = 3
KINDS = {"plans": plans.cases, "templates": templates.cases, "sources": sources.cases}


def small(kind: str) -> Iterator[Case]:
    """Every third small case of a kind."""
    cases = KINDS[kind]()
    return islice((case for case in cases if case.size < SMALL), 0, None, STEP)


@pytest.mark.parametrize("kind", KINDS)
def test_no_hostile_input_gets_more_than_an_honest_answer(kind: str, tmp_path: Path) -> None:
    failed: dict[str, list[str]] = {}
    count = 0
    for number, case in enumerate(small(kind)):
        folder = tmp_path / str(number)
        write(case, folder)
        done = ebs_plan(*case.command, cwd=folder)
        found = failures(case, Ran(code=done.returncode, stdout=done.stdout, stderr=done.stderr))
        count += 1
        if found:
            failed[case.name] = found
    assert failed == {}
    assert count > 100
