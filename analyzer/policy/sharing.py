"""Findings about snapshots and images that others are given access to.

Source: EBS User Guide, share a snapshot; EC2 User Guide, share an AMI (rules SH-1 to SH-5).
"""

from __future__ import annotations

import msgspec

from analyzer.policy.spec import Advice, FailOn, Page, Rule, Subject
from analyzer.text import shown
from analyzer.wire import Finding

__all__ = ["RULES", "Share", "finding"]


class Share(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong with giving access: why, what with, and whether that is certain.

    `why` is one of `managed` (the AWS managed key cannot be shared), `public` (an encrypted
    snapshot cannot be public) and `key` (the key is not shared along).
    """

    about: Subject
    what: str
    device: str
    why: str
    certain: bool
    accounts: tuple[str, ...] = ()
    key: str = ""


_HCL = (
    'resource "aws_ebs_snapshot_copy" "data" {\n'
    '  source_snapshot_id = "snap-0123456789abcdef0"\n'
    '  source_region      = "eu-west-1"\n'
    "  encrypted          = true\n"
    "  # kms_key_id = aws_kms_key.shared.arn\n"
    "}\n"
    '# resource "aws_kms_key" "shared" {\n'
    "#   policy = data.aws_iam_policy_document.shared.json\n"
    "# }\n"
    'resource "aws_snapshot_create_volume_permission" "friend" {\n'
    "  snapshot_id = aws_ebs_snapshot_copy.data.id\n"
    '  account_id  = "444455556666"\n'
    "}\n"
)
_ADVICE = Advice(
    hcl="encrypt what is shared with a customer managed key, and let the other account use that "
    "key; what is public has to be plain",
    yaml="encrypt what is shared with a customer managed key, and let the other account use that "
    "key; what is public has to be plain",
)

WILL_BE_REFUSED = Rule(
    id="EBS020",
    name="share-refused",
    title="Sharing a snapshot or image will be refused",
    level="error",
    certainty="certain",
    fails=FailOn.REJECTED,
    help=_ADVICE,
    page=Page(
        what="Another account is given a snapshot or image that is encrypted with the AWS managed "
        "key, or everybody is given an encrypted one.",
        why="AWS refuses both (OperationNotPermitted, InvalidParameter): the AWS managed key can "
        "be used from its own account only, and encrypted snapshots cannot be public.",
        hcl=_HCL,
        given=(
            *("--assume", "snapshot(snap-0123456789abcdef0)=unencrypted"),
            *("--assume", "default_key=aws_managed"),
        ),
        limits="Of snapshots and images that exist already, only what the facts or a data source "
        "tell is looked at.",
    ),
)
MAY_BE_REFUSED = Rule(
    id="EBS021",
    name="share-refused-possible",
    title="Sharing a snapshot or image may be refused",
    level="warning",
    certainty="possible",
    fails=FailOn.POSSIBLE,
    help=_ADVICE,
    page=Page(
        what="Another account is given a snapshot or image that may be encrypted with the AWS "
        "managed key, for nothing tells which key is the default; or everybody is given one that "
        "may be encrypted.",
        why="If it is so, AWS refuses to share it, and the deployment stops there.",
        hcl=_HCL,
        limits="Tell the default key of the account and Region, in the facts file or with "
        "--assume default_key=customer_managed, to be sure.",
    ),
)
KEY_NOT_SHARED = Rule(
    id="EBS022",
    name="share-without-key",
    title="A snapshot or image is shared, its key is not",
    level="warning",
    certainty="certain",
    fails=None,
    strict=True,
    help=Advice(
        hcl="let the other account use the key: kms:DescribeKey, kms:Decrypt, kms:ReEncrypt* and "
        "kms:CreateGrant for its root in the policy of the key",
        yaml="let the other account use the key: kms:DescribeKey, kms:Decrypt, kms:ReEncrypt* and "
        "kms:CreateGrant for its root in the KeyPolicy",
    ),
    page=Page(
        what="Another account is given a snapshot or image under a key that is created in the same "
        "input, and the policy of the key, which is fully known, does not allow that account.",
        why="The share succeeds, and whatever the other account makes of it fails.",
        hcl='resource "aws_kms_key" "shared" {\n'
        "  policy = jsonencode({\n"
        "    Statement = [{\n"
        '      Effect    = "Allow"\n'
        '      Principal = { AWS = "arn:aws:iam::111122223333:root" } # not the other account\n'
        '      Action    = "kms:*"\n'
        '      Resource  = "*"\n'
        "    }]\n"
        "  })\n"
        "}\n"
        'resource "aws_ebs_snapshot_copy" "data" {\n'
        '  source_snapshot_id = "snap-0123456789abcdef0"\n'
        '  source_region      = "eu-west-1"\n'
        "  encrypted          = true\n"
        "  kms_key_id         = aws_kms_key.shared.arn\n"
        "}\n"
        'resource "aws_snapshot_create_volume_permission" "friend" {\n'
        "  snapshot_id = aws_ebs_snapshot_copy.data.id\n"
        '  account_id  = "444455556666"\n'
        "}\n",
        limits="Grants that are made later are not seen.",
    ),
)

RULES: tuple[Rule, ...] = (WILL_BE_REFUSED, MAY_BE_REFUSED, KEY_NOT_SHARED)


def finding(share: Share) -> Finding:
    """The finding about a share."""
    if share.why == "key":
        rule = KEY_NOT_SHARED
    else:
        rule = WILL_BE_REFUSED if share.certain else MAY_BE_REFUSED
    facts = (share.what, share.device, share.why, *share.accounts)
    return rule.finding(share.about, _message(share), facts)


def _message(share: Share) -> str:
    where = f" ({shown(share.device)})" if share.device else ""
    what = f"{share.what}{where}"
    if share.why == "key":
        who = ", ".join(share.accounts)
        return f"{what} is shared with {who}, which may not use its key {share.key}"
    verb, be = ("will", "is") if share.certain else ("may", "may be")
    if share.why == "public":
        return f"making {what} public {verb} be refused: it {be} encrypted"
    return (
        f"sharing {what} {verb} be refused: it {be} encrypted with the AWS managed key, which no "
        "other account can use"
    )
