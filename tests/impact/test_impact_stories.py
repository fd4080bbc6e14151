"""What fails, when and why, told on cities of a few triples (invented)."""

from __future__ import annotations

import networkx as nx
import pytest

from ldt_graph.errors import AmbiguousEntity, QueryError, UnknownEntity
from ldt_graph.impact import Outage, engine_of, impact, network_of
from ldt_graph.impact.answers.tell import tell_chain
from ldt_graph.impact.answers.telling import tell_why
from ldt_graph.impact.because.why import Why
from ldt_graph.impact.because.whynot import WhyNot
from ldt_graph.impact.networkx import to_networkx
from ldt_graph.testing import BASE, graph_of

FEEDER = """
<grid> a ldt:GridConnection ; dcterms:identifier "grid" ; ldt:electricallyConnectedTo <bus1> .
<bus1> a ldt:ElectricBus ; dcterms:identifier "bus1" .
<line> a ldt:PowerLine ; dcterms:identifier "line" ; ldt:electricallyConnectedTo <bus1> , <bus2> .
<bus2> a ldt:ElectricBus ; dcterms:identifier "bus2" .
<station> a ldt:DistributionStation ; dcterms:identifier "station" ; ldt:electricallyConnectedTo <bus2> .
"""


def statuses(graph, of, **hours):
    answer = impact(graph, of, **hours)
    return {h["identifier"]: (h["status"], h["hour"]) for h in answer.hits("none")}


def test_a_failed_line_stops_a_pump_two_domains_away_and_says_why():
    graph = graph_of(
        FEEDER
        + """
    <pump> a ldt:Pump ; dcterms:identifier "pump" ; ldt:poweredBy <station> .
    <home> a ldt:Building ; dcterms:identifier "home" ; ldt:waterSuppliedBy <pump> .
    """
    )
    answer = impact(graph, ["line"])
    hits = {h["identifier"]: h for h in answer.hits()}
    assert {i: h["status"] for i, h in hits.items()} == dict.fromkeys(
        ["bus2", "station", "pump", "home"], "failed"
    )
    chain = hits["home"]["because"]
    assert [(s["asset"].removeprefix(BASE + "test/"), s["reason"]) for s in chain] == [
        ("home", "gate"),
        ("pump", "gate"),
        ("station", "supply"),
        ("bus2", "supply"),
        ("line", "outage"),
    ]
    assert chain[1]["relation"] == "poweredBy"
    assert chain[1]["commodity"] == "Electricity"
    assert chain[1]["gate"] == {
        "stated": False,
        "group": None,
        "relation": None,
        "required": 1,
        "members": 1,
        "working": 0,
    }
    assert all(s["evidence"]["source"] == "test.ttl" and s["evidence"]["row"] for s in chain[:-1])


def test_a_closed_ring_exposes_and_an_open_tie_switch_does_not_help():
    ring = FEEDER + (
        '<tie> a ldt:ElectricSwitch ; dcterms:identifier "tie" ; ldt:switchState "%s" ; '
        "ldt:electricallyConnectedTo <bus1> , <bus2> ."
    )
    closed = graph_of(ring % "closed")
    assert statuses(closed, ["line"]) == {
        "bus2": ("exposed", None),
        "station": ("exposed", None),
    }
    # Of two ways of one length the undisturbed city takes that whose next asset comes first by IRI: the line.
    assert statuses(closed, ["tie"]) == {}
    assert statuses(graph_of(ring % "open"), ["line"]) == {
        "bus2": ("failed", 0.0),
        "station": ("failed", 0.0),
    }


def test_two_lines_of_a_ring_together_cut_what_one_alone_does_not():
    graph = graph_of(
        FEEDER
        + '<other> a ldt:PowerLine ; dcterms:identifier "other" ; ldt:electricallyConnectedTo <bus1> , <bus2> .'
    )
    for one in ("line", "other"):
        assert all(status == "exposed" for status, _ in statuses(graph, [one]).values())
    assert statuses(graph, ["line", "other"])["station"] == ("failed", 0.0)


def test_a_check_valve_conducts_one_way_only():
    graph = graph_of(
        """
    <lake> a ldt:Reservoir ; dcterms:identifier "lake" ; ldt:hydraulicallyConnectedTo <low> .
    <low> a ldt:WaterJunction ; dcterms:identifier "low" ; ldt:pumpsTo <valve> .
    <valve> a ldt:WaterMain ; dcterms:identifier "valve" ; ldt:pumpsTo <high> .
    <high> a ldt:WaterJunction ; dcterms:identifier "high" .
    <well> a ldt:Well ; dcterms:identifier "well" ; ldt:hydraulicallyConnectedTo <high> .
    """
    )
    assert statuses(graph, ["lake"])["low"] == ("failed", 0.0)
    assert "high" not in statuses(graph, ["lake"])


def test_a_group_holds_while_enough_members_work_and_names_itself():
    graph = graph_of(
        FEEDER
        + """
    <spare> a ldt:GridConnection ; dcterms:identifier "spare" ; ldt:electricallyConnectedTo <station2> .
    <station2> a ldt:DistributionStation ; dcterms:identifier "station2" .
    <feeds> a ldt:SupplyGroup ; dcterms:identifier "feeds" ; ldt:requiredMembers 1 ; ldt:hasMember <station> , <station2> .
    <clinic> a ldt:Hospital ; dcterms:identifier "clinic" ; ldt:hasRequirement <feeds> ; ldt:poweredBy <station> , <station2> .
    """
    )
    [hit] = [h for h in impact(graph, ["line"]).hits() if h["identifier"] == "clinic"]
    assert (hit["status"], hit["because"][0]["reason"]) == ("exposed", "held")
    assert hit["because"][0]["gate"] == {
        "stated": True,
        "group": BASE + "test/feeds",
        "relation": None,
        "required": 1,
        "members": 2,
        "working": 1,
    }
    assert statuses(graph, ["line", "spare"])["clinic"] == ("failed", 0.0)


def test_a_generator_bridges_until_its_hours_run_out():
    graph = graph_of(
        FEEDER
        + '<clinic> a ldt:Hospital ; dcterms:identifier "clinic" ; ldt:poweredBy <station> ; ldt:autonomyHours 8.0 .'
    )
    assert statuses(graph, ["line"], horizon=7.9)["clinic"] == ("exposed", None)
    assert statuses(graph, ["line"], horizon=8)["clinic"] == ("failed", 8.0)
    assert statuses(graph, ["line"], at=2, horizon=24)["clinic"] == ("failed", 10.0)
    [hit] = [h for h in impact(graph, ["line"], horizon=4).hits() if h["identifier"] == "clinic"]
    assert (hit["because"][0]["reason"], hit["because"][0]["buffer"]) == (
        "buffered",
        {"hours": 8.0},
    )


def test_two_dead_halves_do_not_keep_each_other_alive():
    graph = graph_of(
        """
    <grid> a ldt:GridConnection ; dcterms:identifier "grid" ; ldt:electricallyConnectedTo <a> .
    <a> a ldt:ElectricBus ; dcterms:identifier "a" ; ldt:electricallyConnectedTo <b> .
    <b> a ldt:ElectricBus ; dcterms:identifier "b" ; ldt:electricallyConnectedTo <c> , <d> .
    <c> a ldt:ElectricBus ; dcterms:identifier "c" ; ldt:electricallyConnectedTo <d> .
    <d> a ldt:ElectricBus ; dcterms:identifier "d" .
    """
    )
    assert {i for i, s in statuses(graph, ["a"]).items() if s[0] == "failed"} == {"b", "c", "d"}


def test_a_cycle_of_dependencies_ends():
    graph = graph_of(
        """
    <pump> a ldt:Pump ; dcterms:identifier "pump" ; ldt:poweredBy <plant> .
    <plant> a ldt:Generator ; dcterms:identifier "plant" ; ldt:waterSuppliedBy <pump> .
    """
    )
    assert statuses(graph, ["pump"]) == {"plant": ("failed", 0.0)}


def test_an_asset_out_of_service_is_no_casualty_and_its_outage_changes_nothing():
    graph = graph_of(
        FEEDER
        + '<pump> a ldt:Pump ; dcterms:identifier "pump" ; ldt:inService false ; ldt:poweredBy <station> .'
    )
    assert "pump" not in statuses(graph, ["line"])
    answer = impact(graph, ["pump"])
    assert len(answer) == 0
    assert answer.seed_list()[0]["alreadyOff"]


def test_a_commodity_without_a_source_is_not_judged_and_the_answer_says_so():
    graph = graph_of(
        '<a> a ldt:WaterJunction ; dcterms:identifier "a" ; ldt:hydraulicallyConnectedTo <b> . <b> a ldt:WaterMain ; dcterms:identifier "b" .'
    )
    answer = impact(graph, ["a"])
    assert len(answer) == 0
    assert "no source of water" in answer.summary()["notes"][0]


def test_sums_count_people_districts_and_critical_facilities():
    graph = graph_of(
        FEEDER
        + """
    <north> a ldt:District ; dcterms:identifier "north" ; rdfs:label "North" ; ldt:population 900 .
    <home> a ldt:Building ; dcterms:identifier "home" ; ldt:poweredBy <station> ; ldt:population 12 ; ldt:locatedIn <north> .
    <clinic> a ldt:Hospital ; dcterms:identifier "clinic" ; ldt:poweredBy <station> ; ldt:autonomyHours 48 ; ldt:locatedIn <north> .
    """
    )
    summary = impact(graph, ["line"]).summary()
    assert summary["people"] == {"failed": 12, "exposed": 0}
    assert summary["criticalFacilities"] == {"failed": 0, "exposed": 1}
    assert summary["districts"] == [
        {
            "iri": BASE + "test/north",
            "identifier": "north",
            "name": "North",
            "failed": 1,
            "exposed": 1,
            "people": {"failed": 12, "exposed": 0},
            "lives": 900,
        }
    ]
    assert summary["byStatus"] == {"failed": 3, "exposed": 1}
    assert summary["byDomain"]["energy"] == {"failed": 2, "exposed": 0}
    assert summary["byType"]["Hospital"] == {"failed": 0, "exposed": 1}


def test_outages_at_hours_of_their_own_spread_in_time_order():
    graph = graph_of(
        FEEDER
        + '<other> a ldt:PowerLine ; dcterms:identifier "other" ; ldt:electricallyConnectedTo <bus1> , <bus2> .'
    )
    engine = engine_of(graph)
    answer = engine.ask([Outage(BASE + "test/line", 1), Outage(BASE + "test/other", 5)])
    assert {h["identifier"]: h["hour"] for h in answer.hits("none")} == {
        "bus2": 5.0,
        "station": 5.0,
    }
    assert len(engine.ask([Outage(BASE + "test/line", 30)])) == 0


@pytest.mark.parametrize(
    ("of", "hours", "error"),
    [
        ([], {}, QueryError),
        (["line"], {"horizon": -1}, QueryError),
        (["line"], {"horizon": float("nan")}, QueryError),
        (["line"], {"at": -2}, QueryError),
        (["line"], {"at": float("inf")}, QueryError),
        (["nothing"], {}, UnknownEntity),
        ([""], {}, QueryError),
        (["test:nothing"], {}, UnknownEntity),
    ],
)
def test_a_question_without_meaning_is_refused(of, hours, error):
    with pytest.raises(error):
        impact(graph_of(FEEDER), of, **hours)


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("power:ST-00300", "Near: test:ST-0030."),
        ("st-0030", "Near: test:ST-0030."),
        (BASE + "test/ST-003", "Near: test:ST-0030, test:ST-0031."),
        ("XT-0031", "Near: test:ST-0031."),
        ("unlike", "`ldt find unlike` lists what comes near."),
    ],
)
def test_a_name_that_is_none_gets_those_that_come_near(name, near):
    graph = graph_of(
        '<a> a ldt:Pump ; dcterms:identifier "ST-0030" . <b> a ldt:Pump ; dcterms:identifier "ST-0031" . <c> a ldt:Pump .'
    )
    for ask in (graph.resolve, lambda n: impact(graph, [n]), lambda n: engine_of(graph).ask([n])):
        with pytest.raises(UnknownEntity) as told:
            ask(name)
        assert str(told.value).endswith(near)


@pytest.mark.parametrize(
    ("seed", "why"),
    [
        ("tie", "tie was off already: it is open or out of service."),
        ("behind", "behind was off already: tie, which it hangs on, is open or out of service."),
        ("pump", "pump was off already: tie, which it hangs on, is open or out of service."),
        ("lone", "lone was off already: no source reaches it, nor what it hangs on."),
        ("line", None),
    ],
)
def test_why_a_seed_was_off_already_is_said(seed, why):
    graph = graph_of("""
        <grid> a ldt:GridConnection ; ldt:electricallyConnectedTo <line> .
        <line> a ldt:PowerLine ; dcterms:identifier "line" ; ldt:electricallyConnectedTo <tie> .
        <tie> a ldt:Switch ; dcterms:identifier "tie" ; ldt:switchState "open" ; ldt:electricallyConnectedTo <behind> .
        <behind> a ldt:PowerLine ; dcterms:identifier "behind" .
        <pump> a ldt:Pump ; dcterms:identifier "pump" ; ldt:poweredBy <behind> .
        <lone> a ldt:PowerLine ; dcterms:identifier "lone" ; ldt:electricallyConnectedTo <other> .
        <other> a ldt:PowerLine ; dcterms:identifier "other" .""")
    notes = impact(graph, [seed]).summary()["notes"]
    assert [n for n in notes if "off already" in n] == ([why] if why else [])


def test_an_identifier_that_several_datasets_share_must_name_its_dataset():
    graph = graph_of(
        '<x> a ldt:Pump ; dcterms:identifier "1" . <y> a ldt:Load ; dcterms:identifier "1" .'
    )
    with pytest.raises(AmbiguousEntity, match="2 entities are called '1'"):
        impact(graph, ["1"])


def test_the_network_goes_to_networkx_with_edges_from_supplier_to_dependent():
    graph = graph_of(
        FEEDER + '<pump> a ldt:Pump ; dcterms:identifier "pump" ; ldt:poweredBy <station> .'
    )
    exported = to_networkx(network_of(graph))
    assert isinstance(exported, nx.MultiDiGraph)
    assert exported.has_edge(BASE + "test/station", BASE + "test/pump")


def test_sentences_call_classes_and_relations_by_their_labels():
    graph = graph_of(
        FEEDER
        + """
    <cell> a ldt:ElectricStorage ; dcterms:identifier "7" ; ldt:waterSuppliedBy <station> .
    """
    )
    answer = impact(graph, ["station"])
    told = tell_chain(answer.because(0), answer.words)
    assert told[0].startswith(
        "battery 7 fails at hour 0: it is supplied with water by station [test.ttl:17]"
    )


TOWN = """
<lake> a ldt:Reservoir ; dcterms:identifier "lake" ; ldt:flowsTo <pump> , <spare> .
<pump> a ldt:Pump ; dcterms:identifier "pump" ; ldt:pumpsTo <main> .
<main> a ldt:WaterMain ; dcterms:identifier "main" ; ldt:hydraulicallyConnectedTo <north> , <south> , <tower> .
<north> a ldt:WaterJunction ; dcterms:identifier "north" ; ldt:baseDemand 4 ; ldt:demandProfile "0 0 0 0 0 0 4 4 0 0 0 0" .
<south> a ldt:WaterJunction ; dcterms:identifier "south" ; ldt:baseDemand 6 .
<tower> a ldt:WaterTank ; dcterms:identifier "tower" ; ldt:storedVolume 22 ; ldt:tankVolume 40 .
"""
SPARE = """<spare> a ldt:Pump ; dcterms:identifier "spare" ; ldt:inService false ; ldt:controlState "stand-by" ;
    ldt:startedByRule "LINK spare OPEN IF NODE tower BELOW 2" ; ldt:pumpsTo <main> ."""


def test_a_tank_feeds_its_zone_for_what_it_holds_over_what_is_drawn():
    graph = graph_of(TOWN)
    by_mean, at_noon = impact(graph, ["pump"]), impact(graph, ["pump"], clock=0.0)
    mean = 22 / (6 + 4 * 8 / 12)
    assert {h["hour"] for h in by_mean.hits("none")} == {round(mean, 6)}
    assert {h["hour"] for h in at_noon.hits("none")} == {round(22 / 6, 6)}
    late = impact(graph, ["pump"], clock=6.0, horizon=5)
    assert {h["hour"] for h in late.hits("none")} == {1.0}  # 22 an hour, from six to eight
    [first] = [h for h in at_noon.hits() if h["identifier"] == "south"]
    assert first["because"][0]["storages"] == [
        {"asset": BASE + "test/tower", "held": 22.0, "unit": "m3", "since": 0.0, "until": 3.666667}
    ]
    [tower] = at_noon.summary()["storages"]
    assert (tower["held"], tower["unit"], tower["from"], tower["until"]) == (
        22.0,
        "m3",
        0.0,
        3.666667,
    )


def test_what_a_tank_holds_beyond_the_horizon_is_exposed_and_says_until_when():
    answer = impact(graph_of(TOWN), ["pump"], horizon=2)
    assert {(h["status"], h["because"][0]["reason"]) for h in answer.hits()} == {
        ("exposed", "stored")
    }
    told = tell_chain(answer.because(0), answer.words)[0]
    assert "tank tower, which held 22 m3, feeds it from hour 0 until hour 2.54" in told


def test_an_island_that_shrinks_is_fed_longer():
    graph = graph_of(TOWN)
    engine = engine_of(graph)
    both = engine.ask([Outage(BASE + "test/pump"), Outage(BASE + "test/south", 1.0)], clock=0.0)
    hours = {h["identifier"]: h["hour"] for h in both.hits("none")}
    assert (
        hours["north"] == 7.0
    )  # six of 22 m3 are gone at one o'clock; north draws sixteen from six on


def test_a_pump_on_stand_by_holds_the_city_if_it_starts_and_the_answer_says_so():
    graph = graph_of(TOWN + SPARE)
    answer = impact(graph, ["pump"], clock=0.0)
    assert {h["status"] for h in answer.hits("none")} == {"exposed"}
    [start] = answer.summary()["mustStart"]
    assert (start["identifier"], start["rules"]) == (
        "spare",
        ["LINK spare OPEN IF NODE tower BELOW 2"],
    )
    assert (start["by"], start["saves"]) == (3.666667, 4)
    assert statuses(graph, ["pump", "spare"])["south"][0] == "failed"
    powered = graph_of(TOWN + SPARE + FEEDER + "<spare> ldt:poweredBy <station> .")
    assert statuses(powered, ["line"])["spare"] == ("failed", 0.0)
    assert statuses(powered, ["line"]).get("south") is None


def test_a_battery_of_an_islanded_grid_is_a_storage_as_a_tank_is():
    graph = graph_of(
        FEEDER
        + """
    <battery> a ldt:ElectricStorage ; dcterms:identifier "battery" ; ldt:storedEnergy 3 ; ldt:electricallyConnectedTo <bus2> .
    <load> a ldt:Load ; dcterms:identifier "load" ; ldt:activePower 1.5 ; ldt:electricallyConnectedTo <bus2> .
    <sun> a ldt:Generator ; dcterms:identifier "sun" ; ldt:activePower 9 ; ldt:electricallyConnectedTo <bus2> .
    """
    )
    assert statuses(graph, ["line"])["load"] == ("failed", 2.0)


def test_a_storage_in_another_unit_is_converted_and_one_that_fits_none_is_told(tmp_path):
    own = tmp_path / "own.ttl"
    own.write_text(
        """
    @prefix ldt: <https://w3id.org/ldt-graph#> . @prefix owl: <http://www.w3.org/2002/07/owl#> . @prefix my: <https://example.org/my#> .
    @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
    my:Powerwall a owl:Class ; rdfs:subClassOf ldt:ElectricStorage ; ldt:holds my:kilowattHours .
    my:kilowattHours a owl:DatatypeProperty ; ldt:unit "kW.h" ; ldt:carries ldt:Electricity .
    my:Flywheel a owl:Class ; rdfs:subClassOf ldt:ElectricStorage ; ldt:holds my:turns .
    my:turns a owl:DatatypeProperty ; ldt:unit "m3" ; ldt:carries ldt:Electricity .
    """
    )
    text = (
        FEEDER
        + """
    <wall> a <https://example.org/my#Powerwall> ; dcterms:identifier "wall" ; ldt:electricallyConnectedTo <bus2> ;
        <https://example.org/my#kilowattHours> 500 .
    <a-wheel> a <https://example.org/my#Flywheel> ; dcterms:identifier "wheel" ; ldt:electricallyConnectedTo <bus2> ;
        <https://example.org/my#turns> 500 .
    <load> a ldt:Load ; dcterms:identifier "load" ; ldt:activePower 0.25 ; ldt:electricallyConnectedTo <bus2> .
    """
    )
    graph = graph_of(text, ontology=[own])
    assert statuses(graph, ["line"])["load"] == ("failed", 2.0)
    assert any(
        "turns can't be counted in kW.h" in n for n in impact(graph, ["line"]).summary()["notes"]
    )


def test_why_names_every_feeder_that_had_to_fail_and_why_not_what_is_left():
    spare = SPARE.replace('ldt:inService false ; ldt:controlState "stand-by" ;', "")
    graph = graph_of(TOWN + spare)
    south = BASE + "test/south"
    held = impact(graph, ["pump"]).why(south)
    assert isinstance(held, WhyNot)
    assert tell_why(held, impact(graph, ["pump"]).words) == [
        "water junction south holds: water reaches it another way, from reservoir lake over 3 joints."
    ]
    answer = impact(graph, ["pump", "spare", "north"])
    why = answer.why(south)
    assert isinstance(why, Why)
    pumps = {BASE + "test/pump", BASE + "test/spare"}
    assert (
        set(why.seeds) == set(why.failed[0].causes) == pumps
    )  # north fails too, and has no part in it
    assert [s.asset for s in why.failed[0].storages] == [BASE + "test/tower"]
    assert {f.asset for f in why.failed[1:]} == pumps
    assert all(step.evidence for step in why.failed[0].steps)
    lake = answer.why(BASE + "test/lake")
    assert isinstance(lake, WhyNot)
    assert lake.status == "untouched"
    with pytest.raises(UnknownEntity):
        answer.why(BASE + "test/nobody")


@pytest.mark.parametrize("clock", [-1, 25, float("nan")])
def test_an_hour_that_no_day_has_is_refused(clock):
    with pytest.raises(QueryError, match="hour of the day"):
        impact(graph_of(TOWN), ["pump"], clock=clock)
