"""The cheapest measures equal those of a search that tries everything."""

from __future__ import annotations

import itertools
import math
import os
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ldt_graph.errors import QueryError
from ldt_graph.graph.embedded import EmbeddedGraph
from ldt_graph.impact import Measures, Outage, Scenario, engine_of, find_measures
from ldt_graph.impact.answers.consequence import MARKS
from ldt_graph.impact.structure.changes import change_of
from ldt_graph.impact.whatif.measures import open_switches
from ldt_graph.testing import BASE, graph_of
from tests.cities import record_of
from tests.examples import examples
from tests.impact.oracle import City
from tests.impact.oracle import cities as small_cities
from tests.impact.test_impact_oracle import engine_of as engine_of_city
from tests.impact.test_impact_oracle import named, outages_in
from tests.impact.test_scenario import easing
from tests.impact.test_statuses import dim_cities

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ldt_graph.impact import Impact, ImpactEngine
    from ldt_graph.impact.answers.consequence import Mark
    from ldt_graph.impact.structure.changes import Change
    from tests.cities import Cities

WHOLE = "TWIN_TEST_WHOLE" in os.environ
"""Whether the cities are asked more, and all pairs of their ties tried: ten minutes."""
QUESTIONS = (
    {"micropolis": (40, 2), "oberrhein": (5, 2)}
    if WHOLE
    else {"micropolis": (2, 2), "oberrhein": (1, 1)}
)
"""City → questions, of a line and of two lines in turn, and how many ties are closed at once at most; Oberrhein has 94."""
FEW = 5
"""An outage that stops no more is asked nothing about."""


def left_as(engine: ImpactEngine, answer: Impact, iri: str) -> str | None:
    """What an asset is, by the whole answer, or was before the outage."""
    hit = {h["iri"]: h["status"] for h in answer.hits("none")}.get(iri)
    vertex = engine.network.vertex(iri)
    known = {hit, None if engine.before.on[vertex] else "failed"}
    if answer.down[vertex] == math.inf:
        known |= {h for h, v in before(engine).items() if vertex in v}
    return next((mark for mark in MARKS if mark in known), None)


def before(engine: ImpactEngine) -> dict[str, set[int]]:
    short = [set(b.short_vertices.tolist()) for b in engine.before.amounts.balances if b]
    return {"short": set().union(*short), "degraded": set(engine.before.degraded.tolist())}


def suffices(
    engine: ImpactEngine,
    chosen: Sequence[Change],
    outages: Sequence[Outage],
    keep: Sequence[str],
    keep_from: Mark = "failed",
    horizon: float = 24.0,
) -> bool:
    made = Scenario("brute", tuple(chosen)).open(engine, 1).engine
    answer = made.ask(outages, horizon=horizon)
    bad = MARKS[: MARKS.index(keep_from) + 1]
    return all(left_as(made, answer, k) not in bad for k in keep)


def brute(
    engine: ImpactEngine,
    candidates: Sequence[Change],
    outages: Sequence[Outage],
    keep: Sequence[str],
    most: int = 2,
    **asked: Any,
) -> list[tuple[float, tuple[int, ...]]]:
    """Try every set of up to so many; return those that suffice and of which no part does."""
    found: list[tuple[float, tuple[int, ...]]] = []
    for size in range(most + 1):
        for chosen in combinations(range(len(candidates)), size):
            if any(set(f) <= set(chosen) for _, f in found):
                continue
            some = [candidates[c] for c in chosen]
            if suffices(engine, some, outages, keep, **asked):
                found.append((math.fsum(c.cost for c in some), chosen))
    return sorted(found)


@given(
    small_cities() | dim_cities(), st.sampled_from(MARKS), st.sampled_from([4.0, 24.0]), st.data()
)
@examples(150)
def test_the_cheapest_of_one_and_two_equals_trying_all(
    city: City, keep_from: Mark, horizon: float, data: st.DataObject
):
    engine = engine_of_city(city)
    outages = [Outage(named(v), h) for v, h in data.draw(outages_in(city)).items()]
    out = {o.iri for o in outages}
    free = [named(v) for v in range(city.n) if named(v) not in out]
    if not free:
        return
    keep = data.draw(st.lists(st.sampled_from(free), min_size=1, max_size=2))
    fitting: list[dict[str, Any]] = [c for c in easing(city) if _fits(engine, c)]
    said = data.draw(st.lists(st.sampled_from(fitting), max_size=7, unique_by=str))
    costs = data.draw(
        st.lists(st.sampled_from([1, 2, 3.5]), min_size=len(said), max_size=len(said))
    )
    candidates = [change_of({**c, "cost": k}) for c, k in zip(said, costs, strict=True)]
    asked: dict[str, Any] = {"keep_from": keep_from, "horizon": horizon}
    found = Measures(engine, 1, outages, keep, candidates, **asked)
    expected = brute(engine, candidates, outages, keep, **asked)
    assert [(t.cost, t.chosen) for t in found.sets] == expected
    best = found.best
    if best is None:
        assert not expected
        return
    assert suffices(engine, [candidates[c] for c in best.chosen], outages, keep, **asked)
    every = brute(engine, candidates, outages, keep, most=len(candidates), **asked)
    assert found.lower <= every[0][0] <= best.cost
    if found.exact:
        assert best.cost == every[0][0]


@given(dim_cities(), st.data())
@examples(150)
def test_the_cheapest_against_shortage_equals_trying_all(city: City, data: st.DataObject):
    engine = engine_of_city(city)
    left = {v: engine.ask([named(v)]).statuses.short.tolist() for v in sorted(city.sources)}
    out, short = next(((v, found) for v, found in left.items() if found), (0, []))
    relation = "electricallyConnectedTo"
    feeds = [
        {"do": "feed", "asset": named(a), "by": named(b), "relation": relation}
        for a in range(city.n)
        for b in sorted(city.sources)
        if b not in (a, out) and (a in short) != (b in short)
    ]
    fitting = [c for c in feeds if short and _fits(engine, c)]
    if not fitting:
        return
    chosen = st.lists(st.sampled_from(fitting), min_size=1, max_size=5, unique_by=str)
    candidates, outages = [change_of(c) for c in data.draw(chosen)], [Outage(named(out))]
    keep = [named(data.draw(st.sampled_from(short)))]
    found = Measures(engine, 1, outages, keep, candidates, keep_from="short")
    expected = brute(engine, candidates, outages, keep, keep_from="short")
    assert [(t.cost, t.chosen) for t in found.sets] == expected


def _fits(engine: ImpactEngine, change: dict[str, Any]) -> bool:
    try:
        Scenario.of([change]).open(engine, 1)
    except QueryError:
        return False
    return True


def same_as_brute(
    graph: EmbeddedGraph, of: Sequence[str], keep: Sequence[str], most: int = 2
) -> Measures:
    engine = engine_of(graph)
    found = find_measures(graph, of, keep)
    resolve, version = engine.network.directory.resolve, graph.version.number
    outages, kept = [Outage(resolve(n, version)) for n in of], [resolve(n, version) for n in keep]
    expected = brute(engine, open_switches(engine.network), outages, kept, most)
    assert [(t.cost, t.chosen) for t in found.sets if len(t.chosen) <= most] == expected
    return found


@pytest.fixture(scope="module")
def small(cities: Cities) -> EmbeddedGraph:
    return EmbeddedGraph.open(record_of(cities.demo(3_000)))


def test_the_tie_that_restores_a_line_is_found_and_what_is_cheaper_fails(small: EmbeddedGraph):
    found = same_as_brute(small, ["L-00001"], ["HOSP-01"])
    document = found.document()
    assert document["exact"]
    assert [m["do"] for m in document["measures"]] == ["close"] * len(document["measures"])
    assert [c["measures"] for c in document["cheaper"] if not c["measures"]] == [[]]


def test_all_stations_of_a_feeder_are_kept_as_trying_all_says(small: EmbeddedGraph):
    columns = small.columns()
    stations = [
        i
        for t, i in zip(columns.types, columns.identifiers, strict=True)
        if t == "DistributionStation"
    ]
    for station in stations[:6]:
        same_as_brute(small, ["L-00001"], [station or ""])


@pytest.mark.parametrize("name", QUESTIONS)
def test_measures_of_the_cities_equal_trying_all(name: str, cities: Cities, shared: Path):
    graph = EmbeddedGraph.open(cities.record(name, shared))
    chance, engine, columns = np.random.default_rng(1), engine_of(graph), graph.columns()
    lines = [i for t, i in zip(columns.types, columns.iris, strict=True) if t == "PowerLine"]
    questions, most = QUESTIONS[name]
    hitting = ((i, engine.ask([i]).failed.tolist()) for i in chance.permutation(lines).tolist())
    cases = ((i, columns.iris[chance.choice(hit)]) for i, hit in hitting if len(hit) > FEW)
    for number in range(questions):
        of, keep = zip(*itertools.islice(cases, 1 + number % 2), strict=True)
        same_as_brute(graph, of, [k for k in keep if k not in of], most)


def test_what_runs_on_a_battery_and_passes_nothing_on_may_be_fed_again():
    graph = graph_of("""
    <grid> a ldt:GridConnection ; ldt:electricallyConnectedTo <line> , <other> . <line> a ldt:PowerLine . <other> a ldt:PowerLine .
    <mast> a ldt:Asset ; ldt:electricallyConnectedTo <line> , <end> ; ldt:autonomyHours 48 . <end> a ldt:Asset .
    """)
    iris = {n: BASE + "test/" + n for n in ("line", "other", "mast", "end")}
    feed = {"do": "feed", "asset": iris["mast"], "by": iris["other"], "relation": "electricallyConnectedTo"}  # fmt: skip
    found = find_measures(graph, [iris["line"]], [iris["end"]], [change_of(feed)])
    assert found.document()["cost"] == 1


def test_wrong_questions_are_refused(small: EmbeddedGraph):
    with pytest.raises(QueryError, match="goes out itself"):
        find_measures(small, ["HOSP-01"], ["HOSP-01"])
    with pytest.raises(QueryError, match="at least one asset to keep"):
        find_measures(small, ["HOSP-01"], [])


def test_where_nothing_suffices_it_says_so(small: EmbeddedGraph):
    found = find_measures(small, ["L-00001"], ["HOSP-01"], [])
    document = found.document()
    assert (document["measures"], document["exact"]) == (None, True)
    assert document["cheaper"][0]["down"][0]["identifier"] == "HOSP-01"
