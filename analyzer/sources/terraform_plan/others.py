"""Resources of types that no table has: counted, and looked into only by a search of bytes."""

from __future__ import annotations

import re

import msgspec

__all__ = ["Others"]

#: Arguments by which a type of tomorrow would show that it makes volumes. The schema's
#: arguments stand in every object, so one object of a type is enough.
_HOLDS = re.compile(rb'"encrypted"|"[a-z_]*block_devices?(?:_mappings?)?"|"blockDeviceMappings"')
_PROVIDERS = ("aws_", "awscc_", "kubernetes_manifest")
#: A change starts with its actions; so far in, nothing else can be written.
_ACTIONS = 40


class Others(msgspec.Struct):
    """The numbers of objects by type, and the types that may hold volumes."""

    counts: dict[str, int] = msgspec.field(default_factory=dict)
    holding: set[str] = msgspec.field(default_factory=set)

    def add(self, type_: str, mode: str, raw: msgspec.Raw) -> None:
        """Count an object that a plan creates, changes or keeps."""
        count = self.counts.get(type_)
        if mode == "data":
            return
        if count is None:
            count = 0
            if type_.startswith(_PROVIDERS) and _HOLDS.search(raw):
                self.holding.add(type_)
        start = bytes(memoryview(raw)[:_ACTIONS])
        if b'"delete"]' in start and b'"create"' not in start:
            self.counts.setdefault(type_, 0)
            return
        self.counts[type_] = count + 1
