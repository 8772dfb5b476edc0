"""Explanations are complete, offline, 80 columns wide, and the same as JSON."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from analyzer import Explanation, analyze, explain
from analyzer.core.facts import DOUBTS
from analyzer.core.tables import BEFORE, SOURCES, TABLES
from analyzer.errors import UsageError
from analyzer.explanation.explain import explain_id
from analyzer.explanation.statements import STATEMENTS, Statement, ask
from analyzer.explanation.statements import as_text as statements_text
from analyzer.policy.rules import RULES
from analyzer.report.explained import as_json, as_text
from analyzer.wire import Proof, Report

EXAMPLE = "fixtures/example/plan.json"
PLANS = sorted(str(p) for p in Path("fixtures/terraform").glob("*/plan.json"))
ROWS = {row.id: row for table in TABLES.values() for row in table.rows} | dict(BEFORE)


@cache
def proved(path: str) -> Report:
    return analyze([path], proofs=True)


def fits(text: str) -> None:
    for line in text.splitlines():
        whole = "https://" in line or "arn:aws" in line  # what is copied is never broken
        assert len(line) <= 80 or whole, line


@pytest.mark.parametrize("name", ["RI-99", "EBS099", "OQ-2", "cs-77"])
def test_an_id_that_there_is_not_is_no_address(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    from analyzer.cli import main

    with pytest.raises(SystemExit) as done:
        main(["explain", name])
    assert done.value.code == 2
    assert f"there is no rule, row or open question {name}" in capsys.readouterr().err


# -- devices -----------------------------------------------------------------------------


@pytest.mark.parametrize("path", [EXAMPLE, *PLANS])
def test_every_device_of_every_plan_is_explained(path: str) -> None:
    report = proved(path)
    for address in dict.fromkeys(d.address for d in report.devices):
        explanation = explain(report, address)
        devices = [found.device for found in explanation.devices]
        assert devices == [d for d in report.devices if d.address == address]
        text = as_text(explanation)
        fits(text)
        for found in explanation.devices:
            assert isinstance(found.device.proof, Proof)
            assert {row.id for row in found.rows} == {
                o.row for o in found.device.outcomes if o.row in ROWS
            }
            assert all(row.sources and row.confidence for row in found.rows)
            assert found.device.proof.chain or found.device.operation == "CreateVolume"
        assert json.loads(as_json(explanation))["subject"] == address


@pytest.mark.parametrize("path", [EXAMPLE, *PLANS])
def test_every_row_that_decides_anything_has_words(path: str) -> None:
    for device in proved(path).devices:
        for outcome in device.outcomes:
            assert outcome.row in ROWS
            assert outcome.because


def test_the_explanation_of_a_device_holds_the_proof() -> None:
    text = as_text(explain(proved(EXAMPLE), "aws_autoscaling_group.worker"))
    for words in (
        "encrypted with aws_kms_key.data",
        "1. image ami-0bbbbbbbbbbbbbbbb: root device /dev/xvda",
        "3. template aws_launch_template.worker",
        "2. aws_launch_template.worker: encrypted = true, KMS key = aws_kms_key.data",
        "3. together: encrypted = true, KMS key = aws_kms_key.data",
        "snapshot(snap-0bbbbbbbbbbbbbbb1) = unencrypted  (input)",
        "RI-3 (RunInstances): Encrypted=true with a key",
        "confidence: documented",
        "https://docs.aws.amazon.com/ebs/latest/userguide/encryption-examples.html",
    ):
        assert words in text


def test_each_fact_says_who_told_it(tmp_path: Path) -> None:
    facts = tmp_path / "facts.yaml"
    facts.write_text("snapshots:\n  snap-0123456789abcdef0: {encrypted: true}\n", encoding="utf-8")
    report = analyze(
        [EXAMPLE], facts=facts, assume=["owner(snap-0123456789abcdef0)=other"], proofs=True
    )
    (device,) = [d for d in report.devices if d.device == "/dev/sdf"]
    assert isinstance(device.proof, Proof)
    told = {e.fact: e for e in device.proof.evidence}
    assert told["owner(snap-0123456789abcdef0)"].source == "command line"
    state = told["snapshot(snap-0123456789abcdef0)"]
    assert (state.source, state.answer) == ("facts file", "encrypted")
    assert state.location is not None
    assert (state.location.path, state.location.line) == (str(facts), 2)
    text = as_text(explain(report, "aws_instance.database"))
    assert "(command line)" in text
    assert "(facts file," in text


def test_a_tree_shows_every_outcome_once_under_its_answers() -> None:
    text = as_text(explain(proved(EXAMPLE), "aws_instance.database"))
    tree = text[text.index("everything that remains") : text.index("to settle it")]
    assert " ".join(tree.split()) == (
        "everything that remains possible "
        "if snapshot(snap-0123456789abcdef0) is unencrypted: unencrypted [RI-11] "
        "if snapshot(snap-0123456789abcdef0) is encrypted: "
        "if owner(snap-0123456789abcdef0) is self: encrypted with the key of its source [RI-6] "
        "if owner(snap-0123456789abcdef0) is other: "
        "encrypted with the account's default key [RI-7]"
    )


def test_without_proofs_the_rows_and_the_tree_are_explained_all_the_same() -> None:
    explanation = explain(analyze([EXAMPLE]), "aws_instance.database")
    assert {row.id for found in explanation.devices for row in found.rows} >= {"RI-6", "RI-7"}
    fits(as_text(explanation))


def test_one_device_is_explained_by_its_id() -> None:
    report = proved(EXAMPLE)
    device = report.devices[0]
    (found,) = explain(report, device.id).devices
    assert found.device is device


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("aws_instance.databse", "did you mean aws_instance.database?"),
        ("zzz", "no volume or snapshot of the input is called zzz"),
    ],
)
def test_a_wrong_address_is_told(address: str, words: str) -> None:
    with pytest.raises(UsageError, match=words.replace("?", r"\?")):
        explain(proved(EXAMPLE), address)


# -- rules, rows, doubts -----------------------------------------------------------------


@pytest.mark.parametrize("name", [r.id for r in RULES] + list(ROWS) + list(DOUBTS))
def test_every_rule_row_and_doubt_is_explained_offline(name: str) -> None:
    explanation = explain_id(name)
    assert explanation is not None
    assert explanation.subject == name
    assert explain_id(name.lower()) == explanation
    text = as_text(explanation)
    fits(text)
    assert name in text
    for row in explanation.rows:
        for tag in ROWS[row.id].source.split():
            assert SOURCES[tag].url in text


@pytest.mark.parametrize("name", ["RI-99", "EBS999", "OQ-99", "", "aws_instance.x"])
def test_what_is_no_id_is_none(name: str) -> None:
    assert explain_id(name) is None


def test_the_api_needs_no_report_for_an_id() -> None:
    found = explain(proved(EXAMPLE), "RI-7")
    assert isinstance(found, Explanation)
    assert found.rows[0].outcomes == ["DEFAULT"]


# -- the AWS page ------------------------------------------------------------------------


@pytest.mark.parametrize("statement", STATEMENTS, ids=lambda s: str(s.number))
def test_every_statement_of_the_page_is_answered_by_its_row(statement: Statement) -> None:
    decision = ask(statement)
    assert {o.symbol for o in decision.outcomes} == set(statement.symbols)
    assert {o.row for o in decision.outcomes} == set(statement.rows)


def test_the_page_has_its_statements() -> None:
    assert len(STATEMENTS) >= 24
    assert {s.operation for s in STATEMENTS} == {"RunInstances", "CopyImage"}
    text = statements_text(80)
    fits(text)
    for row in ("RI-6", "RI-7", "RI-8", "CI-5", "CI-7"):
        assert f"[{row}" in text


@pytest.mark.parametrize("statement", STATEMENTS[::6], ids=lambda s: str(s.number))
def test_the_command_of_a_statement_runs(
    statement: Statement, capsys: pytest.CaptureFixture[str]
) -> None:
    from analyzer.cli import main

    with pytest.raises(SystemExit) as done:
        main(shlex.split(statement.command)[1:])
    assert done.value.code == 0
    assert statement.rows[0] in capsys.readouterr().out


# -- the command line --------------------------------------------------------------------


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    def run(*args: str) -> tuple[int, str, str]:
        from analyzer.cli import main

        with pytest.raises(SystemExit) as done:
            main(list(args))
        out, err = capsys.readouterr()
        return int(done.value.code or 0), out, err

    return run


def test_the_command_explains_devices_rows_and_tables(
    run: Callable[..., tuple[int, str, str]],
) -> None:
    code, out, _ = run("explain", "aws_instance.web", EXAMPLE)
    assert code == 0
    assert "aws_instance.web  /dev/xvda (root)" in out
    code, out, _ = run("explain", "RI-7", "--json")
    assert json.loads(out)["rows"][0]["id"] == "RI-7"
    code, out, _ = run("explain", "--table", "run-instances")
    assert out == run("table", "RunInstances")[1]
    code, out, _ = run("explain", "--seed")
    assert "since then:" in out


def test_the_tables_as_markdown_have_every_row_and_every_url(
    run: Callable[..., tuple[int, str, str]],
) -> None:
    code, out, _ = run("table")
    assert code == 0
    for table in TABLES.values():
        for row in table.rows:
            (line,) = [line for line in out.splitlines() if line.startswith(f"| {row.id} |")]
            assert line.count(" | ") == len(table.columns) + 4
            assert row.confidence.value in line
    for tag in {tag for t in TABLES.values() for r in t.rows for tag in r.source.split()}:
        assert f"]({SOURCES[tag].url})" in out


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["explain"], "name an address"),
        (["explain", "aws_instance.web"], "name its input"),
        (["explain", "--table", "Nope"], "no table of Nope"),
        (["table", "Nope"], "no table of Nope"),
    ],
)
def test_usage_errors_are_told(
    run: Callable[..., tuple[int, str, str]], args: list[str], words: str
) -> None:
    code, _, err = run(*args)
    assert code == 2
    assert words in err
