"""Intrinsic functions that look something up: Ref, GetAtt, FindInMap, ImportValue, Select, ..."""

from __future__ import annotations

from collections.abc import Sequence
from contextvars import ContextVar
from dataclasses import replace
from typing import TYPE_CHECKING

from analyzer.core.values import Absent, Choice, Datum, Given, Origin, Reference, Unknown
from analyzer.sources.cloudformation.choices import Leaf, combine, mapped
from analyzer.sources.cloudformation.dynamic import short_name
from analyzer.sources.cloudformation.nodes import Fields, Items, Node, Scalar
from analyzer.sources.cloudformation.terms import (
    Call,
    Invalid,
    arguments,
    given_text,
    listed,
    name_of,
    placed,
    word,
)
from analyzer.text import shown

if TYPE_CHECKING:
    from analyzer.sources.cloudformation.evaluate import Evaluator

__all__ = ["attribute", "find_in_map", "get_att", "imported", "macro", "ref", "reference"]
__all__ += ["cidr", "select", "stack_output", "zones"]

#: Exports that are being looked up: one may import another, but not itself, nor without end.
_following: ContextVar[tuple[str, ...]] = ContextVar("following", default=())
_MOST_IMPORTS = 8

_BOOLEANS = {"yes": "true", "on": "true", "true": "true"}
_BOOLEANS |= {"no": "false", "off": "false", "false": "false"}

_PARTITIONS = {"cn-": "aws-cn", "us-gov-": "aws-us-gov", "us-iso-": "aws-iso"}
_PARTITIONS["us-isob-"] = "aws-iso-b"


def ref(evaluator: Evaluator, call: Call) -> Datum:
    """`Ref`."""
    return reference(evaluator, word(evaluator, call.argument, call.inside), call)


def reference(evaluator: Evaluator, name: str, call: Call) -> Datum:
    """What `Ref` gives for a name: a parameter, a pseudo parameter or a resource."""
    stack = evaluator.stack
    origin = evaluator.origin(call.node, call.pointer)
    if name.startswith("AWS::"):
        return _pseudo(evaluator, name, call, origin)
    if name in stack.parameters:
        return placed(evaluator.parameter(name), origin)
    resource = stack.resources.get(name)
    if resource is not None:
        if resource.type.startswith("AWS::") or stack.answers(resource):
            return Given(Reference(stack.prefix + name, "Ref"), origin)
        label, why = f"{stack.prefix}{name}.Ref", "known after deployment"
        return evaluator.unknown(label, call.node, call.pointer, why)
    return _no_such(evaluator, name, call)


def _no_such(evaluator: Evaluator, name: str, call: Call) -> Datum:
    stack = evaluator.stack
    if not stack.is_open:
        raise Invalid(f"{shown(name)} is neither a parameter nor a resource", call.node)
    why = "made by a transform of the template"
    return evaluator.unknown(stack.prefix + name, call.node, call.pointer, why)


def _pseudo(evaluator: Evaluator, name: str, call: Call, origin: Origin) -> Datum:
    options = evaluator.stack.run.options
    region = options.region
    if name == "AWS::NoValue":
        return Absent(origin)
    value: str | None = None
    if name == "AWS::Region":
        value = region
    elif name == "AWS::AccountId":
        value = options.account
    elif name == "AWS::Partition" and region is not None:
        value = next((p for head, p in _PARTITIONS.items() if region.startswith(head)), "aws")
    elif name == "AWS::URLSuffix" and region is not None:
        value = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
    if value is not None:
        return Given(value, replace(origin, expression=name))
    if name in ("AWS::StackName", "AWS::StackId"):
        stack = evaluator.stack.prefix + name
        return evaluator.unknown(stack, call.node, call.pointer, "named at deployment")
    if name not in (
        "AWS::Region",
        "AWS::AccountId",
        "AWS::Partition",
        "AWS::URLSuffix",
        "AWS::NotificationARNs",
    ):
        raise Invalid(f"{shown(name)} is no pseudo parameter", call.node)
    return evaluator.unknown(name, call.node, call.pointer, "known at deployment")


def get_att(evaluator: Evaluator, call: Call) -> Datum:
    """`Fn::GetAtt`, as a list or as `Resource.Attribute`."""
    argument = call.argument
    if isinstance(argument, Scalar):
        logical, _, name = argument.name.partition(".")
    else:
        resource, path = arguments(call, 2)
        logical = word(evaluator, resource, f"{call.inside}/0")
        name = word(evaluator, path, f"{call.inside}/1")
    if not name:
        raise Invalid("Fn::GetAtt takes a resource and an attribute", argument)
    return attribute(evaluator, logical, name, call)


def attribute(evaluator: Evaluator, logical: str, name: str, call: Call) -> Datum:
    """An attribute of a resource, or an output of a nested stack."""
    stack = evaluator.stack
    address = stack.prefix + logical
    origin = evaluator.origin(call.node, call.pointer)
    resource = stack.resources.get(logical)
    if resource is None:
        return _no_such(evaluator, logical, call)
    nested = stack.nested.get(logical)
    if nested is not None and name.startswith("Outputs."):
        output = evaluator.sibling(nested).output(name.removeprefix("Outputs."))
        if output is None:
            raise Invalid(f"the nested stack has no output {shown(name[8:])}", call.node)
        return placed(output, origin)
    if stack.answers(resource):
        return Given(Reference(address, name), origin)
    return evaluator.unknown(f"{address}.{name}", call.node, call.pointer, "known after deployment")


def find_in_map(evaluator: Evaluator, call: Call) -> Datum:
    """`Fn::FindInMap`, with the default of `AWS::LanguageExtensions`."""
    nodes = arguments(call, 3, 4)
    name = word(evaluator, nodes[0], f"{call.inside}/0")
    mappings = evaluator.stack.mappings
    table = mappings.node(name) if mappings is not None else None
    default = _default_of(evaluator, nodes, call)
    if not isinstance(table, Fields):
        if default is not None:
            return default
        if evaluator.stack.is_open:
            return _no_such(evaluator, name, call)
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
        one, two = (given_text(leaf) for leaf in leaves)
        if one is not None and two is not None:
            row = _entry(table, one)
            node = _entry(row, two) if isinstance(row, Fields) else None
            if node is not None:
                return placed(evaluator.datum(node, f"/Mappings/{name}/{one}/{two}"), origin)
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


def imported(evaluator: Evaluator, call: Call) -> Datum:
    """`Fn::ImportValue`: another template's export, where that template is part of the run."""
    origin = evaluator.origin(call.node, call.pointer)

    def follow(leaf: Leaf) -> Datum:
        name = given_text(leaf) if given_text(leaf) is not None else name_of(leaf)
        if name is None or isinstance(leaf, Absent):
            raise Invalid("Fn::ImportValue takes the name of an export", call.argument)
        label = short_name(f"export {name}")
        unknown = evaluator.unknown(label, call.node, call.pointer, "exported by another stack")
        on_the_way = _following.get()
        if evaluator.looking or name in on_the_way or len(on_the_way) >= _MOST_IMPORTS:
            return unknown
        token = _following.set((*on_the_way, name))
        try:
            found = evaluator.stack.run.options.imports.get(name)
        finally:
            _following.reset(token)
        return unknown if found is None else placed(found, origin)

    return mapped(evaluator.datum(call.argument, call.inside), follow)


def stack_output(evaluator: Evaluator, call: Call) -> Datum:
    """`Fn::GetStackOutput`: an output of a stack outside of the run."""
    label = f"stack output {evaluator.stack.prefix}{call.pointer}"
    return evaluator.unknown(label, call.node, call.pointer, "an output of another stack")


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
