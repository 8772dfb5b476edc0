"""What a plan has looked up: existing images, volumes, keys, templates and settings."""

from __future__ import annotations

from analyzer.resources.spec import (
    Alias,
    DataImage,
    DataState,
    Entry,
    Identity,
    ImageParameter,
    KeyResource,
    Launches,
    MakesNothing,
    Mappings,
    PolicyDocument,
    SetsDefaultKey,
    SetsEncryptionByDefault,
    Stored,
)
from analyzer.resources.terraform.devices import (
    CONFIGURATION_EBS,
    CONFIGURATION_ROOT,
    EBS,
    EPHEMERAL,
    LAUNCH_TEMPLATE,
    ROOT,
)

__all__ = ["ENTRIES"]

_IDS = MakesNothing(why="looks up ids only")

ENTRIES = (
    Entry(
        type="aws_ami",
        data=True,
        names=("id", "image_id"),
        parts=(
            DataImage(
                owner="owner_id",
                owner_alias="image_owner_alias",
                public="public",
                root="root_device_name",
                mappings=Mappings(
                    at="block_device_mappings",
                    device="device_name",
                    ebs="ebs",
                    encrypted="encrypted",
                    snapshot="snapshot_id",
                    size="volume_size",
                    virtual_name="virtual_name",
                ),
            ),
        ),
    ),
    Entry(
        type="aws_ebs_snapshot",
        data=True,
        parts=(
            DataState(
                kind="snapshot", encrypted="encrypted", kms_key_id="kms_key_id", owner="owner_id"
            ),
        ),
    ),
    Entry(
        type="aws_ebs_volume",
        data=True,
        parts=(DataState(kind="volume", encrypted="encrypted", kms_key_id="kms_key_id"),),
    ),
    Entry(
        type="aws_instance",
        data=True,
        parts=(Launches(image="ami", mappings=(ROOT, EBS, EPHEMERAL)),),
    ),
    Entry(
        type="aws_launch_template",
        data=True,
        parts=(Stored(launch=Launches(image="image_id", mappings=(LAUNCH_TEMPLATE,))),),
    ),
    Entry(
        type="aws_launch_configuration",
        data=True,
        parts=(
            Stored(
                launch=Launches(
                    image="image_id",
                    mappings=(CONFIGURATION_ROOT, CONFIGURATION_EBS, EPHEMERAL),
                )
            ),
        ),
    ),
    Entry(
        type="aws_kms_key",
        data=True,
        parts=(
            KeyResource(
                enabled="enabled",
                usage="key_usage",
                spec="key_spec",
                state="key_state",
                manager="key_manager",
            ),
        ),
    ),
    Entry(type="aws_kms_alias", data=True, parts=(Alias(name="name", target="target_key_arn"),)),
    Entry(
        type="aws_ebs_encryption_by_default",
        data=True,
        parts=(SetsEncryptionByDefault(enabled="enabled"),),
    ),
    Entry(type="aws_ebs_default_kms_key", data=True, parts=(SetsDefaultKey(key="key_arn"),)),
    Entry(type="aws_caller_identity", data=True, parts=(Identity(),)),
    Entry(type="aws_region", data=True, parts=(Identity(),)),
    Entry(
        type="aws_iam_policy_document",
        data=True,
        names=(),
        parts=(
            PolicyDocument(
                statements="statement",
                merged=(
                    "source_policy_documents",
                    "override_policy_documents",
                    "source_json",
                    "override_json",
                ),
            ),
        ),
    ),
    Entry(
        type="aws_ssm_parameter",
        data=True,
        names=("insecure_value", "value"),
        parts=(ImageParameter(name="name"),),
    ),
    *(
        Entry(type=type_, data=True, parts=(_IDS,))
        for type_ in ("aws_ami_ids", "aws_ebs_snapshot_ids", "aws_ebs_volumes")
    ),
)
