"""What a kind of finding is made of: when it applies, what it says, and how to act on it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import Enum
from typing import TYPE_CHECKING, Literal

import msgspec
from msgspec.structs import replace

from analyzer.wire import Device, Finding, Location

if TYPE_CHECKING:
    from analyzer.sources.document import Resource

__all__ = [
    "Advice",
    "Certainty",
    "Context",
    "DeviceRule",
    "FailOn",
    "Level",
    "Page",
    "Rule",
    "Subject",
]

Level = Literal["error", "warning", "note"]
Certainty = Literal["certain", "possible"]


class FailOn(Enum):
    """What `--fail-on` can name: the run ends with 1 where a finding of this kind is left."""

    UNENCRYPTED = "unencrypted"
    WRONG_KEY = "wrong-key"
    REJECTED = "rejected"
    POSSIBLE = "possible"
    UNKNOWN = "unknown"


class Advice(msgspec.Struct, frozen=True):
    """The fix, in the words of each language."""

    hcl: str
    yaml: str

    def for_type(self, type_: str) -> str:
        """The fix in the language that resources of this type are written in."""
        return self.yaml if "::" in type_ else self.hcl


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """The documentation of a rule: `explain RULE` and the page of the manual.

    `hcl` and `yaml` (resources of a template) are examples that the rule finds in a scan with
    the options `given`, with their fix as a comment.
    """

    what: str
    why: str
    hcl: str = ""
    yaml: str = ""
    given: tuple[str, ...] = ()
    limits: str


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """What a finding is about: a resource of an input, or one device of it."""

    input: str
    address: str
    type: str
    location: Location
    device: str | None = None
    launch: str | None = None

    @classmethod
    def of(cls, device: Device) -> Subject:
        """A device of the report."""
        return cls(
            input=device.input,
            address=device.address,
            type=device.type,
            location=device.location,
            device=device.device,
            launch=device.launch,
        )

    @classmethod
    def of_resource(cls, resource: Resource, path: str) -> Subject:
        """A resource of the input at `path`."""
        return cls(
            input=path,
            address=resource.address,
            type=resource.type,
            location=Location.of(resource.origin, path),
        )


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of finding.

    `fails` is what `--fail-on` calls it; `None` fails no run. With `strict` it fails one that
    is run with `--strict`, which takes everything seriously but notes.
    """

    id: str
    name: str
    title: str
    level: Level
    certainty: Certainty
    fails: FailOn | None
    help: Advice
    page: Page
    strict: bool = False

    def finding(self, about: Subject, message: str, facts: Iterable[str]) -> Finding:
        """A finding of this kind about something.

        `facts` are what decided; with rule, address, device and launch they are the identity
        of the finding (its fingerprint), so that it is another one when they change, and the
        same one when lines move.
        """
        parts = (self.id, about.address, about.device or "", about.launch or "")
        identity = "\0".join((*parts, *sorted(set(facts))))
        return Finding(
            rule=self.id,
            level=self.level,
            certainty=self.certainty,
            address=about.address,
            device=about.device,
            message=message,
            help=self.help.for_type(about.type),
            location=about.location,
            launch=about.launch,
            input=about.input,
            fingerprint=hashlib.sha256(identity.encode("utf-8", "surrogatepass")).hexdigest()[:32],
        )


class Context(msgspec.Struct, frozen=True, kw_only=True):
    """What a predicate may know beside the device: its siblings, and the types of the input.

    `siblings` are the devices of the same launch, the device itself among them.
    """

    siblings: Sequence[Device] = ()
    types: frozenset[str] = frozenset()


class DeviceRule(Rule, frozen=True, kw_only=True):
    """A rule that looks at one device, its outcomes and its siblings.

    `helps` holds another fix for what these rows of the tables decide.
    """

    applies: Callable[[Device, Context], bool]
    message: Callable[[Device, Context], str]
    helps: Mapping[str, Advice] = msgspec.field(default_factory=dict)

    def judge(self, device: Device, context: Context) -> Finding | None:
        """The finding about a device, or `None` where the rule does not apply."""
        if not self.applies(device, context):
            return None
        facts = (f"{o.symbol}/{o.row}" for o in device.outcomes)
        found = self.finding(Subject.of(device), self.message(device, context), facts)
        rows = {outcome.row for outcome in device.outcomes}
        fix = self.helps.get(rows.pop()) if len(rows) == 1 else None
        return found if fix is None else replace(found, help=fix.for_type(device.type))
