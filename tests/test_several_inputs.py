"""Several inputs in one run: what is one thing in reality is one fact, else each has its own."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from pathlib import Path

import msgspec
import pytest

from analyzer.asking import rank
from analyzer.engine import analyze
from analyzer.wire import Device, Report
from tests.running import ebs_plan

_ROOT = """\
variable "encrypted" { type = bool }
variable "profile" {}
provider "aws" { region = "eu-west-1" }
provider "aws" {
  alias   = "other"
  region  = "eu-west-1"
  profile = var.profile
}
data "aws_ami" "golden" { most_recent = true }
resource "aws_ebs_volume" "data" { encrypted = var.encrypted }
resource "aws_ebs_volume" "kept" { snapshot_id = "snap-0123456789abcdef0" }
resource "aws_ebs_volume" "elsewhere" { provider = aws.other }
resource "aws_instance" "web" { ami = data.aws_ami.golden.id }
"""
_TEMPLATE = """\
Parameters: {Encrypted: {Type: String, AllowedValues: ["true", "false"]}}
Resources:
  Data: {Type: AWS::EC2::Volume, Properties: {Encrypted: !Ref Encrypted, AvailabilityZone: a}}
"""
_EXPORTING = f"{_TEMPLATE}Outputs: {{E: {{Value: !Ref Encrypted, Export: {{Name: encrypted}}}}}}\n"
_IMPORTING = """\
Resources:
  Own:
    Type: AWS::EC2::Volume
    Properties: {Encrypted: !ImportValue encrypted, AvailabilityZone: a}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "main.tf").write_text(_ROOT)
    return tmp_path


def asked(devices: Iterable[Device]) -> set[str]:
    """The names of facts that devices hang on, which must be those in their decision trees."""
    devices = list(devices)
    named = {question.fact for device in devices for question in device.questions}
    assumed = {w.fact for device in devices for o in device.outcomes for w in o.when}
    assert named <= assumed
    return named


def verdicts(report: Report, address: str) -> dict[str, str]:
    return {d.input: d.verdict for d in report.devices if d.address == address}


def test_what_is_of_a_root_is_asked_for_each_and_what_is_of_aws_once(folder: Path) -> None:
    report = analyze(["a", "b"])
    everywhere = {
        *("encryption_by_default(eu-west-1)", "snapshot(snap-0123456789abcdef0)"),
        "owner(snap-0123456789abcdef0)",
    }
    for root in ("a", "b"):
        assert asked(d for d in report.devices if d.input == root) - everywhere == {
            f"{root}:var.encrypted",
            f"image({root}:data.aws_ami.golden:root)",
            f"owner({root}:data.aws_ami.golden)",
            f"encryption_by_default({root}:aws.other/eu-west-1)",
        }
    assert everywhere <= asked(report.devices)
    of_variables = [q for q in rank(report).questions if "var.encrypted" in q.fact]
    assert [(q.fact, q.hang) for q in of_variables] == [
        ("a:var.encrypted", 1),
        ("b:var.encrypted", 1),
    ]


def test_names_stay_short_where_no_other_input_has_them(folder: Path) -> None:
    alone = analyze(["a"])
    assert not any("a:" in name for name in asked(alone.devices))
    (folder / "b" / "main.tf").write_text('resource "aws_ebs_volume" "b" {}\n')
    together = analyze(["a", "b"])
    assert [d for d in together.devices if d.input == "a"] == alone.devices


@pytest.mark.parametrize(
    ("assume", "expected"),
    [
        (["a:var.encrypted=true"], {"a": "encrypted", "b": "depends"}),
        (["var.encrypted=true"], {"a": "encrypted", "b": "encrypted"}),
        (
            ["var.encrypted=true", "b:var.encrypted=false", "encryption_by_default=off"],
            {"a": "encrypted", "b": "unencrypted"},
        ),
    ],
)
def test_an_answer_is_about_one_root_or_about_all(
    folder: Path, assume: list[str], expected: dict[str, str]
) -> None:
    report = analyze(["a", "b"], assume=assume)
    assert verdicts(report, "aws_ebs_volume.data") == expected
    assert not report.notes
    facts = dict(text.split("=") for text in assume)
    (folder / "facts.yaml").write_text(json.dumps({"version": 1, "facts": facts}))
    told = analyze(["a", "b"], facts="facts.yaml")
    assert verdicts(told, "aws_ebs_volume.data") == expected
    checked = ebs_plan("facts", "check", "facts.yaml", "a", "b", cwd=folder)
    assert checked.stdout == "facts.yaml: nothing in it contradicts anything\n"


def test_the_proof_names_the_fact_that_was_answered(folder: Path) -> None:
    report = analyze(["a", "b"], assume=["b:var.encrypted=true"], proofs=True)
    (device,) = (d for d in report.devices if (d.input, d.address) == ("b", "aws_ebs_volume.data"))
    assert device.proof
    assert [(e.fact, e.answer) for e in device.proof.evidence] == [("b:var.encrypted", "true")]


def test_parameters_are_of_their_template(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("a.yaml", "b.yaml"):
        (tmp_path / name).write_text(_TEMPLATE)
    by_default = "encryption_by_default(this-region)"
    names = asked(analyze(["."]).devices)
    assert names == {by_default, "a.yaml:Encrypted", "b.yaml:Encrypted"}
    report = analyze(["."], assume=["a.yaml:Encrypted=true"])
    assert verdicts(report, "Data") == {"a.yaml": "encrypted", "b.yaml": "depends"}


def test_a_value_has_one_name_where_it_is_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.yaml").write_text(_EXPORTING)
    (tmp_path / "b.yaml").write_text(_IMPORTING)
    names = asked(analyze(["."]).devices)
    assert names == {"encryption_by_default(this-region)", "a.yaml:Encrypted"}
    for name in ("Encrypted", "a.yaml:Encrypted"):
        report = analyze(["."], assume=[f"{name}=true"])
        assert {device.verdict for device in report.devices} == {"encrypted"}


def test_values_are_of_their_plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = Path("fixtures/terraform/looked_up/plan.json").read_bytes()
    monkeypatch.chdir(tmp_path)
    for name in ("a.json", "b.json"):
        (tmp_path / name).write_bytes(plan)
    alone = asked(analyze(["a.json"]).devices)
    together = asked(analyze(["a.json", "b.json"]).devices)
    assert {name for name in alone if "data." in name}.isdisjoint(together)
    assert {name.replace("a.json:", "").replace("b.json:", "") for name in together} == alone


_OTHER = 'variable "n" { default = 0 }\nmodule "b" {\n  source = "../b"\n  %s\n}\n'


@pytest.mark.parametrize(
    "argument",
    [
        "count = var.n == 0 ? 0 : 1",
        "count = var.n - var.n",
        "for_each = { for k, v in { a = var.n } : k => v if v > 0 }",
        "for_each = toset(slice([], 0, 0))",
    ],
)
def test_a_folder_that_is_called_not_even_once_is_a_root_module(
    folder: Path, argument: str
) -> None:
    """And what it calls is read where it calls it."""
    (folder / ".git").mkdir()  # so that each reads what lies beside it
    (folder / "c").mkdir()
    (folder / "a" / "main.tf").write_text(_OTHER % argument)
    (folder / "b" / "main.tf").write_text('module "c" { source = "../c" }\n')
    (folder / "c" / "main.tf").write_text('resource "aws_ebs_volume" "v" {}\n')
    for paths in (["."], [".", "b"], ["b", "."]):
        report = analyze(paths)
        assert [(d.input, d.address) for d in report.devices] == [
            ("b", "module.c.aws_ebs_volume.v")
        ]
        assert sorted(found.path for found in report.inputs) == ["a", "b"]
    (folder / "a" / "main.tf").write_text(_OTHER % "count = var.n == 0 ? 1 : 0")
    report = analyze(["."])
    assert [d.address for d in report.devices] == ["module.b[0].module.c.aws_ebs_volume.v"]


def test_ranking_the_questions_of_many_inputs_takes_time_as_they_are_many(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(_TEMPLATE)
    one = msgspec.json.encode(analyze([str(tmp_path)]))

    def seconds(count: int) -> float:
        reports = [
            msgspec.json.decode(one.replace(b'"Encrypted"', b'"%d:Encrypted"' % n), type=Report)
            for n in range(count)
        ]
        devices = [device for report in reports for device in report.devices]
        whole = msgspec.structs.replace(reports[0], devices=devices)
        start = time.process_time()
        assert rank(whole).steps == count + 1
        return time.process_time() - start

    assert min(seconds(1200) for _ in range(2)) < 9 * min(seconds(300) for _ in range(2)) + 0.5
