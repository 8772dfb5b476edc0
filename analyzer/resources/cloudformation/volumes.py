"""Volumes and snapshots that are asked for one by one, or by a policy, or by a call of the API."""

from __future__ import annotations

from analyzer.core.model import Operation
from analyzer.resources.spec import (
    FALSE_UNLESS_TRUE,
    CopiesImage,
    Entry,
    Makes,
    MakesNothing,
    ServiceVolume,
    SourceKind,
    When,
)

__all__ = ["ENTRIES"]

_IS_COPY = When(path="SourceVolumeId")

ENTRIES = (
    Entry(
        type="AWS::EC2::Volume",
        names=("VolumeId",),
        parts=(
            Makes(
                operation=Operation.CREATE_VOLUME,
                kind="volume",
                encrypted="Encrypted",
                kms_key_id="KmsKeyId",
                source="SnapshotId",
                made_of=SourceKind.SNAPSHOT,
                unless=_IS_COPY,
            ),
            Makes(
                operation=Operation.COPY_VOLUMES,
                kind="volume",
                encrypted="Encrypted",
                kms_key_id="KmsKeyId",
                source="SourceVolumeId",
                made_of=SourceKind.VOLUME,
                only_if=_IS_COPY,
            ),
        ),
    ),
    Entry(
        type="AWS::WorkspacesInstances::Volume",
        parts=(
            Makes(
                operation=Operation.CREATE_VOLUME,
                kind="volume",
                encrypted="Encrypted",
                kms_key_id="KmsKeyId",
                source="SnapshotId",
                made_of=SourceKind.SNAPSHOT,
            ),
        ),
    ),
    Entry(
        type="AWS::WorkSpaces::Workspace",
        parts=tuple(
            ServiceVolume(
                device_name=name.lower(),
                encrypted=f"{name}VolumeEncryptionEnabled",
                kms_key_id="VolumeEncryptionKey",
                default_key="alias/aws/workspaces",
            )
            for name in ("Root", "User")
        ),
    ),
    Entry(
        type="AWS::DLM::LifecyclePolicy",
        parts=(
            Makes(
                operation=Operation.CREATE_SNAPSHOT,
                kind="snapshot",
                each="PolicyDetails.Schedules",
                device="Name",
                made_of=SourceKind.VOLUME,
            ),
            Makes(
                operation=Operation.CREATE_SNAPSHOT,
                kind="snapshot",
                device_name="default policy",
                made_of=SourceKind.VOLUME,
                only_if=When(path="DefaultPolicy"),
            ),
            Makes(
                operation=Operation.DLM_CROSS_REGION_COPY,
                kind="snapshot",
                each="PolicyDetails.Schedules.CrossRegionCopyRules",
                device="Target",
                encrypted="Encrypted",
                kms_key_id="CmkArn",
                sent=FALSE_UNLESS_TRUE,
                made_of=SourceKind.SNAPSHOT,
                region=("TargetRegion", "Target"),
            ),
            Makes(
                operation=Operation.DLM_CROSS_REGION_COPY,
                kind="snapshot",
                each="PolicyDetails.Actions.CrossRegionCopy",
                device="Target",
                encrypted="EncryptionConfiguration.Encrypted",
                kms_key_id="EncryptionConfiguration.CmkArn",
                sent=FALSE_UNLESS_TRUE,
                made_of=SourceKind.SNAPSHOT,
                region=("Target",),
            ),
            Makes(
                operation=Operation.DLM_CROSS_REGION_COPY,
                kind="snapshot",
                each="PolicyDetails.CrossRegionCopyTargets",
                device="TargetRegion",
                sent=FALSE_UNLESS_TRUE,
                made_of=SourceKind.SNAPSHOT,
                region=("TargetRegion",),
            ),
            Makes(
                operation=Operation.DLM_CROSS_REGION_COPY,
                kind="snapshot",
                each="CrossRegionCopyTargets",
                device="TargetRegion",
                sent=FALSE_UNLESS_TRUE,
                made_of=SourceKind.SNAPSHOT,
                region=("TargetRegion",),
            ),
        ),
    ),
    Entry(
        type="AWS::DRS::ReplicationConfigurationTemplate",
        parts=(
            Makes(
                operation=Operation.CREATE_VOLUME,
                kind="volume",
                device_name="replication volume",
                encrypted="EbsEncryption",
                words={"DEFAULT": "true", "CUSTOM": "true", "NONE": "absent"},
                kms_key_id="EbsEncryptionKeyArn",
            ),
        ),
    ),
    Entry(
        type="AWS::OpsWorks::Layer",
        parts=(
            Makes(
                operation=Operation.CREATE_VOLUME,
                kind="volume",
                each="VolumeConfigurations",
                device="MountPoint",
                encrypted="Encrypted",
            ),
        ),
    ),
    Entry(
        type="AWS::OpsWorks::Volume",
        parts=(MakesNothing(why="registers a volume that exists"),),
    ),
    Entry(
        type="AWS::EC2::SnapshotBlockPublicAccess",
        parts=(MakesNothing(why="keeps snapshots from being made public"),),
    ),
    # Calls of the EC2 API that a custom resource of CDK makes.
    Entry(
        type="Custom::AWS/EC2.copySnapshot",
        parts=(
            Makes(
                operation=Operation.COPY_SNAPSHOT,
                kind="snapshot",
                encrypted="Encrypted",
                kms_key_id="KmsKeyId",
                source="SourceSnapshotId",
                made_of=SourceKind.SNAPSHOT,
                source_region="SourceRegion",
                outpost="DestinationOutpostArn",
            ),
        ),
    ),
    Entry(
        type="Custom::AWS/EC2.copyImage",
        parts=(
            CopiesImage(
                source="SourceImageId",
                source_region="SourceRegion",
                encrypted="Encrypted",
                kms_key_id="KmsKeyId",
                outpost="DestinationOutpostArn",
            ),
        ),
    ),
)
