"""What the input gives others access to, held against what becomes of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from analyzer.core.decision import Decision, Remaining
from analyzer.core.model import AWS_MANAGED_ALIAS, KeyKind
from analyzer.core.policies import OWN_ACCOUNT, OWN_REGION, Call, Principal, Truth, allowed, granted
from analyzer.core.values import ABSENT, Absent, Datum, Given, items, text
from analyzer.extraction.device import Device
from analyzer.extraction.lookups import shown_text
from analyzer.judgment.existing_shares import ExistingThings, Held
from analyzer.judgment.key_policies import KeyPolicies
from analyzer.knowledge.sources import Sources
from analyzer.policy.sharing import Share
from analyzer.policy.spec import Subject
from analyzer.resources import entry_of
from analyzer.resources.spec import BuildsImage, Shares
from analyzer.sources.document import Action, Document, Resource
from analyzer.walking import Block, blocks

__all__ = ["refused"]

Decided = tuple[Device, Decision]

#: What another account needs of the key to make a volume or copy of what it is given.
_NEEDED = ("kms:DescribeKey", "kms:Decrypt", "kms:CreateGrant")


class _Access(msgspec.Struct, frozen=True):
    """Access that a resource gives: to what, to whom."""

    resource: Resource
    devices: Sequence[Decided]
    everyone: bool
    accounts: tuple[str, ...]
    existing: Sequence[Held] = ()


class _Finder:
    """Finds the resource that a reference, an id or an ARN means."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._found: dict[str, Resource] | None = None

    def _by_name(self) -> dict[str, Resource]:
        """All that may be meant; made where something is looked for, as few inputs share."""
        found: dict[str, Resource] = {}
        for resource in self._document:
            block = resource.address.rpartition("[")[0] if resource.address[-1:] == "]" else ""
            names = [resource.address, block]
            names += [text(resource.body.get(name, ABSENT)) or "" for name in ("id", "arn")]
            for name in filter(None, names):
                found.setdefault(name, resource)
        return found

    def find(self, datum: Datum) -> Resource | None:
        name = text(datum)
        if name is None:
            return None
        if self._found is None:
            self._found = self._by_name()
        return self._found.get(name)


def refused(
    document: Document, decided: Sequence[Decided], policies: KeyPolicies, known: Sources
) -> Iterator[Share]:
    """What is wrong with the access that an input gives."""
    snapshots: dict[str, list[Decided]] = {}
    for device, decision in decided:
        if device.kind == "snapshot":
            snapshots.setdefault(device.resource.address, []).append((device, decision))
    things = ExistingThings(known, policies.ring)
    for access in _given(document, snapshots, things):
        yield from _judged(access, policies, document.path)


def _given(
    document: Document, snapshots: Mapping[str, list[Decided]], things: ExistingThings
) -> Iterator[_Access]:
    finder = _Finder(document)
    for resource in document:
        entry = entry_of(resource.type, data=resource.data)
        if entry is None or resource.data or resource.action is Action.DELETE:
            continue
        for part in entry.parts:
            if isinstance(part, Shares):
                block = Block(Given(resource.body))
                target = finder.find(block.get(part.what))
                found = snapshots.get(target.address, ()) if target is not None else ()
                access = _access(resource, found, part, block)
                if target is None or target.data:
                    named = shown_text(block.get(part.what))
                    held = tuple(things.encrypted(named, target, resource.place))
                    access = msgspec.structs.replace(access, existing=held)
                yield access
            elif isinstance(part, BuildsImage) and part.shares is not None:
                yield from _distributed(finder, resource, part, part.shares, snapshots)


def _distributed(
    finder: _Finder,
    resource: Resource,
    part: BuildsImage,
    shares: Shares,
    snapshots: Mapping[str, list[Decided]],
) -> Iterator[_Access]:
    """The permissions that a distribution of built images gives, Region by Region."""
    configuration = finder.find(Block(Given(resource.body)).get(part.targets.path))
    if configuration is None:
        return
    for block in blocks(Given(configuration.body), part.targets.to):
        region = text(block.get(part.region))
        found = [
            (device, decision)
            for device, decision in snapshots.get(resource.address, ())
            if region is not None and device.place.region == region
        ]
        yield _access(resource, found, shares, block)


def _access(resource: Resource, devices: Sequence[Decided], part: Shares, block: Block) -> _Access:
    listed = _texts(block.get(part.everyone.path))
    return _Access(
        resource,
        devices,
        any(value in part.everyone.values for value in listed),
        tuple(
            value
            for path in part.with_
            for value in _texts(block.get(path))
            if value not in part.everyone.values
        ),
    )


def _texts(datum: Datum) -> list[str]:
    if isinstance(datum, Absent):
        return []
    found = [datum] if text(datum) is not None else list(items(datum))
    return [value for value in map(text, found) if value]


def _judged(access: _Access, policies: KeyPolicies, path: str) -> Iterator[Share]:
    if not access.everyone and not access.accounts:
        return
    worst: dict[str, Share] = {}
    for device, decision in access.devices:
        for share in _about(access, device, decision, policies, path):
            known = worst.get(share.why)
            if known is None or (share.certain and not known.certain):
                worst[share.why] = share
    for held in access.existing:
        about = Subject.of_resource(access.resource, path)
        for why in _why_not(access, held):
            name = str(held.device)  # as it is shown
            share = Share(about=about, what=held.what, device=name, why=why, certain=True)
            worst.setdefault(why, share)
    if any(share.certain for share in worst.values() if share.why != "key"):
        worst = {why: share for why, share in worst.items() if share.certain}
    yield from worst.values()


def _why_not(access: _Access, held: Held) -> Iterator[str]:
    """Why AWS refuses access to a snapshot that exists and is encrypted."""
    if access.everyone:
        yield "public"
    if access.accounts and held.managed:
        yield "managed"


def _about(
    access: _Access, device: Device, decision: Decision, policies: KeyPolicies, path: str
) -> Iterator[Share]:
    encrypted = [o for o in decision.outcomes if o.outcome == "encrypted"]
    managed = [o for o in encrypted if _may_be_managed(o)]
    made = [o for o in decision.outcomes if o.outcome != "rejected"]
    about = Subject.of_resource(access.resource, path)
    what, name = device.resource.address, str(device.device or "")
    if access.everyone and encrypted:
        certain = len(encrypted) == len(made)
        yield Share(about=about, what=what, device=name, why="public", certain=certain)
    if access.accounts and managed:
        certain = len(made) == sum(1 for o in managed if _is_managed(o))
        yield Share(about=about, what=what, device=name, why="managed", certain=certain)
    key = decision.key
    if not access.accounts or key is None or not key.ref or key.ref == AWS_MANAGED_ALIAS:
        return
    shut = [account for account in access.accounts if _shut_out(policies, device, key.ref, account)]
    if shut and decision.verdict == "encrypted" and not key.sensitive:
        yield Share(
            about=about,
            what=what,
            device=name,
            why="key",
            certain=True,
            accounts=tuple(shut),
            key=str(key.ref),
        )


def _shut_out(policies: KeyPolicies, device: Device, ref: object, account: str) -> bool:
    """Whether an account certainly may not use the key of what it is given."""
    rights = policies.of(ref, device.place)  # type: ignore[arg-type]
    if rights is None or rights.policy is None or not rights.closed or not account.isdigit():
        return False
    principal = Principal(account=account)
    region = device.place.region or OWN_REGION
    for action in _NEEDED:
        call = Call(
            action=action,
            principal=principal,
            region=region,
            own_account=device.place.account or OWN_ACCOUNT,
        )
        if max(allowed(rights.policy, call), granted(rights.grants, call)) is Truth.NO:
            return account != device.place.account
    return False


def _is_managed(outcome: Remaining) -> bool:
    key = outcome.key
    if key is None:
        return False
    return key.kind is KeyKind.AWS_MANAGED or key.ref == AWS_MANAGED_ALIAS


def _may_be_managed(outcome: Remaining) -> bool:
    """Whether the key is the AWS managed key, or a default or source's key that nobody names."""
    key = outcome.key
    unnamed = key is not None and key.ref is None and key.kind is not KeyKind.REQUESTED
    return unnamed or _is_managed(outcome)
