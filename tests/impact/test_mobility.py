"""Lines, stops, depots, signals and chargers: what each needs, told on a few triples (invented)."""

from __future__ import annotations

import csv

from ldt_graph.graph.embedded import EmbeddedGraph
from ldt_graph.impact import impact
from ldt_graph.impact.answers.tell import tell_chain
from ldt_graph.impact.answers.telling import tell_why
from ldt_graph.impact.because.why import Why
from ldt_graph.namespaces import LDT
from ldt_graph.pipeline import build
from ldt_graph.record import Record
from ldt_graph.testing import graph_of
from ldt_graph.twin import load_twin

LINES = """
<s1> a ldt:DistributionStation ; dcterms:identifier "s1" .
<s2> a ldt:DistributionStation ; dcterms:identifier "s2" .
<t1> a ldt:TractionSubstation ; dcterms:identifier "t1" ; ldt:poweredBy <s1> .
<t2> a ldt:TractionSubstation ; dcterms:identifier "t2" ; ldt:poweredBy <s2> .
<t3> a ldt:TractionSubstation ; dcterms:identifier "t3" ; ldt:poweredBy <s2> .
<traction> a ldt:SupplyGroup ; ldt:requiredMembers 2 ; ldt:hasMember <t1> , <t2> , <t3> .
<tram> a ldt:TramLine ; dcterms:identifier "tram" ; rdfs:label "Line 1" ; ldt:hasRequirement <traction> ;
    ldt:poweredBy <t1> , <t2> , <t3> ; ldt:servesStop <hill> , <market> .
<bus> a ldt:BusLine ; dcterms:identifier "bus" ; rdfs:label "Line 2" ; ldt:servesStop <market> .
<night> a ldt:BusLine ; dcterms:identifier "night" ; rdfs:label "Line 5" ; ldt:servesStop <market> .
<hill> a ldt:TransitStop ; dcterms:identifier "hill" ; rdfs:label "Stop Hill" .
<market> a ldt:TransitStop ; dcterms:identifier "market" ; rdfs:label "Stop Market" .
"""


def statuses(graph, of):
    return {h["identifier"]: h["status"] for h in impact(graph, of).hits("none")}


def test_a_line_runs_while_its_substations_allow_and_a_stop_is_served_while_any_of_its_lines_runs():
    graph = graph_of(LINES)
    assert statuses(graph, ["s1"]) == {"t1": "failed", "tram": "exposed"}
    assert statuses(graph, ["s2"]) == dict.fromkeys(("t2", "t3", "tram", "hill"), "failed") | {
        "market": "exposed"
    }
    assert statuses(graph, ["tram", "bus"]) == {"hill": "failed", "market": "exposed"}
    assert statuses(graph, ["tram", "bus", "night"]) == {"hill": "failed", "market": "failed"}


def test_an_answer_names_the_axiom_of_a_gate_and_the_lines_that_still_serve():
    graph = graph_of(LINES)
    answer = impact(graph, ["tram", "s1"])
    [market] = [h for h in answer.hits() if h["identifier"] == "market"]
    assert market["because"][0]["gate"] == {
        "stated": True,
        "group": None,
        "relation": LDT.servedByLine,
        "required": 1,
        "members": 3,
        "working": 2,
    }
    evidence = market["because"][0]["evidence"]
    assert evidence["rule"] == "ldt:servedByLine owl:inverseOf ldt:servesStop"
    assert evidence["row"]
    [told] = tell_why(answer.why(graph.resolve("market")), answer.words)
    assert told == (
        "Stop Market holds: still served by Line 2 and Line 5; 2 of 3 still work and 1 must; Line 1 failed."
    )


def test_a_stop_without_its_last_line_fails_for_all_lines_that_went():
    graph = graph_of(LINES)
    answer = impact(graph, ["tram", "bus", "night"])
    why = answer.why(graph.resolve("market"))
    assert isinstance(why, Why)
    assert {c.rsplit("/", 1)[-1] for c in why.failed[0].causes} == {"tram", "bus", "night"}
    position = [h["identifier"] for h in answer.hits("none")].index("market")
    [told, _] = tell_chain(answer.because(position), answer.words)
    assert "is served by" in told
    assert "(needs 1 of 3, 0 left)" in told


def test_what_a_group_covers_is_left_to_the_group():
    graph = graph_of(
        LINES
        + """
    <both> a ldt:SupplyGroup ; ldt:requiredMembers 2 ; ldt:hasMember <tram> , <bus> , <night> .
    <market> ldt:hasRequirement <both> .
    """
    )
    assert statuses(graph, ["tram"])["market"] == "exposed"
    assert statuses(graph, ["tram", "bus"])["market"] == "failed"


def test_signals_chargers_and_depots_need_their_supply_and_lines_a_depot_that_they_run_from():
    graph = graph_of(
        """
    <grid> a ldt:GridConnection ; dcterms:identifier "grid" ; ldt:electricallyConnectedTo <bus> .
    <bus> a ldt:ElectricBus ; dcterms:identifier "bus" .
    <charger> a ldt:ChargingStation ; dcterms:identifier "charger" ; ldt:electricallyConnectedTo <bus> .
    <signal> a ldt:TrafficSignal ; dcterms:identifier "signal" ; ldt:poweredBy <bus> .
    <north> a ldt:Depot ; dcterms:identifier "north" ; ldt:poweredBy <bus> .
    <south> a ldt:Depot ; dcterms:identifier "south" .
    <l1> a ldt:TramLine ; dcterms:identifier "l1" ; ldt:runsFrom <north> ; ldt:servesStop <end> .
    <l2> a ldt:TramLine ; dcterms:identifier "l2" ; ldt:runsFrom <north> , <south> .
    <end> a ldt:TransitStop ; dcterms:identifier "end" .
    """
    )
    failed = ("bus", "charger", "signal", "north", "l1", "end")
    assert statuses(graph, ["grid"]) == dict.fromkeys(failed, "failed") | {"l2": "exposed"}
    assert statuses(graph, ["north", "south"]) == dict.fromkeys(("l1", "l2", "end"), "failed")


def test_a_real_feeds_lines_leave_without_service_the_stops_that_no_other_serves(shared, tmp_path):
    feed = shared / "data" / "cairns-gtfs"
    graph = _transit(feed, tmp_path)
    lines_of = _lines_by_stop(feed)
    for line in sorted({line for lines in lines_of.values() for line in lines}):
        said = {h["identifier"]: h["status"] for h in impact(graph, [line]).hits("none")}
        assert said == {
            stop: "failed" if len(lines) == 1 else "exposed"
            for stop, lines in lines_of.items()
            if line in lines
        }


def _transit(feed, folder):
    (folder / "twin.toml").write_text(
        'name = "Cairns"\nbase = "https://example.org/cairns/"\n'
        '[[dataset]]\nname = "transit"\nsource = "."\nformat = "gtfs"\nmapping = "gtfs"\n',
        encoding="utf-8",
    )
    twin = load_twin(folder)
    build(twin, data_root=feed)
    return EmbeddedGraph.open(Record(twin.record))


def _lines_by_stop(feed) -> dict[str, set[str]]:
    def table(name):
        with (feed / f"{name}.txt").open(encoding="utf-8-sig", newline="") as file:
            yield from csv.DictReader(file)

    line_of = {row["trip_id"]: row["route_id"] for row in table("trips")}
    found: dict[str, set[str]] = {}
    for row in table("stop_times"):
        found.setdefault(row["stop_id"], set()).add(line_of[row["trip_id"]])
    return found


def test_any_domain_says_how_many_suffice_by_an_ontology_file_alone(tmp_path):
    file = tmp_path / "cooling.ttl"
    file.write_text(
        """
    @prefix ldt: <https://w3id.org/ldt-graph#> . @prefix c: <https://example.org/cooling#> .
    @prefix owl: <http://www.w3.org/2002/07/owl#> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
    c:Hall a owl:Class ; rdfs:subClassOf ldt:Asset .
    c:cools a owl:ObjectProperty .
    c:cooledBy a owl:ObjectProperty ; owl:inverseOf c:cools ; rdfs:subPropertyOf ldt:fedBy ; ldt:suffices 2 .
    c:chilledBy a owl:ObjectProperty ; rdfs:subPropertyOf c:cooledBy .
    """,
        encoding="utf-8",
    )
    graph = graph_of(
        """
    @prefix c: <https://example.org/cooling#> .
    <hall> a c:Hall ; dcterms:identifier "hall" ; c:chilledBy <m3> .
    <m1> a ldt:Asset ; dcterms:identifier "m1" ; c:cools <hall> .
    <m2> a ldt:Asset ; dcterms:identifier "m2" ; c:cools <hall> , <small> .
    <m3> a ldt:Asset ; dcterms:identifier "m3" .
    <small> a c:Hall ; dcterms:identifier "small" .
    """,
        ontology=[file],
    )
    assert statuses(graph, ["m1"]) == {"hall": "exposed"}
    assert statuses(graph, ["m1", "m3"]) == {"hall": "failed"}
    assert statuses(graph, ["m2"]) == {"hall": "exposed", "small": "failed"}
