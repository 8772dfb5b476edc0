"""KMS keys, what stands for them, and the settings of an account and Region."""

from __future__ import annotations

from analyzer.resources.spec import (
    Alias,
    Entry,
    KeyGrant,
    KeyPolicy,
    KeyResource,
    SetsDefaultKey,
    SetsEncryptionByDefault,
)

__all__ = ["ENTRIES"]

ENTRIES = (
    Entry(
        type="aws_kms_key",
        parts=(
            KeyResource(
                enabled="is_enabled",
                usage="key_usage",
                spec="customer_master_key_spec",
                policy="policy",
            ),
        ),
    ),
    Entry(
        type="aws_kms_replica_key",
        parts=(
            KeyResource(enabled="enabled", usage="key_usage", spec="key_spec", policy="policy"),
        ),
    ),
    Entry(
        type="aws_kms_external_key",
        parts=(
            KeyResource(
                enabled="enabled",
                usage="key_usage",
                spec="key_spec",
                state="key_state",
                policy="policy",
            ),
        ),
    ),
    Entry(
        type="aws_kms_replica_external_key",
        parts=(
            KeyResource(enabled="enabled", usage="key_usage", state="key_state", policy="policy"),
        ),
    ),
    Entry(type="aws_kms_alias", parts=(Alias(name="name", target="target_key_id"),)),
    Entry(
        type="aws_kms_grant",
        parts=(
            KeyGrant(
                key="key_id",
                grantee="grantee_principal",
                operations="operations",
                constraints="constraints",
            ),
        ),
    ),
    Entry(type="aws_kms_key_policy", parts=(KeyPolicy(key="key_id", policy="policy"),)),
    Entry(
        type="aws_ebs_encryption_by_default", parts=(SetsEncryptionByDefault(enabled="enabled"),)
    ),
    Entry(type="aws_ebs_default_kms_key", parts=(SetsDefaultKey(key="key_arn"),)),
)
