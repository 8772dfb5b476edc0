"""Reading a datum inside a world: this is where an unknown value becomes a fact."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Union

from analyzer.core.facts import GIVEN, OTHER, Fact, Impossible
from analyzer.core.values import Absent, Choice, Datum, Given, Reference, Unknown
from analyzer.core.worlds import World

__all__ = ["UNNAMED_KEY", "KeyText", "pick", "read_flag", "read_key", "read_word"]

KeyText = Union[str, Reference]

#: A key that is given for certain, though nothing tells which.
UNNAMED_KEY = ""


#: An ARN around something that is not known, as the canonical text that names such a value.
_PARTLY_KNOWN_ARN = re.compile(r'"?(arn:[^"]*:kms:[^"]*\$\{[^"]*)"?')

#: What an answer about a Boolean says.
_ANSWERS = {"true": "true", "false": "false", "absent": "absent", "": "absent"}
#: What follows the name of a value that is none of the words that the input names.
_REST = f" {OTHER}"

_FLAGS: Mapping[bool | str, str] = {True: "true", "true": "true", False: "false", "false": "false"}


def pick(datum: Datum, world: World) -> Given | Absent | Unknown:
    """Follow the choices that this world makes.

    An answer that a choice does not know is none of its words. Raises `Impossible` where an
    answer has no branch: no input behaves so.
    """
    while isinstance(datum, Choice):
        answer, branches = world.ask(datum.fact), datum.branches
        if answer not in datum.fact.domain and answer != "absent":
            answer = OTHER if OTHER in branches else GIVEN
        branch = branches.get(answer)
        if branch is None:
            raise Impossible
        datum = branch
    return datum


def read_word(datum: Datum, world: World, domain: tuple[str, ...], question: str = "") -> str:
    """The word that a datum has in a world; an unknown one becomes a fact over `domain`."""
    found = pick(datum, world)
    if isinstance(found, Given):
        return str(found.value)
    if isinstance(found, Unknown):
        return _ask(found, found.domain or domain, question or _question(found), world)
    raise Impossible


def _ask(unknown: Unknown, domain: tuple[str, ...], question: str, world: World) -> str:
    """The answer about an unknown value, or about what it is if not one of the words named."""
    whole = unknown.name.removesuffix(_REST)
    fact = Fact("value", whole, domain, question)
    word = world.ask(fact) if whole == unknown.name else world.peek(fact)
    if word is not None and (word in domain or word not in (OTHER, GIVEN)):
        return word
    return world.ask(Fact("value", f"{whole}{_REST}", domain, question))


def _question(unknown: Unknown) -> str:
    return f"What is {unknown.name}? ({unknown.why})"


def _domain(unknown: Unknown, known: tuple[str, ...]) -> tuple[str, ...]:
    return (*(unknown.domain or known), *(("absent",) if unknown.nullable else ()))


def read_flag(datum: Datum, world: World, sent: Mapping[str, str] | None = None) -> str:
    """`true`, `false` or `absent`: what a Boolean parameter says in this world.

    A text that is no Boolean is `invalid`: whoever checks the request refuses it.

    `sent` maps what is written to what leaves, for tools that drop or add a value
    (`aws_instance` sends no `false`, `aws_ami_copy` sends one that nobody wrote).
    """
    found = pick(datum, world)
    if isinstance(found, Given):
        value = found.value
        word = _FLAGS.get(value, "invalid") if isinstance(value, (bool, str)) else "invalid"
    elif isinstance(found, Absent):
        word = "absent"
    else:
        word = _ask(found, _domain(found, ("true", "false")), _question(found), world)
        word = _ANSWERS.get(word, "invalid")
    return sent.get(word, word) if sent else word


def read_key(datum: Datum, world: World) -> tuple[KeyText, bool] | None:
    """The key that a parameter names in this world, and whether it is sensitive.

    `None` where the parameter is absent, `UNNAMED_KEY` where it is given but unknown; an ARN
    of which only a part is known is the text of the expression that makes it, with `${ }`.
    """
    found = pick(datum, world)
    if isinstance(found, Absent):
        return None
    if isinstance(found, Given):
        value = found.value
        if isinstance(value, Reference):
            return value, found.sensitive
        return (str(value), found.sensitive) if value not in ("", None) else None
    if found.domain is not None:
        word = world.ask(Fact("value", found.name, _domain(found, ()), _question(found)))
        return None if word in ("absent", "") else (word, False)
    if not found.nullable:
        arn = _PARTLY_KNOWN_ARN.fullmatch(found.name)
        return (arn[1] if arn else UNNAMED_KEY), False
    word = world.ask(
        Fact(
            "value",
            found.name,
            (GIVEN, "absent"),
            f"Is {found.name} given? ({found.why})",
        )
    )
    return None if word in ("absent", "") else (UNNAMED_KEY if word == GIVEN else word, False)
