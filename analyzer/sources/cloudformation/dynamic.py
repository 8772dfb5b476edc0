"""Dynamic references: `{{resolve:ssm:NAME}}` stands for a value that the deployment reads."""

from __future__ import annotations

import re
from dataclasses import replace

from analyzer.core.values import Datum, Given, Origin, Unknown

__all__ = ["resolved", "short_name"]

# The reference may itself name what is not known: {{resolve:ssm:/ami/${Env}}}
_REFERENCE = r"\{\{resolve:([a-z-]+):((?:[^{}]|\$\{[^{}]*\})*)\}\}"
_WHY = "read at deployment"

#: Names of unknowns are for people; the rest of a long text is told by its hash.
_MOST_NAME = 200


def resolved(text: str, origin: Origin) -> Datum:
    """A text, or the unknown that its dynamic references make of it."""
    name = named(text)
    if name is None:
        return Given(text, origin)
    return Unknown(short_name(name), _WHY, nullable=False, origin=origin)


def named(text: str) -> str | None:
    """The name of the unknown that the dynamic references in a text make; `None` without any.

    A text that is one reference as a whole is called `ssm(NAME)`.
    """
    if "{{" not in text:
        return None
    whole = re.fullmatch(_REFERENCE, text)
    if whole is not None:
        return f"{whole[1]}({whole[2]})"
    changed, count = re.subn(_REFERENCE, lambda found: f"${{{found[1]}({found[2]})}}", text)
    return changed if count else None


def short_name(name: str) -> str:
    """A name of bounded length that is still no other value's."""
    if len(name) <= _MOST_NAME:
        return name
    import hashlib

    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{name[: _MOST_NAME - 20]}...{digest[:16]}"


def renamed(unknown: Unknown) -> Unknown:
    """An unknown text, named by its dynamic references where it holds any."""
    name = named(unknown.name)
    return unknown if name is None else replace(unknown, name=short_name(name))
