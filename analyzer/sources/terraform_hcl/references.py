"""What names stand for, and the steps from there: `var.x`, `module.m.out`, `aws_kms_key.k[0].arn`.

An instance of a resource or module is a `Reference` without attribute. The attribute of a resource
is what its own body says, where it says it; everything else is known by its name only.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace

from analyzer.core.values import Absent, Choice, Datum, Given, Reference, Unknown, leaves
from analyzer.sources.terraform_hcl.bodies import Bodies
from analyzer.sources.terraform_hcl.branching import choice, lift
from analyzer.sources.terraform_hcl.engine import Engine
from analyzer.sources.terraform_hcl.expansion import Expander
from analyzer.sources.terraform_hcl.expressions import (
    Access,
    Expression,
    GetAttr,
    GetIndex,
    Name,
    Splat,
    Step,
)
from analyzer.sources.terraform_hcl.labels import derived, fails, label, scalar_text
from analyzer.sources.terraform_hcl.lists import index_of
from analyzer.sources.terraform_hcl.partial import TRUE, Failure, SetOf, is_scalar
from analyzer.sources.terraform_hcl.scope import Expansion, ModuleInstance, Scope, Steps, Task
from analyzer.sources.terraform_hcl.variables import Variables

__all__ = ["References"]

#: Names that are known to Terraform when it runs, and to nobody before.
_RUNTIME = ("path", "terraform", "each", "count", "self", "ephemeral")


class References:
    """The tasks of references."""

    def __init__(
        self, engine: Engine, variables: Variables, expander: Expander, bodies: Bodies
    ) -> None:
        self._engine = engine
        self._variables = variables
        self._expander = expander
        self._bodies = bodies

    def access(self, node: Access | Name, scope: Scope) -> Task:
        """The value of a reference, or of steps into any other expression."""
        base: Expression = node.base if isinstance(node, Access) else node
        steps: Sequence[Step] = node.steps if isinstance(node, Access) else ()
        if not isinstance(base, Name):
            datum = yield base, scope
        elif base.name in scope.names:
            datum = scope.names[base.name]
        else:
            datum, steps = yield from self._root(base.name, steps, scope)
        return (yield from self._follow(datum, steps, scope)) if steps else datum

    # -- what a name stands for ----------------------------------------------------------

    def _root(
        self, name: str, steps: Sequence[Step], scope: Scope
    ) -> Steps[tuple[Datum, Sequence[Step]]]:
        """What the first words of a reference stand for, and the steps that are left."""
        words = _words(steps)
        module = scope.module
        if name in _RUNTIME:
            text = ".".join((name, *words[:1]))
            return _runtime(module.join(text), name), steps[1:]
        if name == "var" and words:
            value = yield from self._elsewhere(self._variables.value(words[0], module))
            return value, steps[1:]
        if name == "local" and words:
            return (yield from self._elsewhere(self._local(words[0], module))), steps[1:]
        if name == "module" and words:
            return (yield from self._module(words[0], steps[1:], scope))
        is_data = name == "data"
        taken = 2 if is_data else 1
        if len(words) < taken:
            return derived(module.join(name), why="it names nothing"), steps[taken:]
        key = (is_data, *((words[0], words[1]) if is_data else (name, words[0])))
        return (yield from self._resource(key, steps[taken:], scope))

    def _elsewhere(self, task: Task) -> Steps[Datum]:
        """Evaluate what stands elsewhere: where that fails, Terraform stops, `try` or not."""
        before = self._engine.doubt
        datum = yield task
        self._engine.doubt = before
        return datum

    def _local(self, name: str, module: ModuleInstance) -> Task:
        memo = ("local", name)
        if memo in module.memo:
            return module.memo[memo]
        full = module.join(f"local.{name}")
        argument = module.module.locals.get(name)
        if argument is None:
            return derived(full, why="it is not declared in this module")
        if memo in module.busy:
            return derived(full, why="it refers to itself")
        module.busy.add(memo)
        datum = yield argument.expression, module.scope(where=full)
        module.busy.discard(memo)
        module.memo[memo] = self._engine.kept(lambda: full, datum)
        return module.memo[memo]

    def _module(
        self, name: str, steps: Sequence[Step], scope: Scope
    ) -> Steps[tuple[Datum, Sequence[Step]]]:
        call = scope.module.module.calls.get(name)
        base = scope.module.join(f"module.{name}")
        if call is None:
            return derived(base, why="it is not declared in this module"), steps
        why = self._expander.missing(call, scope.module)
        if why:
            return derived(base, why=why), steps
        expansion = yield from self._expander.expansion(call, base, scope.module)
        return (yield from self._pick(expansion, base, steps, scope))

    def _resource(
        self, key: tuple[bool, str, str], steps: Sequence[Step], scope: Scope
    ) -> Steps[tuple[Datum, Sequence[Step]]]:
        is_data, type_, name = key
        base = scope.module.join(f"{'data.' if is_data else ''}{type_}.{name}")
        block = scope.module.module.resources.get(key)
        if block is None:
            return derived(base, why="it is not declared in this module"), steps
        expansion = yield from self._expander.expansion(block, base, scope.module)
        return (yield from self._pick(expansion, base, steps, scope))

    def _pick(
        self, expansion: Expansion, base: str, steps: Sequence[Step], scope: Scope
    ) -> Steps[tuple[Datum, Sequence[Step]]]:
        """The instance that an index chooses; all of them where there is none."""
        first = steps[0] if steps else None
        if expansion.kind == "single":
            return Given(Reference(base)), steps
        if not expansion.is_open or not isinstance(first, (GetIndex, GetAttr)):
            return expansion.whole, steps
        if isinstance(first, GetAttr):
            key: Datum = Given(first.name)
        else:
            key = yield first.key, scope
        instance = expansion.instances[0]
        address = f"{base}[*]"
        if isinstance(key, Given) and not isinstance(key.value, (Reference, Mapping, tuple)):
            address = self._expander.choose(expansion, base, key, scope.module)
        # Which instances there are is not known, so neither is whether this is one of them.
        there = instance.exists if index_of(key) == 0 else self._is_key(base, key)

        def operate(data: Sequence[Datum]) -> Datum:
            if data[0] == TRUE:
                return Given(Reference(address))
            return fails(f"{base}[{label(key)}]", "there is no such instance")

        name = f"{base}[{label(key)}]"
        return lift([there], operate, lambda: name, self._engine.facts), steps[1:]

    def _is_key(self, base: str, key: Datum) -> Datum:
        if not isinstance(key, Given):
            self._engine.suspect()
            return TRUE
        facts = self._engine.facts
        return facts.ask_truth(facts.undecided(f"{base}[{label(key)}] exists"))

    # -- steps ---------------------------------------------------------------------------

    def _follow(self, datum: Datum, steps: Sequence[Step], scope: Scope) -> Steps[Datum]:
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
            return (yield from self._follow(every, steps, scope))
        made: list[Datum] = []
        for item in items:
            self._engine.budget.spend(1)
            made.append((yield from self._follow(item, each, scope)) if each else item)
        failed = next((item for item in made if isinstance(item, Failure)), None)
        whole: Datum = failed if failed is not None else Given(tuple(made))
        return (yield from self._follow(whole, after, scope))

    def _attribute(self, datum: Datum, name: str) -> Steps[Datum]:
        """`.name` of a value; what belongs to a resource or module is evaluated first."""
        found: dict[str, Datum] = {}
        for leaf in leaves(datum):
            value = leaf.value if isinstance(leaf, Given) else None
            if isinstance(value, Reference) and not value.attribute:
                member = self._member(value.address, name)
                found[value.address] = yield from self._elsewhere(member)
        self._engine.suspect(datum)

        def operate(data: Sequence[Datum]) -> Datum:
            return self._get(data[0], name, found)

        return lift([datum], operate, lambda: f"{label(datum)}.{name}", self._engine.facts)

    def _member(self, address: str, name: str) -> Task:
        """An attribute of a resource, or an output of a module."""
        target = self._expander.objects.get(address)
        if target is None:
            return Given(Reference(address, name))
        if target.child is not None:
            return (yield self._output(target.child, name))
        memo = (f"attribute of {address}", name)
        module = target.scope.module
        if memo in module.memo:
            return module.memo[memo]
        if memo in module.busy:
            return Given(Reference(address, name))
        module.busy.add(memo)
        datum = yield self._bodies.attribute(target, name)
        module.busy.discard(memo)
        module.memo[memo] = self._engine.kept(lambda: f"{address}.{name}", datum)
        return module.memo[memo]

    def _output(self, module: ModuleInstance, name: str) -> Task:
        memo = ("output", name)
        if memo in module.memo:
            return module.memo[memo]
        full = f"{module.address}.{name}"
        block = module.module.outputs.get(name)
        argument = block.arguments.get("value") if block is not None else None
        if argument is None:
            return derived(full, why="the module has no such output")
        if memo in module.busy:
            return derived(full, why="it refers to itself")
        module.busy.add(memo)
        datum = yield argument.expression, module.scope(where=full)
        module.busy.discard(memo)
        module.memo[memo] = self._engine.kept(lambda: full, datum)
        return module.memo[memo]

    def _get(self, datum: Datum, name: str, found: Mapping[str, Datum]) -> Datum:
        if isinstance(datum, Failure):
            return datum
        if isinstance(datum, Unknown):
            made = replace(derived(f"{datum.name}.{name}", datum), origin=datum.origin)
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

        def name() -> str:
            return f"{label(datum)}[{label(key)}]"

        return lift([datum, key], operate, name, self._engine.facts)

    def _item(self, datum: Datum, key: Datum) -> Datum:
        title = f"{label(datum)}[{label(key)}]"
        value = datum.value if isinstance(datum, Given) else None
        is_known = isinstance(key, Given) and not isinstance(key.value, Reference)
        if isinstance(datum, Unknown) or (not is_known and not isinstance(key, Absent)):
            self._engine.suspect()
            made = derived(title, datum, key)
            if isinstance(datum, Unknown):
                element = self._engine.facts.type_of(datum).at(index_of(key) or 0)
                self._engine.facts.types.setdefault(made.name, element)
            return made
        if isinstance(value, Reference):
            if not value.attribute:
                return derived(title, why="it is not a list")
            return Given(Reference(value.address, f"{value.attribute}[{label(key)}]"))
        if isinstance(value, Mapping):
            word = key.value if isinstance(key, Given) else None
            name = scalar_text(word) if is_scalar(word) else ""
            found: Datum | None = value.get(name)
            if found is not None:
                return found
        elif isinstance(value, tuple) and not isinstance(value, SetOf):
            index = index_of(key)
            if index is not None and 0 <= index < len(value):
                return value[index]
        return fails(title, "there is no such item")


def _words(steps: Sequence[Step]) -> list[str]:
    """The names that the steps begin with."""
    words: list[str] = []
    for step in steps:
        if not isinstance(step, GetAttr):
            break
        words.append(step.name)
    return words


def _runtime(name: str, kind: str) -> Datum:
    if kind in ("each", "count", "self"):
        return derived(name, why=f"{kind} means nothing here")
    why = "it is known when Terraform runs"
    return Unknown(name, why, nullable=False)


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
