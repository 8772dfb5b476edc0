"""The report: what every output format reads, and what `-o json` writes (version 1).

Within version 1 fields are only ever added. `ebs-plan schema report` prints its JSON Schema.
Texts are the input's own; whoever prints one encodes it for its reader first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec

if TYPE_CHECKING:
    from analyzer.core.values import Origin

__all__ = [
    "KEY_WORDS",
    "SCHEMA_ID",
    "Device",
    "Evidence",
    "Finding",
    "Input",
    "Key",
    "Link",
    "Location",
    "NotAnalyzed",
    "Outcome",
    "Place",
    "Problem",
    "Proof",
    "Question",
    "Report",
    "Requested",
    "State",
    "Step",
    "Summary",
    "Suppressed",
    "Tool",
    "When",
]

SCHEMA_ID = "urn:ebs-plan:schema:report:1"

Verdict = Literal["encrypted", "unencrypted", "rejected", "depends"]


class Tool(msgspec.Struct, frozen=True, kw_only=True):
    """What wrote the report."""

    name: str = "ebs-plan"
    version: str = ""


class Input(msgspec.Struct, frozen=True, kw_only=True):
    """One input of the run; `notes` say why it tells only a part.

    `assumed` are the parameters that stand at their defaults, which who deploys can change.
    """

    path: str
    format: str
    status: Literal["analyzed", "partly", "unreadable"]
    notes: list[str] = []
    assumed: dict[str, str] = {}


class Location(msgspec.Struct, frozen=True, kw_only=True):
    """Where something was written; lines and columns count from 1."""

    path: str
    line: int | None = None
    column: int | None = None
    pointer: str | None = None

    @classmethod
    def of(cls, origin: Origin, path: str) -> Location:
        """Where a value comes from; `path` is the input's, for an origin that names no file."""
        return cls(
            path=origin.path or path,
            line=origin.line,
            column=origin.column,
            pointer=origin.pointer or None,
        )


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """An account and a Region; null where the input does not tell."""

    account: str | None = None
    region: str | None = None


class Requested(msgspec.Struct, frozen=True, kw_only=True):
    """What the request says: `true`, `false`, `absent`, `unknown`, or the name of a key."""

    encrypted: str
    kms_key_id: str


#: How a key was chosen, for people.
KEY_WORDS = {
    "requested": "a key that is not known yet",
    "source": "the key of its source",
    "account-default": "the account's default key",
    "aws-managed": "the AWS managed key",
}


class Key(msgspec.Struct, frozen=True, kw_only=True):
    """A KMS key: how it was chosen, and which it is, where that is known."""

    kind: Literal["requested", "source", "account-default", "aws-managed"]
    ref: str | None = None


class When(msgspec.Struct, frozen=True, kw_only=True, rename={"is_": "is"}):
    """An answer that an outcome assumes; several that do are joined by `|`."""

    fact: str
    is_: str


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """One outcome that remains possible."""

    symbol: str
    outcome: Literal["encrypted", "unencrypted", "rejected"]
    key: Key | None = None
    code: str | None = None
    late: bool = False
    when: list[When] = []
    row: str
    because: str = ""


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """A fact that settles something: its name, as `--assume` takes it, and its answers."""

    fact: str
    question: str
    answers: list[str]
    doubt: bool = False


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """A fact that was known, and who told it: the command line, a facts file, AWS, the input."""

    fact: str
    answer: str
    source: str
    location: Location | None = None


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One step of an explanation: what is looked at, what it says, and where it is written."""

    what: str
    says: list[str] = []
    location: Location | None = None


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """How a decision was reached, where that was asked for.

    `chain` leads from where everything starts (an image, a snapshot) to what is made;
    `merge` lists the device mappings in the order in which they override each other, and
    what comes out last; `evidence` lists the facts that were known.
    """

    chain: list[Step] = []
    merge: list[Step] = []
    evidence: list[Evidence] = []


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """One link of the chain that a device is made from: a resource's address, or an id."""

    role: Literal["snapshot", "volume", "image", "copy", "template", "launch"]
    name: str
    location: Location | None = None


class State(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of a device: its verdict, and the key that all worlds agree on."""

    verdict: Verdict
    key: Key | None = None


class Device(msgspec.Struct, frozen=True, kw_only=True):
    """One volume or snapshot that the input makes.

    `before` is the state of the one that it replaces, where the input tells it.
    """

    id: str
    input: str
    address: str
    type: str
    device: str | None
    root: bool
    kind: Literal["volume", "snapshot"]
    operation: str
    place: Place
    requested: Requested
    verdict: Verdict
    key: Key | None
    outcomes: list[Outcome]
    settle: list[str]
    location: Location
    questions: list[Question] = []
    launch: str | None = None
    launcher: str | None = None
    action: str = "create"
    before: State | None = None
    notes: list[str] = []
    chain: list[Link] = []
    proof: Proof | msgspec.UnsetType = msgspec.UNSET


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """Something to act on."""

    rule: str
    level: Literal["error", "warning", "note"]
    certainty: Literal["certain", "possible"]
    address: str
    device: str | None
    message: str
    help: str
    location: Location
    fingerprint: str
    launch: str | None = None
    input: str = ""
    fix: str = ""


class Suppressed(msgspec.Struct, frozen=True, kw_only=True):
    """A finding that somebody decided to live with: who says so, why, and until when.

    `by` is where that is written: a comment or Metadata in the code, the configuration, or a
    baseline. `location` is the place of that decision, not of the finding.
    """

    finding: Finding
    by: Literal["inline", "config", "baseline"]
    reason: str
    until: str | None = None
    location: Location | None = None


class NotAnalyzed(msgspec.Struct, frozen=True, kw_only=True):
    """A part of the input that was not decided, and why.

    With `other_service` it is the storage of another service, which no rule of EBS is about.
    """

    address: str
    reason: str
    location: Location
    count: int = 1
    other_service: bool = False


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """An input, or a part of one, that could not be read."""

    path: str
    code: str
    message: str
    line: int | None = None
    column: int | None = None
    hint: str | None = None


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """The numbers of the run."""

    devices: int = 0
    encrypted: int = 0
    unencrypted: int = 0
    rejected: int = 0
    depends: int = 0
    not_analyzed: int = 0


class Report(msgspec.Struct, frozen=True, kw_only=True, rename={"schema": "$schema"}):
    """Everything that a run found out.

    `skipped` are the files of a folder that hold none of what is analyzed.
    """

    schema: str = SCHEMA_ID
    version: int = 1
    tool: Tool
    inputs: list[Input]
    devices: list[Device]
    findings: list[Finding] = []
    suppressed: list[Suppressed] = []
    not_analyzed: list[NotAnalyzed] = []
    problems: list[Problem] = []
    notes: list[str] = []
    skipped: list[str] = []
    summary: Summary
