"""What is decided before any table is read, or beside them: mappings, existing things, services.

The rows have ids, words, sources and a confidence as the tables' rows have, so that every
outcome can be explained alike.
"""

from __future__ import annotations

from collections.abc import Mapping

from analyzer.core.tables.spec import Confidence, Refused, Row, row

__all__ = ["BEFORE"]

_DOC, _OBS, _INF = Confidence.DOCUMENTED, Confidence.OBSERVED, Confidence.INFERRED
_BAD_MAPPING = Refused("InvalidBlockDeviceMapping")

_ROWS = (
    row(
        "RI-0a",
        "",
        "none",
        "instance store, or a mapping that is removed: no EBS volume",
        "BDM",
        _DOC,
    ),
    row(
        "RI-0b",
        "",
        Refused("MissingParameter"),
        "a new device needs a size or a snapshot",
        "API-CV API-EBS",
        _OBS,
    ),
    row(
        "BX-8",
        "",
        Refused("ValidationError"),
        "Encrypted takes a Boolean, and this is none",
        "API-EBS",
        Confidence.API_REFERENCE,
    ),
    row(
        "BM-3",
        "",
        _BAD_MAPPING,
        "a launch may not give the root device another snapshot than the image's",
        "BDM",
        Confidence.DISAGREE,
        "Threads contradict each other (OQ-11).",
    ),
    row(
        "BM-8",
        "",
        _BAD_MAPPING,
        "a launch needs its root device and may not remove it",
        "BDM",
        _INF,
        "Refused at once, or the instance fails its health check (OQ-16).",
    ),
    row(
        "BM-10",
        "",
        _BAD_MAPPING,
        "an instance store device of the image cannot be given a snapshot",
        "bosh-84 packer-2765",
        _OBS,
    ),
    row(
        "BM-11",
        "",
        _BAD_MAPPING,
        "one request names the same device twice",
        "BDM",
        _OBS,
        "The refusal is widely seen, its code inferred.",
    ),
    row(
        "AC-1",
        "",
        "SNAPSHOT",
        "it exists, and nothing changes its encryption in place",
        "ENC",
        _DOC,
        "To change it, copy the snapshot and make a new volume.",
    ),
    row(
        "SV-1",
        "",
        "unencrypted",
        "the service makes the volume, and is not asked to encrypt it",
        "WORKSPACES",
        _DOC,
    ),
    row(
        "SV-2",
        "",
        "AWS_MANAGED",
        "the service encrypts the volume with its own AWS managed key",
        "WORKSPACES",
        _DOC,
    ),
    row(
        "SV-3",
        "",
        "REQUESTED",
        "the service encrypts the volume with the key that is named",
        "WORKSPACES",
        _DOC,
    ),
)

#: The rows by their ids.
BEFORE: Mapping[str, Row] = {found.id: found for found in _ROWS}
