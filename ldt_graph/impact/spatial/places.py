"""The worst places of a city: cells of a net or stretches of its lines, ranked by whom the outage of all in one hits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ldt_graph.errors import QueryError
from ldt_graph.impact.answers.consequence import column, consequence, marked
from ldt_graph.impact.engine import engine_of
from ldt_graph.impact.spatial.cells import Cells
from ldt_graph.impact.spatial.corridors import Corridors
from ldt_graph.impact.spatial.located import middle, placed
from ldt_graph.impact.structure.rows import gather, rows
from ldt_graph.impact.walk.cascade import Cascade

if TYPE_CHECKING:
    from collections.abc import Callable

    from ldt_graph.graph import Graph
    from ldt_graph.graph.columns import Floats, Ints
    from ldt_graph.impact.answers.consequence import By, Consequence
    from ldt_graph.impact.engine import ImpactEngine
    from ldt_graph.impact.spatial.located import Placed


@dataclass(frozen=True, slots=True)
class WorstPlace:
    """A cell or a corridor, and what the outage of all in it brings about.

    Attributes:
        box: West, south, east, north, in degrees; of a corridor, of its middle line.
        assets: IRIs of what goes out, sorted.
        along: IRI of the asset that a corridor follows; none of a cell.
        line: The middle line of a corridor, as lines of positions (GeoJSON's MultiLineString); empty of a cell.
    """

    box: tuple[float, float, float, float]
    consequence: Consequence
    assets: tuple[str, ...]
    along: str | None = None
    line: tuple[tuple[tuple[float, float], ...], ...] = ()

    @property
    def document(self) -> dict[str, Any]:
        """The place as in docs/reference/impact.md."""
        failed = self.consequence.failed
        way = {"along": self.along, "line": [[list(p) for p in part] for part in self.line]}
        return {
            "box": list(self.box),
            **(way if self.along else {}),
            "people": failed.people,
            "facilities": failed.facilities,
            "failed": failed.assets,
            **self.consequence.weaker,
            "assets": list(self.assets),
        }


@dataclass(frozen=True, slots=True)
class Places:
    """The worst places.

    Attributes:
        worst: The worst first; among equals in the order of the net (southernmost, then westernmost) or of the lines.
        count: How many cells hold assets, or how many corridors there are.
        asked: How many different questions that took.
        unplaced: Assets that neither state where on earth they are nor are in one that does.
    """

    worst: tuple[WorstPlace, ...]
    count: int
    asked: int
    unplaced: int

    @property
    def document(self) -> dict[str, Any]:
        """The places as in docs/reference/impact.md."""
        return {
            "places": [p.document for p in self.worst],
            "count": self.count,
            "asked": self.asked,
            "unplaced": self.unplaced,
        }


def worst_places(
    graph: Graph,
    metres: float,
    *,
    first: int = 10,
    by: By = "people",
    horizon: float = 24.0,
    clock: float | None = None,
) -> Places:
    """Return the cells whose outage hits most people, then most critical facilities, then most assets, or counts most by another measure.

    The net begins at the south-western corner of all that states where it is. Each cell is asked about by itself,
    cells that hold the same once. No bound is used: with redundancy and storages a cell can bring about more than
    its assets do one by one, so each is asked. Cost: a question for each set of assets that is in some cell.

    Raises:
        QueryError: The cells are too many or of no size, no asset says where it is, or nothing is ranked by that.
    """
    search = _Search(graph, first, by, horizon, clock)
    cells = Cells(search.placed.shapes, metres)

    def told(cell: int, found: Consequence, assets: tuple[str, ...]) -> WorstPlace:
        low, high = cells.box(cell).box
        return WorstPlace(search.degrees(low, high), found, assets)

    return search.ranked(cells.cell, cells.shape, told)


def worst_corridors(
    graph: Graph,
    metres: float,
    *,
    length: float = 100.0,
    first: int = 10,
    by: By = "people",
    horizon: float = 24.0,
    clock: float | None = None,
) -> Places:
    """Return the stretches of lines along which an outage of all is worst, in the order of `worst_places`.

    Each asset whose geometry is a line is cut in equal stretches. In a corridor is what meets a stretch or lies
    within so many metres of it: a digger that follows a pipe, a trench, a street. Corridors with the same in them are
    asked once.

    Args:
        graph: The city.
        metres: To either side of the line.
        length: The longest stretch, in metres.
        first: So many of the worst.
        by: What counts first; the other numbers decide between equals.
        horizon: The last hour looked at.
        clock: Hour of the day at hour 0.

    Raises:
        QueryError: A measure has no meaning, the corridors are too many, or no asset is a line on earth.
    """
    search = _Search(graph, first, by, horizon, clock)
    corridors = Corridors(search.placed.shapes, metres, length)

    def told(stretch: int, found: Consequence, assets: tuple[str, ...]) -> WorstPlace:
        lines = corridors.lines(stretch)
        ends = np.concatenate(lines)
        return WorstPlace(
            search.degrees(ends.min(axis=0), ends.max(axis=0)),
            found,
            assets,
            search.iris[int(search.placed.vertex[corridors.along[stretch]])],
            tuple(tuple(search.plane.lonlat(p) for p in line) for line in lines),
        )

    return search.ranked(corridors.stretch, corridors.shape, told)


class _Search:
    def __init__(
        self, graph: Graph, first: int, by: By, horizon: float, clock: float | None
    ) -> None:
        if first < 0:
            raise QueryError(f"There can't be {first} places.", hint="Ask for 0 or more.")
        column(by)  # no search for what nothing is ranked by
        self.engine, self.plane = engine_of(graph), middle(graph)
        self.placed: Placed = placed(graph, self.plane)
        self.iris = self.engine.network.columns.iris
        self._first, self._by, self._horizon, self._clock = first, by, horizon, clock

    def ranked(
        self,
        place: Ints,
        shape: Ints,
        told: Callable[[int, Consequence, tuple[str, ...]], WorstPlace],
    ) -> Places:
        """Ask about each place once, of pairs (place, shape), and return the worst.

        Raises:
            Ended: The time that a question has is over.
        """
        vertex = self.placed.vertex
        place, vertex, unplaced = _contents(self.engine, place, vertex[shape], vertex)
        start = np.concatenate([[0], np.nonzero(np.diff(place))[0] + 1, [len(place)]])
        asked: dict[bytes, Consequence] = {}
        found = []
        for a, b in zip(start[:-1].tolist(), start[1:].tolist(), strict=True):
            seeds = vertex[a:b]
            key = seeds.tobytes()
            if key not in asked:
                asked[key] = self._ask(seeds)
            found.append((asked[key].rank(self._by), int(place[a]), a, b))
        worst = [
            told(n, asked[vertex[a:b].tobytes()], tuple(self.iris[v] for v in vertex[a:b].tolist()))
            for _, n, a, b in sorted(found)[: self._first]
        ]
        return Places(tuple(worst), len(found), len(asked), unplaced)

    def _ask(self, seeds: Ints) -> Consequence:
        """Return what the outage of vertices at hour 0 brings about, they themselves counted."""
        cascade = Cascade(self.engine.before, self._horizon, self._clock)
        cascade.run(dict.fromkeys(seeds.tolist(), 0.0))
        return consequence(cascade, marked(cascade))

    def degrees(self, low: Floats, high: Floats) -> tuple[float, float, float, float]:
        """Return a box in degrees."""
        return (*self.plane.lonlat(low), *self.plane.lonlat(high))


def _contents(
    engine: ImpactEngine, place: Ints, vertex: Ints, placed: Ints
) -> tuple[Ints, Ints, int]:
    """Add what is in or part of the assets of each place and has no place of its own.

    Returns:
        Pairs (place, vertex), sorted; and how many assets are nowhere.
    """
    n, homes = engine.network.size, engine.before.supplied.homes
    start, outer = homes.around
    inner = np.repeat(np.arange(n), np.diff(start))
    stated = np.zeros(n, dtype=bool)
    stated[placed] = True
    kept = stated[outer] & ~stated[inner] & ~homes.place[inner]
    inner, outer = inner[kept], outer[kept]
    start, order = rows(outer, n)
    entry, which = gather(start, vertex)
    key = np.unique(np.concatenate([place * n + vertex, place[which] * n + inner[order[entry]]]))
    stated[inner] = True
    return key // n, key % n, int((~stated & ~homes.place).sum())
