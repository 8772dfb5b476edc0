"""Other tools on the same inputs: `PEERS/NAME` is the environment that NAME is installed in.

For `regorus` that is the package `hobofan-regorus`, which a policy of ours runs in.
"""

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
        *("-c", ",".join(_EBS), "--framework"),
    ),
}
_FRAMEWORKS = {"plan.json": "terraform_plan", "source": "terraform"}
_POLICY = Path(__file__).with_name("ebs.rego")
#: All that it takes to run a policy; the number of what it denies is printed.
_RUN_POLICY = """
import sys
from hobofan_regorus import Engine
engine = Engine()
engine.add_policy_from_file(sys.argv[1])
engine.set_input_from_json_file(sys.argv[2])
print(len(engine.eval_rule("data.ebs.deny")))
"""


def command(name: str, peers: Path | None, target: Path) -> Sequence[str] | None:
    """The call of a peer on a file or a folder; `None` where it is not installed."""
    program = "python" if name == "regorus" else name
    tool = peers / name / "bin" / program if peers is not None else None
    if tool is None or not tool.is_file():
        return None
    if name == "regorus":
        return [str(tool), "-c", _RUN_POLICY, str(_POLICY), str(target)]
    files = [str(path) for path in sorted(target.rglob("*")) if path.is_file()]
    inputs = files or [str(target)]
    if name == "checkov":  # it takes folders, and flags for each file
        framework = _FRAMEWORKS.get(target.name, "cloudformation")
        inputs = [framework, "-d" if files else "-f", str(target)]
    return [str(tool), *_ARGUMENTS[name], *inputs]
