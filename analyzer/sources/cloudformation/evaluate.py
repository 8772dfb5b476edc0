"""Nodes to data: intrinsic functions become given, absent, unknown or a choice.

Mappings are evaluated key by key when they are read. What can go wrong in an expression is
noted where it stands, and the value is unknown from there on.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from analyzer.core.values import Absent, Datum, Given, Origin, Unknown
from analyzer.errors import InputError
from analyzer.sources.cloudformation.choices import Leaf, TooManyChoices, mapped
from analyzer.sources.cloudformation.conditions import Conditions, Worked
from analyzer.sources.cloudformation.declared import given_value, parameter_value
from analyzer.sources.cloudformation.dynamic import resolved
from analyzer.sources.cloudformation.foreach import expanded
from analyzer.sources.cloudformation.functions import FUNCTIONS
from analyzer.sources.cloudformation.lazy import LazyMap, OpenMap
from analyzer.sources.cloudformation.mappings import Table
from analyzer.sources.cloudformation.nodes import Fields, Items, Node, Scalar
from analyzer.sources.cloudformation.notes import Notes, Silence
from analyzer.sources.cloudformation.stack import step
from analyzer.sources.cloudformation.terms import Call, Invalid
from analyzer.text import shown

if TYPE_CHECKING:
    from analyzer.sources.cloudformation.stack import Stack

__all__ = ["Evaluator"]

#: Functions and lists inside each other, also through conditions, parameters, outputs and
#: exports. Python's stack of 1,000 frames has to hold them and the caller.
_MOST_LEVELS = 40


class _Level(threading.local):
    """How deep this thread stands in evaluations, of whatever template."""

    value = 0


_level = _Level()


class Evaluator:
    """Evaluates the expressions of one stack.

    A `looking` evaluator takes part in the first look at a document: it makes no facts and no
    notes, but reports what unknowns are compared with.
    """

    def __init__(
        self, stack: Stack, *, looking: bool = False, parent: Evaluator | None = None
    ) -> None:
        self.stack = stack
        self.looking = looking
        self.notes: Notes = Silence() if looking else stack.notes
        self._parent = parent
        self._nested: dict[str, Evaluator] = {}
        self._conditions = Worked()
        self._parameters: dict[str, Datum] = {}
        self._outputs: dict[str, Datum] = {}
        self._tables: dict[str, Table] = {}
        self._pending: set[tuple[str, str]] = set()

    @property
    def conditions(self) -> Conditions:
        """The conditions of the stack."""
        return Conditions(self, self._conditions)

    def inside(self, name: str) -> Evaluator | None:
        """The evaluator of a nested stack that is followed."""
        found = self._nested.get(name)
        stack = self.stack.nested.get(name)
        if found is None and stack is not None:
            found = Evaluator(stack, looking=self.looking, parent=self)
            self._nested[name] = found
        return found

    # What nodes are worth.

    def datum(self, node: Node, pointer: str) -> Datum:
        """The value of a node.

        Raises:
            InputError: a limit was passed.
        """
        if isinstance(node, Scalar):
            return self._scalar(node, pointer)
        self.work(1)
        try:
            if not self.enter():
                return self.invalid("expressions are nested too deeply", node, pointer)
            if isinstance(node, Items):
                return self._list(node, pointer)
            call = node.call()
            if call is None:
                return self._map(node, pointer)
            return self._call(Call(call[0], call[1], node, pointer))
        finally:
            self.leave()

    def read(self, node: Node, pointer: str) -> Datum:
        """The value of a node, for a reader outside: past a limit it is noted and unknown."""
        try:
            return self.datum(node, pointer)
        except InputError as error:
            self.notes.add(error.problem)
            return self.unknown(self._name(pointer), node, pointer, "a limit was passed")

    def _scalar(self, node: Scalar, pointer: str) -> Datum:
        value = node.value
        origin = self.origin(node, pointer)
        if value is None:
            return Absent(origin)
        if isinstance(value, str) and "{{" in value:
            return resolved(value, origin)
        return Given(value, origin)

    def _list(self, node: Items, pointer: str) -> Datum:
        data = (self.datum(item, f"{pointer}/{at}") for at, item in enumerate(node))
        found = [datum for datum in data if not isinstance(datum, Absent)]
        return Given(found, self.origin(node, pointer))

    def _map(self, node: Fields, pointer: str) -> Datum:
        node = expanded(node, self, pointer)
        origin = self.origin(node, pointer)
        macro = node.node("Fn::Transform")
        if macro is None:
            return Given(LazyMap(self, node, pointer), origin)
        reason = "a macro adds to what is written here"
        self.notes.skipped(self.stack.address(pointer), reason, macro, pointer)
        return Given(OpenMap(self, node, pointer, reason), origin)

    def _call(self, call: Call) -> Datum:
        function = FUNCTIONS.get(call.name)
        if function is None:
            reason = f"{shown(call.name)} is no intrinsic function of CloudFormation"
            return self.invalid(reason, call.node, call.pointer)
        try:
            return function(self, call)
        except Invalid as error:
            return self.invalid(error.reason, error.node or call.node, call.pointer)
        except TooManyChoices:
            reason = "hangs on too many conditions and parameters to be worked out"
            return self.invalid(reason, call.node, call.pointer)

    # Values by name.

    def parameter(self, name: str) -> Datum:
        """The value of a declared parameter."""
        found = self._parameters.get(name)
        if found is None:
            found = self._parameters[name] = self._once("Parameters", name, self._parameter)
        return found

    def _parameter(self, name: str) -> Datum:
        stack = self.stack
        parameter = stack.parameters[name]
        parent = self._parent
        passed = stack.passed.get(name)
        if passed is not None and parent is not None:
            datum = parent.datum(*passed)
            if self.looking and parameter.allowed:
                self.compare(datum, parameter.allowed)
            return mapped(datum, lambda leaf: self._taken(name, leaf))
        told = {} if stack.around else stack.run.options.parameters
        text = told.get(name)
        if name not in told and stack.run.options.use_defaults and parameter.default is not None:
            text = parameter.default
            if not self.looking:
                said = "(NoEcho)" if parameter.secret else text
                stack.run.assumed[stack.prefix + name] = said
        datum = parameter_value(parameter, text, stack.prefix + name)
        # Allowed values travel with the unknown; any others are the template's own.
        if isinstance(datum, Unknown) and datum.domain is None:
            return self.split(datum)
        return datum

    def _taken(self, name: str, leaf: Leaf) -> Datum:
        """What a parameter makes of a value that a parent stack passes."""
        parameter = self.stack.parameters[name]
        if isinstance(leaf, Given) and isinstance(leaf.value, (str, bool)):
            text = leaf.value if isinstance(leaf.value, str) else str(leaf.value).lower()
            datum = given_value(parameter, text, leaf.origin)
            if leaf.sensitive and isinstance(datum, Given):
                return replace(datum, sensitive=True)
            return datum
        if isinstance(leaf, Unknown) and (parameter.ssm or parameter.is_list):
            return replace(leaf, name=f"ssm({leaf.name})" if parameter.ssm else leaf.name)
        return leaf

    def table(self, name: str) -> Table | None:
        """A mapping of the Mappings section; `None` where there is none of that name."""
        found = self._tables.get(name)
        if found is None:
            mappings = self.stack.mappings
            fields = mappings.node(name) if mappings is not None else None
            if isinstance(fields, Fields):
                found = self._tables[name] = Table(name, fields)
        return found

    def output(self, name: str) -> Datum | None:
        """The value of an output of the stack; `None` where it has none of that name."""
        section = self.stack.outputs
        node = None if section is None else section.node(name)
        value = node.node("Value") if isinstance(node, Fields) else None
        if value is None:
            return None
        found = self._outputs.get(name)
        if found is None:
            pointer = step(step("/Outputs", name), "Value")
            found = self._once("Outputs", name, lambda _: self.datum(value, pointer))
            self._outputs[name] = found
        return found

    def _once(self, section: str, name: str, evaluate: Callable[[str], Datum]) -> Datum:
        """Evaluate what has a name; where it needs itself, it is unknown."""
        key = (section, name)
        if key in self._pending:
            pointer = step(f"/{section}", name)
            place = self.stack.section(section) or Scalar(None, 1, 1)
            return self.invalid(f"{shown(name)} refers to itself", place, pointer)
        self._pending.add(key)
        try:
            return evaluate(name)
        finally:
            self._pending.remove(key)

    # What is not known.

    def split(self, unknown: Unknown) -> Datum:
        """The choice between the values that an unknown can have."""
        return unknown if self.looking else self.stack.run.domains.split(unknown)

    def compare(self, datum: Datum, literals: tuple[str, ...]) -> None:
        """Note which texts a datum is compared with, should it be unknown."""
        if self.looking:
            mapped(datum, lambda leaf: self._compared(leaf, literals))

    def _compared(self, leaf: Leaf, literals: tuple[str, ...]) -> Datum:
        if isinstance(leaf, Unknown) and leaf.domain is None:
            self.stack.run.domains.compare(leaf, literals)
        return leaf

    def unknown(self, name: str, node: Node, pointer: str, why: str) -> Unknown:
        """A value that is not known, but certainly not null."""
        return Unknown(name, why, nullable=False, origin=self.origin(node, pointer))

    def invalid(self, reason: str, node: Node, pointer: str) -> Unknown:
        """Note an expression that cannot be evaluated; its value is unknown, or nothing."""
        self.notes.skipped(self.stack.address(pointer), reason, node, pointer)
        return self.undecided(node, pointer, reason)

    def undecided(self, node: Node, pointer: str, reason: str) -> Unknown:
        """A value that may be there or not, for a reason that is noted already."""
        return Unknown(self._name(pointer), reason, origin=self.origin(node, pointer))

    def work(self, steps: int) -> None:
        """Count steps of the evaluation; raises `InputError` once they are too many."""
        self.stack.run.work(steps, self.stack.path)

    def enter(self) -> bool:
        """Go one level deeper, until `leave`; tells whether that is not too deep."""
        _level.value += 1
        return _level.value <= _MOST_LEVELS

    def leave(self) -> None:
        """Come back from where `enter` led."""
        _level.value -= 1

    def _name(self, pointer: str) -> str:
        return f"{self.stack.prefix}{pointer.removeprefix('/Resources/')}"

    def origin(self, node: Node, pointer: str, expression: str = "") -> Origin:
        """The place of a node."""
        return Origin(
            path=self.stack.path,
            line=node.line,
            column=node.column,
            pointer=pointer,
            expression=expression,
        )
