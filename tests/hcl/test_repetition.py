"""count, for_each and dynamic blocks."""

from __future__ import annotations

from typing import Any

import pytest

from analyzer.limits import Limits
from analyzer.sources.document import Resource

from .reading import document, told

FLAG = 'variable "flag" {\n  type = bool\n}\n'
OPEN = 'variable "open" {}\n'
NUMBER = 'variable "n" {\n  type = number\n}\n'


def resources(text: str, **options: Any) -> dict[str, Resource]:
    made = document(text, **options)
    assert made.problems == []
    return made.by_address()


def bodies(text: str) -> dict[str, Any]:
    return {
        address: {name: told(datum) for name, datum in resource.body.items()}
        for address, resource in resources(text).items()
    }


def test_a_count_makes_numbered_instances() -> None:
    assert bodies('resource "aws_x" "y" {\n  count = 2\n  v = count.index\n}\n') == {
        "aws_x.y[0]": {"v": 0},
        "aws_x.y[1]": {"v": 1},
    }


@pytest.mark.parametrize("count", ["0", '"0"', "length([])"])
def test_a_count_of_none_makes_nothing(count: str) -> None:
    assert bodies(f'resource "aws_x" "y" {{\n  count = {count}\n}}\n') == {}


def test_keys_of_for_each_stand_quoted_in_addresses() -> None:
    text = """
resource "aws_x" "y" {
  for_each = { b = 1, "a/\\"q\\"" = 2 }
  k = each.key
  v = each.value
}
resource "aws_x" "s" {
  for_each = toset(["b", "a"])
  v = each.value
}
"""
    assert bodies(text) == {
        'aws_x.y["a/\\"q\\""]': {"k": 'a/"q"', "v": 2},
        'aws_x.y["b"]': {"k": "b", "v": 1},
        'aws_x.s["a"]': {"v": "a"},
        'aws_x.s["b"]': {"v": "b"},
    }


def test_the_empty_text_is_a_key_of_for_each_like_any_other() -> None:
    text = 'resource "aws_x" "y" {\n  for_each = toset(split(",", "a,"))\n  v = each.key\n}\n'
    assert bodies(text) == {'aws_x.y[""]': {"v": ""}, 'aws_x.y["a"]': {"v": "a"}}


def test_a_count_by_a_condition_is_an_instance_that_may_not_be_there() -> None:
    text = FLAG + 'resource "aws_x" "y" {\n  count = var.flag ? 2 : 1\n}\n'
    found = resources(text)
    assert {a: told(r.exists) for a, r in found.items()} == {
        "aws_x.y[0]": True,
        "aws_x.y[1]": ("var.flag", {"true": True, "false": False}),
    }
    assert {r.copies for r in found.values()} == {""}


def test_a_set_by_a_condition_has_the_keys_of_both_branches() -> None:
    text = (
        FLAG
        + """
resource "aws_x" "y" {
  for_each = var.flag ? { a = 1, b = 1 } : { a = 2 }
  v = each.value
}
"""
    )
    found = resources(text)
    assert {a: (told(r.exists), told(r.body["v"])) for a, r in found.items()} == {
        'aws_x.y["a"]': (True, ("var.flag", {"true": 1, "false": 2})),
        'aws_x.y["b"]': (("var.flag", {"true": True, "false": False}), 1),
    }


def test_an_unknown_count_is_one_instance_for_all() -> None:
    (found,) = resources(
        NUMBER + 'resource "aws_x" "y" {\n  count = var.n\n  v = count.index\n  w = 1\n}\n'
    ).values()
    assert (found.address, found.copies) == ("aws_x.y[*]", "1..n")
    assert told(found.exists) == ("var.n > 0", {"true": True, "false": False})
    assert told(found.body["v"]) == ("unknown", "aws_x.y.count.index")
    assert told(found.body["w"]) == 1


def test_an_unknown_for_each_is_one_instance_for_all() -> None:
    (found,) = resources(
        'variable "m" {\n  type = map(bool)\n}\n'
        'resource "aws_x" "y" {\n  for_each = var.m\n  k = each.key\n  v = each.value\n}\n'
    ).values()
    assert (found.address, found.copies) == ("aws_x.y[*]", "1..n")
    assert told(found.exists) == ("length(var.m) > 0", {"true": True, "false": False})
    assert told(found.body["k"]) == ("unknown", "aws_x.y.each.key")
    assert told(found.body["v"]) == ("unknown", "aws_x.y.each.value")


def test_the_values_of_two_open_repetitions_are_not_one_value() -> None:
    block = 'resource "aws_x" "{0}" {{\n  for_each = var.open\n  v = each.value\n}}\n'
    found = bodies(OPEN + block.format("a") + block.format("b"))
    assert found["aws_x.a[*]"] != found["aws_x.b[*]"]


def test_the_key_of_a_set_is_its_value() -> None:
    (found,) = bodies(
        OPEN + 'resource "aws_x" "y" {\n  for_each = toset(var.open)\n'
        "  k = each.key\n  v = each.value\n}\n"
    ).values()
    assert found["k"] == found["v"]


@pytest.mark.parametrize(
    ("repeat", "copies"),
    [
        ("count = 1e9", "1000000000"),
        ("count = 11", "11"),
        ("for_each = toset([for i in range(11) : tostring(i)])", "11"),
    ],
)
def test_more_instances_than_are_listed_are_one_for_all(repeat: str, copies: str) -> None:
    text = f'resource "aws_x" "y" {{\n  {repeat}\n  v = 1\n}}\n'
    (found,) = resources(text, limits=Limits(listed_instances=10)).values()
    assert (found.address, found.copies, told(found.exists)) == ("aws_x.y[*]", copies, True)


def test_repetitions_in_repetitions_are_listed_up_to_ten_times_as_many() -> None:
    files = {
        "main.tf": 'module "m" {\n  source = "./m"\n  count = 10\n}\n',
        "m/main.tf": 'resource "aws_x" "y" {\n  count = 9\n}\n'
        'resource "aws_x" "z" {\n  count = 1\n}\n',
    }
    found = document(files, limits=Limits(listed_instances=10)).by_address()
    listed = [address for address in found if ".y[" in address]
    assert len(listed) == 9 * 9 + 1
    assert found["module.m[9].aws_x.y[*]"].copies == "9"
    assert "module.m[9].aws_x.z[0]" in found


# -- references to instances -------------------------------------------------------------

COUNTED = 'resource "aws_k" "k" {\n  count = var.flag ? 1 : 0\n}\n'


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("aws_k.k[0].arn", ("ref", "aws_k.k[0]", "arn")),
        (
            "one(aws_k.k[*].arn)",
            ("var.flag", {"true": ("ref", "aws_k.k[0]", "arn"), "false": None}),
        ),
        (
            "try(aws_k.k[0].arn, null)",
            ("var.flag", {"true": ("ref", "aws_k.k[0]", "arn"), "false": None}),
        ),
        (
            "var.flag ? aws_k.k[0].arn : null",
            ("var.flag", {"true": ("ref", "aws_k.k[0]", "arn"), "false": None}),
        ),
        (
            'join("", aws_k.k[*].id)',
            ("var.flag", {"true": ("ref", "aws_k.k[0]", "id"), "false": ""}),
        ),
        ("length(aws_k.k)", ("var.flag", {"true": 1, "false": 0})),
        ("aws_k.k[1].arn", ("unknown", '(var.flag ? ["aws_k.k[0]"] : [])[1]')),
    ],
)
def test_a_reference_hangs_on_what_its_instance_hangs_on(expression: str, expected: Any) -> None:
    text = f'{FLAG}{COUNTED}resource "aws_x" "y" {{\n  v = {expression}\n}}\n'
    found = bodies(text)["aws_x.y"]["v"]
    if expected[0] == "unknown":
        assert found[0] == "unknown"
    else:
        assert found == expected


def test_instances_are_referred_to_by_index_key_and_as_a_whole() -> None:
    text = """
resource "aws_k" "c" {
  count = 2
  v     = count.index
}
resource "aws_k" "e" {
  for_each = { a = 1, b = 2 }
  v        = each.value
}
resource "aws_x" "y" {
  for_each = aws_k.e
  a = aws_k.c[1].v
  b = aws_k.e["a"].id
  c = aws_k.e[each.key].v
  d = aws_k.c[*].id
  e = values(aws_k.e)[*].v
  f = [for k, r in aws_k.e : r.id]
  g = each.value.id
}
"""
    assert bodies(text)['aws_x.y["b"]'] == {
        "a": 1,
        "b": ("ref", 'aws_k.e["a"]', "id"),
        "c": 2,
        "d": [("ref", "aws_k.c[0]", "id"), ("ref", "aws_k.c[1]", "id")],
        "e": [1, 2],
        "f": [("ref", 'aws_k.e["a"]', "id"), ("ref", 'aws_k.e["b"]', "id")],
        "g": ("ref", 'aws_k.e["b"]', "id"),
    }


def test_a_reference_into_an_open_repetition_names_the_instance_for_all() -> None:
    text = (
        OPEN
        + """
resource "aws_k" "k" {
  for_each = var.open
  v        = each.value.size
}
resource "aws_x" "y" {
  for_each = var.open
  a = aws_k.k[each.key].id
  b = aws_k.k["one"].id
  c = aws_k.k["one"].v
  d = aws_k.k["two"].v
  e = values(aws_k.k)[*].id
}
"""
    )
    found = bodies(text)["aws_x.y[*]"]
    assert found["a"] == found["b"] == ("ref", "aws_k.k[*]", "id")
    assert found["c"] == ("unknown", 'var.open["one"].size')
    assert found["c"] != found["d"]
    assert found["e"][0] == "unknown"


def test_what_is_null_in_a_body_is_known_by_name() -> None:
    text = (
        FLAG
        + 'resource "aws_k" "k" {\n  a = null\n  b = var.flag ? "x" : null\n}\n'
        + 'resource "aws_x" "y" {\n  a = aws_k.k.a\n  b = aws_k.k.b\n}\n'
    )
    assert bodies(text)["aws_x.y"] == {
        "a": ("ref", "aws_k.k", "a"),
        "b": ("var.flag", {"true": "x", "false": ("ref", "aws_k.k", "b")}),
    }


# -- dynamic blocks ----------------------------------------------------------------------


def dynamic(for_each: str, more: str = "") -> str:
    return f"""
resource "aws_x" "y" {{
  disk {{
    n = "first"
  }}
  dynamic "disk" {{
    for_each = {for_each}
    {more}
    content {{
      n = {"d" if "iterator" in more else "disk"}.value
      k = {"d" if "iterator" in more else "disk"}.key
    }}
  }}
}}
"""


@pytest.mark.parametrize(
    ("for_each", "expected"),
    [
        ('["a", "b"]', [{"n": "a", "k": 0}, {"n": "b", "k": 1}]),
        ("{ x = 1 }", [{"n": 1, "k": "x"}]),
        ('toset(["b", "a"])', [{"n": "a", "k": "a"}, {"n": "b", "k": "b"}]),
        ("[]", []),
        ("null", None),
    ],
)
@pytest.mark.parametrize("more", ["", "iterator = d"])
def test_a_dynamic_block_is_as_many_blocks(for_each: str, expected: Any, more: str) -> None:
    found = bodies(dynamic(for_each, more))["aws_x.y"]["disk"]
    if expected is None:
        assert len(found) == 2  # Terraform refuses a null
    else:
        assert found == [{"n": "first"}, *expected]


def test_a_block_that_may_not_be_there_is_a_choice() -> None:
    found = bodies(FLAG + dynamic('var.flag ? ["a"] : []'))["aws_x.y"]["disk"]
    assert found == [
        {"n": "first"},
        ("var.flag", {"true": {"n": "a", "k": 0}, "false": None}),
    ]


def test_an_unknown_dynamic_block_is_one_block_for_all() -> None:
    found = bodies(OPEN + dynamic("var.open"))["aws_x.y"]["disk"]
    block = {
        "n": ("unknown", "aws_x.y.disk.value"),
        "k": ("unknown", "aws_x.y.disk.key"),
    }
    assert found == [
        {"n": "first"},
        ("length(var.open) > 0", {"true": block, "false": None}),
    ]


def test_dynamic_blocks_nest() -> None:
    text = """
resource "aws_x" "y" {
  dynamic "outer" {
    for_each = [{ in = ["a", "b"] }, { in = [] }]
    content {
      dynamic "inner" {
        for_each = outer.value.in
        content {
          v = "${outer.key}${inner.value}"
        }
      }
    }
  }
}
"""
    assert bodies(text)["aws_x.y"] == {
        "outer": [{"inner": [{"v": "0a"}, {"v": "0b"}]}, {"inner": []}]
    }


def test_what_is_unknown_in_two_blocks_is_not_one_value() -> None:
    block = (
        '  dynamic "disk" {\n    for_each = var.open\n'
        "    content {\n      v = disk.value\n    }\n  }\n"
    )
    nested = f"  outer {{\n{block}  }}\n"
    text = f'{OPEN}resource "aws_x" "y" {{\n{block}{block}{nested}{nested}}}\n'
    found = bodies(text)["aws_x.y"]
    blocks = [*found["disk"], *(outer["disk"][0] for outer in found["outer"])]
    names = {choice[1]["true"]["v"][1] for choice in blocks}
    assert names == {
        "aws_x.y.disk.value",
        "aws_x.y.disk#2.value",
        "aws_x.y.outer.disk.value",
        "aws_x.y.outer#2.disk.value",
    }


@pytest.mark.parametrize(
    "repeat",
    [
        *("count = -1", "count = var.none - 1", "count = 1.5", "count = null", "count = true"),
        *('for_each = ""', "for_each = var.none", "for_each = null", "for_each = true"),
    ],
)
def test_a_repetition_that_terraform_refuses_loses_no_instance(repeat: str) -> None:
    text = f'variable "none" {{\n  default = 0\n}}\nresource "aws_x" "y" {{\n  {repeat}\n}}\n'
    made = document(text)
    (line,) = made.not_analyzed
    assert (line.address, line.line, line.column) == ("aws_x.y", 5, 3)
    assert [(r.address, r.copies) for r in made.resources] == [("aws_x.y[*]", "1..n")]


@pytest.mark.parametrize("kind", ['resource "aws_x" "y"', 'module "m"'])
def test_count_and_for_each_exclude_each_other(kind: str) -> None:
    inside = "  count = 0\n  for_each = {}\n"
    source = '  source = "./m"\n' if kind.startswith("module") else ""
    made = document(
        {"main.tf": f"{kind} {{\n{inside}{source}}}\n", "m/main.tf": 'resource "aws_x" "y" {}\n'}
    )
    (problem,) = made.problems
    assert (problem.line, problem.column) == (3, 3)
    assert [resource.copies for resource in made.resources] == ["1..n"]


@pytest.mark.parametrize(
    ("one", "other"), [("count = 2", "for_each = {}"), ("for_each = {}", "count = 2")]
)
def test_a_count_wins_over_the_for_each_of_another_file(one: str, other: str) -> None:
    files = {
        name: f'resource "aws_x" "y" {{\n  {argument}\n}}\n'
        for name, argument in (("main.tf", one), ("override.tf", other))
    }
    made = document(files)
    assert made.problems == []
    assert [resource.address for resource in made.resources] == ["aws_x.y[0]", "aws_x.y[1]"]
