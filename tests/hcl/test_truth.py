"""Whatever is known of a fixture's source is what Terraform planned."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from analyzer.core.values import Absent, Datum, Given, Reference
from analyzer.files import Root
from analyzer.sources.terraform_hcl import Library, Options, read

FIXTURES = Path(__file__).parents[2] / "fixtures" / "terraform"
CASES = sorted(path.parent for path in FIXTURES.glob("*/main.tf"))


#: The lab's provider says that it is in this account, whatever role it assumes.
LAB_ACCOUNT = "111122223333"


def planned(case: Path) -> Iterator[tuple[str, Any, Any]]:
    """Address, values and unknown marks of what exists after a plan."""
    plan = json.loads((case / "plan.json").read_text(encoding="utf-8"))
    for entry in plan["resource_changes"]:
        change = entry["change"]
        if change["actions"] != ["delete"] and not entry.get("deposed"):
            yield entry["address"], change["after"], change["after_unknown"]


def contradictions(found: Datum, real: Any, unknown: Any, at: str) -> Iterator[str]:
    """Where a known value is not the planned one. Sets have no order: any item may match."""
    if isinstance(found, Absent) and real not in (None, [], False, ""):
        yield f"{at}: nothing is written, {real!r} is planned"
    if not isinstance(found, Given) or isinstance(found.value, Reference):
        return
    value = found.value
    if real is None and unknown:
        return
    if isinstance(value, Mapping):
        real = real[0] if isinstance(real, list) and len(real) == 1 else real
        for name, part in value.items():
            mark = unknown.get(name) if isinstance(unknown, dict) else unknown
            yield from contradictions(part, real.get(name), mark, f"{at}.{name}")
    elif isinstance(value, tuple):
        if len(value) != len(real):
            yield f"{at}: {len(value)} items, {len(real)} are planned"
        for item in value:
            ways = [list(contradictions(item, other, True, at)) for other in real]
            yield from min(ways, key=len, default=[])
    elif real == LAB_ACCOUNT and re.fullmatch("[0-9]{12}", str(value)):
        return
    elif str(value).lower() != str(real).lower():
        yield f"{at}: {value!r} is known, {real!r} is planned"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_no_known_value_differs_from_the_plan(case: Path) -> None:
    made = read(str(case), options=Options(known=lambda _: True), library=Library(Root(str(case))))
    assert made.problems == []
    assert made.not_analyzed == []
    found = made.by_address()
    for address, after, unknown in planned(case):
        body = found[address].body if address in found else None
        if body is None:  # what a limit or an unknown repetition keeps together
            assert address.partition("[")[0] + "[*]" in found, address
            continue
        for name, datum in body.items():
            wrong = list(contradictions(datum, after.get(name), (unknown or {}).get(name), name))
            assert wrong == [], address
