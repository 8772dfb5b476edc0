"""Expressions from their source text: the simple ones at once, the others by python-hcl2."""

from __future__ import annotations

import re

from analyzer.sources.terraform_hcl import grammar, templates
from analyzer.sources.terraform_hcl.convert import convert, number
from analyzer.sources.terraform_hcl.expressions import (
    BROKEN,
    MOST_STEPS,
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
from analyzer.sources.terraform_hcl.scanner import (
    TEMPLATE_DEPTH,
    ScanError,
    heredoc_end,
    skip_string,
)

__all__ = ["Parser", "simple"]

#: Tokens of the expressions of one file that the grammar may see: about a second of work.
TOKENS_PER_FILE = 50_000

_WORD = r"[^\W\d][\w-]*+"
_STEPS = rf'(?:\.{_WORD}|\.\d++|\[(?:\d++|"[^"\\$%\n]*+")\])++'
# A call of words, numbers and such calls; type constraints are full of the same few.
_FLAT = rf"{_WORD}\({{}}(?:[ \t]*+,[ \t]*+{{}})*+\)"
_ITEM = rf"(?:{_WORD}|\d++)(?![\w.(\[-])"
_CALL = _FLAT.format(*2 * (f"(?:{_FLAT.format(_ITEM, _ITEM)}|{_ITEM})",))
_PATH = re.compile(rf"({_WORD})({_STEPS})?")
_STEP = re.compile(rf'\.({_WORD})|\.(\d+)|\[(\d+)\]|\["([^"]*)"\]')
_NUMBER = re.compile(r"-?\d++(?:\.\d++)?(?:[eE][+-]?\d++)?")
_WORDS: dict[str, Expression] = {
    "true": Literal(True),
    "false": Literal(False),
    "null": Literal(None),
    "[]": TupleCons(()),
    "{}": ObjectCons(()),
}
_KEYWORDS = frozenset(("for", "if", "in"))
_LEADING = re.compile(r"\s*+(?:/\*.*?\*/\s*+)*+", re.DOTALL)
_HIDING = re.compile(
    rf'"|#[^\n]*+|//[^\n]*+|/\*|<<-?({_WORD})\r?\n'
    rf"|(?P<step>(?:\.|::)\s*+{_WORD})"
    rf"|(?<![\w-])(?:(?!(?:for|if|in)\b)(?P<call>{_CALL})|{_WORD}{_STEPS})",
    re.DOTALL,
)
_STRUCTURE = re.compile(r"[][(){}\n]")
_CLOSING = ")]}"
_LOOP = re.compile(rf"\s*+for\s++{_WORD}\s*+(?:,|in\b)")
_BLANK = re.compile(r"\s*+")


class Parser:
    """Makes expressions; equal texts share one."""

    def __init__(self) -> None:
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
        text = source.rstrip()
        begin = _LEADING.match(text)
        skipped = begin.end() if begin else 0
        text = text[skipped:]
        if not text:
            raise ScanError(0, "an expression is missing")
        try:
            found = simple(text)
            if found is None and text[0] == '"' and skip_string(text, 0, len(text)) == len(text):
                found = templates.quoted(text[1:-1], self._parse)
            if found is None and text.startswith("<<") and _is_heredoc(text):
                found = templates.heredoc(text, self._parse)
            return self._by_grammar(text) if found is None else found
        except ScanError as error:
            raise ScanError(error.at + skipped, error.message, error.code) from None

    def _by_grammar(self, text: str) -> Expression:
        from lark.exceptions import UnexpectedInput

        masked = _Masked(text)
        left = self._left.get(self._path, TOKENS_PER_FILE)
        try:
            tree, left = grammar.parse(masked.source, left)
        except grammar.TokenBudgetError:
            self._left[self._path] = 0
            message = f"the expressions of this file have more than {TOKENS_PER_FILE:,} words"
            raise ScanError(0, message, "limit-nodes") from None
        except UnexpectedInput as error:
            at = getattr(error, "pos_in_stream", None)
            at = len(masked.source) if at is None else at
            raise ScanError(masked.original(at), "this is no expression") from None
        self._left[self._path] = left
        return convert(tree, lambda n: self._hidden(masked.hidden[n]))

    def _hidden(self, text: str) -> Expression:
        if text.startswith("<<"):
            return templates.heredoc(text, self._parse)
        if text.startswith('"'):
            return templates.quoted(text[1:-1], self._parse)
        return self._parse(text)


def simple(text: str) -> Expression | None:
    """The expression of a text that needs no grammar: a word, a number, a plain reference."""
    known = _WORDS.get(text)
    if known is not None:
        return known
    if _NUMBER.fullmatch(text):
        return number(text)
    path = _PATH.fullmatch(text)
    if path is None or path[1] in _KEYWORDS:
        return None
    if path[2] is None:
        return Name(path[1])
    steps: list[Step] = []
    written = _STEP.findall(path[2])
    if len(written) > MOST_STEPS:
        return BROKEN
    for name, old, index, key in written:
        if name:
            steps.append(GetAttr(name))
        elif old or index:
            steps.append(GetIndex(number(old or index)))
        else:
            steps.append(GetIndex(Literal(key)))
    return Access(Name(path[1]), tuple(steps))


def _is_heredoc(text: str) -> bool:
    begin = re.match(r"<<-?([^\W\d][\w-]*)\r?\n", text)
    return begin is not None and (
        heredoc_end(text, 0, begin.end(), len(text), begin[1]) == len(text)
    )


def _on_one_line(source: str) -> str:
    """A text without line ends; between the elements of an object they become commas.

    Source: HCL Native Syntax, "Collection Values"; elsewhere in brackets line ends mean nothing.
    """
    if "\n" not in source:
        return source
    pieces: list[str] = []
    opened: list[str] = []
    last = ""  # the last character that is no blank
    here = 0
    for found in _STRUCTURE.finditer(source):
        text = source[here : found.start()]
        pieces.append(text)
        last = text.rstrip()[-1:] or last
        here = found.end()
        token = found[0]
        if token in _CLOSING:
            opened = opened[:-1]
        elif token != "\n":
            is_loop = token == "{" and _LOOP.match(source, here) is not None
            opened.append("(" if is_loop else token)
        elif opened[-1:] == ["{"] and last not in ("{", ","):
            following = _BLANK.match(source, here)
            after = source[following.end() : following.end() + 1] if following else ""
            token = " " if after in ("}", ",") else ","
        else:
            token = " "
        pieces.append(token)
        last = token.strip() or last
    pieces.append(source[here:])
    return "".join(pieces)


class _Masked:
    """An expression whose strings and plain references are `"a number"` each, without comments.

    The grammar then sees no template and no heredoc: what it makes of them is not what
    Terraform makes of them (trim markers), and a long string costs it hundreds of megabytes.
    And it sees a fraction of the tokens, of which each costs it 20 µs: a call of plain words
    (`optional(list(string))`) is a number, too, and is parsed once however often it is written.
    """

    def __init__(self, text: str) -> None:
        self.hidden: list[str] = []
        pieces: list[str] = []
        # Pairs of a position in the masked text and the original one that it stands for.
        self._marks: list[tuple[int, int]] = [(0, 0)]
        here = size = 0
        while found := _HIDING.search(text, here):
            kept = self._kept(text, found)
            if kept > here:
                pieces.append(text[here:kept])
                here, size = kept, size + len(pieces[-1])
                continue
            pieces.append(text[here : found.start()])
            size += len(pieces[-1])
            here = self._end(text, found)
            token = text[found.start() : here]
            if token.startswith(("#", "//", "/*")):
                pieces.append(" ")
            else:
                pieces.append(f'"{len(self.hidden)}"')
                self.hidden.append(token)
            size += len(pieces[-1])
            self._marks.append((size, here))
        pieces.append(text[here:])
        self.source = _on_one_line("".join(pieces))

    @staticmethod
    def _kept(text: str, found: re.Match[str]) -> int:
        """The end of what stays: a step of what is no plain reference, the name of a sole call."""
        if found["step"]:
            return found.end()
        if found["call"] == text:
            return text.index("(") + 1
        return 0

    @staticmethod
    def _end(text: str, found: re.Match[str]) -> int:
        if found[0] == '"':
            return skip_string(text, found.start(), len(text))
        if found[1]:
            return heredoc_end(text, found.start(), found.end(), len(text), found[1])
        if found[0] == "/*":
            stop = text.find("*/", found.end())
            if stop < 0:
                raise ScanError(found.start(), "a comment is not closed")
            return stop + 2
        return found.end()

    def original(self, at: int) -> int:
        """The original position of one in the masked text."""
        here, there = max(mark for mark in self._marks if mark[0] <= at)
        return there + at - here
