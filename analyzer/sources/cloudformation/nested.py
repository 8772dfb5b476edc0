"""Stacks inside stacks: which local template a nested stack has, and what it is passed."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from analyzer.core.values import Given
from analyzer.errors import InputError
from analyzer.sources.cloudformation.evaluate import Evaluator
from analyzer.sources.cloudformation.foreach import expanded
from analyzer.sources.cloudformation.nodes import Fields, Node, Scalar
from analyzer.sources.cloudformation.reader import read_root
from analyzer.sources.cloudformation.stack import Declared, Run, Stack, step
from analyzer.sources.cloudformation.terms import given_text
from analyzer.text import shown

if TYPE_CHECKING:
    from analyzer.sources.cloudformation.notes import Notes

__all__ = ["NESTED", "open_stack"]

#: Types that bring another template, and the property that says where it is.
NESTED = {
    "AWS::CloudFormation::Stack": "TemplateURL",
    "AWS::Serverless::Application": "Location",
}

#: Templates of one document, nested ones counted each time they are used.
_MOST_STACKS = 1000
_REMOTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|/|\\")


def open_stack(
    root: Fields,
    run: Run,
    notes: Notes,
    *,
    prefix: str = "",
    folder: str = "",
    parent: Stack | None = None,
) -> Stack:
    """A template with its resources listed and its nested stacks opened, nothing evaluated."""
    run.stacks += 1
    stack = Stack(root, run, notes, prefix=prefix, folder=folder, parent=parent)
    stack.first_look = Evaluator(stack, looking=True)
    stack.evaluator = Evaluator(stack)
    outputs = stack.section("Outputs")
    if outputs is not None:
        stack.outputs = expanded(outputs, stack.first_look, "/Outputs")
    _list_resources(stack)
    for resource in stack.resources.values():
        if resource.type in NESTED:
            _open_nested(stack, resource)
    return stack


def _list_resources(stack: Stack) -> None:
    """Fill in the resources that have a type; what has none is a problem."""
    section = stack.section("Resources")
    if section is None:
        return
    section = expanded(section, stack.first_look, "/Resources")
    for name, node in section.items():
        line, column = section.place(name)
        if name == "Fn::Transform":
            stack.is_open = True
            reason = "a macro adds resources here"
            stack.notes.skipped(f"{stack.prefix}Resources", reason, node, "/Resources")
            continue
        kind = node.node("Type") if isinstance(node, Fields) else None
        if not isinstance(node, Fields) or not isinstance(kind, Scalar):
            message = f"resource {shown(name)} has no type"
            stack.notes.problem("template-shape", message, (line, column))
            continue
        stack.resources[name] = Declared(
            name=name, type=kind.text, node=node, line=line, column=column
        )


def _open_nested(stack: Stack, resource: Declared) -> None:
    """Open the template of a nested stack, or keep the reason why it cannot be."""
    properties = resource.node.node("Properties")
    properties = properties if isinstance(properties, Fields) else None
    path = _template(stack, resource, properties)
    if path is None:
        stack.refused[resource.name] = "the template of the nested stack is not a local file"
        return
    if stack.depth + 1 >= stack.run.budget.limits.module_depth:
        stack.refused[resource.name] = "stacks are nested too deeply"
        return
    if stack.run.stacks >= _MOST_STACKS:
        stack.refused[resource.name] = f"there are more than {_MOST_STACKS} nested stacks"
        return
    folder = posixpath.dirname(stack.path)
    place = posixpath.normpath(posixpath.join(folder, path))
    if any(above.path == place for above in stack.ancestors()):
        message = f"the nested stack {shown(resource.name)} contains itself"
        stack.notes.problem("template-recursive", message, (resource.line, resource.column))
        stack.refused[resource.name] = "the nested stack contains itself"
        return
    relative = posixpath.normpath(posixpath.join(stack.folder, path))
    data = stack.run.load(relative)
    if data is None:
        stack.refused[resource.name] = (
            f"the template {shown(path)} of the nested stack cannot be read"
        )
        return
    notes = stack.notes.at(place)
    try:
        root = read_root(data, stack.run.budget, notes)
    except InputError as error:
        found = error.problem
        notes.problem(found.code, found.message, (found.line or 1, found.column or 1), found.hint)
        stack.refused[resource.name] = f"the template {shown(path)} is broken"
        return
    child = open_stack(
        root,
        stack.run,
        notes,
        prefix=f"{stack.prefix}{resource.name}/",
        folder=posixpath.dirname(relative),
        parent=stack,
    )
    child.passed = _passed(properties, resource)
    stack.nested[resource.name] = child


def _template(stack: Stack, resource: Declared, properties: Fields | None) -> str | None:
    """The path of a local template, relative to the folder of the one that names it."""
    path = _asset(resource)
    if path is None and properties is not None:
        node = properties.node(NESTED[resource.type])
        if node is not None:
            datum = stack.first_look.read(node, f"/Resources/{resource.name}/Properties")
            path = given_text(datum) if isinstance(datum, Given) else None
    if not path or _REMOTE.match(path) or "\0" in path:
        return None
    return path


def _asset(resource: Declared) -> str | None:
    """The file that CDK names in the metadata of a nested stack."""
    metadata = resource.node.node("Metadata")
    if not isinstance(metadata, Fields):
        return None
    target, path = metadata.node("aws:asset:property"), metadata.node("aws:asset:path")
    if isinstance(target, Scalar) and isinstance(path, Scalar) and target.text == "TemplateURL":
        return path.text
    return None


def _passed(properties: Fields | None, resource: Declared) -> dict[str, tuple[Node, str]]:
    parameters = properties.node("Parameters") if properties is not None else None
    if not isinstance(parameters, Fields):
        return {}
    pointer = step(step("/Resources", resource.name), "Properties/Parameters")
    pointer = pointer.replace("~1", "/") if "~1" in pointer else pointer
    return {name: (node, step(pointer, name)) for name, node in parameters.items()}
