"""The report as workflow commands of GitHub Actions: annotations on the lines of a change.

GitHub shows at most ten annotations of a kind for each step, so the worst come first and a last
notice sums up. Encoding: actions/toolkit, packages/core/src/command.ts (`escapeData`,
`escapeProperty`), after every name is shown without the openings of commands.
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.diff import replaced
from analyzer.report import Style
from analyzer.report.changes import replaced_words
from analyzer.report.ordering import worst_findings
from analyzer.report.paths import Checkout
from analyzer.report.wording import coverage, finding_words, summary_line
from analyzer.text import shown, visible
from analyzer.wire import Finding, Problem, Report

__all__ = ["render"]

_SHOWN = 10
_COMMANDS = {"error": "error", "warning": "warning", "note": "notice"}
_DATA = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_PROPERTY = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A", ":": "%3A", ",": "%2C"})


def render(report: Report, _style: Style) -> bytes:
    """One command a line: problems, the worst findings, the sum."""
    checkout = Checkout()
    lines = [_problem(problem, checkout) for problem in report.problems]
    room = max(0, _SHOWN - len(lines))
    findings = worst_findings(report.findings)
    lines.extend(_finding(finding, checkout) for finding in findings[:room])
    lines.append(_command("notice", {"title": "ebs-plan"}, "\n".join(_sum(report, findings, room))))
    return ("\n".join(lines) + "\n").encode("utf-8", "backslashreplace")


def _sum(report: Report, findings: list[Finding], room: int) -> Iterator[str]:
    yield coverage(report)
    yield summary_line(report)
    yield from (f"moves {line}" for line in replaced_words(replaced(report))[:_SHOWN])
    if len(findings) > room:
        yield f"{len(findings) - room} more findings are in the step's summary and in other formats"
    if report.suppressed:
        yield f"{len(report.suppressed)} findings are suppressed"


def _finding(finding: Finding, checkout: Checkout) -> str:
    location = finding.location
    properties = _place(location.path, location.line, location.column, checkout)
    properties["title"] = f"{finding.rule} {shown(finding.address)}"
    return _command(_COMMANDS[finding.level], properties, finding_words(finding))


def _problem(problem: Problem, checkout: Checkout) -> str:
    properties = _place(problem.path, problem.line, problem.column, checkout)
    properties["title"] = shown(problem.code)
    hint = f"\nhelp: {shown(problem.hint, None)}" if problem.hint else ""
    message = f"{shown(problem.path)}: {shown(problem.message, None)}"
    return _command("error", properties, message + hint)


def _place(path: str, line: int | None, column: int | None, checkout: Checkout) -> dict[str, str]:
    """Where GitHub shows an annotation: only files of the checkout have a place there."""
    inside = checkout.relative(path)
    if inside is None:
        return {}
    place = {"file": shown(inside, None)}
    if line is not None:
        place["line"] = str(line)
        if column is not None:
            place["col"] = str(column)
    return place


def _command(name: str, properties: dict[str, str], message: str) -> str:
    """One command; the lines of its message are the only line ends that can be in it."""
    listed = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
    data = "\n".join(visible(line) for line in message.split("\n")).translate(_DATA)
    return f"::{name} {listed}::{data}"


def _property(value: str) -> str:
    return visible(value).translate(_PROPERTY)
