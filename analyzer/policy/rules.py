"""The catalogue: few findings, each definite or a note, each about one thing to act on.

EBS001-009 and EBS030 up are about single devices and about ignores, EBS010-019 about
permissions of keys, EBS020-029 about sharing and account settings.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from analyzer.policy import habits, keys, outcomes, required_keys, settings, sharing, suppression
from analyzer.policy.spec import Context, DeviceRule, Rule
from analyzer.wire import Device, Finding

__all__ = ["RULES", "judge_devices", "rule_by_id"]

#: The rules that look at devices one by one, in the order of their findings.
_DEVICE_RULES: tuple[DeviceRule, ...] = (*outcomes.RULES, *habits.RULES)

#: Every rule, in the order of ids.
RULES: tuple[Rule, ...] = tuple(
    sorted(
        (
            *_DEVICE_RULES,
            *required_keys.RULES,
            *keys.RULES,
            *sharing.RULES,
            *settings.RULES,
            *suppression.RULES,
        ),
        key=lambda rule: rule.id,
    )
)

_BY_ID = {rule.id: rule for rule in RULES}


def rule_by_id(rule_id: str) -> Rule | None:
    """The rule called `rule_id`, or `None`."""
    return _BY_ID.get(rule_id)


def judge_devices(devices: Sequence[Device], types: Iterable[str] = ()) -> Iterator[Finding]:
    """The findings about the devices that an input makes, device by device.

    `types` are the types of resources in the input.
    """
    launches: dict[tuple[str, str | None], list[Device]] = {}
    for device in devices:
        launches.setdefault((device.address, device.launch), []).append(device)
    known = frozenset(types)
    for siblings in launches.values():
        context = Context(siblings=siblings, types=known)
        for device in siblings:
            for rule in _DEVICE_RULES:
                found = rule.judge(device, context)
                if found is not None:
                    yield found
