"""Select, and the intrinsic functions whose values nobody can work out before a deployment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from analyzer.core.values import Absent, Choice, Datum, Unknown
from analyzer.sources.cloudformation.choices import Leaf, combine, mapped
from analyzer.sources.cloudformation.dynamic import short_name
from analyzer.sources.cloudformation.nodes import Fields, Items, Scalar
from analyzer.sources.cloudformation.terms import (
    Call,
    Invalid,
    arguments,
    listed,
    name_of,
    placed,
    word,
)
from analyzer.text import shown

if TYPE_CHECKING:
    from analyzer.sources.cloudformation.evaluate import Evaluator

__all__ = ["cidr", "macro", "select", "zones"]


def select(evaluator: Evaluator, call: Call) -> Datum:
    """`Fn::Select`."""
    index_node, items_node = arguments(call, 2)
    text = word(evaluator, index_node, f"{call.inside}/0")
    if not (text.isascii() and text.isdecimal() and len(text) < 7):
        raise Invalid("the index of Fn::Select is a number from 0 on", index_node)
    index = int(text)
    origin = evaluator.origin(call.node, call.pointer)

    def pick(leaf: Leaf) -> Datum:
        items = listed(leaf)
        if items is not None:
            return _item(items, index, call)
        if isinstance(leaf, Unknown):
            label = short_name(f"{leaf.name}[{index}]")
            return evaluator.unknown(label, call.node, call.pointer, leaf.why)
        raise Invalid("Fn::Select takes a list", items_node)

    return placed(mapped(evaluator.datum(items_node, f"{call.inside}/1"), pick), origin)


def _item(items: Sequence[Datum], index: int, call: Call) -> Datum:
    # An item that may be `AWS::NoValue` moves those behind it.
    ahead = items[: index + 1]
    if any(isinstance(item, Choice) for item in ahead[:-1]):

        def pick(leaves: Sequence[Leaf]) -> Datum:
            return _at([leaf for leaf in leaves if not isinstance(leaf, Absent)], index, call)

        return combine(items, pick)
    return _at(items, index, call)


def _at(items: Sequence[Datum], index: int, call: Call) -> Datum:
    if index >= len(items):
        raise Invalid(f"the list of Fn::Select has no item {index}", call.node)
    return items[index]


def zones(evaluator: Evaluator, call: Call) -> Datum:
    """`Fn::GetAZs`: which zones an account has is not in the template."""
    datum = evaluator.datum(call.argument, call.inside)
    region = name_of(datum) if not isinstance(datum, Choice) else call.pointer
    region = region or evaluator.stack.run.options.region or "AWS::Region"
    label = short_name(f"zones({region})")
    return evaluator.unknown(label, call.node, call.pointer, "known at deployment")


def cidr(evaluator: Evaluator, call: Call) -> Datum:
    """`Fn::Cidr`: no matter for a volume."""
    label = f"cidr({evaluator.stack.prefix}{call.pointer})"
    return evaluator.unknown(label, call.node, call.pointer, "not worked out")


def macro(evaluator: Evaluator, call: Call) -> Datum:
    """`Fn::Transform`: whatever a macro or an included file puts here."""
    node = call.argument.node("Name") if isinstance(call.argument, Fields) else None
    name = node.text if isinstance(node, Scalar) else ""
    if isinstance(call.argument, Items) or not name:
        raise Invalid("Fn::Transform takes the name of a macro", call.argument)
    return evaluator.invalid(f"the macro {shown(name)} decides this", call.node, call.pointer)
