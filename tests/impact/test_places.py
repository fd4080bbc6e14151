"""The worst places: every cell, asked about by itself, gives the same (invented)."""

from __future__ import annotations

import itertools
import os
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ldt_graph.errors import QueryError
from ldt_graph.graph.embedded import EmbeddedGraph, EmbeddedStore
from ldt_graph.impact import engine_of
from ldt_graph.impact.answers.consequence import BY, MARKS
from ldt_graph.impact.spatial.cells import Cells
from ldt_graph.impact.spatial.corridors import Corridors
from ldt_graph.impact.spatial.located import middle, placed
from ldt_graph.impact.spatial.places import worst_corridors, worst_places
from ldt_graph.impact.structure.shapes import Shape, Shapes, rectangle
from ldt_graph.testing import BASE, graph_of
from tests.examples import examples
from tests.impact.test_areas import TOWN, drawn, lines

WHOLE = "TWIN_TEST_WHOLE" in os.environ
"""Whether all cells of whole cities are asked about: ten minutes."""
CELLS = (
    [(name, metres) for name in ("demo", "micropolis") for metres in (10, 25, 50)]
    if WHOLE
    else [("demo", 25)]
)


def by_hand(graph, metres, *, every=1):
    """Ask for every cell of the net by its rectangle and the whole answer of the engine."""
    engine, assets = engine_of(graph), placed(graph, middle(graph))
    homes = engine.before.supplied.homes
    low, high = assets.shapes.low.min(axis=0), assets.shapes.high.max(axis=0)
    contents = {}
    for inner in range(engine.network.size):
        for outer in homes.around[1][homes.around[0][inner] : homes.around[0][inner + 1]].tolist():
            if inner not in assets.vertex:
                contents.setdefault(outer, []).append(inner)
    asked, found = {}, {}
    for x in range(int((high[0] - low[0]) // metres) + 1):
        for y in range(x % every, int((high[1] - low[1]) // metres) + 1, every):
            corner = low + np.array((x, y)) * metres
            hit = assets.vertex[assets.shapes.near(rectangle(corner, corner + metres))].tolist()
            seeds = {*hit, *(v for a in hit for v in contents.get(a, ()))}
            if seeds:
                key = frozenset(seeds)
                if key not in asked:
                    asked[key] = by_engine(engine, key)
                found[x, y] = asked[key], key
    return found


def by_engine(engine, seeds):
    """Return people, facilities and assets that the whole answer says are left failed, short and degraded by an outage of these."""
    columns, index = engine.network.columns, engine.network.directory.index
    answer = engine.ask([columns.iris[v] for v in seeds])
    people, told = answer.summary()["people"], []
    for mark in MARKS:
        left = {index[h["iri"]] for h in answer.hits("none") if h["status"] == mark}
        if mark == "failed":
            left |= {v for v in seeds if engine.before.on[v]}
        critical = sum(map(bool, columns.critical[list(left)]))
        told += [people.get(mark, 0), critical, len(left)]
    return tuple(told)


def ranked(graph, metres):
    places = worst_places(graph, metres, first=10**6)
    index = engine_of(graph).network.directory.index
    return places, [
        (
            p.consequence.numbers,
            frozenset(index[a] for a in p.assets),
        )
        for p in places.worst
    ]


@pytest.mark.parametrize("metres", [50, 120, 1000])
def test_the_cells_of_a_town_are_those_that_brute_force_finds(metres):
    graph = graph_of(TOWN)
    places, found = ranked(graph, metres)
    expected = by_hand(graph, metres)
    assert sorted(found, key=str) == sorted(expected.values(), key=str)
    assert [f[0] for f in found] == sorted((e[0] for e in expected.values()), reverse=True)
    assert places.count == len(expected)
    assert places.asked == len({e[1] for e in expected.values()})
    assert places.unplaced == 0


def block(number):
    """A house with a crossing, at one corner; its signal and what feeds it lie elsewhere (invented)."""
    at = [
        f'geo:asWKT "POINT ({10 + (number * k % 7) / 1000} {50 + (number * k % 5) / 1000})"'
        for k in (2, 3, 4)
    ]
    feed, joined = f"<g{number // 3}>", f"<b{number}>" + (f", <b{number - 1}>" if number else "")
    return f"""
    <b{number}> a ldt:ElectricBus ; ldt:electricallyConnectedTo {feed} ; {at[0]} .
    <h{number}> a ldt:{"Hospital" if number % 4 == 0 else "Building"} ; ldt:population {number + 1} ; ldt:electricallyConnectedTo {joined} ; {at[1]} .
    <l{number}> a ldt:Load ; ldt:activePower 2 ; ldt:electricallyConnectedTo <b{number}> .
    <x{number}> a ldt:Intersection ; ldt:signalledBy <s{number // 2}> ; {at[0]} .
    <s{number // 2}> a ldt:TrafficSignal ; ldt:poweredBy <h{number}> ; {at[2]} .
    <g{number // 3}> a ldt:GridConnection ; ldt:powerCapacity {5 + number // 3} ; {at[2]} .
    """  # fmt: skip


@pytest.mark.parametrize("metres", [90, 400])
def test_cells_count_what_they_leave_short_and_degraded(metres):
    graph = graph_of("".join(map(block, range(12))))
    _, found = ranked(graph, metres)
    expected = by_hand(graph, metres)
    assert sorted(found, key=str) == sorted(expected.values(), key=str)
    assert [f[0] for f in found] == sorted((e[0] for e in expected.values()), reverse=True)
    for by in BY:
        told = [
            p.consequence.numbers[BY.index(by)]
            for p in worst_places(graph, metres, by=by, first=99).worst
        ]
        assert told == sorted(told, reverse=True)
    assert all(any(f[0][k] for f in found) for k in (2, 3, 5, 8))
    with pytest.raises(QueryError, match="ranked by 'beauty'"):
        worst_corridors(graph, metres, by="beauty")  # ty: ignore[invalid-argument-type]


def test_the_worst_places_of_a_city_equal_brute_force(cities):
    graph = EmbeddedStore(str(cities.demo(2_000) / ".ldt" / "record")).open()
    places, found = ranked(graph, 50)
    expected = by_hand(graph, 50, every=3)
    assert len(expected) > 30
    assert set(expected.values()) <= set(found)
    assert [f[0] for f in found] == sorted((f[0] for f in found), reverse=True)
    worst = places.worst[0]
    assert worst.consequence.failed.people > 1_000
    assert worst_places(graph, 50, first=3).worst == places.worst[:3]


@pytest.mark.parametrize(("name", "metres"), CELLS)
def test_all_cells_of_whole_cities_equal_brute_force(name, metres, cities, shared):
    data = shared / "data" / "infrarisk-micropolis"
    record = cities.record("demo", shared) if name == "demo" else cities.micropolis_on_earth(data)
    graph = EmbeddedGraph.open(record)
    places, found = ranked(graph, metres)
    every = 1 if WHOLE else 60
    expected = by_hand(graph, metres, every=every)
    assert len(expected) > places.count / every / 2
    assert not Counter(expected.values()) - Counter(found)
    assert WHOLE is False or Counter(expected.values()) == Counter(found)


@given(lines, st.integers(1, 4), st.booleans())
@examples(100)
def test_the_cells_that_a_shape_meets_are_those_whose_rectangle_it_meets(line, metres, closed):
    shapes = Shapes([drawn("Polygon" if closed and len(set(line)) > 2 else "LineString", line)])
    cells = Cells(shapes, metres + 0.37)
    across = int((shapes.high - shapes.low)[0, 0] // cells.metres) + 1
    up = int((shapes.high - shapes.low)[0, 1] // cells.metres) + 1
    met = [c for c in range(across * up) if shapes.near(cells.box(c))[0]]
    assert cells.cell.tolist() == met


def test_cells_of_no_size_or_of_a_twin_without_places_are_refused():
    for metres in (0, -1, float("nan")):
        with pytest.raises(QueryError, match="more than 0 metres"):
            worst_places(graph_of(TOWN), metres)
    with pytest.raises(QueryError, match="too many"):
        worst_places(graph_of(TOWN), 1e-4)
    with pytest.raises(QueryError, match="No asset of the twin says where"):
        worst_places(graph_of("<a> a ldt:Pump ."), 10)


@given(lines, st.integers(1, 5), st.integers(0, 3))
@examples(100)
def test_stretches_are_equal_make_up_the_line_and_hold_what_is_near(line, length, metres):
    shapes = Shapes([drawn("Point", [(1, 1)]), drawn("LineString", line), drawn("LineString", [(0, 5), (9, 5)])])  # fmt: skip
    corridors = Corridors(shapes, metres, length + 0.3)
    for n, shape in enumerate(shapes.each):
        mine = [np.concatenate(corridors.lines(s)) for s in np.nonzero(corridors.along == n)[0]]
        long = [np.hypot(*np.diff(ends, axis=0).T).sum() for ends in mine]
        whole = np.hypot(*(shape.segments[:, 2:] - shape.segments[:, :2]).T).sum()
        assert sum(long) == pytest.approx(whole)
        assert long == pytest.approx([whole / max(len(long), 1)] * len(long))
        assert len(long) == int(np.ceil(whole / (length + 0.3)))
        if mine:
            assert np.allclose([mine[0][0], mine[-1][-1]], [shape.segments[0, :2], shape.segments[-1, 2:]])  # fmt: skip
            assert all(np.allclose(a[-1], b[0]) for a, b in itertools.pairwise(mine))
    for s in range(len(corridors.along)):
        ends = np.concatenate(corridors.lines(s))
        area = Shape(np.concatenate([ends[:-1], ends[1:]], axis=1))
        expected = np.nonzero(shapes.near(area, metres))[0]
        assert corridors.shape[corridors.stretch == s].tolist() == expected.tolist()


def test_corridors_are_asked_about_each_and_ranked(cities):
    graph = EmbeddedStore(str(cities.demo(2_000) / ".ldt" / "record")).open()
    engine, assets = engine_of(graph), placed(graph, middle(graph))
    places = worst_corridors(graph, 20, length=200, first=10**6)
    assert places.count == len(places.worst) >= places.asked > 50
    ranks = [p.consequence.rank() for p in places.worst]
    assert ranks == sorted(ranks)
    index = engine.network.directory.index
    for place in places.worst[::25]:
        line = Shapes([drawn_in(graph, part) for part in place.line]).each[0]
        hit = {int(v) for v in assets.vertex[assets.shapes.near(line, 20)]}
        assert hit <= {index[a] for a in place.assets}
        summary = engine.ask(list(place.assets)).summary()
        assert summary["people"]["failed"] == place.consequence.failed.people
        assert place.along in place.assets


def drawn_in(graph, part):
    ends = middle(graph).metres(part)
    return Shape(np.concatenate([ends[:-1], ends[1:]], axis=1))


def test_corridors_without_a_line_or_of_no_length_are_refused():
    graph = graph_of(TOWN)
    assert {p.along for p in worst_corridors(graph, 5).worst} == {BASE + "test/line"}
    for metres, length, told in ((-1, 100, "0 or more metres"), (5, 0, "more than 0 metres long"), (5, float("inf"), "more than 0"), (5, 1e-4, "too many")):  # fmt: skip
        with pytest.raises(QueryError, match=told):
            worst_corridors(graph, metres, length=length)
    lone = graph_of('<p> a ldt:Pump ; geo:asWKT "POINT (10 50)" .')
    with pytest.raises(QueryError, match="No asset of the twin is a line"):
        worst_corridors(lone, 5)


@pytest.mark.parametrize("hours", [{"horizon": float("inf")}, {"horizon": float("nan")}, {"horizon": -1.0}, {"clock": 99.0}])  # fmt: skip
def test_places_at_no_hour_are_refused(hours):
    for ask in (worst_places, worst_corridors):
        with pytest.raises(QueryError, match=r"must be 0 or more|lies between"):
            ask(graph_of(TOWN), 50, **hours)
