"""Volumes and snapshots that are asked for one by one, or by a policy."""

from __future__ import annotations

from analyzer.core.model import Operation
from analyzer.resources.spec import (
    FALSE_UNLESS_TRUE,
    ONLY_TRUE,
    Entry,
    Makes,
    MakesNothing,
    ServiceVolume,
    Shares,
    SourceKind,
    When,
)

__all__ = ["ENTRIES"]

_LAYERS = (
    "custom",
    "ecs_cluster",
    "ganglia",
    "haproxy",
    "java_app",
    "memcached",
    "mysql",
    "nodejs_app",
    "php_app",
    "rails_app",
    "static_web",
)
_LAYER_VOLUMES = Makes(
    operation=Operation.CREATE_VOLUME,
    kind="volume",
    each="ebs_volume",
    device="mount_point",
    encrypted="encrypted",
    sent=FALSE_UNLESS_TRUE,
)

ENTRIES = (
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
                last_snapshot="final_snapshot",
            ),
        ),
    ),
    Entry(
        type="aws_ebs_volume_copy",
        parts=(
            Makes(
                operation=Operation.COPY_VOLUMES,
                kind="volume",
                encrypted="encrypted",
                kms_key_id="kms_key_id",
                source="source_volume_id",
                made_of=SourceKind.VOLUME,
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
    Entry(
        type="aws_ebs_snapshot_import",
        parts=(
            Makes(
                operation=Operation.IMPORT_SNAPSHOT,
                kind="snapshot",
                encrypted="encrypted",
                kms_key_id="kms_key_id",
                sent=ONLY_TRUE,
            ),
        ),
    ),
    Entry(
        type="aws_dlm_lifecycle_policy",
        parts=(
            Makes(
                operation=Operation.CREATE_SNAPSHOT,
                kind="snapshot",
                each="policy_details.schedule",
                device="name",
                made_of=SourceKind.VOLUME,
            ),
            Makes(
                operation=Operation.CREATE_SNAPSHOT,
                kind="snapshot",
                device_name="default policy",
                made_of=SourceKind.VOLUME,
                only_if=When(path="default_policy"),
            ),
            Makes(
                operation=Operation.DLM_CROSS_REGION_COPY,
                kind="snapshot",
                each="policy_details.schedule.cross_region_copy_rule",
                device="target",
                encrypted="encrypted",
                kms_key_id="cmk_arn",
                sent=FALSE_UNLESS_TRUE,
                made_of=SourceKind.SNAPSHOT,
                region=("target_region", "target"),
            ),
            Makes(
                operation=Operation.DLM_CROSS_REGION_COPY,
                kind="snapshot",
                each="policy_details.action.cross_region_copy",
                device="target",
                encrypted="encryption_configuration.encrypted",
                kms_key_id="encryption_configuration.cmk_arn",
                sent=FALSE_UNLESS_TRUE,
                made_of=SourceKind.SNAPSHOT,
                region=("target",),
            ),
        ),
    ),
    Entry(
        type="aws_workspaces_workspace",
        parts=tuple(
            ServiceVolume(
                device_name=name,
                encrypted=f"{name}_volume_encryption_enabled",
                kms_key_id="volume_encryption_key",
                default_key="alias/aws/workspaces",
            )
            for name in ("root", "user")
        ),
    ),
    Entry(
        type="aws_drs_replication_configuration_template",
        parts=(
            Makes(
                operation=Operation.CREATE_VOLUME,
                kind="volume",
                device_name="replication volume",
                encrypted="ebs_encryption",
                words={"DEFAULT": "true", "CUSTOM": "true", "NONE": "absent"},
                kms_key_id="ebs_encryption_key_arn",
            ),
        ),
    ),
    *(Entry(type=f"aws_opsworks_{layer}_layer", parts=(_LAYER_VOLUMES,)) for layer in _LAYERS),
    Entry(
        type="aws_snapshot_create_volume_permission",
        parts=(
            Shares(
                what="snapshot_id",
                everyone=When(path="account_id", values=("all",)),
                with_=("account_id",),
            ),
        ),
    ),
    Entry(
        type="aws_ebs_snapshot_block_public_access",
        parts=(MakesNothing(why="keeps snapshots from being made public"),),
    ),
    Entry(
        type="aws_ebs_fast_snapshot_restore",
        parts=(MakesNothing(why="makes volumes of a snapshot faster, not other ones"),),
    ),
)
