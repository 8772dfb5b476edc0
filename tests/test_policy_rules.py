"""The catalogue: what each finding applies to, and that nothing else gets it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from analyzer import analyze
from analyzer.policy.failing import Failing, parse_levels
from analyzer.policy.policy import Policy
from analyzer.policy.required_keys import RequiredKey
from analyzer.policy.rules import RULES, rule_by_id
from analyzer.policy.spec import FailOn
from analyzer.wire import Report

ROOT = Path(__file__).resolve().parent.parent
ON = ("encryption_by_default=on",)
OFF = ("encryption_by_default=off",)
ARN = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
OTHER = "arn:aws:kms:eu-west-1:111122223333:key/99999999-12ab-34cd-56ef-1234567890ab"


def template(tmp_path: Path, properties: str, type_: str = "AWS::EC2::Volume") -> str:
    path = tmp_path / "template.yaml"
    path.write_text(
        "Resources:\n  It:\n"
        f"    Type: {type_}\n    Properties: {{AvailabilityZone: eu-west-1a, {properties}}}\n"
    )
    return str(path)


def source(tmp_path: Path, text: str) -> str:
    (tmp_path / "main.tf").write_text(text)
    return str(tmp_path)


def volume(tmp_path: Path, arguments: str) -> str:
    return source(
        tmp_path,
        f'resource "aws_ebs_volume" "it" {{\n  availability_zone = "eu-west-1a"\n'
        f"  size = 1\n  {arguments}\n}}\n",
    )


def found(report: Report) -> list[str]:
    assert report.problems == []
    return [finding.rule for finding in report.findings]


# -- what a rule finds -----------------------------------------------------------------------


@dataclass(frozen=True)
class Case:
    """A volume, what is known, and every finding that there is."""

    arguments: str
    assume: tuple[str, ...]
    rules: tuple[str, ...]


SNAPSHOT = 'snapshot_id = "snap-0123456789abcdef0"'
MINE = ("snapshot=encrypted", "owner=self")
CASES = {
    "plain": Case("", OFF, ("EBS001",)),
    "key alone": Case(f'kms_key_id = "{ARN}"', OFF, ("EBS002",)),
    "unknown account": Case("", (), ("EBS003",)),
    "all good": Case(f'encrypted = true\n  kms_key_id = "{ARN}"', (), ()),
    "default key": Case("encrypted = true", (), ()),
    "keeps its key": Case(f"{SNAPSHOT}\n  encrypted = true", MINE, ("EBS007",)),
    "keeps its key, unasked": Case(SNAPSHOT, MINE, ()),
    "a key of its own": Case(f'{SNAPSHOT}\n  encrypted = true\n  kms_key_id = "{ARN}"', MINE, ()),
    "replaced forever": Case("encrypted = false", ON, ("EBS009",)),
    "false and plain": Case("encrypted = false", OFF, ("EBS001",)),
    "by the account only": Case("", ON, ("EBS031",)),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_terraform_volume_gets_these_findings_and_no_others(tmp_path: Path, case: Case) -> None:
    report = analyze([volume(tmp_path, case.arguments)], assume=case.assume)
    assert found(report) == list(case.rules)


TEMPLATE_CASES = {
    "plain": Case("Size: 1", OFF, ("EBS001",)),
    "false overridden": Case("Size: 1, Encrypted: false", ON, ("EBS008",)),
    "false and plain": Case("Size: 1, Encrypted: false", OFF, ("EBS001",)),
    "all good": Case("Size: 1, Encrypted: true", (), ()),
}


@pytest.mark.parametrize("case", TEMPLATE_CASES.values(), ids=TEMPLATE_CASES)
def test_a_template_volume_gets_these_findings_and_no_others(tmp_path: Path, case: Case) -> None:
    report = analyze([template(tmp_path, case.arguments)], assume=case.assume)
    assert found(report) == list(case.rules)


def test_a_setting_of_the_input_itself_is_not_relied_on_in_silence(tmp_path: Path) -> None:
    text = (
        'resource "aws_ebs_encryption_by_default" "on" {}\n'
        'resource "aws_ebs_volume" "it" {\n  availability_zone = "eu-west-1a"\n  size = 1\n'
        "  depends_on = [aws_ebs_encryption_by_default.on]\n}\n"
    )
    assert found(analyze([source(tmp_path, text)])) == []


COPY = 'resource "aws_ami_copy" "it" {{\n  name = "x"\n  source_ami_id = "ami-0a1b2c3d4e5f60718"\n  source_ami_region = "eu-west-1"\n  {}\n}}\n'  # noqa: E501


def test_a_copy_in_plain_text_is_told_beside_the_finding_that_fails(tmp_path: Path) -> None:
    assume = (*OFF, "image=unencrypted", "owner=self", "other_devices_encrypted=no")
    report = analyze([source(tmp_path, COPY.format(""))], assume=assume)
    assert found(report) == ["EBS001", "EBS006"]
    report = analyze([source(tmp_path, COPY.format("encrypted = true"))], assume=assume)
    assert found(report) == []


MAPPED = """
Resources:
  Web:
    Type: AWS::EC2::Instance
    Properties:
      ImageId: ami-0a1b2c3d4e5f60718
      BlockDeviceMappings:
        - DeviceName: {name}
          Ebs: {{Encrypted: true, VolumeSize: 20}}
"""
ROOT_IS_XVDA = (
    *OFF,
    "owner=self",
    "image=unencrypted",
    "root_device_name(ami-0a1b2c3d4e5f60718)=/dev/xvda",
)


@pytest.mark.parametrize(
    ("name", "assume", "rules"),
    [
        ("/dev/sda1", ROOT_IS_XVDA, {"EBS001", "EBS030"}),
        ("/dev/xvda", ROOT_IS_XVDA, set()),
        ("/dev/sdf", ROOT_IS_XVDA, {"EBS001"}),
    ],
)
def test_encryption_beside_the_root_is_found_where_the_root_is_known(
    tmp_path: Path, name: str, assume: tuple[str, ...], rules: set[str]
) -> None:
    path = tmp_path / "t.yaml"
    path.write_text(MAPPED.format(name=name))
    assert set(found(analyze([str(path)], assume=assume))) == rules


def test_encryption_beside_the_root_is_no_finding_where_the_root_is_not_known(
    tmp_path: Path,
) -> None:
    path = tmp_path / "t.yaml"
    path.write_text(MAPPED.format(name="/dev/sda1"))
    assert "EBS030" not in found(analyze([str(path)], assume=OFF))


# -- required keys ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "assume", "required", "rules"),
    [
        (f'encrypted = true\n kms_key_id = "{ARN}"', (), (ARN,), ()),
        (f'encrypted = true\n kms_key_id = "{ARN}"', (), ("customer-managed",), ()),
        (f'encrypted = true\n kms_key_id = "{ARN}"', (), (ARN.rpartition("/")[2],), ()),
        (f'encrypted = true\n kms_key_id = "{ARN}"', (), (OTHER,), ("EBS004",)),
        (f'encrypted = true\n kms_key_id = "{ARN}"', (), (OTHER, ARN), ()),
        (f'encrypted = true\n kms_key_id = "{ARN}"', (), ("alias/data",), ("EBS005",)),
        ("encrypted = true", (), ("customer-managed",), ("EBS005",)),
        ("encrypted = true", ("default_key=aws_managed",), ("customer-managed",), ("EBS004",)),
        ("encrypted = true", ("default_key=aws_managed",), ("alias/aws/ebs",), ()),
        ('encrypted = true\n kms_key_id = "alias/data"', (), ("alias/other",), ("EBS004",)),
        (
            'encrypted = true\n kms_key_id = "alias/data"',
            (),
            ("arn:aws:kms:eu-west-1:111122223333:alias/data",),
            (),
        ),
        ("", OFF, (ARN,), ("EBS001",)),
    ],
)
def test_a_required_key_is_compared_as_far_as_names_can_be(
    tmp_path: Path,
    arguments: str,
    assume: tuple[str, ...],
    required: tuple[str, ...],
    rules: tuple[str, ...],
) -> None:
    policy = Policy(required_keys=(RequiredKey(keys=required),))
    report = analyze([volume(tmp_path, arguments)], assume=assume, policy=policy)
    assert found(report) == list(rules)


def test_a_key_is_required_only_where_the_address_matches(tmp_path: Path) -> None:
    path = volume(tmp_path, f'encrypted = true\n kms_key_id = "{ARN}"')
    for address, rules in (("module.db.*", []), ("aws_ebs_volume.i*", ["EBS004"])):
        required = RequiredKey(keys=(OTHER,), address=address)
        assert found(analyze([path], policy=Policy(required_keys=(required,)))) == rules


# -- levels and failing ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("levels", "expected"),
    [
        ("unencrypted,rejected", True),
        ("rejected", False),
        ("possible,unknown,wrong-key", False),
        ("never", False),
    ],
)
def test_fail_on_names_what_fails(tmp_path: Path, levels: str, expected: bool) -> None:
    report = analyze([volume(tmp_path, "")], assume=OFF)
    assert Failing(levels=parse_levels(levels.split(","))).fails(report) is expected


def test_strict_fails_what_is_possible_not_analyzed_or_of_no_use(tmp_path: Path) -> None:
    strict = Failing(strict=True)
    open_ = analyze([volume(tmp_path, "")])
    assert strict.fails(open_)
    assert not Failing().fails(open_)
    notes = analyze([volume(tmp_path, "")], assume=ON)
    assert found(notes) == ["EBS031"]
    assert not strict.fails(notes)
    forever = analyze([volume(tmp_path, "encrypted = false")], assume=ON)
    assert strict.fails(forever)
    assert not Failing().fails(forever)


def test_levels_of_rules_can_be_changed(tmp_path: Path) -> None:
    path = volume(tmp_path, "")
    raised = analyze([path], assume=ON, policy=Policy(levels={"EBS031": "error"}))
    assert [f.level for f in raised.findings] == ["error"]
    assert Failing().fails(raised)
    assert not Failing(levels=frozenset()).fails(raised)
    lowered = analyze([path], assume=OFF, policy=Policy(levels={"EBS001": "note"}))
    assert not Failing().fails(lowered)
    off = analyze([path], assume=OFF, policy=Policy(levels={"EBS001": "off"}))
    assert off.findings == []


# -- the catalogue itself --------------------------------------------------------------------


def test_ids_and_names_are_unique_and_in_order() -> None:
    ids = [rule.id for rule in RULES]
    assert ids == sorted(set(ids))
    assert len({rule.name for rule in RULES}) == len(RULES)
    assert {"EBS001", "EBS002", "EBS003"} <= set(ids)
    for rule in RULES:
        assert re.fullmatch(r"EBS\d{3}", rule.id)
        assert rule_by_id(rule.id) is rule


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_every_rule_is_documented(rule: object) -> None:
    found_rule = next(r for r in RULES if r is rule)
    page = found_rule.page
    assert page.what.endswith(".")
    assert page.why.endswith(".")
    assert page.limits.endswith(".")
    assert found_rule.help.hcl
    assert found_rule.help.yaml
    for advice in (found_rule.help.hcl, found_rule.help.yaml):
        assert not advice.endswith(".")
        assert "encrypted = " not in found_rule.help.yaml.split("#")[0]


def test_only_definite_findings_fail_a_run_by_default() -> None:
    failing = [r for r in RULES if r.fails in (FailOn.UNENCRYPTED, FailOn.REJECTED)]
    assert all(r.certainty == "certain" and r.level == "error" for r in failing)
    possible = [r for r in RULES if r.certainty == "possible"]
    assert all(r.level in ("warning", "note") for r in possible)
