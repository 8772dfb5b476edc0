"""Nested stacks: followed where their template is a local file, listed where it is not."""

from __future__ import annotations

import pytest

from .reading import body, document, told

PARENT = """
Parameters:
  Env: {Type: String, AllowedValues: [dev, prod]}
  Key: {Type: String}
  Fixed: {Type: String, Default: fixed}
Conditions: {Prod: !Equals [!Ref Env, prod]}
Resources:
  Main: {Type: AWS::KMS::Key}
  N:
    Type: AWS::CloudFormation::Stack
    Condition: Prod
    Properties:
      TemplateURL: ./inner/child.yaml
      Parameters:
        KeyArn: !GetAtt Main.Arn
        Env: !Ref Env
        Free: !Ref Key
        Text: !Sub '${Fixed}-x'
        List: a,b
  V:
    Type: AWS::EC2::Volume
    Properties:
      FromChild: !GetAtt N.Outputs.Key
      Chosen: !GetAtt N.Outputs.Chosen
      Sub: !Sub '${N.Outputs.Plain}'
"""

CHILD = """
Parameters:
  KeyArn: {Type: String}
  Env: {Type: String}
  Free: {Type: String}
  Text: {Type: String, Default: unused}
  Own: {Type: String, Default: own}
  Missing: {Type: String}
  List: {Type: CommaDelimitedList}
Conditions:
  IsDev: !Equals [!Ref Env, dev]
  HasFree: !Not [!Equals [!Ref Free, '']]
Resources:
  Key: {Type: AWS::KMS::Key}
  W:
    Type: AWS::EC2::Volume
    Condition: HasFree
    Properties:
      KmsKeyId: !Ref KeyArn
      Own: !Ref Key
      Text: !Ref Text
      Default: !Ref Own
      Missing: !Ref Missing
      List: !Ref List
      Env: !If [IsDev, x, y]
Outputs:
  Key: {Value: !GetAtt Key.Arn}
  Chosen: {Value: !If [IsDev, x, y]}
  Plain: {Value: plain}
"""


def test_a_local_template_is_followed() -> None:
    found = document(PARENT, files={"inner/child.yaml": CHILD})
    assert not found.problems
    assert not found.not_analyzed
    addresses = [resource.address for resource in found]
    assert addresses == ["Main", "N/Key", "N/W", "V"]
    assert body(found, "N/W") == {
        "KmsKeyId": "@Main.Arn",
        "Own": "@N/Key.Ref",
        "Text": "fixed-x",
        "Default": "own",
        "Missing": "?N/Missing",
        "List": ["a", "b"],
        "Env": {"<Env>": {"dev": "x", "prod": "y"}},
    }
    assert body(found) == {
        "FromChild": "@N/Key.Arn",
        "Chosen": {"<Env>": {"dev": "x", "prod": "y"}},
        "Sub": "plain",
    }
    resource = found.by_address()["N/W"]
    assert resource.origin.path == "inner/child.yaml"
    assert resource.origin.line == 15
    # The condition of the stack, and then that of the resource.
    assert told(resource.exists) == {
        "<Env>": {"dev": False, "prod": {"<Key>": {"": False, "(any other)": True}}}
    }


def test_one_parameter_is_one_fact_in_all_stacks() -> None:
    """What only the child compares belongs to the domain that the parent uses."""
    parent = """
Parameters: {Mode: {Type: String}}
Conditions: {A: !Equals [!Ref Mode, a]}
Resources:
  V: {Type: AWS::EC2::Volume, Properties: {P: !If [A, x, y]}}
  N:
    Type: AWS::CloudFormation::Stack
    Properties: {TemplateURL: n.yaml, Parameters: {M: !Ref Mode}}
"""
    child = """
Parameters: {M: {Type: String, AllowedValues: [a, b, c]}}
Conditions: {B: !Equals [!Ref M, b]}
Resources: {W: {Type: AWS::EC2::Volume, Properties: {P: !If [B, x, y]}}}
"""
    found = document(parent, files={"n.yaml": child})
    assert body(found) == {"P": {"<Mode>": {"b": "y", "a": "x", "c": "y", "(any other)": "y"}}}
    assert body(found, "N/W") == {
        "P": {"<Mode>": {"b": "x", "a": "y", "c": "y", "(any other)": "y"}}
    }


def test_paths_are_relative_to_the_template_that_names_them() -> None:
    stack = "Resources: {N: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: %s}}}"
    leaf = "Resources: {V: {Type: AWS::EC2::Volume}}"
    found = document(
        stack % "a/one.yaml",
        files={
            "a/one.yaml": stack % "b/two.yaml",
            "a/b/two.yaml": stack % "../three.json",
            "a/three.json": leaf,
        },
    )
    assert [resource.address for resource in found] == ["N/N/N/V"]
    assert found.resources[0].origin.path == "a/three.json"


def test_cdk_names_the_local_file_in_its_metadata() -> None:
    found = document(
        """\
        Resources:
          N:
            Type: AWS::CloudFormation::Stack
            Properties:
              TemplateURL:
                Fn::Join: ['', ['https://s3.', !Ref 'AWS::Region', '.amazonaws.com/x']]
            Metadata:
              aws:cdk:path: App/N.NestedStack
              aws:asset:path: N.nested.template.json
              aws:asset:property: TemplateURL
        """,
        files={
            "N.nested.template.json": """{"Resources": {"V": {
                "Type": "AWS::EC2::Volume", "Metadata": {"aws:cdk:path": "App/N/V"}}}}"""
        },
    )
    assert [resource.address for resource in found] == ["N/V"]
    assert found.resources[0].origin.expression == "App/N/V"


def test_sam_applications_are_nested_stacks() -> None:
    found = document(
        """\
        Transform: AWS::Serverless-2016-10-31
        Resources:
          N: {Type: AWS::Serverless::Application, Properties: {Location: n.yaml}}
          M:
            Type: AWS::Serverless::Application
            Properties: {Location: {ApplicationId: a, SemanticVersion: b}}
        """,
        files={"n.yaml": "Resources: {V: {Type: AWS::EC2::Volume}}"},
    )
    assert [resource.address for resource in found] == ["N/V"]
    assert [note.address for note in found.not_analyzed] == ["M"]


NOT_FOLLOWED = [
    ("https://bucket.s3.amazonaws.com/x.yaml", "is not a local file"),
    ("s3://bucket/x.yaml", "is not a local file"),
    ("/etc/passwd", "is not a local file"),
    ("C:\\\\x.yaml", "is not a local file"),
    ("!Ref Nobody", "is not a local file"),
    ("!Ref Free", "is not a local file"),
    ("[x]", "is not a local file"),
    ("missing.yaml", "cannot be read"),
    ("broken.yaml", "is broken"),
    ("list.yaml", "is broken"),
]


@pytest.mark.parametrize(("url", "reason"), NOT_FOLLOWED)
def test_what_is_not_followed_is_listed(url: str, reason: str) -> None:
    found = document(
        f"""
Parameters: {{Free: {{Type: String}}}}
Resources:
  N:
    Type: AWS::CloudFormation::Stack
    Properties:
      TemplateURL: {url}
  V: {{Type: AWS::EC2::Volume, Properties: {{P: !GetAtt N.Outputs.Key, Q: !Ref N}}}}
""",
        files={"broken.yaml": "Resources: [\n", "list.yaml": "- a\n"},
    )
    (note,) = found.not_analyzed
    assert reason in note.reason
    assert (note.address, note.line) == ("N", 4)
    assert body(found) == {"P": "?N.Outputs.Key", "Q": "@N.Ref"}
    assert [problem.path for problem in found.problems] == ([url] if "broken" in reason else [])


def test_a_stack_that_does_not_exist_is_not_listed() -> None:
    found = document(
        """\
        Conditions: {Never: !Equals [a, b]}
        Resources:
          N: {Type: AWS::CloudFormation::Stack, Condition: Never, Properties: {TemplateURL: 's3://x'}}
        """
    )
    assert not found.not_analyzed


def test_a_stack_that_contains_itself_is_a_problem() -> None:
    stack = "Resources: {N: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: %s}}}"
    for files in (
        {"a.yaml": stack % "a.yaml"},
        {"a.yaml": stack % "b.yaml", "b.yaml": stack % "./a.yaml"},
    ):
        found = document(stack % "a.yaml", files=files)
        assert [problem.code for problem in found.problems] == ["template-recursive"]
        assert "contains itself" in found.not_analyzed[0].reason


def test_outputs_that_need_each_other_end() -> None:
    found = document(
        """\
        Resources:
          N:
            Type: AWS::CloudFormation::Stack
            Properties:
              TemplateURL: n.yaml
              Parameters: {P: !Sub '${N.Outputs.O}${N.Outputs.O}'}
          V: {Type: AWS::EC2::Volume, Properties: {P: !GetAtt N.Outputs.O, Q: !GetAtt N.Outputs.No}}
        """,
        files={
            "n.yaml": """
Parameters: {P: {Type: String}}
Resources: {W: {Type: AWS::EC2::Volume, Properties: {P: !Ref P}}}
Outputs: {O: {Value: !Ref P}}
"""
        },
    )
    assert all(str(value).startswith("?") for value in body(found).values())
    assert str(body(found, "N/W")["P"]).startswith("?")
    reasons = " ".join(note.reason for note in found.not_analyzed)
    assert "refers to itself" in reasons
    assert "has no output No" in reasons


def test_stacks_do_not_multiply_without_end() -> None:
    """Ten levels of ten stacks would be ten thousand million."""
    names = [f"s{level}.yaml" for level in range(10)]
    files = {
        name: "Resources:\n"
        + "".join(
            f"  N{at}: {{Type: AWS::CloudFormation::Stack, Properties: {{TemplateURL: {below}}}}}\n"
            for at in range(10)
        )
        for name, below in zip(names, [*names[1:], "end.yaml"], strict=True)
    }
    files["end.yaml"] = "Resources: {V: {Type: AWS::EC2::Volume}}"
    found = document(
        "Resources: {N: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: s0.yaml}}}",
        files=files,
    )
    assert any("more than 1000 nested stacks" in note.reason for note in found.not_analyzed)


def test_a_key_that_is_passed_is_not_the_default_for_none() -> None:
    found = document(
        """
        Resources:
          Key: {Type: AWS::KMS::Key}
          ByArn:
            Type: AWS::CloudFormation::Stack
            Properties: {TemplateURL: n.yaml, Parameters: {K: !GetAtt Key.Arn, None: none}}
          ById:
            Type: AWS::CloudFormation::Stack
            Properties: {TemplateURL: n.yaml, Parameters: {K: !Ref Key, None: ""}}
        """,
        files={
            "n.yaml": """
            Parameters: {K: {Type: String}, None: {Type: String}}
            Conditions: {HasKey: !Not [!Equals [!Ref K, !Ref None]]}
            Resources:
              V:
                Type: AWS::EC2::Volume
                Properties: {KmsKeyId: !If [HasKey, !Ref K, !Ref AWS::NoValue]}
            """
        },
    )
    assert body(found, "ByArn/V") == {"KmsKeyId": "@Key.Arn"}
    assert body(found, "ById/V") == {"KmsKeyId": "@Key.Ref"}
