"""Findings that take more than one device's outcome: who may use keys, who is given access.

Where `analyzer.policy` judges what a report says of a device, this looks at the input itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from analyzer.core.decision import Decision
from analyzer.extraction.device import Device
from analyzer.judgment import account_settings, permissions, shares
from analyzer.judgment.key_policies import KeyPolicies
from analyzer.knowledge.sources import Sources
from analyzer.policy import keys, settings, sharing
from analyzer.sources.document import Document
from analyzer.wire import Finding

__all__ = ["judge_input"]


def judge_input(
    document: Document, decided: Sequence[tuple[Device, Decision]], known: Sources
) -> Iterator[Finding]:
    """The findings about an input beside those about its single devices."""
    policies = KeyPolicies(document, known)
    for refused in permissions.refused(policies, decided, known):
        yield keys.finding(refused, document.path)
    for share in shares.refused(document, decided, policies, known):
        yield sharing.finding(share)
    for setting in account_settings.problems(document, decided, known):
        yield settings.finding(setting)
