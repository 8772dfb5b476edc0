"""What a shell is offered while somebody types: formats, levels, rules, rows, addresses, files.

What is offered may be run, so an address is offered only if a shell takes it for plain text.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

import click
from click.shell_completion import CompletionItem

__all__ = ["formats", "inputs", "levels", "subjects"]

_PLAIN = re.compile(r'[A-Za-z0-9_.\-/\[\]"]+')
_QUOTED = re.compile(r'(["\[\]])')
_USUAL = ("plan.json", "tfplan.json")
_MOST = 500


def inputs(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Files and folders."""
    return [CompletionItem(incomplete, type="file")]


def formats(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Names of formats; after `FORMAT=` a file."""
    from analyzer.report import FORMATS

    if "=" in incomplete:
        return [CompletionItem(incomplete.partition("=")[2], type="file")]
    return [
        CompletionItem(name, help=about)
        for name, (_, about) in FORMATS.items()
        if name.startswith(incomplete)
    ]


def levels(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Levels of `--fail-on`, one after another."""
    from analyzer.policy.failing import NEVER
    from analyzer.policy.spec import FailOn

    before, comma, last = incomplete.rpartition(",")
    names = [*(level.value for level in FailOn), NEVER]
    return [CompletionItem(f"{before}{comma}{n}") for n in names if n.startswith(last)]


def subjects(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """What `explain` explains: rules, and the addresses of the input that is named beside it."""
    from analyzer.policy.rules import RULES

    found = [CompletionItem(r.id, help=r.title) for r in RULES if r.id.startswith(incomplete)]
    bash = os.environ.get("_EBS_PLAN_COMPLETE", "").startswith("bash")
    # bash puts in what it is given; the other shells quote it.
    plain = (a for a in _addresses() if a.startswith(incomplete) and _PLAIN.fullmatch(a))
    found += [CompletionItem(_QUOTED.sub(r"\\\1", a) if bash else a) for a in plain]
    return found[:_MOST]


def _addresses() -> Iterator[str]:
    """The addresses with volumes and snapshots of every input on the command line."""
    from analyzer.engine import analyze
    from analyzer.errors import InputError, UsageError

    words = re.split(r"\s+", os.environ.get("COMP_WORDS", ""))
    named = [word for word in words if os.path.isfile(word)]
    paths = named or [name for name in _USUAL if os.path.isfile(name)]
    if not paths:
        return
    try:
        report = analyze(paths)
    except (InputError, UsageError):
        return
    yield from dict.fromkeys(device.address for device in report.devices)
