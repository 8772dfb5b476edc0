"""Findings about who may use a key: launches that will fail for want of a permission."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from analyzer.core.policies import OWN_ACCOUNT
from analyzer.policy.spec import Advice, FailOn, Page, Rule, Subject
from analyzer.wire import Finding, Location

if TYPE_CHECKING:
    from analyzer.extraction.device import Device

__all__ = ["RULES", "Refused", "finding"]


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    """A launch or volume whose principal lacks permissions on the key.

    `role` is the part of the principal's ARN after the account, `""` where it is not known.
    `written` tells that the key has a policy of its own, not KMS's default.
    """

    device: Device
    key: str
    who: str
    role: str
    account: str
    lacking: tuple[str, ...]
    certain: bool
    written: bool


_HCL = (
    "# no policy: the account may delegate, which is nothing to AWS's own roles\n"
    'resource "aws_kms_key" "data" {}\n'
    'resource "aws_launch_template" "web" {\n'
    '  image_id = "ami-0a1b2c3d4e5f60718"\n'
    "  block_device_mappings {\n"
    '    device_name = "/dev/xvda"\n'
    "    ebs {\n"
    "      encrypted  = true\n"
    "      kms_key_id = aws_kms_key.data.arn\n"
    "    }\n"
    "  }\n"
    "}\n"
    'resource "aws_autoscaling_group" "web" {\n'
    "  launch_template { id = aws_launch_template.web.id }\n"
    "}\n"
)
_YAML = (
    "DataKey:\n"
    "  Type: AWS::KMS::Key\n"
    "  Properties:\n"
    "    KeyPolicy:\n"
    "      Statement:\n"
    "        - Effect: Allow # not to AWSServiceRoleForAutoScaling\n"
    "          Principal: {AWS: !Sub 'arn:aws:iam::${AWS::AccountId}:root'}\n"
    "          Action: kms:*\n"
    "          Resource: '*'\n"
    "Template:\n"
    "  Type: AWS::EC2::LaunchTemplate\n"
    "  Properties:\n"
    "    LaunchTemplateData:\n"
    "      ImageId: ami-0a1b2c3d4e5f60718\n"
    "      BlockDeviceMappings:\n"
    "        - DeviceName: /dev/xvda\n"
    "          Ebs: {Encrypted: true, KmsKeyId: !GetAtt DataKey.Arn}\n"
    "Group:\n"
    "  Type: AWS::AutoScaling::AutoScalingGroup\n"
    "  Properties:\n"
    "    MinSize: '1'\n"
    "    MaxSize: '2'\n"
    "    LaunchTemplate:\n"
    "      LaunchTemplateId: !Ref Template\n"
    "      Version: !GetAtt Template.LatestVersionNumber\n"
)

WILL_FAIL = Rule(
    id="EBS010",
    name="key-permission",
    title="A launch will fail: its principal may not use the key",
    level="error",
    certainty="certain",
    fails=FailOn.REJECTED,
    help=Advice(
        hcl="let the role use the key: add the missing statements, which `ebs-plan explain` of the "
        "address prints, to the key's policy, or an aws_kms_grant",
        yaml="let the role use the key: add the missing statements, which `ebs-plan explain` of "
        "the address prints, to the KeyPolicy",
    ),
    page=Page(
        what="The key is created in the same input, its policy is fully known, and neither the "
        "policy nor a grant allows the principal that launches what EBS needs: kms:CreateGrant, "
        "kms:Decrypt, kms:DescribeKey, kms:GenerateDataKeyWithoutPlaintext and kms:ReEncrypt*.",
        why="The deployment succeeds and no instance ever starts: each one ends at once with "
        "Client.InternalError or Client.InvalidKMSKey.InvalidState, which name no permission. "
        "Service-linked roles, as that of Auto Scaling, have no permissions of their own on keys, "
        "so the default policy of a key is not enough for them.",
        hcl=_HCL,
        yaml=_YAML,
        given=("--assume", "root_device_name(ami-0a1b2c3d4e5f60718)=/dev/xvda"),
        limits="A grant that somebody makes by hand after the key is created is not seen. Whoever "
        "launches by permissions of his own, which are not in the input, is never reported.",
    ),
)
MAY_FAIL = Rule(
    id="EBS011",
    name="key-permission-possible",
    title="A launch may fail: its principal may lack permissions on the key",
    level="warning",
    certainty="possible",
    fails=FailOn.POSSIBLE,
    help=Advice(
        hcl="let the role use the key: add the missing statements, which `ebs-plan explain` of the "
        "address prints, to the key's policy, or an aws_kms_grant",
        yaml="let the role use the key: add the missing statements, which `ebs-plan explain` of "
        "the address prints, to the KeyPolicy",
    ),
    page=Page(
        what="The policy of the key does not allow the principal that launches everything that "
        "EBS asks for, but the input does not tell everything: the key exists already and may "
        "have grants, it is one of several that the volume may get, or what is missing is not "
        "needed by every launch.",
        why="Failures for want of a permission show after the deployment, in instances that end "
        "at once.",
        hcl='variable "key" {\n  type = string\n}\n'
        + _HCL.replace("aws_kms_key.data.arn", 'var.key != "" ? var.key : aws_kms_key.data.arn'),
        limits="Conditions that are not understood, and policies that are not known, are taken "
        "as if they allowed it. List the key's policy and grants in the facts file to be sure.",
    ),
)

RULES: tuple[Rule, ...] = (WILL_FAIL, MAY_FAIL)


def finding(refused: Refused, path: str) -> Finding:
    """The finding about a launch that lacks permissions, with what to paste."""
    rule = WILL_FAIL if refused.certain else MAY_FAIL
    device = refused.device
    resource = device.resource
    about = Subject(
        input=path,
        address=resource.address,
        type=resource.type,
        location=Location.of(device.origin, path),
    )
    facts = (refused.key, refused.who, *refused.lacking)
    found = rule.finding(about, _message(refused), facts)
    return msgspec.structs.replace(found, fix=_fix(refused))


def _message(refused: Refused) -> str:
    verb = "will" if refused.certain else "may"
    type_ = refused.device.resource.type
    if type_.lower().replace("_", "").endswith("autoscalinggroup"):
        what = f"this group {verb} not start"
    elif refused.device.operation == "RunInstances":
        what = f"instances of it {verb} not start"
    else:
        what = f"this volume {verb} never become usable"
    does = "create grants on" if _GRANTS in refused.lacking else "use"
    lacking = ", ".join(refused.lacking)
    return f"{what}: {refused.who} may not {does} {refused.key} (missing: {lacking})"


_GRANTS = "kms:CreateGrant"
_USE = (
    *("kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*"),
    *("kms:GenerateDataKey*", "kms:DescribeKey"),
)


def _fix(refused: Refused) -> str:
    """The statements that are missing, ready to paste, in the language of the resource."""
    if not refused.role:
        return ""
    if "::" in refused.device.resource.type:
        return _yaml(refused)
    return _hcl(refused)


def _hcl(refused: Refused) -> str:
    account = refused.account
    if account == OWN_ACCOUNT:
        account = "${data.aws_caller_identity.current.account_id}"
    role = f"arn:aws:iam::{account}:{refused.role}"
    root = f"arn:aws:iam::{account}:root"
    blocks = [] if refused.written else [_hcl_block("Account", root, ("kms:*",))]
    if set(refused.lacking) != {_GRANTS}:
        blocks.append(_hcl_block("UseOfTheKey", role, _USE))
    if _GRANTS in refused.lacking:
        blocks.append(_hcl_block("GrantsForEbs", role, (_GRANTS,), for_aws=True))
    return "\n".join(blocks)


def _hcl_block(sid: str, principal: str, actions: tuple[str, ...], *, for_aws: bool = False) -> str:
    listed = "".join(f'    "{action}",\n' for action in actions)
    condition = (
        "  condition {\n"
        '    test     = "Bool"\n'
        '    variable = "kms:GrantIsForAWSResource"\n'
        '    values   = ["true"]\n'
        "  }\n"
    )
    return (
        "statement {\n"
        f'  sid       = "{sid}"\n'
        f"  actions = [\n{listed}  ]\n"
        '  resources = ["*"]\n'
        "  principals {\n"
        '    type        = "AWS"\n'
        f'    identifiers = ["{principal}"]\n'
        "  }\n"
        f"{condition if for_aws else ''}"
        "}"
    )


def _yaml(refused: Refused) -> str:
    account = refused.account
    sub = ""
    if account == OWN_ACCOUNT:
        account, sub = "${AWS::AccountId}", "!Sub "
    role = f"{sub}'arn:aws:iam::{account}:{refused.role}'"
    root = f"{sub}'arn:aws:iam::{account}:root'"
    blocks = [] if refused.written else [_yaml_block("Account", root, ("kms:*",))]
    if set(refused.lacking) != {_GRANTS}:
        blocks.append(_yaml_block("UseOfTheKey", role, _USE))
    if _GRANTS in refused.lacking:
        blocks.append(_yaml_block("GrantsForEbs", role, (_GRANTS,), for_aws=True))
    return "\n".join(blocks)


def _yaml_block(
    sid: str, principal: str, actions: tuple[str, ...], *, for_aws: bool = False
) -> str:
    condition = "  Condition: {Bool: {'kms:GrantIsForAWSResource': 'true'}}\n" if for_aws else ""
    listed = "".join(f"    - {action}\n" for action in actions)
    return (
        f"- Sid: {sid}\n"
        "  Effect: Allow\n"
        f"  Principal: {{AWS: {principal}}}\n"
        f"  Action:\n{listed}"
        f"{condition}"
        "  Resource: '*'"
    )
