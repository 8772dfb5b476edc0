"""Records of the core: frozen to the type checker, and at run time as fast as they can be.

A frozen dataclass makes each field by a call of its own. A large plan makes millions of
values, and a sixth of a run went into that; nothing can assign a field that mypy has not seen.
"""

from __future__ import annotations

import dataclasses
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
            return dataclasses.dataclass(eq=eq, unsafe_hash=frozen and eq, **options)(cls)

        return make if cls is None else make(cls)
