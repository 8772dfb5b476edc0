"""Written arguments become what AWS is asked: one reading of Booleans, empty texts, Regions."""

from __future__ import annotations

from analyzer.core.model import Place
from analyzer.core.values import ABSENT, Absent, Choice, Datum, Given, Reference, Unknown, text
from analyzer.resources.spec import CopiesImage, Makes, NoDevice
from analyzer.sources.document import Resource
from analyzer.walking import Conditions, map_leaves

__all__ = [
    "destination",
    "exists_in",
    "filled",
    "flag",
    "present",
    "removal",
    "same_region",
    "scalar",
]


def filled(datum: Datum) -> Datum:
    """A datum with an empty string read as absent, as Terraform and EC2 read it."""
    return map_leaves(datum, Absent(datum.origin))


def flag(datum: Datum) -> Datum:
    """A Boolean argument: the strings that mean one are read as it, `""` as absent."""
    datum = filled(datum)
    if isinstance(datum, Given) and not isinstance(datum.value, bool):
        word = str(datum.value).lower()
        if word in ("true", "t", "1"):
            return Given(True, datum.origin)
        if word in ("false", "f", "0"):
            return Given(False, datum.origin)
        name = str(datum.value) if isinstance(datum.value, Reference) else "a text"
        attribute = datum.value.attribute if isinstance(datum.value, Reference) else ""
        return Unknown(
            f"{name}.{attribute}" if attribute else name, nullable=False, origin=datum.origin
        )
    if isinstance(datum, Choice):
        branches = {answer: flag(branch) for answer, branch in datum.branches.items()}
        return Choice(datum.fact, branches, datum.origin)
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
        branches = {answer: present(branch) for answer, branch in datum.branches.items()}
        return Choice(datum.fact, branches, datum.origin)
    return datum if isinstance(datum, (Absent, Unknown)) else Given(True, datum.origin)


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
    if isinstance(outpost, Absent) or (isinstance(outpost, Given) and not outpost.value):
        return Given("region")
    return Given("outpost") if isinstance(outpost, Given) else Given("region")


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
