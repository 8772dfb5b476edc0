"""Everything that a plan can be: wrapped, old, of OpenTofu, partial, with moves and imports."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from analyzer import analyze, wire

from .reports import ROOT, cases, compact

Plan = dict[str, Any]


def _plan(name: str) -> Plan:
    plan: Plan = json.loads((ROOT / name / "plan.json").read_text(encoding="utf-8"))
    return plan


def _report(plan: object, tmp_path: Path, **options: Any) -> wire.Report:
    path = tmp_path / "plan.json"
    path.write_text(json.dumps(plan), encoding="utf-8")
    return analyze([str(path)], **options)


def _devices(report: wire.Report) -> list[dict[str, Any]]:
    devices: list[dict[str, Any]] = compact(report)["devices"]
    return devices


def _change(plan: Plan, address: str) -> dict[str, Any]:
    (found,) = (c for c in plan["resource_changes"] if c["address"] == address)
    change: dict[str, Any] = found
    return change


def _expressions(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        if isinstance(node.get("references"), list):
            yield node
        for value in node.values():
            yield from _expressions(value)
    elif isinstance(node, list):
        for item in node:
            yield from _expressions(item)


def _as_tofu(plan: Plan) -> None:
    for key in ("applyable", "complete", "deferred_changes"):
        plan.pop(key, None)
    for change in plan["resource_changes"]:
        change["provider_name"] = change["provider_name"].replace("terraform.io", "opentofu.org")


def _as_first_format(plan: Plan) -> None:
    """As Terraform 0.12 wrote it: no masks, no relevant attributes, other provider names."""
    plan["format_version"] = "0.1"
    plan["terraform_version"] = "0.12.31"
    for key in ("relevant_attributes", "timestamp", "applyable", "complete", "errored", "checks"):
        plan.pop(key, None)
    for change in plan["resource_changes"]:
        change["provider_name"] = "registry.terraform.io/-/aws"
        for key in ("before_sensitive", "after_sensitive", "replace_paths"):
            change["change"].pop(key, None)


def _with_drift(plan: Plan) -> None:
    """What was changed elsewhere is told beside the changes: none of it is made by this plan."""
    plan["resource_drift"] = copy.deepcopy(plan["resource_changes"])
    for number, drift in enumerate(plan["resource_drift"]):
        drift["address"] += f"_drifted{number}"
        drift["change"]["actions"] = ["update"]
    plan["checks"] = [{"address": {"kind": "check", "name": "c"}, "status": "unknown"}]


FORMS: dict[str, Callable[[Plan], object]] = {
    "in a plan": lambda plan: {"plan": plan},
    "in a Spacelift wrapper": lambda plan: {"terraform": plan, "spacelift": {"run": {"id": "1"}}},
    "in a Scalr wrapper": lambda plan: {"tfplan": plan, "tfrun": {"source": "vcs"}},
    "of OpenTofu": lambda plan: _as_tofu(plan) or plan,
    "of Terraform 1.0": lambda plan: {**plan, "format_version": "0.2"},
    "of Terraform 1.1": lambda plan: {**plan, "format_version": "1.0"},
    "with drift and checks": lambda plan: _with_drift(plan) or plan,
    "with keys of tomorrow": lambda plan: {**plan, "format_version": "1.9", "novelty": [1]},
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", ["ami_copy_chain", "module_kms", "template_versions"])
def test_the_form_of_a_plan_changes_nothing(form: str, name: str, tmp_path: Path) -> None:
    report = _report(FORMS[form](_plan(name)), tmp_path)
    expected = json.loads((ROOT / name / "expected.json").read_text(encoding="utf-8"))
    assert _devices(report) == expected["devices"]


@pytest.mark.parametrize("name", ["ami_copy_chain", "keys", "spot_requests", "instance_v5"])
def test_a_plan_of_the_first_format_gives_the_same_report(name: str, tmp_path: Path) -> None:
    plan = _plan(name)
    _as_first_format(plan)
    expected = json.loads((ROOT / name / "expected.json").read_text(encoding="utf-8"))
    assert _devices(_report(plan, tmp_path)) == expected["devices"]


def test_references_without_attributes_lead_to_the_same_key(tmp_path: Path) -> None:
    plan = _plan("module_kms")
    _as_first_format(plan)
    for expression in _expressions(plan["configuration"]):
        expression["references"] = [
            ref
            if ref.split(".")[0] in ("var", "local", "module", "each", "count")
            else ".".join(ref.split(".")[: 3 if ref.startswith("data.") else 2])
            for ref in expression["references"]
        ]
    devices = {d["address"]: d for d in _devices(_report(plan, tmp_path))}
    assert devices["module.server.aws_instance.this"]["key"] == "requested: aws_kms_key.storage"


@pytest.mark.parametrize("name", ["count_for_each", "ami_mixed", "unencrypted", "mixed_instances"])
def test_planned_values_alone_give_the_same_verdicts(name: str, tmp_path: Path) -> None:
    plan = _plan(name)
    del plan["resource_changes"]
    expected = json.loads((ROOT / name / "expected.json").read_text(encoding="utf-8"))
    found = [
        (d["address"], d.get("device"), d["verdict"]) for d in _devices(_report(plan, tmp_path))
    ]
    wanted = [(d["address"], d.get("device"), d["verdict"]) for d in expected["devices"]]
    assert sorted(found, key=repr) == sorted(wanted, key=repr)


#: Planned values do not tell what changes.
_NEW = [case for case in cases() if not (case / "before").exists()]


@pytest.mark.parametrize("case", _NEW, ids=lambda case: case.name)
def test_planned_values_alone_never_contradict_the_plan(case: Path, tmp_path: Path) -> None:
    """They tell less, so whatever is definite without the changes is so with them."""
    plan = json.loads((case / "plan.json").read_text(encoding="utf-8"))
    del plan["resource_changes"]
    expected = json.loads((case / "expected.json").read_text(encoding="utf-8"))
    wanted = {_identity(d): d["verdict"] for d in expected["devices"]}
    for device in _devices(_report(plan, tmp_path)):
        if device["verdict"] != "depends" and _identity(device) in wanted:
            assert wanted[_identity(device)] in (device["verdict"], "depends")


def _identity(device: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(device.get(name) for name in ("address", "device", "launch", "kind"))


def test_an_imported_volume_keeps_its_state(tmp_path: Path) -> None:
    plan = _plan("unencrypted")
    change = _change(plan, "aws_ebs_volume.silent")["change"]
    change.update(actions=["no-op"], importing={"id": "vol-1"}, after_unknown={})
    change["before"] = change["after"] = {**change["after"], "encrypted": True, "kms_key_id": "k"}
    assert "aws_ebs_volume.silent" not in [d["address"] for d in _devices(_report(plan, tmp_path))]
    shown = _devices(_report(plan, tmp_path, unchanged=True))
    (device,) = (d for d in shown if d["address"] == "aws_ebs_volume.silent")
    assert device["verdict"] == "encrypted"
    assert device["notes"] == ["imported: it keeps its existing state"]


def test_a_volume_of_an_imported_one_has_its_state(tmp_path: Path) -> None:
    plan = _plan("ami_copy_chain")
    change = _change(plan, "aws_ebs_volume.golden")["change"]
    change.update(actions=["no-op"], importing={"id": "vol-1"}, after_unknown={})
    existing = {**change["after"], "id": "vol-1", "encrypted": True, "kms_key_id": "k"}
    change["before"] = change["after"] = existing
    snapshot = _change(plan, "aws_ebs_snapshot.golden")["change"]
    snapshot["after"]["volume_id"] = "vol-1"
    del snapshot["after_unknown"]["volume_id"]
    devices = {d["address"]: d for d in _devices(_report(plan, tmp_path))}
    assert devices["aws_ebs_snapshot.golden"]["key"] == "source: k"
    assert devices["aws_ami_copy.plain"]["verdict"] == "rejected"


@pytest.mark.parametrize(
    ("actions", "is_made"),
    [
        (["create"], True),
        (["delete", "create"], True),
        (["create", "delete"], True),
        (["create", "forget"], True),
        (["forget", "create"], True),
        (["forget"], False),
        (["delete"], False),
        (["no-op"], False),
        (["update"], False),
        (["read"], False),
        (["an action of tomorrow"], False),
    ],
)
def test_a_volume_is_made_by_these_actions(
    actions: list[str], is_made: bool, tmp_path: Path
) -> None:
    plan = _plan("unencrypted")
    change = _change(plan, "aws_ebs_volume.silent")["change"]
    change["actions"] = actions
    change["before"] = copy.deepcopy(change["after"])
    addresses = [d["address"] for d in _devices(_report(plan, tmp_path))]
    assert ("aws_ebs_volume.silent" in addresses) is is_made


def test_a_deposed_object_never_shadows_the_current_one(tmp_path: Path) -> None:
    plan = _plan("unencrypted")
    deposed = copy.deepcopy(_change(plan, "aws_ebs_volume.silent"))
    deposed["deposed"] = "abcd1234"
    deposed["change"].update(actions=["delete"], before=deposed["change"]["after"], after=None)
    plan["resource_changes"].insert(0, deposed)
    expected = json.loads((ROOT / "unencrypted" / "expected.json").read_text(encoding="utf-8"))
    assert _devices(_report(plan, tmp_path)) == expected["devices"]


def test_a_deferred_change_is_listed_with_its_reason(tmp_path: Path) -> None:
    plan = _plan("unencrypted")
    change = _change(plan, "aws_ebs_volume.silent")
    plan["resource_changes"].remove(change)
    plan["complete"] = False
    plan["deferred_changes"] = [
        {
            "reason": "instance_count_unknown",
            "resource_change": {
                **change,
                "address": "aws_ebs_volume.silent[*]",
                "index_unknown": True,
            },
        }
    ]
    report = _report(plan, tmp_path)
    (missed,) = report.not_analyzed
    assert missed.address == "aws_ebs_volume.silent[*]"
    assert "instance_count_unknown" in missed.reason
    assert report.inputs[0].status == "partly"
    assert [problem.code for problem in report.problems] == ["input-partial"]


def test_a_targeted_plan_is_read_and_says_that_it_is_a_part(tmp_path: Path) -> None:
    report = _report({**_plan("unencrypted"), "complete": False}, tmp_path)
    assert report.inputs[0].status == "partly"
    (problem,) = report.problems
    assert "-target" in problem.message
    assert report.devices


def test_an_errored_plan_says_that_it_is_a_part(tmp_path: Path) -> None:
    report = _report({**_plan("unencrypted"), "errored": True}, tmp_path)
    assert report.inputs[0].status == "partly"
    assert [p.code for p in report.problems] == ["input-partial"]
    assert report.devices


def test_a_moved_volume_says_where_from(tmp_path: Path) -> None:
    plan = _plan("update_in_place")
    shown = _devices(_report(plan, tmp_path, unchanged=True))
    (device,) = (d for d in shown if d["address"] == "aws_ebs_volume.new_name")
    assert device["notes"] == ["moved from aws_ebs_volume.old_name"]


def test_providers_of_modules_give_the_place(tmp_path: Path) -> None:
    places = {
        d["address"]: d["place"] for d in _devices(_report(_plan("module_two_accounts"), tmp_path))
    }
    assert places["aws_ebs_volume.main"] == "111122223333/us-east-1"
    assert places["aws_ebs_volume.abroad"] == "111122223333/eu-west-1"
    assert places["module.backup.aws_ebs_volume.restored"] == "444455556666/us-east-1"


def test_without_a_list_of_what_is_read_a_dynamic_block_may_hide_anything(tmp_path: Path) -> None:
    plan = _plan("module_autoscaling")
    _as_first_format(plan)
    devices = [
        d
        for d in _devices(_report(plan, tmp_path))
        if d["address"] == "module.workers.aws_launch_template.this"
    ]
    (sealed,) = (d for d in devices if d.get("device") == "/dev/xvda")
    assert sealed["requested"] == "true, unknown"
    assert sealed["verdict"] == "encrypted"


def test_a_state_is_read_for_what_is_there(tmp_path: Path) -> None:
    values = _plan("existing_instances")["prior_state"]["values"]
    state = {"format_version": "1.0", "terraform_version": "1.11.4", "values": values}
    assert _devices(_report(state, tmp_path)) == []
    shown = _devices(_report(state, tmp_path, unchanged=True))
    assert [(d["address"], d["verdict"]) for d in shown] == [
        ("aws_instance.old", "encrypted"),
        ("aws_instance.old", "unencrypted"),
    ]


@pytest.mark.parametrize("more", [{}, {"terraform_version": "1.11.4"}])
def test_an_empty_state_has_nothing_to_analyze(more: dict[str, str], tmp_path: Path) -> None:
    report = _report({"format_version": "1.0", **more}, tmp_path, unchanged=True)
    assert report.devices == report.problems == report.not_analyzed == []
    assert [found.status for found in report.inputs] == ["analyzed"]


def test_a_chain_of_copies_that_is_deeper_than_the_stack_is_answered(tmp_path: Path) -> None:
    """Past the limit of links a copy is open; none of them fails, and all are listed."""
    count = 1200

    def resource(number: int) -> dict[str, Any]:
        return {
            "address": f"aws_ami_copy.c{number}",
            "mode": "managed",
            "type": "aws_ami_copy",
            "name": f"c{number}",
        }

    plan: Plan = {
        "format_version": "1.2",
        "resource_changes": [
            {
                **resource(number),
                "change": {
                    "actions": ["create"],
                    "after": {"source_ami_region": "us-east-1"},
                    "after_unknown": {"source_ami_id": True},
                },
            }
            for number in reversed(range(1, count))
        ],
        "configuration": {
            "root_module": {
                "resources": [
                    {
                        **resource(number),
                        "expressions": {
                            "source_ami_id": {"references": [f"aws_ami_copy.c{number - 1}.id"]}
                        },
                    }
                    for number in range(1, count)
                ]
            }
        },
    }
    plan["resource_changes"].append(
        {
            **resource(0),
            "change": {
                "actions": ["create"],
                "after": {
                    "source_ami_region": "us-east-1",
                    "source_ami_id": "ami-0123456789abcdef0",
                },
                "after_unknown": {},
            },
        }
    )
    report = _report(plan, tmp_path)
    assert len(report.devices) == count
    assert report.problems == []
    assert {device.verdict for device in report.devices} == {"depends"}


def test_a_setting_that_is_removed_was_what_the_state_says(tmp_path: Path) -> None:
    def change(type_: str, name: str, action: str, **parts: Any) -> dict[str, Any]:
        address = {"address": f"{type_}.{name}", "mode": "managed", "type": type_, "name": name}
        return {**address, "change": {"actions": [action], **parts}}

    on = {"enabled": True}
    plan: Plan = {
        "format_version": "1.2",
        "resource_changes": [
            change("aws_ebs_encryption_by_default", "on", "delete", before=on, after=None),
            change("aws_ebs_volume", "new", "create", before=None, after={"size": 1}),
        ],
        "configuration": {},
    }
    (device,) = _report(plan, tmp_path).devices
    assert {outcome.row for outcome in device.outcomes} == {"CV-8", "CV-10"}
    assert [question.fact for question in device.questions] == [
        "removed_first(aws_ebs_encryption_by_default.on)"
    ]


def test_a_key_that_a_plan_leaves_open_against_its_own_values_is_not_left_out(
    tmp_path: Path,
) -> None:
    """The keys are all there, so the argument should be known: still it was written."""

    def resource(address: str, action: str, **change: Any) -> dict[str, Any]:
        type_, name = address.partition("[")[0].split(".")
        return {
            "address": address,
            "mode": "managed",
            "type": type_,
            "name": name,
            "index": int(address[-2]) if address[-1] == "]" else None,
            "change": {"actions": [action], **change},
        }

    key = {"arn": "arn:aws:kms:eu-west-1:111122223333:key/a"}
    block = {
        "address": "aws_ebs_volume.data",
        "expressions": {"kms_key_id": {"references": ["aws_kms_key.this.arn", "aws_kms_key.this"]}},
    }
    plan: Plan = {
        "format_version": "1.2",
        "resource_changes": [
            *(resource(f"aws_kms_key.this[{i}]", "no-op", before=key, after=key) for i in range(2)),
            resource(
                "aws_ebs_volume.data",
                "create",
                after={"encrypted": True},
                after_unknown={"kms_key_id": True},
            ),
        ],
        "configuration": {"root_module": {"resources": [block]}},
        "relevant_attributes": [{"resource": "aws_kms_key.this", "attribute": ["arn"]}],
    }
    (volume,) = _report(plan, tmp_path).devices
    assert volume.requested.kms_key_id == "unknown"
    assert volume.verdict == "encrypted"
    assert volume.key == wire.Key(kind="requested")


_GROUP = "aws_autoscaling_group"
ELSEWHERE = [
    (_GROUP, {"launch_configuration": "old"}, "launch configuration old", False),
    (_GROUP, {"launch_template": [{"name": "old"}]}, "launch template old", True),
    ("aws_imagebuilder_image", {"image_recipe_arn": "old"}, "recipe old", True),
]


@pytest.mark.parametrize(("type_", "after", "name", "has_key"), ELSEWHERE)
def test_what_is_launched_from_elsewhere_may_name_a_key_where_it_can(
    type_: str, after: dict[str, Any], name: str, has_key: bool, tmp_path: Path
) -> None:
    change = {"actions": ["create"], "before": None, "after": after, "after_unknown": {}}
    launch = {"address": f"{type_}.l", "mode": "managed", "type": type_, "name": "l"}
    changes = [{**launch, "change": change}]
    report = _report({"format_version": "1.2", "resource_changes": changes}, tmp_path)
    device = report.devices[0]
    asked = [question.fact for question in device.questions]
    assert f"{name}: Encrypted of the root device" in asked
    assert (f"{name}: KmsKeyId of the root device" in asked) is has_key
    assert f"{name} is not in this input" in device.notes


@pytest.mark.parametrize("odd", [None, True, 1, "x", [], {}, ["x"], {"x": "y"}, [[]], [None]])
@pytest.mark.parametrize(
    "key", ["resources", "outputs", "module_calls", "variables", "expressions"]
)
def test_a_configuration_of_another_shape_tells_nothing(key: str, odd: Any, tmp_path: Path) -> None:
    plan = _plan("account_default")
    pending = [plan["configuration"]]
    while pending:
        here = pending.pop()
        if isinstance(here, dict):
            pending += [value for name, value in here.items() if name != key]
            if key in here:
                here[key] = odd
        elif isinstance(here, list):
            pending += here
    report = _report(plan, tmp_path)
    assert report.problems == []
    made = {c["address"] for c in plan["resource_changes"] if c["type"] == "aws_ebs_volume"}
    assert {d.address for d in report.devices} >= made > set()


def test_a_replacement_of_another_shape_is_one(tmp_path: Path) -> None:
    plan = _plan("unencrypted")
    change = _change(plan, "aws_ebs_volume.silent")["change"]
    change.update(actions=["delete", "create"], before=change["after"], replace_paths=True)
    found = {device["address"]: device for device in _devices(_report(plan, tmp_path))}
    assert found["aws_ebs_volume.silent"]["notes"] == ["replaced"]


CLUSTER = """
resource "kubernetes_manifest" "nodes" {
  manifest = { kind = "EC2NodeClass", blockDeviceMappings = [{ ebs = { encrypted = false } }] }
}
resource "kubernetes_manifest" "config" {
  manifest = { kind = "ConfigMap" }
}
resource "kubernetes_storage_class_v1" "disks" {
  storage_provisioner = "ebs.csi.aws.com"
}
"""


def test_what_a_cluster_makes_later_is_listed(tmp_path: Path) -> None:
    """Nodes of Karpenter, and volumes of a storage class."""
    bodies: dict[tuple[str, str], dict[str, Any]] = {
        ("kubernetes_manifest", "nodes"): {"manifest": {"blockDeviceMappings": []}},
        ("kubernetes_manifest", "config"): {"manifest": {"kind": "ConfigMap"}},
        ("kubernetes_storage_class_v1", "disks"): {"storage_provisioner": "ebs.csi.aws.com"},
    }
    changes = [
        {
            "address": f"{type_}.{name}",
            "mode": "managed",
            "type": type_,
            "name": name,
            "change": {"actions": ["create"], "before": None, "after": after, "after_unknown": {}},
        }
        for (type_, name), after in bodies.items()
    ]
    plan = {"format_version": "1.2", "resource_changes": changes, "configuration": {}}
    of_plan = _report(plan, tmp_path).not_analyzed
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "main.tf").write_text(CLUSTER, encoding="utf-8")
    of_source = analyze([str(tmp_path / "source")]).not_analyzed
    for found in (of_plan, of_source):
        addresses = [item.address for item in found]
        assert sorted(addresses) == ["kubernetes_manifest", "kubernetes_storage_class_v1"]
