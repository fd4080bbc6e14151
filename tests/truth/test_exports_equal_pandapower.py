"""What a city's grid says of an outage, against pandapower's connectivity of the network that went out."""

from __future__ import annotations

import os
import random
from typing import TYPE_CHECKING, Any

import pandapower as pp
import pytest

from ldt_graph.city import make_city
from ldt_graph.graph.embedded import EmbeddedGraph
from ldt_graph.impact import engine_of
from ldt_graph.pipeline import build
from ldt_graph.record import Record
from ldt_graph.twin import load_twin
from tests.cities import record_of
from tests.examples import CI
from tests.export.simulated import exported_record
from tests.export.test_pandapower import TABLES, unsupplied, without
from tests.truth.connectivity import Connectivity

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from pathlib import Path

    from ldt_graph.impact import ImpactEngine
    from tests.truth.connectivity import Row

EVERY = int(os.environ.get("TWIN_TEST_EVERY", "0"))
"""Each how many elements are taken out alone; 1 takes all."""
SETS = int(os.environ.get("TWIN_TEST_SETS", "20"))
"""How many random sets of 2 to 10 elements go out together, of each grid."""
STRIDES = {
    **dict.fromkeys(("demo-1", "demo-2", "demo-3") if CI else ("demo-1",), 1),
    "infrarisk-in2": 1,
    "infrarisk-micropolis": 7,
    "oberrhein": 31,
}


def record(name: str, request: pytest.FixtureRequest, folder: Path) -> Record:
    """The record of a city's grid."""
    if name == "demo-1":
        return record_of(request.getfixturevalue("cities").demo())
    if name == "oberrhein":
        return record_of(request.getfixturevalue("cities").oberrhein())
    if name.startswith("demo"):
        make_city(folder / "city", population=8_000, seed=int(name[-1]))
        return _built(folder / "city")
    data = request.getfixturevalue("shared") / "data"
    return record_of(request.getfixturevalue("cities").grid(name, data))


def _built(folder: Path) -> Record:
    twin = load_twin(folder)
    build(twin)
    return Record(twin.record)


class Grid:
    """A network that went out, by the IRIs of its rows."""

    def __init__(self, net: Any) -> None:
        self.net, self._known = net, Connectivity(net)
        self.rows: dict[str, list[Row]] = {}
        for table in filter(lambda t: len(net[t]), TABLES):
            for index, iri in net[table].iri.dropna().items():
                self.rows.setdefault(iri, []).append((table, int(index)))
        taking = [t for t in ("load", "motor") if len(net[t])]
        self.takers: list[tuple[str, int, Row]] = [
            (row.iri, int(row.bus), (t, int(i)))
            for t in taking
            for i, row in net[t][net[t].in_service.astype(bool)].iterrows()
        ]
        self.takers += [(iri, int(i), ("bus", int(i))) for i, iri in net.bus.iri.dropna().items()]
        self.before = self._without_supply(())

    def _without_supply(self, out: Collection[Row]) -> set[str]:
        dark = self._known.unsupplied(out) | self._known.off | {i for t, i in out if t == "bus"}
        return {iri for iri, bus, row in self.takers if bus in dark and row not in out}

    def lost(self, iris: Collection[str]) -> set[str]:
        """Return which buses, loads and motors lose their supply with what goes out."""
        found = self._without_supply([row for iri in iris for row in self.rows[iri]])
        return found - self.before - set(iris)

    @property
    def able(self) -> list[str]:
        """What can go out: it is there, and not dark already."""
        return sorted(self.rows.keys() - unsupplied(self.net))


@pytest.fixture(scope="module", params=STRIDES)
def city(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory):
    found = record(request.param, request, tmp_path_factory.mktemp(request.param))
    text, report = exported_record(found, "pandapower")
    engine = engine_of(EmbeddedGraph.open(found))
    net = pp.from_json_string(text)
    return net, report, engine, Grid(net), EVERY or STRIDES[request.param]


def differing(
    grid: Grid, engine: ImpactEngine, outages: Iterable[Sequence[str]]
) -> list[Sequence[str]]:
    """Return the outages after which others are without power there than here."""
    asked, wrong = {iri for iri, _, _ in grid.takers}, []
    for iris in outages:
        hits = engine.ask(list(iris)).hits("none")
        ours = {h["iri"] for h in hits if h["status"] == "failed"} & asked - set(iris)
        if ours != grid.lost(iris):
            wrong.append(iris)
    return wrong


def test_whoever_loses_power_there_loses_it_here(city):
    _, _, engine, grid, every = city
    able = grid.able[::every]
    assert differing(grid, engine, ([iri] for iri in able)) == []
    assert any(grid.lost([iri]) for iri in able)


def test_whoever_loses_power_to_several_outages_there_loses_it_here(city):
    _, _, engine, grid, _ = city
    able, chance = grid.able, random.Random(7)
    sets = [chance.sample(able, min(len(able), chance.randint(2, 10))) for _ in range(SETS)]
    assert differing(grid, engine, sets) == []


def test_what_is_taken_out_of_the_graph_equals_the_network_without_it(city):
    net, _, _, grid, _ = city
    for iri in grid.able[:: max(1, len(grid.able) // 5)]:
        assert grid.lost([iri]) == without(net, iri) - unsupplied(net), iri


def test_the_power_flow_converges_on_what_is_stated_and_assumed(city):
    net = city[0]
    pp.runpp(net, numba=False)
    assert 0.8 < net.res_bus.vm_pu.min() <= net.res_bus.vm_pu.max() < 1.1


def test_every_row_has_an_iri_or_is_told_as_one_that_the_format_needs(city):
    net, report = city[:2]
    without_iri = sum(int(net[t].iri.isna().sum()) for t in TABLES if len(net[t]))
    told = {f.what: f.count for f in report.findings if f.kind == "expressed"}
    joints = sum(n for what, n in told.items() if what.startswith("joint of two"))
    assert without_iri == joints
