"""Every CloudFormation fixture gives the report that was read against its template.

`python -m tests.cloudformation.test_fixtures` writes the expectations anew.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from analyzer import analyze
from analyzer.inputs import Options
from tests.terraform.reports import compact, written

ROOT = Path(__file__).resolve().parents[2]
CASES = sorted(p for p in (ROOT / "fixtures" / "cloudformation").iterdir() if p.is_dir())


def found_in(case: Path) -> dict[str, Any]:
    before = Path.cwd()
    os.chdir(ROOT)  # so that positions and names of exports do not hang on the checkout's place
    try:
        report = analyze([str(case.relative_to(ROOT))], options=Options(region="eu-west-1"))
    finally:
        os.chdir(before)
    return compact(report)


def test_ten_styles_are_represented() -> None:
    assert len(CASES) >= 10


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_report_of_a_template_is_the_expected_one(case: Path) -> None:
    expected = json.loads((case / "expected.json").read_text(encoding="utf-8"))
    assert found_in(case) == expected


if __name__ == "__main__":
    for each in CASES:
        (each / "expected.json").write_text(written(found_in(each)), encoding="utf-8")
