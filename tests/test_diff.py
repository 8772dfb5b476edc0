"""Only changes of state, between plans, templates and saved reports, with an exit code."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer import analyze
from analyzer.diff import Diff, compare, replaced
from analyzer.wire import Device, Key, Location, Place, Report, Requested, State, Summary, Tool

EXAMPLE = "fixtures/example/plan.json"
PLANS = sorted(str(p) for p in Path("fixtures/terraform").glob("*/plan.json"))

OWN = Key(kind="requested", ref="aws_kms_key.data")
OTHER = Key(kind="requested", ref="aws_kms_key.other")
MANAGED = Key(kind="aws-managed", ref="alias/aws/ebs")
DEFAULT = Key(kind="account-default")
SOURCE = Key(kind="source")


def device(verdict: str = "encrypted", key: Key | None = None, **more: object) -> Device:
    told: dict[str, object] = {
        "id": "1",
        "input": "plan.json",
        "address": "aws_ebs_volume.x",
        "type": "aws_ebs_volume",
        "device": None,
        "root": False,
        "kind": "volume",
        "operation": "CreateVolume",
        "place": Place(),
        "requested": Requested(encrypted="absent", kms_key_id="absent"),
        "verdict": verdict,
        "key": key,
        "outcomes": [],
        "settle": [],
        "location": Location(path="plan.json"),
        **more,
    }
    return Device(**told)  # type: ignore[arg-type]


def report(*devices: Device) -> Report:
    return Report(tool=Tool(), inputs=[], devices=list(devices), summary=Summary())


@pytest.mark.parametrize(
    ("before", "after", "worse"),
    [
        (device("unencrypted"), device("encrypted", OWN), False),
        (device("encrypted", OWN), device("unencrypted"), True),
        (device("encrypted", OWN), device("depends"), True),
        (device("depends"), device("encrypted", OWN), False),
        (device("depends"), device("rejected"), True),
        (device("rejected"), device("depends"), False),
        (device("rejected"), device("unencrypted"), True),
        (device("encrypted", OWN), device("encrypted", OTHER), False),
        (device("encrypted", MANAGED), device("encrypted", OWN), False),
        (device("encrypted", OWN), device("encrypted", MANAGED), True),
        (device("encrypted", OWN), device("encrypted", DEFAULT), True),
        (device("encrypted", OWN), device("encrypted"), True),
        (device("encrypted", SOURCE), device("encrypted", DEFAULT), False),
    ],
)
def test_what_is_worse(before: Device, after: Device, worse: bool) -> None:
    found = compare(report(before), report(after))
    (change,) = found.changes
    assert change.worse is found.worse is worse
    assert change.before == State(verdict=before.verdict, key=before.key)
    assert change.after == State(verdict=after.verdict, key=after.key)


@pytest.mark.parametrize(
    ("verdict", "worse"),
    [("encrypted", False), ("unencrypted", True), ("depends", True), ("rejected", True)],
)
def test_what_is_added_must_be_encrypted_and_what_goes_is_never_worse(
    verdict: str, worse: bool
) -> None:
    added = compare(report(), report(device(verdict)))
    assert (added.changes[0].before, added.worse) == (None, worse)
    removed = compare(report(device(verdict)), report())
    assert (removed.changes[0].after, removed.worse) == (None, False)


def test_the_root_device_is_one_device_whatever_its_name() -> None:
    old = device("depends", device="root", root=True)
    new = device("depends", device="/dev/xvda", root=True)
    assert compare(report(old), report(new)) == Diff(changes=[], unchanged=1)


def test_where_something_is_written_is_no_state() -> None:
    old, new = device("encrypted", OWN), device("encrypted", OWN, input="other.json", notes=["x"])
    assert compare(report(old), report(new)) == Diff(changes=[], unchanged=1)


_DEVICES = st.lists(
    st.builds(
        device,
        st.sampled_from(["encrypted", "unencrypted", "rejected", "depends"]),
        st.sampled_from([None, OWN, MANAGED, DEFAULT]),
        address=st.sampled_from(["a", "b", "c"]),
        device=st.sampled_from([None, "/dev/sdb"]),
    ),
    max_size=5,
)


@given(_DEVICES, _DEVICES)
def test_every_device_is_changed_or_unchanged_and_nothing_changes_against_itself(
    one: list[Device], other: list[Device]
) -> None:
    found = compare(report(*one), report(*other))
    both = [c for c in found.changes if c.before is not None and c.after is not None]
    gone = [c for c in found.changes if c.after is None]
    new = [c for c in found.changes if c.before is None]
    assert len(one) == len(both) + len(gone) + found.unchanged
    assert len(other) == len(both) + len(new) + found.unchanged
    assert compare(report(*one), report(*one)).changes == []


@pytest.mark.parametrize("path", [EXAMPLE, *PLANS])
def test_a_plan_does_not_differ_from_itself(path: str) -> None:
    found = analyze([path])
    assert compare(found, found) == Diff(changes=[], unchanged=len(found.devices))


# -- the command line --------------------------------------------------------------------

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def run(*args: str) -> tuple[int, str, str]:
        from analyzer.cli import main

        with pytest.raises(SystemExit) as done:
            main(["diff", *args])
        out, err = capsys.readouterr()
        return int(done.value.code or 0), out, err

    return run


_VOLUMES = """
provider "aws" { region = "eu-west-1" }
resource "aws_kms_key" "data" {}
resource "aws_ebs_volume" "a" {
  availability_zone = "eu-west-1a"
  size              = 1
  A
}
resource "aws_ebs_volume" "b" {
  availability_zone = "eu-west-1a"
  size              = 1
  A
}
resource "aws_ebs_volume" "c" {
  availability_zone = "eu-west-1a"
  size              = 1
  C
}
"""
MANAGED_HCL = 'encrypted = true\n  kms_key_id = "alias/aws/ebs"'
OWN_HCL = "encrypted = true\n  kms_key_id = aws_kms_key.data.arn"


def folder(path: Path, a: str, c: str) -> str:
    path.mkdir()
    text = _VOLUMES.replace("  A\n", f"  {a}\n").replace("  C\n", f"  {c}\n")
    (path / "main.tf").write_text(text, encoding="utf-8")
    return str(path)


def test_changes_of_one_kind_are_told_together_the_worse_first(run: Run, tmp_path: Path) -> None:
    old = folder(tmp_path / "old", MANAGED_HCL, "encrypted = true")
    new = folder(tmp_path / "new", OWN_HCL, "")
    code, out, err = run(old, new)
    assert (code, err) == (1, "")
    assert out.splitlines() == [
        "worse: 1 volume: encrypted with the account's default key -> open",
        "  aws_ebs_volume.c",
        "2 volumes: the AWS managed key (alias/aws/ebs) -> aws_kms_key.data",
        "  aws_ebs_volume.a",
        "  aws_ebs_volume.b",
        "3 changed, 0 unchanged",
    ]
    assert run(new, old)[0] == 1  # the key is less one's own
    assert run(old, new, "--fail-on", "never")[0] == 0
    assert run(old, new, "--assume", "encryption_by_default=on")[0] == 0
    assert run(old, old)[:2] == (0, "nothing changed: 3 devices are as before\n")
    assert run(old, new, "--assume", "encryption_by_default=on", "--fail-on", "any")[0] == 1


def test_a_saved_report_is_as_good_as_its_plan(run: Run, tmp_path: Path) -> None:
    from analyzer.report import Style
    from analyzer.report.json import render

    saved = tmp_path / "report.json"
    saved.write_bytes(render(analyze([EXAMPLE]), Style()))
    assert run(str(saved), EXAMPLE, "--fail-on", "any")[0] == 0
    code, out, _ = run(EXAMPLE, PLANS[0], "--json")
    assert code == 1
    assert {c["address"] for c in json.loads(out)["changes"]}


@pytest.mark.parametrize("missing", ["nope.json", "fixtures/wrong_input/plan.txt"])
def test_an_input_that_cannot_be_read_is_no_answer(run: Run, missing: str) -> None:
    code, _, err = run(EXAMPLE, missing)
    assert code == 2
    assert missing in err


def named(ref: str) -> Key:
    return Key(kind="requested", ref=ref)


ID = "11111111-2222-3333-4444-555555555555"
ARN = f"arn:aws:kms:eu-west-1:111122223333:key/{ID}"


@pytest.mark.parametrize(
    ("before", "after", "moved"),
    [
        (State(verdict="unencrypted"), State(verdict="unencrypted"), False),
        (State(verdict="unencrypted"), State(verdict="encrypted", key=OWN), True),
        (State(verdict="encrypted", key=OWN), State(verdict="unencrypted"), True),
        (State(verdict="encrypted", key=OWN), State(verdict="depends"), True),
        (State(verdict="encrypted", key=OWN), State(verdict="encrypted", key=OWN), False),
        (State(verdict="encrypted", key=OWN), State(verdict="encrypted", key=OTHER), True),
        (State(verdict="encrypted", key=MANAGED), State(verdict="encrypted", key=OWN), True),
        (State(verdict="encrypted", key=OWN), State(verdict="encrypted", key=MANAGED), True),
        (State(verdict="encrypted", key=MANAGED), State(verdict="encrypted", key=MANAGED), False),
        # What may be the same key by another name is not called another one.
        (
            State(verdict="encrypted", key=named(ARN)),
            State(verdict="encrypted", key=DEFAULT),
            False,
        ),
        (State(verdict="encrypted"), State(verdict="encrypted", key=OWN), False),
        (
            State(verdict="encrypted", key=named(ARN)),
            State(verdict="encrypted", key=named("alias/data")),
            False,
        ),
        (
            State(verdict="encrypted", key=named(ARN)),
            State(verdict="encrypted", key=named(ID)),
            False,
        ),
    ],
)
def test_what_replaces_a_device_is_compared_with_it(
    before: State, after: State, moved: bool
) -> None:
    new = device(after.verdict, after.key, before=before)
    assert bool(replaced(report(new))) is moved
    assert replaced(report(device(after.verdict, after.key))) == []
