"""Services that launch instances of their own: EKS, ECS, Batch, EMR, Elastic Beanstalk, ..."""

from __future__ import annotations

from analyzer.core.model import Operation
from analyzer.resources.cloudformation.launches import AUTO_SCALING, template_at
from analyzer.resources.readers import beanstalk_options
from analyzer.resources.spec import (
    TRUE_UNLESS_FALSE,
    Entry,
    Launches,
    Links,
    Makes,
    MakesNothing,
    Mappings,
    Overrides,
    ServiceEncryption,
    SourceKind,
    Stored,
    TemplateRef,
    Undecided,
    When,
)

__all__ = ["ENTRIES"]

_SECURITY = "EncryptionConfiguration"
_DISK = f"{_SECURITY}.AtRestEncryptionConfiguration.LocalDiskEncryptionConfiguration"
_SECURITY_CONFIGURATION = ("AWS::EMR::SecurityConfiguration",)
_CLUSTER = ("AWS::EMR::Cluster",)
_EMR_IMAGE = "the image of the EMR release"
_EMR_NOTE = "EMR adds volumes of its own to instance types that need them, under the same rules"


def _emr_encryption(*via: Links) -> ServiceEncryption:
    return ServiceEncryption(
        via=via,
        enabled=(f"{_SECURITY}.EnableAtRestEncryption", f"{_DISK}.EnableEbsEncryption"),
        provider=(f"{_DISK}.EncryptionKeyProviderType", "AwsKms"),
        key=f"{_DISK}.AwsKmsKey",
    )


_OF_CLUSTER = _emr_encryption(
    Links(path="/SecurityConfiguration", types=_SECURITY_CONFIGURATION, to="SecurityConfiguration")
)
_OF_GROUP, _OF_FLEET = (
    _emr_encryption(
        Links(path=path, types=_CLUSTER, to="SecurityConfiguration"),
        Links(path="", types=_SECURITY_CONFIGURATION, to="SecurityConfiguration"),
    )
    for path in ("/JobFlowId", "/ClusterId")
)
_EMR_VOLUMES = Mappings(
    at="EbsConfiguration.EbsBlockDeviceConfigs",
    ebs="VolumeSpecification",
    size="SizeInGB",
    default_device="EBS volume",
)
_GROUPS = (
    ("MasterInstanceGroup", "master"),
    ("CoreInstanceGroup", "core"),
    ("TaskInstanceGroups", "task"),
    ("MasterInstanceFleet.InstanceTypeConfigs", "master"),
    ("CoreInstanceFleet.InstanceTypeConfigs", "core"),
    ("TaskInstanceFleets.InstanceTypeConfigs", "task"),
)


def _emr(each: str, label: str, image: str, encryption: ServiceEncryption) -> Launches:
    return Launches(
        each=each,
        label=label,
        image=image,
        mappings=(_EMR_VOLUMES,),
        encryption=encryption,
        service_image=_EMR_IMAGE,
        service_public=True,
        launcher="the EMR service role",
        note=_EMR_NOTE,
    )


_BEANSTALK = Launches(
    read=beanstalk_options,
    image="ImageId",
    mappings=(
        Mappings(
            at="BlockDeviceMappings",
            device="device",
            snapshot="snapshot",
            size="size",
            virtual_name="virtual_name",
        ),
    ),
    templates=(
        TemplateRef(
            name="TemplateName",
            types=("AWS::ElasticBeanstalk::ConfigurationTemplate",),
            kind="configuration template",
        ),
    ),
    service_image="the image of the Elastic Beanstalk platform",
    service_public=True,
    launcher=AUTO_SCALING,
    recurring=True,
)
_AGENTS = "ComputeConfiguration.Ec2Configuration"


#: Batch asks for a Spot Fleet by its first strategy only, which is the default one
#: (Batch User Guide, allocation strategies).
_BY_GROUPS = When(
    path="/ComputeResources.AllocationStrategy",
    values=("BEST_FIT_PROGRESSIVE", "SPOT_CAPACITY_OPTIMIZED", "SPOT_PRICE_CAPACITY_OPTIMIZED"),
)


def _batch(kind: str, launcher: str) -> tuple[Launches, ...]:
    only_if = When(path="/ComputeResources.Type", values=(kind,))
    image = "the ECS-optimized image that Batch chooses"
    return (
        Launches(
            each="ComputeResources",
            image="ImageId",
            templates=(template_at("LaunchTemplate"),),
            overrides=Overrides(at="Ec2Configuration", image="ImageIdOverride"),
            service_image=image,
            service_public=True,
            launcher=launcher,
            by=((_BY_GROUPS, AUTO_SCALING),),
            only_if=only_if,
            recurring=True,
        ),
        Launches(
            each="ComputeResources.LaunchTemplate.Overrides",
            image="/ComputeResources.ImageId",
            templates=(template_at(""),),
            needs_template=True,
            service_image=image,
            service_public=True,
            launcher=launcher,
            by=((_BY_GROUPS, AUTO_SCALING),),
            label="template for instance types",
            only_if=only_if,
            recurring=True,
        ),
    )


ENTRIES = (
    Entry(
        type="AWS::EKS::Cluster",
        parts=(
            Undecided(
                why="EKS Auto Mode: the cluster launches nodes and makes volumes later",
                only_if=When(path="ComputeConfig.Enabled", values=("true", "True")),
            ),
        ),
    ),
    Entry(
        type="AWS::EKS::Nodegroup",
        parts=(
            Launches(
                templates=(
                    TemplateRef(
                        id="LaunchTemplate.Id",
                        name="LaunchTemplate.Name",
                        version="LaunchTemplate.Version",
                        types=("AWS::EC2::LaunchTemplate",),
                    ),
                ),
                service_image="the EKS-optimized image",
                service_public=True,
                launcher=AUTO_SCALING,
                recurring=True,
            ),
        ),
    ),
    Entry(
        type="AWS::Batch::ComputeEnvironment",
        parts=(
            *_batch("EC2", AUTO_SCALING),
            *_batch("SPOT", "AWSServiceRoleForEC2SpotFleet"),
            Launches(
                each="ComputeResources.ManagedInstancesProvider.InstanceLaunchTemplate",
                service_image="the image that Batch chooses",
                launcher="the Batch service role",
            ),
        ),
    ),
    Entry(
        type="AWS::ECS::Service",
        parts=(
            Makes(
                operation=Operation.CREATE_VOLUME,
                kind="volume",
                each="VolumeConfigurations",
                device="Name",
                encrypted="ManagedEBSVolume.Encrypted",
                kms_key_id="ManagedEBSVolume.KmsKeyId",
                source="ManagedEBSVolume.SnapshotId",
                made_of=SourceKind.SNAPSHOT,
                fallback=Links(
                    path="/Cluster",
                    types=("AWS::ECS::Cluster",),
                    to="Configuration.ManagedStorageConfiguration.KmsKeyId",
                ),
            ),
        ),
    ),
    Entry(
        type="AWS::ECS::Cluster",
        names=("ClusterName", "Arn"),
        parts=(MakesNothing(why="may name the key of its services' volumes"),),
    ),
    Entry(
        type="AWS::ECS::CapacityProvider",
        parts=(
            Launches(
                each="ManagedInstancesProvider.InstanceLaunchTemplate",
                service_image="the image that ECS chooses",
                launcher="the ECS infrastructure role",
            ),
        ),
    ),
    Entry(
        type="AWS::EMR::Cluster",
        names=("Name",),
        parts=tuple(
            _emr(f"Instances.{path}", label, "/CustomAmiId", _OF_CLUSTER) for path, label in _GROUPS
        ),
    ),
    Entry(
        type="AWS::EMR::InstanceGroupConfig",
        parts=(_emr("", "", "CustomAmiId", _OF_GROUP),),
    ),
    Entry(
        type="AWS::EMR::InstanceFleetConfig",
        parts=(_emr("InstanceTypeConfigs", "", "CustomAmiId", _OF_FLEET),),
    ),
    Entry(
        type="AWS::EMR::SecurityConfiguration",
        names=("Name",),
        parts=(MakesNothing(why="may encrypt the volumes of EMR clusters"),),
    ),
    Entry(type="AWS::ElasticBeanstalk::Environment", parts=(_BEANSTALK,)),
    Entry(
        type="AWS::ElasticBeanstalk::ConfigurationTemplate",
        names=("TemplateName",),
        parts=(Stored(launch=_BEANSTALK),),
    ),
    Entry(
        type="AWS::PCS::ComputeNodeGroup",
        parts=(
            Launches(
                image="AmiId",
                templates=(
                    TemplateRef(
                        id="CustomLaunchTemplate.TemplateId",
                        version="CustomLaunchTemplate.Version",
                        types=("AWS::EC2::LaunchTemplate",),
                    ),
                ),
                service_image="the image that PCS chooses",
                launcher="AWSServiceRoleForPCS",
                recurring=True,
            ),
        ),
    ),
    Entry(
        type="AWS::BedrockAgentCore::CapacityProvider",
        parts=(
            Launches(
                each=_AGENTS,
                mappings=(
                    Mappings(
                        at="RootVolume",
                        encrypted="Encrypted",
                        kms_key_id="KmsKeyId",
                        size="VolumeSize",
                    ),
                    Mappings(
                        at="Volumes",
                        ebs="EbsConfiguration",
                        encrypted="Encrypted",
                        kms_key_id="KmsKeyId",
                        snapshot="SnapshotId",
                        size="VolumeSize",
                        sent=TRUE_UNLESS_FALSE,
                        default_device="volume",
                    ),
                    Mappings(
                        at="LaunchTemplateSource.LaunchParameters.EphemeralVolumes",
                        ebs="Ebs",
                        encrypted="Encrypted",
                        kms_key_id="KmsKeyId",
                        snapshot="SnapshotId",
                        size="VolumeSize",
                        virtual_name="VirtualName",
                        default_device="volume of a task",
                    ),
                ),
                service_image="the image that the service chooses",
                launcher="the capacity provider's role",
                recurring=True,
            ),
        ),
    ),
)
