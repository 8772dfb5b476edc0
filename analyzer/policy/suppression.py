"""Findings that somebody decided to live with: ignores in the configuration and in the code.

An ignore names its rules and gives a reason; a blanket one is refused. It may end on a day. What
is suppressed stays in the report, and an ignore that is of no use any more is a finding itself.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from analyzer.policy.glob import matches, without_indexes
from analyzer.policy.spec import Advice, Page, Rule, Subject
from analyzer.wire import Finding, Location, Suppressed

__all__ = ["RULES", "VOID", "Ignore", "Ignores", "parse_day"]


UNUSED = Rule(
    id="EBS032",
    name="unused-ignore",
    title="An ignore or baseline entry that matches nothing",
    level="note",
    certainty="certain",
    fails=None,
    strict=True,
    help=Advice(hcl="remove it", yaml="remove it"),
    page=Page(
        what="An ignore names a finding that there is none of.",
        why="It was meant for something that is fixed, or it has a slip in its address: in both "
        "cases it will hide the next finding that happens to match.",
        hcl="# ebs-plan: ignore[EBS001] replaced by the new cluster\n"
        'resource "aws_ebs_volume" "data" {\n'
        '  availability_zone = "eu-west-1a"\n'
        "  size              = 10\n"
        "  encrypted         = true\n"
        "}\n",
        limits="Only comments in files that a volume or snapshot of the report is written in are "
        "looked at.",
    ),
)

VOID = Rule(
    id="EBS033",
    name="void-ignore",
    title="An ignore that has no effect: expired, or not complete",
    level="warning",
    certainty="certain",
    fails=None,
    strict=True,
    help=Advice(
        hcl="write: # ebs-plan: ignore[EBS001] the reason until=2027-01-31",
        yaml="write: # ebs-plan: ignore[EBS001] the reason until=2027-01-31",
    ),
    page=Page(
        what="An ignore has expired, names no rule or an unknown one, or gives no reason. The "
        "findings that it is about are reported.",
        why="An ignore without reason or end is forgotten, and then hides what it should not.",
        hcl="# ebs-plan: ignore[EBS001] until=2020-01-31\n"
        'resource "aws_ebs_volume" "data" {\n'
        '  availability_zone = "eu-west-1a"\n'
        "  size              = 10\n"
        "  encrypted         = false\n"
        "}\n",
        limits="The day is the day of the run, in UTC.",
    ),
)

RULES: tuple[Rule, ...] = (UNUSED, VOID)


class Ignore(msgspec.Struct, frozen=True, kw_only=True):
    """One ignore: which findings, why, until when, and where that is written.

    `address` is a pattern. An ignore in the code is about findings in the file of `location`
    instead: a comment about those written in one of `lines` and about all of the `modules` that
    are called there (addresses without indexes), Metadata about what is under a JSON pointer (all
    of a template may stand in one line).
    """

    rules: tuple[str, ...]
    reason: str
    location: Location
    until: str | None = None
    address: str = "*"
    device: str | None = None
    lines: frozenset[int] | None = None
    modules: frozenset[str] = frozenset()
    pointer: str | None = None

    @property
    def is_inline(self) -> bool:
        """Whether it is written in the code."""
        return self.lines is not None or self.pointer is not None

    def covers(self, finding: Finding) -> bool:
        """Whether a finding is meant."""
        if finding.rule not in self.rules:
            return False
        place = finding.location
        if self.modules and not self.modules.isdisjoint(_modules_of(finding.address)):
            return True
        if self.is_inline and place.path != self.location.path:
            return False
        if self.pointer is not None:
            return f"{place.pointer}/".startswith(f"{self.pointer}/")
        if self.lines is not None:
            return place.line in self.lines
        same_device = self.device is None or self.device == finding.device
        return same_device and matches(self.address, finding.address)

    def why_void(self, today: dt.date, known: Iterable[str]) -> str:
        """Why it has no effect at all, or nothing."""
        ids = set(known)
        if not self.rules:
            return "names no rule: write ignore[EBS001]"
        for rule in self.rules:
            if rule not in ids:
                return f"names a rule that there is not: {rule}"
        if not self.reason.strip():
            return "gives no reason"
        if self.until is None:
            return ""
        day = parse_day(self.until)
        if day is None:
            return "ends on no day: write until=2027-01-31"
        return f"has expired on {self.until}" if day < today else ""


def _modules_of(address: str) -> Iterator[str]:
    """The addresses, without indexes, of the modules around a resource."""
    steps = without_indexes(address).split(".")
    end = 0
    while steps[end : end + 1] == ["module"] and len(steps) > end + 2:
        end += 2
        yield ".".join(steps[:end])


def parse_day(text: str) -> dt.date | None:
    """A day as `2027-01-31`, or `None` for any other text."""
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text) is None:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None


class Ignores:
    """All ignores of one kind, applied once."""

    def __init__(self, ignores: Sequence[Ignore], today: dt.date, known: Iterable[str]) -> None:
        ids = frozenset(known)
        self.void = [(i, why) for i in ignores if (why := i.why_void(today, ids))]
        voided = {id(ignore) for ignore, _ in self.void}
        self.live = [i for i in ignores if id(i) not in voided]
        self.used: set[int] = set()

    def split(self, findings: Iterable[Finding]) -> tuple[list[Finding], list[Suppressed]]:
        """The findings that stay, and those that an ignore is about."""
        stay: list[Finding] = []
        gone: list[Suppressed] = []
        for finding in findings:
            ignore = next((i for i in self.live if i.covers(finding)), None)
            if ignore is None:
                stay.append(finding)
                continue
            self.used.add(id(ignore))
            gone.append(
                Suppressed(
                    finding=finding,
                    by="inline" if ignore.is_inline else "config",
                    reason=ignore.reason,
                    until=ignore.until,
                    location=ignore.location,
                )
            )
        return stay, gone

    def leftovers(self) -> Iterator[Finding]:
        """Findings about the ignores themselves: of no effect, or of no use."""
        for ignore, why in self.void:
            yield VOID.finding(_about(ignore), f"the ignore {why}", (why,))
        for ignore in self.live:
            if id(ignore) not in self.used:
                what = f"the ignore of {', '.join(ignore.rules)} matches no finding"
                yield UNUSED.finding(_about(ignore), what, (*ignore.rules, ignore.reason))


def _about(ignore: Ignore) -> Subject:
    place = ignore.location
    where = place.path if ignore.is_inline else ignore.address
    return Subject(input="", address=where, type="", location=place)
