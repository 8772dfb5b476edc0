"""What a well-known question can be answered with, and other spellings of the answers."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches

from analyzer.core.facts import DOUBTS
from analyzer.text import shown

__all__ = ["normal_answer"]

#: Kinds of facts that may be answered for every scope at once, with their answers.
_KINDS: Mapping[str, tuple[str, ...]] = {
    "encryption_by_default": ("on", "off"),
    "default_key": ("aws_managed", "customer_managed"),
    "owner": ("self", "other"),
    "snapshot": ("none", "unencrypted", "encrypted"),
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


def normal_answer(name: str, answer: str) -> str:
    """The answer to the fact called `name`, in the fact's own words.

    Raises `ValueError` with words for the user where a well-known kind of fact has no such
    answer.
    """
    kind = name.partition("(")[0]
    answer = _SYNONYMS.get(kind, {}).get(answer, answer)
    domain = _KINDS.get(kind)
    if domain is not None and answer not in domain:
        near = get_close_matches(answer, domain, n=1)
        guess = f". Did you mean {near[0]}?" if near else ""
        raise ValueError(f"{shown(name)}: one of {', '.join(domain)}, not {shown(answer)}{guess}")
    return answer
