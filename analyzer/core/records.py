"""Records of the core: frozen to the type checker, and at run time as fast as they can be.

A frozen dataclass makes each field by a call of its own. A large plan makes millions of
values, and a sixth of a run went into that; nothing can assign a field that mypy has not seen.
And a dataclass compiles each of its methods when it is imported, which was a third of a small
run: here that is the constructor alone, and the others are shared.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from operator import attrgetter
from typing import TYPE_CHECKING, Any, TypeVar

__all__ = ["dataclass"]

T = TypeVar("T")

if TYPE_CHECKING:
    from dataclasses import dataclass
else:

    def dataclass(
        cls: type[T] | None = None, /, *, frozen: bool = False, eq: bool = True, **options: Any
    ) -> Any:
        """`dataclasses.dataclass`, where `frozen` says "hashed by value" and costs nothing."""

        def make(cls: type[T]) -> type[T]:
            made = dataclasses.dataclass(eq=False, repr=False, **options)(cls)
            made.__repr__ = _repr
            if eq:
                made.__eq__ = _eq(_getter(made, "compare"))
                made.__hash__ = _hash(_getter(made, "hash")) if frozen else None
            return made

        return make if cls is None else make(cls)


def _getter(cls: Any, use: str) -> Callable[[Any], Any]:
    """What a record is compared or hashed by: the fields that its declaration does not exempt."""
    names = [
        field.name
        for field in dataclasses.fields(cls)
        if (field.compare if getattr(field, use) is None else getattr(field, use))
    ]
    return attrgetter("__class__", *names)  # a record may have no field


def _eq(get: Callable[[Any], Any]) -> Callable[[Any, object], bool]:
    def __eq__(self: Any, other: object) -> bool:  # noqa: N807 - a method that is made here
        if other.__class__ is not self.__class__:
            return NotImplemented
        return bool(get(self) == get(other))

    return __eq__


def _hash(get: Callable[[Any], Any]) -> Callable[[Any], int]:
    def __hash__(self: Any) -> int:  # noqa: N807 - a method that is made here
        return hash(get(self))

    return __hash__


def _repr(self: Any) -> str:
    shown = (f"{f.name}={getattr(self, f.name)!r}" for f in dataclasses.fields(self) if f.repr)
    return f"{type(self).__qualname__}({', '.join(shown)})"
