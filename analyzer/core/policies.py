"""KMS key policies and grants, evaluated three-valued: allowed, not allowed, or not known.

Only what is understood counts as certain: the account's delegation, named principals, the
three conditions that key policies for EBS use. Anything else may hold or not.

Source: KMS Developer Guide, key policies, grants, condition keys; IAM User Guide, policy
evaluation logic.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import IntEnum
from fnmatch import fnmatchcase

from analyzer.core.records import dataclass

__all__ = [
    "OWN_ACCOUNT",
    "OWN_REGION",
    "Call",
    "Condition",
    "Grant",
    "Policy",
    "Principal",
    "Statement",
    "Truth",
    "allowed",
    "default_policy",
    "granted",
]

#: In a text: the account, or the Region, that the request is made in, whatever its name is.
OWN_ACCOUNT = "${account}"
OWN_REGION = "${region}"

_ARN = re.compile(r"arn:[^:]*:(iam|sts)::([^:]*):(.+)", re.DOTALL)


class Truth(IntEnum):
    """Whether something holds; `and` is the least, `or` the greatest of several."""

    NO = 0
    MAYBE = 1
    YES = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Who makes a request.

    `account` is a number, or `OWN_ACCOUNT` where nothing tells it. `role` is the part of its
    ARN after the account (`role/...`), `""` where it is not known who it is. `delegable`
    tells whether policies of its own may give it what a key policy leaves to the account:
    not so for service-linked roles, whose policies are AWS's and name no keys.
    """

    account: str = OWN_ACCOUNT
    role: str = ""
    delegable: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One KMS action that a service asks for in a principal's name.

    `own_account` is the account of the input, which policies call by a word of their own.
    """

    action: str
    principal: Principal
    region: str = OWN_REGION
    service: str = "ec2"
    own_account: str = OWN_ACCOUNT

    def resolved(self, text: str) -> str:
        """A text of a policy with the name of the own account, where that is known."""
        return text.replace(OWN_ACCOUNT, self.own_account)


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition: the operator, the key, and the values; `None` where they are not known."""

    operator: str
    key: str
    values: tuple[str | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One statement of a key policy; `None` in a list stands for a text that is not known.

    `principals` are pairs of a kind (`AWS`, `Service`, ...) and a text. `excluded` tells
    that they are a NotPrincipal, `other_actions` that the actions are a NotAction.
    `odd` statements have parts that nobody here understands.
    """

    effect: str | None
    principals: tuple[tuple[str, str | None], ...] = ()
    excluded: bool = False
    actions: tuple[str | None, ...] = ()
    other_actions: bool = False
    conditions: tuple[Condition, ...] = ()
    odd: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A key policy. One that is not `complete` may have further statements."""

    statements: tuple[Statement, ...]
    complete: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """A grant on a key: to whom, for which operations; `None` where that is not known.

    A grant that is `constrained` holds for some requests only.
    """

    grantee: str | None
    operations: tuple[str | None, ...]
    constrained: bool = False


def allowed(policy: Policy, call: Call) -> Truth:
    """Whether a key policy lets a call through: no statement denies it, and one allows it."""
    deny = _any(_applies(s, call, "Deny") for s in policy.statements)
    allow = _any(_applies(s, call, "Allow") for s in policy.statements)
    if not policy.complete:
        deny, allow = max(deny, Truth.MAYBE), max(allow, Truth.MAYBE)
    if deny is Truth.YES or allow is Truth.NO:
        return Truth.NO
    return Truth.MAYBE if deny is Truth.MAYBE else allow


def granted(grants: Iterable[Grant], call: Call) -> Truth:
    """Whether a grant lets a call through."""
    return _any(_grants(grant, call) for grant in grants)


def _grants(grant: Grant, call: Call) -> Truth:
    wanted = call.action.removeprefix("kms:")
    operation = _any(
        Truth.MAYBE if name is None else Truth(2 * (name == wanted)) for name in grant.operations
    )
    who = (
        Truth.MAYBE
        if grant.grantee is None
        else _is(call.resolved(grant.grantee), call.principal, deny=False)
    )
    limit = Truth.MAYBE if grant.constrained else Truth.YES
    return min(operation, who, limit)


def _applies(statement: Statement, call: Call, effect: str) -> Truth:
    if statement.effect is not None and statement.effect != effect:
        return Truth.NO
    parts = [
        Truth.YES if statement.effect == effect else Truth.MAYBE,
        Truth.MAYBE if statement.odd else Truth.YES,
        _names(statement, call, deny=effect == "Deny"),
        _covers(statement, call.action),
        *(_holds(condition, call) for condition in statement.conditions),
    ]
    return min(parts)


def _any(truths: Iterable[Truth]) -> Truth:
    return max(truths, default=Truth.NO)


def _not(truth: Truth) -> Truth:
    return Truth(2 - truth)


def _covers(statement: Statement, action: str) -> Truth:
    found = _any(_action_is(pattern, action) for pattern in statement.actions)
    return _not(found) if statement.other_actions else found


def _action_is(pattern: str | None, action: str) -> Truth:
    if pattern is None:
        return Truth.MAYBE
    return Truth.YES if fnmatchcase(action.lower(), pattern.lower()) else Truth.NO


def _names(statement: Statement, call: Call, *, deny: bool) -> Truth:
    found = _any(_principal_is(kind, who, call, deny) for kind, who in statement.principals)
    if statement.excluded:  # NotPrincipal compares sessions and accounts in ways of its own
        return Truth.MAYBE
    return found


def _principal_is(kind: str, who: str | None, call: Call, deny: bool) -> Truth:
    if who is None:
        return Truth.MAYBE
    if kind == "AWS":
        return _is(call.resolved(who), call.principal, deny=deny)
    if kind == "Service":
        # EC2 and Auto Scaling ask in the name of a role; that their own names count is not
        # documented, nor is it ruled out.
        near = ("ec2", "spot", "autoscaling", "ec2fleet", "spotfleet")
        return Truth.MAYBE if who.partition(".")[0] in near else Truth.NO
    return Truth.NO if kind in ("Federated", "CanonicalUser") else Truth.MAYBE


def _is(who: str, principal: Principal, *, deny: bool) -> Truth:
    """Whether the text of a principal means, or covers, the one who asks."""
    if who == "*":
        return Truth.YES
    arn = _ARN.fullmatch(who)
    account, rest = (arn[2], arn[3]) if arn is not None else (who, "root")
    if arn is None and not (who.isdigit() or who == OWN_ACCOUNT):
        return Truth.MAYBE  # a unique id, or no principal at all
    same = _same_account(account, principal.account)
    if rest == "root":
        # A whole account: a denial meets everyone in it, a permission is delegated to it.
        return min(same, Truth.MAYBE) if deny or principal.delegable else Truth.NO
    if not principal.role:
        return min(same, Truth.MAYBE)
    if "*" in rest or "?" in rest or "${" in rest:
        return min(same, Truth.MAYBE)
    if rest == principal.role:
        return same
    if rest.startswith("assumed-role/"):
        name = principal.role.rpartition("/")[2]
        return min(same, Truth.MAYBE) if rest.split("/")[1] == name else Truth.NO
    return Truth.NO


def _same_account(one: str, other: str) -> Truth:
    if one == other:
        return Truth.YES
    return Truth.MAYBE if OWN_ACCOUNT in (one, other) or "$" in one or "*" in one else Truth.NO


_EQUALS = frozenset(
    ("stringequals", "stringlike", "stringequalsignorecase", "arnequals", "arnlike")
)


def _holds(condition: Condition, call: Call) -> Truth:
    operator = condition.operator.lower()
    key = condition.key.lower()
    values = condition.values
    if operator.startswith("foranyvalue:"):
        operator = operator.partition(":")[2]
    if key == "kms:viaservice" and operator in _EQUALS:
        # StringEquals, unlike StringLike, takes an asterisk for itself.
        literal = operator.startswith("stringequals")
        values = tuple(v for v in values if not (literal and v is not None and "*" in v))
        return _any(_via(value, call) for value in values)
    if key == "kms:calleraccount" and operator in _EQUALS:
        return _any(_account_is(value, call) for value in values)
    if key == "kms:grantisforawsresource" and operator == "bool":
        # The key is there for grants only, and EBS's grants are for AWS resources.
        if call.action != "kms:CreateGrant":
            return Truth.NO
        return _any(_boolean(value) for value in values)
    return Truth.MAYBE


def _boolean(value: str | None) -> Truth:
    if value is None:
        return Truth.MAYBE
    return Truth.YES if value.lower() == "true" else Truth.NO


def _account_is(value: str | None, call: Call) -> Truth:
    if value is None:
        return Truth.MAYBE
    return _same_account(call.resolved(value), call.principal.account)


def _via(value: str | None, call: Call) -> Truth:
    """Whether `ec2.REGION.amazonaws.com` is the service that asks."""
    if value is None:
        return Truth.MAYBE
    parts = value.split(".")
    if len(parts) < 4 or not fnmatchcase(call.service, parts[0]):
        return Truth.MAYBE if "*" in value and len(parts) < 4 else Truth.NO
    if fnmatchcase(call.region, parts[1]) or parts[1] == OWN_REGION:
        return Truth.YES
    return Truth.MAYBE if call.region == OWN_REGION or "$" in parts[1] else Truth.NO


def default_policy(account: str = OWN_ACCOUNT) -> Policy:
    """What KMS gives a key that is created without a policy: all to the account, to delegate."""
    root = f"arn:aws:iam::{account}:root"
    statement = Statement(effect="Allow", principals=(("AWS", root),), actions=("kms:*",))
    return Policy(statements=(statement,))
