"""Findings about what becomes of a volume or snapshot: unencrypted, rejected, or open."""

from __future__ import annotations

import re

from analyzer.policy.spec import Advice, Context, DeviceRule, FailOn, Page
from analyzer.wire import Device

__all__ = ["RULES", "thing"]


_DEVICE_NAME = re.compile(r"/|xvd|sd|nvme")


def thing(device: Device) -> str:
    """A device in the words of a message."""
    if device.device is None:
        return device.kind
    if device.root and device.device == "root":
        return f"root {device.kind}"
    if device.kind in device.device:  # "replication volume"
        return device.device
    if _DEVICE_NAME.match(device.device) is None:  # "user volume"
        return f"{device.device} {device.kind}"
    return f"{'root ' if device.root else ''}{device.kind} {device.device}"


def _rejection(device: Device, _context: Context) -> str:
    first = device.outcomes[0]
    codes = dict.fromkeys(o.code for o in device.outcomes if o.code)
    code = f" ({' or '.join(codes)})" if codes else ""
    verb = "will never become usable" if first.late else "will be refused by AWS"
    return f"{thing(device)} {verb}{code}: {first.because}"


def _possible(device: Device, _context: Context) -> str:
    outcomes = {o.outcome for o in device.outcomes}
    if not outcomes:
        return f"{thing(device)}: too many possibilities to decide"
    bad = " or ".join(
        word
        for outcome, word in (("unencrypted", "unencrypted"), ("rejected", "refused by AWS"))
        if outcome in outcomes
    )
    return f"{thing(device)} may end up {bad}"


_OF_VOLUME = Advice(
    hcl="encrypt the volume that it is made of, or make an encrypted copy (aws_ebs_snapshot_copy, "
    "aws_ami_copy): the account's settings do not change what a snapshot is",
    yaml="encrypt the volume that it is made of, or make an encrypted copy: the account's settings "
    "do not change what a snapshot is",
)
_OF_SERVICE = Advice(
    hcl="turn encryption on where the service describes the volume: the account's EBS settings do "
    "not reach it",
    yaml="turn encryption on where the service describes the volume: the account's EBS settings do "
    "not reach it",
)

RULES: tuple[DeviceRule, ...] = (
    DeviceRule(
        id="EBS001",
        name="unencrypted",
        title="Volume or snapshot will not be encrypted",
        level="error",
        certainty="certain",
        fails=FailOn.UNENCRYPTED,
        applies=lambda d, _: d.verdict == "unencrypted",
        message=lambda d, _: f"{thing(d)} will not be encrypted: {d.outcomes[0].because}",
        help=Advice(
            hcl="set encrypted = true (and kms_key_id for a key of your own) where the volume is "
            "described, or turn on aws_ebs_encryption_by_default for the account and Region",
            yaml="set Encrypted: true (and KmsKeyId for a key of your own) where the volume is "
            "described, or turn on EBS encryption by default for the account and Region",
        ),
        helps={
            "CM-2": _OF_VOLUME,
            "CR-1": _OF_VOLUME,
            "SV-1": _OF_SERVICE,
        },
        page=Page(
            what="In every world that agrees with what is known, this volume or snapshot is "
            "created in plain text.",
            why="Encryption is decided when a volume is made and cannot be turned on later: an "
            "existing volume has to be copied and replaced.",
            hcl='resource "aws_ebs_volume" "data" {\n'
            '  availability_zone = "eu-west-1a"\n'
            "  size              = 10\n"
            "  # encrypted = true\n"
            "}\n",
            yaml="Data:\n"
            "  Type: AWS::EC2::Volume\n"
            "  Properties:\n"
            "    AvailabilityZone: eu-west-1a\n"
            "    Size: 10\n"
            "    # Encrypted: true\n",
            given=("--assume", "encryption_by_default=off"),
            limits="A snapshot of a volume follows the volume: encrypt the volume, or copy the "
            "snapshot with encryption. Where the state hangs on a fact that nobody told, the "
            "finding is EBS003.",
        ),
    ),
    DeviceRule(
        id="EBS002",
        name="rejected",
        title="AWS will refuse the request",
        level="error",
        certainty="certain",
        fails=FailOn.REJECTED,
        applies=lambda d, _: d.verdict == "rejected",
        message=_rejection,
        help=Advice(
            hcl="make the request legal: kms_key_id needs encrypted = true, an encrypted source "
            "must not say encrypted = false, and the key must be usable in the Region",
            yaml="make the request legal: KmsKeyId needs Encrypted: true, an encrypted source must "
            "not say Encrypted: false, and the key must be usable in the Region",
        ),
        page=Page(
            what="In every world that agrees with what is known, AWS refuses the request, or "
            "accepts it and the volume or snapshot never becomes usable.",
            why="The deployment fails half-way, or an Auto Scaling group starts instances that "
            "end at once, long after the change was reviewed.",
            hcl='resource "aws_kms_key" "data" {}\n'
            'resource "aws_ebs_volume" "data" {\n'
            '  availability_zone = "eu-west-1a"\n'
            "  size              = 10\n"
            "  kms_key_id        = aws_kms_key.data.arn\n"
            "  # encrypted = true\n"
            "}\n",
            yaml="DataKey:\n"
            "  Type: AWS::KMS::Key\n"
            "Data:\n"
            "  Type: AWS::EC2::Volume\n"
            "  Properties:\n"
            "    AvailabilityZone: eu-west-1a\n"
            "    Size: 10\n"
            "    KmsKeyId: !GetAtt DataKey.Arn\n"
            "    # Encrypted: true\n",
            given=("--assume", "encryption_by_default=off"),
            limits="Only refusals for reasons of encryption are found: quotas, permissions other "
            "than those of keys, and capacity are not looked at.",
        ),
    ),
    DeviceRule(
        id="EBS003",
        name="possible",
        title="Volume or snapshot may end up unencrypted or refused",
        level="warning",
        certainty="possible",
        fails=FailOn.POSSIBLE,
        applies=lambda d, _: d.verdict == "depends",
        message=_possible,
        help=Advice(
            hcl="answer the questions of the report (--assume), or set encrypted = true",
            yaml="answer the questions of the report (--assume), or set Encrypted: true",
        ),
        page=Page(
            what="What becomes of the volume or snapshot hangs on facts that the input does not "
            "tell: at least one of the outcomes that remain is plain text or a refusal.",
            why="A check that guesses is wrong in one of the cases. The report lists every outcome "
            "with what it hangs on, and the questions that settle it.",
            hcl='resource "aws_instance" "web" {\n'
            '  ami           = "ami-0a1b2c3d4e5f60718" # encrypted? whose?\n'
            '  instance_type = "t3.micro"\n'
            "  # root_block_device { encrypted = true }\n"
            "}\n",
            yaml="Web:\n"
            "  Type: AWS::EC2::Instance\n"
            "  Properties:\n"
            "    ImageId: ami-0a1b2c3d4e5f60718 # encrypted? whose?\n",
            limits="It fails a run only with --fail-on possible or --strict.",
        ),
    ),
)
