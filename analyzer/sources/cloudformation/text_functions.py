"""Intrinsic functions that make and take text: Sub, Join, Split, Base64, Length, ToJsonString."""

from __future__ import annotations

import binascii
import json
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from analyzer.core.values import Absent, Datum, Given, Origin, Reference, Unknown
from analyzer.sources.cloudformation.choices import Leaf, combine, mapped
from analyzer.sources.cloudformation.dynamic import named, resolved, short_name
from analyzer.sources.cloudformation.nodes import Fields, Scalar
from analyzer.sources.cloudformation.references import attribute, reference
from analyzer.sources.cloudformation.terms import (
    Call,
    Invalid,
    arguments,
    given_text,
    listed,
    name_of,
    word,
)

if TYPE_CHECKING:
    from analyzer.sources.cloudformation.evaluate import Evaluator

__all__ = ["base64_text", "joined", "length", "split_text", "substituted", "to_json"]

_VARIABLE = re.compile(r"\$\{([^{}]*)\}")
#: Longer than any template may be; functions inside functions can double a text each time.
_MOST_TEXT = 1_000_000

#: Mappings and lists inside each other that become JSON.
_MOST_LEVELS = 64

# The ARN of something in the stack's own account and Region, all but the resource's name.
_ARN = r"arn:([^:]*):[a-z0-9-]+:([^:]*):([^:]*):[a-z-]+[/:]"


def substituted(evaluator: Evaluator, call: Call) -> Datum:
    """`Fn::Sub`."""
    variables: Fields | None = None
    source = call.argument
    if not isinstance(source, Scalar):
        source, names = arguments(call, 2)
        if not isinstance(names, Fields):
            raise Invalid("the variables of Fn::Sub are a mapping", names)
        variables = names
    if not isinstance(source, Scalar):
        raise Invalid("Fn::Sub takes text", source)
    parts: list[Datum] = []
    values: dict[str, Datum] = {}
    text, end = source.text, 0
    for found in _VARIABLE.finditer(text):
        parts.append(Given(text[end : found.start()]))
        end = found.end()
        name = found[1]
        if name not in values:
            values[name] = _variable(evaluator, call, name, variables)
        parts.append(values[name])
    parts.append(Given(text[end:]))
    return _composed(evaluator, call, parts)


def _variable(evaluator: Evaluator, call: Call, name: str, variables: Fields | None) -> Datum:
    if name.startswith("!"):
        return Given(f"${{{name[1:]}}}")
    name = name.strip()
    node = variables.node(name) if variables is not None else None
    if node is not None:
        return evaluator.datum(node, f"{call.inside}/1/{name}")
    if "." in name:
        logical, _, attributes = name.partition(".")
        return attribute(evaluator, logical, attributes, call)
    return reference(evaluator, name, call)


def joined(evaluator: Evaluator, call: Call) -> Datum:
    """`Fn::Join`."""
    separator, items = arguments(call, 2)
    between = word(evaluator, separator, f"{call.inside}/0")
    datum = evaluator.datum(items, f"{call.inside}/1")

    def join(leaf: Leaf) -> Datum:
        data = listed(leaf)
        if data is None:
            if isinstance(leaf, Unknown):
                return evaluator.unknown(
                    short_name(f"join({between},{leaf.name})"), call.node, call.pointer, leaf.why
                )
            raise Invalid("Fn::Join takes a list of texts", items)
        return _composed(evaluator, call, data, between)

    return mapped(datum, join)


def _composed(evaluator: Evaluator, call: Call, parts: Sequence[Datum], between: str = "") -> Datum:
    """The text that data make one after the other, in every combination of what they can be."""
    origin = evaluator.origin(call.node, call.pointer)
    split = [mapped(part, lambda leaf: _told_apart(evaluator, leaf)) for part in parts]
    evaluator.work(len(split))

    def compose(leaves: Sequence[Leaf]) -> Datum:
        return _text(evaluator, call, leaves, between, origin)

    return combine(split, compose, origin)


def _told_apart(evaluator: Evaluator, leaf: Leaf) -> Datum:
    if isinstance(leaf, Unknown) and leaf.domain is not None and len(leaf.domain) <= 16:
        return evaluator.split(leaf)
    return leaf


def _text(
    evaluator: Evaluator, call: Call, leaves: Sequence[Leaf], between: str, origin: Origin
) -> Datum:
    kept = [leaf for leaf in leaves if not isinstance(leaf, Absent)]
    texts = [given_text(leaf) for leaf in kept]
    size = sum(len(text) for text in texts if text is not None) + len(between) * len(kept)
    _bounded(evaluator, call, size)
    secret = any(isinstance(leaf, Given) and leaf.sensitive for leaf in kept)
    if None not in texts:
        text = between.join(text for text in texts if text is not None)
        made = resolved(text, origin)
        return Given(text, origin, secret) if isinstance(made, Given) else made
    if any(listed(leaf) is not None or _is_map(leaf) for leaf in kept):
        raise Invalid(f"{call.name} takes texts, not lists or mappings", call.node)
    told = [
        leaf
        for leaf, text in zip(kept, texts, strict=True)
        if text is None or text or (between and len(kept) > 1)
    ]
    if len(told) == 1:
        return _moved(told[0], origin)
    whole = _own_arn(evaluator, told) if not between else None
    if whole is not None:
        return Given(whole, origin)
    name = between.join(
        f"${{{name_of(leaf)}}}" if text is None else text
        for leaf, text in zip(kept, texts, strict=True)
    )
    why = next((leaf.why for leaf in kept if isinstance(leaf, Unknown)), "known after deployment")
    return Unknown(short_name(named(name) or name), why, nullable=False, origin=origin)


def _bounded(evaluator: Evaluator, call: Call, size: int) -> None:
    """Count a text that is made; raises `Invalid` where it is longer than any template."""
    if size > _MOST_TEXT:
        raise Invalid("makes a text of more than a million characters", call.node)
    evaluator.work(1 + size // 64)


def _is_map(leaf: Leaf) -> bool:
    return isinstance(leaf, Given) and isinstance(leaf.value, Mapping)


def _moved(leaf: Leaf, origin: Origin) -> Datum:
    """A text that consists of one value alone is that value."""
    if isinstance(leaf, Given):
        return Given(leaf.value, origin, leaf.sensitive)
    if isinstance(leaf, Unknown):
        return Unknown(leaf.name, leaf.why, leaf.domain, leaf.nullable, origin)
    return leaf


def _own_arn(evaluator: Evaluator, parts: Sequence[Leaf]) -> Reference | None:
    """The reference behind an ARN that is written around the name of the stack's own resource."""
    last = parts[-1]
    value = last.value if isinstance(last, Given) else None
    if not isinstance(value, Reference) or value.attribute != "Ref":
        return None
    options = evaluator.stack.run.options
    head = "".join(
        name_of(leaf) if given_text(leaf) is not None else f"${{{name_of(leaf)}}}".replace(":", "")
        for leaf in parts[:-1]
    )
    found = re.fullmatch(_ARN, head)
    if found is None:
        return None
    region, account = found[2], found[3]
    if region in ("${AWSRegion}", options.region) and account in (
        "${AWSAccountId}",
        options.account,
    ):
        return Reference(value.address, "Arn")
    return None


def split_text(evaluator: Evaluator, call: Call) -> Datum:
    """`Fn::Split`."""
    separator, source = arguments(call, 2)
    between = word(evaluator, separator, f"{call.inside}/0")
    if not between:
        raise Invalid("Fn::Split needs a delimiter", separator)
    origin = evaluator.origin(call.node, call.pointer)

    def split(leaf: Leaf) -> Datum:
        text = given_text(leaf)
        if text is not None:
            secret = isinstance(leaf, Given) and leaf.sensitive
            pieces = text.split(between)
            evaluator.work(len(pieces))
            return Given([Given(piece, origin, secret) for piece in pieces], origin, secret)
        why = leaf.why if isinstance(leaf, Unknown) else "known after deployment"
        if isinstance(leaf, Absent) or listed(leaf) is not None or _is_map(leaf):
            raise Invalid("Fn::Split takes text", source)
        name = short_name(f"split({between},{name_of(leaf)})")
        return evaluator.unknown(name, call.node, call.pointer, why)

    return mapped(evaluator.datum(source, f"{call.inside}/1"), split)


def base64_text(evaluator: Evaluator, call: Call) -> Datum:
    """`Fn::Base64`."""

    def encode(leaf: Leaf) -> Datum:
        text = given_text(leaf)
        if text is None:
            name = short_name(f"base64({name_of(leaf)})")
            return evaluator.unknown(name, call.node, call.pointer, "known after deployment")
        encoded = binascii.b2a_base64(text.encode("utf-8", "surrogatepass"), newline=False).decode()
        _bounded(evaluator, call, len(encoded))
        secret = isinstance(leaf, Given) and leaf.sensitive
        return Given(encoded, evaluator.origin(call.node, call.pointer), secret)

    return mapped(evaluator.datum(call.argument, call.inside), encode)


def length(evaluator: Evaluator, call: Call) -> Datum:
    """`Fn::Length` of a list or mapping."""

    def count(leaf: Leaf) -> Datum:
        value = leaf.value if isinstance(leaf, Given) else None
        if isinstance(value, (list, tuple, Mapping)):
            return Given(str(len(value)), evaluator.origin(call.node, call.pointer))
        if isinstance(leaf, Unknown):
            name = f"length({leaf.name})"
            return evaluator.unknown(name, call.node, call.pointer, leaf.why)
        raise Invalid("Fn::Length takes a list or a mapping", call.argument)

    return mapped(evaluator.datum(call.argument, call.inside), count)


def to_json(evaluator: Evaluator, call: Call) -> Datum:
    """`Fn::ToJsonString`."""

    def encode(leaf: Leaf) -> Datum:
        plain = _Plain(evaluator, call)
        try:
            text = json.dumps(plain.of(leaf), separators=(",", ":"))
        except _NotKnown:
            name = f"json({evaluator.stack.prefix}{call.pointer})"
            return evaluator.unknown(name, call.node, call.pointer, "known after deployment")
        _bounded(evaluator, call, len(text))
        return Given(text, evaluator.origin(call.node, call.pointer), plain.is_secret)

    return mapped(evaluator.datum(call.argument, call.inside), encode)


class _NotKnown(Exception):
    """A part of a value is not known."""


class _Plain:
    """Turns a datum into what the JSON encoder takes; notes whether a part is secret."""

    def __init__(self, evaluator: Evaluator, call: Call) -> None:
        self._evaluator = evaluator
        self._call = call
        self.is_secret = False

    def of(self, datum: Datum, level: int = 1) -> object:
        """The plain form of a datum; raises `_NotKnown` where there is none yet."""
        self._evaluator.work(1)
        if level > _MOST_LEVELS:
            raise Invalid("Fn::ToJsonString takes no deeper value", self._call.argument)
        if isinstance(datum, Absent):
            return None
        if not isinstance(datum, Given) or isinstance(datum.value, Reference):
            raise _NotKnown
        self.is_secret = self.is_secret or datum.sensitive
        value = datum.value
        if isinstance(value, Mapping):
            return {name: self.of(value[name], level + 1) for name in value}
        if isinstance(value, Sequence) and not isinstance(value, str):
            return [self.of(item, level + 1) for item in value]
        return value
