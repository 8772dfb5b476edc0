"""Intrinsic functions that pick a value: FindInMap, Select, and those nobody can work out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from analyzer.core.values import Absent, Choice, Datum, Unknown
from analyzer.sources.cloudformation.choices import Leaf, combine, mapped
from analyzer.sources.cloudformation.dynamic import short_name
from analyzer.sources.cloudformation.nodes import Fields, Items, Node, Scalar
from analyzer.sources.cloudformation.references import no_such
from analyzer.sources.cloudformation.terms import (
    Call,
    Invalid,
    arguments,
    given_text,
    is_reference,
    listed,
    name_of,
    placed,
    word,
)
from analyzer.text import shown

if TYPE_CHECKING:
    from analyzer.sources.cloudformation.evaluate import Evaluator

__all__ = ["cidr", "find_in_map", "macro", "select", "zones"]

_BOOLEANS = {"yes": "true", "on": "true", "true": "true"}
_BOOLEANS |= {"no": "false", "off": "false", "false": "false"}


def find_in_map(evaluator: Evaluator, call: Call) -> Datum:
    """`Fn::FindInMap`, with the default of `AWS::LanguageExtensions`."""
    nodes = arguments(call, 3, 4)
    default = _default_of(evaluator, nodes, call)
    if isinstance(nodes[0], Scalar):
        return _in_map(evaluator, call, nodes, nodes[0].name, default)

    def find(leaf: Leaf) -> Datum:
        name = given_text(leaf)
        if name is not None:
            return _in_map(evaluator, call, nodes, name, default)
        if isinstance(leaf, Unknown) or is_reference(leaf):
            label = short_name(f"mapping({name_of(leaf)})")
            return evaluator.unknown(label, call.node, call.pointer, "in a mapping not known yet")
        raise Invalid("Fn::FindInMap takes the name of a mapping", nodes[0])

    return mapped(evaluator.datum(nodes[0], f"{call.inside}/0"), find)


def _in_map(
    evaluator: Evaluator, call: Call, nodes: Sequence[Node], name: str, default: Datum | None
) -> Datum:
    mappings = evaluator.stack.mappings
    table = mappings.node(name) if mappings is not None else None
    if not isinstance(table, Fields):
        if default is not None:
            return default
        if evaluator.stack.is_open:
            return no_such(evaluator, name, call)
        raise Invalid(f"there is no mapping {shown(name)}", nodes[0])
    keys = [evaluator.datum(node, f"{call.inside}/{at}") for at, node in enumerate(nodes[1:3], 1)]
    columns = [key for row in table if isinstance(row, Fields) for key in row.raws]
    names = tuple(
        tuple(dict.fromkeys((*keys, *map(_key, keys)))) for keys in (tuple(table.raws), columns)
    )
    for key, texts in zip(keys, names, strict=True):
        evaluator.compare(key, texts)
    data = [mapped(key, lambda leaf: _split(evaluator, leaf)) for key in keys]
    origin = evaluator.origin(call.node, call.pointer, f"mapping {shown(name)}")

    def look_up(leaves: Sequence[Leaf]) -> Datum | None:
        evaluator.work(1)
        one, two = (given_text(leaf) for leaf in leaves)
        if one is not None and two is not None:
            row = _entry(table, one)
            node = _entry(row, two) if isinstance(row, Fields) else None
            if node is not None:
                return placed(
                    evaluator, evaluator.datum(node, f"/Mappings/{name}/{one}/{two}"), origin
                )
        elif not all(
            _certainly_not(evaluator, leaf, texts)
            for leaf, texts in zip(leaves, names, strict=True)
            if isinstance(leaf, Unknown)
        ):
            label = short_name(f"{name}[{name_of(leaves[0])}][{name_of(leaves[1])}]")
            why = next((leaf.why for leaf in leaves if isinstance(leaf, Unknown)), "not known")
            return evaluator.unknown(label, call.node, call.pointer, why)
        # A key that the mapping lacks: the default, or no deployment at all.
        return default

    if default is None and not any(isinstance(key, Choice) for key in data):
        found = look_up([leaf for leaf in data if not isinstance(leaf, Choice)])
        if found is None:
            raise Invalid(f"mapping {shown(name)} has no such key", call.node)
        return found
    return combine(data, look_up, origin)


def _key(name: str) -> str:
    """A mapping's key as its value reads when it is looked up: bare `yes` is a boolean there."""
    return _BOOLEANS.get(name.lower(), name)


def _entry(fields: Fields, text: str) -> Node | None:
    """The node under the key that a text looks up."""
    found = fields.node(text)
    if found is None and _key(text) in _BOOLEANS:
        name = next((name for name in fields.raws if _key(name) == _key(text)), None)
        found = None if name is None else fields.node(name)
    return found


def _default_of(evaluator: Evaluator, nodes: Sequence[Node], call: Call) -> Datum | None:
    if len(nodes) < 4:
        return None
    extra = nodes[3]
    node = extra.node("DefaultValue") if isinstance(extra, Fields) else None
    if node is None:
        raise Invalid("the fourth argument of Fn::FindInMap is a DefaultValue", extra)
    return evaluator.datum(node, f"{call.inside}/3/DefaultValue")


def _split(evaluator: Evaluator, leaf: Leaf) -> Datum:
    return evaluator.split(leaf) if isinstance(leaf, Unknown) else leaf


def _certainly_not(evaluator: Evaluator, leaf: Unknown, texts: Sequence[str]) -> bool:
    domains = evaluator.stack.run.domains
    return all(domains.is_told_apart(leaf, text) for text in texts)


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

    return placed(evaluator, mapped(evaluator.datum(items_node, f"{call.inside}/1"), pick), origin)


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
