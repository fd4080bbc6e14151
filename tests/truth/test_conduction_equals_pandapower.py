"""Every single outage in published grids, against pandapower's own connectivity: two cities, and grids that it ships."""

from __future__ import annotations

import functools
import os
import random
from collections import Counter
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pandapower as pp
import pandapower.networks as networks
import pandapower.topology as topology
import pytest

from ldt_graph.graph.embedded import EmbeddedGraph
from ldt_graph.impact import engine_of
from ldt_graph.pipeline import build
from ldt_graph.twin import load_twin
from tests.cities import GRID, record_of
from tests.examples import CI
from tests.truth.connectivity import Connectivity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ldt_graph.impact import ImpactEngine
    from tests.truth.connectivity import Row

    City = tuple[pp.pandapowerNet, Connectivity, ImpactEngine]

BASE = "https://example.org/grid/"
IN_SERVICE = ("bus", "line", "trafo", "trafo3w", "impedance", "tcsc", "dcline", "gen", "ext_grid")
ELEMENTS = {**dict.fromkeys(IN_SERVICE, "in_service"), "switch": "closed"}
"""The tables of what can go out, and the column that says so."""
CONSUMERS = ("load", "asymmetric_load", "motor", "storage")
CITIES = ("infrarisk-micropolis", "infrarisk-in2")
SWITCHED: dict[str, Any] = {"line": "l", "trafo": "t", "trafo3w": "t3"}
EVERY = (
    *(f"case{name}" for name in ("4gs", "5", "6ww", "9", "11_iwamoto", "14", "24_ieee_rts", "30", "_ieee30", "33bw", "39")),
    *(f"case{name}" for name in ("57", "89pegase", "118", "145", "_illinois200", "300")),
    *(f"create_cigre_network_{level}" for level in ("hv", "lv")),
    *(f"create_kerber_landnetz_{kind}" for kind in ("freileitung_1", "freileitung_2", "kabel_1", "kabel_2")),
    *("create_kerber_dorfnetz", "create_kerber_vorstadtnetz_kabel_1", "create_kerber_vorstadtnetz_kabel_2"),
    *("create_dickert_lv_network", "create_synthetic_voltage_control_lv_network", "simple_mv_open_ring_net"),
    *("example_simple", "four_loads_with_branches_out", "panda_four_load_branch", "simple_four_bus_system"),
    *("GBreducednetwork", "iceland", "mv_oberrhein", "ieee_european_lv_asymmetric", "lv_schutterwald"),
)  # fmt: skip
"""Grids that pandapower ships; `TWIN_TEST_GRIDS` tries all of them."""
SHIPPED = (
    "example_multivoltage",
    "create_cigre_network_mv",
    *(EVERY if os.environ.get("TWIN_TEST_GRIDS") else ()),
)
SETS = int(os.environ.get("TWIN_TEST_SETS", "25"))
"""Random sets of 2 to 10 elements that go out together, of each grid; 500 of each of 54 take three minutes."""
INVENTED = tuple(f"invented-{seed}" for seed in range(12 if CI else 3))


def invented(seed: int) -> pp.pandapowerNet:
    """An invented grid of every kind of element, some out of service, with switches wherever one can stand."""
    chance = random.Random(seed)
    net = pp.create_empty_network()
    buses = [pp.create_bus(net, 20.0, in_service=chance.random() > 0.05) for _ in range(24)]

    def some(table: str, count: int, ends: tuple[str, ...], make: Callable[..., Any]) -> None:
        for _ in range(count):
            joined = dict(zip(ends, chance.sample(buses, len(ends)), strict=True))
            index = make(**joined, in_service=chance.random() > 0.1)
            for bus in joined.values():
                if table in SWITCHED and chance.random() < 0.3:
                    closed = chance.random() > 0.3
                    pp.create_switch(net, bus, index, et=SWITCHED[table], closed=closed)

    def of(make: Callable[..., object], **values: object) -> Callable[..., object]:
        return functools.partial(make, net, **values)

    line = {
        "length_km": 1,
        "r_ohm_per_km": 0.1,
        "x_ohm_per_km": 0.1,
        "c_nf_per_km": 0,
        "max_i_ka": 1,
    }
    two, three = ("from_bus", "to_bus"), ("hv_bus", "mv_bus", "lv_bus")
    some("line", 14, two, of(pp.create_line_from_parameters, **line))
    some("trafo", 5, ("hv_bus", "lv_bus"), of(pp.create_transformer, std_type="0.4 MVA 20/0.4 kV"))
    wound = of(pp.create_transformer3w, std_type="63/25/38 MVA 110/20/10 kV")
    some("trafo3w", 3, three, wound)
    some("impedance", 2, two, of(pp.create_impedance, rft_pu=0.1, xft_pu=0.1, sn_mva=1))
    values = {
        "x_l_ohm": 1,
        "x_cvar_ohm": -10,
        "set_p_to_mw": 1,
        "thyristor_firing_angle_degree": 140,
    }
    some("tcsc", 2, two, of(pp.create_tcsc, **values))
    sent = {"p_mw": 1, "loss_percent": 0, "loss_mw": 0, "vm_from_pu": 1, "vm_to_pu": 1}
    some("dcline", 1, two, of(pp.create_dcline, **sent))
    for _ in range(6):
        pp.create_switch(net, *chance.sample(buses, 2), et="b", closed=chance.random() > 0.4)
    some("load", 14, ("bus",), of(pp.create_load, p_mw=1))
    some("asymmetric_load", 5, ("bus",), of(pp.create_asymmetric_load, p_a_mw=1))
    some("motor", 5, ("bus",), of(pp.create_motor, pn_mech_mw=1, cos_phi=0.9))
    some("storage", 2, ("bus",), of(pp.create_storage, p_mw=1, max_e_mwh=1))
    some("ext_grid", 2, ("bus",), of(pp.create_ext_grid))
    some("gen", 3, ("bus",), of(pp.create_gen, p_mw=1, slack=True))
    return net


@pytest.fixture(scope="module", params=[*CITIES, *SHIPPED, *INVENTED])
def city(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> City:
    if request.param in CITIES:
        data = request.getfixturevalue("shared") / "data"
        folder = request.getfixturevalue("cities").grid(request.param, data)
    else:
        folder = tmp_path_factory.mktemp(request.param)
        (folder / "twin.toml").write_text(GRID, encoding="utf-8")
        (folder / "data" / "power").mkdir(parents=True)
        seed = request.param.removeprefix("invented-")
        net = invented(int(seed)) if seed.isdecimal() else getattr(networks, request.param)()
        pp.to_json(net, str(folder / "data" / "power" / "power.json"))
        build(load_twin(folder))
    net = pp.from_json(str(folder / "data" / "power" / "power.json"))
    return net, Connectivity(net), engine_of(EmbeddedGraph.open(record_of(folder)))


def identifiers(net: pp.pandapowerNet, table: str) -> dict[int, str]:
    """What the twin calls each element: by a name that no other one has, else by its index."""
    named = net[table]["name"].items()
    names = {i: str(n) for i, n in named if (isinstance(n, str) and n) or isinstance(n, int)}
    count = Counter(names.values())
    return {
        i: names[i] if count[names.get(i, "")] == 1 else f"{table}-{i}" for i in net[table].index
    }


def iri(table: str, identifier: str) -> str:
    return f"{BASE}power/{table}/{quote(identifier, safe='')}"


def consumers(net: pp.pandapowerNet) -> dict[str, int]:
    """Bus of what takes power in service, by IRI."""
    found = {}
    for table in CONSUMERS:
        ids, rows = identifiers(net, table), net[table][net[table].in_service.astype(bool)]
        found |= {iri(table, ids[i]): int(bus) for i, bus in rows.bus.items()}
    return found


def able(net: pp.pandapowerNet) -> list[Row]:
    """Every element that can go out; a generator that follows a live grid is no source to pandapower."""
    return [
        (t, int(i)) for t in ELEMENTS for i in net[t].index if t != "gen" or net.gen.at[i, "slack"]
    ]


def sets(net: pp.pandapowerNet) -> list[list[Row]]:
    """Random sets of elements that go out together."""
    every, chance = able(net), random.Random(7)
    return [chance.sample(every, min(len(every), chance.randint(2, 10))) for _ in range(SETS)]


def test_what_is_taken_out_of_a_graph_made_once_equals_pandapowers_graph_without_it(city):
    net, known = city[0], city[1]
    for gone in sets(net)[:8]:
        before = [net[t].at[i, ELEMENTS[t]] for t, i in gone]
        for t, i in gone:
            net[t].at[i, ELEMENTS[t]] = False
        out = set(topology.unsupplied_buses(net))
        for (t, i), was in zip(gone, before, strict=True):
            net[t].at[i, ELEMENTS[t]] = was
        off = known.off | {i for t, i in gone if t == "bus"}
        assert known.unsupplied(gone) | off == out | off


def differing(city: City, outages: Iterable[list[Row]]) -> list[list[Row]]:
    """Return the outages of which the engine says another thing than pandapower's graph."""
    net, known, engine = city
    ids, wrong = {table: identifiers(net, table) for table in ELEMENTS}, []
    at = consumers(net)
    for gone in outages:
        answer = engine.ask([iri(t, ids[t][i]) for t, i in gone])
        down = {hit["iri"] for hit in answer.hits("none") if hit["status"] == "failed"}
        buses = (
            known.unsupplied(gone) - known.dark | {i for t, i in gone if t == "bus"} - known.dark
        )
        if down & at.keys() != {c for c, bus in at.items() if bus in buses}:
            wrong.append(gone)
    return wrong


def test_consumers_cut_off_equal_pandapowers_for_random_sets(city):
    assert differing(city, sets(city[0])) == []


def test_consumers_cut_off_equal_pandapowers_for_every_single_outage(city):
    assert differing(city, ([row] for row in able(city[0]))) == []
