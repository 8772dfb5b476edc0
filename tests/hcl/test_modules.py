"""Modules: which are read, what goes into them and comes out, and where their resources are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from analyzer import analyze
from analyzer.core.model import Place
from analyzer.limits import Limits
from analyzer.sources.document import Action, Document

from .reading import document, told, value

LEAF = 'variable "v" {\n  default = 0\n}\nresource "aws_x" "y" {\n  v = var.v\n}\n'


def values(made: Document) -> dict[str, Any]:
    return {
        resource.address: told(resource.body["v"])
        for resource in made.resources
        if "v" in resource.body
    }


def missed(made: Document) -> dict[str, str]:
    return {item.address: item.reason for item in made.not_analyzed}


def test_modules_nest_and_pass_values_in_and_out() -> None:
    made = document(
        {
            "main.tf": 'module "a" {\n  source = "./a"\n  v = 1\n}\n'
            'resource "aws_x" "top" {\n  v = module.a.out\n}\n',
            "a/main.tf": 'variable "v" {}\nmodule "b" {\n  source = "../b"\n  v = var.v + 1\n}\n'
            'output "out" {\n  value = module.b.id\n}\n',
            "b/main.tf": LEAF + 'output "id" {\n  value = aws_x.y.id\n}\n',
        }
    )
    assert made.problems == []
    assert values(made) == {
        "aws_x.top": ("ref", "module.a.module.b.aws_x.y", "id"),
        "module.a.module.b.aws_x.y": 2,
    }


def test_modules_are_repeated() -> None:
    made = document(
        {
            "main.tf": """
module "c" {
  count  = 2
  source = "./m"
  v      = count.index
}
module "e" {
  for_each = { a = 5 }
  source   = "./m"
  v        = each.value
}
resource "aws_x" "top" {
  v = [module.c[1].o, module.e["a"].o, module.c[*].o]
}
""",
            "m/main.tf": LEAF + 'output "o" {\n  value = var.v\n}\n',
        }
    )
    assert values(made) == {
        "aws_x.top": [1, 5, [0, 1]],
        "module.c[0].aws_x.y": 0,
        "module.c[1].aws_x.y": 1,
        'module.e["a"].aws_x.y': 5,
    }


def test_what_is_in_a_module_exists_where_the_module_does() -> None:
    made = document(
        {
            "main.tf": 'variable "flag" {\n  type = bool\n}\nvariable "n" {}\n'
            'module "c" {\n  count = var.flag ? 1 : 0\n  source = "./m"\n}\n'
            'module "o" {\n  count = var.n\n  source = "./m"\n}\n',
            "m/main.tf": 'resource "aws_x" "y" {\n  count = 2\n}\n'
            'resource "aws_x" "z" {\n  count = 5000\n}\n',
        }
    )
    found = {r.address: (told(r.exists), r.copies) for r in made.resources}
    flag = ("var.flag", {"true": True, "false": False})
    positive = ("var.n > 0", {"true": True, "false": False})
    assert found == {
        "module.c[0].aws_x.y[0]": (flag, ""),
        "module.c[0].aws_x.y[1]": (flag, ""),
        "module.c[0].aws_x.z[*]": (flag, "5000"),
        "module.o[*].aws_x.y[0]": (positive, "1..n"),
        "module.o[*].aws_x.y[1]": (positive, "1..n"),
        "module.o[*].aws_x.z[*]": (positive, "1..n"),
    }


@pytest.mark.parametrize(
    ("source", "named"),
    [
        ("terraform-aws-modules/ec2-instance/aws", "terraform-aws-modules/ec2-instance/aws"),
        ("git::https://example.com/m.git?ref=1", "https://example.com/m.git?ref=1"),
        ("git::https://me:secret@example.com/m.git", "https://example.com/m.git"),
        ("git@example.com:us/m.git", "git@example.com:us/m.git"),
    ],
)
def test_a_module_that_is_not_here_is_listed_with_what_to_do(source: str, named: str) -> None:
    made = document(f'module "m" {{\n  source = "{source}"\n}}\n')
    (item,) = made.not_analyzed
    assert item.address == "module.m"
    assert item.reason == f"module {named} is not here: run terraform init, or scan the plan"
    assert (item.line, item.column) == (1, 1)
    assert made.problems == []


def test_outputs_of_a_module_that_is_not_here_are_unknown() -> None:
    made = document(
        'module "m" {\n  source = "a/b/c"\n}\nresource "aws_x" "y" {\n  v = module.m.o\n}\n'
    )
    assert values(made) == {"aws_x.y": ("unknown", "module.m.o")}


def test_fetched_modules_are_found_through_the_list_of_terraform_init() -> None:
    listed = {
        "Modules": [
            {"Key": "", "Source": "", "Dir": "."},
            {"Key": "m", "Source": "registry.terraform.io/a/b/c", "Dir": ".terraform/modules/m"},
            {"Key": "m.n", "Source": "git::x", "Dir": ".terraform/modules/m.n/sub"},
        ]
    }
    made = document(
        {
            "main.tf": 'module "m" {\n  source = "a/b/c"\n  v = 3\n}\n',
            ".terraform/modules/modules.json": json.dumps(listed),
            ".terraform/modules/m/main.tf": LEAF + 'module "n" {\n  source = "git::x"\n}\n',
            ".terraform/modules/m.n/sub/main.tf": LEAF,
        }
    )
    assert made.not_analyzed == []
    assert values(made) == {"module.m.aws_x.y": 3, "module.m.module.n.aws_x.y": 0}


@pytest.mark.parametrize("content", ["{", "[]", '{"Modules": 1}', '{"Modules": [1, {"Key": 1}]}'])
def test_a_broken_list_of_modules_lists_none(content: str) -> None:
    made = document(
        {
            "main.tf": 'module "m" {\n  source = "a/b/c"\n}\n',
            ".terraform/modules/modules.json": content,
        }
    )
    assert list(missed(made)) == ["module.m"]


def test_modules_beside_the_folder_are_read_inside_the_repository_only() -> None:
    files = {
        "live/main.tf": 'module "m" {\n  source = "../modules/m"\n}\n',
        "modules/m/main.tf": LEAF,
    }
    outside = document(files, at="live")
    assert "lies outside" in missed(outside)["module.m"]
    assert values(outside) == {}
    inside = document({**files, ".git/HEAD": ""}, at="live")
    assert values(inside) == {"module.m.aws_x.y": 0}
    (path,) = {r.origin.path for r in inside.resources}
    assert path.endswith("modules/m/main.tf")
    assert ".." not in path


def test_a_fetched_module_that_lies_outside_is_not_read() -> None:
    listed = {"Modules": [{"Key": "m", "Source": "a/b/c", "Dir": "../../../../etc"}]}
    made = document(
        {
            "main.tf": 'module "m" {\n  source = "a/b/c"\n}\n',
            ".terraform/modules/modules.json": json.dumps(listed),
        }
    )
    assert "lies outside" in missed(made)["module.m"]


def test_a_module_folder_that_is_not_there_is_listed() -> None:
    made = document('module "m" {\n  source = "./m"\n}\nmodule "n" {}\n')
    assert set(missed(made)) == {"module.m", "module.n"}


def test_modules_that_call_themselves_are_listed() -> None:
    made = document(
        {
            "main.tf": 'module "a" {\n  source = "./a"\n}\nmodule "me" {\n  source = "./"\n}\n',
            "a/main.tf": LEAF + 'module "b" {\n  source = "../b"\n}\n',
            "b/main.tf": 'module "a" {\n  source = "../a"\n}\n',
        }
    )
    assert set(missed(made)) == {"module.me", "module.a.module.b.module.a"}
    assert all("calls itself" in reason for reason in missed(made).values())
    assert values(made) == {"module.a.aws_x.y": 0}


def test_modules_nest_as_deep_as_the_limit_allows() -> None:
    files = {
        f"m{n}/main.tf": f'module "m" {{\n  source = "../m{n + 1}"\n}}\n{LEAF}' for n in range(6)
    }
    files["main.tf"] = 'module "m" {\n  source = "./m0"\n}\n'
    made = document(files, limits=Limits(module_depth=3))
    assert len(made.resources) == 3
    assert "nested more than 3 levels" in next(iter(missed(made).values()))


def test_instances_are_limited() -> None:
    files = {
        "main.tf": 'module "m" {\n  count = 100\n  source = "./m"\n}\n',
        "m/main.tf": 'resource "aws_x" "y" {\n  count = 100\n}\n',
    }
    made = document(files, limits=Limits(instances=500))
    assert [p.code for p in made.problems] == ["limit-instances"]
    assert made.partial
    assert 0 < len(made.resources) <= 500


# -- places ------------------------------------------------------------------------------

ROLE = '{\n    role_arn = "arn:aws:iam::111122223333:role/deploy"\n  }'


@pytest.mark.parametrize(
    ("provider", "resource", "expected"),
    [
        ("", "", Place()),
        ('variable "r" {}\nprovider "aws" {\n  region = var.r\n}\n', "", Place()),
        ('provider "aws" {\n  region = "eu-west-1"\n}\n', "", Place(region="eu-west-1")),
        (
            'provider "aws" {\n  region = local.r\n}\nlocals {\n  r = "eu-west-1"\n}\n',
            "",
            Place(region="eu-west-1"),
        ),
        (
            (
                'provider "aws" {\n  region = "us-east-1"\n}\n'
                'provider "aws" {\n  alias = "b"\n  region = "eu-west-1"\n}\n'
            ),
            "  provider = aws.b\n",
            Place(region="eu-west-1"),
        ),
        (
            'provider "aws" {\n  region = "us-east-1"\n}\n',
            '  region = "eu-west-1"\n',
            Place(region="eu-west-1"),
        ),
        (
            'provider "aws" {\n  allowed_account_ids = ["111122223333"]\n}\n',
            "",
            Place(account="111122223333"),
        ),
        (
            f'provider "aws" {{\n  alias = "b"\n  assume_role {ROLE}\n}}\n',
            "  provider = aws.b\n",
            Place(account="111122223333", credentials="aws.b"),
        ),
        (
            'provider "aws" {\n  profile = "p"\n}\n',
            "",
            Place(credentials="aws"),
        ),
        (
            'provider "aws" {\n  alias = "b"\n}\n',
            "  provider = aws.c\n",
            Place(credentials="aws.c"),
        ),
    ],
)
def test_a_resource_is_where_its_provider_is(provider: str, resource: str, expected: Place) -> None:
    made = document(f'{provider}resource "aws_x" "y" {{\n{resource}}}\n')
    assert made.resources[0].place == expected


def test_two_regions_that_are_not_known_are_two_places() -> None:
    made = document(
        """
variable "a" {}
variable "b" {}
provider "aws" {
  alias  = "a"
  region = var.a
}
provider "aws" {
  alias  = "b"
  region = var.b
}
resource "aws_x" "a" {
  provider = aws.a
}
resource "aws_x" "b" {
  provider = aws.b
}
resource "aws_x" "c" {
  region = var.a
}
resource "aws_x" "d" {
  region = var.b
}
resource "aws_x" "e" {
}
"""
    )
    places = [r.place for r in made.resources]
    assert len(set(places)) == 5
    assert {place.region for place in places} == {None}


def test_providers_are_inherited_passed_and_declared_in_modules() -> None:
    made = document(
        {
            "main.tf": """
provider "aws" {
  region = "us-east-1"
}
provider "aws" {
  alias  = "west"
  region = "us-west-2"
}
module "inherits" {
  source = "./m"
}
module "passed" {
  source    = "./m"
  providers = { aws = aws.west }
}
module "alias" {
  source    = "./alias"
  providers = { aws.other = aws.west }
}
module "own" {
  source = "./own"
}
""",
            "m/main.tf": 'resource "aws_x" "y" {}\nmodule "n" {\n  source = "../n"\n}\n',
            "n/main.tf": 'resource "aws_x" "y" {}\n',
            "alias/main.tf": 'resource "aws_x" "y" {\n  provider = aws.other\n}\n',
            "own/main.tf": 'provider "aws" {\n  region = "eu-west-1"\n}\nresource "aws_x" "y" {}\n',
        }
    )
    assert {r.address: r.place.region for r in made.resources} == {
        "module.inherits.aws_x.y": "us-east-1",
        "module.inherits.module.n.aws_x.y": "us-east-1",
        "module.passed.aws_x.y": "us-west-2",
        "module.passed.module.n.aws_x.y": "us-west-2",
        "module.alias.aws_x.y": "us-west-2",
        "module.own.aws_x.y": "eu-west-1",
    }


# -- the document ------------------------------------------------------------------------


def test_data_sources_imports_and_other_types() -> None:
    made = document(
        {
            "main.tf": """
data "aws_ami" "a" {
  owners = ["self"]
}
resource "aws_x" "new" {}
resource "aws_x" "old" {}
resource "other_thing" "a" {
  count = 3
}
resource "other_thing" "b" {}
resource "awscc_disk" "d" {
  encrypted = true
}
import {
  to = aws_x.old
  id = "x"
}
module "m" {
  source = "./m"
}
""",
            "m/main.tf": 'data "aws_ami" "a" {}\nresource "other_thing" "a" {}\n',
        }
    )
    assert {r.address: (r.action, r.data) for r in made.resources} == {
        "data.aws_ami.a": (Action.READ, True),
        "aws_x.new": (Action.CREATE, False),
        "aws_x.old": (Action.IMPORT, False),
        "module.m.data.aws_ami.a": (Action.READ, True),
    }
    assert made.others == {"other_thing": 3, "awscc_disk": 1}
    assert made.holding == {"awscc_disk"}
    assert made.format == "terraform-hcl"


def test_what_waits_for_what() -> None:
    made = document(
        {
            "main.tf": """
resource "aws_d" "default" {}
resource "aws_x" "explicit" {
  depends_on = [aws_d.default]
}
resource "aws_x" "through" {
  depends_on = [time_sleep.wait]
}
resource "time_sleep" "wait" {
  triggers = { on = aws_d.default.id }
}
resource "aws_x" "local" {
  v = local.l
}
locals {
  l = { a = [aws_d.default.id] }
}
resource "aws_x" "block" {
  count = 2
  b {
    c = aws_d.default.id
  }
}
module "by_argument" {
  source = "./m"
  v      = aws_d.default.id
}
module "by_depends_on" {
  source     = "./m"
  depends_on = [aws_d.default]
}
module "free" {
  source = "./m"
}
resource "aws_x" "by_output" {
  v = module.by_argument.o
}
resource "aws_x" "by_module" {
  depends_on = [module.by_depends_on]
}
resource "aws_x" "free" {
  v = "aws_d.default"
}
""",
            "m/main.tf": LEAF + 'resource "aws_x" "z" {}\noutput "o" {\n  value = var.v\n}\n',
        }
    )
    waiting = [
        *("aws_x.explicit", "aws_x.through", "aws_x.local", "aws_x.block[1]"),
        *("module.by_argument.aws_x.y", "module.by_depends_on.aws_x.y"),
        *("module.by_depends_on.aws_x.z", "aws_x.by_output", "aws_x.by_module"),
    ]
    found = [r.address for r in made.resources if made.depends(r.address, "aws_d.default")]
    assert set(waiting) <= set(found)
    assert set(found) - set(waiting) == {"aws_x.block[0]"}
    assert made.depends("aws_x.by_module", "module.by_depends_on.aws_x.y")
    assert not made.depends("aws_d.default", "aws_x.explicit")
    assert not made.depends("aws_d.default", "aws_d.default")


# -- what a provider configuration tells ----------------------------------------------------

_AROUND = """
provider "aws" {
  region              = "eu-central-1"
  allowed_account_ids = ["123456789012"]
}
provider "aws" {
  alias  = "china"
  region = "cn-north-1"
}
provider "aws" {
  alias  = "open"
  region = var.region
}
provider "aws" {
  alias  = "ring"
  region = data.aws_region.ring.name
}
variable "region" {}
data "aws_region" "here" {}
data "aws_region" "named" {
  region = "us-east-1"
}
data "aws_region" "open" {
  provider = aws.open
}
data "aws_region" "ring" {
  provider = aws.ring
}
data "aws_caller_identity" "here" {}
data "aws_partition" "here" {}
data "aws_partition" "china" {
  provider = aws.china
}
"""


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("data.aws_region.here.name", "eu-central-1"),
        ("data.aws_region.named.name", ("ref", "data.aws_region.named", "name")),
        ("data.aws_region.named.region", "us-east-1"),
        ("data.aws_region.open.name", ("ref", "data.aws_region.open", "name")),
        ("data.aws_region.ring.name", ("ref", "data.aws_region.ring", "name")),
        ("data.aws_region.here.description", ("ref", "data.aws_region.here", "description")),
        ("data.aws_caller_identity.here.account_id", "123456789012"),
        ("data.aws_partition.here.partition", "aws"),
        ("data.aws_partition.china.partition", "aws-cn"),
    ],
)
def test_data_sources_about_the_surroundings_say_what_the_provider_block_says(
    expression: str, expected: Any
) -> None:
    assert value(expression, _AROUND) == expected


def test_places_that_are_told_apart_are_asked_for_apart(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(
        """
        variable "here" {}
        variable "there" {}
        provider "aws" {
          region = var.here
        }
        provider "aws" {
          alias  = "dr"
          region = "eu-west-1"
          assume_role {
            role_arn = "arn:aws:iam::${var.there}:role/x"
          }
        }
        provider "awscc" {
          region = var.here
        }
        resource "aws_ebs_volume" "ours" {}
        resource "awscc_ec2_volume" "ours" {}
        resource "aws_ebs_volume" "theirs" {
          provider = aws.dr
        }
        resource "aws_ebs_volume" "elsewhere" {
          region = var.there
        }
        """
    )
    report = analyze([str(tmp_path)])
    ours = ["Is EBS encryption by default on in the Region of the deployment?"]
    assert [device.settle for device in report.devices] == [
        ours,
        ours,
        ["Is EBS encryption by default on in eu-west-1 (aws.dr)?"],
        ["Is EBS encryption by default on in the Region of the deployment (region var.there)?"],
    ]


def test_the_workspace_is_that_of_every_module() -> None:
    line = 'resource "aws_x" "y" {\n  v = { dev = 1, prod = 2 }[terraform.workspace]\n}\n'
    made = document({"main.tf": f'{line}module "m" {{\n  source = "./m"\n}}\n', "m/main.tf": line})
    assert {told(resource.body["v"])[0] for resource in made.resources} == {"terraform.workspace"}
