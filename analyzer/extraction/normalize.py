"""Written arguments become what AWS is asked: one reading of Booleans, empty texts, Regions."""

from __future__ import annotations

from collections.abc import Mapping

from analyzer.core.facts import GIVEN, Fact
from analyzer.core.model import Place
from analyzer.core.values import (
    ABSENT,
    Absent,
    Choice,
    Datum,
    Given,
    Reference,
    Unknown,
    at,
    text,
)
from analyzer.resources.spec import CopiesImage, Makes, NoDevice, When
from analyzer.sources.document import Resource
from analyzer.walking import Block, Conditions, map_leaves

__all__ = [
    "destination",
    "exists_in",
    "filled",
    "flag",
    "get",
    "given_or_not",
    "present",
    "removal",
    "same_region",
    "scalar",
    "under",
    "worded",
]


def get(resource: Resource, block: Block, path: str) -> Datum:
    """The datum at a table's path: of the block, or of the resource if it starts with `/`."""
    return at(Given(resource.body), path[1:]) if path[:1] == "/" else block.get(path)


def filled(datum: Datum) -> Datum:
    """A datum with an empty string read as absent, as Terraform and EC2 read it."""
    return map_leaves(datum, Absent(datum.origin))


def flag(datum: Datum) -> Datum:
    """A Boolean argument: the strings that mean one are read as it, `""` as absent.

    Another text stays as it is: the request that holds it is refused.
    """
    datum = filled(datum)
    if isinstance(datum, Given) and not isinstance(datum.value, bool):
        word = str(datum.value).lower()
        if word in ("true", "t", "1"):
            return Given(True, datum.origin)
        if word in ("false", "f", "0"):
            return Given(False, datum.origin)
        if isinstance(datum.value, Reference):
            name = f"{datum.value.address}.{datum.value.attribute}".rstrip(".")
            return Unknown(name, nullable=False, origin=datum.origin)
    if isinstance(datum, Choice):
        return datum.map(flag)
    return datum


def removal(datum: Datum, removes: NoDevice) -> Datum:
    """Whether a mapping removes its device, as a Boolean datum."""
    if removes is NoDevice.NEVER or isinstance(datum, Absent):
        return ABSENT
    if removes is NoDevice.WHEN_PRESENT:
        return present(datum)
    return flag(datum)


def present(datum: Datum) -> Datum:
    """True wherever something is given."""
    if isinstance(datum, Choice):
        return datum.map(present)
    return datum if isinstance(datum, (Absent, Unknown)) else Given(True, datum.origin)


def given_or_not(datum: Datum) -> Datum:
    """True where something is given, absent where nothing is; an unknown is one or the other."""
    if isinstance(datum, Unknown):
        if not datum.nullable:
            return Given(True, datum.origin)
        fact = Fact("value", datum.name, (GIVEN, "absent"), f"Is {datum.name} given?")
        return Choice(fact, {GIVEN: Given(True), "absent": ABSENT}, datum.origin)
    if isinstance(datum, Choice):
        return datum.map(given_or_not)
    return present(datum)


def worded(datum: Datum, words: Mapping[str, str]) -> Datum:
    """A word of a service as the Boolean that it amounts to (`DEFAULT`, `CUSTOM`, `NONE`)."""
    if not words:
        return datum
    if isinstance(datum, Choice):
        return datum.map(lambda branch: worded(branch, words))
    if isinstance(datum, Unknown):
        fact = Fact("value", datum.name, tuple(words), f"What is {datum.name}? ({datum.why})")
        branches = {word: _boolean(meaning) for word, meaning in words.items()}
        return Choice(fact, branches, datum.origin)
    if isinstance(datum, Given) and isinstance(datum.value, str):
        return _boolean(words.get(datum.value, datum.value))
    return datum


def _boolean(meaning: str) -> Datum:
    return ABSENT if meaning == "absent" else Given(meaning == "true")


def under(
    exists: Datum, resource: Resource, block: Block, only_if: When | None, unless: When | None
) -> Datum:
    """Whether something is there, as a Boolean datum, under the conditions of a table."""
    for when, wanted in ((only_if, True), (unless, False)):
        if when is not None:
            exists = _both(exists, _meets(get(resource, block, when.path), when, wanted))
    return exists


def _meets(datum: Datum, when: When, wanted: bool) -> Datum:
    if isinstance(datum, Choice):
        return datum.map(lambda inner: _meets(inner, when, wanted))
    if isinstance(datum, Unknown):
        if not when.values:
            return _not(given_or_not(datum)) if not wanted else _certain(given_or_not(datum))
        domain = (*when.values, "other")
        fact = Fact("value", datum.name, domain, f"What is {datum.name}? ({datum.why})")
        branches = {word: Given((word != "other") is wanted) for word in domain}
        return Choice(fact, branches, datum.origin)
    if isinstance(datum, Absent):
        return Given(when.missing is wanted)
    return Given((not when.values or str(datum.value) in when.values) is wanted)


def _certain(datum: Datum) -> Datum:
    """An absent Boolean as a false one."""
    if isinstance(datum, Choice):
        return datum.map(_certain)
    return datum if isinstance(datum, Given) else Given(False)


def _not(datum: Datum) -> Datum:
    datum = _certain(datum)
    if isinstance(datum, Choice):
        return datum.map(_not)
    return Given(datum != Given(True))


def _both(one: Datum, other: Datum) -> Datum:
    """The conjunction of two Boolean data."""
    if isinstance(one, Given):
        return other if one.value is True else one
    if isinstance(one, Choice):
        return one.map(lambda branch: _both(branch, other))
    return _both(other, one) if isinstance(other, (Given, Choice)) else one


def same_region(source: Datum, part: Makes | CopiesImage, place: Place) -> Datum:
    """Whether a copy stays in its Region, over the words yes and no."""
    if isinstance(part, Makes) and part.other_region:
        return Given("no")
    if not part.source_region or isinstance(source, Absent):
        return Given("yes")
    region = text(source)
    if region is None or place.region is None or isinstance(source, Unknown):
        name = getattr(source, "name", None) or f"{region or 'source'} is the Region of the copy"
        return Unknown(name, "a Region is not known", ("yes", "no"), nullable=False)
    return Given("yes" if region == place.region else "no")


def destination(outpost: Datum) -> Datum:
    """Where a copy goes, over the words region and outpost, by the Outpost's ARN."""
    outpost = filled(outpost)
    if isinstance(outpost, Absent):
        return Given("region")
    if isinstance(outpost, Given):
        return Given("outpost")
    if isinstance(outpost, Choice):
        return outpost.map(destination)
    where = ("region", "outpost") if outpost.nullable else ("outpost",)
    return Unknown(f"destination by {outpost.name}", outpost.why, where, nullable=False)


def exists_in(resource: Resource, when: Conditions) -> Datum:
    """Whether a resource's block is there, as a Boolean datum."""
    datum = resource.exists
    for fact, answer in reversed(when):
        branches: dict[str, Datum] = {a: Given(False) for a in fact.domain}
        branches[answer] = datum
        datum = Choice(fact, branches)
    return datum


def scalar(datum: Datum) -> str | None:
    """A given scalar as text."""
    if isinstance(datum, Given) and isinstance(datum.value, (str, int, float)):
        return str(datum.value)
    return None
