"""Nothing that stores is missing: a count that knows nothing of the product agrees with it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from analyzer import analyze
from analyzer.wire import Report

from .crossing import KINDS, crossed

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"
#: Types that make a volume or snapshot whatever else they say.
STORES = frozenset(
    (
        *("aws_ami_copy", "aws_ebs_snapshot", "aws_ebs_snapshot_copy", "aws_ebs_snapshot_import"),
        *("aws_ebs_volume", "aws_ebs_volume_copy", "aws_instance", "aws_spot_instance_request"),
        *("AWS::EC2::Instance", "AWS::EC2::Snapshot", "AWS::EC2::Volume"),
    )
)


def _of_plan(plan: Any) -> Iterator[str]:
    for change in plan.get("resource_changes", ()):
        actions = change["change"].get("actions")
        is_made = isinstance(actions, list) and "create" in actions
        if change["type"] in STORES and change["mode"] == "managed" and is_made:
            yield change["address"]


def _of_template(template: Any) -> Iterator[str]:
    for name, resource in template["Resources"].items():
        if isinstance(resource, Mapping) and "Condition" not in resource:
            kind = resource.get("Type")
            if isinstance(kind, str) and kind in STORES:
                yield name


_BLOCK = re.compile(r'^resource "([^"]+)" "([^"]+)" \{\n(.*?)^\}', re.MULTILINE | re.DOTALL)


def _of_source(source: str) -> Iterator[str]:
    for type_, name, body in _BLOCK.findall(source):
        if type_ in STORES and type_ != "aws_ami_copy" and "count" not in body:
            yield f"{type_}.{name}"


def _missing(text: str, report: Report) -> set[str]:
    """What the report neither decides nor lists, though nothing is wrong with the input."""
    told = {d.address for d in report.devices} | {item.address for item in report.not_analyzed}
    if text.startswith("{"):
        read = json.loads(text)
        counted = _of_template(read) if "Resources" in read else _of_plan(read)
    else:
        counted = _of_source(text)
        told = {re.sub(r"\[.*?\]", "", address) for address in told}
    return set() if report.problems else set(counted) - told


@pytest.mark.parametrize("path", sorted(FIXTURES.glob("terraform/*/plan.json")), ids=str)
def test_every_resource_of_a_plan_is_told(path: Path) -> None:
    assert not _missing(path.read_text("utf-8"), analyze([str(path)]))


@pytest.mark.parametrize("kind", KINDS)
def test_every_resource_of_a_changed_fixture_is_told(kind: str) -> None:
    for text, report in crossed(kind, 150, seed=11):
        assert not _missing(text, report)
