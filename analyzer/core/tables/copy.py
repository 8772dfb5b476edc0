"""Copies: CopySnapshot, CopyImage (per backing snapshot), DLM's cross-Region copy rule."""

from __future__ import annotations

from analyzer.core.model import Operation
from analyzer.core.tables.spec import Confidence, Open, Refused, row, table

_DOC, _API = Confidence.DOCUMENTED, Confidence.API_REFERENCE
_OBS, _INF, _DIS = Confidence.OBSERVED, Confidence.INFERRED, Confidence.DISAGREE

_NEEDS_ENCRYPTED = Refused("InvalidParameterDependency")
_KEY_ALONE = Open("OQ-1", {"no": _NEEDS_ENCRYPTED, "yes": "REQUESTED"})
_NOT_FALSE = Refused("InvalidParameterValue")
_PLAIN_OF_ENCRYPTED = Refused("InvalidRequest")

# Which key a copied encrypted snapshot gets without a named one (OQ-6), by situation. A
# source key cannot leave its Region, so its owner's edition means the default key there.
_KEY_OFF_SAME = Open("OQ-6", {"guide": "AWS_MANAGED", "api": "DEFAULT", "guide-2023": "SNAPSHOT"})
_KEY_ON_SAME = Open("OQ-6", {"guide": "DEFAULT", "api": "DEFAULT", "guide-2023": "SNAPSHOT"})
_KEY_OFF_OTHER = Open("OQ-6", {"guide": "AWS_MANAGED", "api": "DEFAULT", "guide-2023": "DEFAULT"})

COPY_SNAPSHOT = table(
    Operation.COPY_SNAPSHOT,
    "encrypted kms_key_id destination snapshot encryption_by_default same_region owner",
    row(
        "CS-1",
        "encrypted=false|absent kms_key_id=given encryption_by_default=off",
        _NEEDS_ENCRYPTED,
        "a key without Encrypted=true is refused",
        "API-CS SNAPCOPY-2023",
        _API,
        "The code is by analogy.",
    ),
    row(
        "CS-2",
        "encrypted=false|absent kms_key_id=given encryption_by_default=on",
        _KEY_ALONE,
        "a key without Encrypted=true is refused, unless encryption by default stands in for it",
        "SNAPCOPY-2023",
        _DOC,
        "An older edition asks for Encrypted=true also with encryption by default.",
    ),
    row(
        "CS-3",
        "encrypted=true kms_key_id=given",
        "REQUESTED",
        "Encrypted=true with a key: encrypted with that key of the destination Region",
        "SNAPCOPY API-CS",
        _DOC,
    ),
    row(
        "CS-4",
        "encrypted=false kms_key_id=absent snapshot=unencrypted encryption_by_default=off "
        "destination=region",
        Open("OQ-5", {"no": _NOT_FALSE, "yes": "unencrypted"}),
        "Encrypted=false is no legal value for a copy: refused, or ignored",
        "API-CS",
        _API,
    ),
    row(
        "CS-5",
        "encrypted=false kms_key_id=absent snapshot=unencrypted encryption_by_default=on "
        "destination=region",
        Open("OQ-5", {"no": _NOT_FALSE, "yes": "DEFAULT"}),
        "Encrypted=false is no legal value for a copy: refused, or overridden by encryption by "
        "default",
        "API-CS SNAPCOPY",
        _API,
    ),
    row(
        "CS-6a",
        "encrypted=false kms_key_id=absent snapshot=encrypted encryption_by_default=on "
        "same_region=yes destination=region",
        Open("OQ-5", {"no": _NOT_FALSE, "yes": _KEY_ON_SAME}),
        "Encrypted=false is no legal value for a copy: refused, or ignored; never plain text",
        "API-CS",
        _API,
    ),
    row(
        "CS-6b",
        "encrypted=false kms_key_id=absent snapshot=encrypted encryption_by_default=on "
        "same_region=no destination=region",
        Open("OQ-5", {"no": _NOT_FALSE, "yes": "DEFAULT"}),
        "Encrypted=false is no legal value for a copy: refused, or ignored; never plain text",
        "API-CS",
        _API,
    ),
    row(
        "CS-6c",
        "encrypted=false kms_key_id=absent snapshot=encrypted encryption_by_default=off "
        "same_region=yes destination=region",
        Open("OQ-5", {"no": _NOT_FALSE, "yes": _KEY_OFF_SAME}),
        "Encrypted=false is no legal value for a copy: refused, or ignored; never plain text",
        "API-CS",
        _API,
    ),
    row(
        "CS-6d",
        "encrypted=false kms_key_id=absent snapshot=encrypted encryption_by_default=off "
        "same_region=no destination=region",
        Open("OQ-5", {"no": _NOT_FALSE, "yes": _KEY_OFF_OTHER}),
        "Encrypted=false is no legal value for a copy: refused, or ignored; never plain text",
        "API-CS",
        _API,
    ),
    row(
        "CS-7",
        "encrypted=absent kms_key_id=absent snapshot=unencrypted encryption_by_default=off "
        "destination=region",
        "unencrypted",
        "a plain snapshot is copied as plain text",
        "SNAPCOPY",
        _DOC,
    ),
    row(
        "CS-8",
        "encrypted=absent kms_key_id=absent snapshot=unencrypted encryption_by_default=on "
        "destination=region",
        "DEFAULT",
        "encryption by default is on in the destination Region: encrypted with its default key",
        "SNAPCOPY",
        _DOC,
    ),
    row(
        "CS-9",
        "encrypted=true kms_key_id=absent snapshot=unencrypted destination=region",
        "DEFAULT",
        "Encrypted=true without a key: encrypted with the default key",
        "SNAPCOPY API-CS",
        _DOC,
    ),
    row(
        "CS-10",
        "encrypted=true|absent kms_key_id=absent snapshot=encrypted encryption_by_default=off "
        "same_region=yes destination=region",
        _KEY_OFF_SAME,
        "a copy of an encrypted snapshot is encrypted; the documents disagree about the key",
        "SNAPCOPY API-CS SNAPCOPY-2023 EXA",
        _DIS,
    ),
    row(
        "CS-11",
        "encrypted=true|absent kms_key_id=absent snapshot=encrypted encryption_by_default=on "
        "same_region=yes destination=region",
        _KEY_ON_SAME,
        "a copy of an encrypted snapshot is encrypted; the documents disagree about the key",
        "SNAPCOPY SNAPCOPY-2023 EXA",
        _DIS,
    ),
    row(
        "CS-12",
        "encrypted=true|absent kms_key_id=absent snapshot=encrypted encryption_by_default=off "
        "same_region=no destination=region",
        _KEY_OFF_OTHER,
        "a copy of an encrypted snapshot from another Region is encrypted with a key of this one",
        "SNAPCOPY API-CS",
        _DIS,
        "The source's key is impossible: keys are regional.",
    ),
    row(
        "CS-13",
        "encrypted=true|absent kms_key_id=absent snapshot=encrypted encryption_by_default=on "
        "same_region=no destination=region",
        "DEFAULT",
        "a copy of an encrypted snapshot from another Region is encrypted with the default key "
        "of this one",
        "SNAPCOPY API-CS",
        _DOC,
    ),
    row(
        "CS-14",
        "encrypted=true|absent kms_key_id=absent destination=outpost",
        "DEFAULT",
        "copies to an Outpost are always encrypted, with the default key if none is named",
        "OUTPOST API-CI",
        _DOC,
    ),
    row(
        "CS-15",
        "encrypted=false kms_key_id=absent destination=outpost",
        Open("OQ-5", {"no": _NOT_FALSE, "yes": "DEFAULT"}),
        "Encrypted=false is no legal value for a copy: refused, or ignored by the Outpost",
        "OUTPOST API-CS",
        _INF,
    ),
    snapshot="unencrypted encrypted",
)

COPY_IMAGE = table(
    Operation.COPY_IMAGE,
    "encrypted kms_key_id destination snapshot encryption_by_default owner same_region",
    row(
        "CI-1",
        "encrypted=false|absent kms_key_id=given encryption_by_default=off",
        _NEEDS_ENCRYPTED,
        "a key without Encrypted=true is refused",
        "AMI SEED API-CI",
        _DOC,
    ),
    row(
        "CI-2",
        "encrypted=false|absent kms_key_id=given encryption_by_default=on",
        _KEY_ALONE,
        "a key without Encrypted=true is refused, unless encryption by default stands in for it",
        "AMI API-CI",
        _DOC,
        "Nobody has reported a try with encryption by default on.",
    ),
    row(
        "CI-3",
        "encrypted=true kms_key_id=given",
        "REQUESTED",
        "Encrypted=true with a key: every backing snapshot is encrypted with that key",
        "AMI SEED API-CI",
        _DOC,
    ),
    row(
        "CI-4",
        "encrypted=false kms_key_id=absent snapshot=encrypted destination=region",
        _PLAIN_OF_ENCRYPTED,
        "Encrypted=false with an encrypted backing snapshot: the whole copy is refused",
        "API-CI packer-6778 packer-6789 packer-7393 packer-11741",
        _OBS,
        "One encrypted snapshot fails the copy of them all.",
    ),
    row(
        "CI-5",
        "encrypted=true|absent kms_key_id=absent snapshot=encrypted owner=self same_region=yes "
        "destination=region",
        "SNAPSHOT",
        "an encrypted snapshot that you own keeps its key",
        "AMI SEED",
        _DOC,
        "A general sentence of the API reference names the AWS managed key (OQ-7).",
    ),
    row(
        "CI-6",
        "encrypted=true|absent kms_key_id=absent snapshot=encrypted owner=self same_region=no "
        "destination=region",
        Open("OQ-7", {"default-key": "DEFAULT", "aws-managed-key": "AWS_MANAGED"}),
        "an encrypted snapshot from another Region is encrypted with a key of this one; the "
        "documents disagree which",
        "API-CI packer-plugin-270",
        _DIS,
    ),
    row(
        "CI-7",
        "encrypted=true|absent kms_key_id=absent snapshot=encrypted owner=other destination=region",
        "DEFAULT",
        "an encrypted snapshot that you do not own is re-encrypted with your default key",
        "AMI SEED",
        _DOC,
    ),
    row(
        "CI-8",
        "encrypted=true kms_key_id=absent snapshot=unencrypted destination=region",
        "DEFAULT",
        "Encrypted=true without a key: encrypted with the default key",
        "AMI SEED",
        _DOC,
    ),
    row(
        "CI-9",
        "encrypted=absent kms_key_id=absent snapshot=unencrypted encryption_by_default=on "
        "destination=region",
        "DEFAULT",
        "encryption by default is on in the destination Region: encrypted with its default key",
        "AMI EBD",
        _DOC,
    ),
    row(
        "CI-10",
        "encrypted=false kms_key_id=absent snapshot=unencrypted encryption_by_default=on "
        "destination=region",
        "DEFAULT",
        "encryption by default overrides Encrypted=false: encrypted with the default key",
        "EBD",
        _DOC,
        "Copies are always encrypted under encryption by default (OQ-9).",
    ),
    row(
        "CI-11",
        "encrypted=false|absent kms_key_id=absent snapshot=unencrypted encryption_by_default=off "
        "destination=region",
        "unencrypted",
        "a plain snapshot is copied as plain text",
        "AMI SEED",
        _DOC,
    ),
    row(
        "CI-12",
        "encrypted=true|absent kms_key_id=absent destination=outpost",
        "DEFAULT",
        "copies to an Outpost are always encrypted, with the default key if none is named",
        "API-CI OUTPOST",
        _DOC,
    ),
    row(
        "CI-13",
        "encrypted=false kms_key_id=absent snapshot=unencrypted destination=outpost",
        Open("OQ-19", {"yes": "DEFAULT", "no": _PLAIN_OF_ENCRYPTED}),
        "Encrypted=false for a copy to an Outpost is overridden, or refused; never plain text",
        "API-CI",
        _INF,
    ),
    row(
        "CI-14",
        "encrypted=false kms_key_id=absent snapshot=encrypted destination=outpost",
        _PLAIN_OF_ENCRYPTED,
        "Encrypted=false with an encrypted backing snapshot: the whole copy is refused",
        "API-CI",
        _INF,
    ),
    snapshot="unencrypted encrypted",
)

DLM_CROSS_REGION_COPY = table(
    Operation.DLM_CROSS_REGION_COPY,
    "encrypted kms_key_id snapshot encryption_by_default",
    row(
        "DL-1",
        "encrypted=true kms_key_id=given",
        "REQUESTED",
        "Encrypted with a key: encrypted with that key",
        "API-DLM",
        _API,
    ),
    row(
        "DL-2",
        "encrypted=false kms_key_id=given snapshot=encrypted",
        Open("OQ-18", {"key-used": "REQUESTED", "key-ignored": "DEFAULT"}),
        "a copy of an encrypted snapshot is encrypted although the rule says false",
        "API-DLM",
        _INF,
    ),
    row(
        "DL-3",
        "encrypted=false kms_key_id=given snapshot=unencrypted encryption_by_default=on",
        Open("OQ-18", {"key-used": "REQUESTED", "key-ignored": "DEFAULT"}),
        "encryption by default is on in the target Region: encrypted",
        "EBD",
        _INF,
    ),
    row(
        "DL-4",
        "encrypted=false kms_key_id=given snapshot=unencrypted encryption_by_default=off",
        Open(
            "OQ-18",
            {
                "key-used": Refused("InvalidRequestException"),
                "key-ignored": "unencrypted",
            },
        ),
        "a rule with a key that says false: plain text, or refused",
        "API-DLM",
        _INF,
    ),
    row(
        "DL-5",
        "encrypted=true kms_key_id=absent snapshot=unencrypted",
        "DEFAULT",
        "Encrypted without a key: encrypted with the default key of the target Region",
        "API-DLM",
        _API,
    ),
    row(
        "DL-6",
        "kms_key_id=absent snapshot=encrypted",
        "DEFAULT",
        "a copy of an encrypted snapshot is encrypted with the default key, even if the rule "
        "says false",
        "API-DLM",
        _API,
    ),
    row(
        "DL-7",
        "encrypted=false kms_key_id=absent snapshot=unencrypted encryption_by_default=on",
        "DEFAULT",
        "encryption by default is on in the target Region: encrypted with its default key",
        "API-DLM EBD",
        _API,
    ),
    row(
        "DL-8",
        "encrypted=false kms_key_id=absent snapshot=unencrypted encryption_by_default=off",
        "unencrypted",
        "nothing asks for encryption, and encryption by default is off: plain text",
        "API-DLM",
        _API,
    ),
    encrypted="true false",
    snapshot="unencrypted encrypted",
)
