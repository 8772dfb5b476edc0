"""A quick look at a template: most have nothing that makes volumes or snapshots.

Parsing to what nobody keeps takes a sixth of the time that nodes take. It is enough for a
template whose text names no type that matters, as long as the text can be trusted to name the
types: nothing escaped, nothing repeated by alias, nothing written by a macro or loop. Whatever is
not certain gets the full reading.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from analyzer.limits import Budget
from analyzer.sources.cloudformation.kinds import matters

__all__ = ["skimmed"]

# Letters can be escaped in double quotes, also the end of a line; merges repeat what is written
# once; tags, other documents and keys with a question mark change what a line means.
_ESCAPED = (b"\\x", b"\\u", b"\\U", b"\\\n", b"\\\r")
_UNCERTAIN = (b"<<", b"!!", b"!<", b"\n%", b"\n---", b"\0")
#: What adds to a template, and what another template may ask for.
_ADDING = (b"Transform", b"ForEach", b"Modules", b"Export")
_ANCHOR = re.compile(rb"(?:^|[-:,\[{?][ \t]+)&[^\s&]", re.MULTILINE)
_QUESTION = re.compile(rb"(?:^|[-:,\[{?])[ \t]*\?\s", re.MULTILINE)
_RESOURCES = re.compile(rb"^Resources:", re.MULTILINE)
# Three words: types of parameters have four.
_TYPE = re.compile(rb"Type:[ \t]+([\"']?)([A-Za-z0-9]+(?:::[A-Za-z0-9]+){2})\1(?=\s)")
# A type that is no text: what makes it stands elsewhere.
_NO_TEXT = re.compile(rb"^( *)[\"']?Type[\"']?:[ \t]*(?:[^\sA-Za-z0-9\"']|$)", re.MULTILINE)
#: Names that are no types, and the service whose ARNs have no Region.
_PSEUDO = (
    *("AWS::AccountId", "AWS::NoValue", "AWS::Partition", "AWS::Region"),
    *("AWS::StackId", "AWS::StackName", "AWS::URLSuffix"),
)
_IN_ARNS = (*(name.encode() for name in _PSEUDO), b":iam::")
_WORD = re.compile(rb"[A-Za-z0-9_@-]*")
_DAEH = re.compile(rb"[A-Za-z0-9]*")  # of a text read backwards
_BREAK = re.compile(rb"[\s\"'\[\]{},]")
#: How far back a name, or an ARN that has `::` inside, can begin.
_LENGTH = 60


def skimmed(data: bytes, known: Callable[[str], bool], budget: Budget) -> dict[str, int] | None:
    """The number of resources of each type, where none of them matters.

    Returns `None` where the template has to be read.

    Raises:
        InputError: the template is no YAML, or beyond a limit.
    """
    if any(word in data for word in _ADDING):
        return None
    is_json = data[:1] == b"{"
    types = _types_in_json(data) if is_json else _types_in_yaml(data)
    if not types or any(matters(kind, known) for kind in types):
        return None
    if not _names_no_other(data, types) and _names_one(data, known):
        return None
    budget.spend(data.count(b"," if is_json else b"\n"))
    if not is_json:
        from analyzer.sources.cloudformation.yaml_nodes import check_yaml

        check_yaml(data, budget.path)
    return types


def _types_in_json(data: bytes) -> dict[str, int] | None:
    """The types of the resources; `None` where it is no JSON, or a letter may be escaped."""
    if b"\\u" in data:
        return None
    try:
        template = json.loads(data.decode(), object_pairs_hook=_distinct)
        kinds = [resource["Type"] for resource in template["Resources"].values()]
        return {kind: kinds.count(kind) for kind in kinds if kind.isascii()}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object; raises `ValueError` where a key is written twice."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError
    return found


def _types_in_yaml(data: bytes) -> dict[str, int] | None:
    """The types of the resources; `None` where the text does not tell them for certain."""
    if data[:1] in (b"[", b"%") or not _RESOURCES.search(data):
        return None
    if b"\\" in data and any(word in data for word in _ESCAPED):
        return None
    if any(word in data for word in _UNCERTAIN):
        return None
    if (b"&" in data and _ANCHOR.search(data)) or (b"?" in data and _QUESTION.search(data)):
        return None
    return _types(data)


def _types(data: bytes) -> dict[str, int] | None:
    """The types of the resources; `None` where lines do not tell them for certain."""
    found: dict[str, int] = {}
    indents: set[int] = set()
    for match in _TYPE.finditer(data):
        start = match.start()
        indent = start - data.rfind(b"\n", 0, start) - 1
        if data[start - indent : start].strip(b" "):
            return None
        indents.add(indent)
        name = match[2].decode()
        found[name] = found.get(name, 0) + 1
    if len(indents) != 1 or any(len(no[1]) in indents for no in _NO_TEXT.finditer(data)):
        return None
    return found


def _names_no_other(data: bytes, types: Mapping[str, int]) -> bool:
    """Whether no `::` is left but those of the types that were counted and of what makes ARNs."""
    if any(kind.startswith(_PSEUDO) for kind in types):
        return False
    told = sum(kind.count("::") * number for kind, number in types.items())
    return data.count(b"::") == told + sum(map(data.count, _IN_ARNS))


def _names_one(data: bytes, known: Callable[[str], bool]) -> bool:
    """Whether a type that matters is named anywhere, be it in a comment."""
    parts = data.split(b"::")
    for at in range(1, len(parts)):
        before, part = parts[at - 1], parts[at]
        if at > 1 and before.isalnum():
            continue  # the middle of a name
        head = _head(before)
        word = _word(part)
        if not head or not word:
            continue
        if head not in (b"AWS", b"Alexa"):
            if b"arn:" in _BREAK.split(before[-_LENGTH:])[-1]:
                continue  # arn:aws:iam::111122223333
            return True
        if len(word) < len(part):
            continue  # AWS::Region
        after = parts[at + 1] if at + 1 < len(parts) else b""
        name = b"::".join((head, word, _word(after))).decode()
        if matters(name, known) or (parts[at + 2 : at + 3] and parts[at + 2].startswith(b"MODULE")):
            return True
    return False


def _head(part: bytes) -> bytes:
    found = _DAEH.match(part[: -_LENGTH - 1 : -1])
    return b"" if found is None else found[0][::-1]


def _word(part: bytes) -> bytes:
    found = _WORD.match(part)
    return b"" if found is None else found[0]
