"""The quoted line: always the head of a block or a key, never what stands behind it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.report.snippet import snippet
from analyzer.wire import Location

PLACE = Location(path="main.tf", line=14, column=3)


def lines(text: str | None, width: int = 80) -> list[str]:
    return snippet(PLACE, lambda _path, _line: text, width)


@pytest.mark.parametrize(
    ("text", "said", "mark"),
    [
        ('resource "aws_instance" "web" {', 'resource "aws_instance" "web" {', 31),
        ("  root_block_device {", "  root_block_device {", 19),
        ("\troot_block_device {", "    root_block_device {", 19),
        ('  dynamic "x" { secret = "hunter2" }', '  dynamic "x" {', 13),
        ('  kms_key_id  = "hunter2"', "  kms_key_id  =", 13),
        ("  Data:", "  Data:", 5),
        ("  Data: {Properties: {Password: hunter2}}", "  Data:", 5),
        ("      - DeviceName: hunter2", "        DeviceName:", 11),
        ('  "Web": {"Password": "hunter2"}', '  "Web":', 6),
        ("  Größe: 1", "  Größe:", 6),
        ("  データ: 1", "  データ:", 7),
    ],
)
def test_the_head_is_shown_and_marked(text: str, said: str, mark: int) -> None:
    found = lines(text)
    assert found[0] == "   |"
    assert found[1] == f"14 | {said}"
    assert found[2] == f"   | {' ' * (len(said) - len(said.lstrip()))}{'^' * mark}"
    assert "hunter2" not in "".join(found)


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        '  "password" = "hunter2"',
        '{"Resources":{"A":{"Password":"hunter2"}}}',
        "hunter2",
        "  # hunter2",
        'x "hunter2',
    ],
)
def test_what_is_no_head_is_not_quoted(text: str | None) -> None:
    assert lines(text) == []


def test_a_place_without_a_line_has_no_snippet() -> None:
    assert snippet(Location(path="plan.json"), lambda _p, _l: "x {", 80) == []


@given(st.text(max_size=60), st.integers(20, 120))
def test_any_line_is_shown_in_its_width_or_not_at_all(text: str, width: int) -> None:
    for shown in (lines(text, width), lines(f'resource "{text}" "x" {{', width)):
        assert len(shown) in (0, 3)
        assert all(c.isprintable() for line in shown for c in line)


def test_a_long_head_is_cut() -> None:
    found = lines(f'resource "aws_instance" "{"x" * 500}" {{', 80)
    assert max(map(len, found)) <= 80
