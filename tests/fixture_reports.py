"""What every format says of every fixture: one golden text for each fixture, in sections.

`python -m tests.fixture_reports [FIXTURE...]` writes them anew. Read what changed before you commit
it. What is the same in every report is left out (the catalogue in SARIF, the style sheet of the
page): the cases of `tests.report_cases` have it. Terraform source is shown by a format that tells
its lines; what it says beyond that is what its plan says (`tests/test_same_answer.py`).
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from analyzer import analyze
from analyzer.report import FORMATS, Style, renderer

__all__ = ["fixtures", "parsed", "sections", "written"]

ROOT = Path(__file__).resolve().parent.parent
NAME = "expected.reports"

_OF_SOURCE = ("github",)
_HEAD = re.compile(r"^=== (.+)\n", re.MULTILINE)


def fixtures() -> list[Path]:
    """The folders of all fixtures, relative to the checkout, which is the working folder."""
    kinds = ("terraform/*/plan.json", "cloudformation/*/expected.json", "twins/*/main.tf")
    return sorted(
        path.parent.relative_to(ROOT) for kind in kinds for path in ROOT.glob(f"fixtures/{kind}")
    )


def sections(fixture: Path) -> Iterator[tuple[str, str]]:
    """The name and the text of each section: an input of the fixture in a format."""
    plan = fixture / "plan.json"
    if plan.exists():
        yield from _of(str(plan), FORMATS)
        if (fixture / "main.tf").exists():
            yield from _of(str(fixture), _OF_SOURCE)
    else:
        yield from _of(str(fixture), FORMATS)


def _of(path: str, formats: object) -> Iterator[tuple[str, str]]:
    report = analyze([path])
    for name in FORMATS:
        if name in formats:  # type: ignore[operator]
            text = renderer(name).render(report, Style()).decode("utf-8")
            yield f"{path} as {name}", _SHORT.get(name, str)(text)


def _json(text: str) -> str:
    """Each thing of a report in one line."""
    report = json.loads(text)
    del report["$schema"], report["version"], report["tool"]
    things = {k: v if isinstance(v, list) else [v] for k, v in report.items()}
    return "".join(f"{name} {_compact(item)}\n" for name, found in things.items() for item in found)


def _sarif(text: str) -> str:
    """Each result in one line, without the catalogue."""
    (run,) = json.loads(text)["runs"]
    results = run.pop("results")
    del run["tool"]
    return "".join(f"{_compact(item)}\n" for item in (*results, run))


def _compact(item: object) -> str:
    if isinstance(item, dict):  # what is not there need not be said
        item = {name: value for name, value in item.items() if value not in (None, [], "", False)}
    return json.dumps(item, separators=(",", ":"))


def _html(text: str) -> str:
    """The sections of a page, an element a line, without their ends and without geometry."""
    body = text[text.index("<main") : text.index("<footer")]
    body = re.sub(
        r"</\w+>|<(?:path|rect) [^>]*>| (?:x|y|width|height|viewBox)=\"[^\"]*\"", "", body
    )
    lines = body.replace("<", "\n<").split("\n")
    return "".join(f"{line}\n" for line in lines if line)


_SHORT = {"json": _json, "sarif": _sarif, "html": _html}


def written(fixture: Path) -> str:
    """The golden text of a fixture as it has to be."""
    return "".join(f"=== {name}\n{text}" for name, text in sections(fixture))


def parsed(text: str) -> dict[str, str]:
    """The sections of a golden text."""
    parts = _HEAD.split(text)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


if __name__ == "__main__":
    for chosen in fixtures():
        if not sys.argv[1:] or chosen.name in sys.argv[1:]:
            (ROOT / chosen / NAME).write_text(written(chosen), encoding="utf-8", newline="")
