"""A module as its folder holds it: which files count, and what each name stands for."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType

from analyzer.core.values import Origin
from analyzer.errors import InputError, Problem
from analyzer.files import Kind, Root
from analyzer.sources.terraform_hcl.blocks import Argument, Block, Source
from analyzer.sources.terraform_hcl.expressions import Literal
from analyzer.sources.terraform_hcl.json_syntax import json_blocks
from analyzer.sources.terraform_hcl.scanner import RawAttribute, ScanError, Text, items
from analyzer.sources.terraform_hcl.type_constraints import Type

__all__ = ["Module", "load", "read_text"]

_NATIVE = (".tf", ".tofu")
_SUFFIXES = (".tf.json", ".tofu.json", *_NATIVE)


class Module:
    """The blocks of a folder by kind and name; `problems` grow while blocks are looked into."""

    def __init__(
        self, folder: str, problems: Mapping[Problem, None] = MappingProxyType({})
    ) -> None:
        self.folder = folder
        self.problems = problems
        #: (data or not, type, name) -> block
        self.resources: dict[tuple[bool, str, str], Block] = {}
        self.variables: dict[str, Block] = {}
        self.outputs: dict[str, Block] = {}
        self.calls: dict[str, Block] = {}
        #: `aws` or `aws.alias` -> block
        self.providers: dict[str, Block] = {}
        self.imports: list[Block] = []
        #: the types of variables by name, once they are known
        self.types: dict[str, Type] = {}
        self._local_blocks: list[Block] = []
        self._locals: dict[str, Argument] | None = None

    @property
    def locals(self) -> dict[str, Argument]:
        if self._locals is None:
            self._locals = {}
            for block in self._local_blocks:
                self._locals.update(block.arguments)
        return self._locals

    def add(self, block: Block) -> Problem | None:
        """Take in a block of an ordinary file; a problem where its name is taken."""
        if block.type == "locals":
            self._local_blocks.append(block)
            return None
        if block.type == "import":
            self.imports.append(block)
            return None
        table = self._table(block)
        if table is None:
            return None
        add, known, count = table
        if len(block.labels) != count:
            return _problem(block, f"a {block.type} block takes {count} names")
        if known is not None:
            known.spoil()
            return _problem(block, f"a {block.type} block of this name is declared twice")
        add(block)
        return None

    def override(self, block: Block) -> Problem | None:
        """Let a block of an override file win over the one that it names."""
        if block.type == "locals":
            self._local_blocks.append(block)
            return None
        table = self._table(block)
        if table is None:
            return None
        _, known, _ = table
        if known is None:
            return _problem(block, "there is no block for this one to override")
        known.override(block)
        return None

    def _table(self, block: Block) -> tuple[Callable[[Block], None], Block | None, int] | None:
        """How a block is kept: what adds it, the block that has its name, its names' number."""
        if block.type in ("resource", "data"):
            type_, name = (*block.labels, "", "")[:2]
            key = (block.type == "data", type_, name)
            return (lambda b: self.resources.__setitem__(key, b)), self.resources.get(key), 2
        if block.type == "provider":
            name = _provider_key(block)
            return (lambda b: self.providers.__setitem__(name, b)), self.providers.get(name), 1
        tables = {"variable": self.variables, "output": self.outputs, "module": self.calls}
        named = tables.get(block.type)
        if named is None:
            return None
        label = block.labels[0] if block.labels else ""
        return (lambda b: named.__setitem__(label, b)), named.get(label), 1


def _problem(block: Block, message: str) -> Problem:
    origin = block.origin
    return Problem(
        path=origin.path,
        code="input-hcl",
        message=message,
        line=origin.line,
        column=origin.column,
    )


def _provider_key(block: Block) -> str:
    name = block.labels[0] if block.labels else ""
    alias = block.arguments.get("alias")
    expression = alias.expression if alias is not None else None
    if isinstance(expression, Literal) and isinstance(expression.value, str):
        return f"{name}.{expression.value}"
    return name


def load(folder: str, names: Iterable[str], root: Root, source: Source) -> Module:
    """Read the module in a folder whose files are `names`."""
    module = Module(folder, source.problems)
    ordinary, overrides = _chosen(names)
    for name, take in (
        *((name, module.add) for name in ordinary),
        *((name, module.override) for name in overrides),
    ):
        for block in _blocks(os.path.join(folder, name), root, source):
            problem = take(block)
            if problem is not None:
                source.problems.setdefault(problem)
    return module


def _chosen(names: Iterable[str]) -> tuple[list[str], list[str]]:
    """The configuration files among `names`: ordinary ones, and those that override.

    Terraform ignores hidden files and editors' backups; OpenTofu ignores `x.tf` beside
    `x.tofu`. Source: Terraform, "Files and Configuration Structure", "Override Files".
    """
    stems: dict[tuple[str, bool], str] = {}
    for name in sorted(names):
        suffix = next((s for s in _SUFFIXES if name.endswith(s)), None)
        if suffix is None or name.startswith((".", "#")) or name.endswith("~"):
            continue
        key = (name.removesuffix(suffix), suffix.endswith(".json"))
        if key not in stems or suffix.startswith(".tofu"):
            stems[key] = name
    chosen = sorted(stems.items(), key=lambda item: item[1])
    overrides = [n for (stem, _), n in chosen if stem == "override" or stem.endswith("_override")]
    return [name for _, name in chosen if name not in overrides], overrides


def _blocks(path: str, root: Root, source: Source) -> Iterator[Block]:
    text = read_text(path, root, source)
    if text is None:
        return
    try:
        if path.endswith(".json"):
            yield from json_blocks(text, source)
            return
        for item in items(text.content, 0, len(text.content), source.depth):
            if isinstance(item, RawAttribute):
                raise ScanError(item.at, "an argument stands outside every block")
            line, column = text.place(item.at)
            origin = Origin(path=path, line=line, column=column)
            yield Block(item.type, item.labels, origin, source, (text, item))
    except ScanError as error:
        source.problem(text, error.at, error)


def read_text(path: str, root: Root, source: Source) -> Text | None:
    """The text of a file; `None`, and a problem, where it cannot be read."""
    try:
        data = root.read(path, Kind.HCL)
    except InputError as error:
        source.problems.setdefault(error.problem)
        return None
    try:
        return Text(path, data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        good = data[: error.start].decode("utf-8", "replace")
        line, column = Text(path, good + " ").place(len(good))
        problem = Problem(
            path=path,
            code="input-encoding",
            message="is not UTF-8 text",
            line=line,
            column=column,
            hint="save it as UTF-8",
        )
        source.problems.setdefault(problem)
        return None
