"""Type constraints of variables, and the conversion of values to them.

Source: Terraform, "Type Constraints" (conversion of primitive types, object types with optional
attributes).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from msgspec import Struct, field

from analyzer.core.values import Scalar
from analyzer.sources.terraform_hcl.expressions import (
    Call,
    Expression,
    Literal,
    Name,
    ObjectCons,
    TupleCons,
)

__all__ = ["ANY", "BOOL", "NUMBER", "STRING", "Field", "Type", "parse_type"]

_PRIMITIVE = ("string", "number", "bool")
_NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?")


class Field(Struct, frozen=True):
    """An attribute of an object type; `default` is there where `optional` gives one."""

    type: Type
    optional: bool = False
    default: Expression | None = None


class Type(Struct, frozen=True):
    """A type constraint; `element` is that of a collection, `items` those of a tuple."""

    kind: str
    element: Type | None = None
    fields: Mapping[str, Field] = field(default_factory=dict)
    items: tuple[Type, ...] = ()

    def admits(self, word: Scalar) -> bool:
        """Whether a scalar can be a value of this type, without conversion."""
        if self.kind == "any":
            return True
        if isinstance(word, bool):
            return self.kind == "bool"
        if isinstance(word, str):
            return self.kind == "string"
        return self.kind == "number"

    def at(self, step: str | int) -> Type:
        """The type of an attribute or element."""
        if self.kind == "object" and isinstance(step, str) and step in self.fields:
            return self.fields[step].type
        if self.kind == "tuple" and isinstance(step, int) and 0 <= step < len(self.items):
            return self.items[step]
        return self.element or ANY


ANY = Type("any")
STRING = Type("string")
NUMBER = Type("number")
BOOL = Type("bool")


def parse_type(expression: Expression) -> Type:
    """The type that an expression stands for; what is not understood is `ANY`."""
    match expression:
        case Name(name) if name in _PRIMITIVE:
            return Type(name)
        case Name(("list" | "map" | "set") as name):
            return Type(name, ANY)
        case Literal(str(name)) if name in (*_PRIMITIVE, "list", "map"):  # as in Terraform 0.11
            return Type(name) if name in _PRIMITIVE else Type(name, ANY)
        case Call(("list" | "set" | "map") as name, (inner,)):
            return Type(name, parse_type(inner))
        case Call("tuple", (TupleCons(items),)):
            return Type("tuple", None, items=tuple(parse_type(item) for item in items))
        case Call("object", (ObjectCons(pairs),)):
            fields = {
                key.value: _field(value)
                for key, value in pairs
                if isinstance(key, Literal) and isinstance(key.value, str)
            }
            return Type("object", None, fields)
    return ANY


def _field(expression: Expression) -> Field:
    if isinstance(expression, Call) and expression.name == "optional" and expression.arguments:
        default = expression.arguments[1] if len(expression.arguments) > 1 else None
        return Field(parse_type(expression.arguments[0]), optional=True, default=default)
    return Field(parse_type(expression))
