"""Whatever the bytes, the outcome is a document, a problem or an input error with its place."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Mapping
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analyzer.core.values import Choice, Datum, Given
from analyzer.errors import InputError, Problem
from analyzer.limits import Budget, Limits
from analyzer.sources.cloudformation import Options, from_nodes, is_template
from analyzer.sources.document import Document

from .reading import document, known
from .test_functions import CASES, INVALID, TEMPLATE
from .test_nested import CHILD, PARENT

#: Data that one test looks at; a shared part counts every time it is met.
_MOST_DATA = 20_000


def touch(found: Document) -> None:
    """Read everything that a document holds, as far as anybody would."""
    pending: list[Datum] = [datum for r in found for datum in (*r.body.values(), r.exists)]
    pending.extend(found.exports.values())
    for _ in range(_MOST_DATA):
        if not pending:
            break
        datum = pending.pop()
        if isinstance(datum, Choice):
            pending.extend(datum.branches.values())
        elif isinstance(datum, Given) and isinstance(datum.value, Mapping):
            pending.extend(datum.value.values())
        elif isinstance(datum, Given) and isinstance(datum.value, (list, tuple)):
            pending.extend(datum.value)
    addresses = [resource.address for resource in found]
    for one in addresses[:5]:
        for other in addresses[:5]:
            found.depends(one, other)


def outcome(data: bytes | str, **options: object) -> Document | Problem:
    try:
        found = document(data, **options)  # type: ignore[arg-type]
    except InputError as error:
        return error.problem
    touch(found)
    return found


REFUSED = {
    "nothing": (b"", "template-shape", 1),
    "a list": (b"- a\n- b\n", "template-shape", 1),
    "text": (b"text", "template-shape", 1),
    "a function": (b"!Sub x", "template-shape", 1),
    "an unclosed list": (b"Resources:\n  V: [\n", "input-yaml", 3),
    "a tab": (b"Resources:\n\tV: x\n", "input-yaml", 2),
    "a bad alias": (b"Resources:\n  V: *nobody\n", "input-yaml", 2),
    "two documents": (b"a: 1\n---\nb: 2\n", "input-yaml", 2),
    "NUL": (b"Resources:\n  V: a\0b\n", "input-yaml", 2),
    "ESC": (b"Resources:\n  V: a\x1b[31m\n", "input-yaml", 2),
    "no UTF-8": (b"Resources:\n  V: \xff\xfe\n", "input-yaml", 2),
    "no UTF-8 in JSON": (b'{"Resources":\n {"V": "\xff"}}', "input-encoding", 2),
    "an unclosed mapping": (b'{"Resources":\n {"V": {}', "input-json", 2),
    "a missing colon": (b'{"Resources" {}}', "input-json", 1),
    "JSON and more": (b'{"Resources": {}} x', "input-json", 1),
    "quotes without end": (b'{"' + b'\\"' * 200_000, "input-json", 1),
    "a raw control character": (b'{"Resources": "a\x01b"}', "input-json", 1),
    "NaN": (b'{"Resources": NaN, "x": [}', "input-json", 1),
    "an alias in itself": (b"Resources: &a\n  V: *a\n", "template-recursive", 1),
    "a list in itself": (b"Resources:\n  V: &a [*a]\n", "template-recursive", 2),
    "deep lists": (b"Resources: " + b"[" * 200 + b"]" * 200, "limit-depth", 1),
    "deep blocks": (b"".join(b" " * i + b"a:\n" for i in range(200)), "limit-depth", 128),
    "deep sequences": (b"- " * 5000 + b"x", "limit-depth", 1),
    "deep JSON": (b'{"a":' * 200 + b"1" + b"}" * 200, "limit-depth", 1),
    "very deep JSON": (b'{"a":' * 100_000, "limit-depth", 1),
    "closed by what opens": (b"{" + b"[" * 100_000, "limit-depth", 1),
    "deep aliases": (
        b"a0: &a0 [x]\n" + b"".join(b"a%d: &a%d [*a%d]\n" % (i, i, i - 1) for i in range(1, 200)),
        "limit-depth",
        128,
    ),
    "an alias bomb": (
        b"a0: &a0 [x,x,x,x,x,x,x,x,x]\n"
        + b"".join(
            b"a%d: &a%d [%s]\n" % (i, i, b",".join([b"*a%d" % (i - 1)] * 9)) for i in range(1, 10)
        )
        + b"Resources: *a9\n",
        "limit-expansion",
        6,
    ),
    "a merge bomb": (
        b"a0: &a0 {x: 1}\n"
        + b"".join(
            b"a%d: &a%d {<<: [%s]}\n" % (i, i, b",".join([b"*a%d" % (i - 1)] * 9))
            for i in range(1, 10)
        )
        + b"Resources: *a9\n",
        "limit-expansion",
        6,
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_template_that_cannot_be_read_is_an_input_error(name: str) -> None:
    data, code, line = REFUSED[name]
    started = time.monotonic()
    found = outcome(data)
    assert isinstance(found, Problem)
    assert (found.path, found.code, found.line) == ("stack.yaml", code, line)
    assert (found.line is None) == (found.column is None)
    assert time.monotonic() - started < 2


LISTED = {
    "no resources": ("Description: x", "template-shape"),
    "resources that are a list": ("Resources: [a]", "template-shape"),
    "resources that are text": ("Resources: text", "template-shape"),
    "a resource that is text": ("Resources: {V: text}", "template-shape"),
    "a resource without a type": ("Resources: {V: {Properties: {}}}", "template-shape"),
    "a resource with a list as type": ("Resources: {V: {Type: [a]}}", "template-shape"),
    "parameters that are a list": (
        "Parameters: [a]\nResources: {V: {Type: AWS::EC2::Volume, Properties: {P: !Ref a}}}",
        "template-shape",
    ),
    "outputs that are text": ("Outputs: text\nResources: {}", "template-shape"),
    "a key that is a list": ("Resources: {V: {Type: AWS::EC2::Volume, ? [a] : b}}", "template-key"),
    "a merge of text": ("Resources: {V: {Type: AWS::EC2::Volume, <<: text}}", "template-key"),
}


@pytest.mark.parametrize("name", LISTED)
def test_what_is_wrong_in_a_part_is_a_problem_there(name: str) -> None:
    template, code = LISTED[name]
    found = outcome(template)
    assert isinstance(found, Document)
    assert [problem.code for problem in found.problems] == [code]
    assert found.problems[0].line is not None


def test_braces_may_open_yaml() -> None:
    found = outcome("{Resources: {V: {Type: AWS::EC2::Volume,},}, # all\n}")
    assert isinstance(found, Document)
    assert len(found.resources) == 1


def test_a_json_template_may_be_larger_than_a_yaml_one() -> None:
    limits = Limits(yaml_size=100)
    properties = {"P": "x" * 100}
    text = json.dumps({"Resources": {"V": {"Type": "AWS::EC2::Volume", "Properties": properties}}})
    assert isinstance(outcome(text, limits=limits), Document)
    found = outcome(text.replace('"V"', "V"), limits=limits)
    assert isinstance(found, Problem)
    assert found.code == "input-json"
    found = outcome("Resources: {}" + " " * 100, limits=limits)
    assert isinstance(found, Problem)
    assert found.code == "limit-yaml-size"


def test_errors_quote_nothing_of_the_template() -> None:
    for data in (
        b"Resources: *hush\n",
        b"Resources: {hush hush: [}\n",
        b"hush: %hush\n  - hush: 'hush\n",
        b'{"hush": hush}',
        b'{"hush": "\\hush"}',
        b"hush: \x1bhush",
        b"hush: !<hush hush\n",
        b"%HUSH hush\n---\n",
    ):
        found = outcome(data)
        if isinstance(found, Problem):
            assert "hush" not in (found.message + found.hint).lower()


def expression(text: str) -> Document:
    found = outcome(TEMPLATE.format(expression=text))
    assert isinstance(found, Document)
    return found


def test_functions_that_double_a_text_end() -> None:
    for form in ("!Sub ['${{A}}${{A}}', {{A: {}}}]", "!ToJsonString {{A: {}}}"):
        text = "x"
        for _ in range(36):
            text = form.format(text)
        reasons = [note.reason for note in expression(text).not_analyzed]
        assert any("more than a million characters" in reason for reason in reasons)


@pytest.mark.parametrize("levels", [20, 60, 100])
def test_functions_inside_each_other_end(levels: int) -> None:
    for head, tail in (
        ("!Join ['', [", "]]"),
        ("!Sub ['${A}', {A: ", "}]"),
        ("!If [IsA, x, ", "]"),
        ("!Select [0, [", "]]"),
        ("[", "]"),
        ("!Base64 {'Fn::Base64': ", "}"),
        ("!Split [',', ", "]"),
        ("!FindInMap [Sizes, c, d, {DefaultValue: ", "}]"),
        ("!ToJsonString {A: ", "}"),
    ):
        text = f"{head * levels}x{tail * levels}"
        data = TEMPLATE.format(expression=text)
        assert isinstance(outcome(data), (Document, Problem))


def test_conditions_inside_each_other_end() -> None:
    for levels in (10, 30, 50):
        for form in (
            "!Not [{}]",
            "!And [{}, !Equals [!Ref P, a]]",
            "!Or [!Equals [!Ref P, b], {}]",
        ):
            text = "!Equals [!Ref P, c]"
            for _ in range(levels):
                text = form.format(text)
            data = f"""
Parameters: {{P: {{Type: String}}}}
Conditions: {{C: {text}}}
Resources: {{V: {{Type: AWS::EC2::Volume, Condition: C}}}}
"""
            assert isinstance(outcome(data), (Document, Problem))


@pytest.mark.parametrize("backwards", [False, True])
def test_long_chains_of_conditions_end(*, backwards: bool) -> None:
    names = [f"C{at}" for at in range(400)]
    lines = [f"  {name}: !Not [!Condition {below}]" for below, name in pairwise(names)]
    lines.insert(0, "  C0: !Equals [!Ref P, a]")
    data = "\n".join(
        (
            "Parameters: {P: {Type: String}}",
            "Conditions:",
            *(lines[::-1] if backwards else lines),
            "Resources:",
            *(f"  V{at}: {{Type: AWS::EC2::Volume, Condition: C{at}}}" for at in range(0, 400, 7)),
        )
    )
    found = outcome(data)
    assert isinstance(found, Document)
    assert len(found.resources) == 58


def test_a_wide_template_stays_within_its_budget() -> None:
    limits = Limits(nodes=20_000)
    for data in (
        b"Resources: {" + b"a," * 50_000 + b"}",
        b"Resources: [" + b"a," * 50_000 + b"]",
        b'{"Resources": [' + b"1," * 50_000 + b"1]}",
    ):
        found = outcome(data, limits=limits)
        assert isinstance(found, Problem)
        assert found.code == "limit-nodes"


def test_loops_that_multiply_end() -> None:
    items = ", ".join(str(at) for at in range(100, 200))
    inner = "{'V${A}${B}${C}': {Type: AWS::EC2::Volume, Properties: {P: !Ref A}}}"
    for name in "CBA":
        inner = f"{{'Fn::ForEach::{name}': [{name}, [{items}], {inner}]}}"
    found = outcome(
        f"Transform: AWS::LanguageExtensions\nResources: {inner}", limits=Limits(nodes=100_000)
    )
    assert isinstance(found, Problem)
    assert found.code == "limit-nodes"


def test_a_limit_that_is_passed_while_a_body_is_read_is_a_problem() -> None:
    items = ", ".join(str(at) for at in range(100))
    loops = f"{{'Fn::ForEach::B': [B, [{items}], {{'P${{A}}${{B}}': [{items}]}}]}}"
    found = document(
        "Transform: AWS::LanguageExtensions\n"
        "Resources: {V: {Type: AWS::EC2::Volume, Properties: {P: {'Fn::ForEach::A': "
        f"[A, [{items}], {loops}]}}}}}}}}",
        limits=Limits(nodes=50_000),
    )
    touch(found)
    assert [problem.code for problem in found.problems] == ["limit-nodes"]


SEEDS = [
    *(TEMPLATE.format(expression=expression) for expression, *_ in (*CASES[::4], *INVALID[::4])),
    PARENT,
    CHILD,
]
_JSON_SEED = json.dumps(
    {
        "Parameters": {"P": {"Type": "String", "AllowedValues": ["a", "b"]}},
        "Conditions": {"C": {"Fn::Equals": [{"Ref": "P"}, "a"]}},
        "Resources": {
            "V": {
                "Type": "AWS::EC2::Volume",
                "Condition": "C",
                "Properties": {"A": {"Fn::If": ["C", {"Fn::Sub": "${P}"}, {"Ref": "V"}]}},
            }
        },
    },
    indent=1,
)
_PIECES = [
    b"!", b"&a ", b"*a", b"[", b"]", b"{", b"}", b":", b"- ", b"\n", b"'", b'"', b"\\u0000",
    b"\0", b"\x1b", b"\xff", b"<<: ", b"? ", b"%", b"!!binary ", b"!!python/object:os.system ",
    b"~", b"${", b"}}", b"{{resolve:ssm:", b"Fn::If", b"Ref", b"Condition", b"!If ", b"!Ref ",
    b"Fn::ForEach::L", b"0", b"1e999", b"# ", b"|", b">", b",", b"null", b"true",
]  # fmt: skip


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 2**32), st.integers(1, 12))
def test_no_damage_breaks_the_reader(seed: int, times: int) -> None:
    draw = random.Random(seed)  # noqa: S311 # no secret
    data = bytearray(draw.choice([*SEEDS, _JSON_SEED]).encode())
    for _ in range(times):
        at = draw.randrange(len(data) + 1)
        kind = draw.randrange(4)
        if kind == 0:
            data[at:at] = draw.choice(_PIECES)
        elif kind == 1:
            del data[at : at + draw.randrange(1, 20)]
        elif kind == 2:
            begin = draw.randrange(len(data) + 1)
            data[at:at] = data[begin : begin + draw.randrange(1, 60)]
        elif data:
            data[at % len(data)] = draw.randrange(256)
    _check(bytes(data))


def _check(data: bytes) -> None:
    found = outcome(data)
    is_template(data)
    problems = [found] if isinstance(found, Problem) else found.problems
    for problem in problems:
        assert problem.path
        assert (problem.line is None) == (problem.column is None)


_NAMES = st.sampled_from(
    [
    "Ref", "Fn::If", "Fn::Sub", "Fn::Join", "Fn::Select", "Fn::Split", "Fn::GetAtt", "Condition",
    "Fn::FindInMap", "Fn::Equals", "Fn::And", "Fn::Not", "Fn::Or", "Fn::Length",
    "Fn::ToJsonString", "Fn::ForEach::L", "Fn::Transform", "Fn::ImportValue", "Fn::Base64",
    "Type", "Properties", "V", "P", "C", "M", "Value", "Export", "Name", "Default",
    "AllowedValues", "DefaultValue", "x",
    ]
)  # fmt: skip
_LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-1, 3),
    st.floats(),
    st.sampled_from(["P", "Q", "C", "D", "M", "V", "a", "${P}${V.Arn}", "AWS::NoValue", "", "0"]),
)
_VALUES = st.recursive(
    _LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(_NAMES, inner, max_size=3),
        st.builds(lambda name, value: {name: value}, _NAMES, inner),
        st.builds(lambda name, value: {name: ["C", *value]}, _NAMES, st.lists(inner, max_size=3)),
    ),
    max_leaves=20,
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(_VALUES, _VALUES, _VALUES, _VALUES)
def test_no_structure_breaks_the_evaluation(
    value: object, condition: object, parameter: object, other: object
) -> None:
    template = {
        "Transform": "AWS::LanguageExtensions",
        "Parameters": {"P": parameter, "Q": {"Type": "String"}},
        "Conditions": {"C": condition, "D": {"Fn::Not": [{"Condition": "C"}]}},
        "Mappings": {"M": {"a": {"x": value}, "P": other}},
        "Resources": {
            "V": {
                "Type": "AWS::EC2::Volume",
                "Condition": "D",
                "Properties": {"A": value, "B": other},
            },
            "W": {"Type": "AWS::EC2::Volume", "Properties": other},
            "K": {"Type": "Custom::AWS", "Properties": {"Create": value}},
            "L": other,
            "E": {
                "Type": "Custom::AWS",
                "Properties": {"Create": '{"service":"EC2","action":"copyImage"}', "X": value},
            },
        },
        "Outputs": {"O": {"Value": value, "Export": {"Name": other}}},
    }
    try:
        found = from_nodes("stack.yaml", template, options=Options(known=known))
    except InputError:
        pass
    else:
        touch(found)
    _check(json.dumps(template).encode())


def test_decoded_nodes_stay_within_the_budget() -> None:
    options = Options(known=known)
    inner: object = "x"
    for _ in range(200):
        inner = [inner]
    wide: object = "x"
    for _ in range(10):
        wide = [wide] * 9
    itself: list[object] = []
    itself.append(itself)
    for value, code in ((inner, "depth"), (wide, "nodes"), (itself, "depth")):
        template = {"Resources": {"V": {"Type": "AWS::EC2::Volume", "Properties": {"A": value}}}}
        budget = Budget("stack.yaml", Limits(nodes=50_000))
        with pytest.raises(InputError) as error:
            from_nodes("stack.yaml", template, options=options, budget=budget)
        assert error.value.problem.code == f"limit-{code}"
    with pytest.raises(InputError):
        from_nodes("stack.yaml", ["x"], options=options)
