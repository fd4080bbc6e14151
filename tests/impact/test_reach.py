"""Ways over the roads, before and after closures: against networkx on random and published networks, and by stories (invented)."""

from __future__ import annotations

import itertools
import math
import random
from dataclasses import replace
from typing import TYPE_CHECKING

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ldt_graph import assets
from ldt_graph.errors import QueryError
from ldt_graph.graph.embedded import EmbeddedGraph
from ldt_graph.impact import Scenario, compare, compile_network, impact, reach
from ldt_graph.impact.engine import engine_of
from ldt_graph.impact.mobility.reach import Reach, RoadMap
from ldt_graph.impact.spatial.areas import box_area
from ldt_graph.impact.spatial.located import impact_in
from ldt_graph.impact.walk.undisturbed import Undisturbed
from ldt_graph.model import Page
from ldt_graph.namespaces import LDT
from ldt_graph.ontology import Ontology
from ldt_graph.testing import BASE, graph_of
from tests.examples import examples
from tests.impact.oracle import City

if TYPE_CHECKING:
    from pathlib import Path

    from ldt_graph.impact.mobility.reach import Reached

ONTOLOGY = Ontology.parse(assets.ontology_files())
MINUTES = (0.0, 0.25, 1.0, 1.5, 4.0)  # sums of these are exact


class Nowhere:
    """A graph that says of nothing where it is."""

    def find(self, where, *, first, after=None) -> Page:
        return Page((), 0, None)


@st.composite
def road_cities(draw: st.DrawFn):
    """Nodes, directed links, two facilities and two places at nodes; some links go both ways."""
    nodes = draw(st.integers(2, 9))
    at = st.integers(0, nodes - 1)
    link = st.tuples(at, at, st.sampled_from(MINUTES), st.booleans())
    links = draw(st.lists(link.filter(lambda x: x[0] != x[1]), min_size=1, max_size=20))
    doors = draw(st.lists(st.sets(at, min_size=1, max_size=2), min_size=4, max_size=4))
    slow = draw(st.dictionaries(at, st.sampled_from((0.5, 2.0)), max_size=3))
    return nodes, links, doors, slow


def road_map(nodes: int, links: list, doors: list, slow: dict) -> RoadMap:
    """Vertices: nodes, then links, then two facilities and two districts."""
    first, door = nodes, nodes + len(links)
    said = [(first + n, LDT.fromNode, a) for n, (a, _, _, _) in enumerate(links)]
    said += [(first + n, LDT.toNode, b) for n, (_, b, _, _) in enumerate(links)]
    said += [(door + n, LDT.accessNode, v) for n, at in enumerate(doors) for v in at]
    columns = City(door + 4, said).columns()
    travel = [(first + n, LDT.freeFlowMinutes, m) for n, (_, _, m, _) in enumerate(links)]
    travel += [(first + n, LDT.twoWay, float(both)) for n, (*_, both) in enumerate(links)]
    travel += [(v, LDT.degradedDelayMinutes, m) for v, m in slow.items()]
    critical = np.zeros(door + 4, dtype=bool)
    critical[door : door + 2] = True
    types = ["RoadNode"] * nodes + ["RoadLink"] * len(links) + ["Hospital"] * 2 + ["District"] * 2
    columns = replace(columns, travel=sorted(travel), critical=critical, types=types)
    return RoadMap(Nowhere(), Undisturbed(compile_network(columns, ONTOLOGY)))  # ty: ignore[invalid-argument-type]


def oracle(nodes: int, links: list, shut: set[int], delay: dict[int, float]) -> nx.DiGraph:
    graph = nx.DiGraph()
    graph.add_nodes_from(n for n in range(nodes) if n not in shut)
    for n, (a, b, minutes, both) in enumerate(links):
        for tail, head in [(a, b), (b, a)] if both else [(a, b)]:
            if not {nodes + n, tail, head} & shut:
                took = minutes + delay.get(head, 0.0)
                known = graph.get_edge_data(tail, head, {"minutes": math.inf})["minutes"]
                graph.add_edge(tail, head, minutes=min(took, known))
    return graph


def shortest(graph: nx.DiGraph, starts: set[int], ends: set[int]) -> float:
    found = [math.inf]
    for start in starts & set(graph):
        far = nx.single_source_dijkstra_path_length(graph, start, weight="minutes")
        found += [far[e] for e in ends if e in far]
    return min(found)


def minutes_of(route) -> float:
    return math.inf if route is None else route.way.minutes


@given(road_cities(), st.data())
@examples(200)
def test_ways_and_their_minutes_equal_networkx_before_and_after_closures(city, data):
    nodes, links, doors, slow = city
    roads = road_map(*city)
    size = nodes + len(links)
    shut = data.draw(st.sets(st.integers(0, size - 1), max_size=4))
    dark = data.draw(st.sets(st.integers(0, nodes - 1), max_size=4))
    works, degraded = np.ones(size + 4, dtype=bool), np.zeros(size + 4, dtype=bool)
    works[list(shut)] = False
    degraded[list(dark)] = True
    before = oracle(nodes, links, set(), {})
    after = oracle(nodes, links, shut, {v: m for v, m in slow.items() if v in dark})
    found = Reach(roads, works, degraded)
    assert len(found.rows) == 4
    for row in found.rows:
        [facility] = row.origins
        starts, ends = doors[facility - size], doors[row.place - size]
        assert minutes_of(row.before) == shortest(before, starts, ends)
        assert minutes_of(row.after) == shortest(after, starts, ends)
        assert minutes_of(row.after) >= minutes_of(row.before)
        check_way(found, row, starts, ends, shut)


def check_way(found: Reach, row: Reached, starts: set[int], ends: set[int], shut: set[int]) -> None:
    """A way leads without a gap from a door of the one to one of the other, over what is open, and takes what its links take."""
    for route, state in ((row.before, found.map.roads.before), (row.after, found.closures.state)):
        if route is None:
            continue
        legs = list(found.map.legs(route, state))
        at = [int(leg.start[1:]) for leg in legs] + [int(leg.end[1:]) for leg in legs[-1:]]
        assert all(a.end == b.start for a, b in itertools.pairwise(legs))
        start = int(found.map.roads.nodes[route.way.start])
        assert start in starts
        assert not at or (at[0] == start and at[-1] in ends)
        assert sum(leg.minutes for leg in legs) == route.way.minutes
        if route is row.after:
            assert not {*at, *(int(leg.link[1:]) for leg in legs)} & shut


@given(road_cities(), st.data())
@examples(100)
def test_what_closes_no_road_changes_no_way_and_more_closures_never_shorten_one(city, data):
    nodes, links, _, _ = city
    roads = road_map(*city)
    size = nodes + len(links)
    whole = np.ones(size + 4, dtype=bool)
    assert {r.status for r in Reach(roads, whole).rows} <= {"unchanged", "apart"}
    few, more = whole.copy(), whole.copy()
    some = data.draw(st.lists(st.integers(0, size - 1), max_size=5))
    few[some[:2]] = False
    more[some] = False
    for nearest in (False, True):
        one, other = (
            {(r.origins, r.place): r for r in Reach(roads, w, nearest=nearest).rows}
            for w in (few, more)
        )
        assert all(minutes_of(other[k].after) >= minutes_of(r.after) for k, r in one.items())


@given(road_cities(), st.booleans(), st.booleans())
@examples(60)
def test_the_nearest_of_a_kind_is_the_nearest_that_works(city, first, second):
    nodes, links, doors, _ = city
    roads = road_map(*city)
    size = nodes + len(links)
    works = np.ones(size + 4, dtype=bool)
    works[[size, size + 1]] = first, second
    graph = oracle(nodes, links, set(), {})
    for row in Reach(roads, works, nearest=True).rows:
        ends = doors[row.place - size]
        every = [shortest(graph, doors[n], ends) for n in (0, 1)]
        assert minutes_of(row.before) == min(every)
        left = [m for m, on in zip(every, (first, second), strict=True) if on]
        assert minutes_of(row.after) == min(left, default=math.inf)
        if row.after is not None:
            assert works[row.after.facility]
            assert every[row.after.facility - size] == row.after.way.minutes


# ── published networks ───────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def micropolis(cities, shared):
    return EmbeddedGraph.open(cities.micropolis(shared / "data" / "infrarisk-micropolis"))


def table(path: Path) -> list[dict[str, str]]:
    lines = path.read_text(encoding="utf-8").splitlines()
    head = next(n for n, line in enumerate(lines) if line.startswith("~"))
    names = [w.strip().lower() for w in lines[head].lstrip("~ \t").split("\t")]
    rows = [line.split("\t") for line in lines[head + 1 :] if line.strip()]
    return [dict(zip(names, (c.strip() for c in row), strict=False)) for row in rows]


def test_ways_between_all_nodes_of_a_published_city_equal_networkx(micropolis, shared):
    net = table(shared / "data/infrarisk-micropolis/transportation/transpo_net.tntp")
    graph = nx.DiGraph()
    for row in net:
        graph.add_edge(
            row["init node"], row["term node"], minutes=float(row["free flow time"]), id=row["id"]
        )
    engine = engine_of(micropolis)
    index, iris = engine.network.directory.index, engine.network.columns.iris
    every = sorted(graph)
    rng = random.Random(7)
    for closed in ([], rng.sample(sorted(r["id"] for r in net), 25)):
        open_ = graph.edge_subgraph(e for e in graph.edges if graph.edges[e]["id"] not in closed)
        expected = dict(nx.all_pairs_dijkstra_path_length(open_, weight="minutes"))
        works = engine.before.on.copy()
        works[[index[f"https://example.org/micropolis/roads/link/{i}"] for i in closed]] = False
        answer = reach(micropolis, of=every, to=every)
        rows = Reach(answer.map, works, origins=answer.origins, places=answer.places).rows
        assert len(rows) == len(every) ** 2
        for row in rows:
            a, b = (iris[v].rsplit("/", 1)[-1] for v in (row.origins[0], row.place))
            assert minutes_of(row.after) == pytest.approx(expected.get(a, {}).get(b, math.inf if a != b else 0))  # fmt: skip


def test_a_closed_road_of_a_published_city_makes_a_detour_that_names_its_rows(micropolis):
    answer = impact(micropolis, ["roads:T_L157"])
    found = answer.reach(of=["roads:T_J2"], to=["roads:T_J31"])
    document = found.document(found.rows)
    [way] = document["ways"]
    assert (way["status"], len(document["closed"])) == ("longer", 1)
    assert [leg["row"] for leg in way["before"]["links"]] == [11]
    assert len(way["after"]["links"]) > 1
    assert all(leg["source"].endswith("transpo_net.tntp") and leg["row"] for leg in way["after"]["links"])  # fmt: skip
    assert (way["before"]["minutes"], way["after"]["minutes"]) == (1.31, 6.82)


# ── stories ──────────────────────────────────────────────────────────────────────────────────────

TOWN = """
<a> a ldt:RoadNode ; geo:asWKT "POINT(8.000 48.000)"^^geo:wktLiteral .
<b> a ldt:RoadNode ; geo:asWKT "POINT(8.010 48.000)"^^geo:wktLiteral ; ldt:degradedDelayMinutes 1.5 .
<c> a ldt:RoadNode ; geo:asWKT "POINT(8.020 48.000)"^^geo:wktLiteral .
<bridge> a ldt:RoadLink ; dcterms:identifier "bridge" ; ldt:fromNode <a> ; ldt:toNode <b> ; ldt:twoWay true ; ldt:freeFlowMinutes 2 .
<lane> a ldt:RoadLink ; dcterms:identifier "lane" ; ldt:fromNode <a> ; ldt:toNode <c> ; ldt:lengthKm 3 ; ldt:freeFlowSpeed 30 .
<back> a ldt:RoadLink ; dcterms:identifier "back" ; ldt:fromNode <c> ; ldt:toNode <b> ; ldt:lengthM 500 ; ldt:freeFlowSpeed 60 .
<track> a ldt:RoadLink ; dcterms:identifier "track" ; ldt:fromNode <c> ; ldt:toNode <a> ; ldt:lengthM 500 .
<clinic> a ldt:Hospital ; dcterms:identifier "clinic" ; geo:asWKT "POINT(8.0001 48.0)"^^geo:wktLiteral ; ldt:poweredBy <st> .
<east> a ldt:Hospital ; dcterms:identifier "east" ; ldt:accessNode <c> .
<st> a ldt:DistributionStation ; dcterms:identifier "st" .
<mid> a ldt:District ; dcterms:identifier "mid" ; ldt:population 900 ;
    geo:asWKT "POLYGON((8.006 47.99, 8.0155 47.99, 8.0155 48.01, 8.006 48.01, 8.006 47.99))"^^geo:wktLiteral .
<lost> a ldt:District ; dcterms:identifier "lost" .
"""


@pytest.fixture(scope="module")
def town():
    return graph_of(TOWN)


def ways(found: Reach) -> dict:
    entries = [found.entry(r) for r in found.rows]
    return {((e["facility"] or {}).get("identifier"), e["place"]["identifier"]): e for e in entries}


def test_a_way_takes_what_its_links_state_or_their_length_at_their_speed(town):
    found = ways(reach(town))
    assert found["clinic", "mid"]["before"]["minutes"] == 2
    assert found["east", "mid"]["before"]["minutes"] == 0.5
    assert found["clinic", "mid"]["people"] == 900
    assert ("clinic", "lost") not in found


def test_a_closed_bridge_makes_a_detour_and_closes_both_of_its_ways(town):
    answer = impact(town, ["bridge"])
    entry = ways(answer.reach())["clinic", "mid"]
    assert (entry["status"], entry["extra"]) == ("longer", 4.5)
    links = [leg["link"].rsplit("/", 1)[-1] for leg in entry["after"]["links"]]
    assert links == ["lane", "back"]
    assert [leg["minutes"] for leg in entry["after"]["links"]] == [6.0, 0.5]
    summary = answer.summary()["reach"]
    assert (summary["closed"], summary["longer"], summary["cutOff"]) == (
        1,
        0,
        0,
    )  # the other clinic is nearer


def test_a_closed_node_closes_its_links_and_cuts_off_what_stands_there(town):
    entry = ways(impact(town, ["https://example.org/test/test/b"]).reach())["clinic", "mid"]
    assert (entry["status"], entry["after"]) == ("cutOff", None)


def test_of_the_nearest_only_those_that_work_count(town):
    [entry] = [e for _, e in ways(impact(town, ["st", "back"]).reach(nearest=True)).items()]
    assert entry["before"]["facility"]["identifier"] == "east"
    assert (entry["status"], entry["after"]) == (
        "cutOff",
        None,
    )  # the clinic has no power, the other no road
    one = ways(impact(town, ["st"]).reach())["clinic", "mid"]
    assert (one["works"], one["status"]) == (False, "unchanged")


def test_a_degraded_intersection_delays_by_what_it_states(town):
    answer = reach(town)
    degraded = np.zeros(answer.map.network.size, dtype=bool)
    degraded[answer.map.roads.nodes] = True
    found = Reach(answer.map, answer.works, degraded)
    assert ways(found)["clinic", "mid"]["extra"] == 1.5
    assert len(found.closures.delayed) == 1


def test_a_dark_signal_delays_the_ways_over_its_intersection():
    signal = '<b> ldt:signalledBy <light> . <light> a ldt:TrafficSignal ; dcterms:identifier "light" ; ldt:poweredBy <st> .'
    answer = impact(graph_of(TOWN.replace("ldt:poweredBy <st>", "ldt:poweredBy <c>") + signal), ["st"])  # fmt: skip
    assert ways(answer.reach())["clinic", "mid"]["extra"] == 1.5
    found = answer.summary()["reach"]
    assert (found["closed"], found["delayed"], found["longer"]) == (0, 1, 1)


def test_what_can_not_be_timed_or_placed_is_told_once(town):
    notes = " ".join(reach(town).notes)
    assert "1 of 4 road links state neither a time nor a length and a speed" in notes
    assert "2 of 4 facilities and places state no road node" in notes
    assert "1 facilities and places state neither a road node nor a position" in notes


def test_an_outage_beside_the_roads_says_nothing_of_ways(town):
    assert impact(town, ["st"]).summary()["reach"] is None


def test_water_on_a_road_between_its_nodes_closes_it_and_what_its_own_line_avoids_does_not(town):
    pool = box_area(
        8.004, 47.9999, 8.005, 48.0001
    )  # between a and b, and on the straight way from a to c
    answer = impact_in(town, pool)
    names = {s["identifier"] for s in answer.seed_list()}
    assert names == {"bridge", "lane", "track"}
    assert any("straight from node to node: 3" in n for n in answer.summary()["notes"])
    round_about = TOWN.replace(
        '"lane" ;',
        '"lane" ; geo:asWKT "LINESTRING(8.0 48.0, 8.01 48.1, 8.02 48.0)"^^geo:wktLiteral ;',
    )
    names = {s["identifier"] for s in impact_in(graph_of(round_about), pool).seed_list()}
    assert names == {"bridge", "track"}


def test_a_citys_own_words_for_roads_count_in_their_own_units(tmp_path):
    file = tmp_path / "rail.ttl"
    file.write_text(
        """
    @prefix ldt: <https://w3id.org/ldt-graph#> . @prefix r: <https://example.org/rail#> .
    @prefix owl: <http://www.w3.org/2002/07/owl#> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
    r:Track a owl:Class ; rdfs:subClassOf ldt:Asset ; ldt:passage r:miles , r:pace , r:seconds .
    r:miles a owl:DatatypeProperty ; ldt:unit "[mi_i]" .
    r:pace a owl:DatatypeProperty ; ldt:unit "[mi_i]/h" .
    r:seconds a owl:DatatypeProperty ; ldt:unit "s" .
    r:begins a owl:ObjectProperty ; rdfs:subPropertyOf ldt:fromNode .
    r:ends a owl:ObjectProperty ; rdfs:subPropertyOf ldt:toNode .
    """,
        encoding="utf-8",
    )
    graph = graph_of(
        """
    @prefix r: <https://example.org/rail#> .
    <a> a ldt:Asset . <b> a ldt:Asset . <c> a ldt:Asset .
    <ab> a r:Track ; r:begins <a> ; r:ends <b> ; r:miles 3 ; r:pace 60 .
    <bc> a r:Track ; r:begins <b> ; r:ends <c> ; r:seconds 90 ; r:miles 50 ; r:pace 10 .
    """,
        ontology=[file],
    )
    [row] = reach(graph, of=[BASE + "test/a"], to=[BASE + "test/c"]).rows
    assert minutes_of(row.before) == pytest.approx(3 + 1.5)


def test_a_scenario_compares_ways_over_the_roads_that_it_leaves(town):
    changes = [{"do": "open", "asset": "bridge"}]
    found = compare(town, Scenario.of(changes), ["back"])
    assert found.before.summary()["reach"]["cutOff"] == 0
    without = ways(found.after.reach())["clinic", "mid"]
    assert (without["before"]["minutes"], without["status"]) == (6.5, "cutOff")


def test_wrong_questions_get_clear_answers(town):
    with pytest.raises(QueryError, match="lost states neither a road node"):
        reach(town, to=["lost"])
    with pytest.raises(QueryError, match="no road network"):
        reach(graph_of('<h> a ldt:Hospital ; dcterms:identifier "h" .'))
    with pytest.raises(QueryError, match="holds no district"):
        reach(graph_of(TOWN.split("<mid>")[0]))
