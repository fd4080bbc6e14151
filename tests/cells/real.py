"""Faults of two real cities: Micropolis (power, water, roads, buildings) and the transit feed of Ulm."""

from __future__ import annotations

import random
import shutil
from typing import TYPE_CHECKING, Any

from tests.cells.edits import Dbf, Delimited, Frames, Worded

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.cells.fault import Fault

MICROPOLIS = ("dependencies.csv", "power/power.json", "water/water.inp", "gis/buildings_v1.dbf", "gis/buildings_v1.shp", "gis/buildings_v1.shx", "gis/buildings_v1.cpg", "transportation/transpo_net.tntp", "transportation/transpo_node.tntp")  # fmt: skip


def copied(root: Path, shared: Path, name: str, to: Path) -> tuple[Path, Path]:
    """Copy an example's twin and of its data what the twin reads; return both folders."""
    source = {"micropolis": "infrarisk-micropolis", "ulm": "ulm-swu-gtfs"}[name]
    twin, data = to / "twin", to / "data"
    shutil.copytree(root / "examples" / name, twin)
    folder = shared / "data" / source
    files = MICROPOLIS if name == "micropolis" else [p.name for p in folder.glob("*.txt")]
    for file in files:
        (data / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(folder / file, data / file)
    return twin, data


def micropolis(data: Path, seed: int = 3) -> list[Fault]:
    """Return the faults, in a fixed order."""
    pick = random.Random(seed)
    return [*_power(data, pick), *_water(data, pick), *_roads(data, pick), *_others(data, pick)]


def _power(data: Path, pick: random.Random) -> Iterator[Fault]:
    edits = [
        ("bus", "vn_kv", -13.8, "ldt:ElectricBusShape-nominalVoltage"),
        ("bus", "vn_kv", "high", "lift:datatype"),
        ("bus", "in_service", "perhaps", "source:not-a-boolean"),
        ("line", "from_bus", 99999, "source:dangling"),
        ("line", "to_bus", 99999, "source:dangling"),
        ("line", "length_km", -0.1, "ldt:PowerLineShape-lengthKm"),
        ("line", "length_km", "long", "lift:datatype"),
        ("trafo", "hv_bus", 88888, "source:dangling"),
        ("trafo", "lv_bus", None, "source:dangling"),
        ("trafo", "sn_mva", 0.0, "ldt:TransformerShape-ratedPower"),
        ("load", "bus", 77777, "source:dangling"),
        ("load", "p_mw", "some", "lift:datatype"),
        ("switch", "closed", "half", "source:not-a-boolean"),
        ("switch", "element", 66666, "source:dangling"),
        ("bus_geodata", "x", "east", "source:coordinate"),
        ("bus_geodata", "y", None, "source:coordinate"),
    ]
    for table, column, value, rule in edits:
        frames = Frames(data, "power/power.json", table)
        # What stands at a bus that is set aside is counted under what is told of it.
        yield frames.set(pick.choice(frames.rows), column, value, rule, touches=frozenset(["power.json"] if table == "bus_geodata" else []))  # fmt: skip


def _water(data: Path, pick: random.Random) -> Iterator[Fault]:
    def section(name: str, *columns: str) -> Worded:
        return Worded(data, "water/water.inp", columns, name)

    link = ("id", "node1", "node2")
    junctions = section("JUNCTIONS", "id", "elevation", "demand", "pattern")
    pipes = section("PIPES", *link, "length", "diameter", "roughness", "minor_loss", "status")
    pumps = section("PUMPS", *link, "word", "head_curve")
    places = section("COORDINATES", "node", "x", "y")
    states = section("STATUS", "link", "status")
    curves = section("CURVES", "id", "x", "y")
    tanks = section("TANKS", "id", "elevation", "initial_level", "minimum_level", "maximum_level", "diameter")  # fmt: skip
    edits: list[tuple[Worded, str, str, str]] = [
        (junctions, "elevation", "up", "source:not-a-number"),
        (junctions, "elevation", "99999", "ldt:WaterJunctionShape-elevation"),
        (junctions, "demand", "3,54", "source:not-a-number"),
        (junctions, "pattern", "99", "source:unknown-id"),
        (pipes, "length", "-3", "source:out-of-range"),
        (pipes, "diameter", "0", "source:out-of-range"),
        (pipes, "diameter", "wide", "source:not-a-number"),
        (pipes, "status", "Opne", "source:unknown-word"),
        (pipes, "node1", "W_J999", "reference:dangling"),
        (pipes, "node2", "W_J998", "reference:dangling"),
        (pumps, "head_curve", "99", "source:unknown-id"),
        (pumps, "node1", "W_R9", "reference:dangling"),
        (pumps, "node2", "W_R8", "reference:dangling"),
        (places, "x", "3x", "source:coordinate"),
        (places, "y", "north", "source:coordinate"),
        (places, "node", "W_J997", "source:unknown-id"),
        (states, "status", "shut", "source:unknown-word"),
        (states, "link", "W_WP99", "source:unknown-id"),
        (curves, "x", "much", "source:not-a-number"),
        (tanks, "diameter", "-12", "source:out-of-range"),
        (tanks, "initial_level", "x", "source:not-a-number"),
    ]
    for table, column, value, rule in edits:
        shared = frozenset([(table.section, column)])
        yield table.set(pick.choice(table.rows), column, value, rule, touches=shared)


def _roads(data: Path, pick: random.Random) -> Iterator[Fault]:
    folder = "transportation"
    links = Worded(data, f"{folder}/transpo_net.tntp", ("init_node", "term_node", "capacity", "length", "free_flow_time"), None, 8)  # fmt: skip
    nodes = Worded(data, f"{folder}/transpo_node.tntp", ("node", "x", "y"), None, 1)
    edits: list[tuple[Worded, str, str, str]] = [
        (links, "init_node", "T_J99", "reference:dangling"),
        (links, "term_node", "T_J98", "reference:dangling"),
        (links, "free_flow_time", "-1", "ldt:RoadLinkShape-freeFlowMinutes"),
        (links, "free_flow_time", "slow", "lift:datatype"),
        (nodes, "x", "east", "source:coordinate"),
        (nodes, "y", "n", "source:coordinate"),
    ]
    for table, column, value, rule in edits:
        yield table.set(pick.choice(table.rows), column, value, rule)


def _others(data: Path, pick: random.Random) -> Iterator[Fault]:
    buildings = Dbf(data, "gis/buildings_v1.dbf", "gis/buildings_v1.shp")
    row = pick.choice(buildings.rows)
    yield buildings.set(row, "POP", "-3", "ldt:AssetShape-population")
    first, second = sorted(pick.sample(list(buildings.rows), 2))
    yield buildings.set(second, "ID", buildings.value(first, "ID"), "lift:duplicate-id", touches=frozenset([(buildings.source, first)]))  # fmt: skip
    table = Delimited(data, "dependencies.csv")
    for column, value in (("water_id", "W_WP99"), ("power_id", "P_MP99"), ("power_id", "")):
        rule = "reference:dangling" if value else "*"
        if value:
            yield table.set(pick.choice(table.rows), column, value, rule)
    yield table.raw(pick.choice(table.rows), lambda line: line + b",x", None, "source:row-too-long")


def ulm(data: Path, seed: int = 4) -> list[Fault]:
    """Return the faults, in a fixed order."""
    pick = random.Random(seed)

    def of(name: str, column: str, value: str, rule: str, **more: Any) -> Fault:
        table = Delimited(data, f"{name}.txt")
        return table.set(pick.choice(table.rows), column, value, rule, **more)

    made = [
        of("stops", "stop_lat", "north", "source:coordinate"),
        of("stops", "stop_lat", "484.1", "source:crs"),
        of("stops", "stop_lon", "", "source:coordinate"),
        of("stops", "stop_name", "", "source:value-missing"),
        of("stops", "parent_station", "9999x", "source:unknown-id"),
        of("routes", "route_type", "bus", "source:route-type"),
        of("routes", "route_type", "13", "source:route-type"),
        of("routes", "agency_id", "2", "source:unknown-id"),
        of("trips", "route_id", "R99", "source:unknown-id"),
        of("trips", "shape_id", "shp_x", "source:unknown-id"),
        of("trips", "service_id", "s99", "source:unknown-id"),
        of("trips", "service_id", "", "source:value-missing"),
    ]
    for name, column in (("stops", "stop_id"), ("trips", "trip_id"), ("routes", "route_id")):
        table = Delimited(data, f"{name}.txt")
        row = pick.choice(table.rows)
        made.append(table.append([table.value(row, c) for c in table.header], column, "*:d*-id"))
    return made
