"""Intrinsic functions that name something: Ref, GetAtt, ImportValue, GetStackOutput."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import replace
from typing import TYPE_CHECKING

from analyzer.core.values import Absent, Datum, Given, Origin, Reference
from analyzer.sources.cloudformation.choices import Leaf, mapped
from analyzer.sources.cloudformation.dynamic import short_name
from analyzer.sources.cloudformation.nodes import Scalar
from analyzer.sources.cloudformation.terms import (
    Call,
    Invalid,
    arguments,
    given_text,
    name_of,
    placed,
    word,
)
from analyzer.text import shown

if TYPE_CHECKING:
    from analyzer.sources.cloudformation.evaluate import Evaluator

__all__ = ["attribute", "get_att", "imported", "no_such", "ref", "reference", "stack_output"]

#: Exports that are being looked up: one may import another, but not itself, nor without end.
_following: ContextVar[tuple[str, ...]] = ContextVar("following", default=())
_MOST_IMPORTS = 8

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
    return no_such(evaluator, name, call)


def no_such(evaluator: Evaluator, name: str, call: Call) -> Datum:
    """A name that the template does not show; raises `Invalid` where nothing could add it."""
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
        return no_such(evaluator, logical, call)
    nested = evaluator.inside(logical)
    if nested is not None and name.startswith("Outputs."):
        output = nested.output(name.removeprefix("Outputs."))
        if output is None:
            raise Invalid(f"the nested stack has no output {shown(name[8:])}", call.node)
        return placed(output, origin)
    if stack.answers(resource):
        return Given(Reference(address, name), origin)
    return evaluator.unknown(f"{address}.{name}", call.node, call.pointer, "known after deployment")


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
