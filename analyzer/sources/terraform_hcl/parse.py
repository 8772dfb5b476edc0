"""Expressions from their source text: the simple ones at once, the others by the grammar."""

from __future__ import annotations

import re
from itertools import islice

from analyzer.sources.terraform_hcl import templates
from analyzer.sources.terraform_hcl.expressions import (
    Access,
    Expression,
    GetAttr,
    GetIndex,
    Literal,
    Name,
    ObjectCons,
    Step,
    TupleCons,
)
from analyzer.sources.terraform_hcl.grammar import KEYWORDS, Rules, number
from analyzer.sources.terraform_hcl.scanner import TEMPLATE_DEPTH, ScanError
from analyzer.sources.terraform_hcl.tokens import END, Token, tokens

__all__ = ["Parser", "simple"]

#: Tokens of the expressions of one file: about half a second of work.
TOKENS_PER_FILE = 100_000

_WORD = r"[^\W\d][\w-]*+"
_PATH = re.compile(rf'({_WORD})((?:\.{_WORD}|\.\d++|\[(?:\d++|"[^"\\$%\n]*+")\])++)?')
_STEP = re.compile(rf'\.({_WORD})|\.(\d+)|\[(\d+)\]|\["([^"]*)"\]')
_NUMBER = re.compile(r"-?\d++(?:\.\d++)?(?:[eE][+-]?\d++)?")
_PLAIN_TEXT = re.compile(r'"([^"\\\n{]*+)"')
_WORDS: dict[str, Expression] = {**KEYWORDS, "[]": TupleCons(()), "{}": ObjectCons(())}


class Parser:
    """Makes expressions, whose brackets nest at most `depth` deep; equal texts share one."""

    def __init__(self, depth: int) -> None:
        self._most = depth
        self._memo: dict[str, Expression | ScanError] = {}
        self._left: dict[str, int] = {}
        self._path = ""
        self._depth = 0

    def parse(self, source: str, path: str) -> Expression:
        """The expression of a text of the file `path`; raises `ScanError` with a position."""
        self._path = path
        return self._parse(source)

    def template(self, source: str, path: str) -> Expression:
        """The expression of a string of JSON syntax; raises `ScanError`."""
        self._path = path
        return templates.template(source, self._parse)

    def _parse(self, source: str) -> Expression:
        known = self._memo.get(source)
        if known is None:
            self._depth += 1
            try:
                if self._depth > TEMPLATE_DEPTH:
                    message = f"templates are nested more than {TEMPLATE_DEPTH} levels deep"
                    raise ScanError(0, message, "limit-depth")
                known = self._fresh(source)
            except ScanError as error:
                known = error
            finally:
                self._depth -= 1
            self._memo[source] = known
        if isinstance(known, ScanError):
            raise known
        return known

    def _fresh(self, source: str) -> Expression:
        return simple(source.strip()) or Rules(self._tokens(source), self._text, self._most).whole()

    def _tokens(self, source: str) -> list[Token]:
        left = self._left.get(self._path, TOKENS_PER_FILE)
        found = list(islice(tokens(source), left))
        self._left[self._path] = left - len(found)
        if found and found[-1].kind == END:
            return found
        message = f"the expressions of this file have more than {TOKENS_PER_FILE:,} words"
        raise ScanError(0, message, "limit-nodes")

    def _text(self, source: str) -> Expression:
        if source.startswith("<<"):
            return templates.heredoc(source, self._parse)
        return templates.quoted(source[1:-1], self._parse)


def simple(text: str) -> Expression | None:
    """The expression of a text that needs no grammar: a value or a plain reference."""
    known = _WORDS.get(text)
    if known is not None:
        return known
    if _NUMBER.fullmatch(text):
        return number(text)
    plain = _PLAIN_TEXT.fullmatch(text)
    if plain:
        return Literal(plain[1])
    path = _PATH.fullmatch(text)
    if path is None:
        return None
    if path[2] is None:
        return Name(path[1])
    steps: list[Step] = []
    for name, old, index, key in _STEP.findall(path[2]):
        if name:
            steps.append(GetAttr(name))
        elif old or index:
            steps.append(GetIndex(number(old or index)))
        else:
            steps.append(GetIndex(Literal(key)))
    return Access(Name(path[1]), tuple(steps))
