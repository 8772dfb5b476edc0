"""What source files tell before a plan never contradicts the plan.

For every Terraform fixture that starts from nothing: the same devices, and for each one of the
two reports holds every outcome of the other. The source knows less of what is looked up; the
plan's file hides operations, locals and dynamic blocks. Other differences are listed, with why.
"""

from __future__ import annotations

from pathlib import Path

import pytest

import analyzer
from analyzer.wire import Device

ROOT = Path(__file__).resolve().parents[1] / "fixtures" / "terraform"
CASES = sorted(p.parent for p in ROOT.glob("*/main.tf") if not (p.parent / "before").exists())

#: Devices that one report has and the other not, by case and name of the device, and why.
ONE_SIDED = {
    ("dynamic_blocks", "/dev/sdf"): "the plan does not know the blocks, and lists them as such",
    ("module_try", "/dev/xvda"): "as in dynamic_blocks: a template in an object",
    ("looked_up", "/dev/sdf"): "a template and a configuration that only the plan has read",
    ("ami_mixed", "/dev/sdf"): "an image whose devices only the plan has read",
    ("module_platform", "/dev/xvda"): "as in looked_up: an override's template of another stack",
    ("module_autoscaling", "/dev/sdb"): "the plan hides which template an override names",
    ("module_autoscaling", "/dev/sdc"): "the plan hides which template an override names",
    ("named_after_root", "root device of data.aws_ami.newest"): "the plan hides a condition",
    ("named_after_root", "root device of aws_ami_copy.base"): "as above, or another image's root",
    ("image_builder", "/dev/xvda"): "an image that is named through an output of its build",
    ("spot_fleet", "/dev/sdf"): "launches of a set: the plan sorts them by a hash",
}
#: Devices whose outcomes are not those of the same thing, or hang on what is looked up.
OTHERWISE = {
    ("hidden_expressions", "aws_ebs_volume.key_alone_through_local"): (
        "the plan knows the account's default, and the source that the key is never null"
    ),
    ("looked_up", "aws_ebs_volume.by_dying_key"): "the key's state is looked up",
    ("spot_fleet", "aws_spot_fleet_request.batch"): "launches of a set: the plan sorts them",
}


def _devices(path: Path) -> dict[tuple[str, str, str | None], Device]:
    """Devices by what they are; a root device is one by whatever name."""
    found = analyzer.analyze([str(path)]).devices
    return {(d.address, "root" if d.root else d.device or "", d.launch): d for d in found}


def _symbols(device: Device) -> set[tuple[str, str | None]]:
    return {(o.symbol, o.code) for o in device.outcomes}


def test_every_exception_is_about_a_case() -> None:
    names = {case.name for case in CASES}
    assert {name for name, _ in (*ONE_SIDED, *OTHERWISE)} <= names


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_source_and_plan_do_not_contradict(case: Path) -> None:
    plan, source = _devices(case / "plan.json"), _devices(case / "main.tf")
    apart = {key for key in plan.keys() ^ source.keys() if (case.name, key[1]) not in ONE_SIDED}
    assert not apart
    for key in plan.keys() & source.keys():
        if (case.name, key[0]) in OTHERWISE:
            continue
        known, before = _symbols(plan[key]), _symbols(source[key])
        assert known <= before or before <= known, key
        if plan[key].verdict != "depends" and source[key].verdict != "depends":
            assert plan[key].verdict == source[key].verdict, key
