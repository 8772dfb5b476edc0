"""Where missing facts come from: the command line, a facts file, AWS."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping

import msgspec

from analyzer.core.facts import Fact
from analyzer.errors import UsageError
from analyzer.knowledge.answers import normal_answer
from analyzer.knowledge.sources import LastTeller, Sources, Told, Written
from analyzer.limits import Limits
from analyzer.text import shown

__all__ = ["Assumptions", "LastTeller", "Sources", "open_sources", "parse_assumptions"]


class Assumptions(msgspec.Struct):
    """Answers by the names of facts; remembers which ones a run asked for."""

    answers: Mapping[str, str]
    used: set[str] = msgspec.field(default_factory=set)

    def answer(self, fact: Fact) -> str | None:
        """The answer to a fact: by a name of it, else by its kind for every scope.

        A name or an answer is also known as a report prints it, with its escapes.
        """
        if not self.answers:
            return None
        spelled = (spelling for name in fact.names for spelling in (name, shown(name)))
        for name in (*spelled, fact.kind):
            found = self.answers.get(name)
            if found is not None and (name != "value"):
                self.used.add(name)
                return next((a for a in fact.domain if shown(a) == found), found)
        return None

    def tell(self, fact: Fact) -> Told | None:
        """The answer to a fact as something that the command line told."""
        answer = self.answer(fact)
        return Told(answer=answer, source="command line") if answer is not None else None

    def contents(self) -> object:
        """The assumptions."""
        return self.answers

    def report(self) -> list[str]:
        """The assumptions that no decision of the run asked for."""
        return [
            f"the assumption {shown(name)} settled nothing: no decision asked for it"
            for name in self.answers
            if name not in self.used
        ]


def open_sources(
    assume: Iterable[str] = (),
    facts: str | os.PathLike[str] | None = None,
    last: LastTeller | None = None,
    limits: Limits = Limits(),
) -> Sources:
    """What is known before a run: assumptions first, then a facts file, then `last` (AWS).

    Raises `UsageError` for a bad assumption and `InputError` for a bad facts file.
    """
    assumed = parse_assumptions(assume)
    tellers: list[Written] = [Assumptions(assumed)] if assumed else []
    if facts is not None:
        from analyzer.knowledge.file import read_facts

        tellers.append(read_facts(os.fspath(facts), limits))
    return Sources(tellers, last)


def parse_assumptions(texts: Iterable[str]) -> dict[str, str]:
    """Read `FACT=ANSWER` texts, in the words that a report prints after "to settle it".

    Returns answers by the fact's name. Raises `UsageError` for what is no such text, an
    answer that a well-known kind of fact does not have, or two answers to one fact.
    """
    answers: dict[str, str] = {}
    for item in texts:
        name, equals, answer = item.rpartition("=")
        if not equals or not name:
            raise UsageError(
                f"--assume takes FACT=ANSWER, such as encryption_by_default=on, not {shown(item)}"
            )
        try:
            answer = normal_answer(name, answer)
        except ValueError as error:
            raise UsageError(f"--assume {error}") from None
        before = answers.setdefault(name, answer)
        if before != answer:
            raise UsageError(
                f"--assume answers {shown(name)} twice: {shown(before)} and {shown(answer)}"
            )
    return answers
