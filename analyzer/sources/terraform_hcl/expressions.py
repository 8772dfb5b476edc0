"""The expression tree: what a Terraform expression says, without its spelling.

Native syntax, templates and JSON syntax all become this tree. It holds no positions: trees
are shared between equal texts; the attribute that holds an expression knows its place.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Union
from unicodedata import normalize

from msgspec import Struct
from msgspec.structs import force_setattr

from analyzer.core.values import Scalar

__all__ = [
    "BROKEN",
    "MOST_STEPS",
    "Access",
    "Binary",
    "Call",
    "Conditional",
    "Expression",
    "For",
    "GetAttr",
    "GetIndex",
    "Literal",
    "Name",
    "ObjectCons",
    "Splat",
    "Step",
    "Template",
    "TupleCons",
    "Unary",
    "children",
    "path_text",
    "source_text",
    "walk",
]


class Literal(Struct, frozen=True):
    """A value as written; text has its escapes resolved, and is in NFC as Terraform makes it."""

    value: Scalar

    def __post_init__(self) -> None:
        if isinstance(self.value, str) and not self.value.isascii():
            force_setattr(self, "value", normalize("NFC", self.value))


class Template(Struct, frozen=True):
    """Parts that are joined to one text; a single part keeps its own type."""

    parts: tuple[Expression, ...]


class Name(Struct, frozen=True):
    """The first word of a reference: `var`, `local`, `each`, a resource type, a loop variable."""

    name: str


class GetAttr(Struct, frozen=True):
    """`.name`."""

    name: str


class GetIndex(Struct, frozen=True):
    """`[key]`, or the old `.0`."""

    key: Expression


class Splat(Struct, frozen=True):
    """`[*]` (`full`), whose following steps all go to each element, or the older `.*`."""

    full: bool


Step = Union[GetAttr, GetIndex, Splat]


class Access(Struct, frozen=True):
    """Steps into a value: `base.name[0]`."""

    base: Expression
    steps: tuple[Step, ...]


class Call(Struct, frozen=True):
    """A function call; `expand` where the last argument is followed by `...`."""

    name: str
    arguments: tuple[Expression, ...]
    expand: bool = False


class Conditional(Struct, frozen=True):
    """`condition ? when_true : when_false`."""

    condition: Expression
    when_true: Expression
    when_false: Expression


class Unary(Struct, frozen=True):
    """`!x` or `-x`."""

    operator: str
    operand: Expression


class Binary(Struct, frozen=True):
    """`left operator right`."""

    operator: str
    left: Expression
    right: Expression


class TupleCons(Struct, frozen=True):
    """`[a, b]`."""

    items: tuple[Expression, ...]


class ObjectCons(Struct, frozen=True):
    """`{ key = value }`; a bare word as key is a literal."""

    items: tuple[tuple[Expression, Expression], ...]


class For(Struct, frozen=True):
    """A `for` expression; `key` is set where it makes an object, `grouped` for `...`."""

    collection: Expression
    key_name: str | None
    value_name: str
    key: Expression | None
    value: Expression
    condition: Expression | None
    grouped: bool = False


Expression = Union[
    Literal,
    Template,
    Name,
    Access,
    Call,
    Conditional,
    Unary,
    Binary,
    TupleCons,
    ObjectCons,
    For,
]


#: Steps of one reference (`a.b[0].c` has three): each is another level of a value.
MOST_STEPS = 4_000
#: Stands for an expression that does not parse: like a function that nobody knows.
BROKEN = Call("an expression that does not parse", ())


def children(node: Expression) -> Iterator[Expression]:
    """The expressions directly inside one."""
    match node:
        case Literal() | Name():
            return
        case Template(items) | TupleCons(items):
            yield from items
        case Access(base, steps):
            yield base
            yield from (step.key for step in steps if isinstance(step, GetIndex))
        case Call(_, arguments):
            yield from arguments
        case Conditional(condition, when_true, when_false):
            yield from (condition, when_true, when_false)
        case Unary(_, operand):
            yield operand
        case Binary(_, left, right):
            yield from (left, right)
        case ObjectCons(items):
            for pair in items:
                yield from pair
        case For():
            yield from (node.collection, node.value)
            yield from (part for part in (node.key, node.condition) if part is not None)


def path_text(expression: Expression) -> str:
    """The source text of a plain reference; empty for everything else."""
    if not isinstance(expression, Access) or not isinstance(expression.base, Name):
        return ""
    made = [expression.base.name]
    for step in expression.steps:
        match step:
            case GetAttr(word):
                made.append(f".{word}")
            case GetIndex(Literal(value)):
                made.append(f"[{json.dumps(value, ensure_ascii=False)}]")
            case _:
                return ""
    return "".join(made)


def source_text(expression: Expression) -> str:
    """The source text of a reference whose indices may be references; empty for all else."""
    if not isinstance(expression, Access) or not isinstance(expression.base, Name):
        return ""
    made = [expression.base.name]
    for step in expression.steps:
        index = source_text(step.key) if isinstance(step, GetIndex) else ""
        plain = path_text(Access(Name(""), (step,)))
        if not (index or plain):
            return ""
        made.append(f"[{index}]" if index else plain)
    return "".join(made)


def walk(node: Expression) -> Iterator[Expression]:
    """An expression and everything in it, without recursion."""
    stack = [node]
    while stack:
        here = stack.pop()
        yield here
        stack.extend(children(here))
