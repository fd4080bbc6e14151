"""The embedded graph: classes by IRI, relations both ways, boxes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ldt_graph.errors import QueryError, UnknownEntity
from ldt_graph.graph.boxes import Bounds
from ldt_graph.model import Box, EntityFilter
from ldt_graph.testing import BASE, graph_of

if TYPE_CHECKING:
    from pathlib import Path

HERE = BASE + "test/"
CITY = """
<a> a ldt:Pump ; dcterms:identifier "a" ; ldt:poweredBy <s> ; geo:asWKT "POINT(9.9 48.4)"^^geo:wktLiteral .
<b> a ldt:Pump ; dcterms:identifier "b" ; ldt:poweredBy <s> ; ldt:fedBy <a> ; geo:asWKT "LINESTRING(179 -1, 180 1)"^^geo:wktLiteral .
<s> a ldt:DistributionStation ; dcterms:identifier "s" ; geo:asWKT "POLYGON Z ((9 48 300, 10 48 300, 10 49 300, 9 48 300))"^^geo:wktLiteral .
<t> a ldt:DistributionStation ; geo:asWKT "nonsense 1 2"^^geo:wktLiteral .
"""


def found(graph, **where):
    return [e.iri.removeprefix(HERE) for e in graph.find(EntityFilter(**where), first=99).entities]


@pytest.fixture(scope="module")
def city():
    return graph_of(CITY)


def test_relations_are_read_from_both_ends(city):
    out, into = (city.relations([HERE + "a", HERE + "s"], d) for d in ("out", "in"))
    observed = [
        (r.name, r.target.removeprefix(HERE), r.provenance.row)
        for r in into[HERE + "s"]
        if r.provenance.origin == "observed"
    ]
    assert [(n, t) for n, t, _ in observed] == [("poweredBy", "a"), ("poweredBy", "b")]
    assert {r.name for r in into[HERE + "a"]} >= {"fedBy"}
    assert all(r.target == HERE + "s" for r in out[HERE + "a"])
    assert city.relations(["urn:nobody"], "in") == {"urn:nobody": ()}
    with pytest.raises(UnknownEntity):
        city.describe("urn:nobody")


@pytest.mark.parametrize(
    ("box", "names"),
    [
        ((-180, -90, 180, 90), ["a", "b", "s"]),
        ((9.9, 48.4, 9.9, 48.4), ["a", "s"]),
        ((9.95, 48.1, 12, 50), ["s"]),
        ((179.5, 0, 179.6, 0), ["b"]),
        ((170, -2, -170, 2), ["b"]),
        ((179, -2, 9.5, 60), ["b", "s"]),
        ((-10, 0, 0, 1), []),
    ],
)
def test_a_box_holds_what_lies_in_it_or_meets_it(city, box, names):
    assert found(city, box=Box(*box)) == names
    assert city.count(EntityFilter(box=Box(*box)), "dataset") == (
        {"test": len(names)} if names else {}
    )


@pytest.mark.parametrize(
    "box", [(0, 1, 0, 0), (-181, 0, 0, 0), (0, 0, 181, 0), (0, -91, 0, 0), (0, 0, 0, float("nan"))]
)
def test_a_box_beside_the_earth_is_refused(box):
    with pytest.raises(QueryError, match="No box on the earth"):
        EntityFilter(box=Box(*box))


DEGREES = st.tuples(st.floats(-180, 180), st.floats(-90, 90))


@given(DEGREES, DEGREES, st.lists(DEGREES, min_size=1, max_size=9))
def test_a_box_meets_exactly_the_points_between_its_sides(low, high, points):
    box = Box(low[0], min(low[1], high[1]), high[0], max(low[1], high[1]))
    meets = Bounds(f"POINT({x!r} {y!r})" for x, y in points).meeting(box)
    for (x, y), met in zip(points, meets, strict=True):
        between = box.west <= x <= box.east
        if box.west > box.east:
            between = x >= box.west or x <= box.east
        assert met == (between and box.south <= y <= box.north)


CLASH = """
@prefix owl: <http://www.w3.org/2002/07/owl#> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> . @prefix ldt: <https://w3id.org/ldt-graph#> .
<https://example.org/other#Pump> a owl:Class ; rdfs:subClassOf ldt:EnergyAsset .
"""


def test_two_classes_of_one_local_name_are_two_in_find_and_count(tmp_path: Path):
    (tmp_path / "other.ttl").write_text(CLASH, encoding="utf-8")
    graph = graph_of(
        "<w> a ldt:Pump . <e> a <https://example.org/other#Pump> . <g> a <urn:x:Ghost> .",
        ontology=[tmp_path / "other.ttl"],
    )
    assert graph.count(EntityFilter(), "type") == {
        "ldt:Pump": 1,
        "other:Pump": 1,
        graph.describe(HERE + "g").type: 1,
    }
    assert found(graph, type="ldt:Pump") == ["w"]
    assert found(graph, type="https://example.org/other#Pump") == ["e"]
    assert found(graph, type="Ghost") == found(graph, type="urn:x:Ghost") == ["g"]
    assert graph.describe(HERE + "e").domain == "energy"
    with pytest.raises(QueryError, match=r"ldt:Pump.*other:Pump"):
        found(graph, type="Pump")
