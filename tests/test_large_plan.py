"""A large plan is viewed, not copied: the report is the same, whatever is wrong with the file."""

from __future__ import annotations

from pathlib import Path

import pytest

from analyzer import analyze
from analyzer.files import Kind, Root, page_out
from analyzer.limits import Limits

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures" / "terraform"
#: More than a view is worth; JSON may have blanks anywhere between its parts.
PADDING = b" " * (17 << 20)


def padded(folder: Path, plan: bytes) -> str:
    path = folder / "plan.json"
    path.write_bytes(plan.rstrip() + PADDING + b"\n")
    return str(path)


@pytest.mark.parametrize("case", ["module_kms", "replace", "update_in_place"])
def test_a_view_is_read_like_the_bytes(case: str, tmp_path: Path) -> None:
    plan = (FIXTURES / case / "plan.json").read_bytes()
    small = tmp_path / "small.json"
    small.write_bytes(plan)
    large = analyze([padded(tmp_path, plan)], unchanged=True)
    same = analyze([str(small)], unchanged=True)
    assert large.summary == same.summary
    assert large.devices
    assert [(d.address, d.device, d.verdict, d.key, d.outcomes) for d in large.devices] == [
        (d.address, d.device, d.verdict, d.key, d.outcomes) for d in same.devices
    ]


@pytest.mark.parametrize("padding", [b"", PADDING], ids=["small", "large"])
@pytest.mark.parametrize("key", ["key_usage", "size", "provider_config"])
def test_a_byte_that_is_no_text_is_told_with_its_place(
    key: str, padding: bytes, tmp_path: Path
) -> None:
    """Wherever it is: in a body that is read late, in the configuration, or in the providers."""
    plan = (FIXTURES / "module_kms" / "plan.json").read_bytes()
    path = tmp_path / "plan.json"
    path.write_bytes(plan.replace(f'"{key}"'.encode(), f'"{key[:2]}'.encode() + b'\xff"') + padding)
    report = analyze([str(path)])
    assert [(p.code, "UTF-8" in p.message, bool(p.line)) for p in report.problems] == [
        ("input-json", True, True)
    ]
    assert (report.inputs[0].status, report.devices) == ("unreadable", [])


@pytest.mark.parametrize("odd", ["NaN", "-Infinity", "1e999", '"\\ud800"', '"\xff"'])
def test_what_no_json_has_hides_nothing_where_nobody_reads_it(odd: str, tmp_path: Path) -> None:
    plan = (FIXTURES / "account_default" / "plan.json").read_bytes()
    small = tmp_path / "small.json"
    small.write_bytes(plan)
    large = tmp_path / "plan.json"
    tail = b', "nobody": ' + odd.encode("latin-1") + b" " * 5_000_000 + b"}\n"
    large.write_bytes(plan.rstrip().removesuffix(b"}") + tail)
    report = analyze([str(large)], unchanged=True)
    assert report.problems == []
    assert report.summary == analyze([str(small)], unchanged=True).summary
    assert report.devices


@pytest.mark.parametrize(
    "text",
    [b"", b"{", b"[1]", b'{"format_version": "9.0"}', b'{"format_version": 1}', b"\x1f\x8b\x08"],
)
def test_a_large_file_that_is_no_plan_is_named_as_what_it_is(text: bytes, tmp_path: Path) -> None:
    small = tmp_path / "small.json"
    small.write_bytes(text)
    (told,) = analyze([padded(tmp_path, text)]).problems
    (same,) = analyze([str(small)]).problems
    assert (told.code, told.message) == (same.code, same.message)


def test_small_files_limits_and_borders_are_for_read(tmp_path: Path) -> None:
    large = padded(tmp_path, b"{}")
    small = tmp_path / "small.json"
    small.write_bytes(b"{}")
    view = Root(large, Limits()).view(large, Kind.PLAN)
    assert view is not None
    page_out(view)
    assert view[:2] == b"{}"
    assert Root(str(small), Limits()).view(str(small), Kind.PLAN) is None
    assert Root(large, Limits(plan_size=1000)).view(large, Kind.PLAN) is None
    assert Root(str(small), Limits()).view("/dev/zero", Kind.PLAN) is None
