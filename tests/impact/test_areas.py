"""What an area takes out: by polygon, circle, corridor, box, district and depth of water (invented)."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ldt_graph.errors import QueryError
from ldt_graph.impact.spatial.areas import box_area, circle, read_area
from ldt_graph.impact.spatial.grids import read_grid
from ldt_graph.impact.spatial.located import district_area, impact_in, taken
from ldt_graph.impact.structure.shapes import Plane, Shapes, nearest, rectangle, shape_of
from ldt_graph.testing import BASE, graph_of
from tests.examples import examples

TOWN = """
<p> a ldt:Pump ; dcterms:identifier "p" ; geo:asWKT "POINT (10.001 50.001)" .
<q> a ldt:Pump ; dcterms:identifier "q" ; geo:asWKT "POINT (10.02 50.001)" ; ldt:locatedIn <north> .
<line> a ldt:PowerLine ; dcterms:identifier "line" ; geo:asWKT "LINESTRING (9.99 50.005, 10.05 50.005)" .
<block> a ldt:Building ; dcterms:identifier "block" ; geo:asWKT "POLYGON ((10.03 50, 10.04 50, 10.04 50.003, 10.03 50.003, 10.03 50))" .
<motor> a ldt:Motor ; dcterms:identifier "motor" ; ldt:partOf <block> .
<north> a ldt:District ; dcterms:identifier "north" ; geo:asWKT "POLYGON ((9.9 49.9, 10.1 49.9, 10.1 50.002, 9.9 50.002, 9.9 49.9))" .
<south> a ldt:District ; dcterms:identifier "south" .
<home> a ldt:Building ; dcterms:identifier "home" ; geo:asWKT "POINT (10.001 50.0011)" ; ldt:locatedIn <south> ; ldt:poweredBy <line> ; ldt:population 3 .
"""


@pytest.fixture(scope="module")
def town():
    return graph_of(TOWN)


def names(graph, area):
    return [iri.removeprefix(BASE + "test/") for iri in taken(graph, area).iris]


def polygon(*ring, **properties):
    geometry = {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def test_a_polygon_takes_points_in_it_and_lines_that_cross_it(town):
    square = polygon((10, 50), (10.01, 50), (10.01, 50.01), (10, 50.01))
    assert names(town, read_area(json.dumps(square))) == ["home", "line", "p"]
    within = polygon((10.032, 50.001), (10.033, 50.001), (10.033, 50.002))
    assert names(town, read_area(json.dumps(within))) == ["block", "motor"]
    hole = polygon((10, 50), (10.01, 50), (10.01, 50.004), (10, 50.004))
    hole["geometry"]["coordinates"].append([[10.0005, 50.0005], [10.0015, 50.0005], [10.0015, 50.0015], [10.0005, 50.0015], [10.0005, 50.0005]])  # fmt: skip
    with pytest.raises(QueryError, match="No asset lies in the area"):
        taken(town, read_area(json.dumps(hole)))


def test_a_circle_and_a_corridor_reach_so_many_metres(town):
    assert names(town, circle(10.001, 50.0, 112)) == ["p"]
    assert names(town, circle(10.001, 50.0, 125)) == ["home", "p"]
    way = json.dumps({"type": "LineString", "coordinates": [[10.02, 50.0005], [10.029, 50.0005]]})
    assert names(town, read_area(way, metres=60)) == ["q"]
    assert names(town, read_area(way, metres=80)) == ["block", "motor", "q"]


def test_a_box_may_cross_the_antimeridian():
    assert names(graph_of(TOWN), box_area(10.0, 50.0, 10.01, 50.0015)) == ["home", "p"]
    fiji = graph_of('<a> a ldt:Pump ; geo:asWKT "POINT (-179.99 -17)" . <b> a ldt:Pump ; geo:asWKT "POINT (179.99 -17)" . <c> a ldt:Pump ; geo:asWKT "POINT (179 -17)" .')  # fmt: skip
    assert names(fiji, box_area(179.9, -18, -179.9, -16)) == ["a", "b"]
    assert names(fiji, circle(179.999, -17, 2000)) == ["a", "b"]


def test_a_district_is_what_is_said_to_lie_in_it_and_what_else_meets_its_polygon(town):
    assert names(town, district_area(town, "north")) == ["block", "motor", "p", "q"]
    assert names(town, district_area(town, "south")) == ["home"]
    with pytest.raises(QueryError, match="p is no place"):
        district_area(town, "p")


def test_water_takes_out_what_stands_deeper_than_its_class_bears(tmp_path):
    bears = tmp_path / "flood.ttl"
    bears.write_text("@prefix ldt: <https://w3id.org/ldt-graph#> . ldt:Pump ldt:failsAtDepth 0.5 . ldt:Building ldt:failsAtDepth 1.2 .")  # fmt: skip
    graph = graph_of(TOWN, ontology=[bears])
    low, deep = ((9.9, 49.9), (10.2, 49.9), (10.2, 50.004), (9.9, 50.004)), ((10.0, 50.0), (10.01, 50.0), (10.0, 50.01))  # fmt: skip
    water = {"type": "FeatureCollection", "features": [polygon(*low, d=0.4), polygon(*deep, d=0.6), polygon(*low, d=0)]}  # fmt: skip
    answer = impact_in(graph, read_area(json.dumps(water), depth="d"))
    assert [s["identifier"] for s in answer.seed_list()] == ["line", "p"]
    assert answer.summary()["people"] == {"failed": 3, "exposed": 0}
    standing, unstated, *_ = answer.summary()["notes"]
    assert standing == "Left standing in water that is less deep than their class bears: 3."
    assert unstated.endswith("any water takes them out: power line.")


@pytest.mark.parametrize(
    ("text", "more", "message"),
    [
        ("{", {}, "not GeoJSON"),
        ('{"type": "Feature", "geometry": null}', {}, "The area is empty"),
        ('{"type": "FeatureCollection", "features": []}', {}, "The area is empty"),
        ('{"type": "Topology"}', {}, "its type is 'Topology'"),
        ('{"type": "Point", "coordinates": [50, 100]}', {}, "does not lie on the earth"),
        ('{"type": "Polygon", "coordinates": [[1, 2]]}', {}, "not sound"),
        (
            json.dumps(polygon((1, 1), (2, 1), (2, 2), dept=1)),
            {"depth": "depth"},
            "no property 'depth'",
        ),
        (json.dumps(polygon((1, 1), (2, 1), (2, 2), depth="x")), {"depth": "depth"}, "not a depth"),
        (json.dumps(polygon((1, 1), (2, 1), (2, 2), depth=0)), {"depth": "depth"}, "above 0"),
        ('{"type": "Point", "coordinates": [1, 2]}', {"metres": -1}, "0 or more metres"),
    ],
)
def test_an_area_without_meaning_is_refused(text, more, message):
    with pytest.raises(QueryError, match=message):
        read_area(text, **more)


def test_the_plane_is_as_exact_as_it_says():
    from pyproj import Geod

    geod = Geod(ellps="WGS84")
    plane = Plane(10.0, 50.0)
    for bearing in range(0, 360, 30):
        for metres, error in ((1_000, 0.0003), (10_000, 0.002)):
            lon, lat, _ = geod.fwd(10.0, 50.0, bearing, metres)
            assert abs(math.hypot(*plane.metres([(lon, lat)])[0]) - metres) <= error * metres
            assert np.allclose(plane.lonlat(plane.metres([(lon, lat)])[0]), (lon, lat), atol=1e-6)


points = st.tuples(st.integers(-6, 6), st.integers(-6, 6))
lines = st.lists(points, min_size=2, max_size=4)


def drawn(kind, coordinates):
    plane = Plane(0.0, 0.0)
    scale = plane.lonlat((1.0, 1.0))
    at = [[x * scale[0], y * scale[1]] for x, y in coordinates]
    return shape_of({"type": kind, "coordinates": [[*at, at[0]]] if kind == "Polygon" else at}, plane)  # fmt: skip


def sampled(shape):
    """Return points along a shape, close to each other."""
    t = np.linspace(0, 1, 201)[:, None, None]
    return (shape.segments[:, :2] + t * (shape.segments[:, 2:] - shape.segments[:, :2])).reshape(-1, 2)  # fmt: skip


@given(lines, lines)
@examples(100)
def test_the_nearest_points_of_two_lines_are_those_that_sampling_finds(one, other):
    a, b = drawn("LineString", one), drawn("LineString", other)
    found = nearest(a, b)
    gap = np.hypot(*(sampled(a)[:, None] - sampled(b)[None]).transpose(2, 0, 1)).min()
    assert found.metres - 1e-6 <= gap <= found.metres + 0.15
    assert abs(np.hypot(*(found.one - found.other)) - found.metres) < 1e-9
    reach = np.array([found.metres - 0.01, found.metres + 0.01])
    assert [Shapes([a]).near(b, max(r, 0))[0] for r in reach] == [found.metres <= 0.01, True]


@given(lines, points, st.integers(1, 5), st.integers(1, 5))
@examples(100)
def test_a_line_meets_a_box_where_a_sample_of_it_does(line, corner, width, height):
    low = np.array(corner) + 0.25
    high = low + np.array((width, height))
    shape = drawn("LineString", line)
    at = sampled(shape)
    held = ((at >= low - 1e-6) & (at <= high + 1e-6)).all(axis=1).any()
    near = ((at >= low - 0.1) & (at <= high + 0.1)).all(axis=1).any()
    assert held <= Shapes([shape]).near(rectangle(low, high))[0] <= near


GRID = "ncols 3\nnrows 2\nxllcorner 10.0\nyllcorner 50.0\ncellsize 0.01\nNODATA_value -9999\n"


def test_a_grid_of_depths_takes_out_what_lies_in_its_wet_cells(town):
    assert names(town, read_grid(GRID + "0 0 0\n0.7 0 -9999")) == ["home", "line", "p"]
    assert names(town, read_grid(GRID + "0 0 0\n0 0.2 0.2")) == ["block", "line", "motor", "q"]
    assert names(town, read_grid(GRID.replace("llcorner 10", "llcenter 10") + "0 0 0 0 0 2")) == ["line", "q"]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("ncols 3\n1 2 3", "lacks nrows, cellsize"),
        (GRID + "1 2", "2 values, not 3 times 2"),
        (GRID + "0 0 0 0 0 0", "no cell of the grid holds water"),
        (GRID + "0 0 0 0 0 deep", "no number"),
        (GRID.replace("10.0", "500000") + "0 0 0 0 0 1", "does not lie on the earth"),
    ],
)
def test_a_grid_without_meaning_is_refused(text, message):
    with pytest.raises(QueryError, match=message):
        read_grid(text)
