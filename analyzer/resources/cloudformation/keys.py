"""KMS keys, what stands for them, and the settings that a call of the API makes."""

from __future__ import annotations

from analyzer.resources.spec import (
    Alias,
    Entry,
    KeyResource,
    SetsDefaultKey,
    SetsEncryptionByDefault,
)

__all__ = ["ENTRIES"]

ENTRIES = (
    Entry(
        type="AWS::KMS::Key",
        names=("KeyId", "Arn"),
        parts=(
            KeyResource(enabled="Enabled", usage="KeyUsage", spec="KeySpec", policy="KeyPolicy"),
        ),
    ),
    Entry(
        type="AWS::KMS::ReplicaKey",
        names=("KeyId", "Arn"),
        parts=(KeyResource(enabled="Enabled", policy="KeyPolicy"),),
    ),
    Entry(
        type="AWS::KMS::Alias",
        names=("AliasName",),
        parts=(Alias(name="AliasName", target="TargetKeyId"),),
    ),
    Entry(
        type="Custom::AWS/EC2.enableEbsEncryptionByDefault",
        parts=(SetsEncryptionByDefault(fixed=True),),
    ),
    Entry(
        type="Custom::AWS/EC2.disableEbsEncryptionByDefault",
        parts=(SetsEncryptionByDefault(fixed=False),),
    ),
    Entry(
        type="Custom::AWS/EC2.modifyEbsDefaultKmsKeyId",
        parts=(SetsDefaultKey(key="KmsKeyId"),),
    ),
)
