"""The loop that evaluates: expressions and references as tasks on a stack of its own.

Nothing here recurses into what the input nests or chains, however deep; limits bound the rest.
"""

from __future__ import annotations

from collections.abc import Callable

from analyzer.core.values import Datum, Origin, Unknown, leaves
from analyzer.limits import Budget, limit_error
from analyzer.sources.terraform_hcl.conversion import Converter
from analyzer.sources.terraform_hcl.expressions import Expression, Literal
from analyzer.sources.terraform_hcl.facts import Facts
from analyzer.sources.terraform_hcl.functions import Functions
from analyzer.sources.terraform_hcl.labels import derived
from analyzer.sources.terraform_hcl.operators import Operators
from analyzer.sources.terraform_hcl.partial import Failure, given, parts
from analyzer.sources.terraform_hcl.scope import ModuleInstance, Request, Scope, Steps, Task

__all__ = ["Engine"]

#: Tasks that may wait for each other: longer chains of references stay unknown.
_DEEPEST = 5000
#: What one evaluated value may hold, nested and in all; a larger one stays unknown.
_VALUE_DEPTH = 64
_VALUE_SIZE = 500_000
_STRIDE = 1024

Start = Callable[[Expression, Scope], Task]


class Engine:
    """Runs tasks. `start` makes the task of an expression and is set by who knows them all."""

    start: Start

    def __init__(self, budget: Budget) -> None:
        self.budget = budget
        self.facts = Facts(budget)
        self.operators = Operators(self.facts)
        self.converter = Converter(self.facts, self.constant)
        self.functions = Functions(self.facts, self.operators, self.converter, self)
        #: whether something was evaluated, since this was last cleared, that may fail
        self.doubt = False
        #: what Terraform would not plan, though it is read: why, and where it is written
        self.refused: dict[str, tuple[str, Origin]] = {}
        self._instances = 0
        self._chains = 0
        self._steps = 0
        self._numbers: dict[int, tuple[Expression, int]] = {}
        self._sizes: dict[int, tuple[Datum, int, int]] = {}

    def run(self, task: Task) -> Datum:
        """The result of a task and all that it asks for. Raises `InputError` past a limit."""
        stack = [task]
        value: Datum | None = None
        while stack:
            self._tick()
            try:
                task = stack[-1]
                request = next(task) if value is None else task.send(value)
            except StopIteration as done:
                stack.pop()
                value = done.value
                continue
            value = None
            if isinstance(request, tuple):
                expression, scope = request
                if isinstance(expression, Literal):
                    value = given(expression.value)
                    continue
                request = self.start(expression, scope)
            if len(stack) >= _DEEPEST:
                request.close()
                self._chains += 1
                name = f"a long chain of references ({self._chains})"
                value = derived(name, why="it is nested too deeply")
                continue
            stack.append(request)
        assert value is not None  # noqa: S101 - the first task has returned
        return value

    def evaluate(self, expression: Expression, scope: Scope) -> Datum:
        """The value of an expression."""
        if isinstance(expression, Literal):
            return given(expression.value)
        return self.run(self.start(expression, scope))

    def constant(self, expression: Expression) -> Datum:
        """The value of an expression that may not refer to anything."""
        return self.evaluate(expression, _NOWHERE)

    def _tick(self) -> None:
        self._steps += 1
        if self._steps % _STRIDE == 0:
            self.budget.tick()

    def suspect(self, *data: Datum) -> None:
        """Notice that an operation on these may fail, where they are not known: `try` asks."""
        if not data or any(_is_open(leaf) for datum in data for leaf in leaves(datum)):
            self.doubt = True

    def count_instances(self, number: int) -> None:
        """Count instances of resources and modules; raises `InputError` past the limit."""
        self._instances += number
        most = self.budget.limits.instances
        if self._instances > most:
            message = f"count, for_each and modules make more than {most:,} instances"
            raise limit_error(self.budget.path, "instances", message)

    def elsewhere(self, task: Task) -> Steps[Datum]:
        """Evaluate what stands elsewhere: where that fails, Terraform stops, `try` or not."""
        before = self.doubt
        datum = yield task
        self.doubt = before
        return datum

    def number(self, expression: Expression) -> int:
        """A number that tells an expression from all others, in the order of their evaluation."""
        found = self._numbers.get(id(expression))
        if found is None:
            found = self._numbers[id(expression)] = (expression, len(self._numbers) + 1)
        return found[1]

    def once(
        self,
        module: ModuleInstance,
        memo: tuple[str, str],
        name: str,
        work: Callable[[], Request],
        again: Datum | None = None,
    ) -> Steps[Datum]:
        """A value of a module instance, worked out where it is first asked for.

        `again` is the value for whoever asks while that is done; by default none is known.
        """
        if memo in module.memo:
            return module.memo[memo]
        if memo in module.busy:
            return derived(name, why="it refers to itself") if again is None else again
        module.busy.add(memo)
        datum = yield work()
        module.busy.discard(memo)
        module.memo[memo] = self.kept(lambda: name, datum)
        return module.memo[memo]

    # -- what is kept --------------------------------------------------------------------

    def kept(self, name: Callable[[], str], datum: Datum) -> Datum:
        """A value that is about to be kept under a name, if it is not too large to be used.

        Values share what they have in common, so that a few lines can nest one in itself many
        times; whoever then goes through it would not come to an end.
        """
        depth, size = self._measure(datum)
        if depth > _VALUE_DEPTH or size > _VALUE_SIZE:
            return derived(name(), why="its value is too large to be evaluated")
        return datum

    def _measure(self, datum: Datum) -> tuple[int, int]:
        stack = [(datum, False)]
        while stack:
            here, is_ready = stack.pop()
            if id(here) in self._sizes:
                continue
            inside = parts(here)
            if inside and not is_ready:
                stack.append((here, True))
                stack.extend((part, False) for part in inside)
                continue
            below = [self._sizes[id(part)][1:] for part in inside]
            depth = 1 + max((d for d, _ in below), default=0)
            self._sizes[id(here)] = (here, depth, 1 + sum(s for _, s in below))
        return self._sizes[id(datum)][1:]


def _is_open(datum: Datum) -> bool:
    return isinstance(datum, Unknown) and not isinstance(datum, Failure)


def _nowhere() -> Scope:
    from analyzer.sources.terraform_hcl.module import Module

    return ModuleInstance("", Module("")).scope()


_NOWHERE = _nowhere()
