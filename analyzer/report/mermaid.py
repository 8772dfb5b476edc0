"""The chains of a report as a Mermaid flowchart, which GitHub and GitLab draw.

Ids of nodes are ours. A label is quoted, and in it every character but letters, digits, blanks
and `_.-` is written as `#NN;` (Mermaid documentation, "Entity codes to escape characters"), so no
name can end its label, open a link or a tag.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from analyzer.report import Style
from analyzer.report.graph import Graph, Node, graphs
from analyzer.report.wording import nothing_made
from analyzer.text import visible
from analyzer.wire import Report

__all__ = ["flowchart", "render"]

_DEVICES = 100  # Mermaid draws 500 edges and 50,000 characters at most
_LINE = 160
_PLAIN = re.compile(r"[^A-Za-z0-9 _.-]")
_CLASSES = {
    "encrypted": ("ok", "fill:#d9f2e0,stroke:#1a7f37,color:#0b3d1c"),
    "unencrypted": ("bad", "fill:#ffdcd9,stroke:#cf222e,color:#5c0a10,stroke-width:2px"),
    "rejected": ("refused", "fill:#ffe3cc,stroke:#bc4c00,color:#5a2400,stroke-width:2px"),
    "depends": ("open", "fill:#fff5c7,stroke:#9a6700,color:#4a3100,stroke-dasharray:5 3"),
    "": ("outside", "fill:#f2f4f7,stroke:#6e7781,color:#24292f"),
}


def render(report: Report, _style: Style) -> bytes:
    """One flowchart of all chains."""
    return ("\n".join(flowchart(report, _DEVICES)) + "\n").encode()


def flowchart(report: Report, most: int) -> Iterator[str]:
    """The lines of a flowchart with at most `most` groups of devices, the worst first."""
    drawn, left = graphs(report, most)
    yield "flowchart LR"
    start = 1
    for graph in drawn:
        yield from _part(graph, start)
        start += len(graph.nodes)
    if left > 0:
        yield f'  n{start}["and {left} more devices"]:::outside'
    elif not drawn:
        yield f'  n1["{nothing_made(report)}"]:::outside'
    for name, look in _CLASSES.values():
        yield f"  classDef {name} {look}"


def _part(graph: Graph, start: int) -> Iterator[str]:
    for number, node in enumerate(graph.nodes, start):
        yield f'  n{number}["{_label(node)}"]:::{_CLASSES[node.verdict][0]}'
    for source, target in graph.edges:
        yield f"  n{start + source} --> n{start + target}"


def _label(node: Node) -> str:
    """The lines of a node; the break between them is the only tag that can be in a label."""
    return "<br/>".join(encoded(line) for line in node.lines)


def encoded(line: str) -> str:
    """A line of text as the inside of a Mermaid label."""
    return _PLAIN.sub(lambda found: f"#{ord(found[0])};", visible(line, _LINE))
