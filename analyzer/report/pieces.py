"""What a page says of one device, and the small pieces that its sections share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache

from analyzer.report.changes import state_words
from analyzer.report.markup import Markup, each, element, fragment, own, text, words
from analyzer.report.wording import answer_form, either, outcome_words
from analyzer.wire import Device, Location, Outcome

__all__ = ["answer", "badge", "code", "explanation", "place"]

# What is said of many devices is made once.
_remembered = lru_cache(4096)


@_remembered
def code(value: str) -> Markup:
    """A name or a path."""
    return element("code", {}, text(value))


def place(location: Location) -> Markup:
    """Where something is written: its file, and the line."""
    where = location.path if location.line is None else f"{location.path}:{location.line}"
    return code(where)


@_remembered
def badge(kind: str, name: str) -> Markup:
    """A word on a coloured ground; the word says what the colour says."""
    return element("span", {"class": own(f"badge {kind}")}, text(name))


@_remembered
def answer(form: str) -> Markup:
    """How a question is answered on the command line."""
    return element("code", {}, words(form))


def explanation(device: Device) -> Markup:
    """Everything that the report knows of a device."""
    pairs: list[tuple[str, Markup]] = [
        ("type", code(device.type)),
        ("request", text(device.operation)),
        ("asked for", text(_requested(device))),
        ("place", text(_where(device))),
        ("replaces one", words(state_words(device.before)) if device.before else Markup("")),
        ("outcomes", _list(map(_outcome, device.outcomes))),
        ("to settle it", _list(_settling(device))),
        ("made from", _list(fragment(f"{x.role} ", code(x.name)) for x in device.chain)),
        ("launched by", text(device.launcher or "")),
        ("notes", _list(map(text, device.notes))),
        ("written in", fragment(place(device.location), text(_pointer(device.location)))),
    ]
    return element(
        "dl", {}, *(own(f"{_term(name)}{each('dd', (value,))}") for name, value in pairs if value)
    )


@_remembered
def _term(name: str) -> Markup:
    return element("dt", {}, name)


def _where(device: Device) -> str:
    place = device.place
    return f"{place.account or 'account unknown'}, {place.region or 'Region unknown'}"


def _requested(device: Device) -> str:
    asked = device.requested
    return f"encrypted {asked.encrypted}, KMS key {asked.kms_key_id}"


def _pointer(location: Location) -> str:
    return f" {location.pointer}" if location.pointer else ""


def _list(items: Iterable[Markup]) -> Markup:
    listed = each("li", items)
    return element("ul", {}, listed) if listed else listed


def _outcome(outcome: Outcome) -> Markup:
    whens = [_when(w.fact, w.is_) for w in outcome.when]
    return fragment(
        _result(outcome.outcome, outcome_words(outcome)),
        own(" if ") if whens else None,
        own(" and ".join(whens)),
        text(f": {outcome.because} [{outcome.row}]"),
    )


@_remembered
def _result(kind: str, said: str) -> Markup:
    return element("strong", {"class": own(kind)}, words(said))


@_remembered
def _when(fact: str, answers: str) -> Markup:
    return text(f"{fact} is {either(answers)}")


def _settling(device: Device) -> Iterator[Markup]:
    for question in device.questions:
        if question.doubt:
            yield text(f"AWS's documents do not say: {question.question}")
        else:
            yield fragment(text(question.question), own(" "), answer(answer_form(question)))
