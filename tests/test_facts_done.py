"""What the facts are for: whoever answers everything is certain of everything.

Over every fixture: answers end all doubt but AWS's own, nothing certain was impossible before,
and nobody is asked more often than was announced.
"""

from __future__ import annotations

import json
import random
import shlex
from collections.abc import Iterator
from functools import cache
from itertools import chain
from pathlib import Path

import pytest

from analyzer import analyze
from analyzer.asking import Questions, rank
from analyzer.inputs import Options
from analyzer.knowledge import Sources
from analyzer.knowledge.file import parse_facts
from analyzer.report.wording import answer_form
from analyzer.text import shown
from analyzer.wire import Device, Report

FIXTURES = Path("fixtures")


def _inputs() -> list[str]:
    plans = [
        *FIXTURES.glob("terraform/*/plan.json"),
        *FIXTURES.glob("twins/*/plan.json"),
        FIXTURES / "example" / "plan.json",
    ]
    templates = [
        path
        for case in (*FIXTURES.glob("cloudformation/*"), *FIXTURES.glob("twins/*"))
        for path in sorted(case.glob("*template*.*"))
    ]
    return sorted(str(path) for path in (*plans, *templates))


INPUTS = _inputs()
#: The source behind the plans, of which less is known: it has the most questions.
SOURCES = sorted(str(path.parent) for path in FIXTURES.glob("**/main.tf"))
#: How questions are answered: always the first or the last way, and by chance.
WAYS: tuple[str | int, ...] = ("first", "last", 1, 2)
every_input = pytest.mark.parametrize("path", [*INPUTS, *SOURCES])
every_way = pytest.mark.parametrize(
    ("path", "way"),
    [*((p, way) for p in INPUTS for way in WAYS), *((p, 2) for p in SOURCES)],
)


@cache
def unanswered(path: str) -> Report:
    return analyze([path])


def _chosen(way: str | int, number: int, answers: list[str]) -> str:
    if way == "first":
        return answers[0]
    if way == "last":
        return answers[-1]
    return random.Random(f"{way} {number}").choice(answers)  # noqa: S311 - nothing is secret


@cache
def _answered(path: str, way: str | int, told: tuple[tuple[str, str], ...] = ()) -> Report:
    """The report once a facts file answers every question that a user can answer.

    What is `told` first is not asked.
    """
    known = dict(told)
    while True:
        facts = parse_facts("facts.yaml", json.dumps({"facts": known}).encode())
        report = analyze([path], facts=Sources((facts,)))
        open_ = [q for d in report.devices for q in d.questions if not q.doubt]
        # what one thing may lack and another one needs is answered by what both can be
        new = {q.fact: q for q in open_ if known.get(q.fact) not in q.answers}
        if not new:
            assert not open_, "an answer was not taken"
            return report
        for number, question in enumerate(new.values()):
            known[question.fact] = _chosen(way, len(known) + number, question.answers)


@every_way
def test_whoever_answers_everything_is_certain_but_for_what_aws_leaves_open(
    path: str, way: str | int
) -> None:
    for device in _answered(path, way).devices:
        if device.verdict == "depends":
            assert device.questions, "too many possibilities, with everything answered"
            assert all(question.doubt for question in device.questions)
            assert all(question.fact.startswith("OQ-") for question in device.questions)


@every_way
def test_what_is_certain_then_was_possible_before(path: str, way: str | int) -> None:
    before: dict[tuple[str, str, str], set[str]] = {}
    for device in unanswered(path).devices:
        for name in _names(device):
            outcomes = before.setdefault(name, set())
            outcomes.update(_outcome(o.outcome, o.row) for o in device.outcomes)
    for device in _answered(path, way).devices:
        possible = set().union(*(before.get(name, set()) for name in _names(device)))
        found = {_outcome(o.outcome, o.row) for o in device.outcomes}
        assert found <= possible, f"{device.address} {device.device}"


def _names(device: Device) -> Iterator[tuple[str, str, str]]:
    """A device's names: the root device also by the word root, before its name is known."""
    yield device.address, device.launch or "", device.device or ""
    if device.root:
        yield device.address, device.launch or "", "root"


def _outcome(outcome: str, row: str) -> str:
    return f"{outcome} {row}"


@every_input
def test_what_depends_has_completions_that_differ(path: str) -> None:
    """R4, by search: the answers of every way, then those that lead to each outcome."""
    report = unanswered(path)
    for device in report.devices:
        if device.verdict != "depends" or not device.outcomes:
            continue
        ways = (_answered(path, way) for way in (2, "first", "last", 1))
        led = (
            _answered(path, way, tuple((when.fact, when.is_.split("|")[0]) for when in o.when))
            for way in ("first", "last", *range(1, 7))
            for o in device.outcomes
        )
        seen: set[str] = set()
        for found in chain(ways, led):
            seen |= _verdicts(found, device)
            if len(seen) > 1:
                break
        assert len(seen) > 1, f"{device.address} {device.device}: only {seen}"


def _verdicts(report: Report, device: Device) -> set[str]:
    """What becomes of a device in another report; all of it where AWS leaves that open."""
    names = set(_names(device))
    found = (d for d in report.devices if not names.isdisjoint(_names(d)))
    return {outcome.outcome for d in found for outcome in d.outcomes}


@every_input
def test_what_is_printed_to_settle_it_is_taken_word_for_word(path: str) -> None:
    printed: dict[str, str] = {}
    assigned: dict[str, str] = {}
    for device in unanswered(path).devices:
        for question in device.questions:
            flag, words = shlex.split(answer_form(question))
            name, _, answers = words.rpartition("=")
            if flag == "--var":
                assigned[name] = answers.split("|")[0].replace("...", "anything")
            else:
                assert flag == "--assume"
                printed[name] = answers.split("|")[-1]
    report = analyze(
        [path],
        assume=[f"{name}={answer}" for name, answer in printed.items()],
        options=Options(assigned=tuple(assigned.items())),
    )
    asked = {shown(q.fact) for d in report.devices for q in d.questions}
    assert not asked & {*printed, *(f"var.{name}" for name in assigned)}


def _steps(path: str, way: str | int, *, anew: bool) -> tuple[int, Questions]:
    """Answers that are given until nothing is left to ask, and what was announced."""
    announced = rank(unanswered(path))
    listed = [asked.fact for asked in announced.questions]
    known: dict[str, str] = {}
    steps = 0
    while True:
        report = analyze([path], assume=[f"{fact}={answer}" for fact, answer in known.items()])
        left = {asked.fact: asked for asked in rank(report).questions}
        if not left:
            return steps, announced
        order = list(left) if anew else [*(fact for fact in listed if fact in left), *left]
        asked = left[order[0]]
        assert asked.fact not in known
        known[asked.fact] = _chosen(way, steps, asked.answers)
        steps += 1


@every_way
@pytest.mark.parametrize("anew", [True, False], ids=["asked-anew", "down-the-list"])
def test_nobody_is_asked_more_often_than_was_announced(
    path: str, way: str | int, anew: bool
) -> None:
    steps, announced = _steps(path, way, anew=anew)
    assert steps <= announced.steps
    assert announced.steps <= len(announced.questions)


@every_input
def test_the_announcement_counts_the_devices_of_the_report(path: str) -> None:
    report = unanswered(path)
    found = rank(report)
    open_ = [device for device in report.devices if device.verdict == "depends"]
    assert (found.devices, found.open) == (len(report.devices), len(open_))
    assert found.settled <= found.open - found.too_many
    assert bool(found.questions) is any(not q.doubt for d in open_ for q in d.questions)
    for asked in found.questions:
        assert 0 < asked.hang <= found.open
        assert 0 <= asked.settles[0] <= asked.settles[1] <= asked.hang
