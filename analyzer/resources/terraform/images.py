"""Images: registered from snapshots, copied, made from an instance, and shared."""

from __future__ import annotations

from analyzer.resources.spec import (
    FALSE_UNLESS_TRUE,
    ONLY_TRUE,
    CopiesImage,
    CreatesImage,
    Entry,
    Mappings,
    RegistersImage,
    Shares,
    When,
)

__all__ = ["ENTRIES"]

ENTRIES = (
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
    Entry(
        type="aws_ami_launch_permission",
        parts=(
            Shares(
                what="image_id",
                everyone=When(path="group", values=("all",)),
                with_=("account_id", "organization_arn", "organizational_unit_arn"),
            ),
        ),
    ),
)
