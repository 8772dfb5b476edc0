"""`python -m tests.hcl.tables`: the tables of the expression parser, made anew.

They belong to one version of lark and of python-hcl2's grammar, those of requirements-dev.lock.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import lark

from analyzer.sources.terraform_hcl.grammar import OPTIONS, TABLES, grammar_text, tables_key


def write() -> None:
    """Write the tables; states are numbered as sets are ordered, so by one seed only."""
    if os.environ.get("PYTHONHASHSEED") != "0":
        again = [sys.executable, "-m", "tests.hcl.tables"]
        subprocess.run(again, env={**os.environ, "PYTHONHASHSEED": "0"}, check=True)
        return
    text = grammar_text()
    parser = lark.Lark(text, **OPTIONS)
    data, memo = parser.memo_serialize([lark.lexer.TerminalDef, lark.grammar.Rule])
    made = {"key": tables_key(text, lark.__version__), "data": data, "memo": memo}
    Path(TABLES).write_text(json.dumps(made, separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    write()
