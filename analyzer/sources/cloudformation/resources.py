"""The resources of a stack: which are built, which are counted, which cannot be decided."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from analyzer.core.model import Place
from analyzer.core.values import Absent, Choice, Datum, Given, Origin, Unknown, leaves
from analyzer.sources.cloudformation.choices import conjunction
from analyzer.sources.cloudformation.custom import api_call, suspicion
from analyzer.sources.cloudformation.evaluate import Evaluator
from analyzer.sources.cloudformation.kinds import NESTED, hidden, is_custom
from analyzer.sources.cloudformation.nodes import Fields, Scalar
from analyzer.sources.cloudformation.stack import Declared, Stack, step
from analyzer.sources.cloudformation.terms import Invalid
from analyzer.sources.document import Document, Resource

__all__ = ["POLICIES", "build", "look"]

#: Attributes of a resource, beside its properties, that make snapshots; in a body their names
#: begin with a slash, which no property's does.
POLICIES = ("DeletionPolicy", "UpdateReplacePolicy")

_TRUE = Given(True)


def look(evaluator: Evaluator) -> None:
    """Report what the unknown values of a stack, and of those inside it, are compared with."""
    stack = evaluator.stack
    evaluator.conditions.look()
    for name in stack.passed:
        if name in stack.parameters:
            evaluator.parameter(name)
    if stack.mappings is not None:
        for fields, pointer in _evaluated(stack):
            for node in fields.calls("Fn::FindInMap"):
                evaluator.read(node, pointer)
    for name in stack.nested:
        child = evaluator.inside(name)
        if child is not None:
            look(child)


def _evaluated(stack: Stack) -> Iterator[tuple[Fields, str]]:
    """The parts of a template that are evaluated at all."""
    for resource in stack.resources.values():
        if stack.is_evaluated(resource):
            yield resource.node, step("/Resources", resource.name)
    if stack.outputs is not None:
        yield stack.outputs, "/Outputs"


def build(evaluator: Evaluator, document: Document, exists: Datum = _TRUE) -> None:
    """Put the resources of a stack, and of those inside it, into the document."""
    stack = evaluator.stack
    looking = Evaluator(stack, looking=True)
    for resource in stack.resources.values():
        if is_custom(resource.type):
            # One call may name what a later one makes, so all are known before any is built.
            call = api_call(resource, looking)
            if call is not None and not call.refused:
                stack.calls.add(resource.name)
    for resource in stack.resources.values():
        _build(evaluator, resource, document, exists)


def _build(evaluator: Evaluator, resource: Declared, document: Document, exists: Datum) -> None:
    stack = evaluator.stack
    kind = resource.type
    known = stack.run.options.known
    call = api_call(resource, evaluator) if is_custom(kind) else None
    if not (known(kind) or kind in NESTED or call is not None or _reason(resource)):
        document.others[kind] = document.others.get(kind, 0) + 1
        return
    exists = conjunction(exists, _existence(evaluator, resource))
    if isinstance(exists, Given) and exists.value is False:
        return
    body: Mapping[str, Datum] | None = None
    region: str | None = None
    reason = ""
    if kind in NESTED:
        child = evaluator.inside(resource.name)
        if child is not None:
            build(child, document, exists)
            return
        reason = stack.refused.get(resource.name, "not followed")
    elif known(kind):
        body = _body(evaluator, resource)
    elif call is None or call.refused:
        reason = call.refused if call is not None else _reason(resource)
    else:
        kind, body, region = call.type, call.parameters, call.region
    if body is not None:
        document.resources.append(_resource(stack, resource, kind, body, exists, region))
    elif reason:
        _skip(stack, resource, reason)


def _reason(resource: Declared) -> str:
    """Why a resource that is not in the tables may make volumes all the same; else empty."""
    kind = resource.type
    return (suspicion(resource) or "") if is_custom(kind) else hidden(kind)


def _skip(stack: Stack, resource: Declared, reason: str) -> None:
    pointer = step("/Resources", resource.name)
    stack.notes.skipped(stack.prefix + resource.name, reason, resource, pointer)


def _existence(evaluator: Evaluator, resource: Declared) -> Datum:
    node = resource.node.node("Condition")
    if node is None:
        return _TRUE
    pointer = f"{step('/Resources', resource.name)}/Condition"
    if not isinstance(node, Scalar):
        evaluator.invalid("Condition takes the name of a condition", node, pointer)
        return _TRUE
    try:
        return evaluator.conditions.named(node.name, node)
    except Invalid as error:
        evaluator.invalid(error.reason, node, pointer)
        return _TRUE


def _resource(
    stack: Stack,
    resource: Declared,
    kind: str,
    body: Mapping[str, Datum],
    exists: Datum,
    region: str | None,
) -> Resource:
    options = stack.run.options
    metadata = resource.node.node("Metadata")
    path = metadata.node("aws:cdk:path") if isinstance(metadata, Fields) else None
    return Resource(
        address=stack.prefix + resource.name,
        type=kind,
        body=body,
        place=Place(account=options.account, region=region or options.region),
        exists=exists,
        origin=Origin(
            path=stack.path,
            line=resource.line,
            column=resource.column,
            pointer=step("/Resources", resource.name),
            expression=path.text if isinstance(path, Scalar) else "",
        ),
    )


def _body(evaluator: Evaluator, resource: Declared) -> Mapping[str, Datum] | None:
    """The properties of a resource and its policies; `None` where they cannot be read."""
    pointer = step("/Resources", resource.name)
    extras: dict[str, Datum] = {}
    for name in POLICIES:
        node = resource.node.node(name)
        if node is not None:
            extras[f"/{name}"] = evaluator.read(node, step(pointer, name))
    node = resource.node.node("Properties")
    if node is None:
        return extras
    noted = len(evaluator.stack.notes)
    datum = evaluator.read(node, f"{pointer}/Properties")
    for leaf in leaves(datum):
        if isinstance(leaf, Unknown):
            if len(evaluator.stack.notes) == noted:
                _skip(evaluator.stack, resource, f"its properties are not known: {leaf.why}")
            return None
        if isinstance(leaf, Given) and not isinstance(leaf.value, Mapping):
            _skip(evaluator.stack, resource, "the properties of the resource are not a mapping")
            return None
    if isinstance(datum, Given) and isinstance(datum.value, Mapping) and not extras:
        return datum.value
    return _Body(datum, extras)


class _Body(Mapping[str, Datum]):
    """Properties that are a mapping or a choice between mappings, and the policies beside them."""

    __slots__ = ("_data", "_datum", "_extras", "_names")

    def __init__(self, datum: Datum, extras: Mapping[str, Datum]) -> None:
        self._datum = datum
        self._extras = extras
        self._data: dict[str, Datum] = {}
        names = dict.fromkeys(extras)
        for leaf in leaves(datum):
            if isinstance(leaf, Given) and isinstance(leaf.value, Mapping):
                names.update(dict.fromkeys(leaf.value))
        self._names = names

    def __getitem__(self, name: str) -> Datum:
        found = self._extras.get(name) or self._data.get(name)
        if found is None:
            if isinstance(self._datum, Choice):
                if name not in self._names:
                    raise KeyError(name)
                found = _inside(self._datum, name)
            elif isinstance(self._datum, Given) and isinstance(self._datum.value, Mapping):
                found = self._datum.value[name]
            else:
                raise KeyError(name)
            self._data[name] = found
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def _inside(datum: Datum, name: str) -> Datum:
    if isinstance(datum, Choice):
        return datum.map(lambda branch: _inside(branch, name))
    if isinstance(datum, Given) and isinstance(datum.value, Mapping):
        return datum.value.get(name, Absent(datum.origin))
    return Absent(datum.origin)
