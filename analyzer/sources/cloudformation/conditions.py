"""Conditions: each is evaluated once, to true, false, or a choice between them.

A condition hangs on the parameters that it compares, not on itself, so two conditions over one
parameter never contradict each other. One that cannot be reduced so far is a fact of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import msgspec

from analyzer.core.facts import Fact
from analyzer.core.values import Choice, Datum, Given, Reference, Unknown
from analyzer.sources.cloudformation.choices import (
    Leaf,
    TooManyChoices,
    combine,
    graft,
    height,
    mapped,
    size,
    weight,
)
from analyzer.sources.cloudformation.foreach import expanded
from analyzer.sources.cloudformation.nodes import Fields, Node, Scalar
from analyzer.sources.cloudformation.stack import step
from analyzer.sources.cloudformation.terms import Call, Invalid, arguments, given_text, word
from analyzer.text import shown

if TYPE_CHECKING:
    from analyzer.sources.cloudformation.evaluate import Evaluator

__all__ = ["Conditions", "Worked", "fn_if"]

TRUE, FALSE = Given(True), Given(False)

#: What one condition, and one value that hangs on conditions, may come to.
_MOST_LEAVES = 512
_MOST_HEIGHT = 24
_MOST_IF_HEIGHT = 40


class _Irreducible(Exception):
    """A condition compares what cannot be compared here."""


class Worked(msgspec.Struct):
    """What is worked out of a stack's conditions so far."""

    known: dict[str, Datum] = msgspec.field(default_factory=dict)
    pending: list[str] = msgspec.field(default_factory=list)
    section: Fields | None = None
    is_read: bool = False


class Conditions:
    """The Conditions section of a stack, for the moment of one question."""

    def __init__(self, evaluator: Evaluator, worked: Worked) -> None:
        self._evaluator = evaluator
        self._worked = worked

    @property
    def section(self) -> Fields | None:
        """The section, with its loops expanded."""
        if not self._worked.is_read:
            self._worked.is_read = True
            section = self._evaluator.stack.section("Conditions")
            if section is not None:
                self._worked.section = expanded(section, self._evaluator, "/Conditions")
        return self._worked.section

    def named(self, name: str, place: Node) -> Datum:
        """Whether a condition holds: true, false, or a choice between them.

        Raises:
            Invalid: there is no such condition, or it needs itself.
        """
        found = self._worked.known.get(name)
        if found is None:
            if self._evaluator.looking:
                return self._fact(name)
            node = self.section.node(name) if self.section is not None else None
            if node is None:
                if self._evaluator.stack.is_open:
                    return self._fact(name)
                raise Invalid(f"there is no condition {shown(name)}", place)
            found = self._worked.known[name] = self._worked_out(name, node)
        return found

    def look(self) -> None:
        """Report what every condition compares (first look at the document)."""
        for name, node in self.section.items() if self.section is not None else ():
            try:
                self._holds(node, step("/Conditions", name))
            except (Invalid, _Irreducible, TooManyChoices):
                continue  # the second look says so

    def _fact(self, name: str) -> Datum:
        scope = self._evaluator.stack.prefix + name
        question = f"Does the condition {shown(scope)} hold?"
        fact = Fact("condition", scope, ("true", "false"), question)
        return Choice(fact, {"true": TRUE, "false": FALSE})

    def _worked_out(self, name: str, node: Node) -> Datum:
        pointer = step("/Conditions", name)
        if name in self._worked.pending or len(self._worked.pending) >= _MOST_HEIGHT:
            why = "needs itself" if name in self._worked.pending else "is nested too deeply"
            self._evaluator.invalid(f"condition {shown(name)} {why}", node, pointer)
            return self._fact(name)
        self._worked.pending.append(name)
        try:
            found = self._holds(node, pointer)
            if height(found) > _MOST_HEIGHT or weight(found) > _MOST_LEAVES:
                return self._fact(name)
        except (_Irreducible, TooManyChoices):
            return self._fact(name)
        except Invalid as error:
            self._evaluator.invalid(error.reason, error.node or node, pointer)
            return self._fact(name)
        else:
            return found
        finally:
            self._worked.pending.pop()

    def _holds(self, node: Node, pointer: str) -> Datum:
        """The truth of a condition's expression."""
        evaluator = self._evaluator
        evaluator.work(1)
        if not isinstance(node, Fields) or len(node.raws) != 1:
            raise Invalid("a condition is one condition function", node)
        name, argument = next(iter(node.items()))
        call = Call(name, argument, node, pointer)
        if name == "Condition":
            if not isinstance(argument, Scalar):
                raise Invalid("Condition takes the name of a condition", argument)
            return self.named(argument.name, argument)
        if name == "Fn::Equals":
            return self._equals(call)
        if name == "Fn::Not":
            with _Deeper(evaluator, node):
                operand = self._holds(arguments(call, 1)[0], f"{call.inside}/0")
            return graft(operand, FALSE, TRUE)
        if name in ("Fn::And", "Fn::Or"):
            return self._all(call) if name == "Fn::And" else self._any(call)
        raise Invalid(f"{shown(name)} is no condition function", node)

    def _operands(self, call: Call) -> list[Datum | None]:
        """What each operand comes to, `None` where it is irreducible."""
        found: list[Datum | None] = []
        for at, node in enumerate(arguments(call, 1, 1000)):
            with _Deeper(self._evaluator, node):
                try:
                    found.append(self._holds(node, f"{call.inside}/{at}"))
                except (_Irreducible, TooManyChoices):
                    found.append(None)
        return found

    def _all(self, call: Call) -> Datum:
        return self._chained(self._operands(call), FALSE, lambda one, rest: graft(one, rest, FALSE))

    def _any(self, call: Call) -> Datum:
        return self._chained(self._operands(call), TRUE, lambda one, rest: graft(one, TRUE, rest))

    def _chained(
        self,
        operands: Sequence[Datum | None],
        settling: Given,
        link: Callable[[Datum, Datum], Datum],
    ) -> Datum:
        """Operands joined; one that settles it alone does so whatever the others are."""
        if any(isinstance(one, Given) and one.value is settling.value for one in operands):
            return settling
        result: Datum = FALSE if settling.value else TRUE
        for one in reversed(operands):
            if one is None:
                raise _Irreducible
            result = link(one, result)
            if height(result) > _MOST_HEIGHT:
                raise _Irreducible
        return result

    def _equals(self, call: Call) -> Datum:
        evaluator = self._evaluator
        nodes = arguments(call, 2)
        sides = [evaluator.datum(node, f"{call.inside}/{at}") for at, node in enumerate(nodes)]
        if evaluator.looking:
            for one, other in (sides, sides[::-1]):
                mapped(other, lambda leaf, one=one: self._report(one, leaf))  # type: ignore[misc]
            return TRUE
        split = [mapped(side, self._split) for side in sides]
        return combine(split, self._same)

    def _report(self, datum: Datum, leaf: Leaf) -> Datum:
        text = given_text(leaf)
        if text is not None:
            self._evaluator.compare(datum, (text,))
        return leaf

    def _split(self, leaf: Leaf) -> Datum:
        return self._evaluator.split(leaf) if isinstance(leaf, Unknown) else leaf

    def _same(self, leaves: Sequence[Leaf]) -> Datum:
        self._evaluator.work(1)
        one, other = leaves
        texts = (given_text(one), given_text(other))
        if None not in texts:
            return TRUE if texts[0] == texts[1] else FALSE
        if isinstance(one, Unknown) and isinstance(other, Unknown) and one.name == other.name:
            return TRUE
        if isinstance(one, Given) and isinstance(other, Given):
            same = isinstance(one.value, Reference) and one.value == other.value
            if same:
                return TRUE
        domains = self._evaluator.stack.run.domains
        for leaf, text in ((one, texts[1]), (other, texts[0])):
            if text is None:
                continue
            if isinstance(leaf, Unknown) and domains.is_told_apart(leaf, text):
                return FALSE
            if isinstance(leaf, Given) and _is_another(leaf.value, text):
                return FALSE
        raise _Irreducible


def _is_another(value: object, text: str) -> bool:
    """Whether what names a resource, passed by a stack around this one, is certainly not a text.

    No ARN or id is empty, as the default of a parameter for "none given" often is.
    """
    if not isinstance(value, Reference):
        return False
    if value.attribute.endswith("Arn"):
        return not text.startswith("arn:")
    return text == "" and (value.attribute == "Ref" or value.attribute.endswith("Id"))


class _Deeper:
    """Counts a level of nested conditions as a level of evaluation."""

    def __init__(self, evaluator: Evaluator, node: Node) -> None:
        self._evaluator = evaluator
        self._node = node

    def __enter__(self) -> None:
        if not self._evaluator.enter():
            raise Invalid("conditions are nested too deeply", self._node)

    def __exit__(self, *_: object) -> None:
        self._evaluator.leave()


def fn_if(evaluator: Evaluator, call: Call) -> Datum:
    """`Fn::If`."""
    condition, yes, no = arguments(call, 3)
    name = word(evaluator, condition, f"{call.inside}/0")
    holds = evaluator.conditions.named(name, condition)
    if isinstance(holds, Given):
        at = 1 if holds.value is True else 2
        return evaluator.datum((yes, no)[at - 1], f"{call.inside}/{at}")
    evaluator.work(size(holds))
    one, other = evaluator.datum(yes, f"{call.inside}/1"), evaluator.datum(no, f"{call.inside}/2")
    if height(holds) + max(height(one), height(other)) > _MOST_IF_HEIGHT:
        raise TooManyChoices
    return graft(holds, one, other, evaluator.origin(call.node, call.pointer, f"condition {name}"))


def misplaced(_evaluator: Evaluator, call: Call) -> Datum:
    """A condition function where a value belongs."""
    raise Invalid(f"{call.name} may only stand in the Conditions section", call.node)
