"""The instances of blocks and modules: who exists, and under which address."""

from __future__ import annotations

from analyzer.core.values import Datum, Given, Reference
from analyzer.sources.terraform_hcl.blocks import Argument, Block
from analyzer.sources.terraform_hcl.engine import Engine
from analyzer.sources.terraform_hcl.labels import derived
from analyzer.sources.terraform_hcl.repetition import Repetition, refusal
from analyzer.sources.terraform_hcl.scope import (
    Expansion,
    Instance,
    ModuleInstance,
    Object,
    Scope,
    Steps,
)
from analyzer.sources.terraform_hcl.sources import Found, Sources

__all__ = ["Expander"]

_BUSY = "this call"


class Expander:
    """Expands blocks, each once; `objects` are all instances by address."""

    def __init__(self, engine: Engine, repetition: Repetition, sources: Sources) -> None:
        self._engine = engine
        self._repetition = repetition
        self._sources = sources
        self.objects: dict[str, Object] = {}

    def expansion(self, block: Block, base: str, module: ModuleInstance) -> Steps[Expansion]:
        """The instances of a block of a module instance."""
        known = module.expansions.get(base)
        if known is not None:
            return known
        memo = (_BUSY, base)
        if memo in module.busy:
            every = derived(f"{base}[*]", why="it refers to itself")
            instance = Instance("[*]", {}, copies="1..n")
            return Expansion("each", (instance,), every, every, is_open=True)
        module.busy.add(memo)
        made = yield from self._expand(block, base, module)
        module.busy.discard(memo)
        module.expansions[base] = made
        for instance in made.instances:
            self._register(block, base, module, instance)
        return made

    def _expand(self, block: Block, base: str, module: ModuleInstance) -> Steps[Expansion]:
        before = self._engine.doubt
        count, each = block.arguments.get("count"), block.arguments.get("for_each")
        if count is not None and each is not None:
            block.refuse("for_each", "count and for_each exclude each other")
            neither = derived(f"{base}.for_each", why="count is set, too")
            made = self._repetition.for_each(neither, base)
        elif count is not None:
            value = yield count.expression, module.scope(where=f"{base}.count")
            made = self._repetition.count(self._taken("count", value, count, base), base)
        elif each is not None:
            value = yield each.expression, module.scope(where=f"{base}.for_each")
            made = self._repetition.for_each(self._taken("for_each", value, each, base), base)
        else:
            made = Expansion("single", (Instance(),), Given(Reference(base)))
        self._engine.doubt = before
        return made

    def _taken(self, name: str, value: Datum, argument: Argument, base: str) -> Datum:
        """The value of `count` or `for_each`; what Terraform refuses is listed, and not known."""
        why = refusal(name, value)
        if not why:
            return value
        self._engine.refused[base] = f"{why}, so Terraform would not plan", argument.origin
        return derived(f"{base}.{name}", why=why)

    def choose(self, expansion: Expansion, base: str, key: Datum, module: ModuleInstance) -> str:
        """The address of the instance with a key of an open expansion, if there is one."""
        standing = self.objects.get(f"{base}[*]")
        chosen = self._repetition.chosen(expansion, key)
        address = f"{base}{chosen.suffix}"
        if standing is None or standing.block is None or standing.child is not None:
            return f"{base}[*]"
        if address not in self.objects:
            scope = module.scope(chosen.names, address)
            self.objects[address] = Object(f"{base}[*]", standing.block, scope)
        return address

    def _register(
        self, block: Block, base: str, module: ModuleInstance, instance: Instance
    ) -> None:
        address = f"{base}{instance.suffix}"
        scope = module.scope(instance.names, address)
        child = None
        if block.type == "module":
            child = self._child(block, address, scope, instance)
        self.objects[address] = Object(address, block, scope, child)

    def _child(
        self, block: Block, address: str, scope: Scope, instance: Instance
    ) -> ModuleInstance | None:
        found = self.find(block, scope.module)
        if found.module is None:
            return None
        self._engine.count_instances(1)
        return ModuleInstance(
            address,
            found.module,
            call=block,
            parent=scope,
            instance=instance,
            folders=(*scope.module.folders, found.real),
        )

    def find(self, call: Block, module: ModuleInstance) -> Found:
        """The module that a call leads to, unless it leads back to one around it."""
        name = call.labels[0] if call.labels else ""
        found = module.found.get(name)
        if found is None:
            found = module.found[name] = self._find(name, call, module)
        return found

    def _find(self, name: str, call: Block, module: ModuleInstance) -> Found:
        found = self._sources.find(call, module.module, ".".join((*module.keys, name)))
        if found.module is None:
            return found
        if found.real in module.folders:
            return Found(why="the module calls itself, through others or directly")
        most = self._engine.budget.limits.module_depth
        if len(module.folders) > most:
            return Found(why=f"modules are nested more than {most} levels deep")
        return found

    def missing(self, call: Block, module: ModuleInstance) -> str:
        """Why the module of a call cannot be read; empty where it can."""
        found = self.find(call, module)
        return found.why if found.module is None else ""
