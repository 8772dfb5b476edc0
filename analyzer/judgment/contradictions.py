"""What the input tells, held against what more trusted sources told of the same facts."""

from __future__ import annotations

from collections.abc import Iterable

from analyzer.explanation.proof import claims
from analyzer.extraction.accounts import shown_settings
from analyzer.extraction.device import Device
from analyzer.knowledge.sources import Sources, Told
from analyzer.sources.document import Document

__all__ = ["compare"]


def compare(known: Sources, document: Document, devices: Iterable[Device]) -> None:
    """Keep every contradiction between the input and what was known, with both places.

    Only facts that a decision asked for are looked at. What a resource of the input changes
    is no contradiction: the facts tell how things are before.
    """
    origins = {resource.address: resource.origin for resource in document}
    for fact, answer, origin in shown_settings(document.resources):
        path = origin.path or document.path
        known.compare(fact.name, Told(answer=answer, source="input", path=path, line=origin.line))
    for device in devices:
        for claim in claims(device, origins):
            place = claim.location
            path = place.path if place is not None else document.path
            line = place.line if place is not None else None
            known.compare(
                claim.fact, Told(answer=claim.answer, source="input", path=path, line=line)
            )
