"""Files as people write them, and files that are broken."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.core.values import Origin, at, items
from analyzer.sources.terraform_hcl.parse import Parser, simple

from .reading import body, document, told, value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1", 1),
        ('"a" # comment', "a"),
        ('"a" // comment', "a"),
        ("/* before */ 1 /* after */", 1),
        ("[ # one\n    1, // two\n    2 /* three */,\n  ]", [1, 2]),
        ('"# no comment // nor this"', "# no comment // nor this"),
        ('"} ) ] {"', "} ) ] {"),
        (r'"a\n\t\"\\ é \U0001F600 $${x} %%{y} $5 100%"', 'a\n\t"\\ é 😀 ${x} %{y} $5 100%'),
        ("<<EOT\n  a } {\n  b\nEOT", "  a } {\n  b\n"),
        ("<<-EOT\n    a\n\n      b\n    EOT", "a\n\n  b\n"),
        ("<<-EOT\n\ttab\n    sp\n  EOT", "tab\n   sp\n"),
        ('<<EOT\n${1 + 1}-${"x"}\nEOT', "2-x\n"),
        ("<<EOT\nno \\n escape $${x}\nEOT", "no \\n escape ${x}\n"),
        ("<<-EOT\n  EOT", ""),
        ('"%{ if true ~}  a  %{~ else ~} b %{ endif }"', "a"),
        ('"%{ for x in ["a", "b"] }${x},%{ endfor }"', "a,b,"),
        ('"a  ${~ 1 ~}  b"', "a1b"),
        ("(\n    1 +\n    2\n  )", 3),
        ("{ a = 1\n    b = 2, c : 3 }", {"a": 1, "b": 2, "c": 3}),
        ('{ "x y" = 1, (1 + 1) = 2, for = 3 }', {"x y": 1, "2": 2, "for": 3}),
        ("[for x in [1, 2] : x if x > 1]", [2]),
        ("{ for k, v in { a = 1 } : k => v }", {"a": 1}),
        ("{ for x in [1, 2, 1] : x => x... }", {"1": [1, 1], "2": [2]}),
        ("[[1], [2]][*][0]", [1, 2]),
        ("[{ a = [1, 2] }].*.a[0]", [1, 2]),
        ("[1, 2].1", 2),
        ("max([1, 2]...)", 2),
        ("1e3", 1000),
        ("-(1)", -1),
        ("!!true && !(!true)", True),
        ("[for größe in [1] : größe + 1]", [2]),
    ],
)
def test_an_expression_reads_as_terraform_reads_it(text: str, expected: Any) -> None:
    assert value(text) == expected


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_line_ends_and_a_mark_at_the_start_change_nothing(end: str, mark: str) -> None:
    text = 'resource "aws_x" "y" {\n  v = [\n    1,\n  ]\n  w = true\n}\n'
    assert body(mark + text.replace("\n", end)) == {"v": [1], "w": True}


def test_names_may_have_letters_outside_ascii() -> None:
    text = 'locals {\n  größe = 1\n}\nresource "aws_x" "y" {\n  v = local.größe\n}\n'
    assert body(text) == {"v": 1}


def test_blocks_may_stand_on_one_line_and_labels_without_quotes() -> None:
    assert body("resource aws_x y { v = 1 }\n") == {"v": 1}


def test_nested_blocks_are_lists_and_nulls_are_absent() -> None:
    found = body(
        """
resource "aws_x" "y" {
  gone = null
  one {
    a = 1
  }
  two {
    b = 1
    three {
      c = 2
    }
  }
  two {
    b = 2
  }
  lifecycle {
    ignore_changes = [one]
  }
  provisioner "local-exec" {
    command = "true"
  }
}
"""
    )
    assert found == {
        "gone": None,
        "one": [{"a": 1}],
        "two": [{"b": 1, "three": [{"c": 2}]}, {"b": 2}],
    }


def test_everything_has_its_place() -> None:
    made = document(
        {
            "main.tf": 'variable "e" {}\n\nresource "aws_x" "y" {\n  v = var.e\n\n'
            "  block {\n    w = 1\n  }\n}\n"
        }
    )
    (resource,) = made.resources
    path = resource.origin.path
    assert path.endswith("main.tf")
    assert resource.origin == Origin(path=path, line=3, column=1)
    assert resource.body["v"].origin == Origin(path=path, line=4, column=3, expression="var.e")
    (block,) = items(resource.body["block"])
    assert (block.origin.line, block.origin.column) == (6, 3)
    assert at(block, "w").origin.line == 7


# -- several files -----------------------------------------------------------------------


def test_override_files_win_argument_by_argument_and_block_type_by_block_type() -> None:
    found = body(
        {
            "main.tf": """
locals {
  l = 1
}
resource "aws_x" "y" {
  a = 1
  b = local.l
  one {
    c = 1
  }
  one {
    c = 2
  }
  two {
    d = 1
  }
}
""",
            "a_override.tf": 'resource "aws_x" "y" {\n  a = 2\n  one {\n    c = 9\n  }\n}\n',
            "override.tf": 'locals {\n  l = 5\n}\nresource "aws_x" "y" {\n  a = 3\n}\n',
        }
    )
    assert found == {"a": 3, "b": 5, "one": [{"c": 9}], "two": [{"d": 1}]}


def test_a_dynamic_block_is_overridden_with_the_blocks_of_its_type() -> None:
    base = 'resource "aws_x" "y" {\n  dynamic "one" {\n    for_each = [1]\n    content {}\n  }\n}\n'
    over = 'resource "aws_x" "y" {\n  one {\n    c = 9\n  }\n}\n'
    assert body({"main.tf": base, "override.tf": over}) == {"one": [{"c": 9}]}


def test_an_override_of_nothing_is_a_problem() -> None:
    (problem,) = document({"override.tf": 'resource "aws_x" "y" {}\n'}).problems
    assert (problem.code, problem.line) == ("input-hcl", 1)


def test_opentofus_own_file_stands_for_the_one_of_its_name() -> None:
    files = {
        "main.tf": 'resource "aws_x" "y" {\n  v = 1\n}\n',
        "main.tofu": 'resource "aws_x" "y" {\n  v = 2\n}\n',
        "other.tofu": 'resource "aws_x" "z" {}\n',
    }
    assert body(files) == {"v": 2}
    assert len(document(files).resources) == 2


def test_other_files_are_left_alone() -> None:
    broken = "{{{"
    names = ("x.tftest.hcl", ".hidden.tf", "main.tf~", "#main.tf#", "terragrunt.hcl", "a/b.tf")
    assert body({"main.tf": 'resource "aws_x" "y" {}\n', **dict.fromkeys(names, broken)}) == {}


def test_json_syntax_is_the_same_configuration() -> None:
    source = {
        "//": "a comment",
        "variable": {"e": {"type": "bool"}, "n": {"default": "${literal}"}},
        "locals": {"l": "${var.e}"},
        "resource": {
            "aws_x": {
                "y": {
                    "//": "a comment",
                    "count": 1,
                    "a": "x-${1 + 1}",
                    "b": "${local.l}",
                    "c": {"Name": "n"},
                    "d": [{"e": True}, {"e": None}],
                    "f": "${var.n}",
                    "depends_on": ["aws_x.z"],
                    "dynamic": {
                        "g": {"for_each": [1, 2], "content": {"h": "${g.value}"}},
                    },
                },
                "z": [{"v": 1}],
            }
        },
    }
    made = document({"main.tf.json": json.dumps(source)})
    assert made.problems == []
    found = made.by_address()
    assert {n: told(d) for n, d in found["aws_x.y[0]"].body.items()} == {
        "a": "x-2",
        "b": ("unknown", "var.e"),
        "c": {"Name": "n"},
        "d": [{"e": True}, {"e": None}],
        "f": "${literal}",
        "g": [{"h": 1}, {"h": 2}],
    }
    assert found["aws_x.z"].origin.pointer == "/resource/aws_x/z/0"
    assert made.depends("aws_x.y[0]", "aws_x.z")


# -- broken files ------------------------------------------------------------------------

GOOD = 'resource "aws_x" "good" {\n  v = 1\n}\n'


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ('resource "aws_x" "y" {\n  v = "abc\n}\n', 2, 7),
        ('resource "aws_x" "y" {\n  v = "a${b"\n}\n', 2, 12),
        ('resource "aws_x" "y" {\n  v = <<EOT\n}\n', 2, 7),
        ('resource "aws_x" "y" {\n', 1, 1),
        ('\n  /* resource "aws_x" "y" {}\n', 2, 3),
        ("what\n", 1, 1),
        ('x = 1\nresource "aws_x" "y" {}\n', 1, 1),
        ("}\n", 1, 1),
    ],
)
def test_a_file_that_does_not_parse_is_a_problem_and_the_others_are_read(
    text: str, line: int, column: int
) -> None:
    made = document({"bad.tf": text, "main.tf": GOOD})
    (problem,) = made.problems
    assert problem.path.endswith("bad.tf")
    assert (problem.code, problem.line, problem.column) == ("input-hcl", line, column)
    assert "aws_x.good" in made.by_address()


def test_blocks_before_the_broken_place_are_read() -> None:
    made = document(GOOD + 'resource "aws_x" "y" {\n')
    assert [r.address for r in made.resources] == ["aws_x.good"]


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("v = (1", 2, 7),
        ("v = [1)", 2, 9),
        ("v = 1)", 2, 8),
        ("nonsense", 2, 3),
    ],
)
def test_a_block_that_does_not_parse_is_listed_and_the_others_are_read(
    text: str, line: int, column: int
) -> None:
    made = document(f'resource "aws_x" "y" {{\n  {text}\n}}\n{GOOD}')
    (problem,) = made.problems
    assert (problem.line, problem.column) == (line, column)
    (missed,) = made.not_analyzed
    assert (missed.address, missed.line) == ("aws_x.y", 1)
    assert [r.address for r in made.resources] == ["aws_x.good"]


@pytest.mark.parametrize(
    ("text", "column"),
    [("v =", 6), ("v = 1 2", 9), ("v = a b", 9), ("v = foo(1 2)", 13), ("v = 1 +", 9)],
)
def test_an_argument_that_does_not_parse_stays_unknown(text: str, column: int) -> None:
    made = document(f'resource "aws_x" "y" {{\n  {text}\n  w = 1\n}}\n')
    (problem,) = made.problems
    assert (problem.code, problem.line) == ("input-hcl", 2)
    assert problem.column == column
    (resource,) = made.resources
    assert told(resource.body["v"])[0] == "unknown"
    assert told(resource.body["w"]) == 1


def test_two_arguments_that_do_not_parse_are_two_values() -> None:
    made = document('resource "aws_x" "y" {\n  v = 1 2\n  w = 1 2\n}\n')
    found = made.resources[0].body
    assert told(found["v"]) != told(found["w"])


@pytest.mark.parametrize(
    ("files", "code"),
    [
        ({"main.tf": b'resource "aws_x" "\xff" {}\n'}, "input-encoding"),
        ({"main.tf.json": "{"}, "input-json"),
        ({"main.tf.json": '{"resource": 1}'}, "input-json"),
        ({"main.tf.json": '{"resource": {"aws_x": {"y": {"v": NaN}}}}'}, "input-json"),
        ({"main.tf": 'resource "aws_x" "y" {}\n' * 2}, "input-hcl"),
        ({"main.tf": 'resource "aws_x" "y" {\n  v = 1\n  v = 2\n}\n'}, "input-hcl"),
        ({"main.tf": 'resource "aws_x" {}\n'}, "input-hcl"),
        ({"main.tf": "#" * 1_000_001}, "limit-hcl-size"),
    ],
)
def test_what_terraform_refuses_is_a_problem(files: dict[str, str | bytes], code: str) -> None:
    assert [p.code for p in document(files).problems] == [code]


def test_no_problem_quotes_the_source() -> None:
    text = 'resource "aws_x" "y" {\n  v = "hunter2\n}\n'
    (problem,) = document(text).problems
    assert "hunter2" not in problem.message + problem.hint


# -- two ways to one expression ----------------------------------------------------------

NAMES = st.from_regex(r"[a-z_][a-z0-9_-]{0,5}", fullmatch=True)
STEPS = st.one_of(
    NAMES.map(lambda n: f".{n}"),
    st.integers(0, 99).map(lambda n: f"[{n}]"),
    st.text("abc /:.", min_size=1, max_size=4).map(lambda t: f'["{t}"]'),
)
SIMPLE = st.one_of(
    st.sampled_from(["true", "false", "null", "[]", "{}"]),
    st.integers(-(10**9), 10**9).map(str),
    st.floats(-1e6, 1e6, allow_nan=False).map(lambda x: f"{x:.4f}"),
    st.tuples(NAMES, st.lists(STEPS, max_size=4)).map(lambda p: p[0] + "".join(p[1])),
)


@given(SIMPLE)
def test_what_is_read_at_once_is_what_the_grammar_makes_of_it(text: str) -> None:
    at_once = simple(text)
    if at_once is not None:
        assert Parser().parse(f"({text})", "x") == at_once


def test_json_has_the_lines_of_its_blocks_and_arguments() -> None:
    """Also where a text looks like the name of a member, or a name comes more than once."""
    text = """\
{
  "//": "\\"v\\": 1, {",
  "locals": { "v": ["v", { "v" : 1 }] },
  "resource": { "aws_x": { "y": {
      "v": 1,
      "dynamic": {
        "z": { "for_each": [1], "content":
          { "v": 2 } } } },
    "w": [
      { "v": 3 }
    ] } }
}
"""
    made = document({"main.tf.json": text}).by_address()
    block, other = made["aws_x.y"], made["aws_x.w"]
    (inside,) = block.body["z"].value
    places = [
        *(block.origin, block.body["v"].origin, inside.value["v"].origin),
        *(other.origin, other.body["v"].origin),
    ]
    assert [(place.line, place.column) for place in places] == [
        *((4, 28), (5, 7), (8, 13), (9, 5), (10, 9))
    ]
    (problem,) = document(
        {"main.tf.json": '{"resource": {"aws_x": {"y": {\n"v": 1,\n"v": 2}}}}'}
    ).problems
    assert (problem.line, problem.column) == (3, 1)
