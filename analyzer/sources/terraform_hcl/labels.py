"""Canonical texts of values: an unknown value is called by what yields it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence

from analyzer.core.values import Absent, Choice, Datum, Given, Reference, Scalar, Unknown
from analyzer.sources.terraform_hcl.arithmetic import decimal_text
from analyzer.sources.terraform_hcl.partial import Failure, is_data, subvalues

__all__ = ["derived", "fails", "label", "scalar_text", "shortened"]

_NAME_LENGTH = 120


def fails(name: str, why: str) -> Failure:
    """The result of an operation that Terraform refuses."""
    return Failure(shortened(name), why)


def derived(name: str, *sources: Datum, why: str = "") -> Unknown:
    """The unknown result of an operation, called `name`; it is unknown because a source is."""
    return Unknown(shortened(name), why or _why(sources))


def _why(sources: Sequence[Datum]) -> str:
    for source in sources:
        for part in subvalues(source):
            if isinstance(part, Unknown):
                return part.why
            if isinstance(part, Choice):
                return "it depends on what is not known"
            if isinstance(part, Given) and isinstance(part.value, Reference):
                is_read = is_data(part.value)
                return "a data source is read by the plan" if is_read else "known after apply"
    return "it is not calculated without Terraform"


def shortened(name: str) -> str:
    """A name that is not too long to read, and differs where the long ones differ."""
    if len(name) <= _NAME_LENGTH:
        return name
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    return f"{name[: _NAME_LENGTH - 14]}~{digest}"


def scalar_text(value: Scalar) -> str:
    """A scalar as Terraform writes it into a text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return decimal_text(value)
    return "null" if value is None else str(value)


def label(datum: Datum) -> str:
    """The canonical text of a datum, for names: equal data have equal labels, others differ.

    Sensitive and long values show as a digest.
    """
    if isinstance(datum, Unknown):
        return datum.name
    if isinstance(datum, Absent):
        return "null"
    if isinstance(datum, Given):
        value = datum.value
        if isinstance(value, Reference):
            return f"{value.address}.{value.attribute}" if value.attribute else value.address
        if not isinstance(value, (Mapping, tuple)):
            text = json.dumps(value) if isinstance(value, str) else scalar_text(value)  # type: ignore[arg-type]
            return f"~{_digest(text)}" if datum.sensitive or len(text) > 48 else text
        text = _brief(value)
        if text:
            return text
    return f"~{_digest(_canonical(datum))}"


def _brief(value: object) -> str:
    """A list or map of few scalars in full; empty for a larger one."""
    if isinstance(value, tuple) and len(value) <= 4:
        text = ", ".join(label(item) for item in value if _is_flat(item))
        return f"[{text}]" if all(map(_is_flat, value)) and len(text) <= 48 else ""
    if isinstance(value, Mapping) and len(value) <= 4:
        pairs = (f"{json.dumps(k)} = {label(v)}" for k, v in sorted(value.items()) if _is_flat(v))
        text = ", ".join(pairs)
        return f"{{{text}}}" if all(map(_is_flat, value.values())) and len(text) <= 48 else ""
    return ""


def _is_flat(datum: Datum) -> bool:
    if isinstance(datum, Given):
        return not isinstance(datum.value, (Mapping, tuple))
    return not isinstance(datum, Choice)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]


#: Digests by identity, each with its datum, which keeps the identity its own: maps of settings
#: are named again and again.
_digests: dict[int, tuple[Datum, str]] = {}
_MOST_DIGESTS = 100_000


def _canonical(datum: Datum) -> str:
    """The digest of a compound value, from the digests of what is in it."""
    global _digests  # noqa: PLW0603 - what is forgotten is calculated again
    if len(_digests) > _MOST_DIGESTS:
        _digests = {}
    made = _digests
    for here in subvalues(datum, made):
        made[id(here)] = here, _digest(_shallow(here, made))
    return made[id(datum)][1]


def _shallow(here: Datum, made: Mapping[int, tuple[Datum, str]]) -> str:
    if isinstance(here, Choice):
        pairs = (f"{key}:{made[id(branch)][1]}" for key, branch in here.branches.items())
        return f"?{here.fact.name}({','.join(pairs)})"
    if isinstance(here, Given) and isinstance(here.value, Mapping):
        return f"{{{','.join(f'{k!r}:{made[id(v)][1]}' for k, v in sorted(here.value.items()))}}}"
    if isinstance(here, Given) and isinstance(here.value, tuple):
        return f"[{','.join(made[id(part)][1] for part in here.value)}]"
    return label(here)
