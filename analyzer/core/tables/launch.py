"""Launches and volumes: RunInstances, CreateVolume, CopyVolumes, ReplaceRootVolume."""

from __future__ import annotations

from analyzer.core.model import Operation
from analyzer.core.tables.spec import Confidence, Open, Refused, row, table

_DOC, _API = Confidence.DOCUMENTED, Confidence.API_REFERENCE
_OBS, _INF, _DIS = Confidence.OBSERVED, Confidence.INFERRED, Confidence.DISAGREE

_NEEDS_ENCRYPTED = Refused("InvalidParameterDependency")
_KEY_ALONE = Open("OQ-1", {"no": _NEEDS_ENCRYPTED, "yes": "REQUESTED"})
_FALSE_OF_ENCRYPTED = Refused(
    "one of InvalidBlockDeviceMapping, InvalidParameterCombination, InvalidParameter"
)

RUN_INSTANCES = table(
    Operation.RUN_INSTANCES,
    "encrypted kms_key_id snapshot owner encryption_by_default",
    row(
        "RI-1",
        "encrypted=false|absent kms_key_id=given encryption_by_default=off",
        _NEEDS_ENCRYPTED,
        "a key without Encrypted=true is refused",
        "EXA AMI API-EBS",
        _DOC,
        "The key alone does not encrypt.",
    ),
    row(
        "RI-2",
        "encrypted=false|absent kms_key_id=given encryption_by_default=on",
        _KEY_ALONE,
        "a key without Encrypted=true is refused, unless encryption by default stands in for it",
        "EXA AMI",
        _DOC,
        "Nobody has reported a try with encryption by default on.",
    ),
    row(
        "RI-3",
        "encrypted=true kms_key_id=given",
        "REQUESTED",
        "Encrypted=true with a key: encrypted with that key, whatever the source",
        "EXA AMI",
        _DOC,
    ),
    row(
        "RI-4",
        "encrypted=false kms_key_id=absent snapshot=encrypted encryption_by_default=off",
        _FALSE_OF_ENCRYPTED,
        "an explicit Encrypted=false on an encrypted snapshot is refused",
        "ASG-API CAPA-2233",
        _OBS,
        "The message was observed, its code was not (OQ-2).",
    ),
    row(
        "RI-5a",
        "encrypted=false kms_key_id=absent snapshot=encrypted owner=self encryption_by_default=on",
        Open("OQ-3", {"no": _FALSE_OF_ENCRYPTED, "yes": "SNAPSHOT"}),
        "an explicit Encrypted=false on your encrypted snapshot is refused, unless encryption by "
        "default overrides it",
        "ASG-API EBD",
        _INF,
    ),
    row(
        "RI-5b",
        "encrypted=false kms_key_id=absent snapshot=encrypted owner=other encryption_by_default=on",
        Open("OQ-3", {"no": _FALSE_OF_ENCRYPTED, "yes": "DEFAULT"}),
        "an explicit Encrypted=false on a shared encrypted snapshot is refused, unless encryption "
        "by default overrides it",
        "ASG-API EBD",
        _INF,
    ),
    row(
        "RI-6",
        "encrypted=true|absent kms_key_id=absent snapshot=encrypted owner=self",
        "SNAPSHOT",
        "an encrypted snapshot that you own keeps its key",
        "EXA AMI SEED",
        _DOC,
        "Encryption by default and the default key do not matter.",
    ),
    row(
        "RI-7",
        "encrypted=true|absent kms_key_id=absent snapshot=encrypted owner=other",
        "DEFAULT",
        "an encrypted snapshot that you do not own is re-encrypted with your default key",
        "EXA AMI SEED",
        _DOC,
        "The default key of the launching account and Region.",
    ),
    row(
        "RI-8",
        "encrypted=true kms_key_id=absent snapshot=none|unencrypted",
        "DEFAULT",
        "Encrypted=true without a key: encrypted with the default key",
        "EXA AMI SEED",
        _DOC,
    ),
    row(
        "RI-9",
        "encrypted=absent kms_key_id=absent snapshot=none|unencrypted encryption_by_default=on",
        "DEFAULT",
        "encryption by default is on: encrypted with the default key",
        "EXA EBD",
        _DOC,
    ),
    row(
        "RI-10",
        "encrypted=false kms_key_id=absent snapshot=none|unencrypted encryption_by_default=on",
        "DEFAULT",
        "encryption by default overrides Encrypted=false: encrypted with the default key",
        "EBD ASG-API ECS-API",
        _DOC,
        "Documented for the sister APIs (OQ-9).",
    ),
    row(
        "RI-11",
        "encrypted=false|absent kms_key_id=absent snapshot=none|unencrypted "
        "encryption_by_default=off",
        "unencrypted",
        "nothing asks for encryption, and encryption by default is off: plain text",
        "EXA AMI SEED",
        _DOC,
    ),
)

CREATE_VOLUME = table(
    Operation.CREATE_VOLUME,
    "encrypted kms_key_id snapshot owner encryption_by_default",
    row(
        "CV-1",
        "encrypted=false|absent kms_key_id=given encryption_by_default=off",
        _NEEDS_ENCRYPTED,
        "a key without Encrypted=true is refused",
        "API-CV CFN-VOL kubernetes-31334 packer-5774",
        _API,
    ),
    row(
        "CV-2",
        "encrypted=false|absent kms_key_id=given encryption_by_default=on",
        _KEY_ALONE,
        "a key without Encrypted=true is refused, unless encryption by default stands in for it",
        "EXA",
        _DOC,
        "Nobody has reported a try with encryption by default on.",
    ),
    row(
        "CV-3",
        "encrypted=true kms_key_id=given",
        "REQUESTED",
        "Encrypted=true with a key: encrypted with that key, whatever the source",
        "EXA",
        _DOC,
    ),
    row(
        "CV-4a",
        "encrypted=false kms_key_id=absent snapshot=encrypted owner=self",
        Open("OQ-4", {"yes": "SNAPSHOT", "no": Refused("InvalidParameterCombination")}),
        "an explicit Encrypted=false on your encrypted snapshot is ignored or refused, never "
        "plain text",
        "EXA CSI",
        _DIS,
    ),
    row(
        "CV-4b",
        "encrypted=false kms_key_id=absent snapshot=encrypted owner=other",
        Open("OQ-4", {"yes": "DEFAULT", "no": Refused("InvalidParameterCombination")}),
        "an explicit Encrypted=false on a shared encrypted snapshot is ignored or refused, never "
        "plain text",
        "EXA CSI",
        _DIS,
    ),
    row(
        "CV-5",
        "encrypted=true|absent kms_key_id=absent snapshot=encrypted owner=self",
        "SNAPSHOT",
        "an encrypted snapshot that you own keeps its key",
        "EXA",
        _DOC,
        "Encryption by default and the default key do not matter.",
    ),
    row(
        "CV-6",
        "encrypted=true|absent kms_key_id=absent snapshot=encrypted owner=other",
        "DEFAULT",
        "an encrypted snapshot that you do not own is re-encrypted with your default key",
        "EXA velero-9855",
        _DOC,
    ),
    row(
        "CV-7",
        "encrypted=true kms_key_id=absent snapshot=none|unencrypted",
        "DEFAULT",
        "Encrypted=true without a key: encrypted with the default key",
        "EXA CFN-VOL",
        _DOC,
        "The default key is used although encryption by default may be off.",
    ),
    row(
        "CV-8",
        "encrypted=absent kms_key_id=absent snapshot=none|unencrypted encryption_by_default=on",
        "DEFAULT",
        "encryption by default is on: encrypted with the default key",
        "EXA EBD",
        _DOC,
    ),
    row(
        "CV-9",
        "encrypted=false kms_key_id=absent snapshot=none|unencrypted encryption_by_default=on",
        "DEFAULT",
        "encryption by default overrides Encrypted=false: encrypted with the default key",
        "ECS-API EBD",
        _DOC,
        "Documented for a parameter that maps to this one (OQ-9).",
    ),
    row(
        "CV-10",
        "encrypted=false|absent kms_key_id=absent snapshot=none|unencrypted "
        "encryption_by_default=off",
        "unencrypted",
        "nothing asks for encryption, and encryption by default is off: plain text",
        "EXA",
        _DOC,
    ),
)

COPY_VOLUMES = table(
    Operation.COPY_VOLUMES,
    "encrypted kms_key_id volume same_account encryption_by_default",
    row(
        "VC-1",
        "encrypted=true kms_key_id=given",
        "REQUESTED",
        "Encrypted=true with a key: encrypted with that key",
        "API-CPV",
        _API,
        "Parameters of 2026-09; not accepted before.",
    ),
    row(
        "VC-2",
        "encrypted=false|absent kms_key_id=given volume=unencrypted encryption_by_default=off",
        _NEEDS_ENCRYPTED,
        "a key without Encrypted=true is refused",
        "API-CPV",
        _API,
        "The code is by analogy.",
    ),
    row(
        "VC-3",
        "encrypted=false|absent kms_key_id=given volume=unencrypted encryption_by_default=on",
        _KEY_ALONE,
        "a key without Encrypted=true is refused, unless encryption by default stands in for it",
        "API-CPV",
        _API,
    ),
    row(
        "VC-4",
        "encrypted=false|absent kms_key_id=given volume=encrypted",
        _KEY_ALONE,
        "a key without Encrypted=true is refused, or used since the source is encrypted anyway",
        "API-CPV",
        _API,
    ),
    row(
        "VC-5",
        "encrypted=false|absent kms_key_id=absent volume=encrypted same_account=yes",
        "SNAPSHOT",
        "the copy of an encrypted volume keeps the volume's key",
        "CLONE CFN-VOL",
        _DOC,
    ),
    row(
        "VC-6",
        "encrypted=true kms_key_id=absent volume=encrypted same_account=yes",
        Open("OQ-8", {"2026": "DEFAULT", "2025": "SNAPSHOT"}),
        "the copy of an encrypted volume keeps the volume's key, or gets the default key",
        "CLONE CFN-VOL API-CPV",
        _DIS,
    ),
    row(
        "VC-7",
        "kms_key_id=absent volume=encrypted same_account=no",
        Open("OQ-8", {"2026": "DEFAULT", "2025": "SNAPSHOT"}),
        "the copy of another account's encrypted volume gets the default key, or keeps the "
        "volume's key",
        "API-CPV",
        _API,
    ),
    row(
        "VC-8",
        "encrypted=true kms_key_id=absent volume=unencrypted",
        Open("OQ-8", {"2026": "DEFAULT", "2025": Refused("InvalidParameterValue")}),
        "Encrypted=true encrypts the copy of a plain volume with the default key; the texts of "
        "2025 say that plain volumes cannot be copied",
        "API-CPV CFN-VOL",
        _DIS,
    ),
    row(
        "VC-9",
        "encrypted=false|absent kms_key_id=absent volume=unencrypted encryption_by_default=off",
        Open("OQ-8", {"2026": "unencrypted", "2025": Refused("InvalidParameterValue")}),
        "the copy of a plain volume is plain text; the texts of 2025 say that plain volumes "
        "cannot be copied",
        "API-CPV CFN-VOL",
        _DIS,
    ),
    row(
        "VC-10",
        "encrypted=false|absent kms_key_id=absent volume=unencrypted encryption_by_default=on",
        Open("OQ-8", {"2026": "DEFAULT", "2025": Refused("InvalidParameterValue")}),
        "encryption by default encrypts the copy of a plain volume with the default key; the "
        "texts of 2025 say that plain volumes cannot be copied",
        "EBD CFN-VOL",
        _INF,
    ),
)

REPLACE_ROOT_VOLUME = table(
    Operation.REPLACE_ROOT_VOLUME,
    "root_now source owner encryption_by_default",
    row(
        "RR-1",
        "root_now=encrypted",
        "SNAPSHOT",
        "an encrypted root volume keeps its key, whatever it is replaced from",
        "RRV",
        _DOC,
        "The source's key here is the key of the current root volume.",
    ),
    row(
        "RR-2",
        "root_now=unencrypted source=launch_state encryption_by_default=off",
        "unencrypted",
        "a plain root volume goes back to its plain launch state",
        "RRV",
        _DOC,
    ),
    row(
        "RR-3",
        "root_now=unencrypted source=launch_state encryption_by_default=on",
        "DEFAULT",
        "encryption by default is on: encrypted with the default key",
        "RRV",
        _DOC,
    ),
    row(
        "RR-4",
        "root_now=unencrypted source=unencrypted encryption_by_default=off",
        "unencrypted",
        "a plain snapshot replaces a plain root volume: plain text",
        "RRV",
        _DOC,
    ),
    row(
        "RR-5",
        "root_now=unencrypted source=unencrypted encryption_by_default=on",
        "DEFAULT",
        "encryption by default is on: encrypted with the default key",
        "RRV",
        _DOC,
    ),
    row(
        "RR-6",
        "root_now=unencrypted source=encrypted owner=self",
        "SNAPSHOT",
        "an encrypted snapshot that you own keeps its key",
        "RRV",
        _DOC,
    ),
    row(
        "RR-7",
        "root_now=unencrypted source=encrypted owner=other",
        "DEFAULT",
        "an encrypted snapshot that you do not own is re-encrypted with your default key",
        "RRV",
        _DOC,
    ),
)
