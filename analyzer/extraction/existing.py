"""What a deployment leaves as it is: volumes and snapshots, from their existing state."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from analyzer.core.chain import Existing
from analyzer.core.devices import ROOT, SIZED, BlockDevice
from analyzer.core.facts import Fact
from analyzer.core.images import ListedImage
from analyzer.core.keys import KeyRing
from analyzer.core.model import Key, KeyKind, Operation, Outcome, Place
from analyzer.core.values import Given, text
from analyzer.core.worlds import World
from analyzer.extraction.device import Device
from analyzer.extraction.device_names import device_name
from analyzer.extraction.lookups import shown_text
from analyzer.extraction.normalize import filled, flag
from analyzer.resources.spec import Launches, Makes, Part
from analyzer.sources.document import Resource
from analyzer.walking import Block, blocks

__all__ = ["NOTHING", "as_it_was", "existing", "existing_instance"]


class _Nothing:
    """Knows nothing: what an existing instance maps is all listed."""

    def answer(self, _fact: Fact) -> str | None:
        return None


NOTHING = _Nothing()


def existing_instance(resource: Resource, part: Launches) -> ListedImage:
    """An existing instance, as an image of its volumes: what CreateImage makes of it."""
    body = Given(resource.before if resource.before is not None else resource.body)
    root = ROOT
    devices = []
    for mappings in part.mappings:
        if not mappings.encrypted:
            continue
        for number, block in enumerate(blocks(body, mappings.at), 1):
            if not isinstance(block.body, Given):
                continue
            name = device_name(block.get("device_name"), number) or ROOT
            root = root if mappings.device else name
            volume = shown_text(block.get("volume_id"))
            scope = volume or f"{resource.address}:{name}"
            state = flag(block.get(mappings.encrypted))
            known = None
            if isinstance(state, Given):
                known = "encrypted" if state.value is True else "unencrypted"
            devices.append(
                BlockDevice(
                    name=name,
                    sized=(SIZED,),
                    source=Existing(
                        kind="volume",
                        scope=scope,
                        owned=scope,
                        what=volume or f"{name} of {resource.address}",
                        encrypted=known,
                        belongs_to="self",
                        kms_key=shown_text(block.get(mappings.kms_key_id)) or None,
                    ),
                )
            )
    return ListedImage(what=resource.address, root=root, devices=tuple(devices))


def existing(resource: Resource, part: Part) -> Iterator[Device]:
    """The devices of a resource that the deployment does not create, from their state."""
    for found in _found(resource, part):
        yield _as_it_is(resource, found)


def as_it_was(device: Device, part: Part, ring: KeyRing) -> Outcome | None:
    """What became of the device that this one replaces; `None` where the state does not tell."""
    for found in _found(device.resource, part):
        same = found.root if device.root else found.name == device.device
        state = flag(found.block.get("encrypted"))
        if same and found.kind == device.kind and isinstance(state, Given):
            if state.value is not True:
                return _PLAIN
            return Outcome("SNAPSHOT", "encrypted", "AC-1", _key(found, device.place, ring))
    return None


def _key(found: _Found, place: Place, ring: KeyRing) -> Key | None:
    key = filled(found.block.get("kms_key_id"))
    name = text(key)
    if not name:
        return None
    kind = KeyKind.AWS_MANAGED if ring.is_aws_managed(name, place) else KeyKind.REQUESTED
    sensitive = isinstance(key, Given) and key.sensitive
    return Key(kind, ring.identity(name, place), sensitive)


_PLAIN = Outcome("unencrypted", "unencrypted", "AC-1")


class _Found(NamedTuple):
    """A volume or snapshot in the state of a resource."""

    kind: str
    operation: Operation
    block: Block
    name: str | None = None
    root: bool = False


def _found(resource: Resource, part: Part) -> Iterator[_Found]:
    body = Block(Given(resource.before if resource.before is not None else resource.body))
    if isinstance(part, Makes) and not part.each and not part.device_name:
        yield _Found(part.kind, part.operation, body)
    elif isinstance(part, Launches) and not part.each:
        for mappings in part.mappings:
            if not mappings.encrypted:
                continue
            for number, block in enumerate(blocks(body.body, mappings.at), 1):
                root = not mappings.device
                name = device_name(block.get("device_name"), number) or (ROOT if root else None)
                yield _Found("volume", Operation.RUN_INSTANCES, block, name, root)


def _as_it_is(resource: Resource, found: _Found) -> Device:
    kind, operation, block, name, root = found
    state = flag(block.get("encrypted"))
    key = filled(block.get("kms_key_id"))
    what = f"{resource.address}{f' {name}' if name else ''}"

    def stays(world: World) -> Outcome:
        if isinstance(state, Given):
            encrypted = state.value is True
        else:
            fact = Fact(kind, what, ("unencrypted", "encrypted"), f"Is {what} encrypted?")
            encrypted = world.ask(fact) == "encrypted"
        if not encrypted:
            return _PLAIN
        sensitive = isinstance(key, Given) and key.sensitive
        return Outcome("SNAPSHOT", "encrypted", "AC-1", Key(KeyKind.SOURCE, text(key), sensitive))

    return Device(
        resource=resource,
        device=name,
        root=root,
        kind=kind,
        operation=operation.value,
        place=resource.place,
        decide=stays,
        encrypted=block.get("encrypted"),
        kms_key_id=key,
        origin=resource.origin,
        notes=(resource.note or "stays as it is",),
        existing=True,
    )
