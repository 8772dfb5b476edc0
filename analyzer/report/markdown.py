"""The report as Markdown, for the comment on a pull request and for the summary of a step.

Every text of the input stands in `<code>` with numeric references for whatever could mean
something to Markdown or GitHub, never in a fence. The first line is a marker by which the comment
of an earlier run is found. The whole fits a size limit: details are left out, then rows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import chain
from typing import TypeVar

from analyzer.diff import replaced
from analyzer.report import Style
from analyzer.report.changes import replaced_words
from analyzer.report.mermaid import flowchart
from analyzer.report.ordering import Alike, alike, worst_devices
from analyzer.report.wording import (
    answer_form,
    coverage,
    label,
    noted,
    questions,
    summary_line,
    verdict_words,
)
from analyzer.text import shown, visible
from analyzer.wire import Device, NotAnalyzed, Problem, Question, Report, Suppressed

__all__ = ["MARKER", "render"]

MARKER = "<!-- ebs-plan report -->"
_TITLE = "### EBS encryption"
_ROWS = (200, 50, 20, 10, 5, 0)
_CHART = 30
_MOVES = 10
_PLACES = 3
_PLAIN = re.compile(r"[^A-Za-z0-9 ,/=-]")
#: What GitHub may link: mentions, issues, commits, addresses of pages.
_LINKED = re.compile(r"[@#]|GH-|[0-9a-f]{7}|www|[a-z]:/", re.IGNORECASE)
_SIGNS = {
    "encrypted": "🔒 encrypted",
    "unencrypted": "🔓 unencrypted",
    "rejected": "⛔ rejected",
    "depends": "❓ open",
}
_LEVELS = {"error": "❌", "warning": "⚠️", "note": "💡"}


def render(report: Report, style: Style) -> bytes:
    """The report with as many rows as fit into `style.max_chars` characters."""
    groups, diagram = alike(report), list(_chart(report))
    for rows in _ROWS:
        text = "\n".join(_lines(report, groups, diagram, rows))
        if len(text) < style.max_chars:
            return (text + "\n").encode()
    short = "\n".join((MARKER, _TITLE, "", *_sum(report)))
    return (short[: style.max_chars - 1] + "\n").encode()


def _lines(
    report: Report, groups: Sequence[Alike], diagram: Sequence[str], rows: int
) -> Iterator[str]:
    asked = questions(report.devices)
    yield MARKER
    yield _TITLE
    yield ""
    yield from _sum(report)
    yield from _replaced(report)
    yield from _section("Could not be read", report.problems, _problem, rows, opened=True)
    yield from _findings(groups, rows)
    yield from _section("Questions that settle the most", asked, _question, rows)
    if rows and report.devices:
        yield from _folded("Chains", diagram)
        yield from _folded(f"All {len(report.devices)} devices", _devices(report.devices, rows))
    yield from _section("Notes", list(noted(report.devices)), _note, rows)
    yield from _section("Not analyzed", report.not_analyzed, _missed, rows)
    yield from _section("Suppressed findings", report.suppressed, _suppressed, rows)


def _sum(report: Report) -> Iterator[str]:
    yield f"**{visible(coverage(report))}**"
    yield ""
    yield visible(summary_line(report))


def _replaced(report: Report) -> Iterator[str]:
    """What the change moves from one state to another."""
    moved = replaced_words(replaced(report))
    if moved:
        yield ""
        yield "**This change moves**"
        yield ""
        yield from (f"- {said(line)}" for line in moved[:_MOVES])
        if len(moved) > _MOVES:
            yield f"- ... and {len(moved) - _MOVES} more"


@lru_cache(4096)
def code(text: str) -> str:
    """Text of unknown origin: visible, and no character of it means anything to Markdown."""
    return f"<code>{_references(shown(text))}</code>"


@lru_cache(4096)
def said(sentence: str) -> str:
    """A sentence with names in it, as plain text where nothing in it can be taken for more.

    GitHub makes links and notifications of the finished page's text, numeric references or not,
    but not inside of `<code>`.
    """
    text = _references(visible(sentence))
    return f"<code>{text}</code>" if _LINKED.search(sentence) else text


def _references(text: str) -> str:
    return _PLAIN.sub(lambda found: f"&#{ord(found[0])};", text)


def _problem(problem: Problem) -> str:
    return f"{code(problem.path)}: {said(shown(problem.message, None))}"


def _findings(groups: Sequence[Alike], rows: int) -> Iterator[str]:
    """What to act on, what is said of several devices once; and then how, once for each kind."""
    if not groups:
        return
    yield ""
    if rows:
        yield "| | Rule | Where | What |"
        yield "|---|---|---|---|"
    for group in groups[:rows]:
        finding, _ = group.found[0]
        level, rule = _LEVELS[finding.level], said(shown(finding.rule))
        yield f"| {level} | {rule} | {_places(group)} | {said(group.message)} |"
    left = sum(len(group.found) for group in groups[rows:])
    if left:
        yield ""
        yield f"... and {left} more findings"
    fixes = dict.fromkeys((g.found[0][0].rule, g.found[0][0].help) for g in groups[:rows])
    if fixes:
        yield ""
    for rule, advice in fixes:
        yield f"- **{said(shown(rule))}**: {said(shown(advice, None))}"


def _places(group: Alike) -> str:
    lines = []
    for finding, _ in group.found[:_PLACES]:
        launch = f", {said(shown(finding.launch))}" if finding.launch else ""
        lines.append(f"{code(finding.address)}{launch}")
        if finding.location.line is not None:
            lines.append(code(f"{finding.location.path}:{finding.location.line}"))
    left = len(group.found) - _PLACES
    if left > 0:
        lines.append(f"and {left} more")
    return "<br>".join(lines)


def _question(asked: tuple[Question, int]) -> str:
    question, count = asked
    noun = "device" if count == 1 else "devices"
    text = f"{count} {noun}: {said(shown(question.question, None))}"
    return f"{text} {code_words(answer_form(question))}" if not question.doubt else text


def _note(noted_: tuple[str, str]) -> str:
    where, note = noted_
    return f"{code_words(where)}: {said(note)}"


def code_words(sentence: str) -> str:
    """A sentence that was shown already, framed as code."""
    return f"<code>{_references(visible(sentence))}</code>"


def _chart(report: Report) -> Iterator[str]:
    yield "```mermaid"
    yield from flowchart(report, _CHART)
    yield "```"


def _devices(devices: list[Device], rows: int) -> Iterator[str]:
    yield "| Device | Outcome | |"
    yield "|---|---|---|"
    for device in worst_devices(devices)[:rows]:
        where = f"{code(device.address)} {said(label(device))}"
        yield f"| {where} | {_SIGNS[device.verdict]} | {said(verdict_words(device))} |"
    if len(devices) > rows:
        yield ""
        yield f"... and {len(devices) - rows} more devices"


def _missed(item: NotAnalyzed) -> str:
    times = f" ({item.count} times)" if item.count > 1 else ""
    return f"{code(item.address)}{times}: {said(shown(item.reason, None))}"


def _suppressed(item: Suppressed) -> str:
    until = f" until {said(shown(item.until))}" if item.until else ""
    reason = f"{item.by}{until}: {said(shown(item.reason, None))}"
    return f"{said(shown(item.finding.rule))} {code(item.finding.address)} ({reason})"


T = TypeVar("T")


def _section(
    title: str, items: Sequence[T], words: Callable[[T], str], rows: int, *, opened: bool = False
) -> Iterator[str]:
    if not items:
        return
    lines = [f"- {words(item)}" for item in items[:rows]]
    if len(items) > rows:
        lines.append(f"- ... and {len(items) - rows} more")
    yield from _folded(f"{title} ({len(items)})", lines, opened=opened)


def _folded(title: str, lines: Iterable[str], *, opened: bool = False) -> Iterator[str]:
    yield ""
    yield f"<details{' open' if opened else ''}><summary>{title}</summary>"
    yield ""
    yield from chain(lines, ("", "</details>"))
