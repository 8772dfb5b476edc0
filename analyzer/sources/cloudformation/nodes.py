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


class Scalar:
    """Text as written, a boolean, or a null."""

    __slots__ = ("column", "line", "value")

    def __init__(self, value: str | bool | None, line: int, column: int) -> None:
        self.value = value
        self.line = line
        self.column = column

    @property
    def text(self) -> str:
        """The value as CloudFormation turns it into text."""
        return scalar_text(self.value)


class Items:
    """A list."""

    __slots__ = ("_opener", "_raws", "column", "line")

    def __init__(self, raws: Sequence[Any], opener: Opener, line: int, column: int) -> None:
        self._raws = raws
        self._opener = opener
        self.line = line
        self.column = column

    def __len__(self) -> int:
        return len(self._raws)

    def __iter__(self) -> Iterator[Node]:
        return map(self._opener.open, self._raws)


class Fields:
    """A mapping of names to nodes.

    `raws` maps each name to the value and the key, both unopened.
    """

    __slots__ = ("_opener", "column", "line", "raws")

    def __init__(
        self, raws: Mapping[str, tuple[Any, Any]], opener: Opener, line: int, column: int
    ) -> None:
        self.raws = raws
        self._opener = opener
        self.line = line
        self.column = column

    def node(self, name: str) -> Node | None:
        """The node under a name, or `None`."""
        found = self.raws.get(name)
        return None if found is None else self._opener.open(found[0])

    def place(self, name: str) -> tuple[int, int]:
        """Line and column of a name that is there."""
        return self._opener.place(self.raws[name][1])

    def __iter__(self) -> Iterator[Node]:
        opener = self._opener
        return (opener.open(raw) for raw, _ in self.raws.values())

    def items(self) -> Iterator[tuple[str, Node]]:
        """Names and nodes, in the template's order."""
        opener = self._opener
        return ((name, opener.open(raw)) for name, (raw, _) in self.raws.items())

    def call(self) -> tuple[str, Node] | None:
        """The intrinsic function that the mapping is a call of, and its argument."""
        if len(self.raws) != 1:
            return None
        name = next(iter(self.raws))
        if name != "Ref" and (not name.startswith("Fn::") or name.startswith(FOR_EACH)):
            return None
        return name, self._opener.open(self.raws[name][0])


Node = Union[Scalar, Items, Fields]


class _Made:
    """Opens what is a node already."""

    def open(self, raw: Node) -> Node:
        return raw

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
