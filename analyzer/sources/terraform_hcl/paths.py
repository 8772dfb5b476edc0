"""Steps into values: `.name`, `[key]`, `[*]`."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence

from analyzer.core.values import Absent, Choice, Datum, Given, Reference, Unknown, leaves
from analyzer.sources.terraform_hcl.branching import choice, lift
from analyzer.sources.terraform_hcl.engine import Engine
from analyzer.sources.terraform_hcl.expressions import GetAttr, Splat, Step
from analyzer.sources.terraform_hcl.labels import derived, fails, label, scalar_text
from analyzer.sources.terraform_hcl.lists import index_of
from analyzer.sources.terraform_hcl.partial import Failure, SetOf, is_scalar
from analyzer.sources.terraform_hcl.scope import Scope, Steps, Task

__all__ = ["Paths"]


class Paths:
    """Follows steps; `member` evaluates an attribute of a resource, or an output of a module."""

    def __init__(self, engine: Engine, member: Callable[[str, str], Task]) -> None:
        self._engine = engine
        self._member = member

    def follow(self, datum: Datum, steps: Sequence[Step], scope: Scope) -> Steps[Datum]:
        """What the steps lead to from a value."""
        for at, step in enumerate(steps):
            if isinstance(step, Splat):
                return (yield self._splat(datum, step, steps[at + 1 :], scope))
            if isinstance(step, GetAttr):
                datum = yield from self._attribute(datum, step.name)
            else:
                key = yield step.key, scope
                datum = self._index(datum, key)
        return datum

    def _splat(self, datum: Datum, splat: Splat, steps: Sequence[Step], scope: Scope) -> Task:
        """The steps after a splat on each item; an index after `.*` is on the result."""
        count = len(steps)
        if not splat.full:
            stops = (at for at, step in enumerate(steps) if not isinstance(step, GetAttr))
            count = next(stops, count)
        each, after = steps[:count], steps[count:]
        if isinstance(datum, Choice):
            branches: dict[str, Datum] = {}
            for answer, branch in datum.branches.items():
                branches[answer] = yield self._splat(branch, splat, steps, scope)
            return choice(datum.fact, branches)
        items = _splat_items(datum)
        if items is None:
            if isinstance(datum, Failure):
                return datum
            self._engine.suspect()
            every = derived(f"{label(datum)}[*]", datum)
            return (yield from self.follow(every, steps, scope))
        made: list[Datum] = []
        for item in items:
            self._engine.budget.spend(1)
            made.append((yield from self.follow(item, each, scope)) if each else item)
        failed = next((item for item in made if isinstance(item, Failure)), None)
        whole: Datum = failed if failed is not None else Given(tuple(made))
        return (yield from self.follow(whole, after, scope))

    def _attribute(self, datum: Datum, name: str) -> Steps[Datum]:
        """`.name` of a value; what belongs to a resource or module is evaluated first."""
        found: dict[str, Datum] = {}
        for leaf in leaves(datum):
            value = leaf.value if isinstance(leaf, Given) else None
            if isinstance(value, Reference) and not value.attribute:
                member = self._member(value.address, name)
                found[value.address] = yield from self._engine.elsewhere(member)
        self._engine.suspect(datum)

        def operate(data: Sequence[Datum]) -> Datum:
            return self._get(data[0], name, found)

        return lift([datum], operate, lambda: f"{label(datum)}.{name}", self._engine.facts)

    def _get(self, datum: Datum, name: str, found: Mapping[str, Datum]) -> Datum:
        if isinstance(datum, Failure):
            return datum
        if isinstance(datum, Unknown):
            made = derived(f"{datum.name}.{name}", datum)
            self._engine.facts.types.setdefault(
                made.name, self._engine.facts.type_of(datum).at(name)
            )
            return made
        value = datum.value if isinstance(datum, Given) else None
        if isinstance(value, Reference):
            if not value.attribute:
                return found[value.address]
            return Given(Reference(value.address, f"{value.attribute}.{name}"))
        if isinstance(value, Mapping) and name in value:
            return value[name]
        if isinstance(value, tuple) and name.isdecimal():
            return self._index(datum, Given(int(name)))
        return fails(f"{label(datum)}.{name}", f"there is no attribute {json.dumps(name)}")

    def _index(self, datum: Datum, key: Datum) -> Datum:
        """`datum[key]`."""

        def operate(data: Sequence[Datum]) -> Datum:
            for part in data:
                if isinstance(part, Failure):
                    return part
            return self._item(data[0], data[1])

        return lift([datum, key], operate, lambda: _title(datum, key), self._engine.facts)

    def _item(self, datum: Datum, key: Datum) -> Datum:
        value = datum.value if isinstance(datum, Given) else None
        is_known = isinstance(key, Given) and not isinstance(key.value, Reference)
        # The name of a large map is much work; of what is not there, the key tells enough.
        missing = fails(f"[{label(key)}]", "there is no such item")
        if isinstance(datum, Unknown) or (not is_known and not isinstance(key, Absent)):
            if isinstance(value, Mapping) and isinstance(key, Unknown):
                found = self._engine.facts.ask_key(key, value, missing)
                if found is not None:
                    return found
            self._engine.suspect()
            made = derived(_title(datum, key), datum, key)
            if isinstance(datum, Unknown):
                element = self._engine.facts.type_of(datum).at(index_of(key) or 0)
                self._engine.facts.types.setdefault(made.name, element)
            return made
        if isinstance(value, Reference):
            if not value.attribute:
                return derived(_title(datum, key), why="it is not a list")
            return Given(Reference(value.address, f"{value.attribute}[{label(key)}]"))
        if isinstance(value, Mapping):
            word = key.value if isinstance(key, Given) else None
            name = scalar_text(word) if is_scalar(word) else ""
            if name in value:
                return value[name]
        elif isinstance(value, tuple) and not isinstance(value, SetOf):
            index = index_of(key)
            items: tuple[Datum, ...] = value
            if index is not None and 0 <= index < len(items):
                return items[index]
        return missing


def _title(datum: Datum, key: Datum) -> str:
    return f"{label(datum)}[{label(key)}]"


def _splat_items(datum: Datum) -> Sequence[Datum] | None:
    """The items that a splat goes over: of a list, or the one value that is none."""
    if isinstance(datum, Absent):
        return ()
    if isinstance(datum, Given):
        if isinstance(datum.value, tuple):
            return datum.value
        if isinstance(datum.value, Reference) and datum.value.attribute:
            return None
        return (datum,)
    return None
