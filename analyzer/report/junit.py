"""The report as JUnit XML: a suite for each input, a case for each volume and snapshot.

A device that hangs on unknown facts is a skipped case, as a test that could not be run. Python's
own XML writer puts control characters into its output as they are, so markup is written here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from analyzer.report import Style
from analyzer.report.markup import Markup, element, own, words
from analyzer.report.ordering import FindingsOf
from analyzer.report.wording import answer_form, label, outcome_words
from analyzer.text import shown
from analyzer.wire import Device, Finding, NotAnalyzed, Problem, Report

__all__ = ["render"]

_FAILS = ("error", "warning")


def render(report: Report, _style: Style) -> bytes:
    """The report as one `testsuites` element."""
    findings = FindingsOf(report)
    suites = [_suite(report, i.path, findings) for i in report.inputs]
    total = [sum(counts) for counts in zip(*(counts for _, counts in suites), strict=True)]
    root = element(
        "testsuites",
        {"name": "ebs-plan", **_counts(total or [0, 0, 0, 0])},
        *_on_lines(suite for suite, _ in suites),
    )
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + root.encode() + b"\n"


def _suite(report: Report, path: str, findings: FindingsOf) -> tuple[Markup, list[int]]:
    cases: list[tuple[str, Markup]] = []
    cases.extend(_device(d, findings[d]) for d in report.devices if d.input == path)
    cases.extend(_other(f) for f in findings.others if f.input == path)
    cases.extend(_missed(n) for n in report.not_analyzed if n.location.path == path)
    cases.extend(_problem(p) for p in report.problems if p.path == path)
    kinds = [kind for kind, _ in cases]
    counts = [len(kinds), *(kinds.count(kind) for kind in ("failure", "error", "skipped"))]
    suite = element(
        "testsuite",
        {"name": words(shown(path)), **_counts(counts)},
        *_on_lines(case for _, case in cases),
    )
    return suite, counts


def _on_lines(children: Iterable[Markup]) -> Iterator[Markup]:
    for child in children:
        yield own("\n")
        yield child
    yield own("\n")


def _counts(counts: Iterable[int]) -> dict[str, str]:
    names = ("tests", "failures", "errors", "skipped")
    return {name: str(count) for name, count in zip(names, counts, strict=True)}


def _case(name: str, *children: Markup, classname: str) -> Markup:
    names = {"classname": words(shown(classname)), "name": words(name)}
    return element("testcase", names, *_on_lines(children))


def _device(device: Device, findings: Iterable[Finding]) -> tuple[str, Markup]:
    name = f"{shown(device.address)} {label(device)}"
    found = list(findings)
    failing = [f for f in found if f.level in _FAILS and f.certainty == "certain"]
    children: list[Markup] = []
    kind = "passed"
    if device.verdict == "depends":
        kind = "skipped"
        children.append(element("skipped", {"message": words("; ".join(_remaining(device)))}))
    elif failing:
        kind = "failure"
        children.append(_failure(failing))
    told = [f for f in found if f not in failing]
    if told:
        children.append(element("system-out", {}, _sentences(told)))
    return kind, _case(name, *children, classname=device.type)


def _remaining(device: Device) -> Iterator[str]:
    yield "it depends: " + " or ".join(dict.fromkeys(map(outcome_words, device.outcomes)))
    settling = [q for q in device.questions if not q.doubt] or device.questions
    for question in settling:
        yield f"to settle it: {answer_form(question)}"


def _failure(findings: list[Finding]) -> Markup:
    first = findings[0]
    names = {"type": first.rule, "message": words(f"{first.rule}: {shown(first.message, None)}")}
    return element("failure", names, _sentences(findings))


def _sentences(findings: Iterable[Finding]) -> Markup:
    return words_of(
        f"{f.rule}: {shown(f.message, None)} (help: {shown(f.help, None)})" for f in findings
    )


def words_of(lines: Iterable[str]) -> Markup:
    """Sentences, one a line."""
    return Markup("\n".join(words(line) for line in lines))


def _other(finding: Finding) -> tuple[str, Markup]:
    failing = finding.level in _FAILS and finding.certainty == "certain"
    said = _failure([finding]) if failing else element("system-out", {}, _sentences([finding]))
    name = f"{finding.rule} {shown(finding.address)}"
    return "failure" if failing else "passed", _case(name, said, classname="ebs-plan")


def _missed(item: NotAnalyzed) -> tuple[str, Markup]:
    times = f" ({item.count} times)" if item.count > 1 else ""
    skipped = element("skipped", {"message": words(f"not analyzed: {shown(item.reason, None)}")})
    name = f"{shown(item.address)}{times}"
    return "skipped", _case(name, skipped, classname="not analyzed")


def _problem(problem: Problem) -> tuple[str, Markup]:
    at = f" (line {problem.line})" if problem.line is not None else ""
    message = words(f"{shown(problem.message, None)}{at}")
    error = element("error", {"type": words(shown(problem.code)), "message": message})
    return "error", _case("can be read", error, classname=problem.path)
