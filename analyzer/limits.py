"""What an input may cost: one table of limits, and the budget that every reader spends.

An input can be written to cost much more than its size (nesting, aliases, multiplied modules).
Whatever reads one spends a `Budget` while it reads; a limit that is hit is a named problem with
the flag that raises it, never a silent cut.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable
from dataclasses import dataclass, field, fields, replace
from math import inf
from typing import Any

from analyzer.errors import InputError, UsageError
from analyzer.text import shown

__all__ = ["TABLE", "Budget", "Limit", "Limits", "limit_error", "table_text"]


def _limit(default: int, about: str, *, unit: str = "", most: int | None = None) -> Any:
    return field(default=default, metadata={"about": about, "unit": unit, "most": most})


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The limits of one run; the fields are the table that `--show-limits` prints."""

    plan_size: int = _limit(1_000_000_000, "a Terraform plan or state", unit="bytes")
    template_size: int = _limit(64_000_000, "a JSON template", unit="bytes")
    yaml_size: int = _limit(8_000_000, "a YAML file", unit="bytes")
    hcl_size: int = _limit(1_000_000, "a Terraform source file", unit="bytes")
    settings_size: int = _limit(8_000_000, "a facts file, configuration or baseline", unit="bytes")
    cache_size: int = _limit(200_000_000, "the cache", unit="bytes")
    # Readers recurse where that is clearer; Python's own limit of 1,000 frames has to hold them.
    depth: int = _limit(128, "levels of nesting in one template or source file", most=250)
    nodes: int = _limit(2_000_000, "values in one template or source file")
    expansion: int = _limit(10, "growth of one YAML file by its aliases", unit="times")
    seconds: int = _limit(30, "time for one input", unit="seconds")
    run_seconds: int = _limit(600, "time for the whole run", unit="seconds")
    worker_memory: int = _limit(8_000_000_000, "memory of one process beside ours", unit="bytes")
    leaves: int = _limit(4096, "possible outcomes of one device before it is left undecided")
    devices: int = _limit(1_000, "block devices of one resource")
    instances: int = _limit(25_000, "instances that count, for_each and modules make of one input")
    listed_instances: int = _limit(1_000, "instances of one block that are listed one by one")
    module_depth: int = _limit(32, "modules inside modules")
    #: When the time for the whole run is over, on the clock of `time.monotonic`; no limit itself.
    run_ends: float = inf

    def started(self) -> Limits:
        """These limits for a run that begins now."""
        return replace(self, run_ends=time.monotonic() + self.run_seconds)

    def changed(self, settings: Iterable[str]) -> Limits:
        """These limits with some replaced.

        Args:
            settings: texts of the form `NAME=NUMBER`, the number with or without a decimal
                suffix (`k`, `M`, `G`, and a `B` after it).

        Raises:
            UsageError: an unknown name, no positive number, or more than can be allowed.
        """
        from difflib import get_close_matches

        values: dict[str, int] = {}
        for setting in settings:
            name, _, number = setting.partition("=")
            limit = _BY_NAME.get(name)
            if limit is None:
                near = get_close_matches(name, _BY_NAME, n=1)
                guess = f"; did you mean {near[0]}?" if near else f" (one of {', '.join(_BY_NAME)})"
                raise UsageError(f"there is no limit {shown(name)}{guess}")
            values[limit.field] = limit.read(number)
        return replace(self, **values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """One row of the table: a limit's name, default, unit and meaning."""

    name: str
    default: int
    about: str
    unit: str = ""
    most: int | None = None

    @property
    def field(self) -> str:
        """The limit's field in `Limits`."""
        return self.name.replace("-", "_")

    @property
    def flag(self) -> str:
        """The flag that changes this limit."""
        return f"--limit {self.name}=NUMBER"

    @property
    def hint(self) -> str:
        """What to do when the limit was hit and the input is meant to be as it is."""
        bound = f" (at most {self.most})" if self.most is not None else ""
        return f"if this input is what it should be, raise the limit with {self.flag}{bound}"

    def read(self, number: str) -> int:
        """The number that a user wrote for this limit; raises `UsageError`."""
        found = re.fullmatch(r"([0-9]{1,15})([kMG]?)B?", number)
        value = int(found[1]) * _SUFFIXES[found[2]] if found else 0
        if value == 0:
            raise UsageError(f"the limit {self.name} takes a positive number, e.g. {self.default}")
        if self.most is not None and value > self.most:
            raise UsageError(f"the limit {self.name} cannot be raised above {self.most}")
        return value


_SUFFIXES = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9}

#: Every limit, in the order in which `--show-limits` prints them.
TABLE: tuple[Limit, ...] = tuple(
    Limit(name=row.name.replace("_", "-"), default=getattr(Limits(), row.name), **row.metadata)
    for row in fields(Limits)
    if row.metadata
)
_BY_NAME = {limit.name: limit for limit in TABLE}


def table_text(limits: Limits = Limits()) -> str:
    """The table of limits as `--show-limits` prints it, with the numbers of these limits."""
    lines = []
    for limit in TABLE:
        value = f"{getattr(limits, limit.field):,}"
        bound = f" (at most {limit.most})" if limit.most is not None else ""
        lines.append(f"{limit.name:<17}{value:>13} {limit.unit:<8}{limit.about}{bound}")
    return "\n".join(lines)


def limit_error(
    path: str, name: str, message: str, *, line: int | None = None, column: int | None = None
) -> InputError:
    """The error for an input that goes beyond the limit `name` of `TABLE`."""
    hint = _BY_NAME[name].hint
    return InputError(path, f"limit-{name}", message, line=line, column=column, hint=hint)


class Budget:
    """What one input may still cost. Every method raises `InputError` once a limit is passed.

    Args:
        path: the input, for the error.
        limits: the limits of the run; its time counts here, too, if it was `started`.
    """

    __slots__ = ("_clock", "_deadline", "_expanded", "_next_tick", "_nodes", "limits", "path")

    #: Nodes between two looks at the clock: a look costs as much as several nodes.
    _STRIDE = 1024
    #: Aliases of small files may multiply them more: this many nodes harm nobody.
    _FREE_EXPANSION = 100_000

    def __init__(self, path: str, limits: Limits = Limits()) -> None:
        self.path = path
        self.limits = limits
        own = time.monotonic() + limits.seconds
        self._deadline = min(own, limits.run_ends)
        self._clock = "seconds" if own <= limits.run_ends else "run-seconds"
        self._nodes = 0
        self._expanded = 0
        self._next_tick = self._STRIDE

    def spend(self, nodes: int = 1, *, line: int | None = None, column: int | None = None) -> None:
        """Count values that are read."""
        self._nodes += nodes
        if self._nodes > self.limits.nodes:
            message = f"holds more than {self.limits.nodes:,} values"
            raise limit_error(self.path, "nodes", message, line=line, column=column)
        if self._nodes >= self._next_tick:
            self._next_tick = self._nodes + self._STRIDE
            self.tick()

    def expand(self, nodes: int = 1, *, line: int | None = None, column: int | None = None) -> None:
        """Count values that are read once more because an alias repeats them."""
        self._expanded += nodes
        allowed = max(self._FREE_EXPANSION, self.limits.expansion * self._nodes)
        if self._expanded > allowed:
            message = f"aliases make it more than {self.limits.expansion} times as large"
            raise limit_error(self.path, "expansion", message, line=line, column=column)

    def deepen(self, depth: int, *, line: int | None = None, column: int | None = None) -> None:
        """Check how deep the reader stands; the outermost level is 1."""
        if depth > self.limits.depth:
            message = f"nested more than {self.limits.depth} levels deep"
            raise limit_error(self.path, "depth", message, line=line, column=column)

    def tick(self) -> None:
        """Check the time."""
        if time.monotonic() > self._deadline:
            if self._clock == "seconds":
                message = f"took longer than {self.limits.seconds} seconds to analyze"
            else:
                message = f"not done when the run had taken {self.limits.run_seconds} seconds"
            raise limit_error(self.path, self._clock, message)
