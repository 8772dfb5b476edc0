"""Names for the facts of a report: a name that several inputs have means something else in each.

Inside of one input a fact is called by what it is about there (`var.encrypted`). Where more than
one input of the run has a fact of that name, the report puts the input before it
(`stacks/a:var.encrypted`), so that it can be answered for one; the bare name answers it in all.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import chain

from msgspec.structs import replace

from analyzer import wire
from analyzer.core.facts import Fact
from analyzer.parts import Part

__all__ = ["told_apart"]


def told_apart(parts: Sequence[Part], exporting: Collection[str]) -> Iterator[Part]:
    """The parts of a report, in which no two facts share a name and none has two.

    `exporting` are the inputs whose values others may import.
    """
    if len(parts) < 2:
        yield from parts
        return
    facts = [_own_facts(part, exporting) for part in parts]
    meant: dict[str, set[Fact]] = {}
    names: dict[Fact, set[str]] = {}
    for name, fact in chain.from_iterable(found.items() for found in facts):
        meant.setdefault(name, set()).add(fact)
        names.setdefault(fact, set()).add(name)
    for part, found in zip(parts, facts, strict=True):
        longer = {
            name: fact.names[0]
            for name, fact in found.items()
            if len(meant[name]) > 1 or len(names[fact]) > 1
        }
        yield replace(part, devices=[_named(d, longer) for d in part.devices]) if longer else part


def _own_facts(part: Part, exporting: Collection[str]) -> dict[str, Fact]:
    """The facts of a part that are of one input alone, by the names they have in it."""
    home = part.input.path if part.input is not None else ""
    found = {fact.name: fact.at(home, exporting) for fact in part.facts}
    return {name: fact for name, fact in found.items() if not fact.is_everywhere}


def _named(device: wire.Device, names: Mapping[str, str]) -> wire.Device:
    proof = device.proof
    if isinstance(proof, wire.Proof):
        proof = replace(
            proof, evidence=[replace(e, fact=names.get(e.fact, e.fact)) for e in proof.evidence]
        )
    return replace(
        device,
        questions=[replace(q, fact=names.get(q.fact, q.fact)) for q in device.questions],
        outcomes=[
            replace(o, when=[replace(w, fact=names.get(w.fact, w.fact)) for w in o.when])
            for o in device.outcomes
        ],
        proof=proof,
    )
