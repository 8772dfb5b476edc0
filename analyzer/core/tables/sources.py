"""The documents that rows cite, by the tag they cite them with."""

from __future__ import annotations

from collections.abc import Mapping

from analyzer.core.records import dataclass

__all__ = ["SOURCES", "Source"]


@dataclass(frozen=True, slots=True)
class Source:
    """A document or a thread: its title, and where it is."""

    title: str
    url: str


_EBS = "https://docs.aws.amazon.com/ebs/latest/userguide/"
_EC2 = "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/"
_API = "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/"
_CFN = "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/"
_GITHUB = "https://github.com/"


def _thread(repository: str, number: int) -> Source:
    return Source(f"{repository} #{number}", f"{_GITHUB}{repository}/issues/{number}")


SOURCES: Mapping[str, Source] = {
    "SEED": Source(
        "EC2 User Guide (2020), Using encryption with EBS-backed AMIs",
        _EC2 + "AMIEncryption.html",
    ),
    "AMI": Source(
        "EC2 User Guide, Use encryption with EBS-backed AMIs",
        _EC2 + "AMIEncryption.html",
    ),
    "EXA": Source("EBS User Guide, Encryption outcomes", _EBS + "encryption-examples.html"),
    "EBD": Source("EBS User Guide, Encryption by default", _EBS + "encryption-by-default.html"),
    "ENC": Source(
        "EBS User Guide, How EBS encryption works",
        _EBS + "how-ebs-encryption-works.html",
    ),
    "SNAPCOPY": Source("EBS User Guide, Copy a snapshot", _EBS + "ebs-copy-snapshot.html"),
    "SNAPCOPY-2023": Source(
        "EBS User Guide, Copy a snapshot, edition of 2023",
        _EBS + "ebs-copy-snapshot.html",
    ),
    "OUTPOST": Source(
        "EBS User Guide, Local snapshots on Outposts", _EBS + "snapshots-outposts.html"
    ),
    "CLONE": Source("EBS User Guide, Volume copies", _EBS + "ebs-copying-volume.html"),
    "RRV": Source("EC2 User Guide, Replace a root volume", _EC2 + "replace-root.html"),
    "BDM": Source(
        "EC2 User Guide, Block device mappings", _EC2 + "block-device-mapping-concepts.html"
    ),
    "WORKSPACES": Source(
        "WorkSpaces Administration Guide, Encrypted WorkSpaces",
        "https://docs.aws.amazon.com/workspaces/latest/adminguide/encrypt-workspaces.html",
    ),
    "API-CV": Source("EC2 API, CreateVolume", _API + "API_CreateVolume.html"),
    "API-CS": Source("EC2 API, CopySnapshot", _API + "API_CopySnapshot.html"),
    "API-CI": Source("EC2 API, CopyImage", _API + "API_CopyImage.html"),
    "API-CRS": Source("EC2 API, CreateSnapshot", _API + "API_CreateSnapshot.html"),
    "API-RG": Source("EC2 API, RegisterImage", _API + "API_RegisterImage.html"),
    "API-CPV": Source("EC2 API, CopyVolumes", _API + "API_CopyVolumes.html"),
    "API-IM": Source("EC2 API, ImportSnapshot", _API + "API_ImportSnapshot.html"),
    "API-EBS": Source("EC2 API, EbsBlockDevice", _API + "API_EbsBlockDevice.html"),
    "API-DLM": Source(
        "DLM API, CrossRegionCopyRule",
        "https://docs.aws.amazon.com/dlm/latest/APIReference/API_CrossRegionCopyRule.html",
    ),
    "ASG-API": Source(
        "Auto Scaling API, Ebs",
        "https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_Ebs.html",
    ),
    "ECS-API": Source(
        "ECS API, ServiceManagedEBSVolumeConfiguration",
        "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/"
        "API_ServiceManagedEBSVolumeConfiguration.html",
    ),
    "CFN-VOL": Source("CloudFormation, AWS::EC2::Volume", _CFN + "aws-resource-ec2-volume.html"),
    "CSI": _thread("kubernetes-sigs/aws-ebs-csi-driver", 2685),
    "CAPA-2233": _thread("kubernetes-sigs/cluster-api-provider-aws", 2233),
    "kubernetes-31334": _thread("kubernetes/kubernetes", 31334),
    "bosh-84": _thread("cloudfoundry/bosh", 84),
    "packer-2765": _thread("hashicorp/packer", 2765),
    "packer-5774": _thread("hashicorp/packer", 5774),
    "packer-6212": _thread("hashicorp/packer", 6212),
    "packer-6778": _thread("hashicorp/packer", 6778),
    "packer-6789": _thread("hashicorp/packer", 6789),
    "packer-7393": _thread("hashicorp/packer", 7393),
    "packer-11741": _thread("hashicorp/packer", 11741),
    "packer-plugin-270": _thread("hashicorp/packer-plugin-amazon", 270),
    "velero-9855": _thread("vmware-tanzu/velero", 9855),
}
