"""The baseline: findings that were there when somebody began to look.

An entry is a finding's fingerprint (rule, address, device and what decided), never a line, with
the number of findings that had it. What is not found any more is fixed, and told.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence

import msgspec

from analyzer.errors import InputError
from analyzer.policy.suppression import parse_day
from analyzer.text import json_bytes
from analyzer.wire import Finding, Location, Suppressed

__all__ = ["Baseline", "Entry", "make_baseline", "parse_baseline"]

_SCHEMA = "urn:ebs-plan:schema:baseline:1"


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One accepted finding; only `fingerprint` and `count` count, the rest is for people."""

    fingerprint: str
    rule: str
    address: str
    device: str | None = None
    count: int = 1


class _File(msgspec.Struct, frozen=True, kw_only=True, rename={"schema": "$schema"}):
    schema: str = _SCHEMA
    version: int = 1
    until: str | None = None
    findings: list[Entry]


class Baseline(msgspec.Struct, frozen=True, kw_only=True):
    """A baseline that was read: its path, its entries, and the day on which it ends."""

    path: str
    entries: tuple[Entry, ...]
    until: str | None = None

    def has_expired(self, today: dt.date) -> bool:
        """Whether it counts no more."""
        day = parse_day(self.until) if self.until is not None else None
        return self.until is not None and (day is None or day < today)

    def split(
        self, findings: Iterable[Finding]
    ) -> tuple[list[Finding], list[Suppressed], list[Entry]]:
        """The findings that are new, those that are known, and the entries that are fixed."""
        left = Counter[str]()
        for entry in self.entries:
            left[entry.fingerprint] += entry.count
        new: list[Finding] = []
        known: list[Suppressed] = []
        for finding in findings:
            if left[finding.fingerprint] <= 0:
                new.append(finding)
                continue
            left[finding.fingerprint] -= 1
            known.append(
                Suppressed(
                    finding=finding,
                    by="baseline",
                    reason="in the baseline",
                    until=self.until,
                    location=Location(path=self.path),
                )
            )
        return new, known, [entry for entry in self.entries if left[entry.fingerprint] > 0]


def parse_baseline(path: str, data: bytes) -> Baseline:
    """A baseline from its file. Raises `InputError` for anything else."""
    try:
        file = msgspec.json.decode(data, type=_File)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise InputError(
            path,
            "baseline",
            "is no baseline",
            hint="write one with --baseline FILE --update-baseline",
        ) from None
    if file.schema != _SCHEMA or file.version != 1:
        raise InputError(path, "baseline", "is of a version that this program does not know")
    return Baseline(path=path, entries=tuple(file.findings), until=file.until)


def make_baseline(findings: Sequence[Finding], until: str | None = None) -> bytes:
    """The file that accepts these findings, in an order that does not depend on the input's."""
    counts = Counter(f.fingerprint for f in findings)
    first = {f.fingerprint: f for f in reversed(findings)}
    entries = [
        Entry(
            fingerprint=fingerprint,
            rule=finding.rule,
            address=finding.address,
            device=finding.device,
            count=counts[fingerprint],
        )
        for fingerprint, finding in first.items()
    ]
    entries.sort(key=lambda e: (e.address, e.device or "", e.rule, e.fingerprint))
    file = _File(until=until, findings=entries)
    return json_bytes(file)
