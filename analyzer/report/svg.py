"""One connected chain drawn as SVG: columns by distance from the first source."""

from __future__ import annotations

from analyzer.report.graph import Graph, Node
from analyzer.report.markup import Markup, element, words

__all__ = ["SIGNS", "picture"]

#: A sign beside each colour: nothing is told by colour alone.
SIGNS = {"encrypted": "✓", "unencrypted": "✗", "rejected": "⊘", "depends": "?", "": ""}

_CHAR, _LINE, _PAD = 7.3, 17, 10
_LONGEST = 44  # characters of a line; the whole is in the node's tooltip
_GAP_X, _GAP_Y = 56, 14


def picture(graph: Graph, name: str) -> Markup:
    """The graph as an `svg` element; `name` tells what it shows to who cannot see it."""
    columns = _columns(graph)
    places, width, height = _places(graph, columns)
    lines = [_edge(places[s], places[t]) for s, t in graph.edges]
    boxes = [_box(node, places[i]) for i, node in enumerate(graph.nodes)]
    return element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "width": f"{width:.0f}",
            "height": f"{height:.0f}",
            "viewBox": f"0 0 {width:.0f} {height:.0f}",
            "role": "img",
            "aria-label": words(name),
        },
        *lines,
        *boxes,
    )


_Place = tuple[float, float, float, float]  # x, y, width, height


def _columns(graph: Graph) -> list[int]:
    """The column of each node: its longest way from a source."""
    columns = [0] * len(graph.nodes)
    for _ in graph.nodes:  # ends early; what goes round in circles ends here
        moved = False
        for source, target in graph.edges:
            if columns[target] <= columns[source] < len(graph.nodes):
                columns[target] = columns[source] + 1
                moved = True
        if not moved:
            break
    return columns


def _places(graph: Graph, columns: list[int]) -> tuple[list[_Place], float, float]:
    places: list[_Place] = [(0, 0, 0, 0)] * len(graph.nodes)
    before: dict[int, list[int]] = {}
    for source, target in graph.edges:
        before.setdefault(target, []).append(source)
    x, height = 1.0, 0.0
    for column in sorted(set(columns)):
        here = [i for i, c in enumerate(columns) if c == column]
        wish = {i: _mean([places[s][1] for s in before.get(i, ())]) for i in here}
        width = max(_width(graph.nodes[i]) for i in here)
        y = 1.0
        for i in sorted(here, key=lambda i: (wish[i], i)):
            top = max(y, wish[i])
            tall = len(graph.nodes[i].lines) * _LINE + _PAD
            places[i] = (x, top, width, tall)
            y = top + tall + _GAP_Y
            height = max(height, top + tall)
        x += width + _GAP_X
    return places, x - _GAP_X + 1, height + 1


def _mean(values: list[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def _width(node: Node) -> float:
    longest = max(len(_cut(line)) for line in _signed(node))
    return longest * _CHAR + 2 * _PAD


def _signed(node: Node) -> tuple[str, ...]:
    sign = SIGNS[node.verdict]
    return (f"{sign} {node.lines[0]}" if sign else node.lines[0], *node.lines[1:])


def _cut(line: str) -> str:
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 3]}..."


def _box(node: Node, place: _Place) -> Markup:
    x, y, width, height = place
    rect = {"x": f"{x:.1f}", "y": f"{y:.1f}", "width": f"{width:.1f}", "height": f"{height:.1f}"}
    lines = [
        element(
            "text",
            {
                "x": f"{x + _PAD:.1f}",
                "y": f"{y + n * _LINE - 1:.1f}",
                "class": f"l{min(n, 2)}",
            },
            words(_cut(line)),
        )
        for n, line in enumerate(_signed(node), 1)
    ]
    return element(
        "g",
        {"class": f"node {node.verdict or 'outside'}"},
        element("title", {}, words("\n".join(node.lines))),
        element("rect", {**rect, "rx": "5"}),
        *lines,
    )


def _edge(source: _Place, target: _Place) -> Markup:
    x1, y1 = source[0] + source[2], source[1] + source[3] / 2
    x2, y2 = target[0], target[1] + target[3] / 2
    bend = max(20.0, (x2 - x1) / 2)
    path = f"M{x1:.1f} {y1:.1f}C{x1 + bend:.1f} {y1:.1f} {x2 - bend:.1f} {y2:.1f} {x2:.1f} {y2:.1f}"
    return element("path", {"class": "edge", "d": path})
