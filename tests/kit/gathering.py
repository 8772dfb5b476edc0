"""All cases of the kit."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from tests.kit import Case, plans, sources, templates

__all__ = ["all_cases"]


def all_cases() -> Iterator[Case]:
    """Plans, templates and source."""
    return chain(plans.cases(), templates.cases(), sources.cases())
