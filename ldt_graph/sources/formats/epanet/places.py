"""Where the nodes of an EPANET file are and how its links run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ldt_graph.sources.crs import Placer

if TYPE_CHECKING:
    from collections.abc import Container

    from ldt_graph.sources.formats.epanet.text import Input, Line
    from ldt_graph.sources.reading import Cell

Place = tuple["Cell", "Cell"]
"""The geometry and the plan geometry; one of them at most is there."""
_NOWHERE: Place = (None, None)


class Places:
    """Where nodes are and how links run. A coordinate that is wrong is reported once, at its own line."""

    def __init__(self, file: Input, nodes: Container[str], links: Container[str]) -> None:
        placed = file.of_known("COORDINATES", file.lines("COORDINATES", 3, 3), 0, "node", nodes)
        turns = file.of_known("VERTICES", file.lines("VERTICES", 3, 3), 0, "link", links)
        points = _points(file, [*placed, *turns])
        self.nodes: dict[str, Place] = {}
        self.turns: dict[str, list[Place]] = {}
        said: dict[str, Line] = {}
        for line in placed:
            name = line.words[0]
            if name in said:
                file.replaced("COORDINATES", said[name])
            said[name], self.nodes[name] = line, points[line.number]
        for line in turns:
            self.turns.setdefault(line.words[0], []).append(points[line.number])

    def node(self, line: Line) -> Place:
        """Return where a node is."""
        return self.nodes.get(line.words[0], _NOWHERE)

    def link(self, line: Line) -> Place:
        """Return how a link runs, from node to node through its vertices: nowhere, if one of its points is not known."""
        first, last = (self.nodes.get(name, _NOWHERE) for name in line.words[1:3])
        points = [first, *self.turns.get(line.words[0], []), last]
        return _joined([g for g, _ in points]), _joined([p for _, p in points])


def _points(file: Input, lines: list[Line]) -> dict[int, Place]:
    """Return line → its point; all of them in one transformation."""
    if not lines:
        return {}
    x, y = ([line.words[at] for line in lines] for at in (1, 2))
    rows = [line.number for line in lines]
    geometry, plan = Placer(file.reading).points(x, y, rows, ("x", "y"))
    return dict(zip(rows, zip(geometry, plan, strict=True), strict=True))


def _joined(points: list[Cell]) -> Cell:
    within = [p.removeprefix("POINT(").removesuffix(")") for p in points if p is not None]
    return f"LINESTRING({', '.join(within)})" if len(within) == len(points) else None
