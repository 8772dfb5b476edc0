"""What each command imports: start-up is held by counting packages, a figure that never flickers.

A package that a command does not need must not be loaded by it, neither by a module of ours nor
by what that imports. Each command runs in a process of its own.
"""

from __future__ import annotations

import importlib.metadata
import os
import subprocess
import sys
from pathlib import Path

import pytest

_ROOT = Path(__file__).resolve().parents[1]
_PLAN = str(_ROOT / "fixtures/terraform/keys/plan.json")
_TEMPLATE = str(_ROOT / "fixtures/cloudformation/fleets/template.yaml")

#: What an environment loads by itself, and what others load only where it is installed.
_NOT_OURS = {"_distutils_hack", "coverage", "regex", "setuptools", "typing_extensions"}

#: Source by folder: what is written plainly needs no parser for expressions.
_SOURCES = {
    "plain": 'resource "aws_ebs_volume" "data" {}\n',
    "conditional": 'variable "safe" {}\n'
    'resource "aws_ebs_volume" "data" {\n  encrypted = var.safe ? true : false\n}\n',
}

_COMMANDS = {
    "version": (["--version"], {"click"}),
    "help": (["--help"], {"click"}),
    "completion": (["completion", "bash"], {"click"}),
    "plan as JSON": (["scan", _PLAN, "-o", "json"], {"click", "msgspec"}),
    "plan as SARIF": (["scan", _PLAN, "-o", "sarif"], {"click", "msgspec"}),
    "plan as a table": (["scan", _PLAN], {"click", "msgspec", "rich"}),
    "template": (["scan", _TEMPLATE, "-o", "json"], {"click", "msgspec", "yaml"}),
    "plain source": (["scan", "plain", "-o", "json"], {"click", "msgspec"}),
    "source": (["scan", "conditional", "-o", "json"], {"click", "msgspec", "lark"}),
}


def _installed() -> set[str]:
    """The top-level modules of every package that is installed beside this one."""
    owners = importlib.metadata.packages_distributions()
    return {module for module, names in owners.items() if "ebs-plan-analyzer" not in names}


def _imported(arguments: list[str], folder: Path) -> set[str]:
    """The top-level modules that a command line imports."""
    outer = {k: v for k, v in os.environ.items() if not k.startswith(("EBS_PLAN_", "GITHUB_"))}
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "analyzer", *arguments],
        cwd=folder,
        env={**outer, "PYTHONPATH": str(_ROOT)},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode in (0, 1), done.stderr[-2000:]
    lines = (line for line in done.stderr.splitlines() if line.startswith("import time:"))
    return {line.rpartition("|")[2].strip().partition(".")[0] for line in lines}


@pytest.mark.parametrize(("arguments", "packages"), _COMMANDS.values(), ids=_COMMANDS)
def test_a_command_loads_the_packages_that_it_needs_and_no_others(
    arguments: list[str], packages: set[str], tmp_path: Path
) -> None:
    for folder, source in _SOURCES.items():
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "main.tf").write_text(source, encoding="utf-8")
    loaded = _imported(arguments, tmp_path)
    assert loaded & _installed() - _NOT_OURS == packages
