"""The lock file of the action and the image: what a scan needs, of the lock file of all.

`python -m tests.locking` writes it anew.
"""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import requires
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "plugins" / "github_action" / "requirements.lock"

_HEAD = """\
# What the action and the image install: what a scan needs of requirements-dev.lock, and the build
# backend. Made by `python -m tests.locking`.
"""


def _name(requirement: str) -> str:
    found = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert found is not None
    return re.sub(r"[-_.]+", "-", found[0]).lower()


def needed() -> set[str]:
    """The packages that the program cannot run without, and those that they need."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    found: set[str] = set()
    pending = [_name(requirement) for requirement in project["dependencies"]]
    while pending:
        name = pending.pop()
        if name not in found:
            found.add(name)
            if name != "colorama":  # Windows only, so it need not be installed here
                more = requires(name) or []
                pending += [_name(r) for r in more if "extra ==" not in r]
    return found


def made() -> str:
    """The lock file as it has to be."""
    text = (ROOT / "requirements-dev.lock").read_text(encoding="utf-8")
    blocks = re.findall(r"^[a-z0-9][^\n]*(?:\n    [^\n]*)*", text, re.MULTILINE)
    wanted = needed() | {"setuptools"}
    return _HEAD + "".join(f"{block}\n" for block in blocks if _name(block) in wanted)


if __name__ == "__main__":
    LOCK.write_text(made(), encoding="utf-8")
