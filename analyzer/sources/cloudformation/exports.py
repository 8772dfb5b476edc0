"""What a template exports by name, for the other templates of a run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from analyzer.core.facts import Fact, means_the_same
from analyzer.core.values import Choice, Datum, Given, Reference, Unknown
from analyzer.sources.cloudformation.evaluate import Evaluator
from analyzer.sources.cloudformation.nodes import Fields
from analyzer.sources.cloudformation.stack import step
from analyzer.sources.cloudformation.terms import given_text

__all__ = ["Exports"]


class Exports(Mapping[str, Datum]):
    """The exports of a template, by the names they have where those are known.

    Values are evaluated when they are asked for. What they refer to keeps its meaning in
    another template: references, unknowns and facts carry the path of this one.
    """

    def __init__(self, evaluator: Evaluator) -> None:
        self._evaluator = evaluator
        self._names = dict(_exported(evaluator))
        self._data: dict[str, Datum] = {}

    def __getitem__(self, name: str) -> Datum:
        found = self._data.get(name)
        if found is None:
            output = self._names[name]
            datum = self._evaluator.output(output)
            if datum is None:
                raise KeyError(name)
            found = self._data[name] = _abroad(datum, self._evaluator.stack.path)
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def _exported(evaluator: Evaluator) -> Iterator[tuple[str, str]]:
    """Names of exports with the names of their outputs, those of nested stacks left out."""
    stack = evaluator.stack
    for output, node in stack.outputs.items() if stack.outputs is not None else ():
        export = node.node("Export") if isinstance(node, Fields) else None
        name = export.node("Name") if isinstance(export, Fields) else None
        if name is not None and isinstance(node, Fields) and node.node("Value") is not None:
            text = given_text(evaluator.read(name, f"{step('/Outputs', output)}/Export/Name"))
            if text is not None:
                yield text, output


def _abroad(datum: Datum, path: str) -> Datum:
    """A value as another template sees it."""
    if isinstance(datum, Choice):
        fact = datum.fact
        if not means_the_same(fact.scope) and not fact.scope.startswith(path):
            fact = Fact(fact.kind, f"{path}:{fact.scope}", fact.domain, fact.question)
        return replace(datum.map(lambda branch: _abroad(branch, path)), fact=fact)
    if isinstance(datum, Unknown):
        return datum if means_the_same(datum.name) else replace(datum, name=f"{path}:{datum.name}")
    if isinstance(datum, Given):
        value = datum.value
        if isinstance(value, Reference):
            return replace(datum, value=Reference(f"{path}:{value.address}", value.attribute))
        if isinstance(value, list):
            return replace(datum, value=[_abroad(item, path) for item in value])
    return datum
