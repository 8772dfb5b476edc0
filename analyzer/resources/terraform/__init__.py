"""The Terraform aws provider: which argument of which type means what for EBS.

What leaves for a written `false` is a fact of the provider (versions 4 to 6): types of its
older SDK drop it, others send it, `aws_ami_copy` sends it unwritten.
"""

from __future__ import annotations

from analyzer.resources.spec import Entry
from analyzer.resources.terraform import (
    builds,
    clusters,
    data,
    images,
    keys,
    launches,
    volumes,
)

__all__ = ["ENTRIES"]

ENTRIES: tuple[Entry, ...] = (
    *launches.ENTRIES,
    *clusters.ENTRIES,
    *builds.ENTRIES,
    *volumes.ENTRIES,
    *images.ENTRIES,
    *keys.ENTRIES,
    *data.ENTRIES,
)
