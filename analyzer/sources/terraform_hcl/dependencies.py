"""Which resource waits for which: references and `depends_on`, through modules."""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.sources.terraform_hcl.blocks import Argument, Block
from analyzer.sources.terraform_hcl.expansion import Expander
from analyzer.sources.terraform_hcl.expressions import (
    Access,
    Expression,
    GetAttr,
    Literal,
    Name,
    TupleCons,
    walk,
)
from analyzer.sources.terraform_hcl.parse import simple
from analyzer.sources.terraform_hcl.partial import plain_address
from analyzer.sources.terraform_hcl.scope import ModuleInstance

__all__ = ["Dependencies"]

#: A node of the graph: a module instance's key, and what in it.
Node = tuple[str, str]


class Dependencies:
    """Answers `depends(a, b)`; the graph is followed only when somebody asks.

    Blocks are nodes, not instances: Terraform orders whole blocks. A module that is waited for is
    everything in it; what is in a module waits for what its call waits for.
    """

    def __init__(self, root: ModuleInstance, expander: Expander) -> None:
        self._expander = expander
        self._modules: dict[str, ModuleInstance] = {"": root}
        self._reached: dict[str, frozenset[str]] = {}

    def depends(self, address: str, on: str) -> bool:
        """Whether the resource at an address is ordered after another one."""
        start, target = plain_address(address), plain_address(on)
        if start == target:
            return False
        if start not in self._reached:
            self._reached[start] = self._closure(start)
        reached = self._reached[start]
        prefixes = _inside(target)
        return target in reached or any(prefix in reached for prefix in prefixes)

    def _closure(self, start: str) -> frozenset[str]:
        """Everything that a block waits for: full names of blocks, and of modules as a whole."""
        path, name = _split(start)
        pending: list[Node] = [(path, name)]
        seen: set[Node] = set()
        while pending:
            node = pending.pop()
            if node in seen:
                continue
            seen.add(node)
            module = self._module(node[0])
            if module is not None:
                pending.extend(self._before(node[0], node[1], module))
        reached = (f"{path}.{name}" if path and name else path or name for path, name in seen)
        return frozenset(reached) - {start}

    def _module(self, path: str) -> ModuleInstance | None:
        """An instance of the module that the calls of a path lead to."""
        known = self._modules.get(path)
        if known is None and path:
            outer, _, call = path.rpartition("module.")
            parent = self._module(outer.rstrip("."))
            block = parent.module.calls.get(call) if parent is not None else None
            if parent is None or block is None:
                return None
            found = self._expander.find(block, parent)
            if found.module is None:
                return None
            known = ModuleInstance(
                path,
                found.module,
                call=block,
                parent=parent.scope(),
                folders=(*parent.folders, found.real),
            )
            self._modules[path] = known
        return known

    def _before(self, path: str, name: str, module: ModuleInstance) -> Iterator[Node]:
        kind, _, rest = name.partition(".")
        content = module.module
        if kind == "var":
            argument = module.call.arguments.get(rest) if module.call is not None else None
            yield from self._targets(argument, _outer(path))
            return
        if kind == "local":
            yield from self._targets(content.locals.get(rest), path)
            return
        if kind == "output":
            yield from self._of_block(content.outputs.get(rest), path)
            return
        if path:
            yield from self._of_call(path, module)
        if not name:
            yield from ((path, _key_name(key)) for key in content.resources)
            yield from ((_join(path, f"module.{call}"), "") for call in content.calls)
            return
        words = name.split(".")
        key = (words[0] == "data", *(words[1:3] if words[0] == "data" else words[:2]))
        yield from self._of_block(content.resources.get(key), path)  # type: ignore[arg-type]

    def _of_call(self, path: str, module: ModuleInstance) -> Iterator[Node]:
        """What the call of a module waits for as a whole."""
        call = module.call
        for argument in ("depends_on", "count", "for_each"):
            if call is not None and argument in call.arguments:
                yield from self._targets(call.arguments[argument], _outer(path))
        if _outer(path) and module.parent is not None:
            yield from self._of_call(_outer(path), module.parent.module)

    def _of_block(self, block: Block | None, path: str) -> Iterator[Node]:
        for below in block.walk() if block is not None else ():
            for argument in below.arguments.values():
                yield from self._targets(argument, path)

    @staticmethod
    def _targets(argument: Argument | None, path: str) -> Iterator[Node]:
        if argument is None:
            return
        expression = argument.expression
        if argument.name == "depends_on" and isinstance(expression, TupleCons):
            # JSON writes references as text
            texts = (i.value if isinstance(i, Literal) else None for i in expression.items)
            for text in texts:
                found = simple(text) if isinstance(text, str) else None
                if found is not None:
                    yield from _target(found, path)
        for node in walk(expression):
            yield from _target(node, path)


def _target(node: Expression, path: str) -> Iterator[Node]:
    """The node that a reference in a module waits for."""
    if not isinstance(node, Access) or not isinstance(node.base, Name):
        return
    words = [step.name for step in node.steps if isinstance(step, GetAttr)]
    kind = node.base.name
    if not words or kind in ("each", "count", "self", "path", "terraform"):
        return
    if kind in ("var", "local"):
        yield path, f"{kind}.{words[0]}"
    elif kind == "module":
        inner = _join(path, f"module.{words[0]}")
        yield (inner, f"output.{words[1]}") if len(words) > 1 else (inner, "")
    elif kind == "data":
        if len(words) > 1:
            yield path, f"data.{words[0]}.{words[1]}"
    else:
        yield path, f"{kind}.{words[0]}"


def _key_name(key: tuple[bool, str, str]) -> str:
    is_data, type_, name = key
    return f"data.{type_}.{name}" if is_data else f"{type_}.{name}"


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _split(address: str) -> tuple[str, str]:
    """The module path of a plain address, and the rest."""
    words = address.split(".")
    count = 0
    while words[count : count + 1] == ["module"] and len(words) > count + 1:
        count += 2
    return ".".join(words[:count]), ".".join(words[count:])


def _outer(path: str) -> str:
    """The module path around a module path."""
    return ".".join(path.split(".")[:-2])


def _inside(address: str) -> list[str]:
    """The modules around an address, as a node that stands for all in them."""
    path, _ = _split(address)
    words = path.split(".") if path else []
    return [".".join(words[:count]) for count in range(2, len(words) + 1, 2)]
