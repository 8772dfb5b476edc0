"""The chains of a report as a graph: image -> copy -> template -> launch -> volume.

What stands for many alike (instances of one block with one outcome) is one node, so that a
picture stays readable however large the input is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from analyzer.report.ordering import worst_devices
from analyzer.report.wording import brief_words, label
from analyzer.text import shown
from analyzer.wire import Device, Link, Report

__all__ = ["Graph", "Node", "graphs"]

_RANK = {"rejected": 0, "unencrypted": 1, "depends": 2, "encrypted": 3, "": 4}
#: Roles of which two in a row are alternatives, not one made of the other.
_ALTERNATIVES = ("image", "snapshot")


@dataclass(slots=True, kw_only=True)
class Node:
    """A resource, something outside of the input, or a device; `lines` are fit to be shown."""

    lines: tuple[str, ...]
    verdict: str = ""
    outside: bool = False


@dataclass(slots=True)
class Graph:
    """One connected picture; edges are pairs of indexes of `nodes`, and make no cycle."""

    nodes: list[Node] = field(default_factory=list)
    edges: list[tuple[int, int]] = field(default_factory=list)

    @property
    def verdict(self) -> str:
        """The worst verdict in it."""
        return min((node.verdict for node in self.nodes), key=_RANK.__getitem__)


def graphs(report: Report, most: int) -> tuple[list[Graph], int]:
    """The pictures of a report, the worst first, and the number of devices left out.

    At most `most` groups of devices are drawn.
    """
    groups: dict[tuple[object, ...], list[Device]] = {}
    for device in worst_devices(report.devices):
        groups.setdefault(_alike(device), []).append(device)
    drawn = list(groups.values())[:most]
    left = len(report.devices) - sum(map(len, drawn))
    builder = _Builder(report.devices)
    for devices in drawn:
        builder.add(devices)
    return sorted(builder.parts(), key=lambda graph: _RANK[graph.verdict]), left


def _alike(device: Device) -> tuple[object, ...]:
    return (
        device.input,
        _block(device.address),
        device.device,
        device.launch,
        device.verdict,
        brief_words(device),
        tuple((link.role, link.name) for link in device.chain),
    )


def _block(address: str) -> str:
    """The address without the index of an instance."""
    return address.rpartition("[")[0] if address.endswith("]") else address


class _Builder:
    def __init__(self, devices: Iterable[Device]) -> None:
        self.nodes: dict[tuple[str, ...], Node] = {}
        self.edges: dict[tuple[tuple[str, ...], tuple[str, ...]], None] = {}
        self.verdicts: dict[tuple[str, str], str] = {}
        self.devices_of: dict[tuple[str, str], set[str]] = {}
        for device in devices:
            key = (device.input, device.address)
            worst = self.verdicts.get(key, "")
            self.verdicts[key] = min(worst, device.verdict, key=_RANK.__getitem__)
            self.devices_of.setdefault(key, set()).add(f"{device.launch}\0{device.device}")

    def add(self, devices: list[Device]) -> None:
        """Draw a group of alike devices, with all that they are made from."""
        first = devices[0]
        before = self._chain(first)
        name = shown(first.address)
        if len(devices) > 1:
            name = f"{shown(_block(first.address))} ({len(devices)} alike)"
        owner = (first.input, name)
        verdict = brief_words(first)
        resource = (first.input, first.address)
        if len(self.devices_of[resource]) == 1:
            own = () if first.device is None else (label(first),)
            # Also where a link to it was drawn before: this says more.
            self.nodes[owner] = Node(lines=(name, *own, verdict), verdict=first.verdict)
        else:
            self.nodes[owner] = Node(lines=(name,), verdict=self.verdicts[resource])
            part = (*owner, label(first))
            self.nodes.setdefault(part, Node(lines=(label(first), verdict), verdict=first.verdict))
            self.edges[owner, part] = None
        for source in before:
            if source != owner:
                self.edges[source, owner] = None

    def _chain(self, device: Device) -> list[tuple[str, ...]]:
        """Draw the links of a chain; the nodes that the device's own hangs on."""
        before: list[tuple[str, ...]] = []
        here: list[tuple[str, ...]] = []
        role = ""
        for link in device.chain:
            if link.role != role or role not in _ALTERNATIVES:
                before, here, role = here or before, [], link.role
            key = self._link(device.input, link)
            here.append(key)
            for source in before:
                if source != key:
                    self.edges[source, key] = None
        return here

    def _link(self, input_: str, link: Link) -> tuple[str, ...]:
        key = (input_, shown(link.name))
        verdict = self.verdicts.get((input_, link.name), "")
        node = Node(lines=(shown(link.name), link.role), verdict=verdict, outside=not verdict)
        self.nodes.setdefault(key, node)
        return key

    def parts(self) -> Iterator[Graph]:
        """The connected parts, in the order in which they were drawn."""
        near: dict[tuple[str, ...], list[tuple[str, ...]]] = {key: [] for key in self.nodes}
        for source, target in self.edges:
            near[source].append(target)
            near[target].append(source)
        seen: set[tuple[str, ...]] = set()
        for start in self.nodes:
            if start in seen:
                continue
            seen.add(start)
            part = [start]
            for key in part:
                for other in near[key]:
                    if other not in seen:
                        seen.add(other)
                        part.append(other)
            index = {key: i for i, key in enumerate(part)}
            edges = [(index[s], index[t]) for s in part for t in near[s] if (s, t) in self.edges]
            yield Graph([self.nodes[key] for key in part], edges)
