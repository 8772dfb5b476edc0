"""A run stays inside: it opens what it was given and what Python is, and nothing else at all."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
CANARY = "canary-outside-91c2"

#: Runs the command line with an audit hook that writes down what is opened, connected and started.
WATCHED = """
import json, os, sys
from analyzer.cli import main
seen = []
ACTS = ("socket.", "subprocess.", "os.exec", "os.fork", "os.posix_spawn", "os.spawn", "os.system",
        "os.startfile", "ctypes.", "urllib.", "http.", "ftplib.", "smtplib.", "pickle.find_class",
        "os.remove", "os.rename", "os.mkdir", "os.rmdir", "os.symlink", "os.link", "os.chmod")
def watch(event, arguments):
    if event == "open":
        seen.append((event, os.fsdecode(arguments[0]) if isinstance(arguments[0], (str, bytes))
                     else "", arguments[2]))
    elif event.startswith(ACTS):
        seen.append((event, repr(arguments)[:200], 0))
sys.addaudithook(watch)
try:
    main(sys.argv[2:])
finally:
    events = list(seen)
    with open(sys.argv[1], "w") as file:
        json.dump(events, file)
"""


def watched(
    folder: Path, log: Path, *args: str
) -> tuple[subprocess.CompletedProcess[str], list[list[str]]]:
    """Run in a folder; the end of the run, and what it did."""
    outer = {k: v for k, v in os.environ.items() if not k.startswith(("EBS_PLAN_", "GITHUB_"))}
    outer["PYTHONPATH"] = str(ROOT)
    outer["SECRET"] = outer["TF_VAR_secret"] = CANARY
    done = subprocess.run(
        [sys.executable, "-c", WATCHED, str(log), *args],
        cwd=folder, env=outer, capture_output=True, encoding="utf-8", errors="surrogateescape",
        timeout=120, check=False,
    )  # fmt: skip
    return done, json.loads(log.read_text())


def strange(folder: Path, events: list[list[str]]) -> list[list[str]]:
    """What was done outside the folder, Python and this package."""
    places = [sys.prefix, sys.base_prefix, str(ROOT / "analyzer"), str(ROOT / "plugins")]
    allowed = tuple(os.path.realpath(p) + os.sep for p in (folder, *places))
    found = []
    for event, name, flags in events:
        path = os.path.realpath(folder / name)
        writes = int(flags) & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
        inside = os.path.join(path, "").startswith(allowed) or path == os.devnull
        borders = path in (os.path.realpath(folder), "/") and int(flags) & os.O_DIRECTORY
        if event != "open" or writes or not (inside or borders):
            found.append([event, name])
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that tries to lead out of itself in every way that its formats have."""
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "main.tf").write_text(f'resource "aws_ebs_volume" "{CANARY}" {{}}\n')
    (secret / "t.yaml").write_text(f"Resources: {{{CANARY}: {{Type: AWS::EC2::Volume}}}}\n")
    (secret / "key").write_text(CANARY)
    root = tmp_path / "root"
    root.mkdir()
    calls = (
        "../secret",
        str(secret),
        "./link",
        "git::https://x.invalid/m",
        "//x",
        "./a/../../secret",
    )
    (root / "main.tf").write_text(
        "".join(f'module "m{i}" {{\n  source = "{s}"\n}}\n' for i, s in enumerate(calls))
        + f'variable "secret" {{}}\nlocals {{\n  a = file("../secret/key")\n  b = file("{secret}/key")\n'
        '  c = templatefile("../secret/key", {})\n  d = fileset("../secret", "*")\n}\n'
        'resource "aws_ebs_volume" "own" {\n  encrypted = local.a == "x"\n'
        "  kms_key_id = local.b\n  snapshot_id = var.secret\n}\n"
    )
    nested = ("../secret/t.yaml", f"file://{secret}/t.yaml", "http://169.254.169.254/", "./l.yaml")
    stacks = "".join(
        f"  S{i}: {{Type: AWS::CloudFormation::Stack, Properties: {{TemplateURL: '{url}'}}}}\n"
        for i, url in enumerate(nested)
    )
    include = "Fn::Transform: {Name: AWS::Include, Parameters: {Location: 's3://x/y'}}"
    (root / "stack.yaml").write_text(
        f"Resources:\n{stacks}  I: {{{include}}}\n"
        "  V: {Type: AWS::EC2::Volume, Properties: {KmsKeyId: '{{resolve:ssm:/x}}'}}\n"
    )
    (root / "link").symlink_to(secret)
    (root / "l.yaml").symlink_to(secret / "t.yaml")
    (root / "l.tf").symlink_to(secret / "main.tf")
    (root / "zero.tf").symlink_to("/dev/zero")
    (root / "zero.yaml").symlink_to("/dev/zero")
    (root / "loop.yaml").symlink_to("loop.yaml")
    (root / "gone.tf").symlink_to("nowhere")
    (root / "terraform.tfvars").symlink_to(secret / "key")
    os.mkfifo(root / "pipe.tf")
    os.mkfifo(root / "pipe.yaml")
    (root / ".terraform" / "modules").mkdir(parents=True)
    modules = {"Modules": [{"Key": "m3", "Source": "x", "Dir": "../secret"}]}
    (root / ".terraform" / "modules" / "modules.json").write_text(json.dumps(modules))
    (root / "ebs-plan.toml").write_text('baseline = "../secret/key"\nfacts = "../secret/key"\n')
    (root / "pyproject.toml").symlink_to(secret / "key")
    return root


@pytest.mark.parametrize("output", ["json", "table", "sarif", "html"])
def test_nothing_outside_is_opened_and_nothing_is_started(folder: Path, output: str) -> None:
    done, events = watched(folder, folder.parent / "log", "scan", ".", "-o", output)
    assert done.returncode == 2, done.stderr
    assert len(events) > 5
    assert strange(folder, events) == []
    assert CANARY not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_no_fixture_makes_a_run_look_elsewhere(tmp_path: Path) -> None:
    fixtures = ROOT / "fixtures"
    names = [str(p) for p in sorted(fixtures.glob("terraform/*/plan.json"))[::8]]
    done, events = watched(
        fixtures, tmp_path / "log", "scan", "cloudformation", "terraform", *names, "-o", "json"
    )
    assert done.returncode in (0, 1, 2)
    assert len(events) > 100
    assert strange(ROOT, events) == []


@pytest.mark.parametrize("target", ["link", "folder/x", "/dev/full"])
def test_reports_go_where_they_are_sent_or_nowhere(target: str, tmp_path: Path) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    root.mkdir()
    (root / ".git").mkdir()
    outside.mkdir()
    (outside / "precious").write_text("precious")
    (root / "link").symlink_to(outside / "precious")
    (root / "folder").symlink_to(outside)
    (root / "main.tf").write_text('resource "aws_ebs_volume" "a" {\n  encrypted = true\n}\n')
    done, _ = watched(root, tmp_path / "log", "scan", "main.tf", "-o", f"json={target}")
    assert done.returncode == 2
    assert "cannot write" in done.stderr
    assert [(p.name, p.read_text()) for p in outside.iterdir()] == [("precious", "precious")]
