"""What shells offer while somebody types, asked as the shells ask."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.hostile import PLAN
from tests.running import ebs_plan

ROOT = Path(__file__).resolve().parent.parent
CHAIN = ROOT / "fixtures" / "terraform" / "ami_copy_chain" / "plan.json"
MODULES = ROOT / "fixtures" / "terraform" / "module_kms" / "plan.json"


def offered(*words: str, at: int | None = None, of: str = "bash", cwd: Path = ROOT) -> list[str]:
    """What is offered for the word at `at`, the last one if that is not told."""
    number = len(words) if at is None else at
    done = ebs_plan(
        cwd=cwd,
        _EBS_PLAN_COMPLETE=f"{of}_complete",
        COMP_WORDS=" ".join(("ebs-plan", *words)),
        COMP_CWORD=str(number),
    )
    lines = [line for line in done.stdout.splitlines() if line]
    return [line.partition(",")[2] for line in lines] if of == "bash" else lines


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["sc"], {"scan", "schema"}),
        (["scan", "-o", "sar"], {"sarif"}),
        (["scan", "--fail-on", "un"], {"unencrypted", "unknown"}),
        (["scan", "--fail-on", "rejected,pos"], {"rejected,possible"}),
        (["explain", "EBS00"], {f"EBS00{i}" for i in range(1, 10)}),
        (["schema", "con"], {"config"}),
    ],
)
def test_words_are_completed(words: list[str], expected: set[str]) -> None:
    assert set(offered(*words)) == expected


def test_addresses_of_the_named_input_are_offered() -> None:
    assert set(offered("explain", "aws_ami", str(CHAIN), at=2)) == {
        "aws_ami_copy.plain",
        "aws_ami_copy.sealed",
        "aws_ami_from_instance.backup",
    }


def test_a_plan_of_the_usual_name_is_found(tmp_path: Path) -> None:
    assert offered("explain", "aws_", cwd=tmp_path) == []
    (tmp_path / "plan.json").write_bytes(CHAIN.read_bytes())
    assert "aws_instance.plain" in offered("explain", "aws_", cwd=tmp_path)
    (tmp_path / "plan.json").write_text("{")
    assert offered("explain", "aws_", cwd=tmp_path) == []


def test_bash_gets_what_it_takes_for_the_address() -> None:
    (address, *_) = offered("explain", "module.server.module", str(MODULES), at=2)
    assert '\\[\\"' in address
    if shutil.which("bash"):
        done = subprocess.run(
            ["bash", "-c", f"printf %s {address}"], capture_output=True, text=True, check=True
        )
        assert done.stdout.startswith('module.server.module.disk["')
    assert 'module.server.module.disk["' in "\n".join(
        offered("explain", "module.server", str(MODULES), at=2, of="zsh")
    )


def test_no_address_is_offered_that_a_shell_would_run() -> None:
    found = offered("explain", "aws", str(PLAN), at=2, of="zsh")
    assert not any(set(line) & set("$`;&|<>()'\\\x1b\n*?") for line in found)


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
def test_the_script_works_in_a_real_bash(tmp_path: Path) -> None:
    program = tmp_path / "ebs-plan"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m analyzer "$@"\n')
    program.chmod(0o755)
    script = (
        'eval "$(ebs-plan completion bash)"; COMP_WORDS=(ebs-plan scan -o mer); COMP_CWORD=3; '
        '_ebs_plan_completion ebs-plan; printf "%s\\n" "${COMPREPLY[@]}"'
    )
    done = subprocess.run(
        ["bash", "-c", script],
        env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout.split() == ["mermaid"], done.stderr
