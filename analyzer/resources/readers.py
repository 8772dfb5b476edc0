"""Readers of arguments that are texts with a grammar of their own.

Each takes what an input gives and returns data that the paths of a table can go through.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

from analyzer.core.values import ABSENT, Absent, Choice, Datum, Given, Origin, Unknown, text
from analyzer.walking import Block, blocks

__all__ = ["beanstalk_options", "parsed"]

_LAUNCH = "aws:autoscaling:launchconfiguration"
#: Names of the list of options, and of its namespace, name and value, in each language.
_LISTS = (
    ("setting", "namespace", "name", "value"),
    ("OptionSettings", "Namespace", "OptionName", "Value"),
)
#: JSON inside an argument is small: a security configuration has five levels.
_MOST_LEVELS = 32
_DEEP = re.compile(r"[\[{]")


def beanstalk_options(body: Mapping[str, Datum]) -> Mapping[str, Datum]:
    """The launch options of an Elastic Beanstalk environment by name, mappings taken apart.

    Source: Elastic Beanstalk Developer Guide, general options for all environments.
    """
    options: dict[str, Datum] = {
        name: datum for name, datum in body.items() if name in ("template_name", "TemplateName")
    }
    for at, namespace, name, value in _LISTS:
        for block in blocks(Given(body), at):
            if text(block.get(namespace)) != _LAUNCH:
                continue
            option = text(block.get(name))
            if option:
                options[option] = _held(block, value)
    mappings = options.get("BlockDeviceMappings")
    if mappings is not None:
        options["BlockDeviceMappings"] = _each(mappings)
    return options


def _held(block: Block, path: str) -> Datum:
    """An option's value; one whose block is not in every world is absent in the others."""
    datum = block.get(path)
    for fact, answer in reversed(block.when):
        branches: dict[str, Datum] = dict.fromkeys(fact.domain, ABSENT)
        branches[answer] = datum
        datum = Choice(fact, branches, datum.origin)
    return datum


def _each(datum: Datum) -> Datum:
    if isinstance(datum, Choice):
        return datum.map(_each)
    listed = text(datum)
    if listed is None:
        return datum
    return Given(list(_mappings(listed, datum.origin)), datum.origin)


def _mappings(listed: str, origin: Origin) -> Iterator[Datum]:
    """`device=snapshot:size:delete:type:iops` or `device=ephemeralN`, joined by commas."""
    for item in listed.split(","):
        device, _, parameters = item.strip().partition("=")
        if not device:
            continue
        fields = parameters.split(":")
        found = {"device": device}
        if fields[0].startswith("ephemeral"):
            found["virtual_name"] = fields[0]
        elif fields[0]:
            found["snapshot"] = fields[0]
        if len(fields) > 1 and fields[1]:
            found["size"] = fields[1]
        yield Given({key: Given(value, origin) for key, value in found.items()}, origin)


def parsed(datum: Datum) -> Datum:
    """JSON text as the data in it; an object stays as it is, other text is unknown."""
    if isinstance(datum, Choice):
        return datum.map(parsed)
    if not isinstance(datum, Given) or not isinstance(datum.value, str):
        return datum
    try:
        if len(_DEEP.findall(datum.value)) > _MOST_LEVELS:
            raise ValueError
        value = json.loads(datum.value)
    except ValueError:
        return Unknown("a text that is no JSON", "not JSON", origin=datum.origin)
    return _data(value, datum.origin, sensitive=datum.sensitive)


def _data(value: object, origin: Origin, *, sensitive: bool) -> Datum:
    if isinstance(value, dict):
        inner = {k: _data(v, origin, sensitive=sensitive) for k, v in value.items()}
        return Given(inner, origin, sensitive)
    if isinstance(value, list):
        return Given([_data(v, origin, sensitive=sensitive) for v in value], origin, sensitive)
    if isinstance(value, (str, bool, int, float)):
        return Given(value, origin, sensitive)
    return Absent(origin)
