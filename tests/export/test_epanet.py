"""Water networks for EPANET: whatever the twin holds conducts there as it does here, and what is assumed is told."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import networkx as nx
import pytest
import wntr
from hypothesis import given
from hypothesis import strategies as st
from wntr.epanet.toolkit import ENepanet

from ldt_graph.errors import QueryError
from ldt_graph.export.simulators.epanet_names import names
from ldt_graph.impact import engine_of
from ldt_graph.testing import BASE
from tests.examples import examples
from tests.export.simulated import both, exported

if TYPE_CHECKING:
    from pathlib import Path

TOWN = """
<r> a ldt:Well ; dcterms:identifier "R 1" ; ldt:hydraulicHead 100 ; ldt:flowCapacity 50 .
<m> a ldt:WaterMain ; dcterms:identifier "M" ; ldt:lengthM 250 ; ldt:diameter 300 ;
    ldt:hydraulicallyConnectedTo <r> , <in> .
<in> a ldt:WaterJunction ; dcterms:identifier "IN" ; ldt:elevation 80 ; ldt:flowsTo <p1> , <p2> ; geo:asWKT "POINT(8.5 48.1)" .
<p1> a ldt:Pump ; dcterms:identifier "P1" ; ldt:pumpsTo <out> ; ldt:headCurve "100 40" ; ldt:poweredBy <s1> .
<p2> a ldt:Pump ; dcterms:identifier "P2" ; ldt:pumpsTo <out> ; ldt:inService false ; ldt:controlState "stand-by" ;
    ldt:startedByRule "LINK P2 OPEN IF NODE T BELOW 2" .
<out> a ldt:WaterJunction ; dcterms:identifier "OUT" ; ldt:elevation 85 ; ldt:baseDemand 12 ; ldt:demandProfile "0.5 1.5" .
<v> a ldt:Valve ; dcterms:identifier "V" ; ldt:hydraulicallyConnectedTo <out> , <t> .
<t> a ldt:WaterTank ; dcterms:identifier "T" ; ldt:elevation 110 ; ldt:tankVolume 500 ; ldt:storedVolume 250 .
<s1> a ldt:DistributionStation .
<house> a ldt:Building ; ldt:waterSuppliedBy <out> .
"""
NGSI = """
<urn:r> a epanet:Reservoir ; epanet:reservoirHead 100 .
<urn:a> a epanet:Junction ; epanet:elevation 10 .
<urn:b> a epanet:Junction ; epanet:elevation 12 .
<urn:p> a epanet:Pipe ; epanet:startsAt <urn:a> ; epanet:endsAt <urn:r> ; epanet:length 50 ; epanet:diameter 200 ;
    epanet:roughness 110 .
<urn:q> a epanet:Pump ; epanet:startsAt <urn:a> ; epanet:endsAt <urn:b> ; epanet:power 4 .
"""
PREFIX = (
    "@prefix epanet: <https://smartdatamodels.org/dataModel.WaterDistributionManagementEPANET/> .\n"
)


def model(text: str, folder: Path) -> Any:
    file = folder / "net.inp"
    file.write_text(text, encoding="utf-8")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return wntr.network.WaterNetworkModel(str(file))


def runs(folder: Path) -> None:
    """EPANET itself takes the file and computes it."""
    engine = ENepanet()
    engine.ENopen(str(folder / "net.inp"), str(folder / "net.rpt"), "")
    engine.ENsolveH()
    engine.ENclose()


def test_a_town_of_no_model_runs_in_epanet_with_defaults_that_are_told(tmp_path):
    text, report = exported(TOWN, "epanet")
    net = model(text, tmp_path)
    runs(tmp_path)
    assert (net.num_tanks, net.num_reservoirs, net.num_pumps, net.num_valves) == (1, 1, 2, 1)
    told = {f.what for f in report.findings if f.kind == "assumed"}
    assert told >= {"pipe roughness", "tank diameter", "pump head curve", "valve kind", "settings"}
    assert "pipe length" not in told
    assert "roughness" in next(line for line in text.splitlines() if line.startswith("M "))


def test_a_tank_without_levels_holds_its_volume_and_what_it_stores(tmp_path):
    tank = model(exported(TOWN, "epanet")[0], tmp_path).get_node("T")
    assert tank.get_volume(tank.max_level) == pytest.approx(500)
    assert tank.get_volume(tank.init_level) == pytest.approx(250)


def test_an_id_has_31_letters_and_no_blank_and_leads_to_its_iri(tmp_path):
    text, report = exported(TOWN, "epanet")
    assert model(text, tmp_path).reservoir_name_list == ["R_1"]
    assert ("RESERVOIRS", "R_1", f"{BASE}test/r") in report.ids
    long = "x" * 40
    made = names(
        [("a", long), ("b", long), ("c", "y"), ("d", "y z"), ("e", "y_z"), ("f", "é" * 20)]
    )
    assert len(set(made.values())) == 6
    assert made["c"] == "y"
    assert made["e"] == "y_z"
    assert all(len(n.encode()) <= 31 and " " not in n for n in made.values())


def test_what_stands_by_is_closed_until_its_control_opens_it(tmp_path):
    net = model(exported(TOWN, "epanet")[0], tmp_path)
    assert str(net.get_link("P2").initial_status) == "Closed"
    [(_, control)] = net.controls()
    assert str(control).startswith("IF TANK T LEVEL BELOW 2")


def test_a_control_in_other_words_or_of_things_that_are_not_there_is_named():
    other = TOWN.replace("LINK P2 OPEN IF NODE T BELOW 2", "the keeper starts it")
    _, report = exported(other, "epanet")
    told = [(f.kind, f.what, f.why) for f in report.findings if f.first.endswith("/p2")]
    assert ("left out", "control or rule", "it is not in EPANET's words") in told
    assert ("expressed", "Pump", "it stands by, and no control of EPANET's starts it") in told
    _, report = exported(TOWN.replace("NODE T BELOW", "NODE X BELOW"), "epanet")
    assert [f.why for f in report.findings if f.what == "control or rule"] == [
        "the file has not all that it names"
    ]


def test_who_needs_what_stands_in_comments_and_dependents_outside_are_counted():
    text, report = exported(TOWN, "epanet")
    assert f"; <{BASE}test/p1> poweredBy <{BASE}test/s1>" in text
    left = {f.what: f.count for f in report.findings if f.kind == "left out"}
    assert left == {"dependent": 1, "flow capacity": 1}


def test_rules_of_several_actions_come_together_again(tmp_path):
    rule = "RULE 7: IF TANK T LEVEL BELOW 2 AND SYSTEM CLOCKTIME > 6:00 AM"
    more = (
        f'<p1> ldt:controlledByRule "{rule} THEN PUMP P1 STATUS IS OPEN PRIORITY 3" .\n'
        f'<p2> ldt:controlledByRule "{rule} THEN PUMP P2 STATUS IS OPEN PRIORITY 3" , '
        f'"{rule} ELSE PUMP P2 STATUS IS CLOSED PRIORITY 3" .\n'
    )
    text, report = exported(TOWN + more, "epanet")
    assert report.written["rules"] == 1
    found = dict(model(text, tmp_path).controls())["7"]
    assert [str(a) for a in found._then_actions] == [
        "PUMP P1 STATUS IS OPEN",
        "PUMP P2 STATUS IS OPEN",
    ]
    assert [str(a) for a in found._else_actions] == ["PUMP P2 STATUS IS CLOSED"]
    assert found.priority == 3


def test_a_model_of_smart_data_models_goes_out_by_the_ends_of_its_links(tmp_path):
    text, report = exported(PREFIX + NGSI, "epanet")
    net = model(text, tmp_path)
    runs(tmp_path)
    [pipe], [pump] = ([x for _, x in of] for of in (net.pipes(), net.pumps()))
    assert (pipe.start_node_name, pipe.end_node_name, pipe.roughness) == ("urn:a", "urn:r", 110)
    assert (pump.start_node_name, pump.end_node_name) == ("urn:a", "urn:b")
    assert {i for _, _, i in report.ids} == {f"urn:{n}" for n in "rabpq"}


def test_a_twin_without_a_network_is_told_so():
    with pytest.raises(QueryError, match="no water network"):
        exported("<a> a ldt:Load . <b> a ldt:WaterJunction .", "epanet")


def test_models_of_different_units_ask_for_a_dataset():
    said = '<{0}> a ldt:WaterNetwork ; ldt:calculationSetting "OPTIONS UNITS {1}" . '
    with pytest.raises(QueryError, match="--dataset"):
        exported(TOWN + said.format("n1", "LPS") + said.format("n2", "GPM"), "epanet")


def test_numbers_are_in_the_units_of_the_model(tmp_path):
    said = '<n> a ldt:WaterNetwork ; ldt:calculationSetting "OPTIONS UNITS GPM" , "OPTIONS HEADLOSS D-W" .'
    text, _ = exported(TOWN + said, "epanet")
    net = model(text, tmp_path)
    assert net.options.hydraulic.inpfile_units == "GPM"
    assert net.get_link("M").length == pytest.approx(250)
    assert net.get_link("M").diameter == pytest.approx(0.3)
    assert net.get_node("OUT").base_demand == pytest.approx(12 / 3600)


CLASSES = (
    *("WaterJunction", "WaterMain", "WaterMain", "Pump", "Valve", "WaterRegulator"),
    *("WaterConsumer", "PumpStation", "Reservoir"),
)


@st.composite
def networks(draw) -> str:
    """Any things joined in any way; some links off."""
    count = draw(st.integers(2, 9))
    kinds = ["WaterMain", "Reservoir"] + [draw(st.sampled_from(CLASSES)) for _ in range(count)]
    pairs = st.tuples(*[st.integers(0, len(kinds) - 1)] * 2).filter(lambda p: p[0] != p[1])
    joints = draw(st.lists(pairs, min_size=1, max_size=2 * count))
    lines = [f'<n{n}> a ldt:{k} ; dcterms:identifier "n{n}" .' for n, k in enumerate(kinds)]
    lines.append("<n0> ldt:hydraulicallyConnectedTo <n1> .")
    for a, b in joints:
        relation = draw(st.sampled_from(("hydraulicallyConnectedTo", "flowsTo")))
        lines.append(f"<n{a}> ldt:{relation} <n{b}> .")
    off = [n for n, k in enumerate(kinds) if draw(st.integers(0, 6)) == 0 and k != "Reservoir"]
    return "\n".join([*lines, *(f"<n{n}> ldt:inService false ." for n in off)])


def reached(net: Any, out: str | None = None) -> set[str]:
    """Names of nodes that water reaches from a reservoir, without what is closed and one more."""
    graph = nx.DiGraph()
    graph.add_nodes_from(n for n in net.node_name_list if n != out)
    for name, one in net.links():
        ends = one.start_node_name, one.end_node_name
        if name == out or out in ends or str(one.initial_status) == "Closed":
            continue
        graph.add_edge(*ends)
        if not (one.link_type == "Pump" or getattr(one, "check_valve", False)):
            graph.add_edge(*ends[::-1])
    found: set[str] = set()
    for source in net.reservoir_name_list:
        if source in graph:
            found |= {source} | nx.descendants(graph, source)
    return found


@examples(60)
@given(turtle=networks())
def test_any_outage_of_any_network_leaves_the_same_without_water(turtle, tmp_path_factory):
    text, graph = both(turtle, "epanet")
    net, engine = model(text, tmp_path_factory.mktemp("any")), engine_of(graph)
    before, named = reached(net), [n for n in net.node_name_list if "~" not in n]
    for name in named + [n for n in net.link_name_list if "~" not in n]:
        iri = f"{BASE}test/{name}"
        hits = engine.ask([iri]).hits("none")
        ours = {h["identifier"] for h in hits if h["status"] == "failed"} & set(named) - {name}
        assert ours == (before - reached(net, name)) & set(named) - {name}, name
