"""What each single failure brings about equals one question for each asset."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ldt_graph.errors import QueryError, UnknownEntity
from ldt_graph.graph.embedded import EmbeddedGraph
from ldt_graph.impact import Criticality, criticality_of
from ldt_graph.impact import engine_of as engine_of_graph
from ldt_graph.impact.answers.consequence import BY, MARKS
from ldt_graph.namespaces import LDT
from ldt_graph.testing import graph_of
from tests.cities import FOUR, record_of
from tests.examples import examples
from tests.impact.oracle import City, vertices
from tests.impact.oracle import cities as small_cities
from tests.impact.test_impact_oracle import engine_of, named
from tests.impact.test_statuses import dim_cities

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from ldt_graph.impact import Impact, ImpactEngine
    from tests.cities import Cities

WHOLE = "TWIN_TEST_WHOLE" in os.environ
"""Whether all assets of the cities are asked about: ten minutes."""
SAMPLE = 60
LARGE = [f"demo-{n}" for n in os.environ.get("TWIN_TEST_PEOPLE", "").split()]
"""Demo cities of so many people, of which 5,000 assets are asked about."""


def numbers(answer: Impact) -> list[int]:
    """What a whole answer says of what it leaves failed, short and degraded, in the order of `BY`."""
    summary = answer.summary()
    critical = summary["criticalFacilities"]
    return [
        counts.get(mark, 0)
        for mark in MARKS
        for counts in (summary["people"], critical, summary["byStatus"])
    ]


def differing(engine: ImpactEngine, found: Criticality, vertices: Iterable[int]) -> list[str]:
    """Name the assets whose consequence is another one when asked for alone."""
    columns, wrong = engine.network.columns, []
    for vertex in vertices:
        iri = columns.iris[vertex]
        answer = engine.ask([iri], horizon=found.horizon)
        same = all(
            np.array_equal(found.consequences(iri, mark), np.sort(answer.statuses.parts[mark]))
            for mark in MARKS
        )
        if not same or [int(found.sums(by)[vertex]) for by in BY] != numbers(answer):
            wrong.append(iri)
    return wrong


def peopled(city: City, within: list[tuple[int, int]]) -> ImpactEngine:
    """The engine of a city in which people live, in each other's assets too, and some of which is critical."""
    city.statements += [(a, LDT.locatedIn, b) for a, b in within if a != b]
    engine = engine_of(city)
    engine.network.columns.population[:] = np.arange(city.n) % 4
    engine.network.columns.critical[::3] = True
    return engine


@given(small_cities() | dim_cities(), st.sampled_from([0.0, 1.0, 4.0, 24.0]), st.data())
@examples(400)
def test_every_consequence_equals_a_question_of_its_own(
    city: City, horizon: float, data: st.DataObject
):
    within = st.lists(st.tuples(vertices(city.n), vertices(city.n)), max_size=4)
    engine = peopled(city, data.draw(within))
    found = Criticality(engine, horizon)
    assert differing(engine, found, range(city.n)) == []
    for mark in MARKS:
        hit = [(v, w) for v in range(city.n) for w in found.consequences(named(v), mark).tolist()]
        for vertex in range(city.n):
            taken = sorted(found.takers(named(vertex), mark).tolist())
            assert taken == [v for v, w in hit if w == vertex]


def test_buffers_one_after_the_other_may_outlast_the_horizon():
    engine = engine_of_graph(
        graph_of("""
        <a> a ldt:Asset . <b> a ldt:Asset ; ldt:poweredBy <a> ; ldt:autonomyHours 3 .
        <c> a ldt:Asset ; ldt:poweredBy <b> ; ldt:autonomyHours 3 . <d> a ldt:Asset ; ldt:poweredBy <c> .
        """)
    )
    for horizon in (2.0, 4.0, 6.0):
        assert differing(engine, Criticality(engine, horizon), range(engine.network.size)) == []


@pytest.fixture(scope="module")
def small(cities: Cities) -> EmbeddedGraph:
    return EmbeddedGraph.open(record_of(cities.demo(3_000)))


def test_every_consequence_of_a_city_equals_a_question_of_its_own(small: EmbeddedGraph):
    engine = engine_of_graph(small)
    found = criticality_of(small)
    assert differing(engine, found, range(engine.network.size)) == []
    assert 0 < len(found.asked) < engine.network.size / 20


@pytest.mark.parametrize("name", [*FOUR, *LARGE])
def test_every_consequence_of_the_cities_equals_a_question_of_its_own(
    name: str, cities: Cities, shared: Path
):
    graph = EmbeddedGraph.open(cities.record(name, shared))
    engine = engine_of_graph(graph)
    found = criticality_of(graph)
    asked = np.random.default_rng(1).permutation(engine.network.size)
    asked = asked[:5_000] if name in LARGE else asked if WHOLE else asked[:SAMPLE]
    assert differing(engine, found, asked.tolist()) == []


def test_the_worst_come_first_and_ties_are_broken_by_the_rest(small: EmbeddedGraph):
    found = criticality_of(small)
    for by in BY:
        values = found.sums(by)[found.rank(by)]
        assert (np.diff(values) <= 0).all()
        assert len(values) == np.any([found.sums(b) > 0 for b in BY[2::3]], axis=0).sum()
    stations = found.rank(type_="DistributionStation")
    assert {found.network.columns.types[v] for v in stations.tolist()} == {"DistributionStation"}
    water = found.rank(domain="water")
    assert {found.network.columns.domains[v] for v in water.tolist()} == {"water"}


def test_what_takes_an_asset_out_is_what_it_fails_with(small: EmbeddedGraph):
    found = criticality_of(small)
    [centre] = [v for v, i in enumerate(found.network.columns.identifiers) if i == "CONTROL-01"]
    iri = found.network.columns.iris[centre]
    takers = found.takers(iri).tolist()
    every = [i for v, i in enumerate(found.network.columns.iris) if v != centre]
    assert sorted(takers) == [
        found.network.vertex(i) for i in every if centre in found.consequences(i)
    ]
    assert takers


def test_wrong_questions_are_refused(small: EmbeddedGraph):
    found = criticality_of(small)
    with pytest.raises(QueryError, match="ranked by 'beauty'"):
        found.rank("beauty")  # ty: ignore[invalid-argument-type]
    with pytest.raises(UnknownEntity):
        found.takers("nothing")
