"""AWS's page on encryption with EBS-backed images, statement by statement, as examples that run.

The page is the edition of 2020 ("Using encryption with EBS-backed AMIs", EC2 User Guide).
Each of its statements on launching and copying becomes one question to the decision tables;
where AWS behaves otherwise since, the example says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import TextWrapper

from analyzer.core.decision import Decision, whatif
from analyzer.core.tables import row_by_id

__all__ = ["STATEMENTS", "Statement", "as_text", "ask"]

_RUN, _COPY = "RunInstances", "CopyImage"


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One statement of the page: what it says, and the question that it answers.

    `symbols` are the outcomes that the tables leave, `rows` the rows that answer. `since`
    tells where AWS has changed, or documents more, since the page.
    """

    number: int
    section: str
    says: str
    operation: str
    facts: str
    symbols: tuple[str, ...]
    rows: tuple[str, ...]
    since: str = ""

    @property
    def command(self) -> str:
        """The question on the command line."""
        return f"ebs-plan whatif {self.operation} {self.facts}"


def ask(statement: Statement) -> Decision:
    """What the decision tables answer."""
    pairs = (pair.partition("=") for pair in statement.facts.split())
    return whatif(statement.operation, **{name: value for name, _, value in pairs})


_NOTHING = "encrypted=absent kms_key_id=absent"
_FLAG = "encrypted=true kms_key_id=absent"
_BOTH = "encrypted=true kms_key_id=given"
_HERE = "same_region=yes destination=region"
_COPIED_ELSEWHERE = (
    "A copy to another Region cannot keep the key, which lives in one Region: row CI-6."
)
_ONE_COPY = (
    "CopyImage takes one Encrypted and one KmsKeyId for all snapshots of an image, so the page's "
    "note that each can be configured by itself does not hold for one copy."
)

_LAUNCH = (
    (
        "launch without parameters",
        "an unencrypted snapshot becomes an unencrypted volume",
        f"{_NOTHING} snapshot=unencrypted encryption_by_default=off",
        "unencrypted",
        "RI-11",
        "",
    ),
    (
        "launch without parameters",
        "... unless encryption by default is on: then every new volume is encrypted",
        f"{_NOTHING} snapshot=unencrypted encryption_by_default=on",
        "DEFAULT",
        "RI-9",
        "",
    ),
    (
        "launch without parameters",
        "an encrypted snapshot of yours becomes a volume under the same key",
        f"{_NOTHING} snapshot=encrypted owner=self",
        "SNAPSHOT",
        "RI-6",
        "Also with encryption by default on and another default key: it does not re-key.",
    ),
    (
        "launch without parameters",
        "an encrypted snapshot that is shared with you becomes a volume under your default key",
        f"{_NOTHING} snapshot=encrypted owner=other",
        "DEFAULT",
        "RI-7",
        "",
    ),
    (
        "launch with Encrypted only",
        "an unencrypted snapshot becomes a volume under your default key",
        f"{_FLAG} snapshot=unencrypted",
        "DEFAULT",
        "RI-8",
        "",
    ),
    (
        "launch with Encrypted only",
        "an encrypted snapshot of yours keeps its key: the parameter has no effect",
        f"{_FLAG} snapshot=encrypted owner=self",
        "SNAPSHOT",
        "RI-6",
        "",
    ),
    (
        "launch with Encrypted only",
        "a shared encrypted snapshot gets your default key: the parameter has no effect",
        f"{_FLAG} snapshot=encrypted owner=other",
        "DEFAULT",
        "RI-7",
        "",
    ),
    (
        "launch with Encrypted and KmsKeyId",
        "an unencrypted snapshot becomes a volume under the key that is named",
        f"{_BOTH} snapshot=unencrypted",
        "REQUESTED",
        "RI-3",
        "",
    ),
    (
        "launch with Encrypted and KmsKeyId",
        "an encrypted snapshot becomes a volume under the key that is named, not its own",
        f"{_BOTH} snapshot=encrypted",
        "REQUESTED",
        "RI-3",
        "",
    ),
    (
        "launch with KmsKeyId only",
        "a key without Encrypted is an error",
        "encrypted=absent kms_key_id=given encryption_by_default=off",
        "rejected",
        "RI-1",
        "With encryption by default on, nobody documents whether it stands in: row RI-2, OQ-1.",
    ),
    (
        "example: encrypt a volume during launch",
        "Encrypted alone is enough; the key is optional",
        f"{_FLAG} snapshot=unencrypted encryption_by_default=off",
        "DEFAULT",
        "RI-8",
        "",
    ),
    (
        "example: re-encrypt a volume during launch",
        "owned and without parameters, the volume has the key of the snapshot",
        f"{_NOTHING} snapshot=encrypted owner=self encryption_by_default=off",
        "SNAPSHOT",
        "RI-6",
        "",
    ),
    (
        "example: re-encrypt a volume during launch",
        "with both parameters, the volume has the key that is named",
        f"{_BOTH} snapshot=encrypted owner=other encryption_by_default=off",
        "REQUESTED",
        "RI-3",
        "",
    ),
    (
        "example: several volumes",
        "with both parameters everywhere, it does not matter who owns the image",
        _BOTH,
        "REQUESTED",
        "RI-3",
        "",
    ),
)

_COPIES = (
    (
        "copy without parameters",
        "an unencrypted snapshot is copied to an unencrypted snapshot",
        f"{_NOTHING} snapshot=unencrypted encryption_by_default=off {_HERE}",
        "unencrypted",
        "CI-11",
        "A copy to an Outpost is always encrypted.",
    ),
    (
        "copy without parameters",
        "... unless encryption by default is on: then every new snapshot is encrypted",
        f"{_NOTHING} snapshot=unencrypted encryption_by_default=on {_HERE}",
        "DEFAULT",
        "CI-9",
        "",
    ),
    (
        "copy without parameters",
        "an encrypted snapshot of yours is copied under the same key",
        f"{_NOTHING} snapshot=encrypted owner=self {_HERE}",
        "SNAPSHOT",
        "CI-5",
        _COPIED_ELSEWHERE,
    ),
    (
        "copy without parameters",
        "a shared encrypted snapshot is copied under your default key",
        f"{_NOTHING} snapshot=encrypted owner=other {_HERE}",
        "DEFAULT",
        "CI-7",
        "",
    ),
    (
        "copy with Encrypted only",
        "an unencrypted snapshot is copied under your default key",
        f"{_FLAG} snapshot=unencrypted {_HERE}",
        "DEFAULT",
        "CI-8",
        "",
    ),
    (
        "copy with Encrypted only",
        "an encrypted snapshot keeps its key: the parameter has no effect",
        f"{_FLAG} snapshot=encrypted owner=self {_HERE}",
        "SNAPSHOT",
        "CI-5",
        _COPIED_ELSEWHERE,
    ),
    (
        "copy with Encrypted only",
        "a shared encrypted snapshot gets your default key: the parameter has no effect",
        f"{_FLAG} snapshot=encrypted owner=other {_HERE}",
        "DEFAULT",
        "CI-7",
        "",
    ),
    (
        "copy with Encrypted and KmsKeyId",
        "an unencrypted snapshot is copied under the key that is named",
        f"{_BOTH} snapshot=unencrypted {_HERE}",
        "REQUESTED",
        "CI-3",
        "",
    ),
    (
        "copy with Encrypted and KmsKeyId",
        "an encrypted snapshot is copied under the key that is named, not its own",
        f"{_BOTH} snapshot=encrypted {_HERE}",
        "REQUESTED",
        "CI-3",
        "",
    ),
    (
        "copy with KmsKeyId only",
        "a key without Encrypted is an error",
        f"encrypted=absent kms_key_id=given encryption_by_default=off {_HERE}",
        "rejected",
        "CI-1",
        "With encryption by default on, nobody documents whether it stands in: row CI-2, OQ-1.",
    ),
    (
        "example: encrypt an image during copy",
        "encryption by default has the effect of Encrypted=true for all snapshots of the image",
        f"{_NOTHING} snapshot=unencrypted owner=self encryption_by_default=on {_HERE}",
        "DEFAULT",
        "CI-9",
        _ONE_COPY,
    ),
)

#: Every statement of the page on launching and copying.
STATEMENTS: tuple[Statement, ...] = tuple(
    Statement(
        number=number,
        section=section,
        says=says,
        operation=operation,
        facts=facts,
        symbols=tuple(symbols.split()),
        rows=tuple(rows.split()),
        since=since,
    )
    for number, (operation, (section, says, facts, symbols, rows, since)) in enumerate(
        [*((_RUN, told) for told in _LAUNCH), *((_COPY, told) for told in _COPIES)], 1
    )
)


def as_text(width: int = 80) -> str:
    """Every statement with its question, the answer of the tables, and the row that gives it."""
    lines: list[str] = []
    section = ""
    for statement in STATEMENTS:
        if statement.section != section:
            section = statement.section
            lines += ["", section] if lines else [section]
        lines += _wrapped(f"{statement.number}. {statement.says}", width, 2, 4)
        lines += _wrapped(f"$ {statement.command}", width, 6, 4)
        for outcome in ask(statement).outcomes:
            row = row_by_id(outcome.row)
            says = row.says if row is not None else ""
            lines += _wrapped(f"{outcome.symbol} [{outcome.row}: {says}]", width, 6, 2)
        if statement.since:
            lines += _wrapped(f"since then: {statement.since}", width, 6, 2)
    return "\n".join(lines) + "\n"


def _wrapped(text: str, width: int, indent: int, hang: int) -> list[str]:
    wrapper = TextWrapper(
        width=width,
        initial_indent=" " * indent,
        subsequent_indent=" " * (indent + hang),
        break_on_hyphens=False,
    )
    return wrapper.wrap(text)
