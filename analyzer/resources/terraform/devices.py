"""The lists of block devices that several types of the aws provider share."""

from __future__ import annotations

from analyzer.resources.spec import ONLY_TRUE, Mappings, NoDevice

__all__ = [
    "CONFIGURATION_EBS",
    "CONFIGURATION_ROOT",
    "EBS",
    "EPHEMERAL",
    "LAUNCH_TEMPLATE",
    "RECIPE",
    "ROOT",
]

ROOT = Mappings(
    at="root_block_device",
    encrypted="encrypted",
    kms_key_id="kms_key_id",
    size="volume_size",
    sent=ONLY_TRUE,
)
EBS = Mappings(
    at="ebs_block_device",
    device="device_name",
    encrypted="encrypted",
    kms_key_id="kms_key_id",
    snapshot="snapshot_id",
    size="volume_size",
    sent=ONLY_TRUE,
)
EPHEMERAL = Mappings(
    at="ephemeral_block_device",
    device="device_name",
    virtual_name="virtual_name",
    no_device="no_device",
    removes=NoDevice.WHEN_TRUE,
)
CONFIGURATION_ROOT = Mappings(
    at="root_block_device", encrypted="encrypted", size="volume_size", sent=ONLY_TRUE
)
CONFIGURATION_EBS = Mappings(
    at="ebs_block_device",
    device="device_name",
    encrypted="encrypted",
    snapshot="snapshot_id",
    size="volume_size",
    no_device="no_device",
    removes=NoDevice.WHEN_TRUE,
    sent=ONLY_TRUE,
)
LAUNCH_TEMPLATE = Mappings(
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
#: Of an Image Builder recipe; its `no_device` is a Boolean.
RECIPE = Mappings(
    at="block_device_mapping",
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
