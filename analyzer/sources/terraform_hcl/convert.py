"""From python-hcl2's lark tree to the expression tree, in a loop.

The rules of python-hcl2's grammar are named by their own names here; what its own transformer
makes of them (dictionaries of text) loses what an evaluation needs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from analyzer.sources.terraform_hcl.expressions import (
    MOST_STEPS,
    Access,
    Binary,
    Call,
    Conditional,
    Expression,
    For,
    GetAttr,
    GetIndex,
    Literal,
    Name,
    ObjectCons,
    Splat,
    Step,
    TupleCons,
    Unary,
)
from analyzer.sources.terraform_hcl.scanner import ScanError

__all__ = ["convert", "number"]


def number(text: str) -> Literal:
    """The literal of a number; raises `ScanError` for one that no storage setting needs."""
    try:
        value = float(text) if set(text) & set(".eE") else int(text)
    except ValueError:
        raise ScanError(0, "a number has too many digits") from None
    if isinstance(value, float):
        if value in (float("inf"), float("-inf")):
            raise ScanError(0, "a number is too large")
        value = int(value) if value.is_integer() else value
    return Literal(value)


def convert(tree: Any, text_of: Callable[[int], Expression]) -> Expression:
    """The expression of an attribute's subtree.

    `text_of` gives the expression of the string that the source holds under a number: every
    string was replaced by its number before the parse. Raises `ScanError`.
    """
    order: list[Any] = []
    stack = [tree]
    while stack:
        node = stack.pop()
        order.append(node)
        if node.data != "string":
            stack.extend(child for child in node.children if _is_tree(child))
    made = _Made({}, text_of)
    for node in reversed(order):
        handler = _HANDLERS.get(node.data)
        if handler is not None:
            made.results[id(node)] = handler(node, made)
    result: Expression = made.results[id(tree)]
    return result


@dataclass(slots=True)
class _Made:
    """What was made of the nodes below: an expression, steps, or the parts of a `for`."""

    results: dict[int, Any]
    text_of: Callable[[int], Expression]

    def of(self, node: Any) -> Any:
        return self.results[id(node)]

    def below(self, node: Any) -> list[Any]:
        """The results of the children that have one, in order."""
        return [self.results[id(child)] for child in node.children if id(child) in self.results]


def _is_tree(child: Any) -> bool:
    return hasattr(child, "children")


def _tokens(node: Any) -> list[str]:
    return [str(child).strip() for child in node.children if child and not _is_tree(child)]


def _words(node: Any) -> list[str]:
    """The identifiers among the direct children of a node."""
    return [str(c.children[0]) for c in node.children if _is_tree(c) and c.data == "identifier"]


def _term(node: Any, made: _Made) -> Expression:
    result: Expression = made.below(node)[0]
    return result


def _literal(node: Any, _: _Made) -> Expression:
    return Literal({"true": True, "false": False}.get(str(node.children[0])))


def _string(node: Any, made: _Made) -> Expression:
    return made.text_of(int(_tokens(node)[0][1:-1]))


def _unary(node: Any, made: _Made) -> Expression:
    operator, operand = _tokens(node)[0], made.below(node)[0]
    if operator == "-" and isinstance(operand, Literal) and type(operand.value) in (int, float):
        return Literal(-operand.value)  # type: ignore[operator]
    return Unary(operator, operand)


def _binary(node: Any, made: _Made) -> Expression:
    left, (operator, right) = made.below(node)
    return Binary(operator, left, right)


def _binary_term(node: Any, made: _Made) -> tuple[str, Expression]:
    operator, operand = made.below(node)
    return operator, operand


def _conditional(node: Any, made: _Made) -> Expression:
    condition, yes, no = made.below(node)
    return Conditional(condition, yes, no)


def _access(node: Any, made: _Made) -> Expression:
    before, after = [child for child in node.children if _is_tree(child)]
    base, steps = made.of(before), made.of(after)
    if isinstance(base, Access) and len(base.steps) > MOST_STEPS:
        message = f"a reference takes more than {MOST_STEPS:,} steps"
        raise ScanError(0, message, "limit-depth")
    if isinstance(base, Access) and not _tokens(before):  # "(" begins what must stay apart
        return Access(base.base, (*base.steps, *steps))
    return Access(base, tuple(steps))


def _get_attr(node: Any, _: _Made) -> Sequence[Step]:
    name = next(child for child in node.children if _is_tree(child))
    return (GetAttr(str(name.children[0])),)


def _index(node: Any, made: _Made) -> Sequence[Step]:
    return (GetIndex(made.below(node)[0]),)


def _short_index(node: Any, _: _Made) -> Sequence[Step]:
    return (GetIndex(number(_tokens(node)[-1])),)


def _splat(node: Any, made: _Made) -> Sequence[Step]:
    steps: list[Step] = [Splat(node.data == "full_splat")]
    for below in made.below(node):
        steps.extend(below)
    return steps


def _call(node: Any, made: _Made) -> Expression:
    name = "::".join(_words(node))
    below = [c for c in node.children if _is_tree(c) and c.data == "arguments"]
    if not below:
        return Call(name, ())
    return Call(name, tuple(made.below(below[0])), expand="..." in _tokens(below[0]))


def _object_elem(node: Any, made: _Made) -> tuple[Expression, Expression]:
    key, value = made.below(node)
    return key, value


def _object_key(node: Any, made: _Made) -> Expression:
    child = node.children[0]
    if child.data == "keyword":
        return Literal(str(child.children[0]))
    key: Expression = made.of(child)
    if _is_tree(child) and not _tokens(child) and isinstance(key, Name):
        return Literal(key.name)
    if not _tokens(child) and isinstance(key, Literal) and not isinstance(key.value, str):
        return Literal(_bare(key))
    return key


def _bare(key: Literal) -> str:
    """The text of a key that is written as a number or keyword."""
    word = {True: "true", False: "false", None: "null"}
    return word[key.value] if isinstance(key.value, bool) or key.value is None else str(key.value)


def _intro(node: Any, made: _Made) -> tuple[list[str], Expression]:
    collection = next(made.of(c) for c in node.children if _is_expression(c, made))
    return _words(node), collection


def _is_expression(child: Any, made: _Made) -> bool:
    return id(child) in made.results and child.data != "identifier"


def _for(node: Any, made: _Made) -> Expression:
    conditions = [c for c in node.children if _is_tree(c) and c.data == "for_cond"]
    (names, collection), *parts = [
        made.of(c) for c in node.children if id(c) in made.results and c not in conditions
    ]
    key = parts[0] if len(parts) == 2 else None
    return For(
        collection=collection,
        key_name=names[0] if len(names) == 2 else None,
        value_name=names[-1],
        key=key,
        value=parts[-1],
        condition=made.of(conditions[0]) if conditions else None,
        grouped="..." in _tokens(node),
    )


_HANDLERS: dict[str, Callable[[Any, _Made], Any]] = {
    "expr_term": _term,
    "conditional": _conditional,
    "binary_op": _binary,
    "binary_term": _binary_term,
    "binary_operator": lambda node, _: _tokens(node)[0],
    "unary_op": _unary,
    "identifier": lambda node, _: Name(str(node.children[0])),
    "literal_value": _literal,
    "int_lit": lambda node, _: number(str(node.children[0])),
    "float_lit": lambda node, _: number(str(node.children[0])),
    "string": _string,
    "tuple": lambda node, made: TupleCons(tuple(made.below(node))),
    "object": lambda node, made: ObjectCons(tuple(made.below(node))),
    "object_elem": _object_elem,
    "object_elem_key": _object_key,
    "function_call": _call,
    "index_expr_term": _access,
    "get_attr_expr_term": _access,
    "attr_splat_expr_term": _access,
    "full_splat_expr_term": _access,
    "get_attr": _get_attr,
    "braces_index": _index,
    "short_index": _short_index,
    "attr_splat": _splat,
    "full_splat": _splat,
    "for_tuple_expr": _for,
    "for_object_expr": _for,
    "for_intro": _intro,
    "for_cond": lambda node, made: made.below(node)[0],
}
