"""Which provider configuration a resource uses, and the account and Region that follow.

Source: Terraform, "Provider Configuration", "Providers Within Modules".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from msgspec import Struct

from analyzer.core.model import Place
from analyzer.core.values import Absent, Datum, Given
from analyzer.sources.terraform_hcl.blocks import Argument, Block, reference
from analyzer.sources.terraform_hcl.engine import Engine
from analyzer.sources.terraform_hcl.expressions import (
    Expression,
    Literal,
    Name,
    ObjectCons,
    TupleCons,
    path_text,
)
from analyzer.sources.terraform_hcl.labels import label
from analyzer.sources.terraform_hcl.parse import simple
from analyzer.sources.terraform_hcl.scope import ModuleInstance

__all__ = ["Providers"]

_ACCOUNT = re.compile(r"arn:[^:]*:[^:]*:[^:]*:(\d{12}):")
#: What makes a provider act with credentials of its own.
_CREDENTIALS = ("assume_role", "assume_role_with_web_identity", "profile", "access_key")


#: A configuration may ask a data source of another one: so often.
_DEEPEST = 8
_PARTITIONS = {"cn": "aws-cn", "us-gov": "aws-us-gov"}


def _partition(place: Place) -> str | None:
    """The partition of a Region; of the isolated ones there are too many to tell."""
    if place.region is None or "-iso" in place.region or place.region.startswith("eusc-"):
        return None
    area = place.region.rpartition("-")[0].rpartition("-")[0]
    return _PARTITIONS.get(area, "aws")


_TELLERS: Mapping[tuple[str, str], Callable[[Place], str | None]] = {
    ("aws_caller_identity", "account_id"): lambda place: place.account,
    ("aws_caller_identity", "id"): lambda place: place.account,
    ("aws_partition", "partition"): _partition,
    ("aws_partition", "id"): _partition,
    ("aws_region", "id"): lambda place: place.region,
    ("aws_region", "name"): lambda place: place.region,
    ("aws_region", "region"): lambda place: place.region,
}


class _Config(Struct, frozen=True):
    """A provider configuration: its key, its block if there is one, and where that stands."""

    key: str
    block: Block | None
    module: ModuleInstance


class Providers:
    """Tells the place of each resource."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._places: dict[str, Place] = {}
        self._depth = 0

    def place(self, block: Block, region: Datum, module: ModuleInstance) -> Place:
        """The place of a resource.

        `region` is the value of its own `region` argument (provider version 6), else absent.
        """
        place = self._by_name(_local_key(block), module)
        if isinstance(region, Absent):
            return place
        own = _text(region)
        if own is not None:
            return Place(account=place.account, region=own, credentials=place.credentials)
        # Two Regions that are not known are not the same Region.
        credentials = f"{place.credentials or place.account or ''} region {label(region)}".strip()
        return Place(account=None, region=None, credentials=credentials)

    def told(self, block: Block, name: str, module: ModuleInstance) -> str | None:
        """What a provider configuration tells of an attribute of a data source."""
        tell = _TELLERS.get((block.labels[0], name)) if block.type == "data" else None
        if tell is None or "region" in block.arguments or self._depth >= _DEEPEST:
            return None
        doubt = self._engine.doubt
        self._depth += 1
        place = self._by_name(_local_key(block), module)
        self._depth -= 1
        self._engine.doubt = doubt
        return tell(place)

    def _by_name(self, key: str, module: ModuleInstance) -> Place:
        """Where the configuration leads that a name means: the module's own, or one passed in."""
        asked: list[tuple[ModuleInstance, str]] = []
        while (place := module.places.get(key)) is None:
            asked.append((module, key))
            block = module.module.providers.get(key)
            passed = None if block is not None else _passed(module.call, key)
            if block is not None or module.parent is None or (passed is None and "." in key):
                own = f"{module.address}:{key}" if module.address else key
                place = self._place(_Config(own, block, module))
                break
            key, module = passed or key, module.parent.module
        for where, name in asked:
            where.places[name] = place
        return place

    def _place(self, config: _Config) -> Place:
        known = self._places.get(config.key)
        if known is None:
            known = self._places[config.key] = self._of(config)
        return known

    def _of(self, config: _Config) -> Place:
        block = config.block
        if block is None:
            is_default = "." not in config.key and ":" not in config.key
            return Place(credentials="" if is_default else config.key)
        region = self._value(block.arguments.get("region"), config.module)
        named = _text(region) if region is not None else None
        has_own = any(name in block.arguments for name in _CREDENTIALS) or any(
            below.type in _CREDENTIALS for below in block.blocks
        )
        is_apart = has_own or (
            named is None and region is not None and not self._is_ordinary(region, config)
        )
        return Place(
            account=self._account(block, config.module),
            region=named,
            credentials=config.key if is_apart else "",
        )

    def _is_ordinary(self, region: Datum, config: _Config) -> bool:
        """Whether a Region that is not known is the one of the root's own `aws` provider.

        Two Regions that are not known are not the same Region, unless one name gives both.
        """
        root = config.module
        while root.parent is not None:
            root = root.parent.module
        block = root.module.providers.get("aws")
        ordinary = self._value(block.arguments.get("region"), root) if block is not None else None
        return config.key == "aws" or (ordinary is not None and label(ordinary) == label(region))

    def _account(self, block: Block, module: ModuleInstance) -> str | None:
        allowed = self._value(block.arguments.get("allowed_account_ids"), module)
        items = allowed.value if isinstance(allowed, Given) else None
        if isinstance(items, tuple) and len(items) == 1:
            account = _text(items[0])
            if account is not None:
                return account
        for expression in _role_arns(block):
            role = _text(self._engine.evaluate(expression, module.scope()))
            found = _ACCOUNT.match(role or "")
            if found:
                return found[1]
        return None

    def _value(self, argument: Argument | None, module: ModuleInstance) -> Datum | None:
        if argument is None:
            return None
        value = self._engine.evaluate(argument.expression, module.scope(where="provider"))
        return None if isinstance(value, Absent) else value


def _local_key(block: Block) -> str:
    """The name of the provider configuration of a resource: written, or by its type's prefix."""
    argument = block.arguments.get("provider")
    written = _reference_text(reference(argument)) if argument is not None else ""
    return written or block.labels[0].partition("_")[0]


def _reference_text(expression: Expression) -> str:
    return expression.name if isinstance(expression, Name) else path_text(expression)


def _passed(call: Block | None, key: str) -> str | None:
    """What the `providers` argument of a module call passes as `key`."""
    argument = call.arguments.get("providers") if call is not None else None
    expression = argument.expression if argument is not None else None
    for name, value in expression.items if isinstance(expression, ObjectCons) else ():
        word = name.value if isinstance(name, Literal) else _reference_text(name)
        if word == key:
            # JSON writes a reference as text.
            passed = simple(str(value.value)) if isinstance(value, Literal) else value
            return _reference_text(passed) if passed is not None else None
    return None


def _role_arns(block: Block) -> Iterator[Expression]:
    for below in block.blocks:
        if below.type == "assume_role" and "role_arn" in below.arguments:
            yield below.arguments["role_arn"].expression
    argument = block.arguments.get("assume_role")  # as JSON writes it
    stack = [argument.expression] if argument is not None else []
    while stack:
        here = stack.pop()
        if isinstance(here, TupleCons):
            stack.extend(here.items)
        elif isinstance(here, ObjectCons):
            yield from (value for name, value in here.items if name == Literal("role_arn"))


def _text(datum: Datum | None) -> str | None:
    if isinstance(datum, Given) and isinstance(datum.value, str) and datum.value:
        return datum.value
    return None
