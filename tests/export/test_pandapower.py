"""Power networks for pandapower: whatever the twin holds conducts there as it does here, and what is assumed is told."""

from __future__ import annotations

import json

import pandapower as pp
import pandapower.topology as topology
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ldt_graph.errors import QueryError
from ldt_graph.export.simulators import pandapower_defaults as defaults
from ldt_graph.impact import engine_of
from ldt_graph.testing import BASE
from tests.examples import examples
from tests.export.simulated import both, exported

CLASSES = (
    *("ElectricBus", "PowerLine", "Transformer", "ElectricSwitch", "ElectricImpedance"),
    *("GridConnection", "SlackGenerator", "Load", "DistributionStation", "Substation", "Building"),
)
GRID = """
<grid> a ldt:GridConnection ; dcterms:identifier "grid" ; ldt:electricallyConnectedTo <b1> .
<b1> a ldt:ElectricBus ; dcterms:identifier "B1" ; ldt:nominalVoltage 20.0 ; geo:asWKT "POINT(8.5 48.1)" .
<l1> a ldt:PowerLine ; dcterms:identifier "L1" ; ldt:lengthKm 2.5 ; ldt:electricallyConnectedTo <b1> , <s1> .
<s1> a ldt:ElectricSwitch ; ldt:switchState "open" ; ldt:electricallyConnectedTo <b2> .
<b2> a ldt:ElectricBus .
<l2> a ldt:PowerLine ; ldt:electricallyConnectedTo <b1> , <b2> .
<c1> a ldt:Load ; ldt:activePower 0.3 ; ldt:autonomyHours 4 ; ldt:electricallyConnectedTo <b2> .
<pump> a ldt:Pump ; ldt:poweredBy <c1> , <c2> ; ldt:hasRequirement <group> .
<c2> a ldt:Load ; ldt:electricallyConnectedTo <b2> .
<group> a ldt:SupplyGroup ; ldt:requiredMembers 1 ; ldt:hasMember <c1> , <c2> .
"""


def net_of(turtle: str) -> pp.pandapowerNet:
    return pp.from_json_string(exported(turtle, "pandapower")[0])


def table(text: str, name: str) -> list[dict[str, object]]:
    stored = json.loads(text)["_object"].get(name)
    body = json.loads(stored["_object"]) if stored else {"columns": [], "data": []}
    return [dict(zip(body["columns"], row, strict=True)) for row in body["data"]]


def test_a_grid_keeps_its_iris_numbers_places_and_where_it_was_read():
    text, report = exported(GRID, "pandapower")
    [one, other] = table(text, "line")
    assert (one["name"], one["iri"], one["length_km"]) == ("L1", f"{BASE}test/l1", 2.5)
    assert (one["class"], one["dataset"], one["source"]) == ("PowerLine", "test", "test.ttl")
    assert "length_km" in str(other["assumed"]).split()
    assert "length_km" not in str(one["assumed"]).split()
    assert json.loads(str(table(text, "bus")[0]["geo"]))["coordinates"] == [8.5, 48.1]
    assert [c["autonomy_hours"] for c in table(text, "load")] == [4, None]
    assert ("bus", "B1", f"{BASE}test/b1") in report.ids


def test_what_pandapower_needs_and_the_twin_lacks_is_a_default_that_is_told():
    text, report = exported(GRID, "pandapower")
    told = {(f.what, f.value): f.count for f in report.findings if f.kind == "assumed"}
    assert told["line length_km", "1"] == 1
    assert told["line r_ohm_per_km", "0.122"] == 2
    assert told["bus vn_kv", "20 kV"] == 1
    assert {(r["what"], r["value"]) for r in table(text, "ldt_findings")} >= told.keys()


def test_groups_stand_in_a_table_of_their_own():
    needs = table(exported(GRID, "pandapower")[0], "ldt_needs")
    ends = {(n["dependent"], n["relation"], n["supplier"], n["required"]) for n in needs}
    pump = f"{BASE}test/pump"
    assert ends == {(pump, "poweredBy", f"{BASE}test/{c}", "1") for c in ("c1", "c2")}
    assert {n["group"] for n in needs} == {f"{BASE}test/group"}


def test_a_switch_between_a_line_and_a_bus_stands_at_the_line():
    [switch] = table(exported(GRID, "pandapower")[0], "switch")
    assert (switch["et"], switch["element"], switch["closed"]) == ("l", 0, False)


def test_a_grid_that_states_no_impedance_has_a_power_flow():
    net = net_of(GRID)
    pp.runpp(net, numba=False)
    assert net.res_ext_grid.p_mw.sum() == pytest.approx(0.3, rel=0.01)


def test_what_is_joined_to_nothing_is_left_out_and_named():
    _, report = exported(GRID + "<lost> a ldt:Load . <idle> a ldt:ElectricBus .", "pandapower")
    left = [(f.what, f.first, f.why) for f in report.findings if f.kind == "left out"]
    assert left == [("Load", f"{BASE}test/lost", "it is joined to nothing")]
    assert report.written["bus"] == 3


def test_a_line_that_ends_nowhere_becomes_a_bus_and_is_named():
    dangling = "<l3> a ldt:PowerLine ; ldt:electricallyConnectedTo <b1> ."
    _, report = exported(GRID + dangling, "pandapower")
    assert [(f.what, f.value, f.why) for f in report.findings if f.kind == "expressed"] == [
        ("PowerLine", "bus", "it has 1 joint"),
        ("joint of two buses", "closed switch", ""),
    ]


def test_a_twin_without_a_grid_is_told_so():
    with pytest.raises(QueryError, match="no power network"):
        exported("<a> a ldt:Pump .", "pandapower")


def test_same_statements_give_same_bytes():
    assert exported(GRID, "pandapower")[0] == exported(GRID, "pandapower")[0]


def test_defaults_are_of_pandapowers_own_library():
    types = pp.create_empty_network().std_types
    for _, name, values in defaults._LINES:
        assert [types["line"][name][c] for c in defaults._LINE] == list(values)
    for _, name, values in defaults._TRAFOS:
        assert [types["trafo"][name][c] for c in defaults._TRAFO] == list(values)


@st.composite
def grids(draw) -> str:
    """Any things joined in any way, some of them off."""
    count = draw(st.integers(2, 9))
    kinds = ["ElectricBus", "GridConnection"] + [
        draw(st.sampled_from(CLASSES)) for _ in range(count)
    ]
    pairs = st.tuples(*[st.integers(0, len(kinds) - 1)] * 2).filter(lambda p: p[0] != p[1])
    joints = draw(st.lists(pairs, min_size=1, max_size=2 * count))
    lines = [f"<n{n}> a ldt:{kind} ." for n, kind in enumerate(kinds)]
    lines += [f"<n{a}> ldt:electricallyConnectedTo <n{b}> ." for a, b in joints]
    for n, kind in enumerate(kinds):
        if draw(st.integers(0, 6)) == 0:
            said = 'switchState "open"' if kind == "ElectricSwitch" else "inService false"
            lines.append(f"<n{n}> ldt:{said} .")
    return "\n".join(lines)


TABLES = (
    *("bus", "line", "trafo", "trafo3w", "impedance", "switch", "ext_grid", "gen", "load"),
    "motor",
)


def unsupplied(net: pp.pandapowerNet) -> set[str]:
    """IRIs of buses without supply, and of what takes power there."""
    dark = set(topology.unsupplied_buses(net)) | set(net.bus.index[~net.bus.in_service])
    found = set(net.bus.iri[net.bus.index.isin(dark)].dropna())
    for taking in (net.load, net.motor):
        if len(taking):
            found |= set(taking.iri[taking.bus.isin(dark) & taking.in_service])
    return found


def without(net: pp.pandapowerNet, iri: str) -> set[str]:
    """Those without power once every row of an IRI is out."""
    rows = [(t, i) for t in TABLES if len(net[t]) for i in net[t].index[net[t].iri == iri]]
    before = {(t, i): net[t].at[i, _state(t)] for t, i in rows}
    for t, i in rows:
        net[t].at[i, _state(t)] = False
    found = unsupplied(net)
    for (t, i), state in before.items():
        net[t].at[i, _state(t)] = state
    return found - {iri}


def _state(table: str) -> str:
    return "closed" if table == "switch" else "in_service"


@examples(30)
@given(turtle=grids())
def test_any_outage_of_any_network_leaves_the_same_without_power(turtle):
    text, graph = both(turtle, "pandapower")
    net, engine = pp.from_json_string(text), engine_of(graph)
    every = set(net.bus.iri.dropna()) | (set(net.load.iri) if len(net.load) else set())
    before = unsupplied(net)
    for iri in sorted({i for t in TABLES if len(net[t]) for i in net[t].iri.dropna()} - before):
        hits = engine.ask([iri]).hits("none")
        ours = {h["iri"] for h in hits if h["status"] == "failed"} & every - {iri}
        assert ours == without(net, iri) - before, iri
