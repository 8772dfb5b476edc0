"""Every type of the CloudFormation table stands in a fixture, as a template or as a twin."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path

import pytest

from analyzer.resources import entry_of
from analyzer.resources.cloudformation import ENTRIES
from analyzer.resources.spec import Entry

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
_TYPE = re.compile(r"AWS::\w+::\w+|awscc_\w+")
_CALL = re.compile(r'"action":\s*"(\w+)"')


@cache
def _types() -> frozenset[str]:
    """The table's names of the types in templates and plans, and of the API calls in templates."""
    found: set[str] = set()
    for path in FIXTURES.glob("cloudformation/**/*.*"):
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".json":
            text = json.dumps(json.loads(text)).replace('\\"', '"')
        found.update(_TYPE.findall(text))
        found.update(f"Custom::AWS/EC2.{action}" for action in _CALL.findall(text))
    for path in FIXTURES.glob("terraform/awscc*/plan.json"):
        found.update(_TYPE.findall(path.read_text(encoding="utf-8")))
    entries = map(entry_of, found)
    return frozenset(entry.type for entry in entries if entry is not None)


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.type)
def test_a_type_of_the_table_stands_in_a_fixture(entry: Entry) -> None:
    assert entry.type in _types()


def test_no_type_has_two_entries() -> None:
    assert len({entry.type for entry in ENTRIES}) == len(ENTRIES)
