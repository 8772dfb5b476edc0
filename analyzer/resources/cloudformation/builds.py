"""EC2 Image Builder: recipes, the instances that build from them, and the copies it makes."""

from __future__ import annotations

from msgspec.structs import replace

from analyzer.resources.cloudformation.devices import EC2, at
from analyzer.resources.spec import (
    BuildsImage,
    Entry,
    Launches,
    Links,
    MakesNothing,
    Shares,
    Stored,
    TemplateRef,
    When,
)

__all__ = ["ENTRIES"]

_CONTAINER_IMAGE = "the ECS-optimized image that Image Builder chooses"


def _recipe(path: str) -> TemplateRef:
    return TemplateRef(id=path, types=(f"AWS::ImageBuilder::{path[:-3]}",), kind="recipe")


_BUILD = BuildsImage(
    launch=Launches(
        templates=(_recipe("ImageRecipeArn"), _recipe("ContainerRecipeArn")),
        needs_template=True,
        service_image=_CONTAINER_IMAGE,
        service_public=True,
        launcher="AWSServiceRoleForImageBuilder",
        label="build",
    ),
    recipe="ImageRecipeArn",
    targets=Links(
        path="DistributionConfigurationArn",
        types=("AWS::ImageBuilder::DistributionConfiguration",),
        to="Distributions",
    ),
    region="Region",
    kms_key_id="AmiDistributionConfiguration.KmsKeyId",
    accounts="AmiDistributionConfiguration.TargetAccountIds",
    new_versions="LaunchTemplateConfigurations",
    fast_launch="FastLaunchConfigurations",
    shares=Shares(
        everyone=When(
            path="AmiDistributionConfiguration.LaunchPermissionConfiguration.UserGroups",
            values=("all",),
        ),
        with_=(
            "AmiDistributionConfiguration.LaunchPermissionConfiguration.UserIds",
            "AmiDistributionConfiguration.LaunchPermissionConfiguration.OrganizationArns",
            "AmiDistributionConfiguration.LaunchPermissionConfiguration.OrganizationalUnitArns",
        ),
    ),
)

ENTRIES = (
    Entry(
        type="AWS::ImageBuilder::ImageRecipe",
        names=("Name", "Arn"),
        parts=(Stored(launch=Launches(image="ParentImage", mappings=(EC2,))),),
    ),
    Entry(
        type="AWS::ImageBuilder::ContainerRecipe",
        names=("Name", "Arn"),
        parts=(
            Stored(
                launch=Launches(
                    image="InstanceConfiguration.Image",
                    mappings=(at("InstanceConfiguration"),),
                    service_image=_CONTAINER_IMAGE,
                    service_public=True,
                )
            ),
        ),
    ),
    Entry(type="AWS::ImageBuilder::Image", parts=(_BUILD,)),
    Entry(
        type="AWS::ImageBuilder::ImagePipeline",
        parts=(replace(_BUILD, launch=replace(_BUILD.launch, recurring=True)),),
    ),
    Entry(
        type="AWS::ImageBuilder::DistributionConfiguration",
        names=("Name", "Arn"),
        parts=(MakesNothing(why="says where built images are copied to"),),
    ),
    Entry(
        type="AWS::ImageBuilder::InfrastructureConfiguration",
        parts=(MakesNothing(why="says which instances build images"),),
    ),
)
