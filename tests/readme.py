"""The README's examples: each `$ ebs-plan ...` block is run, and its output is what is shown.

`python -m tests.readme` writes the outputs anew.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"

_BLOCK = re.compile(
    r"^```console\n\$ (?P<command>(?:ebs-plan|cfn-lint) [^\n]*)\n(?P<output>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


def examples(text: str) -> list[tuple[str, str]]:
    """Each example: its command, and the output that is shown."""
    return [(found["command"], found["output"]) for found in _BLOCK.finditer(text)]


def run(command: str) -> str:
    """What a command prints on both streams, in the checkout, on a terminal without colour."""
    lint = Path(sys.executable).with_name("cfn-lint")
    script = command.replace("ebs-plan", f"{sys.executable} -m analyzer", 1)
    script = re.sub(r"^cfn-lint", str(lint), script)
    environment = {**os.environ, "PYTHONUTF8": "1", "PYTHONPATH": str(ROOT)}
    environment.pop("CI", None)
    done = subprocess.run(  # the commands stand in a file of this repository
        ["bash", "-c", script],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    return done.stdout


_TYPES = re.compile(r"(?<=<!-- types -->\n).*?(?=<!-- end of types -->)", re.DOTALL)


def types() -> str:
    """The resource types that the tables decide, by what they are, as the README lists them."""
    from analyzer.resources.cloudformation import ENTRIES as TEMPLATES
    from analyzer.resources.terraform import ENTRIES as TERRAFORM

    made = ", ".join(f"`{e.type}`" for e in sorted(TERRAFORM, key=lambda e: e.type) if not e.data)
    read = ", ".join(f"`{e.type}`" for e in sorted(TERRAFORM, key=lambda e: e.type) if e.data)
    templates = ", ".join(f"`{e.type}`" for e in sorted(TEMPLATES, key=lambda e: e.type))
    return (
        f"**Terraform**, and the `awscc_*` twins of the CloudFormation types: {made}.\n\n"
        f"**Data sources**, as facts: {read}.\n\n"
        f"**CloudFormation**: {templates}.\n"
    )


def renewed(text: str) -> str:
    """The README with every output, and the list of types, as they are now."""
    text = _TYPES.sub(lambda _: types(), text)

    def again(found: re.Match[str]) -> str:
        return f"```console\n$ {found['command']}\n{run(found['command'])}```"

    return _BLOCK.sub(again, text)


if __name__ == "__main__":
    README.write_text(renewed(README.read_text(encoding="utf-8")), encoding="utf-8")
