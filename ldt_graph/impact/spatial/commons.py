"""Common causes: feeds that count as independent, and lie in one trench, on one bridge, in one building."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ldt_graph.errors import QueryError
from ldt_graph.impact.engine import engine_of
from ldt_graph.impact.spatial.located import middle, placed
from ldt_graph.impact.structure.rows import rows
from ldt_graph.impact.structure.shapes import Shape, Shapes, nearest, pieces
from ldt_graph.impact.walk.cascade import Cascade

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ldt_graph.graph import Graph
    from ldt_graph.impact.engine import ImpactEngine
    from ldt_graph.impact.structure.shapes import Plane
    from ldt_graph.model import Provenance


@dataclass(frozen=True, slots=True)
class CommonCause:
    """Two assets that lie together, whose outage stops what members of a group were to keep.

    Attributes:
        owner: What fails, as answers call it.
        group: IRI of the group.
        members: IRIs of the two members.
        assets: IRIs of the two that lie together: on the way of one member, and of the other.
        metres: How far apart they are.
        points: Their nearest points, longitude first; none where they are in one asset and say no more.
        inside: IRI of an asset that both are in or part of.
        evidence: A row that states something of each.
    """

    owner: dict[str, str | None]
    group: str
    members: tuple[str, str]
    assets: tuple[str, str]
    metres: float
    points: tuple[tuple[float, float], ...]
    inside: str | None
    evidence: tuple[Provenance | None, Provenance | None]

    @property
    def document(self) -> dict[str, Any]:
        """The cause as in docs/reference/impact.md."""
        return {
            **self.owner,
            "group": self.group,
            "members": list(self.members),
            "assets": list(self.assets),
            "metres": round(self.metres, 3),
            "points": [list(p) for p in self.points],
            "inside": self.inside,
            "evidence": [e and {"source": e.source, "row": e.row} for e in self.evidence],
        }


_LONG = 1e6
"""Hours after which every buffer is over."""


_MEETING = 3
"""Ways part at what they both hang on: within so many times the distance of it they may be close."""
_SHORTEST = 5.0


class _Close(NamedTuple):
    metres: float
    one: int
    other: int
    inside: int
    points: Any = None


def common_causes(graph: Graph, metres: float) -> list[CommonCause]:
    """Return where members of a group with one to spare, or what they hang on, lie within so many metres.

    Of each two members the closest pair that does stop the owner when both go out, and neither alone does: that is
    asked. What both members hang on is no pair, nor what lies within three times the distance of it, where ways part.

    Raises:
        QueryError: The distance is negative or none, or no asset says where it is.
    """
    if not (np.isfinite(metres) and metres >= 0):
        raise QueryError(f"The distance must be 0 or more metres, not {metres}.")
    return [*_Search(graph, metres).causes()]


class _Search:
    def __init__(self, graph: Graph, metres: float) -> None:
        self.engine: ImpactEngine = engine_of(graph)
        self.metres = metres
        self.plane: Plane = middle(graph)
        assets = placed(graph, self.plane)
        self.shape: dict[int, Shape] = dict(
            zip(assets.vertex.tolist(), assets.shapes.each, strict=True)
        )
        gates, size = self.engine.network.gates, self.engine.network.size
        self._start, self._owned = rows(gates.owner, size)
        self._stops: dict[tuple[int, ...], set[int]] = {}

    def causes(self) -> Iterator[CommonCause]:
        network, on = self.engine.network, self.engine.before.on
        gates = network.gates
        for gate in np.nonzero(gates.group >= 0)[0].tolist():
            owner = int(gates.owner[gate])
            members, counts = gates.members(gate), gates.weights(gate)
            working = sorted({m for m in members.tolist() if on[m]})
            left = int(counts[on[members]].sum())
            if (
                not on[owner]
                or left - int(counts[on[members]].min(initial=left)) < gates.required[gate]
            ):
                continue
            ways = {m: self._way(m) for m in working}
            for one, other in itertools.combinations(working, 2):
                found = self._cause(owner, ways[one], ways[other])
                if found is not None:
                    yield self._told(gate, (one, other), found)

    def _way(self, member: int) -> set[int]:
        """Return what a member hangs on: its supply in the undisturbed city, and what alone it needs."""
        before, gates = self.engine.before, self.engine.network.gates
        seen, todo = {member}, [member]
        while todo:
            vertex = todo.pop()
            above = [int(f.parent[vertex]) for f in before.forests]
            owned = self._owned[self._start[vertex] : self._start[vertex + 1]]
            alone = owned[gates.sole[owned]]
            above += gates.member[gates.member_start[alone]].tolist()
            fresh = [v for v in above if v >= 0 and v not in seen]
            seen.update(fresh)
            todo += fresh
        return seen

    def _cause(self, owner: int, one: set[int], other: set[int]) -> _Close | None:
        """Return the closest pair that stops the owner together, and not one by one."""
        for close in sorted(self._close(one, other), key=lambda c: c[:4]):
            pair = (close.one, close.other)
            if owner in self._stopped(pair) and not any(owner in self._stopped((v,)) for v in pair):
                return close
        return None

    def _close(self, one: set[int], other: set[int]) -> Iterator[_Close]:
        shared = Shapes([self.shape[v] for v in sorted(one & other) if v in self.shape])
        mine, theirs = (self._apart(way, shared) for way in (one - other, other - one))
        if mine and theirs:
            shapes, known = Shapes(list(mine.values())), list(mine)
            for v, shape in theirs.items():
                for n in np.nonzero(shapes.near(shape, self.metres))[0].tolist():
                    gap = nearest(shapes.each[n], shape)
                    yield _Close(gap.metres, known[n], v, -1, (gap.one, gap.other))
        yield from self._housed(one - other, other - one)

    def _housed(self, one: set[int], other: set[int]) -> Iterator[_Close]:
        """Yield pairs that are in or part of one asset."""
        homes = self.engine.before.supplied.homes
        start, outer = homes.around

        def around(vertex: int) -> set[int]:
            found = outer[start[vertex] : start[vertex + 1]]
            return set(found[~homes.place[found]].tolist())

        housing = {v: found for v in sorted(other) if (found := around(v))}
        for u in sorted(one):
            mine = around(u)
            for v, theirs in housing.items():
                for both in sorted(mine & theirs)[:1]:
                    yield _Close(0.0, u, v, both)

    def _apart(self, way: set[int], shared: Shapes) -> dict[int, Shape]:
        """Return what is left of the shapes of a way without what lies near that which both ways hang on."""
        found = {}
        for v in sorted(way & self.shape.keys()):
            shape = self.shape[v]
            if shared.near(shape, _MEETING * self.metres).any():
                cut = pieces(shape.segments, max(self.metres, _SHORTEST))[0]
                each = Shapes([Shape(piece[None]) for piece in cut])
                near = np.zeros(len(cut), dtype=bool)
                for other in shared.each:
                    near |= each.near(other, _MEETING * self.metres)
                shape = Shape(cut[~near])
            if len(shape.segments):
                found[v] = shape
        return found

    def _stopped(self, seeds: tuple[int, ...]) -> set[int]:
        if seeds not in self._stops:
            cascade = Cascade(self.engine.before, _LONG)
            cascade.run(dict.fromkeys(seeds, 0.0))
            self._stops[seeds] = set(cascade.failed().tolist())
        return self._stops[seeds]

    def _told(self, gate: int, members: tuple[int, int], found: _Close) -> CommonCause:
        network, iris = self.engine.network, self.engine.network.columns.iris
        points: tuple[tuple[float, float], ...] = ()
        if found.points is not None:
            points = self.plane.lonlat(found.points[0]), self.plane.lonlat(found.points[1])
        return CommonCause(
            self.engine.before.who(int(network.gates.owner[gate])),
            iris[int(network.gates.group[gate])],
            (iris[members[0]], iris[members[1]]),
            (iris[found.one], iris[found.other]),
            found.metres,
            points,
            None if found.inside < 0 else iris[found.inside],
            (self._evidence(found.one), self._evidence(found.other)),
        )

    def _evidence(self, vertex: int) -> Provenance | None:
        """Return a row that states something of an asset, its own before another's."""
        edges = self.engine.network.columns.edges
        for end in ("subject", "object"):
            own = np.nonzero((edges[end] == vertex) & (edges["inferred"] == 0))[0]
            if len(own):
                return self.engine.network.provenance(int(own[0]))
        return None
