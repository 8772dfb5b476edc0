"""Hostile configurations end early and clearly, and nothing but a document comes back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analyzer.errors import InputError
from analyzer.files import Root
from analyzer.limits import Limits
from analyzer.sources.document import Document
from analyzer.sources.terraform_hcl import Library, Options, read

from .reading import document, known, told

FIXTURES = Path(__file__).parents[2] / "fixtures" / "terraform"


def using(expression: str, declared: str = "") -> str:
    return f'{declared}\nresource "aws_x" "y" {{\n  v = {expression}\n}}\n'


def chain(count: int, line: str, last: str) -> str:
    """Locals of which each uses the next."""
    return "locals {\n" + "".join(line.format(n, n + 1) for n in range(count)) + last + "}\n"


def variables(count: int) -> str:
    return "".join(f'variable "x{n}" {{}}\n' for n in range(count))


def module(count: int, more: str = "") -> dict[str, str]:
    """Modules that each call the next several times."""
    files = {
        f"m{n}/main.tf": "".join(
            f'module "c{k}" {{\n  source = "../m{n + 1}"\n{more}}}\n' for k in range(count)
        )
        for n in range(8)
    }
    files["m8/main.tf"] = 'resource "aws_x" "y" {}\n'
    files["main.tf"] = 'module "m" {\n  source = "./m0"\n}\n'
    return files


NESTED = {
    "parentheses": using("(" * 10_000 + "1" + ")" * 10_000),
    "brackets": using("[" * 10_000),
    "objects": using("{a=" * 5_000 + "1" + "}" * 5_000),
    "templates": using('"${' * 5_000 + "1" + '}"' * 5_000),
    "blocks": 'resource "aws_x" "y" {\n' + "a {\n" * 10_000 + "}\n" * 10_001,
    "json": {"main.tf.json": "[" * 100_000},
    "json objects": {"main.tf.json": '{"a":' * 100_000},
}


@pytest.mark.parametrize("files", NESTED.values(), ids=NESTED)
def test_deep_nesting_is_a_named_limit(files: Any) -> None:
    assert {p.code for p in document(files).problems} == {"limit-depth"}


UNCLOSED = {
    "string": using('"abc' + "x" * 100_000),
    "heredocs": "".join(f'resource "aws_x" "y{n}" {{\n  v = <<EOT\nx\n' for n in range(3000)),
    "comments": using("[" + "/*" * 100_000 + "]"),
    "blocks": 'resource "aws_x" "y" {\n' * 10_000,
}


@pytest.mark.parametrize("files", UNCLOSED.values(), ids=UNCLOSED)
def test_what_is_not_closed_is_one_problem_with_a_place(files: str) -> None:
    (problem,) = document(files).problems
    assert (problem.code, problem.line is not None) == ("input-hcl", True)


NINES = "9" * 400


@pytest.mark.parametrize(
    "expression",
    [
        'tostring(jsondecode("1e400"))',
        'jsondecode("[-1e400]")[0] + 1',
        f"toset([{NINES}, 1])",
        f"range({NINES})",
        "range(1, -1e30, -1)",
    ],
)
def test_no_number_is_too_large_to_go_on(expression: str) -> None:
    made = document(using(f"can({expression})"))
    assert (made.problems, [r.address for r in made.resources]) == ([], ["aws_x.y"])


CHEAP = {
    "sums": using("+".join(["1"] * 5_000)),
    "steps": using("var.x" + ".b" * 20_000, 'variable "x" {}'),
    "indices": using("var.x" + "[0]" * 5_000, 'variable "x" {}'),
    "splats": using("[[1]]" + "[*]" * 2_000),
    "conditions": using("".join(f"var.x{n} ? {n} : " for n in range(1000)) + "0", variables(1000)),
    "all of many": using("&&".join(f"var.x{n}" for n in range(300)), variables(300)),
    "long chain": chain(20_000, "  a{0} = local.a{1}\n", "  a20000 = 1\n") + using("local.a0"),
    "nested chain": chain(5_000, "  a{0} = [local.a{1}]\n", "  a5000 = 1\n") + using("local.a0"),
    "doubled list": chain(60, "  a{0} = concat(local.a{1}, local.a{1})\n", "  a60 = [1]\n")
    + using("length(local.a0)"),
    "doubled text": chain(60, '  a{0} = "${{local.a{1}}}${{local.a{1}}}"\n', '  a60 = "x"\n')
    + using("local.a0"),
    "replaced text": chain(30, '  a{0} = replace(local.a{1}, "x", "xxxxx")\n', '  a30 = "xxx"\n')
    + using("local.a0"),
    "shared lists": chain(60, "  a{0} = [local.a{1}, local.a{1}]\n", "  a60 = 1\n")
    + using("jsonencode(local.a0)"),
    "shared unknowns": 'variable "u" {}\n'
    + chain(60, "  a{0} = [local.a{1}, local.a{1}]\n", '  a60 = var.u == "x" ? 1 : 2\n')
    + using("local.a0"),
    "squares": chain(60, "  a{0} = local.a{1} * local.a{1}\n", "  a60 = 10\n") + using("local.a0"),
    "many choices": using(
        "flatten([" + ",".join(f'var.x{n} == "1" ? [1] : []' for n in range(100)) + "])",
        variables(100),
    ),
    "many words": 'variable "u" {}\n'
    + "".join(f'resource "aws_x" "y{n}" {{\n  v = var.u == "w{n}"\n}}\n' for n in range(300)),
    "count": 'resource "aws_x" "y" {\n  count = 1e9\n  v = count.index\n}\n',
    "range": using("[for i in range(1e9) : i]"),
    "for_each of a range": 'resource "aws_x" "y" {\n'
    "  for_each = toset([for i in range(1e9) : tostring(i)])\n  v = each.key\n}\n",
    "products": using("length(setproduct(range(1000), range(1000), range(1000)))"),
    "long text": using('"' + "x" * 900_000 + '"'),
    "long heredoc": using("<<EOT\n" + "x\n" * 400_000 + "EOT"),
    "wide format": using('format("%999999999d", 1)'),
    "large power": using("pow(10, 1e9)"),
    "large exponent": using('tonumber("1e999999999")'),
    "large digits": using('parseint("' + "9" * 10_000 + '", 10)'),
    "odd index": using("[1, 2][1e300]"),
    "surrogates": using('"\\ud800${jsonencode("\\ud800")}"'),
    "type": using("var.t", f'variable "t" {{\n  type = {"list(" * 100}string{")" * 100}\n}}'),
    "cycle of locals": using("local.a", "locals {\n  a = local.b\n  b = local.a\n}"),
    "cycle of resources": 'resource "aws_x" "y" {\n  count = aws_x.z.v\n  v = aws_x.z.v\n}\n'
    'resource "aws_x" "z" {\n  v = aws_x.y[0].v\n}\n',
    "cycle of one": 'resource "aws_x" "y" {\n  count = length(aws_x.y)\n  v = 1\n}\n',
}


@pytest.mark.parametrize("files", CHEAP.values(), ids=CHEAP)
def test_what_is_written_to_grow_does_not(files: str) -> None:
    made = document(files)
    assert made.problems == []
    assert made.resources
    assert all("v" in resource.body for resource in made.resources)


LIMITED = {
    "nested loops": (
        using("length([for i in range(1000) : [for j in range(1000) : i]])"),
        "limit-nodes",
    ),
    "blocks of instances": (
        (
            'resource "aws_x" "y" {\n  count = 1000\n  dynamic "b" {\n    for_each = range(1000)\n'
            "    content {}\n  }\n}\n"
        ),
        "limit-nodes",
    ),
    "long list": (using("[" + "1," * 400_000 + "]"), "limit-nodes"),
    "modules": (module(10), "limit-instances"),
    "repeated modules": (module(1, "  count = 1000\n"), "limit-instances"),
}


@pytest.mark.parametrize(("files", "code"), LIMITED.values(), ids=LIMITED)
def test_what_grows_all_the_same_ends_at_a_limit(files: Any, code: str) -> None:
    made = document(files, limits=Limits(instances=2_000))
    assert [p.code for p in made.problems] == [code]
    assert made.partial or made.resources


def test_a_cycle_through_modules_stays_unknown() -> None:
    call = 'module "{0}" {{\n  source = "./m"\n  x = module.{1}.o\n}}\n'
    made = document(
        {
            "main.tf": call.format("a", "b") + call.format("b", "a"),
            "m/main.tf": 'variable "x" {}\noutput "o" {\n  value = var.x\n}\n'
            'resource "aws_x" "y" {\n  v = var.x\n}\n',
        }
    )
    assert [told(r.body["v"])[0] for r in made.resources] == ["unknown", "unknown"]


def test_a_folder_that_is_not_there_is_an_input_error(tmp_path: Path) -> None:
    folder = str(tmp_path / "none")
    with pytest.raises(InputError) as caught:
        read(folder, options=Options(known=known), library=Library(Root(folder)))
    assert caught.value.problem.code == "input-missing"


def test_an_empty_folder_is_an_empty_document() -> None:
    made = document({})
    assert (made.resources, made.problems) == ([], [])


# -- damage ------------------------------------------------------------------------------

SOURCES = sorted({path.read_text(encoding="utf-8") for path in FIXTURES.glob("**/*.tf")}, key=len)
TOKENS = st.sampled_from(
    [
        *('"', "${", "%{", "}", "{", "(", ")", "[", "]", "<<EOT\n", "<<-X\n", "/*", "*/", "#"),
        *("//", "\n", "\\", "\r", "\0", "\ufeff", "=", "=>", "?", ":", "...", "*", ".", ",", "~}"),
        *("for", "in", "if", "null", "true", "1e999", "-", "!", "&&", "==", "each.value", "var.x"),
        *(
            "count = ",
            "for_each = ",
            'dynamic "a" {',
            "content {",
            "module",
            "\ud800",
            "é",
            "\u2028",
        ),
    ]
)


@st.composite
def damaged(draw: st.DrawFn) -> str:
    """A real configuration with a few cuts, insertions and repetitions."""
    text = draw(st.sampled_from(SOURCES))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(text)))
        to = min(len(text), at + draw(st.integers(0, 40)))
        text = (
            text[:at] + draw(st.one_of(TOKENS, st.just(text[at:to] * 2), st.just(""))) + text[to:]
        )
    return text


def check(made: Document) -> None:
    for problem in made.problems:
        assert problem.code.startswith(("input-", "limit-"))
        assert problem.message
    for resource in made.resources:
        for datum in (resource.exists, *resource.body.values()):
            told(datum)
        made.depends(resource.address, "aws_x.y")


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(damaged())
def test_a_damaged_configuration_is_read_as_far_as_it_goes(text: str) -> None:
    check(document({"main.tf": text.encode("utf-8", "surrogatepass")}))


@settings(max_examples=50)
@given(st.binary(max_size=200), st.sampled_from(["main.tf", "main.tf.json", "terraform.tfvars"]))
def test_any_bytes_are_a_document(data: bytes, name: str) -> None:
    check(document({name: data}))


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5), TOKENS),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.one_of(
                st.text(max_size=3),
                st.sampled_from(["resource", "aws_x", "dynamic", "content", "module", "locals"]),
            ),
            inner,
            max_size=3,
        ),
    ),
    max_leaves=12,
)


@settings(max_examples=100)
@given(JSON, st.sampled_from(["", "resource", "module", "variable", "provider", "import"]))
def test_any_json_is_a_document(value: Any, below: str) -> None:
    import json

    whole = {below: {"aws_x": value}} if below else value
    check(document({"main.tf.json": json.dumps(whole)}))
