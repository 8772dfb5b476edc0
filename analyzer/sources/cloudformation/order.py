"""Which resources of a document are made after which others."""

from __future__ import annotations

import re
from collections.abc import Iterator

from analyzer.sources.cloudformation.nodes import Fields, Items, Node, Scalar
from analyzer.sources.cloudformation.stack import Stack

__all__ = ["Order"]

_VARIABLE = r"\$\{([^!{}.]+)(?:\.[^{}]*)?\}"


class Order:
    """Tells whether a resource is made after another."""

    def __init__(self, stack: Stack) -> None:
        self._edges = dict(_edges(stack))
        self._after: dict[str, set[str]] = {}

    def depends(self, one: str, other: str) -> bool:
        """Whether the resource at address `one` is made after the one at `other`.

        A nested stack is made once all inside it is, and all inside it after what it refers to.
        """
        after = self._after.get(one)
        if after is None:
            after = self._after[one] = self._reached(one)
        return any(
            place in after for place in _around(other) if not f"{one}/".startswith(f"{place}/")
        )

    def _reached(self, start: str) -> set[str]:
        found: set[str] = set()
        pending = list(_around(start))
        while pending:
            for place in self._edges.get(pending.pop(), ()):
                for part in (place, *_parents(place)):
                    if part not in found:
                        found.add(part)
                        pending.append(part)
        return found


def _parents(address: str) -> Iterator[str]:
    while "/" in address:
        address = address.rpartition("/")[0]
        yield address


def _around(address: str) -> Iterator[str]:
    """A resource and the nested stacks that it is in."""
    yield address
    yield from _parents(address)


def _edges(stack: Stack) -> Iterator[tuple[str, set[str]]]:
    for resource in stack.resources.values():
        names = {
            stack.prefix + name
            for name in _names(resource.node)
            if name in stack.resources and name != resource.name
        }
        yield stack.prefix + resource.name, names
    for child in stack.nested.values():
        yield from _edges(child)


def _names(root: Fields) -> Iterator[str]:
    """The names that a resource refers to, those of parameters among them."""
    depends_on = root.node("DependsOn")
    for node in depends_on if isinstance(depends_on, Items) else (depends_on,):
        if isinstance(node, Scalar):
            yield node.name
    pending: list[Node] = [root]
    while pending:
        node = pending.pop()
        if isinstance(node, Fields):
            call = node.call()
            if call is not None:
                yield from _called(*call)
            pending.extend(below for _, below in node.items())
        elif isinstance(node, Items):
            pending.extend(node)


def _called(name: str, argument: Node) -> Iterator[str]:
    if isinstance(argument, Items) and name in ("Fn::GetAtt", "Fn::Sub"):
        argument = next(iter(argument), argument)
    if not isinstance(argument, Scalar):
        return
    if name == "Ref":
        yield argument.name
    elif name == "Fn::GetAtt":
        yield argument.name.partition(".")[0]
    elif name == "Fn::Sub":
        for found in re.finditer(_VARIABLE, argument.text):
            yield found[1].strip()
