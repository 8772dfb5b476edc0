"""The report as one self-contained page: it loads nothing, and works without its script.

All text of the input goes through `markup.text` or `markup.words`; a content security policy
names the page's own style sheet and script by their hashes, so that nothing else can run.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from analyzer.diff import replaced
from analyzer.policy.rules import rule_by_id
from analyzer.report import Style
from analyzer.report.changes import replaced_words
from analyzer.report.graph import graphs
from analyzer.report.markup import Markup, element, fragment, own, text, words
from analyzer.report.ordering import FindingsOf, worst_devices, worst_findings
from analyzer.report.page import POLICY, SCRIPT, STYLE
from analyzer.report.pieces import answer, badge, code, explanation, place
from analyzer.report.svg import SIGNS, picture
from analyzer.report.wording import (
    answer_form,
    coverage,
    label,
    questions,
    summary_line,
    verdict_words,
)
from analyzer.wire import Device, Finding, Input, Report

__all__ = ["render"]

_DEVICES = 5_000
_FINDINGS = 500
_PICTURES = 50
_VERDICTS = {
    "rejected": "rejected",
    "unencrypted": "unencrypted",
    "depends": "open",
    "encrypted": "encrypted",
}


def render(report: Report, _style: Style) -> bytes:
    """The whole page."""
    head = element(
        "head",
        {},
        element("meta", {"charset": "utf-8"}),
        element("meta", {"http-equiv": "Content-Security-Policy", "content": own(POLICY)}),
        element("meta", {"name": "viewport", "content": "width=device-width, initial-scale=1"}),
        element("meta", {"name": "referrer", "content": "no-referrer"}),
        element("title", {}, "EBS encryption report"),
        element("style", {}, own(STYLE)),
    )
    body = element("body", {}, *_body(report), element("script", {}, own(SCRIPT)))
    page = element("html", {"lang": "en"}, head, own("\n"), body)
    return b"<!doctype html>\n" + page.encode() + b"\n"


def _body(report: Report) -> Iterator[Markup]:
    yield element("a", {"class": "skip", "href": own("#devices")}, "Skip to the devices")
    yield _header(report)
    yield element("main", {}, *_sections(report))
    version = f"{report.tool.name} {report.tool.version}"
    yield element("footer", {"class": "dim"}, element("p", {}, text(version)))


def _header(report: Report) -> Markup:
    summary = report.summary
    numbers = (
        ("devices", summary.devices, ""),
        ("encrypted", summary.encrypted, "encrypted"),
        ("unencrypted", summary.unencrypted, "unencrypted"),
        ("rejected", summary.rejected, "rejected"),
        ("open", summary.depends, "depends"),
        ("not analyzed", summary.not_analyzed, ""),
    )
    tiles = [
        element("li", {"class": "tile"}, element("b", {"class": kind}, str(number)), name)
        for name, number, kind in numbers
    ]
    inputs = [
        element("li", {}, code(i.path), own(" "), element("span", {"class": "dim"}, _input(i)))
        for i in report.inputs
    ]
    return element(
        "header",
        {},
        element("h1", {}, "What becomes of every EBS volume and snapshot"),
        element("p", {}, element("strong", {}, words(coverage(report)))),
        # The numbers stand below.
        None if report.devices and not report.problems else _sentence(report),
        element("ul", {"class": "tiles"}, *tiles),
        element("ul", {"class": "list"}, *inputs),
    )


def _sentence(report: Report) -> Markup:
    return element("p", {}, words(summary_line(report)))


def _input(found: Input) -> Markup:
    assumed = [f"default {name}={value}" for name, value in found.assumed.items()]
    return text(", ".join((found.format, found.status, *found.notes, *assumed)))


def _sections(report: Report) -> Iterator[Markup | None]:
    problems = [
        fragment(code(p.path), own(": "), text(p.message), _line(p.line), _hint(p.hint))
        for p in report.problems
    ]
    yield _listed("Could not be read", problems)
    yield _listed("What this change moves", map(words, replaced_words(replaced(report))))
    yield _findings(worst_findings(report.findings))
    yield _pictures(report)
    yield _devices(report)
    yield _listed("Questions that settle the most", _questions(report))
    missed = [
        fragment(
            code(item.address),
            f" ({item.count} times)" if item.count > 1 else "",
            own(": "),
            text(item.reason),
        )
        for item in report.not_analyzed
    ]
    yield _listed("Not analyzed", missed)
    suppressed = [
        fragment(
            text(item.finding.rule),
            own(" "),
            code(item.finding.address),
            text(f" ({item.by}{' until ' + item.until if item.until else ''}): {item.reason}"),
        )
        for item in report.suppressed
    ]
    yield _listed("Suppressed findings", suppressed)
    yield _listed("Notes", [text(note) for note in report.notes])


def _listed(title: str, items: Iterable[Markup]) -> Markup | None:
    listed = [element("li", {}, item) for item in items]
    if not listed:
        return None
    heading = element("h2", {}, f"{title} ({len(listed)})")
    return element("section", {}, heading, element("ul", {"class": "list"}, *listed))


def _line(line: int | None) -> str | None:
    return f" (line {line})" if line is not None else None


def _hint(hint: str | None) -> Markup | None:
    return element("p", {"class": "dim"}, text(hint)) if hint else None


def _findings(findings: list[Finding]) -> Markup | None:
    """The findings, one block for each rule and fix, the worst first."""
    if not findings:
        return None
    groups: dict[tuple[str, str, str], list[Finding]] = {}
    for finding in findings:
        groups.setdefault((finding.rule, finding.level, finding.help), []).append(finding)
    return element(
        "section",
        {},
        element("h2", {}, f"Findings ({len(findings)})"),
        *(_rule(*key, found) for key, found in groups.items()),
    )


def _rule(rule: str, level: str, advice: str, found: list[Finding]) -> Markup:
    known = rule_by_id(rule)
    title = f"{known.title if known is not None else ''} ({len(found)})"
    rows = [
        element(
            "tr",
            {},
            element("td", {}, code(f.address), element("p", {"class": "dim"}, place(f.location))),
            element("td", {}, text(f.message)),
        )
        for f in found[:_FINDINGS]
    ]
    left = len(found) - _FINDINGS
    return fragment(
        element("h3", {}, badge(level, f"{rule} {level}"), own(" "), title),
        element("p", {}, "What to do: ", text(advice)),
        _table(f"Findings of {rule}", ("Where", "What"), rows),
        element("p", {}, f"... and {left} more; the JSON report has all") if left > 0 else None,
    )


def _table(name: str, heads: Iterable[str], rows: Iterable[Markup]) -> Markup:
    head = element("tr", {}, *(element("th", {"scope": "col"}, head) for head in heads))
    table = element("table", {}, element("thead", {}, head), element("tbody", {}, *rows))
    return element(
        "div",
        {"class": "scroll", "tabindex": "0", "role": "region", "aria-label": name},
        table,
    )


def _pictures(report: Report) -> Markup | None:
    drawn, left = graphs(report, _PICTURES)
    chains = [graph for graph in drawn if graph.edges]
    if not chains:
        return None
    figures = [
        element("figure", {"tabindex": "0"}, picture(graph, f"chain: {graph.nodes[0].lines[0]}"))
        for graph in chains
    ]
    return element(
        "section",
        {},
        element("h2", {}, "Chains"),
        element("p", {"class": "dim"}, "What each volume and snapshot is made from."),
        *figures,
        element("p", {}, f"... and {left} more devices") if left > 0 else None,
    )


def _devices(report: Report) -> Markup:
    findings = FindingsOf(report)
    ranked = worst_devices(report.devices)
    rows = [_device(device, findings[device]) for device in ranked[:_DEVICES]]
    left = len(ranked) - _DEVICES
    return element(
        "section",
        {"id": "devices"},
        element("h2", {}, f"Devices ({len(ranked)})"),
        _filter(),
        _table("Devices", ("Outcome", "Device", "What becomes of it"), rows),
        element("p", {}, f"... and {left} more; the JSON report has all") if left > 0 else None,
    )


def _filter() -> Markup:
    """The controls; hidden until the script that gives them a meaning has run."""
    boxes = [
        element(
            "label",
            {},
            element("input", {"type": "checkbox", "value": verdict, "checked": "checked"}),
            own(" "),
            name,
        )
        for verdict, name in _VERDICTS.items()
    ]
    search = {"type": "search", "id": "search", "aria-label": "Filter the devices"}
    return element(
        "form",
        {"id": "filter", "class": "filter", "hidden": "hidden", "role": "search"},
        element("input", {**search, "placeholder": "Filter (press / to get here)"}),
        *boxes,
        element("button", {"type": "button", "id": "all", "aria-pressed": "false"}, "Expand all"),
        element("span", {"id": "count", "class": "dim", "role": "status"}),
    )


def _device(device: Device, findings: Iterable[Finding]) -> Markup:
    name = fragment(code(device.address), own(" "), words(label(device)))
    rules = [badge(f.level, f.rule) for f in findings]
    return element(
        "tr",
        {"data-verdict": device.verdict},
        element(
            "td",
            {},
            badge(device.verdict, f"{SIGNS[device.verdict]} {_VERDICTS[device.verdict]}"),
        ),
        element(
            "td",
            {},
            element("details", {}, element("summary", {}, name), explanation(device)),
            *rules,
        ),
        element("td", {}, words(verdict_words(device))),
    )


def _questions(report: Report) -> Iterator[Markup]:
    for question, count in questions(report.devices):
        noun = "device" if count == 1 else "devices"
        form = None if question.doubt else answer(answer_form(question))
        yield fragment(text(f"{count} {noun}: {question.question} "), form)
