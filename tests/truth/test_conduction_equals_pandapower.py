"""Every single outage in two published grids, against pandapower's own connectivity."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandapower as pp
import pandapower.topology as topology
import pytest

from ldt_graph.graph.embedded import EmbeddedGraph
from ldt_graph.pipeline import build
from ldt_graph.query.impact import ImpactEngine
from ldt_graph.record import Record
from ldt_graph.twin import load_twin

if TYPE_CHECKING:
    from pathlib import Path

TWIN = """
name = "{name}"
base = "https://example.org/{name}/"

[[dataset]]
name = "power"
source = "power/power.json"
mapping = "pandapower"
crs = {{ unit = "metre" }}
"""

ELEMENTS = {
    "line": "in_service",
    "trafo": "in_service",
    "switch": "closed",
    "ext_grid": "in_service",
}


@pytest.fixture(scope="module", params=["infrarisk-micropolis", "infrarisk-in2"])
def city(request: pytest.FixtureRequest, shared: Path, tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp(request.param)
    (folder / "twin.toml").write_text(TWIN.format(name=request.param), encoding="utf-8")
    data = shared / "data" / request.param
    twin = load_twin(folder)
    build(twin, data_root=data)
    graph = EmbeddedGraph.open(Record(twin.record))
    return pp.from_json(str(data / "power" / "power.json")), graph


def identifiers(net: pp.pandapowerNet, table: str) -> dict[int, str]:
    names = net[table]["name"]
    if names.notna().all() and names.is_unique and (names.astype(str) != "").all():
        return names.astype(str).to_dict()
    return {i: f"{table}-{i}" for i in net[table].index}


def consumers(net: pp.pandapowerNet, buses: set[int]) -> set[str]:
    """Loads and motors in service at these buses, by the id that the twin gives them."""
    found = set()
    for table in ("load", "motor"):
        ids = identifiers(net, table)
        rows = net[table]
        found |= {f"power:{ids[i]}" for i in rows.index[rows.in_service & rows.bus.isin(buses)]}
    return found


@pytest.mark.parametrize("table", ELEMENTS)
def test_loads_and_motors_cut_off_equal_pandapowers_for_every_single_outage(city, table):
    net, graph = city
    engine = ImpactEngine(graph.network())
    dark = set(topology.unsupplied_buses(net))
    column = ELEMENTS[table]
    ids = identifiers(net, table)
    asked = 0
    for index in net[table].index:
        before = net[table].at[index, column]
        net[table].at[index, column] = False
        expected = consumers(net, set(topology.unsupplied_buses(net)) - dark)
        net[table].at[index, column] = before
        answer = engine.ask([graph.resolve(f"power:{ids[index]}")])
        found = {
            f"power:{hit['identifier']}"
            for hit in answer.hits("none")
            if hit["status"] == "failed" and hit["type"] in ("Load", "Motor")
        }
        assert found == expected, f"{table} {ids[index]}"
        asked += 1
    assert asked == len(net[table])
