"""`Fn::FindInMap`: a value of the Mappings section, or one for each key that it may be."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from analyzer.core.values import Choice, Datum, Unknown
from analyzer.sources.cloudformation.choices import Leaf, combine, mapped
from analyzer.sources.cloudformation.dynamic import short_name
from analyzer.sources.cloudformation.nodes import Fields, Node, Scalar
from analyzer.sources.cloudformation.references import no_such
from analyzer.sources.cloudformation.terms import (
    Call,
    Invalid,
    arguments,
    given_text,
    is_reference,
    name_of,
    placed,
)
from analyzer.text import shown

if TYPE_CHECKING:
    from analyzer.sources.cloudformation.evaluate import Evaluator

__all__ = ["Table", "find_in_map"]

_REGION = re.compile(r"[a-z]{2}(?:-[a-z]+)+-[0-9]+")
_BOOLEANS = {
    word: value
    for value, words in (("true", ("yes", "on", "true")), ("false", ("no", "off", "false")))
    for word in words
}


def _key(name: str) -> str:
    """A mapping's key as its value reads when it is looked up: bare `yes` is a boolean there."""
    return _BOOLEANS.get(name.lower(), name)


def _entry(fields: Fields, text: str) -> Node | None:
    """The node under the key that a text looks up."""
    found = fields.node(text)
    if found is None and _key(text) in _BOOLEANS:
        name = next((name for name in fields.raws if _key(name) == _key(text)), None)
        found = None if name is None else fields.node(name)
    return found


class Table:
    """One mapping of the Mappings section; remembers what was looked up."""

    def __init__(self, name: str, fields: Fields) -> None:
        self.name = name
        self._fields = fields
        columns = [key for row in fields if isinstance(row, Fields) for key in row.raws]
        #: the keys of both levels, as texts that find them
        self.keys = tuple(
            tuple(dict.fromkeys((*keys, *map(_key, keys)))) for keys in (list(fields.raws), columns)
        )
        #: what was found in each combination, by the words for both keys
        self.found: dict[tuple[str, str], Datum] = {}
        #: the keys that were asked for, which keeps the words for choices unique
        self.kept: list[Sequence[Datum]] = []

    def cell(self, evaluator: Evaluator, one: str, two: str) -> Datum | None:
        """The value under two keys, or `None`."""
        row = _entry(self._fields, one)
        node = _entry(row, two) if isinstance(row, Fields) else None
        if node is None:
            return None
        return evaluator.datum(node, f"/Mappings/{self.name}/{one}/{two}")


def find_in_map(evaluator: Evaluator, call: Call) -> Datum:
    """`Fn::FindInMap`, with the default of `AWS::LanguageExtensions`."""
    nodes = arguments(call, 3, 4)
    default = _default_of(evaluator, nodes, call)
    origin = evaluator.origin(call.node, call.pointer)
    if isinstance(nodes[0], Scalar):
        return placed(_in_map(evaluator, call, nodes, nodes[0].name, default), origin)

    def find(leaf: Leaf) -> Datum:
        name = given_text(leaf)
        if name is not None:
            return placed(_in_map(evaluator, call, nodes, name, default), origin)
        if isinstance(leaf, Unknown) or is_reference(leaf):
            label = short_name(f"mapping({name_of(leaf)})")
            return evaluator.unknown(label, call.node, call.pointer, "in a mapping not known yet")
        raise Invalid("Fn::FindInMap takes the name of a mapping", nodes[0])

    return mapped(evaluator.datum(nodes[0], f"{call.inside}/0"), find)


def _default_of(evaluator: Evaluator, nodes: Sequence[Node], call: Call) -> Datum | None:
    if len(nodes) < 4:
        return None
    extra = nodes[3]
    node = extra.node("DefaultValue") if isinstance(extra, Fields) else None
    if node is None:
        raise Invalid("the fourth argument of Fn::FindInMap is a DefaultValue", extra)
    return evaluator.datum(node, f"{call.inside}/3/DefaultValue")


def _in_map(
    evaluator: Evaluator, call: Call, nodes: Sequence[Node], name: str, default: Datum | None
) -> Datum:
    table = evaluator.table(name)
    if table is None:
        if default is not None:
            return default
        if evaluator.stack.is_open:
            return no_such(evaluator, name, call)
        raise Invalid(f"there is no mapping {shown(name)}", nodes[0])
    data = [evaluator.datum(node, f"{call.inside}/{at}") for at, node in enumerate(nodes[1:3], 1)]
    asked = data
    words = (_word(asked[0]), _word(asked[1]))
    known = table.found.get(words) if default is None else None
    if known is not None:
        return known
    for datum, keys in zip(data, table.keys, strict=True):
        evaluator.compare(datum, _possible(datum, keys))
    data = [mapped(datum, lambda leaf: _split(evaluator, leaf)) for datum in data]
    if default is None and not any(isinstance(datum, Choice) for datum in data):
        found = _look_up(evaluator, table, data, call)  # type: ignore[arg-type] # no choices
        if found is None:
            raise _no_key(name, call)
        return found

    def look_up(leaves: Sequence[Leaf]) -> Datum | None:
        # A key that the mapping lacks: the default, or no deployment at all.
        return _look_up(evaluator, table, leaves, call) or default

    made = combine(data, look_up, evaluator.origin(call.node, call.pointer))
    if isinstance(made, Choice) and not made.branches:
        raise _no_key(name, call)
    if default is None:
        table.found[words] = made
        table.kept.append(asked)
    return made


def _no_key(name: str, call: Call) -> Invalid:
    return Invalid(f"mapping {shown(name)} has no such key", call.node)


def _word(datum: Datum) -> str:
    """A word for a key that looks up the same each time."""
    if isinstance(datum, Choice):
        return f"#{id(datum.branches)}"  # all uses of a parameter share its branches
    text = given_text(datum)
    return name_of(datum) if text is None else f"={text}"


def _split(evaluator: Evaluator, leaf: Leaf) -> Datum:
    return evaluator.split(leaf) if isinstance(leaf, Unknown) else leaf


def _possible(datum: Datum, keys: tuple[str, ...]) -> tuple[str, ...]:
    """The keys that a datum may be: a Region is never `AMI`, which some mappings have besides."""
    if isinstance(datum, Unknown) and datum.name.startswith("AWS::Region"):
        return tuple(key for key in keys if _REGION.fullmatch(key))
    return keys


def _look_up(
    evaluator: Evaluator, table: Table, leaves: Sequence[Leaf], call: Call
) -> Datum | None:
    """The value under two keys; `None` where the mapping certainly has none."""
    evaluator.work(1)
    one, two = (given_text(leaf) for leaf in leaves)
    if one is not None and two is not None:
        return table.cell(evaluator, one, two)
    domains = evaluator.stack.run.domains
    for leaf, keys in zip(leaves, table.keys, strict=True):
        possible = _possible(leaf, keys)
        if isinstance(leaf, Unknown) and all(domains.is_told_apart(leaf, key) for key in possible):
            return None
    label = short_name(f"{table.name}[{name_of(leaves[0])}][{name_of(leaves[1])}]")
    why = next((leaf.why for leaf in leaves if isinstance(leaf, Unknown)), "not known")
    return evaluator.unknown(label, call.node, call.pointer, why)
