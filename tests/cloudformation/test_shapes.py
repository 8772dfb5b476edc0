"""Where values can stand, how text is read, and that YAML, JSON and cfn-lint's nodes agree."""

from __future__ import annotations

import gc
import json

import pytest

from analyzer.core.values import Choice, Datum, Given, at, items
from analyzer.errors import InputError
from analyzer.limits import Budget
from analyzer.sources.cloudformation import Options, from_nodes, read

from .reading import body, document, known, only, told
from .test_functions import CASES, TEMPLATE


def volume(properties: str) -> dict[str, object]:
    found = document(
        f"""
Parameters: {{Env: {{Type: String, AllowedValues: [dev, prod]}}}}
Conditions: {{Prod: !Equals [!Ref Env, prod]}}
Resources:
  V:
    Type: AWS::EC2::Instance
    Properties: {properties}
"""
    )
    assert not found.problems
    assert not found.not_analyzed
    return body(found)


IF = "<Env>"


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        (
            "!If [Prod, {A: x}, {B: y}]",
            {"A": {IF: {"dev": None, "prod": "x"}}, "B": {IF: {"dev": "y", "prod": None}}},
        ),
        (
            "{B: !If [Prod, [{D: x}], !Ref AWS::NoValue]}",
            {"B": {IF: {"dev": None, "prod": [{"D": "x"}]}}},
        ),
        (
            "{B: [{D: x}, !If [Prod, {D: y}, !Ref AWS::NoValue]]}",
            {"B": [{"D": "x"}, {IF: {"dev": None, "prod": {"D": "y"}}}]},
        ),
        (
            "{B: [{E: !If [Prod, {F: true}, !Ref AWS::NoValue]}]}",
            {"B": [{"E": {IF: {"dev": None, "prod": {"F": True}}}}]},
        ),
        ("{B: !If [Prod, !If [Prod, x, y], z]}", {"B": {IF: {"dev": "z", "prod": "x"}}}),
        ("{}", {}),
        ("{A: !Ref AWS::NoValue}", {"A": None}),
    ],
)
def test_a_condition_can_choose_anything(properties: str, expected: object) -> None:
    assert volume(properties) == expected


def test_a_path_leads_through_choices() -> None:
    found = document(
        """\
        Parameters: {Env: {Type: String, AllowedValues: [dev, prod]}}
        Conditions: {Prod: !Equals [!Ref Env, prod]}
        Resources:
          V:
            Type: AWS::EC2::Instance
            Properties:
              BlockDeviceMappings:
                - !If [Prod, {DeviceName: a, Ebs: {Encrypted: true}}, {DeviceName: b}]
                - DeviceName: c
                  Ebs: !If [Prod, {Encrypted: false}, !Ref AWS::NoValue]
        """
    )
    mappings = list(items(only(found).body["BlockDeviceMappings"]))
    assert [told(at(item, "DeviceName")) for item in mappings] == [
        {"<Env>": {"dev": "b", "prod": "a"}},
        "c",
    ]
    assert [told(at(item, "Ebs.Encrypted")) for item in mappings] == [
        {"<Env>": {"dev": None, "prod": True}},
        {"<Env>": {"dev": None, "prod": False}},
    ]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("8.0", "8.0"),
        ("012345678901", "012345678901"),
        ("0x10", "0x10"),
        ("1:30", "1:30"),
        ("1e3", "1e3"),
        ("2012-10-17", "2012-10-17"),
        ("'no'", "no"),
        ('"true"', "true"),
        ("!!str true", "true"),
        ("!!bool 'yes'", True),
        ("!!int '7'", "7"),
        ("true", True),
        ("True", True),
        ("yes", True),
        ("on", True),
        ("No", False),
        ("OFF", False),
        ("y", "y"),
        ("truE", "truE"),
        ("'{{x}}'", "{{x}}"),
        ("~", None),
        ("null", None),
        ("", None),
        ("''", ""),
        ("[]", []),
        ("{}", {}),
        ("|\n        a\n        b", "a\nb\n"),
        (">\n        a\n        b", "a b\n"),
    ],
)
def test_a_scalar_is_read_as_cloudformation_reads_it(written: str, expected: object) -> None:
    found = document(
        f"""
Resources:
  V:
    Type: AWS::EC2::Volume
    Properties:
      P: {written}
"""
    )
    assert body(found)["P"] == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("true", True),
        ('"true"', "true"),
        ("8.0", "8.0"),
        ("123456789012345678901234567890", "123456789012345678901234567890"),
        ("-1.50e3", "-1.50e3"),
        ("null", None),
        ('"\\u0041\\ud83d\\ude00"', "A\U0001f600"),
        ("[]", []),
        ("[ 1 , 2 ]", ["1", "2"]),
        ("{ }", {}),
        ('{"A" : {"B":[{"C":"d"}]} }', {"A": {"B": [{"C": "d"}]}}),
    ],
)
def test_a_json_value_is_read_as_written(written: str, expected: object) -> None:
    found = document(
        f'{{"Resources": {{"V": {{"Type": "AWS::EC2::Volume", "Properties": {{"P":{written}}}}}}}}}'
    )
    assert body(found)["P"] == expected


def test_places_are_those_of_the_values() -> None:
    yaml = """\
Resources:
  V:
    Type: AWS::EC2::Volume
    Properties:
      Encrypted: true
      Tags:
        - Key: a
          Value: !Sub "x"
"""
    text = """\
{"Resources": {
  "V": {"Type": "AWS::EC2::Volume",
    "Properties": {
      "Encrypted":
         true,
      "Tags": [
        {"Key": "a", "Value": {"Fn::Sub": "x"}}]}}}}
"""
    for template, resource, encrypted, value in (
        (yaml, (2, 3), (5, 18), (8, 18)),
        (text, (2, 3), (5, 10), (7, 31)),
    ):
        found = only(document(template))
        (tag,) = items(found.body["Tags"])
        assert (found.origin.line, found.origin.column) == resource
        assert found.origin.pointer == "/Resources/V"
        for datum, place, pointer in (
            (found.body["Encrypted"], encrypted, "/Resources/V/Properties/Encrypted"),
            (at(tag, "Value"), value, "/Resources/V/Properties/Tags/0/Value"),
        ):
            assert (datum.origin.path, datum.origin.line, datum.origin.column) == (
                "stack.yaml",
                *place,
            )
            assert datum.origin.pointer == pointer


def test_policies_stand_beside_the_properties() -> None:
    found = document(
        """\
        Parameters: {Env: {Type: String, AllowedValues: [dev, prod]}}
        Conditions: {Prod: !Equals [!Ref Env, prod]}
        Resources:
          V:
            Type: AWS::EC2::Volume
            DeletionPolicy: !If [Prod, Snapshot, Delete]
            UpdateReplacePolicy: Snapshot
            Properties: {Size: 1}
          W: {Type: AWS::EC2::Volume, DeletionPolicy: Retain}
        """
    )
    assert body(found) == {
        "/DeletionPolicy": {"<Env>": {"dev": "Delete", "prod": "Snapshot"}},
        "/UpdateReplacePolicy": "Snapshot",
        "Size": "1",
    }
    assert body(found, "W") == {"/DeletionPolicy": "Retain"}


def test_resources_that_cannot_exist_are_left_out() -> None:
    found = document(
        """\
        Conditions: {Never: !Equals [a, b], Always: !Not [!Condition Never]}
        Resources:
          A: {Type: AWS::EC2::Volume, Condition: Never}
          B: {Type: AWS::EC2::Volume, Condition: Always}
        """
    )
    assert [resource.address for resource in found] == ["B"]
    assert told(only(found).exists) is True


def test_other_types_are_counted() -> None:
    found = document(
        """\
        Transform: [AWS::Serverless-2016-10-31, AWS::LanguageExtensions]
        Resources:
          A: {Type: AWS::S3::Bucket}
          B: {Type: AWS::S3::Bucket}
          C: {Type: AWS::Serverless::Function, Properties: {X: !Nonsense y}}
          D: {Type: AWS::CloudFormation::WaitConditionHandle}
        """
    )
    assert found.others == {
        "AWS::S3::Bucket": 2,
        "AWS::Serverless::Function": 1,
        "AWS::CloudFormation::WaitConditionHandle": 1,
    }
    assert not found.not_analyzed
    assert not found.partial


def test_names_that_a_transform_adds_may_be_referred_to() -> None:
    text = """
Transform: AWS::Serverless-2016-10-31
Resources: {V: {Type: AWS::EC2::Volume, Properties: {P: !GetAtt FunctionRole.Arn, Q: !Ref Made}}}
"""
    found = document(text)
    assert body(found) == {"P": "?FunctionRole", "Q": "?Made"}
    assert not found.not_analyzed


@pytest.mark.parametrize(
    ("template", "name", "reason"),
    [
        (
            "Transform: Mine\nResources: {V: {Type: AWS::EC2::Volume}}",
            "Transform",
            "macro Mine may change",
        ),
        ("Transform: [Mine]\nResources: {}", "Transform", "macro Mine may change"),
        (
            "Transform: {Name: 'AWS::Include', Parameters: {Location: s3://x}}\nResources: {}",
            "Transform",
            "macro AWS::Include",
        ),
        ("Resources: {'Fn::Transform': {Name: Mine}}", "Resources", "a macro adds resources"),
        ("Resources: {V: {Source: ./m.yaml}}", "V", "what a module makes"),
        ("Modules: {}\nResources: {}", "Modules", "modules and macros add"),
        ("Resources: {V: {Type: 'A::B::C::MODULE'}}", "V", "what a module makes"),
        ("Resources: {V: {Type: !Rain::Module m.yaml}}", "V", "its type is made"),
        ("Resources: {V: {Type: 'Org::Service::Thing'}}", "V", "no type of AWS"),
        ("Resources: {V: {Type: 'AWS::CloudFormation::StackSet'}}", "V", "a stack set"),
        ("Resources: {V: {Type: 'Custom::CopyAmi'}}", "V", "a custom resource whose type"),
        (
            "Resources: {V: {Type: 'Custom::Thing', Properties: {SourceImageId: x}}}",
            "V",
            "whose properties",
        ),
        (
            "Resources: {V: {Type: 'AWS::EC2::Volume', Properties: !Transform {Name: Mine}}}",
            "V",
            "the macro Mine decides this",
        ),
        (
            "{Parameters: {P: {}}, Resources: {V: {Type: AWS::EC2::Volume, Properties: !Ref P}}}",
            "V",
            "not known: parameter P has no value",
        ),
        ("Resources: {V: {Type: 'AWS::EC2::Volume', Properties: !Ref Not}}", "V", "Not is neither"),
        ("Resources: {V: {Type: 'AWS::EC2::Volume', Properties: [x]}}", "V", "not a mapping"),
        ("Resources: {V: {Type: 'AWS::EC2::Volume', Properties: text}}", "V", "not a mapping"),
    ],
)
def test_what_may_hide_volumes_is_listed(template: str, name: str, reason: str) -> None:
    (note,) = document(template).not_analyzed
    assert reason in note.reason
    assert note.address == name
    assert note.line is not None


def test_a_macro_among_properties_leaves_the_others_open() -> None:
    found = document(
        """\
        Resources:
          V:
            Type: AWS::EC2::Volume
            Properties:
              Size: 1
              Fn::Transform: {Name: Mine}
        """
    )
    data = only(found).body
    assert told(data["Size"]) == "1"
    assert told(data.get("Encrypted", Given(False))) == "?V/Properties/Encrypted"
    assert len(found.not_analyzed) == 1


LOOPS = """
Transform: AWS::LanguageExtensions
Parameters: {Names: {Type: CommaDelimitedList, Default: "a,b"}, Free: {Type: CommaDelimitedList}}
Resources:
"""


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (
            "Fn::ForEach::L: [N, [a, b], {'V${N}': VOLUME {P: !Ref N, Q: !Sub '${N}-x'}}}]",
            {"Va": {"P": "a", "Q": "a-x"}, "Vb": {"P": "b", "Q": "b-x"}},
        ),
        (
            "Fn::ForEach::L: [N, !Ref Names, {'V${N}': VOLUME {'P${N}': 1}}}]",
            {"Va": {"Pa": "1"}, "Vb": {"Pb": "1"}},
        ),
        (
            "Fn::ForEach::L: [N, ['x/1'], {'V&{N}': VOLUME {P: '${N}'}}}]",
            {"Vx1": {"P": "x/1"}},
        ),
        (
            "Fn::ForEach::L: [N, [a], {'Fn::ForEach::M': [M, [b, c], {'V${N}${M}': VOLUME {}}}]}]",
            {"Vab": {}, "Vac": {}},
        ),
        (
            "V: VOLUME {'Fn::ForEach::L': [N, [a, b], {'P${N}': !Ref N}], Z: z}}",
            {"V": {"Pa": "a", "Pb": "b", "Z": "z"}},
        ),
    ],
)
def test_loops(resources: str, expected: object) -> None:
    volume = "{Type: AWS::EC2::Volume, Properties:"
    found = document(f"{LOOPS}  {resources}".replace("VOLUME", volume))
    assert {address: body(found, address) for address in found.by_address()} == expected
    assert not found.problems
    assert not found.not_analyzed


@pytest.mark.parametrize(
    ("resources", "reason"),
    [
        ("Fn::ForEach::L: [N, !Ref Free, {'V${N}': {Type: AWS::EC2::Volume}}]", "is not known"),
        ("Fn::ForEach::L: [N, [a]]", "takes a name, a collection and a mapping"),
        ("Fn::ForEach::L: text", "takes a name, a collection and a mapping"),
        ("Fn::ForEach::L: [N, text, {'V${N}': {Type: AWS::EC2::Volume}}]", "is not known"),
    ],
)
def test_loops_that_cannot_be_expanded_are_listed(resources: str, reason: str) -> None:
    found = document(
        f"{LOOPS}  {resources}\n  W: {{Type: AWS::EC2::Volume, Properties: {{P: !Ref Va}}}}"
    )
    assert body(found, "W") == {"P": "?Va"}
    (note,) = found.not_analyzed
    assert reason in note.reason


def test_merged_keys_and_aliases() -> None:
    found = document(
        """\
        Resources:
          A: &a
            Type: AWS::EC2::Volume
            Properties: &p {X: 1, Y: 2}
          V:
            <<: *a
            Properties:
              <<: [*p, {Y: 9, Z: 3}]
              X: 0
          W: *a
        """
    )
    assert body(found) == {"X": "0", "Y": "2", "Z": "3"}
    assert body(found, "W") == {"X": "1", "Y": "2"}
    assert not found.problems


DUPLICATES = [
    "Resources:\n  V: {Type: AWS::EC2::Volume}\n  V: {Type: AWS::EC2::Volume}\n",
    "Resources:\n  V:\n    Type: AWS::EC2::Volume\n    Type: AWS::EC2::Volume\n",
    '{"Resources": {"V": {"Type": "AWS::EC2::Volume"},\n"V": {"Type": "AWS::EC2::Volume"}}}',
]


@pytest.mark.parametrize("template", DUPLICATES)
def test_a_template_with_a_duplicate_key_is_refused_with_both_places(template: str) -> None:
    with pytest.raises(InputError) as caught:
        document(template)
    problem = caught.value.problem
    assert problem.code == "template-duplicate-key"
    assert "written twice, first at line" in problem.message
    assert problem.line is not None


def test_a_duplicate_property_is_never_believed() -> None:
    properties = "{Encrypted: true, Encrypted: false}"
    with pytest.raises(InputError, match="the key Encrypted is written twice"):
        body(document(f"Resources: {{V: {{Type: AWS::EC2::Volume, Properties: {properties}}}}}"))


def test_the_order_of_a_deployment() -> None:
    found = document(
        """\
        Resources:
          A: {Type: AWS::EC2::Volume}
          B: {Type: AWS::S3::Bucket, DependsOn: A}
          C: {Type: AWS::EC2::Volume, Properties: {X: !Sub 'x${B.Arn}'}}
          D: {Type: AWS::EC2::Volume, Properties: {X: !Ref C}, DependsOn: [Nobody]}
          E: {Type: AWS::EC2::Volume, Properties: {X: !GetAtt D.Arn}}
          N:
            Type: AWS::CloudFormation::Stack
            DependsOn: A
            Properties: {TemplateURL: n.yaml, Parameters: {P: !Ref C}}
          F: {Type: AWS::EC2::Volume, DependsOn: N}
          On:
            Type: Custom::AWS
            Properties:
              Create: '{"service": "EC2", "action": "enableEbsEncryptionByDefault"}'
          G: {Type: AWS::EC2::Volume, DependsOn: On}
        """,
        files={
            "n.yaml": """
Resources: {V: {Type: AWS::EC2::Volume}, W: {Type: AWS::EC2::Volume, DependsOn: V}}
"""
        },
    )
    for one, other, expected in (
        ("B", "A", True),
        ("A", "B", False),
        ("C", "A", True),
        ("D", "A", True),
        ("E", "A", True),
        ("A", "A", False),
        ("N/V", "A", True),
        ("N/V", "C", True),
        ("N/V", "D", False),
        ("N/W", "N/V", True),
        ("N/V", "N/W", False),
        ("F", "N/V", True),
        ("F", "C", True),
        ("Nobody", "A", False),
        ("G", "On", True),
        ("F", "On", False),
    ):
        assert found.depends(one, other) is expected, (one, other)


def from_cfn_lint(text: str) -> object:
    template: object = pytest.importorskip("cfnlint.decode.cfn_yaml").loads(text)
    return template


@pytest.mark.parametrize(("expression", "expected"), CASES)
def test_cfn_lint_and_json_give_what_yaml_gives(expression: str, expected: object) -> None:
    yaml = TEMPLATE.format(expression=expression)
    template = from_cfn_lint(yaml)
    options = Options(known=known)
    decoded = from_nodes("stack.yaml", template, options=options)
    text = json.dumps(template)
    as_json = read("stack.yaml", text.encode(), options=options, budget=Budget("stack.yaml"))
    numbers = "8.0" in str(expected)  # cfn-lint made a number of the text
    for found in (decoded, as_json):
        assert numbers or body(found)["P"] == expected
        assert not found.problems
        assert not found.not_analyzed
    ours = document(yaml)
    assert _places(decoded.by_address()["V"].body) == _places(ours.by_address()["V"].body)


def _places(data: object) -> list[tuple[int | None, int | None]]:
    found: list[tuple[int | None, int | None]] = []

    def walk(datum: Datum) -> None:
        found.append((datum.origin.line, None))
        if isinstance(datum, Choice):
            for branch in datum.branches.values():
                walk(branch)

    walk(data["P"])  # type: ignore[index]
    return found


def test_a_document_is_gone_when_nobody_holds_it() -> None:
    """A folder of templates must not fill the memory until the collector comes by."""
    template = TEMPLATE.format(expression="!If [IsA, !Sub '${Pick}-${Free}', !ToJsonString {A: b}]")
    template += "Outputs: {O: {Value: !Ref Pick, Export: {Name: x}}}"
    gc.collect()
    gc.disable()
    try:
        found = document(template)
        body(found)
        assert list(found.exports) == ["x"]
        assert told(found.exports["x"]) == "?stack.yaml:Pick in a|b"
        del found
        assert gc.collect() == 0
    finally:
        gc.enable()
