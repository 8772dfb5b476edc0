"""Every intrinsic function, in every shape that CloudFormation accepts."""

from __future__ import annotations

import pytest

from .reading import body, document, told

TEMPLATE = """\
Transform: AWS::LanguageExtensions
Parameters:
  Text: {{Type: String, Default: some}}
  Free: {{Type: String}}
  Pick: {{Type: String, AllowedValues: [a, b]}}
  Flag: {{Type: String, AllowedValues: ["true", "false"]}}
  List: {{Type: CommaDelimitedList, Default: "x, y,z"}}
  FreeList: {{Type: CommaDelimitedList}}
  Secret: {{Type: String, NoEcho: true, Default: hush}}
  Ami: {{Type: "AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>", Default: /aws/service/ami/al2023}}
  Number: {{Type: Number, Default: 8.0}}
Conditions:
  Always: !Equals [a, a]
  Never: !Equals [a, b]
  IsA: !Equals [!Ref Pick, a]
Mappings:
  Sizes:
    a: {{Size: "10", Zones: [m, n]}}
    b: {{Size: "20", Zones: [o]}}
  Same:
    a: {{Own: "true"}}
    b: {{Own: "true"}}
  Truth:
    yes: {{yes: "1"}}
    false: {{on: "2"}}
  Regions: {{AMI: {{Ami: what it is called}},
    eu-west-1: {{Ami: ami-1}},
    us-east-1: {{Ami: ami-2}}}}
Resources:
  Key: {{Type: AWS::KMS::Key}}
  Custom: {{Type: Custom::Thing}}
  Stored: {{Type: AWS::SSM::Parameter}}
  V:
    Type: AWS::EC2::Volume
    Properties:
      P: {expression}
"""

CASES: list[tuple[str, object]] = [
    # Ref
    ("!Ref Text", "some"),
    ("{Ref: Text}", "some"),
    ("!Ref Number", "8.0"),
    ("!Ref Free", "?Free"),
    ("!Ref Pick", "?Pick in a|b"),
    ("!Ref List", ["x", "y", "z"]),
    ("!Ref FreeList", "?FreeList"),
    ("!Ref Ami", "?ssm(/aws/service/ami/al2023)"),
    ("!Ref Key", "@Key.Ref"),
    ("!Ref Custom", "?Custom.Ref"),
    ("!Ref AWS::NoValue", None),
    ("!Ref AWS::Region", "?AWS::Region"),
    ("!Ref AWS::StackName", "?AWS::StackName"),
    # GetAtt
    ("!GetAtt Key.Arn", "@Key.Arn"),
    ("!GetAtt [Key, Arn]", "@Key.Arn"),
    ("{'Fn::GetAtt': [Key, Arn]}", "@Key.Arn"),
    ("{'Fn::GetAtt': Key.Arn}", "@Key.Arn"),
    ("!GetAtt Custom.Some.Deep", "?Custom.Some.Deep"),
    ("!GetAtt Stored.Value", "?Stored.Value"),
    # Sub
    ("!Sub plain", "plain"),
    ("!Sub '${Text}-x'", "some-x"),
    ("!Sub '${Key}'", "@Key.Ref"),
    ("!Sub '${Key.Arn}'", "@Key.Arn"),
    ("!Sub '${Free}'", "?Free"),
    ("!Sub 'a/${Free}'", "?a/${Free}"),
    ("!Sub '${!Text}'", "${Text}"),
    ("!Sub ['${A}${Text}', {A: !Ref Number}]", "8.0some"),
    ("!Sub ['${A}', {A: !GetAtt Key.Arn}]", "@Key.Arn"),
    ("{'Fn::Sub': ['${A}', {A: b}]}", "b"),
    ("!Sub 'alias/${Pick}'", {"<Pick>": {"a": "alias/a", "b": "alias/b"}}),
    ("!Sub '${Pick}${Pick}'", {"<Pick>": {"a": "aa", "b": "bb"}}),
    (
        "!Sub 'arn:${AWS::Partition}:kms:${AWS::Region}:${AWS::AccountId}:key/${Key}'",
        "@Key.Arn",
    ),
    (
        "!Sub 'arn:aws:kms:us-east-1:${AWS::AccountId}:key/${Key}'",
        "?arn:aws:kms:us-east-1:${AWS::AccountId}:key/${Key.Ref}",
    ),
    ("!Sub '{{resolve:ssm:/x/${Text}}}'", "?ssm(/x/some)"),
    ("!Sub '{{resolve:ssm:/x/${Free}}}'", "?ssm(/x/${Free})"),
    # Join
    ("!Join ['', [a, !Ref Text, b]]", "asomeb"),
    ("!Join ['-', [a, !Ref 'AWS::NoValue', b]]", "a-b"),
    ("!Join [',', !Ref List]", "x,y,z"),
    ("!Join [',', !Ref FreeList]", "?join(,,FreeList)"),
    ("!Join ['', [!GetAtt Key.Arn]]", "@Key.Arn"),
    ("!Join ['', ['', !Ref Free, '']]", "?Free"),
    ("!Join ['/', [alias, !Ref Free]]", "?alias/${Free}"),
    ("{'Fn::Join': ['', [a, b]]}", "ab"),
    (
        "!Join ['', [!If [IsA, p, q], !If [IsA, r, s]]]",
        {"<Pick>": {"a": "pr", "b": "qs"}},
    ),
    # Split, Select
    ("!Split ['/', a/b]", ["a", "b"]),
    ("!Split ['/', !Ref Free]", "?split(/,Free)"),
    ("!Select [1, !Split ['/', a/b]]", "b"),
    ("!Select ['0', [p, q]]", "p"),
    ("!Select [1, !Ref List]", "y"),
    ("!Select [0, !Ref FreeList]", "?FreeList[0]"),
    ("!Select [0, [!Ref 'AWS::NoValue', q]]", "q"),
    ("!Select [1, [!If [IsA, p, !Ref 'AWS::NoValue'], q, r]]", {"<Pick>": {"a": "q", "b": "r"}}),
    ("!Select [0, !GetAZs '']", "?zones(AWS::Region)[0]"),
    ("!Select [0, 'Fn::GetAZs': eu-west-1]", "?zones(eu-west-1)[0]"),
    # If
    ("!If [Always, p, q]", "p"),
    ("!If [Never, p, q]", "q"),
    ("!If [IsA, p, q]", {"<Pick>": {"a": "p", "b": "q"}}),
    ("!If [IsA, p, !Ref AWS::NoValue]", {"<Pick>": {"a": "p", "b": None}}),
    ("!If [IsA, p, p]", "p"),
    ("{'Fn::If': [IsA, true, false]}", {"<Pick>": {"a": True, "b": False}}),
    ("!If [IsA, !If [IsA, p, x], !If [IsA, x, q]]", {"<Pick>": {"a": "p", "b": "q"}}),
    # FindInMap
    ("!FindInMap [Sizes, a, Size]", "10"),
    ("!FindInMap [Sizes, b, Zones]", ["o"]),
    ("!FindInMap [Sizes, !Ref Pick, Size]", {"<Pick>": {"a": "10", "b": "20"}}),
    ("!FindInMap [Same, !Ref Pick, Own]", "true"),
    ("!FindInMap [Truth, true, yes]", "1"),
    ("!FindInMap [Truth, 'yes', 'true']", "1"),
    ("!FindInMap [Truth, no, 'on']", "2"),
    ("!FindInMap [!Sub 'Siz${A}', a, Size]".replace("${A}", "es"), "10"),
    (
        "!FindInMap [!If [IsA, Sizes, Same], b, !If [IsA, Size, Own]]",
        {"<Pick>": {"a": "20", "b": "true"}},
    ),
    ("!FindInMap [!Ref Free, b, c]", "?mapping(Free)"),
    ("!FindInMap [!GetAtt Key.Arn, b, c]", "?mapping(Key.Arn)"),
    ("!FindInMap [Sizes, c, Size, {DefaultValue: '5'}]", "5"),
    ("!FindInMap [Nothing, c, Size, {DefaultValue: '5'}]", "5"),
    (
        "!FindInMap [Regions, !Ref 'AWS::Region', Ami]",
        {"<AWS::Region>": {"eu-west-1": "ami-1", "us-east-1": "ami-2"}},
    ),
    (
        "!FindInMap [Regions, !Ref 'AWS::Region', Ami, {DefaultValue: none}]",
        {"<AWS::Region>": {"eu-west-1": "ami-1", "us-east-1": "ami-2", "(any other)": "none"}},
    ),
    # the rest
    ("!ImportValue some-export", "?export some-export"),
    ("!ImportValue {'Fn::Sub': '${Text}-key'}", "?export some-key"),
    ("!Base64 text", "dGV4dA=="),
    ("{'Fn::Base64': !Sub '${Free}'}", "?base64(Free)"),
    ("!Length [a, b]", "2"),
    ("!Length {'Ref': List}", "3"),
    ("!Length {'Ref': FreeList}", "?length(FreeList)"),
    ("!ToJsonString {A: [x, true], B: !Ref Text}", '{"A":["x",true],"B":"some"}'),
    ("!Cidr ['10.0.0.0/16', 4]", "?cidr(/Resources/V/Properties/P)"),
    ("!GetStackOutput {StackName: a, OutputName: b}", "?stack output /Resources/V/Properties/P"),
    # dynamic references
    ("'{{resolve:ssm:/my/key}}'", "?ssm(/my/key)"),
    ("'{{resolve:ssm:/my/key:3}}'", "?ssm(/my/key:3)"),
    (
        "'{{resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023}}'",
        "?ssm(/aws/service/ami-amazon-linux-latest/al2023)",
    ),
    ("'{{resolve:secretsmanager:s:SecretString:k}}'", "?secretsmanager(s:SecretString:k)"),
    ("'x{{resolve:ssm:/k}}y'", "?x${ssm(/k)}y"),
    # data
    ("[a, !Ref 'AWS::NoValue', b]", ["a", "b"]),
    ("{A: {B: !Ref Text}}", {"A": {"B": "some"}}),
]


def value(expression: str) -> object:
    return body(document(TEMPLATE.format(expression=expression)))["P"]


@pytest.mark.parametrize(("expression", "expected"), CASES)
def test_expression(expression: str, expected: object) -> None:
    found = document(TEMPLATE.format(expression=expression))
    assert body(found)["P"] == expected
    assert not found.problems
    assert not found.not_analyzed


INVALID = [
    ("!Ref Nobody", "Nobody is neither a parameter nor a resource"),
    ("!Ref AWS::Nothing", "AWS::Nothing is no pseudo parameter"),
    ("!Ref [a]", "this argument has to be known text"),
    ("!GetAtt Key", "Fn::GetAtt takes a resource and an attribute"),
    ("!GetAtt Nobody.Arn", "Nobody is neither"),
    ("!GetAtt [a, b, c]", "Fn::GetAtt takes a list of 2 arguments"),
    ("!Sub [a]", "Fn::Sub takes a list of 2 arguments"),
    ("!Sub ['${A}', [x]]", "the variables of Fn::Sub are a mapping"),
    ("!Sub '${Nobody}'", "Nobody is neither"),
    ("!Sub '${List}'", "Fn::Sub takes texts"),
    ("!If [Always, a]", "Fn::If takes a list of 3 arguments"),
    ("!If [Nothing, a, b]", "there is no condition Nothing"),
    ("!FindInMap [Sizes, a]", "Fn::FindInMap takes a list of 3 to 4 arguments"),
    ("!FindInMap [Sizes, c, Size]", "mapping Sizes has no such key"),
    ("!FindInMap [Sizes, !Ref Pick, Weight]", "mapping Sizes has no such key"),
    ("!FindInMap [Nothing, c, Size]", "there is no mapping Nothing"),
    ("!FindInMap [[a], b, c]", "takes the name of a mapping"),
    ("!FindInMap [Sizes, c, Size, {Default: x}]", "a DefaultValue"),
    ("!Select [2, [a]]", "the list of Fn::Select has no item 2"),
    ("!Select [x, [a]]", "the index of Fn::Select is a number"),
    ("!Select [0, text]", "Fn::Select takes a list"),
    ("!Split ['', a]", "Fn::Split needs a delimiter"),
    ("!Split [',', [a]]", "Fn::Split takes text"),
    ("!Join ['', text]", "Fn::Join takes a list of texts"),
    ("!Join ['', [{A: b}, x, y]]", "Fn::Join takes texts"),
    ("!Length text", "Fn::Length takes a list or a mapping"),
    ("!Equals [a, b]", "Fn::Equals may only stand in the Conditions section"),
    ("!Nonsense x", "Fn::Nonsense is no intrinsic function"),
    ("{'Fn::Nonsense': x}", "Fn::Nonsense is no intrinsic function"),
    ("!Transform {Name: Mine}", "the macro Mine decides this"),
    ("!Transform [x]", "Fn::Transform takes the name of a macro"),
]


@pytest.mark.parametrize(("expression", "reason"), INVALID)
def test_what_cannot_be_evaluated_is_listed_with_its_place(expression: str, reason: str) -> None:
    found = document(TEMPLATE.format(expression=expression))
    assert str(body(found)["P"]).startswith("?")
    (note,) = found.not_analyzed
    assert reason in note.reason
    assert note.address == "V"
    assert (note.path, note.line) == ("stack.yaml", 36)
    assert note.column is not None
    assert note.column >= 10
    assert note.pointer == "/Resources/V/Properties/P"


def test_a_secret_parameter_makes_what_it_is_part_of_secret() -> None:
    for expression in ("!Ref Secret", "!Sub 'x${Secret}'", "!Join ['', [x, !Ref Secret]]"):
        datum = document(TEMPLATE.format(expression=expression)).by_address()["V"].body["P"]
        assert getattr(datum, "sensitive", None) is True, expression


def test_a_default_is_said_to_be_one() -> None:
    found = document(TEMPLATE.format(expression="!Ref Text"))
    datum = found.by_address()["V"].body["P"]
    assert (datum.origin.line, datum.origin.column) == (36, 10)
    assert list(found.assumed) == ["Text"]


def test_pseudo_parameters_have_the_values_of_the_run() -> None:
    text = TEMPLATE.format(
        expression="!Sub '${AWS::Region} ${AWS::AccountId} ${AWS::Partition} ${AWS::URLSuffix}'"
    )
    for region, rest in (
        ("eu-west-1", "aws amazonaws.com"),
        ("cn-north-1", "aws-cn amazonaws.com.cn"),
        ("us-gov-west-1", "aws-us-gov amazonaws.com"),
    ):
        found = document(text, region=region, account="012345678901")
        assert body(found)["P"] == f"{region} 012345678901 {rest}"
        place = found.by_address()["V"].place
        assert (place.account, place.region) == ("012345678901", region)


def test_an_import_has_the_value_that_another_template_exports() -> None:
    exporter = document(
        """\
        Parameters: {Free: {Type: String}}
        Resources: {Key: {Type: AWS::KMS::Key}}
        Outputs:
          A: {Value: !GetAtt Key.Arn, Export: {Name: key}}
          B: {Value: plain, Export: {Name: !Sub 'the-${A}'}}
          C: {Value: !Ref Free, Export: {Name: free}}
          D: {Value: !ImportValue key, Export: {Name: again}}
          E: {Value: unnamed}
        """.replace("'the-${A}'", "text")
    )
    exports = exporter.exports
    assert list(exports) == ["key", "text", "free", "again"]
    for name, expected in (
        ("key", "@stack.yaml:Key.Arn"),
        ("text", "plain"),
        ("free", "?stack.yaml:Free"),
        ("again", "?export key"),
        ("nobody", "?export nobody"),
    ):
        found = document(TEMPLATE.format(expression=f"!ImportValue {name}"), imports=exports)
        assert body(found)["P"] == expected


def test_exports_that_import_each_other_end() -> None:
    exports: dict[str, object] = {}
    found = document(
        """\
        Resources: {V: {Type: AWS::EC2::Volume, Properties: {P: !ImportValue a}}}
        Outputs:
          A: {Value: !ImportValue b, Export: {Name: a}}
          B: {Value: !Sub ['x${V}', {V: !ImportValue a}], Export: {Name: b}}
        """,
        imports=exports,  # type: ignore[arg-type] # filled below, before it is read
    )
    exports.update(found.exports)
    assert str(told(found.by_address()["V"].body["P"])).startswith("?")
