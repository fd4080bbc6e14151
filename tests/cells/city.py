"""Faults of the demo city: every dataset of it, every column that something reads."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

from tests.cells.edits import Delimited, Items, Worded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.cells.fault import Fault

NUMBERS = {
    "power/lines.csv": ("length_km",),
    "power/buses.csv": ("nominal_kv",),
    "power/transformers.csv": ("rated_mva",),
    "power/stations.csv": ("peak_mw",),
    "buildings.csv": ("people",),
    "dependencies.csv": ("autonomy_hours", "required"),
}
TOO_SMALL = {
    ("power/lines.csv", "length_km"): "-1",
    ("power/buses.csv", "nominal_kv"): "-20",
    ("power/transformers.csv", "rated_mva"): "0",
    ("buildings.csv", "people"): "-4",
}
REFERENCES = {
    "power/lines.csv": ("from_bus", "to_bus"),
    "power/transformers.csv": ("hv_bus", "lv_bus"),
    "power/switches.csv": ("bus_a", "bus_b"),
    "power/stations.csv": ("bus",),
    "power/grid_connections.csv": ("bus", "substation"),
    "buildings.csv": ("station", "junction", "district"),
    "facilities.csv": ("district",),
    "dependencies.csv": ("dependent", "supplier"),
}
# Nothing names what these describe: a row of them without its id is missed nowhere.
LEAVES = ("power/lines.csv", "power/switches.csv", "power/transformers.csv", "buildings.csv")
PLACED = ("power/stations.csv", "power/substations.csv", "power/buses.csv", "buildings.csv", "facilities.csv")  # fmt: skip


def faults(data: Path, seed: int = 1) -> list[Fault]:
    """Return the faults, in a fixed order."""
    pick = random.Random(seed)
    return [
        *_tables(data, pick),
        *_dependencies(data),
        *_transit(data, pick),
        *_water(data, pick),
        *_districts(data, pick),
        *_chargers(data),
    ]


def _tables(data: Path, pick: random.Random) -> Iterator[Fault]:
    yield from _values(data, pick)
    yield from _names(data, pick)
    for file in PLACED:
        yield from _places(Delimited(data, file), "lon", "lat", pick)
    for file in ("power/lines.csv", "power/switches.csv", "buildings.csv"):
        yield from _lines(Delimited(data, file), pick)
    switches = Delimited(data, "power/switches.csv")
    for row, state in zip(switches.rows, ("half", "Open"), strict=True):
        yield switches.set(row, "state", state, "ldt:SwitchShape-switchState")
    facilities = Delimited(data, "facilities.csv")
    for row in facilities.rows:
        word = facilities.value(row, "class")
        touches = frozenset([facilities.value(row, "id"), word])
        swapped = word[:-2] + word[-1] + word[-2]
        yield facilities.set(row, "class", swapped, "term:unknown-class", touches=touches)
        yield facilities.set(row, "class", "", "reference:no-class", touches=touches)


def _values(data: Path, pick: random.Random) -> Iterator[Fault]:
    for file, columns in NUMBERS.items():
        table = Delimited(data, file)
        for column in columns:
            for row in _filled(table, column, pick):
                yield table.set(row, column, "many", "lift:datatype")
                yield table.set(row, column, "1,5", "lift:datatype")
    for (file, column), value in TOO_SMALL.items():
        table = Delimited(data, file)
        for row in _filled(table, column, pick):
            yield table.set(row, column, value, "ldt:*Shape-*")


def _names(data: Path, pick: random.Random) -> Iterator[Fault]:
    for file, columns in REFERENCES.items():
        table = Delimited(data, file)
        for column in columns:
            for row in _filled(table, column, pick):
                # What is missing is told once, however many rows name it: each its own.
                yield table.set(row, column, f"nowhere-{row}-{column}", "reference:dangling")
    for file, columns in (("power/lines.csv", ("from_bus", "to_bus")), ("power/transformers.csv", ("lv_bus",))):  # fmt: skip
        for column in columns:
            yield Delimited(data, file).set(2, column, "", "ldt:*Overlay-joins")
    for file in LEAVES:
        table = Delimited(data, file)
        first, second = sorted(pick.sample(list(table.rows), 2))
        same = table.value(first, "id")
        touches = frozenset([(table.source, first)])
        yield table.set(second, "id", same, "lift:duplicate-id", touches=touches)
        yield table.set(first, "id", "", "lift:no-subject")
    for file in ("power/stations.csv", "facilities.csv", "power/buses.csv"):
        table = Delimited(data, file)
        row = pick.choice(list(table.rows))
        yield table.append([table.value(row, c) for c in table.header], "id", "lift:duplicate-id")


def _filled(table: Delimited, column: str, pick: random.Random) -> list[int]:
    """Two rows that say something in the column."""
    filled = [r for r in table.rows if table.value(r, column)]
    return pick.sample(filled, min(2, len(filled)))


def _places(table: Delimited, x: str, y: str, pick: random.Random) -> Iterator[Fault]:
    wrong = [(x, "east"), (y, "4x.0"), (x, "181.5"), (y, "-90.5"), (x, ""), (y, ""), (y, "4500031")]
    for column, value in wrong:
        row = pick.choice(list(table.rows))
        rule = "source:crs" if value[:1] in "14-" and value and "x" not in value else "source:coordinate"  # fmt: skip
        yield table.set(row, column, value, rule)


def _lines(table: Delimited, pick: random.Random) -> Iterator[Fault]:
    last = table.header[-1]
    made: list[tuple[Callable[[bytes], bytes], str | None, str]] = [
        (lambda line: line.rpartition(b",")[0], last, "source:row-too-short"),
        (lambda line: line + b",more", None, "source:row-too-long"),
        (lambda line: line.replace(b",", b',"', 1), None, "source:bad-quote"),
    ]
    for edit, column, rule in made:
        row = pick.choice(list(table.rows))
        # A row that is set aside is missed by what names it: these rows are named by nothing.
        yield table.raw(row, edit, column, rule, touches=frozenset([(table.source, "lines")]))


def _dependencies(data: Path) -> Iterator[Fault]:
    table = Delimited(data, "dependencies.csv")
    grouped = [r for r in table.rows if table.value(r, "group")]
    # Of two rows that say different things of a group the later one is told.
    one_of = {table.value(r, "group"): r for r in grouped}
    for row in table.rows:
        if table.value(row, "relation") == "poweredBy":
            yield table.set(row, "relation", "powerdBy", "term:unknown-relation", touches=frozenset(["powerdBy"]))  # fmt: skip
    for row in [r for r in table.rows if table.value(r, "autonomy_hours")][:4]:
        yield table.set(row, "autonomy_hours", "-8", "ldt:AssetShape-autonomyHours", touches=frozenset([table.value(row, "dependent")]))  # fmt: skip
    for group, row in list(one_of.items())[:4]:
        more = {"touches": frozenset([group])}
        yield table.set(row, "required", "0", "ldt:SupplyGroupShape-requiredMembers", **more)
        yield table.set(row, "required", "9", "*", **more)


def _transit(data: Path, pick: random.Random) -> Iterator[Fault]:
    def file(name: str) -> Delimited:
        return Delimited(data, f"gtfs/{name}.txt")

    stops, routes, trips, times = map(file, ("stops", "routes", "trips", "stop_times"))
    yield from _places(stops, "stop_lon", "stop_lat", pick)
    for row, kind in zip(pick.sample(list(routes.rows), 3), ("bus", "99", "3.5"), strict=True):
        yield routes.set(row, "route_type", kind, "source:route-type")
    for row in pick.sample(list(routes.rows), 2):
        yield routes.set(row, "agency_id", f"Z{row}", "source:unknown-id")
    for row in pick.sample(list(trips.rows), 2):
        yield trips.set(row, "route_id", f"R-9{row}", "source:unknown-id")
    for row in pick.sample(list(trips.rows), 2):
        yield trips.set(row, "service_id", f"NEVER{row}", "source:unknown-id")
    for row in pick.sample(list(times.rows), 2):
        yield times.set(row, "trip_id", f"T-9{row}", "source:unknown-id")
    for row in pick.sample(list(times.rows), 2):
        yield times.set(row, "stop_id", f"S-9{row}", "source:unknown-id")
    for table, column in ((times, "stop_id"), (times, "trip_id"), (trips, "route_id")):
        yield table.set(pick.choice(list(table.rows)), column, "", "source:value-missing")
    yield routes.set(pick.choice(list(routes.rows)), "route_short_name", "", "source:value-missing")
    yield stops.set(pick.choice(list(stops.rows)), "stop_name", "", "source:value-missing")
    for table, column in ((stops, "stop_id"), (routes, "route_id"), (trips, "trip_id")):
        row = pick.choice(list(table.rows))
        yield table.append([table.value(row, c) for c in table.header], column, "*:d*-id")


def _water(data: Path, pick: random.Random) -> Iterator[Fault]:
    def section(name: str, *columns: str) -> Worded:
        return Worded(data, "water.inp", columns, name)

    link = ("id", "node1", "node2")
    junctions = section("JUNCTIONS", "id", "elevation", "demand", "pattern")
    pipes = section("PIPES", *link, "length", "diameter", "roughness", "minor_loss", "status")
    pumps = section("PUMPS", *link, "word", "head_curve")
    tanks = section("TANKS", "id", "elevation", "initial_level", "minimum_level", "maximum_level", "diameter", "minimum_volume")  # fmt: skip
    reservoirs = section("RESERVOIRS", "id", "head")
    places = section("COORDINATES", "node", "x", "y")
    tags = section("TAGS", "object", "node", "tag")
    patterns = section("PATTERNS", "id", "multiplier")

    def of(table: Worded, column: str, rule: str, *values: str, **more: Any) -> Iterator[Fault]:
        for value in values:
            yield table.set(pick.choice(table.rows), column, value, rule, **more)

    yield from of(junctions, "elevation", "source:not-a-number", "high", "10,5")
    yield from of(junctions, "elevation", "ldt:WaterJunctionShape-elevation", "99999", "-700")
    yield from of(junctions, "demand", "source:not-a-number", "much", "1_000")
    yield from of(junctions, "pattern", "source:unknown-id", "P99", "P98")
    yield from of(pipes, "length", "source:not-a-number", "long")
    yield from of(pipes, "length", "source:out-of-range", "-5", "0")
    yield from of(pipes, "diameter", "source:not-a-number", "wide")
    yield from of(pipes, "diameter", "source:out-of-range", "0", "-100")
    yield from of(pipes, "diameter", "ldt:WaterMainShape-diameter", "60000")
    yield from of(pipes, "status", "source:unknown-word", "Opne", "shut")
    yield from of(pipes, "node1", "reference:dangling", "J-91", "J-92")
    yield from of(pipes, "node2", "reference:dangling", "J-93", "J-94")
    yield from of(pumps, "node1", "reference:dangling", "J-95")
    yield from of(pumps, "node2", "reference:dangling", "J-96")
    yield from of(pumps, "head_curve", "source:unknown-id", "C-99")
    for column in tanks.columns[1:6]:
        yield from of(tanks, column, "source:not-a-number", "x")
    yield from of(tanks, "diameter", "source:out-of-range", "-12")
    yield from of(reservoirs, "head", "source:not-a-number", "high", "1,5")
    yield from of(places, "x", "source:coordinate", "west")
    yield from of(places, "y", "source:coordinate", "north")
    yield from of(places, "x", "source:crs", "-300")
    yield from of(places, "y", "source:crs", "450000")
    yield from of(places, "node", "source:unknown-id", "J-9", touches=frozenset(["places"]))
    yield from of(tags, "tag", "term:unknown-class", "Wel", "Wlel")
    yield from of(patterns, "multiplier", "source:not-a-number", "x")
    row = pick.choice(pipes.rows[1:])
    yield pipes.set(row, "id", pipes.value(pipes.rows[0], "id"), "source:duplicate-id", touches=frozenset([("water.inp", pipes.rows[0])]))  # fmt: skip
    row = pick.choice(pipes.rows)
    yield pipes.set(row, "node2", pipes.value(row, "node1"), "source:self-loop")
    row = pick.choice(pipes.rows)
    yield pipes.raw(row, lambda line: "\t".join(line.split()[:4]), None, "source:row-too-short", "cut")  # fmt: skip


def _districts(data: Path, pick: random.Random) -> Iterator[Fault]:
    table = Items(data, "districts.geojson", ("features",), 1)
    rows = list(table.rows)
    people = ("properties", "population")
    for value, rule in (("few", "lift:datatype"), (1.5, "lift:datatype"), (-3, "ldt:PlaceShape-population"), (-471, "ldt:PlaceShape-population")):  # fmt: skip
        yield table.set(pick.choice(rows), people, value, "population", rule)
    row = pick.choice(rows)
    ring = ("geometry", "coordinates", 0)
    yield table.set(row, (*ring, -1, 0), -30.5, "geometry", "source:bad-geometry", told_at=("geometry",))  # fmt: skip
    yield table.set(row, (*ring, 0, 1), 91.5, "geometry", "source:*", told_at=("geometry",))
    yield table.set(row, ("geometry", "type"), "Polygone", "geometry", "source:bad-*", told_at=("geometry",))  # fmt: skip
    yield table.set(row, (*ring, 1, 1), "x", "geometry", "source:bad-geometry", told_at=("geometry",))  # fmt: skip


def _chargers(data: Path) -> Iterator[Fault]:
    table = Items(data, "chargers.jsonld")
    told = list(table.rows)
    for row, value in zip(told, (-1, "two"), strict=False):
        yield table.set(row, ("capacity", "value"), value, "capacity", "*")
    for row in told:
        yield table.set(row, ("poweredBy", "object"), f"https://example.org/invented-city/power/station/ST-9{row}", "poweredBy", "reference:dangling")  # fmt: skip
        yield table.set(row, ("poweredBy", "object"), None, "poweredBy", "source:bad-attribute")
        yield table.set(row, ("type",), f"EVChargingStatoin{row}", "type", "term:unknown-class")
        yield table.set(row, ("location", "value", "coordinates", 1), 94.5, "location", "source:*")
        yield table.set(row, ("location", "value", "coordinates"), [-29.9], "location", "source:bad-geometry")  # fmt: skip
        yield table.set(row, ("location", "value", "type"), "Pnt", "location", "source:bad-geometry")  # fmt: skip
        yield table.drop(row, ("id",), "id", "source:bad-entity")
    signals = Items(data, "signals.jsonld")
    for row in list(signals.rows)[:1]:
        yield signals.set(row, ("poweredBy", "object"), "", "poweredBy", "source:bad-attribute")
