"""The intrinsic functions, by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from analyzer.core.values import Datum
from analyzer.sources.cloudformation import (
    conditions,
    lookups,
    mappings,
    references,
    text_functions,
)
from analyzer.sources.cloudformation.terms import Call

if TYPE_CHECKING:
    from analyzer.sources.cloudformation.evaluate import Evaluator

__all__ = ["FUNCTIONS"]

Function = Callable[["Evaluator", Call], Datum]

FUNCTIONS: dict[str, Function] = {
    "Ref": references.ref,
    "Fn::And": conditions.misplaced,
    "Fn::Base64": text_functions.base64_text,
    "Fn::Cidr": lookups.cidr,
    "Fn::Equals": conditions.misplaced,
    "Fn::FindInMap": mappings.find_in_map,
    "Fn::GetAZs": lookups.zones,
    "Fn::GetAtt": references.get_att,
    "Fn::GetStackOutput": references.stack_output,
    "Fn::If": conditions.fn_if,
    "Fn::ImportValue": references.imported,
    "Fn::Join": text_functions.joined,
    "Fn::Length": text_functions.length,
    "Fn::Not": conditions.misplaced,
    "Fn::Or": conditions.misplaced,
    "Fn::Select": lookups.select,
    "Fn::Split": text_functions.split_text,
    "Fn::Sub": text_functions.substituted,
    "Fn::ToJsonString": text_functions.to_json,
    "Fn::Transform": lookups.macro,
}
