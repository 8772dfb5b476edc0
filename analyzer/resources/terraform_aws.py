"""The Terraform aws provider: which argument of which type means what for EBS.

What leaves for a written `false` is a fact of the provider (versions 4 to 6): types of its
older SDK drop it, others send it, `aws_ami_copy` sends it unwritten.
"""

from __future__ import annotations

from analyzer.core.model import Operation
from analyzer.resources.spec import (
    FALSE_UNLESS_TRUE,
    ONLY_TRUE,
    Alias,
    CopiesImage,
    CreatesImage,
    DataImage,
    DataState,
    Entry,
    Identity,
    ImageParameter,
    KeyResource,
    Launches,
    Makes,
    Mappings,
    NoDevice,
    RegistersImage,
    SetsDefaultKey,
    SetsEncryptionByDefault,
    SourceKind,
    Stored,
    TemplateRef,
)

__all__ = ["ENTRIES"]

_TEMPLATE = ("aws_launch_template",)

_ROOT = Mappings(
    at="root_block_device",
    encrypted="encrypted",
    kms_key_id="kms_key_id",
    size="volume_size",
    sent=ONLY_TRUE,
)
_EBS = Mappings(
    at="ebs_block_device",
    device="device_name",
    encrypted="encrypted",
    kms_key_id="kms_key_id",
    snapshot="snapshot_id",
    size="volume_size",
    sent=ONLY_TRUE,
)
_EPHEMERAL = Mappings(
    at="ephemeral_block_device",
    device="device_name",
    virtual_name="virtual_name",
    no_device="no_device",
    removes=NoDevice.WHEN_TRUE,
)
_INSTANCE_TEMPLATE = TemplateRef(
    id="launch_template.id",
    name="launch_template.name",
    version="launch_template.version",
    types=_TEMPLATE,
)
_INSTANCE = Launches(
    image="ami",
    templates=(_INSTANCE_TEMPLATE,),
    mappings=(_ROOT, _EBS, _EPHEMERAL),
)
_TEMPLATE_MAPPINGS = Mappings(
    at="block_device_mappings",
    device="device_name",
    ebs="ebs",
    encrypted="encrypted",
    kms_key_id="kms_key_id",
    snapshot="snapshot_id",
    size="volume_size",
    no_device="no_device",
    removes=NoDevice.WHEN_TRUE,
    virtual_name="virtual_name",
)
_CONFIGURATION = Launches(
    image="image_id",
    mappings=(
        Mappings(at="root_block_device", encrypted="encrypted", size="volume_size", sent=ONLY_TRUE),
        Mappings(
            at="ebs_block_device",
            device="device_name",
            encrypted="encrypted",
            snapshot="snapshot_id",
            size="volume_size",
            no_device="no_device",
            removes=NoDevice.WHEN_TRUE,
            sent=ONLY_TRUE,
        ),
        _EPHEMERAL,
    ),
)

_LAUNCHES = (
    Entry(type="aws_instance", parts=(_INSTANCE,)),
    Entry(
        type="aws_launch_template",
        parts=(
            Stored(
                launch=Launches(image="image_id", mappings=(_TEMPLATE_MAPPINGS,)),
                follows="update_default_version",
            ),
        ),
    ),
    Entry(type="aws_launch_configuration", parts=(Stored(launch=_CONFIGURATION),)),
    Entry(
        type="aws_autoscaling_group",
        parts=(
            Launches(
                templates=(
                    TemplateRef(
                        name="launch_configuration",
                        types=("aws_launch_configuration",),
                        launch_configuration=True,
                    ),
                    _INSTANCE_TEMPLATE,
                ),
                needs_template=True,
                launcher="AWSServiceRoleForAutoScaling",
            ),
            Launches(
                each="mixed_instances_policy.launch_template.launch_template_specification",
                templates=(
                    TemplateRef(
                        id="launch_template_id",
                        name="launch_template_name",
                        version="version",
                        types=_TEMPLATE,
                    ),
                ),
                needs_template=True,
                launcher="AWSServiceRoleForAutoScaling",
            ),
            Launches(
                each="mixed_instances_policy.launch_template.override.launch_template_specification",
                templates=(
                    TemplateRef(
                        id="launch_template_id",
                        name="launch_template_name",
                        version="version",
                        types=_TEMPLATE,
                    ),
                ),
                needs_template=True,
                launcher="AWSServiceRoleForAutoScaling",
                label="override",
            ),
        ),
    ),
)

_VOLUMES = (
    Entry(
        type="aws_ebs_volume",
        parts=(
            Makes(
                operation=Operation.CREATE_VOLUME,
                kind="volume",
                encrypted="encrypted",
                kms_key_id="kms_key_id",
                sent=ONLY_TRUE,
                source="snapshot_id",
                made_of=SourceKind.SNAPSHOT,
            ),
        ),
    ),
    Entry(
        type="aws_ebs_snapshot",
        parts=(
            Makes(
                operation=Operation.CREATE_SNAPSHOT,
                kind="snapshot",
                source="volume_id",
                made_of=SourceKind.VOLUME,
            ),
        ),
    ),
    Entry(
        type="aws_ebs_snapshot_copy",
        parts=(
            Makes(
                operation=Operation.COPY_SNAPSHOT,
                kind="snapshot",
                encrypted="encrypted",
                kms_key_id="kms_key_id",
                sent=ONLY_TRUE,
                source="source_snapshot_id",
                made_of=SourceKind.SNAPSHOT,
                source_region="source_region",
            ),
        ),
    ),
)

_IMAGES = (
    Entry(
        type="aws_ami",
        parts=(
            RegistersImage(
                root="root_device_name",
                mappings=(
                    Mappings(
                        at="ebs_block_device",
                        device="device_name",
                        encrypted="encrypted",
                        snapshot="snapshot_id",
                        size="volume_size",
                        # with a snapshot a false is not sent; without one it always is
                        sent=ONLY_TRUE,
                    ),
                    Mappings(
                        at="ephemeral_block_device",
                        device="device_name",
                        virtual_name="virtual_name",
                    ),
                ),
            ),
        ),
    ),
    Entry(
        type="aws_ami_copy",
        parts=(
            CopiesImage(
                source="source_ami_id",
                source_region="source_ami_region",
                encrypted="encrypted",
                kms_key_id="kms_key_id",
                sent=FALSE_UNLESS_TRUE,
                outpost="destination_outpost_arn",
            ),
        ),
    ),
    Entry(type="aws_ami_from_instance", parts=(CreatesImage(instance="source_instance_id"),)),
)

_KEYS_AND_SETTINGS = (
    Entry(
        type="aws_kms_key",
        parts=(
            KeyResource(enabled="is_enabled", usage="key_usage", spec="customer_master_key_spec"),
        ),
    ),
    Entry(type="aws_kms_alias", parts=(Alias(name="name", target="target_key_id"),)),
    Entry(
        type="aws_ebs_encryption_by_default",
        parts=(SetsEncryptionByDefault(enabled="enabled"),),
    ),
    Entry(type="aws_ebs_default_kms_key", parts=(SetsDefaultKey(key="key_arn"),)),
)

_DATA = (
    Entry(
        type="aws_ami",
        data=True,
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
        type="aws_launch_template",
        data=True,
        parts=(Stored(launch=Launches(image="image_id", mappings=(_TEMPLATE_MAPPINGS,))),),
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
    Entry(
        type="aws_ssm_parameter",
        data=True,
        parts=(ImageParameter(name="name", values=("insecure_value", "value")),),
    ),
)

ENTRIES: tuple[Entry, ...] = (*_LAUNCHES, *_VOLUMES, *_IMAGES, *_KEYS_AND_SETTINGS, *_DATA)
