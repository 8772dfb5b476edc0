"""Names for the facts of a report: a name that several inputs have means something else in each.

Inside of one input a fact is called by what it is about there (`var.encrypted`). Where more than
one input of the run has a fact of that name, the report puts the input before it
(`stacks/a:var.encrypted`), so that it can be answered for one; the bare name answers it in all.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import chain
from typing import TypeVar

from msgspec.structs import replace

from analyzer import wire
from analyzer.core.facts import Fact
from analyzer.parts import Part

__all__ = ["told_apart"]

T = TypeVar("T", wire.Question, wire.When, wire.Evidence)


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
    """A device in which facts have these names; most have none of them."""
    questions = _renamed(device.questions, names)
    outcomes = device.outcomes
    whens = [_renamed(outcome.when, names) for outcome in outcomes]
    if any(when is not o.when for o, when in zip(outcomes, whens, strict=True)):
        outcomes = [replace(o, when=when) for o, when in zip(outcomes, whens, strict=True)]
    proof = device.proof
    if isinstance(proof, wire.Proof):
        proof = replace(proof, evidence=_renamed(proof.evidence, names))
    if questions is device.questions and outcomes is device.outcomes and proof is device.proof:
        return device
    return replace(device, questions=questions, outcomes=outcomes, proof=proof)


def _renamed(about: list[T], names: Mapping[str, str]) -> list[T]:
    """What is about facts, with these names for them; the same list where it has none of them."""
    if not any(one.fact in names for one in about):
        return about
    return [replace(one, fact=names.get(one.fact, one.fact)) for one in about]
