"""EC2 Image Builder: recipes, the instances that build from them, and the copies it makes."""

from __future__ import annotations

from msgspec.structs import replace

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
from analyzer.resources.terraform.devices import RECIPE

__all__ = ["ENTRIES"]

_CONTAINER_IMAGE = "the ECS-optimized image that Image Builder chooses"


def _recipe(path: str) -> TemplateRef:
    return TemplateRef(id=path, types=(f"aws_imagebuilder_{path[:-4]}",), kind="recipe")


_BUILD = BuildsImage(
    launch=Launches(
        templates=(_recipe("image_recipe_arn"), _recipe("container_recipe_arn")),
        needs_template=True,
        service_image=_CONTAINER_IMAGE,
        service_public=True,
        launcher="AWSServiceRoleForImageBuilder",
        label="build",
    ),
    recipe="image_recipe_arn",
    targets=Links(
        path="distribution_configuration_arn",
        types=("aws_imagebuilder_distribution_configuration",),
        to="distribution",
    ),
    region="region",
    kms_key_id="ami_distribution_configuration.kms_key_id",
    accounts="ami_distribution_configuration.target_account_ids",
    new_versions="launch_template_configuration",
    fast_launch="fast_launch_configuration",
    shares=Shares(
        everyone=When(
            path="ami_distribution_configuration.launch_permission.user_groups", values=("all",)
        ),
        with_=(
            "ami_distribution_configuration.launch_permission.user_ids",
            "ami_distribution_configuration.launch_permission.organization_arns",
            "ami_distribution_configuration.launch_permission.organizational_unit_arns",
        ),
    ),
)

ENTRIES = (
    Entry(
        type="aws_imagebuilder_image_recipe",
        parts=(Stored(launch=Launches(image="parent_image", mappings=(RECIPE,))),),
    ),
    Entry(
        type="aws_imagebuilder_container_recipe",
        parts=(
            Stored(
                launch=Launches(
                    image="instance_configuration.image",
                    mappings=(replace(RECIPE, at="instance_configuration.block_device_mapping"),),
                    service_image=_CONTAINER_IMAGE,
                    service_public=True,
                )
            ),
        ),
    ),
    Entry(type="aws_imagebuilder_image", parts=(_BUILD,)),
    Entry(
        type="aws_imagebuilder_image_pipeline",
        parts=(replace(_BUILD, launch=replace(_BUILD.launch, recurring=True)),),
    ),
    Entry(
        type="aws_imagebuilder_distribution_configuration",
        parts=(MakesNothing(why="says where built images are copied to"),),
    ),
    Entry(
        type="aws_imagebuilder_infrastructure_configuration",
        parts=(MakesNothing(why="says which instances build images"),),
    ),
)
