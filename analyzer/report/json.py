"""The report as JSON, version 1."""

from __future__ import annotations

import msgspec

from analyzer.errors import InputError
from analyzer.report import Style
from analyzer.text import json_bytes
from analyzer.wire import SCHEMA_ID, Report

__all__ = ["parse", "render", "schema"]


def render(report: Report, _style: Style) -> bytes:
    """The report, indented; nothing in it acts on a log or terminal that it is printed to."""
    return json_bytes(report)


def parse(path: str, data: bytes) -> Report:
    """A report that `render` wrote; raises `InputError` for anything else."""
    try:
        report = msgspec.json.decode(data, type=Report)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        report = None
    if report is None or report.schema != SCHEMA_ID or report.version != 1:
        hint = "make one with: ebs-plan scan PATH -o json=report.json"
        raise InputError(path, "input-report", "is no report of this program", hint=hint)
    return report


def schema() -> bytes:
    """The JSON Schema of the report."""
    described = msgspec.json.schema(Report)
    described = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA_ID,
        **described,
    }
    return msgspec.json.format(msgspec.json.encode(described), indent=1) + b"\n"
