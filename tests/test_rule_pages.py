"""The catalogue's examples are what they say, and the manual's pages are the catalogue."""

from __future__ import annotations

import json
import re

import pytest

from analyzer.policy.rules import RULES
from tests.rule_examples import Example, examples
from tests.rule_pages import PAGES, pages

EXAMPLES = list(examples())
#: A line of code that is commented out: the fix.
_FIX = re.compile(r"^(\s*)# (?=\s*\w+\s*= |resource |\w+: |\}$)", re.MULTILINE)


def rules_found(example: Example, text: str = "") -> set[str]:
    report = json.loads(example.scan("-ojson", text=text).stdout)
    assert report["problems"] == []
    return {finding["rule"] for finding in report["findings"]}


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda e: f"{e.rule.id}-{e.language}")
def test_an_example_is_found_and_its_fix_is_one(example: Example) -> None:
    assert example.rule.id in rules_found(example)
    fixed = _FIX.sub(r"\1", example.text)
    if fixed != example.text:
        assert rules_found(example, fixed) == set()


def test_every_rule_has_an_example() -> None:
    assert {example.rule.id for example in EXAMPLES} == {rule.id for rule in RULES}


def test_the_pages_are_the_catalogue() -> None:
    found = {path.name: path.read_text(encoding="utf-8") for path in PAGES.glob("*.md")}
    assert found == {name: text.rstrip("\n") + "\n" for name, text in pages().items()}
