"""The work in batches: the same report whoever does it, and nothing lost without being named."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import suppress
from multiprocessing import get_context
from pathlib import Path

import msgspec
import pytest

from analyzer.engine import analyze
from analyzer.errors import UsageError

ROOT = Path(__file__).resolve().parent.parent
_VOLUME = """\
Resources:
  Volume: {Type: AWS::EC2::Volume, Properties: {AvailabilityZone: a, Size: 1}}
"""
_IMPORTING = """\
Resources:
  Volume:
    Type: AWS::EC2::Volume
    Properties: {Encrypted: true, KmsKeyId: !ImportValue %s, AvailabilityZone: a, Size: 1}
"""
_EXPORTING = """\
Resources:
  Key: {Type: AWS::KMS::Key}
Outputs:
  Own: {Value: !GetAtt Key.Arn, Export: {Name: key-%d}}
  Other: {Value: !ImportValue key-%d, Export: {Name: far-%d}}
"""
_NESTING = """\
Resources:
  Stack: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: t%03d.yaml}}
"""


@pytest.fixture(scope="module")
def linked(tmp_path_factory: pytest.TempPathFactory) -> str:
    """More templates than a batch takes, which import from and nest each other near and far."""
    folder = tmp_path_factory.mktemp("linked")
    count = 240
    for number in range(count):
        far = number * 7 % count // 4 * 4
        text = (
            _EXPORTING % (number, far, number),
            _IMPORTING % f"far-{far}",
            _NESTING % (far + 3),
            _VOLUME if number % 8 == 3 else "a: [{}, 1]\n",
        )[number % 4]
        (folder / f"t{number:03}.yaml").write_text(text)
    return str(folder)


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Templates that look like enough work for two processes, and are read in a moment."""
    folder = tmp_path_factory.mktemp("large")
    padding = "# and so on\n" * 80_000
    for number in range(14):
        (folder / f"t{number:02}.yaml").write_text(_VOLUME + padding)
    return str(folder)


def encoded(path: str, **options: object) -> bytes:
    return msgspec.json.encode(analyze([path], **options))


def test_the_report_does_not_hang_on_who_does_the_work(linked: str) -> None:
    alone = encoded(linked)
    with ThreadPoolExecutor(3) as executor:
        assert encoded(linked, executor=executor) == alone
    # Imports are followed whatever batch the export is in, and nested templates shown once.
    report = json.loads(alone)
    imported = [d for d in report["devices"] if d["address"] == "Volume" and d["key"]]
    assert len(imported) == 60
    assert all(d["key"]["ref"].endswith(":Key") for d in imported)


class _Elsewhere(ThreadPoolExecutor):
    """One worker that sees another text in a file, and leaves it there or not."""

    def __init__(self, file: Path, text: str, *, leaves: bool) -> None:
        super().__init__(1)
        self.file, self.text, self.leaves = file, text, leaves

    def submit(self, work, /, *arguments):  # type: ignore[no-untyped-def,override]
        def elsewhere() -> object:
            before = self.file.read_text()
            self.file.write_text(self.text)
            try:
                return work(*arguments)
            finally:
                if not self.leaves:
                    self.file.write_text(before)

        return super().submit(elsewhere)


def test_a_worker_that_sees_other_files_is_told(tmp_path: Path) -> None:
    template = tmp_path / "t.yaml"
    template.write_text(_VOLUME)
    with (
        _Elsewhere(template, _NESTING % 1, leaves=False) as executor,
        pytest.raises(UsageError, match=r"a worker does not see .*t\.yaml as it is here"),
    ):
        analyze([str(tmp_path)], executor=executor)
    # What changes here meanwhile is read again.
    with _Elsewhere(template, _VOLUME.replace("a, Size", "b, Size"), leaves=True) as executor:
        assert len(analyze([str(tmp_path)], executor=executor).devices) == 1
    with _Elsewhere(template, _VOLUME + _VOLUME[11:].replace("Volume:", "V:"), leaves=True) as e:
        assert len(analyze([str(tmp_path)], executor=e).devices) == 2


def test_a_worker_of_another_version_is_told(linked: str) -> None:
    older = "import analyzer; analyzer.__version__ = '0.0.1'"
    with (
        ProcessPoolExecutor(1, get_context("spawn"), exec, (older,)) as executor,
        pytest.raises(UsageError, match=r"a worker has ebs-plan 0\.0\.1, and this is"),
    ):
        analyze([linked], executor=executor)


def test_relative_paths_are_those_of_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every fixture, and a module that was fetched, by a worker that stands in another folder."""
    (tmp_path / "main.tf").write_text('module "a" {\n  source = "some/where/aws"\n}\n')
    fetched = tmp_path / ".terraform" / "modules"
    (fetched / "a").mkdir(parents=True)
    (fetched / "a" / "main.tf").write_text('resource "aws_ebs_volume" "v" {}\n')
    (fetched / "modules.json").write_text(
        '{"Modules": [{"Key": "a", "Source": "some/where/aws", "Dir": ".terraform/modules/a"}]}'
    )
    with ProcessPoolExecutor(1, get_context("spawn"), os.chdir, ("/",)) as executor:
        for folder, paths in (
            (tmp_path, ["."]),
            (ROOT, ["fixtures", "fixtures/example/main.tf", "missing.json"]),
        ):
            monkeypatch.chdir(folder)
            here = analyze(paths)
            assert here.devices
            assert analyze(paths, executor=executor) == here


def test_assumptions_count_whoever_asks(linked: str) -> None:
    assume = ["encryption_by_default=on", "image(ami-0123456789abcdef0)=encrypted"]
    alone = encoded(linked, assume=assume)
    with ThreadPoolExecutor(2) as executor:
        assert encoded(linked, assume=assume, executor=executor) == alone
    (note,) = json.loads(alone)["notes"]
    assert "ami-0123456789abcdef0" in note


_SHARED = """\
locals {
  broken = [for x in : x]
}
output "broken" { value = local.broken }
output "good" { value = true }
resource "aws_ebs_volume" "data" {}
"""
_CALLING = """\
module "shared" { source = "%s" }
resource "aws_ebs_volume" "data" { encrypted = module.shared.%s }
"""


def test_who_else_calls_a_module_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    callers = {
        "a": _CALLING % ("../shared", "broken"),
        "b": _CALLING % ("../shared", "good"),
        "c": _CALLING % ("../link", "good"),
        "d": _CALLING % ("../link", "broken"),
        "e": _CALLING % ("../shared", "broken"),
    }
    (tmp_path / ".git").mkdir()
    for name, text in {**callers, "shared": _SHARED}.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "main.tf").write_text(text)
    (tmp_path / "link").symlink_to("shared")
    alone = [analyze([name]) for name in callers]
    together = analyze(["."])
    assert [input_.status for input_ in together.inputs] == [
        *("partly", "analyzed", "analyzed", "partly", "partly")
    ]
    assert together.inputs == [input_ for report in alone for input_ in report.inputs]
    devices = msgspec.json.encode([device for report in alone for device in report.devices])
    # several inputs have what does not parse, so its name is told apart
    assert re.sub(b'"[a-e]:an expr', b'"an expr', msgspec.json.encode(together.devices)) == devices
    assert together.problems == [problem for report in alone for problem in report.problems]


def scan(folder: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "analyzer", "scan", folder, "-o", "json", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )


def children(process: subprocess.Popen[str]) -> list[int]:
    found: list[int] = []
    with suppress(OSError):
        for thread in Path(f"/proc/{process.pid}/task").iterdir():
            found += map(int, (thread / "children").read_text().split())
    return found


def is_alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def workers(process: subprocess.Popen[str]) -> list[int]:
    """The processes of a pool, once they are there."""
    until = time.monotonic() + 30
    while time.monotonic() < until and process.poll() is None:
        found = children(process)
        if len(found) == 2:
            return found
        time.sleep(0.005)
    raise AssertionError("no pool was started")


@pytest.fixture(scope="module")
def undisturbed(large: str) -> str:
    return scan(large, "--jobs", "1").communicate(timeout=60)[0]


only_linux = pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")


@only_linux
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP, None])
def test_a_worker_that_is_killed_or_hangs_changes_nothing(
    how: signal.Signals | None, large: str, undisturbed: str
) -> None:
    process = scan(large, "--jobs", "2", "--limit", "seconds=1")
    found = workers(process)
    for worker in found[: 2 if how is signal.SIGSTOP else 1] if how is not None else ():
        os.kill(worker, how)
    out, err = process.communicate(timeout=60)  # far less than what a run may take
    assert (out, process.returncode) == (undisturbed, 0), err
    assert not any(map(is_alive, found))


@only_linux
def test_what_is_lost_twice_is_named_once(large: str) -> None:
    process = scan(large, "--jobs", "2")
    workers(process)
    while process.poll() is None:
        for child in children(process):
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        time.sleep(0.002)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 2
    report = json.loads(out)
    lost = [p["path"] for p in report["problems"] if p["code"] == "worker-lost"]
    unread = [i["path"] for i in report["inputs"] if i["status"] == "unreadable"]
    assert lost == unread
    assert len(report["inputs"]) == 14
    assert len(report["devices"]) + len(lost) == 14
    assert lost
    assert err.count("error[worker-lost]") == len(lost)


@only_linux
@pytest.mark.parametrize(
    ("how", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGKILL, -9)]
)
def test_workers_end_with_the_run(how: signal.Signals, code: int, large: str) -> None:
    process = scan(large, "--jobs", "2")
    found = workers(process)
    process.send_signal(how)
    _, err = process.communicate(timeout=60)
    assert process.returncode == code
    assert "Traceback" not in err
    until = time.monotonic() + 10
    while any(map(is_alive, found)) and time.monotonic() < until:
        time.sleep(0.01)
    assert not any(map(is_alive, found))


def test_small_jobs_start_no_pool(linked: str) -> None:
    code = (
        "import sys; from analyzer.engine import analyze; "
        "analyze([sys.argv[1]], jobs=8); print('multiprocessing' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, linked], capture_output=True, encoding="utf-8", check=True
    )
    assert done.stdout.strip() == "False"
