"""Which resource blocks a configuration orders before which others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from analyzer.sources.terraform_plan.addresses import parse_steps
from analyzer.sources.terraform_plan.configuration import Configuration, Scope
from analyzer.sources.terraform_plan.references import list_of, mapping_of

__all__ = ["build"]


def build(configuration: Configuration) -> dict[str, frozenset[str]]:
    """For each resource block, module variable and output: what it directly waits for.

    Names are addresses without indices; a module as a whole stands for all that is in it.
    """
    graph: dict[str, set[str]] = {}
    stack = [configuration.scope("")]
    while stack:
        scope = stack.pop()
        whole = scope.address
        for item in list_of(scope.node.get("resources")):
            if isinstance(item, dict) and isinstance(item.get("address"), str):
                name = scope.join(item["address"])
                graph.setdefault(name, set()).update(_waits(item, scope))
                if whole:
                    graph.setdefault(whole, set()).add(name)
                    graph[name].add(f"{whole}.(call)")
        for name, output in mapping_of(scope.node.get("outputs")).items():
            graph.setdefault(scope.join(f"output.{name}"), set()).update(_waits(output, scope))
        for name, call in mapping_of(scope.node.get("module_calls")).items():
            if not isinstance(call, dict):
                continue
            child = configuration.scope(scope.join(f"module.{name}"))
            own = {
                k: v
                for k, v in call.items()
                if k in ("depends_on", "count_expression", "for_each_expression")
            }
            graph.setdefault(f"{child.address}.(call)", set()).update(_waits(own, scope))
            for variable, expression in mapping_of(call.get("expressions")).items():
                key = child.join(f"var.{variable}")
                graph.setdefault(key, set()).update(_waits(expression, scope))
            stack.append(child)
    return {name: frozenset(before) for name, before in graph.items()}


def _waits(item: object, scope: Scope) -> Iterator[str]:
    """The names that an expression tree, or a resource with its `depends_on`, refers to."""
    stack: list[object] = [item]
    while stack:
        here = stack.pop()
        if isinstance(here, Mapping):
            for key in ("references", "depends_on"):
                for ref in list_of(here.get(key)):
                    if isinstance(ref, str):
                        yield from _target(ref, scope)
            stack.extend(v for k, v in here.items() if k not in ("references", "module"))
        elif isinstance(here, list):
            stack.extend(here)


def _target(reference: str, scope: Scope) -> Iterator[str]:
    steps = [step.name for step in parse_steps(reference)]
    if not steps or steps[0] in ("each", "count", "self", "path", "terraform", "local"):
        return
    if steps[0] == "var":
        yield scope.join(".".join(steps[:2]))
    elif steps[0] == "module":
        if len(steps) > 2:
            yield scope.join(f"module.{steps[1]}.output.{steps[2]}")
        else:
            yield scope.join(".".join(steps[:2]))
    else:
        yield scope.join(".".join(steps[: 3 if steps[0] == "data" else 2]))
