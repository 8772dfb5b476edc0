"""What the devices of a launch or an image are called.

Names are compared as they are and told in every report, so two things need care: a name that is
not known is not the name of another one that is not known, and a sensitive one is compared by its
text, but never shown.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Self

from analyzer.core.values import ABSENT, Datum, Given, Reference, Unknown, text
from analyzer.walking import Conditions, branches

__all__ = ["device_name", "device_names", "is_open", "named_after", "root_name"]

#: What `aws_ami` calls the name of its root device, as a resource and as a data source.
_ROOT_ARGUMENT = "root_device_name"


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
    """The name that a datum gives to the device with this number; `None` where it gives none.

    One that is not known is called by what names it.
    """
    if isinstance(datum, Unknown):
        return f"device named by {datum.name}"
    if isinstance(datum, Given) and datum.sensitive:
        name = text(datum)
        return _Hidden(name, f"(sensitive device {number})") if name else name
    if isinstance(datum, Given) and isinstance(datum.value, Reference):
        return f"device named by {datum.value.address}.{datum.value.attribute}"
    return text(datum)


def device_names(datum: Datum, number: int) -> Iterator[tuple[str | None, Datum, Conditions]]:
    """Each name that a datum can be, with what gives it, and the answers that lead to it."""
    for branch, when in branches(datum):
        yield device_name(branch, number), branch, when


def is_open(datum: Datum) -> bool:
    """Whether a datum gives a name that is not known."""
    return isinstance(datum, Unknown) or (
        isinstance(datum, Given) and isinstance(datum.value, Reference)
    )


def root_name(datum: Datum) -> str | None:
    """The name that a datum gives to an image's root device; `None` where it is not known."""
    return None if is_open(datum) else device_name(datum, 1)


def named_after(datum: Datum) -> Datum:
    """The image after whose root device a datum names one; absent where it does not."""
    if isinstance(datum, Given) and isinstance(datum.value, Reference):
        ref = datum.value
        if ref.attribute == _ROOT_ARGUMENT:
            return Given(Reference(ref.address, "id"))
    return ABSENT
