"""Where facilities and places meet the roads: at the nodes that they state, else at the nearest one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from ldt_graph import wkt
from ldt_graph.impact.structure.network import select
from ldt_graph.impact.structure.shapes import Plane, inside, shape_of
from ldt_graph.model import EntityFilter
from ldt_graph.namespaces import LDT
from ldt_graph.wkt import positions

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ldt_graph.graph import Graph
    from ldt_graph.graph.columns import Floats, Ints
    from ldt_graph.impact.structure.network import Network
    from ldt_graph.impact.structure.shapes import Shape

By = Literal["stated", "distance", "plan"]
_PAGE = 10_000
_PLAN = "planGeometry"


@dataclass(frozen=True, slots=True)
class Access:
    """Where something meets the roads.

    Attributes:
        nodes: Places in the sorted list of road nodes.
        by: `stated` by the twin, by `distance` on the earth, or by distance on a `plan` that has no place on it.
        distance: To the node: metres; on a plan in its own unit; None where it is stated.
    """

    nodes: tuple[int, ...]
    by: By
    distance: float | None = None


class Accesses:
    """Finds where things meet the roads; keeps what it found, and positions, but no graph.

    Args:
        graph: Holds the positions.
        network: Of the same version, or of a scenario over it.
        nodes: Vertices of the road nodes, sorted.
    """

    def __init__(self, graph: Graph, network: Network, nodes: Ints) -> None:
        self._network = network
        self._nodes = nodes
        self._stated = _stated(network, nodes)
        texts = _geometries(graph, [network.columns.iris[v] for v in nodes.tolist()])
        self._earth = _Points.of(texts, "earth", network, nodes)
        self._plan = _Points.of(texts, "plan", network, nodes)
        self._found: dict[int, Access | None] = {}
        self.lonlat = np.full((len(nodes), 2), np.nan)
        if self._earth:
            self.lonlat[self._earth.node] = self._earth.lonlat

    def of(self, graph: Graph, vertices: Iterable[int]) -> dict[int, Access | None]:
        """Return where each vertex meets the roads; None where neither a node nor a position is stated.

        A polygon stands for the node in it that is nearest to its middle, else the nearest outside.
        """
        wanted = list(vertices)
        iris = self._network.columns.iris
        fresh = [v for v in wanted if v not in self._found]
        texts = _geometries(graph, [iris[v] for v in fresh if v not in self._stated])
        for v in fresh:
            own = self._stated.get(v)
            self._found[v] = Access(own, "stated") if own else self._near(texts.get(iris[v], {}))
        return {v: self._found[v] for v in wanted}

    def _near(self, texts: Mapping[str, str]) -> Access | None:
        for points, by in ((self._earth, "distance"), (self._plan, "plan")):
            found = points.nearest(texts.get(points.kind)) if points else None
            if found is not None:
                return Access((found[0],), by, found[1])
        return None


class _Points:
    """The positions of road nodes, of one kind: on the `earth`, or on a `plan`."""

    def __init__(self, kind: str, node: Ints, lonlat: Floats) -> None:
        self.kind, self.node, self.lonlat = kind, node, lonlat
        middle = np.median(lonlat, axis=0).tolist()
        self._plane = Plane(*middle) if kind == "earth" else _Flat()
        self._xy = self._plane.metres(lonlat)

    @classmethod
    def of(
        cls, texts: Mapping[str, Mapping[str, str]], kind: str, network: Network, nodes: Ints
    ) -> _Points | None:
        iris = network.columns.iris
        each = [texts.get(iris[v], {}).get(kind, "") for v in nodes.tolist()]
        found = [(n, at[0]) for n, text in enumerate(each) if (at := positions(text))]
        if not found:
            return None
        return cls(kind, np.array([n for n, _ in found]), np.array([at for _, at in found]))

    def nearest(self, text: str | None) -> tuple[int, float] | None:
        """Return the nearest node of a geometry's middle, and how far that is."""
        geometry = wkt.geometry(text or "")
        if geometry is None:
            return None
        shape = shape_of(geometry, self._plane)
        away = np.hypot(*(self._xy - _middle(shape)).T)
        within = inside(self._xy, shape)
        chosen = int(np.argmin(np.where(within, away, np.inf) if within.any() else away))
        return int(self.node[chosen]), float(away[chosen])


class _Flat(Plane):
    """A plan as it is: in its own unit."""

    def __init__(self) -> None:
        super().__init__(0.0, 0.0)

    def metres(self, lonlat: Sequence[Any] | Floats) -> Floats:
        return np.asarray([p[:2] for p in lonlat], dtype=float).reshape(-1, 2)


def _middle(shape: Shape) -> Floats:
    """Return the centroid of a shape's largest polygon by its outline, else the mean of its corners."""
    centres = [_centroid(rings[0]) for rings in shape.polygons]
    areas = [abs(area) for area, _ in centres]
    if areas and max(areas) > 0:
        return centres[int(np.argmax(areas))][1]
    return shape.segments.reshape(-1, 2).mean(axis=0)


def _centroid(ring: Floats) -> tuple[float, Floats]:
    """Return the signed area and the centroid of a closed ring; of one without area its mean."""
    origin = ring[0]  # near it, so that large coordinates lose no digits
    a, b = ring[:-1] - origin, ring[1:] - origin
    cross = a[:, 0] * b[:, 1] - b[:, 0] * a[:, 1]
    area = float(cross.sum() / 2)
    if not area:
        return 0.0, ring.mean(axis=0)
    return area, origin + ((a + b) * cross[:, None]).sum(axis=0) / (6 * area)


def _stated(network: Network, nodes: Ints) -> dict[int, tuple[int, ...]]:
    """Return by vertex the road nodes from which it is said to be reached; of a node itself."""
    said = select(network.columns, network.ontology.subproperties(LDT.accessNode))
    subject, node = (network.columns.edges[c][said] for c in ("subject", "object"))
    found = {int(v): {place} for place, v in enumerate(nodes.tolist())}
    for thing, at in zip(subject.tolist(), node.tolist(), strict=True):
        place = int(np.searchsorted(nodes, at))
        if place < len(nodes) and nodes[place] == at:
            found.setdefault(thing, set()).add(place)
    return {thing: tuple(sorted(places)) for thing, places in found.items()}


def _geometries(graph: Graph, iris: Sequence[str]) -> dict[str, dict[str, str]]:
    """Return IRI → its geometries as texts: on the `earth`, on a `plan`. Cost: what is asked for."""
    found: dict[str, dict[str, str]] = {}
    for low in range(0, len(iris), _PAGE):
        some = tuple(iris[low : low + _PAGE])
        for entity in graph.find(EntityFilter(iris=some), first=len(some)).entities:
            told = {"earth": entity.geometry}
            told["plan"] = next((v.text for v in entity.attributes.get(_PLAN, ())), None)
            found[entity.iri] = {kind: text for kind, text in told.items() if text}
    return found
