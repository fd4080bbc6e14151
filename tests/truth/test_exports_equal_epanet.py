"""A network that was lifted goes out as it came, by wntr; EPANET computes the same of it, and it comes back the same."""

from __future__ import annotations

import math
import os
import random
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import wntr

from ldt_graph.graph.embedded import EmbeddedGraph
from ldt_graph.impact import engine_of
from tests.export.simulated import exported_record
from tests.truth.water import link, network, pumps_of, twin_of

if TYPE_CHECKING:
    from ldt_graph.export.simulators import Report
    from tests.truth.water import Zoned

SHIPPED = ("Net1", "Net2", "Net3", "Net6", "ky4", "ky10")
CITIES = ("micropolis", "invented")
EVERY = "TWIN_TEST_EVERY" in os.environ
"""Whether each link is taken out, of Micropolis too."""
LISTS = ("junction", "tank", "reservoir", "pipe", "pump", "valve")
OF_NODES = (
    *("elevation", "init_level", "min_level", "max_level", "diameter", "min_vol", "base_head"),
    "overflow",
)
OF_LINKS = (
    *("link_type", "length", "diameter", "roughness", "minor_loss", "check_valve", "valve_type"),
    *("pump_type", "initial_setting", "power"),
)


class Sent:
    """Networks that went out, each written once."""

    def __init__(self, engines: Zoned, folder: Path) -> None:
        self.engines = engines
        self.folder = folder
        self._made: dict[str, tuple[Path, Report]] = {}

    def __getitem__(self, name: str) -> tuple[Path, Report]:
        if name not in self._made:
            text, report = exported_record(self.engines.made(name)[1], "epanet")
            file = self.folder / f"{name}.inp"
            file.write_text(text, encoding="utf-8")
            self._made[name] = file, report
        return self._made[name]


@pytest.fixture(scope="module")
def sent(engines: Zoned, tmp_path_factory: pytest.TempPathFactory) -> Sent:
    return Sent(engines, tmp_path_factory.mktemp("sent"))


def facts(thing: Any, names: tuple[str, ...]) -> dict[str, object]:
    """What wntr says of a thing; numbers as far as EPANET's own units keep them."""
    said = {n: getattr(thing, n) for n in names if hasattr(thing, n)}
    return {n: float(f"{v:.5g}") if isinstance(v, float) else v for n, v in said.items()}


def curves(model: Any) -> dict[str, list[tuple[float, ...]]]:
    """Points of the curve of each tank and pump that has one."""
    found = {n: t.vol_curve for n, t in model.tanks()}
    found |= {n: p.get_pump_curve() for n, p in model.head_pumps()}
    return {
        n: [tuple(float(f"{v:.5g}") for v in p) for p in c.points] for n, c in found.items() if c
    }


def controls(model: Any) -> list[str]:
    """What starts and stops links, whatever its name is."""
    return sorted(str(control).lower() for _, control in model.controls())


@pytest.mark.parametrize("name", [*SHIPPED, *CITIES])
def test_what_was_lifted_goes_out_as_it_came(engines, sent, name):
    before, after = network(engines.made(name)[0]), network(sent[name][0])
    for kind in LISTS:
        names = f"{kind}_name_list"
        assert sorted(getattr(before, names)) == sorted(getattr(after, names))
    for n, node in before.nodes():
        assert facts(node, OF_NODES) == facts(after.get_node(n), OF_NODES), n
        assert node.coordinates == pytest.approx(after.get_node(n).coordinates), n
    for n, one in before.links():
        other = after.get_link(n)
        assert facts(one, OF_LINKS) == facts(other, OF_LINKS), n
        ends = (other.start_node_name, other.end_node_name)
        assert sorted(ends) == sorted((one.start_node_name, one.end_node_name)), n
        if one.link_type != "Pipe" or one.check_valve:
            assert ends == (one.start_node_name, one.end_node_name), n
    assert curves(before) == curves(after)
    assert controls(before) == controls(after)


@pytest.mark.parametrize("name", [*SHIPPED, *CITIES])
def test_demands_are_the_same_at_every_hour(engines, sent, name):
    before, after = (
        wntr.metrics.expected_demand(network(file))
        for file in (engines.made(name)[0], sent[name][0])
    )
    assert list(before.index) == list(after.index)
    assert abs(before - after[before.columns]).to_numpy().max() < 1e-6


@pytest.mark.parametrize("name", [*SHIPPED, *CITIES])
def test_of_a_lifted_network_nothing_is_assumed(sent, name):
    findings = sent[name][1].findings
    assert {f.what for f in findings} <= {"setting"}
    assert all("Quality" in f.value for f in findings)


@pytest.mark.parametrize("name", ["Net1", "Net2", "Net3", "micropolis"])
def test_epanet_computes_the_same_pressures(engines, sent, name):
    before, after = (pressures(file) for file in (engines.made(name)[0], sent[name][0]))
    assert abs(before - after[before.columns]).to_numpy().max() < 0.01


def pressures(file: Path) -> Any:
    model = network(file)
    model.options.quality.parameter = "NONE"
    with tempfile.TemporaryDirectory() as folder:
        run = wntr.sim.EpanetSimulator(model).run_sim(file_prefix=str(Path(folder) / "run"))
    return run.node["pressure"]


@pytest.mark.parametrize("name", ["Net3", "ky10", "invented", *(["micropolis"] if EVERY else [])])
def test_what_comes_back_answers_the_same(engines, sent, name, tmp_path):
    file, engine = engines[name]
    back = engine_of(EmbeddedGraph.open(twin_of(sent[name][0], tmp_path / "back")))
    chance, pumps = random.Random(1), pumps_of(file)
    links = list(network(file).link_name_list)
    pipes = links if EVERY else chance.sample(list(network(file).pipe_name_list), 12)
    for out in [pumps, *([p] for p in pumps), *([p] for p in pipes)]:
        one, other = (answered(e, [link(n) for n in out]) for e in (engine, back))
        assert one.keys() == other.keys(), out
        assert all(math.isclose(one[i], other[i], abs_tol=1e-3) for i in one), out


def answered(engine: Any, out: list[str]) -> dict[str, float]:
    return {
        h["iri"]: h["hour"] or 0.0
        for h in engine.ask(out, horizon=48).hits("none")
        if h["status"] == "failed"
    }
