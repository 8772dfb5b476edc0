"""The report for GitLab's Code Quality widget.

Source: GitLab documentation, Code Quality, "Code Quality report format". A fingerprint is a hash
of rule, address, device and what decided: it does not change when lines move.
"""

from __future__ import annotations

import hashlib

import msgspec

from analyzer.report import Style
from analyzer.report.ordering import worst_findings
from analyzer.report.paths import Checkout
from analyzer.report.wording import finding_words
from analyzer.text import json_bytes, shown, visible
from analyzer.wire import Finding, Report

__all__ = ["render"]

_SEVERITIES = {"error": "critical", "warning": "major", "note": "info"}


class _Lines(msgspec.Struct, frozen=True):
    begin: int


class _Location(msgspec.Struct, frozen=True):
    path: str
    lines: _Lines


class _Issue(msgspec.Struct, frozen=True, kw_only=True):
    type: str = "issue"
    check_name: str
    description: str
    categories: tuple[str, ...] = ("Security",)
    severity: str
    fingerprint: str
    location: _Location


def render(report: Report, _style: Style) -> bytes:
    """A JSON list of issues, the worst first."""
    checkout = Checkout()
    seen: dict[str, int] = {}
    issues = [_issue(finding, checkout, seen) for finding in worst_findings(report.findings)]
    return json_bytes(issues)


def _issue(finding: Finding, checkout: Checkout, seen: dict[str, int]) -> _Issue:
    path = checkout.relative(finding.location.path)
    return _Issue(
        check_name=finding.rule,
        description=_sentence(finding),
        severity=_SEVERITIES[finding.level],
        fingerprint=_unique(finding.fingerprint, seen),
        location=_Location(
            path=shown(path if path is not None else finding.location.path.rpartition("/")[2]),
            lines=_Lines(finding.location.line or 1),
        ),
    )


def _sentence(finding: Finding) -> str:
    message, _, advice = finding_words(finding).partition("\n")
    return visible(f"{shown(finding.address)}: {message} ({advice})")


def _unique(fingerprint: str, seen: dict[str, int]) -> str:
    """The fingerprint; of a finding that two inputs share, the second gets one of its own."""
    count = seen[fingerprint] = seen.get(fingerprint, 0) + 1
    if count == 1:
        return fingerprint
    return hashlib.sha256(f"{fingerprint} {count}".encode()).hexdigest()[:32]
