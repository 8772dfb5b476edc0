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
from analyzer.wire import Device, Finding, Location, NotAnalyzed, Problem, Report

__all__ = ["render"]

_FAILS = ("error", "warning")
_NOWHERE = Location(path="")


def render(report: Report, _style: Style) -> bytes:
    """The report as one `testsuites` element."""
    findings = FindingsOf(report)
    suites: dict[str, list[tuple[str, Markup]]] = {i.path: [] for i in report.inputs}

    def add(path: str, case: tuple[str, Markup]) -> None:
        suites.setdefault(_input_of(path, suites), []).append(case)

    suppressed = _Suppressed(report)
    for device in report.devices:
        add(device.input, _device(device, findings[device], suppressed[device]))
    for finding in findings.others:
        add(finding.input or finding.location.path, _other(finding))
    for item in report.not_analyzed:
        add(item.location.path, _missed(item))
    for problem in report.problems:
        add(problem.path, _problem(problem))
    kinds = [kind for cases in suites.values() for kind, _ in cases]
    root = element(
        "testsuites",
        {"name": "ebs-plan", **_counts(kinds)},
        *_on_lines(_suite(path, cases) for path, cases in suites.items()),
    )
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + root.encode() + b"\n"


def _input_of(path: str, inputs: Iterable[str]) -> str:
    """The input that a file belongs to: itself, or the folder that it was found in."""
    return next((i for i in inputs if path == i or path.startswith(f"{i}/")), "ebs-plan")


def _suite(path: str, cases: list[tuple[str, Markup]]) -> Markup:
    kinds = [kind for kind, _ in cases]
    names = {"name": words(shown(path)), **_counts(kinds)}
    return element("testsuite", names, *_on_lines(case for _, case in cases))


class _Suppressed:
    """What is suppressed about each device, in words."""

    def __init__(self, report: Report) -> None:
        self._found: dict[tuple[str, str, str | None, str | None], list[str]] = {}
        for item in report.suppressed:
            finding = item.finding
            key = (finding.input, finding.address, finding.device, finding.launch)
            words_ = f"suppressed ({item.by}): {shown(finding.rule)}: {shown(item.reason, None)}"
            self._found.setdefault(key, []).append(words_)

    def __getitem__(self, device: Device) -> list[str]:
        key = (device.input, device.address, device.device, device.launch)
        return self._found.get(key, [])


def _on_lines(children: Iterable[Markup]) -> Iterator[Markup]:
    for child in children:
        yield own("\n")
        yield child
    yield own("\n")


def _counts(kinds: list[str]) -> dict[str, str]:
    return {
        "tests": str(len(kinds)),
        "failures": str(kinds.count("failure")),
        "errors": str(kinds.count("error")),
        "skipped": str(kinds.count("skipped")),
    }


def _case(name: str, *children: Markup, classname: str, place: Location = _NOWHERE) -> Markup:
    names = {"classname": words(shown(classname)), "name": words(name)}
    if place.line is not None:  # as pytest writes them, and GitLab and Jenkins link them
        names |= {"file": words(shown(place.path)), "line": words(str(place.line))}
    return element("testcase", names, *_on_lines(children))


def _device(
    device: Device, findings: Iterable[Finding], suppressed: list[str]
) -> tuple[str, Markup]:
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
    told = [*_sentences(f for f in found if f not in failing), *suppressed]
    if told:
        children.append(element("system-out", {}, _lines(told)))
    return kind, _case(name, *children, classname=device.type, place=device.location)


def _remaining(device: Device) -> Iterator[str]:
    yield "it depends: " + " or ".join(dict.fromkeys(map(outcome_words, device.outcomes)))
    settling = [q for q in device.questions if not q.doubt] or device.questions
    if settling:
        yield f"to settle it: {' '.join(map(answer_form, settling))}"


def _failure(findings: list[Finding]) -> Markup:
    first = findings[0]
    names = {
        "type": words(shown(first.rule)),
        "message": words(f"{shown(first.rule)}: {shown(first.message, None)}"),
    }
    return element("failure", names, _lines(_sentences(findings)))


def _sentences(findings: Iterable[Finding]) -> Iterator[str]:
    for finding in findings:
        message, advice = shown(finding.message, None), shown(finding.help, None)
        yield f"{shown(finding.rule)}: {message} (help: {advice})"


def _lines(lines: Iterable[str]) -> Markup:
    """Sentences, one a line."""
    return Markup("\n".join(words(line) for line in lines))


def _other(finding: Finding) -> tuple[str, Markup]:
    failing = finding.level in _FAILS and finding.certainty == "certain"
    told = element("system-out", {}, _lines(_sentences([finding])))
    said = _failure([finding]) if failing else told
    name = f"{shown(finding.rule)} {shown(finding.address)}"
    return "failure" if failing else "passed", _case(
        name, said, classname="ebs-plan", place=finding.location
    )


def _missed(item: NotAnalyzed) -> tuple[str, Markup]:
    times = f" ({item.count} times)" if item.count > 1 else ""
    skipped = element("skipped", {"message": words(f"not analyzed: {shown(item.reason, None)}")})
    name = f"{shown(item.address)}{times}"
    return "skipped", _case(name, skipped, classname="not analyzed", place=item.location)


def _problem(problem: Problem) -> tuple[str, Markup]:
    at = f" (line {problem.line})" if problem.line is not None else ""
    message = words(f"{shown(problem.message, None)}{at}")
    error = element("error", {"type": words(shown(problem.code)), "message": message})
    return "error", _case("can be read", error, classname=problem.path)
