"""The invented city's plan: streets, districts, people; metres from the centre, north up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyproj

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

# In the Atlantic, where no city is: nobody shall take it for a real one.
LON, LAT = -30.0, 45.0
DENSITY = 4000.0
"""People a square kilometre: a dense European city (Eurostat, urban audit: 3,000 to 5,000)."""
BLOCK = 110.0
"""Metres between streets: 2 / 0.11 km = 18 km of street a km², 455 km of mains per 100,000 people, within
the 210 to 540 km that utilities report (IBNET, water network benchmarks)."""


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """Street nodes and edges, and the district that each point belongs to.

    Attributes:
        xy: Street nodes, shape (n, 2), metres.
        edges: Streets between neighbouring nodes, shape (m, 2), positions in `xy`.
        cell: The street and the cross street of each node, counted from the middle, shape (n, 2).
        radius: Metres from the centre to the edge of the city.
    """

    population: int
    xy: Floats
    cell: Ints
    edges: Ints
    radius: float

    def lonlat(self, xy: Floats) -> Floats:
        """Return longitude and latitude, rounded to 0.1 m."""
        project = pyproj.Transformer.from_crs(
            f"+proj=aeqd +lat_0={LAT} +lon_0={LON} +datum=WGS84", "EPSG:4326", always_xy=True
        )
        lon, lat = project.transform(xy[:, 0], xy[:, 1])
        return np.round(np.stack([lon, lat], axis=1), 6)

    @property
    def rings(self) -> int:
        """Rings of districts around the middle one."""
        return max(1, round(np.sqrt(self.population / 8000 / 3)))

    def sectors(self, ring: int) -> int:
        """Districts in a ring; ring 0 is the middle."""
        return 1 if ring == 0 else 6 * ring

    def district(self, xy: Floats) -> Ints:
        """Return the number of the district that each point lies in."""
        width = self.radius * 1.05 / (self.rings + 0.5)
        ring = np.minimum(((np.hypot(xy[:, 0], xy[:, 1]) / width) + 0.5).astype(int), self.rings)
        sectors = np.array([self.sectors(r) for r in range(self.rings + 1)])
        first = np.concatenate([[0], np.cumsum(sectors)])
        turn = (np.arctan2(xy[:, 1], xy[:, 0]) / (2 * np.pi)) % 1.0
        return first[ring] + np.minimum((turn * sectors[ring]).astype(int), sectors[ring] - 1)

    def district_polygons(self) -> list[Floats]:
        """Return the outline of each district, closed, by number."""
        width = self.radius * 1.05 / (self.rings + 0.5)
        outlines = []
        for ring in range(self.rings + 1):
            low, high = max(0.0, (ring - 0.5) * width), (ring + 0.5) * width
            for sector in range(self.sectors(ring)):
                arc = np.linspace(sector, sector + 1, 13) / self.sectors(ring) * 2 * np.pi
                outer = np.stack([high * np.cos(arc), high * np.sin(arc)], axis=1)
                inner = np.stack([low * np.cos(arc[::-1]), low * np.sin(arc[::-1])], axis=1)
                ring_points = outer if ring == 0 else np.concatenate([outer, inner, outer[:1]])
                outlines.append(ring_points)
        return outlines


def make_plan(population: int, rng: np.random.Generator) -> Plan:
    """Lay out streets: a grid within a disc, bent a little so that it looks grown."""
    radius = 1000 * float(np.sqrt(population / DENSITY / np.pi))
    half = int(radius // BLOCK) + 1
    i, j = np.meshgrid(np.arange(-half, half + 1), np.arange(-half, half + 1), indexing="ij")
    i, j = i.ravel(), j.ravel()
    inside = np.hypot(i, j) * BLOCK <= radius
    number = np.full((2 * half + 3, 2 * half + 3), -1)
    number[i[inside] + half, j[inside] + half] = np.arange(inside.sum())
    i, j = i[inside], j[inside]
    here = np.arange(len(i))
    east, north = number[i + half + 1, j + half], number[i + half, j + half + 1]
    edges = np.concatenate(
        [np.stack([here, east], 1)[east >= 0], np.stack([here, north], 1)[north >= 0]]
    )
    xy = np.stack([i, j], axis=1) * BLOCK + rng.uniform(-12, 12, (len(i), 2))
    turn = 0.35 * np.hypot(xy[:, 0], xy[:, 1]) / radius
    bent = np.stack(
        [
            xy[:, 0] * np.cos(turn) - xy[:, 1] * np.sin(turn),
            xy[:, 0] * np.sin(turn) + xy[:, 1] * np.cos(turn),
        ],
        axis=1,
    )
    return Plan(population, bent, np.stack([i, j], axis=1), edges, radius)


def nearest(points: Floats, of: Floats) -> Ints:
    """Return for each point the position of the nearest of `of`; in blocks, so that memory stays small."""
    found = np.empty(len(points), dtype=np.int64)
    for start in range(0, len(points), 2000):
        block = points[start : start + 2000]
        squared = ((block[:, None, :] - of[None, :, :]) ** 2).sum(axis=2)
        found[start : start + 2000] = squared.argmin(axis=1)
    return found
