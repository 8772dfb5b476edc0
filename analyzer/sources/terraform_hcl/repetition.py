"""Which instances `count`, `for_each` and `dynamic` make."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from msgspec import Struct

from analyzer.core.values import Absent, Choice, Datum, Given, Reference, Unknown, leaves
from analyzer.sources.terraform_hcl.branching import lift
from analyzer.sources.terraform_hcl.engine import Engine
from analyzer.sources.terraform_hcl.labels import derived, fails, label, scalar_text
from analyzer.sources.terraform_hcl.lists import index_of
from analyzer.sources.terraform_hcl.loops import pairs
from analyzer.sources.terraform_hcl.partial import FALSE, TRUE, Failure, SetOf, is_scalar
from analyzer.sources.terraform_hcl.scope import Expansion, Instance

__all__ = ["Element", "Elements", "Repetition", "quoted_key", "refusal"]


class Element(Struct, frozen=True):
    """One pass of a repetition: its key and value, and whether there is one."""

    key: Datum
    value: Datum
    exists: Datum


class Elements(Struct, frozen=True):
    """The passes of a repetition; an open one has a single pass that stands for `copies`."""

    elements: tuple[Element, ...]
    copies: str = ""

    @property
    def is_open(self) -> bool:
        return bool(self.copies)


def quoted_key(key: str) -> str:
    """A key of `for_each` as an address shows it."""
    return f"[{json.dumps(key, ensure_ascii=False)}]"


def refusal(argument: str, value: Datum) -> str:
    """Why Terraform refuses a value of `count` or `for_each`; empty where it takes it."""
    if not isinstance(value, Absent) and not (isinstance(value, Given) and is_scalar(value.value)):
        return ""
    if argument == "for_each":
        return "its for_each is no map or set"
    number = index_of(value)
    return "its count is no whole number from 0" if number is None or number < 0 else ""


#: So many times the instances of one block are listed of all blocks: nested repetitions multiply.
_BLOCKS = 10


class Repetition:
    """Expands blocks."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._most = engine.budget.limits.listed_instances
        self._left = _BLOCKS * self._most

    # -- count ---------------------------------------------------------------------------

    def count(self, count: Datum, base: str) -> Expansion:
        """The instances that a `count` makes of the block at `base`."""
        found = [leaf for leaf in leaves(count) if not isinstance(leaf, Failure)]
        numbers = [index_of(leaf) for leaf in found]
        known = [number for number in numbers if number is not None]
        most = max(known, default=0)
        if not found or len(known) < len(numbers):
            return self._open_count(count, base, "1..n", self._more_than(count, 0))
        if not self._lists(most):
            copies = "1..n" if len(known) > 1 else str(most)
            return self._open_count(count, base, copies, self._more_than(count, 0))
        instances = tuple(
            Instance(f"[{at}]", _count(Given(at)), self._more_than(count, at)) for at in range(most)
        )

        def whole(data: Sequence[Datum]) -> Datum:
            size = index_of(data[0])
            if size is None:
                return data[0]
            return Given(tuple(Given(Reference(f"{base}[{at}]")) for at in range(max(0, size))))

        return Expansion("count", instances, self._lifted(count, whole, f"{base}[*]"), count)

    def _open_count(self, count: Datum, base: str, copies: str, exists: Datum) -> Expansion:
        index = derived(f"{base}.count.index", count, why="it stands for many instances")
        instance = Instance("[*]", _count(index), exists, copies)
        return Expansion("count", (instance,), derived(f"{base}[*]", count), count, is_open=True)

    def _more_than(self, count: Datum, number: int) -> Datum:
        operators = self._engine.operators
        return operators.truth(operators.binary(">", count, Given(number)))

    def _lifted(self, datum: Datum, operate: object, name: str) -> Datum:
        return lift([datum], operate, lambda: name, self._engine.facts)  # type: ignore[arg-type]

    def _lists(self, number: int) -> bool:
        """Whether that many instances of a block are listed one by one, from now on."""
        if number > self._most or (number > 1 and number > self._left):
            return False
        self._left -= number
        return True

    # -- for_each ------------------------------------------------------------------------

    def for_each(self, collection: Datum, base: str) -> Expansion:
        """The instances that a `for_each` makes of the block at `base`."""
        collection = self._lifted(collection, self._as_set, f"toset({label(collection)})")
        found = self.elements(collection, f"{base}.each")
        if found.is_open or any(_name(element.key) is None for element in found.elements):
            return self._open_each(collection, base, found)
        if not self._lists(len(found.elements)):
            copies = "1..n" if isinstance(collection, Choice) else str(len(found.elements))
            return self._open_each(collection, base, self._open(collection, f"{base}.each", copies))
        instances = tuple(
            Instance(
                quoted_key(_name(element.key) or ""),
                {"each": _each(element.key, element.value)},
                element.exists,
            )
            for element in found.elements
        )

        def whole(data: Sequence[Datum]) -> Datum:
            keys = pairs(data[0])
            if keys is None:
                return data[0]
            names = [_name(key) or "" for key, _ in keys]
            return Given({name: Given(Reference(f"{base}{quoted_key(name)}")) for name in names})

        every = self._lifted(collection, whole, f"{base}[*]")
        return Expansion("each", instances, every, collection)

    def _as_set(self, data: Sequence[Datum]) -> Datum:
        """A list is refused by Terraform; where it is meant is clear all the same."""
        if isinstance(data[0], Given) and type(data[0].value) is tuple:
            return self._engine.functions.call("toset", data, "")
        return data[0]

    def _open_each(self, collection: Datum, base: str, found: Elements) -> Expansion:
        names = found if found.is_open else self._open(collection, f"{base}.each", "")
        element = names.elements[0]
        copies = names.copies
        instance = Instance(
            "[*]", {"each": _each(element.key, element.value)}, element.exists, copies
        )
        every = derived(f"{base}[*]", collection)
        return Expansion("each", (instance,), every, collection, is_open=True)

    def chosen(self, expansion: Expansion, key: Datum) -> Instance:
        """The instance with a known key of an open expansion, if there is one."""
        if expansion.kind == "count":
            return Instance(f"[{label(key)}]", _count(key))
        source = expansion.source
        value = derived(f"{label(source)}[{label(key)}]", source)
        if _is_set(source, self._engine):
            return Instance(f"[{label(key)}]", {"each": _each(key, key)})
        if isinstance(source, Unknown):
            element = self._engine.facts.type_of(source).at("")
            self._engine.facts.types.setdefault(value.name, element)
        return Instance(f"[{label(key)}]", {"each": _each(key, value)})

    # -- the passes ----------------------------------------------------------------------

    def elements(self, collection: Datum, base: str) -> Elements:
        """The passes over a collection; names of what is open begin with `base`."""
        branches = [leaf for leaf in leaves(collection) if not isinstance(leaf, Failure)]
        known = [found for found in map(pairs, branches) if found is not None]
        if not branches or len(known) < len(branches):
            return self._open(collection, base, "")
        if len(known) == 1 and not isinstance(collection, Choice):
            if len(known[0]) > self._most:
                return self._open(collection, base, str(len(known[0])))
            return Elements(tuple(Element(key, value, TRUE) for key, value in known[0]))
        keys = {label(key): key for found in known for key, _ in found}
        if len(keys) > self._most:
            return self._open(collection, base, "")
        return Elements(tuple(self._element(collection, key) for key in keys.values()))

    def _element(self, collection: Datum, key: Datum) -> Element:
        """The pass for a key that not every branch of a collection has."""
        wanted = label(key)

        def value(data: Sequence[Datum]) -> Datum:
            for name, item in pairs(data[0]) or ():
                if label(name) == wanted:
                    return item
            return fails(f"key {wanted}", "there is no such key")

        def exists(data: Sequence[Datum]) -> Datum:
            return TRUE if any(label(name) == wanted for name, _ in pairs(data[0]) or ()) else FALSE

        return Element(
            key,
            self._lifted(collection, value, f"value of {wanted}"),
            self._lifted(collection, exists, f"{wanted} exists"),
        )

    def _open(self, collection: Datum, base: str, copies: str) -> Elements:
        """One pass that stands for all: its key and value are not known."""
        length = self._engine.functions.call("length", [collection], base)
        exists = TRUE if copies and copies != "0" else self._more_than(length, 0)
        key = derived(f"{base}.key", collection, why=_why(collection))
        key = Unknown(key.name, key.why, nullable=False)
        if _is_set(collection, self._engine):
            value: Datum = key
        else:
            value = derived(f"{base}.value", collection, why=_why(collection))
        if isinstance(collection, Unknown) and isinstance(value, Unknown):
            type_ = self._engine.facts.type_of(collection)
            if type_.element is not None:
                self._engine.facts.types.setdefault(value.name, type_.element)
        return Elements((Element(key, value, exists),), copies or "1..n")


def _why(collection: Datum) -> str:
    if isinstance(collection, Unknown):
        return f"it is taken from {collection.name}: {collection.why}"
    return "it stands for many instances"


def _is_set(collection: Datum, engine: Engine) -> bool:
    if isinstance(collection, Given):
        return isinstance(collection.value, SetOf)
    if isinstance(collection, Unknown):
        is_called = collection.name.startswith("toset(")
        return is_called or engine.facts.type_of(collection).kind == "set"
    return False


def _name(key: Datum) -> str | None:
    value = key.value if isinstance(key, Given) else None
    return scalar_text(value) if value is not None and is_scalar(value) else None


def _count(index: Datum) -> Mapping[str, Datum]:
    return {"count": Given({"index": index})}


def _each(key: Datum, value: Datum) -> Datum:
    return Given({"key": key, "value": value})
