"""ebs-plan: what becomes of every EBS volume and snapshot that your infrastructure code creates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from analyzer.core.decision import Decision, whatif
    from analyzer.engine import analyze, analyze_template
    from analyzer.explanation.explain import Explanation, explain

__all__ = [
    "Decision",
    "Explanation",
    "__version__",
    "analyze",
    "analyze_template",
    "explain",
    "whatif",
]

__version__ = "0.1.0"

_HOME = {
    "whatif": "analyzer.core.decision",
    "Decision": "analyzer.core.decision",
    "analyze": "analyzer.engine",
    "explain": "analyzer.explanation.explain",
    "Explanation": "analyzer.explanation.explain",
    "analyze_template": "analyzer.engine",
}


def __getattr__(name: str) -> Any:
    """Import what is asked for when it is asked for: importing `analyzer` itself is free."""
    from importlib import import_module

    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
