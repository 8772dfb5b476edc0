"""Who knows what: several sources of facts in the order in which they are trusted.

The command line is trusted most, then a facts file, then AWS. What the input itself tells
and what is publicly certain come after them, and are the core's own business: it asks here
first. Where two sources answer one question differently, the first one counts and the
contradiction is kept, with both places.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from copy import deepcopy
from dataclasses import replace
from typing import Protocol

import msgspec

from analyzer.core.facts import GIVEN, OTHER, Fact
from analyzer.text import shown

__all__ = ["Contradiction", "LastTeller", "Sources", "Teller", "Told", "Written"]

#: Facts whose domain lists only what the input itself mentions.
_OPEN_DOMAINS = ("root_device_name",)
#: Questions between two looks at the clock.
_STRIDE = 4096


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """An answer, and where it came from: `source` in words, and a place in a file if any."""

    answer: str
    source: str
    path: str = ""
    line: int | None = None
    column: int | None = None

    @property
    def where(self) -> str:
        """The place for people: `facts.yaml:4`, or the source in words."""
        if not self.path:
            return self.source
        return f"{self.path}:{self.line}" if self.line is not None else self.path


class Contradiction(msgspec.Struct, frozen=True):
    """Two sources that answer one question differently; the first one counts."""

    fact: str
    counts: Told
    other: Told

    @property
    def text(self) -> str:
        """The contradiction in one line."""
        return (
            f"{shown(self.fact)}: {shown(self.counts.answer)} ({shown(self.counts.where)}) "
            f"contradicts {shown(self.other.answer)} ({shown(self.other.where)}); the former counts"
        )


class Teller(Protocol):
    """One source of facts."""

    def tell(self, fact: Fact) -> Told | None:
        """The answer to a fact with its place, or `None`."""

    def report(self) -> list[str]:
        """What is to be said about this source after a run, for people."""


class Written(Teller, Protocol):
    """A source that is all there before a run."""

    def contents(self) -> object:
        """All that it can tell, and where that is written, in what msgpack can hold."""


class LastTeller(Teller, Protocol):
    """A source that is asked last, and in certain Regions."""

    def look_in(self, regions: Iterable[str | None]) -> None:
        """The Regions that the inputs are about."""


def _in_no_haste() -> None:
    """Nothing ends what takes long."""


class Sources:
    """What is known before a run starts, as the core asks for it.

    `tellers` are cheap to ask and all asked, in the order of trust. `last` (AWS) is asked
    only where none of them knows, because each question there is a call. `home` is the input that
    asks, `others` those whose values it may import: an answer may be about one input alone.
    `tick` is called once in a while as questions are asked, and may raise what ends it all.
    """

    def __init__(
        self,
        tellers: Sequence[Written],
        last: LastTeller | None = None,
        *,
        home: str = "",
        others: Collection[str] = (),
        tick: Callable[[], None] = _in_no_haste,
    ) -> None:
        self._tellers = tuple(tellers)
        self._last = last
        self._home = home
        self._others = others
        self._tick = tick
        self._questions = 0
        self._known: dict[Fact, Told | None] = {}
        self._by_name: dict[str, Told] = {}
        self.contradictions: list[Contradiction] = []
        self.notes: list[str] = []

    def answer(self, fact: Fact) -> str | None:
        """The answer to a fact, or `None` where no source has one."""
        self._questions += 1
        if self._questions % _STRIDE == 0:
            self._tick()
        if not self._tellers and self._last is None:
            return None
        told = self.told(fact)
        return told.answer if told is not None else None

    def told(self, fact: Fact) -> Told | None:
        """The answer and where it came from."""
        try:
            return self._known[fact]
        except KeyError:
            found = self._known[fact] = self._ask(self._at_home(fact))
            if found is not None:
                self._by_name[fact.name] = found
            return found

    def used(self) -> Iterable[tuple[Fact, Told]]:
        """Every fact that was asked for and answered, in the order of asking."""
        return ((fact, told) for fact, told in self._known.items() if told is not None)

    @property
    def speak(self) -> bool:
        """Whether there is any source at all."""
        return bool(self._tellers) or self._last is not None

    def look_in(self, regions: Iterable[str | None]) -> None:
        """Tell the source that is asked last which Regions the inputs are about."""
        if self._last is not None:
            self._last.look_in(regions)

    def compare(self, fact: str, told: Told) -> None:
        """Keep what the input tells of a fact as a contradiction, if somebody told otherwise.

        Looks at answers that were given; it asks nobody anew.
        """
        known = self._by_name.get(fact)
        if known is not None and known.answer != told.answer:
            self._contradict(Contradiction(fact, known, told))

    def anew(
        self,
        home: str = "",
        others: Collection[str] = (),
        tick: Callable[[], None] = _in_no_haste,
    ) -> Sources:
        """The same tellers, as if nobody had asked them yet."""
        return Sources(self._tellers, self._last, home=home, others=others, tick=tick)

    def apart(self) -> Sources:
        """A copy that remembers by itself what it was asked; `recall` brings it back."""
        return Sources(deepcopy(self._tellers), self._last) if self._tellers else self.anew()

    def contents(self) -> list[object]:
        """All that can be told, but for what the source that is asked last knows."""
        return [teller.contents() for teller in self._tellers]

    def asked(self) -> list[Fact]:
        """The facts that are to be asked again by `recall`: who was answered, or told a note."""
        return [
            self._at_home(fact)
            for fact, told in self._known.items()
            if told is not None or self.notes
        ]

    def recall(self, asked: Iterable[Fact], contradictions: Iterable[Contradiction]) -> None:
        """Take over what was asked of a copy, as if it had been asked of this."""
        for fact in asked:
            self.told(fact)
        for contradiction in contradictions:
            self._contradict(contradiction)

    def _contradict(self, found: Contradiction) -> None:
        if found not in self.contradictions:
            self.contradictions.append(found)

    def report(self) -> list[str]:
        """What is to be said about the sources after a run, for people."""
        told = (teller.report() for teller in (*self._tellers, self._last) if teller is not None)
        return [
            *(c.text for c in self.contradictions),
            *dict.fromkeys(self.notes),
            *(line for lines in told for line in lines),
        ]

    def _at_home(self, fact: Fact) -> Fact:
        return fact.at(self._home, self._others) if self._home else fact

    def _ask(self, fact: Fact) -> Told | None:
        found: Told | None = None
        for teller in self._tellers:
            told = self._checked(fact, teller.tell(fact) or _other_name(teller, fact))
            if told is None:
                continue
            if found is None:
                found = told
            elif told.answer != found.answer:
                self._contradict(Contradiction(fact.name, found, told))
        if found is None and self._last is not None:
            found = self._checked(fact, self._last.tell(fact))
        return found

    def _checked(self, fact: Fact, told: Told | None) -> Told | None:
        """An answer that the fact can have; any other one is dropped with a note.

        It would make every world impossible, and a device without worlds would be lost.
        """
        if told is None or not fact.domain or told.answer in fact.domain:
            return told
        if fact.kind in _OPEN_DOMAINS or not {OTHER, GIVEN}.isdisjoint(fact.domain):
            return told
        answers = ", ".join(map(shown, fact.domain))
        self.notes.append(
            f"{shown(fact.name)} cannot be {shown(told.answer)} ({shown(told.where)}): "
            f"one of {answers}"
        )
        return None


def _other_name(teller: Teller, fact: Fact) -> Told | None:
    """The root device under its other name: `image(X:root)` is `image(X:/dev/xvda)`.

    Once the name of an image's root device is known the core asks by it; answers that were
    given before by the word `root` stay good, and the other way round.
    """
    if fact.kind not in ("image", "image_key"):
        return None
    image, _, device = fact.scope.rpartition(":")
    if not image:
        return None
    root = teller.tell(Fact("root_device_name", image, home=fact.home))
    if root is None or root.answer == "other":
        return None
    if device == "root":
        return teller.tell(replace(fact, scope=f"{image}:{root.answer}"))
    if device == root.answer:
        return teller.tell(replace(fact, scope=f"{image}:root"))
    return None
