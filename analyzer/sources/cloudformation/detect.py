"""Which files of a folder are templates, by their content."""

from __future__ import annotations

import re

from analyzer.errors import InputError
from analyzer.limits import Budget, Limits
from analyzer.sources.cloudformation.nodes import Fields, Scalar
from analyzer.sources.cloudformation.notes import Silence
from analyzer.sources.cloudformation.reader import read_root

__all__ = ["is_template"]

_BLANKS = b"\xef\xbb\xbf \t\r\n"
_RESOURCES = re.compile(rb"""^["']?Resources["']?[ \t]*:""", re.MULTILINE)
# CodeDeploy's files have a list of that name, with types of CloudFormation in it.
_LISTED = re.compile(
    rb"""^[ \t{]*["']?Resources["']?[ \t]*:(?:\s++|#[^\n]*+)*+(?:-\s|\[)""", re.MULTILINE
)
_SECTIONS = (b"Conditions", b"Mappings", b"Outputs", b"Parameters", b"Transform")
_KEY = re.compile(rb'"Resources"\s*:')
_TYPE = re.compile(rb"""Type["']?[ \t]*:\s*["']?[A-Za-z0-9]+::[A-Za-z0-9@_-]""")
_SECTION = re.compile(rb"""^[ \t{]*["']?(?:%s)["']?[ \t]*:""" % b"|".join(_SECTIONS), re.MULTILINE)
# Also one that does not end: to look for its end again from every quote inside takes forever.
_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
# ASCII may be written as an escape, or a line end stand in it: no search for text finds it then.
_ESCAPE = re.compile(rb"\\(?:(?:x|u00|U000000)[2-7]|\r?\n)")
_COLON = re.compile(rb"::|\\(?:x|u00|U000000)3[aA]|:\\\r?\n")
_WORD = re.compile(r"[A-Za-z0-9]+::")


def is_template(data: bytes, limits: Limits = Limits()) -> bool:
    """Whether bytes are a CloudFormation template, broken ones included if they look like one.

    A template shows by a key `Resources` at the top and a type below it. Where a look at the
    text does not settle it, the file is parsed to see its shape.
    """
    if b"\0" in data[:64]:  # UTF-16
        return _has_shape(data, limits)
    if b"Resources" not in data:
        is_hidden = _ESCAPE.search(data) is not None and _COLON.search(data) is not None
        return is_hidden and _has_shape(data, limits)
    if b"AWSTemplateFormatVersion" not in data:
        if _TYPE.search(data) is None:
            may_be_one = _SECTION.search(data) or _COLON.search(data)
            return bool(may_be_one) and _has_shape(data, limits)
        if _LISTED.search(data) is not None:
            return _has_shape(data, limits)
    return _is_at_the_top(data) or _has_shape(data, limits)


def _is_at_the_top(data: bytes) -> bool:
    """Whether the text shows a key `Resources` at the top: in block YAML, or in JSON."""
    if data.lstrip(_BLANKS)[:1] == b"{":
        found = _KEY.search(data)
        before = _STRING.sub(b"", data[: found.start()]) if found is not None else b""
        opened = before.count(b"{") + before.count(b"[")
        return opened - before.count(b"}") - before.count(b"]") == 1
    return _RESOURCES.search(data) is not None


def _has_shape(data: bytes, limits: Limits) -> bool:
    try:
        root = read_root(data, Budget("", limits), Silence())
    except InputError:
        return False
    resources = root.node("Resources")
    if not isinstance(resources, Fields):
        return False
    if any(name.encode() in _SECTIONS or name == "AWSTemplateFormatVersion" for name in root.raws):
        return True
    for resource in resources:
        kind = resource.node("Type") if isinstance(resource, Fields) else None
        if isinstance(kind, Scalar) and _WORD.match(kind.text):
            return True
    return False
