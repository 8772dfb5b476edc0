"""What a user demands of a report, and lives with: applied to it after everything is decided."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

import msgspec

from analyzer.limits import Limits
from analyzer.policy.baseline import Baseline, Entry
from analyzer.policy.inline import Code, inline_ignores
from analyzer.policy.required_keys import RequiredKey, judge_keys
from analyzer.policy.rules import RULES
from analyzer.policy.spec import Level, Subject
from analyzer.policy.suppression import VOID, Ignore, Ignores
from analyzer.wire import Finding, Location, Report, Suppressed

__all__ = ["Policy", "apply"]


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """Levels per rule, keys that are required, and what is suppressed.

    `levels` gives rules another level, or turns them off. With `suppress` false no ignore and no
    baseline counts.
    """

    levels: Mapping[str, Level | Literal["off"]] = msgspec.field(default_factory=dict)
    required_keys: tuple[RequiredKey, ...] = ()
    ignores: tuple[Ignore, ...] = ()
    baseline: Baseline | None = None
    suppress: bool = True
    today: dt.date = msgspec.field(default_factory=lambda: dt.datetime.now(dt.UTC).date())


def apply(
    report: Report, policy: Policy, limits: Limits = Limits(), code: Code | None = None
) -> Report:
    """The report as the policy wants it: its findings at their levels, without the suppressed.

    `code` is where ignores are looked for beside the files of the report.
    """
    findings = list(_leveled([*report.findings, *_wrong_keys(report, policy)], policy))
    suppressed: list[Suppressed] = []
    notes = list(report.notes)
    if policy.suppress:
        ids = [rule.id for rule in RULES]
        inline = Ignores(
            list(inline_ignores(report.devices, limits, code or Code())), policy.today, ids
        )
        configured = Ignores(policy.ignores, policy.today, ids)
        for ignores in (inline, configured):
            findings, gone = ignores.split(findings)
            suppressed += gone
        leftovers = [*inline.leftovers(), *configured.leftovers()]
        findings += _leveled(leftovers, policy)
        if policy.baseline is not None:
            expired = _expired(policy.baseline, policy.today)
            if expired is not None:
                findings += _leveled([expired], policy)
            else:
                findings, known, fixed = policy.baseline.split(findings)
                suppressed += known
                notes += _fixed(policy.baseline, fixed)
    return msgspec.structs.replace(report, findings=findings, suppressed=suppressed, notes=notes)


def _wrong_keys(report: Report, policy: Policy) -> Iterator[Finding]:
    if policy.required_keys:
        for device in report.devices:
            if device.action in ("create", "replace", "update"):
                yield from judge_keys(device, policy.required_keys)


def _leveled(findings: list[Finding], policy: Policy) -> Iterator[Finding]:
    for finding in findings:
        level = policy.levels.get(finding.rule, finding.level)
        if level == finding.level:
            yield finding
        elif level != "off":
            yield msgspec.structs.replace(finding, level=level)


def _expired(baseline: Baseline, today: dt.date) -> Finding | None:
    if not baseline.has_expired(today):
        return None
    about = Subject(input="", address=baseline.path, type="", location=Location(path=baseline.path))
    return VOID.finding(about, f"the baseline has expired on {baseline.until}", (baseline.path,))


def _fixed(baseline: Baseline, entries: Sequence[Entry]) -> Iterator[str]:
    """What to say of entries that nothing matches any more."""
    if entries:
        first = entries[0]
        more = f" and {len(entries) - 1} more" if len(entries) > 1 else ""
        yield (
            f"fixed since the baseline {baseline.path}: {first.rule} {first.address}{more} "
            "(--update-baseline drops them)"
        )
