"""The same stack in two languages has the same report, addresses aside."""

from __future__ import annotations

from pathlib import Path

import pytest

import analyzer
from analyzer.inputs import Options
from analyzer.wire import Device, Report

TWINS = sorted(p for p in Path(__file__).parent.parent.glob("fixtures/twins/*") if p.is_dir())


def _what(device: Device) -> tuple[object, ...]:
    """A device without the words of its language: what it is, and what becomes of it."""
    outcomes = {
        (o.symbol, o.outcome, o.key.kind if o.key else None, o.row) for o in device.outcomes
    }
    kinds = {q.fact.partition("(")[0] for q in device.questions}
    return (
        device.device or "",
        device.root,
        device.kind,
        device.operation,
        device.verdict,
        tuple(sorted(map(str, outcomes))),
        tuple(sorted(kinds)),
    )


def _all(report: Report) -> list[tuple[object, ...]]:
    assert not report.problems
    return sorted(map(_what, report.devices), key=str)


def test_there_are_enough_twins() -> None:
    assert len(TWINS) >= 8


@pytest.mark.parametrize("folder", TWINS, ids=[p.name for p in TWINS])
def test_plan_template_and_source_agree(folder: Path) -> None:
    here = Options(region="us-east-1")
    plan = analyzer.analyze([str(folder / "plan.json")])
    template = analyzer.analyze([str(folder / "template.yaml")], options=here)
    source = analyzer.analyze([str(folder / "main.tf")])
    assert plan.devices
    assert _all(template) == _all(plan)
    assert _all(source) == _all(plan)
