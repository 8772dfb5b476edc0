"""Explanations: of a device, of a rule (`EBS001`), of a table's row (`RI-7`), of a doubt (`OQ-6`).

Everything that is said is in the report or in the program itself: nothing is looked up.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

import msgspec

from analyzer.core.facts import DOUBTS
from analyzer.core.tables import BEFORE, SOURCES, TABLES, Row, row_by_id
from analyzer.errors import UsageError
from analyzer.policy.rules import RULES, rule_by_id
from analyzer.policy.spec import Rule
from analyzer.text import shown
from analyzer.wire import Device, Finding, Report

__all__ = [
    "Cited",
    "Doubt",
    "ExplainedDevice",
    "ExplainedRow",
    "ExplainedRule",
    "Explanation",
    "explain",
    "explain_id",
]


class Cited(msgspec.Struct, frozen=True, kw_only=True):
    """A document or thread that a row rests on."""

    title: str
    url: str


class ExplainedRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row of AWS's behaviour: when it holds, what follows, and how well that is known."""

    id: str
    operation: str
    says: str
    when: dict[str, list[str]]
    outcomes: list[str]
    confidence: str
    sources: list[Cited]
    note: str = ""


class Doubt(msgspec.Struct, frozen=True, kw_only=True):
    """A question that AWS's documents leave open."""

    id: str
    question: str
    answers: list[str]
    rows: list[str] = []


class ExplainedRule(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of finding."""

    id: str
    name: str
    title: str
    level: str
    certainty: str
    what: str
    why: str
    help: str
    limits: str
    hcl: str = ""
    yaml: str = ""


class ExplainedDevice(msgspec.Struct, frozen=True, kw_only=True):
    """A volume or snapshot: the report's entry, the rows that decide it, its findings."""

    device: Device
    rows: list[ExplainedRow]
    doubts: list[Doubt] = []
    findings: list[Finding] = []


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked about, and everything there is to say of it."""

    subject: str
    devices: list[ExplainedDevice] = []
    rules: list[ExplainedRule] = []
    rows: list[ExplainedRow] = []
    doubts: list[Doubt] = []


def explain(report: Report, address: str) -> Explanation:
    """Explain what a report says of an address: all its devices, or one by its id.

    An id of a rule, row or doubt is explained without looking at the report. With
    `analyze(..., proofs=True)` each device also has the chain, the merge of its mappings and
    the facts that were known. Raises `UsageError` where nothing has this name.
    """
    found = explain_id(address)
    if found is not None:
        return found
    devices = [d for d in report.devices if address in (d.address, d.id)]
    if not devices:
        raise UsageError(_missing(report, address))
    return Explanation(
        subject=address, devices=[_device(device, report.findings) for device in devices]
    )


def explain_id(name: str) -> Explanation | None:
    """Explain a rule, a row or a doubt by its id; `None` where no such id exists."""
    wanted = name.upper()
    rule = rule_by_id(wanted) or next((r for r in RULES if r.name == name), None)
    if rule is not None:
        return Explanation(subject=rule.id, rules=[_rule(rule)])
    if wanted in DOUBTS:
        return Explanation(subject=wanted, doubts=[_doubt(wanted)])
    row = _row_named(name)
    if row is not None:
        doubts = [_doubt(doubt) for doubt in row.doubts()]
        return Explanation(subject=row.id, rows=[_row(row)], doubts=doubts)
    return None


def _row_named(name: str) -> Row | None:
    head, dash, tail = name.partition("-")
    for spelled in (name, f"{head.upper()}{dash}{tail.lower()}"):
        row = row_by_id(spelled)
        if row is not None:
            return row
    return None


def _missing(report: Report, address: str) -> str:
    missed = [m.reason for m in report.not_analyzed if m.address == address]
    if missed:
        return f"{shown(address)} was not analyzed: {shown(missed[0], None)}"
    near = get_close_matches(address, {d.address for d in report.devices}, n=1, cutoff=0.4)
    guess = f"; did you mean {shown(near[0])}?" if near else ""
    return f"no volume or snapshot of the input is called {shown(address)}{guess}"


def _device(device: Device, findings: Iterable[Finding]) -> ExplainedDevice:
    rows = [row_by_id(name) for name in dict.fromkeys(o.row for o in device.outcomes)]
    doubts = dict.fromkeys(q.fact for q in device.questions if q.doubt)
    return ExplainedDevice(
        device=device,
        rows=[_row(row) for row in rows if row is not None],
        doubts=[_doubt(doubt) for doubt in doubts],
        findings=[
            f
            for f in findings
            if f.address == device.address
            and f.device in (None, device.device)
            and f.launch in (None, device.launch)
        ],
    )


def _row(row: Row) -> ExplainedRow:
    operation = next((t.operation.value for t in TABLES.values() if row in t.rows), "")
    return ExplainedRow(
        id=row.id,
        operation=operation,
        says=row.says,
        when={column: list(values) for column, values in row.when.items()},
        outcomes=sorted(row.symbols()),
        confidence=row.confidence.value,
        sources=[Cited(title=SOURCES[t].title, url=SOURCES[t].url) for t in row.source.split()],
        note=row.note,
    )


def _doubt(name: str) -> Doubt:
    fact = DOUBTS[name]
    every = [row for table in TABLES.values() for row in table.rows]
    return Doubt(
        id=name,
        question=fact.question,
        answers=list(fact.domain),
        rows=[row.id for row in (*every, *BEFORE.values()) if name in row.doubts()],
    )


def _rule(rule: Rule) -> ExplainedRule:
    return ExplainedRule(
        id=rule.id,
        name=rule.name,
        title=rule.title,
        level=rule.level,
        certainty=rule.certainty,
        what=rule.page.what,
        why=rule.page.why,
        help=rule.help.hcl,
        limits=rule.page.limits,
        hcl=rule.page.hcl,
        yaml=rule.page.yaml,
    )
