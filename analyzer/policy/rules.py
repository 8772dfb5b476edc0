"""The findings: few and definite. A rule is a predicate over the outcomes of one device."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from analyzer.wire import Device, Finding

__all__ = ["RULES", "Rule", "judge_device"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A kind of finding: when it applies, what it says, and how to act on it."""

    id: str
    title: str
    level: Literal["error", "warning", "note"]
    certainty: Literal["certain", "possible"]
    applies: Callable[[Device], bool]
    message: Callable[[Device], str]
    help: str


def _thing(device: Device) -> str:
    if device.device is None:
        return device.kind
    return f"{'root ' if device.root else ''}{device.kind} {device.device}"


def _rejection(device: Device) -> str:
    first = device.outcomes[0]
    code = f" ({first.code})" if first.code else ""
    verb = "will never become usable" if first.late else "will be refused by AWS"
    return f"{_thing(device)} {verb}{code}: {first.because}"


def _possible(device: Device) -> str:
    outcomes = {o.outcome for o in device.outcomes}
    if not outcomes:
        return f"{_thing(device)}: too many possibilities to decide"
    bad = " or ".join(
        word
        for outcome, word in (("unencrypted", "unencrypted"), ("rejected", "refused by AWS"))
        if outcome in outcomes
    )
    return f"{_thing(device)} may end up {bad}"


RULES: tuple[Rule, ...] = (
    Rule(
        id="EBS001",
        title="Volume or snapshot will not be encrypted",
        level="error",
        certainty="certain",
        applies=lambda d: d.verdict == "unencrypted",
        message=lambda d: f"{_thing(d)} will not be encrypted: {d.outcomes[0].because}",
        help="set encrypted = true (and a KMS key), or turn on encryption by default for the "
        "account and Region",
    ),
    Rule(
        id="EBS002",
        title="AWS will refuse the request",
        level="error",
        certainty="certain",
        applies=lambda d: d.verdict == "rejected",
        message=_rejection,
        help="make the request legal: a key needs encrypted = true, an encrypted source must not "
        "say encrypted = false, and the key must be usable in the Region",
    ),
    Rule(
        id="EBS003",
        title="Volume or snapshot may end up unencrypted or refused",
        level="warning",
        certainty="possible",
        applies=lambda d: d.verdict == "depends",
        message=_possible,
        help="answer the questions of the report with --assume, or set encrypted = true",
    ),
)


def judge_device(device: Device) -> Iterator[Finding]:
    """The findings about one device, in the order of the rules."""
    for rule in RULES:
        if rule.applies(device):
            facts = "|".join(sorted(f"{o.symbol}/{o.row}" for o in device.outcomes))
            key = "\0".join(
                (rule.id, device.address, device.device or "", device.launch or "", facts)
            )
            yield Finding(
                rule=rule.id,
                level=rule.level,
                certainty=rule.certainty,
                address=device.address,
                device=device.device,
                message=rule.message(device),
                help=rule.help,
                location=device.location,
                launch=device.launch,
                fingerprint=hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:32],
            )
