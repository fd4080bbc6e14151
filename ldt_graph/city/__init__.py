"""The demo city: seeded, invented, and written as the files that such a city's departments would have."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ldt_graph.city.plan import make_plan, nearest
from ldt_graph.city.power import STATIONS, write_grid
from ldt_graph.city.roads import write_roads
from ldt_graph.city.services import (
    Facilities,
    write_buildings,
    write_districts,
    write_ngsi_ld,
    write_transit,
)
from ldt_graph.city.water import write_water
from ldt_graph.city.writing import refuse_taken, write_twin
from ldt_graph.errors import SettingsError

if TYPE_CHECKING:
    from ldt_graph.city.plan import Ints, Plan

__all__ = ["BASE", "QUESTION", "CitySummary", "make_city"]

BASE = "https://example.org/invented-city/"
QUESTION = "power:HV-01"
"""The asset that the demo takes out: the first 110/20 kV substation."""
_LIMITS = (2_000, 5_000_000)
_MAPPINGS = Path(__file__).parent / "mappings"


@dataclass(frozen=True, slots=True)
class CitySummary:
    """What was invented."""

    population: int
    seed: int
    street_nodes: int
    stations: int
    pump_stations: int
    tram_lines: int


def make_city(folder: Path, *, population: int = 20_000, seed: int = 1) -> CitySummary:
    """Write an invented city: `twin.toml`, `README.md`, `data/` and `mappings/`. Same arguments, same bytes.

    Sizes follow the ratios that the modules cite, per 100,000 people.

    Raises:
        SettingsError: A population that the ratios do not hold for, or a folder that holds files.
    """
    _refuse(folder, population)
    rng = np.random.default_rng(seed)
    plan = make_plan(population, rng)
    people = _settle(plan, rng)
    sites = _sites(plan, max(6, round(STATIONS * population / 100_000)))
    station_of = nearest(plan.xy, plan.xy[sites])
    data = folder / "data"
    write_districts(data, plan, people)
    grid = write_grid(data, plan, people, station_of, sites)
    water = write_water(data, plan, people)
    write_buildings(data, plan, people, station_of, grid, rng)
    write_ngsi_ld(data, plan, grid, BASE, rng)
    trams, lines = write_transit(data, plan)
    write_roads(data / "roads", plan)
    facilities = Facilities(plan, grid)
    facilities.hospitals()
    facilities.pump_stations(water)
    facilities.traction(trams)
    facilities.depots(lines)
    facilities.write(data)
    twin = _TWIN.format(population=population, base=BASE)
    readme = _README.format(population=population, seed=seed)
    write_twin(folder, twin, readme, {m.name: m for m in sorted(_MAPPINGS.glob("*.ttl"))})
    return CitySummary(population, seed, len(plan.xy), len(sites), len(water.stations), len(trams))


def _refuse(folder: Path, population: int) -> None:
    if not _LIMITS[0] <= population <= _LIMITS[1]:
        raise SettingsError(
            f"A city of {population:,} people can't be invented.",
            hint=f"Between {_LIMITS[0]:,} and {_LIMITS[1]:,}.",
        )
    refuse_taken(folder)


def _settle(plan: Plan, rng: np.random.Generator) -> Ints:
    """Spread the people over the street nodes, denser towards the middle."""
    weight = np.exp(-1.2 * np.hypot(plan.xy[:, 0], plan.xy[:, 1]) / plan.radius)
    return rng.multinomial(plan.population, weight / weight.sum())


def _sites(plan: Plan, count: int) -> Ints:
    """Choose street nodes for the stations, evenly along a path that winds through the city."""
    band = np.floor(plan.xy[:, 1] / 330).astype(int)
    winding = np.where(band % 2 == 0, plan.xy[:, 0], -plan.xy[:, 0])
    order = np.lexsort((winding, band))
    return np.sort(order[np.linspace(0, len(order) - 1, min(count, len(order))).astype(int)])


_TWIN = """# An invented city: nothing in it exists. Written by `ldt demo`.
name = "Invented city of {population:,}"
base = "{base}"

[[dataset]]
name = "districts"
source = "districts.geojson"
mapping = "mappings/districts.ttl"

[[dataset]]
name = "power"
source = "power"
mapping = "mappings/power.ttl"
shapes = ["energy"]
x = "lon"
y = "lat"

[[dataset]]
name = "water"
source = "water.inp"
mapping = "mappings/water.ttl"
shapes = ["water"]
crs = "EPSG:4326"

[[dataset]]
name = "buildings"
source = "buildings.csv"
mapping = "mappings/buildings.ttl"
x = "lon"
y = "lat"
references = {{ station = "power", junction = "water", district = "districts" }}

[[dataset]]
name = "facilities"
source = "facilities.csv"
mapping = "mappings/facilities.ttl"
x = "lon"
y = "lat"
references = {{ district = "districts" }}

[[dataset]]
name = "transit"
source = "gtfs"
mapping = "gtfs"
shapes = ["mobility"]

[[dataset]]
name = "roads"
source = "roads"
format = "tntp"
mapping = "tntp"
shapes = ["mobility"]
crs = "EPSG:4326"

[[dataset]]
name = "chargers"
source = "chargers.jsonld"
mapping = "ngsi-ld"
shapes = ["mobility"]

[[dataset]]
name = "signals"
source = "signals.jsonld"
mapping = "ngsi-ld"

[[dataset]]
name = "dependencies"
source = "dependencies.csv"
mapping = "mappings/dependencies.ttl"
references = {{ dependent = "*", supplier = "*" }}
"""

_README = """# An invented city

Nothing here exists. `ldt demo --population {population} --seed {seed}` wrote it from ratios that real cities
report, and placed it in the Atlantic so that nobody takes it for one of them.

    ldt build .
    ldt impact . --of power:HV-01
"""
