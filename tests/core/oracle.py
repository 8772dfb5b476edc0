"""A second implementation of AWS's rules, written from the documents' sentences.

It shares nothing with `analyzer.core.tables`: no rows, no row conditions. Each function
argues the way the user guides do - what does the caller ask for, what does the source bring
along, what does the account add - and returns the symbols that the documents leave possible.

Where documents contradict each other or are silent, the readings stay side by side
(`readings`), by the question's number. A caller who has an answer gets that reading alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

__all__ = ["ORACLES", "Facts", "Oracle", "Symbols", "documented_codes"]

Facts = Mapping[str, str]
Answers = Mapping[str, str]
Symbols = frozenset[str]
Oracle = Callable[[Facts, Answers], Symbols]

REJECTED = frozenset({"rejected"})
PLAIN = frozenset({"unencrypted"})
REQUESTED = frozenset({"REQUESTED"})
SOURCE_KEY = frozenset({"SNAPSHOT"})
DEFAULT = frozenset({"DEFAULT"})
AWS_MANAGED = frozenset({"AWS_MANAGED"})

NOTHING_SETTLED: Answers = {}


def readings(answers: Answers, question: str, by_answer: Mapping[str, Symbols]) -> Symbols:
    """The reading that the answer picks; all of them while the question is open."""
    if question in answers:
        return by_answer[answers[question]]
    return frozenset[str]().union(*by_answer.values())


# --- sentences that several pages share ---------------------------------------------------


def key_without_encrypted(facts: Facts, answers: Answers) -> Symbols:
    """The guides call it an error, and Encrypted=false is not "set" either.

    They name no exception for encryption by default; but the API reference asks for an
    encrypted *state*, which leaves room for one.
    """
    if facts["encryption_by_default"] == "on":
        return readings(answers, "OQ-1", {"no": REJECTED, "yes": REQUESTED})
    return REJECTED


def restored(facts: Facts) -> Symbols:
    """An encrypted source, no key named: what you own keeps its key, the rest gets yours.

    Encrypted=true alone has no effect on it, and neither has encryption by default.
    """
    if facts["owner"] == "self":
        return SOURCE_KEY
    return DEFAULT


def from_plain_source(facts: Facts) -> Symbols:
    """Nothing, or a plain source, and no key named.

    Encrypted=true or encryption by default encrypt with the account's default key; there is
    no opt-out from encryption by default, so an explicit false is overridden.
    """
    if facts["encryption_by_default"] == "on":
        return DEFAULT
    if facts["encrypted"] == "true":
        return DEFAULT
    return PLAIN


# --- volumes ------------------------------------------------------------------------------


def run_instances(facts: Facts, answers: Answers = NOTHING_SETTLED) -> Symbols:
    """Seed page and its successor, "Instance-launching scenarios"."""
    if facts["kms_key_id"] == "given":
        if facts["encrypted"] == "true":
            return REQUESTED  # whatever the source's key was
        return key_without_encrypted(facts, answers)
    if facts["snapshot"] != "encrypted":
        return from_plain_source(facts)
    if facts["encrypted"] == "false":
        # EC2 makes no plain device from an encrypted snapshot. With encryption by default
        # nobody has reported whether the false is overridden first.
        if facts["encryption_by_default"] == "off":
            return REJECTED
        return readings(answers, "OQ-3", {"no": REJECTED, "yes": restored(facts)})
    return restored(facts)


def create_volume(facts: Facts, answers: Answers = NOTHING_SETTLED) -> Symbols:
    """EBS guide, "Encryption outcomes"; the API reference for key without Encrypted."""
    if facts["kms_key_id"] == "given":
        if facts["encrypted"] == "true":
            return REQUESTED
        return key_without_encrypted(facts, answers)
    if facts["snapshot"] in ("none", "unencrypted"):
        return from_plain_source(facts)
    if facts["encrypted"] == "false":
        # The CSI driver sends it and restores; an emulator refuses it. Never plain.
        return readings(answers, "OQ-4", {"yes": restored(facts), "no": REJECTED})
    return restored(facts)


def copy_volumes(facts: Facts, answers: Answers = NOTHING_SETTLED) -> Symbols:
    """The clone page of 2025 against the API reference of 2026-09."""
    source_is_encrypted = facts["volume"] == "encrypted"
    if facts["kms_key_id"] == "given":
        if facts["encrypted"] == "true":
            return REQUESTED
        # A copy of an encrypted volume is encrypted whatever Encrypted says, so that the
        # "encrypted state" may count as true there, as it may under encryption by default.
        if source_is_encrypted:
            return readings(answers, "OQ-1", {"no": REJECTED, "yes": REQUESTED})
        return key_without_encrypted(facts, answers)
    if not source_is_encrypted:
        # 2025: unencrypted volumes cannot be copied. 2026: like any plain source.
        return readings(answers, "OQ-8", {"2025": REJECTED, "2026": from_plain_source(facts)})
    if facts["same_account"] == "yes" and facts["encrypted"] != "true":
        return SOURCE_KEY  # both editions
    # Encrypted=true, or a volume that another account shares: 2025 has the source's key
    # only, 2026 speaks of the default key.
    return readings(answers, "OQ-8", {"2025": SOURCE_KEY, "2026": DEFAULT})


def replace_root_volume(facts: Facts, answers: Answers = NOTHING_SETTLED) -> Symbols:
    """EC2 guide, "Replace the root volume": the table of encryption outcomes."""
    if facts["root_now"] == "encrypted":
        return SOURCE_KEY  # the current root's key, wherever the data comes from
    if facts["source"] == "encrypted":
        return restored(facts)
    # The launch state of a root that is plain is plain.
    return DEFAULT if facts["encryption_by_default"] == "on" else PLAIN


# --- snapshots ----------------------------------------------------------------------------


def copied_with_no_key(facts: Facts, answers: Answers) -> Symbols:
    """CopySnapshot of an encrypted snapshot within AWS's Regions, no key given.

    Today's guide: the AWS managed key, or with encryption by default the default key. API
    reference: the account's key for EBS in both cases. The guide of 2023: the key of the
    source, which cannot be used in another Region, where the account's key takes its place.
    """
    by_default = facts["encryption_by_default"] == "on"
    abroad = facts["same_region"] == "no"
    return readings(
        answers,
        "OQ-6",
        {
            "guide": DEFAULT if by_default else AWS_MANAGED,
            "api": DEFAULT,
            "guide-2023": DEFAULT if abroad else SOURCE_KEY,
        },
    )


def copy_snapshot(facts: Facts, answers: Answers = NOTHING_SETTLED) -> Symbols:
    """EBS guide, "Copy a snapshot". Who owns the snapshot makes no difference there."""
    if facts["kms_key_id"] == "given":
        if facts["encrypted"] == "true":
            return REQUESTED
        return key_without_encrypted(facts, answers)
    if facts["destination"] == "outpost":
        copied = DEFAULT  # Outposts hold no plain snapshots
    elif facts["snapshot"] == "encrypted":
        copied = copied_with_no_key(facts, answers)
    else:
        copied = from_plain_source(facts)
    if facts["encrypted"] == "false":
        # The API reference forbids false: is it refused, or not looked at?
        return readings(answers, "OQ-5", {"no": REJECTED, "yes": copied})
    return copied


def copy_image(facts: Facts, answers: Answers = NOTHING_SETTLED) -> Symbols:
    """Seed page and its successor, "Image-copying scenarios", per backing snapshot."""
    if facts["kms_key_id"] == "given":
        if facts["encrypted"] == "true":
            return REQUESTED
        return key_without_encrypted(facts, answers)
    if facts["snapshot"] == "encrypted":
        if facts["encrypted"] == "false":
            return REJECTED  # no plain copy of an encrypted snapshot
        if facts["destination"] == "outpost":
            return DEFAULT
        if facts["owner"] == "self" and facts["same_region"] == "no":
            # The guide's "same key" cannot leave its Region; guide and API differ on
            # which of the account's keys takes its place.
            return readings(
                answers, "OQ-7", {"default-key": DEFAULT, "aws-managed-key": AWS_MANAGED}
            )
        return restored(facts)
    if facts["destination"] == "outpost":
        if facts["encrypted"] == "false":
            return readings(answers, "OQ-19", {"yes": DEFAULT, "no": REJECTED})
        return DEFAULT
    return from_plain_source(facts)


def create_snapshot(facts: Facts, answers: Answers = NOTHING_SETTLED) -> Symbols:
    """Snapshots follow their volume; encryption by default is about volumes and copies."""
    return SOURCE_KEY if facts["volume"] == "encrypted" else PLAIN


def import_snapshot(facts: Facts, answers: Answers = NOTHING_SETTLED) -> Symbols:
    """VM Import/Export: a plain source, always."""
    if facts["kms_key_id"] == "absent":
        return from_plain_source(facts)
    if facts["encrypted"] == "true":
        return REQUESTED
    return key_without_encrypted(facts, answers)


def dlm_cross_region_copy(facts: Facts, answers: Answers = NOTHING_SETTLED) -> Symbols:
    """DLM's CrossRegionCopyRule: copies of encrypted snapshots are encrypted, even if the
    rule says false, and copies of all snapshots are with encryption by default.
    """
    ends_encrypted = (
        facts["encrypted"] == "true"
        or facts["snapshot"] == "encrypted"
        or facts["encryption_by_default"] == "on"
    )
    if facts["kms_key_id"] == "absent":
        return DEFAULT if ends_encrypted else PLAIN
    if facts["encrypted"] == "true":
        return REQUESTED
    # A key beside Encrypted=false: DLM says nothing. Using the key for a copy that is not
    # encrypted cannot be, so that the rule would be refused.
    if ends_encrypted:
        return readings(answers, "OQ-18", {"key-used": REQUESTED, "key-ignored": DEFAULT})
    return readings(answers, "OQ-18", {"key-used": REJECTED, "key-ignored": PLAIN})


# --- images -------------------------------------------------------------------------------


def register_image(facts: Facts, answers: Answers = NOTHING_SETTLED) -> Symbols:
    """EbsBlockDevice: KmsKeyId only at launch; omit Encrypted beside a snapshot."""
    if facts["kms_key_id"] == "given":
        return REJECTED
    if facts["snapshot"] == "none":
        asked = facts["encrypted"] == "true"
        return frozenset({"mapping:encrypted-empty" if asked else "mapping:plain-empty"})
    if facts["encrypted"] != "absent":
        return REJECTED
    if facts["snapshot"] == "encrypted":
        return frozenset({"mapping:SNAPSHOT"})
    return frozenset({"mapping:unencrypted"})


def create_image(facts: Facts, answers: Answers = NOTHING_SETTLED) -> Symbols:
    """EbsBlockDevice: a volume of the instance cannot change its state on the way.

    So true is refused for a plain volume, and false is not looked at for an encrypted one.
    """
    if facts["kms_key_id"] == "given":
        return REJECTED
    device, encrypted = facts["device"], facts["encrypted"]
    if device == "existing_encrypted":
        return frozenset({"mapping:SNAPSHOT"})
    if device == "existing_unencrypted":
        return REJECTED if encrypted == "true" else frozenset({"mapping:unencrypted"})
    if device == "new_from_snapshot":
        return frozenset({"mapping:as-snapshot"}) if encrypted == "absent" else REJECTED
    return frozenset({"mapping:encrypted-empty" if encrypted == "true" else "mapping:plain-empty"})


#: The operations by AWS's names.
ORACLES: dict[str, Oracle] = {
    "RunInstances": run_instances,
    "CreateVolume": create_volume,
    "CopySnapshot": copy_snapshot,
    "CopyImage": copy_image,
    "RegisterImage": register_image,
    "CreateImage": create_image,
    "CreateSnapshot": create_snapshot,
    "CopyVolumes": copy_volumes,
    "ImportSnapshot": import_snapshot,
    "ReplaceRootVolume": replace_root_volume,
    "DLMCrossRegionCopy": dlm_cross_region_copy,
}


# --- codes of refusals --------------------------------------------------------------------


def documented_codes(operation: str, facts: Facts) -> frozenset[str]:
    """All codes that a refusal of this request may carry; empty where none was ever seen."""
    if operation in ("RegisterImage", "CreateImage"):
        if facts["kms_key_id"] == "given":
            return frozenset({"UnknownParameter"})
        return frozenset({"InvalidParameter", "InvalidBlockDeviceMapping"})
    if operation == "DLMCrossRegionCopy":
        return frozenset()
    if facts.get("kms_key_id") == "given":
        return frozenset({"InvalidParameterDependency"})
    if facts.get("snapshot") != "encrypted":
        return frozenset()
    if operation == "RunInstances":
        # The message was seen, the code was not: it is one of those for bad mappings.
        return frozenset(
            {"InvalidBlockDeviceMapping", "InvalidParameterCombination", "InvalidParameter"}
        )
    if operation == "CreateVolume":
        return frozenset({"InvalidParameterCombination"})
    if operation == "CopyImage":
        return frozenset({"InvalidRequest"})
    return frozenset()
