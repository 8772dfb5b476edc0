"""A template that cfn-lint decoded: dictionaries, lists and strings that know their place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from analyzer.limits import Budget
from analyzer.sources.cloudformation.nodes import Fields, Items, Node, Scalar

__all__ = ["decoded_node"]


class _Value(NamedTuple):
    """A decoded value, its key, and the place of what both are in.

    Booleans and numbers carry no mark, nor does what a transform made: the place is then that
    of the key, or of what is around it.
    """

    value: object
    key: object
    line: int
    column: int


def decoded_node(template: object, budget: Budget) -> Node:
    """The root node of a decoded template.

    Raises:
        InputError: the template goes beyond a limit.
    """
    _measure(template, budget)
    return _Opener().open(_Value(template, None, 1, 1))


def _measure(template: object, budget: Budget) -> None:
    """Refuse what is too deep or too large, also by sharing parts, before anything is opened."""
    pending: list[tuple[object, int]] = [(template, 1)]
    while pending:
        value, depth = pending.pop()
        if depth > budget.limits.depth:
            line, column = _place(value, 1, 1)
            budget.deepen(depth, line=line, column=column)
        children = list(value.values()) if isinstance(value, dict) else value
        if isinstance(children, list):
            budget.spend(len(children))
            pending.extend(
                (child, depth + 1) for child in children if isinstance(child, (dict, list))
            )


def _place(value: object, line: int, column: int) -> tuple[int, int]:
    mark = getattr(value, "start_mark", None)
    at_line, at_column = getattr(mark, "line", None), getattr(mark, "column", None)
    if isinstance(at_line, int) and isinstance(at_column, int):
        return at_line + 1, at_column + 1
    return line, column


class _Opener:
    def place(self, key: tuple[object, int, int]) -> tuple[int, int]:
        return _place(*key)

    def calls(self, raw: _Value, name: str) -> Iterator[Node]:
        node = self.open(raw)
        return iter(()) if isinstance(node, Scalar) else node.calls(name)

    def open(self, raw: _Value) -> Node:
        value = raw.value
        line, column = _place(value, 0, 0)
        if not line:
            line, column = _place(raw.key, raw.line, raw.column)
        if isinstance(value, dict):
            fields = {
                str(key): (_Value(below, key, line, column), (key, line, column))
                for key, below in value.items()
            }
            return Fields(fields, self, line, column)
        if isinstance(value, list):
            items = [_Value(item, None, line, column) for item in value]
            return Items(items, self, line, column)
        if value is None or isinstance(value, bool):
            return Scalar(value, line, column)
        return Scalar(str(value), line, column)
