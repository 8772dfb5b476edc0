"""Choices that lead to each other: in a circle, or together again and again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from analyzer import analyze
from analyzer.wire import Report

#: A type, the property that names what it is made of, and what such a thing is called.
KINDS = {
    "image": ("AWS::EC2::Instance", "ImageId", "ami-0123456789abcdef{}"),
    "snapshot": ("AWS::EC2::Volume", "SnapshotId", "snap-0123456789abcdef{}"),
}
OFF = ["encryption_by_default=off", "owner=self"]


def report(resources: dict[str, Any], conditions: int, tmp_path: Path) -> Report:
    names = [f"C{number}" for number in range(conditions)]
    template = {
        "Parameters": {name: {"Type": "String"} for name in names},
        "Conditions": {name: {"Fn::Equals": [{"Ref": name}, "x"]} for name in names},
        "Resources": resources,
    }
    path = tmp_path / "template.json"
    path.write_text(json.dumps(template))
    found = analyze([str(path)], assume=OFF)
    assert found.problems == []
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_a_choice_that_leads_back_to_itself_is_left_open(kind: str, tmp_path: Path) -> None:
    type_, argument, name = KINDS[kind]

    def made(other: str) -> dict[str, Any]:
        back = {"Fn::GetAtt": [other, argument]}
        return {"Type": type_, "Properties": {argument: {"Fn::If": ["C0", back, name.format(0)]}}}

    found = report({"A": made("B"), "B": made("A"), "C": made("C")}, 1, tmp_path)
    assert [device.address for device in found.devices] == ["A", "B", "C"]
    assert {device.verdict for device in found.devices} == {"depends"}


@pytest.mark.parametrize("kind", KINDS)
def test_choices_that_come_together_again_are_followed_once(kind: str, tmp_path: Path) -> None:
    type_, argument, name = KINDS[kind]
    many = 24

    def level(number: int) -> dict[str, Any]:
        if number == many:
            return {"Fn::If": ["C0", name.format(0), name.format(1)]}
        below = [{"Fn::GetAtt": [f"{side}{number + 1}", argument]} for side in "AB"]
        return {"Fn::If": [f"C{number}", *below]}

    resources = {
        f"{side}{number}": {"Type": type_, "Properties": {argument: level(number)}}
        for number in range(many + 1)
        for side in "AB"
    }
    found = report(resources, many, tmp_path)
    verdicts = {device.address: device.verdict for device in found.devices}
    assert verdicts == dict.fromkeys(resources, "depends")
    top, *_, last = found.devices
    assert top.settle == ["too many possibilities to list"]
    assert last.settle[0] == "What is C0? (parameter C0 has no value)"


def test_either_of_two_alike_is_that_one(tmp_path: Path) -> None:
    resources = {
        "A": {
            "Type": "AWS::EC2::Instance",
            "Properties": {
                "ImageId": {"Fn::If": ["C0", "ami-1", {"Fn::GetAtt": ["B", "ImageId"]}]}
            },
        },
        "B": {"Type": "AWS::EC2::Instance", "Properties": {"ImageId": "ami-1"}},
    }
    first, second = report(resources, 1, tmp_path).devices
    assert first.settle == second.settle == ["Is the root snapshot of ami-1 encrypted?"]


def test_a_template_chosen_by_another_choice_is_not_known(tmp_path: Path) -> None:
    def group(template: Any) -> dict[str, Any]:
        named = {"LaunchTemplateId": template, "Version": "1"}
        return {
            "Type": "AWS::AutoScaling::AutoScalingGroup",
            "Properties": {"LaunchTemplate": named},
        }

    at = "LaunchTemplate.LaunchTemplateId"
    back = {"Fn::If": ["C0", {"Fn::GetAtt": ["A", at]}, {"Fn::GetAtt": ["B", at]}]}
    found = report({"A": group(back), "B": group(back)}, 1, tmp_path)
    assert {(device.address, device.verdict) for device in found.devices} == {
        ("A", "depends"),
        ("B", "depends"),
    }
