"""The manual's page of each finding, made from the catalogue, with what the program really prints.

`python -m tests.rule_pages` writes `analyzer/policy/pages/` anew.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path

from analyzer.policy.failing import DEFAULT
from analyzer.policy.rules import RULES
from analyzer.policy.spec import Rule
from tests.rule_examples import Example, examples

PAGES = Path(__file__).resolve().parent.parent / "analyzer" / "policy" / "pages"

_FENCES = {"Terraform": "hcl", "CloudFormation": "yaml"}
_INDEX = """\
# Findings

Made from the catalogue by `python -m tests.rule_pages`; `ebs-plan explain EBS001` says the same
offline. *Certain* findings hold in every world that agrees with what is known; *possible* ones in
at least one, and the report lists the questions that settle them.

| | Finding | | Fails a run |
|---|---|---|---|
"""


def pages() -> dict[str, str]:
    """Every page by the name of its file."""
    shown: dict[str, list[Example]] = {rule.id: [] for rule in RULES}
    for example in examples():
        shown[example.rule.id].append(example)
    made = {f"{rule.id}.md": "\n".join(_page(rule, shown[rule.id])) for rule in RULES}
    index = "".join(
        f"| [{rule.id}]({rule.id}.md) | {rule.title} | {rule.level}, {rule.certainty} "
        f"| {_fails(rule)} |\n"
        for rule in RULES
    )
    return {"README.md": _INDEX + index, **made}


def _page(rule: Rule, shown: list[Example]) -> Iterator[str]:
    page = rule.page
    yield f"# {rule.id}: {rule.title}\n"
    yield f"`{rule.name}`, {rule.level}, {rule.certainty}. Fails a run: {_fails(rule)}.\n"
    yield f"{page.what}\n"
    yield f"{page.why}\n"
    yield "## What to do\n"
    if rule.help.hcl == rule.help.yaml:
        yield f"{_sentence(rule.help.hcl)}\n"
    else:
        yield f"- Terraform: {rule.help.hcl}"
        yield f"- CloudFormation: {rule.help.yaml}\n"
    for example in shown:
        command = shlex.join(["ebs-plan", "scan", example.name, *page.given])
        yield f"## Example in {example.language}\n"
        yield f"```{_FENCES[example.language]}\n{example.text}```\n"
        yield f"```console\n$ {command}\n{example.scan().stdout}```\n"
    yield "## Limits\n"
    yield f"{page.limits}\n"
    yield "## Living with it\n"
    yield f"`# ebs-plan: ignore[{rule.id}] REASON until=YYYY-MM-DD` above the block, an"
    yield f'`[[ignore]]` of the settings, or another level: `levels.{rule.id} = "off"`.\n'


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


def _fails(rule: Rule) -> str:
    if rule.fails in DEFAULT:
        return f"yes (`--fail-on {rule.fails.value}`)"
    if rule.fails is not None:
        return f"with `--fail-on {rule.fails.value}` or `--strict`"
    return "with `--strict`" if rule.strict else "never"


if __name__ == "__main__":
    PAGES.mkdir(exist_ok=True)
    for old in PAGES.glob("*.md"):
        old.unlink()
    for name, text in pages().items():
        (PAGES / name).write_text(text.rstrip("\n") + "\n", encoding="utf-8")
