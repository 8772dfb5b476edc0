"""Which reports end a run with exit code 1."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from analyzer.errors import UsageError
from analyzer.policy.rules import rule_by_id
from analyzer.policy.spec import FailOn
from analyzer.text import shown
from analyzer.wire import Finding, Report

__all__ = ["DEFAULT", "NEVER", "Failing", "parse_levels"]

NEVER = "never"
#: A wrong key counts, too: there is none unless somebody requires a key.
DEFAULT = (FailOn.UNENCRYPTED, FailOn.WRONG_KEY, FailOn.REJECTED)


def parse_levels(words: Iterable[str]) -> frozenset[FailOn]:
    """The levels that `--fail-on` names. Raises `UsageError` for any other word."""
    found: set[FailOn] = set()
    names = {level.value: level for level in FailOn}
    for word in words:
        if word not in names and word != NEVER:
            raise UsageError(f"--fail-on takes {', '.join((*names, NEVER))}, not {shown(word)}")
        if word != NEVER:
            found.add(names[word])
    return frozenset(found)


class Failing(msgspec.Struct, frozen=True, kw_only=True):
    """What fails a run. With `strict` all that is not certainly good does."""

    levels: frozenset[FailOn] = frozenset(DEFAULT)
    strict: bool = False

    def fails(self, report: Report) -> bool:
        """Whether a report ends the run with 1; problems end it with 2 whatever this says."""
        levels = frozenset(FailOn) if self.strict else self.levels
        if FailOn.UNKNOWN in levels and _unknown(report):
            return True
        return any(self._counts(finding, levels) for finding in report.findings)

    def _counts(self, finding: Finding, levels: frozenset[FailOn]) -> bool:
        """Whether a finding counts. A level that the configuration raised or lowered does, too."""
        rule = rule_by_id(finding.rule)
        if rule is None:
            return bool(levels) and finding.level == "error"
        if self.strict and rule.strict:
            return True
        if finding.level == "note":
            return False
        if rule.fails is None:
            return bool(levels) and finding.level == "error"
        return rule.fails in levels


def _unknown(report: Report) -> bool:
    """Whether something was not decided, other than what other services store."""
    return any(not item.other_service for item in report.not_analyzed) or any(
        device.verdict == "depends" and not device.outcomes for device in report.devices
    )
