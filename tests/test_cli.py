"""The command line as a user meets it: a process, its streams and its exit code."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

ROOT = Path(__file__).resolve().parent.parent
EXAMPLE = "fixtures/example/plan.json"
PLANS = sorted(str(p.relative_to(ROOT)) for p in ROOT.glob("fixtures/terraform/*/plan.json"))


def ebs_plan(
    *args: str, stdin: bytes | None = None, **environment: str
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "analyzer", *args],
        cwd=ROOT,
        input=stdin,
        capture_output=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        timeout=120,
        check=False,
    )


def report_of(*args: str, **environment: str) -> dict[str, object]:
    done = ebs_plan("scan", *args, "-o", "json", **environment)
    report: dict[str, object] = json.loads(done.stdout)
    return report


# --- what is asked for ---------------------------------------------------------------------


def test_a_path_alone_is_scanned() -> None:
    assert ebs_plan(EXAMPLE).stdout == ebs_plan("scan", EXAMPLE).stdout


def test_standard_input_is_an_input() -> None:
    data = (ROOT / EXAMPLE).read_bytes()
    for args in (("-",), ("scan", "-")):
        done = ebs_plan(*args, stdin=data)
        assert b"aws_instance.web" in done.stdout
        assert done.returncode == 1


def test_a_report_goes_where_it_is_sent(tmp_path: Path) -> None:
    target = tmp_path / "report.json"
    done = ebs_plan("scan", EXAMPLE, "-o", "table", "-o", f"json={target}")
    assert b"aws_instance.web" in done.stdout
    assert json.loads(target.read_bytes())["summary"]["devices"] == 6


def test_quiet_leaves_the_summary() -> None:
    done = ebs_plan("scan", EXAMPLE, "-q")
    assert done.stdout.splitlines()[-1] == b"2 encrypted, 1 unencrypted, 2 rejected, 1 open"
    assert b"aws_instance" not in done.stdout


def test_help_names_every_command() -> None:
    done = ebs_plan("--help")
    assert done.returncode == 0
    for command in (b"scan", b"whatif", b"schema"):
        assert command in done.stdout


def test_the_version_is_the_packages() -> None:
    import analyzer

    assert ebs_plan("--version").stdout.decode().split() == ["ebs-plan", analyzer.__version__]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_a_script_for_the_shell(shell: str) -> None:
    done = ebs_plan("completion", shell)
    assert done.returncode == 0
    assert b"_EBS_PLAN_COMPLETE" in done.stdout


# --- exit codes ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("args", "code"),
    [
        ([EXAMPLE], 1),
        ([EXAMPLE, "--fail-on", "never"], 0),
        ([EXAMPLE, "--fail-on", "rejected"], 1),
        (["fixtures/terraform/snapshot_copy/plan.json"], 0),
        (["fixtures/terraform/snapshot_copy/plan.json", "--fail-on", "possible"], 1),
        (["missing.json"], 2),
        ([EXAMPLE, "missing.json"], 2),
        (["fixtures/wrong_input/plan.txt", "--fail-on", "never"], 2),
        ([], 2),
        ([EXAMPLE, "--fail-on", "sometimes"], 2),
        ([EXAMPLE, "--assume", "encryption_by_default"], 2),
        ([EXAMPLE, "--assume", "encryption_by_default=perhaps"], 2),
        ([EXAMPLE, "--assume", "owner(ami-1)=self", "--assume", "owner(ami-1)=other"], 2),
        ([EXAMPLE, "-o", "crystal"], 2),
        ([EXAMPLE, "--no-such-option"], 2),
    ],
)
def test_the_exit_code_says_how_it_went(args: list[str], code: int) -> None:
    done = ebs_plan("scan", *args)
    assert done.returncode == code, done.stderr
    assert b"Traceback" not in done.stderr
    if code == 2:
        assert done.stderr.startswith(b"error")


def test_what_could_be_read_is_reported_all_the_same() -> None:
    done = ebs_plan("scan", "missing.json", EXAMPLE)
    assert b"aws_instance.web" in done.stdout
    assert b"missing.json" in done.stderr
    assert b"help:" in done.stderr


def test_a_reader_that_leaves_is_no_error() -> None:
    done = subprocess.run(
        ["bash", "-c", f'"{sys.executable}" -m analyzer {EXAMPLE} | head -n 1'],
        cwd=ROOT,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0
    assert done.stderr == b""


# --- assumptions ---------------------------------------------------------------------------


def verdicts(*args: str) -> dict[tuple[str, str | None], str]:
    devices = report_of(*args)["devices"]
    assert isinstance(devices, list)
    return {(d["address"], d["device"]): d["verdict"] for d in devices}


def test_an_assumption_settles_a_device() -> None:
    plan = "fixtures/terraform/unencrypted/plan.json"
    silent = ("aws_ebs_volume.silent", None)
    assert verdicts(plan)[silent] == "depends"
    assert verdicts(plan, "--assume", "encryption_by_default=off")[silent] == "unencrypted"
    assert verdicts(plan, "--assume", "encryption_by_default(us-east-1)=on")[silent] == "encrypted"
    elsewhere = verdicts(plan, "--assume", "encryption_by_default(eu-west-1)=on")
    assert elsewhere[silent] == "depends"


def test_an_assumption_that_settles_nothing_is_told() -> None:
    done = ebs_plan("scan", EXAMPLE, "--assume", "var.unheard=true")
    assert b"var.unheard" in done.stderr


@pytest.mark.parametrize("plan", PLANS[:12])
def test_every_question_of_a_report_can_be_answered_in_its_own_words(plan: str) -> None:
    from analyzer import analyze

    report = analyze([plan])
    for device in report.devices:
        for question in device.questions:
            for answer in question.answers:
                settled = analyze([plan], assume=[f"{question.fact}={answer}"])
                again = [
                    d
                    for d in settled.devices
                    if (d.address, d.device, d.launch)
                    == (device.address, device.device, device.launch)
                ]
                before = {(o.symbol, o.code) for o in device.outcomes}
                for found in again:
                    assert {(o.symbol, o.code) for o in found.outcomes} <= before
            break  # one question a device is enough: each run is a whole analysis


# --- the report ----------------------------------------------------------------------------


@pytest.mark.parametrize("plan", [EXAMPLE, *PLANS])
def test_a_report_is_as_its_schema_says(plan: str) -> None:
    from analyzer import analyze
    from analyzer.report import Style
    from analyzer.report.json import render, schema

    shown = json.loads(render(analyze([str(ROOT / plan)], unchanged=True), Style()))
    jsonschema.validate(shown, json.loads(schema()))
    counts = [d["verdict"] for d in shown["devices"]]
    assert shown["summary"]["devices"] == len(counts)
    for verdict in ("encrypted", "unencrypted", "rejected", "depends"):
        assert shown["summary"][verdict] == counts.count(verdict)


def test_schema_prints_the_schema_of_the_report() -> None:
    described = json.loads(ebs_plan("schema", "report").stdout)
    jsonschema.Draft202012Validator.check_schema(described)
    assert "Device" in described["$defs"]


def test_ids_of_devices_are_their_own() -> None:
    devices = report_of("fixtures/terraform/mixed_instances/plan.json")["devices"]
    assert isinstance(devices, list)
    assert len({d["id"] for d in devices}) == len(devices)


# --- colours and widths --------------------------------------------------------------------


def test_colour_only_where_it_is_wanted() -> None:
    assert b"\x1b[" not in ebs_plan(EXAMPLE).stdout
    assert b"\x1b[" in ebs_plan(EXAMPLE, "--color", "always").stdout
    assert b"\x1b[" in ebs_plan(EXAMPLE, FORCE_COLOR="1").stdout
    assert b"\x1b[" not in ebs_plan(EXAMPLE, FORCE_COLOR="1", NO_COLOR="1").stdout
    assert b"\x1b[" not in ebs_plan(EXAMPLE, "--color", "never", FORCE_COLOR="1").stdout


@pytest.mark.parametrize("plan", [EXAMPLE, *PLANS])
def test_the_table_fits_80_columns(plan: str) -> None:
    from analyzer import analyze
    from analyzer.report import Style
    from analyzer.report.table import render

    for line in render(analyze([str(ROOT / plan)]), Style()).decode().splitlines():
        # What is there to be copied is not broken.
        whole = line.lstrip().startswith(("--assume ", "= what to paste: "))
        assert len(line) <= 80 or whole, line


def test_plain_ascii_where_the_stream_speaks_nothing_else() -> None:
    done = ebs_plan(
        "fixtures/terraform/unencrypted/plan.json", PYTHONIOENCODING="ascii", PYTHONUTF8="0"
    )
    assert done.stdout.isascii()
    assert b"may end up unencrypted" in done.stdout


# --- whatif --------------------------------------------------------------------------------


def test_whatif_tells_row_source_and_question() -> None:
    done = ebs_plan("whatif", "run-instances", "encrypted=absent", "snapshot=encrypted")
    assert done.returncode == 0
    for words in (b"RI-6", b"SNAPSHOT", b"owner=self|other", b"documented"):
        assert words in done.stdout


@pytest.mark.parametrize(
    "args", [["Fly"], ["RunInstances", "wings=2"], ["RunInstances", "encrypted"]]
)
def test_whatif_refuses_what_does_not_exist(args: list[str]) -> None:
    done = ebs_plan("whatif", *args)
    assert done.returncode == 2
    assert done.stderr.startswith(b"error: ")
