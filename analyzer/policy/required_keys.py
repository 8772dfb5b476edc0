"""Keys that are required: which volumes and snapshots must be encrypted with which key."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import msgspec

from analyzer.core.keys import parse_arn
from analyzer.policy.glob import matches
from analyzer.policy.outcomes import thing
from analyzer.policy.spec import Advice, FailOn, Page, Rule, Subject
from analyzer.wire import KEY_WORDS, Device, Finding, Outcome

__all__ = ["CUSTOMER_MANAGED", "RULES", "RequiredKey", "judge_keys"]

#: Instead of a key: any key but AWS's own.
CUSTOMER_MANAGED = "customer-managed"

_RESOURCE = re.compile(r"[A-Za-z_][\w-]*(\.[\w-]+|\[[^\]]*\])+")
_LOGICAL_ID = re.compile(r"[A-Za-z0-9/]+")
_UUID = re.compile(r"(mrk-)?[0-9a-f-]{32,36}")


class RequiredKey(msgspec.Struct, frozen=True, kw_only=True):
    """What is at the addresses that match must have one of these keys.

    A key is an ARN, an id, an alias, the address of a resource, or `customer-managed`.
    """

    keys: tuple[str, ...]
    address: str = "*"

    @property
    def label(self) -> str:
        """The keys, in the words of a message."""
        return " or ".join(self.keys)


_HELP = Advice(
    hcl="set kms_key_id to a key that is allowed, with encrypted = true",
    yaml="set KmsKeyId to a key that is allowed, with Encrypted: true",
)

WRONG = Rule(
    id="EBS004",
    name="wrong-key",
    title="Encrypted with another key than the one that is required",
    level="error",
    certainty="certain",
    fails=FailOn.WRONG_KEY,
    help=_HELP,
    page=Page(
        what="The configuration requires certain keys for this address, and the volume or snapshot "
        "will be encrypted with another one.",
        why="Who can read a volume is decided by its key: the AWS managed key can be used by every "
        "principal of the account that may use EBS, and data under it cannot be shared.",
        hcl='resource "aws_ebs_volume" "data" {\n'
        '  availability_zone = "eu-west-1a"\n'
        "  size              = 10\n"
        "  encrypted         = true\n"
        "  # kms_key_id = aws_kms_key.data.arn\n"
        "}\n"
        '# resource "aws_kms_key" "data" {}\n',
        given=("--require-key", "customer-managed", "--assume", "default_key=aws_managed"),
        limits="Only where keys are required (--require-key, require-key in the configuration). A "
        "key that cannot be compared, such as an alias with an ARN, is EBS005.",
    ),
)

MAYBE_WRONG = Rule(
    id="EBS005",
    name="possibly-wrong-key",
    title="Maybe encrypted with another key than the one that is required",
    level="warning",
    certainty="possible",
    fails=FailOn.POSSIBLE,
    help=_HELP,
    page=Page(
        what="The configuration requires certain keys for this address, and it is not certain that "
        "the volume or snapshot will be encrypted with one of them.",
        why="Which key the account's default is, or which one a source has, is not in the code.",
        hcl='resource "aws_ebs_volume" "data" {\n'
        '  availability_zone = "eu-west-1a"\n'
        "  size              = 10\n"
        "  encrypted         = true\n"
        "  # kms_key_id = aws_kms_key.data.arn\n"
        "}\n"
        '# resource "aws_kms_key" "data" {}\n',
        given=("--require-key", "customer-managed"),
        limits="Name the key, or tell the facts (--assume, --facts).",
    ),
)

RULES: tuple[Rule, ...] = (WRONG, MAYBE_WRONG)


def judge_keys(device: Device, required: Sequence[RequiredKey]) -> Iterator[Finding]:
    """The findings about the keys of one device, for every requirement that is about it."""
    encrypted = [o for o in device.outcomes if o.outcome == "encrypted"]
    for requirement in required:
        if not encrypted or not matches(requirement.address, device.address):
            continue
        answers = {_allowed(o, device, requirement.keys) for o in encrypted}
        if answers == {True}:
            continue
        wrong = answers == {False} and device.verdict == "encrypted"
        rule, verb = (WRONG, "is") if wrong else (MAYBE_WRONG, "may be")
        keys = dict.fromkeys(_named(o) for o in encrypted)
        message = (
            f"{thing(device)} {verb} encrypted with {' or '.join(keys)}, and not with "
            f"{requirement.label}"
        )
        yield rule.finding(Subject.of(device), message, (*keys, requirement.label))


def _named(outcome: Outcome) -> str:
    key = outcome.key
    if key is None:
        return "an unknown key"
    return key.ref if key.ref is not None and key.kind != "aws-managed" else KEY_WORDS[key.kind]


def _allowed(outcome: Outcome, device: Device, keys: Sequence[str]) -> bool | None:
    """Whether the key is one of those; `None` where that cannot be told."""
    key = outcome.key
    answers = [_is(outcome, device, wanted) for wanted in keys]
    if True in answers:
        return True
    return False if key is not None and all(a is False for a in answers) else None


def _is(outcome: Outcome, device: Device, wanted: str) -> bool | None:
    key = outcome.key
    if key is None:
        return None
    if key.kind == "aws-managed":
        return wanted.endswith("alias/aws/ebs")
    if wanted == CUSTOMER_MANAGED:
        # What the request names is no AWS managed key, else it would be called one.
        return True if key.kind == "requested" and key.ref is not None else None
    written = device.requested.kms_key_id if key.kind == "requested" else None
    answers = [_same(ref, wanted) for ref in (key.ref, written) if ref is not None]
    if True in answers:
        return True
    return False if answers and all(a is False for a in answers) else None


def _same(ref: str, wanted: str) -> bool | None:
    """Whether two names of keys mean one key; `None` for names of different kinds."""
    if ref == wanted:
        return True
    mine, other = _kind(ref), _kind(wanted)
    if mine == other and mine != "":
        return False
    if {mine, other} in _COMPARABLE:
        return _tail(ref) == _tail(wanted)
    return None


#: Kinds of names of which one is the end of the other.
_COMPARABLE = ({"arn", "id"}, {"alias arn", "alias"})


def _tail(ref: str) -> str:
    """The key's id or the alias's name."""
    return ref.rpartition("/")[2] if "key/" in ref else ref.partition("alias/")[2] or ref


def _kind(ref: str) -> str:
    """What kind of name it is; two different names of one kind are two keys.

    A data source looks up what another name may mean as well, so it is of no kind.
    """
    arn = parse_arn(ref)
    if arn is not None:
        return "alias arn" if arn.name.startswith("alias/") else "arn"
    if ref.startswith("alias/"):
        return "alias"
    if _UUID.fullmatch(ref):
        return "id"
    if ref.startswith("data.") or ".data." in ref:
        return ""
    if _LOGICAL_ID.fullmatch(ref):
        return "logical id"
    return "resource" if _RESOURCE.fullmatch(ref) else ""
