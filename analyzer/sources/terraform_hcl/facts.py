"""What can be asked about the values that are not known, and the end of the asking.

Two devices that hang on `var.env` must hang on one fact with one set of answers, although one
compares it with "prod" and the other with "dev". So the words that anything compares a value with
are collected while the configuration is evaluated, and at the end every choice gets a branch for
each of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from analyzer.core.facts import GIVEN, OTHER, Fact
from analyzer.core.values import ABSENT, Choice, Datum, Given, Scalar, Unknown
from analyzer.limits import Budget
from analyzer.sources.terraform_hcl.branching import IMPOSSIBLE, Answer, Mentions, assume, choice
from analyzer.sources.terraform_hcl.labels import derived, fails, label, scalar_text
from analyzer.sources.terraform_hcl.partial import (
    ABSENT_ANSWER,
    FALSE,
    TRUE,
    Failure,
    fact_of,
    given,
    subvalues,
)
from analyzer.sources.terraform_hcl.type_constraints import ANY, BOOL, STRING, Type

__all__ = ["Facts"]


#: Words that one value is asked about; each further comparison is a question of its own.
_MOST_WORDS = 32


class Facts:
    """The unknown values of one configuration: their types, and the words asked about them."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self.mentions = Mentions()
        #: name -> type; a name that is not here may be anything
        self.types: dict[str, Type] = {}
        self._words: dict[str, dict[str, Scalar]] = {}
        self._closed: set[str] = set()
        self._others: set[str] = set()
        self._nullable: set[str] = set()
        self._why: dict[str, str] = {}

    def type_of(self, unknown: Unknown) -> Type:
        return self.types.get(unknown.name, ANY)

    def spend(self, steps: int) -> None:
        """Count what an evaluation of choices does; raises `InputError` past the limit."""
        self._budget.spend(steps)

    def word(self, name: str, answer: str) -> Scalar:
        """The value that an answer about a name stands for."""
        if answer in ("true", "false") and self.types.get(name) == BOOL:
            return answer == "true"
        return self._words.get(name, {}).get(answer, answer)

    def narrow(self, unknown: Unknown, words: Sequence[Scalar]) -> None:
        """Learn that a value can only be one of some words (or null)."""
        if len(words) > _MOST_WORDS:
            return
        for word in words:
            self._learn(unknown, word)
        self._closed.add(unknown.name)

    def undecided(self, name: str, *sources: Datum, why: str = "") -> Unknown:
        """A Boolean that nobody knows, and that is certainly given."""
        made = derived(name, *sources, why=why)
        self.types[made.name] = BOOL
        return Unknown(made.name, made.why, ("true", "false"), nullable=False)

    # -- questions -----------------------------------------------------------------------

    def _learn(self, unknown: Unknown, word: Scalar) -> str | None:
        """The answer that stands for a word; `None` where another word has its text."""
        text = scalar_text(word)
        if text in (OTHER, ABSENT_ANSWER, GIVEN):
            return None
        self._why.setdefault(unknown.name, unknown.why)
        words = self._words.setdefault(unknown.name, {})
        if len(words) >= _MOST_WORDS and text not in words:
            return None
        known = words.setdefault(text, word)
        return text if type(known) is type(word) and known == word else None

    def _open(self, unknown: Unknown) -> None:
        """Make ready to ask about a value; a Boolean has two words and no other."""
        self._why.setdefault(unknown.name, unknown.why)
        if self.type_of(unknown) == BOOL:
            self.narrow(unknown, (True, False))
        elif unknown.name not in self._closed:
            self._others.add(unknown.name)

    def ask_truth(self, unknown: Unknown) -> Datum:
        """The choice over a condition that is not known; a null condition is refused."""
        if None in [self._learn(unknown, word) for word in (True, False)]:
            return self.ask_truth(self.undecided(f"tobool({unknown.name})", unknown))
        return Choice(fact_of(unknown.name), {"true": TRUE, "false": FALSE})

    def ask_null(self, unknown: Unknown) -> Datum:
        """The choice between null and not null; the value itself where it cannot be null."""
        if not unknown.nullable:
            return unknown
        self._open(unknown)
        self._nullable.add(unknown.name)
        there = Unknown(unknown.name, unknown.why, unknown.domain, nullable=False)
        return Choice(fact_of(unknown.name), {OTHER: there, ABSENT_ANSWER: ABSENT})

    def ask_equal(self, unknown: Unknown, word: Scalar) -> Datum:
        """Whether a value that is not known equals a word, as a choice."""
        if not self.type_of(unknown).admits(word):
            return FALSE
        self._open(unknown)
        words = self._words.get(unknown.name, {})
        if unknown.name in self._closed and scalar_text(word) not in words:
            return FALSE
        answer = self._learn(unknown, word)
        if answer is None:
            name = f"{unknown.name} == {label(Given(word))}"
            return self.ask_truth(self.undecided(name, unknown))
        branches: dict[str, Datum] = {answer: TRUE, OTHER: FALSE}
        if unknown.nullable:
            self._nullable.add(unknown.name)
            branches[ABSENT_ANSWER] = FALSE
        return Choice(fact_of(unknown.name), branches)

    def ask_key(self, key: Unknown, fields: Mapping[str, Datum], other: Datum) -> Datum | None:
        """What a key that is not known leads to in a map: the choice between its fields.

        `other` is what it leads to where it is none of them. `None` where words cannot tell: a
        number and its text are one key, but two values.
        """
        type_ = self.type_of(key)
        words: Sequence[Scalar] = (True, False) if type_ == BOOL else tuple(fields)
        is_text = type_ == STRING or (type_ == ANY and not any(map(_may_be_other, fields)))
        if not (is_text or type_ == BOOL) or len(words) > _MOST_WORDS:
            return None
        self._open(key)
        if key.name in self._closed:
            words = [word for word in words if scalar_text(word) in self._words[key.name]]
        branches: dict[str, Datum] = {OTHER: other}
        for word in words:
            answer = self._learn(key, word)
            if answer is None:
                return None
            branches[answer] = fields.get(answer, other)
        if key.nullable:
            self._nullable.add(key.name)
            branches[ABSENT_ANSWER] = fails(key.name, "null is no key")
        return Choice(fact_of(key.name), branches)

    # -- the end -------------------------------------------------------------------------

    def note(self, datum: Datum) -> None:
        """Look through a result before the first one is sealed: null is an answer, too."""
        if not self.mentions.any(datum):
            return
        for here in subvalues(datum):
            if isinstance(here, Unknown) and here.nullable and here.name in self._others:
                self._nullable.add(here.name)

    def sealed(self, datum: Datum) -> Datum:
        """A datum with every choice complete: all answers of its fact, and no failures.

        Every result has to be noted before.
        """
        if not self.mentions.any(datum):
            return datum
        made: dict[int, Datum] = {}
        for here in subvalues(datum):
            made[id(here)] = self._sealed(here, made)
        return made[id(datum)]

    def _sealed(self, here: Datum, made: dict[int, Datum]) -> Datum:
        if isinstance(here, Failure):
            return Unknown(here.name, here.why, origin=here.origin)
        if isinstance(here, Unknown):
            return self._settled(here)
        if isinstance(here, Choice):
            return self._complete(here, made)
        if isinstance(here, Given):
            value = here.value
            if isinstance(value, Mapping):
                fields = {key: made[id(part)] for key, part in value.items()}
                return Given(fields, here.origin, here.sensitive)
            if isinstance(value, tuple):
                return Given(tuple(made[id(p)] for p in value), here.origin, here.sensitive)
        return here

    def _settled(self, here: Unknown) -> Datum:
        """An unknown value; where others ask about it by words, the choice between them."""
        domain = self._domain(here.name)
        if domain is None:
            return here
        if OTHER not in domain:
            return Unknown(here.name, here.why, domain, here.nullable, here.origin)
        branches: dict[str, Datum] = {
            word: given(self.word(here.name, word)) for word in domain if word != OTHER
        }
        branches[OTHER] = Unknown(here.name, here.why, None, nullable=False, origin=here.origin)
        if here.nullable:
            branches[ABSENT_ANSWER] = ABSENT
        return Choice(self._fact(here.name), branches, here.origin)

    def _domain(self, name: str) -> tuple[str, ...] | None:
        """The words of a value, where any are asked about."""
        words = self._words.get(name)
        if not words:
            return None
        return (*words, OTHER) if name in self._others else tuple(words)

    def _fact(self, name: str) -> Fact:
        answers = self._domain(name) or (GIVEN,)
        if name in self._nullable:
            answers = (*answers, ABSENT_ANSWER)
        why = self._why.get(name, "")
        return Fact("value", name, answers, f"What is {name}?{f' ({why})' if why else ''}")

    def _complete(self, here: Choice, made: Mapping[int, Datum]) -> Datum:
        """A choice with a branch for each answer of its fact that does not fail."""
        fact = self._fact(here.fact.scope)
        branches = dict(self._branches(here, made, fact))
        if not branches:
            return Unknown(fact.scope, "no input behaves so", origin=here.origin)
        if len(branches) == 1:
            return next(iter(branches.values()))
        sealed = choice(fact, branches)
        return Choice(fact, sealed.branches, here.origin) if isinstance(sealed, Choice) else sealed

    def _branches(
        self, here: Choice, made: Mapping[int, Datum], fact: Fact
    ) -> Iterator[tuple[str, Datum]]:
        asked = frozenset(fact.domain) - {OTHER, GIVEN, ABSENT_ANSWER}
        for answer in fact.domain:
            branch = here.branches.get(answer)
            if branch is None and answer != ABSENT_ANSWER:
                branch = here.branches.get(OTHER)
            if branch is None or isinstance(branch, Failure):
                continue
            word = self.word(fact.scope, answer) if answer in asked else None
            under = assume(made[id(branch)], Answer(fact.scope, answer, word, asked), self)
            if under is not IMPOSSIBLE:
                yield answer, under


def _may_be_other(word: str) -> bool:
    """Whether a text may also be that of a Boolean or a number."""
    return word in ("true", "false") or word.lstrip("-")[:1].isdecimal()
