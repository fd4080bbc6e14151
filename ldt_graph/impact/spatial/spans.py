"""Road links that state no geometry of their own, as lines from node to node: so an area hits what crosses it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ldt_graph.impact.structure.shapes import Shape, Shapes
from ldt_graph.model import EntityFilter

if TYPE_CHECKING:
    from ldt_graph.graph import Graph
    from ldt_graph.graph.columns import Bools, Floats, Ints
    from ldt_graph.impact.mobility.reach import RoadMap
    from ldt_graph.impact.structure.shapes import Plane
    from ldt_graph.model import Box


def straight(graph: Graph, roads: RoadMap, plane: Plane, box: Box) -> tuple[Ints, Shapes]:
    """Return links that may meet a box of degrees and state no geometry, and their lines. Cost: what is near the box."""
    link, *ends = roads.roads.spans
    tail, head = (roads.lonlat[end] for end in ends)
    near = np.nonzero(_meets(tail, head, box))[0]
    iris = tuple(roads.network.columns.iris[v] for v in link[near].tolist())
    page = graph.find(EntityFilter(iris=iris), first=len(iris)) if iris else None
    bare = {e.iri for e in page.entities if e.geometry is None} if page else set()
    keep = near[[iri in bare for iri in iris]]
    lines = np.concatenate([plane.metres(tail[keep]), plane.metres(head[keep])], axis=1)
    return link[keep], Shapes([Shape(line[None]) for line in lines])


def _meets(tail: Floats, head: Floats, box: Box) -> Bools:
    """Return which lines' own boxes meet a box; all that are somewhere, where it crosses the antimeridian."""
    low, high = np.minimum(tail, head), np.maximum(tail, head)
    if box.west > box.east:
        return np.asarray(np.isfinite(low).all(axis=1))
    corner, other = np.array([box.west, box.south]), np.array([box.east, box.north])
    return np.asarray(((low <= other) & (high >= corner)).all(axis=1))
