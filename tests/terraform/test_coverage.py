"""Every type of the Terraform table stands in a fixture, and every fixture has its expectation."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from analyzer.resources.terraform import ENTRIES

from .reports import ROOT, cases


@cache
def _types() -> frozenset[tuple[str, bool]]:
    """The types that the plans of all fixtures hold, and whether as a data source."""
    found: set[tuple[str, bool]] = set()
    for case in cases():
        plan = json.loads((case / "plan.json").read_text(encoding="utf-8"))
        items = list(plan.get("resource_changes", ()))
        state = plan.get("prior_state", {}).get("values", {}).get("root_module", {})
        items.extend(_resources(state))
        found.update((item["type"], item.get("mode") == "data") for item in items)
    return frozenset(found)


def _resources(module: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield from module.get("resources", ())
    for child in module.get("child_modules", ()):
        yield from _resources(child)


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda e: f"{'data.' * e.data}{e.type}")
def test_a_type_of_the_table_stands_in_a_fixture(entry: Any) -> None:
    assert (entry.type, entry.data) in _types()


def test_no_type_has_two_entries() -> None:
    names = [(entry.type, entry.data) for entry in ENTRIES]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("case", sorted(ROOT.iterdir()), ids=lambda case: case.name)
def test_a_fixture_has_a_configuration_a_plan_and_an_expectation(case: Path) -> None:
    names = {path.name for path in case.iterdir()}
    assert {"main.tf", "plan.json", "expected.json"} <= names
