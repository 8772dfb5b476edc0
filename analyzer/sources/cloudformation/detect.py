"""Which files of a folder are templates, by their content."""

from __future__ import annotations

import re

from analyzer.errors import InputError
from analyzer.limits import Budget, Limits
from analyzer.sources.cloudformation.nodes import Fields, Scalar
from analyzer.sources.cloudformation.notes import Silence
from analyzer.sources.cloudformation.reader import read_root

__all__ = ["is_template"]

# A key `Resources` that begins a line, and a type below a key `Type`.
_RESOURCES = re.compile(rb"""^[ \t{]*["']?Resources["']?[ \t]*:""", re.MULTILINE)
_TYPE = re.compile(rb"""(?:^|[\s{,])["']?Type["']?[ \t]*:[\s]*["']?[A-Za-z0-9]+::[A-Za-z0-9@_-]+""")
_VERSION = re.compile(rb"""["']?AWSTemplateFormatVersion["']?[ \t]*:""")
# A letter may be written as an escape, and then no search for text finds it.
_ESCAPE = re.compile(rb"\\[xuU]")
_WORD = re.compile(r"[A-Za-z0-9]+::")


def is_template(data: bytes, limits: Limits = Limits()) -> bool:
    """Whether bytes are a CloudFormation template, broken ones included if they look like one.

    A file that merely mentions resource types is parsed to see its shape.
    """
    if b"\0" in data[:64]:  # UTF-16
        return _has_shape(data, limits)
    if b"Resources" not in data:
        return _ESCAPE.search(data) is not None and b"::" in data and _has_shape(data, limits)
    if _RESOURCES.search(data) and (_TYPE.search(data) or _VERSION.search(data)):
        return _is_not_nested(data) or _has_shape(data, limits)
    return (b"::" in data or b"AWSTemplateFormatVersion" in data) and _has_shape(data, limits)


def _is_not_nested(data: bytes) -> bool:
    """Whether `Resources` is a key at the very top of block YAML."""
    return re.search(rb"""^["']?Resources["']?[ \t]*:""", data, re.MULTILINE) is not None


def _has_shape(data: bytes, limits: Limits) -> bool:
    try:
        root = read_root(data, Budget("", limits), Silence())
    except InputError:
        return False
    resources = root.node("Resources")
    if not isinstance(resources, Fields):
        return False
    if root.node("AWSTemplateFormatVersion") is not None:
        return True
    for resource in resources:
        kind = resource.node("Type") if isinstance(resource, Fields) else None
        if isinstance(kind, Scalar) and _WORD.match(kind.text):
            return True
    return False
