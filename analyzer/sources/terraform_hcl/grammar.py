"""python-hcl2's grammar, cut down to what an expression is once its texts are set aside.

Two rules take what Terraform takes besides: names with letters outside ASCII, and a sign before a
sign (`!!x`).

The whole grammar takes about 1.5 s to become a parser. python-hcl2 keeps the result as a pickle in
its own package folder; where that is read-only (containers, system installs) every process pays
again. Nine tenths of the time go into line ends, which may stand nearly everywhere, and into
templates. Here no line end and no template reaches the grammar, so neither is in it, and the parser
takes a fifth of a second. Its tables are shipped as JSON beside this file (made by
`python -m tests.hcl.tables`): an installation with another grammar or lark makes its own.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

__all__ = ["OPTIONS", "TABLES", "TokenBudgetError", "grammar_text", "parse", "tables_key"]

TABLES = os.path.join(os.path.dirname(__file__), "grammar.json")
OPTIONS: Mapping[str, Any] = {"parser": "lalr", "start": "expression"}

#: Changes to the grammar's text; what a later release writes otherwise stays as it is.
_CUTS = (
    (re.compile(r"(?<=^NAME : )/\S+/", re.MULTILINE), r"/[^\\W\\d][\\w-]*/"),
    (re.compile(r"(?<=\(MINUS \| NOT\) )expr_term"), "(unary_op | expr_term)"),
    (re.compile(r"\bnew_line_or_comment\?"), ""),
    (re.compile(r"DBLQUOTE string_part\* DBLQUOTE"), r'/"[0-9]+"/'),
    (re.compile(r"\n\s*\| (?:template_string|heredoc_template|heredoc_template_trim)\b(?!_)"), ""),
)

_parser: Any = None


class TokenBudgetError(Exception):
    """The tokens that an input may spend are spent."""


class _Counter:
    """Stands between lexer and parser and counts: the only place that can stop a parse."""

    always_accept = ()

    def __init__(self) -> None:
        self.left = 0

    def process(self, stream: Iterator[Any]) -> Iterator[Any]:
        """Pass the tokens on; raises `TokenBudgetError` when they are too many."""
        for token in stream:
            self.left -= 1
            if self.left < 0:
                raise TokenBudgetError
            yield token


def parse(source: str, tokens: int) -> tuple[Any, int]:
    """Parse an expression.

    Args:
        source: the text: no line end, no comment, and of each string its number in quotes.
        tokens: how many tokens it may have.

    Returns:
        The lark tree, and how many tokens are left.

    Raises:
        TokenBudgetError: there are more tokens.
        lark.exceptions.UnexpectedInput: the text does not parse.
    """
    global _parser  # noqa: PLW0603 - one parser a process
    if _parser is None:
        _parser = _build()
    lark, counter = _parser
    counter.left = tokens
    tree = lark.parse(source)
    return tree, counter.left


def _build() -> tuple[Any, _Counter]:
    import lark

    text = grammar_text()
    counter = _Counter()
    with open(TABLES, "rb") as file:
        tables = msgspec.json.decode(file.read())
    if tables["key"] != tables_key(text, lark.__version__):
        return lark.Lark(text, postlex=counter, **OPTIONS), counter
    states = tables["data"]["parser"]["parser"]
    states["states"] = {int(number): row for number, row in states["states"].items()}
    memo = {int(number): entry for number, entry in tables["memo"].items()}
    # lark's own stand-alone parsers begin so.
    load: Any = lark.Lark._load_from_dict  # noqa: SLF001
    return load(tables["data"], memo, postlex=counter), counter


def grammar_text() -> str:
    """python-hcl2's grammar with our changes."""
    # Only the grammar is needed: importing the package would load all of python-hcl2.
    package = importlib.util.find_spec("hcl2")
    if package is None or package.origin is None:
        raise ModuleNotFoundError("python-hcl2 is not installed")
    with open(os.path.join(os.path.dirname(package.origin), "hcl2.lark"), encoding="utf-8") as file:
        text = file.read()
    for pattern, by in _CUTS:
        text = pattern.sub(by, text)
    return text


def tables_key(text: str, version: str) -> str:
    """What tables were made of: a grammar, and a version of lark."""
    return f"{version} {hashlib.sha256(text.encode()).hexdigest()}"
