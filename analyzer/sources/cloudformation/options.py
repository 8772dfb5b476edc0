"""What a run tells the reader of a template."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from analyzer.core.values import Datum

__all__ = ["Load", "Options"]

#: Bytes of a local template, by its path relative to the folder of the first one.
Load = Callable[[str], bytes | None]


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """How templates are read and evaluated.

    `known` tells whether the tables have a resource type; resources of other types are only
    counted. `parameters` maps a parameter to its value, `None` where it has one that nobody
    told (`UsePreviousValue`). With `use_defaults`, a parameter without a value has its default.
    `region` and `account` are the values of the pseudo parameters, where they are known.
    `imports` maps the names of other templates' exports to their values; it is asked when a
    body is read, so it may be filled until then.
    """

    known: Callable[[str], bool]
    parameters: Mapping[str, str | None] = msgspec.field(default_factory=dict)
    use_defaults: bool = True
    region: str | None = None
    account: str | None = None
    imports: Mapping[str, Datum] = msgspec.field(default_factory=dict)
