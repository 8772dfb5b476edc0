"""Resource types that this source treats by itself, whatever the tables know."""

from __future__ import annotations

import re
from collections.abc import Callable

from analyzer.text import shown

__all__ = ["NESTED", "hidden", "is_custom", "matters"]

#: Types that bring another template, and the property that says where it is.
NESTED = {
    "AWS::CloudFormation::Stack": "TemplateURL",
    "AWS::Serverless::Application": "Location",
}

#: How types are named in the registry; anything else is refused by CloudFormation.
_REGISTERED = r"[A-Za-z0-9]+(?:::[A-Za-z0-9]+){2,}"

_ELSEWHERE = {
    "AWS::CloudFormation::StackSet": "a stack set deploys its template to other accounts",
    "AWS::ServiceCatalog::CloudFormationProvisionedProduct": (
        "the template of a provisioned product is not in this one"
    ),
}


def is_custom(kind: str) -> bool:
    """Whether a type is a custom resource's."""
    return kind == "AWS::CloudFormation::CustomResource" or kind.startswith("Custom::")


def hidden(kind: str) -> str:
    """Why a resource of a type may make volumes that the template does not show; else empty."""
    if kind in _ELSEWHERE:
        return _ELSEWHERE[kind]
    if kind.endswith("::MODULE"):
        return "what a module makes is not in the template"
    if kind.startswith(("AWS::", "Alexa::")) or re.fullmatch(_REGISTERED, kind) is None:
        return ""
    return f"{shown(kind)} is no type of AWS"


def matters(kind: str, known: Callable[[str], bool]) -> bool:
    """Whether a resource of a type is more than one to be counted."""
    return known(kind) or kind in NESTED or is_custom(kind) or bool(hidden(kind))
