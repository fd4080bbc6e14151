"""The invented grid: 110/20 kV substations, 20 kV open rings with tie switches, 20/0.4 kV stations."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ldt_graph.city.plan import nearest
from ldt_graph.city.writing import write_csv

if TYPE_CHECKING:
    from pathlib import Path

    from ldt_graph.city.plan import Floats, Ints, Plan

SUBSTATIONS, STATIONS = 2.5, 295
"""Per 100,000 people (Bundesnetzagentur, monitoring report: network structure; urban operators' structural data)."""
RING = 12
KW_PER_PERSON = 0.8


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """The stations, for what they feed: `xy` in metres, `feeder` the open half-ring that each hangs on."""

    ids: list[str]
    xy: Floats
    feeder: Ints


def write_grid(folder: Path, plan: Plan, people: Ints, station_of: Ints, sites: Ints) -> Grid:
    """Write the grid's tables. `sites` are street nodes of the stations, `people` those at each street node."""
    xy = plan.xy[sites]
    served = np.bincount(station_of, weights=people, minlength=len(sites)).astype(int)
    count = max(1, round(SUBSTATIONS * plan.population / 100_000))
    middle = _spread(plan, count)
    of = nearest(xy, middle)
    ids = [f"ST-{n + 1:04d}" for n in range(len(sites))]
    tables = _Tables(plan)
    feeder = np.zeros(len(sites), dtype=np.int64)
    for number in range(count):
        tables.substation(number, middle[number], served[of == number].sum())
        members = np.nonzero(of == number)[0]
        for ring, order in enumerate(_rings(xy[members] - middle[number])):
            tables.ring(number, ring, members[order], xy, ids, middle[number])
            half = (len(order) + 1) // 2
            feeder[members[order[:half]]] = number * 10_000 + 2 * ring
            feeder[members[order[half:]]] = number * 10_000 + 2 * ring + 1
    tables.stations(ids, xy, served)
    tables.write(folder)
    return Grid(ids, xy, feeder)


def _spread(plan: Plan, count: int) -> Floats:
    """Place substations on a sunflower spiral, which fills a disc evenly."""
    n = np.arange(count)
    r, a = plan.radius * 0.9 * np.sqrt((n + 0.5) / count) * (count > 1), n * 2.399963
    return plan.xy[nearest(np.stack([r * np.cos(a), r * np.sin(a)], axis=1), plan.xy)]


def _rings(xy: Floats) -> list[Ints]:
    """Split stations into rings by direction; each goes out on one side and comes back on the other."""
    order = np.argsort(np.arctan2(xy[:, 1], xy[:, 0]), kind="stable")
    rings = []
    for sector in np.array_split(order, max(1, round(len(xy) / RING))):
        middle = len(sector) // 2
        out, back = sector[:middle], sector[middle:]
        reach = np.hypot(xy[:, 0], xy[:, 1])
        rings.append(np.concatenate([out[np.argsort(reach[out])], back[np.argsort(-reach[back])]]))
    return rings


class _Tables:
    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.rows: dict[str, list[tuple[object, ...]]] = {
            n: []
            for n in (
                "substations",
                "grid_connections",
                "buses",
                "transformers",
                "lines",
                "switches",
                "stations",
            )
        }
        self.line = 0

    def substation(self, number: int, xy: Floats, people: int) -> None:
        name = f"HV-{number + 1:02d}"
        lon, lat = self.plan.lonlat(xy[None, :])[0]
        size = 25 if people < 22_000 else 40 if people < 36_000 else 63
        self.rows["substations"].append((name, f"Substation {number + 1} (invented)", lon, lat))
        self.rows["grid_connections"].append((f"{name}-GRID", f"{name}-110", name))
        self.rows["buses"].append((f"{name}-110", 110, name, lon, lat))
        for half in "AB":
            self.rows["buses"].append((f"{name}-20{half}", 20, name, lon, lat))
            self.rows["transformers"].append(
                (f"{name}-T{half}", f"{name}-110", f"{name}-20{half}", size)
            )
        self.rows["switches"].append((f"{name}-COUPLER", f"{name}-20A", f"{name}-20B", "closed"))

    def ring(
        self, number: int, ring: int, members: Ints, xy: Floats, ids: list[str], middle: Floats
    ) -> None:
        """A closed ring of cable, opened in its middle by a tie switch."""
        name = f"HV-{number + 1:02d}"
        half = (len(members) + 1) // 2
        path = [
            (f"{name}-20A", middle),
            *((f"{ids[m]}-20", xy[m]) for m in members),
            (f"{name}-20B", middle),
        ]
        for position, ((a, start), (b, end)) in enumerate(itertools.pairwise(path)):
            length = round(max(0.05, 1.2 * float(np.hypot(*(end - start))) / 1000), 3)
            self.line += 1
            line = f"L-{self.line:05d}"
            if position == half and b != f"{name}-20B":
                tie = f"TIE-{number + 1:02d}-{ring + 1:02d}"
                lon, lat = self.plan.lonlat(end[None, :])[0]
                self.rows["buses"].append((f"{tie}-BUS", 20, "", lon, lat))
                self.rows["lines"].append((line, a, f"{tie}-BUS", length))
                self.rows["switches"].append((tie, f"{tie}-BUS", b, "open"))
            else:
                self.rows["lines"].append((line, a, b, length))

    def stations(self, ids: list[str], xy: Floats, served: Ints) -> None:
        for name, (lon, lat), people in zip(
            ids, self.plan.lonlat(xy).tolist(), served.tolist(), strict=True
        ):
            self.rows["buses"].append((f"{name}-20", 20, "", lon, lat))
            power = round(people * KW_PER_PERSON / 1000, 4)
            self.rows["stations"].append(
                (name, f"Station {int(name[3:])} (invented)", f"{name}-20", power, lon, lat)
            )

    def write(self, folder: Path) -> None:
        columns = {
            "substations": ("id", "name", "lon", "lat"),
            "grid_connections": ("id", "bus", "substation"),
            "buses": ("id", "nominal_kv", "substation", "lon", "lat"),
            "transformers": ("id", "hv_bus", "lv_bus", "rated_mva"),
            "lines": ("id", "from_bus", "to_bus", "length_km"),
            "switches": ("id", "bus_a", "bus_b", "state"),
            "stations": ("id", "name", "bus", "peak_mw", "lon", "lat"),
        }
        for table, rows in self.rows.items():
            write_csv(folder / "power" / f"{table}.csv", columns[table], rows)
