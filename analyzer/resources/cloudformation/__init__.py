"""CloudFormation's types: which property means what for EBS.

What is written is sent: no property has a default and no false is dropped, but for the few
that say so. The `awscc` provider of Terraform has the same types under other names.
"""

from __future__ import annotations

from analyzer.resources.cloudformation import builds, clusters, keys, launches, volumes
from analyzer.resources.spec import Entry

__all__ = ["ENTRIES"]

ENTRIES: tuple[Entry, ...] = (
    *launches.ENTRIES,
    *clusters.ENTRIES,
    *builds.ENTRIES,
    *volumes.ENTRIES,
    *keys.ENTRIES,
)
