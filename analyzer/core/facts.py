"""Facts: questions with a finite set of answers that a verdict can hang on."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import field, replace

from analyzer.core.records import dataclass

__all__ = [
    "DOUBTS",
    "GIVEN",
    "OTHER",
    "Fact",
    "Impossible",
    "Known",
    "Undetermined",
    "fact_name",
    "means_the_same",
]

#: Names that mean the same in every input of a run: ids of AWS, and what CloudFormation looks up.
#: (Patterns as text: they are compiled where there are several inputs.)
_EVERYWHERE = (
    r"(?:launch template )?[a-z]{1,8}-[0-9a-f]{8,}\b|arn:|alias/"
    r"|AWS::|ssm\(|ssm-secure\(|secretsmanager\(|export |zones\("
)
#: Facts of an account and Region. One without a number is that of the ordinary credentials.
_SETTINGS = ("encryption_by_default", "default_key", "default_key_id")
_SETTINGS_EVERYWHERE = r"(?:[0-9]{12}/)?[^/]*"


#: The answer that stands for every value that the input does not name.
OTHER = "(any other)"
#: The answer that stands for every value where the input names none.
GIVEN = "given"


@dataclass(frozen=True, slots=True)
class Fact:
    """One question about the world.

    `kind` and `scope` are its identity: two devices that ask for the same kind in the same
    scope hang on one fact and never get different answers in one world. `domain` lists the
    possible answers, `question` is for people. Within an input that is all; `home` is the input
    where several are told apart.
    """

    kind: str
    scope: str = ""
    domain: tuple[str, ...] = field(default=(), compare=False)
    question: str = field(default="", compare=False)
    home: str = ""

    @property
    def name(self) -> str:
        """The words that settle it: `--assume NAME=ANSWER`; in every input, if several have it."""
        return fact_name(self.kind, self.scope)

    @property
    def names(self) -> tuple[str, ...]:
        """The words that settle it, those first that do so in its own input alone."""
        if not (self.home and self.scope):
            return (self.name,)
        return fact_name(self.kind, f"{self.home}:{self.scope}"), self.name

    @property
    def is_everywhere(self) -> bool:
        """Whether every input that asks it asks one and the same thing."""
        if self.kind in _SETTINGS:
            return re.fullmatch(_SETTINGS_EVERYWHERE, self.scope) is not None
        return not self.scope or means_the_same(self.scope)

    def at(self, home: str, others: Collection[str] = ()) -> Fact:
        """This fact of an input, or of that one of `others` whose value the input imports."""
        for path in others:
            if self.scope.startswith(f"{path}:"):
                return replace(self, scope=self.scope[len(path) + 1 :], home=path)
        return replace(self, home=home)

    @property
    def is_doubt(self) -> bool:
        """Whether AWS's documents leave it open (`OQ-n`), so that no user can look it up."""
        return self.kind.startswith("OQ-")


def fact_name(kind: str, scope: str) -> str:
    """`kind(scope)`; a value of the input (`kind` "value") is called by its scope alone."""
    if kind == "value":
        return scope
    return f"{kind}({scope})" if scope else kind


def means_the_same(name: str) -> bool:
    """Whether a name, as the scope of a fact or of an unknown value, is of no input's own."""
    return re.match(_EVERYWHERE, name) is not None


class Undetermined(Exception):
    """A fact was read that this world does not decide yet."""

    def __init__(self, fact: Fact) -> None:
        self.fact = fact


class Impossible(Exception):
    """The answers assumed so far contradict each other: no such world exists."""


@dataclass(frozen=True, slots=True)
class Known:
    """Answers that hold in every world of a run.

    `answers` maps a fact's name to its answer. An answer under the bare kind
    (`encryption_by_default`) holds for every scope that has none of its own.
    """

    answers: Mapping[str, str] = field(default_factory=dict)

    def answer(self, fact: Fact) -> str | None:
        """The known answer to `fact`, or `None`."""
        answers = self.answers
        if not answers:
            return None
        found = answers.get(fact.name)
        if found is None and fact.kind != "value":
            found = answers.get(fact.kind)
        return found


def _doubt(number: int, question: str, *domain: str) -> Fact:
    return Fact(f"OQ-{number}", "", domain, question)


#: What AWS's documents leave open, by id. A doubt is a fact like any other: shared by the
#: whole run, and settled by a user who has seen what AWS does.
DOUBTS: dict[str, Fact] = {
    fact.kind: fact
    for fact in (
        _doubt(
            1,
            "Does encryption by default make KmsKeyId without Encrypted legal?",
            "no",
            "yes",
        ),
        _doubt(
            3,
            "Does encryption by default override Encrypted=false for an encrypted snapshot?",
            "no",
            "yes",
        ),
        _doubt(
            4,
            "Does CreateVolume ignore Encrypted=false when the snapshot is encrypted?",
            "yes",
            "no",
        ),
        _doubt(5, "Does CopySnapshot ignore an explicit Encrypted=false?", "no", "yes"),
        _doubt(
            6,
            "Which document is right about the key of a copied encrypted snapshot when no key is "
            "given: the EBS guide of today, its 2023 edition, or the API reference?",
            "guide",
            "api",
            "guide-2023",
        ),
        _doubt(
            7,
            "Which key does CopyImage use for an encrypted snapshot that comes from another "
            "Region: the default key or the AWS managed key?",
            "default-key",
            "aws-managed-key",
        ),
        _doubt(
            8,
            "Which edition is right about CopyVolumes: the API reference of 2026-09, or the texts "
            "of 2025?",
            "2026",
            "2025",
        ),
        _doubt(
            11,
            "May a launch give the root device a snapshot other than the image's?",
            "no",
            "yes",
        ),
        _doubt(
            12,
            "Does a device of the request merge with the launch template's device field by field, "
            "or replace it as a whole?",
            "merge",
            "replace",
        ),
        _doubt(
            15,
            "Does the destination Local Zone encrypt every snapshot copy?",
            "no",
            "yes",
        ),
        _doubt(
            16,
            "Does EC2 accept a launch that removes the root device by NoDevice, so that the "
            "instance has nothing to boot from?",
            "no",
            "yes",
        ),
        _doubt(
            18,
            "What does a cross-Region copy rule with a key and Encrypted=false do: use the key, or "
            "ignore it?",
            "key-used",
            "key-ignored",
        ),
        _doubt(
            19,
            "Does a copy of an image to an Outpost override an explicit Encrypted=false?",
            "yes",
            "no",
        ),
        _doubt(
            20,
            "May one request map the root device twice: as the root, and by its name?",
            "no",
            "yes",
        ),
    )
}
