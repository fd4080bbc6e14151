"""What a city's grid says of an outage, against pandapower's connectivity of the network that went out."""

from __future__ import annotations

import os
import shutil
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
from tests.export.simulated import exported_record
from tests.export.test_pandapower import TABLES, unsupplied, without

if TYPE_CHECKING:
    from pathlib import Path

EVERY = int(os.environ.get("TWIN_TEST_EVERY", "0"))
"""Each how many elements are taken out; 1 takes all, which is an hour of pandapower in the largest city."""
STRIDES = {
    **dict.fromkeys(("demo-1", "demo-2", "demo-3"), 4),
    "infrarisk-in2": 1,
    "infrarisk-micropolis": 101,
    "oberrhein": 401,
}
TWIN = """
name = "grid"
base = "https://example.org/grid/"

[[dataset]]
name = "power"
source = "power/power.json"
mapping = "pandapower"
crs = { unit = "metre" }
"""


def record(name: str, request: pytest.FixtureRequest, folder: Path) -> Record:
    """The record of a city's grid."""
    if name == "demo-1":
        return record_of(request.getfixturevalue("cities").demo())
    if name == "oberrhein":
        return record_of(request.getfixturevalue("cities").oberrhein())
    if name.startswith("demo"):
        make_city(folder / "city", population=8_000, seed=int(name[-1]))
        return _built(folder / "city")
    (folder / "twin.toml").write_text(TWIN, encoding="utf-8")
    source = request.getfixturevalue("shared") / "data" / name / "power" / "power.json"
    (folder / "data" / "power").mkdir(parents=True)
    shutil.copy(source, folder / "data" / "power" / "power.json")
    return _built(folder)


def _built(folder: Path) -> Record:
    twin = load_twin(folder)
    build(twin)
    return Record(twin.record)


@pytest.fixture(scope="module", params=STRIDES)
def city(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory):
    found = record(request.param, request, tmp_path_factory.mktemp(request.param))
    text, report = exported_record(found, "pandapower")
    engine = engine_of(EmbeddedGraph.open(found))
    return pp.from_json_string(text), report, engine, EVERY or STRIDES[request.param]


def takers(net: Any) -> set[str]:
    """IRIs of buses, and of what takes power."""
    found = set(net.bus.iri.dropna())
    for table in ("load", "motor"):
        found |= set(net[table].iri) if len(net[table]) else set()
    return found


def test_whoever_loses_power_there_loses_it_here(city):
    net, _, engine, every = city
    before, asked = unsupplied(net), takers(net)
    iris = sorted({i for t in TABLES if len(net[t]) for i in net[t].iri.dropna()} - before)
    lost = 0
    for iri in iris[::every]:
        hits = engine.ask([iri]).hits("none")
        ours = {h["iri"] for h in hits if h["status"] == "failed"} & asked - {iri}
        theirs = without(net, iri) - before
        assert ours == theirs, iri
        lost += len(theirs)
    assert lost


def test_the_power_flow_converges_on_what_is_stated_and_assumed(city):
    net = city[0]
    pp.runpp(net, numba=False)
    assert 0.8 < net.res_bus.vm_pu.min() <= net.res_bus.vm_pu.max() < 1.1


def test_every_row_has_an_iri_or_is_told_as_one_that_the_format_needs(city):
    net, report, _, _ = city
    without_iri = sum(int(net[t].iri.isna().sum()) for t in TABLES if len(net[t]))
    told = {f.what: f.count for f in report.findings if f.kind == "expressed"}
    joints = sum(n for what, n in told.items() if what.startswith("joint of two"))
    assert without_iri == joints
