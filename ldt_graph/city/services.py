"""What the invented city's people use: buildings, facilities, transit, chargers, signals, and who depends on whom."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ldt_graph.city.plan import nearest
from ldt_graph.city.water import junction
from ldt_graph.city.writing import write_csv, write_json

if TYPE_CHECKING:
    from pathlib import Path

    from ldt_graph.city.plan import Floats, Ints, Plan
    from ldt_graph.city.power import Grid
    from ldt_graph.city.water import Water

BUILDINGS = 17  # per 100 people (Eurostat census hub: dwellings by type of building)
STOPS, SIGNALS, CHARGE_POINTS = 270, 57, 200
"""Per 100,000 people (GTFS feeds of German cities; FHWA signal inventories; Bundesnetzagentur charge point register)."""
DEPENDENCY = ("dependent", "relation", "supplier", "group", "required", "autonomy_hours")
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_STOP_TIMES = ("trip_id", "arrival_time", "departure_time", "stop_id", "stop_sequence")
Row = tuple[object, ...]


def write_districts(folder: Path, plan: Plan, people: Ints) -> None:
    """Write `districts.geojson` with the people of each."""
    counts = np.bincount(plan.district(plan.xy), weights=people)
    features = [
        {
            "type": "Feature",
            "properties": {
                "id": f"D-{n + 1:03d}",
                "name": f"District {n + 1} (invented)",
                "population": int(counts[n]) if n < len(counts) else 0,
            },
            "geometry": {"type": "Polygon", "coordinates": [plan.lonlat(outline).tolist()]},
        }
        for n, outline in enumerate(plan.district_polygons())
    ]
    write_json(
        folder / "districts.geojson",
        {"type": "FeatureCollection", "description": "Invented districts.", "features": features},
    )


def write_buildings(
    folder: Path, plan: Plan, people: Ints, station_of: Ints, grid: Grid, rng: np.random.Generator
) -> None:
    """Write `buildings.csv`: each on a street, fed by the station and the junction of its street node."""
    count = plan.population * BUILDINGS // 100
    node = rng.choice(len(plan.xy), count, p=people / people.sum())
    node.sort()
    share = np.bincount(node, minlength=len(plan.xy))
    seat = np.arange(count) - np.searchsorted(node, node)
    inside = people[node] // share[node] + (seat < people[node] % share[node])
    xy = plan.xy[node] + rng.uniform(-45, 45, (count, 2))
    lonlat = plan.lonlat(xy)
    district = plan.district(xy)
    rows = zip(
        (f"B-{n + 1:06d}" for n in range(count)),
        inside.tolist(),
        (grid.ids[s] for s in station_of[node].tolist()),
        (junction(n) for n in node.tolist()),
        (f"D-{d + 1:03d}" for d in district.tolist()),
        lonlat[:, 0].tolist(),
        lonlat[:, 1].tolist(),
        strict=True,
    )
    write_csv(
        folder / "buildings.csv",
        ("id", "people", "station", "junction", "district", "lon", "lat"),
        rows,
    )


def write_ngsi_ld(
    folder: Path, plan: Plan, grid: Grid, base: str, rng: np.random.Generator
) -> None:
    """Write chargers and signals as NGSI-LD entities, each powered by the nearest station."""
    chargers = max(1, round(CHARGE_POINTS * plan.population / 100_000 / 2))
    signals = max(1, round(SIGNALS * plan.population / 100_000))
    for file, kind, count, more in (
        (
            "chargers.jsonld",
            "EVChargingStation",
            chargers,
            {"capacity": {"type": "Property", "value": 2}},
        ),
        ("signals.jsonld", "TrafficLight", signals, {}),
    ):
        xy = plan.xy[rng.choice(len(plan.xy), min(count, len(plan.xy)), replace=False)]
        feeder = nearest(xy, grid.xy).tolist()
        write_json(
            folder / file,
            [
                {
                    "id": f"urn:ngsi-ld:{kind}:{n + 1:05d}",
                    "type": kind,
                    "name": {"type": "Property", "value": f"{kind} {n + 1} (invented)"},
                    "location": {
                        "type": "GeoProperty",
                        "value": {"type": "Point", "coordinates": place},
                    },
                    "poweredBy": {
                        "type": "Relationship",
                        "object": f"{base}power/station/{grid.ids[feeder[n]]}",
                    },
                    **more,
                }
                for n, place in enumerate(plan.lonlat(xy).tolist())
            ],
        )


def write_transit(folder: Path, plan: Plan) -> tuple[list[tuple[str, Floats]], list[str]]:
    """Write a GTFS feed of trams and buses; return the tram lines with their stops' places in metres, and all lines."""
    wanted = max(8, round(STOPS * plan.population / 100_000))
    trams = max(1, round(plan.population / 100_000))
    lines: list[tuple[str, Ints]] = []
    stops: dict[int, str] = {}
    while len(stops) < wanted and len(lines) < 400:
        turn = len(lines) * 2.399963
        offset = 0.0 if len(lines) < trams else 0.75 * plan.radius * np.sin(len(lines) * 1.3)
        along = np.arange(-plan.radius, plan.radius, 400.0)
        line = np.stack(
            [
                along * np.cos(turn) - offset * np.sin(turn),
                along * np.sin(turn) + offset * np.cos(turn),
            ],
            axis=1,
        )
        line = line[np.hypot(line[:, 0], line[:, 1]) <= plan.radius]
        nodes = np.array(list(dict.fromkeys(nearest(line, plan.xy).tolist())))
        for node in nodes.tolist():
            stops.setdefault(node, f"S-{len(stops) + 1:04d}")
        lines.append((f"{'TRAM' if len(lines) < trams else 'BUS'}-{len(lines) + 1:02d}", nodes))
    _write_feed(folder / "gtfs", plan, lines, stops)
    return [(name, plan.xy[nodes]) for name, nodes in lines[:trams]], [name for name, _ in lines]


def _write_feed(
    folder: Path, plan: Plan, lines: list[tuple[str, Ints]], stops: dict[int, str]
) -> None:
    places = plan.lonlat(plan.xy[list(stops)]).tolist()
    tables: dict[tuple[str, Row], list[Row]] = {
        ("agency", ("agency_id", "agency_name", "agency_url", "agency_timezone")): [
            ("A", "Invented Transit", "https://example.org/", "Etc/UTC")
        ],
        ("stops", ("stop_id", "stop_name", "stop_lat", "stop_lon")): [
            (s, f"Stop {int(s[2:])} (invented)", lat, lon)
            for s, (lon, lat) in zip(stops.values(), places, strict=True)
        ],
        ("routes", ("route_id", "agency_id", "route_short_name", "route_type")): [
            (n, "A", n.replace("-", " ").title(), 0 if n.startswith("TRAM") else 3)
            for n, _ in lines
        ],
        ("trips", ("route_id", "service_id", "trip_id")): [
            (n, "DAILY", f"{n}-1") for n, _ in lines
        ],
        ("calendar", ("service_id", *_DAYS, "start_date", "end_date")): [
            ("DAILY", *[1] * 7, "20260101", "20261231")
        ],
        ("stop_times", _STOP_TIMES): [row for line in lines for row in _times(*line, stops)],
    }
    for (name, columns), rows in tables.items():
        write_csv(folder / f"{name}.txt", columns, rows)


def _times(name: str, nodes: Ints, stops: dict[int, str]) -> list[Row]:
    """Return one trip of a line: from six o'clock, a stop a minute."""
    rows: list[Row] = []
    for minute, node in enumerate(nodes.tolist()):
        time = f"{6 + minute // 60:02d}:{minute % 60:02d}:00"
        rows.append((f"{name}-1", time, time, stops[node], minute + 1))
    return rows


class Facilities:
    """Hospitals, control centre, pump stations and traction substations, and the dependencies between all."""

    def __init__(self, plan: Plan, grid: Grid) -> None:
        self.plan = plan
        self.grid = grid
        self.rows: list[Row] = []
        self.dependencies: list[Row] = []

    def add(self, name: str, label: str, kind: str, xy: Floats) -> None:
        """Add a facility."""
        lon, lat = self.plan.lonlat(xy[None, :])[0].tolist()
        district = f"D-{int(self.plan.district(xy[None, :])[0]) + 1:03d}"
        self.rows.append((name, f"{label} (invented)", kind, district, lon, lat))

    def two_feeds(self, xy: Floats) -> tuple[str, str]:
        """Return the nearest station, and the nearest that hangs on another half-ring."""
        order = np.argsort(((self.grid.xy - xy) ** 2).sum(axis=1), kind="stable")
        first = int(order[0])
        others = order[self.grid.feeder[order] != self.grid.feeder[first]]
        second = int(others[0]) if len(others) else int(order[-1])
        return self.grid.ids[first], self.grid.ids[second]

    def depend(
        self,
        dependent: str,
        relation: str,
        suppliers: list[str],
        group: str = "",
        required: object = "",
        hours: object = "",
    ) -> None:
        """Add a dependency on each supplier, as one group where it is named."""
        self.dependencies += [(dependent, relation, s, group, required, hours) for s in suppliers]

    def hospitals(self) -> None:
        """Add hospitals: two feeds, a generator for a day, water."""
        for n in range(max(1, round(self.plan.population / 50_000))):
            angle, reach = n * 2.399963 + 0.7, 0.45 * self.plan.radius
            node = int(
                nearest(np.array([[reach * np.cos(angle), reach * np.sin(angle)]]), self.plan.xy)[0]
            )
            name = f"HOSP-{n + 1:02d}"
            self.add(name, f"Hospital {n + 1}", "Hospital", self.plan.xy[node])
            self.depend(
                name, "poweredBy", list(self.two_feeds(self.plan.xy[node])), f"{name}-FEEDS", 1, 24
            )
            self.depend(name, "waterSuppliedBy", [junction(node)])

    def pump_stations(self, water: Water) -> None:
        """Add pump stations: two of three pumps, controlled from one centre."""
        centre = self.plan.xy[int(nearest(np.zeros((1, 2)), self.plan.xy)[0])]
        self.add("CONTROL-01", "Water control centre", "CriticalFacility", centre)
        self.depend(
            "CONTROL-01", "poweredBy", list(self.two_feeds(centre)), "CONTROL-01-FEEDS", 1, 8
        )
        for name, pumps, xy in zip(water.stations, water.pumps, water.xy, strict=True):
            self.add(name, f"Pump station {int(name[3:])}", "PumpStation", xy)
            first, second = self.two_feeds(xy)
            for pump, feed in zip(pumps, (first, second, second), strict=True):
                self.depend(pump, "poweredBy", [feed])
            self.depend(name, "fedBy", pumps, f"{name}-PUMPS", 2)
            self.depend(name, "controlledBy", ["CONTROL-01"])
            self.depend(f"{name}-OUT", "operatesVia", [name])

    def traction(self, trams: list[tuple[str, Floats]]) -> None:
        """Add traction substations; a tram line runs with all but one."""
        for line, stops in trams:
            count = max(2, round(len(stops) / 5))
            names = []
            for n, position in enumerate(np.linspace(0, len(stops) - 1, count).astype(int)):
                name = f"TS-{line[5:]}-{n + 1}"
                names.append(name)
                self.add(
                    name, f"Traction substation {name[3:]}", "TractionSubstation", stops[position]
                )
                self.depend(
                    name, "poweredBy", list(self.two_feeds(stops[position])), f"{name}-FEEDS", 1
                )
            self.depend(line, "poweredBy", names, f"{line}-TRACTION", max(1, count - 1))

    def depots(self, lines: list[str]) -> None:
        """Add a depot of trams and one of buses at the edge of the city, with two feeds; lines run from that of their kind."""
        for kind, turn in (("TRAM", 2.2), ("BUS", 5.3)):
            edge = 0.9 * self.plan.radius * np.array([[np.cos(turn), np.sin(turn)]])
            place = self.plan.xy[int(nearest(edge, self.plan.xy)[0])]
            name = f"DEPOT-{kind}"
            self.add(name, f"{kind.title()} depot", "Depot", place)
            self.depend(name, "poweredBy", list(self.two_feeds(place)), f"{name}-FEEDS", 1)
            for line in lines:
                if line.startswith(kind):
                    self.depend(line, "runsFrom", [name])

    def write(self, folder: Path) -> None:
        """Write the two tables."""
        write_csv(
            folder / "facilities.csv", ("id", "name", "class", "district", "lon", "lat"), self.rows
        )
        write_csv(folder / "dependencies.csv", DEPENDENCY, self.dependencies)
