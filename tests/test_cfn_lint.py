"""The rules inside the real cfn-lint, in both of its ways to load them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
BOOLEANS = ROOT / "fixtures/cloudformation/booleans/template.yaml"
CDK = ROOT / "fixtures/cloudformation/cdk/template.json"
OFF = ["-x", "E9701:encryption_by_default=off"]

pytest.importorskip("cfnlint", reason="cfn-lint is not installed: pip install '.[cfn-lint]'")


def cfn_lint(template: Path, *args: str) -> list[dict[str, Any]]:
    """The matches of our rules."""
    done = subprocess.run(
        [str(Path(sys.executable).with_name("cfn-lint")), str(template), "-f", "json", *args],
        cwd=ROOT,
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert done.returncode in (0, 2, 4, 6, 8, 10, 12, 14), done.stderr
    matches: list[dict[str, Any]] = json.loads(done.stdout)
    assert not [m for m in matches if m["Rule"]["Id"] == "E0002"]
    return [m for m in matches if m["Rule"]["Id"][1:3] == "97"]


WAYS = pytest.mark.parametrize(
    "way", ["analyzer.plugins.cfn_lint", "plugins/cfn_lint"], ids=["module", "folder"]
)


@WAYS
def test_findings_stand_at_their_property(way: str) -> None:
    found = {
        (m["Rule"]["Id"], m["Location"]["Path"][1]): m for m in cfn_lint(BOOLEANS, "-a", way, *OFF)
    }
    assert set(found) == {("E9701", "Denied"), ("E9702", "Word")}
    assert found["E9701", "Denied"]["Location"]["Start"]["LineNumber"] == 11
    assert found["E9702", "Word"]["Location"]["Path"][-1] == "Encrypted"
    assert "BX-8" not in found["E9702", "Word"]["Message"]
    assert "takes a Boolean" in found["E9702", "Word"]["Message"]


@WAYS
def test_what_depends_is_information(way: str) -> None:
    ids = {m["Rule"]["Id"] for m in cfn_lint(BOOLEANS, "-a", way, "-c", "I")}
    assert "I9703" in ids
    assert not any(i.startswith("E9701") for i in ids)


def test_a_facts_file_settles(tmp_path: Path) -> None:
    facts = tmp_path / "facts.yaml"
    facts.write_text("facts:\n  encryption_by_default: 'on'\n", encoding="utf-8")
    ids = {
        m["Rule"]["Id"]
        for m in cfn_lint(
            BOOLEANS, "-a", "analyzer.plugins.cfn_lint", "-c", "I", "-x", f"I9700:facts={facts}"
        )
    }
    assert "E9701" not in ids
    assert "I9703" not in ids


@pytest.mark.parametrize(
    ("text", "place"), [("acounts: {}\n", "facts.yaml:1: "), (None, "facts.yaml: ")]
)
def test_a_broken_facts_file_is_an_error_and_no_silence(
    tmp_path: Path, text: str | None, place: str
) -> None:
    facts = tmp_path / "facts.yaml"
    if text is not None:
        facts.write_text(text, encoding="utf-8")
    rules = ("-a", "analyzer.plugins.cfn_lint", "-x", f"I9700:facts={facts}")
    (found,) = cfn_lint(BOOLEANS, *rules, "-i", "W", "E1", "E3")
    assert found["Rule"]["Id"] == "E9700"
    assert place in found["Message"]


@pytest.mark.parametrize(("region", "expected"), [("eu-west-1", "I9731"), ("us-east-1", "E9701")])
def test_the_region_that_cfn_lint_is_given_is_the_stacks(
    tmp_path: Path, region: str, expected: str
) -> None:
    facts, template = tmp_path / "facts.yaml", tmp_path / "template.yaml"
    regions = "eu-west-1: {encryption_by_default: on}, us-east-1: {encryption_by_default: off}"
    facts.write_text(f"accounts: {{'111122223333': {{regions: {{{regions}}}}}}}\n", "utf-8")
    template.write_text(
        "Resources:\n"
        "  V:\n"
        "    Type: AWS::EC2::Volume\n"
        "    Properties: {AvailabilityZone: !Select [0, !GetAZs ''], Size: 1}\n",
        "utf-8",
    )
    rules = ("-a", "analyzer.plugins.cfn_lint", "-c", "I", "-x", f"I9700:facts={facts}")
    ids = {m["Rule"]["Id"] for m in cfn_lint(template, *rules, "-r", region)}
    assert {i for i in ids if i[1:3] == "97"} == {expected}


def test_cfn_lints_own_ignores_hold(tmp_path: Path) -> None:
    args = ["-a", "analyzer.plugins.cfn_lint", *OFF]
    assert not [m for m in cfn_lint(BOOLEANS, *args, "-i", "E9701") if m["Rule"]["Id"] == "E9701"]
    template = tmp_path / "template.yaml"
    template.write_text(
        "Resources:\n"
        "  V:\n"
        "    Type: AWS::EC2::Volume\n"
        "    Metadata:\n"
        "      cfn-lint: {config: {ignore_checks: [E9701]}}\n"
        "    Properties: {AvailabilityZone: a, Size: 1, Encrypted: false}\n",
        encoding="utf-8",
    )
    assert not cfn_lint(template, *args)


def test_json_of_the_cdk_is_read() -> None:
    found = cfn_lint(CDK, "-a", "analyzer.plugins.cfn_lint", "-c", "I")
    assert ("I9703", "ServerInstance0BADCAFE") in {
        (m["Rule"]["Id"], m["Location"]["Path"][1]) for m in found
    }
