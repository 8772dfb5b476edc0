"""Launches of instances, what stores their parameters, and who launches from that."""

from __future__ import annotations

from analyzer.resources.spec import (
    Entry,
    Launches,
    MakesNothing,
    Mappings,
    Overrides,
    Stored,
    TemplateRef,
    Undecided,
    When,
)
from analyzer.resources.terraform.devices import (
    CONFIGURATION_EBS,
    CONFIGURATION_ROOT,
    EBS,
    EPHEMERAL,
    LAUNCH_TEMPLATE,
    ROOT,
)

__all__ = ["AUTO_SCALING", "ENTRIES", "template_at"]

AUTO_SCALING = "AWSServiceRoleForAutoScaling"
_TEMPLATES = ("aws_launch_template",)


def template_at(path: str, prefix: str = "") -> TemplateRef:
    """A block at `path` that names a launch template by `id` or `name`, and its version."""
    at = f"{path}.{prefix}" if path else prefix
    return TemplateRef(
        id=f"{at}id",
        name=f"{at}name",
        version=f"{path}.version" if path else "version",
        types=_TEMPLATES,
    )


_LAUNCH_TEMPLATE = template_at("launch_template")
_SPECIFICATION = template_at("launch_template_specification", "launch_template_")

ENTRIES = (
    Entry(
        type="aws_instance",
        parts=(
            Launches(image="ami", templates=(_LAUNCH_TEMPLATE,), mappings=(ROOT, EBS, EPHEMERAL)),
        ),
    ),
    Entry(
        type="aws_spot_instance_request",
        parts=(
            Launches(
                image="ami",
                templates=(_LAUNCH_TEMPLATE,),
                mappings=(ROOT, EBS, EPHEMERAL),
                launcher="AWSServiceRoleForEC2Spot",
            ),
        ),
    ),
    Entry(
        type="aws_launch_template",
        parts=(
            Stored(
                launch=Launches(image="image_id", mappings=(LAUNCH_TEMPLATE,)),
                follows="update_default_version",
            ),
        ),
    ),
    Entry(
        type="aws_launch_configuration",
        parts=(
            Stored(
                launch=Launches(
                    image="image_id",
                    mappings=(CONFIGURATION_ROOT, CONFIGURATION_EBS, EPHEMERAL),
                )
            ),
        ),
    ),
    Entry(
        type="aws_autoscaling_group",
        parts=(
            Launches(
                templates=(
                    TemplateRef(
                        name="launch_configuration",
                        types=("aws_launch_configuration",),
                        kind="launch configuration",
                    ),
                    _LAUNCH_TEMPLATE,
                ),
                needs_template=True,
                launcher=AUTO_SCALING,
                recurring=True,
            ),
            Launches(
                each="mixed_instances_policy.launch_template",
                templates=(_SPECIFICATION,),
                needs_template=True,
                overrides=Overrides(at="override", templates=(_SPECIFICATION,)),
                launcher=AUTO_SCALING,
                recurring=True,
            ),
        ),
    ),
    Entry(
        type="aws_spot_fleet_request",
        parts=(
            Launches(
                each="launch_specification",
                image="ami",
                mappings=(ROOT, EBS, EPHEMERAL),
                launcher="AWSServiceRoleForEC2SpotFleet",
            ),
            Launches(
                each="launch_template_config.launch_template_specification",
                templates=(template_at(""),),
                needs_template=True,
                launcher="AWSServiceRoleForEC2SpotFleet",
                label="template",
                recurring=True,
            ),
        ),
    ),
    Entry(
        type="aws_ec2_fleet",
        parts=(
            Launches(
                each="launch_template_config",
                templates=(_SPECIFICATION,),
                needs_template=True,
                launcher="AWSServiceRoleForEC2Fleet",
                by=((When(path="type", values=("instant",)), "the caller"),),
                recurring=True,
            ),
        ),
    ),
    Entry(
        type="aws_cloud9_environment_ec2",
        parts=(
            Launches(
                service_image="the image that Cloud9 offers by name",
                service_public=True,
                launcher="AWSServiceRoleForAWSCloud9",
            ),
        ),
    ),
    Entry(
        type="aws_cloudformation_stack",
        parts=(
            Undecided(why="a CloudFormation stack: analyze its template as an input of its own"),
        ),
    ),
    Entry(
        type="aws_volume_attachment",
        parts=(MakesNothing(why="attaches a volume that exists"),),
    ),
    Entry(
        type="aws_opsworks_instance",
        parts=(
            Launches(
                image="ami_id",
                mappings=(
                    Mappings(at="root_block_device", size="volume_size"),
                    Mappings(
                        at="ebs_block_device",
                        device="device_name",
                        snapshot="snapshot_id",
                        size="volume_size",
                    ),
                    EPHEMERAL,
                ),
                service_image="the image that OpsWorks chooses",
                service_public=True,
            ),
        ),
    ),
)
