"""Custom resources: CDK's calls of the AWS API are read, the others listed or counted."""

from __future__ import annotations

import json

import pytest

from .reading import body, document, only


def template(create: str, kind: str = "Custom::AWS", name: str = "Create") -> str:
    return f"""
Parameters: {{Env: {{Type: String, Default: prod}}, Free: {{Type: String}}}}
Resources:
  Key: {{Type: AWS::S3::Bucket}}
  C:
    Type: {kind}
    Properties:
      ServiceToken: arn
      {name}: {create}
"""


def call(action: str, parameters: object = None, service: str = "EC2", **more: object) -> str:
    found = {"service": service, "action": action, **more}
    if parameters is not None:
        found["parameters"] = parameters
    return json.dumps(json.dumps(found))


CALLS = [
    (call("enableEbsEncryptionByDefault"), "enableEbsEncryptionByDefault", {}),
    (call("disableEbsEncryptionByDefault", {}), "disableEbsEncryptionByDefault", {}),
    (
        call("EnableEbsEncryptionByDefaultCommand", {}, "@aws-sdk/client-ec2"),
        "enableEbsEncryptionByDefault",
        {},
    ),
    (
        call("modifyEbsDefaultKmsKeyId", {"KmsKeyId": "alias/x"}, "ec2"),
        "modifyEbsDefaultKmsKeyId",
        {"KmsKeyId": "alias/x"},
    ),
    (
        call(
            "copyImage",
            {"SourceImageId": "ami-1", "SourceRegion": "eu-west-1", "Encrypted": True, "Name": "n"},
        ),
        "copyImage",
        {"SourceImageId": "ami-1", "SourceRegion": "eu-west-1", "Encrypted": True, "Name": "n"},
    ),
    (
        call("CopySnapshot", {"Encrypted": "TRUE:BOOLEAN", "X": [1, None]}),
        "copySnapshot",
        {"Encrypted": True, "X": ["1", None]},
    ),
]


@pytest.mark.parametrize(("create", "action", "parameters"), CALLS)
def test_a_call_is_a_resource_of_its_own_type(create: str, action: str, parameters: object) -> None:
    for kind in ("Custom::AWS", "Custom::Mine", "AWS::CloudFormation::CustomResource"):
        for name in ("Create", "Update"):
            found = document(template(create, kind, name))
            assert only(found).type == f"Custom::AWS/EC2.{action}"
            assert only(found).address == "C"
            assert body(found, "C") == parameters
            assert not found.not_analyzed


def test_a_call_may_hold_expressions() -> None:
    found = document(
        template(
            """
        Fn::Join:
          - ''
          - - '{"service":"EC2","action":"copyImage","parameters":{"KmsKeyId":"'
            - !GetAtt Key.Arn
            - '","Name":"'
            - !Ref Env
            - '-x","SourceImageId":"ami-'
            - !Ref Free
            - '","Encrypted":"'
            - !Ref Free
            - '","Bad":"'
            - !GetAtt Nobody.Arn
            - '"},"region":"eu-west-1"}'
"""
        )
    )
    assert body(found, "C") == {
        "KmsKeyId": "@Key.Arn",
        "Name": "prod-x",
        "SourceImageId": "?ami-${Free}",
        "Encrypted": "?Free",
        "Bad": "?C/Properties/Create/Fn::Join/1/9",
    }
    assert only(found).place.region == "eu-west-1"


def test_an_image_that_a_call_makes_is_a_resource() -> None:
    text = template(call("copyImage", {"SourceImageId": "ami-1"}))
    found = document(
        text + "  V: {Type: AWS::EC2::Volume, Properties: {P: !GetAtt C.ImageId, Q: !Ref C}}"
    )
    assert body(found) == {"P": "@C.ImageId", "Q": "@C.Ref"}


@pytest.mark.parametrize(
    "action",
    [
        "runInstances",
        "createVolume",
        "createSnapshot",
        "registerImage",
        "resetEbsDefaultKmsKeyId",
        "createLaunchTemplate",
    ],
)
def test_a_call_that_is_not_decided_is_listed(action: str) -> None:
    found = document(template(call(action, {})))
    assert not found.resources
    assert [note.address for note in found.not_analyzed] == ["C"]


@pytest.mark.parametrize(
    "create",
    [
        call("describeImages", {}),
        call("copyImage", {}, "S3"),
        call("putParameter", {}, "SSM"),
        "text",
        "'{'",
        "'[]'",
        '\'{"service": 1, "action": []}\'',
        "!Ref Free",
        "[a]",
        json.dumps("[" * 5000),
        '\'{"service":"EC2","action":"copyImage"\' ',
    ],
)
def test_other_custom_resources_are_counted(create: str) -> None:
    found = document(template(create))
    assert not found.resources
    assert not found.not_analyzed
    assert found.others == {"AWS::S3::Bucket": 1, "Custom::AWS": 1}


@pytest.mark.parametrize(
    ("kind", "properties"),
    [
        ("Custom::AMICopy", "{}"),
        ("Custom::CopyImage", "{}"),
        ("Custom::EBSEncryptionByDefault", "{}"),
        ("Custom::Thing", "{SourceSnapshotId: x}"),
        ("Custom::Thing", "{DefaultKmsKey: x}"),
        ("AWS::CloudFormation::CustomResource", "{VolumeType: x}"),
    ],
)
def test_a_suspicious_custom_resource_is_listed(kind: str, properties: str) -> None:
    found = document(f"Resources: {{C: {{Type: '{kind}', Properties: {properties}}}}}")
    (note,) = found.not_analyzed
    assert "a custom resource" in note.reason
    assert (note.address, note.pointer) == ("C", "/Resources/C")
