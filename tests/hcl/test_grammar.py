"""The tables that are shipped are python-hcl2's grammar."""

from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import Path

import lark
import pytest

from analyzer.sources.terraform_hcl import grammar

TABLES = json.loads(Path(grammar.TABLES).read_text(encoding="utf-8"))
TEXTS = [
    'a + b * -c[0].d["1"] >= "2" && !e || f == null',
    '"1" ? [x, "2", 3.5,] : {a = 1, "3" : x[*].y, (z) = w.*.v.0 }',
    '[for k, v in a : "1" if v != k]',
    "{for v in a : v => f(v, b...)... if g()}",
    "provider::aws::f(größe) % 2 / 3",
    "!!a",
]


@pytest.mark.parametrize("text", TEXTS)
def test_the_tables_parse_as_the_grammar_does(
    text: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    shipped = grammar.parse(text, 100)
    other = tmp_path / "other.json"
    other.write_text('{"key": "of another version"}', encoding="utf-8")
    monkeypatch.setattr(grammar, "TABLES", str(other))
    monkeypatch.setattr(grammar, "_parser", None)
    assert grammar.parse(text, 100) == shipped


def test_the_tables_belong_to_the_locked_versions() -> None:
    lock = (Path(__file__).parents[2] / "requirements-dev.lock").read_text(encoding="utf-8")
    if any(f"{name}=={version(name)} " not in lock for name in ("lark", "python-hcl2")):
        pytest.skip("other versions make their own tables")
    assert TABLES["key"] == grammar.tables_key(grammar.grammar_text(), lark.__version__)
