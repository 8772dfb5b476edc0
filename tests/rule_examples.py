"""The examples of the catalogue, as files that can be scanned."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from analyzer.policy.rules import RULES
from analyzer.policy.spec import Rule
from tests.running import Done, ebs_plan

__all__ = ["Example", "examples"]


@dataclass(frozen=True)
class Example:
    """One example of a rule: the file that it is, and its text."""

    rule: Rule
    language: str
    name: str
    text: str

    def scan(self, *args: str, text: str = "") -> Done:
        """What a scan of it prints, in a folder that holds nothing else."""
        with TemporaryDirectory() as folder:
            Path(folder, self.name).write_text(text or self.text, encoding="utf-8")
            return ebs_plan("scan", self.name, *self.rule.page.given, *args, cwd=Path(folder))


def examples() -> Iterator[Example]:
    """Every example of every rule."""
    for rule in RULES:
        if rule.page.hcl:
            yield Example(rule, "Terraform", "main.tf", rule.page.hcl)
        if rule.page.yaml:
            lines = "".join(f"  {line}\n" for line in rule.page.yaml.splitlines())
            yield Example(rule, "CloudFormation", "template.yaml", f"Resources:\n{lines}")
