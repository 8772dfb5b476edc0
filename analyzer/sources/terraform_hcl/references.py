"""What names stand for, and the steps from there: `var.x`, `module.m.out`, `aws_kms_key.k[0].arn`.

An instance of a resource or module is a `Reference` without attribute. The attribute of a resource
is what its own body says, where it says it; everything else is known by its name only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from analyzer.core.values import Datum, Given, Reference, Unknown
from analyzer.sources.terraform_hcl.blocks import Argument
from analyzer.sources.terraform_hcl.bodies import Bodies
from analyzer.sources.terraform_hcl.branching import lift
from analyzer.sources.terraform_hcl.engine import Engine
from analyzer.sources.terraform_hcl.expansion import Expander
from analyzer.sources.terraform_hcl.expressions import (
    Access,
    Expression,
    GetAttr,
    GetIndex,
    Name,
    Step,
)
from analyzer.sources.terraform_hcl.labels import derived, fails, label
from analyzer.sources.terraform_hcl.lists import index_of
from analyzer.sources.terraform_hcl.partial import TRUE
from analyzer.sources.terraform_hcl.paths import Paths
from analyzer.sources.terraform_hcl.scope import (
    Expansion,
    ModuleInstance,
    Request,
    Scope,
    Steps,
    Task,
)
from analyzer.sources.terraform_hcl.type_constraints import STRING
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
        self._paths = Paths(engine, self._member)

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
        return (yield from self._paths.follow(datum, steps, scope)) if steps else datum

    # -- what a name stands for ----------------------------------------------------------

    def _root(
        self, name: str, steps: Sequence[Step], scope: Scope
    ) -> Steps[tuple[Datum, Sequence[Step]]]:
        """What the first words of a reference stand for, and the steps that are left."""
        words = _words(steps)
        module = scope.module
        if name in _RUNTIME:
            text = ".".join((name, *words[:1]))
            if name == "terraform":  # the workspace of the run is that of every module
                self._engine.facts.types.setdefault(text, STRING)
            else:
                text = module.join(text)
            return _runtime(text, name), steps[1:]
        if name == "var" and words:
            value = yield from self._engine.elsewhere(self._variables.value(words[0], module))
            return value, steps[1:]
        if name == "local" and words:
            return (yield from self._engine.elsewhere(self._local(words[0], module))), steps[1:]
        if name == "module" and words:
            return (yield from self._module(words[0], steps[1:], scope))
        is_data = name == "data"
        taken = 2 if is_data else 1
        if len(words) < taken:
            return derived(module.join(name), why="it names nothing"), steps[taken:]
        key = (is_data, *((words[0], words[1]) if is_data else (name, words[0])))
        return (yield from self._resource(key, steps[taken:], scope))

    def _local(self, name: str, module: ModuleInstance) -> Task:
        full = module.join(f"local.{name}")
        argument = module.module.locals.get(name)
        if argument is None:
            return derived(full, why="it is not declared in this module")
        return (yield from self._written(("local", name), full, argument, module))

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

    # -- members -------------------------------------------------------------------------

    def _member(self, address: str, name: str) -> Task:
        """An attribute of a resource, or an output of a module."""
        target = self._expander.objects.get(address)
        if target is None:
            return Given(Reference(address, name))
        if target.child is not None:
            return (yield self._output(target.child, name))
        memo = (f"attribute of {address}", name)

        def work() -> Task:
            return self._bodies.attribute(target, name)

        itself = Given(Reference(address, name))
        module = target.scope.module
        return (yield from self._engine.once(module, memo, f"{address}.{name}", work, again=itself))

    def _output(self, module: ModuleInstance, name: str) -> Task:
        full = f"{module.address}.{name}"
        block = module.module.outputs.get(name)
        argument = block.arguments.get("value") if block is not None else None
        if argument is None:
            return derived(full, why="the module has no such output")
        return (yield from self._written(("output", name), full, argument, module))

    def _written(
        self, memo: tuple[str, str], name: str, argument: Argument, module: ModuleInstance
    ) -> Steps[Datum]:
        """The value of an argument that stands on its own in a module."""

        def work() -> Request:
            return argument.expression, module.scope(where=name)

        return (yield from self._engine.once(module, memo, name, work))


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
