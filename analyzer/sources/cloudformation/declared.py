"""The parameters that a template declares, and the values that they have in a run."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from analyzer.core.values import Datum, Given, Origin, Unknown
from analyzer.sources.cloudformation.nodes import Fields, Items, Node, Scalar

__all__ = ["Parameter", "declared", "given_value", "parameter_value"]

_SSM = "AWS::SSM::Parameter::Value<"


class Parameter(msgspec.Struct, frozen=True, kw_only=True):
    """A declaration in the Parameters section.

    `default` and `allowed` are texts as CloudFormation makes them of what is written;
    `is_list` tells whether a value is a list joined by commas.
    """

    name: str
    type: str
    default: str | None
    allowed: tuple[str, ...] | None
    secret: bool
    origin: Origin

    @property
    def is_list(self) -> bool:
        return "List" in self.type

    @property
    def ssm(self) -> bool:
        """Whether the value given is the name of an SSM parameter that holds the value."""
        return self.type.startswith(_SSM)


def declared(name: str, node: Node, origin: Origin) -> Parameter | None:
    """The declaration in a node, or `None` where it is none."""
    if not isinstance(node, Fields):
        return None
    default = node.node("Default")
    return Parameter(
        name=name,
        type=_text(node.node("Type")) or "String",
        default=_default(default),
        allowed=_allowed(node.node("AllowedValues")),
        secret=_text(node.node("NoEcho")) == "true",
        origin=origin,
    )


def _text(node: Node | None) -> str | None:
    return node.text if isinstance(node, Scalar) else None


def _default(node: Node | None) -> str | None:
    if isinstance(node, Items):
        return ",".join(_scalars(node))
    return node.text if isinstance(node, Scalar) and node.value is not None else None


def _scalars(node: Items) -> Iterator[str]:
    return (item.text for item in node if isinstance(item, Scalar))


def _allowed(node: Node | None) -> tuple[str, ...] | None:
    values = tuple(dict.fromkeys(_scalars(node))) if isinstance(node, Items) else ()
    return values or None


def parameter_value(parameter: Parameter, text: str | None, name: str) -> Datum:
    """The value of a parameter that is given as text, or not at all; `name` is an unknown's."""
    if text is None:
        return Unknown(
            name,
            f"parameter {parameter.name} has no value",
            None if parameter.ssm or parameter.is_list else parameter.allowed,
            nullable=False,
            origin=parameter.origin,
        )
    return given_value(parameter, text, parameter.origin)


def given_value(parameter: Parameter, text: str, origin: Origin) -> Datum:
    """The value that a parameter has when it is given a text."""
    if parameter.ssm:
        return Unknown(
            f"ssm({text})", "read from Systems Manager at deployment", nullable=False, origin=origin
        )
    if parameter.is_list:
        items = [Given(item.strip(), origin, parameter.secret) for item in text.split(",")]
        return Given(items if text else [], origin, parameter.secret)
    return Given(text, origin, parameter.secret)
