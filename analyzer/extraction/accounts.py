"""Account settings and keys that the input itself makes or looks up.

What counts is the order of events (rules OR-1..OR-7): a setting that was there before, or
that is ordered before a volume, holds for it; one that the same deployment makes without
an order may come first or not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from analyzer.core.chain import Settings
from analyzer.core.facts import Fact, Known
from analyzer.core.keys import KeyFacts, KeyRing
from analyzer.core.model import Place
from analyzer.core.reading import KeyText
from analyzer.core.values import (
    ABSENT,
    Absent,
    Choice,
    Datum,
    Given,
    Origin,
    Reference,
    Unknown,
    at,
    text,
)
from analyzer.core.worlds import Knowledge
from analyzer.resources import entry_of
from analyzer.resources.spec import Alias, KeyResource, SetsDefaultKey, SetsEncryptionByDefault
from analyzer.sources.document import Action, Resource

__all__ = ["Accounts", "Setter", "key_ring", "setters", "shown_settings"]

Depends = Callable[[str, str], bool]

_DISABLED_STATES = ("Disabled", "PendingDeletion", "PendingImport", "Unavailable")


#: Nobody knows anything of the account.
_NOTHING = Known()
#: Where the input sets nothing.
_UNSET = Settings()
#: What the deployment finds there already, as its state knows it.
_THERE = (Action.NO_OP, Action.IMPORT)
#: The default key where the deployment may change it before or after.
_EITHER_KEY = Unknown("the default key", "set by this deployment, before or after")


class Setter(msgspec.Struct, frozen=True):
    """A resource that sets, or a data source that shows, a setting; and the value."""

    resource: Resource
    value: Datum


Setters = dict[str, list[Setter]]


def setters(resources: Sequence[Resource]) -> tuple[Setters, Setters]:
    """What sets or shows encryption by default, and the default key, by the place's label."""
    by_default: Setters = {}
    keys: Setters = {}
    for resource in resources:
        entry = entry_of(resource.type, data=resource.data)
        for part in entry.parts if entry is not None else ():
            place = resource.place.label
            if isinstance(part, SetsEncryptionByDefault):
                by_default.setdefault(place, []).append(Setter(resource, _switch(resource, part)))
            elif isinstance(part, SetsDefaultKey):
                key = resource.body.get(part.key, ABSENT)
                keys.setdefault(place, []).append(Setter(resource, key))
    return by_default, keys


class Accounts:
    """The settings of every place, as the resources of the input set or show them."""

    def __init__(
        self, resources: Sequence[Resource], depends: Depends, known: Knowledge = _NOTHING
    ) -> None:
        self._depends = depends
        self._known = known
        self._by_default, self._keys = setters(resources)

    def of(self, place: Place, address: str, *, later: bool = False) -> Settings:
        """The settings that a request in a place meets.

        `address` is the resource that makes the request; with `later` it is made after the
        deployment (a launch from a stored template), so every new setting holds.
        """
        if place.label not in self._by_default and place.label not in self._keys:
            return _UNSET
        return Settings(
            encryption_by_default=self._encryption(place, address, later),
            default_key=self._key(place, address, later),
        )

    def _encryption(self, place: Place, address: str, later: bool) -> Datum:
        setters = self._by_default.get(place.label, ())
        if not setters:
            return ABSENT
        shown = next((s.value for s in setters if s.resource.data), ABSENT)
        told = self._known.answer(place.encryption_by_default) is not None
        if told or not isinstance(shown, Given):  # who knows the account is trusted more
            shown = ABSENT
        old = shown if isinstance(shown, Given) else _from_account(place)
        new = [s for s in setters if not s.resource.data]
        if told:
            new = [s for s in new if s.resource.action not in _THERE]
        if not new:
            return shown
        results = [self._in_order(s, old, address, later, Given("off")) for s in new]
        return results[0] if len(set(map(repr, results))) == 1 else _conflict(new, results)

    def _in_order(
        self, setter: Setter, old: Datum, address: str, later: bool, deleted: Datum
    ) -> Datum:
        action = setter.resource.action
        if action is not Action.DELETE and (action in _THERE or later):
            return setter.value
        if action is Action.DELETE and later:
            return deleted
        old = self._before(setter.resource, old)
        if action is Action.DELETE:
            return _either(setter.resource.address, deleted, old, removed=True)
        if self._depends(address, setter.resource.address):
            return setter.value
        if old == setter.value:
            return old
        return _either(setter.resource.address, setter.value, old, removed=False)

    def _before(self, resource: Resource, old: Datum) -> Datum:
        """What a setting is before the deployment, as its state tells; `old` where none does.

        Who knows the account is trusted more.
        """
        if resource.before is None or self._known.answer(resource.place.encryption_by_default):
            return old
        entry = entry_of(resource.type)
        for part in entry.parts if entry is not None else ():
            if isinstance(part, SetsEncryptionByDefault):
                before = resource.before.get(part.enabled, ABSENT)
                if isinstance(before, Given):
                    return Given("on" if before.value else "off")
        return old

    def _key(self, place: Place, address: str, later: bool) -> Datum:
        setters = self._keys.get(place.label, ())
        new = [s for s in setters if not s.resource.data]
        if setters and (not new or all(s.resource.action in _THERE for s in new)):
            told = self._known.answer(Fact("default_key_id", place.label))
            if told is not None or self._known.answer(place.default_key) is not None:
                return ABSENT
        if not new:
            return next((s.value for s in setters if s.resource.data), ABSENT)
        if len(new) > 1:
            return _EITHER_KEY
        (setter,) = new
        certain = later or setter.resource.action in _THERE
        if setter.resource.action is Action.DELETE:
            return Given("alias/aws/ebs") if later else _EITHER_KEY
        if certain or self._depends(address, setter.resource.address):
            return setter.value
        return _EITHER_KEY


def shown_settings(resources: Sequence[Resource]) -> Iterator[tuple[Fact, str, Origin]]:
    """What the input tells of account settings as they are before the deployment."""
    for resource in resources:
        if not resource.data and resource.action not in _THERE:
            continue
        entry = entry_of(resource.type, data=resource.data)
        for part in entry.parts if entry is not None else ():
            if isinstance(part, SetsEncryptionByDefault):
                value = _switch(resource, part)
                if isinstance(value, Given):
                    fact = resource.place.encryption_by_default
                    yield fact, str(value.value), resource.origin


def _switch(resource: Resource, part: SetsEncryptionByDefault) -> Datum:
    """What a setting sets, over the words on and off.

    What a data source shows counts only where it was read; one that is yet to be read shows
    nothing, and has no default.
    """
    if resource.data:
        shown = resource.body.get(part.enabled, ABSENT)
        return _words(shown, part.missing) if isinstance(shown, Given) else ABSENT
    if part.fixed is not None:
        return Given("on" if part.fixed else "off")
    return _words(resource.body.get(part.enabled, ABSENT), part.missing)


def _words(datum: Datum, missing: bool) -> Datum:
    if isinstance(datum, Absent):
        return Given("on" if missing else "off")
    if isinstance(datum, Given):
        return Given("on" if str(datum.value).lower() == "true" else "off", datum.origin)
    if isinstance(datum, Unknown):
        fact = Fact("value", datum.name, ("true", "false"), f"What is {datum.name}? ({datum.why})")
        return Choice(fact, {"true": Given("on"), "false": Given("off")}, datum.origin)
    return datum.map(lambda branch: _words(branch, missing))


def _from_account(place: Place) -> Datum:
    fact = place.encryption_by_default
    return Choice(fact, {answer: Given(answer) for answer in fact.domain})


def _either(setter: str, new: Datum, old: Datum, *, removed: bool) -> Datum:
    what = "removed" if removed else "applied"
    fact = Fact(
        f"{what}_first",
        setter,
        ("yes", "no"),
        f"Is {setter} {what} before the volumes that do not depend on it?",
    )
    return Choice(fact, {"yes": new, "no": old})


def _conflict(setters: Sequence[Setter], results: Sequence[Datum]) -> Datum:
    names = tuple(s.resource.address for s in setters)
    fact = Fact(
        "last_setting", " or ".join(names), names, f"Which setting is applied last: {names}?"
    )
    return Choice(fact, dict(zip(names, results, strict=True)))


def key_ring(resources: Sequence[Resource]) -> KeyRing:
    """The keys and aliases of an input, by address, ARN and alias name."""
    keys: dict[str, tuple[Resource, KeyResource]] = {}
    aliases: dict[str, KeyText] = {}
    for resource in resources:
        entry = entry_of(resource.type, data=resource.data)
        for part in entry.parts if entry is not None else ():
            if isinstance(part, KeyResource):
                keys[resource.address] = resource, part
                arn = text(resource.body.get("arn", ABSENT)) if resource.data else None
                if arn:
                    keys[arn] = resource, part
                    aliases[resource.address] = arn
            elif isinstance(part, Alias):
                aliases.update(_alias(resource, part))
    existing = [r for r, _ in keys.values() if not r.data and not r.action.creates]
    return KeyRing(_Keys(keys), _Names(aliases, existing))


class _Keys(Mapping[str, KeyFacts]):
    """What the input tells of its keys; most are of no volume, so each is read when asked for."""

    def __init__(self, keys: Mapping[str, tuple[Resource, KeyResource]]) -> None:
        self._keys = keys
        self._facts: dict[str, KeyFacts] = {}

    def __getitem__(self, name: str) -> KeyFacts:
        if name not in self._facts:
            self._facts[name] = _key_facts(*self._keys[name])
        return self._facts[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._keys)

    def __len__(self) -> int:
        return len(self._keys)


class _Names(Mapping[str, KeyText]):
    """Other names of keys: aliases, and the ARNs of keys that exist, read when one is asked for."""

    def __init__(self, aliases: dict[str, KeyText], existing: Sequence[Resource]) -> None:
        self._names = aliases
        self._existing = existing

    def _read(self) -> None:
        for resource in self._existing:
            arn = text(resource.body.get("arn", ABSENT))
            if arn:
                self._names[arn] = Reference(resource.address)
        self._existing = ()

    def __getitem__(self, name: str) -> KeyText:
        found: KeyText | None = self.get(name)
        if found is None:
            raise KeyError(name)
        return found

    def get(self, name: str, default: Any = None) -> Any:
        """As of any mapping; most keys have no other name."""
        if self._existing and name.startswith("arn:"):
            self._read()
        return self._names.get(name, default)

    def __iter__(self) -> Iterator[str]:
        self._read()
        return iter(self._names)

    def __len__(self) -> int:
        self._read()
        return len(self._names)


def _alias(resource: Resource, part: Alias) -> Iterator[tuple[str, KeyText]]:
    target = resource.body.get(part.target, ABSENT)
    name = text(resource.body.get(part.name, ABSENT))
    if name == "alias/aws/ebs":
        yield resource.address, name
        arn = text(resource.body.get("target_key_arn", ABSENT))
        if arn:
            yield arn, name
        return
    if isinstance(target, Given) and isinstance(target.value, (str, Reference)) and target.value:
        yield resource.address, target.value
        if name:
            yield name, target.value


def _key_facts(resource: Resource, part: KeyResource) -> KeyFacts:
    body = resource.body

    def given(path: str) -> str | None:
        datum = at(Given(body), path) if path else ABSENT
        return str(datum.value) if isinstance(datum, Given) else None

    unusable = ""
    if resource.action is Action.DELETE:
        unusable = "the key is deleted in the same deployment"
    elif (given(part.enabled) or "").lower() == "false":
        unusable = "the key is disabled"
    elif (state := given(part.state)) in _DISABLED_STATES:
        unusable = f"the key is in state {state}"
    elif given(part.usage) not in (None, "ENCRYPT_DECRYPT"):
        unusable = "the key's usage is another one than ENCRYPT_DECRYPT, which EBS needs"
    elif given(part.spec) not in (None, "SYMMETRIC_DEFAULT"):
        unusable = "the key's spec is another one than SYMMETRIC_DEFAULT, which EBS needs"
    return KeyFacts(
        region=resource.place.region, unusable=unusable, manager=given(part.manager) or ""
    )
