"""Ignores and baselines: what they hide, what they cannot hide, and when they are told of."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer import analyze
from analyzer.errors import InputError
from analyzer.policy.baseline import make_baseline, parse_baseline
from analyzer.policy.glob import matches
from analyzer.policy.policy import Policy
from analyzer.policy.suppression import Ignore
from analyzer.wire import Location, Report

TODAY = dt.date(2027, 1, 31)
OFF = ("encryption_by_default=off",)
VOLUME = (
    'resource "aws_ebs_volume" "{name}" {{\n  availability_zone = "eu-west-1a"\n  size = 1\n}}\n'
)


def report_of(path: Path, **policy: object) -> Report:
    return analyze([str(path)], assume=OFF, policy=Policy(today=TODAY, **policy))  # type: ignore[arg-type]


def rules(report: Report) -> list[str]:
    assert report.problems == []
    return [finding.rule for finding in report.findings]


def hcl(tmp_path: Path, text: str) -> Path:
    (tmp_path / "main.tf").write_text(text)
    return tmp_path


# -- comments --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "comment",
    [
        "# ebs-plan: ignore[EBS001] scratch data",
        "// ebs-plan: ignore[EBS001] scratch data",
        "/* ebs-plan: ignore[EBS001] scratch data */",
        "# ebs-plan: ignore[EBS001, EBS002] scratch data",
        "# ebs-plan: ignore[EBS001] scratch data until=2027-01-31",
        "# ebs-plan: ignore[EBS001] until=2027-01-31 scratch data",
        "#ebs-plan:ignore[EBS001] scratch data",
        "# a remark\n# ebs-plan: ignore[EBS001] scratch data\n# another one",
    ],
)
def test_a_comment_above_a_resource_hides_its_finding(tmp_path: Path, comment: str) -> None:
    report = report_of(hcl(tmp_path, f"{comment}\n{VOLUME.format(name='it')}"))
    assert rules(report) == []
    (hidden,) = report.suppressed
    assert (hidden.by, hidden.finding.rule, hidden.reason) == ("inline", "EBS001", "scratch data")
    assert hidden.location is not None
    assert hidden.location.path == str(tmp_path / "main.tf")


@pytest.mark.parametrize(
    ("comment", "why"),
    [
        ("# ebs-plan: ignore[EBS001]", "gives no reason"),
        ("# ebs-plan: ignore[EBS001] until=2027-01-31", "gives no reason"),
        ("# ebs-plan: ignore everything", "names no rule"),
        ("# ebs-plan: ignore[] x", "names no rule"),
        ("# ebs-plan: ignore[*] x", "names a rule that there is not"),
        ("# ebs-plan: ignore[EBS999] x", "names a rule that there is not"),
        ("# ebs-plan: ignore[EBS001] x until=2027-01-30", "has expired on 2027-01-30"),
        ("# ebs-plan: ignore[EBS001] x until=tomorrow", "ends on no day"),
        ("# ebs-plan: ignore[EBS001] x until=2027-02-30", "ends on no day"),
    ],
)
def test_an_ignore_that_is_not_complete_hides_nothing(
    tmp_path: Path, comment: str, why: str
) -> None:
    report = report_of(hcl(tmp_path, f"{comment}\n{VOLUME.format(name='it')}"))
    assert rules(report) == ["EBS001", "EBS033"]
    assert why in report.findings[1].message
    assert report.findings[1].location.line == 1


def test_a_comment_hides_only_what_it_stands_at(tmp_path: Path) -> None:
    text = (
        VOLUME.format(name="before")
        + "\n# ebs-plan: ignore[EBS001] this one\n"
        + VOLUME.format(name="it")
        + "\n"
        + VOLUME.format(name="after")
    )
    report = report_of(hcl(tmp_path, text))
    assert {f.address for f in report.findings} == {
        "aws_ebs_volume.before",
        "aws_ebs_volume.after",
    }


INSTANCE = """
resource "aws_instance" "web" {
  ami           = "ami-0a1b2c3d4e5f60718"
  instance_type = "t3.micro"
  ebs_block_device { # ebs-plan: ignore[EBS001] swap
    device_name = "/dev/sdf"
    volume_size = 1
  }
  ebs_block_device {
    device_name = "/dev/sdg"
    volume_size = 1
  }
}
"""


def test_a_comment_in_a_block_is_about_that_device_only(tmp_path: Path) -> None:
    assume = (*OFF, "image=none", "image(ami-0a1b2c3d4e5f60718:root)=unencrypted")
    report = analyze([str(hcl(tmp_path, INSTANCE))], assume=assume, policy=Policy(today=TODAY))
    assert [s.finding.device for s in report.suppressed] == ["/dev/sdf"]
    assert "/dev/sdg" in {f.device for f in report.findings}


def test_a_comment_above_a_resource_is_about_everything_in_it(tmp_path: Path) -> None:
    text = f"# ebs-plan: ignore[EBS001] scratch{INSTANCE.replace('# ebs-plan', '# no')}"
    assume = (*OFF, "image=none", "image(ami-0a1b2c3d4e5f60718:root)=unencrypted")
    report = analyze([str(hcl(tmp_path, text))], assume=assume, policy=Policy(today=TODAY))
    assert {s.finding.device for s in report.suppressed} == {"root", "/dev/sdf", "/dev/sdg"}


TEMPLATE = """Resources:
{above}  It:
    Type: AWS::EC2::Volume
{metadata}    Properties:
      AvailabilityZone: eu-west-1a
      Size: 1
"""
METADATA = """    Metadata:
      ebs-plan:
        ignore:
          - rule: EBS001
            reason: scratch data
            until: 2027-01-31
"""


@pytest.mark.parametrize(
    ("above", "metadata"),
    [("  # ebs-plan: ignore[EBS001] scratch data\n", ""), ("", METADATA)],
    ids=["comment", "metadata"],
)
def test_a_template_takes_comments_and_metadata(tmp_path: Path, above: str, metadata: str) -> None:
    path = tmp_path / "t.yaml"
    path.write_text(TEMPLATE.format(above=above, metadata=metadata))
    report = report_of(path)
    assert rules(report) == []
    assert [s.reason for s in report.suppressed] == ["scratch data"]


def test_a_comment_counts_in_a_template_that_a_sub_folder_nests(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    stack = "Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: ../b.yaml}"
    (tmp_path / "a" / "a.yaml").write_text(f"Resources:\n  Stack: {{{stack}}}\n")
    (tmp_path / "b.yaml").write_text(
        "Resources:\n  # ebs-plan: ignore[EBS001] scratch\n  Volume:\n"
        "    Type: AWS::EC2::Volume\n    Properties: {AvailabilityZone: a, Size: 1}\n"
    )
    report = report_of(tmp_path)
    assert [d.address for d in report.devices] == ["Stack/Volume"]
    assert (rules(report), len(report.suppressed)) == ([], 1)


def test_metadata_of_a_json_template_counts(tmp_path: Path) -> None:
    path = tmp_path / "t.json"
    it = {
        "Type": "AWS::EC2::Volume",
        "Metadata": {"ebs-plan": {"ignore": {"rules": ["EBS001"], "reason": "scratch data"}}},
        "Properties": {"Size": 1, "AvailabilityZone": "eu-west-1a"},
    }
    path.write_text(json.dumps({"Resources": {"It": it, "Other": {**it, "Metadata": {}}}}))
    report = report_of(path)
    assert [f.address for f in report.findings] == ["Other"]


def test_no_section_of_a_template_can_be_ignored_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "t.yaml"
    text = TEMPLATE.format(above="", metadata="")
    path.write_text(f"# ebs-plan: ignore[EBS001] all of it\n{text}")
    assert rules(report_of(path)) == ["EBS001", "EBS032"]


MODULES = """\
module "a" {
  source   = "./nodes"
  for_each = toset(["x.module.c", "y"])
}
# ebs-plan: ignore[EBS001] scratch data
module "b" {
  source = "./nodes"
  count  = 2
}
module "bb" {
  source = "./nodes"
}
"""


def modules(tmp_path: Path, inner: str = "") -> Path:
    (tmp_path / "nodes" / "disk").mkdir(parents=True)
    (tmp_path / "nodes" / "main.tf").write_text(
        inner + 'module "disk" {\n  source = "./disk"\n}\n' + VOLUME.format(name="own")
    )
    (tmp_path / "nodes" / "disk" / "main.tf").write_text(VOLUME.format(name="it"))
    return hcl(tmp_path, MODULES)


def hidden(report: Report) -> set[str]:
    return {item.finding.address for item in report.suppressed}


def test_a_comment_above_a_modules_call_is_about_all_that_the_module_makes(tmp_path: Path) -> None:
    report = report_of(modules(tmp_path))
    assert hidden(report) == {
        f"module.b[{n}].{name}"
        for n in (0, 1)
        for name in ("aws_ebs_volume.own", "module.disk.aws_ebs_volume.it")
    }
    assert len(rules(report)) == 6
    assert {item.location.path for item in report.suppressed if item.location} == {
        str(tmp_path / "main.tf")
    }


def test_a_comment_above_a_call_in_a_module_is_about_every_instance_of_it(tmp_path: Path) -> None:
    report = report_of(modules(tmp_path, "# ebs-plan: ignore[EBS001] scratch data\n"))
    assert {address for address in hidden(report) if "module.disk" in address} == {
        f"{module}.module.disk.aws_ebs_volume.it"
        for module in (
            *('module.a["x.module.c"]', 'module.a["y"]', "module.b[0]", "module.b[1]", "module.bb"),
        )
    }


def test_a_comment_above_a_call_counts_for_a_plan_whose_source_is_named(tmp_path: Path) -> None:
    source = Path("fixtures/terraform/module_kms")
    for path in source.rglob("*.tf"):
        target = tmp_path / path.relative_to(source)
        target.parent.mkdir(parents=True, exist_ok=True)
        text = path.read_text(encoding="utf-8")
        comment = "# ebs-plan: ignore[EBS003] known, and lived with\n"
        target.write_text(text.replace('module "server" {', f'{comment}module "server" {{'))
    plan = str(source / "plan.json")
    found = {finding.address for finding in analyze([plan]).findings if finding.rule == "EBS003"}
    report = analyze([plan], source=tmp_path)
    assert hidden(report) == {address for address in found if address.startswith("module.server.")}
    assert hidden(report)


def test_an_ignore_that_matches_nothing_is_told(tmp_path: Path) -> None:
    text = VOLUME.format(name="it").replace("size", "encrypted = true\n  size")
    report = report_of(hcl(tmp_path, f"# ebs-plan: ignore[EBS001] old\n{text}"))
    assert rules(report) == ["EBS032"]
    assert report.findings[0].level == "note"


def test_one_switch_disregards_every_ignore(tmp_path: Path) -> None:
    path = hcl(tmp_path, f"# ebs-plan: ignore[EBS001] x\n{VOLUME.format(name='it')}")
    baseline = parse_baseline("b", make_baseline(report_of(path, suppress=False).findings))
    report = report_of(path, suppress=False, baseline=baseline)
    assert rules(report) == ["EBS001"]
    assert report.suppressed == []


def test_a_comment_in_a_file_that_is_no_text_is_read_all_the_same(tmp_path: Path) -> None:
    path = hcl(tmp_path, "")
    data = b"# \xe9 caf\xc3\xa9\n# ebs-plan: ignore[EBS001] x\n" + VOLUME.format(name="it").encode()
    (tmp_path / "main.tf").write_bytes(data.replace(b"\xe9 ", b""))
    assert rules(report_of(path)) == []


# -- configured ignores ----------------------------------------------------------------------


def configured(**fields: object) -> Ignore:
    values: dict[str, object] = {
        "rules": ("EBS001",),
        "reason": "known",
        "location": Location(path="ebs-plan.toml"),
    }
    return Ignore(**{**values, **fields})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("ignore", "expected"),
    [
        (configured(), []),
        (configured(address="aws_ebs_volume.*"), []),
        (configured(address="aws_ebs_volume.it"), []),
        (configured(address="aws_ebs_volume.i?"), []),
        (configured(address="*.it"), []),
        (configured(rules=("EBS002", "EBS001")), []),
        (configured(until="2027-01-31"), []),
        (configured(address="aws_ebs_volume.IT"), ["EBS001", "EBS032"]),
        (configured(address="aws_ebs_volume"), ["EBS001", "EBS032"]),
        (configured(device="/dev/sdf"), ["EBS001", "EBS032"]),
        (configured(rules=("EBS002",)), ["EBS001", "EBS032"]),
        (configured(until="2027-01-30"), ["EBS001", "EBS033"]),
        (configured(reason=" "), ["EBS001", "EBS033"]),
    ],
)
def test_an_ignore_of_the_configuration_is_about_rule_and_address(
    tmp_path: Path, ignore: Ignore, expected: list[str]
) -> None:
    report = report_of(hcl(tmp_path, VOLUME.format(name="it")), ignores=(ignore,))
    assert rules(report) == expected


def test_look_alikes_match_no_ignore(tmp_path: Path) -> None:
    path = tmp_path / "t.yaml"
    path.write_text(TEMPLATE.format(above="", metadata="").replace("It:", "Data\u0430:"))
    report = report_of(path, ignores=(configured(address="Dataa"),))
    assert "EBS001" in rules(report) or report.problems


@given(st.text(alphabet="ab*?[].", max_size=8), st.text(alphabet="ab[].", max_size=10))
def test_patterns_are_what_they_are_said_to_be(pattern: str, text: str) -> None:
    import re

    wanted = "".join(".*" if c == "*" else "." if c == "?" else re.escape(c) for c in pattern)
    assert matches(pattern, text) == (re.fullmatch(wanted, text, re.DOTALL) is not None)


def test_a_pattern_of_many_stars_ends() -> None:
    assert not matches("*a" * 50 + "b", "a" * 5_000)


# -- baselines -------------------------------------------------------------------------------


def test_a_baseline_hides_what_it_knows_and_nothing_that_is_new(tmp_path: Path) -> None:
    path = hcl(tmp_path, VOLUME.format(name="old"))
    baseline = parse_baseline("b", make_baseline(report_of(path).findings))
    hcl(tmp_path, "\n\n# moved\n" + VOLUME.format(name="old") + VOLUME.format(name="new"))
    report = report_of(path, baseline=baseline)
    assert [f.address for f in report.findings] == ["aws_ebs_volume.new"]
    assert [s.finding.address for s in report.suppressed] == ["aws_ebs_volume.old"]
    assert report.notes == []


def test_a_finding_with_other_facts_is_another_one(tmp_path: Path) -> None:
    path = hcl(tmp_path, VOLUME.format(name="it"))
    baseline = parse_baseline("b", make_baseline(report_of(path).findings))
    report = analyze([str(path)], policy=Policy(today=TODAY, baseline=baseline))
    assert rules(report) == ["EBS003"]


def test_one_entry_hides_one_finding_of_two_inputs(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    for folder in (one, two):
        folder.mkdir()
        hcl(folder, VOLUME.format(name="it"))
    baseline = parse_baseline("b", make_baseline(report_of(one).findings))
    report = analyze(
        [str(one), str(two)], assume=OFF, policy=Policy(today=TODAY, baseline=baseline)
    )
    assert len(report.findings) == len(report.suppressed) == 1


def test_fixed_entries_are_a_note_and_no_finding(tmp_path: Path) -> None:
    path = hcl(tmp_path, VOLUME.format(name="it"))
    baseline = parse_baseline("b.json", make_baseline(report_of(path).findings))
    hcl(tmp_path, VOLUME.format(name="it").replace("size", "encrypted = true\n  size"))
    report = report_of(path, baseline=baseline)
    assert rules(report) == []
    (note,) = (n for n in report.notes if "baseline" in n)
    assert "fixed since the baseline b.json: EBS001 aws_ebs_volume.it" in note


def test_an_expired_baseline_counts_no_more(tmp_path: Path) -> None:
    path = hcl(tmp_path, VOLUME.format(name="it"))
    findings = report_of(path).findings
    for until, expected in (("2027-01-31", []), ("2027-01-30", ["EBS001", "EBS033"])):
        baseline = parse_baseline("b", make_baseline(findings, until))
        assert rules(report_of(path, baseline=baseline)) == expected


def test_a_baseline_holds_no_line_and_does_not_hang_on_the_order(tmp_path: Path) -> None:
    one = hcl(tmp_path, VOLUME.format(name="a") + VOLUME.format(name="b"))
    first = make_baseline(report_of(one).findings)
    hcl(tmp_path, VOLUME.format(name="b") + "\n\n" + VOLUME.format(name="a"))
    assert make_baseline(report_of(one).findings) == first
    assert b'"line"' not in first


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b'{"findings": 1}', b"\xff", b"[" * 10_000])
def test_what_is_no_baseline_is_refused(data: bytes) -> None:
    with pytest.raises(InputError):
        parse_baseline("b", data)
