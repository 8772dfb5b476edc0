"""Stacks inside stacks: which local template a nested stack has, and what it is passed."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from analyzer.core.values import Given
from analyzer.errors import InputError
from analyzer.sources.cloudformation.evaluate import Evaluator
from analyzer.sources.cloudformation.foreach import expanded
from analyzer.sources.cloudformation.kinds import NESTED
from analyzer.sources.cloudformation.nodes import Fields, Node, Scalar
from analyzer.sources.cloudformation.reader import read_root
from analyzer.sources.cloudformation.stack import Declared, Run, Stack, step
from analyzer.sources.cloudformation.terms import given_text
from analyzer.text import shown

if TYPE_CHECKING:
    from analyzer.sources.cloudformation.notes import Notes

__all__ = ["open_stack"]

#: Templates of one document, nested ones counted each time they are used.
_MOST_STACKS = 1000
_REMOTE = r"[A-Za-z][A-Za-z0-9+.-]*:|/|\\"


def open_stack(root: Fields, run: Run, notes: Notes) -> Stack:
    """A template with its resources listed and its nested stacks opened, nothing evaluated."""
    stack = Stack(root, run, notes)
    _open(stack, root, Evaluator(stack, looking=True))
    return stack


def _open(stack: Stack, root: Fields, evaluator: Evaluator) -> None:
    stack.run.stacks += 1
    _check(stack, root)
    outputs = stack.section("Outputs")
    if outputs is not None:
        stack.outputs = expanded(outputs, evaluator, "/Outputs")
    _list_resources(stack, evaluator)
    for resource in stack.resources.values():
        if resource.type in NESTED:
            _open_nested(stack, resource, evaluator)


def _check(stack: Stack, root: Fields) -> None:
    """Report what is wrong with a template as a whole, and the macros that may change it."""
    for name, node in stack.macros:
        what = f"the macro {shown(name)}" if name else "a macro"
        reason = f"{what} may change any part of the template"
        stack.notes.skipped(f"{stack.prefix}Transform", reason, node, "/Transform")
        stack.run.partial.append(reason)
    for name in ("Modules", "Fn::Transform"):
        written = root.node(name)
        if written is not None:
            reason = "modules and macros add resources that the template does not show"
            stack.notes.skipped(f"{stack.prefix}{name}", reason, written, f"/{name}")
    if root.node("Resources") is None and root.node("Modules") is None:
        stack.notes.problem(
            "template-shape", "not a CloudFormation template: it has no Resources", (1, 1)
        )


def _list_resources(stack: Stack, evaluator: Evaluator) -> None:
    """Fill in the resources that have a type; what has none is a problem."""
    section = stack.section("Resources")
    if section is None:
        return
    section = expanded(section, evaluator, "/Resources")
    for name, node in section.items():
        line, column = section.place(name)
        if name == "Fn::Transform":
            stack.is_open = True
            reason = "a macro adds resources here"
            stack.notes.skipped(f"{stack.prefix}Resources", reason, node, "/Resources")
            continue
        kind = node.node("Type") if isinstance(node, Fields) else None
        reason = _made_elsewhere(node, kind) if isinstance(node, Fields) else ""
        if reason:
            place = Scalar(None, line, column)
            stack.notes.skipped(stack.prefix + name, reason, place, step("/Resources", name))
            continue
        if not isinstance(node, Fields) or not isinstance(kind, Scalar):
            message = f"resource {shown(name)} has no type"
            stack.notes.problem("template-shape", message, (line, column))
            continue
        stack.resources[name] = Declared(
            name=name, type=kind.text, node=node, line=line, column=column
        )


def _made_elsewhere(node: Fields, kind: Node | None) -> str:
    """Why a resource stands for others that the template does not show; "" if it is one."""
    if kind is None and node.node("Source") is not None:  # of a local module
        return "what a module makes is not in the template"
    if isinstance(kind, Fields):  # `Type: !Rain::Module ...`
        return "its type is made when the template is packaged: package it first"
    return ""


def _open_nested(stack: Stack, resource: Declared, evaluator: Evaluator) -> None:
    """Open the template of a nested stack, or keep the reason why it cannot be."""
    properties = resource.node.node("Properties")
    properties = properties if isinstance(properties, Fields) else None
    path = _template(resource, properties, evaluator)
    if path is None:
        stack.refused[resource.name] = "the template of the nested stack is not a local file"
        return
    if len(stack.around) + 1 >= stack.run.budget.limits.module_depth:
        stack.refused[resource.name] = "stacks are nested too deeply"
        return
    if stack.run.stacks >= _MOST_STACKS:
        stack.refused[resource.name] = f"there are more than {_MOST_STACKS} nested stacks"
        return
    folder = posixpath.dirname(stack.path)
    place = posixpath.normpath(posixpath.join(folder, path))
    if place in (stack.path, *stack.around):
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
    child = Stack(
        root,
        stack.run,
        notes,
        prefix=f"{stack.prefix}{resource.name}/",
        folder=posixpath.dirname(relative),
        around=(stack.path, *stack.around),
        passed=_passed(properties, resource),
    )
    stack.nested[resource.name] = child
    _open(child, root, Evaluator(child, looking=True, parent=evaluator))


def _template(resource: Declared, properties: Fields | None, evaluator: Evaluator) -> str | None:
    """The path of a local template, relative to the folder of the one that names it."""
    path = _asset(resource)
    if path is None and properties is not None:
        node = properties.node(NESTED[resource.type])
        if node is not None:
            datum = evaluator.read(node, f"/Resources/{resource.name}/Properties")
            path = given_text(datum) if isinstance(datum, Given) else None
    if not path or re.match(_REMOTE, path) or "\0" in path:
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
    pointer = f"{step('/Resources', resource.name)}/Properties/Parameters"
    return {name: (node, step(pointer, name)) for name, node in parameters.items()}
