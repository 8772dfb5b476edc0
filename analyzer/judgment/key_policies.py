"""The policies and grants of keys, as an input, a facts file or AWS tell them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import field
from typing import TypeVar

from analyzer.core.facts import Fact
from analyzer.core.keys import KeyRing
from analyzer.core.model import Place
from analyzer.core.policies import (
    Grant,
    Policy,
    default_policy,
)
from analyzer.core.reading import KeyText
from analyzer.core.records import dataclass
from analyzer.core.values import (
    ABSENT,
    NOWHERE,
    Absent,
    Datum,
    Given,
    Origin,
    Reference,
    at,
    items,
)
from analyzer.core.worlds import Knowledge
from analyzer.extraction.accounts import key_ring
from analyzer.judgment.policy_documents import (
    block_statement,
    is_empty,
    json_data,
    one_text,
    statement,
    texts,
)
from analyzer.resources import entry_of
from analyzer.resources.spec import KeyGrant, KeyPolicy, KeyResource, PolicyDocument
from analyzer.sources.document import Action, Document, Resource
from analyzer.walking import blocks

__all__ = ["KeyPolicies", "KeyRights"]

P = TypeVar("P", KeyResource, KeyPolicy, KeyGrant, PolicyDocument)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRights:
    """Who may use a key: its policy (`None`: not known) and its grants.

    `closed` tells that these are all grants there are when the deployment is done: the key
    is new, or somebody told them all. `written` tells that the policy is not KMS's default.
    """

    policy: Policy | None
    grants: tuple[Grant, ...]
    closed: bool
    written: bool = True
    origin: Origin = NOWHERE
    type: str = ""


@dataclass(slots=True)
class KeyPolicies:
    """Finds the rights on a key, among the resources of an input and what else is known."""

    document: Document
    known: Knowledge
    ring: KeyRing = field(init=False)
    _by_address: Mapping[str, Resource] = field(init=False)
    _rights: dict[str, KeyRights | None] = field(default_factory=dict)
    #: Policies and grants by the key's name, with their places in the input.
    _by_key: dict[str | None, list[tuple[int, Resource, KeyPolicy | KeyGrant]]] | None = None

    def __post_init__(self) -> None:
        self.ring = key_ring(self.document.resources)
        self._by_address = self.document.by_address()

    def of(self, ref: KeyText, place: Place) -> KeyRights | None:
        """The rights on the key that a reference means; `None` where nothing tells them."""
        identity = self.ring.identity(ref, place, self.known)
        name = identity.address if isinstance(identity, Reference) else identity
        if name not in self._rights:
            self._rights[name] = self._told(name) or self._find(name)
        return self._rights[name]

    # -- from outside ----------------------------------------------------------------------

    def _told(self, name: str) -> KeyRights | None:
        """What a facts file or AWS tells of the key."""
        told = self.known.answer(Fact("key_policy", name))
        if told is None:
            return None
        grants = self.known.answer(Fact("key_grants", name))
        listed = _grants_told(grants) if grants is not None else ()
        return KeyRights(
            policy=self._policy(Given(told), NOWHERE), grants=listed, closed=grants is not None
        )

    # -- in the input ----------------------------------------------------------------------

    def _find(self, name: str) -> KeyRights | None:
        resource = self._by_address.get(name)
        part = _part(resource, KeyResource) if resource is not None else None
        if resource is None or part is None or resource.data or not part.policy:
            return None
        datum = at(Given(resource.body), part.policy)
        written, origin = not isinstance(datum, Absent), resource.origin
        policy = self._policy(datum, resource.origin) if written else default_policy()
        attached = self._attached(name)
        for other, by, certain in attached:
            if isinstance(by, KeyPolicy):
                written, origin = True, other.origin
                found = at(Given(other.body), by.policy)
                policy = self._policy(found, other.origin) if certain else None
        grants = tuple(
            _grant(other, by, certain=certain)
            for other, by, certain in attached
            if isinstance(by, KeyGrant)
        )
        return KeyRights(
            policy=policy,
            grants=grants,
            closed=resource.action.creates,
            written=written,
            origin=origin,
            type=resource.type,
        )

    def _attached(self, name: str) -> list[tuple[Resource, KeyPolicy | KeyGrant, bool]]:
        """The policies and grants on a key, in order; `False` where they may be on another."""
        if self._by_key is None:
            self._by_key = {}
            for i, resource in enumerate(self.document):
                part = _part(resource, KeyPolicy) or _part(resource, KeyGrant)
                if part is not None and resource.action is not Action.DELETE:
                    key = self._key(resource, part.key)
                    self._by_key.setdefault(key, []).append((i, resource, part))
        found = [(*each, True) for each in self._by_key.get(name, ())]
        found += [(*each, False) for each in self._by_key.get(None, ())]
        return [each[1:] for each in sorted(found, key=lambda each: each[0])]

    def _key(self, resource: Resource, path: str) -> str | None:
        """The name of the key that a resource is about; `None` where that is open."""
        datum = at(Given(resource.body), path)
        if not isinstance(datum, Given) or not isinstance(datum.value, (str, Reference)):
            return None
        identity = self.ring.identity(datum.value, resource.place, self.known)
        if isinstance(identity, str):
            return identity
        other = self._by_address.get(identity.address)
        is_key = other is not None and _part(other, KeyResource) is not None
        return identity.address if is_key else None

    # -- policies --------------------------------------------------------------------------

    def _policy(self, datum: Datum, origin: Origin) -> Policy | None:
        """The policy in a datum: JSON text, an object, or a document of the input."""
        if isinstance(datum, Given) and isinstance(datum.value, Reference):
            return self._document(datum.value.address)
        if isinstance(datum, Given) and isinstance(datum.value, str):
            datum = json_data(datum.value, origin)
        if not isinstance(datum, Given) or not isinstance(datum.value, Mapping):
            return None
        found = at(datum, "Statement")
        if not isinstance(found, Given):
            return None
        return Policy(statements=tuple(statement(each) for each in items(found)))

    def _document(self, address: str) -> Policy | None:
        """A policy that is written as blocks, whose text is known after apply only."""
        resource = self._by_address.get(address)
        part = _part(resource, PolicyDocument) if resource is not None else None
        if resource is None or part is None:
            return None
        complete = all(is_empty(at(Given(resource.body), path)) for path in part.merged)
        found = []
        for block in blocks(Given(resource.body), part.statements):
            if isinstance(block.body, Given) and not block.when:
                found.append(block_statement(block.body))
            elif not isinstance(block.body, Absent):
                complete = False
        return Policy(statements=tuple(found), complete=complete)


def _part(resource: Resource, kind: type[P]) -> P | None:
    entry = entry_of(resource.type, data=resource.data)
    for part in entry.parts if entry is not None else ():
        if isinstance(part, kind):
            return part
    return None


def _grant(resource: Resource, part: KeyGrant, *, certain: bool) -> Grant:
    body = Given(resource.body)
    limits = at(body, part.constraints) if part.constraints else ABSENT
    return Grant(
        grantee=one_text(at(body, part.grantee)),
        operations=tuple(texts(at(body, part.operations))),
        constrained=not certain or not is_empty(limits),
    )


def _grants_told(told: str) -> tuple[Grant, ...]:
    """Grants as a facts file tells them: JSON, a list of grantees and their operations."""
    return tuple(
        Grant(grantee=each["grantee"], operations=tuple(each["operations"]))
        for each in json.loads(told)
    )
