"""The order in which every format tells things: worst first, else as the input has them.

And what belongs together: the findings about a device, and those that say the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from analyzer.report.wording import decision_tree
from analyzer.text import shown
from analyzer.wire import Device, Finding, Report

__all__ = ["Alike", "FindingsOf", "Found", "alike", "worst_devices", "worst_findings"]

_LEVELS = {"error": 0, "warning": 1, "note": 2}
_CERTAINTIES = {"certain": 0, "possible": 1}
_VERDICTS = {"rejected": 0, "unencrypted": 1, "depends": 2, "encrypted": 3}


def worst_findings(findings: Iterable[Finding]) -> list[Finding]:
    """The findings, errors and certainties first."""
    return sorted(findings, key=lambda f: (_LEVELS[f.level], _CERTAINTIES[f.certainty], f.rule))


def worst_devices(devices: Iterable[Device]) -> list[Device]:
    """The devices: refused, unencrypted, open, encrypted."""
    return sorted(devices, key=lambda d: _VERDICTS[d.verdict])


class FindingsOf:
    """Which findings are about which device, and which are about no device of the report."""

    def __init__(self, report: Report) -> None:
        self._found: dict[tuple[str, str, str | None, str | None], list[Finding]] = {}
        for finding in report.findings:
            key = (finding.input, finding.address, finding.device, finding.launch)
            self._found.setdefault(key, []).append(finding)
        devices = {_key(device) for device in report.devices}
        #: Findings about other things than a device: a key, a setting, an ignore.
        self.others: list[Finding] = [
            finding for key, found in self._found.items() if key not in devices for finding in found
        ]

    def __getitem__(self, device: Device) -> Sequence[Finding]:
        return self._found.get(_key(device), ())


def _key(device: Device) -> tuple[str, str, str | None, str | None]:
    return device.input, device.address, device.device, device.launch


#: A finding, and the device that it is about, if it is about one of the report.
Found = tuple[Finding, Device | None]


@dataclass(frozen=True, slots=True)
class Alike:
    """Findings that say the same: their message, fit to be shown, and what remains possible."""

    message: str
    tree: tuple[tuple[int, str], ...]
    found: list[Found] = field(default_factory=list)


def alike(report: Report) -> list[Alike]:
    """The findings, the worst first; those that say the same of several devices are together."""
    of = FindingsOf(report)
    about = {(f.input, f.fingerprint): device for device in report.devices for f in of[device]}
    groups: dict[tuple[object, ...], Alike] = {}
    for finding in worst_findings(report.findings):
        device = about.get((finding.input, finding.fingerprint))
        message, tree = _message(finding, device), _tree(device)
        key = (finding.rule, finding.level, message, tree)
        groups.setdefault(key, Alike(message, tree)).found.append((finding, device))
    return list(groups.values())


def _message(finding: Finding, device: Device | None) -> str:
    """What a finding says, with the row of AWS's behaviour that it quotes."""
    said = shown(finding.message, None)
    outcomes = device.outcomes if device is not None else ()
    rows = sorted({o.row for o in outcomes if o.because and o.because in finding.message})
    return f"{said} [{', '.join(rows)}]" if rows else said


def _tree(device: Device | None) -> tuple[tuple[int, str], ...]:
    """What remains possible, where there is more than one outcome to tell apart."""
    if device is None or device.verdict != "depends":
        return ()
    return tuple(decision_tree(device.outcomes))
