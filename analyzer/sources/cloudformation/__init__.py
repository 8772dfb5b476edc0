"""CloudFormation templates: YAML, JSON, or decoded by cfn-lint, nested stacks included."""

from __future__ import annotations

from weakref import ref

from analyzer.collector import collector_paused
from analyzer.limits import Budget
from analyzer.sources.cloudformation.custom import CALL
from analyzer.sources.cloudformation.decoded_nodes import decoded_node
from analyzer.sources.cloudformation.detect import is_template
from analyzer.sources.cloudformation.evaluate import Evaluator
from analyzer.sources.cloudformation.exports import Exports
from analyzer.sources.cloudformation.nested import open_stack
from analyzer.sources.cloudformation.nodes import Fields
from analyzer.sources.cloudformation.notes import Notes
from analyzer.sources.cloudformation.options import Load, Options
from analyzer.sources.cloudformation.order import Order
from analyzer.sources.cloudformation.reader import read_root, template_root
from analyzer.sources.cloudformation.resources import build, look
from analyzer.sources.cloudformation.skim import skimmed
from analyzer.sources.cloudformation.stack import Run, Stack
from analyzer.sources.document import Document

__all__ = ["Load", "Options", "from_nodes", "is_template", "read"]


def _no_file(_path: str) -> bytes | None:
    return None


def read(
    path: str, data: bytes, *, options: Options, budget: Budget, load: Load = _no_file
) -> Document:
    """Read a template and the local templates of its nested stacks.

    Bodies are evaluated when they are read: `problems` and `not_analyzed` of the document may
    grow until then. `depends` is worked out where the template makes calls of the AWS API: what
    it creates otherwise changes nothing for what comes later.

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
    types = skimmed(data, options.known, budget)
    if types is not None:
        document.others.update(types)
        return document
    run = Run(options=options, budget=budget, load=load)
    with collector_paused():
        return _finished(document, read_root(data, budget, notes), run, notes)


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
    run = Run(options=options, budget=budget, load=load)
    with collector_paused():
        root = template_root(decoded_node(template, budget), budget)
        return _finished(document, root, run, notes)


def _new(path: str) -> tuple[Document, Notes]:
    document = Document(path=path, format="cloudformation")
    return document, Notes(path, document.problems, document.not_analyzed)


def _finished(document: Document, root: Fields, run: Run, notes: Notes) -> Document:
    stack = open_stack(root, run, notes)
    # The run belongs to the stack, so it may not hold the stack in turn.
    seen = ref(stack)
    run.domains.look = lambda: _look(seen())
    evaluator = Evaluator(stack)
    build(evaluator, document)
    document.partial = tuple(run.partial)
    document.assumed = run.assumed
    document.exports = Exports(evaluator) or {}
    if any(resource.type.startswith(CALL) for resource in document):
        document.depends = Order(stack).depends
    stack.forget()
    return document


def _look(stack: Stack | None) -> None:
    if stack is not None:
        look(Evaluator(stack, looking=True))
