"""Going through the nested blocks of a body along a table's path."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import msgspec

from analyzer.core.facts import Fact
from analyzer.core.values import Absent, Choice, Datum, Given, Unknown, at

__all__ = ["Block", "blocks", "body_at", "branches", "is_true", "map_leaves", "read_by"]

Conditions = tuple[tuple[Fact, str], ...]


class Block(msgspec.Struct, frozen=True):
    """One nested block: its body (or the unknown it is), and the worlds that have it."""

    body: Datum
    when: Conditions = ()

    def get(self, path: str) -> Datum:
        """The datum at a path in the block; `Absent` for an empty path."""
        return at(self.body, path) if path else Absent()


def read_by(
    read: Callable[[Mapping[str, Datum]], Mapping[str, Datum]] | None, body: Mapping[str, Datum]
) -> Mapping[str, Datum]:
    """A body made readable by the table's reader, where it has one."""
    return read(body) if read is not None else body


def blocks(body: Datum, path: str) -> Iterator[Block]:
    """Every block that a path leads to, through lists and choices, in order.

    An empty path yields the body itself. An unknown list yields one block whose body is
    that `Unknown`.
    """
    yield from _through([Block(body)], path.split(".") if path else [])


def _through(found: list[Block], steps: Sequence[str]) -> Iterator[Block]:
    for step in steps:
        found = [
            inner
            for block in found
            for inner in _spread(Block(_field(block.body, step), block.when))
        ]
    for block in found:
        yield from _spread(block) if not steps else (block,)


def _field(body: Datum, step: str) -> Datum:
    if isinstance(body, Given) and isinstance(body.value, Mapping):
        return body.value.get(step, Absent(body.origin))
    return at(body, step)


def _spread(block: Block) -> Iterator[Block]:
    """The single blocks behind a datum: list items and the branches of choices, flattened."""
    body = block.body
    if isinstance(body, Choice):
        for answer, branch in body.branches.items():
            yield from _spread(Block(branch, (*block.when, (body.fact, answer))))
    elif isinstance(body, Given):
        value = body.value
        if isinstance(value, Mapping):
            yield block
        elif isinstance(value, Sequence) and not isinstance(value, str):
            for item in value:
                yield from _spread(Block(item, block.when))
        else:
            yield block
    elif isinstance(body, Unknown):
        yield block


def branches(datum: Datum) -> Iterator[tuple[Datum, Conditions]]:
    """What a datum can be, looking through every choice, with the answers that lead there."""
    if isinstance(datum, Choice):
        for answer, branch in datum.branches.items():
            for leaf, when in branches(branch):
                yield leaf, ((datum.fact, answer), *when)
    else:
        yield datum, ()


def body_at(block: Block, path: str) -> Block:
    """The single object at a path in a block (`ebs` in a mapping); itself for no path."""
    if not path:
        return block
    inner = at(block.body, path)
    if isinstance(inner, Given) and isinstance(inner.value, Sequence):
        items = [i for i in inner.value if not isinstance(i, str)]
        inner = items[0] if items else Absent()
    return Block(inner, block.when)


def is_true(datum: Datum) -> bool:
    """Whether a datum is a certain true, also as the string that means it."""
    return isinstance(datum, Given) and str(datum.value).lower() in ("true", "1")


def map_leaves(datum: Datum, missing: Datum) -> Datum:
    """A datum with `missing` in the place of what is absent, also inside choices."""
    if isinstance(datum, Absent) or (isinstance(datum, Given) and datum.value in ("", None)):
        return missing
    if isinstance(datum, Choice):
        return datum.map(lambda branch: map_leaves(branch, missing))
    return datum
