"""What is known of a value under partial knowledge is what it is in every completion."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analyzer import analyze
from analyzer.core.values import Absent, Choice, Datum, Given, Unknown

from .reading import document

VARIABLES = """
variable "s" {
  type = string
}
variable "t" {
  type = string
}
variable "b" {
  type = bool
}
variable "c" {
  type = bool
}
variable "n" {
  type = number
}
variable "o" {
  type = object({ e = optional(bool, true), k = optional(string), r = string })
}
variable "l" {
  type = list(string)
}
variable "m" {
  type = map(bool)
}
variable "any" {}
variable "sure" {
  type     = string
  nullable = false
  default  = "d"
}
locals {
  obj  = { s = var.s, b = var.b, z = null, k = "k" }
  list = [var.s, "x", var.t]
  both = coalesce(var.b, true) && var.c
}
"""

VALUES: dict[str, st.SearchStrategy[Any]] = {
    "s": st.sampled_from(["x", "", "y", None]),
    "t": st.sampled_from(["x", "k", "", None]),
    "b": st.sampled_from([True, False, None]),
    "c": st.sampled_from([True, False]),
    "n": st.sampled_from([0, 1, 2, 5, None]),
    "o": st.sampled_from(
        [{"r": "x"}, {"r": "", "e": False}, {"r": "y", "k": "k", "e": None}, None]
    ),
    "l": st.sampled_from([[], ["x"], ["x", ""], ["y", "x", "k"]]),
    "m": st.sampled_from([{}, {"x": True}, {"x": False, "y": True}]),
    "any": st.sampled_from(["x", "", "true", "1", None]),
}

strings = st.deferred(lambda: STRINGS)
bools = st.deferred(lambda: BOOLS)
lists = st.deferred(lambda: LISTS)


def form(text: str, *parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(*parts).map(lambda filled: text.format(*filled))


words = st.sampled_from(['"x"', '"y"', '""', '"k"', "null", '"true"'])
numbers = st.sampled_from(["0", "1", "2", "var.n", "length(var.l)", "var.n + 1", "count.index"])
STRINGS = st.one_of(
    words,
    st.sampled_from(
        [
            *("var.s", "var.t", "var.any", "var.o.k", "var.o.r", "var.l[0]", "local.obj.s"),
            *("local.list[2]", "var.sure", "aws_kms_key.k.arn", "aws_kms_key.k.description"),
            *("aws_kms_key.many[0].arn", "one(aws_kms_key.many[*].arn)", "local.obj.z"),
        ]
    ),
    form("({} ? {} : {})", bools, strings, strings),
    form("coalesce({}, {})", strings, strings),
    form("try({}, {})", strings, strings),
    form("lower({})", strings),
    form('"${{{}}}-${{{}}}"', strings, strings),
    form('"${{{}}}"', strings),
    form("lookup(local.obj, {}, {})", strings, strings),
    form("local.obj[{}]", strings),
    form("{{ x = {}, true = {} }}[{}]", strings, strings, bools),
    form("element({}, {})", lists, numbers),
    form('join("", {})', lists),
    form("one({})", lists),
    form("{}[{}]", lists, numbers),
    form("merge(local.obj, {{ s = {} }}).s", strings),
    form("tostring({})", bools),
)
BOOLS = st.one_of(
    st.sampled_from(["true", "false", "var.b", "var.c", "var.o.e", "local.both", "local.obj.b"]),
    st.sampled_from(['var.m["x"]', 'lookup(var.m, "x", false)', "var.m[var.s]"]),
    form("({} && {})", bools, bools),
    form("({} || {})", bools, bools),
    form("!({})", bools),
    form("{} == {}", strings, strings).map(lambda t: f"({t})"),
    form("{} != {}", strings, strings).map(lambda t: f"({t})"),
    form("({} ? {} : {})", bools, bools, bools),
    form("({} > {})", numbers, numbers),
    form("contains({}, {})", lists, strings),
    form("can({})", strings),
    form("try({}, {})", bools, bools),
    form("tobool({})", strings),
    form("alltrue([{}, {}])", bools, bools),
    form("(length({}) > {})", lists, numbers),
    form("({} == null)", bools),
    form("coalesce({}, {})", bools, bools),
    form("{{ x = {}, k = {} }}[{}]", bools, bools, strings),
    form('lookup({{ x = {}, "1" = {} }}, {}, {})', bools, bools, strings, bools),
)
LISTS = st.one_of(
    st.sampled_from(["var.l", "local.list", "[]", "aws_kms_key.many[*].arn", "keys(var.m)"]),
    form("[{}]", strings),
    form("[{}, {}]", strings, strings),
    form("compact({})", lists),
    form("distinct({})", lists),
    form("tolist(toset({}))", lists),
    form("concat({}, {})", lists, lists),
    form("[for v in {} : v if v != {}]", lists, strings),
    form('[for v in {} : "${{v}}!"]', lists),
    form("({} ? {} : [])", bools, lists),
    form("try({}, {})", lists, lists),
    form("flatten([{}, {}])", lists, lists),
)
EXPRESSIONS = st.one_of(STRINGS, BOOLS, LISTS)

CONFIGURATION = """
resource "aws_kms_key" "k" {{}}
resource "aws_kms_key" "many" {{
  count = var.c ? 1 : 0
}}
resource "aws_x" "y" {{
  count = var.n == 1 ? 1 : 2
  v = {0}
  dynamic "block" {{
    for_each = var.l
    content {{
      w = block.value
      x = {0}
    }}
  }}
}}
"""


def read_values(expression: str, given: dict[str, Any]) -> list[tuple[Datum, Datum]]:
    files = {
        "main.tf": VARIABLES + CONFIGURATION.format(expression),
        "terraform.tfvars.json": json.dumps(given),
    }
    made = document(files)
    assert made.problems == []
    return [(r.exists, r.body["v"]) for r in made.resources if r.type == "aws_x"]


def answer(name: str, domain: tuple[str, ...], world: dict[str, Any]) -> str | None:
    """What a world answers to a fact, where it is about a variable itself."""
    if name in world:  # assumed
        return str(world[name])
    steps = name.removeprefix("var.").split(".")
    if not name.startswith("var.") or not name.replace(".", "").isalnum() or steps[0] not in world:
        return None
    here = world[steps[0]]
    for step in steps[1:]:
        if not isinstance(here, dict):
            return None
        here = {
            "e": True if here.get("e") is None else here["e"],
            **{k: here.get(k) for k in "kr"},
        }[step]
    if isinstance(here, (dict, list)):
        return None
    if here is None:
        return "absent"
    text = str(here).lower() if isinstance(here, bool) else str(here)
    if text in domain:
        return text
    return "given" if "given" in domain else "(any other)"


def admits(datum: Datum, real: Datum, world: dict[str, Any]) -> bool:
    """Whether a datum leaves room for what it really is in a world."""
    if isinstance(real, Unknown):  # Terraform refuses, or nobody knows in either case
        return True
    if isinstance(real, Choice):
        return all(
            admits(datum, branch, {**world, real.fact.scope: key})
            for key, branch in real.branches.items()
        )
    if isinstance(datum, Choice):
        found = answer(datum.fact.scope, datum.fact.domain, world)
        if found is None:
            return any(admits(branch, real, world) for branch in datum.branches.values())
        branch = datum.branches.get(found)
        return branch is not None and admits(branch, real, world)
    if isinstance(datum, Unknown):
        if isinstance(real, Absent):
            return datum.nullable
        if datum.domain is not None and isinstance(real, Given):
            return str(real.value).lower() in datum.domain
        return True
    if isinstance(datum, Absent) or isinstance(real, Absent):
        return isinstance(datum, Absent) and isinstance(real, Absent)
    one, two = datum.value, real.value
    if isinstance(one, tuple) and isinstance(two, tuple):
        return len(one) == len(two) and all(
            admits(a, b, world) for a, b in zip(one, two, strict=True)
        )
    return one == two or str(one).lower() == str(two).lower()


@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow])
@given(expression=EXPRESSIONS, world=st.fixed_dictionaries(VALUES), data=st.data())
def test_no_completion_contradicts_what_is_known(
    expression: str, world: dict[str, Any], data: st.DataObject
) -> None:
    told = data.draw(st.sets(st.sampled_from(sorted(world))), "what is told")
    partial = read_values(expression, {name: world[name] for name in told})
    complete = read_values(expression, world)
    for at, (exists, real) in enumerate(complete):
        if exists != Given(True) or at >= len(partial):
            continue
        assert admits(partial[at][0], exists, world)
        assert admits(partial[at][1], real, world)


FLAGS = (
    "var.any",
    "coalesce(var.any, true)",
    "coalesce(null, var.any, true)",
    "var.any == null ? true : var.any",
    'var.any == "" ? true : var.any',
    'var.any == "x" ? false : var.any',
    "try(tobool(var.any), true)",
    'lookup({ x = false }, "y", var.any)',
    '"${coalesce(var.any, true)}"',
)


@pytest.mark.parametrize("flag", FLAGS)
@pytest.mark.parametrize("value", ["true", "false", '"true"', '""', "null"])
def test_no_boolean_contradicts_what_is_said_of_the_volume(
    flag: str, value: str, tmp_path: Path
) -> None:
    """`var.any` has no type: what is asked about it by words is a Boolean in the end."""
    (tmp_path / "main.tf").write_text(
        f'variable "any" {{}}\nresource "aws_ebs_volume" "v" {{\n  encrypted = {flag}\n}}\n'
    )

    def outcomes(*assume: str, given: str = "") -> set[str]:
        (tmp_path / "terraform.tfvars").write_text(given)
        found = analyze([str(tmp_path)], assume=assume)
        return {outcome.symbol for device in found.devices for outcome in device.outcomes}

    known = outcomes(given=f"any = {value}")
    assert known
    assert known <= outcomes()
    if value != "null":
        assert known <= outcomes("var.any=" + value.strip(chr(34)))


@pytest.mark.parametrize("value", ["10", "null"])
def test_a_volume_whose_size_may_be_null_may_be_refused(value: str, tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(
        'variable "size" {\n  type = number\n}\n'
        'resource "aws_launch_template" "t" {\n  image_id = "ami-0a1b2c3d4e5f60718"\n'
        '  block_device_mappings {\n    device_name = "/dev/sdf"\n'
        "    ebs {\n      encrypted = true\n      volume_size = var.size\n    }\n  }\n}\n"
    )

    def outcomes(given: str = "") -> set[str]:
        (tmp_path / "terraform.tfvars").write_text(given)
        found = analyze([str(tmp_path)]).devices
        return {o.symbol for d in found if d.device == "/dev/sdf" for o in d.outcomes}

    known = outcomes(f"size = {value}")
    assert ("rejected" in known) == (value == "null")
    assert known <= outcomes()
