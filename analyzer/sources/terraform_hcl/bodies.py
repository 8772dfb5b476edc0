"""Bodies of resources: arguments and nested blocks as data, in the shape of a plan."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from analyzer.core.values import ABSENT, Absent, Choice, Datum, Given, Origin, Reference, Unknown
from analyzer.sources.terraform_hcl.blocks import Block
from analyzer.sources.terraform_hcl.branching import lift
from analyzer.sources.terraform_hcl.engine import Engine
from analyzer.sources.terraform_hcl.expressions import (
    Literal,
    Name,
)
from analyzer.sources.terraform_hcl.labels import label
from analyzer.sources.terraform_hcl.partial import TRUE, Failure
from analyzer.sources.terraform_hcl.providers import Providers
from analyzer.sources.terraform_hcl.repetition import Element, Repetition
from analyzer.sources.terraform_hcl.scope import Object, Scope, Steps, Task

__all__ = ["Bodies", "located"]

#: Arguments and blocks that Terraform itself takes; the provider never sees them.
_META_ARGUMENTS = frozenset(("count", "for_each", "provider", "depends_on"))
_META_BLOCKS = frozenset(("lifecycle", "provisioner", "connection"))


#: What one block of a `dynamic` block costs of the budget: it makes many values on the way.
_PASS = 100


class Bodies:
    """The tasks that evaluate bodies."""

    def __init__(self, engine: Engine, repetition: Repetition, providers: Providers) -> None:
        self._engine = engine
        self._repetition = repetition
        self._providers = providers

    def attribute(self, target: Object, name: str) -> Task:
        """An attribute of an instance: what its body says, else known by name only.

        A null means that the provider decides, as if nothing were written.
        """
        by_name = Given(Reference(target.address, name))
        if target.block is None:
            return by_name
        argument = target.block.arguments.get(name)
        if argument is None or name in _META_ARGUMENTS:
            told = self._providers.told(target.block, name, target.scope.module)
            return by_name if told is None else Given(told)
        value = yield argument.expression, _at(target.scope, name)

        def operate(data: Sequence[Datum]) -> Datum:
            return by_name if isinstance(data[0], Absent) else data[0]

        return lift([value], operate, lambda: label(by_name), self._engine.facts)

    def body(self, target: Object) -> Steps[dict[str, Datum]]:
        """The whole body of an instance: blocks of one type are a list of objects."""
        if target.block is None:
            return {}
        return (yield from self._fields(target.block, target.scope, target.address))

    def _fields(self, block: Block, scope: Scope, base: str) -> Steps[dict[str, Datum]]:
        made: dict[str, Datum] = {}
        for name, argument in block.arguments.items():
            if name not in _META_ARGUMENTS:
                value = yield argument.expression, _at(scope, f"{base}.{name}", whole=True)
                made[name] = located(value, argument.place)
        lists: dict[str, list[Datum]] = {}
        seen: Counter[tuple[bool, str]] = Counter()
        for below in block.blocks:
            is_dynamic = below.type == "dynamic" and bool(below.labels)
            type_ = below.labels[0] if is_dynamic else below.type
            seen[is_dynamic, type_] += 1
            # What is unknown in the second block of a type is not what is unknown in the first.
            count = seen[is_dynamic, type_]
            number = f"#{count}" if count > 1 else ""
            if is_dynamic:
                items = yield from self._dynamic(below, scope, f"{base}.{type_}{number}")
                lists.setdefault(type_, []).extend(items)
            elif type_ not in _META_BLOCKS:
                item = yield self._block(below, scope, f"{base}.{type_}{number}")
                lists.setdefault(type_, []).append(item)
        for name, items in lists.items():
            made[name] = Given(tuple(items), block.origin)
        return made

    def _block(self, block: Block, scope: Scope, base: str) -> Task:
        fields = yield from self._fields(block, scope, base)
        return Given(fields, block.origin)

    def _dynamic(self, block: Block, scope: Scope, base: str) -> Steps[list[Datum]]:
        """The blocks that a `dynamic` block makes; one that may not be there is a choice."""
        argument = block.arguments.get("for_each")
        contents = [below for below in block.blocks if below.type == "content"]
        if argument is None or not contents:
            return []
        collection = yield argument.expression, _at(scope, base, whole=True)
        found = self._repetition.elements(collection, base)
        made: list[Datum] = []
        for element in found.elements:
            self._engine.budget.spend(_PASS)
            inside = scope.bind(**{_iterator(block): _pass(element)})
            item = yield self._block(contents[0], inside, f"{base}[{label(element.key)}]")
            made.append(self._if_there(item, element, contents[0].origin))
        return made

    def _if_there(self, item: Datum, element: Element, origin: Origin) -> Datum:
        def operate(data: Sequence[Datum]) -> Datum:
            return item if data[0] == TRUE else ABSENT

        made = lift([element.exists], operate, lambda: "", self._engine.facts)
        return located(made, origin)


def _at(scope: Scope, name: str, *, whole: bool = False) -> Scope:
    """A scope that tells an argument apart from others."""
    where = name if whole else f"{scope.where}.{name}"
    return Scope(scope.module, scope.names, where)


def _pass(element: Element) -> Datum:
    return Given({"key": element.key, "value": element.value})


def _iterator(block: Block) -> str:
    """The name of what a `dynamic` block iterates over."""
    argument = block.arguments.get("iterator")
    match argument.expression if argument is not None else None:
        case Name(name) | Literal(str(name)):
            return name
    return block.labels[0]


def located(datum: Datum, origin: Origin) -> Datum:
    """A datum that was written at a place."""
    if isinstance(datum, Failure):
        return Failure(datum.name, datum.why, origin=origin)
    if isinstance(datum, Unknown):
        return Unknown(datum.name, datum.why, datum.domain, datum.nullable, origin)
    if isinstance(datum, Choice):
        return Choice(datum.fact, datum.branches, origin)
    if isinstance(datum, Given):
        return Given(datum.value, origin, datum.sensitive)
    return Absent(origin)
