"""Parameter files in every form, and what declared parameters make of their values."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.errors import InputError
from analyzer.sources.cloudformation.parameters import parse_parameters

from .reading import body, document

WANTED = {"Env": "prod", "Ids": "a,b"}

FORMS = {
    "the CLI's list": """[
        {"ParameterKey": "Env", "ParameterValue": "prod"},
        {"ParameterKey": "Ids", "ParameterValue": "a,b"}
    ]""",
    "a list of pairs": '["Env=prod", "Ids=a,b"]',
    "CodePipeline": '{"Parameters": {"Env": "prod", "Ids": "a,b"}, "Tags": {"x": "y"}}',
    "lists": '{"Parameters": {"Env": "prod", "Ids": ["a", "b"]}}',
    "a plain mapping": '{"Env": "prod", "Ids": "a,b"}',
    "Git sync": "template-file-path: ./t.yaml\nparameters:\n  Env: prod\n  Ids: a,b\ntags: {}\n",
    "Git sync in JSON": '{"template-file-path": "t", "parameters": {"Env": "prod", "Ids": "a,b"}}',
    "YAML list": "- ParameterKey: Env\n  ParameterValue: prod\n- Ids=a,b\n",
    "pairs": "Env=prod Ids=a,b",
    "pairs on lines": "Env=prod\nIds=a,b\n",
    "quoted pairs": "Env=\"prod\" 'Ids=a,b'",
    "SAM's older pairs": "ParameterKey=Env,ParameterValue=prod ParameterKey=Ids,ParameterValue=a,b",
    "samconfig": """\
version = 0.1
[default.deploy.parameters]
stack_name = "s"
parameter_overrides = "Env=prod Ids=\\"a,b\\""
""",
    "samconfig with a list": """\
[default.global.parameters]
parameter_overrides = ["Env=dev"]
[default.deploy.parameters]
parameter_overrides = ["Env=prod", "Ids=a,b"]
""",
    "samconfig with one other environment": """\
[prod.deploy.parameters]
parameter_overrides = "Env=prod Ids=a,b"
""",
    "samconfig in YAML": """\
version: 0.1
default:
  deploy:
    parameters:
      parameter_overrides: [Env=prod, "Ids=a,b"]
""",
}


@pytest.mark.parametrize("form", FORMS)
def test_form(form: str) -> None:
    assert parse_parameters(FORMS[form]) == WANTED
    assert parse_parameters(FORMS[form].encode()) == WANTED
    assert parse_parameters(b"\xef\xbb\xbf" + FORMS[form].encode()) == WANTED


def test_text_stays_as_written() -> None:
    assert parse_parameters('{"A": 8.0, "B": true}') == {"A": "8.0", "B": "true"}
    assert parse_parameters("Id=012345678901 No=no") == {"Id": "012345678901", "No": "no"}
    assert parse_parameters("parameters: {Id: 012345678901}") == {"Id": "012345678901"}
    assert parse_parameters(r"A=x\ y B='p q' C=\"z") == {"A": "x y", "B": "p q", "C": '"z'}


def test_a_previous_value_is_not_told() -> None:
    text = '[{"ParameterKey": "A", "UsePreviousValue": true}]'
    assert parse_parameters(text) == {"A": None}


WRONG = [
    "",
    "text",
    "[1]",
    '[{"ParameterValue": "x"}]',
    '[{"ParameterKey": "A"}]',
    '[{"ParameterKey": "A", "ParameterValue": {"x": "y"}}]',
    "Env=prod nothing",
    "{" * 100,
    "[" * 200_000,
    "[a.b]\nx = ",
    "[a.b]\nx = 1",
    "- - -",
    "a: [",
    "[default.deploy.parameters]\nparameter_overrides = [1]",
]


@pytest.mark.parametrize("text", WRONG)
def test_anything_else_is_an_input_error(text: str) -> None:
    with pytest.raises(InputError) as error:
        parse_parameters(text, path="p.json")
    assert error.value.problem.path == "p.json"


def test_bytes_that_are_no_text_are_an_input_error() -> None:
    with pytest.raises(InputError) as error:
        parse_parameters(b"A=1\n\xff", path="p.json")
    assert error.value.problem.line == 2


@given(st.text(alphabet="{}[]\":,=\\' \nABab01.#-&*!"))
def test_no_text_breaks_the_reader(text: str) -> None:
    try:
        found = parse_parameters(text)
    except InputError:
        return
    assert all(isinstance(name, str) for name in found)


DECLARED = [
    ("Type: String, Default: a", "a"),
    ("Type: String, Default: 012345678901", "012345678901"),
    ("Type: String, Default: yes", "true"),
    ("Type: String, Default: 'yes'", "yes"),
    ("Type: String, Default: ''", ""),
    ("Type: String", "?P"),
    ("Type: String, AllowedValues: [a, b]", "?P in a|b"),
    ("Type: String, AllowedValues: [true, false]", "?P in true|false"),
    ("Type: Number, Default: 1.50", "1.50"),
    ("Type: CommaDelimitedList, Default: 'a, b'", ["a", "b"]),
    ("Type: CommaDelimitedList, Default: ''", []),
    ("Type: 'List<Number>', Default: '1,2'", ["1", "2"]),
    ("Type: 'AWS::EC2::Image::Id'", "?P"),
    ("Type: 'AWS::SSM::Parameter::Value<String>', Default: /a/b", "?ssm(/a/b)"),
    ("Type: 'AWS::SSM::Parameter::Value<String>'", "?P"),
    ("Type: 'AWS::SSM::Parameter::Name', Default: /a/b", "/a/b"),
    ("Default: a", "a"),
]


@pytest.mark.parametrize(("declaration", "expected"), DECLARED)
def test_declaration(declaration: str, expected: object) -> None:
    found = document(
        f"""
Parameters: {{P: {{{declaration}}}}}
Resources: {{V: {{Type: AWS::EC2::Volume, Properties: {{X: !Ref P}}}}}}
"""
    )
    assert body(found)["X"] == expected
    assert not found.problems


def test_a_given_value_wins_over_the_default() -> None:
    text = """
Parameters:
  P: {Type: 'AWS::SSM::Parameter::Value<String>', Default: /a}
  Q: {Type: String, Default: a}
Resources: {V: {Type: AWS::EC2::Volume, Properties: {P: !Ref P, Q: !Ref Q}}}
"""
    assert body(document(text, parameters={"P": "/b", "Q": "c"})) == {"P": "?ssm(/b)", "Q": "c"}
    assert body(document(text, use_defaults=False)) == {"P": "?P", "Q": "?Q"}
    assert body(document(text, parameters={"P": None, "Q": None})) == {"P": "?P", "Q": "?Q"}


def test_a_declaration_that_is_none_is_a_problem() -> None:
    found = document("Parameters: {P: text}\nResources: {V: {Type: AWS::EC2::Volume}}")
    found.by_address()["V"].body.get("x")
    document_with_use = document(
        "Parameters: {P: text}\nResources: {V: {Type: AWS::EC2::Volume, Properties: {X: !Ref P}}}"
    )
    assert body(document_with_use)["X"] == "?V/Properties/X"
    assert [p.line for p in document_with_use.problems] == [1]
