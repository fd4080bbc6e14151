"""The engine against a slow reading of DESIGN §5, on random small networks (invented), and the laws that it keeps."""

from __future__ import annotations

import itertools
import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from ldt_graph import assets
from ldt_graph.impact import ImpactEngine, Outage, compile_network
from ldt_graph.impact.because.why import Why
from ldt_graph.impact.because.whynot import WhyNot
from ldt_graph.namespaces import LDT
from ldt_graph.ontology import Ontology
from tests.examples import examples
from tests.impact.oracle import JOINTS, STEP, City, Oracle, cities, vertices

if TYPE_CHECKING:
    from ldt_graph.impact import Impact

ONTOLOGY = Ontology.parse(assets.ontology_files())
NETWORKS = int(os.environ.get("TWIN_TEST_NETWORKS", "150"))
"""How many networks the oracle is asked about; 2,000 take five minutes."""
LATE = 4 * STEP
"""Hours by which the oracle's steps may be late: each thing that follows from another adds to it."""
CLOCKS = st.sampled_from([None, 0.0, 7.5])


def engine_of(city: City) -> ImpactEngine:
    return ImpactEngine(compile_network(city.columns(), ONTOLOGY))


def named(vertex: int) -> str:
    return f"v{vertex:03d}"


def number(iri: str) -> int:
    return int(iri[1:])


def failed(answer: Impact) -> dict[int, float]:
    """What fails and when, the seeds too that were not off."""
    hits = {number(h["iri"]): h["hour"] for h in answer.hits("none") if h["status"] == "failed"}
    seeds = {number(s["iri"]): s["hour"] for s in answer.seed_list() if not s["alreadyOff"]}
    return hits | {v: h for v, h in seeds.items() if h <= answer.horizon}


def outages_in(city: City) -> st.SearchStrategy[dict[int, float]]:
    return st.dictionaries(
        vertices(city.n), st.sampled_from([0.0, 1.0, 3.0]), min_size=1, max_size=3
    )


def asked(engine: ImpactEngine, outages: dict[int, float], **said: Any) -> Impact:
    return engine.ask([Outage(named(v), h) for v, h in outages.items()], **said)


@given(cities(), st.data())
@examples(NETWORKS)
def test_failures_and_their_hours_equal_a_brute_force_simulation(city: City, data: st.DataObject):
    outages = data.draw(outages_in(city))
    horizon, clock = data.draw(st.sampled_from([0.0, 1.0, 4.0, 12.0])), data.draw(CLOCKS)
    engine, oracle = engine_of(city), Oracle(city, clock)
    assert set(np.nonzero(engine.before.on)[0].tolist()) == oracle.on

    answer = asked(engine, outages, horizon=horizon, clock=clock)
    expected, buffered, fed = oracle.failures(outages, horizon)
    hits = list(answer.hits("step"))
    found = {number(h["iri"]): h["hour"] for h in hits if h["status"] == "failed"}
    expected = {v: h for v, h in expected.items() if v not in outages}
    near = {v for v, h in found.items() if h > horizon - LATE}
    assert set(found) - near <= set(expected) <= set(found)
    assert all(-1e-6 <= hour - found[v] <= LATE for v, hour in expected.items())
    held = {number(h["iri"]) for h in hits if h["status"] == "exposed"}
    assert held >= (buffered | fed) - set(outages) - near
    assert not held & set(expected)
    if not near:
        stored = {
            number(h["iri"]): h["because"][0] for h in hits if h["because"][0]["reason"] == "stored"
        }
        assert stored.keys() <= fed
        assert all(step["storages"] for step in stored.values())


@given(cities(), st.data())
@examples(120)
def test_every_reason_leads_back_to_a_seed_over_statements_of_the_twin(
    city: City, data: st.DataObject
):
    seeds = data.draw(st.sets(vertices(city.n), min_size=1, max_size=3))
    answer = engine_of(city).ask([named(v) for v in seeds])
    stated = {(s, ONTOLOGY.local_name(p), o) for s, p, o in city.statements}
    stated |= {(g, "hasMember", m) for g in range(city.n) for m in city.members(g)}
    for hit in answer.hits():
        chain = hit["because"]
        assert chain[0]["asset"] == hit["iri"]
        assert chain[-1]["reason"] == "outage"
        assert number(chain[-1]["asset"]) in seeds
        for step, following in itertools.pairwise(chain):
            a, b = number(step["asset"]), number(step["from"])
            assert following["asset"] == step["from"]
            relation = step["relation"]
            owners = {g for s, p, g in city.statements if s == a and p == LDT.hasRequirement}
            through_group = relation == "hasMember" and any(
                (g, relation, b) in stated for g in owners
            )
            assert through_group or {(a, relation, b), (b, relation, a)} & stated
            assert step["evidence"]["row"] is not None


# ── laws ─────────────────────────────────────────────────────────────────────────────────────────


@given(cities(stored=False), st.data())
@examples(100)
def test_more_outages_never_mean_fewer_failures_but_for_what_storages_feed(
    city: City, data: st.DataObject
):
    engine = engine_of(city)
    few = data.draw(outages_in(city))
    more = {**data.draw(outages_in(city)), **few}
    before, after = failed(asked(engine, few)), failed(asked(engine, more))
    assert before.keys() <= after.keys()
    # Of a seed the answer tells the hour at which it was taken out, not one at which it had failed already.
    assert all(after[v] <= hour for v, hour in before.items() if v not in more)


@given(cities(), st.data())
@examples(100)
def test_more_storage_never_means_earlier_failure_where_nothing_but_supply_stops_demand(
    city: City, data: st.DataObject
):
    outages, clock = data.draw(outages_in(city)), data.draw(CLOCKS)
    city.statements = [s for s in city.statements if s[1] in JOINTS]
    engine = engine_of(city)
    before = failed(asked(engine, outages, clock=clock))
    twice = replace(city, holds={k: 2 * x for k, x in city.holds.items()})
    after = failed(asked(engine_of(twice), outages, clock=clock))
    assert after.keys() <= before.keys()
    assert all(hour >= before[v] - 1e-6 for v, hour in after.items())


@given(cities(), st.data())
@examples(60)
def test_the_order_of_seeds_and_what_lies_past_the_horizon_change_nothing(
    city: City, data: st.DataObject
):
    engine, outages = engine_of(city), data.draw(outages_in(city))
    every = failed(asked(engine, outages, horizon=1000.0))
    turned = dict(reversed(outages.items()))
    assert failed(asked(engine, turned, horizon=1000.0)) == every
    for horizon in (0.0, 2.0, 6.0):
        soon = failed(asked(engine, outages, horizon=horizon))
        assert soon == {v: h for v, h in every.items() if h <= horizon}


@given(cities())
@examples(60)
def test_what_was_already_off_changes_nothing(city: City):
    engine = engine_of(city)
    off = np.nonzero(~engine.before.on)[0].tolist()
    if off:
        answer = engine.ask([named(v) for v in off])
        assert len(answer) == 0
        assert all(s["alreadyOff"] for s in answer.seed_list())


HELD_FOR_AN_HOUR = City(
    8,
    [(3, LDT.hasRequirement, 0), *[(0, LDT.hasMember, m) for m in (1, 2, 7)]],
    groups={0: 2},
    standby={2},
)
"""Of three members two must work and one is on stand-by: without it, the first outage is one too many."""


@given(cities().flatmap(lambda c: st.tuples(st.just(c), outages_in(c))))
@example((HELD_FOR_AN_HOUR, {1: 0.0, 7: 1.0}))
@example((HELD_FOR_AN_HOUR, {1: 0.0, 2: 1.0}))
@examples(NETWORKS)
def test_what_must_start_suffices_and_none_of_it_can_be_left_out(
    asked_of: tuple[City, dict[int, float]],
):
    city, outages = asked_of
    engine = engine_of(city)
    answer = asked(engine, outages)
    needed = {number(s.asset["iri"] or "") for s in answer.must_start}
    able = city.standby & set(np.nonzero(answer.down > min(outages.values()))[0].tolist())
    able -= set(engine.before.started.tolist())

    def without(stuck: set[int]) -> dict[int, float]:
        down = asked(engine, outages | dict.fromkeys(stuck, 0.0)).down
        return {v: h for v, h in enumerate(down.tolist()) if v not in city.standby}

    every = without(set())
    assert needed <= able
    assert without(able - needed) == every
    assert all(without(able - needed | {one}) != every for one in needed)
    for start in answer.must_start:
        lost = without(able - needed | {number(start.asset["iri"] or "")})
        worse = [every[v] for v, h in lost.items() if h < every[v]]
        late = [h for h in worse if h < np.inf]
        assert (start.saves, start.delays) == (len(worse), len(late))
        assert start.until == max(late, default=None)


# ── reasons ──────────────────────────────────────────────────────────────────────────────────────


@given(cities(), st.data())
@examples(NETWORKS)
def test_the_causes_of_a_failure_suffice_and_none_can_be_left_out(city: City, data: st.DataObject):
    engine, outages, clock = engine_of(city), data.draw(outages_in(city)), data.draw(CLOCKS)
    answer = asked(engine, outages, horizon=12.0, clock=clock)
    hits = [h["iri"] for h in answer.hits("none") if h["status"] == "failed"]
    if not hits:
        return
    oracle = Oracle(city, clock)

    def fails(vertex: int, causes: dict[int, float], hour: float) -> bool:
        """Whether it fails no later, which both must say."""
        found = failed(asked(engine, causes, horizon=12.0, clock=clock)) if causes else {}
        slow = oracle.failures(causes, 12.0 + LATE)[0]
        if vertex in found:
            assert -1e-6 <= slow[vertex] - found[vertex] <= LATE
        return found.get(vertex, 99.0) <= hour + 1e-5

    why = answer.why(data.draw(st.sampled_from(hits)))
    assert isinstance(why, Why)
    hours = {number(f.asset): f.hour for f in why.failed}
    # What goes out later than it fails anyway is a cause from when it fails, and a seed from when it goes out.
    sets = [(number(why.asset["iri"] or ""), why.seeds, outages)]
    sets += [(number(f.asset), f.causes, hours) for f in why.failed if f.reason != "outage"]
    for vertex, causes, since in sets:
        alone = {number(c): since[number(c)] for c in causes}
        assert causes
        assert fails(vertex, alone, hours[vertex])
        for one in alone:
            rest = {c: h for c, h in alone.items() if c != one}
            assert not fails(vertex, rest, hours[vertex])
    assert all(f.asset in {named(v) for v in outages} for f in why.failed if f.reason == "outage")


@given(cities(), st.data())
@examples(100)
def test_whatever_does_not_fail_has_something_that_holds_it(city: City, data: st.DataObject):
    engine, outages = engine_of(city), data.draw(outages_in(city))
    answer = asked(engine, outages, horizon=4.0)
    gone = failed(answer)
    exposed = {h["iri"] for h in answer.hits("none") if h["status"] == "exposed"}
    for vertex in set(range(city.n)) - set(gone):
        why = answer.why(named(vertex))
        assert isinstance(why, WhyNot)
        assert (why.status == "off") == (not engine.before.on[vertex])
        if named(vertex) in exposed:
            assert why.status == "exposed"
        for held in why.held:
            assert held.until is None or held.until > 4.0
            if held.by == "members":
                assert held.gate is not None
                assert held.gate.holds
            if held.by == "path":
                assert not {number(s.cause or "") for s in held.steps} & set(gone)
