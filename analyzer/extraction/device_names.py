"""What the devices of a launch or an image are called.

Names are compared as they are and told in every report, so two things need care: a name that is
not known is not the name of another one that is not known, and a sensitive one is compared by its
text, but never shown.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Self

from analyzer.core.values import Choice, Datum, Given, Unknown, text
from analyzer.walking import Conditions

__all__ = ["device_name", "device_names", "root_name"]


class _Hidden(str):
    """A sensitive device name: equal to the same name elsewhere, and printed as its label."""

    __slots__ = ("_label",)
    _label: str

    def __new__(cls, name: str, label: str) -> Self:
        hidden = super().__new__(cls, name)
        hidden._label = label
        return hidden

    def __str__(self) -> str:
        return self._label

    def __format__(self, spec: str) -> str:
        return format(self._label, spec)


def device_name(datum: Datum, number: int) -> str | None:
    """The name that a datum gives to the device with this number; `None` where it gives none."""
    if isinstance(datum, Unknown):
        return f"device named by {datum.name}"
    return _known(datum, f"(sensitive device {number})")


def root_name(datum: Datum) -> str | None:
    """The name that a datum gives to an image's root device; `None` where that is not known."""
    return _known(datum, "(sensitive root device)")


def device_names(datum: Datum, number: int) -> Iterator[tuple[str | None, Conditions]]:
    """Each name that a datum can be, with the answers that lead to it."""
    if isinstance(datum, Choice):
        for answer, branch in datum.branches.items():
            for name, when in device_names(branch, number):
                yield name, ((datum.fact, answer), *when)
    else:
        yield device_name(datum, number), ()


def _known(datum: Datum, label: str) -> str | None:
    name = text(datum)
    return _Hidden(name, label) if name and isinstance(datum, Given) and datum.sensitive else name
