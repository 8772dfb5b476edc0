"""Every Terraform fixture gives the report that was read against its configuration."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from analyzer import analyze

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


@pytest.mark.parametrize("name", ["dynamic_blocks", "hidden_expressions", "volume_sources"])
def test_each_answer_that_a_report_names_can_be_assumed(name: str) -> None:
    """And then it is not asked again."""
    (case,) = (case for case in cases() if case.name == name)
    named = {
        (when.fact, answer)
        for device in report_of(case).devices
        for outcome in device.outcomes
        for when in outcome.when
        for answer in when.is_.split("|")
    }
    assert named
    for fact, answer in sorted(named):
        report = analyze([str(case / "plan.json")], assume=[f"{fact}={answer}"])
        asked = {w.fact for d in report.devices for o in d.outcomes for w in o.when}
        assert fact not in asked, (fact, answer)
