"""Findings about the EBS settings of an account and Region that an input makes.

Source: EBS User Guide, encryption by default; rules ST-3, OR-3, OR-6.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from analyzer.policy.spec import Advice, Page, Rule, Subject
from analyzer.wire import Finding

__all__ = ["RULES", "Setting", "finding"]


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong with a setting, with what the message names."""

    about: Subject
    problem: Literal["default-key-alone", "settings-contradict", "setting-order"]
    place: str
    certain: bool = True
    others: tuple[str, ...] = ()


_KEY_HCL = (
    'resource "aws_ebs_default_kms_key" "this" {\n'
    "  key_arn = aws_kms_key.data.arn\n"
    "}\n"
    '# resource "aws_ebs_encryption_by_default" "this" {}\n'
)

DEFAULT_KEY_ALONE = Rule(
    id="EBS023",
    name="default-key-alone",
    title="A default key is set, and encryption by default is off",
    level="warning",
    certainty="certain",
    fails=None,
    strict=True,
    help=Advice(
        hcl="turn on aws_ebs_encryption_by_default in the same account and Region",
        yaml="turn on EBS encryption by default in the same account and Region",
    ),
    page=Page(
        what="The default key for EBS is set to a key, and encryption by default is off in the "
        "same account and Region.",
        why="The default key encrypts nothing by itself: it is the key of volumes that ask for "
        "encryption without naming one. It is easily taken for encryption of everything.",
        hcl=_KEY_HCL,
        limits="Where nothing tells whether encryption by default is on, the finding is possible "
        "only, and a note.",
    ),
)
CONTRADICTION = Rule(
    id="EBS024",
    name="settings-contradict",
    title="Two resources set one account setting differently",
    level="warning",
    certainty="certain",
    fails=None,
    strict=True,
    help=Advice(
        hcl="keep one resource for each account and Region",
        yaml="keep one resource for each account and Region",
    ),
    page=Page(
        what="Encryption by default, or the default key, is set by two resources for the same "
        "account and Region, to different values.",
        why="Whichever is applied last wins, at each deployment anew.",
        hcl='resource "aws_ebs_encryption_by_default" "on" {}\n'
        'resource "aws_ebs_encryption_by_default" "off" {\n'
        "  enabled = false\n"
        "}\n",
        limits="Accounts whose numbers are not known are told apart by their provider "
        "configurations.",
    ),
)
ORDER = Rule(
    id="EBS025",
    name="setting-order",
    title="An account setting may be applied too late for volumes of the same deployment",
    level="warning",
    certainty="possible",
    fails=None,
    strict=True,
    help=Advice(
        hcl="let what makes the volumes depend on the setting (depends_on)",
        yaml="let what makes the volumes depend on the setting (DependsOn)",
    ),
    page=Page(
        what="An account setting is changed in the same deployment as volumes that do not depend "
        "on it, so they may be made before it.",
        why="Volumes that are made first are as the account was: possibly in plain text, and "
        "nothing changes them later.",
        hcl='resource "aws_ebs_encryption_by_default" "this" {}\n'
        'resource "aws_ebs_volume" "data" {\n'
        '  availability_zone = "eu-west-1a"\n'
        "  size              = 10\n"
        "  # depends_on = [aws_ebs_encryption_by_default.this]\n"
        "}\n",
        limits="Reported only where the order makes a difference.",
    ),
)

RULES: tuple[Rule, ...] = (DEFAULT_KEY_ALONE, CONTRADICTION, ORDER)
_BY_PROBLEM = {rule.name: rule for rule in RULES}


def finding(setting: Setting) -> Finding:
    """The finding about a setting."""
    rule = _BY_PROBLEM[setting.problem]
    facts = (setting.problem, setting.place, *setting.others)
    found = rule.finding(setting.about, _message(setting), facts)
    if setting.certain or rule.certainty == "possible":
        return found
    return msgspec.structs.replace(found, certainty="possible", level="note")


def _message(setting: Setting) -> str:
    place = setting.place
    if setting.problem == "default-key-alone":
        if setting.certain:
            return (
                f"this default key encrypts nothing by itself: encryption by default is off in "
                f"{place}"
            )
        return (
            f"this default key encrypts nothing by itself, and nothing here turns on encryption "
            f"by default in {place}"
        )
    others = ", ".join(setting.others)
    if setting.problem == "settings-contradict":
        return f"{others} sets the same setting of {place} to another value"
    listed = ", ".join(setting.others[:3])
    left = len(setting.others) - 3
    more = f" and {left} more" if left > 0 else ""
    return f"this setting of {place} may be applied after {listed}{more}"
