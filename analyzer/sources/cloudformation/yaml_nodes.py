"""YAML templates: nodes of libyaml, never its constructors.

A constructor turns `012345678901` into a number and `1:30` into 90, and fails in a dozen ways
that are no YAML error. Nodes keep the text, the place and the tag; the three kinds that matter
(text, boolean, null) are told apart here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import yaml
from yaml.cyaml import CParser  # type: ignore[attr-defined] # the stubs leave it out

from analyzer.errors import InputError
from analyzer.limits import Budget
from analyzer.sources.cloudformation.nodes import Fields, Items, Node, Scalar
from analyzer.sources.cloudformation.notes import Notes

__all__ = ["check_yaml", "read_yaml"]

#: The tag that our loader gives to whatever carries none: text in quotes, and all the rest.
_QUOTED = "quoted"
_BARE = "bare"

_TAG = "tag:yaml.org,2002:"
_BOOLEANS = {
    spelling: value
    for value, words in ((True, ("true", "yes", "on")), (False, ("false", "no", "off")))
    for word in words
    for spelling in (word, word.capitalize(), word.upper())
}
_NULLS = frozenset(("", "~", "null", "Null", "NULL"))
#: Tags that say what a value is. Any other one is a function, and an unknown one at worst.
_TEXT_TAGS = frozenset(
    (_QUOTED, *(_TAG + name for name in ("str", "int", "float", "binary", "timestamp")))
)
_DATA_TAGS = frozenset((_BARE, *(_TAG + name for name in ("bool", "null", "map", "seq"))))

#: libyaml's own words for an error; anything else could quote the template.
_PROBLEM = re.compile(r"[a-z ',()-]{1,80}")
_ANCHOR = re.compile(rb"&[^\s&]")


class _Loader(CParser):
    """Composes nodes, and counts them while it does.

    libyaml's wrapper calls these methods around every node. PyYAML's own would match each
    scalar against a dozen patterns for constructors that never run.
    """

    def __init__(self, data: bytes, budget: Budget) -> None:
        super().__init__(data)
        self._budget = budget
        self._most = budget.limits.depth
        self._depth = 0
        self._nodes = 0

    def descend_resolver(self, parent: Any, _index: Any) -> None:
        self._depth += 1
        self._nodes += 1
        if self._depth > self._most:
            line, column = _start(parent)
            self._budget.deepen(self._depth, line=line, column=column)
        if not self._nodes & 1023:
            self._budget.spend(1024)

    def ascend_resolver(self) -> None:
        self._depth -= 1

    def resolve(self, _kind: Any, _value: Any, implicit: Any) -> str:
        return _BARE if implicit is True or implicit is False or implicit[0] else _QUOTED


def read_yaml(data: bytes, budget: Budget, notes: Notes) -> Node | None:
    """The root node of a YAML document; `None` for an empty one.

    Raises:
        InputError: no YAML, more than one document, or beyond a limit.
    """
    try:
        loader = _Loader(data, budget)
        try:
            root = loader.get_single_node()
        finally:
            loader.dispose()
    except yaml.YAMLError as error:
        raise _explained(error, data, budget.path) from None
    if root is None:
        return None
    if _ANCHOR.search(data):
        _measure(root, budget)
    return _Opener(notes).open(root)


def check_yaml(data: bytes, path: str) -> None:
    """Parse YAML and keep nothing of it; raises `InputError` where it is none."""
    try:
        parser = CParser(data)
        try:
            parser.raw_parse()
        finally:
            parser.dispose()
    except yaml.YAMLError as error:
        raise _explained(error, data, path) from None


def _explained(error: yaml.YAMLError, data: bytes, path: str) -> InputError:
    message, line, column = "not valid YAML", None, None
    if isinstance(error, yaml.MarkedYAMLError):
        mark = error.problem_mark or error.context_mark
        if mark is not None:
            line, column = mark.line + 1, mark.column + 1
        if error.problem and _PROBLEM.fullmatch(error.problem):
            message = f"{message}: {error.problem}"
    elif isinstance(error, yaml.reader.ReaderError):
        before = data[: error.position]
        line = before.count(b"\n") + 1
        column = len(before) - before.rfind(b"\n")
        message = f"{message}: a byte that YAML does not allow"
    return InputError(path, "input-yaml", message, line=line, column=column)


def _start(node: yaml.Node | None) -> tuple[int, int]:
    if node is None:
        return 1, 1
    return node.start_mark.line + 1, node.start_mark.column + 1


def _children(node: yaml.Node) -> list[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        return [part for pair in node.value for part in pair]
    return node.value if isinstance(node, yaml.SequenceNode) else []


def _measure(root: yaml.Node, budget: Budget) -> None:
    """Refuse aliases that nest or multiply beyond the limits, or contain themselves.

    Depth and size are those of the tree that the aliases stand for. Whoever walks it later is
    safe.
    """
    sizes: dict[int, tuple[int, int]] = {}  # id of a node to (values, levels)
    open_nodes: set[int] = set()
    large = root  # the first value that aliases make large, to name its place
    stack = [root]
    while stack:
        node = stack[-1]
        if id(node) in sizes:
            stack.pop()
            continue
        children = _children(node)
        if id(node) not in open_nodes:
            open_nodes.add(id(node))
            for child in children:
                if id(child) in open_nodes:
                    line, column = _start(child)
                    raise InputError(
                        budget.path,
                        "template-recursive",
                        "an alias stands inside the value that it repeats",
                        line=line,
                        column=column,
                    )
                if id(child) not in sizes:
                    stack.append(child)
            continue
        stack.pop()
        open_nodes.remove(id(node))
        size, depth = 1, 0
        for child in children:
            below, levels = sizes[id(child)]
            size += below
            depth = max(depth, levels)
        line, column = _start(node)
        budget.deepen(depth + 1, line=line, column=column)
        sizes[id(node)] = (min(size, _HUGE), depth + 1)
        if large is root and size > _LARGE:
            large = node
    line, column = _start(large)
    budget.expand(max(0, sizes[id(root)][0] - len(sizes)), line=line, column=column)


#: Sizes are capped here, or a bomb's count itself would grow without bound.
_HUGE = 10**12
_LARGE = 10**5


class _Opener:
    """Makes our nodes of libyaml's."""

    def __init__(self, notes: Notes) -> None:
        self._notes = notes

    def place(self, key: yaml.Node) -> tuple[int, int]:
        mark = key.start_mark
        return mark.line + 1, mark.column + 1

    def open(self, raw: yaml.Node) -> Node:
        tag = raw.tag
        if tag in _DATA_TAGS or tag in _TEXT_TAGS:
            return self._data(raw)
        # A short form. Its argument is the same node without the tag.
        name = tag.removeprefix("!")
        name = name if name in ("Ref", "Condition") else f"Fn::{name}"
        return Fields({name: (_Untagged(raw), raw)}, _Untagging(self), *self.place(raw))

    def calls(self, raw: yaml.Node, name: str) -> Iterator[Node]:
        tag = "!" + name.removeprefix("Fn::")
        pending = [raw]
        while pending:
            node = pending.pop()
            value = node.value
            if node.tag == tag:
                yield self.open(node)
            if isinstance(node, yaml.MappingNode):
                for key, below in value:
                    if key.value == name:
                        yield self.open(node)
                    if below.value.__class__ is list:
                        pending.append(below)
            elif value.__class__ is list:
                pending.extend(below for below in value if below.value.__class__ is list)

    def _data(self, raw: yaml.Node) -> Node:
        line, column = self.place(raw)
        if isinstance(raw, yaml.ScalarNode):
            return Scalar(_scalar(raw), line, column, raw.value)
        if isinstance(raw, yaml.SequenceNode):
            return Items(raw.value, self, line, column)
        return Fields(self._pairs(raw), self, line, column)

    def untagged(self, raw: yaml.Node) -> Node:
        """The argument of a function in its short form: text stays text."""
        if isinstance(raw, yaml.ScalarNode):
            return Scalar(raw.value, *self.place(raw))
        return self._data(raw)

    def _pairs(self, raw: yaml.Node) -> dict[str, tuple[yaml.Node, yaml.Node]]:
        pairs: dict[str, tuple[yaml.Node, yaml.Node]] = {}
        merged: list[yaml.Node] = []
        for key, value in raw.value:
            if not isinstance(key, yaml.ScalarNode):
                self._notes.problem(
                    "template-key", "a key of a mapping must be text", self.place(key)
                )
                continue
            name = key.value
            if key.tag == _BARE:
                if name == "<<":
                    merged.append(value)
                    continue
            elif key.tag == _TAG + "merge":
                merged.append(value)
                continue
            if name in pairs:
                self._notes.duplicate(name, self.place(pairs[name][1]), self.place(key))
            pairs[name] = (value, key)
        for value in merged:
            self._merge(value, pairs)
        return pairs

    def _merge(self, value: yaml.Node, pairs: dict[str, tuple[yaml.Node, yaml.Node]]) -> None:
        """`<<`: what is written in the mapping itself wins, then the first that is merged."""
        sources = value.value if isinstance(value, yaml.SequenceNode) else [value]
        for source in sources:
            if not isinstance(source, yaml.MappingNode):
                self._notes.problem(
                    "template-key", "only mappings can be merged", self.place(source)
                )
                continue
            for name, pair in self._pairs(source).items():
                pairs.setdefault(name, pair)


class _Untagged:
    __slots__ = ("raw",)

    def __init__(self, raw: yaml.Node) -> None:
        self.raw = raw


class _Untagging:
    """Opens the argument of a function in its short form."""

    def __init__(self, opener: _Opener) -> None:
        self._opener = opener

    def calls(self, raw: _Untagged, name: str) -> Iterator[Node]:
        return self._opener.calls(raw.raw, name)

    def open(self, raw: _Untagged) -> Node:
        return self._opener.untagged(raw.raw)

    def place(self, key: yaml.Node) -> tuple[int, int]:
        return self._opener.place(key)


def _scalar(raw: yaml.ScalarNode) -> str | bool | None:
    value: str = raw.value
    if raw.tag == _BARE:
        if value in _NULLS:
            return None
        found = _BOOLEANS.get(value)
        return value if found is None else found
    if raw.tag == _TAG + "bool":
        return _BOOLEANS.get(value, value)
    return None if raw.tag == _TAG + "null" else value
