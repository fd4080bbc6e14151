"""The worst places of a city: cells of a net, ranked by whom their outage hits, over all networks at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ldt_graph.errors import QueryError
from ldt_graph.impact.cascade import Cascade
from ldt_graph.impact.cells import Cells
from ldt_graph.impact.engine import engine_of
from ldt_graph.impact.forest import gather
from ldt_graph.impact.located import middle, placed
from ldt_graph.impact.network import rows
from ldt_graph.impact.people import People

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ldt_graph.graph import Graph
    from ldt_graph.graph.columns import Ints
    from ldt_graph.impact.engine import ImpactEngine
    from ldt_graph.impact.shapes import Plane


@dataclass(frozen=True, slots=True)
class Consequence:
    """What the outage of some assets brings about, they themselves counted; more is worse, in this order."""

    people: int
    facilities: int
    failed: int

    @property
    def rank(self) -> tuple[int, int, int]:
        """What places are ordered by, the worst first."""
        return -self.people, -self.facilities, -self.failed


@dataclass(frozen=True, slots=True)
class WorstPlace:
    """A cell, and what the outage of all in it brings about.

    Attributes:
        box: West, south, east, north, in degrees.
        assets: IRIs of what goes out, sorted.
    """

    box: tuple[float, float, float, float]
    consequence: Consequence
    assets: tuple[str, ...]

    @property
    def document(self) -> dict[str, Any]:
        """The place as in docs/reference/impact.md."""
        return {
            "box": list(self.box),
            "people": self.consequence.people,
            "facilities": self.consequence.facilities,
            "failed": self.consequence.failed,
            "assets": list(self.assets),
        }


@dataclass(frozen=True, slots=True)
class Places:
    """The worst places.

    Attributes:
        worst: The worst first; among equals the southernmost, then the westernmost.
        cells: How many cells hold assets.
        asked: How many different questions that took.
        unplaced: Assets that neither state where on earth they are nor are in one that does.
    """

    worst: tuple[WorstPlace, ...]
    cells: int
    asked: int
    unplaced: int

    @property
    def document(self) -> dict[str, Any]:
        """The places as in docs/reference/impact.md."""
        return {
            "places": [p.document for p in self.worst],
            "cells": self.cells,
            "asked": self.asked,
            "unplaced": self.unplaced,
        }


def worst_places(
    graph: Graph,
    metres: float,
    *,
    first: int = 10,
    horizon: float = 24.0,
    clock: float | None = None,
) -> Places:
    """Return the cells whose outage hits most people, then most critical facilities, then most assets.

    The net begins at the south-western corner of all that states where it is. Each cell is asked about by itself,
    cells that hold the same once. No bound is used: with redundancy and storages a cell can bring about more than
    its assets do one by one, so each is asked. Cost: a question for each set of assets that is in some cell.

    Raises:
        QueryError: The cells are too many or of no size, or no asset says where it is.
    """
    if first < 0:
        raise QueryError(f"There can't be {first} places.", hint="Ask for 0 or more.")
    engine, plane = engine_of(graph), middle(graph)
    assets = placed(graph, plane)
    cells = Cells(assets.shapes, metres)
    cell, vertex, unplaced = _contents(
        engine, cells.cell, assets.vertex[cells.shape], assets.vertex
    )
    start = np.concatenate([[0], np.nonzero(np.diff(cell))[0] + 1, [len(cell)]])
    asked: dict[bytes, Consequence] = {}
    found = []
    for a, b in zip(start[:-1].tolist(), start[1:].tolist(), strict=True):
        seeds = vertex[a:b]
        key = seeds.tobytes()
        if key not in asked:
            asked[key] = consequence(engine, seeds.tolist(), horizon, clock)
        found.append((asked[key].rank, int(cell[a]), a, b))
    worst = [
        WorstPlace(
            _degrees(cells, n, plane),
            asked[vertex[a:b].tobytes()],
            tuple(engine.network.columns.iris[v] for v in vertex[a:b].tolist()),
        )
        for _, n, a, b in sorted(found)[:first]
    ]
    return Places(tuple(worst), len(found), len(asked), unplaced)


def consequence(
    engine: ImpactEngine, seeds: Sequence[int], horizon: float, clock: float | None
) -> Consequence:
    """Return what the outage of vertices at hour 0 brings about."""
    cascade = Cascade(engine.before, horizon, clock)
    cascade.run(dict.fromkeys(seeds, 0.0))
    failed = cascade.failed()
    hit = People(cascade, failed, failed[:0]).hit
    homes = engine.before.supplied.homes
    critical = engine.network.columns.critical
    return Consequence(int(homes.own[hit].sum()), int(critical[failed].sum()), len(failed))


def _contents(
    engine: ImpactEngine, cell: Ints, vertex: Ints, placed: Ints
) -> tuple[Ints, Ints, int]:
    """Add what is in or part of the assets of each cell and has no place of its own.

    Returns:
        Pairs (cell, vertex), sorted; and how many assets are nowhere.
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
    key = np.unique(np.concatenate([cell * n + vertex, cell[which] * n + inner[order[entry]]]))
    stated[inner] = True
    return key // n, key % n, int((~stated & ~homes.place).sum())


def _degrees(cells: Cells, cell: int, plane: Plane) -> tuple[float, float, float, float]:
    low, high = cells.box(cell).box
    return (*plane.lonlat(low), *plane.lonlat(high))
