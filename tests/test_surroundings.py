"""A run in odd surroundings: the same answer, or a clear end; never a traceback or half a file."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PLAN = ROOT / "fixtures" / "example" / "plan.json"
PROGRAM = Path(sys.executable).with_name("ebs-plan")
OUTER = {
    k: v for k, v in os.environ.items() if not k.startswith(("EBS_PLAN_", "GITHUB_", "PYTHON"))
}


def run(
    *args: str | Path,
    program: tuple[str | Path, ...] = (PROGRAM,),
    env: Mapping[str, str] = OUTER,
    streams: str = "",
    cwd: Path | None = None,
    before: Callable[[], None] | None = None,
) -> subprocess.CompletedProcess[bytes]:
    """Run the program itself; `streams` is what a shell does with its streams."""
    command: list[str | Path] = [*program, *args]
    if streams:
        command = ["sh", "-c", f'exec "$@" {streams}', "sh", *command]
    return subprocess.run(
        command, capture_output=True, check=False, cwd=cwd, env=env, preexec_fn=before, timeout=120
    )


@pytest.fixture(scope="module")
def expected() -> bytes:
    """What the example's report is in ordinary surroundings."""
    done = run(PLAN, "-o", "json")
    assert done.returncode == 1
    return done.stdout


SURROUNDINGS: dict[str, dict[str, str]] = {
    "no home": {**OUTER, "HOME": ""},
    "a home that is not there": {**OUTER, "HOME": "/nowhere/at/all"},
    "nothing at all": {},
    "plain C": {**OUTER, "LC_ALL": "C", "LANG": "C"},
    "strict ASCII": {
        **OUTER,
        "LC_ALL": "C",
        "PYTHONIOENCODING": "ascii:strict",
        "PYTHONUTF8": "0",
        "PYTHONCOERCECLOCALE": "0",
    },
    "an unknown language": {**OUTER, "LC_ALL": "xx_XX.nonsense"},
    "latin-1": {**OUTER, "PYTHONIOENCODING": "latin-1"},
    "columns that are no number": {**OUTER, "COLUMNS": "many", "LINES": "-1"},
    "no columns": {**OUTER, "COLUMNS": "0"},
    "a million columns": {**OUTER, "COLUMNS": "1000000"},
    "a folder for files that is not there": {**OUTER, "TMPDIR": "/nowhere"},
    "no caches": {**OUTER, "PYTHONDONTWRITEBYTECODE": "1", "XDG_CACHE_HOME": "/nowhere"},
    "warnings as errors": {**OUTER, "PYTHONWARNINGS": "error"},
    "a large environment": {**OUTER, **{f"X{i}": "x" * 1000 for i in range(100)}},
    "colours of all kinds": {**OUTER, "FORCE_COLOR": "3", "NO_COLOR": "1", "TERM": "\x1b[31m"},
    "another hash seed": {**OUTER, "PYTHONHASHSEED": "123"},
}


@pytest.mark.parametrize("name", SURROUNDINGS)
def test_the_report_is_the_same_in_odd_surroundings(name: str, expected: bytes) -> None:
    done = run(PLAN, "-o", "json", env=SURROUNDINGS[name])
    assert done.returncode == 1, done.stderr
    assert done.stdout == expected
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("options", [("-OO",), ("-W", "error"), ("-I",), ("-X", "utf8=0"), ("-E",)])
def test_the_report_is_the_same_under_options_of_python(
    options: tuple[str, ...], expected: bytes
) -> None:
    done = run(PLAN, "-o", "json", program=(sys.executable, *options, PROGRAM))
    assert (done.returncode, done.stderr) == (1, b"")
    assert done.stdout == expected


@pytest.mark.parametrize("name", ["strict ASCII", "plain C", "latin-1", "a million columns"])
def test_the_table_can_be_printed_everywhere(name: str) -> None:
    done = run(PLAN, env=SURROUNDINGS[name])
    assert (done.returncode, done.stderr) == (1, b"")
    assert b"aws_instance.web" in done.stdout


@pytest.mark.parametrize(
    ("streams", "codes"),
    [
        ("<&-", (1,)),
        ("2>&-", (1,)),
        (">&-", (0, 1, 2)),
        ("<&- >&- 2>&-", (0, 1, 2)),
        (">/dev/full", (2,)),
        ("2>/dev/full", (1, 2)),
        (">/dev/full 2>&1", (2,)),
    ],
)
def test_streams_that_are_closed_or_full(streams: str, codes: tuple[int, ...]) -> None:
    done = run(PLAN, streams=streams)
    assert done.returncode in codes, done.stderr
    assert b"Traceback" not in done.stderr
    assert b"Exception ignored" not in done.stderr
    if codes == (2,) and "2>" not in streams:
        assert b"error" in done.stderr


def test_standard_input_that_is_closed_is_named() -> None:
    done = run("-", streams="<&-")
    assert done.returncode == 2
    assert b": standard input is closed" in done.stderr


def test_few_descriptors_are_enough(expected: bytes) -> None:
    def few() -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (12, 12))

    done = run(PLAN, "-o", "json", before=few)
    assert (done.returncode, done.stdout) == (1, expected)


def test_a_full_disk_leaves_what_was_there(tmp_path: Path) -> None:
    def small() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

    target = tmp_path / "report.json"
    target.write_text("before")
    done = run(PLAN, "-o", f"json={target}", before=small)
    assert done.returncode == 2
    assert b"cannot write" in done.stderr
    assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == [("report.json", "before")]


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_the_run_and_says_nothing_of_python(sent: signal.Signals, code: int) -> None:
    child = subprocess.Popen(
        [PROGRAM, "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=OUTER,
    )
    assert child.stdin is not None
    child.stdin.write(b'{"format_version": "1.2"')
    child.stdin.flush()
    _wait_for_reading(child.pid)
    child.send_signal(sent)
    _, errors = child.communicate(timeout=60)
    assert child.returncode == code
    assert b"Traceback" not in errors


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_while_the_program_is_imported_says_nothing(
    sent: signal.Signals, tmp_path: Path
) -> None:
    (tmp_path / "click.py").write_text(f"import os\nos.kill(os.getpid(), {int(sent)})\n")
    done = subprocess.run(
        [PROGRAM, PLAN],
        check=False,
        capture_output=True,
        env={**OUTER, "PYTHONPATH": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"},
    )
    assert done.returncode == -sent
    assert done.stderr == b""


def test_a_working_folder_that_is_gone_is_named(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    done = subprocess.run(
        ["/bin/sh", "-c", 'rmdir "$PWD"; exec "$0" "$1"', PROGRAM, PLAN],
        check=False,
        capture_output=True,
        cwd=gone,
        env=OUTER,
    )
    assert (done.returncode, b"working folder is gone" in done.stderr) == (2, True)


def _wait_for_reading(pid: int) -> None:
    """Until the process sleeps in a read from standard input; where nobody tells, a while."""
    for _ in range(200):
        time.sleep(0.05)
        try:
            words = Path(f"/proc/{pid}/syscall").read_text().split()
        except OSError:
            time.sleep(2)
            return
        if words[:2] == ["0", "0x0"]:
            return


def test_a_reader_that_leaves_ends_the_run_quietly() -> None:
    done = run(PLAN, "-o", "json", streams="| head -c 1")
    assert b"Traceback" not in done.stderr
    assert b"Exception ignored" not in done.stderr


def test_nothing_in_the_scanned_folder_is_imported(tmp_path: Path) -> None:
    """Neither the command nor the hook looks for modules in the working folder."""
    names = (
        "yaml",
        "sitecustomize",
        "usercustomize",
        "json",
        "re",
        "click",
        "msgspec",
        "analyzer",
        "hcl2",
        "encodings",
    )
    for name in names:
        (tmp_path / f"{name}.py").write_text("raise SystemExit('owned')\n")
    (tmp_path / "pyvenv.cfg").write_text("home = /nowhere\n")
    (tmp_path / "main.tf").write_text('resource "aws_ebs_volume" "a" {\n  encrypted = true\n}\n')
    (tmp_path / "t.yaml").write_text(
        "Resources: {V: {Type: AWS::EC2::Volume, Properties: {Encrypted: true}}}\n"
    )
    for program in ((PROGRAM,), (sys.executable, "-P", "-m", "analyzer")):
        done = run(".", program=program, cwd=tmp_path)
        assert (done.returncode, done.stderr) == (0, b""), done.stderr
        assert b"2 encrypted" in done.stdout
