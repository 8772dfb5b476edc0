"""Fixtures crossed with each other always end in a report."""

from __future__ import annotations

import pytest

from .crossing import KINDS, crossed


@pytest.mark.parametrize("kind", KINDS)
def test_whatever_is_read_ends_in_a_report(kind: str) -> None:
    reports = [report for _, report in crossed(kind, 200)]
    assert sum(report.summary.devices for report in reports) > 800
    for report in reports:
        verdicts = [device.verdict for device in report.devices]
        assert report.summary.depends == verdicts.count("depends")
        assert all(device.outcomes or device.settle for device in report.devices)
