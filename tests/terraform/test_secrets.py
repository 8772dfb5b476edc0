"""Nothing sensitive of a plan is ever printed, and of the rest only what a report is about."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from analyzer import analyze

from .reports import ROOT, cases

_CANARY = "canary-7f3a"
#: Arguments that a report prints: keys, images and snapshots by name, Regions, devices.
_PRINTED = (
    "address",
    "allowed_account_ids",
    "ami",
    "ami_id",
    "arn",
    "ami_type",
    "cluster_id",
    "cmk_arn",
    "custom_ami_id",
    "device_name",
    "ebs_encryption_key_arn",
    "encrypted",
    "id",
    "image_id",
    "image_id_override",
    "instance_id",
    "key_arn",
    "kms_key_id",
    "launch_configuration",
    "launch_template_id",
    "launch_template_name",
    "mount_point",
    "name",
    "parent_image",
    "region",
    "role_arn",
    "root_device_name",
    "security_configuration",
    "snapshot_id",
    "source_ami_id",
    "source_instance_id",
    "source_snapshot_id",
    "source_volume_id",
    "target",
    "target_key_arn",
    "target_key_id",
    "target_region",
    "template_name",
    "value",
    "version",
    "volume_encryption_key",
    "volume_id",
)


def _poisoned(node: Any, path: tuple[str, ...], number: list[int]) -> Any:
    """A copy with a canary in the place of every text that no report is about."""
    if isinstance(node, dict):
        return {k: _poisoned(v, (*path, k), number) for k, v in node.items()}
    if isinstance(node, list):
        return [_poisoned(item, path, number) for item in node]
    if not isinstance(node, str) or not _is_secret(path):
        return node
    number[0] += 1
    return f"{_CANARY}-{number[0]}"


def _is_secret(path: tuple[str, ...]) -> bool:
    if "constant_value" in path:
        path = path[: path.index("constant_value")]
        return bool(path) and path[-1] not in _PRINTED
    inside = [name for name in ("before", "after", "values", "variables") if name in path]
    return bool(inside) and path[-1] not in _PRINTED


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_no_other_text_of_a_plan_is_printed(case: Path, tmp_path: Path) -> None:
    plan = json.loads((case / "plan.json").read_text(encoding="utf-8"))
    number = [0]
    path = tmp_path / "plan.json"
    path.write_text(json.dumps(_poisoned(plan, (), number)), encoding="utf-8")
    report = msgspec.json.encode(analyze([str(path)], unchanged=True, proofs=True)).decode()
    assert number[0]
    assert _CANARY not in report


def _sensitive(node: Any) -> Any:
    """A mask that marks every leaf of a value as sensitive."""
    if isinstance(node, dict):
        return {k: _sensitive(v) for k, v in node.items()}
    if isinstance(node, list):
        return [_sensitive(item) for item in node]
    return True


def _looked_up(plan: Any) -> list[Any]:
    """What the plan knows of objects that exist: data sources, and resources before it."""
    found: list[Any] = []
    stack = [plan.get("prior_state", {}).get("values", {}).get("root_module", {})]
    while stack:
        module = stack.pop()
        stack.extend(module.get("child_modules", ()))
        found.extend(module.get("resources", ()))
    return found


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_what_is_marked_as_sensitive_is_never_printed(case: Path, tmp_path: Path) -> None:
    """Keys, images and snapshots are named in reports, but not where they are sensitive."""
    plan = json.loads((case / "plan.json").read_text(encoding="utf-8"))
    number = [0]
    for change in plan["resource_changes"]:
        for part in ("before", "after"):
            body = change["change"].get(part)
            if isinstance(body, dict):
                body = _all_poisoned(body, number)
                change["change"][part] = body
                change["change"][f"{part}_sensitive"] = _sensitive(body)
    for resource in _looked_up(plan):
        resource["values"] = _all_poisoned(resource["values"], number)
        resource["sensitive_values"] = _sensitive(resource["values"])
    path = tmp_path / "plan.json"
    path.write_text(json.dumps(plan), encoding="utf-8")
    report = msgspec.json.encode(analyze([str(path)], unchanged=True, proofs=True)).decode()
    assert _CANARY not in report


#: What is compared by its text: poisoned alike, so that what belongs together still meets.
_COMPARED = ("device_name", "mount_point", "name", "region", "root_device_name", "target_region")


def _all_poisoned(node: Any, number: list[int], key: str = "") -> Any:
    if isinstance(node, dict):
        return {k: _all_poisoned(v, number, k) for k, v in node.items()}
    if isinstance(node, list):
        return [_all_poisoned(item, number, key) for item in node]
    if isinstance(node, str):
        number[0] += 1
        return f"{_CANARY}-{node if key in _COMPARED else number[0]}"
    return node


def test_a_sensitive_key_of_an_existing_volume_is_hidden_wherever_it_leads(tmp_path: Path) -> None:
    plan = json.loads((ROOT / "existing_instances" / "plan.json").read_text(encoding="utf-8"))
    (old,) = (c for c in plan["resource_changes"] if c["address"] == "aws_instance.old")
    for part in ("before", "after"):
        old["change"][part]["root_block_device"][0]["kms_key_id"] = _CANARY
        old["change"][f"{part}_sensitive"] = {"root_block_device": [{"kms_key_id": True}]}
    path = tmp_path / "plan.json"
    path.write_text(json.dumps(plan), encoding="utf-8")
    report = analyze([str(path)], unchanged=True, proofs=True)
    assert _CANARY not in msgspec.json.encode(report).decode()
    (made,) = (d for d in report.devices if d.address == "aws_ebs_snapshot.root_of_old")
    assert made.verdict == "encrypted"


def _hidden_names(plan: Any) -> None:
    """Mark the device names and the Region of each instance of a plan as sensitive."""
    for change in plan["resource_changes"]:
        after = change["change"]["after"]
        if change["type"] == "aws_instance" and after:
            change["change"]["after_sensitive"] = {
                "region": True,
                **{
                    block: [{"device_name": True} for _ in after.get(block, ())]
                    for block in ("ebs_block_device", "root_block_device")
                },
            }


def test_sensitive_device_names_are_matched_and_not_told(tmp_path: Path) -> None:
    """What nobody may see of a device still tells which device it is."""
    plan = json.loads((ROOT / "instance" / "plan.json").read_text(encoding="utf-8"))
    verdicts = []
    for name in ("open", "hidden"):
        path = tmp_path / f"{name}.json"
        path.write_text(json.dumps(plan), encoding="utf-8")
        report = analyze([str(path)])
        verdicts.append([(d.address, d.root, d.kind, d.verdict) for d in report.devices])
        _hidden_names(plan)
    named = [d.device for d in report.devices if d.type == "aws_instance" and not d.root]
    assert verdicts[0] == verdicts[1]
    assert named
    assert all(name is not None and name.startswith("(sensitive device ") for name in named)
    assert {d.place.region for d in report.devices if d.type == "aws_instance"} == {None}


def test_a_sensitive_region_of_a_provider_is_not_told(tmp_path: Path) -> None:
    plan = {
        "format_version": "1.2",
        "variables": {"where": {"value": _CANARY}},
        "resource_changes": [
            {
                "address": "aws_ebs_volume.a",
                "mode": "managed",
                "type": "aws_ebs_volume",
                "name": "a",
                "change": {"actions": ["create"], "after": {"size": 1}, "after_unknown": {}},
            }
        ],
        "configuration": {
            "provider_config": {
                "aws": {"name": "aws", "expressions": {"region": {"references": ["var.where"]}}}
            },
            "root_module": {
                "resources": [
                    {
                        "address": "aws_ebs_volume.a",
                        "mode": "managed",
                        "type": "aws_ebs_volume",
                        "name": "a",
                        "provider_config_key": "aws",
                        "expressions": {},
                    }
                ],
                "variables": {"where": {"sensitive": True}},
            },
        },
    }
    path = tmp_path / "plan.json"
    path.write_text(json.dumps(plan), encoding="utf-8")
    report = analyze([str(path)], proofs=True)
    assert [d.verdict for d in report.devices] == ["depends"]
    assert _CANARY not in msgspec.json.encode(report).decode()
