"""The body of one planned object: written, sent and unknown told apart, attribute by attribute.

An argument that is unknown although nothing in the configuration speaks of it was left out:
only its result is unknown. One with an expression is followed to where it comes from. In a
`dynamic` block, which the file drops, the two can look alike.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from analyzer.core.values import ABSENT, Absent, Datum, Given, Origin, Unknown
from analyzer.sources.terraform_plan.configuration import Configuration, Scope

__all__ = ["Blocks", "Context", "PlanBody", "StateBody", "plain"]


class Blocks(Protocol):
    """How a list of nested blocks is matched to its configuration."""

    def __call__(self, key: str) -> str | None:
        """The attribute that identifies a block of a set, or `None` for a list."""


class Context:
    """What the attributes of one object share: where it is, and how its unknowns are named."""

    __slots__ = ("block", "configuration", "instance", "origin", "path", "scope")

    def __init__(
        self,
        configuration: Configuration,
        scope: Scope,
        block: str,
        instance: str,
        path: str,
    ) -> None:
        self.configuration = configuration
        self.scope = scope
        self.block = block  # the address without the instance's own index
        self.instance = instance
        self.path = path
        self.origin = Origin(path=path, pointer=instance)

    def hides(self) -> bool:
        """Whether a hidden expression of this module may be unknown."""
        return bool(self.configuration.hidden(self.scope))


class PlanBody(Mapping[str, Datum]):
    """A planned object, or a nested block of one, as a mapping of arguments to data.

    `expressions` is the block's configuration, `None` where the file lacks it (it was
    written by a `dynamic` block, or the configuration is not there).
    """

    __slots__ = ("_after", "_context", "_expressions", "_path", "_sensitive", "_unknown")

    def __init__(
        self,
        after: object,
        unknown: object,
        sensitive: object,
        expressions: object,
        context: Context,
        path: str = "",
    ) -> None:
        self._after = after if isinstance(after, dict) else {}
        self._unknown = unknown if isinstance(unknown, dict) else {}
        self._sensitive = sensitive
        self._expressions = expressions if isinstance(expressions, dict) else None
        self._context = context
        self._path = path

    def __iter__(self) -> Iterator[str]:
        yield from self._after
        yield from (key for key in self._unknown if key not in self._after)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __getitem__(self, key: str) -> Datum:
        unknown = self._unknown.get(key)
        if key not in self._after and unknown is None:
            raise KeyError(key)
        value = self._after.get(key)
        expression = self._expressions.get(key) if self._expressions is not None else None
        if unknown is True:
            return self._follow(key, expression)
        if value is None:
            return Absent(self._context.origin)
        if isinstance(value, list):
            return self._items(key, value, unknown, expression)
        if isinstance(value, dict):
            nested = PlanBody(
                value,
                unknown,
                _sensitive(self._sensitive, key),
                expression,
                self._context,
                self._child(key),
            )
            return Given(nested, self._context.origin)
        secret = _sensitive(self._sensitive, key) is not False
        return Given(value, self._context.origin, secret)

    def _child(self, key: str) -> str:
        return f"{self._path}.{key}" if self._path else key

    def _follow(self, key: str, expression: object) -> Datum:
        context = self._context
        name = self._child(key)
        if expression is None:
            if self._expressions is not None and not self._may_be_hidden(key):
                return Absent(context.origin)
            if context.hides():
                return Unknown(
                    f"{context.instance}.{name}",
                    "known after apply, through a dynamic block or a local",
                    origin=context.origin,
                )
            return Absent(context.origin)
        if isinstance(expression, list):  # blocks of which nothing is known yet
            return Unknown(f"{context.instance}.{name}", origin=context.origin)
        varies = context.configuration.per_instance(expression)
        owner = context.instance if varies else context.block
        return context.configuration.follow(
            expression, context.scope, f"{owner}.{name}", context.origin
        )

    def _may_be_hidden(self, key: str) -> bool:
        """A whole list of blocks can stand in a `dynamic` block; an attribute cannot."""
        return key.endswith(_BLOCK_SUFFIXES)

    def _items(self, key: str, value: list[Any], unknown: object, expression: object) -> Datum:
        context = self._context
        unknowns = unknown if isinstance(unknown, list) else []
        secrets = _sensitive(self._sensitive, key)
        blocks = expression if isinstance(expression, list) else None
        found: list[Datum] = []
        for i, item in enumerate(value):
            what = unknowns[i] if i < len(unknowns) else None
            secret = secrets[i] if isinstance(secrets, list) and i < len(secrets) else secrets
            if isinstance(item, dict):
                label = item.get("device_name") or item.get("name")
                place = f"[{label}]" if isinstance(label, str) else f"[{i}]"
                body = PlanBody(
                    item,
                    what,
                    secret,
                    _match(blocks, value, i),
                    context,
                    self._child(key) + place,
                )
                found.append(Given(body, context.origin))
            elif what is True:
                found.append(self._element(key, expression, i))
            else:
                found.append(Given(item, context.origin, secret is True))
        return Given(found, context.origin)

    def _element(self, key: str, expression: object, i: int) -> Datum:
        """An unknown element of a list of plain values."""
        context = self._context
        if isinstance(expression, dict):
            name = f"{context.instance}.{self._child(key)}[{i}]"
            return context.configuration.follow(expression, context.scope, name, context.origin)
        return Unknown(f"{context.instance}.{self._child(key)}[{i}]", origin=context.origin)


#: Names of nested blocks, as the aws provider ends them.
_BLOCK_SUFFIXES = ("block_device", "block_device_mappings", "block_device_mapping")


def _sensitive(mask: object, key: str) -> Any:
    """The mask of one attribute. A mask of an unexpected shape counts as sensitive."""
    if isinstance(mask, dict):
        return mask.get(key, False)
    return mask if isinstance(mask, list) else bool(mask)


def _match(blocks: list[Any] | None, value: list[Any], i: int) -> object:
    """The configuration of the i-th block: by its device's name, else by position.

    Terraform sorts the blocks of a set by hash, so positions mean nothing where the blocks
    have names; they are used only where the counts agree.
    """
    if blocks is None:
        return None
    item = value[i]
    for key in ("device_name", "name"):
        name = item.get(key) if isinstance(item, dict) else None
        if name is None:
            continue
        named = [
            b
            for b in blocks
            if isinstance(b, dict)
            and isinstance(b.get(key), dict)
            and b[key].get("constant_value") == name
        ]
        if len(named) == 1:
            return named[0]
    if len(blocks) == len(value):
        return blocks[i]
    return blocks[0] if len(blocks) == 1 else None


class StateBody(Mapping[str, Datum]):
    """An object as a state holds it: everything is known."""

    __slots__ = ("_origin", "_sensitive", "_values")

    def __init__(self, values: object, sensitive: object, origin: Origin) -> None:
        self._values = values if isinstance(values, dict) else {}
        self._sensitive = sensitive
        self._origin = origin

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __getitem__(self, key: str) -> Datum:
        return plain(self._values[key], _sensitive(self._sensitive, key), self._origin)


def plain(value: object, sensitive: object, origin: Origin) -> Datum:
    """A known JSON value as a datum."""
    if value is None:
        return ABSENT
    if isinstance(value, dict):
        return Given(StateBody(value, sensitive, origin), origin)
    if isinstance(value, list):
        masks = sensitive if isinstance(sensitive, list) else [sensitive] * len(value)
        padded = [*masks, *([False] * (len(value) - len(masks)))]
        return Given([plain(v, m, origin) for v, m in zip(value, padded, strict=False)], origin)
    if isinstance(value, (str, bool, int, float)):
        return Given(value, origin, sensitive is not False and sensitive is not None)
    return ABSENT
