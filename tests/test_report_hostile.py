"""Names that try to act on their reader, in every format: none acts, and none is lost."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import unicodedata
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt

from analyzer import analyze
from analyzer.report import FORMATS, Style, renderer
from analyzer.report.markdown import MARKER
from analyzer.report.page import POLICY, SCRIPT, STYLE
from analyzer.text import unshow
from analyzer.wire import Report
from tests.hostile import PAYLOADS, PLAN, written
from tests.running import ebs_plan

TAGS = {
    *("html", "head", "meta", "title", "style", "body", "header", "main", "section", "footer"),
    *("h1", "h2", "h3", "p", "a", "strong", "b", "code", "span", "ul", "li", "div", "script"),
    *("table", "thead", "tbody", "tr", "th", "td", "details", "summary", "dl", "dt", "dd"),
    *("form", "input", "label", "button", "figure", "svg", "g", "rect", "text", "path"),
}
STYLES = {
    "plain": Style(),
    "terminal": Style(color=True, width=60),
    "ascii": Style(ascii=True, quiet=False, rows=10),
}


@pytest.fixture(scope="module")
def report() -> Report:
    """The plan that is full of payloads, with a policy that quotes names as well."""
    return analyze([str(PLAN)], assume=["encryption_by_default=off"])


def rendered(report: Report, name: str, look: str = "plain") -> str:
    return renderer(name).render(report, STYLES[look]).decode("utf-8")


def test_the_plan_is_what_its_generator_writes() -> None:
    assert PLAN.read_text(encoding="ascii") == written()


def test_every_payload_is_in_the_report(report: Report) -> None:
    text = json.dumps(json.loads(rendered(report, "json")), ensure_ascii=False)
    missing = [p for p in PAYLOADS if json.dumps(p, ensure_ascii=False)[1:-1] not in text]
    assert missing == []
    assert report.problems == []
    assert {f.rule for f in report.findings} >= {"EBS001", "EBS002", "EBS003"}


@pytest.mark.parametrize("look", STYLES)
@pytest.mark.parametrize("name", FORMATS)
def test_no_output_holds_what_acts_on_a_terminal_or_a_log(
    report: Report, name: str, look: str
) -> None:
    text = rendered(report, name, look)
    if name == "table":
        text = re.sub(r"\x1b\[[0-9;]*m", "", text)  # our own colours
    assert text.endswith("\n")
    hidden = {c for c in text if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp", "Cn")}
    assert hidden <= {"\n", "\ufe0f"}, hidden  # U+FE0F: our own warning sign
    assert "##[" not in text
    assert "##vso[" not in text
    commands = [line for line in text.splitlines() if line.lstrip().startswith("::")]
    if name != "github":
        assert commands == []


def test_github_gets_our_commands_and_no_others(report: Report) -> None:
    lines = rendered(report, "github").splitlines()
    assert 2 <= len(lines) <= 11
    for line in lines:
        command, properties, _ = _parsed(line)
        assert command in ("error", "warning", "notice")
        assert set(properties) <= {"file", "line", "col", "title"}
        assert "::" not in line[2:].replace("::", "", 1)
    titles = [_parsed(line)[1]["title"] for line in lines[:-1]]
    addresses = {device.address for device in report.devices}
    shown = [unshow(t.partition(" ")[2]) for t in titles if "…" not in t]
    assert shown
    assert set(shown) <= addresses


def _parsed(line: str) -> tuple[str, dict[str, str], str]:
    """A command as GitHub's runner reads it (ActionCommand.cs, TryParseV2)."""
    assert line.startswith("::")
    head, separator, data = line[2:].partition("::")
    assert separator
    name, _, rest = head.partition(" ")
    properties = {}
    for item in rest.split(",") if rest else ():
        key, _, value = item.partition("=")
        for escape, char in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ",")):
            value = value.replace(escape, char)
        properties[key] = value.replace("%25", "%")
    return name, properties, data


@pytest.mark.parametrize("name", ["json", "sarif", "gitlab"])
def test_json_formats_are_json(report: Report, name: str) -> None:
    json.loads(rendered(report, name))


def test_sarif_names_can_be_read_back_and_open_no_link(report: Report) -> None:
    log = json.loads(rendered(report, "sarif"))
    results = log["runs"][0]["results"]
    names = {r["locations"][0]["logicalLocations"][0]["name"] for r in results}
    assert {unshow(name) for name in names} == {f.address for f in report.findings}
    for result in results:
        message = result["message"]["text"]
        assert not re.search(r"(?<!\\)(\\\\)*[\[\]]", message), message


def test_junit_is_xml_and_its_names_can_be_read_back(report: Report) -> None:
    root = ET.fromstring(rendered(report, "junit").encode())  # noqa: S314 - our own output
    cases = [c for c in root.iter("testcase") if c.get("classname") == "aws_ebs_volume"]
    names = {(c.get("name") or "").removesuffix(" volume") for c in cases}
    addresses = {d.address for d in report.devices if d.type == "aws_ebs_volume"}
    assert len(names) == len(addresses)
    assert {unshow(n) for n in names if "…" not in n} <= addresses


class _Page(HTMLParser):
    """Collects what a browser would act on."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: set[str] = set()
        self.attributes: set[tuple[str, str]] = set()
        self.links: set[str | None] = set()
        self.texts: dict[str, list[str]] = {}
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        for key, value in attrs:
            self.attributes.add((tag, key))
            if key in ("href", "src", "action", "srcset", "data", "xlink:href"):
                self.links.add(value)
        if tag not in ("meta", "input"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.setdefault(self.open[-1] if self.open else "", []).append(data)


def test_html_has_our_elements_and_no_others(report: Report) -> None:
    text = rendered(report, "html")
    page = _Page()
    page.feed(text)
    assert page.open == []
    assert page.links == {"#devices"}
    assert page.texts["script"] == [SCRIPT]
    assert page.texts["style"] == [STYLE]
    assert not any(key.startswith("on") or key == "style" for _, key in page.attributes)
    assert page.tags <= TAGS
    assert f'content="{POLICY}"' in text


def _inline(markdown: str) -> list[Any]:
    tokens = MarkdownIt("commonmark", {"html": True}).enable("table").parse(markdown)
    for token in tokens:
        assert token.type not in ("heading_open", "code_block") or token.markup in ("###", "")
        if token.type == "fence":
            assert token.info == "mermaid"
    return [child for token in tokens for child in token.children or ()]


def test_markdown_has_our_marks_and_no_others(report: Report) -> None:
    text = rendered(report, "markdown")
    assert text.startswith(MARKER + "\n")
    assert text.count(MARKER) == 1
    children = _inline(text)
    types = {child.type for child in children}
    assert types <= {"text", "html_inline", "strong_open", "strong_close", "softbreak"}, types
    html = {child.content for child in children if child.type == "html_inline"}
    assert html <= {"<code>", "</code>", "<br>"}, html
    outside = re.sub(
        r"<code>.*?</code>", "", re.sub(r"```mermaid.*?```", "", text, flags=re.DOTALL)
    )
    # What GitHub makes links and notifications of.
    assert not re.search(r"&#64;|&#35;|@|GH-|www|://", outside)


def test_mermaid_has_our_lines_and_no_others(report: Report) -> None:
    lines = rendered(report, "mermaid").splitlines()
    grammar = re.compile(
        r"flowchart LR"
        r'|  n\d+\["(?:[A-Za-z0-9 _.-]|#\d+;|<br/>)*"\]:::(?:ok|bad|refused|open|outside)'
        r"|  n\d+ --> n\d+"
        r"|  classDef \w+ [\w#:,. -]+"
    )
    assert [line for line in lines if not grammar.fullmatch(line)] == []


def test_dot_has_our_lines_and_no_others(report: Report) -> None:
    for line in rendered(report, "dot").splitlines():
        assert re.fullmatch(
            r"digraph \{|  rankdir=LR|  node \[[a-z]+=[^\]]+\]|  n\d+ -> n\d+|\}"
            r'|  n\d+ \[label="(?:[A-Za-z0-9 _.-]|&#\d+;|\\n)*"(?:, [a-z]+=[\w#",]+)*\]',
            line,
        ), line


@pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed")
def test_graphviz_draws_texts_only(report: Report) -> None:
    done = subprocess.run(
        ["dot", "-Tsvg"], input=rendered(report, "dot").encode(), capture_output=True, check=True
    )
    tags = set(re.findall(rb"<([a-zA-Z]+)", done.stdout))
    assert tags == {b"svg", b"g", b"title", b"path", b"polygon", b"text"}


_ACTS = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]|##\[|##vso"
)


@pytest.mark.parametrize("name", FORMATS)
def test_names_of_files_and_reasons_of_ignores_act_on_nobody(name: str, tmp_path: Path) -> None:
    """On both streams of the command line, in reports, problems and what is suppressed."""
    for number, payload in enumerate(PAYLOADS):
        file = payload.replace("/", "_").replace("\0", "")[:60]
        reason = payload.splitlines()[0]
        (tmp_path / f"{file}.yaml").write_text(
            f"Resources:\n  V{number}:\n    # ebs-plan: ignore[EBS001] {reason}\n"
            "    Type: AWS::EC2::Volume\n    Properties: {Encrypted: false}\n"
        )
    (tmp_path / os.fsdecode(b"\xff.yaml")).write_text("Resources: {V: {Type: AWS::EC2::Volume}}")
    done = ebs_plan(".", "-o", name, cwd=tmp_path)
    assert done.returncode == 2
    for text in (done.stdout, done.stderr):
        assert not _ACTS.search(text)
        commands = [line for line in text.splitlines() if line.lstrip().startswith("::")]
        assert [c for c in commands if not re.match("::(error|warning|notice) ", c)] == []
        assert name == "github" or commands == []
