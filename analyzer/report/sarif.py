"""The report as SARIF 2.1.0, for GitHub code scanning and other viewers.

Source: OASIS SARIF 2.1.0 and GitHub's "SARIF support for code scanning". A result has a physical
location only in a file of the checkout; the address is its logical location. In a message `[` and
`]` open links and a backslash quotes them (section 3.11.6), so all three are quoted.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import msgspec

from analyzer.policy.rules import RULES
from analyzer.policy.spec import Rule
from analyzer.report import Style
from analyzer.report.ordering import FindingsOf, worst_findings
from analyzer.report.paths import Checkout, percent_encoded
from analyzer.report.wording import answer_form, label
from analyzer.text import json_bytes, shown, visible
from analyzer.wire import Device, Finding, Link, Location, Report, Suppressed

__all__ = ["render"]

_SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
#: Results that GitHub takes of one run.
_MOST = 25_000
#: GitHub sorts alerts by these numbers (CVSS ranges) where a rule is tagged "security".
_SEVERITIES = {"error": "8.0", "warning": "5.0", "note": "2.0"}
_PRECISIONS = {"certain": "very-high", "possible": "medium"}
_INDEX = {rule.id: index for index, rule in enumerate(RULES)}

Level = Literal["none", "note", "warning", "error"]


class _Struct(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    pass


class _Text(_Struct, frozen=True, kw_only=True):
    text: str
    markdown: str | None = None


class _Artifact(_Struct, frozen=True, kw_only=True):
    uri: str
    uri_base_id: str | None = None


class _Region(_Struct, frozen=True, kw_only=True):
    start_line: int
    start_column: int | None = None


class _Physical(_Struct, frozen=True, kw_only=True):
    artifact_location: _Artifact
    region: _Region


class _Logical(_Struct, frozen=True, kw_only=True):
    name: str
    fully_qualified_name: str
    kind: str


class _Location(_Struct, frozen=True, kw_only=True):
    physical_location: _Physical | None = None
    logical_locations: list[_Logical] = []
    message: _Text | None = None


class _Step(_Struct, frozen=True, kw_only=True):
    location: _Location


class _Flow(_Struct, frozen=True, kw_only=True):
    locations: list[_Step]


class _CodeFlow(_Struct, frozen=True, kw_only=True):
    thread_flows: list[_Flow]


class _Suppression(_Struct, frozen=True, kw_only=True):
    kind: Literal["inSource", "external"]
    justification: str
    location: _Location | None = None


class _Result(_Struct, frozen=True, kw_only=True):
    rule_id: str
    rule_index: int | msgspec.UnsetType = msgspec.UNSET
    level: Level
    message: _Text
    locations: list[_Location]
    code_flows: list[_CodeFlow] = []
    partial_fingerprints: dict[str, str]
    suppressions: list[_Suppression] = []
    properties: dict[str, object] = {}


class _Level(_Struct, frozen=True, kw_only=True):
    level: Level


class _Descriptor(_Struct, frozen=True, kw_only=True):
    id: str
    name: str
    short_description: _Text
    full_description: _Text
    default_configuration: _Level
    help: _Text
    properties: dict[str, object]


class _Driver(_Struct, frozen=True, kw_only=True):
    name: str
    version: str
    rules: list[_Descriptor]


class _Tool(_Struct, frozen=True, kw_only=True):
    driver: _Driver


class _Notification(_Struct, frozen=True, kw_only=True):
    level: Level
    message: _Text
    locations: list[_Location] = []


class _Invocation(_Struct, frozen=True, kw_only=True):
    execution_successful: bool
    tool_execution_notifications: list[_Notification] = []


class _Id(_Struct, frozen=True, kw_only=True):
    id: str


class _Run(_Struct, frozen=True, kw_only=True):
    tool: _Tool
    automation_details: _Id
    invocations: list[_Invocation]
    results: list[_Result]
    column_kind: str


class _Log(msgspec.Struct, frozen=True, kw_only=True, rename={"schema": "$schema"}):
    schema: str = _SCHEMA
    version: str = "2.1.0"
    runs: list[_Run]


def render(report: Report, _style: Style) -> bytes:
    """One run with every rule, the worst findings first."""
    log = _Log(runs=[_Writer(report).run()])
    return json_bytes(log)


class _Writer:
    def __init__(self, report: Report) -> None:
        self.report = report
        self.checkout = Checkout()
        of = FindingsOf(report)
        self.devices: dict[str, Device] = {
            finding.fingerprint + finding.input: device
            for device in report.devices
            for finding in of[device]
        }

    def run(self) -> _Run:
        ranked = worst_findings(self.report.findings)[:_MOST]
        results = [self._result(finding) for finding in ranked]
        results += [self._suppressed(s) for s in self.report.suppressed[: _MOST - len(results)]]
        return _Run(
            tool=_Tool(
                driver=_Driver(
                    name=self.report.tool.name,
                    version=self.report.tool.version,
                    rules=[_descriptor(rule) for rule in RULES],
                )
            ),
            automation_details=_Id(id="ebs-plan/"),
            invocations=[
                _Invocation(
                    execution_successful=not self.report.problems,
                    tool_execution_notifications=list(self._notifications()),
                )
            ],
            results=results,
            column_kind="unicodeCodePoints",
        )

    def _result(self, finding: Finding, suppressions: tuple[_Suppression, ...] = ()) -> _Result:
        device = self.devices.get(finding.fingerprint + finding.input)
        properties: dict[str, object] = {"certainty": finding.certainty}
        if device is not None and device.questions:
            properties["settle"] = [answer_form(question) for question in device.questions]
        place = f"{shown(finding.address, None)}"
        return _Result(
            rule_id=finding.rule,
            rule_index=_INDEX.get(finding.rule, msgspec.UNSET),
            level=finding.level,
            message=_message(f"{place}: {shown(finding.message, None)}"),
            locations=[self._location(finding.location, finding.address, finding.device)],
            code_flows=self._flows(device),
            partial_fingerprints={"ebsPlan/v1": finding.fingerprint},
            suppressions=list(suppressions),
            properties=properties,
        )

    def _suppressed(self, suppressed: Suppressed) -> _Result:
        until = f" (until {shown(suppressed.until)})" if suppressed.until else ""
        place = suppressed.location
        suppression = _Suppression(
            kind="inSource" if suppressed.by == "inline" else "external",
            justification=f"{shown(suppressed.reason, None)}{until}",
            location=self._location(place) if place is not None else None,
        )
        return self._result(suppressed.finding, (suppression,))

    def _location(
        self, location: Location, address: str = "", device: str | None = None
    ) -> _Location:
        inside = self.checkout.relative(location.path)
        physical = None
        if inside is not None:
            # GitHub wants a line: of a file without lines, as a plan is, the first one.
            region = _Region(start_line=location.line or 1, start_column=location.column)
            artifact = _Artifact(uri=percent_encoded(inside), uri_base_id="%SRCROOT%")
            physical = _Physical(artifact_location=artifact, region=region)
        logical = []
        if address:
            name = shown(address, None)
            full = f"{name} {shown(device, None)}" if device is not None else name
            logical = [_Logical(name=name, fully_qualified_name=full, kind="resource")]
        return _Location(physical_location=physical, logical_locations=logical)

    def _flows(self, device: Device | None) -> list[_CodeFlow]:
        """The chain that a device is made from, the first source first."""
        if device is None or not device.chain:
            return []
        steps = [self._step(link) for link in device.chain]
        last = self._location(device.location, device.address, device.device)
        what = f"{device.operation}: {label(device)}"
        steps.append(_Step(location=msgspec.structs.replace(last, message=_message(what))))
        return [_CodeFlow(thread_flows=[_Flow(locations=steps)])]

    def _step(self, link: Link) -> _Step:
        at = self._location(link.location or Location(path=""), link.name)
        words = _message(f"{link.role} {shown(link.name, None)}")
        return _Step(location=msgspec.structs.replace(at, message=words))

    def _notifications(self) -> Iterator[_Notification]:
        for problem in self.report.problems:
            place = Location(path=problem.path, line=problem.line, column=problem.column)
            at = self._location(place)
            words = f"{shown(problem.path, None)}: {shown(problem.message, None)}"
            yield _Notification(
                level="error",
                message=_message(words),
                locations=[at] if at.physical_location else [],
            )
        for item in self.report.not_analyzed:
            words = f"not analyzed: {shown(item.address, None)}: {shown(item.reason, None)}"
            yield _Notification(level="note", message=_message(words))
        left = len(self.report.findings) - _MOST
        if left > 0:
            yield _Notification(level="warning", message=_message(f"{left} results are left out"))


def _message(words: str) -> _Text:
    """A message: names visible, and none of its characters the beginning of a link."""
    quoted = visible(words, None).replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]")
    return _Text(text=quoted)


def _descriptor(rule: Rule) -> _Descriptor:
    """A rule, in our own words only."""
    page = rule.page
    advice = f"Terraform: {rule.help.hcl}\n\nCloudFormation: {rule.help.yaml}"
    return _Descriptor(
        id=rule.id,
        name="".join(part.capitalize() for part in rule.name.split("-")),
        short_description=_Text(text=rule.title),
        full_description=_Text(text=f"{page.what} {page.why}"),
        default_configuration=_Level(level=rule.level),
        help=_Text(
            text=f"{page.what} {page.why}\n\n{advice}\n\nLimits: {page.limits}",
            markdown=f"{page.what} {page.why}\n\n{advice}\n\n**Limits:** {page.limits}",
        ),
        properties={
            "tags": ["security", "aws", "ebs", "encryption"],
            "precision": _PRECISIONS[rule.certainty],
            "security-severity": _SEVERITIES[rule.level],
        },
    )
