"""The report for a person at a terminal: a short table, what to act on, what would settle the rest.

Readable at 80 columns without colour. Nothing is said twice: findings that say the same of several
devices are one, and a fix or a question stands where it first counts.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from itertools import compress

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from analyzer.diff import replaced
from analyzer.report import Style
from analyzer.report.changes import replaced_words
from analyzer.report.ordering import Found, alike, worst_devices
from analyzer.report.snippet import snippet
from analyzer.report.wording import (
    answer_form,
    coverage,
    explain_command,
    key_words,
    label,
    noted,
    questions,
    summary_line,
)
from analyzer.text import shown
from analyzer.wire import Device, Location, Report

__all__ = ["render"]

_COLORS = {
    "encrypted": "green",
    "unencrypted": "bold red",
    "rejected": "bold red",
    "depends": "yellow",
}
_VERDICTS = {"depends": "open"}
_LEVELS = {"error": "bold red", "warning": "yellow", "note": "cyan"}
_WIDE = 120  # columns from which on a row has room for its reason
_CODE = 26  # the longest code of an error: InvalidParameterDependency
_FINDINGS = 100  # that are different
_TREE = 24  # lines of a decision tree
_DEVICE = 24  # columns that a device's name has at least, where there is room for it
_LEAST = 6
_FACTS = 2  # that a row names
_PLACES = 10  # that a finding lists; the table has them all
_SNIPPETS = 3  # of which the source is quoted
_QUESTIONS = 8
_LISTED = 20
_INDENT = 3


class _Ascii(io.StringIO):
    """A text that tells rich to draw with ASCII only."""

    encoding = "ascii"


def render(report: Report, style: Style) -> bytes:
    """The report as text; only text that went through `shown` is printed."""
    out = _Ascii() if style.ascii else io.StringIO()
    console = Console(
        file=out,
        width=style.width,
        force_terminal=style.color,
        color_system="standard" if style.color else None,
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
        _environ={},
    )
    if not style.quiet:
        _devices(console, report.devices, style)
        _findings(console, report, style)
        _listed(console, "this change moves", iter(replaced_words(replaced(report))))
        _listed(console, "notes", (f"{where}: {note}" for where, note in noted(report.devices)))
        _listed(console, "not analyzed", _missed(report))
        _listed(console, "suppressed", _suppressed(report))
        _questions(console, report)
    console.print(Text(f"{coverage(report)}\n{summary_line(report)}"))
    lines = (line.rstrip() for line in out.getvalue().splitlines())
    return ("\n".join(lines) + "\n").encode("utf-8", "backslashreplace")


def _print(console: Console, text: Text, indent: int = 0, hang: int = 2) -> None:
    """A paragraph; its first line is indented by `indent`, the others by `hang` more."""
    width = console.width - indent - hang
    blanks = " " * indent
    for line in text.wrap(console, width, overflow="fold"):
        line.rstrip()
        console.print(Text(blanks) + line, soft_wrap=True)
        blanks = " " * (indent + hang)


# -- the table -------------------------------------------------------------------------------


def _devices(console: Console, devices: Sequence[Device], style: Style) -> None:
    if not devices:
        return
    listed = worst_devices(devices)[: style.rows]
    rows = [
        (
            Text(_VERDICTS.get(device.verdict, device.verdict), style=_COLORS[device.verdict]),
            Text.assemble((shown(device.address), "bold"), _part(device)),
            Text(_key_or_error(device)),
            Text(_because(device, wide=style.width >= _WIDE), style="dim"),
        )
        for device in listed
    ]
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    widths = _widths([[cell.plain for cell in row] for row in rows], style.width)
    said = [any(cells) for cells in zip(*rows, strict=True)]
    for name, width in compress(zip(_HEADS, widths, strict=True), said):
        table.add_column(name, overflow="fold", width=width)
    for row in rows:
        table.add_row(*compress(row, said))
    console.print(table)
    left = len(devices) - style.rows
    if left > 0:
        _print(console, Text(f"... and {left} more devices; -o json has them all", style="dim"))
    console.print()


_HEADS = ("outcome", "device", "key or error", "because")


def _widths(rows: list[list[str]], width: int) -> tuple[int, int, int, int]:
    """The widths of the columns: as wide as their cells, where that is more than there is less.

    A key has room for its longest word (the code of an error is one), as far as that leaves the
    devices room for their addresses.
    """
    columns = [[head, *column] for head, *column in zip(_HEADS, *rows, strict=True)]
    outcome, device, key, because = (
        max(map(cell_len, column)) if any(column[1:]) else 0 for column in columns
    )
    address, word = (max(map(cell_len, " ".join(columns[n]).split())) for n in (1, 2))
    room = width - outcome - 2 * (len(_HEADS) - (1 if key else 2))
    if width >= _WIDE:
        because = min(because, max(room // 3, room - device - key))
    else:
        because = len("because")
    room -= because
    if key:
        least = min(word, max(_CODE, room - address), max(_LEAST, room - _DEVICE))
        key = min(key, max(least, room - device))
    return outcome, min(device, room - key), key, because


def _part(device: Device) -> str:
    """The name of a device within its resource, where the address does not say it all."""
    name = label(device)
    return "" if name == device.kind and name in device.address else f"  {name}"


def _key_or_error(device: Device) -> str:
    if device.verdict == "encrypted":
        return " or ".join(dict.fromkeys(key_words(o.key) for o in device.outcomes))
    codes = dict.fromkeys(o.code for o in device.outcomes if o.code)
    return " or ".join(codes) if device.verdict == "rejected" else ""


def _because(device: Device, *, wide: bool) -> str:
    """The rows that decide, with what they say where there is room; else what is to be known."""
    if device.verdict == "depends":
        facts = [shown(q.fact) for q in device.questions]
        if not facts:
            return "too many possibilities"
        if wide and len(facts) <= _FACTS:
            return f"hangs on {' and '.join(facts)}"
        return f"{'hangs on ' if wide else ''}{len(facts)} fact{'s' if len(facts) > 1 else ''}"
    rows = dict.fromkeys((o.row, o.because) for o in device.outcomes)
    return ", ".join(f"{shown(said, None)} [{row}]" if wide else row for row, said in rows)


# -- the findings ----------------------------------------------------------------------------


def _findings(console: Console, report: Report, style: Style) -> None:
    """Each thing to act on: what, where, the source, what remains possible, the fix."""
    helped: set[tuple[str, str]] = set()
    told: set[str] = set()
    groups = alike(report)
    for group in groups[:_FINDINGS]:
        finding, device = group.found[0]
        head = Text(f"{finding.level}[{shown(finding.rule)}]", style=_LEVELS[finding.level])
        noun = "devices" if device is not None else "times"
        count = f" ({len(group.found)} {noun})" if len(group.found) > 1 else ""
        head.append(f": {group.message}{count}", style="bold")
        _print(console, head)
        _places(console, group.found, report, style)
        tree = group.tree if device is not None and device.id not in told else ()
        told.update(d.id for _, d in group.found if d is not None)
        for depth, line in tree[:_TREE]:
            _print(console, Text(line), _INDENT + 2 * depth)
        if len(tree) > _TREE:
            _print(console, Text("... and more; -o json has all of it"), _INDENT)
        if (finding.rule, finding.help) not in helped:
            helped.add((finding.rule, finding.help))
            _print(console, Text(f"= help: {shown(finding.help, None)}"), _INDENT, 8)
        if finding.fix:
            # Not broken: it is there to be copied.
            command = f"{' ' * _INDENT}= what to paste: {explain_command(finding)}"
            console.print(Text(command), soft_wrap=True)
        console.print()
    left = len(groups) - _FINDINGS
    if left > 0:
        _print(console, Text(f"... and {left} more kinds of findings; -o json has them all"))
        console.print()


def _places(console: Console, found: Sequence[Found], report: Report, style: Style) -> None:
    for number, (finding, device) in enumerate(found[:_PLACES]):
        place, name = _place(finding.location, report), shown(finding.address)
        launch = f", {shown(finding.launch)}" if finding.launch else ""
        what = f"{name}{launch}" if finding.address != finding.location.path else ""
        line = "  ".join(filter(None, (place, what)))
        if len(line) + 6 > style.width and place and what:
            _print(console, Text(f"--> {place}"), 2, 4)
            _print(console, Text(what), 6)
        else:
            _print(console, Text(f"--> {line}"), 2, 4)
        # Only what the report itself is about is quoted, not the place of an ignore.
        if style.read_line is not None and device is not None and number < _SNIPPETS:
            for line in snippet(finding.location, style.read_line, style.width):
                _print(console, Text(line, style="dim"))
    if len(found) > _PLACES:
        _print(console, Text(f"--> and {len(found) - _PLACES} more"), 2)


def _place(location: Location, report: Report) -> str:
    """The file and the line; of the only input, which has no lines, nothing."""
    if location.line is not None:
        column = f":{location.column}" if location.column is not None else ""
        return f"{shown(location.path, None)}:{location.line}{column}"
    return shown(location.path, None) if len(report.inputs) > 1 else ""


# -- the rest --------------------------------------------------------------------------------


def _listed(console: Console, title: str, lines: Iterator[str]) -> None:
    every = list(lines)
    if not every:
        return
    _print(console, Text(title, style="bold"))
    for line in every[:_LISTED]:
        _print(console, Text(line), _INDENT)
    if len(every) > _LISTED:
        more = f"... and {len(every) - _LISTED} more; -o json has them all"
        _print(console, Text(more), _INDENT)
    console.print()


def _missed(report: Report) -> Iterator[str]:
    for item in report.not_analyzed:
        times = f" ({item.count} times)" if item.count > 1 else ""
        yield f"{shown(item.address)}{times}: {shown(item.reason, None)}"


def _suppressed(report: Report) -> Iterator[str]:
    for item in report.suppressed:
        until = f" until {shown(item.until)}" if item.until else ""
        name = f"{shown(item.finding.rule)} {shown(item.finding.address)}"
        yield f"{name} ({item.by}{until}): {shown(item.reason, None)}"


def _questions(console: Console, report: Report) -> None:
    """What to find out, what settles the most first."""
    asked = questions(report.devices)
    if not asked:
        return
    _print(console, Text("to settle what is open", style="bold"))
    for question, count in asked[:_QUESTIONS]:
        what = "AWS's documents do not say: " if question.doubt else ""
        noun = "device" if count == 1 else "devices"
        _print(console, Text(f"{count} {noun}: {what}{shown(question.question, None)}"), _INDENT)
        if not question.doubt:
            # Not broken: it is there to be copied.
            console.print(Text(" " * 2 * _INDENT + answer_form(question)), soft_wrap=True)
    left = len(asked) - _QUESTIONS
    if left > 0:
        _print(console, Text(f"... and {left} more: ebs-plan facts ask"), _INDENT)
    console.print()
