"""Statements of policies, as JSON, as an object of a template, or as blocks of a document."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence

from analyzer.core.policies import OWN_ACCOUNT, OWN_REGION, Condition, Statement
from analyzer.core.values import ABSENT, Absent, Datum, Given, Origin, Unknown, at, text
from analyzer.walking import blocks

__all__ = ["block_statement", "is_empty", "json_data", "one_text", "statement", "texts"]

#: Levels of nesting that a key policy may have; a real one has five.
_MOST_LEVELS = 32
#: What CloudFormation calls the account, the Region and the partition of the stack.
_PSEUDO = {
    "${AWS::AccountId}": OWN_ACCOUNT,
    "${AWS::Region}": OWN_REGION,
    "${AWS::Partition}": "aws",
    "${AWS::URLSuffix}": "amazonaws.com",
}
#: What Terraform's data sources tell of the caller, as an expression names it.
_DATA = r"\$\{(?:module\.[^{}]*\.)?data\.%s\.[^.{}]+\.%s\}"
_PARTITION = re.compile(_DATA % ("aws_partition", "partition"))
_CALLER = re.compile(_DATA % ("aws_caller_identity", "account_id"))
_SOMEBODY = "${caller}"
_KNOWN_PARTS = frozenset(
    (
        *("Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction"),
        *("Resource", "NotResource", "Condition"),
    )
)


def json_data(written: str, origin: Origin) -> Datum:
    """The data in a JSON text, all at its place; unknown for what is not JSON, or too deep."""
    depth = deepest = 0
    for char in written:
        depth += (char in "[{") - (char in "]}")
        deepest = max(deepest, depth)
    try:
        if deepest > _MOST_LEVELS:
            raise ValueError
        return _data(json.loads(written), origin)
    except ValueError:
        return Unknown("a text that is no JSON", "not JSON", origin=origin)


def _data(value: object, origin: Origin) -> Datum:
    if isinstance(value, dict):
        return Given({str(k): _data(v, origin) for k, v in value.items()}, origin)
    if isinstance(value, list):
        return Given([_data(v, origin) for v in value], origin)
    return Given(value, origin) if isinstance(value, (str, bool, int, float)) else Absent(origin)


def statement(datum: Datum) -> Statement:
    """A statement of a policy's JSON."""
    if not isinstance(datum, Given) or not isinstance(datum.value, Mapping):
        return Statement(effect=None, odd=True, principals=(("AWS", "*"),), actions=("*",))
    body = datum.value
    excluded = "NotPrincipal" in body
    principals = _principals(body.get("NotPrincipal" if excluded else "Principal", ABSENT))
    actions = body.get("NotAction" if "NotAction" in body else "Action", ABSENT)
    resources = texts(body.get("Resource", ABSENT))
    return Statement(
        effect=one_text(body.get("Effect", ABSENT)),
        principals=principals,
        excluded=excluded,
        actions=tuple(texts(actions)),
        other_actions="NotAction" in body,
        conditions=tuple(_conditions(body.get("Condition", ABSENT))),
        # in a key policy the resource `*` is the key itself; anything else is rare
        odd=bool(set(body) - _KNOWN_PARTS) or "NotResource" in body or "*" not in resources,
    )


def _principals(datum: Datum) -> tuple[tuple[str, str | None], ...]:
    if isinstance(datum, Absent):
        return ()
    if isinstance(datum, Given) and isinstance(datum.value, Mapping):
        return tuple((kind, who) for kind, value in datum.value.items() for who in texts(value))
    return tuple(("AWS" if who == "*" else "", who) for who in texts(datum))


def _conditions(datum: Datum) -> Iterator[Condition]:
    if isinstance(datum, Absent):
        return
    if not isinstance(datum, Given) or not isinstance(datum.value, Mapping):
        yield Condition("", "", ())
        return
    for operator, pairs in datum.value.items():
        if not isinstance(pairs, Given) or not isinstance(pairs.value, Mapping):
            yield Condition(operator, "", ())
            continue
        for key, values in pairs.value.items():
            yield Condition(operator, key, tuple(texts(values)))


def block_statement(body: Given) -> Statement:
    """A statement block of a policy document."""
    excluded = not is_empty(at(body, "not_principals"))
    negated = not is_empty(at(body, "not_actions"))
    principals: list[tuple[str, str | None]] = []
    for block in blocks(body, "not_principals" if excluded else "principals"):
        if isinstance(block.body, Absent):
            continue
        kind = one_text(block.get("type")) or ""
        principals += [("AWS" if kind == "*" else kind, w) for w in texts(block.get("identifiers"))]
    conditions = [
        Condition(
            one_text(block.get("test")) or "",
            one_text(block.get("variable")) or "",
            tuple(texts(block.get("values"))),
        )
        for block in blocks(body, "condition")
        if not isinstance(block.body, Absent)
    ]
    effect = at(body, "effect")
    resources = texts(at(body, "resources"))
    return Statement(
        effect="Allow" if isinstance(effect, Absent) else one_text(effect),
        principals=tuple(principals),
        excluded=excluded,
        actions=tuple(texts(at(body, "not_actions" if negated else "actions"))),
        other_actions=negated,
        conditions=tuple(conditions),
        odd="*" not in resources or not is_empty(at(body, "not_resources")),
    )


def is_empty(datum: Datum) -> bool:
    """Whether nothing is written, or a list of nothing."""
    if isinstance(datum, Absent):
        return True
    return isinstance(datum, Given) and isinstance(datum.value, Sequence) and not datum.value


def texts(datum: Datum) -> list[str | None]:
    """The texts of a list or of a single value; `None` for one that is not known."""
    if isinstance(datum, Absent):
        return []
    value = datum.value if isinstance(datum, Given) else None
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [one_text(item) for item in value]
    return [one_text(datum)]


def one_text(datum: Datum) -> str | None:
    """A text, with the account and Region of a stack as words of ours; `None`: not known."""
    if isinstance(datum, Given):
        if isinstance(datum.value, bool):
            return "true" if datum.value else "false"
        return text(datum) if isinstance(datum.value, str) else None
    if not isinstance(datum, Unknown):
        return None
    if datum.why != "known at deployment":
        return _looked_up(datum.name)
    found = datum.name if "${" in datum.name else f"${{{datum.name}}}"
    for pseudo, word in _PSEUDO.items():
        found = found.replace(pseudo, word)
    rest = found.replace(OWN_ACCOUNT, "").replace(OWN_REGION, "")
    return None if "${" in rest else found


def _looked_up(name: str) -> str | None:
    """The text of a template that only asks who the caller is; `None` for any other.

    The account stays a word that is no number: whose it is depends on the provider.
    """
    found = _PARTITION.sub("aws", name.removeprefix('"').removesuffix('"'))
    found = _CALLER.sub(_SOMEBODY, found)
    return found if _SOMEBODY in found and "${" not in found.replace(_SOMEBODY, "") else None
