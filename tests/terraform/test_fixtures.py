"""Every Terraform fixture gives the report that was read against its configuration."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .reports import cases, compact, report_of


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_the_report_of_a_plan_is_the_expected_one(case: Path) -> None:
    expected = json.loads((case / "expected.json").read_text(encoding="utf-8"))
    found = compact(report_of(case))
    assert found["devices"] == expected["devices"]
    assert found == expected


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_no_two_devices_of_a_report_have_one_identity(case: Path) -> None:
    ids = [device.id for device in report_of(case).devices]
    assert len(set(ids)) == len(ids)
