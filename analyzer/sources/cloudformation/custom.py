"""Custom resources: what a function of the deployment does is not in the template.

Except for CDK's `AwsCustomResource`: its `Create` property is JSON text that names the call of
the AWS API which the function makes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

import msgspec

from analyzer.core.values import ABSENT, Datum, Given, Unknown
from analyzer.sources.cloudformation.dynamic import short_name
from analyzer.sources.cloudformation.nodes import Fields, Items, Node, Scalar
from analyzer.sources.cloudformation.stack import Declared, step
from analyzer.sources.cloudformation.terms import given_text, name_of
from analyzer.sources.json_scan import json_depth

if TYPE_CHECKING:
    from analyzer.sources.cloudformation.evaluate import Evaluator

#: What the type of a call begins with; the action follows.
CALL = "Custom::AWS/EC2."

__all__ = ["CALL", "ApiCall", "api_call", "suspicion"]

#: Calls that the tables decide, under the type `Custom::AWS/EC2.<action>`.
DECIDED = frozenset(
    (
        "copyImage",
        "copySnapshot",
        "disableEbsEncryptionByDefault",
        "enableEbsEncryptionByDefault",
        "modifyEbsDefaultKmsKeyId",
    )
)
#: Calls that make volumes or snapshots, or change how they are made, and that are not decided.
_UNDECIDED = (
    r"(?:run|request|create|register|import|copy|restore|replace|modify|reset|enable|disable)"
    r"[A-Za-z]*(?:Instance|Fleet|Volume|Snapshot|Image|LaunchTemplate|Ebs|Spot)[A-Za-z]*"
)
#: Words in a custom resource's type or property names that suggest copies or EBS settings.
_SUSPECT = (
    r"copy[-_]?(?:ami|image|snapshot)|(?:ami|image|snapshot)[-_]?copy|ebs|snapshot"
    r"|source[-_]?(?:ami|image)|volume|default[-_]?kms"
)
_CALLS = ("Create", "Update")
#: Brackets inside brackets in the JSON text of a call.
_MOST_LEVELS = 64


def suspicion(resource: Declared) -> str | None:
    """Why a custom resource may make volumes or snapshots, or change how they are made."""
    if re.search(_SUSPECT, resource.type, re.IGNORECASE):
        return "a custom resource whose type speaks of images, snapshots or volumes"
    properties = resource.node.node("Properties")
    names = properties.raws if isinstance(properties, Fields) else ()
    if any(re.search(_SUSPECT, name, re.IGNORECASE) for name in names):
        return "a custom resource whose properties speak of images, snapshots or volumes"
    return None


class ApiCall(msgspec.Struct, frozen=True, kw_only=True):
    """A call of the AWS API that a custom resource makes: `Custom::AWS/EC2.copyImage`.

    `refused` is the reason why a call cannot be decided, empty for one that can.
    """

    type: str
    parameters: Mapping[str, Datum]
    region: str | None = None
    refused: str = ""


def api_call(resource: Declared, evaluator: Evaluator) -> ApiCall | None:
    """The call that a custom resource makes when it is created, where the template tells.

    Returns `None` for other custom resources, and for calls that have nothing to do with
    volumes and snapshots.
    """
    properties = resource.node.node("Properties")
    if not isinstance(properties, Fields):
        return None
    for name in _CALLS:
        node = properties.node(name)
        if node is not None:
            pointer = step(f"{step('/Resources', resource.name)}/Properties", name)
            return _call(_Text(evaluator, node, pointer))
    return None


def _call(text: _Text) -> ApiCall | None:
    try:
        if json_depth(text.template.encode("utf-8", "surrogatepass"), _MOST_LEVELS) > _MOST_LEVELS:
            return None
        found = json.loads(text.template)
    except ValueError:
        return None
    if not isinstance(found, dict):
        return None
    service, action = found.get("service"), found.get("action")
    if not isinstance(service, str) or not isinstance(action, str):
        return None
    # "EC2" and "copyImage", or the names of the SDK's third version.
    service = service.removeprefix("@aws-sdk/client-").upper()
    action = action.removesuffix("Command")
    action = action[:1].lower() + action[1:]
    if service != "EC2":
        return None
    kind = f"{CALL}{action}"
    if action not in DECIDED:
        if re.fullmatch(_UNDECIDED, action) is None:
            return None
        return ApiCall(type=kind, parameters={}, refused="a custom resource that calls the EC2 API")
    parameters = found.get("parameters")
    region = found.get("region")
    return ApiCall(
        type=kind,
        parameters={
            name: text.datum(value)
            for name, value in (parameters if isinstance(parameters, dict) else {}).items()
        },
        region=region if isinstance(region, str) and "\0" not in region else None,
    )


class _Text:
    """JSON text in which expressions are embedded: `{"Fn::Join": ["", ["{..", {"Ref": ..}]]}`.

    `template` has a mark in the place of each expression, so that it can be decoded as JSON.
    """

    def __init__(self, evaluator: Evaluator, node: Node, pointer: str) -> None:
        self._evaluator = evaluator
        self._data: list[Datum] = []
        self._origin = evaluator.origin(node, pointer)
        self.template = self._template(node, pointer)

    def _template(self, node: Node, pointer: str) -> str:
        call = node.call() if isinstance(node, Fields) else None
        if call is not None and call[0] == "Fn::Join" and isinstance(call[1], Items):
            parts = list(call[1])
            if len(parts) == 2 and isinstance(parts[0], Scalar) and isinstance(parts[1], Items):
                here = f"{pointer}/Fn::Join/1"
                return parts[0].text.join(
                    self._part(part, f"{here}/{at}") for at, part in enumerate(parts[1])
                )
        return self._part(node, pointer)

    def _part(self, node: Node, pointer: str) -> str:
        datum = self._evaluator.read(node, pointer)
        text = given_text(datum)
        secret = isinstance(datum, Given) and datum.sensitive
        if text is not None and not secret:
            return text.replace("\\u0000", "")
        self._data.append(datum)
        return f"\\u0000{len(self._data) - 1}\\u0000"

    def datum(self, value: object) -> Datum:
        """The datum of a decoded value, with the expressions back in their places."""
        if isinstance(value, dict):
            made = {name: self.datum(below) for name, below in value.items()}
            return Given(made, self._origin)
        if isinstance(value, list):
            return Given([self.datum(item) for item in value], self._origin)
        if value is None:
            return ABSENT
        if not isinstance(value, str):
            return Given(value if isinstance(value, bool) else str(value), self._origin)
        if value in ("TRUE:BOOLEAN", "FALSE:BOOLEAN"):
            return Given(value.startswith("TRUE"), self._origin)
        parts = value.split("\0")
        if len(parts) == 1:
            return Given(value, self._origin)
        if len(parts) == 3 and not parts[0] and not parts[2]:
            return self._marked(parts[1])
        name = "".join(
            part if at % 2 == 0 else f"${{{self._name(part)}}}" for at, part in enumerate(parts)
        )
        why = "known after deployment"
        return Unknown(short_name(name), why, nullable=False, origin=self._origin)

    def _marked(self, mark: str) -> Datum:
        at = int(mark) if mark.isascii() and mark.isdecimal() and len(mark) < 6 else -1
        return self._data[at] if 0 <= at < len(self._data) else ABSENT

    def _name(self, mark: str) -> str:
        datum = self._marked(mark)
        return name_of(datum) if not hasattr(datum, "branches") else f"part {mark}"
