"""Templates are found by their content, and nothing else is taken for one."""

from __future__ import annotations

import pytest

from analyzer.sources.cloudformation import is_template

from .test_functions import TEMPLATE

TEMPLATES = {
    "YAML": TEMPLATE.format(expression="x"),
    "JSON": '{"Resources": {"V": {"Type": "AWS::EC2::Volume"}}}',
    "JSON on lines": '{\n  "Resources" : {\n    "V": {\n      "Type" : "AWS::EC2::Volume"\n}}}',
    "flow YAML": "{Resources: {V: {Type: AWS::EC2::Volume}}}",
    "quoted": '"Resources":\n  V:\n    "Type": "AWS::EC2::Volume"\n',
    "indented": "  Resources:\n    V:\n      Type: AWS::EC2::Volume\n",
    "version": "AWSTemplateFormatVersion: 2010-09-09\nResources: {}\n",
    "escaped": '{"\\u0052esources": {"V": {"Type": "AWS::EC2::\\u0056olume"}}}',
    "escaped YAML": '"\\x52esources": {V: {Type: "A\\x57S::EC2::Volume"}}',
    "custom": "Resources:\n  V:\n    Type: Custom::Thing\n",
    "broken": "Resources:\n  V:\n    Type: AWS::EC2::Volume\n  W: [\n",
    "byte order mark": '\ufeff{"Resources": {"V": {"Type": "AWS::EC2::Volume"}}}',
    "empty": "Parameters:\n  A: {Type: String}\nResources: {}\n",
    "list elsewhere": "Resources:\n  V:\n    Type: AWS::EC2::Volume\n    Resources:\n    - x\n",
    "empty JSON": '{"Outputs": {}, "Resources": {}}',
    "comment": "# AWS\n\nResources: # all\n  V:\n    # one\n    Type: AWS::EC2::Volume\n",
}

OTHERS = {
    "nothing": "",
    "text": "Resources are listed below: Type: AWS::EC2::Volume",
    "Kubernetes": "apiVersion: v1\nkind: Pod\nspec:\n  Resources:\n    limits: {}\n",
    "serverless framework": "x: y\nresources:\n  Resources:\n    V: {Type: AWS::EC2::Volume}\n",
    "policy": '{"Statement": [{"Resource": "arn:aws:s3:::x", "Action": "s3:*"}]}',
    "list": '[{"Resources": {"V": {"Type": "AWS::EC2::Volume"}}}]',
    "resources without types": "Resources:\n  a: {Type: text}\n  b: c\n",
    "resource list": "Resources:\n  - AWS::EC2::Volume\n",
    "CodeDeploy": "version: 0.0\nResources:\n  - It:\n      Type: AWS::ECS::Service\n",
    "CodeDeploy with a comment": "Resources: # one\n\n# x\n- It: {Type: AWS::ECS::Service}\n",
    "CodeDeploy in JSON": '{\n "Resources": [{"It": {"Type": "AWS::ECS::Service"}}]}',
    "bomb": "a: &a [" + "x," * 50 + "]\nResources: [*a]\n",
    "two documents": "a: 1\n---\nb: 2\n",
    "terraform": 'resource "aws_instance" "x" {}\n# Resources: AWS::EC2::Instance\n',
}


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_is_found(name: str) -> None:
    assert is_template(TEMPLATES[name].encode())


def test_a_template_in_utf_16_is_found() -> None:
    assert is_template(TEMPLATES["YAML"].encode("utf-16"))


@pytest.mark.parametrize("name", OTHERS)
def test_nothing_else_is(name: str) -> None:
    assert not is_template(OTHERS[name].encode())


def test_bytes_that_are_no_text_are_none() -> None:
    assert not is_template(b"\xff\xfe\x00Resources: AWS::")
    assert not is_template(bytes(range(256)))
