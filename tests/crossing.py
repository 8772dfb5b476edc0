"""`python -m tests.crossing NUMBER [SEED]`: fixtures crossed with each other, analyzed.

Random bytes end in the parsers. Here a fixture keeps its shape, while its values become those of
the same name in other fixtures, references to whatever there is, open variables, conditions, or
what has the wrong type. Whatever comes out, a run ends with a report.
"""

from __future__ import annotations

import copy
import json
import random
import re
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import yaml

from analyzer import analyze
from analyzer.wire import Report

__all__ = ["KINDS", "crossed"]

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"
_ODD: tuple[Any, ...] = (
    None,
    True,
    False,
    "",
    "true",
    "x",
    1,
    [],
    {},
    ["create"],
    ["delete", "create"],
    ["update"],
)

Pool = dict[Any, list[Any]]


def _pool(trees: list[Any]) -> Pool:
    """Every value below some trees, by its name."""
    found: Pool = defaultdict(list)
    for tree in trees:
        for holder, key in _places(tree):
            if isinstance(key, str):
                found[key].append(holder[key])
    return found


def _places(tree: Any) -> list[tuple[Any, Any]]:
    """Every place in a tree: what holds a value, and the key or index of it there."""
    found: list[tuple[Any, Any]] = []
    pending = [tree]
    while pending:
        here = pending.pop()
        if isinstance(here, (dict, list)):
            for key in list(here) if isinstance(here, dict) else range(len(here)):
                found.append((here, key))
                pending.append(here[key])
    return found


def _changed(tree: Any, rng: random.Random, pool: Pool, more: Callable[[Any], Any]) -> None:
    """Change one place of a tree; `more` is what a value of this language may become."""
    places = _places(tree)
    if not places:
        return
    holder, key = rng.choice(places)
    how = rng.randrange(6)
    if how == 0:
        holder[key] = copy.deepcopy(rng.choice(_ODD))
    elif how == 1:
        del holder[key]
    elif how == 2:
        holder[key] = more(holder[key])
    elif how == 3 and isinstance(holder[key], list):
        holder[key] = holder[key] * 2
    elif pool.get(key):
        holder[key] = copy.deepcopy(rng.choice(pool[key]))


def _plans(rng: random.Random) -> Iterator[str]:
    plans = [
        json.loads(p.read_text("utf-8")) for p in sorted(FIXTURES.glob("terraform/*/plan.json"))
    ]
    changes = [change for plan in plans for change in plan.get("resource_changes", ())]
    pool = _pool([change["change"] for change in changes])

    def reference(_value: Any) -> Any:
        address = rng.choice(changes)["address"]
        return {"references": [f"{address}.id", address]}

    while True:
        plan = copy.deepcopy(rng.choice(plans))
        listed = plan.setdefault("resource_changes", [])
        listed += copy.deepcopy(rng.sample(changes, rng.randint(0, 3)))
        parts = [change["change"] for change in listed]
        parts += [plan.get(name, {}) for name in ("configuration", "planned_values", "prior_state")]
        for _ in range(rng.randint(1, 10)):
            _changed(rng.choice(parts), rng, pool, reference)
        yield json.dumps(plan)


class _Loader(yaml.SafeLoader):
    """Templates as JSON has them: short forms of functions are written in full."""

    def full(self, name: str, node: yaml.Node) -> dict[str, Any]:
        value: Any
        if isinstance(node, yaml.ScalarNode):
            value = self.construct_scalar(node)
        elif isinstance(node, yaml.SequenceNode):
            value = self.construct_sequence(node, deep=True)
        else:
            value = self.construct_mapping(node, deep=True)  # type: ignore[arg-type]
        if name == "GetAtt" and isinstance(value, str):
            value = value.split(".", 1)
        return {name if name in ("Ref", "Condition") else f"Fn::{name}": value}


_Loader.add_multi_constructor("!", _Loader.full)


def _templates(rng: random.Random) -> Iterator[str]:
    read = [
        yaml.load(path.read_text("utf-8"), _Loader)  # noqa: S506 - a safe loader
        for path in sorted(FIXTURES.glob("cloudformation/*/template.yaml"))
    ]
    templates = [t for t in read if isinstance(t.get("Resources"), dict)]
    resources = [item for t in templates for item in t["Resources"].items()]
    pool = _pool([t["Resources"] for t in templates])
    names = [name for name, _ in resources]

    def other(value: Any) -> Any:
        name = rng.choice(names)
        attribute = rng.choice(("Arn", "ImageId", "SnapshotId", "LatestVersionNumber"))
        return rng.choice(
            (
                {"Ref": rng.choice(("AWS::NoValue", "Open", "Given", name))},
                {"Fn::GetAtt": [name, attribute]},
                {"Fn::If": ["IsOpen", value, {"Fn::GetAtt": [name, attribute]}]},
            )
        )

    while True:
        template = copy.deepcopy(rng.choice(templates))
        template["Parameters"] = {
            **(template.get("Parameters") or {}),
            "Open": {"Type": "String"},
            "Given": {"Type": "String", "Default": "x"},
        }
        template["Conditions"] = {
            **(template.get("Conditions") or {}),
            "IsOpen": {"Fn::Equals": [{"Ref": "Open"}, "a"]},
        }
        body = template["Resources"]
        body.update(copy.deepcopy(dict(rng.sample(resources, rng.randint(0, 4)))))
        for _ in range(rng.randint(1, 8)):
            _changed(body, rng, pool, other)
        yield json.dumps(template, default=str)


_ARGUMENT = re.compile(r"^(\s*)([a-z_0-9]+)\s*=\s*([^{\[\n]+)$")
_BLOCK = re.compile(r'^(?:resource|data) "[^"]+" "[^"]+" \{\n.*?^\}\n', re.MULTILINE | re.DOTALL)


def _sources(rng: random.Random) -> Iterator[str]:
    texts = [p.read_text("utf-8") for p in sorted(FIXTURES.glob("terraform/*/main.tf"))]
    blocks = [block for text in texts for block in _BLOCK.findall(text)]
    found = [m for text in texts for line in text.splitlines() if (m := _ARGUMENT.match(line))]
    pool: dict[str, list[str]] = defaultdict(list)
    for match in found:
        pool[match[2]].append(match[3])

    def other(name: str, value: str) -> str:
        block = rng.choice(blocks).split('"')
        address = f"{'data.' if block[0] == 'data ' else ''}{block[1]}.{block[3]}"
        attribute = rng.choice(("id", "arn", "image_id", "root_device_name", "key_id", name))
        same = rng.choice(pool[name])
        either = f'var.open == "a" ? {value} : {same}'
        plain = ("null", "true", '""', "[]", "var.open")
        return rng.choice((*plain, f"{address}.{attribute}", same, either))

    while True:
        text = "\n".join([rng.choice(texts), *rng.sample(blocks, rng.randint(0, 4))])
        lines = ['variable "open" {}', *text.splitlines()]
        for _ in range(rng.randint(1, 8)):
            at = rng.randrange(len(lines))
            if written := _ARGUMENT.match(lines[at]):
                lines[at] = f"{written[1]}{written[2]} = {other(written[2], written[3])}"
            elif lines[at].startswith("resource "):
                lines.insert(
                    at + 1, rng.choice(("  count = var.open", '  for_each = toset(["a"])'))
                )
        yield "\n".join(lines)


#: For each kind of input the name of its file, and what makes them.
KINDS: dict[str, tuple[str, Callable[[random.Random], Iterator[str]]]] = {
    "plan": ("plan.json", _plans),
    "template": ("template.json", _templates),
    "source": ("main.tf", _sources),
}


def crossed(kind: str, number: int, seed: int = 7) -> Iterator[tuple[str, Report]]:
    """Inputs of a kind that nobody wrote, and the report of each."""
    name, make = KINDS[kind]
    made = make(random.Random(seed))  # noqa: S311 - the same inputs for one seed are what is wanted
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, name)
        for _ in range(number):
            text = next(made)
            path.write_text(text, encoding="utf-8")
            try:
                yield text, analyze([str(path)])
            except Exception as error:
                error.add_note(f"the input is left in {_left(name, text)}")
                raise


def _left(name: str, text: str) -> str:
    with tempfile.NamedTemporaryFile("w", suffix=name, delete=False, encoding="utf-8") as file:
        file.write(text)
    return file.name


if __name__ == "__main__":
    for kind in KINDS:
        reports = [report for _, report in crossed(kind, *map(int, sys.argv[1:]))]
        devices = sum(report.summary.devices for report in reports)
        sys.stdout.write(f"{kind}: {len(reports)} inputs, {devices} devices\n")
