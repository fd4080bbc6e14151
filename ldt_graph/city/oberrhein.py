"""The demo twin Oberrhein: networks that pandapower and wntr ship, joined by links that are invented and say so."""

from __future__ import annotations

import json
import logging
import warnings
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ldt_graph.city.plan import nearest
from ldt_graph.city.writing import refuse_taken, write_csv, write_twin
from ldt_graph.errors import MissingExtra

if TYPE_CHECKING:
    from collections.abc import Generator

    from ldt_graph.city.plan import Floats

BASE = "https://example.org/oberrhein/"
QUESTION = "power:HV/MV Transformer 0"
"""The asset that the demo takes out: one of the two 110/20 kV transformers."""
_MARGIN = 0.05  # of the grid's box, kept free around the water network
_KM = np.array([73.9, 111.2])  # a degree of longitude and of latitude at 48.4° north
_MAPPING = Path(__file__).parent / "mappings" / "dependencies.ttl"
_LINKS = ("dependent_in", "dependent", "relation", "supplier_in", "supplier", "distance_km")


class Links(NamedTuple):
    """What was invented: pumps with the station that feeds each, low-voltage grids with their medium-voltage bus."""

    pumps: list[tuple[str, str, float]]
    grids: list[tuple[str, str, float]]

    @property
    def sentence(self) -> str:
        """Say it to a reader."""
        return (
            f"Invented: that {len(self.pumps)} pumps are fed by the nearest station, that {len(self.grids)} "
            "low-voltage grids hang on the nearest bus (invented_links.csv), and that the water network "
            "(ky10, of Kentucky) lies in this valley at all."
        )


def make_oberrhein(folder: Path) -> Links:
    """Write the twin: `twin.toml`, `README.md`, `data/` and `mappings/`. Same libraries, same bytes.

    Electricity is pandapower's `mv_oberrhein` and, in detail below 14 of its buses, `lv_schutterwald`; water is wntr's
    `ky10`, which is stretched over the same box. Nothing else is read.

    Raises:
        MissingExtra: pandapower or wntr is not installed.
        SettingsError: The folder holds files.
    """
    refuse_taken(folder)
    with _quiet():
        pp, grid, low, model, text = _shipped()
    data = folder / "data"
    data.mkdir(parents=True)
    buses = _positions(grid)
    move = _placement(model, buses)
    (data / "water.inp").write_text(_placed(text, move), encoding="utf-8")
    links = Links(_pumps(grid, model, buses, move), _grids(grid, low, buses))
    low.ext_grid = low.ext_grid.iloc[:0]  # the medium-voltage grid feeds them
    for net, name in ((grid, "power"), (low, "low_voltage")):
        pp.to_json(net, str(data / f"{name}.json"))
    _write_links(data, links)
    write_twin(folder, _TWIN, _README.format(said=links.sentence), {"links.ttl": _MAPPING})
    return links


@contextmanager
def _quiet() -> Generator[None]:
    """Keep the libraries' remarks on what they lack from the terminal."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)


def _shipped() -> tuple[Any, Any, Any, Any, str]:
    """Return pandapower, its two grids, wntr's network and the text that it is read from."""
    try:
        import pandapower as pp
        import pandapower.networks as networks
        import wntr
    except ImportError as missing:
        raise MissingExtra(
            f"The twin Oberrhein is made of networks that pandapower and wntr ship: {missing}.",
            hint="pip install 'ldt-graph[oberrhein]'.",
        ) from None
    file = Path(wntr.__file__).parent / "library" / "networks" / "ky10.inp"
    grids = networks.mv_oberrhein(), networks.lv_schutterwald(include_heat_pumps=False)
    model = wntr.network.WaterNetworkModel(str(file))
    return pp, *grids, model, file.read_text(encoding="utf-8")


# ── places ───────────────────────────────────────────────────────────────────────────────────────


def _positions(net: Any) -> Floats:  # noqa: ANN401  (pandapower is untyped)
    """Return longitude and latitude of each bus."""
    stored = [json.loads(g) if isinstance(g, str) else g for g in net.bus.geo]
    return np.array([g["coordinates"] for g in stored], dtype=float)


class _Move(NamedTuple):
    """From the water network's plan to degrees."""

    origin: Floats
    scale: Floats
    to: Floats

    def at(self, xy: Floats) -> Floats:
        return self.to + (xy - self.origin) * self.scale


def _placement(model: Any, buses: Floats) -> _Move:  # noqa: ANN401  (wntr is untyped)
    """Stretch the box of the water network's nodes over that of the buses, less a margin."""
    xy = np.array([node.coordinates for _, node in model.nodes()], dtype=float)
    low, high = buses.min(axis=0), buses.max(axis=0)
    margin = _MARGIN * (high - low)
    scale = (high - low - 2 * margin) / (xy.max(axis=0) - xy.min(axis=0))
    return _Move(xy.min(axis=0), scale, low + margin)


def _placed(text: str, move: _Move) -> str:
    """Return an EPANET file with its coordinates in degrees; all else as it stands."""
    lines, section = [], ""
    for line in text.splitlines():
        words = line.split(";", 1)[0].split()
        if line.startswith("["):
            section = line.strip().upper()
        elif section in ("[COORDINATES]", "[VERTICES]") and len(words) == 3:
            lon, lat = move.at(np.array([float(words[1]), float(words[2])])).tolist()
            line = f"{words[0]}\t{lon:.6f}\t{lat:.6f}"
        lines.append(line)
    return "\n".join([*lines, ""])


# ── what is invented ─────────────────────────────────────────────────────────────────────────────


def _pumps(grid: Any, model: Any, buses: Floats, move: _Move) -> list[tuple[str, str, float]]:  # noqa: ANN401
    """Return each pump, the station nearest to where it begins, and how far that is."""
    loads = grid.load[grid.load.type == "MV/LV Station"]
    at = buses[[grid.bus.index.get_loc(bus) for bus in loads.bus]]
    pumps = [(name, pump.start_node.coordinates) for name, pump in model.pumps()]
    here = move.at(np.array([xy for _, xy in pumps], dtype=float))
    found = nearest(here * _KM, at * _KM)
    apart = np.hypot(*((here - at[found]) * _KM).T)
    names = loads.name.to_numpy()[found]
    return [
        (pump, str(load), round(float(km), 3))
        for (pump, _), load, km in zip(pumps, names, apart, strict=True)
    ]


def _grids(grid: Any, low: Any, buses: Floats) -> list[tuple[str, str, float]]:  # noqa: ANN401
    """Return the bus that feeds each low-voltage grid, the medium-voltage bus nearest to it, and how far that is."""
    fed = low.bus.loc[low.ext_grid.bus]
    here = _positions(low)[[low.bus.index.get_loc(bus) for bus in fed.index]]
    found = nearest(here * _KM, buses * _KM)
    apart = np.hypot(*((here - buses[found]) * _KM).T)
    names = grid.bus.name.to_numpy()[found]
    return [
        (str(bus), str(name), round(float(km), 3))
        for bus, name, km in zip(fed.name, names, apart, strict=True)
    ]


def _write_links(data: Path, links: Links) -> None:
    rows = [
        ("water#PumpMap", pump, "poweredBy", "power#LoadMap", load, km)
        for pump, load, km in links.pumps
    ]
    rows += [
        ("low-voltage#BusMap", bus, "electricallyConnectedTo", "power#BusMap", other, km)
        for bus, other, km in links.grids
    ]
    write_csv(data / "invented_links.csv", _LINKS, rows)


_TWIN = f"""# Networks that pandapower and wntr ship, joined by invented links. Written by `ldt demo oberrhein`.
name = "Oberrhein (its links are invented)"
base = "{BASE}"

[[dataset]]
name = "power"
source = "power.json"
mapping = "pandapower"
shapes = ["energy"]

[[dataset]]
name = "low-voltage"
source = "low_voltage.json"
mapping = "pandapower"
shapes = ["energy"]

# Of Kentucky: its own coordinates are another plan's. That it lies here is invented.
[[dataset]]
name = "water"
source = "water.inp"
mapping = "epanet"
shapes = ["water"]
crs = "EPSG:4326"

[[dataset]]
name = "invented-links"
source = "invented_links.csv"
mapping = "mappings/links.ttl"
options = {{ table = "dependencies" }}
references = {{ dependent = "{{dependent_in}}", supplier = "{{supplier_in}}" }}
unused = ["dependencies.distance_km"]
"""

_README = """# Oberrhein

Electricity: `mv_oberrhein` and, in detail below some of its buses, `lv_schutterwald`, generic grids with geographic
coordinates that pandapower ships. Water: `ky10`, which wntr ships. `ldt demo oberrhein` wrote their files.

{said} Each such link is a row of `data/invented_links.csv`, with its distance in km, and every answer that goes over
one cites that row. The stations' loads stand for all that hangs on them, so a station with its low-voltage grid in
detail counts twice in sums of power.

    ldt build .
    ldt impact . --of "power:HV/MV Transformer 0"
"""
