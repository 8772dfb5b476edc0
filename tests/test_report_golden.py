"""Whole reports, letter by letter; see `tests/report_cases.py` for how they are made."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from analyzer.report import FORMATS
from tests.report_cases import cases, reports

CASES = {case.name: case for case in cases()}


@cache
def made(case: Path) -> dict[str, str]:
    return reports(case)


@pytest.mark.parametrize("name", [*FORMATS, "run"])
@pytest.mark.parametrize("case", CASES)
def test_a_report_is_what_it_was(case: str, name: str) -> None:
    expected = (CASES[case] / f"expected.{name}").read_bytes().decode("utf-8")
    assert made(CASES[case])[name] == expected
