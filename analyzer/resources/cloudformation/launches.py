"""Launches of instances, what stores their parameters, and who launches from that."""

from __future__ import annotations

from msgspec.structs import replace

from analyzer.resources.cloudformation.devices import CONFIGURATION, EC2, KEYLESS, at
from analyzer.resources.spec import (
    Entry,
    Launches,
    MakesNothing,
    Overrides,
    Stored,
    TemplateRef,
    Undecided,
    When,
)

__all__ = ["AUTO_SCALING", "ENTRIES", "template_at"]

AUTO_SCALING = "AWSServiceRoleForAutoScaling"
_TEMPLATES = ("AWS::EC2::LaunchTemplate",)
_LIKE_AN_INSTANCE = "launches like an existing instance, whose mappings no template shows"


def template_at(path: str) -> TemplateRef:
    """A property at `path` that names a launch template by id or name, and its version."""
    at_ = f"{path}." if path else ""
    return TemplateRef(
        id=f"{at_}LaunchTemplateId",
        name=f"{at_}LaunchTemplateName",
        version=f"{at_}Version",
        types=_TEMPLATES,
    )


_SPECIFICATION = template_at("LaunchTemplateSpecification")
_FLEET = "SpotFleetRequestConfigData"

ENTRIES = (
    Entry(
        type="AWS::EC2::Instance",
        names=("InstanceId",),
        parts=(
            Launches(image="ImageId", templates=(template_at("LaunchTemplate"),), mappings=(EC2,)),
        ),
    ),
    Entry(
        type="AWS::EC2::LaunchTemplate",
        names=("LaunchTemplateName", "LaunchTemplateId"),
        parts=(
            Stored(
                launch=Launches(
                    image="LaunchTemplateData.ImageId", mappings=(at("LaunchTemplateData"),)
                ),
                latest="LatestVersionNumber",
                default="DefaultVersionNumber",
            ),
        ),
    ),
    Entry(
        type="AWS::AutoScaling::LaunchConfiguration",
        names=("LaunchConfigurationName",),
        parts=(
            Stored(launch=Launches(image="ImageId", mappings=(CONFIGURATION,))),
            Undecided(why=_LIKE_AN_INSTANCE, each="InstanceId"),
        ),
    ),
    Entry(
        type="AWS::AutoScaling::AutoScalingGroup",
        names=("AutoScalingGroupName",),
        parts=(
            Launches(
                templates=(
                    TemplateRef(
                        name="LaunchConfigurationName",
                        types=("AWS::AutoScaling::LaunchConfiguration",),
                        kind="launch configuration",
                    ),
                    template_at("LaunchTemplate"),
                ),
                needs_template=True,
                launcher=AUTO_SCALING,
                recurring=True,
            ),
            Launches(
                each="MixedInstancesPolicy.LaunchTemplate",
                templates=(_SPECIFICATION,),
                needs_template=True,
                overrides=Overrides(at="Overrides", image="ImageId", templates=(_SPECIFICATION,)),
                launcher=AUTO_SCALING,
                recurring=True,
            ),
            Undecided(why=_LIKE_AN_INSTANCE, each="InstanceId"),
        ),
    ),
    Entry(
        type="AWS::EC2::SpotFleet",
        parts=(
            Launches(
                each=f"{_FLEET}.LaunchSpecifications",
                image="ImageId",
                mappings=(KEYLESS,),
                launcher="AWSServiceRoleForEC2SpotFleet",
            ),
            Launches(
                each=f"{_FLEET}.LaunchTemplateConfigs",
                templates=(_SPECIFICATION,),
                needs_template=True,
                launcher="AWSServiceRoleForEC2SpotFleet",
                label="template",
                recurring=True,
            ),
        ),
    ),
    Entry(
        type="AWS::EC2::EC2Fleet",
        parts=(
            Launches(
                each="LaunchTemplateConfigs",
                templates=(_SPECIFICATION,),
                needs_template=True,
                overrides=Overrides(at="Overrides", image="ImageId", mappings=(EC2,)),
                launcher="AWSServiceRoleForEC2Fleet",
                by=((When(path="Type", values=("instant",)), "the caller"),),
                recurring=True,
            ),
        ),
    ),
    Entry(
        type="AWS::WorkspacesInstances::WorkspaceInstance",
        parts=(
            Launches(
                each="ManagedInstance",
                image="ImageId",
                mappings=(replace(EC2, snapshot=""),),
                launcher="the WorkSpaces service",
            ),
        ),
    ),
    Entry(
        type="AWS::OpsWorks::Instance",
        parts=(
            Launches(
                image="AmiId",
                mappings=(replace(EC2, encrypted="", kms_key_id=""),),
                service_image="the image that OpsWorks chooses",
                service_public=True,
            ),
        ),
    ),
    Entry(
        type="AWS::Cloud9::EnvironmentEC2",
        parts=(
            Launches(
                service_image="the image that Cloud9 offers by name",
                service_public=True,
                launcher="AWSServiceRoleForAWSCloud9",
            ),
        ),
    ),
    Entry(
        type="AWS::MGN::LaunchConfigurationTemplate",
        parts=(Undecided(why="servers that are launched later, from a template of the service"),),
    ),
    Entry(
        type="AWS::EC2::VolumeAttachment",
        parts=(MakesNothing(why="attaches a volume that exists"),),
    ),
)
