"""CloudFormation templates: YAML, JSON, or decoded by cfn-lint, nested stacks included."""

from __future__ import annotations

from analyzer.limits import Budget
from analyzer.sources.cloudformation.decoded_nodes import decoded_node
from analyzer.sources.cloudformation.detect import is_template
from analyzer.sources.cloudformation.exports import Exports
from analyzer.sources.cloudformation.nested import open_stack
from analyzer.sources.cloudformation.nodes import Fields
from analyzer.sources.cloudformation.notes import Notes
from analyzer.sources.cloudformation.options import Load, Options
from analyzer.sources.cloudformation.order import Order
from analyzer.sources.cloudformation.reader import read_root, template_root
from analyzer.sources.cloudformation.resources import build, look
from analyzer.sources.cloudformation.stack import Run, Stack
from analyzer.sources.document import Document
from analyzer.text import shown

__all__ = ["Load", "Options", "from_nodes", "is_template", "read"]


def _no_file(_path: str) -> bytes | None:
    return None


def read(
    path: str, data: bytes, *, options: Options, budget: Budget, load: Load = _no_file
) -> Document:
    """Read a template and the local templates of its nested stacks.

    Bodies are evaluated when they are read: `problems` and `not_analyzed` of the document may
    grow until then.

    Args:
        path: what the template is called in positions.
        data: its bytes.
        options: which types are known, parameters, Region and account, other stacks' exports.
        budget: what the reading may cost.
        load: gives the bytes of a nested stack's template by its path relative to the folder of
            this one, `None` for what cannot or must not be read.

    Raises:
        InputError: the template is broken, is no template, or goes beyond a limit.
    """
    document, notes = _new(path)
    root = read_root(data, budget, notes)
    return _finished(root, Run(options=options, budget=budget, load=load, document=document), notes)


def from_nodes(
    path: str,
    template: object,
    *,
    options: Options,
    budget: Budget | None = None,
    load: Load = _no_file,
) -> Document:
    """Read a template that cfn-lint decoded: its nodes know where they stand.

    Takes the root dictionary; otherwise like `read`.
    """
    budget = Budget(path) if budget is None else budget
    document, notes = _new(path)
    root = template_root(decoded_node(template, budget), budget)
    return _finished(root, Run(options=options, budget=budget, load=load, document=document), notes)


def _new(path: str) -> tuple[Document, Notes]:
    document = Document(path=path, format="cloudformation")
    return document, Notes(path, document.problems, document.not_analyzed)


def _finished(root: Fields, run: Run, notes: Notes) -> Document:
    document = run.document
    stack = open_stack(root, run, notes)
    run.domains.look = lambda: look(stack)
    _check(stack)
    build(stack)
    document.exports = Exports(stack)
    document.depends = Order(stack).depends
    return document


def _check(stack: Stack) -> None:
    """Report what is wrong with a template as a whole, and the macros that may change it."""
    run = stack.run
    for name, node in stack.macros:
        what = f"the macro {shown(name)}" if name else "a macro"
        reason = f"{what} may change any part of the template"
        stack.notes.skipped(f"{stack.prefix}Transform", reason, node, "/Transform")
        run.document.partial = (*run.document.partial, reason)
    for name in ("Modules", "Fn::Transform"):
        written = stack.root.node(name)
        if written is not None:
            reason = "modules and macros add resources that the template does not show"
            stack.notes.skipped(f"{stack.prefix}{name}", reason, written, f"/{name}")
    if stack.root.node("Resources") is None and stack.root.node("Modules") is None:
        stack.notes.problem(
            "template-shape", "not a CloudFormation template: it has no Resources", (1, 1)
        )
    for child in stack.nested.values():
        _check(child)
