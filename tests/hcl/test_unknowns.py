"""What is not known carries its name, and hangs together."""

from __future__ import annotations

from typing import Any

import pytest

from analyzer.core.values import Choice, Given, Unknown

from .reading import body, document, told, value

DECLARED = """
variable "flag" {
  type = bool
}
variable "text" {
  type = string
}
variable "open" {}
variable "sure" {
  type     = string
  nullable = false
}
variable "disks" {
  type = list(object({ name = string, encrypted = optional(bool, true) }))
}
resource "aws_kms_key" "k" {
  description = "ours"
}
data "aws_ssm_parameter" "p" {
  name = "p"
}
data "aws_ami" "a" {
  most_recent = true
}
"""
FLAG = ("var.flag", {"true": True, "false": None})

CASES: list[tuple[str, Any]] = [
    ("var.flag", ("unknown", "var.flag")),
    ("var.flag ? true : null", FLAG),
    ("!var.flag ? null : true", FLAG),
    ("var.flag ? 1 : 1", 1),
    ("var.flag == null ? 1 : 2", ("var.flag", {"true": 2, "false": 2, "absent": 1})),
    ("var.flag || true", True),
    ("var.flag && false", False),
    ("var.flag && !var.flag", False),
    ("var.flag ? (var.flag ? 1 : 2) : 3", ("var.flag", {"true": 1, "false": 3})),
    (
        'var.text == "a" ? 1 : var.text == "b" ? 2 : 3',
        ("var.text", {"a": 1, "b": 2, "(any other)": 3, "absent": 3}),
    ),
    (
        'var.text != "" ? var.text : null',
        ("var.text", {"": None, "(any other)": ("unknown", "var.text"), "absent": None}),
    ),
    (
        "var.text == null ? null : true",
        ("var.text", {"given": True, "absent": None}),
    ),
    ('var.text == "a" && var.text == "b"', False),
    ("var.sure == null", False),
    ("var.text == var.text", True),
    (
        'coalesce(var.text, "d")',
        ("var.text", {"": "d", "(any other)": ("unknown", "var.text"), "absent": "d"}),
    ),
    ("[var.flag, 1]", [("unknown", "var.flag"), 1]),
    ("length([var.flag, 1])", 2),
    ("merge({ a = var.flag }, { b = 1 }).a", ("unknown", "var.flag")),
    ("var.disks[0].encrypted", ("unknown", "var.disks[0].encrypted")),
    ("length(var.disks) > 0 ? 1 : 2", ("length(var.disks) > 0", {"true": 1, "false": 2})),
    (
        "{ a = 1, b = null }[var.text]",
        ("var.text", {"a": 1, "b": None}),
    ),
    ("{ a = 1 }[var.text]", 1),
    ("{ true = 1, false = 2 }[var.flag]", ("var.flag", {"true": 1, "false": 2})),
    ('{ a = 1, "2" = 2 }[var.open]', ("unknown", '{"2" = 2, "a" = 1}[var.open]')),
    (
        "lookup({ a = 1 }, var.sure, 3)",
        ("var.sure", {"a": 1, "(any other)": 3}),
    ),
    (
        "try({ a = 1 }[var.sure], 3)",
        ("var.sure", {"a": 1, "(any other)": 3}),
    ),
    (
        'var.text == "b" ? 0 : { a = 1, b = 2 }[var.text]',
        ("var.text", {"b": 0, "a": 1}),
    ),
    ("lower(var.text)", ("unknown", "lower(var.text)")),
    ('"${var.text}-x"', ("unknown", '"${var.text}-x"')),
    ('"${var.text}"', ("unknown", "var.text")),
    ("aws_kms_key.k.arn", ("ref", "aws_kms_key.k", "arn")),
    ("aws_kms_key.k.description", "ours"),
    ("aws_kms_key.k.arn == null", False),
    ('aws_kms_key.k.arn == "" ? 1 : 2', 2),
    ("aws_kms_key.k[*].arn", [("ref", "aws_kms_key.k", "arn")]),
    ('join("", aws_kms_key.k[*].arn)', ("ref", "aws_kms_key.k", "arn")),
    ("coalesce(null, aws_kms_key.k.arn)", ("ref", "aws_kms_key.k", "arn")),
    (
        "coalesce(null, data.aws_ssm_parameter.p.value)",
        ("ref", "data.aws_ssm_parameter.p", "value"),
    ),
    ("data.aws_ami.a.id", ("ref", "data.aws_ami.a", "id")),
    ("data.aws_ami.a.most_recent", True),
    ("data.aws_ami.a.block_device_mappings[0].ebs", None),
    (
        "tolist(data.aws_ami.a.block_device_mappings)[0].ebs",
        ("ref", "data.aws_ami.a", "block_device_mappings[0].ebs"),
    ),
    ('file("key.pub")', ("unknown", 'file("key.pub")')),
    ('cidrsubnet("10.0.0.0/8", 8, 1)', ("unknown", 'cidrsubnet("10.0.0.0/8", 8, 1)')),
    ("terraform.workspace", ("unknown", "terraform.workspace")),
    ("var.none", ("unknown", "var.none")),
    ("local.none", ("unknown", "local.none")),
    ("aws_none.x.id", ("unknown", "aws_none.x.id")),
    ("module.none.x", ("unknown", "module.none.x")),
]


@pytest.mark.parametrize(("expression", "expected"), CASES, ids=[e for e, _ in CASES])
def test_an_unknown_value_has_the_name_of_what_makes_it_unknown(
    expression: str, expected: Any
) -> None:
    found = value(expression, DECLARED)
    if expected is None:
        expected = ("ref", "data.aws_ami.a", "block_device_mappings[0].ebs")
    assert found == expected


@pytest.mark.parametrize(
    ("expression", "uncertain"),
    [
        # The argument may fail, so the other is possible however they look.
        ("try(var.open.a, 1)", True),
        ("try(tobool(var.open), 1)", True),
        ("can(var.open.a)", True),
        ("try(var.open, 1)", False),
        ("try(var.flag, 1)", False),
        ("can(var.flag)", False),
        # What a local holds is evaluated before: where that fails, Terraform stops.
        ("try(local.l, 1)", False),
    ],
)
def test_try_keeps_what_may_fail_apart_from_what_is_only_not_known(
    expression: str, uncertain: bool
) -> None:
    declared = DECLARED + "locals {\n  l = var.open.a\n}\n"
    found = value(expression, declared)
    assert (isinstance(found, tuple) and "(" in found[0] + str(found[1])) is uncertain


def test_a_definite_branch_is_lost_where_the_condition_may_fail() -> None:
    found = value("try(var.open.a == 1 ? 5 : 5, 6)", DECLARED)
    assert found != 5


def test_two_words_about_one_value_are_answers_of_one_fact() -> None:
    made = document(
        DECLARED
        + """
resource "aws_x" "one" {
  v = var.text == "prod" ? true : false
}
resource "aws_x" "two" {
  v = var.text == "dev" ? true : false
}
resource "aws_x" "three" {
  v = var.text
}
"""
    )
    one, two, three = (made.by_address()[f"aws_x.{n}"].body["v"] for n in ("one", "two", "three"))
    assert isinstance(one, Choice)
    assert isinstance(two, Choice)
    assert isinstance(three, Choice)
    assert one.fact.domain == two.fact.domain == three.fact.domain
    assert one.fact.domain == ("prod", "dev", "(any other)", "absent")
    assert told(one)[1] == {"prod": True, "dev": False, "(any other)": False, "absent": False}
    assert three.branches["dev"] == Given("dev")
    assert isinstance(three.branches["(any other)"], Unknown)


def test_a_validation_tells_which_words_there_are() -> None:
    declared = """
variable "env" {
  type = string
  validation {
    condition     = contains(["dev", "prod"], var.env)
    error_message = "no"
  }
}
"""
    assert value('var.env == "prod" ? 1 : 2', declared) == ("var.env", {"dev": 2, "prod": 1})
    assert value('var.env == "test" ? 1 : 2', declared) == 2
    assert value("var.env == null ? 1 : 2", declared) == 2


def test_calls_that_differ_each_time_are_different_values() -> None:
    found = body('resource "aws_x" "y" {\n  a = uuid()\n  b = uuid()\n}\n')
    assert found["a"] != found["b"]


def test_a_sensitive_value_is_marked_and_named_by_nothing_of_it() -> None:
    made = document(
        """
variable "secret" {
  default   = "hunter2"
  sensitive = true
}
variable "u" {}
resource "aws_x" "y" {
  a = var.secret
  b = "x${var.secret}"
  c = { k = upper(var.secret) }.k
  d = "${var.secret}${var.u}"
  e = var.u == var.secret ? 1 : 2
  f = sensitive("x")
  g = nonsensitive(var.secret)
}
"""
    )
    found = made.resources[0].body
    flags = {n: d.sensitive for n, d in found.items() if isinstance(d, Given)}
    assert flags == {"a": True, "b": True, "c": True, "f": True, "g": False}
    assert isinstance(found["d"], Unknown)
    assert "hunter2" not in found["d"].name


def test_an_input_of_a_child_is_the_roots_own_unknown() -> None:
    files = {
        "main.tf": """
variable "encrypted" {
  type = bool
}
module "a" {
  source    = "./m"
  encrypted = var.encrypted
}
""",
        "m/main.tf": """
variable "encrypted" {
  type = bool
}
variable "missing" {}
resource "aws_x" "y" {
  v = var.encrypted
  w = var.missing
}
""",
    }
    found = body(files, "module.a.aws_x.y")
    assert found == {"v": ("unknown", "var.encrypted"), "w": ("unknown", "module.a.var.missing")}


def test_a_value_that_refers_to_itself_stays_unknown() -> None:
    declared = "locals {\n  a = local.b\n  b = local.a\n}\n"
    assert value("local.a", declared) == ("unknown", "local.a")


@pytest.mark.parametrize(
    ("expression", "why"),
    [
        ('upper("\u00e9")', "it is not calculated without Terraform"),
        ("upper(aws_kms_key.k.arn)", "known after apply"),
    ],
)
def test_what_is_not_calculated_waits_for_no_apply(expression: str, why: str) -> None:
    text = f'{DECLARED}resource "aws_x" "y" {{\n  v = {expression}\n}}\n'
    found = document(text).by_address()["aws_x.y"].body["v"]
    assert isinstance(found, Unknown)
    assert found.why == why
