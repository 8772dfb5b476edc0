"""A template as nodes with positions, whatever it was written in.

Nodes open their children when they are asked for them: most of a template is never looked at.
What a child is before it is opened (`raw`) is the business of its reader, the `Opener`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol, Union

__all__ = ["FOR_EACH", "Fields", "Items", "Node", "Opener", "Scalar", "made", "scalar_text"]

FOR_EACH = "Fn::ForEach::"


class Opener(Protocol):
    """Makes nodes of what one format's parser gives."""

    def open(self, raw: Any) -> Node:
        """The node of a value."""

    def place(self, key: Any) -> tuple[int, int]:
        """Line and column of a key, counted from 1."""

    def calls(self, raw: Any, name: str) -> Iterator[Node]:
        """The calls of a function anywhere inside a value."""


class Scalar:
    """Text, a boolean, or a null.

    `name` is what a scalar says where a name is meant: a condition called `Yes` is found by a
    bare `Yes`, which is a boolean anywhere else.
    """

    __slots__ = ("_written", "column", "line", "value")

    def __init__(
        self, value: str | bool | None, line: int, column: int, written: str | None = None
    ) -> None:
        self.value = value
        self.line = line
        self.column = column
        self._written = written

    @property
    def name(self) -> str:
        """The text as it is written."""
        return self.text if self._written is None else self._written

    @property
    def text(self) -> str:
        """The value as CloudFormation turns it into text."""
        return scalar_text(self.value)


class Items:
    """A list."""

    __slots__ = ("_opened", "_opener", "_raws", "column", "line")

    def __init__(self, raws: Sequence[Any], opener: Opener, line: int, column: int) -> None:
        self._raws = raws
        self._opener = opener
        self._opened: list[Node] | None = None
        self.line = line
        self.column = column

    def __len__(self) -> int:
        return len(self._raws)

    def __iter__(self) -> Iterator[Node]:
        if self._opened is None:
            self._opened = [self._opener.open(raw) for raw in self._raws]
        return iter(self._opened)

    def calls(self, name: str) -> Iterator[Node]:
        """The calls of a function anywhere inside."""
        for raw in self._raws:
            yield from self._opener.calls(raw, name)


class Fields:
    """A mapping of names to nodes.

    `raws` maps each name to the value and the key, both unopened.
    """

    __slots__ = ("_opened", "_opener", "column", "line", "raws")

    def __init__(
        self, raws: Mapping[str, tuple[Any, Any]], opener: Opener, line: int, column: int
    ) -> None:
        self.raws = raws
        self._opener = opener
        self._opened: dict[str, Node] = {}
        self.line = line
        self.column = column

    def node(self, name: str) -> Node | None:
        """The node under a name, or `None`."""
        found = self._opened.get(name)
        if found is None:
            raw = self.raws.get(name)
            if raw is None:
                return None
            found = self._opened[name] = self._opener.open(raw[0])
        return found

    def place(self, name: str) -> tuple[int, int]:
        """Line and column of a name that is there."""
        return self._opener.place(self.raws[name][1])

    def __iter__(self) -> Iterator[Node]:
        return (node for _, node in self.items())

    def items(self) -> Iterator[tuple[str, Node]]:
        """Names and nodes, in the template's order."""
        for name in self.raws:
            node = self.node(name)
            if node is not None:
                yield name, node

    def calls(self, name: str) -> Iterator[Node]:
        """The calls of a function anywhere inside, this one included."""
        if name in self.raws:
            yield self
        for raw, _ in self.raws.values():
            yield from self._opener.calls(raw, name)

    def call(self) -> tuple[str, Node] | None:
        """The intrinsic function that the mapping is a call of, and its argument."""
        if len(self.raws) != 1:
            return None
        name = next(iter(self.raws))
        if name != "Ref" and (not name.startswith("Fn::") or name.startswith(FOR_EACH)):
            return None
        node = self.node(name)
        return None if node is None else (name, node)


Node = Union[Scalar, Items, Fields]


class _Made:
    """Opens what is a node already."""

    def open(self, raw: Node) -> Node:
        return raw

    def calls(self, raw: Node, name: str) -> Iterator[Node]:
        return iter(()) if isinstance(raw, Scalar) else raw.calls(name)

    def place(self, key: tuple[int, int]) -> tuple[int, int]:
        return key


#: The opener of nodes that were made here: values are nodes, keys are (line, column).
made = _Made()


def scalar_text(value: object) -> str:
    """A scalar as CloudFormation turns it into text: `true`, not `True`."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
