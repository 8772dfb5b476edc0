"""The lists of block devices that several types of CloudFormation share."""

from __future__ import annotations

from msgspec.structs import replace

from analyzer.resources.spec import Mappings, NoDevice

__all__ = ["CONFIGURATION", "EC2", "KEYLESS", "at"]

#: `NoDevice` removes by being there: an empty string, or an empty object of an instance.
EC2 = Mappings(
    at="BlockDeviceMappings",
    device="DeviceName",
    ebs="Ebs",
    encrypted="Encrypted",
    kms_key_id="KmsKeyId",
    snapshot="SnapshotId",
    size="VolumeSize",
    no_device="NoDevice",
    removes=NoDevice.WHEN_PRESENT,
    virtual_name="VirtualName",
)
#: Without a property for the key (Spot Fleet).
KEYLESS = replace(EC2, kms_key_id="")
#: Of a launch configuration, whose `NoDevice` is a Boolean.
CONFIGURATION = replace(KEYLESS, removes=NoDevice.WHEN_TRUE)


def at(path: str, mappings: Mappings = EC2) -> Mappings:
    """The same mappings inside another property."""
    return replace(mappings, at=f"{path}.BlockDeviceMappings")
