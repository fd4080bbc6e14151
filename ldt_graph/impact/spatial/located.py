"""Which assets an area takes out: by their geometries, and by what they lie in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ldt_graph import wkt
from ldt_graph.errors import QueryError
from ldt_graph.impact.engine import engine_of
from ldt_graph.impact.spatial.areas import Area, Part
from ldt_graph.impact.spatial.spans import straight
from ldt_graph.impact.structure.shapes import Plane, Shapes, shape_of
from ldt_graph.impact.walk.doubts import some
from ldt_graph.model import Box, EntityFilter

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ldt_graph.graph import Graph
    from ldt_graph.graph.columns import Ints
    from ldt_graph.impact.answers.answer import Impact
    from ldt_graph.impact.engine import ImpactEngine
    from ldt_graph.impact.structure.network import Reading
    from ldt_graph.impact.structure.shapes import Shape

_PAGE = 10_000
_EARTH = Box(-180.0, -90.0, 180.0, 90.0)


class Placed(NamedTuple):
    """Assets that state where they are: vertices in order, and their shapes on a plane."""

    vertex: Ints
    shapes: Shapes


@dataclass(frozen=True, slots=True)
class Taken:
    """What an area takes out.

    Attributes:
        iris: Sorted.
        notes: What was left out, and why, in sentences.
    """

    iris: tuple[str, ...]
    notes: tuple[str, ...]


def placed(graph: Graph, plane: Plane, box: Box = _EARTH) -> Placed:
    """Return the assets whose geometry meets a box of degrees; places are none. Cost: what meets the box."""
    engine = engine_of(graph)
    index, place = engine.network.directory.index, engine.before.supplied.homes.place
    vertices, shapes = list[int](), list["Shape"]()
    for iri, geometry in _geometries(graph, box):
        vertex = index[iri]
        found = wkt.geometry(geometry)
        if found is not None and not place[vertex]:
            vertices.append(vertex)
            shapes.append(shape_of(found, plane))
    return Placed(np.array(vertices, dtype=np.int64), Shapes(shapes))


def _geometries(graph: Graph, box: Box) -> Iterator[tuple[str, str]]:
    after: str | None = None
    while True:
        page = graph.find(EntityFilter(box=box), first=_PAGE, after=after)
        for entity in page.entities:
            if entity.geometry is not None:
                yield entity.iri, entity.geometry
        if page.cursor is None:
            return
        after = page.cursor


def middle(graph: Graph, box: Box = _EARTH) -> Plane:
    """Return a plane around the middle of what the twin says of where its assets are.

    Raises:
        QueryError: It says so of none.
    """
    found = [p for _, g in _geometries(graph, box) for p in wkt.positions(g)[:1]]
    if not found:
        raise QueryError(
            "No asset of the twin says where it is on earth.",
            hint="Map geo:asWKT, or give the dataset a crs that has an anchor.",
        )
    return Plane(*np.median(np.array(found), axis=0).tolist())


def district_area(graph: Graph, name: str) -> Area:
    """Return the area of a place: what is said to lie in it, and what else meets its geometry and states no place.

    Raises:
        QueryError: What is called so is no place.
        UnknownEntity: Nothing is called so.
    """
    engine = engine_of(graph)
    iri = graph.resolve(name)
    if not engine.before.supplied.homes.place[engine.network.vertex(iri)]:
        raise QueryError(f"{name} is no place.", hint="`ldt find --type Place` lists places.")
    geometry = wkt.geometry(graph.describe(iri).geometry or "")
    return Area((Part(geometry),) if geometry else (), district=iri)


def taken(graph: Graph, area: Area) -> Taken:
    """Return the assets that an area takes out.

    What meets it or lies within its metres; and what states no geometry and is in or part of an asset that does. With
    water, what stands deeper than its class bears (`ldt:failsAtDepth`).

    Raises:
        QueryError: Nothing lies there.
    """
    engine = engine_of(graph)
    depth = _depths(graph, area)
    drawn = _straight(graph, engine, area)
    hit, notes = _failing(engine, {**drawn, **depth})
    if out := len(set(hit.tolist()) & drawn.keys() - depth.keys()):
        notes.append(
            f"Road links that state no geometry are taken as straight from node to node: {out:,} of them go out."
        )
    if area.district is not None:
        hit = _of_district(engine, area.district, hit)
    hit = _with_contents(graph, engine, hit)
    if not len(hit):
        raise QueryError("No asset lies in the area.", hint=" ".join(notes) or None)
    iris = engine.network.columns.iris
    return Taken(tuple(iris[v] for v in hit.tolist()), tuple(notes))


def impact_in(
    graph: Graph,
    area: Area,
    of: Sequence[str] = (),
    *,
    at: float = 0.0,
    horizon: float = 24.0,
    clock: float | None = None,
    reading: Reading = "any",
) -> Impact:
    """Answer what the outage of all in an area brings about, and of what is named besides.

    Raises:
        QueryError: Nothing lies in the area, or the question has no meaning.
    """
    found = taken(graph, area)
    engine = engine_of(graph, reading)
    named = [graph.resolve(name) for name in of]
    answer = engine.ask([*named, *found.iris], at=at, horizon=horizon, clock=clock, graph=graph)
    answer.add_notes(found.notes)
    return answer


def _depths(graph: Graph, area: Area) -> dict[int, float]:
    """Return what meets the area, with the deepest water that it stands in (infinite where none is stated)."""
    return _meeting(placed(graph, area.plane, area.box), area) if area.parts else {}


def _straight(graph: Graph, engine: ImpactEngine, area: Area) -> dict[int, float]:
    """Return the same of road links that state no geometry."""
    roads = engine.roads(graph) if area.parts else None
    if roads is None:
        return {}
    return _meeting(Placed(*straight(graph, roads, area.plane, area.box)), area)


def _meeting(assets: Placed, area: Area) -> dict[int, float]:
    depth: dict[int, float] = {}
    plane = area.plane
    for part in area.parts if len(assets.vertex) else ():
        deep = np.inf if part.depth is None else part.depth
        shape = shape_of(part.geometry, plane)
        for v in assets.vertex[assets.shapes.near(shape, area.metres)].tolist():
            depth[v] = max(deep, depth.get(v, 0.0))
    return depth


def _failing(engine: ImpactEngine, depth: dict[int, float]) -> tuple[Ints, list[str]]:
    """Return what water of such depths takes out, sorted, and what stands in it, in sentences."""
    network, ontology = engine.network, engine.network.ontology
    bears = [ontology.fails_at(ontology.class_of(n) or n) for n in network.type_names]
    failing, standing, unstated = list[int](), 0, set[str]()
    for vertex, deep in sorted(depth.items()):
        kind = int(network.type_code[vertex])
        least = bears[kind]
        if deep < np.inf and least is None:
            unstated.add(network.spoken_type(vertex))
        if least is None or deep >= least:
            failing.append(vertex)
        else:
            standing += 1
    notes = []
    if standing:
        notes.append(
            f"Left standing in water that is less deep than their class bears: {standing:,}."
        )
    if unstated:
        notes.append(
            f"Of these classes no depth is stated at which they fail (ldt:failsAtDepth): any water takes them out: {some(sorted(unstated))}."
        )
    return np.array(failing, dtype=np.int64), notes


def _of_district(engine: ImpactEngine, district: str, hit: Ints) -> Ints:
    """Return what is said to lie in a place, and of `hit` what states no other place."""
    homes = engine.before.supplied.homes
    start, outer = homes.around
    owner = np.repeat(np.arange(engine.network.size), np.diff(start))
    inside = owner[outer == engine.network.vertex(district)]
    settled = owner[homes.place[outer]]
    free = hit[~np.isin(hit, settled)]
    found = np.unique(np.concatenate([inside, free]))
    return found[~homes.place[found]]


def _with_contents(graph: Graph, engine: ImpactEngine, hit: Ints) -> Ints:
    """Add what is in or part of these assets and states no geometry of its own."""
    homes = engine.before.supplied.homes
    start, outer = homes.around
    owner = np.repeat(np.arange(engine.network.size), np.diff(start))
    inside = np.unique(owner[np.isin(outer, hit)])
    inside = inside[~np.isin(inside, hit) & ~homes.place[inside]]
    if not len(inside):
        return hit
    iris = tuple(engine.network.columns.iris[v] for v in inside.tolist())
    page = graph.find(EntityFilter(iris=iris), first=len(iris))
    index = engine.network.directory.index
    without = [index[e.iri] for e in page.entities if e.geometry is None]
    return np.unique(np.concatenate([hit, np.array(without, dtype=np.int64)]))
