"""What each format promises to the program that reads it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest

from analyzer import analyze
from analyzer.report import FORMATS, Style, renderer
from analyzer.report.json import parse
from analyzer.report.markdown import MARKER
from analyzer.wire import Device, Finding, Location, NotAnalyzed, Problem, Report
from tests.running import Done, ebs_plan

ROOT = Path(__file__).resolve().parent.parent
CHAIN = "fixtures/terraform/ami_copy_chain/plan.json"
PLANS = sorted(str(p.relative_to(ROOT)) for p in ROOT.glob("fixtures/terraform/*/plan.json"))
SARIF = json.loads((ROOT / "tests/data/sarif-schema-2.1.0.json").read_bytes())
GITLAB = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "properties": {
            "description": {"type": "string", "minLength": 1},
            "check_name": {"type": "string"},
            "fingerprint": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": {
                "type": "object",
                "required": ["path", "lines"],
                "properties": {
                    "path": {"type": "string", "pattern": "^[^/]"},
                    "lines": {
                        "type": "object",
                        "required": ["begin"],
                        "properties": {"begin": {"type": "integer", "minimum": 1}},
                    },
                },
            },
        },
    },
}


@pytest.fixture(autouse=True)
def _in_the_checkout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


def scan(*paths: str, assume: tuple[str, ...] = ()) -> Report:
    return analyze(paths, assume=assume)


def rendered(report: Report, name: str, **style: Any) -> str:
    return renderer(name).render(report, Style(**style)).decode("utf-8")


def sarif(report: Report) -> dict[str, Any]:
    run: dict[str, Any] = json.loads(rendered(report, "sarif"))["runs"][0]
    return run


def junit(report: Report) -> ET.Element:
    """The JUnit report, parsed; its numbers are those of its cases."""
    root = ET.fromstring(rendered(report, "junit").encode())  # noqa: S314 - our own output
    for element in (root, *root):
        kinds = {"tests": "testcase", "failures": "failure", "errors": "error"}
        for number, name in {**kinds, "skipped": "skipped"}.items():
            assert int(element.get(number, "")) == sum(1 for _ in element.iter(name))
    return root


@pytest.mark.parametrize("plan", PLANS)
def test_every_format_says_something_valid_of_every_plan(plan: str) -> None:
    report = scan(plan)
    log = json.loads(rendered(report, "sarif"))
    jsonschema.Draft4Validator(SARIF).validate(log)
    jsonschema.Draft202012Validator(GITLAB).validate(json.loads(rendered(report, "gitlab")))
    junit(report)
    for name in FORMATS:
        assert rendered(report, name).endswith("\n")


def test_what_was_saved_as_json_is_the_report() -> None:
    report = scan(CHAIN)
    assert parse("x", rendered(report, "json").encode()) == report


# -- SARIF -----------------------------------------------------------------------------------


def test_sarif_points_into_the_checkout_only(tmp_path: Path) -> None:
    outside = tmp_path / "plan.json"
    outside.write_bytes((ROOT / CHAIN).read_bytes())
    for path, inside in ((CHAIN, True), (str(ROOT / CHAIN), True), (str(outside), False)):
        results = sarif(scan(path))["results"]
        assert results
        for result in results:
            (location,) = result["locations"]
            assert location["logicalLocations"][0]["fullyQualifiedName"]
            assert ("physicalLocation" in location) is inside
            if inside:
                artifact = location["physicalLocation"]["artifactLocation"]
                assert artifact == {"uri": CHAIN, "uriBaseId": "%SRCROOT%"}


MULTITOOL = os.environ.get("SARIF_MULTITOOL", "")


@pytest.mark.skipif(
    not os.path.isfile(MULTITOOL),
    reason="SARIF_MULTITOOL names no program: npm install @microsoft/sarif-multitool-linux",
)
def test_microsofts_validator_has_no_complaint_but_that_there_is_no_homepage(
    tmp_path: Path,
) -> None:
    (tmp_path / "rest.json").write_bytes((ROOT / CHAIN).read_bytes())
    inputs = {
        "plan": [CHAIN, "fixtures/example/plan.json"],
        "source": ["fixtures/twins"],
        "failed": ["fixtures/wrong_input/plan.txt"],
        "outside": [str(tmp_path / "rest.json")],
    }
    for name, paths in inputs.items():
        (tmp_path / f"{name}.sarif").write_text(rendered(scan(*paths), "sarif"), encoding="utf-8")
    files = [str(tmp_path / f"{name}.sarif") for name in inputs]
    done = subprocess.run(
        [MULTITOOL, "validate", *files, "--rule-kind", "Sarif;Ghas"],
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    said = re.findall(r"(?:error|warning|note) [A-Z]+\d+: [^:]+: [^\n]*", done.stdout)
    assert "Analysis completed successfully" in done.stdout, done.stdout
    assert [line for line in said if "SARIF2005" not in line] == []


def test_sarif_shows_the_chain_as_a_code_flow() -> None:
    results = sarif(scan(CHAIN))["results"]
    flow = next(r for r in results if r["message"]["text"].startswith("aws_instance.plain"))
    steps = flow["codeFlows"][0]["threadFlows"][0]["locations"]
    names = [step["location"]["logicalLocations"][0]["name"] for step in steps]
    assert names == [
        "aws_ebs_volume.golden",
        "aws_ebs_snapshot.golden",
        "aws_ami.golden",
        "aws_ami_copy.plain",
        "aws_instance.plain",
    ]


def test_sarif_fingerprints_do_not_hang_on_lines_or_order(tmp_path: Path) -> None:
    template = (
        "Resources:\n  A:\n    Type: AWS::EC2::Volume\n    Properties: {Size: 1}\n"
        "  B:\n    Type: AWS::EC2::Volume\n    Properties: {Size: 1}\n"
    )
    prints = []
    for text in (template, "# more\n\n" + template.replace("  B:", "\n  # moved\n  B:")):
        path = tmp_path / "t.yaml"
        path.write_text(text)
        results = sarif(scan(str(path)))["results"]
        prints.append({r["partialFingerprints"]["ebsPlan/v1"] for r in results})
    assert prints[0] == prints[1]
    assert len(prints[0]) == 2


def test_sarif_has_at_most_as_many_results_as_github_takes_and_the_worst_of_them() -> None:
    report = scan(CHAIN, assume=("encryption_by_default=off",))
    worst = next(f for f in report.findings if f.level == "error")
    note = next(f for f in report.findings if f.level == "note")
    note = msgspec.structs.replace(note, address="x")  # of no device, so of no chain
    many = msgspec.structs.replace(report, findings=[note] * 30_000 + [worst])
    run = sarif(many)
    assert len(run["results"]) == 25_000
    assert run["results"][0]["level"] == "error"
    said = run["invocations"][0]["toolExecutionNotifications"]
    assert any("5001 results are left out" in n["message"]["text"] for n in said)


def test_sarif_tells_every_rule_with_help() -> None:
    for rule in sarif(scan(CHAIN))["tool"]["driver"]["rules"]:
        assert rule["help"]["text"]
        assert rule["help"]["markdown"]
        assert re.fullmatch(r"EBS\d{3}", rule["id"])


def test_sarif_says_when_the_run_failed() -> None:
    run = sarif(scan("fixtures/wrong_input/plan.txt"))
    (invocation,) = run["invocations"]
    assert invocation["executionSuccessful"] is False
    assert invocation["toolExecutionNotifications"][0]["level"] == "error"


# -- JUnit -----------------------------------------------------------------------------------


def test_junit_has_a_suite_for_each_input_and_a_case_for_each_device() -> None:
    report = scan("fixtures/example/plan.json", CHAIN, "fixtures/wrong_input/plan.txt")
    suites = list(junit(report))
    assert [suite.get("name") for suite in suites] == [i.path for i in report.inputs]
    kinds = {"depends": "skipped", "unencrypted": "failure", "rejected": "failure"}
    for suite in suites:
        devices = [d for d in report.devices if d.input == suite.get("name")]
        for device, case in zip(devices, suite, strict=False):
            assert case.get("name", "").startswith(device.address)
            found = [child.tag for child in case if child.tag != "system-out"]
            assert found == ([kinds[device.verdict]] if device.verdict in kinds else [])
    assert suites[2].get("errors") == "1"


def test_junit_loses_nothing_that_is_about_no_device() -> None:
    report = scan(CHAIN)
    place = Location(path="modules/other/main.tf", line=3)
    finding = Finding(
        rule="EBS032",
        level="warning",
        certainty="certain",
        address="x",
        device=None,
        message="m",
        help="h",
        location=place,
        fingerprint="0" * 32,
    )
    more = msgspec.structs.replace(
        report,
        findings=[finding],
        not_analyzed=[NotAnalyzed(address="module.x", reason="r", location=place)],
        problems=[Problem(path="modules/other/x.tf", code="input-hcl", message="m")],
    )
    root = junit(more)
    assert root.get("tests") == str(len(report.devices) + 3)
    assert (root.get("failures"), root.get("errors")) == ("1", "1")


# -- GitHub and GitLab -----------------------------------------------------------------------


def test_github_shows_the_worst_ten_and_then_the_sum() -> None:
    report = scan("fixtures/example/plan.json")
    note, error = (
        msgspec.structs.replace(report.findings[0], level=level) for level in ("note", "error")
    )
    many = msgspec.structs.replace(report, findings=[note] * 20 + [error])
    lines = rendered(many, "github").splitlines()
    assert len(lines) == 11
    assert lines[0].startswith("::error ")
    assert lines[-1].startswith("::notice title=ebs-plan::")
    assert "11 more findings" in lines[-1]


def test_github_marks_the_line_of_a_file_in_the_checkout() -> None:
    report = scan("fixtures/example/plan.json")
    place = Location(path="modules/a,b:c/main.tf", line=14, column=3)
    moved = msgspec.structs.replace(report.findings[0], location=place)
    line = rendered(msgspec.structs.replace(report, findings=[moved]), "github").splitlines()[0]
    assert "file=modules/a%2Cb%3Ac/main.tf,line=14,col=3,title=EBS" in line


def test_gitlab_fingerprints_are_unique_and_hold_no_name() -> None:
    issues = json.loads(rendered(scan(CHAIN, CHAIN), "gitlab"))
    prints = [issue["fingerprint"] for issue in issues]
    assert len(set(prints)) == len(prints)
    assert all(issue["location"]["path"] == CHAIN for issue in issues)


# -- Markdown --------------------------------------------------------------------------------


@pytest.mark.parametrize("limit", [200, 2_000, 10_000, 65_000])
def test_markdown_fits_its_limit_whatever_the_report_holds(limit: int) -> None:
    report = scan("fixtures/example/plan.json", CHAIN)
    findings = [
        msgspec.structs.replace(finding, message=f"{finding.message} {number}")
        for number in range(400)
        for finding in report.findings
    ]
    many = msgspec.structs.replace(report, findings=findings, devices=report.devices * 300)
    text = rendered(many, "markdown", max_chars=limit)
    assert len(text) <= limit
    assert text.startswith(MARKER)
    assert text.count("<details") == text.count("</details>")
    if limit >= 2_000:
        assert "more findings" in text


def test_markdown_says_what_is_alike_and_how_to_fix_it_once() -> None:
    report = scan("fixtures/terraform/unencrypted/plan.json", "fixtures/example/plan.json")
    text = rendered(report, "markdown")
    for rule, count in (("EBS001", 1), ("EBS002", 1), ("EBS003", 1)):
        assert len(re.findall(rf"^- \*\*{rule}\*\*: ", text, re.MULTILINE)) == count
    volume = "aws&#95;ebs&#95;volume&#46;"
    both = f"<code>{volume}no</code><br><code>{volume}silent</code>"
    assert f"| {both} | volume may end up unencrypted |" in text
    many = msgspec.structs.replace(report, findings=report.findings * 400)
    assert "<br>and 397 more |" in rendered(many, "markdown")


def test_markdown_draws_the_chains_and_folds_the_details() -> None:
    text = rendered(scan(CHAIN), "markdown")
    assert text.count("```") == 2
    assert "flowchart LR" in text
    assert "<summary>Chains</summary>" in text


# -- diagrams --------------------------------------------------------------------------------


def test_a_diagram_leads_from_the_first_source_to_the_volume() -> None:
    lines = rendered(scan(CHAIN), "mermaid").splitlines()
    names = dict(re.findall(r'(n\d+)\["([^"<]*)', "\n".join(lines)))
    edges = {(names[s], names[t]) for s, t in re.findall(r"(n\d+) --> (n\d+)", "\n".join(lines))}
    assert {
        ("aws_ebs_volume.golden", "aws_ebs_snapshot.golden"),
        ("aws_ebs_snapshot.golden", "aws_ami.golden"),
        ("aws_ami.golden", "aws_ami_copy.sealed"),
        ("aws_ami_copy.sealed", "aws_instance.sealed"),
    } <= edges


def test_both_languages_draw_the_same_picture() -> None:
    report = scan(CHAIN, "fixtures/example/plan.json")
    mermaid, dot = rendered(report, "mermaid"), rendered(report, "dot")
    edges = re.findall(r"n\d+ --> n\d+", mermaid)
    assert edges == [edge.replace("->", "-->") for edge in re.findall(r"n\d+ -> n\d+", dot)]
    labels = [label.replace("<br/>", "\\n") for label in re.findall(r'\["(.*)"\]', mermaid)]
    assert [label.replace("#", "&#") for label in labels] == re.findall(r'label="([^"]*)"', dot)


def test_instances_that_are_alike_are_one_node() -> None:
    report = scan("fixtures/example/plan.json")
    device = report.devices[0]
    alike: list[Device] = [
        msgspec.structs.replace(device, address=f"aws_ebs_volume.x[{i}]") for i in range(5_000)
    ]
    text = rendered(msgspec.structs.replace(report, devices=alike), "mermaid")
    assert "aws_ebs_volume.x #40;5000 alike#41;" in text
    assert len(text) < 2_000


def test_a_report_without_devices_is_a_diagram_too() -> None:
    empty = msgspec.structs.replace(scan(CHAIN), devices=[], findings=[])
    for name in FORMATS:
        assert rendered(empty, name)


# -- several at once -------------------------------------------------------------------------


def run(*args: str) -> Done:
    return ebs_plan(*args, cwd=ROOT)


def test_one_run_writes_every_format_and_convert_writes_the_same_again(tmp_path: Path) -> None:
    files = {name: tmp_path / f"report.{name}" for name in FORMATS}
    outputs = [f"-o{name}={path}" for name, path in files.items()]
    done = run("scan", CHAIN, *outputs)
    assert (done.returncode, done.stdout) == (0, "")
    again = {name: tmp_path / f"again.{name}" for name in FORMATS}
    outputs = [f"-o{name}={path}" for name, path in again.items()]
    done = run("convert", str(files["json"]), *outputs)
    assert done.returncode == 0
    assert {n: p.read_bytes() for n, p in files.items()} == {
        n: p.read_bytes() for n, p in again.items()
    }


@pytest.mark.parametrize(
    ("plan", "more", "code"),
    [
        (CHAIN, [], 0),
        (CHAIN, ["--fail-on", "possible"], 1),
        ("fixtures/example/plan.json", [], 1),
        ("fixtures/wrong_input/plan.txt", [], 2),
    ],
)
def test_convert_ends_with_the_code_of_the_scan(
    tmp_path: Path, plan: str, more: list[str], code: int
) -> None:
    saved = tmp_path / "report.json"
    assert run("scan", plan, f"-ojson={saved}", *more).returncode == code
    assert run("convert", str(saved), "-omermaid", *more).returncode == code


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"version": 1}', "\x00", "[" * 100_000])
def test_convert_refuses_what_is_no_report(tmp_path: Path, text: str) -> None:
    path = tmp_path / "report.json"
    path.write_text(text)
    done = run("convert", str(path))
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert "is no report of this program" in done.stderr


def test_two_reports_never_go_to_one_place(tmp_path: Path) -> None:
    assert run("scan", CHAIN, "-otable", "-ojson").returncode == 2
    path = tmp_path / "x"
    assert run("scan", CHAIN, f"-otable={path}", f"-ojson={path}").returncode == 2
    assert not path.exists()


def test_a_workflow_gets_annotations_and_a_summary_without_arguments(tmp_path: Path) -> None:
    summary = tmp_path / "summary.md"
    summary.write_text("before\n")
    (tmp_path / "main.tf").write_text(
        'resource "aws_ebs_volume" "x" {\n  availability_zone = "eu-west-1a"\n  size = 1\n}\n'
    )
    done = ebs_plan(
        *("scan", "-o", "github"),
        cwd=tmp_path,
        GITHUB_ACTIONS="true",
        GITHUB_STEP_SUMMARY=str(summary),
    )
    assert done.returncode == 0, done.stderr
    assert "file=main.tf,line=1,col=1,title=EBS003 aws_ebs_volume.x" in done.stdout
    assert summary.read_text(encoding="utf-8").startswith(f"before\n{MARKER}\n")


@pytest.mark.parametrize("output", ["table", "markdown", "mermaid", "dot", "html"])
def test_nothing_is_said_of_what_was_not_analyzed(output: str, tmp_path: Path) -> None:
    whole = 'resource "aws_sns_topic" "t" {}\n'
    for text, end in ((whole, ""), ('module "m" {\n  source = "a/b/aws"\n}\n', "by what was")):
        (tmp_path / "main.tf").write_text(text)
        said = ebs_plan("scan", ".", "-o", output, cwd=tmp_path).stdout
        assert re.search(rf"no EBS volume or snapshot\s+is\s+created\s*{end}", said)
        assert ("by what was" in said) == bool(end)
