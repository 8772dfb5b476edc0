"""Keys: which texts mean the same key, and which keys cannot encrypt."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from analyzer.core.chain import Request, decide
from analyzer.core.decision import Decision
from analyzer.core.facts import Fact, Known
from analyzer.core.keys import (
    KeyArn,
    KeyFacts,
    KeyRing,
    key_names,
    late_code,
    parse_arn,
    why_unusable,
)
from analyzer.core.model import KeyKind, Operation, Place
from analyzer.core.reading import KeyText
from analyzer.core.values import Choice, Datum, Given, Reference, Unknown

from .building import HERE, KEY, decided, snapshot

OTHER_REGION = "arn:aws:kms:us-east-1:111122223333:key/1"
NOTHING: Mapping[str, str] = {}
MINE = Reference("aws_kms_key.main", "arn")
ALIAS = Reference("aws_kms_alias.main", "arn")
RING = KeyRing(
    keys={
        "aws_kms_key.off": KeyFacts(unusable="the key is disabled"),
        "aws_kms_key.abroad": KeyFacts(region="us-east-1"),
        "aws_kms_key.main": KeyFacts(region="eu-west-1"),
    },
    aliases={
        "aws_kms_alias.main": MINE,
        "alias/main": ALIAS,
        "alias/round": "alias/about",
        "alias/about": "alias/round",
    },
)


def volume(
    key: Datum,
    known: Mapping[str, str] = NOTHING,
    *,
    operation: Operation = Operation.CREATE_VOLUME,
    place: Place = HERE,
) -> Decision:
    """A volume (or copy) encrypted with a key."""
    request = Request(
        operation=operation,
        place=place,
        encrypted=Given(True),
        kms_key_id=key,
        source=snapshot("unencrypted"),
        ring=RING,
    )
    return decided(lambda world: decide(request, world), **known)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (KEY, KeyArn(region="eu-west-1", account="111122223333", name="key/1")),
        (
            "arn:aws-cn:kms:cn-north-1:111122223333:alias/a:b",
            KeyArn(region="cn-north-1", account="111122223333", name="alias/a:b"),
        ),
        ("arn:aws:kms:eu-west-1::key/1", KeyArn(region="eu-west-1", account="", name="key/1")),
        ("arn:aws:ec2:eu-west-1:111122223333:volume/vol-1", None),
        ("arn:aws:kms:eu-west-1:111122223333:", None),
        ("1234abcd-12ab-34cd-56ef-1234567890ab", None),
        ("mrk-1234abcd12ab34cd56ef1234567890ab", None),
        ("alias/main", None),
        ("", None),
        (f"{KEY}\nx", None),
        (f" {KEY}", None),
    ],
)
def test_parts_of_an_arn(text: str, expected: KeyArn | None) -> None:
    assert parse_arn(text) == expected


@pytest.mark.parametrize(
    ("ref", "identity"),
    [
        (MINE, Reference("aws_kms_key.main")),
        (Reference("aws_kms_key.main", "key_id"), Reference("aws_kms_key.main")),
        (ALIAS, Reference("aws_kms_key.main")),
        ("alias/main", Reference("aws_kms_key.main")),
        (KEY, KEY),
        ("alias/other", "alias/other"),
        (OTHER_REGION, OTHER_REGION),
    ],
)
def test_aliases_are_followed_and_attributes_do_not_matter(ref: KeyText, identity: KeyText) -> None:
    assert RING.identity(ref) == identity


def test_aliases_that_point_at_each_other_end_somewhere() -> None:
    assert RING.identity("alias/round") in ("alias/round", "alias/about")


def test_replicas_of_a_multi_region_key_are_two_keys() -> None:
    primary = "arn:aws:kms:eu-west-1:111122223333:key/mrk-1"
    replica = "arn:aws:kms:us-east-1:111122223333:key/mrk-1"
    assert RING.identity(primary) != RING.identity(replica)


@pytest.mark.parametrize(
    ("ref", "managed"),
    [
        ("alias/aws/ebs", True),
        ("arn:aws:kms:eu-west-1:111122223333:alias/aws/ebs", True),
        ("alias/aws/ebs2", False),
        ("alias/aws/s3", False),
        ("myalias/aws/ebs", False),
        (KEY, False),
        (MINE, False),
    ],
)
def test_the_aws_managed_key_is_known_by_its_alias(ref: KeyText, managed: bool) -> None:
    assert KeyRing().is_aws_managed(ref) is managed
    kind = KeyKind.AWS_MANAGED if managed else KeyKind.REQUESTED
    key = volume(Given(ref)).key
    assert key is not None
    assert key.kind is kind
    if managed:
        assert key.ref == "alias/aws/ebs"


@pytest.mark.parametrize(
    ("ref", "refused"),
    [
        (KEY, ""),
        (OTHER_REGION, "us-east-1"),
        (Reference("aws_kms_key.off", "arn"), "disabled"),
        (Reference("aws_kms_key.abroad", "arn"), "us-east-1"),
        (MINE, ""),
        ("alias/main", ""),
        ("1234abcd-12ab-34cd-56ef-1234567890ab", ""),
        (Reference("aws_kms_key.elsewhere", "arn"), ""),
    ],
)
def test_only_what_the_input_shows_speaks_against_a_key(ref: KeyText, refused: str) -> None:
    assert refused in RING.refusal(ref, HERE)
    assert bool(RING.refusal(ref, HERE)) is bool(refused)
    decision = volume(Given(ref))
    assert decision.verdict == ("rejected" if refused else "encrypted")


def test_a_region_that_nobody_knows_speaks_against_no_key() -> None:
    assert RING.refusal(OTHER_REGION, Place()) == ""
    assert volume(Given(OTHER_REGION), place=Place()).verdict == "encrypted"


@pytest.mark.parametrize(
    ("operation", "code"),
    [
        (Operation.RUN_INSTANCES, "Client.InvalidKMSKey.InvalidState"),
        (Operation.CREATE_VOLUME, "InvalidVolume.NotFound"),
        (Operation.COPY_SNAPSHOT, "Given key ID is not accessible"),
        (Operation.COPY_IMAGE, "Given key ID is not accessible"),
    ],
)
def test_a_bad_key_shows_late(operation: Operation, code: str) -> None:
    (found,) = volume(Given(OTHER_REGION), operation=operation).outcomes
    assert (found.symbol, found.outcome, found.late) == ("rejected", "rejected", True)
    assert found.code == late_code(operation)
    assert code in found.code
    assert "us-east-1" in found.cause
    assert "eu-west-1" in found.cause
    assert found.key is not None
    assert found.key.ref == OTHER_REGION


def test_a_key_of_which_only_the_existence_is_known_is_a_key() -> None:
    decision = volume(Unknown("aws_kms_key.later.arn", nullable=False))
    assert decision.verdict == "encrypted"
    assert decision.key is not None
    assert (decision.key.kind, decision.key.ref) == (KeyKind.REQUESTED, None)


def test_a_key_that_may_be_null_is_a_question() -> None:
    decision = volume(Unknown("var.key"))
    assert {o.symbol for o in decision.outcomes} == {"REQUESTED", "DEFAULT"}
    assert [fact.name for fact in decision.settle] == ["var.key"]
    (found,) = volume(Unknown("var.key"), {"var.key": KEY}).outcomes
    assert found.key is not None
    assert found.key.ref == KEY
    assert volume(Unknown("var.key"), {"var.key": "absent"}).outcomes[0].symbol == "DEFAULT"


def test_a_key_with_listed_values_is_one_of_them() -> None:
    decision = volume(Unknown("var.key", domain=(KEY, OTHER_REGION), nullable=False))
    assert {(o.outcome, o.key.ref if o.key else None) for o in decision.outcomes} == {
        ("encrypted", KEY),
        ("rejected", OTHER_REGION),
    }


@pytest.mark.parametrize("nothing", ["", None])
def test_an_empty_key_is_no_key(nothing: str | None) -> None:
    assert volume(Given(nothing)).outcomes[0].symbol == "DEFAULT"


def test_two_names_of_one_key_are_one_key() -> None:
    fact = Fact("value", "var.by_alias", ("true", "false"), "?")
    either = Choice(fact, {"true": Given("alias/main"), "false": Given(MINE)})
    decision = volume(either)
    assert decision.settle == ()
    assert decision.key is not None
    assert decision.key.ref == Reference("aws_kms_key.main")


def test_a_sensitive_key_stays_sensitive() -> None:
    key = volume(Given(KEY, sensitive=True)).key
    assert key is not None
    assert key.sensitive


# --- what is known of keys from outside ---------------------------------------------------

ALIAS_ARN = "arn:aws:kms:eu-west-1:111122223333:alias/outside"
ELSEWHERE = Place(account="111122223333", region="us-east-1")


@pytest.mark.parametrize(
    ("ref", "known", "place", "expected"),
    [
        ("alias/outside", {f"alias(alias/outside@{HERE.label})": KEY}, HERE, KEY),
        ("alias/outside", {f"alias(alias/outside@{HERE.label})": KEY}, ELSEWHERE, "alias/outside"),
        (ALIAS_ARN, {f"alias({ALIAS_ARN})": KEY}, ELSEWHERE, KEY),
        (
            "alias/main",
            {f"alias(alias/main@{HERE.label})": KEY},
            HERE,
            Reference("aws_kms_key.main"),
        ),
        ("alias/aws/ebs", {f"alias(alias/aws/ebs@{HERE.label})": KEY}, HERE, "alias/aws/ebs"),
        (KEY, {f"alias({KEY})": "other", f"alias({KEY}@{HERE.label})": "other"}, HERE, KEY),
    ],
)
def test_an_alias_may_be_known_from_outside_for_its_place(
    ref: str, known: dict[str, str], place: Place, expected: KeyText
) -> None:
    assert RING.identity(ref, place, Known(known)) == expected
    key = volume(Given(ref), known, place=place).key
    if expected == "alias/aws/ebs":
        assert key is not None
        assert key.kind is KeyKind.AWS_MANAGED
    elif place is HERE:
        assert key is not None
        assert (key.kind, key.ref) == (KeyKind.REQUESTED, expected)


def test_an_alias_from_outside_that_points_at_itself_ends() -> None:
    known = Known(
        {f"alias(alias/a@{HERE.label})": "alias/b", f"alias(alias/b@{HERE.label})": "alias/a"}
    )
    assert RING.identity("alias/a", HERE, known) in ("alias/a", "alias/b")


@pytest.mark.parametrize(("manager", "managed"), [("AWS", True), ("CUSTOMER", False)])
def test_who_manages_a_key_may_be_known_from_outside(manager: str, managed: bool) -> None:
    known = {f"key_manager({KEY})": manager, f"alias(alias/x@{HERE.label})": KEY}
    for ref in (KEY, "alias/x"):
        assert RING.is_aws_managed(ref, HERE, Known(known)) is managed
        key = volume(Given(ref), known).key
        assert key is not None
        assert (key.kind is KeyKind.AWS_MANAGED) is managed
    assert not RING.is_aws_managed(OTHER_REGION, HERE, Known(known))


@pytest.mark.parametrize(
    ("fact", "bad", "good"),
    [
        ("key_state", "PendingDeletion", "Enabled"),
        ("key_usage", "SIGN_VERIFY", "ENCRYPT_DECRYPT"),
        ("key_spec", "RSA_2048", "SYMMETRIC_DEFAULT"),
        ("key_region", "us-east-1", "eu-west-1"),
    ],
)
def test_a_key_may_be_known_from_outside_to_be_of_no_use(fact: str, bad: str, good: str) -> None:
    name = "1234abcd-12ab-34cd-56ef-1234567890ab"
    known = {f"alias(alias/x@{HERE.label})": name}
    for ref in (name, "alias/x"):
        (refused,) = volume(Given(ref), {**known, f"{fact}({name})": bad}).outcomes
        assert (refused.outcome, refused.late, refused.row) == ("rejected", True, "CV-3")
        assert bad in refused.cause
        assert volume(Given(ref), {**known, f"{fact}({name})": good}).verdict == "encrypted"
    assert volume(Given("another"), {f"{fact}({name})": bad}).verdict == "encrypted"


@pytest.mark.parametrize(
    ("state", "usage", "spec", "named"),
    [
        (None, None, None, ""),
        ("Enabled", "ENCRYPT_DECRYPT", "SYMMETRIC_DEFAULT", ""),
        ("Disabled", None, None, "Disabled"),
        ("PendingImport", None, None, "PendingImport"),
        ("PendingReplicaDeletion", None, None, "PendingReplicaDeletion"),
        ("Unavailable", None, None, "Unavailable"),
        (None, "GENERATE_VERIFY_MAC", None, "GENERATE_VERIFY_MAC"),
        (None, None, "ECC_NIST_P256", "ECC_NIST_P256"),
    ],
)
def test_only_enabled_symmetric_encryption_keys_encrypt(
    state: str | None, usage: str | None, spec: str | None, named: str
) -> None:
    why = why_unusable(state=state, usage=usage, spec=spec)
    assert named in why
    assert bool(why) is bool(named)


@pytest.mark.parametrize(
    ("ref", "names"),
    [
        (KEY, [KEY, "1"]),
        (ALIAS_ARN, [ALIAS_ARN]),
        ("1234", ["1234"]),
        (
            "arn:aws:kms:eu-west-1:1:key/mrk-key/",
            ["arn:aws:kms:eu-west-1:1:key/mrk-key/", "mrk-key/"],
        ),
    ],
)
def test_a_key_is_named_by_its_arn_and_its_id(ref: str, names: list[str]) -> None:
    assert list(key_names(ref)) == names


def test_no_part_of_a_sensitive_key_is_told() -> None:
    told = RING.refusal(OTHER_REGION, HERE)
    assert "us-east-1" in told
    kept = RING.refusal(OTHER_REGION, HERE, sensitive=True)
    assert kept
    assert "us-east-1" not in kept


@pytest.mark.parametrize(
    ("text", "verdict", "key"),
    [
        ("arn:aws:kms:us-east-1:${AWS::AccountId}:key/${Key.Ref}", "rejected", True),
        ('"arn:aws:kms:us-east-1:111122223333:key/${aws_kms_key.main.key_id}"', "rejected", True),
        ("arn:aws:kms:us-east-1:111122223333:${Alias.Ref}", "rejected", True),
        ("arn:aws:kms:eu-west-1:${AWS::AccountId}:key/${Key.Ref}", "encrypted", False),
        ("arn:${AWS::Partition}:kms:${AWS::Region}:1:key/${Key.Ref}", "encrypted", False),
        ("var.key_arn", "encrypted", False),
    ],
)
def test_an_arn_around_something_unknown_tells_its_region(
    text: str, verdict: str, key: bool
) -> None:
    decision = volume(Unknown(text, nullable=False))
    assert decision.verdict == verdict
    (outcome,) = decision.outcomes
    assert outcome.key is not None
    assert outcome.key.kind is KeyKind.REQUESTED
    assert outcome.key.ref == (text.strip('"') if key else None)


def test_an_arn_around_something_unknown_may_name_the_aws_managed_key() -> None:
    managed = Unknown("arn:aws:kms:${AWS::Region}:${AWS::AccountId}:alias/aws/ebs", nullable=False)
    (outcome,) = volume(managed).outcomes
    assert outcome.key is not None
    assert outcome.key.kind is KeyKind.AWS_MANAGED
