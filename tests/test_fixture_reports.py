"""Every format over every fixture, letter by letter; see `tests/fixture_reports.py`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fixture_reports import NAME, ROOT, fixtures, parsed, written


@pytest.mark.parametrize("fixture", fixtures(), ids=str)
def test_every_format_says_of_a_fixture_what_it_said(
    fixture: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    expected = (fixture / NAME).read_bytes().decode("utf-8")
    assert parsed(written(fixture)) == parsed(expected)
