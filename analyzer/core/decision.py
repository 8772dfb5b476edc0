"""A decision: what remains possible for one volume or snapshot, and what settles it."""

from __future__ import annotations

from collections.abc import Mapping

from analyzer.core.facts import DOUBTS, Fact, Known
from analyzer.core.model import AWS_MANAGED_ALIAS, Key, KeyKind, Operation, Outcome
from analyzer.core.records import dataclass
from analyzer.core.tables import TABLES, settle
from analyzer.core.worlds import (
    LEAF_BUDGET,
    Decide,
    Knowledge,
    TooManyWorlds,
    Tree,
    World,
    explore,
    paths,
    questions,
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
        tree = explore(decide, known, ignore=lambda o: o.outcome == "none", budget=budget)
    except (TooManyWorlds, RecursionError):  # images of images nest outside of any world, too
        return Decision("depends", None, (), (), exhausted=True)
    if tree is None:
        return Decision("none", None, (), ())
    return _sum_up(tree)


def _sum_up(tree: Tree[Outcome]) -> Decision:
    remaining = tuple(
        Remaining(
            found.symbol,
            found.outcome,
            found.key,
            found.code,
            found.late,
            tuple(Answer(fact, "|".join(answers)) for fact, answers in path),
            found.row,
            found.cause,
        )
        for path, found in paths(tree)
    )
    verdicts = {r.outcome for r in remaining}
    keys = {r.key for r in remaining}
    return Decision(
        verdicts.pop() if len(verdicts) == 1 else "depends",
        keys.pop() if len(keys) == 1 else None,
        remaining,
        tuple(questions(tree, _consequence)),
    )


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
