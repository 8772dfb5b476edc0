"""Launch templates and launch configurations: which one a launch names, and which version."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import msgspec

from analyzer.core.devices import ROOT, BlockDevice
from analyzer.core.launches import Layer
from analyzer.core.model import Place
from analyzer.core.values import ABSENT, Absent, Choice, Datum, Given, Reference, Unknown
from analyzer.extraction.link import Linker
from analyzer.extraction.normalize import filled, scalar
from analyzer.resources import entry_of
from analyzer.resources.spec import Links, Mappings, Stored, TemplateRef
from analyzer.sources.document import Action, Resource
from analyzer.walking import Block, is_true, read_by

__all__ = ["Template", "Templates", "stored_part"]

ReadLayer = Callable[[Resource, Sequence[Mappings], Block], Layer]


class Template(msgspec.Struct, frozen=True):
    """What a launch takes from a template: mappings, an image, and what to say about it."""

    layer: Layer
    image: Datum
    notes: tuple[str, ...] = ()


class Templates(msgspec.Struct):
    """Resolves the templates that launches name; remembers which ones some launch used."""

    linker: Linker
    read_layer: ReadLayer
    consumed: set[str] = msgspec.field(default_factory=set)

    def of(self, refs: Sequence[TemplateRef], block: Block, place: Place) -> list[Template]:
        """The templates that a launch names, in the order of the table."""
        found = []
        for ref in refs:
            name = _named_by(ref, block)
            if not isinstance(name, Absent):
                found.append(self._named(ref, self.linker.follow(name), block, place))
        return found

    def target(self, ref: TemplateRef, block: Block, place: Place) -> Resource | None:
        """The one template of the input that a launch names, if it names one."""
        return self.linker.resource(self.linker.follow(_named_by(ref, block)), place, ref.types)

    def _named(self, ref: TemplateRef, name: Datum, block: Block, place: Place) -> Template:
        if isinstance(name, Choice):
            return self._either(ref, name, block, place)
        target = self.linker.resource(name, place, ref.types)
        stored = stored_part(target)
        if target is None or stored is None:
            what = f"{ref.kind} {self.linker.called(name, 'name', 'unknown')}"
            return _unknown(ref, what, f"{what} is not in this input")
        self.consumed.add(target.address)
        body, note = _version(target, stored, ref, block)
        if body is None:
            return _unknown(ref, target.address, note)
        if target.data and not _was_read(body, stored):
            return _unknown(ref, target.address, f"{target.address} is not read yet")
        content = Block(Given(read_by(stored.launch.read, body)), block.when)
        layer = self.read_layer(target, stored.launch.mappings, content)
        path = stored.launch.image
        image = filled(content.get(path)) if not isinstance(path, Links) else ABSENT
        return Template(layer, image, (note,) if note else ())

    def _either(self, ref: TemplateRef, name: Choice, block: Block, place: Place) -> Template:
        """One of several templates: each one's mappings hold in the worlds that choose it."""
        found = {
            answer: self._named(ref, self._branch(branch), block, place)
            for answer, branch in name.branches.items()
            if not isinstance(branch, Absent)
        }
        devices = tuple(
            replace(device, when=(*device.when, (name.fact, answer)))
            for answer, template in found.items()
            for device in template.layer.devices
        )
        images: dict[str, Datum] = dict.fromkeys(name.branches, ABSENT)
        images.update({answer: template.image for answer, template in found.items()})
        notes = tuple(note for template in found.values() for note in template.notes)
        what = " or ".join(template.layer.what for template in found.values())
        return Template(Layer(what=what, devices=devices), Choice(name.fact, images), notes)

    def _branch(self, branch: Datum) -> Datum:
        """What a branch names; one that refers to another choice stays open, as deep as it is."""
        named = self.linker.follow(branch)
        if isinstance(named, Choice) and not isinstance(branch, Choice):
            return Unknown(self.linker.called(branch, "name", "unknown"))
        return named


def _was_read(body: Mapping[str, Datum], stored: Stored) -> bool:
    """Whether a looked-up template shows any content: source files hold the look-up only."""
    return any(mappings.at.partition(".")[0] in body for mappings in stored.launch.mappings)


def _named_by(ref: TemplateRef, block: Block) -> Datum:
    name = filled(block.get(ref.id)) if ref.id else ABSENT
    return filled(block.get(ref.name)) if isinstance(name, Absent) and ref.name else name


def _version(
    target: Resource, stored: Stored, ref: TemplateRef, block: Block
) -> tuple[Mapping[str, Datum] | None, str]:
    """The content of the version that a launch follows, and a note where it matters.

    Source: EC2 API, LaunchTemplateSpecification. `$Default` stays where it was unless the
    template itself moves it (rules LT-1, LT-2).
    """
    if ref.kind != "launch template" or target.action.creates:
        return target.body, ""
    follows = _follows(block.get(ref.version), stored, ref)
    if follows == "$Latest":
        return target.body, ""
    before = target.before if target.before is not None else target.body
    latest = scalar(before.get(stored.latest, ABSENT))
    new = _next(latest) if _is_new(target, stored, latest) else latest
    pinned = _default(target, stored, before, new) if follows == "$Default" else follows
    if pinned is None or latest is None:
        if target.action is not Action.UPDATE:
            return target.body, ""
        return None, f"which version of {target.address} is launched is not known"
    if pinned == new:
        return target.body, ""
    if pinned == latest:
        return before, f"launches follow version {pinned} of {target.address}, as it is now"
    written = block.get(ref.version)
    said = "(sensitive)" if isinstance(written, Given) and written.sensitive else pinned
    return None, f"version {said} of {target.address} is not in this input"


def _is_new(target: Resource, stored: Stored, latest: str | None) -> bool:
    """Whether a change makes a new version: then its number is open, or another one."""
    after = target.body.get(stored.latest, ABSENT)
    return target.action is Action.UPDATE and scalar(after) != latest


def _next(latest: str | None) -> str | None:
    return str(int(latest) + 1) if latest is not None and latest.isdigit() else None


def _default(
    target: Resource, stored: Stored, before: Mapping[str, Datum], new: str | None
) -> str | None:
    """The default version after the deployment; it stays where it is unless it is moved."""
    if stored.follows and is_true(target.body.get(stored.follows, ABSENT)):
        return new
    after = scalar(target.body.get(stored.default, ABSENT))
    return after or scalar(before.get(stored.default, ABSENT))


def _follows(version: Datum, stored: Stored, ref: TemplateRef) -> str | None:
    if isinstance(version, Given):
        if isinstance(version.value, Reference):
            named = version.value.attribute
            return "$Latest" if _same(named, stored.latest) else "$Default"
        return str(version.value) or ref.default_version
    return ref.default_version if isinstance(version, Absent) else None


def _same(one: str, other: str) -> bool:
    return one.replace("_", "").lower() == other.replace("_", "").lower()


def _unknown(ref: TemplateRef, what: str, note: str) -> Template:
    """A template of which nothing is known: it may say anything about the root device.

    A launch configuration has nothing to name a key with (Auto Scaling API, Ebs).
    """
    key = Unknown(f"{what}: KmsKeyId of the root device", "not in this input")
    device = BlockDevice(
        name=ROOT,
        encrypted=Unknown(f"{what}: Encrypted of the root device", "not in this input"),
        kms_key_id=ABSENT if ref.kind == "launch configuration" else key,
    )
    image = Unknown(f"{what}: ImageId", "not in this input")
    return Template(Layer(what=what, devices=(device,)), image, (note,))


def stored_part(resource: Resource | None) -> Stored | None:
    """The stored launch of a template or launch configuration, or `None` for another type."""
    entry = entry_of(resource.type, data=resource.data) if resource is not None else None
    for part in entry.parts if entry is not None else ():
        if isinstance(part, Stored):
            return part
    return None
