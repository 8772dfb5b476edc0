"""Encryption that a service turns on for all volumes of a launch (EMR's security configuration).

Source: EMR Management Guide, encryption options; it covers root and data volumes.
"""

from __future__ import annotations

from analyzer.core.facts import Fact
from analyzer.core.values import ABSENT, Absent, Choice, Datum, Given, Reference, Unknown, at, text
from analyzer.extraction.link import Linker
from analyzer.extraction.normalize import filled, get
from analyzer.resources.readers import parsed
from analyzer.resources.spec import ServiceEncryption
from analyzer.sources.document import Resource
from analyzer.walking import Block, is_true

__all__ = ["encryption"]


def encryption(
    linker: Linker, resource: Resource, block: Block, part: ServiceEncryption
) -> tuple[Datum, Datum]:
    """What `encrypted` and the key of every volume become, both absent where it is off."""
    datum = get(resource, block, part.via[0].path)
    name = ""
    for link in part.via:
        datum = linker.follow(filled(datum))
        if isinstance(datum, Absent):
            return ABSENT, ABSENT
        target = linker.resource(datum, resource.place, link.types)
        if target is None:
            return _open(linker.called(datum, "security configuration", resource.address), None)
        name = target.address
        datum = at(Given(target.body), link.to)
    return _read(linker, part, name, parsed(datum))


def _read(linker: Linker, part: ServiceEncryption, name: str, found: Datum) -> tuple[Datum, Datum]:
    if isinstance(found, Choice):
        pairs = {a: _read(linker, part, name, b) for a, b in found.branches.items()}
        return (
            Choice(found.fact, {a: pair[0] for a, pair in pairs.items()}, found.origin),
            Choice(found.fact, {a: pair[1] for a, pair in pairs.items()}, found.origin),
        )
    if isinstance(found, Absent):
        return ABSENT, ABSENT
    if isinstance(found, Given) and isinstance(found.value, Reference):
        # of a text that is known after apply, the plan tells only what it is made of
        return _open(name, found if linker.is_key(found.value) else None)
    if not isinstance(found, Given):
        return _open(name, None)
    provider, wanted = part.provider
    is_on = all(is_true(at(found, path)) for path in part.enabled)
    if not is_on or text(at(found, provider)) != wanted:
        return ABSENT, ABSENT
    return Given(True, found.origin), linker.follow(filled(at(found, part.key)))


def _open(name: str, key: Given | None) -> tuple[Datum, Datum]:
    """A configuration that cannot be looked into may encrypt the volumes, or not."""
    fact = Fact(
        "encrypts_volumes", name, ("no", "yes"), f"Does {name} turn on EBS encryption with a key?"
    )
    named: Datum = key or Unknown(f"the key of {name}", nullable=False)
    return (
        Choice(fact, {"no": ABSENT, "yes": Given(True)}),
        Choice(fact, {"no": ABSENT, "yes": named}),
    )
