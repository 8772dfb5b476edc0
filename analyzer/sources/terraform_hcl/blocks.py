"""Blocks and arguments as a file holds them; their insides are looked at when asked for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from analyzer.core.values import Origin
from analyzer.errors import Problem
from analyzer.sources.terraform_hcl.expressions import BROKEN, Expression, Literal, path_text
from analyzer.sources.terraform_hcl.parse import Parser, simple
from analyzer.sources.terraform_hcl.scanner import RawBlock, ScanError, Text, items

__all__ = ["TWICE", "Argument", "Block", "Source", "reference"]

#: Terraform refuses it, so that neither value counts.
TWICE = "an argument is set twice"


_BOTH = frozenset(("count", "for_each"))

#: Blocks inside blocks: each level is scanned again when it is entered.
_DEPTH = 32


class Source:
    """What all blocks of one module share: the parser, the limit of nesting, the problems.

    A module may be read by several, one after another: the problems are those of the last, and a
    block or argument that is broken tells each of them so.
    """

    def __init__(self, parser: Parser, depth: int) -> None:
        self.parser = parser
        self.depth = depth
        self.problems: dict[Problem, None] = {}

    def begin(self, known: Iterable[Problem]) -> None:
        """Let another one read, to whom only these problems are known yet."""
        self.problems.clear()
        self.problems.update(dict.fromkeys(known))

    def problem(self, text: Text, at: int, error: ScanError) -> Problem:
        """Report a text that is not HCL."""
        line, column = text.place(at)
        hint = "terraform fmt and terraform validate tell more" if error.code == "input-hcl" else ""
        problem = Problem(
            path=text.path,
            code=error.code,
            message=error.message,
            line=line,
            column=column,
            hint=hint,
        )
        self.problems.setdefault(problem)
        return problem


class Argument:
    """One argument; its expression is parsed when it is first asked for."""

    __slots__ = (
        *("_end", "_expression", "_place", "_problem", "_source", "_start", "_text"),
        *("name", "origin"),
    )

    def __init__(
        self,
        name: str,
        origin: Origin,
        source: Source,
        text: Text | None = None,
        span: tuple[int, int] = (0, 0),
        expression: Expression | None = None,
    ) -> None:
        self.name = name
        self.origin = origin
        self._source = source
        self._text = text
        self._start, self._end = span
        self._expression = expression
        self._place: Origin | None = None
        self._problem: Problem | None = None

    @property
    def place(self) -> Origin:
        """Where the argument stands, and the reference that is its whole value, if it is one."""
        if self._place is None or self._problem is not None:
            at = self.origin
            text = path_text(self.expression)
            self._place = (
                Origin(
                    path=at.path,
                    line=at.line,
                    column=at.column,
                    pointer=at.pointer,
                    expression=text,
                )
                if text
                else at
            )
        return self._place

    @property
    def expression(self) -> Expression:
        """The expression; `BROKEN`, and a problem, where it does not parse."""
        if self._expression is None:
            text = self._text
            if text is None:
                return BROKEN
            try:
                content = text.content[self._start : self._end]
                self._expression = self._source.parser.parse(content, text.path)
            except ScanError as error:
                self._problem = self._source.problem(text, self._start + error.at, error)
                self._expression = BROKEN
        elif self._problem is not None:
            self._source.problems.setdefault(self._problem)
        return self._expression


class Block:
    """One block: its arguments by name and the blocks in it, in order.

    `is_broken` tells that its body does not parse, so that an argument may be missing here
    that the file has.
    """

    def __init__(
        self,
        type_: str,
        labels: tuple[str, ...],
        origin: Origin,
        source: Source,
        raw: tuple[Text, RawBlock] | None = None,
        level: int = 1,
    ) -> None:
        self.type = type_
        self.labels = labels
        self.origin = origin
        self._source = source
        self._span = raw
        self._raw = raw
        self._level = level
        self._arguments: dict[str, Argument] = {}
        self._blocks: list[Block] = []
        self._is_broken = False
        self._problems: list[Problem] = []

    @property
    def arguments(self) -> dict[str, Argument]:
        self._scan()
        return self._arguments

    @property
    def blocks(self) -> list[Block]:
        self._scan()
        return self._blocks

    @property
    def written(self) -> Iterable[str]:
        """The names that are known without a look at the text."""
        return self._arguments

    @property
    def is_broken(self) -> bool:
        self._scan()
        return self._is_broken

    def has_text(self, pattern: re.Pattern[str]) -> bool:
        """Whether the text of the body, as far as it is text, has a match of a pattern."""
        return self._span is not None and self._search(pattern, *self._span)

    @staticmethod
    def _search(pattern: re.Pattern[str], text: Text, raw: RawBlock) -> bool:
        return pattern.search(text.content, raw.start, raw.end) is not None

    def walk(self) -> Iterator[Block]:
        """This block and all blocks in it, without recursion."""
        stack = [self]
        while stack:
            block = stack.pop()
            yield block
            stack.extend(reversed(block.blocks))

    def _scan(self) -> None:
        if self._raw is None:
            if self._problems:
                self._source.problems.update(dict.fromkeys(self._problems))
            return
        text, raw = self._raw
        self._raw = None
        try:
            for item in items(text.content, raw.start, raw.end, self._source.depth):
                line, column = text.place(item.at)
                origin = Origin(path=text.path, line=line, column=column)
                if isinstance(item, RawBlock):
                    self._nest(text, item, origin)
                    continue
                twice = item.name in self._arguments
                if twice:
                    error = ScanError(item.at, TWICE)
                    self._problems.append(self._source.problem(text, item.at, error))
                self._arguments[item.name] = Argument(
                    item.name,
                    origin,
                    self._source,
                    text,
                    (item.start, item.end),
                    BROKEN if twice else None,
                )
        except ScanError as error:
            self._problems.append(self._source.problem(text, error.at, error))
            self._is_broken = True

    def _nest(self, text: Text, raw: RawBlock, origin: Origin) -> None:
        level = self._level + 1
        if level > _DEPTH:
            message = f"blocks are nested more than {_DEPTH} levels deep"
            raise ScanError(raw.at, message, "limit-depth")
        self._blocks.append(Block(raw.type, raw.labels, origin, self._source, (text, raw), level))

    def spoil(self) -> None:
        """Believe nothing of what the block says: another one has its name."""
        self._is_broken = True

    def refuse(self, argument: str, message: str) -> None:
        """Tell that Terraform takes no such argument here."""
        at = self.arguments[argument].origin
        problem = Problem(
            path=at.path, code="input-hcl", message=message, line=at.line, column=at.column
        )
        self._source.problems.setdefault(problem)

    def fill(self, arguments: dict[str, Argument], blocks: list[Block]) -> None:
        """Set what the block holds, where it does not come from native syntax."""
        self._arguments, self._blocks = arguments, blocks

    def override(self, other: Block) -> None:
        """Let an override file's block of the same name win.

        Arguments are replaced one by one, nested blocks type by type. Source: Terraform,
        "Override Files". Of a `count` and a `for_each` that meet so, Terraform takes the `count`.
        """
        self._scan()
        refused = self._arguments.keys() >= _BOTH or other.arguments.keys() >= _BOTH
        self._arguments.update(other.arguments)
        if not refused and self._arguments.keys() >= _BOTH:
            del self._arguments["for_each"]
        replaced = {_kind(block) for block in other.blocks}
        kept = [block for block in self._blocks if _kind(block) not in replaced]
        self._blocks = [*kept, *other.blocks]
        self._is_broken = self._is_broken or other.is_broken


def _kind(block: Block) -> str:
    """The type of the blocks that a block, or a `dynamic` block, makes."""
    return block.labels[0] if block.type == "dynamic" and block.labels else block.type


def reference(argument: Argument) -> Expression:
    """The expression of an argument that takes a reference, which JSON writes as text."""
    expression = argument.expression
    if isinstance(expression, Literal) and isinstance(expression.value, str):
        return simple(expression.value) or expression
    return expression
