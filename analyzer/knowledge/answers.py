"""What a well-known question can be answered with, and other spellings of the answers."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches

from analyzer.core.facts import DOUBTS
from analyzer.text import shown

__all__ = ["normal_answer"]

#: Kinds of facts whose answers are names or texts.
_NAMES = (
    *("alias", "default_key_id", "image_devices", "image_key", "root_device_name", "role"),
    *("key_grants", "key_manager", "key_policy", "key_region", "key_spec"),
    *("key_state", "key_usage", "snapshot_key", "volume_key"),
)

#: Kinds of facts that may be answered for every scope at once, with their answers.
_KINDS: Mapping[str, tuple[str, ...]] = {
    "encryption_by_default": ("on", "off"),
    "default_key": ("aws_managed", "customer_managed"),
    "owner": ("self", "other"),
    "snapshot": ("none", "unencrypted", "encrypted"),
    "volume": ("unencrypted", "encrypted"),
    "image": ("none", "unencrypted", "encrypted"),
    "image_maps": ("no", "yes"),
    "is_device": ("no", "yes"),
    "other_devices_encrypted": ("yes", "no"),
    "root_device_type": ("ebs", "instance-store"),
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
    answer, or is misspelled.
    """
    kind = name.partition("(")[0]
    _check_kind(kind, name)
    answer = _SYNONYMS.get(kind, {}).get(answer, answer)
    domain = _KINDS.get(kind)
    if domain is not None and answer not in domain:
        near = get_close_matches(answer, domain, n=1)
        guess = f". Did you mean {near[0]}?" if near else ""
        raise ValueError(f"{shown(name)}: one of {', '.join(domain)}, not {shown(answer)}{guess}")
    return answer


def _check_kind(kind: str, name: str) -> None:
    """Refuse what is nearly the name of a kind of fact; anything else may be a value's name."""
    if kind in _KINDS or kind in _NAMES:
        return
    if kind.startswith("OQ-"):
        raise ValueError(f"there is no open question {shown(name)}: {', '.join(DOUBTS)}")
    if "(" not in name and ("_" not in kind or "." in kind):
        return  # a parameter of CloudFormation, or a variable of Terraform
    near = get_close_matches(kind, (*_KINDS, *_NAMES), n=1, cutoff=0.85)
    if near:
        raise ValueError(f"there is no fact {shown(name)}. Did you mean {near[0]}?")
