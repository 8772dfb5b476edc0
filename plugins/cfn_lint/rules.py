"""One cfn-lint rule for each kind of finding, all fed by one analysis of the template.

cfn-lint also loads this file by its path, outside any package (`-a plugins/cfn_lint`): so it
imports nothing relatively and defines no dataclass.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from typing import Any, ClassVar

from cfnlint.rules import CloudFormationLintRule, RuleMatch
from cfnlint.template import Template

import analyzer
from analyzer.errors import InputError, UsageError
from analyzer.inputs import Options
from analyzer.policy.rules import RULES
from analyzer.text import shown
from analyzer.wire import Location, Report

__all__ = ["CLASSES"]

_SOURCE = "https://docs.aws.amazon.com/ebs/latest/userguide/encryption-examples.html"
_LETTERS = {"error": "E", "warning": "W", "note": "I"}
#: Settings by name (`-x E9701:facts=facts.yaml`). cfn-lint's values hold no `=`, `:` or comma, so
#: the one assumption that settles most has a setting of its own; the others go to a facts file.
_SETTINGS = ("facts", "encryption_by_default", "region", "account")
_TAGS = ["resources", "ec2", "ebs", "encryption"]


class _Settings:
    """Settings of all rules together: whatever one of them is given (`-x RULE:key=value`)."""

    values: ClassVar[dict[str, str]] = {}
    #: The last template and what was found out about it: every rule of a run asks for the same.
    last: ClassVar[tuple[weakref.ref[Template], dict[str, str], Report] | None] = None


def _report(cfn: Template) -> Report:
    """The analysis of the template that cfn-lint has decoded; made once per template."""
    values = dict(_Settings.values)
    last = _Settings.last
    if last is not None and last[0]() is cfn and last[1] == values:
        return last[2]
    regions = list(cfn.regions or ())
    options = Options(
        region=values.get("region") or (regions[0] if len(regions) == 1 else None),
        account=values.get("account") or None,
    )
    report = analyzer.analyze_template(
        cfn.template,
        path=str(cfn.filename or "template"),
        facts=values.get("facts") or None,
        assume=[f"{name}={values[name]}" for name in ("encryption_by_default",) if name in values],
        options=options,
    )
    _Settings.last = (weakref.ref(cfn), values, report)
    return report


def _path(location: Location) -> list[str | int]:
    """cfn-lint's path to a place in the template, from its JSON pointer."""
    steps = (location.pointer or "").split("/")[1:]
    decoded = [step.replace("~1", "/").replace("~0", "~") for step in steps]
    return [int(step) if step.isdigit() else step for step in decoded] or ["Resources"]


class _Shared:
    """What every rule shares: its settings, and a boundary that no exception of ours passes.

    No rule itself, since cfn-lint makes an instance of every rule class that it sees here.
    """

    source_url = _SOURCE
    kind = ""

    def __init__(self) -> None:
        super().__init__()
        self.config_definition = {name: {"default": "", "type": "string"} for name in _SETTINGS}
        self.configure()

    def configure(self, configs: Any = None, experimental: bool = False) -> None:
        """Take settings; what one rule is told, all of them know."""
        super().configure(configs, experimental)  # type: ignore[misc]
        for name in _SETTINGS:
            if isinstance(configs, dict) and configs.get(name):
                _Settings.values[name] = str(configs[name])

    def match(self, cfn: Template) -> list[RuleMatch]:
        """The findings of this kind in a template."""
        try:
            return list(self.found(_report(cfn)))
        except Exception:  # noqa: BLE001 - a guest must not break its host: see I9700
            return []

    def found(self, report: Report) -> Iterator[RuleMatch]:
        """The matches in a report."""
        for finding in report.findings:
            if finding.rule == self.kind:
                place = f" {finding.device}" if finding.device else ""
                yield RuleMatch(
                    _path(finding.location), f"{finding.address}{place}: {finding.message}"
                )


class Misconfigured(_Shared, CloudFormationLintRule):
    """Settings that cannot be used: silence would pass for a clean template."""

    id = "E9700"
    shortdesc = "Settings of ebs-plan cannot be used"
    description = (
        "A facts file or an assumption is broken, so no rule of ebs-plan looks at anything"
    )
    tags = _TAGS

    def match(self, cfn: Template) -> list[RuleMatch]:
        """What is wrong with the settings, with the file and the line."""
        try:
            _report(cfn)
        except InputError as error:
            problem = error.problem
            place = ":".join(str(p) for p in (problem.path, problem.line) if p is not None)
            return [RuleMatch(["Resources"], f"ebs-plan: {shown(place, None)}: {problem.message}")]
        except UsageError as error:
            return [RuleMatch(["Resources"], f"ebs-plan: {error}")]
        except Exception:  # noqa: BLE001 - I9700 says so
            return []
        return []


class NotAnalyzed(_Shared, CloudFormationLintRule):
    """What was not analyzed, so that silence never means safety."""

    id = "I9700"
    shortdesc = "Parts of the template that ebs-plan did not analyze"
    description = "Volumes and snapshots may be made there in ways that the template does not tell"
    tags = _TAGS

    def match(self, cfn: Template) -> list[RuleMatch]:
        """What was not analyzed; a failure of ours is one of these, not cfn-lint's E0002."""
        try:
            return list(self.found(_report(cfn)))
        except (InputError, UsageError):
            return []  # E9700 says what is wrong
        except Exception as error:  # noqa: BLE001 - the boundary between guest and host
            kind = type(error).__name__
            return [RuleMatch(["Resources"], f"ebs-plan could not analyze this template ({kind})")]

    def found(self, report: Report) -> Iterator[RuleMatch]:
        """Lines for what was left out, and for what is wrong with the template itself."""
        for item in report.not_analyzed:
            if not item.other_service:
                yield RuleMatch(_path(item.location), f"{item.address}: {item.reason}")
        for problem in report.problems:
            yield RuleMatch(["Resources"], f"ebs-plan: {problem.message}")


def _classes() -> dict[str, type[CloudFormationLintRule]]:
    """A class for each rule of the catalogue, by the name that cfn-lint sees."""
    classes: dict[str, type[CloudFormationLintRule]] = {
        rule.__name__: rule for rule in (Misconfigured, NotAnalyzed)
    }
    for rule in RULES:
        letter = "I" if rule.certainty == "possible" else _LETTERS[rule.level]
        name = f"Ebs{rule.id.removeprefix('EBS')}"
        about = {
            "__doc__": rule.title,
            "id": f"{letter}97{rule.id[-2:]}",
            "kind": rule.id,
            "shortdesc": rule.title,
            "description": rule.page.what,
            "tags": _TAGS,
        }
        classes[name] = type(name, (_Shared, CloudFormationLintRule), about)
    return classes


CLASSES = _classes()
globals().update(CLASSES)
