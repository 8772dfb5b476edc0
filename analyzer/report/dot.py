"""The chains of a report in the language of Graphviz: `-o dot | dot -Tsvg`.

Ids of nodes are ours. A label is quoted, and in it every character but letters, digits, blanks
and `_.-` is written as `&#NN;` (Graphviz documentation, "lang": labels may hold numeric entities),
so no name can end its label, and no backslash of one is taken for an escape.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from analyzer.report import Style
from analyzer.report.graph import Node, graphs
from analyzer.report.wording import nothing_made
from analyzer.text import visible
from analyzer.wire import Report

__all__ = ["render"]

_DEVICES = 1_000
_LINE = 160
_PLAIN = re.compile(r"[^A-Za-z0-9 _.-]")
#: Filling and line of a node; what is not encrypted has a line of its own kind, too.
_LOOKS = {
    "encrypted": 'fillcolor="#d9f2e0", color="#1a7f37"',
    "unencrypted": 'fillcolor="#ffdcd9", color="#cf222e", penwidth=2',
    "rejected": 'fillcolor="#ffe3cc", color="#bc4c00", penwidth=2, peripheries=2',
    "depends": 'fillcolor="#fff5c7", color="#9a6700", style="filled,dashed"',
    "": 'fillcolor="#f2f4f7", color="#6e7781"',
}


def render(report: Report, _style: Style) -> bytes:
    """One directed graph of all chains."""
    return ("\n".join(_lines(report)) + "\n").encode()


def _lines(report: Report) -> Iterator[str]:
    drawn, left = graphs(report, _DEVICES)
    yield "digraph {"
    yield "  rankdir=LR"
    yield '  node [shape=box, style=filled, fontname="Helvetica", fontsize=11]'
    start = 1
    for graph in drawn:
        for number, node in enumerate(graph.nodes, start):
            yield f'  n{number} [label="{_label(node)}", {_LOOKS[node.verdict]}]'
        for source, target in graph.edges:
            yield f"  n{start + source} -> n{start + target}"
        start += len(graph.nodes)
    if left > 0:
        yield f'  n{start} [label="and {left} more devices", {_LOOKS[""]}]'
    elif not drawn:
        yield f'  n1 [label="{nothing_made(report)}", {_LOOKS[""]}]'
    yield "}"


def _label(node: Node) -> str:
    """The lines of a node; the break between them is the only escape that can be in a label."""
    return "\\n".join(_encoded(line) for line in node.lines)


def _encoded(line: str) -> str:
    return _PLAIN.sub(lambda found: f"&#{ord(found[0])};", visible(line, _LINE))
