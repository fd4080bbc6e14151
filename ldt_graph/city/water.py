"""The invented water network, as an EPANET model: wells, pump stations, looped mains, tanks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ldt_graph.city.plan import nearest
from ldt_graph.city.writing import write_sections

if TYPE_CHECKING:
    from pathlib import Path

    from ldt_graph.city.plan import Floats, Ints, Plan

WELLS = 14
"""Per 100,000 people: 8 to 21 (BDEW water statistics: groundwater works and their yields)."""
LITRES_PER_PERSON = 125  # a day (BDEW water statistics, household use)
PATTERN = (
    0.5,
    0.4,
    0.4,
    0.5,
    0.8,
    1.3,
    1.7,
    1.6,
    1.3,
    1.1,
    1.0,
    1.0,
    1.1,
    1.0,
    0.9,
    1.0,
    1.1,
    1.3,
    1.5,
    1.4,
    1.1,
    0.9,
    0.6,
    0.5,
)


@dataclass(frozen=True, slots=True, eq=False)
class Water:
    """What depends on power: the pump stations, their pumps, and the street node that each feeds."""

    stations: list[str]
    pumps: list[list[str]]
    outlets: Ints
    xy: Floats


def junction(node: int) -> str:
    """Return the junction at a street node."""
    return f"J-{node + 1:05d}"


def write_water(folder: Path, plan: Plan, people: Ints) -> Water:
    """Write `water.inp`: flows in m³/h, lengths in m, coordinates as longitude and latitude."""
    wells = max(2, round(WELLS * plan.population / 100_000))
    count = max(1, round(wells / 3))
    n = np.arange(count)
    r, a = plan.radius * 0.75 * np.sqrt((n + 0.5) / count), 1.0 + n * 2.399963
    outlets = np.unique(nearest(np.stack([r * np.cos(a), r * np.sin(a)], axis=1), plan.xy))
    count = len(outlets)
    demand = people * LITRES_PER_PERSON / 24_000
    sections: dict[str, list[tuple[object, ...]]] = {
        "TITLE": [("Invented city: no such water network exists.",)],
        "JUNCTIONS": [],
        "RESERVOIRS": [],
        "TANKS": [],
        "PIPES": [],
        "PUMPS": [],
        "TAGS": [],
        "PATTERNS": [("1", *PATTERN)],
        "CURVES": [],
        "TIMES": [
            ("DURATION", "24:00"),
            ("HYDRAULIC TIMESTEP", "1:00"),
            ("PATTERN TIMESTEP", "1:00"),
        ],
        "OPTIONS": [("UNITS", "CMH"), ("HEADLOSS", "H-W"), ("PATTERN", "1")],
        "COORDINATES": [],
    }
    _streets(sections, plan, demand)
    water = _stations(sections, plan, outlets, wells, float(demand.sum()))
    _tanks(sections, plan, float(demand.sum()))
    write_sections(folder / "water.inp", sections)
    return water


def _streets(sections: dict[str, list[tuple[object, ...]]], plan: Plan, demand: Floats) -> None:
    elevation = np.round(
        100 + 8 * np.sin(plan.xy[:, 0] / 2500) + 6 * np.cos(plan.xy[:, 1] / 3000), 1
    )
    places = plan.lonlat(plan.xy).tolist()
    for node, (height, flow, place) in enumerate(
        zip(elevation.tolist(), demand.tolist(), places, strict=True)
    ):
        sections["JUNCTIONS"].append((junction(node), height, round(flow, 4), "1"))
        sections["COORDINATES"].append((junction(node), *place))
    start, end = plan.xy[plan.edges[:, 0]], plan.xy[plan.edges[:, 1]]
    lengths = np.round(np.hypot(*(end - start).T), 1).tolist()
    # Every fifth street carries a trunk main.
    trunk = ((plan.edges[:, 0] + plan.edges[:, 1]) % 5 == 0).tolist()
    for number, ((a, b), length) in enumerate(zip(plan.edges.tolist(), lengths, strict=True)):
        sections["PIPES"].append(
            (
                f"M-{number + 1:05d}",
                junction(a),
                junction(b),
                length,
                300 if trunk[number] else 200,
                120,
                0,
                "Open",
            )
        )


def _stations(
    sections: dict[str, list[tuple[object, ...]]],
    plan: Plan,
    outlets: Ints,
    wells: int,
    demand: float,
) -> Water:
    count = len(outlets)
    stations, pumps = [], []
    flow = max(5.0, demand / count / 2)  # two of three pumps carry the mean demand
    sections["CURVES"].append(("C", round(flow, 2), 50))
    well = 0
    for number, node in enumerate(outlets.tolist()):
        name = f"PS-{number + 1:02d}"
        lon, lat = plan.lonlat(plan.xy[node][None, :])[0].tolist()
        for suffix, east in (("IN", -0.0002), ("OUT", 0.0001)):
            sections["JUNCTIONS"].append((f"{name}-{suffix}", 85 if suffix == "IN" else 95, 0, ""))
            sections["COORDINATES"].append((f"{name}-{suffix}", round(lon + east, 6), lat))
        for k in range(wells // count + (number < wells % count)):
            well += 1
            sections["RESERVOIRS"].append((f"W-{well:03d}", 100))
            sections["TAGS"].append(("NODE", f"W-{well:03d}", "Well"))
            sections["COORDINATES"].append(
                (f"W-{well:03d}", round(lon - 0.0004 - 0.0002 * k, 6), round(lat + 0.0003, 6))
            )
            sections["PIPES"].append(
                (f"MW-{well:03d}", f"W-{well:03d}", f"{name}-IN", 60, 400, 120, 0, "Open")
            )
        own = [f"P-{number + 1:02d}-{k}" for k in (1, 2, 3)]
        sections["PUMPS"] += [(p, f"{name}-IN", f"{name}-OUT", "HEAD C") for p in own]
        sections["PIPES"].append(
            (f"MS-{number + 1:02d}", f"{name}-OUT", junction(node), 30, 500, 120, 0, "Open")
        )
        stations.append(name)
        pumps.append(own)
    return Water(stations, pumps, outlets, plan.xy[outlets])


def _tanks(sections: dict[str, list[tuple[object, ...]]], plan: Plan, demand: float) -> None:
    """Elevated tanks for a third of a day's demand together, one per 40,000 people."""
    count = max(1, round(plan.population / 40_000))
    n = np.arange(count)
    r, a = plan.radius * 0.5 * np.sqrt((n + 0.5) / count), 2.5 + n * 2.399963
    nodes = np.unique(nearest(np.stack([r * np.cos(a), r * np.sin(a)], axis=1), plan.xy)).tolist()
    diameter = round(2 * float(np.sqrt(8 * demand / len(nodes) / 8 / np.pi)), 1)
    for number, node in enumerate(nodes):
        name = f"T-{number + 1:02d}"
        lon, lat = plan.lonlat(plan.xy[node][None, :])[0].tolist()
        sections["TANKS"].append((name, 140, 4, 0.5, 8.5, diameter, 0))
        sections["COORDINATES"].append((name, round(lon + 0.0003, 6), round(lat + 0.0003, 6)))
        sections["PIPES"].append(
            (f"MT-{number + 1:02d}", name, junction(node), 40, 400, 120, 0, "Open")
        )
