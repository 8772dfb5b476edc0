"""The fixtures of Terraform plans, and the part of a report that their expectations hold.

A case is a folder of `fixtures/terraform/`: the configuration (`main.tf`, a `before/` that was
applied first, what data sources answered in `facts.json`), `plan.json` as Terraform wrote it,
and `expected.json`. Each device of an expectation is one line, so that a change of the product
can be read line by line against the configuration.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from analyzer import analyze, wire

ROOT = Path(__file__).resolve().parents[2] / "fixtures" / "terraform"


def cases() -> list[Path]:
    """The folders of all cases."""
    return sorted(path.parent for path in ROOT.glob("*/plan.json"))


def report_of(case: Path) -> wire.Report:
    """The report about a case's plan, with what the deployment leaves where the case asks."""
    return analyze([str(case / "plan.json")], unchanged=(case / "unchanged").exists())


def compact(report: wire.Report) -> dict[str, Any]:
    """What an expectation holds of a report."""
    return {
        "devices": [_device(device) for device in report.devices],
        "not_analyzed": [
            f"{item.address}: {item.reason}" + (f" ({item.count})" if item.count > 1 else "")
            for item in report.not_analyzed
        ],
        "problems": [f"{item.code}: {item.message}" for item in report.problems],
    }


def _device(device: wire.Device) -> dict[str, Any]:
    shown = {
        "address": device.address,
        "device": device.device,
        "root": device.root,
        "launch": device.launch,
        "kind": device.kind,
        "operation": device.operation,
        "place": "/".join(filter(None, (device.place.account, device.place.region))),
        "requested": f"{device.requested.encrypted}, {device.requested.kms_key_id}",
        "verdict": device.verdict,
        "key": _key(device.key),
        "outcomes": list(dict.fromkeys(map(_outcome, device.outcomes))),
        "settle": [question.fact for question in device.questions],
        "notes": device.notes,
    }
    return {name: value for name, value in shown.items() if value not in (None, [], False)}


def _key(key: wire.Key | None) -> str | None:
    return None if key is None else f"{key.kind}: {key.ref}" if key.ref else key.kind


def _outcome(outcome: wire.Outcome) -> str:
    code = f" {outcome.code}" if outcome.code else ""
    late = " later" if outcome.late else ""
    key = f" ({outcome.key.ref})" if outcome.key is not None and outcome.key.ref else ""
    return f"{outcome.row} {outcome.symbol}{key}{code}{late}"


def written(expected: dict[str, Any]) -> str:
    """An expectation as text: one line for each device."""
    return "{\n" + ",\n".join(_lines(expected)) + "\n}\n"


def _lines(expected: dict[str, Any]) -> Iterator[str]:
    for name, items in expected.items():
        lines = ",\n  ".join(json.dumps(item) for item in items)
        yield f" {json.dumps(name)}: [\n  {lines}\n ]" if items else f" {json.dumps(name)}: []"
