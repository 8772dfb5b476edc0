"""The body of one planned object: written, sent and unknown told apart, attribute by attribute.

An argument that is unknown although nothing in the configuration speaks of it was left out:
only its result is unknown. One with an expression is followed to where it comes from. In a
`dynamic` block, which the file drops, the two can look alike.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from analyzer.core.facts import Fact
from analyzer.core.values import ABSENT, Absent, Choice, Datum, Given, Origin, Reference, Unknown
from analyzer.sources.terraform_plan.addresses import local_owner, strip_indices
from analyzer.sources.terraform_plan.configuration import Configuration, Each, Scope, Takes
from analyzer.sources.terraform_plan.fits import (
    argument,
    can_be,
    can_give,
    fits,
    is_told,
    made_up,
    may_decide,
)
from analyzer.sources.terraform_plan.hidden import WHOLE
from analyzer.sources.terraform_plan.matching import match
from analyzer.sources.terraform_plan.odd import is_odd
from analyzer.sources.terraform_plan.references import reference_in, references_of
from analyzer.sources.terraform_plan.whole import Whole, is_expression

__all__ = ["Context", "PlanBody", "StateBody", "left_out", "plain"]


#: Why a plan does not tell an argument: it is given and unknown, or written as another one.
_CONTRADICTED = "the plan contradicts itself"
#: Or what stands there is of a kind that it cannot have.
_UNREADABLE = "what the plan says of it cannot be read"


class Context:
    """What the attributes of one object share: where it is, and how its unknowns are named."""

    __slots__ = (
        "block",
        "configuration",
        "each",
        "instance",
        "is_blind",
        "origin",
        "path",
        "scope",
        "shows_null",
        "takes_arn",
    )

    def __init__(
        self,
        configuration: Configuration,
        scope: Scope,
        block: str,
        instance: str,
        path: str,
        each: Each | None = None,
        type_: str = "",
    ) -> None:
        self.each = each
        #: whether the file does not list at all what is read
        self.is_blind = configuration.relevant is None
        #: whether an argument that is left out shows as null, so that an unknown one is given
        self.shows_null = type_.startswith(_SHOWS_NULL)
        #: whether a key is named by its ARN only: the provider refuses an id
        self.takes_arn = type_ in _TAKES_ARN
        self.configuration = configuration
        self.scope = scope
        self.block = block  # the address without the instance's own index
        self.instance = instance
        self.path = path
        self.origin = Origin(path=path, pointer=instance)

    def hidden(self, key: str) -> list[tuple[str, str]]:
        """The unknown attributes that a hidden expression for this argument may read.

        Nearly every block leaves its nested blocks out, so there only what nothing visible
        accounts for tells of a hidden one. What waits for the block cannot decide it.
        """
        own = strip_indices(self.block)
        found = [
            (of, name)
            for of, name in self.configuration.hidden(self.scope)
            if not name or fits(key, of, name)
        ]
        if not key.endswith(_BLOCK_SUFFIXES):
            found += [
                (of, name)
                for of, name in self.configuration.readable(self.scope)
                if not name or may_decide(key, of, name)
            ]
        return [(of, n) for of, n in dict.fromkeys(found) if not self._waits(of, own)]

    def has_condition(self) -> bool:
        """Whether a hidden expression may choose between values that are all known."""
        own = strip_indices(self.block)
        return any(
            may_decide("encrypted", of, name) and not self._waits(of, own)
            for of, name in self.configuration.readable(self.scope)
            if name
        )

    def reads_random(self) -> bool:
        """Whether a hidden expression may read a made-up text, which may be part of an alias."""
        return any(made_up(of) for of, _ in self.configuration.readable(self.scope))

    def _waits(self, address: str, own: str) -> bool:
        return strip_indices(address) == own or self.configuration.waits(address, own)


class PlanBody(Mapping[str, Datum]):
    """A planned object, or a nested block of one, as a mapping of arguments to data.

    `expressions` is the block's configuration, `None` where the file lacks it (it was
    written by a `dynamic` block, or the configuration is not there). `whole` is the one
    expression of an attribute that holds objects, which the file does not take apart.
    """

    __slots__ = ("_after", "_context", "_expressions", "_path", "_sensitive", "_unknown", "_whole")

    def __init__(
        self,
        after: object,
        unknown: object,
        sensitive: object,
        expressions: object,
        context: Context,
        path: str = "",
        whole: Whole | None = None,
    ) -> None:
        self._whole = whole
        self._after = after if isinstance(after, dict) else {}
        # A mask that is no object, but says something, says it of every attribute.
        everything = dict.fromkeys(self._after, True) if unknown else {}
        self._unknown = unknown if isinstance(unknown, dict) else everything
        self._sensitive = sensitive
        self._expressions = expressions if isinstance(expressions, dict) else None
        self._context = context
        self._path = path

    def __iter__(self) -> Iterator[str]:
        yield from self._after
        yield from (key for key in self._unknown if key not in self._after)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def get(self, key: str, default: Any = None) -> Any:
        """As of any mapping; most arguments are asked for in vain."""
        return self[key] if key in self._after or key in self._unknown else default

    def __getitem__(self, key: str) -> Datum:
        unknown = self._unknown.get(key)
        if unknown is None and key not in self._after and key not in self._unknown:
            raise KeyError(key)
        value = self._after.get(key)
        expression = self._expressions.get(key) if self._expressions is not None else None
        if unknown is True:
            if value is not None:
                return self._unusable(key, _CONTRADICTED)
            return self._follow(key, expression)
        if value is None:
            return Absent(self._context.origin)
        if is_odd(value) or not _is_of_kind(key, value):
            return self._unusable(key, _UNREADABLE)
        if isinstance(value, list):
            return self._items(key, value, unknown, expression)
        if isinstance(value, dict):
            nested = PlanBody(
                value,
                unknown,
                _sensitive(self._sensitive, key),
                None if is_expression(expression) else expression,
                self._context,
                self._child(key),
                self._whole_of(expression, unknown),
            )
            return Given(nested, self._context.origin)
        if unknown or (isinstance(value, bool) and _says_otherwise(expression, value)):
            return self._unusable(key, _CONTRADICTED)
        secret = _sensitive(self._sensitive, key) is not False
        return Given(value, self._context.origin, secret)

    def _unusable(self, key: str, why: str) -> Unknown:
        """An argument of which the plan says something that cannot be meant."""
        name = f"{self._context.instance}.{self._child(key)}"
        return Unknown(name, why, origin=self._context.origin)

    def _whole_of(self, expression: object, unknown: object) -> Whole | None:
        return Whole(expression, unknown) if is_expression(expression) else self._whole

    def _child(self, key: str) -> str:
        return f"{self._path}.{key}" if self._path else key

    def _follow(self, key: str, expression: object) -> Datum:
        context = self._context
        name = self._child(key)
        if expression is None:
            return self._unwritten(key, name)
        if isinstance(expression, list):  # blocks of which nothing is known yet
            return Unknown(f"{context.instance}.{name}", origin=context.origin)
        varies = context.configuration.varies(expression, context.scope)
        name = f"{context.instance if varies else strip_indices(context.block)}.{name}"
        found = context.configuration.follow(
            expression, context.scope, name, context.origin, context.each, self._takes(key)
        )
        if isinstance(found, Unknown) and self._is_of_locals(expression):
            is_all = references_of(expression) == [found.name[len(context.scope.join("")) :]]
            what, name = argument(key, self._path), found.name if is_all else name
            if is_told(what) and not context.hidden(what) and context.has_condition():
                return Unknown(name, found.why, origin=context.origin)
            return self._hidden_value(what, name, found.why, is_open=context.is_blind)
        if key in _BOOLEANS:
            return self._condition(found, name)
        return self._nullable(key, name, found, expression) if key in _NULLABLE else found

    def _takes(self, key: str) -> Takes | None:
        """What tells whether an argument can be what a datum names, where anything tells."""
        what = argument(key, self._path)
        return partial(can_give, what) if is_told(what) else None

    def _is_of_locals(self, expression: object) -> bool:
        """Whether all that an expression hangs on are locals, of whichever module."""
        context = self._context
        sources = context.configuration.sources(expression, context.scope, context.each)
        return bool(sources) and all(
            isinstance(d, Unknown) and local_owner(d.name) is not None for d in sources
        )

    def _condition(self, found: Datum, name: str) -> Datum:
        """A Boolean that hangs on attributes: seldom the value of one of them."""
        ref = reference_in(found)
        if ref is not None and ref.attribute not in _BOOLEANS:
            why = f"hangs on {found.origin.expression}"
            return Unknown(name, why, origin=self._context.origin)
        if isinstance(found, Choice):
            why = f"hangs on {', '.join(found.branches)}"
            return Unknown(name, why, origin=self._context.origin)
        return found

    def _nullable(self, key: str, name: str, found: Datum, expression: object) -> Datum:
        """An argument that may be one of the attributes that it reads, or null."""
        context = self._context
        read = list(found.branches.values()) if isinstance(found, Choice) else [found]
        references = {ref: d for d in read if (ref := reference_in(d)) is not None}
        values: dict[str, Datum] = {
            str(ref): datum
            for ref, datum in references.items()
            if can_be(key, ref.address, ref.attribute)
        }
        if context.takes_arn and [ref.attribute for ref in references if str(ref) in values] == [
            "key_id"
        ]:
            return self._arn_around(next(iter(values.values())), name, expression)
        if len(references) < len(read) or (len(values) == len(read) and context.shows_null):
            return found
        if not values:
            why = f"hangs on {', '.join(map(str, references))}"
            return Unknown(name, why, origin=context.origin)
        if len(values) == len(read) and context.configuration.is_exact(
            expression, context.scope, context.each, self._takes(key)
        ):
            return found
        branches: dict[str, Datum] = {**values, "absent": Absent(context.origin)}
        question = f"Is {name} {' or '.join(values)}, or not given?"
        return Choice(Fact("value", name, tuple(branches), question), branches, context.origin)

    def _arn_around(self, key: Datum, name: str, expression: object) -> Datum:
        """The ARN that an expression makes of a key's id: its text, and so its Region, is hidden.

        It is that key's where the expression asks in which Region it is.
        """
        if any(ref.startswith("data.aws_region.") for ref in references_of(expression)):
            return key
        address = str(key.value) if isinstance(key, Given) else ""
        elsewhere = f"arn:aws:kms:another-region:account:key/${{{address}.key_id}}"
        branches = {address: key, "another-region": Given(elsewhere, self._context.origin)}
        question = f"Is {name} the ARN of {address}, or one of another Region around its id?"
        fact = Fact("value", name, tuple(branches), question)
        return Choice(fact, branches, self._context.origin)

    def _unwritten(self, key: str, name: str) -> Datum:
        """An unknown argument of which the file shows no expression."""
        context = self._context
        if self._whole is not None:
            return self._whole.part(key, f"{context.instance}.{name}", context)
        if self._expressions is not None and not self._may_be_hidden(key):
            return Absent(context.origin)
        what = argument(key, self._path)
        may_be_hidden = self._expressions is None or self._may_be_hidden(key)
        is_given = context.shows_null and may_be_hidden and key not in _COMPUTED
        if what.startswith("launch_template_") and not self._names_template():
            is_given = True
        is_blind = self._expressions is None and context.is_blind
        why = "known after apply, through a dynamic block"
        return self._hidden_value(what, f"{context.instance}.{name}", why, is_given, is_blind)

    def _hidden_value(
        self, what: str, name: str, why: str, is_given: bool = False, is_open: bool = False
    ) -> Datum:
        """An unknown argument whose expression ends where the file hides what it reads."""
        context = self._context
        hidden = context.hidden(what)
        if not hidden and not is_given and not is_open:
            if what == "kms_key_id" and context.reads_random():
                return Unknown(name, why, origin=context.origin)
            return Absent(context.origin)
        is_listed = not context.is_blind and all(name not in ("", WHOLE) for _, name in hidden)
        if is_told(what) and hidden and is_listed:
            branches: dict[str, Datum] = {
                address: Given(Reference(address, attribute), context.origin)
                for address, attribute in hidden
            }
            if is_given and len(branches) == 1:
                return next(iter(branches.values()))
            if not is_given:
                branches["absent"] = Absent(context.origin)
            question = f"Which of {', '.join(branches)} is {name}? ({why})"
            return Choice(Fact("value", name, tuple(branches), question), branches, context.origin)
        return Unknown(name, why, nullable=not is_given, origin=context.origin)

    def _names_template(self) -> bool:
        """Whether another argument of the block names the template already."""
        names = ("id", "name", "launch_template_id", "launch_template_name")
        return any(isinstance(self._after.get(name), str) for name in names)

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
            secret = secrets
            if isinstance(secrets, list):
                secret = secrets[i] if i < len(secrets) else False
            if isinstance(item, dict):
                label = item.get("device_name") or item.get("name")
                place = f"[{label}]" if isinstance(label, str) else f"[{i}]"
                body = PlanBody(
                    item,
                    what,
                    secret,
                    match(blocks, value, i),
                    context,
                    self._child(key) + place,
                    self._whole_of(expression, unknown),
                )
                found.append(Given(body, context.origin))
            elif is_odd(item):
                found.append(self._unusable(f"{key}[{i}]", _UNREADABLE))
            elif what is True:
                found.append(self._element(key, expression, i))
            else:
                found.append(Given(item, context.origin, bool(secret)))
        return Given(found, context.origin)

    def _element(self, key: str, expression: object, i: int) -> Datum:
        """An unknown element of a list of plain values."""
        context = self._context
        if isinstance(expression, dict):
            name = f"{context.instance}.{self._child(key)}[{i}]"
            return context.configuration.follow(expression, context.scope, name, context.origin)
        return Unknown(f"{context.instance}.{self._child(key)}[{i}]", origin=context.origin)


#: Types (by the starts of their names) whose optional arguments are not computed as well.
_SHOWS_NULL = (
    "aws_dlm_lifecycle_policy",
    "aws_drs_",
    "aws_ebs_snapshot_copy",
    "aws_ebs_snapshot_import",
    "aws_ecs_",
    "aws_imagebuilder_",
    "aws_launch_template",
    "aws_workspaces_",
)
#: Types whose `kms_key_id` must be an ARN.
_TAKES_ARN = ("aws_ami_copy", "aws_ebs_volume", "aws_launch_template")
_BOOLEANS = ("encrypted", "enabled", "is_enabled")
#: Arguments that are texts in every resource that has them.
_TEXTS = ("ami", "image_id", "kms_key_id", "snapshot_id")
#: Arguments that a null leaves to AWS, also in types that show a null of every other argument.
_COMPUTED = ("volume_size",)
#: Arguments that may be null where an expression chooses, and that are computed then.
_NULLABLE = ("kms_key_id", "snapshot_id")
#: Names of nested blocks, as the aws provider ends them.
_BLOCK_SUFFIXES = ("block_device", "block_device_mappings", "block_device_mapping")


def _is_of_kind(key: str, value: object) -> bool:
    """Whether a value is of a kind that its argument can have: a hand-made plan says anything."""
    if key in _BOOLEANS:
        return isinstance(value, (bool, str))
    return key not in _TEXTS or isinstance(value, str)


def _says_otherwise(expression: object, value: bool) -> bool:
    """Whether an expression is a constant that is the opposite of a planned value."""
    written = expression.get("constant_value") if isinstance(expression, dict) else None
    return isinstance(written, bool) and written is not value


def _sensitive(mask: object, key: str) -> Any:
    """The mask of one attribute. A mask of an unexpected shape counts as sensitive."""
    if isinstance(mask, dict):
        return mask.get(key, False)
    return mask if isinstance(mask, list) else bool(mask)


def left_out(values: object, expressions: object) -> dict[str, Any]:
    """The mask of what is unknown, where a file only leaves it out: what is written, not there."""
    values = values if isinstance(values, dict) else {}
    mask: dict[str, Any] = {}
    stack: list[tuple[dict[str, Any], dict[str, Any], object]] = [(mask, values, expressions)]
    while stack:
        here, known, written = stack.pop()
        for key, expression in written.items() if isinstance(written, dict) else ():
            value = known.get(key)
            if key not in known:
                here[key] = True
            elif isinstance(expression, list) and isinstance(value, list):
                here[key] = [{} for _ in value]
                stack.extend(
                    (inner, item, match(expression, value, i))
                    for i, (inner, item) in enumerate(zip(here[key], value, strict=True))
                    if isinstance(item, dict)
                )
    return mask


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
    if is_odd(value):
        return Unknown(origin.pointer, _UNREADABLE, origin=origin)
    if isinstance(value, dict):
        return Given(StateBody(value, sensitive, origin), origin)
    if isinstance(value, list):
        masks = sensitive if isinstance(sensitive, list) else [sensitive] * len(value)
        padded = [*masks, *([False] * (len(value) - len(masks)))]
        return Given([plain(v, m, origin) for v, m in zip(value, padded, strict=False)], origin)
    if isinstance(value, (str, bool, int, float)):
        return Given(value, origin, sensitive is not False and sensitive is not None)
    return ABSENT
