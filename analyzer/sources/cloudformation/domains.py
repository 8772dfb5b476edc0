"""Which values an unknown of a template can have, as far as the template can tell them apart.

A parameter without a value is one fact, wherever it is used: its domain is what the conditions
compare it with, the keys of the mappings that are looked up with it, and `OTHER` for the rest.
A fact must not have two domains, so the template and its nested stacks are looked through for
comparisons before the first fact is made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from analyzer.core.facts import OTHER, Fact
from analyzer.core.values import Choice, Datum, Given, Origin, Unknown
from analyzer.sources.cloudformation.choices import choice

__all__ = ["Domains"]

_BOOLEANS = ("true", "false")
#: Values of one unknown that are told apart; an unknown with more stays whole.
_MOST_VALUES = 256


class Domains:
    """The facts about a document's unknown values.

    `look` is called once, before the first domain is needed: it reports every comparison in the
    document by `compare`, and must not need a domain itself.
    """

    def __init__(self) -> None:
        self.look: Callable[[], None] | None = None
        self._literals: dict[str, dict[str, None]] = {}
        self._split: dict[str, Datum] = {}
        self._rests: dict[str, str] = {}

    def compare(self, unknown: Unknown, literals: Iterable[str]) -> None:
        """An unknown is compared with texts."""
        self._literals.setdefault(unknown.name, {}).update(dict.fromkeys(literals))

    def is_told_apart(self, rest: Unknown, literal: str) -> bool:
        """Whether the rest of an unknown's values certainly lacks a text."""
        name = self._rests.get(rest.name)
        return name is not None and literal in self._values(name)

    def split(self, unknown: Unknown) -> Datum:
        """The choice between the values that an unknown can have; itself where nothing is known.

        The leaf of the answer `OTHER` is an unknown again, under a name of its own.
        """
        found = self._split.get(unknown.name)
        if found is None:
            found = self._split[unknown.name] = self._branches(unknown)
        return found

    def _values(self, name: str) -> tuple[str, ...]:
        look, self.look = self.look, None
        if look is not None:
            look()
        values = self._literals.get(name, {})
        if any(value in values for value in _BOOLEANS):
            values = {**values, **dict.fromkeys(_BOOLEANS)}
        return tuple(values)

    def _branches(self, unknown: Unknown) -> Datum:
        # The position would be that of the first use, and wrong at every other one.
        origin = Origin(expression=unknown.name)
        rest = f"{unknown.name} {OTHER}"
        if unknown.domain is not None:
            values, others = unknown.domain, False
        else:
            values, others = self._values(unknown.name), True
        if not values or len(values) > _MOST_VALUES or unknown.name in self._rests:
            return unknown
        fact = Fact(
            "value",
            unknown.name,
            (*values, OTHER) if others else values,
            f"What is {unknown.name}? ({unknown.why})",
        )
        branches: dict[str, Datum] = {value: Given(value, origin) for value in values}
        if others:
            self._rests[rest] = unknown.name
            branches[OTHER] = Unknown(rest, unknown.why, nullable=unknown.nullable, origin=origin)
        # A domain of one value needs no fact, but a fact is what shows it to the reader.
        return choice(fact, branches) if len(branches) > 1 else Choice(fact, branches)
