"""Who may use a key, what is shared, which settings are wrong: findings about a whole input."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from analyzer import analyze
from analyzer.wire import Finding, Report

PLAN = "fixtures/terraform/key_permissions/plan.json"
ROLE = "role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"
ACCOUNT = "111122223333"


def found(report: Report, *rules: str) -> dict[str, Finding]:
    """The findings of some rules, by address."""
    return {f.address: f for f in report.findings if f.rule in rules}


def terraform(tmp_path: Path, text: str) -> Report:
    (tmp_path / "main.tf").write_text(text, encoding="utf-8")
    report = analyze([str(tmp_path)])
    assert report.problems == []
    return report


def template(tmp_path: Path, text: str, **options: str) -> Report:
    path = tmp_path / "template.yaml"
    path.write_text(text, encoding="utf-8")
    report = analyze([str(path)], **options)  # type: ignore[arg-type]
    assert report.problems == []
    return report


# -- permissions on keys -----------------------------------------------------------------


def test_only_a_known_policy_that_leaves_the_role_out_is_a_finding() -> None:
    refused = found(analyze([PLAN]), "EBS010", "EBS011")
    names = {address.rpartition(".")[2]: f for address, f in refused.items()}
    assert set(names) == {"default_policy", "administrators", "no_grants"}
    assert {f.rule for f in names.values()} == {"EBS010"}
    assert all(f.level == "error" and f.certainty == "certain" for f in names.values())


def test_the_message_names_the_group_the_role_the_key_and_what_is_missing() -> None:
    finding = found(analyze([PLAN]), "EBS010")["aws_autoscaling_group.no_grants"]
    assert finding.message == (
        "this group will not start: AWSServiceRoleForAutoScaling may not create grants on "
        "aws_kms_key.no_grants (missing: kms:CreateGrant)"
    )


def test_the_missing_statements_are_ready_to_paste_as_hcl(tmp_path: Path) -> None:
    """What is pasted into a document that is used as the policy ends the finding."""
    fix = found(analyze([PLAN]), "EBS010")["aws_autoscaling_group.default_policy"].fix
    assert f"arn:aws:iam::{ACCOUNT}:{ROLE}" in fix
    broken = _GROUP.replace("POLICY", "")
    assert found(terraform(tmp_path, broken), "EBS010")
    whole = _GROUP.replace("POLICY", "policy = data.aws_iam_policy_document.key.json")
    fix = found(terraform(tmp_path, broken), "EBS010")["aws_autoscaling_group.web"].fix
    document = f'data "aws_iam_policy_document" "key" {{\n{fix}\n}}\n'
    identity = 'data "aws_caller_identity" "current" {}\n'
    assert not found(terraform(tmp_path, whole + document + identity), "EBS010", "EBS011")


def test_the_missing_statements_are_ready_to_paste_as_yaml(tmp_path: Path) -> None:
    finding = found(template(tmp_path, _STACK.replace("MORE", "")), "EBS010")["Group"]
    assert yaml.compose(finding.fix) is not None
    indented = "".join(f"          {line}\n" for line in finding.fix.splitlines())
    fixed = _STACK.replace("          MORE\n", indented)
    assert fixed != _STACK
    assert not found(template(tmp_path, fixed), "EBS010", "EBS011")


@pytest.mark.parametrize("language", ["hcl", "yaml"])
def test_the_terminal_shows_where_to_read_what_is_to_be_pasted(
    tmp_path: Path, language: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The command that the table names prints the statements, character for character."""
    hcl = language == "hcl"
    path = tmp_path / ("main.tf" if hcl else "template.yaml")
    text = _GROUP.replace("POLICY", "") if hcl else _STACK.replace("MORE", "")
    path.write_text(text, encoding="utf-8")
    (finding,) = found(analyze([str(path)]), "EBS010").values()
    _run("scan", str(path), "--fail-on", "never")
    table = " ".join(capsys.readouterr().out.split())
    command = table.partition("what to paste: ebs-plan ")[2].split()[:3]
    assert command == ["explain", finding.address, finding.input]
    _run(*command)
    explained = [line.strip() for line in capsys.readouterr().out.splitlines()]
    statements = [line.strip() for line in finding.fix.splitlines()]
    start = explained.index(statements[0])
    assert explained[start : start + len(statements)] == statements


def test_a_finding_beside_the_verdict_is_told_in_full(
    capsys: pytest.CaptureFixture[str],
) -> None:
    _run("scan", "fixtures/terraform/keys/plan.json", "--fail-on", "never")
    told = " ".join(capsys.readouterr().out.split())
    assert "error[EBS010]: this volume will never become usable: the caller may not use" in told


def _run(*args: str) -> None:
    from analyzer.cli import main

    with pytest.raises(SystemExit):
        main(list(args))


def test_only_what_is_missing_is_to_be_pasted() -> None:
    findings = found(analyze([PLAN]), "EBS010")
    assert "kms:Decrypt" not in findings["aws_autoscaling_group.no_grants"].fix
    assert "kms:CreateGrant" in findings["aws_autoscaling_group.no_grants"].fix
    assert ":root" not in findings["aws_autoscaling_group.administrators"].fix
    assert ":root" in findings["aws_autoscaling_group.default_policy"].fix


def test_an_unknown_account_is_no_reason_to_guess(tmp_path: Path) -> None:
    """A template without an account: the account of its own pseudo parameter is the same one."""
    text = _STACK.replace("MORE", "")
    assert "AWS::AccountId" in text
    assert found(template(tmp_path, text), "EBS010")
    literal = text.replace(
        "!Sub 'arn:aws:iam::${AWS::AccountId}:root'", f"'arn:aws:iam::{ACCOUNT}:{ROLE}'"
    )
    assert not found(template(tmp_path, literal), "EBS010", "EBS011")


@pytest.mark.parametrize(
    "more",
    [
        "Condition: {StringEquals: {'aws:PrincipalOrgID': o-1}}",
        "Condition: {'Fn::If': [Never, {}, {}]}",
        "Unheard: of",
    ],
)
def test_what_is_not_understood_is_not_held_against_a_policy(tmp_path: Path, more: str) -> None:
    statement = f"- {{Effect: Allow, Principal: '*', Action: 'kms:*', Resource: '*', {more}}}"
    assert not found(template(tmp_path, _STACK.replace("MORE", statement)), "EBS010", "EBS011")


def test_a_key_that_exists_may_have_grants_that_nobody_sees(tmp_path: Path) -> None:
    facts = tmp_path / "facts.yaml"
    key = f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/k"
    policy = {
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
                "Action": "kms:*",
                "Resource": "*",
            }
        ]
    }
    text = _GROUP.replace("aws_kms_key.data.arn", f'"{key}"').replace("POLICY", "")
    (tmp_path / "main.tf").write_text(text, encoding="utf-8")

    def rules(told: dict[str, object]) -> set[str]:
        facts.write_text(json.dumps({"keys": {key: told}}), encoding="utf-8")
        report = analyze([str(tmp_path / "main.tf")], facts=facts)
        return {f.rule for f in report.findings if f.rule in ("EBS010", "EBS011")}

    assert rules({"state": "Enabled"}) == set()
    assert rules({"policy": policy}) == {"EBS011"}
    assert rules({"policy": json.dumps(policy), "grants": []}) == {"EBS010"}
    grantee = f"arn:aws:iam::{ACCOUNT}:{ROLE}"
    operations = ["CreateGrant", "Decrypt", "DescribeKey", "GenerateDataKeyWithoutPlaintext"]
    granted = [{"grantee": grantee, "operations": operations}]
    assert rules({"policy": policy, "grants": granted}) == {"EBS011"}
    assert rules({"policy": "{}", "grants": []}) == set()


_OTHER_ROLE = "arn:aws:iam::${data.aws_caller_identity.me.account_id}:" + ROLE


@pytest.mark.parametrize(
    ("statements", "refused"),
    [
        ([], True),
        ([_OTHER_ROLE], False),  # in the account of the provider, as far as anybody knows
        (["arn:aws:iam::${data.aws_caller_identity.me.account_id}:role/admin"], True),
        (["arn:aws:iam::${data.aws_caller_identity.me.id}:" + ROLE], False),
        (["${data.aws_caller_identity.me.arn}"], False),
    ],
)
def test_a_policy_that_names_the_account_by_a_data_source_is_understood(
    tmp_path: Path, statements: list[str], refused: bool
) -> None:
    me = "${data.aws_caller_identity.me.account_id}"
    root = "arn:${data.aws_partition.it.partition}:iam::" + f"{me}:root"
    document = "".join(
        f"""
        statement {{
          actions   = ["kms:*"]
          resources = ["*"]
          principals {{
            type        = "AWS"
            identifiers = ["{who}"]
          }}
        }}
        """
        for who in (root, *statements)
    )
    text = f"""
    data "aws_caller_identity" "me" {{}}
    data "aws_partition" "it" {{}}
    data "aws_iam_policy_document" "key" {{ {document} }}
    """
    policy = "policy = data.aws_iam_policy_document.key.json"
    report = terraform(tmp_path, _GROUP.replace("POLICY", policy) + text)
    assert bool(found(report, "EBS010")) is refused
    assert not found(report, "EBS011")


def test_another_role_that_the_group_names_is_the_one_that_counts(tmp_path: Path) -> None:
    role = f"arn:aws:iam::{ACCOUNT}:{ROLE}_team"
    text = _GROUP.replace("POLICY", "").replace(
        "min_size", f'service_linked_role_arn = "{role}"\n min_size'
    )
    finding = found(terraform(tmp_path, text), "EBS010")["aws_autoscaling_group.web"]
    assert "AWSServiceRoleForAutoScaling_team" in finding.message
    assert role in finding.fix


@pytest.mark.parametrize(
    ("kind", "refused"),
    [
        ("", "AWSServiceRoleForEC2Fleet"),
        ('type = "maintain"', "AWSServiceRoleForEC2Fleet"),
        ('type = "instant"', None),  # EC2 User Guide: an instant fleet does not require the role
        ("type = var.kind", None),
    ],
)
def test_an_instant_fleet_is_launched_by_the_caller(
    tmp_path: Path, kind: str, refused: str | None
) -> None:
    fleet = f"""
    variable "kind" {{}}
    resource "aws_ec2_fleet" "web" {{
      {kind}
      target_capacity_specification {{
        default_target_capacity_type = "spot"
        total_target_capacity        = 1
      }}
      launch_template_config {{
        launch_template_specification {{
          launch_template_id = aws_launch_template.web.id
          version            = "1"
        }}
      }}
    }}
    """
    _launched_by(tmp_path, fleet, refused)


@pytest.mark.parametrize(
    ("kind", "strategy", "refused"),
    [
        ("EC2", "", "AWSServiceRoleForAutoScaling"),
        ("SPOT", "", "AWSServiceRoleForEC2SpotFleet"),
        ("SPOT", 'allocation_strategy = "BEST_FIT"', "AWSServiceRoleForEC2SpotFleet"),
        (
            "SPOT",
            'allocation_strategy = "SPOT_CAPACITY_OPTIMIZED"',
            "AWSServiceRoleForAutoScaling",
        ),
    ],
)
def test_batch_launches_by_its_type_and_strategy(
    tmp_path: Path, kind: str, strategy: str, refused: str
) -> None:
    environment = f"""
    resource "aws_batch_compute_environment" "web" {{
      type = "MANAGED"
      compute_resources {{
        type               = "{kind}"
        max_vcpus          = 1
        subnets            = []
        security_group_ids = []
        instance_type      = ["optimal"]
        {strategy}
        launch_template {{
          launch_template_id = aws_launch_template.web.id
          version            = "1"
        }}
      }}
    }}
    """
    _launched_by(tmp_path, environment, refused)


def _launched_by(tmp_path: Path, launcher: str, refused: str | None) -> None:
    """Who lacks permissions on a key with KMS's default policy, if anybody does."""
    group = _GROUP.index('resource "aws_autoscaling_group"')
    report = terraform(tmp_path, _GROUP[:group].replace("POLICY", "") + launcher)
    told = [f.message for f in report.findings if f.rule in ("EBS010", "EBS011")]
    assert len(told) == (0 if refused is None else 1)
    assert all(f"start: {refused} may not" in message for message in told)


def test_whoever_launches_by_permissions_of_his_own_is_not_reported(tmp_path: Path) -> None:
    text = """
    provider "aws" { region = "eu-west-1" }
    resource "aws_kms_key" "data" {}
    resource "aws_ebs_volume" "data" {
      availability_zone = "eu-west-1a"
      size              = 1
      encrypted         = true
      kms_key_id        = aws_kms_key.data.arn
    }
    """
    assert not found(terraform(tmp_path, text), "EBS010", "EBS011")


_GROUP = """
provider "aws" { region = "eu-west-1" }
resource "aws_kms_key" "data" {
  POLICY
}
resource "aws_launch_template" "web" {
  image_id = "ami-0a1b2c3d4e5f60718"
  block_device_mappings {
    device_name = "/dev/xvda"
    ebs {
      encrypted  = true
      kms_key_id = aws_kms_key.data.arn
    }
  }
}
resource "aws_autoscaling_group" "web" {
  min_size = 1
  max_size = 1
  launch_template { id = aws_launch_template.web.id }
}
"""
_STACK = """
Conditions:
  Never: !Equals [a, b]
Resources:
  DataKey:
    Type: AWS::KMS::Key
    Properties:
      KeyPolicy:
        Statement:
          - Effect: Allow
            Principal: {AWS: !Sub 'arn:aws:iam::${AWS::AccountId}:root'}
            Action: kms:*
            Resource: '*'
          MORE
  Template:
    Type: AWS::EC2::LaunchTemplate
    Properties:
      LaunchTemplateData:
        ImageId: ami-0a1b2c3d4e5f60718
        BlockDeviceMappings:
          - DeviceName: /dev/xvda
            Ebs: {Encrypted: true, KmsKeyId: !GetAtt DataKey.Arn}
  Group:
    Type: AWS::AutoScaling::AutoScalingGroup
    Properties:
      MinSize: "1"
      MaxSize: "1"
      LaunchTemplate:
        LaunchTemplateId: !Ref Template
        Version: !GetAtt Template.LatestVersionNumber
"""

# -- sharing -----------------------------------------------------------------------------

_SNAPSHOT = """
provider "aws" {
  region              = "eu-west-1"
  allowed_account_ids = ["111122223333"]
}
resource "aws_kms_key" "data" {
  POLICY
}
resource "aws_ebs_volume" "data" {
  availability_zone = "eu-west-1a"
  size              = 1
  ENCRYPTION
}
resource "aws_ebs_snapshot" "data" { volume_id = aws_ebs_volume.data.id }
resource "aws_snapshot_create_volume_permission" "friend" {
  snapshot_id = aws_ebs_snapshot.data.id
  account_id  = "WHO"
}
"""
_EXISTING = """
provider "aws" { region = "eu-west-1" }
resource "aws_ami_launch_permission" "friend" {
  image_id   = "ami-0a1b2c3d4e5f60718"
  account_id = "444455556666"
}
resource "aws_ami_launch_permission" "all" {
  image_id = "ami-0a1b2c3d4e5f60718"
  group    = "all"
}
data "aws_ebs_snapshot" "found" { owners = ["self"] }
resource "aws_snapshot_create_volume_permission" "friend" {
  snapshot_id = data.aws_ebs_snapshot.found.id
  account_id  = "444455556666"
}
"""


@pytest.mark.parametrize(
    ("key", "refused"),
    [
        (None, {"all"}),
        ("alias/aws/ebs", {"friend", "all", "snapshot"}),
        (f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/aws", {"friend", "all", "snapshot"}),
        (f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/ours", {"all"}),
    ],
)
def test_what_exists_is_shared_as_the_facts_tell_it(
    tmp_path: Path, key: str | None, refused: set[str]
) -> None:
    held = {"encrypted": True, **({"key": key} if key else {})}
    told = {
        "images": {"ami-0a1b2c3d4e5f60718": {"devices": {"/dev/xvda": {"snapshot": "snap-1"}}}},
        "snapshots": {"snap-1": held, "data.aws_ebs_snapshot.found": held},
        "keys": {f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/aws": {"manager": "aws"}},
    }
    (tmp_path / "main.tf").write_text(_EXISTING, encoding="utf-8")
    (tmp_path / "facts.yaml").write_text(json.dumps(told), encoding="utf-8")
    report = analyze([str(tmp_path / "main.tf")], facts=tmp_path / "facts.yaml")
    names = {"aws_snapshot_create_volume_permission.friend": "snapshot"}
    addresses = found(report, "EBS020")
    assert {names.get(a, a.rpartition(".")[2]) for a in addresses} == refused
    assert not found(analyze([str(tmp_path / "main.tf")]), *SHARING)


FRIEND = "aws_snapshot_create_volume_permission.friend"
SHARING = ("EBS020", "EBS021", "EBS022")
_OPEN = (
    'policy = jsonencode({ Statement = [{ Effect = "Allow", Principal = { AWS = '
    '"arn:aws:iam::444455556666:root" }, Action = "kms:*", Resource = "*" }] })'
)
OWN_KEY = "encrypted = true\n  kms_key_id = aws_kms_key.data.arn"


@pytest.mark.parametrize(
    ("encryption", "policy", "who", "assume", "rule"),
    [
        ("encrypted = true", "", "444455556666", [], "EBS021"),
        ("encrypted = true", "", "444455556666", ["default_key=aws_managed"], "EBS020"),
        ("encrypted = true", "", "444455556666", ["default_key=customer_managed"], "EBS021"),
        ('encrypted = true\n  kms_key_id = "alias/aws/ebs"', "", "444455556666", [], "EBS020"),
        (OWN_KEY, "", "444455556666", [], "EBS022"),
        (OWN_KEY, _OPEN, "444455556666", [], None),
        (OWN_KEY, _OPEN, "all", [], "EBS020"),
        ("", "", "444455556666", ["encryption_by_default=off"], None),
        ("", "", "all", ["encryption_by_default=off"], None),
        ("", "", "all", [], "EBS021"),
        ("", "", "444455556666", [], "EBS021"),
    ],
)
def test_what_is_shared_must_be_shareable(
    tmp_path: Path, encryption: str, policy: str, who: str, assume: list[str], rule: str | None
) -> None:
    text = _SNAPSHOT.replace("ENCRYPTION", encryption).replace("POLICY", policy)
    (tmp_path / "main.tf").write_text(text.replace("WHO", who), encoding="utf-8")
    report = analyze([str(tmp_path)], assume=assume)
    finding = found(report, *SHARING).get(FRIEND)
    assert (finding.rule if finding is not None else None) == rule


def test_the_permissions_of_a_built_image_are_looked_at() -> None:
    """A case of the fixtures with a launch permission in its distribution, if one is there."""
    report = analyze(["fixtures/terraform/sharing/plan.json"])
    findings = found(report, *SHARING)
    assert findings["aws_ami_launch_permission.everyone"].rule == "EBS020"
    assert findings["aws_ami_launch_permission.friend"].rule == "EBS021"
    assert "public" in findings["aws_ami_launch_permission.everyone"].message


def test_image_builder_shares_what_it_distributes(tmp_path: Path) -> None:
    text = """
    provider "aws" { region = "eu-west-1" }
    resource "aws_imagebuilder_image_recipe" "r" {
      name         = "r"
      parent_image = "ami-0a1b2c3d4e5f60718"
      version      = "1.0.0"
      block_device_mapping {
        device_name = "/dev/xvda"
        ebs { encrypted = true }
      }
    }
    resource "aws_imagebuilder_distribution_configuration" "d" {
      name = "d"
      distribution {
        region = "us-east-1"
        ami_distribution_configuration {
          kms_key_id = "alias/aws/ebs"
          launch_permission { user_ids = ["444455556666"] }
        }
      }
    }
    resource "aws_imagebuilder_image" "i" {
      image_recipe_arn               = aws_imagebuilder_image_recipe.r.arn
      distribution_configuration_arn = aws_imagebuilder_distribution_configuration.d.arn
    }
    """
    finding = found(terraform(tmp_path, text), "EBS020")["aws_imagebuilder_image.i"]
    assert "AWS managed key" in finding.message


# -- account settings --------------------------------------------------------------------

SETTINGS = ("EBS023", "EBS024", "EBS025")
_KEY = """
provider "aws" { region = "eu-west-1" }
resource "aws_kms_key" "data" {}
resource "aws_ebs_default_kms_key" "this" { key_arn = aws_kms_key.data.arn }
"""
_SWITCH = 'resource "aws_ebs_encryption_by_default" "NAME" { enabled = VALUE }\n'


def switch(name: str, value: str) -> str:
    return _SWITCH.replace("NAME", name).replace("VALUE", value)


@pytest.mark.parametrize(
    ("text", "assume", "expected"),
    [
        (_KEY, [], ("EBS023", "possible", "note")),
        (_KEY, ["encryption_by_default=off"], ("EBS023", "certain", "warning")),
        (_KEY, ["encryption_by_default=on"], None),
        (_KEY + switch("s", "true"), ["encryption_by_default=off"], None),
        (_KEY + switch("s", "false"), [], ("EBS023", "certain", "warning")),
        (_KEY.replace("aws_kms_key.data.arn", '"alias/aws/ebs"'), [], None),
    ],
)
def test_a_default_key_alone_encrypts_nothing(
    tmp_path: Path, text: str, assume: list[str], expected: tuple[str, str, str] | None
) -> None:
    (tmp_path / "main.tf").write_text(text, encoding="utf-8")
    finding = found(analyze([str(tmp_path)], assume=assume), "EBS023").get(
        "aws_ebs_default_kms_key.this"
    )
    assert (finding and (finding.rule, finding.certainty, finding.level)) == expected


def test_settings_that_contradict_are_told_once(tmp_path: Path) -> None:
    text = 'provider "aws" { region = "eu-west-1" }\n'
    both = text + switch("a", "true") + switch("b", "false")
    (finding,) = found(terraform(tmp_path, both), "EBS024").values()
    assert "aws_ebs_encryption_by_default.a" in finding.message
    assert not found(
        terraform(tmp_path, text + switch("a", "true") + switch("b", "true")), "EBS024"
    )


def test_settings_of_two_regions_do_not_contradict(tmp_path: Path) -> None:
    text = """
    provider "aws" { region = "eu-west-1" }
    provider "aws" {
      alias  = "us"
      region = "us-east-1"
    }
    resource "aws_ebs_encryption_by_default" "a" {}
    resource "aws_ebs_encryption_by_default" "b" {
      provider = aws.us
      enabled  = false
    }
    """
    assert not found(terraform(tmp_path, text), "EBS024")


_VOLUME = """
provider "aws" { region = "eu-west-1" }
resource "aws_ebs_encryption_by_default" "this" {}
resource "aws_ebs_volume" "data" {
  availability_zone = "eu-west-1a"
  size              = 1
  MORE
}
"""


@pytest.mark.parametrize(
    ("more", "hazard"),
    [
        ("", True),
        ("depends_on = [aws_ebs_encryption_by_default.this]", False),
        ("encrypted = true", False),
    ],
)
def test_a_setting_that_may_come_too_late_is_told(tmp_path: Path, more: str, hazard: bool) -> None:
    report = terraform(tmp_path, _VOLUME.replace("MORE", more))
    findings = found(report, "EBS025")
    assert bool(findings) is hazard
    if hazard:
        assert "aws_ebs_volume.data" in findings["aws_ebs_encryption_by_default.this"].message


def test_what_is_known_before_is_what_a_late_setting_changes(tmp_path: Path) -> None:
    """A facts file tells how an account is before the deployment, which then changes it."""
    (tmp_path / "main.tf").write_text(
        _VOLUME.replace("MORE", "depends_on = [aws_ebs_encryption_by_default.this]"),
        encoding="utf-8",
    )
    report = analyze([str(tmp_path)], assume=["encryption_by_default=off"])
    assert [d.verdict for d in report.devices] == ["encrypted"]
    (tmp_path / "main.tf").write_text(_VOLUME.replace("MORE", ""), encoding="utf-8")
    report = analyze([str(tmp_path)], assume=["encryption_by_default=off"])
    (device,) = report.devices
    assert device.verdict == "depends"
    assert [q.fact for q in device.questions] == [
        "applied_first(aws_ebs_encryption_by_default.this)"
    ]
