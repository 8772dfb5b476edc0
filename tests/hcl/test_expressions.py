"""Known values are what Terraform itself makes of them."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from .reading import document as read
from .reading import told, write

DATA = Path(__file__).parents[1] / "data" / "hcl" / "expressions"
PRELUDE = (DATA / "prelude.tf").read_text(encoding="utf-8")
CASES = json.loads((DATA / "cases.json").read_text(encoding="utf-8"))

#: Well defined, and left unknown all the same: whether lists are equal hangs on their types.
UNKNOWN = {
    # Numbers with more digits than are kept, texts whose letters count otherwise in Go.
    "10 / 3 > 3",
    "9007199254740993 + 0.5",
    'upper("éa")',
    'length("e\\u0301x")',
    'substr("e\\u0301x", 0, 1)',
    'split("", "abé")',
    "[] == []",
    "[1] == [1]",
    "{} == {}",
    "{ a = 1 } == { a = 1 }",
    'format("%05s|%-3s|%3s","a","b","c")',
    'format("%v",1e21)',
    'jsonencode(jsondecode("1e30"))',
    'jsondecode("1e400") > 1',
    'jsondecode("\\"\\\\ud800\\"")',
    'length("a\\r\\nb")',
    'substr("a\\r\\nb",1,1)',
    'strrev("a\\r\\nb")',
}


@pytest.fixture(scope="module")
def values() -> dict[str, Any]:
    """The value of every case, all of them read at once."""
    arguments = (f"  v{at} = {case['expression']}\n" for at, case in enumerate(CASES))
    made = read(f'{PRELUDE}\nresource "aws_x" "y" {{\n{"".join(arguments)}}}\n')
    assert made.problems == []
    body = made.resources[0].body
    return {case["expression"]: told(body[f"v{at}"]) for at, case in enumerate(CASES)}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["expression"])
def test_an_expression_has_terraforms_value(case: dict[str, Any], values: dict[str, Any]) -> None:
    found = values[case["expression"]]
    if case.get("refused") or case["expression"] in UNKNOWN:
        assert isinstance(found, tuple)
    else:
        assert found == case["value"]
        assert isinstance(found, bool) == isinstance(case["value"], bool)


@pytest.mark.skipif(not shutil.which("terraform"), reason="needs the terraform executable")
def test_the_recorded_values_are_terraforms(tmp_path: Path) -> None:
    outputs = (
        f'output "v{at}" {{\n  value = try(jsonencode({case["expression"]}), "refused")\n}}\n'
        for at, case in enumerate(CASES)
    )
    write(tmp_path, {"main.tf": PRELUDE + "".join(outputs)})
    run = ["terraform", f"-chdir={tmp_path}"]
    subprocess.run([*run, "apply", "-auto-approve"], check=True, capture_output=True)
    printed = subprocess.run([*run, "output", "-json"], check=True, capture_output=True).stdout
    real = json.loads(printed)
    for at, case in enumerate(CASES):
        text = real[f"v{at}"]["value"]
        assert (text == "refused") == bool(case.get("refused")), case
        assert text == "refused" or json.loads(text) == case["value"]
