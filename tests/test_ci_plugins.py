"""What runs in CI systems: every shell step, against a server on this machine."""

from __future__ import annotations

import base64
import gzip
import json
import os
import re
import shutil
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

from analyzer.report import FORMATS
from tests.locking import LOCK, made

ROOT = Path(__file__).resolve().parent.parent
ACTION = ROOT / "plugins" / "github_action"
GITLAB = ROOT / "plugins" / "gitlab" / "ebs-plan.gitlab-ci.yml"
HOOKS = ROOT / ".pre-commit-hooks.yaml"
EXAMPLE = ROOT / "fixtures" / "example" / "plan.json"
TOOLS = all(map(shutil.which, ("bash", "curl", "jq", "gzip", "base64")))

needs_tools = pytest.mark.skipif(not TOOLS, reason="bash, curl, jq, gzip and base64 are needed")


# -- GitHub ----------------------------------------------------------------------------------


@pytest.fixture
def runner(tmp_path: Path) -> dict[str, str]:
    """The environment of a step, as GitHub's runner makes it."""
    program = tmp_path / "program"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m analyzer "$@"\n')
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    event = tmp_path / "event.json"
    event.write_text(json.dumps({"pull_request": {"number": 7}}))
    for name in ("output", "summary"):
        (tmp_path / name).write_text("")
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "EBS_PLAN": str(program),
        "RUNNER_TEMP": str(tmp_path),
        "GITHUB_ACTIONS": "true",
        "GITHUB_OUTPUT": str(tmp_path / "output"),
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary"),
        "GITHUB_EVENT_PATH": str(event),
        "GITHUB_REPOSITORY": "owner/name",
        "GITHUB_SHA": "0" * 40,
        "GITHUB_REF": "refs/pull/7/merge",
        "GITHUB_TOKEN": "secret-token",
        "NO_PROXY": "*",
    }


def step(script: str, runner: dict[str, str], **inputs: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", str(ACTION / script)],
        cwd=runner["RUNNER_TEMP"],
        env={**runner, **inputs},
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )


def outputs(runner: dict[str, str]) -> dict[str, str]:
    lines = Path(runner["GITHUB_OUTPUT"]).read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines)


@needs_tools
def test_a_scan_leaves_annotations_a_summary_reports_and_numbers(runner: dict[str, str]) -> None:
    done = step("scan.sh", runner, INPUT_PATHS=f"{EXAMPLE}\n")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("::error ")
    found = outputs(runner)
    assert found["exit-code"] == "1"
    summary = json.loads(Path(found["report"]).read_bytes())["summary"]
    for name in ("devices", "unencrypted", "rejected", "depends"):
        assert found[name] == str(summary[name])
    assert Path(found["sarif"]).stat().st_size > 1_000
    assert "EBS001" in Path(runner["GITHUB_STEP_SUMMARY"]).read_text(encoding="utf-8")


@needs_tools
@pytest.mark.parametrize(
    ("inputs", "code"),
    [
        ({"INPUT_FAIL_ON": "never"}, "0"),
        ({"INPUT_ARGUMENTS": "--assume\nowner=self\n--fail-on\nnever"}, "0"),
        ({"INPUT_STRICT": "true", "INPUT_FAIL_ON": "never"}, "1"),
        ({"INPUT_PATHS": "no such file"}, "2"),
        ({"INPUT_PATHS": "--help"}, "2"),
        ({"INPUT_FAIL_ON": "all"}, "2"),
        ({"INPUT_PATHS": "$(touch owned)\n`touch owned`\n; touch owned"}, "2"),
    ],
)
def test_inputs_are_arguments_and_never_commands(
    runner: dict[str, str], inputs: dict[str, str], code: str
) -> None:
    done = step("scan.sh", runner, **{"INPUT_PATHS": str(EXAMPLE), **inputs})
    assert done.returncode == 0, done.stderr
    assert outputs(runner)["exit-code"] == code
    assert not (Path(runner["RUNNER_TEMP"]) / "owned").exists()


@dataclass
class Service:
    """GitHub's API, as far as the steps use it."""

    url: str = ""
    comments: list[dict[str, Any]] = field(default_factory=list)
    calls: list[tuple[str, str, Any]] = field(default_factory=list)
    denies: bool = False


@pytest.fixture
def service(runner: dict[str, str]) -> Iterator[Service]:
    state = Service()

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            state.calls.append((self.command, self.path, body))
            assert self.headers["Authorization"] == "Bearer secret-token"
            page = int((re.search(r"[?&]page=(\d+)", self.path) or [0, 1])[1])
            answer: Any = {"id": "upload-1"}
            if self.command == "GET":
                answer = state.comments[(page - 1) * 100 : page * 100]
            self.send_response(403 if state.denies else 200)
            data = json.dumps(answer).encode()
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PATCH = _answer  # noqa: N815 - the library's names

        def log_message(self, *_arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    state.url = f"http://127.0.0.1:{server.server_address[1]}"
    runner["GITHUB_API_URL"] = state.url
    yield state
    server.shutdown()
    server.server_close()


@pytest.fixture
def markdown(tmp_path: Path) -> str:
    path = tmp_path / "report.md"
    path.write_text('<!-- ebs-plan report -->\n"quoted" \\ $(touch owned)\n', encoding="utf-8")
    return str(path)


def comment(number: int, body: str, kind: str = "Bot") -> dict[str, Any]:
    return {"id": number, "body": body, "user": {"type": kind}}


@needs_tools
def test_the_first_comment_is_written_and_later_ones_update_it(
    runner: dict[str, str], service: Service, markdown: str
) -> None:
    done = step("comment.sh", runner, MARKDOWN=markdown)
    assert done.returncode == 0, done.stderr
    body = Path(markdown).read_text(encoding="utf-8")
    posted = ("POST", "/repos/owner/name/issues/7/comments", {"body": body})
    assert service.calls[-1] == posted
    assert "secret-token" not in done.stdout + done.stderr

    marker = "<!-- ebs-plan report -->\nold"
    service.comments = [
        comment(1, "something else"),
        comment(2, marker, "User"),  # anybody can write the marker
        comment(3, f"quote: {marker}"),
        *(comment(n, "more") for n in range(10, 120)),
        comment(4, marker),
    ]
    step("comment.sh", runner, MARKDOWN=markdown)
    assert service.calls[-1][:2] == ("PATCH", "/repos/owner/name/issues/comments/4")


@needs_tools
def test_without_permission_or_pull_request_nothing_fails(
    runner: dict[str, str], service: Service, markdown: str
) -> None:
    service.denies = True
    for script in ("comment.sh", "upload-sarif.sh"):
        done = step(script, runner, MARKDOWN=markdown, SARIF=markdown)
        assert done.returncode == 0
        assert "::warning title=ebs-plan::" in done.stdout
    Path(runner["GITHUB_EVENT_PATH"]).write_text("{}")
    service.calls.clear()
    assert step("comment.sh", runner, MARKDOWN=markdown).returncode == 0
    assert service.calls == []


@needs_tools
def test_the_findings_are_uploaded_as_they_are(
    runner: dict[str, str], service: Service, tmp_path: Path
) -> None:
    sarif = tmp_path / "report.sarif"
    sarif.write_text('{"version": "2.1.0"}' * 5_000)
    done = step("upload-sarif.sh", runner, SARIF=str(sarif))
    assert done.returncode == 0, done.stderr
    ((method, path, body),) = service.calls
    assert (method, path) == ("POST", "/repos/owner/name/code-scanning/sarifs")
    assert gzip.decompress(base64.b64decode(body["sarif"])) == sarif.read_bytes()
    assert (body["commit_sha"], body["ref"]) == ("0" * 40, "refs/pull/7/merge")


def test_the_action_uses_nothing_of_others_and_puts_no_input_into_a_script() -> None:
    action = yaml.safe_load((ACTION / "action.yml").read_bytes())
    assert action["runs"]["using"] == "composite"
    for part in action["runs"]["steps"]:
        assert "uses" not in part  # so there is no tag to rewrite
        assert part["shell"] == "bash"
        assert "${{" not in part["run"]
        script = re.search(r"GITHUB_ACTION_PATH/([\w.-]+)", part["run"])
        if script is not None:
            assert os.access(ACTION / script[1], os.X_OK)
    used = set(re.findall(r"inputs\.([\w-]+)", (ACTION / "action.yml").read_text()))
    assert used == set(action["inputs"])
    told = set(re.findall(r"steps\.scan\.outputs\.([\w-]+)", json.dumps(action["outputs"])))
    written = (ACTION / "scan.sh").read_text()
    for name in told:
        assert f"{name}=" in written or f" {name}" in written


@needs_tools
def test_every_script_is_understood_by_the_shell() -> None:
    for script in ACTION.glob("*.sh"):
        subprocess.run(["bash", "-n", str(script)], check=True)


def test_the_lock_file_is_that_of_the_dependencies() -> None:
    assert LOCK.read_text(encoding="utf-8") == made()
    assert all("--hash=sha256:" in block for block in re.split(r"\n(?=[a-z])", made())[1:])


# -- GitLab ----------------------------------------------------------------------------------


def test_the_gitlab_job_runs_and_leaves_what_it_promises(tmp_path: Path) -> None:
    job = yaml.safe_load(GITLAB.read_bytes())[".ebs-plan"]
    program = tmp_path / "bin" / "ebs-plan"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m analyzer "$@"\n')
    program.chmod(0o755)
    variables = {**job["variables"], "EBS_PLAN_PATHS": str(EXAMPLE)}
    work = tmp_path / "work"
    work.mkdir()
    done = subprocess.run(
        ["bash", "-eo", "pipefail", "-c", "\n".join(job["script"])],
        cwd=work,
        env={
            **variables,
            "PATH": f"{program.parent}:{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
        },
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    reports = job["artifacts"]["reports"]
    assert json.loads((work / reports["codequality"]).read_bytes())[0]["check_name"]
    assert (work / reports["junit"]).read_bytes().startswith(b"<?xml")
    assert all((work / path).exists() for path in job["artifacts"]["paths"])
    used = set(re.findall(r"-o (\w+)", " ".join(job["script"])))
    assert used <= set(FORMATS)


# -- the image -------------------------------------------------------------------------------


def test_the_image_runs_as_nobody_and_installs_by_hash() -> None:
    lines = (ROOT / "plugins/container/Containerfile").read_text(encoding="utf-8")
    last = lines.rpartition("\nFROM ")[2]
    assert re.search(r"^USER [1-9]\d*:[1-9]\d*$", last, re.MULTILINE)
    assert "RUN" not in last
    assert "--require-hashes" in lines
    for source in re.findall(r"^COPY (?!--from)(.+) \S+$", lines, re.MULTILINE):
        for path in source.split():
            assert (ROOT / path).exists(), path


# -- pre-commit ------------------------------------------------------------------------------

SAMPLE = {
    "main.tf": 'resource "aws_ebs_volume" "x" {\n  availability_zone = "a"\n  size = 1\n}\n',
    "stack/template.yaml": "Resources:\n  A:\n    Type: AWS::EC2::Volume\n"
    "    Properties: {Size: 1, AvailabilityZone: a}\n",
    "plans/tfplan.json": EXAMPLE.read_text(encoding="utf-8"),
    "README.md": "nothing of ours\n",
    "config.yaml": "nothing: of ours\n",
}


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A sample repository with the hooks as they are, run by this Python instead of an own."""
    for name, text in SAMPLE.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    hooks = yaml.safe_load(HOOKS.read_bytes())
    for hook in hooks:
        assert hook["entry"].startswith("ebs-plan ")
        hook["language"] = "system"
        hook["entry"] = hook["entry"].replace(
            "ebs-plan", f"env PYTHONPATH={ROOT} {sys.executable} -m analyzer", 1
        )
    (tmp_path / ".pre-commit-config.yaml").write_text(
        yaml.safe_dump({"repos": [{"repo": "local", "hooks": hooks}]})
    )
    run_git(tmp_path, "init", "-q")
    run_git(tmp_path, "add", ".")
    return tmp_path


def run_git(folder: Path, *args: str) -> None:
    subprocess.run(["git", *args], cwd=folder, check=True, capture_output=True)


PRE_COMMIT = Path(sys.executable).with_name("pre-commit")
needs_pre_commit = pytest.mark.skipif(
    not PRE_COMMIT.exists() or shutil.which("git") is None, reason="pre-commit is not installed"
)


def pre_commit(folder: Path, *args: str, home: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(PRE_COMMIT), *args],
        cwd=folder,
        env={**os.environ, "PRE_COMMIT_HOME": str(home)},
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )


@needs_pre_commit
def test_the_hooks_are_a_manifest(tmp_path: Path) -> None:
    done = pre_commit(ROOT, "validate-manifest", str(HOOKS), home=tmp_path)
    assert done.returncode == 0, done.stdout


@needs_pre_commit
def test_each_hook_runs_on_its_files_and_fails_for_a_finding(
    checkout: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    home = tmp_path_factory.mktemp("home")
    done = pre_commit(checkout, "run", "--all-files", home=home)
    assert done.returncode == 1, done.stdout + done.stderr
    states = re.findall(r"^EBS encryption \((.*?)\)\.+(?:\(.*\))?(\w+)$", done.stdout, re.MULTILINE)
    assert states == [
        ("Terraform source", "Passed"),  # nothing is certain there
        ("CloudFormation templates", "Passed"),
        ("Terraform plans as JSON", "Failed"),
    ]
    assert re.search(r"^unencrypted +aws_instance.web", done.stdout, re.MULTILINE)


@needs_pre_commit
def test_hooks_without_files_of_theirs_do_nothing(
    checkout: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    home = tmp_path_factory.mktemp("home")
    done = pre_commit(checkout, "run", "--files", "README.md", "config.yaml", home=home)
    assert done.returncode == 0, done.stdout
    assert done.stdout.count("Skipped") == 3
