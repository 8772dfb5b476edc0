"""Other tools on the same templates: `PEERS/NAME` is the environment that NAME is installed in."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

__all__ = ["command"]

_EBS = (
    *("CKV_AWS_3", "CKV_AWS_8", "CKV_AWS_106", "CKV_AWS_183", "CKV_AWS_189"),
    *("CKV_AWS_200", "CKV_AWS_204", "CKV_AWS_235", "CKV_AWS_236", "CKV2_AWS_2"),
)
_ARGUMENTS = {
    "cfn-lint": ("--format", "json", "--non-zero-exit-code", "none", "-t"),
    "cfripper": ("--format", "json", "--logging", "ERROR"),
    "checkov": (
        *("--compact", "--quiet", "--skip-download", "--soft-fail", "-o", "json"),
        *("--framework", "cloudformation", "-c", ",".join(_EBS)),
    ),
}


def command(name: str, peers: Path | None, target: Path) -> Sequence[str] | None:
    """The call of a peer on a template or a folder of them; `None` where it is not installed."""
    tool = peers / name / "bin" / name if peers is not None else None
    if tool is None or not tool.is_file():
        return None
    files = [str(path) for path in sorted(target.rglob("*")) if path.is_file()]
    inputs = files or [str(target)]
    if name == "checkov":  # it takes folders, and flags for each file
        inputs = ["-d" if files else "-f", str(target)]
    return [str(tool), *_ARGUMENTS[name], *inputs]
