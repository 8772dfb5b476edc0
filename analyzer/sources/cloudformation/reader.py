"""Bytes to the root node of a template, by content: JSON, or else YAML."""

from __future__ import annotations

import codecs

from analyzer.errors import InputError
from analyzer.limits import Budget, limit_error
from analyzer.sources.cloudformation.json_nodes import read_json
from analyzer.sources.cloudformation.nodes import Fields
from analyzer.sources.cloudformation.notes import Notes

__all__ = ["read_root", "template_root"]

_BLANKS = b" \t\r\n"


def read_root(data: bytes, budget: Budget, notes: Notes) -> Fields:
    """The mapping at the root of a template.

    Raises:
        InputError: neither JSON nor YAML, not a mapping, or beyond a limit.
    """
    body = data.removeprefix(codecs.BOM_UTF8)
    broken: InputError | None = None
    if body.lstrip(_BLANKS)[:1] == b"{":
        try:
            root = read_json(_decoded(body, budget), body, budget, notes)
        except InputError as error:
            # Braces also open a mapping in YAML, where comments, bare words and a comma at the
            # end are fine: AWS reads such a template.
            if error.problem.code.startswith("limit-"):
                raise
            broken = error
        else:
            return template_root(root, budget)
    if len(data) > budget.limits.yaml_size:
        if broken is not None:
            raise broken
        raise limit_error(
            budget.path, "yaml-size", f"larger than {budget.limits.yaml_size:,} bytes"
        )
    from analyzer.sources.cloudformation.yaml_nodes import read_yaml

    try:
        found = read_yaml(data, budget, notes)
    except InputError as error:
        if broken is None or error.problem.code.startswith("limit-"):
            raise
        raise broken from None
    return template_root(found, budget)


def template_root(root: object, budget: Budget) -> Fields:
    """The root node, if it is a mapping as a template's is; raises `InputError`."""
    if isinstance(root, Fields) and root.call() is None:
        return root
    raise InputError(
        budget.path,
        "template-shape",
        "not a CloudFormation template: no mapping at the top",
        line=1,
        column=1,
    )


def _decoded(data: bytes, budget: Budget) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        raise InputError(
            budget.path,
            "input-encoding",
            "not UTF-8 text",
            line=before.count(b"\n") + 1,
            column=len(before) - before.rfind(b"\n"),
        ) from None
