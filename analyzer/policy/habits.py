"""Findings about requests that do what their author did not mean, or only by luck."""

from __future__ import annotations

from analyzer.core.tables import row_by_id
from analyzer.policy.outcomes import thing
from analyzer.policy.spec import Advice, Context, DeviceRule, Page
from analyzer.wire import Device

__all__ = ["RULES"]

_COPIES = ("CopySnapshot", "CopyImage", "DLMCrossRegionCopy")

#: Types whose `encrypted` the provider reads back from the volume and cannot change in place:
#: `false` in the code against `true` in the state replaces them at every plan.
_READ_BACK = ("aws_ebs_volume", "aws_instance", "aws_spot_instance_request")
#: Types whose `false` is the provider's own default, written or not.
_FALSE_BY_DEFAULT = ("aws_ami_copy",)

#: Names that images commonly give their root device.
_ROOT_NAMES = ("/dev/xvda", "/dev/sda1", "/dev/sda", "xvda", "sda1")

_SETS_ENCRYPTION_BY_DEFAULT = "aws_ebs_encryption_by_default"


def _plain_copy(device: Device, _context: Context) -> bool:
    return device.verdict == "unencrypted" and device.operation in _COPIES


def _keeps_its_key(device: Device, _context: Context) -> bool:
    """Whether Encrypted=true was asked for without a key, and the source's key is kept."""
    return (
        device.verdict == "encrypted"
        and device.requested.encrypted == "true"
        and device.requested.kms_key_id == "absent"
        and all(o.symbol == "SNAPSHOT" for o in device.outcomes)
    )


def _false_and_encrypted(device: Device) -> bool:
    return device.verdict == "encrypted" and device.requested.encrypted == "false"


def _overridden(device: Device, _context: Context) -> bool:
    return (
        _false_and_encrypted(device)
        and device.type not in _READ_BACK
        and device.type not in _FALSE_BY_DEFAULT
    )


def _replaced_forever(device: Device, _context: Context) -> bool:
    return _false_and_encrypted(device) and device.type in _READ_BACK


def _root_of(context: Context) -> Device | None:
    return next((d for d in context.siblings if d.root and d.device not in (None, "root")), None)


def _beside_the_root(device: Device, context: Context) -> bool:
    """Whether encryption is asked for under a usual root name that is not this image's."""
    if device.root or device.requested.encrypted != "true" or device.device not in _ROOT_NAMES:
        return False
    root = _root_of(context)
    return root is not None and root.requested.encrypted == "absent"


def _root_message(device: Device, context: Context) -> str:
    root = _root_of(context)
    name = root.device if root is not None else ""
    return (
        f"{thing(device)} is encrypted, but the image's root device is {name}: this mapping makes "
        "a volume of its own and does not encrypt the root"
    )


def _by_account_setting(device: Device, context: Context) -> bool:
    """Whether nothing but encryption by default, set elsewhere, encrypts the device."""
    if device.verdict != "encrypted" or device.requested.encrypted != "absent":
        return False
    if _SETS_ENCRYPTION_BY_DEFAULT in context.types:
        return False
    rows = [row_by_id(o.row) for o in device.outcomes]
    return all(row and row.when.get("encryption_by_default") == ("on",) for row in rows)


RULES: tuple[DeviceRule, ...] = (
    DeviceRule(
        id="EBS006",
        name="plain-copy",
        title="A copy is made in plain text",
        level="note",
        certainty="certain",
        fails=None,
        applies=_plain_copy,
        message=lambda d, _: (
            f"{thing(d)} is copied in plain text: whatever is made from the copy starts out "
            "unencrypted, too"
        ),
        help=Advice(
            hcl="set encrypted = true on the copy: copying is the one step that encrypts what "
            "exists in plain text",
            yaml="set Encrypted: true on the copy: copying is the one step that encrypts what "
            "exists in plain text",
        ),
        page=Page(
            what="A snapshot or image is copied, the source is plain text, and so is the copy.",
            why="An existing snapshot cannot be encrypted in place; a copy can. Launches from an "
            "encrypted copy need no further parameter to be encrypted.",
            hcl='resource "aws_ami_copy" "base" {\n'
            '  name              = "base"\n'
            '  source_ami_id     = "ami-0a1b2c3d4e5f60718"\n'
            '  source_ami_region = "us-east-1"\n'
            "  # encrypted = true\n"
            "}\n",
            given=(
                *("--assume", "encryption_by_default=off"),
                *("--assume", "image(ami-0a1b2c3d4e5f60718:root)=unencrypted"),
                *("--assume", "other_devices_encrypted(ami-0a1b2c3d4e5f60718)=no"),
            ),
            limits="Comes with EBS001, which is what fails the run.",
        ),
    ),
    DeviceRule(
        id="EBS007",
        name="keeps-source-key",
        title="Encrypted without a key does not change the key of an encrypted source",
        level="note",
        certainty="certain",
        fails=None,
        applies=_keeps_its_key,
        message=lambda d, _: (
            f"asking for encryption changes nothing for {thing(d)}: the source is encrypted and "
            "keeps its own key"
        ),
        help=Advice(
            hcl="name the key with kms_key_id if another key than the source's is meant",
            yaml="name the key with KmsKeyId if another key than the source's is meant",
        ),
        page=Page(
            what="Encrypted=true is written without a key, and the source is an encrypted snapshot "
            "of the same account: the volume keeps the key of the snapshot.",
            why="It is easily read as the account's default key. Only a key that is named "
            "replaces the key of the source.",
            hcl='resource "aws_ebs_volume" "restored" {\n'
            '  availability_zone = "eu-west-1a"\n'
            '  snapshot_id       = "snap-0123456789abcdef0" # encrypted, and yours\n'
            "  encrypted         = true\n"
            "  # kms_key_id = aws_kms_key.data.arn\n"
            "}\n"
            '# resource "aws_kms_key" "data" {}\n',
            yaml="# DataKey: {Type: AWS::KMS::Key}\n"
            "Restored:\n"
            "  Type: AWS::EC2::Volume\n"
            "  Properties:\n"
            "    AvailabilityZone: eu-west-1a\n"
            "    SnapshotId: snap-0123456789abcdef0 # encrypted, and yours\n"
            "    Encrypted: true\n"
            "    # KmsKeyId: !GetAtt DataKey.Arn\n",
            given=(
                *("--assume", "snapshot(snap-0123456789abcdef0)=encrypted"),
                *("--assume", "owner(snap-0123456789abcdef0)=self"),
            ),
            limits="To be sure of the key, require it with --require-key (EBS004).",
        ),
    ),
    DeviceRule(
        id="EBS008",
        name="false-overridden",
        title="An explicit false does not keep the volume in plain text",
        level="note",
        certainty="certain",
        fails=None,
        applies=_overridden,
        message=lambda d, _: (
            f"{thing(d)} is encrypted although the code says false: {d.outcomes[0].because}"
        ),
        help=Advice(
            hcl="say what happens: remove encrypted = false, or set it to true",
            yaml="say what happens: remove Encrypted: false, or set it to true",
        ),
        page=Page(
            what="The code asks for a volume in plain text, and it will be encrypted all the same.",
            why="Encryption by default has no exemption for a single volume, and some tools do not "
            "send false at all. Code that says otherwise misleads its readers.",
            yaml="Data:\n"
            "  Type: AWS::EC2::Volume\n"
            "  Properties:\n"
            "    AvailabilityZone: eu-west-1a\n"
            "    Size: 10\n"
            "    Encrypted: false\n",
            given=("--assume", "encryption_by_default=on"),
            limits="aws_ami_copy is left out: its false cannot be told from an argument that "
            "nobody wrote.",
        ),
    ),
    DeviceRule(
        id="EBS009",
        name="perpetual-replacement",
        title="The volume or instance will be replaced at every plan",
        level="warning",
        certainty="certain",
        fails=None,
        strict=True,
        applies=_replaced_forever,
        message=lambda d, _: (
            f"{thing(d)} will be encrypted although the code says encrypted = false: each later "
            f"plan replaces {d.address} ({d.outcomes[0].because})"
        ),
        help=Advice(
            hcl="remove encrypted = false, or set it to true",
            yaml="remove Encrypted: false, or set it to true",
        ),
        page=Page(
            what="The code says encrypted = false, AWS encrypts the volume, and the provider reads "
            "true back: a difference that only a replacement could settle, and does not.",
            why="Every plan destroys the volume or instance and makes it anew, with its data lost.",
            hcl='resource "aws_ebs_volume" "data" {\n'
            '  availability_zone = "eu-west-1a"\n'
            "  size              = 10\n"
            "  encrypted         = false\n"
            "}\n",
            given=("--assume", "encryption_by_default=on"),
            limits="Inferred from the provider's schema (the argument is computed and forces "
            "replacement); lifecycle.ignore_changes is not looked at.",
        ),
    ),
    DeviceRule(
        id="EBS030",
        name="not-the-root",
        title="Encryption is asked for under a name that is not the image's root device",
        level="warning",
        certainty="certain",
        fails=None,
        strict=True,
        applies=_beside_the_root,
        message=_root_message,
        help=Advice(
            hcl="use the image's own root device name (data.aws_ami.NAME.root_device_name)",
            yaml="use the image's own root device name as DeviceName",
        ),
        page=Page(
            what="A launch maps a usual root name, such as /dev/sda1, to an encrypted volume, but "
            "the image calls its root device otherwise.",
            why="Names are compared as text. The mapping makes an additional, empty volume, and "
            "the root volume is made as the image says, maybe in plain text.",
            hcl='resource "aws_ami" "linux" {\n'
            '  name             = "linux"\n'
            '  root_device_name = "/dev/xvda"\n'
            "  ebs_block_device {\n"
            '    device_name = "/dev/xvda"\n'
            '    snapshot_id = "snap-0123456789abcdef0"\n'
            "  }\n"
            "}\n"
            'resource "aws_launch_template" "web" {\n'
            "  image_id = aws_ami.linux.id\n"
            "  block_device_mappings {\n"
            '    device_name = "/dev/sda1" # the image says /dev/xvda\n'
            "    ebs {\n"
            "      encrypted   = true\n"
            "      volume_size = 20\n"
            "    }\n"
            "  }\n"
            "}\n",
            limits="Only where the image's root device name is known.",
        ),
    ),
    DeviceRule(
        id="EBS031",
        name="relies-on-account",
        title="Encrypted by an account setting only",
        level="note",
        certainty="certain",
        fails=None,
        applies=_by_account_setting,
        message=lambda d, _: (
            f"{thing(d)} is encrypted only because encryption by default is on in its account and "
            "Region"
        ),
        help=Advice(
            hcl="set encrypted = true, so that the code alone decides",
            yaml="set Encrypted: true, so that the code alone decides",
        ),
        page=Page(
            what="Nothing in the code asks for encryption; an account setting that the code does "
            "not manage encrypts the volume.",
            why="The same code makes plain text in another account or Region, or once somebody "
            "turns the setting off.",
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
            given=("--assume", "encryption_by_default=on"),
            limits="Not reported where the input itself turns the setting on.",
        ),
    ),
)
