"""The words in which formats for people speak of outcomes, keys and facts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from analyzer.core.facts import GIVEN, OTHER
from analyzer.text import shown
from analyzer.wire import KEY_WORDS, Device, Finding, Key, Outcome, Question, Report

if TYPE_CHECKING:
    from analyzer.asking import Asked

__all__ = [
    "answer_form",
    "brief_words",
    "coverage",
    "decision_tree",
    "either",
    "explain_command",
    "finding_words",
    "key_words",
    "label",
    "noted",
    "nothing_made",
    "outcome_words",
    "questions",
    "summary_line",
    "verdict_words",
]

#: The name of a variable of a root module; those of several inputs are told apart by a prefix.
_VARIABLE = re.compile(r"var\.([^.:\[\]]+)")


def label(device: Device) -> str:
    """A device's name within its resource."""
    name = shown(device.device) if device.device is not None else device.kind
    if device.root and device.device not in (None, "root"):
        name += " (root)"
    if device.kind == "snapshot" and device.device is not None:
        name = f"snapshot of {name}"
    return f"{name}, {shown(device.launch)}" if device.launch else name


def key_words(key: Key | None) -> str:
    """A key for people: which one, and how it was chosen where that is all there is."""
    if key is None:
        return ""
    if key.ref is None:
        return KEY_WORDS[key.kind]
    if key.kind == "aws-managed":
        return f"the AWS managed key ({shown(key.ref)})"
    if key.kind == "account-default":
        return f"{shown(key.ref)} (the account's default key)"
    return f"{shown(key.ref)}{' (the key of its source)' if key.kind == 'source' else ''}"


def outcome_words(outcome: Outcome) -> str:
    """One outcome for people."""
    if outcome.outcome == "encrypted":
        return f"encrypted with {key_words(outcome.key)}" if outcome.key else "encrypted"
    if outcome.outcome == "rejected":
        how = "never usable" if outcome.late else "refused by AWS"
        return f"{how} ({outcome.code})" if outcome.code else how
    return outcome.outcome


def verdict_words(device: Device) -> str:
    """What becomes of a device, in one line."""
    words = list(dict.fromkeys(map(outcome_words, device.outcomes)))
    if not words:
        return "open: too many possibilities to list"
    if device.verdict == "depends":
        return f"open: {' or '.join(words)}"
    if device.verdict == "encrypted" and len(words) > 1:
        keys = dict.fromkeys(key_words(outcome.key) for outcome in device.outcomes)
        return f"encrypted with {' or '.join(keys)}"
    return " or ".join(words)


def brief_words(device: Device) -> str:
    """What becomes of a device, for where there is little room: which outcomes remain."""
    if device.verdict != "depends":
        return verdict_words(device)
    kinds = dict.fromkeys(outcome.outcome for outcome in device.outcomes)
    return f"open: {' or '.join(kinds)}" if kinds else verdict_words(device)


def answer_form(question: Question | Asked) -> str:
    """How a question is answered on the command line, quoted for a shell.

    A variable of Terraform is asked for by its own flag, as Terraform takes it.
    """
    answers = list(map(shown, question.answers))
    form = "|".join(answers)
    variable = _VARIABLE.fullmatch(question.fact)
    if variable is None or GIVEN in answers:
        return f"--assume {_quoted(f'{shown(question.fact)}={form}')}"
    more = ["..."] if {"", OTHER}.intersection(answers) else []
    words = [answer for answer in answers if answer not in ("", OTHER, "absent")]
    form = "|".join((*words, *more))
    return f"--var {_quoted(f'{shown(variable[1])}={form}')}"


def explain_command(finding: Finding) -> str:
    """The command that prints all about a finding, with the statements to paste."""
    return f"ebs-plan explain {_quoted(shown(finding.address))} {_quoted(shown(finding.input))}"


def _quoted(text: str) -> str:
    """A text as one word of a shell."""
    import shlex

    return shlex.quote(text)


def decision_tree(outcomes: Iterable[Outcome]) -> Iterator[tuple[int, str]]:
    """The decision tree behind the outcomes that remain: its lines, each with its depth."""
    before: tuple[tuple[str, str], ...] = ()
    for outcome in outcomes:
        path = tuple((when.fact, when.is_) for when in outcome.when)
        depth = 0
        while depth < min(len(path), len(before)) and path[depth] == before[depth]:
            depth += 1
        words = f"{outcome_words(outcome)} [{outcome.row}]"
        for fact, answer in path[depth:-1]:
            yield depth, f"if {_answered(fact, answer)}:"
            depth += 1
        last = f"if {_answered(*path[-1])}: " if depth < len(path) else ""
        yield depth, f"{last}{words}"
        before = path


def _answered(fact: str, answer: str) -> str:
    return f"{shown(fact)} is {either(shown(answer))}"


def either(answers: str) -> str:
    """The answers that lead to an outcome, in words: one of them may be no text at all."""
    return " or ".join(answer or '""' for answer in answers.split("|"))


def noted(devices: Iterable[Device]) -> Iterator[tuple[str, str]]:
    """What else there is to know of devices, each note once: of which, and the note."""
    about: dict[str, dict[str, None]] = {}
    for device in devices:
        for note in device.notes:
            about.setdefault(note, {})[device.address] = None
    for note, addresses in about.items():
        first, *others = addresses
        more = f" and {len(others)} more" if others else ""
        yield f"{shown(first)}{more}", shown(note, None)


def questions(devices: Sequence[Device]) -> list[tuple[Question, int]]:
    """Every open question with the number of devices that hang on it, the most first.

    AWS's own open questions, which nobody can look up, come last.
    """
    counted: dict[str, tuple[Question, int]] = {}
    for device in devices:
        if device.verdict != "depends":
            continue
        for question in device.questions:
            known, count = counted.get(question.fact, (question, 0))
            counted[question.fact] = (known, count + 1)
    return sorted(counted.values(), key=lambda item: (item[0].doubt, -item[1], item[0].fact))


def coverage(report: Report) -> str:
    """The line that says what is certain, what is not, and what was not looked at."""
    summary = report.summary
    certain = summary.devices - summary.depends
    parts = [f"{certain} certain"]
    if summary.depends:
        verb = "depends" if summary.depends == 1 else "depend"
        parts.append(f"{summary.depends} {verb} on facts that are not known")
    if summary.not_analyzed:
        parts.append(f"{summary.not_analyzed} not analyzed")
    noun = "device" if summary.devices == 1 else "devices"
    return f"{summary.devices} {noun}: {', '.join(parts)}"


def summary_line(report: Report) -> str:
    """How many devices end up how, and what could not be read."""
    summary = report.summary
    counts = [
        f"{count} {word}"
        for word, count in (
            ("encrypted", summary.encrypted),
            ("unencrypted", summary.unencrypted),
            ("rejected", summary.rejected),
            ("open", summary.depends),
        )
        if count
    ]
    unread = sum(1 for i in report.inputs if i.status == "unreadable")
    end = f"; {unread} of {len(report.inputs)} inputs could not be read" if unread else ""
    return (", ".join(counts) or nothing_made(report)) + end


def nothing_made(report: Report) -> str:
    """What there is to say where no device is reported."""
    missed = any(not item.other_service for item in report.not_analyzed)
    return f"no EBS volume or snapshot is created{' by what was analyzed' if missed else ''}"


def finding_words(finding: Finding) -> str:
    """What a finding says and what to do, on two lines."""
    return f"{shown(finding.message, None)}\nhelp: {shown(finding.help, None)}"
