"""Functions that look at the shape of their arguments only, and pass on what is in them.

They work on lists and maps of which single items are not known. Each takes data of which none is
a choice or a failure, and returns `None` where too little is known for an answer. Source:
Terraform, "Collection Functions".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import product

from analyzer.core.values import ABSENT, Absent, Datum, Given, Reference, Unknown
from analyzer.sources.terraform_hcl.conversion import as_text, to_set, unified
from analyzer.sources.terraform_hcl.labels import fails, label
from analyzer.sources.terraform_hcl.partial import SetOf, is_filled, is_own, is_scalar, subvalues

__all__ = [
    "MOST_ITEMS",
    "SHAPES",
    "Args",
    "Function",
    "fields_of",
    "index_of",
    "items_of",
    "refused",
]

#: Longer lists are not built: an input can double one in every line.
MOST_ITEMS = 100_000

Args = Sequence[Datum]
Function = Callable[[Args], Datum | None]


def items_of(datum: Datum) -> tuple[Datum, ...] | None:
    """The items of a known list or set."""
    if isinstance(datum, Given) and isinstance(datum.value, tuple):
        return datum.value
    return None


def fields_of(datum: Datum) -> Mapping[str, Datum] | None:
    """The fields of a known map or object."""
    if isinstance(datum, Given) and isinstance(datum.value, Mapping):
        return datum.value
    return None


def index_of(datum: Datum) -> int | None:
    """A known whole number, also as text."""
    if not isinstance(datum, Given) or isinstance(datum.value, bool):
        return None
    value = datum.value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str) and value.isdecimal() and len(value) < 10:
        return int(value)
    return value if isinstance(value, int) else None


def refused(name: str, data: Args) -> Datum:
    """The failure of a function on arguments that it does not take."""
    return fails(f"{name}({', '.join(map(label, data))})", f"{name} takes other arguments")


def _chunklist(data: Args) -> Datum | None:
    items, size = items_of(data[0]), index_of(data[1])
    if items is None or size is None:
        return None
    if size <= 0:
        return Given((data[0],)) if size == 0 else refused("chunklist", data)
    return Given(tuple(Given(items[i : i + size]) for i in range(0, len(items), size)))


def _coalescelist(data: Args) -> Datum | None:
    for datum in data:
        if isinstance(datum, Absent):
            continue
        items = items_of(datum)
        if items is None:
            return None
        if items:
            return datum
    return refused("coalescelist", data)


def _concat(data: Args) -> Datum | None:
    lists = [items_of(datum) for datum in data]
    if any(isinstance(datum, Absent) for datum in data):
        return refused("concat", data)
    known = [items for items in lists if items is not None]
    if len(known) < len(lists) or sum(map(len, known)) > MOST_ITEMS:
        return None
    return Given(tuple(item for items in known for item in items))


def _settled(items: Iterable[Datum]) -> bool:
    """Whether it is known which items are equal: all are known, or names of different things."""
    return all(
        isinstance(part, Absent)
        or (
            isinstance(part, Given)
            and (not isinstance(part.value, Reference) or is_own(part.value))
        )
        for item in items
        for part in subvalues(item)
    )


def _distinct(data: Args) -> Datum | None:
    items = items_of(data[0])
    if items is None or (len(items) > 1 and not _settled(items)):
        return None
    return Given(tuple({label(item): item for item in unified(items)}.values()))


def _element(data: Args) -> Datum | None:
    items, index = items_of(data[0]), index_of(data[1])
    if items is not None and not items:
        return refused("element", data)
    if items is None or index is None:
        return None
    return items[index % len(items)] if index >= 0 else refused("element", data)


def _flatten(data: Args) -> Datum | None:
    made: list[Datum] = []
    stack: list[Datum] = [data[0]]
    while stack:
        here = stack.pop()
        items = items_of(here)
        if items is not None:
            stack.extend(reversed(items))
        elif here is data[0] or not _is_single(here):
            return None
        else:
            made.append(here)
        if len(made) + len(stack) > MOST_ITEMS:
            return None
    return Given(tuple(made))


def _is_single(datum: Datum) -> bool:
    """Whether a datum is certainly no list."""
    if isinstance(datum, Given):
        return not isinstance(datum.value, Reference) or is_filled(datum.value)
    return isinstance(datum, Absent)


def _keys(data: Args) -> Datum | None:
    fields = fields_of(data[0])
    return None if fields is None else Given(tuple(Given(key) for key in sorted(fields)))


def _values(data: Args) -> Datum | None:
    fields = fields_of(data[0])
    return None if fields is None else Given(tuple(fields[key] for key in sorted(fields)))


def _length(data: Args) -> Datum | None:
    value = data[0].value if isinstance(data[0], Given) else None
    if isinstance(value, str) and (not value.isascii() or "\r\n" in value):
        return None  # Terraform counts what a reader takes for one character
    if isinstance(value, (str, Mapping, tuple)):
        return Given(len(value))
    is_open = isinstance(data[0], Unknown) or isinstance(value, Reference)
    return None if is_open else refused("length", data)


def _matchkeys(data: Args) -> Datum | None:
    values, keys, wanted = map(items_of, data)
    if values is None or keys is None or wanted is None:
        return None
    if len(values) != len(keys):
        return refused("matchkeys", data)
    every = [
        (type(item.value) is bool, item.value)
        for item in unified([*keys, *wanted])
        if isinstance(item, Given) and is_scalar(item.value)
    ]
    if len(every) < len(keys) + len(wanted):
        return None
    sought = frozenset(every[len(keys) :])
    matching = zip(values, every, strict=False)
    return Given(unified([value for value, key in matching if key in sought]))


def _merge(data: Args) -> Datum | None:
    made: dict[str, Datum] = {}
    for datum in data:
        fields = fields_of(datum)
        if fields is not None:
            made.update(fields)
        elif not isinstance(datum, Absent):
            return None
    return Given(made)


def _one(data: Args) -> Datum | None:
    items = items_of(data[0])
    if items is None:
        return None
    if len(items) > 1:
        return refused("one", data)
    return items[0] if items else ABSENT


def _reverse(data: Args) -> Datum | None:
    items = items_of(data[0])
    return None if items is None else Given(items[::-1])


def _setproduct(data: Args) -> Datum | None:
    lists = [items_of(datum) for datum in data]
    if len(data) < 2:
        return refused("setproduct", data)
    known = [unified(items) for items in lists if items is not None]
    size = 1
    for items in known:
        size *= len(items)
    if len(known) < len(lists) or size * len(known) > MOST_ITEMS:
        return None
    if any(len(items) > 1 and not _settled(items) for items in known):
        return None
    return Given(tuple(Given(tuple(row)) for row in product(*known)))


def _setintersection(data: Args) -> Datum | None:
    return _chosen(data, lambda wanted, others: all(wanted in other for other in others))


def _setsubtract(data: Args) -> Datum | None:
    return _chosen(data, lambda wanted, others: wanted not in others[0])


def _chosen(data: Args, keep: Callable[[str, Sequence[set[str]]], bool]) -> Datum | None:
    """The items of the first set that the others decide to keep."""
    found = [items_of(datum) for datum in data]
    known = [items for items in found if items is not None]
    every = unified([item for items in known for item in items])
    if len(known) < len(found) or not _settled(every):
        return None
    others = [{label(as_text(item)) for item in items} for items in known[1:]]
    first = every[: len(known[0])]
    return to_set([item for item in first if keep(label(as_text(item)), others)])


def _setunion(data: Args) -> Datum | None:
    joined = _concat(data)
    return _toset([joined]) if joined is not None else None


def _slice(data: Args) -> Datum | None:
    items, start, stop = items_of(data[0]), index_of(data[1]), index_of(data[2])
    if items is None or start is None or stop is None:
        return None
    if not 0 <= start <= stop <= len(items):
        return refused("slice", data)
    return Given(tuple(items[start:stop]))


def _tolist(data: Args) -> Datum | None:
    items = items_of(data[0])
    if isinstance(data[0], Given) and isinstance(data[0].value, Reference):
        return data[0]  # a set that is known by name only has the same name as a list
    return None if items is None else Given(tuple(unified(items)))


def _tomap(data: Args) -> Datum | None:
    fields = fields_of(data[0])
    if fields is None:
        return None
    return Given(dict(zip(fields, unified(list(fields.values())), strict=True)))


def _toset(data: Args) -> Datum | None:
    items = items_of(data[0])
    if items is None:
        return None
    return data[0] if isinstance(items, SetOf) else to_set(items)


def _zipmap(data: Args) -> Datum | None:
    keys, values = items_of(data[0]), items_of(data[1])
    if keys is None or values is None:
        return None
    if len(keys) != len(values):
        return refused("zipmap", data)
    names = [key.value if isinstance(key, Given) else None for key in keys]
    if not all(isinstance(name, str) for name in names):
        return None
    return Given({str(name): value for name, value in zip(names, values, strict=True)})


#: The functions by name.
SHAPES: Mapping[str, Function] = {
    "chunklist": _chunklist,
    "coalescelist": _coalescelist,
    "concat": _concat,
    "distinct": _distinct,
    "element": _element,
    "flatten": _flatten,
    "keys": _keys,
    "length": _length,
    "matchkeys": _matchkeys,
    "merge": _merge,
    "one": _one,
    "reverse": _reverse,
    "setintersection": _setintersection,
    "setproduct": _setproduct,
    "setsubtract": _setsubtract,
    "setunion": _setunion,
    "slice": _slice,
    "tolist": _tolist,
    "tomap": _tomap,
    "toset": _toset,
    "values": _values,
    "zipmap": _zipmap,
}
