"""Options about what is read: what it is, what it is called, what was left out."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from tests.running import Done, ebs_plan

ROOT = Path(__file__).resolve().parent.parent
OFF = "--assume=encryption_by_default=off"
VOLUME = b'resource "aws_ebs_volume" "it" {\n  availability_zone = "eu-west-1a"\n  size = 1\n}\n'
TEMPLATE = b"""\
Resources:
  # ebs-plan: ignore[EBS001] rebuilt every night
  Scratch:
    Type: AWS::EC2::Volume
    Properties: {Size: 1}
  Data:
    Type: AWS::EC2::Volume
    Properties: {Size: 1}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "main.tf").write_bytes(VOLUME)
    (tmp_path / "stack.yaml").write_bytes(TEMPLATE)
    (tmp_path / "other.yaml").write_text("nothing: of ours\n")
    return tmp_path


def places(done: Done) -> list[str]:
    """Where a report as JSON says that the findings are."""
    found = [f["location"] for f in json.loads(done.stdout)["findings"]]
    return [f"{place['path']}:{place['line']}" for place in found]


def test_what_is_piped_has_lines_ignores_and_snippets(folder: Path) -> None:
    done = ebs_plan("scan", "-", OFF, cwd=folder, stdin=TEMPLATE)
    assert "  --> <stdin>:6:3  Data\n  |\n6 |   Data:\n" in done.stdout
    assert "EBS001 Scratch (inline): rebuilt every night" in done.stdout


@pytest.mark.parametrize("name", ["stack.yaml", "not/there/yet.yaml"])
def test_a_template_that_is_piped_goes_by_the_name_of_its_file(folder: Path, name: str) -> None:
    sent = b"# more\n" + TEMPLATE
    run = ("scan", "-", OFF, f"--stdin-filename={name}")
    done = ebs_plan(*run, "-ojson", cwd=folder, stdin=sent)
    assert places(done) == [f"{name}:7"]
    done = ebs_plan(*run, "-osarif", cwd=folder, stdin=sent)
    assert set(re.findall(r'"uri": "([^"]*)"', done.stdout)) == {name}


def test_a_file_of_a_module_that_is_piped_stands_for_the_one_on_the_disk(folder: Path) -> None:
    (folder / "more.tf").write_bytes(VOLUME.replace(b'"it"', b'"more"'))
    run = ("scan", "-", OFF, "--stdin-filename=main.tf", "-ojson")
    done = ebs_plan(*run, cwd=folder, stdin=b"\n\n" + VOLUME)
    assert places(done) == ["main.tf:3", "more.tf:1"]
    done = ebs_plan(*run, cwd=folder, stdin=b"# ebs-plan: ignore[EBS001] why not\n" + VOLUME)
    assert places(done) == ["more.tf:1"]


def test_a_module_without_the_file_that_is_piped_is_not_green(folder: Path) -> None:
    done = ebs_plan("scan", "-", "--stdin-filename=new.tf", cwd=folder, stdin=VOLUME)
    assert done.returncode == 2
    assert "error[input-missing]: new.tf:" in done.stderr


@pytest.mark.parametrize(
    ("format_", "path", "code"),
    [
        ("plan", "stack.yaml", "input-json"),
        ("template", "main.tf", "template-shape"),
        ("template", "other.yaml", "template-shape"),
        ("terraform", "stack.yaml", "input-not-source"),
    ],
)
def test_a_format_that_is_named_is_the_only_one(
    folder: Path, format_: str, path: str, code: str
) -> None:
    done = ebs_plan("scan", path, f"--format-in={format_}", cwd=folder)
    assert done.returncode == 2
    assert f"error[{code}]: {path}" in done.stderr


def test_of_a_folder_only_what_is_named_is_read(folder: Path) -> None:
    for format_, found in (("template", {"stack.yaml"}), ("terraform", {"main.tf"})):
        done = ebs_plan("scan", ".", OFF, f"--format-in={format_}", "-ojson", cwd=folder)
        assert {place.partition(":")[0] for place in places(done)} == found


def test_each_file_is_listed_if_asked_for(folder: Path) -> None:
    done = ebs_plan("scan", ".", "-v", cwd=folder)
    assert done.stderr.splitlines() == [
        "analyzed: stack.yaml (cloudformation)",
        "analyzed: . (terraform-hcl)",
        "skipped: other.yaml (no template)",
    ]
    assert ebs_plan("scan", ".", cwd=folder).stderr == ""
    assert json.loads(ebs_plan("scan", ".", "-ojson", cwd=folder).stdout)["skipped"] == [
        "other.yaml"
    ]


def test_no_ignore_file_hides_an_input(folder: Path) -> None:
    """Whoever opens a pull request writes it."""
    (folder / ".gitignore").write_text("*\n")
    done = ebs_plan("scan", ".", OFF, "-ojson", cwd=folder)
    assert places(done) == ["stack.yaml:6", "main.tf:1"]


def test_settings_are_shown_by_a_flag_as_well(folder: Path) -> None:
    shown = ebs_plan("scan", ".", "--strict", "--show-config", cwd=folder)
    assert shown == ebs_plan("config", "show", ".", "--strict", cwd=folder)
    assert "strict = true\n    flag --strict\n" in shown.stdout


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="this system has no terminals of ours")
@pytest.mark.parametrize(
    ("environment", "coloured"),
    [
        ({"TERM": "xterm"}, True),
        ({"TERM": "dumb"}, False),
        ({"TERM": "xterm", "NO_COLOR": "1"}, False),
        ({"TERM": "dumb", "FORCE_COLOR": "1"}, True),
    ],
)
def test_a_terminal_gets_colour_if_it_can_show_it(
    folder: Path, environment: dict[str, str], coloured: bool
) -> None:
    ours, theirs = os.openpty()
    outer = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "FORCE_COLOR")}
    with subprocess.Popen(
        [sys.executable, "-m", "analyzer", "scan", "main.tf", OFF],
        cwd=folder,
        stdout=theirs,
        stderr=subprocess.DEVNULL,
        env={**outer, "PYTHONPATH": str(ROOT), **environment},
    ):
        os.close(theirs)
        shown = b""
        with suppress(OSError):  # the other end has gone
            while data := os.read(ours, 1 << 16):
                shown += data
    os.close(ours)
    assert (b"\x1b[" in shown) is coloured
    assert b"unencrypted" in shown  # nothing is told by colour alone


@pytest.mark.parametrize(
    ("flag", "asked", "answer"),
    [
        ("var.it", "--var 'it=true|false'", "it=true"),
        ('var.it == "prod"', "--var 'it=prod|...'", "it=prod"),
        ("{ prod = true, dev = false }[var.it]", "--var 'it=prod|dev|...'", "it=prod"),
        ('var.it != ""', "--var it=...", "it=some"),
        ("var.it != null", "--assume 'var.it=given|absent'", "it=some"),
    ],
)
def test_a_variable_is_asked_for_by_the_flag_that_gives_it(
    tmp_path: Path, flag: str, asked: str, answer: str
) -> None:
    source = VOLUME.decode().replace("size = 1", f"size = 1\n  encrypted = {flag}")
    (tmp_path / "main.tf").write_text(f'variable "it" {{}}\n{source}')
    assert f"      {asked}\n" in ebs_plan("scan", ".", cwd=tmp_path).stdout
    done = ebs_plan("scan", ".", "--var", answer, cwd=tmp_path)
    assert "1 device: 1 certain" in done.stdout
