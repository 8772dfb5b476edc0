"""What volumes and snapshots are made from, and the decision of one request in one world.

A copied image's snapshots are the outcomes of its copy in the same world, so a chain
copy -> image -> launch resolves through, and a fact that two links share branches once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace
from typing import Protocol

from analyzer.core.facts import Fact, Impossible
from analyzer.core.keys import KeyRing, late_code
from analyzer.core.model import (
    AWS_MANAGED_ALIAS,
    NOT_EBS,
    Key,
    KeyKind,
    Operation,
    Outcome,
    Place,
)
from analyzer.core.reading import KeyText, read_flag, read_key, read_word
from analyzer.core.records import dataclass
from analyzer.core.tables import TABLES, Table, settle
from analyzer.core.values import ABSENT, Absent, Datum, Given, Reference
from analyzer.core.worlds import Knowledge, World

__all__ = [
    "EMPTY",
    "Empty",
    "Existing",
    "Made",
    "MadeHere",
    "OneOf",
    "Request",
    "Settings",
    "Source",
    "decide",
    "encryption_by_default",
    "finish",
    "follow",
    "is_empty",
    "is_same",
]


class Source(Protocol):
    """A snapshot or volume that something is made from."""

    def refusal(self, world: World) -> Outcome | None:
        """The refusal that keeps the source from coming into being, if this world has one."""

    def state(self, world: World) -> str:
        """`none`, `unencrypted` or `encrypted`."""

    def owner(self, world: World) -> str:
        """`self` or `other`."""

    def key(self, world: World) -> Key | None:
        """The key of an encrypted source, where it is known."""


@dataclass(frozen=True, slots=True)
class Empty:
    """No source: a new, empty volume."""

    def refusal(self, _world: World) -> Outcome | None:
        return None

    def state(self, _world: World) -> str:
        return "none"

    def owner(self, _world: World) -> str:
        return "self"

    def key(self, _world: World) -> Key | None:
        return None


EMPTY = Empty()


@dataclass(frozen=True, slots=True, kw_only=True)
class Existing:
    """A snapshot or volume from outside the input, known by its id.

    `kind` is the kind of the fact that tells its state (`snapshot`, `volume`, `image`),
    `scope` the fact's scope; `owned` is the scope of its owner's fact, and `owned_what` what
    people call what is owned, if that is another name. `encrypted`,
    `belongs_to` and `kms_key` hold what the input itself tells (a data source), if anything.
    `alias` is another scope under which its state may be known.
    """

    kind: str
    scope: str
    owned: str
    what: str
    owned_what: str = ""
    encrypted: str | None = None
    belongs_to: str | None = None
    kms_key: KeyText | None = None
    alias: str = ""
    may_be_missing: bool = False
    _fact: Fact = field(init=False, repr=False, compare=False)

    def refusal(self, _world: World) -> Outcome | None:
        return None

    def __post_init__(self) -> None:
        object.__setattr__(self, "_fact", self._asked())  # it is read in every world

    def fact(self) -> Fact:
        """The fact that tells its state."""
        return self._fact

    def _asked(self) -> Fact:
        domain = ("unencrypted", "encrypted")
        if self.may_be_missing:
            return Fact(
                self.kind,
                self.scope,
                ("none", *domain),
                f"Does {self.what} have a snapshot, and is it encrypted?",
            )
        return Fact(self.kind, self.scope, domain, f"Is {self.what} encrypted?")

    def state(self, world: World) -> str:
        known = self.known_state(world.known)
        return world.ask(self.fact()) if known is None else known

    def known_state(self, known: Knowledge) -> str | None:
        """Its state where that is known in every world: by somebody, else by the input."""
        fact = self.fact()
        told = known.answer(fact)
        if told is None and self.alias:
            told = known.answer(replace(fact, scope=self.alias))
        return self.encrypted if told is None else told

    def owner(self, world: World) -> str:
        fact = Fact(
            "owner",
            self.owned,
            ("self", "other"),
            f"Is {self.owned_what or self.owned} yours, or another account's?",
        )
        known = world.known.answer(fact)
        if known is not None:
            return known
        return self.belongs_to if self.belongs_to is not None else world.ask(fact)

    def key(self, world: World) -> Key | None:
        ref = self.kms_key or world.known.answer(Fact(f"{self.kind}_key", self.scope))
        return Key(KeyKind.SOURCE, ref) if ref else None


class MadeHere:
    """A snapshot or volume that the input makes: whoever makes it owns it."""

    __slots__ = ()

    @property
    def maker(self) -> str:
        """The address of what it is made by."""
        raise NotImplementedError

    def _outcome(self, world: World) -> Outcome:
        """What becomes of what it is made by."""
        raise NotImplementedError

    def refusal(self, world: World) -> Outcome | None:
        outcome = self._outcome(world)
        return follow(outcome, self.maker) if outcome.outcome == "rejected" else None

    def state(self, world: World) -> str:
        return self._outcome(world).outcome

    def owner(self, _world: World) -> str:
        return "self"

    def key(self, world: World) -> Key | None:
        return self._outcome(world).key


@dataclass(frozen=True, slots=True, eq=False)
class Made(MadeHere):
    """A snapshot or volume that a request of the same input makes."""

    request: Request

    @property
    def maker(self) -> str:
        return self.request.address

    def _outcome(self, world: World) -> Outcome:
        outcome = decide(self.request, world)
        if outcome.outcome == "none":  # it does not exist here, so nothing is made of it
            raise Impossible
        return outcome


@dataclass(frozen=True, slots=True)
class OneOf:
    """One of several sources, depending on a fact."""

    fact: Fact
    branches: Mapping[str, Source] = field(hash=False)

    def chosen(self, world: World) -> Source:
        """The source that this world chooses. Raises `Impossible` where it chooses none."""
        source = self.branches.get(world.ask(self.fact))
        if source is None:
            raise Impossible
        return source

    def refusal(self, world: World) -> Outcome | None:
        return self.chosen(world).refusal(world)

    def state(self, world: World) -> str:
        return self.chosen(world).state(world)

    def owner(self, world: World) -> str:
        return self.chosen(world).owner(world)

    def key(self, world: World) -> Key | None:
        return self.chosen(world).key(world)


def is_empty(source: Source, world: World) -> bool:
    """Whether a source that may turn out to be none is none in this world.

    Asks only about sources that can be: a snapshot id behind a nullable unknown.
    """
    while isinstance(source, OneOf):
        source = source.chosen(world)
    if isinstance(source, Existing):
        return source.may_be_missing and source.state(world) == "none"
    return isinstance(source, Empty)


def is_same(one: Source | None, other: Source | None) -> bool:
    """Whether two sources are one snapshot: of existing ones the id tells, whatever is known."""
    if isinstance(one, Existing) and isinstance(other, Existing):
        return (one.kind, one.scope) == (other.kind, other.scope)
    return one is other or one == other


def follow(outcome: Outcome, address: str) -> Outcome:
    """The refusal of what hangs on a refused source."""
    return Outcome(
        "rejected",
        "rejected",
        outcome.row,
        code=outcome.code,
        late=True,
        cause=outcome.cause or address,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The account settings that a request meets in its place, as the input tells them.

    `encryption_by_default` is a datum over "on" and "off" where the input itself sets it
    (with the order of events as a choice), `Absent` where only the account knows.
    `default_key` names the default key where the input sets it, and is `Unknown` where the
    input may or may not have set it by then.
    """

    encryption_by_default: Datum = ABSENT
    default_key: Datum = ABSENT


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Request:
    """One volume or snapshot that an AWS operation is asked to make.

    `sent` maps what is written for `encrypted` to what leaves the tool. `exists` is a
    Boolean datum; where it is false in a world, nothing is made there. `fallback_key` is
    used before the account's default key (an ECS cluster's key for managed storage).
    """

    operation: Operation
    place: Place
    address: str = ""
    encrypted: Datum = ABSENT
    kms_key_id: Datum = ABSENT
    sent: Mapping[str, str] = field(default_factory=dict)
    source: Source = EMPTY
    same_region: Datum = Given("yes")
    destination: Datum = Given("region")
    same_account: Datum = Given("yes")
    settings: Settings = Settings()
    ring: KeyRing = KeyRing()
    exists: Datum = Given(True)
    fallback_key: Datum = ABSENT

    def cell(self, column: str, world: World) -> str:
        """The value of a table's column in this world."""
        match column:
            case "encrypted":
                return read_flag(self.encrypted, world, self.sent)
            case "kms_key_id":
                return "given" if self.key(world) is not None else "absent"
            case "snapshot" | "volume" | "source":
                return self.source.state(world)
            case "owner":
                return self.source.owner(world)
            case "encryption_by_default":
                return encryption_by_default(self.place, self.settings, world)
            case "same_region":
                return read_word(self.same_region, world, ("yes", "no"))
            case "destination":
                return read_word(self.destination, world, ("region", "outpost"))
            case "same_account":
                return read_word(self.same_account, world, ("yes", "no"))
        raise KeyError(column)

    def key(self, world: World) -> tuple[KeyText, bool] | None:
        """The key that the request names in this world."""
        return read_key(self.kms_key_id, world)


def encryption_by_default(place: Place, settings: Settings, world: World) -> str:
    """`on` or `off`: what a request meets in its place (EBS User Guide, encryption by default).

    What is known of the account tells how it is before the deployment, so what the input
    sets for this request counts; the order of events is part of that datum.
    """
    if isinstance(settings.encryption_by_default, Absent):
        return world.ask(place.encryption_by_default)
    return read_word(settings.encryption_by_default, world, ("off", "on"))


def decide(request: Request, world: World) -> Outcome:
    """What becomes of a request in one world: the row that fires, and its key.

    Raises `Undetermined` where the world does not decide a fact that matters, and
    `Impossible` where it contradicts itself.
    """
    return world.once(request, lambda: _decide(request, world))


class NoRow(Exception):
    """What becomes of a request whose column has a value that no row is about."""

    def __init__(self, outcome: Outcome) -> None:
        self.outcome = outcome


def read_column(request: Request, table: Table, column: str, world: World) -> str:
    """The value of a table's column. Raises `NoRow` for what comes before all rows."""
    value = request.cell(column, world)
    if value == "invalid":  # `Encrypted` is no Boolean in this world
        raise NoRow(Outcome("rejected", "rejected", "BX-8", code="ValidationError"))
    if value == "none" and value not in table.columns[column]:
        raise NoRow(NOT_EBS)  # nothing is made of what is no EBS volume or snapshot
    return value


def before_table(request: Request, world: World) -> Outcome | None:
    """What becomes of a request whatever it asks for: it is not made, or its source is refused."""
    if read_flag(request.exists, world) != "true":
        return NOT_EBS
    return request.source.refusal(world)


def _decide(request: Request, world: World) -> Outcome:
    outcome = before_table(request, world)
    if outcome is not None:
        return outcome
    table = TABLES[request.operation]
    try:
        row = table.find(lambda column: read_column(request, table, column, world))
    except NoRow as found:
        return found.outcome
    symbol, code = settle(row.result, world)
    return finish(request, world, symbol, row.id, code)


def finish(request: Request, world: World, symbol: str, row: str, code: str | None) -> Outcome:
    """The outcome for a table's symbol: its key by name, and whether that key can be used."""
    if symbol == "rejected":
        return Outcome(symbol, "rejected", row, code=code)
    if symbol in ("unencrypted", "mapping:unencrypted", "mapping:plain-empty"):
        return Outcome(symbol, "unencrypted", row)
    if symbol == "mapping:as-snapshot":
        return Outcome(symbol, "none", row)
    key = _key(request, world, symbol)
    if key.ref:
        why = request.ring.refusal(key.ref, request.place, world.known, sensitive=key.sensitive)
        if why and key.kind is not KeyKind.SOURCE:
            late = late_code(request.operation)
            return Outcome("rejected", "rejected", row, key, code=late, late=True, cause=why)
    return Outcome(symbol, "encrypted", row, key)


def _key(request: Request, world: World, symbol: str) -> Key:
    if symbol == "REQUESTED":
        named = request.key(world)
        ref, sensitive = named if named is not None else ("", False)
        return _requested(request, world, ref, sensitive)
    if symbol in ("SNAPSHOT", "mapping:SNAPSHOT"):
        key = request.source.key(world)
        return Key(KeyKind.SOURCE, key.ref if key else None, key.sensitive if key else False)
    if symbol == "AWS_MANAGED":
        return Key(KeyKind.AWS_MANAGED, AWS_MANAGED_ALIAS)
    fallback = read_key(request.fallback_key, world)
    if fallback is not None:
        return _requested(request, world, *fallback)
    return default_key(request, world)


def _requested(request: Request, world: World, ref: KeyText, sensitive: bool) -> Key:
    """The key that a request names: its identity, or the AWS managed key by any name."""
    if not ref:
        return Key(KeyKind.REQUESTED, None, sensitive)
    if request.ring.is_aws_managed(ref, request.place, world.known):
        return Key(KeyKind.AWS_MANAGED, AWS_MANAGED_ALIAS)
    if isinstance(ref, str) and "${" in ref:  # what is not known of it tells which key it is
        why = request.ring.refusal(ref, request.place, world.known)
        return Key(KeyKind.REQUESTED, ref if why else None, sensitive)
    identity = request.ring.identity(ref, request.place, world.known)
    return Key(KeyKind.REQUESTED, identity, sensitive)


def default_key(request: Request, world: World) -> Key:
    """The default key for EBS of a request's place, as far as this world knows it.

    Never branches: which key is the default changes no outcome (rules: it is no condition
    of any row). Source: EC2 API, GetEbsDefaultKmsKeyId.
    """
    place, ring, known = request.place, request.ring, world.known
    named: KeyText | None = None
    kind: str | None = None
    sensitive = False
    datum = request.settings.default_key
    if isinstance(datum, Given):
        value, sensitive = datum.value, datum.sensitive
        named = value if isinstance(value, (str, Reference)) and value else None
    elif isinstance(datum, Absent):
        named = known.answer(Fact("default_key_id", place.label))
        kind = known.answer(place.default_key)
    if kind == "aws_managed" or (named and ring.is_aws_managed(named, place, known)):
        return Key(KeyKind.AWS_MANAGED, AWS_MANAGED_ALIAS)
    identity = ring.identity(named, place, known) if named else None
    return Key(KeyKind.ACCOUNT_DEFAULT, identity, sensitive)
