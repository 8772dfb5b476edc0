"""Images and snapshots of what exists: RegisterImage, CreateImage, CreateSnapshot, imports."""

from __future__ import annotations

from analyzer.core.model import Operation
from analyzer.core.tables.spec import Confidence, Open, Refused, row, table

_DOC, _API = Confidence.DOCUMENTED, Confidence.API_REFERENCE
_INF = Confidence.INFERRED

_NEEDS_ENCRYPTED = Refused("InvalidParameterDependency")
_NO_KEY_HERE = Refused("UnknownParameter")
_FLAG_WITH_SNAPSHOT = Refused("one of InvalidParameter, InvalidBlockDeviceMapping")

REGISTER_IMAGE = table(
    Operation.REGISTER_IMAGE,
    "kms_key_id snapshot encrypted",
    row(
        "RG-1",
        "kms_key_id=given",
        _NO_KEY_HERE,
        "RegisterImage takes no key",
        "API-EBS packer-6212",
        _API,
    ),
    row(
        "RG-2",
        "encrypted=true|false kms_key_id=absent snapshot=unencrypted|encrypted",
        _FLAG_WITH_SNAPSHOT,
        "a mapping with a snapshot must not say Encrypted, whatever the value",
        "API-EBS",
        _API,
    ),
    row(
        "RG-3",
        "encrypted=absent kms_key_id=absent snapshot=unencrypted",
        "mapping:unencrypted",
        "the image maps a plain snapshot; the launch decides",
        "API-RG",
        _API,
    ),
    row(
        "RG-4",
        "encrypted=absent kms_key_id=absent snapshot=encrypted",
        "mapping:SNAPSHOT",
        "the image maps an encrypted snapshot; the launch decides",
        "API-RG",
        _API,
    ),
    row(
        "RG-5",
        "encrypted=true kms_key_id=absent snapshot=none",
        "mapping:encrypted-empty",
        "the image maps an empty device that asks for encryption",
        "API-EBS",
        _API,
    ),
    row(
        "RG-6",
        "encrypted=false|absent kms_key_id=absent snapshot=none",
        "mapping:plain-empty",
        "the image maps an empty device that does not ask for encryption",
        "API-EBS",
        _API,
    ),
)

CREATE_IMAGE = table(
    Operation.CREATE_IMAGE,
    "kms_key_id device encrypted",
    row(
        "CM-1",
        "kms_key_id=given",
        _NO_KEY_HERE,
        "CreateImage takes no key",
        "API-EBS packer-6212",
        _API,
    ),
    row(
        "CM-2",
        "encrypted=false|absent kms_key_id=absent device=existing_unencrypted",
        "mapping:unencrypted",
        "the snapshot of a plain volume is plain text",
        "API-EBS",
        _API,
        "Encryption by default makes no difference: the snapshot follows the volume.",
    ),
    row(
        "CM-3",
        "encrypted=true kms_key_id=absent device=existing_unencrypted",
        _FLAG_WITH_SNAPSHOT,
        "CreateImage cannot encrypt the snapshot of a plain volume",
        "API-EBS",
        _API,
    ),
    row(
        "CM-4",
        "kms_key_id=absent device=existing_encrypted",
        "mapping:SNAPSHOT",
        "the snapshot of an encrypted volume has the volume's key",
        "API-EBS",
        _API,
        "Encrypted=false is ignored.",
    ),
    row(
        "CM-5",
        "encrypted=true kms_key_id=absent device=new_empty",
        "mapping:encrypted-empty",
        "the image maps an empty device that asks for encryption",
        "API-EBS",
        _API,
    ),
    row(
        "CM-6",
        "encrypted=false|absent kms_key_id=absent device=new_empty",
        "mapping:plain-empty",
        "the image maps an empty device that does not ask for encryption",
        "API-EBS",
        _API,
    ),
    row(
        "CM-7",
        "encrypted=absent kms_key_id=absent device=new_from_snapshot",
        "mapping:as-snapshot",
        "the image maps the given snapshot as it is",
        "API-EBS",
        _API,
    ),
    row(
        "CM-8",
        "encrypted=true|false kms_key_id=absent device=new_from_snapshot",
        _FLAG_WITH_SNAPSHOT,
        "a mapping with a snapshot must not say Encrypted, whatever the value",
        "API-EBS",
        _API,
    ),
)

CREATE_SNAPSHOT = table(
    Operation.CREATE_SNAPSHOT,
    "volume",
    row(
        "CR-1",
        "volume=unencrypted",
        "unencrypted",
        "the snapshot of a plain volume is plain text",
        "API-CRS ENC",
        _DOC,
        "Encryption by default does not encrypt a snapshot of a plain volume.",
    ),
    row(
        "CR-2",
        "volume=encrypted",
        "SNAPSHOT",
        "the snapshot of an encrypted volume has the volume's key",
        "API-CRS ENC",
        _DOC,
    ),
)

IMPORT_SNAPSHOT = table(
    Operation.IMPORT_SNAPSHOT,
    "encrypted kms_key_id encryption_by_default",
    row(
        "IM-1",
        "encrypted=false|absent kms_key_id=given encryption_by_default=off",
        _NEEDS_ENCRYPTED,
        "a key without Encrypted=true is refused",
        "API-IM",
        _API,
        "The code is by analogy.",
    ),
    row(
        "IM-2",
        "encrypted=false|absent kms_key_id=given encryption_by_default=on",
        Open("OQ-1", {"no": _NEEDS_ENCRYPTED, "yes": "REQUESTED"}),
        "a key without Encrypted=true is refused, unless encryption by default stands in for it",
        "API-IM",
        _API,
    ),
    row(
        "IM-3",
        "encrypted=true kms_key_id=given",
        "REQUESTED",
        "Encrypted=true with a key: encrypted with that key",
        "API-IM",
        _API,
    ),
    row(
        "IM-4",
        "encrypted=true kms_key_id=absent",
        "DEFAULT",
        "Encrypted=true without a key: encrypted with the default key",
        "API-IM",
        _API,
    ),
    row(
        "IM-5",
        "encrypted=false|absent kms_key_id=absent encryption_by_default=on",
        "DEFAULT",
        "encryption by default is on: encrypted with the default key",
        "EBD",
        _INF,
    ),
    row(
        "IM-6",
        "encrypted=false|absent kms_key_id=absent encryption_by_default=off",
        "unencrypted",
        "nothing asks for encryption, and encryption by default is off: plain text",
        "API-IM",
        _API,
    ),
)
