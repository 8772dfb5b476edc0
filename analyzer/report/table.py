"""The report for a person at a terminal: worst first, readable at 80 columns without colour."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.text import Text
from rich.tree import Tree

from analyzer.report import Style
from analyzer.report.ordering import FindingsOf, worst_devices
from analyzer.report.snippet import snippet
from analyzer.report.wording import (
    answer_form,
    coverage,
    key_words,
    label,
    outcome_words,
    questions,
    summary_line,
)
from analyzer.text import shown
from analyzer.wire import Device, Finding, NotAnalyzed, Outcome, Question, Report

__all__ = ["render"]

_COLORS = {
    "encrypted": "green",
    "unencrypted": "bold red",
    "rejected": "bold red",
    "depends": "yellow",
}
_MARKS = {"encrypted": "ok", "unencrypted": "!!", "rejected": "!!", "depends": "??"}
_LEVELS = {"error": "bold red", "warning": "yellow", "note": "dim"}
_TREE_LEAVES = 12  # outcomes that one device's tree spells out
_QUESTIONS = 8
_NOT_ANALYZED = 20
_INDENT = 3


class _Ascii(io.StringIO):
    """A text that tells rich to draw with ASCII only."""

    encoding = "ascii"


def render(report: Report, style: Style) -> bytes:
    """The report as text; only text that went through `shown` is printed."""
    out = _Ascii() if style.ascii else io.StringIO()
    console = Console(
        file=out,
        width=style.width,
        force_terminal=style.color,
        color_system="standard" if style.color else None,
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
        _environ={},
    )
    if not style.quiet:
        _devices(console, report, style)
        _not_analyzed(console, report.not_analyzed)
        _others(console, report)
        _help(console, report.findings)
        _questions(console, report)
    console.print(Text(f"{coverage(report)}\n{summary_line(report)}"))
    lines = (line.rstrip() for line in out.getvalue().splitlines())
    return ("\n".join(lines) + "\n").encode("utf-8", "backslashreplace")


def _print(console: Console, what: RenderableType, indent: int = 0) -> None:
    console.print(Padding(what, (0, 0, 0, indent)) if indent else what, overflow="fold")


def _devices(console: Console, report: Report, style: Style) -> None:
    rows = style.rows
    ranked = worst_devices(report.devices)
    found = FindingsOf(report)
    for device in ranked[:rows]:
        head = Text()
        rules = [shown(finding.rule) for finding in found[device]]
        mark = " ".join((_MARKS[device.verdict], *rules)) + " "
        head.append(mark, style=_COLORS[device.verdict])
        head.append(shown(device.address), style="bold")
        head.append(f"  {label(device)}")
        _print(console, head)
        for what in _about(device):
            _print(console, what, _INDENT)
        if device.verdict != "encrypted" and style.read_line is not None:
            for line in snippet(device.location, style.read_line, style.width - _INDENT):
                _print(console, Text(line, style="dim"), _INDENT)
    left = len(ranked) - rows
    if left > 0:
        _print(console, Text(f"... and {left} more devices; -o json has them all", style="dim"))
    if ranked:
        console.print()


def _about(device: Device) -> Iterator[RenderableType]:
    outcomes = list(dict.fromkeys(map(outcome_words, device.outcomes)))
    color = _COLORS[device.verdict]
    if len(outcomes) == 1:
        yield Text(outcomes[0], style=color)
        first = device.outcomes[0]
        yield Text(f"because {shown(first.because, None)} [{first.row}]", style="dim")
    elif not outcomes:
        yield Text("too many possibilities to list: answer some questions with --assume")
    elif device.verdict == "encrypted":
        yield Text(f"encrypted in any case, with {_keys(device)}", style=color)
        yield Text(f"because {_reasons(device.outcomes)}", style="dim")
    else:
        yield Text("it depends:", style=color)
        yield _tree(device.outcomes)
        yield from _settling(device.questions)
    for note in device.notes:
        yield Text(f"note: {shown(note, None)}", style="dim")


def _keys(device: Device) -> str:
    keys = list(dict.fromkeys(key_words(o.key) for o in device.outcomes))
    return " or ".join(keys)


def _reasons(outcomes: Sequence[Outcome]) -> str:
    reasons = dict.fromkeys(f"{shown(o.because, None)} [{o.row}]" for o in outcomes)
    listed = list(reasons)[:3]
    return "; or ".join(listed) + ("; ..." if len(reasons) > len(listed) else "")


def _settling(asked: Sequence[Question]) -> Iterator[RenderableType]:
    """The answers that end all doubt, one a line; AWS's own open questions only if alone."""
    settling = [q for q in asked if not q.doubt] or list(asked)
    if settling:
        yield Text("to settle it:")
    for question in settling:
        yield Padding(Text(answer_form(question)), (0, 0, 0, 2))


def _tree(outcomes: Sequence[Outcome]) -> Tree:
    """The decision tree behind the outcomes that remain."""
    root = Tree("", hide_root=True, highlight=False)
    nodes: dict[tuple[tuple[str, str], ...], Tree] = {(): root}
    for outcome in outcomes[:_TREE_LEAVES]:
        path: tuple[tuple[str, str], ...] = ()
        for when in outcome.when:
            path = (*path, (when.fact, when.is_))
            if path not in nodes:
                answer = shown(when.is_).replace("|", " or ")
                text = Text(f"if {shown(when.fact)} is {answer}")
                nodes[path] = nodes[path[:-1]].add(text)
        leaf = nodes[path]
        words = Text(outcome_words(outcome), style=_COLORS[outcome.outcome])
        if isinstance(leaf.label, Text):
            leaf.label = Text.assemble(leaf.label, ": ", words)
    left = len(outcomes) - _TREE_LEAVES
    if left > 0:
        root.add(Text(f"... and {left} more ways; -o json has them all"))
    return root


def _not_analyzed(console: Console, missed: list[NotAnalyzed]) -> None:
    if not missed:
        return
    _print(console, Text("not analyzed", style="bold"))
    for item in missed[:_NOT_ANALYZED]:
        times = f" ({item.count} times)" if item.count > 1 else ""
        text = Text(f"{shown(item.address)}{times}: {shown(item.reason, None)}")
        _print(console, text, _INDENT)
    if len(missed) > _NOT_ANALYZED:
        more = f"... and {len(missed) - _NOT_ANALYZED} more; -o json has them all"
        _print(console, Text(more), _INDENT)
    console.print()


def _others(console: Console, report: Report) -> None:
    """Findings about no device, and findings that somebody decided to live with."""
    others = FindingsOf(report).others
    for finding in others:
        text = Text(f"{shown(finding.rule)} ", style=_LEVELS[finding.level])
        place = finding.location
        at = f":{place.line}" if place.line is not None and place.path == finding.address else ""
        text.append(f"{shown(finding.address)}{at}", style="bold")
        text.append(f": {shown(finding.message, None)}")
        _print(console, text)
    if report.suppressed:
        _print(console, Text("suppressed", style="bold"))
    for item in report.suppressed[:_NOT_ANALYZED]:
        until = f" until {shown(item.until)}" if item.until else ""
        name = f"{shown(item.finding.rule)} {shown(item.finding.address)}"
        text = Text(f"{name} ({item.by}{until}): {shown(item.reason, None)}")
        _print(console, text, _INDENT)
    if len(report.suppressed) > _NOT_ANALYZED:
        more = f"... and {len(report.suppressed) - _NOT_ANALYZED} more; -o json has them all"
        _print(console, Text(more), _INDENT)
    if others or report.suppressed:
        console.print()


def _help(console: Console, findings: list[Finding]) -> None:
    """What to do, once for each rule with certain findings."""
    certain = [f for f in findings if f.certainty == "certain"]
    if not certain:
        return
    _print(console, Text("what to do", style="bold"))
    for rule, advice in dict.fromkeys((f.rule, f.help) for f in certain):
        count = sum(1 for f in certain if (f.rule, f.help) == (rule, advice))
        _print(console, Text(f"{rule} ({count}): {shown(advice, None)}"), _INDENT)
    console.print()


def _questions(console: Console, report: Report) -> None:
    """What to find out, for all devices together; a single one says it itself."""
    open_questions = questions(report.devices)
    if report.summary.depends < 2 or not open_questions:
        return
    _print(console, Text("what would settle the most", style="bold"))
    for question, count in open_questions[:_QUESTIONS]:
        what = "AWS's documents do not say: " if question.doubt else ""
        noun = "device" if count == 1 else "devices"
        _print(console, Text(f"{count} {noun}: {what}{shown(question.question, None)}"), _INDENT)
        if not question.doubt:
            _print(console, Text(answer_form(question)), 2 * _INDENT)
    console.print()
