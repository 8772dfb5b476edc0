"""Output formats: one module each, found by name, imported when asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Protocol, cast

import msgspec

from analyzer.wire import Report

__all__ = ["FORMATS", "Format", "Style", "renderer"]


class Style(msgspec.Struct, frozen=True, kw_only=True):
    """How text is laid out: the width in columns, colour or not, plain ASCII lines or not.

    `rows` is how many devices a table lists, `max_chars` how long a comment may be, and
    `read_line` gives lines of the source where there is one to look at.
    """

    width: int = 80
    color: bool = False
    ascii: bool = False
    quiet: bool = False
    rows: int = 200
    max_chars: int = 65_000
    read_line: Callable[[str, int], str | None] | None = None


class Format(Protocol):
    """A module that renders reports in one format."""

    def render(self, report: Report, style: Style) -> bytes:
        """The report in this format, encoded for its reader, ending with a newline."""


#: Format name -> module and what it is for, in the order of `--help`.
FORMATS: Mapping[str, tuple[str, str]] = {
    "table": ("analyzer.report.table", "for people, on a terminal"),
    "json": ("analyzer.report.json", "for programs; see `ebs-plan schema report`"),
    "sarif": ("analyzer.report.sarif", "for code scanning (SARIF 2.1.0)"),
    "junit": ("analyzer.report.junit", "for test reports"),
    "github": ("analyzer.report.github", "for GitHub Actions: annotations"),
    "gitlab": ("analyzer.report.gitlab", "for GitLab Code Quality"),
    "markdown": ("analyzer.report.markdown", "for the comment on a pull request"),
    "html": ("analyzer.report.html", "one page, for whoever opens it from a mail"),
    "mermaid": ("analyzer.report.mermaid", "the chains as a diagram"),
    "dot": ("analyzer.report.dot", "the chains as a diagram, for Graphviz"),
}


def renderer(name: str) -> Format:
    """The format called `name`. Raises `KeyError`."""
    return cast(Format, import_module(FORMATS[name][0]))
