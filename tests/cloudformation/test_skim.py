"""A template that is only skimmed is one whose full reading finds nothing more."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.errors import InputError
from analyzer.sources.document import Document

from .reading import document

#: In a comment, and enough to make the text uncertain.
_FULL = "\n# \\x41\n"

PLAIN = """---
AWSTemplateFormatVersion: "2010-09-09"
Parameters:
  Image: {Type: AWS::EC2::Image::Id}
  Subnet:
    Type: AWS::EC2::Subnet::Id
Conditions:
  Prod: !Equals [!Ref "AWS::Region", eu-west-1]
Resources:
  Bucket:
    Type: AWS::S3::Bucket
    Properties:
      Policy: !Sub "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/x"
      Fixed: arn:aws:iam::111122223333:role/y
      Cidr: ::/0
  Role:
    Type: "AWS::IAM::Role" # a comment
    Condition: Prod
  Other:
    Type: AWS::S3::Bucket
  Skill:
    Type: 'Alexa::ASK::Skill'
Outputs:
  Name: {Value: !Ref Bucket}
"""


def test_types_are_counted() -> None:
    for text in (PLAIN, PLAIN.replace("\n", "\r\n"), PLAIN + _FULL):
        found = document(text)
        assert found.others == {"AWS::S3::Bucket": 2, "AWS::IAM::Role": 1, "Alexa::ASK::Skill": 1}
        assert not found.resources
        assert not found.problems
        assert not found.not_analyzed


JSON = """{"Resources": {
  "Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"Name": "arn:aws:iam::111122223333:x"}},
  "Role": {"Type": "AWS::IAM::Role"}%s
}}"""


@pytest.mark.parametrize("more", ["", ', "O": {"Type": "AWS::S3::Bucket", "Note": "\\u0041"}'])
def test_types_are_counted_in_json(more: str) -> None:
    found = document(JSON % more)
    assert found.others == {"AWS::S3::Bucket": 2 if more else 1, "AWS::IAM::Role": 1}
    assert not found.not_analyzed
    assert not found.problems


@pytest.mark.parametrize(
    "volume",
    [
        '"V": {"Type": "AWS::EC2::Volume"}',
        '"V": {"Type": "AWS::EC2::\\u0056olume"}',
        '"V": {"\\u0054ype": "AWS::EC2::Volume"}',
        "V: {Type: AWS::EC2::Volume}",
    ],
)
def test_a_volume_is_found_however_it_is_written_in_json(volume: str) -> None:
    assert [resource.type for resource in document(JSON % f", {volume}")] == ["AWS::EC2::Volume"]


def test_what_is_wrong_with_json_is_not_skimmed_away() -> None:
    (problem,) = document(JSON % ', "Typeless": {}').problems
    assert problem.code == "template-shape"
    twice = JSON % ', "Role": {"Type": "AWS::SQS::Queue"}'
    for broken in (twice, JSON % ",,", f"{JSON % ''} x", JSON.encode().replace(b"aws", b"a\xffs")):
        with pytest.raises(InputError):
            document(broken)


def test_a_skimmed_template_still_has_to_be_yaml() -> None:
    for text in (PLAIN + "a: [\n", PLAIN + "a: b: c\n", PLAIN + "x: \x1b\n"):
        with pytest.raises(InputError) as error:
            document(text)
        assert error.value.problem.code == "input-yaml"
        assert error.value.problem.line is not None


VOLUMES = [
    "  V:\n    Type: AWS::EC2::Volume\n",
    "  V: {Type: AWS::EC2::Volume}\n",
    "  V: {Type: 'AWS::EC2::Volume'}\n",
    "  V: {'Type':'AWS::EC2::Volume'}\n",
    '  V: {"Type":"AWS::EC2::Volume"}\n',
    '  V: {Type: "AWS::EC2::\\x56olume"}\n',
    '  V: {Type: "AWS::\\u0045C2::Volume"}\n',
    '  V: {Type: "\\U00000041WS::EC2::Volume"}\n',
    '  V: {"\\x54ype": "AWS::EC2::Volume"}\n',
    '  V:\n    Type: "AWS::EC2::\\\n      Volume"\n',
    '  V:\n    Type: "AWS:\\\n      :EC2::Volume"\n',
    "  V:\n    Type: >-\n      AWS::EC2::Volume\n",
    "  V:\n    Type: |-\n      AWS::EC2::Volume\n",
    "  V:\n    Type:\n      AWS::EC2::Volume\n",
    "  V: {Type: !!str AWS::EC2::Volume}\n",
    "  V:\n    ? Type\n    : AWS::EC2::Volume\n",
    "  V: {Description: &t AWS::EC2::Volume, Type: *t}\n",
    "  V: {Properties: {A: 'arn:'}, Type: AWS::EC2::Volume}\n",
    "  V:\n    Description: arn:aws:iam\n    Type: AWS::EC2::Volume\n",
]


@pytest.mark.parametrize("volume", VOLUMES)
def test_a_volume_is_found_however_it_is_written(volume: str) -> None:
    found = document(PLAIN.replace("Outputs:", f"{volume}Outputs:"))
    assert [resource.type for resource in found] == ["AWS::EC2::Volume"]


LISTED = [
    "  X:\n    Type: Custom::CopyAmi\n",
    "  X:\n    Type: AWS::CloudFormation::Stack\n",
    "  X:\n    Type: AWS::CloudFormation::StackSet\n",
    "  X:\n    Type: Org::Service::Thing\n",
    "  X:\n    Description: 'arn:'\n    Type: Org::Service::Thing\n",
    "  X:\n    Type: Org::Service::Thing::MODULE\n",
    "  X:\n    Type: AWS::Service::Thing::MODULE\n",
    "  Fn::ForEach::L: [N, !Ref Image, {'V${N}': {Type: AWS::EC2::Image}}]\n",
    "  Fn::Transform: {Name: Mine}\n",
    "  X:\n    ? Type\n    : {Made: elsewhere}\n",
    "  X:\n    Type: {Made: elsewhere}\n",
]


@pytest.mark.parametrize("resource", LISTED)
def test_what_may_hide_volumes_is_listed(resource: str) -> None:
    found = document(PLAIN.replace("Outputs:", f"{resource}Outputs:"))
    assert len(found.not_analyzed) == 1


def test_a_macro_and_an_export_are_not_skimmed_away() -> None:
    assert document(f"Transform: Mine\n{PLAIN[4:]}").not_analyzed
    exported = PLAIN.replace("!Ref Bucket}", "!Ref Bucket, Export: {Name: x}}")
    assert list(document(exported).exports) == ["x"]


_PIECES = [
    *(
        "AWS::EC2::Volume",
        "AWS",
        "::",
        "EC2",
        "Volume",
        "Type: ",
        "\n",
        "  ",
        "    ",
        "'",
        '"',
        "#",
    ),
    *("{", "}", "[", "]", "\\", "\\x56", "&a ", "*a", "<<: ", "? ", ": ", "- ", "---", "|", ">-"),
    *(
        "arn:",
        "iam",
        "Custom::X",
        "Org::A::B",
        "MODULE",
        "!!str ",
        "!Sub ",
        "V:",
        "Resources:",
        "\t",
    ),
]


@settings(max_examples=500, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 8))
def test_skimming_and_reading_agree(seed: int, times: int) -> None:
    draw = random.Random(seed)  # noqa: S311 # no secret
    text = draw.choice([PLAIN, PLAIN.replace("Outputs:", f"{draw.choice(VOLUMES)}Outputs:")])
    for _ in range(times):
        at = draw.randrange(len(text) + 1)
        piece = "".join(draw.choice(_PIECES) for _ in range(draw.randrange(1, 4)))
        text = text[:at] + piece + text[at + draw.randrange(3) * draw.randrange(8) :]
    skimmed, full = _outcome(text), _outcome(text + _FULL)
    if full is None:
        # An alias without an anchor is the only fault that parsing to events does not see.
        assert skimmed is None or not skimmed.resources
        return
    assert skimmed is not None
    assert [r.type for r in skimmed] == [r.type for r in full]
    assert [n.address for n in skimmed.not_analyzed] == [n.address for n in full.not_analyzed]


def _outcome(text: str) -> Document | None:
    try:
        return document(text.encode())
    except InputError:
        return None
