"""Who gives a variable its value, and what its declaration makes of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.running import ebs_plan

from .reading import body, document, told, value

USE = '\nresource "aws_x" "y" {\n  v = var.x\n}\n'


def declared(lines: str) -> str:
    return f'variable "x" {{\n{lines}\n}}\n{USE}'


SOURCES = [
    ("default", None),
    ("environment", None),
    ("terraform.tfvars", 'x = "terraform.tfvars"\n'),
    ("terraform.tfvars.json", '{"x": "terraform.tfvars.json"}'),
    ("a.auto.tfvars", 'x = "a.auto.tfvars"\n'),
    ("b.auto.tfvars.json", '{"x": "b.auto.tfvars.json"}'),
    ("file", None),
    ("option", None),
]


@pytest.mark.parametrize("count", range(1, len(SOURCES) + 1))
def test_later_sources_win(count: int, tmp_path: Path) -> None:
    names = [name for name, _ in SOURCES[:count]]
    files = {"main.tf": declared('  default = "default"')}
    files.update({name: text for name, text in SOURCES[:count] if text})
    options: dict[str, Any] = {}
    if "environment" in names:
        options["environment"] = {"x": "environment"}
    if "file" in names:
        path = tmp_path / "some.tfvars"
        path.write_text('x = "file"\n')
        options["assigned"] = (str(path),)
    if "option" in names:
        options["assigned"] = (*options["assigned"], ("x", "option"))
    assert body(files, **options) == {"v": names[-1]}


@pytest.mark.parametrize(
    ("flags", "verdict"),
    [
        (("--var-file", "no.tfvars", "--var", "x=true"), "encrypted"),
        (("--var", "x=true", "--var-file", "no.tfvars"), "depends"),
        (("--var", "x=false", "--var-file=no.tfvars", "--var=x=true"), "encrypted"),
    ],
)
def test_of_the_command_line_the_last_wins(
    flags: tuple[str, ...], verdict: str, tmp_path: Path
) -> None:
    volume = 'variable "x" {}\nresource "aws_ebs_volume" "v" {\n  encrypted = var.x\n}\n'
    (tmp_path / "main.tf").write_text(volume)
    (tmp_path / "no.tfvars").write_text("x = false\n")
    done = ebs_plan("scan", "main.tf", "-o", "json", *flags, cwd=tmp_path)
    assert [d["verdict"] for d in json.loads(done.stdout)["devices"]] == [verdict]


@pytest.mark.parametrize(("flags", "verdict"), [((), "depends"), (("--tf-var-env",), "encrypted")])
def test_the_environment_counts_on_request_only(
    flags: tuple[str, ...], verdict: str, tmp_path: Path
) -> None:
    volume = 'variable "x" {}\nresource "aws_ebs_volume" "v" {\n  encrypted = var.x\n}\n'
    (tmp_path / "main.tf").write_text(volume)
    done = ebs_plan("scan", "main.tf", "-o", "json", *flags, cwd=tmp_path, TF_VAR_x="true")
    assert [d["verdict"] for d in json.loads(done.stdout)["devices"]] == [verdict]


@pytest.mark.parametrize(
    ("type_", "text", "expected"),
    [
        ("string", "1", "1"),
        ("number", "1", 1),
        ("bool", "true", True),
        ("list(string)", '["a", 1]', ["a", "1"]),
        ("map(bool)", '{ a = "true" }', {"a": True}),
        ("set(number)", "[2, 1, 2]", [1, 2]),
        ("any", "[1]", [1]),
        ("object({ a = string, b = optional(bool, true) })", "{ a = 1 }", {"a": "1", "b": True}),
        ("object({ a = optional(string) })", "{}", {"a": None}),
        ("object({ a = optional(bool, true) })", "{ a = null }", {"a": True}),
        ("object({ a = string })", '{ a = "x", b = 1 }', {"a": "x"}),
        (
            "object({ a = optional(object({ b = optional(bool, true) }), {}) })",
            "{}",
            {"a": {"b": True}},
        ),
        ("list(object({ a = optional(number, 5) }))", "[{}]", [{"a": 5}]),
        ("tuple([string, bool])", '[1, "true"]', ["1", True]),
    ],
)
def test_values_are_converted_to_the_declared_type(type_: str, text: str, expected: Any) -> None:
    files = declared(f"  type = {type_}")
    assert body(files, assigned=[("x", text)]) == {"v": expected}


def test_text_of_an_untyped_variable_stays_text() -> None:
    assert body(declared(""), assigned=[("x", "[1]")]) == {"v": "[1]"}


@pytest.mark.parametrize(
    ("type_", "text"), [("bool", "maybe"), ("number", "x"), ("list(bool)", "[1, 2]")]
)
def test_a_value_of_another_type_is_none(type_: str, text: str) -> None:
    found = body(declared(f"  type = {type_}"), assigned=[("x", text)])
    assert found["v"][0] == "unknown"


@pytest.mark.parametrize(
    ("lines", "given", "expected"),
    [
        ("  default = null", None, None),
        ("  default = 1", "x = null\n", None),
        ("  default = 1\n  nullable = false", "x = null\n", 1),
        ("  type = bool\n  default = true\n  nullable = false", "x = null\n", True),
    ],
)
def test_null_is_a_value_unless_it_is_ruled_out(
    lines: str, given: str | None, expected: Any
) -> None:
    files = {"main.tf": declared(lines)}
    if given:
        files["terraform.tfvars"] = given
    assert body(files) == {"v": expected}


def test_a_default_stands_where_an_unknown_input_is_null() -> None:
    files = {
        "main.tf": 'variable "u" {\n  type = bool\n}\n'
        'module "m" {\n  source = "./m"\n  x = var.u\n}\n',
        "m/main.tf": declared("  type = bool\n  default = true\n  nullable = false"),
    }
    expected = ("var.u", {"true": True, "false": False, "absent": True})
    assert body(files, "module.m.aws_x.y") == {"v": expected}


def test_the_attributes_of_an_unknown_object_have_names_and_types() -> None:
    lines = "  type = object({ e = optional(bool, true), l = list(bool) })"
    declaration = f'variable "x" {{\n{lines}\n}}\n'
    assert value("var.x.e", declaration) == ("unknown", "var.x.e")
    assert value("var.x.e ? 1 : 2", declaration) == ("var.x.e", {"true": 1, "false": 2})
    assert value("var.x.l[0] ? 1 : 2", declaration) == ("var.x.l[0]", {"true": 1, "false": 2})


def test_a_variables_file_that_does_not_parse_is_a_problem() -> None:
    made = document({"main.tf": declared(""), "terraform.tfvars": "x = 1 2\n"})
    (problem,) = made.problems
    assert problem.path.endswith("terraform.tfvars")
    assert (problem.line, problem.column) == (1, 7)
    assert told(made.resources[0].body["v"])[0] == "unknown"


def test_files_of_variables_hold_no_blocks() -> None:
    made = document({"main.tf": declared("  default = 1"), "terraform.tfvars": "x {}\n"})
    assert [p.code for p in made.problems] == ["input-hcl"]


def test_a_missing_variables_file_is_a_problem() -> None:
    made = document(declared("  default = 1"), assigned=("/nowhere/x.tfvars",))
    assert [p.code for p in made.problems] == ["input-missing"]


def validated(condition: str) -> str:
    return f'  validation {{\n    condition = {condition}\n    error_message = "No."\n  }}\n'


@pytest.mark.parametrize(
    ("default", "condition"),
    [
        ("1", "var.x > 1"),
        ('"de-1"', 'startswith(var.x, "eu-")'),
        ('["a", ""]', "alltrue([for name in var.x : length(name) > 0])"),
        ("{ on = false }", "var.x.on"),
        ("null", "var.x != null"),
    ],
)
def test_a_value_that_fails_its_validation_is_none(default: str, condition: str) -> None:
    """Terraform would plan with another one, or not at all."""
    made = document(declared(f"  default = {default}\n{validated(condition)}"))
    (line,) = made.not_analyzed
    assert (line.address, line.line) == ("var.x", 1)
    assert "validation" in line.reason
    assert told(made.resources[0].body["v"])[1] == "var.x"
    inside = declared(validated(condition))
    call = f'module "m" {{\n  source = "./m"\n  x = {default}\n}}\n'
    made = document({"main.tf": call, "m/main.tf": inside})
    assert [line.address for line in made.not_analyzed] == ["module.m.var.x"]
    assert told(made.resources[0].body["v"])[1] == "module.m.var.x"


@pytest.mark.parametrize(
    "condition",
    [
        "var.x == 1",
        "var.x > var.least",
        "var.x > local.least",
        "can(regex(1, var.x))",
        "1 ==",
    ],
)
def test_a_validation_that_is_passed_or_that_nobody_can_tell_changes_nothing(
    condition: str,
) -> None:
    others = 'variable "least" {}\nlocals {\n  least = 2\n}\n'
    made = document(others + declared(f"  default = 1\n{validated(condition)}"))
    assert made.not_analyzed == []
    assert told(made.resources[0].body["v"]) == 1
