"""Faults of the small town: every format, every kind of shape, references, joins and axioms."""

from __future__ import annotations

import io
import random
import zipfile
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tests.cells.edits import Dbf, Delimited, Frames, Items, Lines, Parquet, Worded
from tests.cells.fault import Fault
from tests.cells.town import FEED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


def faults(data: Path, seed: int = 2) -> list[Fault]:
    """Return the faults, in a fixed order."""
    pick = random.Random(seed)
    parts: tuple[Callable[..., Iterator[Fault]], ...] = (
        _meters, _lots, _zones, _parks, _sensors, _tables, _kinds, _facts, _axioms, _lamps, _chargers, _grid, _gas,
        _feed, _roads,
    )  # fmt: skip
    return [fault for part in parts for fault in part(data, pick)]


def _meters(data: Path, pick: random.Random) -> Iterator[Fault]:
    table = Delimited(data, "meters.tsv", "\t")
    rows = [*table.rows]
    edits = [
        ("reading", "much", "lift:datatype"),
        ("reading", "", "*#MeterShape-reading"),
        ("reading", "-1", "*#MeterShape-reading"),
        ("reading", "1000", "*#MeterShape-reading"),
        ("since", "2024-02-30", "lift:datatype"),
        ("since", "14.02.2024", "lift:datatype"),
        ("active", "yes", "lift:datatype"),
        ("zone", "Z9", "reference:dangling"),
        ("zone", "", "*#MeterShape-zone"),
        ("lon", "199", "source:crs"),
        ("lat", "n", "source:coordinate"),
        ("lat", "", "source:coordinate"),
    ]
    named = {f"M-{n}" for n in range(1, 9)}
    for column, value, rule in edits:
        row = pick.choice(rows)
        yield _named(table.set(row, column, value, rule), table.value(row, "id"))
    row = pick.choice(rows)
    yield replace(
        table.set(row, "lon", "", "*#MeterShape-place"),
        name=f"meters.tsv:{row} without place",
        edit=_both(table.set(row, "lon", ""), table.set(row, "lat", "")),
    )
    yield table.append([table.value(rows[0], c) for c in table.header], "id", "lift:duplicate-id")
    yield table.raw(rows[2], lambda line: line + b"\t1", None, "source:row-too-long", touches=frozenset(named))  # fmt: skip


def _both(*faults: Fault) -> Callable[[bytes], bytes]:
    def edit(data: bytes) -> bytes:
        for fault in faults:
            data = fault.edit(data)
        return data

    return edit


def _named(fault: Fault, *names: object) -> Fault:
    return replace(fault, touches=fault.touches | frozenset(names))


def _lots(data: Path, pick: random.Random) -> Iterator[Fault]:
    table = Parquet(data, "lots.parquet")
    edits = [
        ("area", 0.0, "*#LotShape-area"),
        ("area", None, "*#LotShape-area"),
        ("floors", 120, "*#LotShape-floors"),
        ("meter", "M-99", "reference:dangling"),
        ("meter", None, "*#LotShape-meter"),
        ("x", 190.0, "source:crs"),
        ("y", None, "source:coordinate"),
        ("id", None, "lift:no-subject"),
        ("area", float("nan"), "lift:datatype"),
    ]
    for column, value, rule in edits:
        yield table.set(pick.choice(table.rows), column, value, rule)
    first, second = 2, 6
    yield table.set(second, "id", table.value(first, "id"), "lift:duplicate-id", touches=frozenset([("lots.parquet", first)]))  # fmt: skip


def _zones(data: Path, pick: random.Random) -> Iterator[Fault]:
    table = Dbf(data, "zones.dbf", "zones.shp")
    rows = list(table.rows)
    for column, value, rule in (("POP", "few", "lift:datatype"), ("POP", "-5", "*#ZoneShape-population"), ("NAME", "", "*#ZoneShape-name"), ("NAME", "A zone of a long name", "*#ZoneShape-name")):  # fmt: skip
        row = rows[-1]  # no thing lies there, whose shape asks for its people
        yield table.set(row, column, value, rule, touches=frozenset(["zones"]))
    yield table.set(4, "CODE", "Z1", "lift:duplicate-id", touches=frozenset(["zones"]))


def _parks(data: Path, pick: random.Random) -> Iterator[Fault]:
    table = Lines(data, "parks.ndjson")
    rows = list(table.rows)
    edits: list[tuple[tuple[Any, ...], Any, str, str]] = [
        (("size", "value"), 0.5, "size.value", "*#ParkShape-area"),
        (("size", "value"), "big", "size.value", "lift:datatype"),
        (("tags", 1), "sea", "tags[1]", "*#ParkShape-tag"),
        (("zone",), "Z9", "zone", "reference:dangling"),
    ]
    for path, value, column, rule in edits:
        yield table.set(pick.choice(rows), path, value, column, rule)
    yield table.drop(rows[3], ("size", "value"), "size.value", "*#ParkShape-area")
    yield table.drop(rows[4], ("id",), "id", "lift:no-subject")
    row = rows[5]
    yield Fault("parks.ndjson: a line cut", "parks.ndjson", lambda d: d.replace(b'{"id": "K-6"', b'{"id: "K-6"'), "parks.ndjson", row, None, "source:bad-json", row)  # fmt: skip


def _sensors(data: Path, pick: random.Random) -> Iterator[Fault]:
    table = Items(data, "sensors.json", (), 2)
    rows = list(table.rows)
    edits: list[tuple[tuple[Any, ...], Any, str, str]] = [
        (("device", "kind"), "fire", "$.device.kind", "*#SensorShape-kind"),
        (("device", "range", "low"), 99, "$.device.range.low", "*#SensorShape-low"),
        (("device", "range", "low"), "none", "$.device.range.low", "lift:datatype"),
        (("readings", 0, "v"), 99.5, "readings[0].v", "*#SensorShape-level"),
        (("readings", 2, "v"), -11, "readings[2].v", "*#SensorShape-level"),
        (("readings", 1, "v"), "wet", "readings[1].v", "lift:datatype"),
        (("zone",), "Z9", "zone", "reference:dangling"),
        (("place", "lat"), 95.5, "place.lat", "*#SensorShape-place"),
        (("place", "lon"), 195.5, "place.lon", "*#SensorShape-place"),
    ]
    for path, value, column, rule in edits:
        yield table.set(pick.choice(rows), path, value, column, rule)
    yield table.set(3, ("id",), "S-1", "id", "lift:duplicate-id")
    yield table.drop(4, ("device", "kind"), "$.device.kind", "*#SensorShape-kind")
    yield table.drop(5, ("id",), "id", "lift:no-subject")


def _tables(data: Path, pick: random.Random) -> Iterator[Fault]:
    bills = Delimited(data, "bills.csv", ";", "latin-1")
    for row, value, rule in ((2, "1,25", "lift:datatype"), (4, "", "*#BillShape-amount"), (5, "free", "lift:datatype")):  # fmt: skip
        yield bills.set(row, "amount", value, rule)
    posts = Delimited(data, "posts/posts.csv")
    yield posts.set(3, "owner", "nobody", "reference:dangling")
    yield posts.set(4, "near", "nothing", "reference:dangling")
    yield posts.set(5, "near", "Z1", "reference:dangling")
    # A name that two datasets know.
    yield Fault(
        "posts/posts.csv: a name of two things", "lots.parquet",
        Parquet(data, "lots.parquet").set(8, "id", "Z1").edit, "posts/posts.csv",
        next(r for r in posts.rows if posts.value(r, "owner") == "Z1"), "owner", "reference:ambiguous",
        touches=frozenset([("lots.parquet", 8), ("lots.parquet", 2), ("lots.parquet", 6), "posts/posts.csv", "ambiguous"]),
    )  # fmt: skip
    families = Delimited(data, "families/families.csv")
    yield families.set(3, "street", "Low St", "lift:no-partner")
    yield families.set(5, "number", "99", "lift:no-partner")
    yield families.set(4, "id", "", "lift:no-subject")
    houses = Delimited(data, "families/houses.csv")
    yield houses.set(9, "id", "H-7", "lift:duplicate-id", touches=frozenset([("families/houses.csv", 8)]))  # fmt: skip


def _kinds(data: Path, pick: random.Random) -> Iterator[Fault]:
    """A value for each kind of constraint."""
    things = Delimited(data, "things.csv")
    rows = list(things.rows)
    edits = [
        ("code", "X-1", "*#ThingShape-code"),
        ("code", "", "*#ThingShape-code"),
        ("short", "a", "*#ThingShape-short"),
        ("short", "abcde", "*#ThingShape-short"),
        ("colour", "grey", "*#ThingShape-colour"),
        ("colour", "", "*#ThingShape-colour"),
        ("low", "10", "*#ThingShape-low"),
        ("low", "one", "lift:datatype"),
        ("size", "big", "*#ThingShape-size"),
        ("partner", "Z1", "*#ThingShape-partner"),
        ("partner", "TH-99", "reference:dangling"),
        ("unit", "", "*#ThingShape-unit"),
        ("zone", "", "*#ThingShape-zone"),
        ("zone", "Z9", "reference:dangling"),
        ("old", "xy", "*#ThingShape-old"),
        ("first", "q", "*#ThingShape-first"),
    ]
    for column, value, rule in edits:
        row = pick.choice(rows)
        # A thing that is set aside is missed by its partner, and by what stands above it.
        yield _named(things.set(row, column, value, rule), *_near(row), *(["ambiguous"] if value == "Z1" else []))  # fmt: skip
    yield _named(things.set(7, "code", "T-2", "*#ThingShape*"), *_near(7), *_near(3))
    again = [things.value(4, c) for c in things.header]
    yield _named(things.append(again, "id", "lift:duplicate-id"), *_near(4))


def _near(row: int) -> set[object]:
    return {("thing", row + d) for d in (-1, 0, 1)}


def _facts(data: Path, pick: random.Random) -> Iterator[Fault]:
    """What another dataset says of a thing, by a property below the one of the shape."""
    extra = Delimited(data, "extra.csv")
    for row, column, value, rule in (
        (3, "height", "-1", "*#ThingShape-height"),
        (5, "height", "tall", "lift:datatype"),
        (6, "thing", "TH-99", "reference:dangling"),
        (7, "stray", "odd", "*#ThingShape"),
    ):
        yield _named(extra.set(row, column, value, rule), *_near(row))
    yield _named(extra.append(["TH-4", "77", "", ""], "height", "*#ThingShape-height"), *_near(5))
    yield _named(extra.append(["TH-4", "", "", "again"], "nick", "*#ThingShape-nick"), *_near(5))


def _axioms(data: Path, pick: random.Random) -> Iterator[Fault]:
    pairs = Delimited(data, "pairs.csv")
    # A relation of a thing that is set aside goes with it, and is counted there.
    yield _named(pairs.set(3, "other", "TH-2", "axiom:irreflexive"), *_near(3), "axiom")
    yield _named(pairs.append(["TH-2", "TH-1"], "other", "axiom:asymmetric"), *_near(3), "axiom")
    yield _named(pairs.set(4, "other", "Z1", "axiom:range"), *_near(4), "axiom", "ambiguous")
    yield _named(pairs.set(5, "one", "Z1", "axiom:domain"), *_near(6), "axiom", "ambiguous")
    yield _named(pairs.set(6, "one", "TH-99", "reference:dangling"), *_near(7), "axiom")
    yield _named(pairs.set(7, "other", "TH-99", "reference:dangling"), *_near(7), "axiom")


def _lamps(data: Path, pick: random.Random) -> Iterator[Fault]:
    table = Items(data, "lamps.jsonld", (), 2)
    rows = list(table.rows)
    edits: list[tuple[tuple[Any, ...], Any, str, str]] = [
        (("power",), -60, "power", "*#LampShape-power"),
        (("powerState",), "onn", "powerState", "*#LampShape-state"),
        (("powerState",), "", "powerState", "*#LampShape-state"),
        (("powerState",), None, "powerState", "*#LampShape-state"),
        (("lanternHeight",), 85, "lanternHeight", "*#LampShape-height"),
        (("location", "coordinates"), [9.9, 98.4], "location", "source:crs"),
        (("location", "type"), "Pt", "location", "source:*"),
        (("type",), None, "type", "source:bad-entity"),
    ]
    for path, value, column, rule in edits:
        at = path[:1] if path[0] == "location" else None
        yield table.set(pick.choice(rows), path, value, column, rule, told_at=at)
    yield table.drop(2, ("powerState",), "powerState", "*#LampShape-state")
    yield table.drop(3, ("type",), "type", "source:bad-entity")
    yield table.set(5, ("id",), "urn:ngsi-ld:Streetlight:1", "id", "lift:duplicate-id")


def _chargers(data: Path, pick: random.Random) -> Iterator[Fault]:
    table = Items(data, "chargers.jsonld", (), 2)
    rows = list(table.rows)
    edits: list[tuple[tuple[Any, ...], Any, str, str]] = [
        (("capacity", "value"), -1, "capacity", "ldt:ChargingStationShape-capacity"),
        (("capacity", "observedAt"), "yesterday", "capacity.observedAt", "source:time"),
        (("poweredBy", "object"), "https://example.org/town/grid/load/L9", "poweredBy", "reference:dangling"),
        (("poweredBy", "object"), "https://example.org/else/L9", "poweredBy", "reference:external"),
        (("poweredBy", "object"), None, "poweredBy", "source:bad-attribute"),
        (("type",), "EVChargingStaton", "type", "term:unknown-class"),
    ]  # fmt: skip
    for path, value, column, rule in edits:
        if rule == "term:unknown-class":
            continue  # the default context's names are all taken as they are here
        yield table.set(pick.choice(rows), path, value, column, rule)
    yield table.set(4, ("location", "value", "coordinates", 1), 98, "location", "source:crs", told_at=("location", "value"))  # fmt: skip


def _grid(data: Path, pick: random.Random) -> Iterator[Fault]:
    def of(table: str, column: str, value: Any, rule: str) -> Fault:
        frames = Frames(data, "grid.json", table)
        return frames.set(pick.choice(frames.rows), column, value, rule)

    for column in ("from_bus", "to_bus"):
        yield of("line", column, 99, "source:dangling")
    for column in ("hv_bus", "lv_bus"):
        yield of("trafo", column, 98, "source:dangling")
    yield of("load", "bus", 97, "source:dangling")
    yield of("line", "length_km", -1.5, "ldt:PowerLineShape-lengthKm")
    yield of("line", "length_km", "long", "lift:datatype")
    yield of("bus", "vn_kv", -0.4, "ldt:ElectricBusShape-nominalVoltage")
    yield of("bus", "vn_kv", "x", "lift:datatype")
    yield of("trafo", "sn_mva", 0.0, "ldt:TransformerShape-ratedPower")
    yield of("load", "p_mw", "much", "lift:datatype")
    yield of("line", "in_service", "maybe", "source:not-a-boolean")
    yield of("switch", "closed", "half", "source:not-a-boolean")
    yield of("switch", "et", "q", "source:unknown-word")
    yield of("switch", "element", 77, "source:dangling")
    yield of("bus", "geo", '{"type": "Point", "coordinates": [9.9]}', "source:coordinate")
    yield of("bus", "geo", '{"type": "Point", "coordinates": [9.9, 98.4]}', "source:crs")
    yield of("bus", "geo", "here", "source:coordinate")


def _gas(data: Path, pick: random.Random) -> Iterator[Fault]:
    def of(table: str, column: str, value: Any, rule: str) -> Fault:
        frames = Frames(data, "gas.json", table)
        return frames.set(pick.choice(frames.rows), column, value, rule)

    for column in ("from_junction", "to_junction"):
        yield of("pipe", column, 99, "source:dangling")
    yield of("pipe", "length_km", 0.0, "*#PipeShape-length")
    yield of("pipe", "length_km", "far", "lift:datatype")
    yield of("junction", "pn_bar", 250.0, "*#JunctionShape-pressure")
    yield of("sink", "junction", 98, "source:dangling")
    yield of("sink", "mdot_kg_per_s", "some", "lift:datatype")
    yield of("valve", "opened", "half", "source:not-a-boolean")
    yield of("valve", "element", 66, "source:dangling")
    yield of("junction_geodata", "x", "west", "source:coordinate")


def _feed(data: Path, pick: random.Random) -> Iterator[Fault]:
    """A feed in an archive: the file in it is named."""
    edits = [
        ("stops", "stop_lat", "98", "source:crs"),
        ("stops", "stop_lon", "e", "source:coordinate"),
        ("stops", "parent_station", "S9", "source:unknown-id"),
        ("routes", "route_type", "tram", "source:route-type"),
        ("routes", "agency_id", "B", "source:unknown-id"),
        ("trips", "route_id", "R9", "source:unknown-id"),
        ("trips", "service_id", "N", "source:unknown-id"),
        ("stop_times", "stop_id", "S9", "source:unknown-id"),
        ("stop_times", "trip_id", "T9", "source:unknown-id"),
    ]
    for name, column, value, rule in edits:
        lines = FEED[name].splitlines()
        row = pick.randrange(2, len(lines) + 1)
        at = lines[0].split(",").index(column)

        def edit(data: bytes, name: str = name, row: int = row, at: int = at, value: str = value) -> bytes:  # fmt: skip
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                files = {n: archive.read(n) for n in archive.namelist()}
            texts = files[f"{name}.txt"].decode().splitlines()
            cells = texts[row - 1].split(",")
            cells[at] = value
            texts[row - 1] = ",".join(cells)
            files[f"{name}.txt"] = ("\n".join(texts) + "\n").encode()
            out = io.BytesIO()
            with zipfile.ZipFile(out, "w") as made:
                for each, content in files.items():
                    made.writestr(zipfile.ZipInfo(each), content)
            return out.getvalue()

        source = f"feed.zip/{name}.txt"
        yield Fault(f"{source}:{row} {column} = {value!r}", "feed.zip", edit, source, row, column, rule)  # fmt: skip


def _roads(data: Path, pick: random.Random) -> Iterator[Fault]:
    links = Worded(data, "roads/t_net.tntp", ("init_node", "term_node", "free_flow_time"), None, 4)
    nodes = Worded(data, "roads/t_node.tntp", ("node", "x", "y"), None, 1)

    def of(table: Worded, column: str, value: str, rule: str) -> Fault:
        return table.set(pick.choice(table.rows), column, value, rule)

    yield of(links, "init_node", "99", "reference:dangling")
    yield of(links, "term_node", "98", "reference:dangling")
    yield of(links, "free_flow_time", "-1", "ldt:RoadLinkShape-freeFlowMinutes")
    yield of(links, "free_flow_time", "slow", "lift:datatype")
    yield of(nodes, "x", "east", "source:coordinate")
    yield of(nodes, "y", "91", "source:crs")
    yield links.raw(links.rows[2], lambda line: "\t".join(line.split("\t")[:2]) + "\t;", None, "source:row-too-short", "cut")  # fmt: skip
