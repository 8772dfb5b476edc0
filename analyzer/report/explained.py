"""Explanations as text of a fixed width, for terminals and files."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import TextWrapper

from analyzer.explanation.explain import (
    Doubt,
    ExplainedDevice,
    ExplainedRow,
    ExplainedRule,
    Explanation,
)
from analyzer.report.wording import answer_form, decision_tree, label, outcome_words
from analyzer.text import pasted, shown
from analyzer.wire import Device, Evidence, Location, Proof, Step

__all__ = ["as_json", "as_text"]


def as_json(explanation: Explanation) -> bytes:
    """The explanation as JSON, safe to print."""
    from analyzer.text import json_bytes

    return json_bytes(explanation)


def as_text(explanation: Explanation, width: int = 80) -> str:
    """The explanation as lines of at most `width` columns."""
    page = _Page(width)
    for rule in explanation.rules:
        _rule(page, rule)
    for row in explanation.rows:
        _row(page, row)
    for found in explanation.devices:
        _device(page, found)
    for doubt in explanation.doubts:
        _doubt(page, doubt)
    if page.cited:
        page.head("sources")
    for title, url in page.cited.items():
        page.add(title, 2)
        page.add(url, 4)
    return page.text()


class _Page:
    """Lines of a width, with paragraphs and hanging indents."""

    def __init__(self, width: int) -> None:
        self.width = width
        #: Titles and URLs of the documents that were cited so far.
        self.cited: dict[str, str] = {}
        self.lines: list[str] = []

    def add(self, text: str, indent: int = 0, hang: int = 2) -> None:
        """A paragraph; its first line is indented by `indent`, the others by `hang` more."""
        wrapper = TextWrapper(
            width=self.width,
            initial_indent=" " * indent,
            subsequent_indent=" " * (indent + hang),
            break_on_hyphens=False,
            break_long_words=not text.startswith("https://"),
        )
        self.lines.extend(wrapper.wrap(text) or [""])

    def code(self, text: str, indent: int = 4) -> None:
        """Lines that stay as they are."""
        self.lines.extend(f"{' ' * indent}{line}".rstrip() for line in text.rstrip().split("\n"))

    def gap(self) -> None:
        if self.lines and self.lines[-1]:
            self.lines.append("")

    def head(self, text: str) -> None:
        self.gap()
        self.add(text, hang=0)

    def text(self) -> str:
        return "\n".join(self.lines).rstrip("\n") + "\n"


def _rule(page: _Page, rule: ExplainedRule) -> None:
    page.add(f"{rule.id} {rule.name}: {rule.title}")
    page.add(f"{rule.level}, {rule.certainty}")
    for title, text in (("", rule.what), ("why", rule.why), ("what to do", rule.help)):
        page.head(title) if title else page.gap()
        page.add(text, indent=2 if title else 0, hang=0)
    for title, code in (("in Terraform", rule.hcl), ("in CloudFormation", rule.yaml)):
        if code:
            page.head(title)
            page.code(code)
    page.head("limits")
    page.add(rule.limits, indent=2, hang=0)


def _row(page: _Page, row: ExplainedRow, indent: int = 0) -> None:
    where = f" ({row.operation})" if row.operation else ""
    page.add(f"{row.id}{where}: {row.says}", indent)
    for column, values in row.when.items():
        page.add(f"when {column} is {' or '.join(values)}", indent + 2)
    if row.when:
        page.add(f"then {' or '.join(row.outcomes)}", indent + 2)
    if row.note:
        page.add(f"note: {row.note}", indent + 2)
    page.add(f"confidence: {row.confidence}", indent + 2)
    page.add(f"sources: {'; '.join(source.title for source in row.sources)}", indent + 2)
    page.cited.update({source.title: source.url for source in row.sources})


def _doubt(page: _Page, doubt: Doubt) -> None:
    page.head(f"AWS's documents do not say ({doubt.id}): {doubt.question}")
    page.add(f"answers that stay possible: {', '.join(doubt.answers)}", 2)
    if doubt.rows:
        page.add(f"rows that hang on it: {', '.join(doubt.rows)}", 2)
    page.add(f"if you have seen what AWS does: --assume '{doubt.id}={'|'.join(doubt.answers)}'", 2)


def _device(page: _Page, found: ExplainedDevice) -> None:
    device = found.device
    page.head(f"{shown(device.address)}  {label(device)}")
    page.add(_verdict(device), 2)
    page.add(f"written at {_place(device.location)}", 2)
    asked = device.requested
    page.add(
        f"asks {device.operation} for encrypted={shown(asked.encrypted)}, "
        f"kms_key_id={shown(asked.kms_key_id)}",
        2,
    )
    proof = device.proof
    if isinstance(proof, Proof):
        _proof(page, proof)
    page.head("  the rows of AWS's behaviour that decide it")
    for row in found.rows:
        _row(page, row, 4)
    _outcomes(page, device)
    for doubt in found.doubts:
        _doubt(page, doubt)
    for finding in found.findings:
        page.gap()
        page.add(f"{finding.rule}: {shown(finding.message, None)}", 2)
        page.add(f"help: {shown(finding.help, None)}", 4)
        for line in finding.fix.splitlines():
            page.code(pasted(line), 6)
    for note in device.notes:
        page.gap()
        page.add(f"note: {shown(note, None)}", 2)


def _verdict(device: Device) -> str:
    if not device.outcomes:
        return "too many possibilities to list: answer some questions with --assume"
    words = list(dict.fromkeys(map(outcome_words, device.outcomes)))
    if len(words) == 1:
        return words[0]
    if device.verdict == "encrypted":
        return f"encrypted in any case: {' or '.join(words)}"
    return f"depends: {' or '.join(words)}"


def _proof(page: _Page, proof: Proof) -> None:
    if proof.chain:
        page.head("  where it comes from, first to last")
        _steps(page, proof.chain)
    if proof.merge:
        page.head("  its device mapping, each line over the one before")
        _steps(page, proof.merge)
    page.head("  what was known, and who told it")
    if not proof.evidence:
        page.add("nothing but what the request says", 4)
    for evidence in proof.evidence:
        page.add(f"{shown(evidence.fact)} = {shown(evidence.answer)}  ({_who(evidence)})", 4)


def _steps(page: _Page, steps: Sequence[Step]) -> None:
    for number, step in enumerate(steps, 1):
        at = f"  ({_place(step.location)})" if step.location is not None else ""
        says = f": {', '.join(shown(s) for s in step.says)}" if step.says else ""
        page.add(f"{number}. {shown(step.what)}{says}{at}", 4, hang=3)


def _who(evidence: Evidence) -> str:
    if evidence.location is None:
        return evidence.source
    return f"{evidence.source}, {_place(evidence.location)}"


def _place(location: Location) -> str:
    place = shown(location.path, None)
    if location.line is not None:
        place += f":{location.line}"
        return f"{place}:{location.column}" if location.column is not None else place
    return f"{place} {shown(location.pointer)}" if location.pointer else place


def _outcomes(page: _Page, device: Device) -> None:
    if len(device.outcomes) < 2:
        return
    page.head("  everything that remains possible")
    for depth, line in decision_tree(device.outcomes):
        page.add(line, 4 + 2 * depth)
    questions = [q for q in device.questions if not q.doubt]
    if questions:
        page.head("  to settle it")
        for question in questions:
            page.add(shown(question.question, None), 4)
            page.add(answer_form(question), 6, hang=0)
