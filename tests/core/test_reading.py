"""Reading a datum inside a world: false, absent and unknown are never merged."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from analyzer.core.facts import Fact, Impossible, Known, Undetermined
from analyzer.core.reading import UNNAMED_KEY, pick, read_flag, read_key, read_word
from analyzer.core.values import ABSENT, Absent, Choice, Datum, Given, Origin, Reference, Unknown
from analyzer.core.worlds import World

COIN = Fact("value", "coin", ("heads", "tails"), "?")
HERE = Origin(path="main.tf", line=7)


def world(**known: str) -> World:
    """A world in which only this is known."""
    return World(Known(known), {})


def asked(read: Callable[..., object], datum: Datum, *more: object) -> Fact:
    """The fact that reading a datum asks for."""
    with pytest.raises(Undetermined) as raised:
        read(datum, world(), *more)
    return raised.value.fact


@pytest.mark.parametrize(
    ("datum", "word"),
    [
        (Given(True), "true"),
        (Given("true"), "true"),
        (Given(False), "false"),
        (Given("false"), "false"),
        (ABSENT, "absent"),
        (Absent(HERE), "absent"),
    ],
)
def test_a_flag_is_true_false_or_absent(datum: Datum, word: str) -> None:
    assert read_flag(datum, world()) == word


@pytest.mark.parametrize("word", ["true", "false", "absent"])
def test_what_a_tool_sends_may_differ_from_what_is_written(word: str) -> None:
    data: dict[str, Datum] = {"true": Given(True), "false": Given(False), "absent": ABSENT}
    datum = data[word]
    assert read_flag(datum, world(), {}) == word
    assert read_flag(datum, world(), {word: "other"}) == "other"
    assert read_flag(datum, world(), {"other": "wrong"}) == word


@pytest.mark.parametrize(
    ("nullable", "domain", "expected"),
    [
        (True, None, ("true", "false", "absent")),
        (False, None, ("true", "false")),
        (True, ("true",), ("true", "absent")),
        (False, ("false",), ("false",)),
    ],
)
def test_an_unknown_flag_is_a_fact_over_what_it_can_be(
    nullable: bool, domain: tuple[str, ...] | None, expected: tuple[str, ...]
) -> None:
    unknown = Unknown("var.x", "no default", domain=domain, nullable=nullable)
    fact = asked(read_flag, unknown)
    assert (fact.kind, fact.scope, fact.domain) == ("value", "var.x", expected)
    assert fact.name == "var.x"
    assert fact.question == "What is var.x? (no default)"
    for word in expected:
        assert read_flag(unknown, world(**{"var.x": word})) == word
        assert read_flag(unknown, world(**{"var.x": word}), {word: "sent"}) == "sent"


def test_what_is_no_flag_is_invalid_and_never_merged_with_false() -> None:
    assert read_flag(Unknown("var.x"), world(**{"var.x": "maybe"})) == "invalid"
    for value in ("yes", "1", "True", 1.0, 7):
        assert read_flag(Given(value), world()) == "invalid"


def test_choices_are_followed_to_the_end() -> None:
    inner = Choice(COIN, {"heads": Given(True), "tails": ABSENT})
    outer = Choice(COIN, {"heads": inner, "tails": inner})
    assert pick(outer, world(coin="heads")) == Given(True)
    assert pick(outer, world(coin="tails")) == ABSENT
    assert asked(pick, outer) is COIN
    for read in (read_flag, read_key):
        assert asked(read, outer) is COIN


def test_an_answer_without_a_branch_is_impossible() -> None:
    with pytest.raises(Impossible):
        pick(Choice(COIN, {"heads": ABSENT}), world(coin="tails"))


def test_a_word_is_given_or_a_fact_over_its_domain() -> None:
    assert read_word(Given("yes"), world(), ("yes", "no")) == "yes"
    fact = asked(read_word, Unknown("var.x", "no default"), ("yes", "no"))
    assert (fact.kind, fact.scope, fact.domain) == ("value", "var.x", ("yes", "no"))
    assert fact.question == "What is var.x? (no default)"
    assert asked(read_word, Unknown("var.x"), ("yes", "no"), "Really?").question == "Really?"
    assert read_word(Unknown("var.x"), world(**{"var.x": "no"}), ("yes", "no")) == "no"
    assert read_word(Choice(COIN, {"heads": Given("no")}), world(coin="heads"), ("no",)) == "no"
    with pytest.raises(Impossible):
        read_word(ABSENT, world(), ("yes", "no"))


@pytest.mark.parametrize(
    ("datum", "key"),
    [
        (ABSENT, None),
        (Given(None), None),
        (Given(""), None),
        (Given("alias/x"), ("alias/x", False)),
        (Given("alias/x", sensitive=True), ("alias/x", True)),
        (Given(Reference("k", "arn")), (Reference("k", "arn"), False)),
        (Given(Reference("k", "arn"), sensitive=True), (Reference("k", "arn"), True)),
        (Unknown("k.arn", nullable=False), (UNNAMED_KEY, False)),
    ],
)
def test_a_key_is_named_given_or_absent(datum: Datum, key: object) -> None:
    assert read_key(datum, world()) == key


def test_a_key_that_may_be_null_is_given_or_absent() -> None:
    unknown = Unknown("var.key", "no default")
    fact = asked(read_key, unknown)
    assert (fact.kind, fact.scope, fact.domain) == ("value", "var.key", ("given", "absent"))
    assert fact.question == "Is var.key given? (no default)"
    for answer, key in {
        "given": (UNNAMED_KEY, False),
        "absent": None,
        "": None,
        "alias/x": ("alias/x", False),
    }.items():
        assert read_key(unknown, world(**{"var.key": answer})) == key


def test_a_key_with_listed_values_is_a_fact_over_them() -> None:
    unknown = Unknown("var.key", "a list", domain=("alias/x", ""))
    fact = asked(read_key, unknown)
    assert (fact.kind, fact.scope) == ("value", "var.key")
    assert fact.domain == ("alias/x", "", "absent")
    assert fact.question == "What is var.key? (a list)"
    assert asked(read_key, Unknown("var.key", domain=("a",), nullable=False)).domain == ("a",)
    for answer, key in {"alias/x": ("alias/x", False), "": None, "absent": None}.items():
        assert read_key(unknown, world(**{"var.key": answer})) == key


REST = Fact("value", "x", ("", "(any other)", "absent"), "?")
OTHERWISE = Choice(
    REST,
    {
        "": Given(True),
        "(any other)": Unknown("x", nullable=False),
        "absent": Given(True),
    },
)


def test_what_is_none_of_the_words_is_still_a_boolean_of_its_own() -> None:
    here = World(Known(), {REST: "(any other)"})
    with pytest.raises(Undetermined) as raised:
        read_flag(OTHERWISE, here)
    closer = raised.value.fact
    assert (closer.name, closer.domain) == ("x (any other)", ("true", "false"))
    assert read_flag(OTHERWISE, here.assuming(closer, "false")) == "false"


@pytest.mark.parametrize("name", ["x", "x (any other)"])
def test_an_answer_that_no_word_is_goes_on_to_the_rest(name: str) -> None:
    rest = Unknown(name, nullable=False)
    datum = Choice(REST, {**OTHERWISE.branches, "(any other)": rest})
    assert read_flag(datum, world(x="false")) == "false"


def test_what_is_given_is_still_a_boolean_of_its_own() -> None:
    given = Fact("value", "x", ("given", "absent"), "?")
    datum = Choice(given, {"given": Unknown("x", nullable=False), "absent": Given(True)})
    assert read_flag(datum, world(x="false")) == "false"
    with pytest.raises(Undetermined) as raised:
        read_flag(datum, World(Known(), {given: "given"}))
    assert raised.value.fact.domain == ("true", "false")
