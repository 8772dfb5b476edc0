"""Key policies and grants: allowed, refused, or not known, and never wrong about the first two."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.core.policies import (
    OWN_ACCOUNT,
    OWN_REGION,
    Call,
    Condition,
    Grant,
    Policy,
    Principal,
    Statement,
    Truth,
    allowed,
    default_policy,
    granted,
)

NO, MAYBE, YES = Truth.NO, Truth.MAYBE, Truth.YES
ACCOUNT, OTHER = "111122223333", "444455556666"
PATH = "role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"
ROLE = f"arn:aws:iam::{ACCOUNT}:{PATH}"
ROOT = f"arn:aws:iam::{ACCOUNT}:root"
SCALING = Principal(account=ACCOUNT, role=PATH, delegable=False)
ADMIN = Principal(account=ACCOUNT, role="role/admin")
SOMEBODY = Principal(account=ACCOUNT)
NOWHERE = Principal(role=PATH, delegable=False)
CALL = Call(action="kms:CreateGrant", principal=SCALING, region="eu-west-1")


def policy(*statements: Statement) -> Policy:
    return Policy(statements=statements)


def allow(
    *who: str | None, kind: str = "AWS", actions: tuple[str | None, ...] = ("kms:*",)
) -> Statement:
    return Statement(effect="Allow", principals=tuple((kind, w) for w in who), actions=actions)


def deny(*who: str, actions: tuple[str, ...] = ("kms:*",)) -> Statement:
    return replace(allow(*who, actions=actions), effect="Deny")


@pytest.mark.parametrize(
    ("who", "principal", "expected"),
    [
        (ROLE, SCALING, YES),
        ("*", SCALING, YES),
        (ROOT, SCALING, NO),  # AWS's own policies for the role hold no permission of KMS
        (ACCOUNT, SCALING, NO),
        (ROOT, ADMIN, MAYBE),  # by policies that are not in the input
        (ACCOUNT, ADMIN, MAYBE),
        (f"arn:aws:iam::{OTHER}:root", ADMIN, NO),
        (f"arn:aws:iam::{ACCOUNT}:role/admin", ADMIN, YES),
        (f"arn:aws:iam::{ACCOUNT}:role/admin", SCALING, NO),
        (f"arn:aws:iam::{ACCOUNT}:role/admin", SOMEBODY, MAYBE),
        (f"arn:aws:iam::{OTHER}:role/admin", ADMIN, NO),
        (ROLE.replace(ACCOUNT, OTHER), SCALING, NO),
        (ROLE.replace(ACCOUNT, OWN_ACCOUNT), SCALING, MAYBE),
        (ROLE, NOWHERE, MAYBE),
        (ROLE.replace(ACCOUNT, OWN_ACCOUNT), NOWHERE, YES),
        (f"{ROLE}_suffix", SCALING, NO),
        (f"arn:aws:sts::{ACCOUNT}:assumed-role/admin/session", ADMIN, MAYBE),
        (f"arn:aws:sts::{ACCOUNT}:assumed-role/other/session", ADMIN, NO),
        ("AROAEXAMPLEID", SCALING, MAYBE),
        (None, SCALING, MAYBE),
    ],
)
def test_who_is_named(who: str | None, principal: Principal, expected: Truth) -> None:
    assert allowed(policy(allow(who)), replace(CALL, principal=principal)) is expected


@pytest.mark.parametrize(
    ("kind", "who", "expected"),
    [
        ("Service", "autoscaling.amazonaws.com", MAYBE),
        ("Service", "ec2.amazonaws.com", MAYBE),
        ("Service", "logs.amazonaws.com", NO),
        ("Federated", "cognito-identity.amazonaws.com", NO),
        ("CanonicalUser", "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be", NO),
        ("Unheard", "of", MAYBE),
    ],
)
def test_other_kinds_of_principals(kind: str, who: str, expected: Truth) -> None:
    assert allowed(policy(allow(who, kind=kind)), CALL) is expected


@pytest.mark.parametrize(
    ("actions", "expected"),
    [
        (("kms:*",), YES),
        (("*",), YES),
        (("kms:Create*",), YES),
        (("KMS:creategrant",), YES),
        (("kms:Decrypt", "kms:CreateGrant"), YES),
        (("kms:Decrypt",), NO),
        ((), NO),
        ((None,), MAYBE),
        (("kms:Decrypt", None), MAYBE),
    ],
)
def test_which_action_is_covered(actions: tuple[str | None, ...], expected: Truth) -> None:
    assert allowed(policy(allow(ROLE, actions=actions)), CALL) is expected
    opposite = {YES: NO, NO: YES, MAYBE: MAYBE}[expected]
    statement = replace(allow(ROLE, actions=actions), other_actions=True)
    assert allowed(policy(statement), CALL) is opposite


@pytest.mark.parametrize(
    ("operator", "key", "values", "expected"),
    [
        ("Bool", "kms:GrantIsForAWSResource", ("true",), YES),
        ("Bool", "kms:GrantIsForAWSResource", ("false",), NO),
        ("Bool", "kms:GrantIsForAWSResource", (None,), MAYBE),
        ("StringEquals", "kms:ViaService", ("ec2.eu-west-1.amazonaws.com",), YES),
        ("StringEquals", "kms:viaservice", ("rds.eu-west-1.amazonaws.com",), NO),
        ("StringEquals", "kms:ViaService", ("ec2.us-east-1.amazonaws.com",), NO),
        ("StringLike", "kms:ViaService", ("ec2.*.amazonaws.com",), YES),
        ("StringEquals", "kms:ViaService", ("ec2.*.amazonaws.com",), NO),
        ("StringEquals", "kms:ViaService", (None,), MAYBE),
        ("StringLike", "kms:ViaService", ("*",), MAYBE),
        ("ForAnyValue:StringEquals", "kms:ViaService", ("s3.x.y.z", "ec2.eu-west-1.a.b"), YES),
        ("StringEquals", "kms:ViaService", (f"ec2.{OWN_REGION}.amazonaws.com",), YES),
        ("StringEquals", "kms:CallerAccount", (ACCOUNT,), YES),
        ("StringEquals", "kms:CallerAccount", (OTHER,), NO),
        ("StringEquals", "kms:CallerAccount", (OTHER, ACCOUNT), YES),
        ("StringEquals", "kms:CallerAccount", (OWN_ACCOUNT,), MAYBE),
        ("StringNotEquals", "kms:CallerAccount", (OTHER,), MAYBE),
        ("StringEqualsIfExists", "kms:CallerAccount", (OTHER,), MAYBE),
        ("StringEquals", "aws:PrincipalOrgID", ("o-1",), MAYBE),
        ("Null", "kms:ViaService", ("true",), MAYBE),
        ("", "", (), MAYBE),
    ],
)
def test_conditions(
    operator: str, key: str, values: tuple[str | None, ...], expected: Truth
) -> None:
    statement = replace(allow(ROLE), conditions=(Condition(operator, key, values),))
    assert allowed(policy(statement), CALL) is expected


def test_a_grant_condition_holds_for_grants_only() -> None:
    condition = Condition("Bool", "kms:GrantIsForAWSResource", ("true",))
    statement = replace(allow(ROLE), conditions=(condition,))
    assert allowed(policy(statement), replace(CALL, action="kms:Decrypt")) is NO


def test_an_unknown_region_is_not_taken_for_another() -> None:
    condition = Condition("StringEquals", "kms:ViaService", ("ec2.eu-west-1.amazonaws.com",))
    statement = replace(allow(ROLE), conditions=(condition,))
    assert allowed(policy(statement), replace(CALL, region=OWN_REGION)) is MAYBE


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        ((), NO),
        ((allow(ROLE), deny(ROLE)), NO),
        ((allow(ROLE), deny("*")), NO),
        ((allow(ROLE), deny(ROOT)), MAYBE),  # a denial to the account meets everyone in it, or not
        ((allow(ROLE), deny(f"arn:aws:iam::{ACCOUNT}:role/admin")), YES),
        ((allow(ROLE), deny(ROLE, actions=("kms:Decrypt",))), YES),
        ((deny(ROLE),), NO),
        ((allow(ROOT), allow(ROLE)), YES),
        ((replace(allow(ROLE), odd=True),), MAYBE),
        ((replace(allow(ROLE), effect=None),), MAYBE),
        ((allow(ROLE), replace(allow(ROLE), effect=None)), MAYBE),
        ((replace(allow(f"arn:aws:iam::{ACCOUNT}:role/admin"), excluded=True),), MAYBE),
    ],
)
def test_statements_together(statements: tuple[Statement, ...], expected: Truth) -> None:
    assert allowed(policy(*statements), CALL) is expected


def test_a_policy_that_may_go_on_is_never_certain_to_allow_or_refuse() -> None:
    for statements in ((), (allow(ROLE),), (allow(ROOT),)):
        assert allowed(Policy(statements=statements, complete=False), CALL) is MAYBE
    assert allowed(Policy(statements=(deny(ROLE),), complete=False), CALL) is NO


def test_the_default_policy_delegates_to_the_account() -> None:
    assert allowed(default_policy(ACCOUNT), CALL) is NO
    assert allowed(default_policy(), replace(CALL, principal=NOWHERE)) is NO
    assert allowed(default_policy(ACCOUNT), replace(CALL, principal=ADMIN)) is MAYBE


@pytest.mark.parametrize(
    ("grant", "expected"),
    [
        (Grant(grantee=ROLE, operations=("CreateGrant",)), YES),
        (Grant(grantee=ROLE, operations=("Decrypt",)), NO),
        (Grant(grantee=ROLE, operations=(None,)), MAYBE),
        (Grant(grantee=None, operations=("CreateGrant",)), MAYBE),
        (Grant(grantee=f"arn:aws:iam::{ACCOUNT}:role/admin", operations=("CreateGrant",)), NO),
        (Grant(grantee=ROLE, operations=("CreateGrant",), constrained=True), MAYBE),
    ],
)
def test_grants(grant: Grant, expected: Truth) -> None:
    assert granted([grant], CALL) is expected
    assert granted([], CALL) is NO


# What is not known is replaced by anything it may be: a certain answer must stay.

_TEXTS = st.sampled_from(
    [ROLE, ROOT, "*", f"arn:aws:iam::{ACCOUNT}:role/admin", ACCOUNT, OTHER, None]
)
_ACTIONS = st.sampled_from(["kms:*", "kms:CreateGrant", "kms:Decrypt", "kms:Create*", None])
_CONDITIONS = st.builds(
    Condition,
    st.sampled_from(["Bool", "StringEquals", "StringLike"]),
    st.sampled_from(["kms:GrantIsForAWSResource", "kms:ViaService", "kms:CallerAccount"]),
    st.lists(
        st.sampled_from(["true", "false", "ec2.eu-west-1.amazonaws.com", ACCOUNT, OTHER, None]),
        max_size=2,
    ).map(tuple),
)
_STATEMENTS = st.builds(
    Statement,
    effect=st.sampled_from(["Allow", "Deny", None]),
    principals=st.lists(_TEXTS.map(lambda who: ("AWS", who)), max_size=2).map(tuple),
    actions=st.lists(_ACTIONS, max_size=2).map(tuple),
    other_actions=st.booleans(),
    conditions=st.lists(_CONDITIONS, max_size=1).map(tuple),
)


def _completed(data: st.DataObject, statement: Statement) -> Statement:
    """The statement with something for everything that is not known."""

    def known(value: str | None, choices: list[str]) -> str:
        return value if value is not None else data.draw(st.sampled_from(choices))

    whos = [ROLE, ROOT, "*", f"arn:aws:iam::{OTHER}:root"]
    return replace(
        statement,
        effect=known(statement.effect, ["Allow", "Deny"]),
        principals=tuple((kind, known(who, whos)) for kind, who in statement.principals),
        actions=tuple(known(a, ["kms:*", "kms:Encrypt"]) for a in statement.actions),
        conditions=tuple(
            replace(c, values=tuple(known(v, ["true", "false", ACCOUNT]) for v in c.values))
            for c in statement.conditions
        ),
    )


@settings(max_examples=300, deadline=None)
@given(
    statements=st.lists(_STATEMENTS, max_size=3),
    action=st.sampled_from(["kms:CreateGrant", "kms:Decrypt"]),
    principal=st.sampled_from([SCALING, ADMIN, SOMEBODY]),
    data=st.data(),
)
def test_a_certain_answer_holds_in_every_completion(
    statements: list[Statement], action: str, principal: Principal, data: st.DataObject
) -> None:
    call = Call(action=action, principal=principal, region="eu-west-1")
    answer = allowed(policy(*statements), call)
    completed = [_completed(data, statement) for statement in statements]
    if answer is not MAYBE:
        assert allowed(policy(*completed), call) is answer
