"""What each input contributes to a report, found batch by batch, and put together.

Inputs are decided by themselves, in batches that any process may take; what one input has to do
with others is told by its part. A template that imports what a template of another batch exports
is decided once more, beside that one; a template that another one nests is shown there alone. So
a report does not hang on how its inputs were divided, nor on what was done first.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Container, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing

import msgspec

from analyzer import wire
from analyzer.core.facts import Fact
from analyzer.inputs import Place
from analyzer.knowledge.sources import Contradiction

__all__ = ["Batch", "Done", "Part", "divided", "is_nested", "put_together", "shown_parts"]

#: What a batch holds at most. A task of this size takes far longer than handing it out.
_MOST_INPUTS = 100
_MOST_BYTES = 4_000_000


class Batch(msgspec.Struct, frozen=True):
    """Inputs by their numbers in the run: those to decide, and others whose exports they need."""

    places: Mapping[int, Place]
    beside: Mapping[int, Place] = {}

    def split(self) -> Iterator[Batch]:
        """The same work, one input at a time."""
        for number, place in self.places.items():
            yield Batch({number: place}, self.beside)


class Part(msgspec.Struct, kw_only=True):
    """What one input contributes to the report; without `input` it was none.

    `facts` are those that its devices hang on, or were decided by. `asked` and `contradictions` are
    for `Sources.recall`. `exports` are the names that others can import, `imports` those that were
    asked for while the batch was decided (if this input asked for any), `nested` the templates that
    it has nested stacks of, `calls` the places where it calls modules, `modules` the folders of
    those that it has instances of, `text` that of an input elsewhere that may hold ignores. `looks`
    are those that all of it rests on, where somebody wants to know and it rests on nothing else:
    see `analyzer.looks`.
    """

    number: int
    input: wire.Input | None = None
    devices: list[wire.Device] = []
    findings: list[wire.Finding] = []
    not_analyzed: list[wire.NotAnalyzed] = []
    problems: list[wire.Problem] = []
    facts: list[Fact] = []
    asked: list[Fact] = []
    contradictions: list[Contradiction] = []
    exports: list[str] = []
    imports: list[str] = []
    nested: list[str] = []
    calls: list[tuple[str, str, wire.Location]] = []
    modules: list[str] = []
    looks: list[tuple[str, str, str]] = []
    text: bytes = b""


#: Batches with their parts, in the order in which they are done.
Done = Generator[tuple[Batch, list[Part]], None, None]


def divided(places: Mapping[int, Place], most: int = _MOST_INPUTS) -> Iterator[Batch]:
    """Inputs in batches, by their number and their bytes."""
    batch: dict[int, Place] = {}
    size = 0
    for number, place in places.items():
        if batch and (len(batch) == most or size + place.size > _MOST_BYTES):
            yield Batch(batch)
            batch, size = {}, 0
        batch[number] = place
        size += place.size
    if batch:
        yield Batch(batch)


def put_together(
    places: Sequence[Place],
    batches: Iterable[Batch],
    work: Callable[[Sequence[Batch]], Done],
    known: Mapping[int, Part] = {},
) -> list[Part]:
    """The parts of all inputs, in their order.

    `work` gives the parts of batches, in any order. Whoever imports is decided anew beside
    those that export the names asked for, until nobody asks for more than could be seen.
    `known` are parts of before, which import nothing.
    """
    parts: dict[int, Part] = {}
    seen: dict[int, set[int]] = {}
    wanted: dict[int, set[int]] = {}
    exporters: dict[str, list[int]] = {}
    pending = list(batches)

    def take(done: Iterable[Part], beside: set[int]) -> None:
        for part in done:
            if part.number not in parts:
                for name in part.exports:
                    exporters.setdefault(name, []).append(part.number)
            parts[part.number] = part
            seen[part.number] = beside

    take(known.values(), set())
    while pending:
        with closing(work(pending)) as results:
            for batch, done in results:
                take(done, {*batch.places, *batch.beside})
        missing: dict[int, Place] = {}
        for number, part in parts.items():
            for name in part.imports:
                wanted.setdefault(number, set()).update(exporters.get(name, ()))
            if not wanted.get(number, set()) <= seen[number]:
                missing[number] = places[number]
        pending = []
        for batch in divided(dict(sorted(missing.items()))):
            beside = set().union(*map(wanted.__getitem__, batch.places)) - batch.places.keys()
            pending.append(Batch(batch.places, {n: places[n] for n in sorted(beside)}))
    return [parts[number] for number in range(len(places))]


def is_nested(place: Place, nested: Container[str]) -> bool:
    """Whether a file of a folder is the template of a nested stack, and so shown with its parent.

    What is named on the command line is shown whoever nests it.
    """
    return place.kind == "searched" and os.path.normpath(place.path) in nested


def shown_parts(places: Sequence[Place], parts: Sequence[Part]) -> Iterator[Part]:
    """The parts as the report shows them: without templates that are shown where they are nested.

    What is wrong with one that cannot be read at all is told all the same.
    """
    nested = {path for part in parts for path in part.nested}
    for place, part in zip(places, parts, strict=True):
        if not is_nested(place, nested):
            yield part
        elif part.input is not None and part.input.status == "unreadable":
            yield Part(number=part.number, problems=part.problems)
