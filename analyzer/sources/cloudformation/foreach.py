"""`Fn::ForEach` (AWS::LanguageExtensions): a loop that writes resources or properties.

The loop is expanded as the transform does it, in the nodes: the loop's name is replaced in a copy
of the body for each item of the collection.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from analyzer.core.values import Choice
from analyzer.sources.cloudformation.nodes import FOR_EACH, Fields, Items, Node, Scalar, made
from analyzer.sources.cloudformation.terms import Invalid, given_text, listed
from analyzer.text import shown

if TYPE_CHECKING:
    from analyzer.sources.cloudformation.evaluate import Evaluator

__all__ = ["expanded"]

_NO_LETTERS = r"[^A-Za-z0-9]"
#: Loops inside each other; AWS allows five.
_MOST_LOOPS = 5


def expanded(fields: Fields, evaluator: Evaluator, pointer: str, level: int = 1) -> Fields:
    """A mapping with its loops replaced by what they write; the same one if there are none.

    A loop whose collection is not known is noted as not analyzed.
    """
    if not any(name.startswith(FOR_EACH) for name in fields.raws):
        return fields
    written: dict[str, tuple[Any, Any]] = {}
    for name, node in fields.items():
        if not name.startswith(FOR_EACH):
            _write(written, name, (node, fields.place(name)), evaluator)
            continue
        try:
            _loop(name, node, evaluator, f"{pointer}/{name}", level, written)
        except Invalid as error:
            # The names that it would write may be referred to.
            stack = evaluator.stack
            stack.is_open = True
            here = f"{pointer}/{name}"
            stack.notes.skipped(stack.address(here), error.reason, error.node or node, here)
    return Fields(written, made, fields.line, fields.column)


def _write(
    written: dict[str, tuple[Any, Any]], name: str, pair: tuple[Any, Any], evaluator: Evaluator
) -> None:
    if name in written:
        evaluator.stack.notes.duplicate(name, written[name][1], pair[1])
    written[name] = pair


def _loop(
    name: str,
    node: Node,
    evaluator: Evaluator,
    pointer: str,
    level: int,
    written: dict[str, tuple[Any, Any]],
) -> None:
    if level > _MOST_LOOPS:
        raise Invalid("loops are nested too deeply", node)
    parts = list(node) if isinstance(node, Items) and len(node) == 3 else []
    if len(parts) != 3 or not isinstance(parts[0], Scalar) or not isinstance(parts[2], Fields):
        raise Invalid(f"{shown(name)} takes a name, a collection and a mapping", node)
    variable, collection, body = parts[0].text, parts[1], parts[2]
    for item in _items(evaluator, collection, f"{pointer}/1"):
        evaluator.work(1)
        copy = _Substitution(variable, item, evaluator).fields(body)
        for key, pair in expanded(copy, evaluator, pointer, level + 1).raws.items():
            _write(written, key, pair, evaluator)


def _items(evaluator: Evaluator, collection: Node, pointer: str) -> list[str]:
    datum = evaluator.datum(collection, pointer)
    items = None if isinstance(datum, Choice) else listed(datum)
    texts = [given_text(item) for item in items or ()]
    if items is None or None in texts:
        raise Invalid("the collection of the loop is not known", collection)
    return [text for text in texts if text is not None]


class _Substitution:
    """Puts one item in the place of a loop's variable."""

    def __init__(self, variable: str, item: str, evaluator: Evaluator) -> None:
        self._variable = variable
        self._item = item
        self._evaluator = evaluator
        self._plain = f"${{{variable}}}"
        self._letters = f"&{{{variable}}}"

    def node(self, node: Node) -> Node:
        """A copy of a node."""
        self._evaluator.work(1)
        if isinstance(node, Scalar):
            if isinstance(node.value, str):
                return Scalar(self._text(node.value), node.line, node.column)
            return node
        if isinstance(node, Items):
            return Items([self.node(item) for item in node], made, node.line, node.column)
        call = node.call()
        if call is not None and call[0] == "Ref":
            argument = call[1]
            if isinstance(argument, Scalar) and argument.value == self._variable:
                return Scalar(self._item, node.line, node.column)
        return self.fields(node)

    def fields(self, node: Fields) -> Fields:
        """A copy of a mapping, its keys included."""
        copy: dict[str, tuple[Any, Any]] = {}
        for name, value in node.items():
            _write(copy, self._text(name), (self.node(value), node.place(name)), self._evaluator)
        return Fields(copy, made, node.line, node.column)

    def _text(self, text: str) -> str:
        if "{" not in text:
            return text
        text = text.replace(self._plain, self._item)
        text = text.replace(self._letters, re.sub(_NO_LETTERS, "", self._item))
        self._evaluator.work(len(text) // 64)
        return text
