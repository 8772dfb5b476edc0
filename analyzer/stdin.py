"""Standard input: read once, under a name, and there for whoever quotes it later."""

from __future__ import annotations

import os

from analyzer.errors import InputError
from analyzer.files import Kind, read_stdin
from analyzer.limits import Limits

__all__ = ["UNNAMED", "Stdin"]

#: What reports call standard input that nobody named.
UNNAMED = "<stdin>"


class Stdin:
    """Standard input, and the file that it stands for, if the user named one.

    An editor sends what is not saved yet: lines of `name` are then those that were sent.
    """

    def __init__(self, name: str = UNNAMED) -> None:
        self.name = name
        self._data: bytes | None = None

    def read(self, limits: Limits, kind: Kind = Kind.PLAN) -> bytes:
        """All of it, also when it is asked for again. Raises `InputError`."""
        if self._data is not None:
            return self._data
        data = read_stdin(limits, kind)
        if len(data) <= limits.template_size:  # a plan, which may be larger, has no lines to quote
            self._data = data
        return data

    def text_of(self, path: str) -> bytes | None:
        """What stands for a path, where this is what was read; else `None`."""
        same = self._data is not None and os.path.normpath(path) == os.path.normpath(self.name)
        return self._data if same else None

    def source(self, limits: Limits) -> None:
        """Read what stands for one file of a Terraform module. Raises `InputError`."""
        if not os.path.isfile(self.name):
            hint = "Terraform reads a folder: save the file once, or pipe a plan"
            raise InputError(self.name, "input-missing", "there is no such file", hint=hint)
        self.read(limits, Kind.HCL)
