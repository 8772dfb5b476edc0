"""The least that a Python process can spend on the same bytes, one parser a process.

`python -m tests.benchmarks.floors NAME PATH`. The collector is off, as a batch tool runs.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

TYPES = {
    "aws_instance",
    "aws_ebs_volume",
    "aws_launch_template",
    "aws_ebs_snapshot",
    "aws_ebs_snapshot_copy",
}


def orjson_plan(path: Path) -> int:
    """Decode a whole plan with orjson, and count storage."""
    import orjson

    changes = orjson.loads(path.read_bytes())["resource_changes"]
    return sum(1 for c in changes if c["type"] in TYPES and c["change"]["after"] is not None)


def msgspec_plan(path: Path) -> int:
    """Decode every section that an analysis needs into structs; bodies of storage only."""
    import msgspec

    from tests.benchmarks.plan_structs import Plan

    decode: Callable[[msgspec.Raw], Any] = msgspec.json.Decoder().decode
    plan = msgspec.json.decode(path.read_bytes(), type=Plan)
    decode(plan.configuration)
    stack = [plan.planned_values.root_module, plan.prior_state.values.root_module]
    while stack:
        module = stack.pop()
        stack += module.child_modules
        for resource in module.resources:
            if resource.type in TYPES:
                decode(resource.values)
    count = 0
    for change in plan.resource_changes:
        if change.type in TYPES and decode(change.change.after) is not None:
            decode(change.change.after_unknown)
            decode(change.change.before)
            count += 1
    return count


def yaml_load(path: Path) -> int:
    """Load every template below a path with libyaml into Python objects."""
    import yaml

    class Loader(yaml.CSafeLoader):  # type: ignore[misc]
        """Intrinsic functions as plain values."""

    def tagged(loader: Any, suffix: str, node: Any) -> Any:
        if node.id == "scalar":
            return {suffix: loader.construct_scalar(node)}
        build = loader.construct_sequence if node.id == "sequence" else loader.construct_mapping
        return {suffix: build(node, deep=True)}

    Loader.add_multi_constructor("!", tagged)
    files = [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.is_file())
    return sum(1 for p in files if yaml.load(p.read_bytes(), Loader))  # noqa: S506 - safe loader


def hcl_load(path: Path) -> int:
    """Parse every Terraform file below a path with python-hcl2."""
    import hcl2

    return sum(1 for p in sorted(path.rglob("*.tf")) if hcl2.loads(p.read_text()) is not None)


FLOORS: dict[str, Callable[[Path], int]] = {
    "orjson": orjson_plan,
    "msgspec": msgspec_plan,
    "yaml": yaml_load,
    "hcl2": hcl_load,
}

if __name__ == "__main__":
    gc.disable()
    sys.stdout.write(f"{FLOORS[sys.argv[1]](Path(sys.argv[2]))}\n")
