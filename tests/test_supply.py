"""What is shipped can be made again, and what it is made of is known."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import yaml

from tests.locking import LOCK
from tests.sbom import bill

TOP = Path(__file__).resolve().parent.parent


def test_two_builds_make_the_same_wheel(tmp_path: Path) -> None:
    made = []
    for number in ("one", "two"):
        source = tmp_path / number
        source.mkdir()
        for name in ("analyzer", "plugins"):
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(TOP / name, source / name, ignore=ignored)
        for name in ("pyproject.toml", "README.md", "LICENSE"):
            shutil.copy(TOP / name, source / name)
        subprocess.run(
            [sys.executable, "-m", "build", "--wheel", "--no-isolation", "-o", "dist", "."],
            cwd=source,
            env={**os.environ, "SOURCE_DATE_EPOCH": "1700000000"},
            capture_output=True,
            check=True,
        )
        (wheel,) = (source / "dist").glob("*.whl")
        made.append((wheel.name, hashlib.sha256(wheel.read_bytes()).hexdigest()))
    assert made[0] == made[1]


def test_the_bill_of_materials_has_every_locked_package_with_its_hashes() -> None:
    text = LOCK.read_text(encoding="utf-8")
    found = bill(text)["components"]
    assert [c["name"] for c in found] == [
        line.partition("==")[0] for line in text.splitlines() if line[:1].isalnum()
    ]
    assert sum(len(c["hashes"]) for c in found) == text.count("--hash=sha256:")
    assert {"click", "msgspec", "pyyaml"} <= {c["name"] for c in found}


def test_updates_wait_a_week() -> None:
    updates = yaml.safe_load((TOP / ".github" / "dependabot.yml").read_text())["updates"]
    assert [u["cooldown"]["default-days"] for u in updates] == [7]
