"""What EPANET computes of an outage (through wntr): who gets less than half of the water that they ask for, and when.

Demands depend on pressure. The links that go out are closed and kept closed: every control and rule that acts on one is
taken out, and that no water flows through them is checked.
"""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
import warnings
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import wntr

from ldt_graph.city import make_city
from ldt_graph.graph.embedded import EmbeddedGraph
from ldt_graph.impact import engine_of
from ldt_graph.pipeline import build
from ldt_graph.record import Record
from ldt_graph.twin import load_twin
from tests.cities import Cities, record_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ldt_graph.impact import ImpactEngine

logging.getLogger("wntr").setLevel(logging.CRITICAL)

LIBRARY = Path(wntr.__file__).parent / "library" / "networks"
BASE = "https://example.org/water/"
TWIN = f"""
name = "water"
base = "{BASE}"

[[dataset]]
name = "water"
source = "water.inp"
mapping = "epanet"
crs = {{ unit = "metre" }}
"""
ENOUGH = 5.0
"""Metres of pressure at which a node gets all that it asks for; a quarter of them give half."""
STILL = 1e-6
"""m³/s that the solver leaves in a closed link."""


def network(file: Path) -> Any:
    """Return a network as wntr reads it; it warns of curves that nothing uses."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return wntr.network.WaterNetworkModel(str(file))


@cache
def simulate(
    file: Path, stopped: tuple[str, ...] = (), *, hours: float = 24, minutes: int = 30
) -> Mapping[str, float]:
    """Run EPANET after these links went out at hour 0; return the hour from which a node got less than half, by node."""
    model, out = network(file), set(stopped)
    _stop(model, out)
    _options(model, hours, minutes)
    with tempfile.TemporaryDirectory() as folder:
        run = wntr.sim.EpanetSimulator(model).run_sim(file_prefix=os.path.join(folder, "run"))  # noqa: PTH118
    assert all(abs(run.link["flowrate"][name]).max() <= STILL for name in out)
    asked, given = wntr.metrics.expected_demand(model), run.node["demand"]
    asked = asked.reindex(given.index, method="ffill")
    found = {}
    for name in model.junction_name_list:
        wanted = asked[name].to_numpy()
        short = (wanted > STILL) & (given[name].to_numpy() < wanted / 2)
        if short.any():
            found[name] = float(given.index[short.argmax()] / 3600)
    return found


def _stop(model: Any, out: set[str]) -> None:
    for name in out:
        link = model.get_link(name)
        link.initial_status = wntr.network.LinkStatus.Closed
        if link.link_type == "Pump":
            link.speed_pattern_name = None
    for name in list(model.control_name_list):
        control = model.get_control(name)
        if {action.target()[0].name for action in control.actions()} & out:
            model.remove_control(name)
            if kept := _without(control, out):
                model.add_control(name, kept)


def _without(control: Any, out: set[str]) -> Any | None:
    """Return a rule that still acts on what did not go out, for one rule may start several pumps; None for no rule."""
    then, otherwise = (
        [a for a in getattr(control, part, None) or [] if a.target()[0].name not in out]
        for part in ("_then_actions", "_else_actions")
    )
    if not then or not isinstance(control, wntr.network.Rule):
        return None
    return wntr.network.Rule(
        control.condition, then, otherwise or None, priority=control.priority, name=control.name
    )


def _options(model: Any, hours: float, minutes: int) -> None:
    hydraulic, time = model.options.hydraulic, model.options.time
    hydraulic.demand_model = "PDD"
    hydraulic.minimum_pressure, hydraulic.required_pressure = 0.0, ENOUGH
    hydraulic.unbalanced, hydraulic.unbalanced_value, hydraulic.trials = "CONTINUE", 50, 200
    model.options.quality.parameter = "NONE"
    time.duration, time.report_start = hours * 3600, 0
    time.hydraulic_timestep = time.report_timestep = time.rule_timestep = minutes * 60


def twin_of(file: Path, folder: Path) -> Record:
    """Build a twin of a network file alone in a new folder."""
    (folder / "data").mkdir(parents=True)
    (folder / "twin.toml").write_text(TWIN, encoding="utf-8")
    shutil.copy(file, folder / "data" / "water.inp")
    twin = load_twin(folder)
    build(twin)
    return Record(twin.record)


def link(name: str) -> str:
    """The IRI of a link."""
    return f"{BASE}water/link/{quote(name, safe='')}"


class Zoned:
    """Networks by name: those of wntr's library, Micropolis, an invented city; each with its record and engine, made once in a session."""

    def __init__(self, shared: Path, cities: Cities) -> None:
        self._shared = shared
        self._cities = cities
        self._engines: dict[str, ImpactEngine] = {}

    def __getitem__(self, name: str) -> tuple[Path, ImpactEngine]:
        file, record = self.made(name)
        if name not in self._engines:
            self._engines[name] = engine_of(EmbeddedGraph.open(record))
        return file, self._engines[name]

    def made(self, name: str) -> tuple[Path, Record]:
        """Return a network's file, and the record of its twin."""
        folder = self._cities.once(f"water-{name}", lambda at: self._make(name, at))
        return folder / "data" / "water.inp", record_of(folder)

    def _make(self, name: str, folder: Path) -> None:
        file = LIBRARY / f"{name}.inp"
        if name == "micropolis":
            file = self._shared / "data" / "infrarisk-micropolis" / "water" / "water.inp"
        if name == "invented":
            city = folder / "city"
            make_city(city, population=8_000)
            file = city / "data" / "water.inp"
        twin_of(file, folder)


def pumps_of(file: Path) -> list[str]:
    """Return the pumps of a network."""
    return list(network(file).pump_name_list)


@dataclass(frozen=True)
class Compared:
    """An answer against EPANET, over the nodes that ask for water: hours of failure of both."""

    ours: dict[str, float]
    theirs: dict[str, float]

    @property
    def recall(self) -> float:
        """Of those that EPANET leaves short, how many we say fail."""
        return len(self.ours.keys() & self.theirs) / len(self.theirs) if self.theirs else 1.0

    @property
    def precision(self) -> float:
        """Of those that we say fail, how many EPANET leaves short."""
        return len(self.ours.keys() & self.theirs) / len(self.ours) if self.ours else 1.0

    def by(self, hour: float) -> Compared:
        """Return what both say of failures up to an hour."""
        return Compared(
            *({n: h for n, h in of.items() if h <= hour} for of in (self.ours, self.theirs))
        )

    @property
    def cell(self) -> str:
        """Recall and precision as a cell of the table: nothing where nobody fails, `=` where both say the same."""
        if not (self.ours or self.theirs):
            return ""
        same = self.ours.keys() == self.theirs.keys()
        return "=" if same else f"{self.recall:.2f} {self.precision:.2f}"


def compare(
    engine: ImpactEngine, file: Path, stopped: list[str], *, hours: float = 24, minutes: int = 30
) -> Compared:
    """Ask both what happens when these links go out at hour 0."""
    model = network(file)
    clock = model.options.time.start_clocktime / 3600 % 24
    answer = engine.ask([link(name) for name in stopped], horizon=hours, clock=clock)
    short = simulate(file, hours=hours, minutes=minutes).keys()
    theirs = simulate(file, tuple(stopped), hours=hours, minutes=minutes)
    asking = {n for n in model.junction_name_list if model.get_node(n).base_demand > 0}
    failed = (h for h in answer.hits("none") if h["status"] == "failed")
    ours = {h["identifier"]: h["hour"] for h in failed if h["type"] == "WaterJunction"}
    return Compared(
        {n: h for n, h in ours.items() if n in asking - short},
        {n: h for n, h in theirs.items() if n in asking - short},
    )


HOURS = range(1, 25)
NETWORKS = ("Net1", "Net2", "Net3", "ky4", "ky10", "micropolis", "invented", "Net6")


def events(file: Path) -> dict[str, list[str]]:
    """Return what can go out: all pumps, each pump alone, all links of each reservoir."""
    model = network(file)
    pumps, ends = list(model.pump_name_list), model.get_links_for_node
    found = {"all pumps": pumps} | {f"pump {p}": [p] for p in pumps}
    found |= {f"links of {r}": list(ends(r)) for r in model.reservoir_name_list}
    return {event: links for event, links in found.items() if links}


def hourly(event: str, compared: Compared) -> str:
    """Return a row of recall and precision at each hour."""
    return f"| {event} | {' | '.join(compared.by(hour).cell for hour in HOURS)} |"


def tables(shared: Path, folder: Path) -> Iterator[str]:
    """Yield a row for each outage of each network, then one by hour; outages that leave nobody short on either side are counted alone."""
    zoned, quiet, by_hour = Zoned(shared, Cities(folder)), 0, list[str]()
    yield "| network | outage | short in EPANET | said to fail | recall | precision | first in EPANET | first said |"
    yield "|---|---|---|---|---|---|---|---|"
    for name in NETWORKS:
        file, engine = zoned[name]
        for event, links in events(file).items():
            c = compare(engine, file, links, minutes=60 if name == "Net6" else 30)
            if not (c.ours or c.theirs):
                quiet += 1
                continue
            first = [f"{min(h.values()):.2f}" if h else "" for h in (c.theirs, c.ours)]
            counts = f"{len(c.theirs)} | {len(c.ours)} | {c.recall:.3f} | {c.precision:.3f}"
            yield f"| {name} | {event} | {counts} | {first[0]} | {first[1]} |"
            by_hour.append(hourly(f"{name}, {event}", c))
    yield f"\nOutages that leave nobody short in EPANET and are said to: {quiet}.\n"
    yield f"| outage | {' | '.join(map(str, HOURS))} |"
    yield "|---" * (len(HOURS) + 1) + "|"
    yield from by_hour


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as where:
        for row in tables(Path(__file__).parents[3] / "shared", Path(where)):
            print(row, flush=True)
