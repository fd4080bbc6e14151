"""What is short or degraded: neither failed nor merely exposed, told by itself everywhere (invented)."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING, Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ldt_graph.cli.outages import print_impact
from ldt_graph.graph.embedded import EmbeddedGraph
from ldt_graph.impact import (
    ImpactEngine,
    Scenario,
    compare,
    criticality_of,
    impact,
    network_of,
)
from ldt_graph.impact.answers.tell import tell_chain
from ldt_graph.impact.answers.telling import tell_why
from ldt_graph.impact.because.whynot import WhyNot
from ldt_graph.impact.walk.statuses import STATUSES
from ldt_graph.impact.whatif.scenario import refilled
from ldt_graph.namespaces import LDT
from ldt_graph.testing import BASE, graph_of
from tests.cities import record_of
from tests.examples import examples
from tests.impact.oracle import DRAWS, GIVES, City, Oracle
from tests.impact.oracle import cities as small_cities
from tests.impact.test_impact_oracle import (
    LATE,
    asked,
    engine_of,
    failed,
    number,
    outages_in,
)

if TYPE_CHECKING:
    from pathlib import Path

    from ldt_graph.impact import Impact
    from tests.cities import Cities

DRAWN = {DRAWS[c]: GIVES[c] for c in GIVES}


def by_status(answer: Impact) -> dict[str, dict[str, dict[str, Any]]]:
    """Return status → identifier → hit."""
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for hit in answer.hits():
        found.setdefault(hit["status"], {})[hit["identifier"]] = hit
    return found


# ── short ────────────────────────────────────────────────────────────────────────────────────────

TWO = """
<big> a ldt:GridConnection ; dcterms:identifier "big" ; ldt:powerCapacity 10 ; ldt:electricallyConnectedTo <bus> .
<small> a ldt:GridConnection ; dcterms:identifier "small" ; ldt:powerCapacity 4 ; ldt:electricallyConnectedTo <bus> .
<bus> a ldt:ElectricBus ; dcterms:identifier "bus" .
<l> a ldt:Load ; dcterms:identifier "l" ; ldt:activePower 3 ; ldt:electricallyConnectedTo <bus> ; ldt:locatedIn <north> .
<m> a ldt:Load ; dcterms:identifier "m" ; ldt:activePower 2 ; ldt:electricallyConnectedTo <bus> .
<ward> a ldt:Hospital ; dcterms:identifier "ward" ; ldt:population 7 ; ldt:poweredBy <l> ; ldt:locatedIn <north> .
<home> a ldt:Building ; dcterms:identifier "home" ; ldt:population 5 ; ldt:electricallyConnectedTo <bus> ; ldt:locatedIn <north> .
<clinic> a ldt:Hospital ; dcterms:identifier "clinic" ; ldt:electricallyConnectedTo <bus> .
<north> a ldt:District ; dcterms:identifier "north" .
"""


def test_what_hangs_on_too_little_is_short_and_what_requires_it_exposed():
    found = by_status(impact(graph_of(TWO), ["big"]))
    assert set(found) == {"short", "exposed"}
    assert set(found["short"]) == {"bus", "small", "l", "m", "home", "clinic"}
    assert set(found["exposed"]) == {"ward"}
    hit = found["short"]["l"]
    assert (hit["hour"], hit["short"]["short"], hit["short"]["unit"]) == (0.0, 1.0, "MW")
    assert [(s["reason"], s["from"]) for s in hit["because"]] == [
        ("short", BASE + "test/big"),
        ("outage", None),
    ]
    assert [s["reason"] for s in found["exposed"]["ward"]["because"]] == ["weak", "short", "outage"]


def test_every_sum_tells_apart_what_is_short():
    summary = impact(graph_of(TWO), ["big"]).summary()
    assert summary["byStatus"] == {"failed": 0, "short": 6, "exposed": 1}
    assert summary["byDomain"]["energy"] == {"failed": 0, "short": 4, "exposed": 0}
    assert summary["byType"]["Hospital"] == {"failed": 0, "short": 1, "exposed": 1}
    assert summary["people"] == {"failed": 0, "short": 5, "exposed": 7}
    assert summary["criticalFacilities"] == {"failed": 0, "short": 1, "exposed": 1}
    assert [(f["identifier"], f["status"], f["hour"]) for f in summary["facilities"]] == [
        ("clinic", "short", 0.0),
        ("ward", "exposed", None),
    ]
    [north] = summary["districts"]
    assert (north["failed"], north["short"], north["exposed"]) == (0, 2, 1)
    assert north["people"] == {"failed": 0, "short": 5, "exposed": 7}
    assert "left out" in summary["notes"][-1]
    brief = impact(graph_of(TWO), ["big"]).brief()["summary"]
    assert all(brief[key] == summary[key] for key in brief)


def test_it_says_from_when_until_when_and_the_worst_of_it():
    later = TWO + '<own> a ldt:GridConnection ; dcterms:identifier "own" ; ldt:powerCapacity 1 ; ldt:electricallyConnectedTo <bus> ; ldt:controlledBy <relay> . <relay> a ldt:Asset ; dcterms:identifier "relay" ; ldt:poweredBy <line> ; ldt:autonomyHours 2 . <line> a ldt:Asset ; dcterms:identifier "line" .'  # fmt: skip
    graph = graph_of(later.replace("<m> a ldt:Load", "<m> a ldt:Load ; ldt:poweredBy <far> ; ldt:autonomyHours 9") + '<far> a ldt:Asset ; dcterms:identifier "far" .')  # fmt: skip
    summary = impact(graph, ["big", "line", "far"]).summary()
    [island] = summary["short"]
    assert (island["from"], island["until"], island["short"]) == (2.0, 9.0, 1.0)
    found = by_status(impact(graph, ["big", "line", "far"]))
    assert found["short"]["l"]["hour"] == 2.0
    assert found["failed"]["m"]["hour"] == 9.0
    assert set(by_status(impact(graph, ["big", "line"], horizon=1))) == {"exposed"}


def test_an_outage_that_parts_an_island_leaves_a_part_short():
    parted = """
    <a> a ldt:GridConnection ; dcterms:identifier "a" ; ldt:powerCapacity 9 ; ldt:electricallyConnectedTo <tie> .
    <b> a ldt:GridConnection ; dcterms:identifier "b" ; ldt:powerCapacity 2 ; ldt:electricallyConnectedTo <x> .
    <tie> a ldt:ElectricBus ; dcterms:identifier "tie" ; ldt:electricallyConnectedTo <x> .
    <x> a ldt:Load ; dcterms:identifier "x" ; ldt:activePower 3 .
    """
    answer = impact(graph_of(parted), ["tie"])
    assert set(by_status(answer)["short"]) == {"b", "x"}
    why = answer.why(BASE + "test/x")
    assert isinstance(why, WhyNot)
    assert (why.status, why.hour, why.seeds) == ("short", 0.0, (BASE + "test/tie",))
    assert tell_why(why, answer.words)[:2] == [
        "It takes the outage of bus tie, and nothing less.",
        "2 assets hang on grid connection b: 2 MW for 3 MW.",
    ]


def test_a_reason_for_being_short_leaves_out_what_it_does_not_need():
    answer = impact(graph_of(TWO), ["big", "ward"])
    why = answer.why(BASE + "test/m")
    assert isinstance(why, WhyNot)
    assert why.seeds == (BASE + "test/big",)
    assert why.document["short"]["short"] == 1.0


def test_what_was_short_before_is_a_note_and_a_hit_only_where_it_gets_worse():
    poor = graph_of(TWO.replace("powerCapacity 10", "powerCapacity 0.5"))
    answer = impact(poor, ["l"])
    assert "short" not in answer.summary()["byStatus"]
    assert any("Short of electricity before any outage" in n for n in answer.summary()["notes"])
    assert set(by_status(impact(poor, ["big"]))) == {"short", "exposed"}


class Dims(Oracle):
    """Short islands by brute force: at every hour at which something fails, all of them are looked at."""

    def shares(self, works: set[int]) -> dict[str, dict[int, tuple[float, float]]]:
        """Return by commodity and vertex what its island is given and asks for; where all its sources state it."""
        city, found = self.city, {}
        for commodity in self.judged:
            reached = self._reached(commodity, works, self.sources[commodity])
            parts = nx.weakly_connected_components(self.flow[commodity].subgraph(reached))
            found[commodity] = {}
            for part in parts:
                sources = self.sources[commodity] & part
                if not all((v, commodity) in city.gives for v in sources):
                    continue
                asked_for = sum(
                    city.draws.get((v, commodity), 0.0) * self._factor(v, 0.0) for v in part
                )
                given_ = sum(city.gives[v, commodity] for v in sources)
                found[commodity] |= dict.fromkeys(part, (given_, asked_for))
        return found

    def short(self, hours: dict[int, float]) -> dict[int, float]:
        """Return what is short at some hour, and from when on, of what stands at the end."""
        before, found = self.shares(self.on), {}
        for hour in sorted(set(hours.values())):
            works = self.on - {v for v, h in hours.items() if h <= hour}
            for commodity, islands in self.shares(works).items():
                for v, (given_, asked_for) in islands.items():
                    had, wanted = before[commodity].get(v, (1.0, 0.0))
                    was = min(1.0, had / wanted) if wanted else 1.0
                    if asked_for > given_ + 1e-9 and given_ / asked_for < was - 1e-9:
                        found.setdefault(v, hour)
        return {v: h for v, h in found.items() if v not in hours and v in self.on}


@st.composite
def dim_cities(draw: st.DrawFn) -> City:
    """An invented city, much of it in one island that asks for something; its sources nearly all state what they can give."""
    city = draw(small_cities(stored=False))
    inside = draw(st.permutations(range(city.n)))[: draw(st.integers(2, 9))]
    joints = [(a, LDT.electricallyConnectedTo, b) for a, b in itertools.pairwise(inside)]
    amount = st.sampled_from([0.0, 0.5, 1.0, 2.0, 4.0, 9.0, None])
    sources = city.sources | dict.fromkeys(inside[:: draw(st.integers(1, 4))], LDT.Electricity)
    gives = {(v, c): draw(amount) for v, c in sources.items()}
    rates = draw(st.lists(st.sampled_from([0.31, 0.83, 1.7]), min_size=9, max_size=9))
    return replace(
        city,
        statements=city.statements + joints,
        sources=sources,
        draws={(v, LDT.Electricity): x for v, x in zip(inside, rates, strict=False)},
        gives={k: x for k, x in gives.items() if x is not None},
    )


@given(dim_cities(), st.data())
@examples(200)
def test_what_is_short_and_since_when_equals_brute_force(city: City, data: st.DataObject):
    outages = data.draw(outages_in(city))
    engine, oracle = engine_of(city), Dims(city)
    answer = asked(engine, outages, horizon=12.0)
    hours = failed(answer)
    expected = oracle.short(hours)
    found = {number(h["iri"]): h["hour"] for h in answer.hits("none") if h["status"] == "short"}
    assert found == expected


@given(dim_cities(), st.data())
@examples(100)
def test_each_hit_has_one_status_and_sums_agree(city: City, data: st.DataObject):
    answer = asked(engine_of(city), data.draw(outages_in(city)))
    hits = list(answer.hits())
    assert len({h["iri"] for h in hits}) == len(hits) == len(answer)
    counts = {s: sum(h["status"] == s for h in hits) for s in STATUSES}
    summary = answer.summary()
    assert summary["byStatus"] == {
        s: n for s, n in counts.items() if n or s in ("failed", "exposed")
    }
    for status, count in counts.items():
        assert sum(t.get(status, 0) for t in summary["byType"].values()) == count
        assert len(answer.positions(status=status)) == count
    for hit in hits:
        assert hit["because"][-1]["reason"] == "outage"


@given(dim_cities(), st.data())
@examples(100)
def test_more_capacity_never_leaves_more_short(city: City, data: st.DataObject):
    outages = data.draw(outages_in(city))
    twice = replace(city, gives={k: 2 * x for k, x in city.gives.items()})
    lacks = [
        {
            (h["iri"]): h["short"]["short"]
            for h in asked(engine_of(c), outages).hits("none")
            if h["status"] == "short"
        }
        for c in (city, twice)
    ]
    before = Dims(twice).shares(Dims(twice).on)
    sound = not any(x > g for islands in before.values() for g, x in islands.values())
    was_sound = not any(
        x > g for islands in Dims(city).shares(Dims(city).on).values() for g, x in islands.values()
    )
    if sound and was_sound:  # else what was short before may be a hit with more capacity
        assert lacks[1].keys() <= lacks[0].keys()
    assert all(lacks[1][v] <= lacks[0][v] + 1e-6 for v in lacks[1].keys() & lacks[0].keys())


@given(dim_cities(), st.data())
@examples(60)
def test_seeds_that_leave_an_asset_short_suffice(city: City, data: st.DataObject):
    outages = data.draw(outages_in(city))
    engine = engine_of(city)
    answer = asked(engine, outages)
    for hit in [h for h in answer.hits("none") if h["status"] == "short"][:2]:
        why = answer.why(hit["iri"])
        alone = asked(engine, {number(s): outages[number(s)] for s in why.seeds})
        assert hit["iri"] in {h["iri"] for h in alone.hits("none") if h["status"] == "short"}


# ── degraded ─────────────────────────────────────────────────────────────────────────────────────

CROSSING = """
<x> a ldt:Intersection ; dcterms:identifier "x" ; ldt:signalledBy <signal> ; ldt:locatedIn <north> .
<signal> a ldt:TrafficSignal ; dcterms:identifier "signal" ; ldt:poweredBy <bus> ; ldt:autonomyHours 3 .
<bus> a ldt:ElectricBus ; dcterms:identifier "bus" .
<north> a ldt:District ; dcterms:identifier "north" .
<tour> a ldt:BusLine ; dcterms:identifier "tour" ; ldt:operatesVia <x> .
"""


def test_an_intersection_without_its_signal_is_degraded_and_not_closed():
    answer = impact(graph_of(CROSSING), ["bus"])
    found = by_status(answer)
    assert {s: set(hits) for s, hits in found.items()} == {
        "failed": {"signal"},
        "degraded": {"x"},
        "exposed": {"tour"},
    }
    hit = found["degraded"]["x"]
    assert (hit["hour"], hit["degraded"]) == (3.0, 3.0)
    assert [s["reason"] for s in hit["because"]] == ["degraded", "gate", "outage"]
    assert answer.summary()["byStatus"] == {"failed": 1, "degraded": 1, "exposed": 1}
    [north] = answer.summary()["districts"]
    assert (north["failed"], north["degraded"], north["exposed"]) == (0, 1, 0)


def test_the_sentences_say_what_is_degraded_and_why():
    answer = impact(graph_of(CROSSING), ["bus"])
    position = answer.positions(status="degraded")[0]
    first = tell_chain(answer.because(position), answer.words)[0]
    assert first.startswith("intersection x is degraded from hour 3 on: it is signalled by ")
    why = answer.why(BASE + "test/x")
    assert isinstance(why, WhyNot)
    assert (why.status, why.hour, why.seeds) == ("degraded", 3.0, (BASE + "test/bus",))
    assert tell_why(why, answer.words)[1] == first


def test_what_only_requires_something_degraded_says_so():
    answer = impact(graph_of(CROSSING), ["bus"])
    why = answer.why(BASE + "test/tour")
    assert isinstance(why, WhyNot)
    assert (why.status, [s.reason for s in why.because]) == (
        "exposed",
        ["weak", "degraded", "gate", "outage"],
    )
    assert "which is short or degraded" in tell_why(why, answer.words)[0]


def test_an_intersection_that_goes_out_itself_fails():
    assert set(by_status(impact(graph_of(CROSSING), ["x"]))) == {"failed"}


def test_criticality_counts_what_fails_and_not_what_is_degraded():
    found = criticality_of(graph_of(CROSSING))
    iris = found.network.columns.iris
    assert [iris[v] for v in found.consequences(BASE + "test/bus").tolist()] == [
        BASE + "test/signal"
    ]


OWN = """
@prefix ldt: <https://w3id.org/ldt-graph#> . @prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> . @prefix my: <https://example.org/my#> .
my:Pool a owl:Class ; rdfs:subClassOf ldt:Asset ; ldt:degradedWithout my:heatedBy , my:linkedTo , my:likes .
my:Lido a owl:Class ; rdfs:subClassOf my:Pool .
my:heatedBy a owl:ObjectProperty ; rdfs:subPropertyOf ldt:heatSuppliedBy .
my:boiledBy a owl:ObjectProperty ; rdfs:subPropertyOf my:heatedBy .
my:likes a owl:ObjectProperty ; rdfs:subPropertyOf ldt:hasRequirement .
my:linkedTo a owl:ObjectProperty ; rdfs:subPropertyOf ldt:connectedTo ; ldt:carries ldt:Heat .
my:Boiler a owl:Class ; rdfs:subClassOf ldt:Source ; ldt:suppliesCommodity ldt:Heat .
"""
LIDO = """
@prefix my: <https://example.org/my#> .
<lido> a my:Lido ; dcterms:identifier "lido" ; my:boiledBy <old> ; ldt:waterSuppliedBy <main> ; my:likes <bars> ; ldt:population 3 .
<old> a ldt:Asset ; dcterms:identifier "old" . <main> a ldt:Asset ; dcterms:identifier "main" .
<bars> a ldt:SupplyGroup ; dcterms:identifier "bars" ; ldt:requiredMembers 2 ; ldt:hasMember <b1> , <b2> , <b3> .
<b1> a ldt:Asset ; dcterms:identifier "b1" . <b2> a ldt:Asset ; dcterms:identifier "b2" . <b3> a ldt:Asset ; dcterms:identifier "b3" .
<boiler> a my:Boiler ; dcterms:identifier "boiler" ; my:linkedTo <pipe> . <pipe> a ldt:Asset ; dcterms:identifier "pipe" .
<spa> a my:Pool ; dcterms:identifier "spa" ; my:linkedTo <pipe> . <far> a ldt:Asset ; dcterms:identifier "far" ; my:linkedTo <spa> .
"""


@pytest.mark.parametrize(
    ("of", "expected"),
    [
        (["old"], {"degraded": {"lido"}}),
        (["main"], {"failed": {"lido"}}),
        (["b1"], {"exposed": {"lido"}}),
        (["b1", "b2"], {"degraded": {"lido"}}),
        (["pipe"], {"degraded": {"spa"}, "failed": {"far"}}),
        (["spa"], {"failed": {"far"}}),
    ],
)
def test_an_ontology_file_says_what_a_class_is_degraded_without(tmp_path: Path, of, expected):
    (tmp_path / "own.ttl").write_text(OWN)
    graph = graph_of(LIDO, ontology=[tmp_path / "own.ttl"])
    answer = impact(graph, of)
    assert {s: set(hits) for s, hits in by_status(answer).items()} == expected
    if of == ["old"]:
        summary = answer.summary()
        assert summary["people"] == {"failed": 0, "degraded": 3, "exposed": 0}
        assert summary["peopleWithout"] == [{"commodity": "Heat", "people": 3, "from": 0.0}]


def test_what_is_degraded_before_any_outage_is_a_note_and_no_hit(tmp_path: Path):
    (tmp_path / "own.ttl").write_text(OWN)
    dark = LIDO.replace('"old"', '"old" ; ldt:inService false').replace(
        '"boiler"', '"boiler" ; ldt:inService false'
    )
    graph = graph_of(dark, ontology=[tmp_path / "own.ttl"])
    answer = impact(graph, ["b1", "b2"])
    assert {s: set(hits) for s, hits in by_status(answer).items()} == {"degraded": {"lido"}}
    assert "Degraded before any outage: lido, spa." in answer.summary()["notes"]
    assert len(impact(graph, ["b3"])) == 1


@given(small_cities(), st.data())
@examples(200)
def test_what_is_degraded_and_since_when_equals_brute_force(city: City, data: st.DataObject):
    outages = data.draw(outages_in(city))
    oracle, answer = Oracle(city), asked(engine_of(city), outages, horizon=4.0)
    oracle.failures(outages, 4.0)
    hits = {number(h["iri"]): h for h in answer.hits()}
    found = {v: h["hour"] for v, h in hits.items() if h["status"] == "degraded"}
    near = {v for v, h in found.items() if h > 4.0 - LATE}
    assert found.keys() - near <= oracle.degraded.keys() - outages.keys() <= found.keys()
    assert all(-1e-6 <= oracle.degraded[v] - h <= LATE for v, h in found.items() if v not in near)
    assert all(hits[v]["because"][-1]["reason"] == "outage" for v in found)


# ── scenarios ────────────────────────────────────────────────────────────────────────────────────


def differences(turtle: str, of: str, *changes: dict[str, Any]) -> dict[str, Any]:
    return compare(graph_of(turtle), Scenario.of(list(changes)), [of]).sums


def test_a_scenario_tells_what_is_short_only_with_it_and_only_without():
    found = differences(TWO, "ward", {"do": "open", "asset": "big"})
    assert found["weakened"] == {"assets": 6, "people": 5, "facilities": 1, "weak": 6}
    spare = '<tie> a ldt:Switch ; dcterms:identifier "tie" ; ldt:switchState "open" ; ldt:electricallyConnectedTo <bus> , <more> . <more> a ldt:GridConnection ; dcterms:identifier "more" ; ldt:powerCapacity 3 .'  # fmt: skip
    closed = {"do": "close", "asset": "tie"}
    found = differences(TWO + spare, "big", closed)
    assert found["relieved"] == {"assets": 6, "people": 5, "facilities": 1, "weak": 6}
    assert found["saved"]["assets"] == found["weakened"]["assets"] == 0


def test_what_a_scenario_saves_and_leaves_short_is_told_so():
    lone = """
    <grid> a ldt:GridConnection ; dcterms:identifier "grid" ; ldt:powerCapacity 9 ; ldt:electricallyConnectedTo <l> .
    <l> a ldt:Load ; dcterms:identifier "l" ; ldt:activePower 3 .
    <tie> a ldt:Switch ; dcterms:identifier "tie" ; ldt:switchState "open" ; ldt:electricallyConnectedTo <l> , <spare> .
    <spare> a ldt:GridConnection ; dcterms:identifier "spare" ; ldt:powerCapacity 1 .
    """
    found = compare(graph_of(lone), Scenario.of([{"do": "close", "asset": "tie"}]), ["grid"])
    assert found.sums["saved"] == {"assets": 1, "people": 0, "facilities": 0, "weak": 1}
    [saved] = found.list_of("saved")
    assert (saved["identifier"], saved["before"], saved["after"], saved["weak"]) == (
        "l",
        0.0,
        None,
        "short",
    )


def test_a_second_signal_relieves_an_intersection():
    more = CROSSING + '<battery> a ldt:Asset ; dcterms:identifier "battery" .'
    found = differences(
        more,
        "bus",
        {"do": "feed", "asset": "x", "by": "battery", "relation": "signalledBy"},
    )
    assert found["relieved"]["assets"] == 1


# ── whole cities ─────────────────────────────────────────────────────────────────────────────────


def capable(graph: EmbeddedGraph, chance: Random) -> ImpactEngine:
    """Return the engine of a city in which each source can give a part of what its whole network asks for (invented)."""
    network = network_of(graph)
    columns, provides = network.columns, []
    for joints in network.conductions:
        attribute = GIVES.get(joints.commodity)
        drawn = sum(x for v, a, x in columns.draws if joints.member[v] and DRAWN[a] == attribute)
        for vertex in np.nonzero(joints.source)[0].tolist() if attribute else ():
            provides.append((vertex, attribute, drawn * chance.choice((0.2, 0.5, 1.0)) + 1e-3))
    return ImpactEngine(replace(network, columns=replace(columns, provides=sorted(provides))))


def by_hand(engine: ImpactEngine, works: set[int], number_: int) -> dict[int, float]:
    """Return what part of what it asks for each vertex's island is given, by networkx."""
    joints, demand = engine.before.judged[number_], engine.before.amounts.demands[number_]
    if demand is None:
        return {}
    members = [v for v in np.nonzero(joints.member)[0].tolist() if v in works]
    flow = nx.DiGraph()
    flow.add_nodes_from(members)
    for v in members:
        for e in range(int(joints.out_start[v]), int(joints.out_start[v + 1])):
            if int(joints.out[e]) in works:
                flow.add_edge(v, int(joints.out[e]))
    roots = {v for v in members if joints.source[v]}
    roots |= {v for c, v in refilled(engine) if c == joints.commodity and v in flow}
    reached = set(roots).union(*(nx.descendants(flow, v) for v in roots))
    found: dict[int, float] = {}
    for part in nx.weakly_connected_components(flow.subgraph(reached)):
        given = sum(float(demand.capacity[v]) for v in roots & part)
        wanted = sum(float(demand.rate[v]) for v in part)
        share = 1.0 if math.isnan(given) or not wanted else min(1.0, given / wanted)
        found |= dict.fromkeys(part, share)
    return found


def disagreeing(graph: EmbeddedGraph, seed: int, questions: int) -> tuple[int, int]:
    """Ask about sources, alone and with others; return how many answers are not those of networkx, and how many are short."""
    chance = Random(seed)
    engine = capable(graph, chance)
    iris, judged = engine.network.columns.iris, engine.before.judged
    sources = [v for j in judged for v in np.nonzero(j.source)[0].tolist()]
    others = [v for j in judged for v in np.nonzero(j.member)[0].tolist()]
    before = [by_hand(engine, set(np.nonzero(engine.before.on)[0].tolist()), n) for n in range(len(judged))]  # fmt: skip
    wrong = short = 0
    for _ in range(questions):
        seeds = {chance.choice(sources), *chance.sample(others, chance.randrange(4))}
        answer = engine.ask([iris[v] for v in seeds], horizon=0.0)
        works = set(np.nonzero(answer.down == np.inf)[0].tolist())
        expected = {
            v
            for n in range(len(judged))
            for v, share in by_hand(engine, works, n).items()
            if share < min(1.0, before[n].get(v, 1.0)) - 1e-9
        }
        wrong += set(answer.statuses.short.tolist()) != expected
        short += bool(expected)
    return wrong, short


def test_shortages_of_the_demo_city_equal_networkx(cities: Cities):
    wrong, short = disagreeing(EmbeddedGraph.open(record_of(cities.demo(3_000))), 1, 30)
    assert (wrong, short > 5) == (0, True)


def test_shortages_of_micropolis_equal_networkx(cities: Cities, shared: Path):
    graph = EmbeddedGraph.open(cities.micropolis(shared / "data" / "infrarisk-micropolis"))
    wrong, short = disagreeing(graph, 2, 12)
    assert (wrong, short > 0) == (0, True)


# ── in words ─────────────────────────────────────────────────────────────────────────────────────


def test_the_command_line_tells_the_statuses_apart(capsys: pytest.CaptureFixture[str]):
    print_impact(impact(graph_of(TWO + CROSSING), ["big", "signal"]))
    said = capsys.readouterr().out
    assert "0 assets fail, 6 are short, 1 is degraded, 2 are exposed but hold." in said
    assert "People: 0 hit, 5 short, 7 exposed." in said
    assert "domain    failed  short  degraded  exposed" in said
    assert (
        "Short of electricity: 6 assets ask for 5 MW, and their 1 live sources can give 4 MW, from hour 0 on."
        in said
    )
