"""What each kind of expression evaluates to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from analyzer.core.values import Choice, Datum, Given, Reference, Unknown, leaves
from analyzer.sources.terraform_hcl.branching import lift
from analyzer.sources.terraform_hcl.conversion import as_text, unified
from analyzer.sources.terraform_hcl.engine import Engine
from analyzer.sources.terraform_hcl.expressions import (
    Access,
    Binary,
    Call,
    Conditional,
    Expression,
    For,
    Literal,
    Name,
    ObjectCons,
    Template,
    TupleCons,
    Unary,
    source_text,
)
from analyzer.sources.terraform_hcl.labels import derived, fails, label, scalar_text, shortened
from analyzer.sources.terraform_hcl.loops import Loops
from analyzer.sources.terraform_hcl.partial import FALSE, TRUE, Failure, given, is_scalar
from analyzer.sources.terraform_hcl.plain import LONGEST_TEXT
from analyzer.sources.terraform_hcl.references import References
from analyzer.sources.terraform_hcl.scope import Scope, Steps, Task
from analyzer.sources.terraform_hcl.type_constraints import STRING

__all__ = ["Nodes"]


Build = Callable[[Sequence[Datum]], Datum]


class Nodes:
    """The tasks of expressions."""

    def __init__(self, engine: Engine, references: References) -> None:
        self._engine = engine
        self._facts = engine.facts
        self._tasks: Mapping[type, Callable[[Any, Scope], Task]] = {
            Access: references.access,
            Name: references.access,
            Template: self._template,
            Conditional: self._conditional,
            Call: self._call,
            Unary: self._unary,
            Binary: self._binary,
            TupleCons: self._tuple,
            ObjectCons: self._object,
            For: Loops(engine).run,
            Literal: self._literal,
        }

    def start(self, node: Expression, scope: Scope) -> Task:
        """The task that evaluates an expression in a scope."""
        if isinstance(node, Call) and node.name in ("try", "can"):
            return (self._try if node.name == "try" else self._can)(node, scope)
        task: Task = self._tasks[type(node)](node, scope)
        return task

    @staticmethod
    def _literal(node: Literal, _: Scope) -> Task:
        return given(node.value)
        yield  # a task without requests

    @staticmethod
    def _each(nodes: Iterable[Expression], scope: Scope) -> Steps[list[Datum]]:
        made: list[Datum] = []
        for node in nodes:
            made.append((yield node, scope))  # noqa: PERF401 - no comprehension can yield
        return made

    def _conditional(self, node: Conditional, scope: Scope) -> Task:
        found = yield node.condition, scope
        self._engine.suspect(found)
        condition = self._engine.operators.truth(found)
        if isinstance(condition, Given):
            chosen, other = node.when_true, node.when_false
            if condition != TRUE:
                chosen, other = other, chosen
            value = yield chosen, scope
            return as_text(value) if _is_text(other) else value
        if not isinstance(condition, Choice):
            return condition
        when_true = yield node.when_true, scope
        when_false = yield node.when_false, scope
        when_true, when_false = unified((when_true, when_false))

        def pick(data: Sequence[Datum]) -> Datum:
            if data[0] == TRUE:
                return when_true
            return data[0] if isinstance(data[0], Failure) else when_false

        def name() -> str:
            return f"({label(condition)} ? {label(when_true)} : {label(when_false)})"

        # A chain of conditions on different things has as many branches as conditions only.
        picked = lift([condition], pick, name, self._facts)
        return self._engine.kept(name, picked) if isinstance(picked, Choice) else picked

    def _unary(self, node: Unary, scope: Scope) -> Task:
        operand = yield node.operand, scope
        self._engine.suspect(operand)
        return self._engine.operators.unary(node.operator, operand)

    def _binary(self, node: Binary, scope: Scope) -> Task:
        left = yield node.left, scope
        right = yield node.right, scope
        engine = self._engine
        if node.operator in ("&&", "||") and _has_failure(engine.operators.truth(right)):
            engine.suspect()
        elif node.operator not in ("==", "!="):
            engine.suspect(left, right)
        return engine.operators.binary(node.operator, left, right)

    # -- text ----------------------------------------------------------------------------

    def _template(self, node: Template, scope: Scope) -> Task:
        parts = yield from self._each(node.parts, scope)
        if len(parts) == 1:
            return parts[0]
        self._engine.budget.spend(len(parts))
        self._engine.suspect(*parts)
        return lift(parts, self._joined, lambda: _template_name(parts), self._facts)

    def _joined(self, parts: Sequence[Datum]) -> Datum:
        failed = next((part for part in parts if isinstance(part, Failure)), None)
        if failed is not None:
            return failed
        texts: list[str] = []
        sensitive = False
        is_open = False
        for part in parts:
            if isinstance(part, Unknown) or (
                isinstance(part, Given) and isinstance(part.value, Reference)
            ):
                is_open = True
            elif isinstance(part, Given) and is_scalar(part.value):
                texts.append(scalar_text(part.value))
                sensitive = sensitive or part.sensitive
            else:
                return fails(_template_name(parts), "a template takes texts and numbers only")
        size = sum(map(len, texts))
        self._engine.budget.spend(1 + size // 64)
        if is_open or size > LONGEST_TEXT:
            made = derived(_template_name(parts), *parts)
            self._facts.types.setdefault(made.name, STRING)
            return Unknown(made.name, made.why, nullable=False)
        return Given("".join(texts), sensitive=sensitive)

    # -- collections ---------------------------------------------------------------------

    def _tuple(self, node: TupleCons, scope: Scope) -> Task:
        items = yield from self._each(node.items, scope)
        self._engine.budget.spend(len(items))
        return self._built(items, lambda data: Given(tuple(data)))

    def _object(self, node: ObjectCons, scope: Scope) -> Task:
        keys = yield from self._each((key for key, _ in node.items), scope)
        values = yield from self._each((value for _, value in node.items), scope)
        self._engine.budget.spend(len(values))
        names = [_key(key) for key in keys]
        if all(name is not None for name in names):
            return self._built(values, _mapping(names))

        def operate(found: Sequence[Datum]) -> Datum:
            named = [_key(key) for key in found]
            failed = next((key for key in found if isinstance(key, Failure)), None)
            if failed is not None:
                return failed
            if None in named:
                return derived(self._title(node, scope), *found)
            return self._built(values, _mapping(named))

        return lift(keys, operate, lambda: self._title(node, scope), self._facts)

    def _title(self, node: Expression, scope: Scope) -> str:
        """What an expression is called: by its text if it is a reference, and where it stands."""
        bound = "".join(f" {name}={label(value)}" for name, value in scope.names.items())
        text = source_text(node) or f"expression {self._engine.number(node)}"
        return shortened(f"{text} in {scope.where or 'root'}{bound}")

    def _built(self, parts: Sequence[Datum], build: Build) -> Datum:
        """A collection of parts; it fails where one of them does."""
        for part in parts:
            if isinstance(part, Failure):
                return part
        open_ = [p for p in parts if isinstance(p, Choice) and _has_failure(p)]
        if not open_:
            return build(parts)

        def operate(data: Sequence[Datum]) -> Datum:
            replaced = dict(zip(map(id, open_), data, strict=True))
            return self._built([replaced.get(id(part), part) for part in parts], build)

        return lift(open_, operate, lambda: label(build(parts)), self._facts)

    # -- calls ---------------------------------------------------------------------------

    def _call(self, node: Call, scope: Scope) -> Task:
        arguments = yield from self._each(node.arguments, scope)
        self._engine.budget.spend(1 + len(arguments))
        functions, where = self._engine.functions, scope.where or "root"
        if not node.expand:
            return functions.call(node.name, arguments, where)

        def operate(data: Sequence[Datum]) -> Datum:
            if isinstance(data[0], Failure):
                return data[0]
            items = data[0].value if isinstance(data[0], Given) else None
            if not isinstance(items, tuple):
                spread = f"{', '.join(map(label, arguments))}..."
                return derived(f"{node.name}({spread})", *arguments)
            return functions.call(node.name, [*arguments[:-1], *items], where)

        return lift(arguments[-1:], operate, lambda: self._title(node, scope), self._facts)

    def _attempt(self, node: Expression, scope: Scope) -> Steps[tuple[Datum, bool]]:
        """Evaluate an expression; whether it may fail in a way that its value does not show.

        What a reference leads to is evaluated elsewhere: where that fails, Terraform stops.
        """
        engine = self._engine
        before, engine.doubt = engine.doubt, False
        value = yield node, scope
        doubt, engine.doubt = engine.doubt, before
        if doubt and not isinstance(value, Unknown):
            value = derived(f"{self._title(node, scope)}: {label(value)}", value)
        return value, doubt

    def _try(self, node: Call, scope: Scope) -> Task:
        tried: list[tuple[Datum, bool]] = []
        for argument in node.arguments:
            value, doubt = yield from self._attempt(argument, scope)
            tried.append((value, doubt))
            if not doubt and not _has_failure(value):
                break
        result: Datum = fails("try()", "none of its arguments can be evaluated")
        for value, doubt in reversed(tried):
            result = self._instead(value, result, doubt=doubt)
        return result

    def _instead(self, value: Datum, rest: Datum, *, doubt: bool) -> Datum:
        """A value, or the rest where it fails."""
        name = f"try({label(value)}, {label(rest)})"
        if doubt and not isinstance(value, Failure):
            self._engine.suspect()
            return derived(name, value)

        def operate(data: Sequence[Datum]) -> Datum:
            return rest if isinstance(data[0], Failure) else data[0]

        return lift([value], operate, lambda: name, self._facts)

    def _can(self, node: Call, scope: Scope) -> Task:
        if len(node.arguments) != 1:
            return fails("can()", "can takes one argument")
        value, doubt = yield from self._attempt(node.arguments[0], scope)
        name = f"can({label(value)})"
        if doubt and not isinstance(value, Failure):
            return self._facts.undecided(name, value)

        def operate(data: Sequence[Datum]) -> Datum:
            return FALSE if isinstance(data[0], Failure) else TRUE

        return lift([value], operate, lambda: name, self._facts)


def _is_text(node: Expression) -> bool:
    """Whether an expression yields text, as its form tells: then the other branch does, too."""
    match node:
        case Literal(str()):
            return True
        case Template(parts):
            return len(parts) > 1
    return False


def _has_failure(datum: Datum) -> bool:
    return any(isinstance(leaf, Failure) for leaf in leaves(datum))


def _mapping(names: Sequence[str | None]) -> Build:
    return lambda data: Given({str(name): part for name, part in zip(names, data, strict=True)})


def _key(datum: Datum) -> str | None:
    """The name that a known value is as a key."""
    if isinstance(datum, Given) and is_scalar(datum.value):
        return scalar_text(datum.value)
    return None


def _template_name(parts: Sequence[Datum]) -> str:
    made: list[str] = []
    for part in parts:
        text = part.value if isinstance(part, Given) and not part.sensitive else None
        is_short = isinstance(text, str) and len(text) <= 48
        made.append(text if isinstance(text, str) and is_short else f"${{{label(part)}}}")
    return shortened(f'"{"".join(made)}"')
