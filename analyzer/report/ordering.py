"""The order in which every format tells things: worst first, else as the input has them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from analyzer.wire import Device, Finding, Report

__all__ = ["FindingsOf", "worst_devices", "worst_findings"]

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
