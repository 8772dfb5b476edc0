"""A decision: what remains possible for one volume or snapshot, and what settles it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from analyzer.core.facts import DOUBTS, Fact, Known
from analyzer.core.model import AWS_MANAGED_ALIAS, Key, KeyKind, Operation, Outcome
from analyzer.core.records import dataclass
from analyzer.core.tables import TABLES, settle
from analyzer.core.worlds import (
    LEAF_BUDGET,
    Decide,
    Explored,
    Knowledge,
    Shape,
    TooManyWorlds,
    Tree,
    World,
    paths,
    questions,
    relabelled,
    survey,
)

__all__ = ["Answer", "Decision", "Remaining", "judge", "whatif"]


@dataclass(frozen=True, slots=True)
class Answer:
    """A fact and the answer (or answers, joined by `|`) that one outcome assumes."""

    fact: Fact
    answer: str

    @property
    def name(self) -> str:
        """The fact's name, as `--assume` takes it."""
        return self.fact.name


@dataclass(frozen=True, slots=True)
class Remaining:
    """One outcome that remains possible, and the answers it hangs on."""

    symbol: str
    outcome: str
    key: Key | None
    code: str | None
    late: bool
    when: tuple[Answer, ...]
    row: str
    cause: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """What is certain and what remains.

    `verdict` is encrypted, unencrypted or rejected where every possible world agrees,
    `depends` otherwise, and `none` where no world makes a volume or snapshot. `key` is the
    key where every world agrees on it. `settle` holds the facts whose answers end all
    doubt, AWS's own open questions last. `exhausted` tells that there were too many
    possibilities to list.
    """

    verdict: str
    key: Key | None
    outcomes: tuple[Remaining, ...]
    settle: tuple[Fact, ...]
    exhausted: bool = False


def judge(decide: Decide[Outcome], known: Knowledge, *, budget: int = LEAF_BUDGET) -> Decision:
    """Explore a decision over all worlds that agree with `known`, and sum it up.

    Worlds in which the device does not exist take no part: the verdict is about the
    volume or snapshot where it is made.
    """
    try:
        tree = survey(decide, known, ignore=lambda o: o.outcome == "none", budget=budget)
    except (TooManyWorlds, RecursionError):  # images of images nest outside of any world, too
        return Decision("depends", None, (), (), exhausted=True)
    if tree is None:
        return Decision("none", None, (), ())
    return _sum_up(tree)


def _sum_up(found: Tree[Outcome] | Explored[Outcome]) -> Decision:
    if isinstance(found, Explored):
        remaining, settle = _filled(found)
    else:
        remaining = tuple(
            _remaining(outcome, tuple(Answer(fact, "|".join(answers)) for fact, answers in path))
            for path, outcome in paths(found)
        )
        settle = tuple(questions(found, _consequence))
    verdict, key = remaining[0].outcome, remaining[0].key
    return Decision(
        verdict if all(r.outcome == verdict for r in remaining) else "depends",
        key if all(r.key == key for r in remaining) else None,
        remaining,
        settle,
    )


def _remaining(found: Outcome, when: tuple[Answer, ...]) -> Remaining:
    return Remaining(
        found.symbol,
        found.outcome,
        found.key,
        found.code,
        found.late,
        when,
        found.row,
        found.cause,
    )


@dataclass(frozen=True, slots=True)
class _Outline:
    """What a tree of numbers comes to.

    All its answers; for each path its number, and which of the answers lead there; and the
    facts that end all doubt.
    """

    answers: tuple[tuple[Fact, str], ...]
    paths: tuple[tuple[int, tuple[int, ...]], ...]
    settle: tuple[Fact, ...]


def _filled(found: Explored[Outcome]) -> tuple[tuple[Remaining, ...], tuple[Fact, ...]]:
    """What remains, and what settles it, by the outline of a shape."""
    values = found.values
    consequences = list(map(_consequence, values))
    outline = _outline(
        found.shape,
        tuple(map(values.index, values)),
        tuple(map(consequences.index, consequences)),
    )
    facts = dict(zip(found.shape.facts, found.facts, strict=True))
    answers = [Answer(facts.get(fact, fact), answer) for fact, answer in outline.answers]
    remaining = tuple(
        _remaining(values[number], tuple([answers[i] for i in path]))
        for number, path in outline.paths
    )
    return remaining, tuple(facts.get(fact, fact) for fact in outline.settle)


@lru_cache(maxsize=4096)
def _outline(shape: Shape, alike: tuple[int, ...], same: tuple[int, ...]) -> _Outline:
    """The outline of a shape in which values are alike, or have the same consequence.

    Both name for each number the first one that it equals.
    """
    tree = relabelled(shape.tree, alike)
    answers: dict[tuple[Fact, str], int] = {}
    found = tuple(
        (
            number,
            tuple(answers.setdefault((fact, "|".join(a)), len(answers)) for fact, a in path),
        )
        for path, number in paths(tree)
    )
    return _Outline(tuple(answers), found, tuple(questions(tree, same.__getitem__)))


def _consequence(outcome: Outcome) -> tuple[object, ...]:
    """All of an outcome but the row: two rows with one consequence leave nothing to ask."""
    return (outcome.symbol, outcome.outcome, outcome.key, outcome.code, outcome.late)


_DEFAULT_KEYS: Mapping[str | None, Key] = {
    "aws_managed": Key(KeyKind.AWS_MANAGED, AWS_MANAGED_ALIAS),
    "customer_managed": Key(KeyKind.ACCOUNT_DEFAULT),
    None: Key(KeyKind.ACCOUNT_DEFAULT),
}


def whatif(operation: str, **facts: str) -> Decision:
    """What an AWS operation makes of a request, by the tables alone.

    Takes the operation's own name (`RunInstances`, `CopySnapshot`, ...; `ImportImage` is
    decided as `ImportSnapshot`) and facts by name, each with one of its values:
    `whatif("RunInstances", encrypted="absent", snapshot="encrypted", owner="other")`. A
    fact that is not named is unknown; `OQ_1="no"` settles an open question, and
    `default_key` names the key behind the default.

    Raises `ValueError` for an operation, fact or value that does not exist.
    """
    table = TABLES[_operation(operation)]
    default_key = facts.pop("default_key", None)
    if default_key not in _DEFAULT_KEYS:
        raise ValueError(f"default_key: one of aws_managed, customer_managed, not {default_key}")
    doubts = _doubts(facts)
    columns = {
        name: Fact(name, "", domain, f"{name}: {', '.join(domain)}?")
        for name, domain in table.columns.items()
    }
    for name, value in facts.items():
        if name not in columns:
            raise ValueError(
                f"{table.operation.value} has no fact {name}: choose from {', '.join(columns)}"
            )
        if value not in columns[name].domain:
            raise ValueError(f"{name}: one of {', '.join(columns[name].domain)}, not {value}")

    def decide(world: World) -> Outcome:
        row = table.find(lambda column: world.ask(columns[column]))
        symbol, code = settle(row.result, world)
        return _symbolic(symbol, row.id, code, _DEFAULT_KEYS[default_key])

    return judge(decide, Known({**facts, **doubts}))


def _doubts(facts: dict[str, str]) -> dict[str, str]:
    """Take the settled open questions (`OQ_1="no"`) out of the facts. Raises `ValueError`."""
    doubts: dict[str, str] = {}
    for name in [name for name in facts if name.startswith("OQ_")]:
        doubt, answer = name.replace("_", "-"), facts.pop(name)
        if doubt not in DOUBTS:
            raise ValueError(f"no open question {doubt}: choose from {', '.join(DOUBTS)}")
        if answer not in DOUBTS[doubt].domain:
            raise ValueError(f"{doubt}: one of {', '.join(DOUBTS[doubt].domain)}, not {answer}")
        doubts[doubt] = answer
    return doubts


def _operation(name: str) -> Operation:
    if name == "ImportImage":
        return Operation.IMPORT_SNAPSHOT
    try:
        return Operation(name)
    except ValueError:
        names = ", ".join(o.value for o in Operation)
        raise ValueError(f"unknown operation {name}: choose from {names}") from None


#: What each symbol of the tables makes: the outcome, and how the key was chosen.
_MEANING: Mapping[str, tuple[str, Key | None]] = {
    "unencrypted": ("unencrypted", None),
    "mapping:unencrypted": ("unencrypted", None),
    "mapping:plain-empty": ("unencrypted", None),
    "mapping:encrypted-empty": ("encrypted", None),
    "mapping:as-snapshot": ("depends", None),
    "mapping:SNAPSHOT": ("encrypted", Key(KeyKind.SOURCE)),
    "REQUESTED": ("encrypted", Key(KeyKind.REQUESTED)),
    "SNAPSHOT": ("encrypted", Key(KeyKind.SOURCE)),
    "AWS_MANAGED": ("encrypted", Key(KeyKind.AWS_MANAGED, AWS_MANAGED_ALIAS)),
    "rejected": ("rejected", None),
}


def _symbolic(symbol: str, row: str, code: str | None, default_key: Key) -> Outcome:
    outcome, key = _MEANING.get(symbol, ("encrypted", default_key))
    return Outcome(symbol, outcome, row, key, code)
