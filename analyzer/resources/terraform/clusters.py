"""Services that launch instances of their own: EKS, ECS, Batch, EMR, Elastic Beanstalk."""

from __future__ import annotations

from analyzer.core.model import Operation
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
from analyzer.resources.terraform.launches import AUTO_SCALING, template_at

__all__ = ["ENTRIES"]

_SECURITY = "EncryptionConfiguration"
_DISK = f"{_SECURITY}.AtRestEncryptionConfiguration.LocalDiskEncryptionConfiguration"
_SECURITY_CONFIGURATION = ("aws_emr_security_configuration",)
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
    Links(path="/security_configuration", types=_SECURITY_CONFIGURATION, to="configuration")
)
_OF_MEMBER = _emr_encryption(
    Links(path="/cluster_id", types=("aws_emr_cluster",), to="security_configuration"),
    Links(path="", types=_SECURITY_CONFIGURATION, to="configuration"),
)
_EMR_VOLUMES = (Mappings(at="ebs_config", size="size", default_device="EBS volume"),)


def _emr(each: str, label: str, image: str | Links, encryption: ServiceEncryption) -> Launches:
    return Launches(
        each=each,
        label=label,
        image=image,
        mappings=_EMR_VOLUMES,
        encryption=encryption,
        service_image=_EMR_IMAGE,
        service_public=True,
        launcher="the EMR service role",
        note=_EMR_NOTE,
    )


_MEMBER_IMAGE = Links(path="/cluster_id", types=("aws_emr_cluster",), to="custom_ami_id")

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
            name="template_name",
            types=("aws_elastic_beanstalk_configuration_template",),
            kind="configuration template",
        ),
    ),
    service_image="the image of the Elastic Beanstalk platform",
    service_public=True,
    launcher=AUTO_SCALING,
    recurring=True,
)


#: Batch asks for a Spot Fleet by its first strategy only, which is the default one
#: (Batch User Guide, allocation strategies).
_BY_GROUPS = When(
    path="/compute_resources.allocation_strategy",
    values=("BEST_FIT_PROGRESSIVE", "SPOT_CAPACITY_OPTIMIZED", "SPOT_PRICE_CAPACITY_OPTIMIZED"),
)


def _batch(kind: str, launcher: str) -> Launches:
    return Launches(
        each="compute_resources",
        image="image_id",
        templates=(template_at("launch_template", "launch_template_"),),
        overrides=Overrides(at="ec2_configuration", image="image_id_override"),
        service_image="the ECS-optimized image that Batch chooses",
        service_public=True,
        launcher=launcher,
        by=((_BY_GROUPS, AUTO_SCALING),),
        only_if=When(path="type", values=(kind,)),
        recurring=True,
    )


ENTRIES = (
    Entry(
        type="aws_eks_cluster",
        parts=(
            Undecided(
                why="EKS Auto Mode: the cluster launches nodes and makes volumes later",
                only_if=When(path="compute_config.enabled", values=("true", "True")),
            ),
        ),
    ),
    Entry(
        type="aws_eks_node_group",
        parts=(
            Launches(
                templates=(template_at("launch_template"),),
                service_image="the EKS-optimized image",
                service_public=True,
                launcher=AUTO_SCALING,
                recurring=True,
            ),
        ),
    ),
    Entry(
        type="aws_batch_compute_environment",
        parts=(
            _batch("EC2", AUTO_SCALING),
            _batch("SPOT", "AWSServiceRoleForEC2SpotFleet"),
        ),
    ),
    Entry(
        type="aws_ecs_service",
        parts=(
            Makes(
                operation=Operation.CREATE_VOLUME,
                kind="volume",
                each="volume_configuration",
                device="name",
                encrypted="managed_ebs_volume.encrypted",
                kms_key_id="managed_ebs_volume.kms_key_id",
                sent=TRUE_UNLESS_FALSE,
                source="managed_ebs_volume.snapshot_id",
                made_of=SourceKind.SNAPSHOT,
                fallback=Links(
                    path="/cluster",
                    types=("aws_ecs_cluster",),
                    to="configuration.managed_storage_configuration.kms_key_id",
                ),
            ),
        ),
    ),
    Entry(
        type="aws_ecs_cluster",
        parts=(MakesNothing(why="may name the key of its services' volumes"),),
    ),
    Entry(
        type="aws_ecs_capacity_provider",
        parts=(
            Launches(
                each="managed_instances_provider.instance_launch_template",
                service_image="the image that ECS chooses",
                launcher="the ECS infrastructure role",
            ),
        ),
    ),
    Entry(
        type="aws_emr_cluster",
        parts=(
            _emr("master_instance_group", "master", "/custom_ami_id", _OF_CLUSTER),
            _emr("core_instance_group", "core", "/custom_ami_id", _OF_CLUSTER),
            _emr(
                "master_instance_fleet.instance_type_configs",
                "master",
                "/custom_ami_id",
                _OF_CLUSTER,
            ),
            _emr(
                "core_instance_fleet.instance_type_configs", "core", "/custom_ami_id", _OF_CLUSTER
            ),
        ),
    ),
    Entry(type="aws_emr_instance_group", parts=(_emr("", "", _MEMBER_IMAGE, _OF_MEMBER),)),
    Entry(
        type="aws_emr_instance_fleet",
        parts=(_emr("instance_type_configs", "", _MEMBER_IMAGE, _OF_MEMBER),),
    ),
    Entry(
        type="aws_emr_security_configuration",
        parts=(MakesNothing(why="may encrypt the volumes of EMR clusters"),),
    ),
    Entry(type="aws_elastic_beanstalk_environment", parts=(_BEANSTALK,)),
    Entry(type="aws_elastic_beanstalk_configuration_template", parts=(Stored(launch=_BEANSTALK),)),
)
