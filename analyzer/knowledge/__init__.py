"""Where missing facts come from: the command line, a facts file, AWS."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches

from analyzer.core.facts import DOUBTS, Fact
from analyzer.errors import UsageError

__all__ = ["Assumptions", "parse_assumptions"]

#: Kinds of facts that `--assume` may set for every scope at once, with their answers.
_KINDS: Mapping[str, tuple[str, ...]] = {
    "encryption_by_default": ("on", "off"),
    "default_key": ("aws_managed", "customer_managed"),
    "owner": ("self", "other"),
    "snapshot": ("unencrypted", "encrypted"),
    "volume": ("unencrypted", "encrypted"),
    "image": ("none", "unencrypted", "encrypted"),
    "other_devices_encrypted": ("yes", "no"),
    "applied_first": ("yes", "no"),
    "removed_first": ("yes", "no"),
    **{name: doubt.domain for name, doubt in DOUBTS.items()},
}

#: Other spellings of an answer that people write.
_SYNONYMS: Mapping[str, Mapping[str, str]] = {
    "encryption_by_default": {"true": "on", "false": "off", "enabled": "on", "disabled": "off"},
    "owner": {"us": "self", "me": "self", "yes": "self", "shared": "other"},
}


@dataclass(slots=True)
class Assumptions:
    """Answers by the names of facts; remembers which ones a run asked for."""

    answers: Mapping[str, str]
    used: set[str] = field(default_factory=set)

    def answer(self, fact: Fact) -> str | None:
        """The answer to a fact: by its name, else by its kind for every scope."""
        if not self.answers:
            return None
        for name in (fact.name, fact.kind):
            found = self.answers.get(name)
            if found is not None and (name != "value"):
                self.used.add(name)
                return found
        return None

    def unused(self) -> list[str]:
        """The names that no decision of the run asked for."""
        return [name for name in self.answers if name not in self.used]


def parse_assumptions(texts: Iterable[str]) -> dict[str, str]:
    """Read `FACT=ANSWER` texts, in the words that a report prints after "to settle it".

    Returns answers by the fact's name. Raises `UsageError` for what is no such text, or an
    answer that a well-known kind of fact does not have.
    """
    answers: dict[str, str] = {}
    for item in texts:
        name, equals, answer = item.rpartition("=")
        if not equals or not name or not answer:
            raise UsageError(
                f"--assume takes FACT=ANSWER, such as encryption_by_default=on, not {item!r}"
            )
        kind = name.partition("(")[0]
        answer = _SYNONYMS.get(kind, {}).get(answer, answer)
        domain = _KINDS.get(kind)
        if domain is not None and answer not in domain:
            near = get_close_matches(answer, domain, n=1)
            guess = f" Did you mean {near[0]}?" if near else ""
            raise UsageError(f"--assume {name}: one of {', '.join(domain)}, not {answer!r}.{guess}")
        answers[name] = answer
    return answers
