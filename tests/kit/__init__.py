"""Hostile inputs by class, and what an answer to one must never be.

Every case is a folder of files and a command line. `python -m tests.kit [WORD...]` runs all of
them (or those with a word in their name) through the real command line, measures time and memory,
and prints one line for each failure; `tests/test_kit.py` runs those that are small in one process.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["CANARY", "Case", "Ran", "failures", "write"]

#: What no output may hold: it stands wherever a case has something to hide or to quote.
CANARY = "canary-5d1f"


@dataclass(frozen=True, kw_only=True)
class Case:
    """One hostile input.

    `states` are the verdicts that must come (any of several, separated by `|`), by address;
    `refused` tells that the input must be an error. Without either, any honest answer will do:
    `lies` are the verdicts that must not be given, by address.
    """

    name: str
    files: Mapping[str, bytes]
    paths: tuple[str, ...]
    args: tuple[str, ...] = ()
    states: Mapping[str, str] = field(default_factory=dict)
    lies: Mapping[str, str] = field(default_factory=dict)
    refused: bool = False

    @property
    def size(self) -> float:
        """Megabytes of all files."""
        return sum(map(len, self.files.values())) / 1e6

    @property
    def command(self) -> tuple[str, ...]:
        """The arguments of `ebs-plan`."""
        return ("scan", *self.paths, "-o", "json", *self.args)


@dataclass(frozen=True, kw_only=True)
class Ran:
    """How a case ended; time and memory where they were measured."""

    code: int
    stdout: str
    stderr: str
    seconds: float = 0.0
    megabytes: float = 0.0


def write(case: Case, folder: Path) -> None:
    """Put the files of a case into a new folder."""
    for name, data in case.files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


_ACTS = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]|##\["
)


def failures(case: Case, ran: Ran) -> list[str]:
    """What is wrong with how a case ended, each by the name of its class."""
    found = [*_of_the_process(case, ran), *_of_the_text(ran)]
    try:
        report = json.loads(ran.stdout) if ran.stdout else {}
    except ValueError:
        return [*found, "BADFMT: standard output is no JSON"]
    if case.refused:
        return found if ran.code == 2 else [*found, f"EXIT: {ran.code} for what cannot be read"]
    if report.get("problems") and ran.code != 2:
        found.append("EXIT: problems, and no 2")
    return [*found, *_of_the_answer(case, ran, report)]


def _of_the_process(case: Case, ran: Ran) -> Iterable[str]:
    if ran.code not in (0, 1, 2) or "Traceback" in ran.stderr:
        yield f"CRASH: {ran.code} {ran.stderr[-300:]!r}"
    if ran.seconds > 2 + 0.2 * case.size:
        yield f"HANG: {ran.seconds:.1f} s for {case.size:.1f} MB"
    if ran.megabytes > 256 + 12 * case.size:
        yield f"MEM: {ran.megabytes:.0f} MB for {case.size:.1f} MB"
    if ran.code == 2:
        if not ran.stderr.strip():
            yield "SILENT: 2, and not a word"
        elif not any(path.rstrip("/") in ran.stderr for path in (*case.paths, *case.files)):
            yield f"UNNAMED: {ran.stderr[:200]!r}"


def _of_the_text(ran: Ran) -> Iterable[str]:
    for text in (ran.stdout, ran.stderr):
        acts = _ACTS.search(text)
        if acts:
            yield f"INJECT: {acts[0]!r} in {text[max(0, acts.start() - 40) : acts.end() + 40]!r}"
        if any(line.lstrip().startswith("::") for line in text.splitlines()):
            yield "INJECT: a line that begins a command"
        if CANARY in text:
            yield f"SECRET: {text[max(0, text.index(CANARY) - 60) :][:150]!r}"


def _of_the_answer(
    case: Case, ran: Ran, report: Mapping[str, list[dict[str, str]]]
) -> Iterable[str]:
    verdicts: dict[str, set[str]] = {}
    for device in report.get("devices", []):
        verdicts.setdefault(device["address"], set()).add(device["verdict"])
    listed = {item["address"] for item in report.get("not_analyzed", [])}
    for address, expected in case.states.items():
        given = verdicts.get(address, set())
        if not given:
            yield f"MISS: nothing about {address}: {ran.stderr[:200]!r}"
        for verdict in given - set(expected.split("|")):
            kind = "MISS" if verdict == "depends" else "LIE"
            yield f"{kind}: {address} is {expected}, not {verdict}"
    for address, lies in case.lies.items():
        given = verdicts.get(address, set())
        for verdict in given & set(lies.split("|")):
            yield f"LIE: {address} is not known to be {verdict}"
        if not given and address not in listed and ran.code != 2:
            yield f"LIE: {address} is missing, and nobody says so"
