"""`--scheduler`: a Dask cluster does the work, and the report is the one of a single process."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest

from tests.running import ebs_plan

pytest.importorskip("distributed", reason="the extra [dask] is not installed")

ROOT = Path(__file__).resolve().parent.parent

#: A cluster of two workers. For each number on standard input the worker that is at work next
#: gets that signal, and its process is told.
_CLUSTER = """
import os, sys, time
from distributed import LocalCluster

def main():
    with LocalCluster(
        n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address="127.0.0.1:0"
    ) as cluster:
        print(cluster.scheduler_address, flush=True)
        for line in sys.stdin:
            busy = ()
            while not busy:
                time.sleep(0.001)
                busy = [w.address for w in list(cluster.scheduler.workers.values()) if w.processing]
            (pid,) = [n.pid for n in cluster.workers.values() if n.worker_address == busy[0]]
            os.kill(pid, int(line))
            print(pid, flush=True)

if __name__ == "__main__":
    main()
"""


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[subprocess.Popen[str]]:
    """A cluster whose workers stand in another folder than the tests."""
    folder = tmp_path_factory.mktemp("cluster")
    script = folder / "cluster.py"
    script.write_text(_CLUSTER)
    process = subprocess.Popen(
        [sys.executable, str(script)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "DASK_TEMPORARY_DIRECTORY": str(folder)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        encoding="utf-8",
    )
    with process:
        yield process
        assert process.stdin is not None
        process.stdin.close()


@pytest.fixture(scope="module")
def address(cluster: subprocess.Popen[str]) -> str:
    assert cluster.stdout is not None
    return cluster.stdout.readline().strip()


def start(*arguments: str, seed: int = 0) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "analyzer", "scan", *_INPUTS, "-o", "json", *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": str(seed)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )


def end(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err


#: Every format, a part that cannot be read, and one that is not there.
_INPUTS = ("fixtures", "fixtures/example/main.tf", "missing.json")


@pytest.fixture(scope="module")
def local() -> tuple[int, str, str]:
    return end(start("--jobs", "1"))


def test_a_cluster_reports_what_one_process_reports(
    address: str, local: tuple[int, str, str]
) -> None:
    runs = [start("--scheduler", address, seed=seed) for seed in (1, 2)]
    assert local[0] == 2
    assert "missing.json" in local[2]
    for run in runs:
        assert end(run) == local


@pytest.mark.skipif(sys.platform == "win32", reason="sends signals")
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP])
def test_a_worker_that_is_killed_or_hangs_at_work_changes_nothing(
    how: signal.Signals,
    cluster: subprocess.Popen[str],
    address: str,
    local: tuple[int, str, str],
) -> None:
    assert cluster.stdin is not None
    assert cluster.stdout is not None
    cluster.stdin.write(f"{how.value}\n")
    cluster.stdin.flush()
    run = start("--scheduler", address, "--limit", "seconds=2")
    worker = int(cluster.stdout.readline())
    assert end(run) == local
    if how is signal.SIGSTOP:  # so that another takes its place
        os.kill(worker, signal.SIGKILL)


def test_the_example_of_the_readme_prints_what_is_shown(address: str) -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    found = re.search(r"^\$ ebs-plan (.* --scheduler) \S+\n([^`]*)```", text, re.MULTILINE)
    assert found is not None
    done = ebs_plan(*found[1].split(), address, cwd=ROOT)
    assert done.stdout + done.stderr == found[2]


def test_variables_of_the_environment_are_those_of_the_run(address: str, tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(
        'variable "x" {}\nresource "aws_ebs_volume" "a" {\n  encrypted = var.x\n}\n'
    )
    scan = ("scan", "main.tf", "-o", "json", "--tf-var-env")
    here = ebs_plan(*scan, cwd=tmp_path, TF_VAR_x="true")
    there = ebs_plan(*scan, "--scheduler", address, cwd=tmp_path, TF_VAR_x="true")
    assert there == here
    assert '"encrypted": 1' in here.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["here"], "--scheduler takes tcp://HOST:PORT, not here"),
        ([""], "--scheduler takes tcp://HOST:PORT, not nothing"),
        (["http://here:80"], "--scheduler takes tcp://HOST:PORT, not http://here:80"),
        (["here:99999"], "--scheduler takes tcp://HOST:PORT, not here:99999"),
        (["tcp://[1"], "--scheduler takes tcp://HOST:PORT, not tcp://[1"),
        (["here:1/a"], "--scheduler takes tcp://HOST:PORT, not here:1/a"),
        (["here:1", "--jobs", "2"], "--jobs and --scheduler exclude each other"),
        (["here:1", "--aws"], "--aws and --scheduler exclude each other"),
    ],
)
def test_a_scheduler_that_cannot_be_meant_is_a_usage_error(
    arguments: list[str], message: str
) -> None:
    done = ebs_plan("scan", "fixtures/example/plan.json", "--scheduler", *arguments, cwd=ROOT)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"error: {message}" in done.stderr


def test_whoever_answers_has_to_be_a_scheduler() -> None:
    def scan(port: int) -> str:
        done = ebs_plan("scan", "-", "--scheduler", f"127.0.0.1:{port}", cwd=ROOT)
        assert (done.returncode, done.stdout) == (2, "")
        return done.stderr

    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            with server.accept()[0] as other:
                other.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        answering = Thread(target=answer)
        answering.start()
        port = server.getsockname()[1]
        assert f"error: no Dask scheduler answers at 127.0.0.1:{port} (" in scan(port)
        answering.join()
    assert scan(port) == f"error: no Dask scheduler answers at 127.0.0.1:{port} within 5 seconds\n"


def test_without_the_extra_it_is_named() -> None:
    code = "import sys; sys.modules['distributed'] = None; from analyzer.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, "scan", "-", "--scheduler", "127.0.0.1:1"],
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    message = "error: --scheduler needs distributed: pip install 'ebs-plan-analyzer[dask]'\n"
    assert (done.returncode, done.stderr) == (2, message)
