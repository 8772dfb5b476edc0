"""A small YAML (or JSON) document of the user's own, read with the place of every value.

The events of libyaml are folded by a stack of our own: no constructor runs, so account
numbers stay text and `on` stays `on`; nesting, size and time are bounded by a `Budget`.
Anchors and aliases are refused, for nothing that is written by hand here needs them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Union

from analyzer.errors import InputError
from analyzer.limits import Budget, Limits
from analyzer.text import shown

__all__ = ["Node", "decode", "plain"]

#: libyaml's own words for an error; anything else could quote the document.
_PROBLEM = re.compile(r"[a-z ',()-]{1,80}")
_NULLS = frozenset(("", "~", "null", "Null", "NULL"))


@dataclass(frozen=True, slots=True)
class Node:
    """A value and its place. `value` is a text, `None` for null, a mapping or a list.

    `quoted` texts are texts whatever they say. `keys` holds the place of each name of a
    mapping.
    """

    value: Union[str, dict[str, Node], list[Node], None]
    line: int
    column: int
    quoted: bool = False
    keys: dict[str, tuple[int, int]] = field(default_factory=dict)

    @property
    def names(self) -> dict[str, Node]:
        """The values of a mapping by their names; none for anything else."""
        return self.value if isinstance(self.value, dict) else {}

    @property
    def items(self) -> list[Node]:
        """The items of a list; none for anything else."""
        return self.value if isinstance(self.value, list) else []


def decode(path: str, data: bytes, limits: Limits = Limits()) -> Node:
    """The document's value; an empty document is an empty mapping.

    Raises:
        InputError: `facts-yaml` with line and column for what is not YAML, has a name twice,
            an alias, or more than one document; the name of a limit that is passed.
    """
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    builder = _Builder(path, Budget(path, limits))
    try:
        for event in yaml.parse(data, Loader=loader):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        words = error.problem or ""
        told = f": {words}" if _PROBLEM.fullmatch(words) else ""
        raise InputError(
            path,
            "facts-yaml",
            f"not valid YAML{told}",
            line=mark.line + 1 if mark else None,
            column=mark.column + 1 if mark else None,
        ) from None
    except (yaml.YAMLError, UnicodeError):
        raise InputError(path, "facts-yaml", "not valid YAML, or not UTF-8") from None
    return builder.root or Node({}, 1, 1)


class _Builder:
    """Folds events into nodes, without recursion."""

    def __init__(self, path: str, budget: Budget) -> None:
        self.path = path
        self.budget = budget
        self.root: Node | None = None
        self._open: list[tuple[Node, list[Node]]] = []  # a container, and names still waiting
        self._documents = 0

    def take(self, event: Any) -> None:
        import yaml

        line, column = event.start_mark.line + 1, event.start_mark.column + 1
        if isinstance(event, yaml.DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                self._refuse("a second document: one file holds one", line, column)
            return
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            self._refuse("anchors and aliases are not used here", line, column)
        if isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
            done, _ = self._open.pop()
            self._put(done)
        elif isinstance(event, yaml.MappingStartEvent):
            self._descend(Node({}, line, column))
        elif isinstance(event, yaml.SequenceStartEvent):
            self._descend(Node([], line, column))
        elif isinstance(event, yaml.ScalarEvent):
            self.budget.spend(1, line=line, column=column)
            quoted = event.style in ("'", '"', "|", ">")
            null = not quoted and event.value in _NULLS
            self._put(Node(None if null else event.value, line, column, quoted))

    def _descend(self, node: Node) -> None:
        self.budget.spend(1, line=node.line, column=node.column)
        self._open.append((node, []))
        self.budget.deepen(len(self._open), line=node.line, column=node.column)

    def _put(self, node: Node) -> None:
        if not self._open:
            self.root = node
            return
        container, waiting = self._open[-1]
        if isinstance(container.value, list):
            container.value.append(node)
        elif waiting:
            name = waiting.pop()
            self._name(container, name, node)
        elif isinstance(node.value, str) or node.value is None:
            waiting.append(node)
        else:
            self._refuse("a name must be text", node.line, node.column)

    def _name(self, container: Node, name: Node, node: Node) -> None:
        text = name.value if isinstance(name.value, str) else ""
        if text in container.names:
            self._refuse(f"{shown(text)} is written twice", name.line, name.column)
        container.names[text] = node
        container.keys[text] = (name.line, name.column)

    def _refuse(self, message: str, line: int, column: int) -> None:
        raise InputError(self.path, "facts-yaml", message, line=line, column=column)


def plain(node: Node) -> Any:
    """The node as plain data: dicts, lists, texts, and the Booleans `true` and `false`."""
    value = node.value
    if isinstance(value, dict):
        return {name: plain(below) for name, below in value.items()}
    if isinstance(value, list):
        return [plain(below) for below in value]
    if not node.quoted and value in ("true", "false"):
        return value == "true"
    return value
