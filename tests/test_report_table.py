"""The view at a terminal: a short table, each thing to act on once, and what settles the rest."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

from analyzer import analyze
from analyzer.report import Style
from analyzer.report.table import render
from analyzer.wire import Report

ROOT = Path(__file__).resolve().parent.parent
EXAMPLE = "fixtures/example/plan.json"
UNENCRYPTED = "fixtures/terraform/unencrypted/plan.json"


@pytest.fixture(autouse=True)
def _in_the_checkout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


def view(report: Report, width: int = 80) -> str:
    return render(report, Style(width=width)).decode()


def rows(text: str) -> list[str]:
    """The lines of the short table."""
    return text.partition("\n\n")[0].splitlines()


def test_the_table_has_a_row_for_each_device_the_worst_first() -> None:
    head, *lines = rows(view(analyze([EXAMPLE]), 200))
    assert head.split("  ")[0] == "outcome"
    assert [line.split()[0] for line in lines] == [
        *("rejected", "rejected", "unencrypted", "open", "encrypted", "encrypted")
    ]
    table = " ".join(lines)
    assert re.search(r"aws_autoscaling_group.worker .* aws_kms_key.data +Encrypted=true ", table)
    assert re.search(r"aws_ebs_volume.exports +InvalidParameterDependency +a key", lines[1])


def test_where_there_is_little_room_the_row_of_the_rules_stands_for_the_reason() -> None:
    _, *lines = rows(view(analyze([EXAMPLE]), 80))
    assert re.search(r"aws_ebs_volume.exports +InvalidParameterDependency +CV-1$", lines[2])


def test_a_column_that_has_nothing_to_say_is_not_there() -> None:
    assert rows(view(analyze([UNENCRYPTED])))[0].split() == ["outcome", "device", "because"]
    assert "key or error" in rows(view(analyze([EXAMPLE])))[0]


def test_devices_of_which_the_same_is_said_are_one_finding() -> None:
    text = view(analyze([UNENCRYPTED]))
    assert "warning[EBS003]: volume may end up unencrypted (2 devices)\n" in text
    assert "  --> aws_ebs_volume.no\n  --> aws_ebs_volume.silent\n" in text


def test_nothing_is_said_twice() -> None:
    report = analyze([UNENCRYPTED, EXAMPLE])
    lines = [line.strip() for line in view(report, 400).splitlines()]
    for start in ("= help: ", "--assume "):
        said = [line for line in lines if line.startswith(start)]
        assert said
        assert len(said) == len(set(said))


def test_many_places_of_a_finding_are_counted() -> None:
    report = analyze([EXAMPLE])
    device = next(d for d in report.devices if d.verdict == "unencrypted")
    finding = next(f for f in report.findings if f.rule == "EBS001")
    many = range(1_000)
    large = msgspec.structs.replace(
        report,
        devices=[msgspec.structs.replace(device, address=f"aws_instance.web[{n}]") for n in many],
        findings=[
            msgspec.structs.replace(finding, address=f"aws_instance.web[{n}]", fingerprint=str(n))
            for n in many
        ],
    )
    text = view(large)
    assert "plain text [RI-11] (1000\n  devices)\n" in text
    assert "  --> and 990 more\n" in text
    assert "... and 800 more devices; -o json has them all\n" in text
    assert len(text.splitlines()) < 500


@pytest.mark.parametrize("width", [40, 60, 80, 120, 160])
def test_a_table_is_as_wide_as_the_terminal_and_no_wider(width: int) -> None:
    for line in view(analyze([EXAMPLE, UNENCRYPTED]), width).splitlines():
        assert len(line) <= width or line.lstrip().startswith(("--assume ", "= what to paste: ")), (
            line
        )
