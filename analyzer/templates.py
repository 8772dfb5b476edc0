"""Launch templates and launch configurations: which one a launch names, and which version."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from analyzer.core.devices import ROOT, BlockDevice, Layer
from analyzer.core.values import ABSENT, Absent, Choice, Datum, Given, Reference, Unknown, text
from analyzer.link import Linker
from analyzer.normalize import filled, scalar
from analyzer.resources import entry_of
from analyzer.resources.spec import Launches, Mappings, Stored, TemplateRef
from analyzer.sources.document import Action, Resource
from analyzer.walking import Block, is_true

__all__ = ["Template", "Templates", "stored_part"]

ReadLayer = Callable[[Resource, Sequence[Mappings], Block], Layer]


@dataclass(frozen=True, slots=True)
class Template:
    """What a launch takes from a template: mappings, an image, and what to say about it."""

    layer: Layer
    image: Datum
    notes: tuple[str, ...] = ()


@dataclass(slots=True)
class Templates:
    """Resolves the templates that launches name; remembers which ones some launch used."""

    linker: Linker
    read_layer: ReadLayer
    consumed: set[str] = field(default_factory=set)

    def of(self, part: Launches, block: Block) -> list[Template]:
        """The templates that a launch names, in the order of the table."""
        found = []
        for ref in part.templates:
            name = filled(block.get(ref.id)) if ref.id else ABSENT
            if isinstance(name, Absent) and ref.name:
                name = filled(block.get(ref.name))
            if not isinstance(name, Absent):
                found.append(self._named(ref, self.linker.follow(name), block))
        return found

    def _named(self, ref: TemplateRef, name: Datum, block: Block) -> Template:
        if isinstance(name, Choice):
            return self._either(ref, name, block)
        target = self.linker.resource(name, ref.types)
        stored = stored_part(target)
        if target is None or stored is None:
            what = "launch configuration" if ref.launch_configuration else "launch template"
            label = text(name) or getattr(name, "name", "unknown")
            return _unknown(f"{what} {label}", f"{what} {label} is not in this input")
        self.consumed.add(target.address)
        body, note = _version(target, stored, ref, block)
        if body is None:
            return _unknown(target.address, note)
        content = Block(Given(body), block.when)
        layer = self.read_layer(target, stored.launch.mappings, content)
        image = filled(content.get(stored.launch.image))
        return Template(layer, image, (note,) if note else ())

    def _either(self, ref: TemplateRef, name: Choice, block: Block) -> Template:
        """One of several templates: each one's mappings hold in the worlds that choose it."""
        found = {
            answer: self._named(ref, self.linker.follow(branch), block)
            for answer, branch in name.branches.items()
            if not isinstance(branch, Absent)
        }
        devices = tuple(
            replace(device, when=(*device.when, (name.fact, answer)))
            for answer, template in found.items()
            for device in template.layer.devices
        )
        images: dict[str, Datum] = {a: ABSENT for a in name.branches}
        images.update({answer: template.image for answer, template in found.items()})
        notes = tuple(note for template in found.values() for note in template.notes)
        what = " or ".join(template.layer.what for template in found.values())
        return Template(Layer(what=what, devices=devices), Choice(name.fact, images), notes)


def _version(
    target: Resource, stored: Stored, ref: TemplateRef, block: Block
) -> tuple[Mapping[str, Datum] | None, str]:
    """The content of the version that a launch follows, and a note where it matters.

    Source: EC2 API, LaunchTemplateSpecification. `$Default` stays where it was unless the
    template itself moves it (rules LT-1, LT-2).
    """
    updated = target.action is Action.UPDATE and target.before is not None
    if ref.launch_configuration or not updated:
        return target.body, ""
    follows = _follows(block.get(ref.version), stored, ref)
    moves = bool(stored.follows) and is_true(target.body.get(stored.follows, ABSENT))
    if follows == "$Latest" or (follows == "$Default" and moves):
        return target.body, ""
    before = target.before or {}
    latest = scalar(before.get(stored.latest, ABSENT))
    default = scalar(before.get(stored.default, ABSENT))
    pinned = default if follows == "$Default" else follows
    if pinned is None or latest is None or pinned == latest:
        note = f"launches follow version {pinned or follows} of {target.address}, as it is now"
        return before, note
    return None, f"version {pinned} of {target.address} is not in this input"


def _follows(version: Datum, stored: Stored, ref: TemplateRef) -> str:
    if isinstance(version, Given):
        if isinstance(version.value, Reference):
            latest = version.value.attribute.lower() == stored.latest.lower()
            return "$Latest" if latest else "$Default"
        return str(version.value) or ref.default_version
    return "$Latest" if isinstance(version, Unknown) else ref.default_version


def _unknown(what: str, note: str) -> Template:
    """A template of which nothing is known: it may say anything about the root device."""
    device = BlockDevice(
        name=ROOT,
        encrypted=Unknown(f"{what}: Encrypted of the root device", "not in this input"),
        kms_key_id=Unknown(f"{what}: KmsKeyId of the root device", "not in this input"),
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
