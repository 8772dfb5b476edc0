"""`python -m tests.sbom`: a CycloneDX bill of materials of what a scan installs.

It is made from the lock file of the action and the image, and belongs beside the packages that
are uploaded, not among them.
"""

from __future__ import annotations

import json
import re
import sys
from typing import Any

from tests.locking import LOCK

__all__ = ["bill"]

_LOCKED = re.compile(r"^([a-z0-9][a-z0-9._-]*)==([^\s;\\]+)((?:[^\n]*\n    )*[^\n]*)", re.MULTILINE)
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


def bill(text: str) -> dict[str, Any]:
    """The bill of a lock file: each package with its version and the hashes of its files."""
    components = []
    for name, version, rest in _LOCKED.findall(text):
        purl = f"pkg:pypi/{name}@{version}"
        components.append(
            {
                "type": "library",
                "bom-ref": purl,
                "name": name,
                "version": version,
                "purl": purl,
                "hashes": [{"alg": "SHA-256", "content": h} for h in _HASH.findall(rest)],
            }
        )
    return {"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1, "components": components}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(bill(LOCK.read_text(encoding="utf-8")), indent=1) + "\n")
