"""`for` expressions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from analyzer.core.values import Absent, Choice, Datum, Given, Reference
from analyzer.sources.terraform_hcl.branching import choice, lift
from analyzer.sources.terraform_hcl.engine import Engine
from analyzer.sources.terraform_hcl.expressions import For
from analyzer.sources.terraform_hcl.labels import derived, fails, label, scalar_text, shortened
from analyzer.sources.terraform_hcl.partial import FALSE, TRUE, Failure, SetOf, is_scalar
from analyzer.sources.terraform_hcl.scope import Scope, Task

__all__ = ["Loops", "pairs"]

#: What one pass of a loop costs of the budget: it makes several values on the way.
_PASS = 24


def pairs(datum: Datum) -> list[tuple[Datum, Datum]] | None:
    """The keys and values of a known collection, in Terraform's order."""
    value = datum.value if isinstance(datum, Given) else None
    if isinstance(value, Mapping):
        return [(Given(key), value[key]) for key in sorted(value)]
    if isinstance(value, SetOf):
        return [(item, item) for item in value]
    if isinstance(value, tuple):
        return [(Given(index), item) for index, item in enumerate(value)]
    return None


class Loops:
    """The tasks of `for` expressions."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def run(self, node: For, scope: Scope) -> Task:
        """The task of one `for` expression."""
        collection = yield node.collection, scope
        return (yield self._over(node, scope, collection))

    def _over(self, node: For, scope: Scope, collection: Datum) -> Task:
        if isinstance(collection, Failure):
            return collection
        if isinstance(collection, Choice):
            branches: dict[str, Datum] = {}
            for answer, branch in collection.branches.items():
                branches[answer] = yield self._over(node, scope, branch)
            return choice(collection.fact, branches)
        found = pairs(collection)
        if found is None:
            is_known = isinstance(collection, (Absent, Given))
            if is_known and not _is_reference(collection):
                return fails(f"[for: {label(collection)}]", "for needs a list, set or map")
            self._engine.suspect()
            return derived(self._title(node, scope, collection), collection)
        return (yield self._each(node, scope, collection, found))

    def _each(
        self, node: For, scope: Scope, collection: Datum, found: Sequence[tuple[Datum, Datum]]
    ) -> Task:
        conditions: list[Datum] = []
        keys: list[Datum] = []
        values: list[Datum] = []
        truth = self._engine.operators.truth
        for key, value in found:
            self._engine.budget.spend(_PASS)
            inside = scope.bind(**_bound(node, key, value))
            condition: Datum = TRUE
            if node.condition is not None:
                condition = yield node.condition, inside
                self._engine.suspect(condition)
                condition = truth(condition)
                if condition == FALSE:
                    continue
            conditions.append(condition)
            if node.key is not None:
                keys.append((yield node.key, inside))
            values.append((yield node.value, inside))

        def title() -> str:
            return self._title(node, scope, collection)

        return self._made(node, conditions, keys, values, title)

    def _made(
        self,
        node: For,
        conditions: Sequence[Datum],
        keys: Sequence[Datum],
        values: Sequence[Datum],
        title: object,
    ) -> Datum:
        """The list or object of what the passes made."""
        assert callable(title)  # noqa: S101
        failed = next((d for d in (*keys, *values) if isinstance(d, Failure)), None)
        if failed is not None and all(c == TRUE for c in conditions):
            return failed

        def operate(data: Sequence[Datum]) -> Datum:
            here, names = data[: len(conditions)], data[len(conditions) :]
            bad = next((c for c in here if c not in (TRUE, FALSE)), None)
            if bad is not None:
                return bad
            chosen = [at for at, condition in enumerate(here) if condition == TRUE]
            wrong = next(
                (
                    d
                    for at in chosen
                    for d in (values[at], *names[at : at + 1])
                    if isinstance(d, Failure)
                ),
                None,
            )
            if wrong is not None:
                return wrong
            if node.key is None:
                return Given(tuple(values[at] for at in chosen))
            return _object(
                node, [names[at] for at in chosen], [values[at] for at in chosen], title()
            )

        return lift([*conditions, *keys], operate, title, self._engine.facts)

    def _title(self, node: For, scope: Scope, collection: Datum) -> str:
        bound = "".join(f" {name}={label(value)}" for name, value in scope.names.items())
        number = self._engine.number(node)
        return shortened(f"for {number} over {label(collection)} in {scope.where or 'root'}{bound}")


def _is_reference(datum: Datum) -> bool:
    return isinstance(datum, Given) and isinstance(datum.value, Reference)


def _bound(node: For, key: Datum, value: Datum) -> dict[str, Datum]:
    names = {node.value_name: value}
    if node.key_name is not None:
        names[node.key_name] = key
    return names


def _object(node: For, keys: Sequence[Datum], values: Sequence[Datum], title: str) -> Datum:
    made: dict[str, Datum] = {}
    groups: dict[str, list[Datum]] = {}
    for key, value in zip(keys, values, strict=True):
        if not isinstance(key, Given) or isinstance(key.value, Reference):
            return derived(title, key)
        if not is_scalar(key.value):
            return fails(title, "a key must be a text")
        name = scalar_text(key.value)
        if node.grouped:
            groups.setdefault(name, []).append(value)
        elif name in made:
            return fails(title, "two items have one key")
        else:
            made[name] = value
    if node.grouped:
        return Given({name: Given(tuple(group)) for name, group in groups.items()})
    return Given(made)
