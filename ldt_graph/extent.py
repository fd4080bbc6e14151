"""The part of the earth that a city covers: a box in degrees, as twin.toml states it or as its districts lie."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ldt_graph.wkt import number

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

RULE = "ldt:EntityShape-extent"
"""The shape by which what lies outside is told."""
EARTH_KM = 6371.0088
"""Mean radius (IUGG)."""
_DEGREE_KM = math.radians(EARTH_KM)
_STATED_KM = 1.0
_LEAST_KM = 5.0


@dataclass(frozen=True, slots=True)
class Extent:
    """A box in degrees, and how far outside of it a position may lie.

    Attributes:
        west: Of a box over the 180th meridian, more than `east` (RFC 7946, section 5.2).
        margin_km: Kilometres around the box that count as inside.
    """

    west: float
    south: float
    east: float
    north: float
    margin_km: float = 0.0

    @property
    def width(self) -> float:
        """Degrees from west to east."""
        return (self.east - self.west) % 360 if self.east - self.west != 360 else 360.0

    @property
    def middle(self) -> float:
        """The longitude between west and east."""
        return self.west + self.width / 2

    @property
    def diagonal_km(self) -> float:
        """About how far it is from corner to corner."""
        narrow = math.cos(math.radians((self.south + self.north) / 2))
        return _DEGREE_KM * math.hypot(self.width * narrow, self.north - self.south)

    @property
    def reach(self) -> tuple[float, float, float, float]:
        """The box with its margin: middle longitude, degrees to either side of it, least and greatest latitude."""
        up = self.margin_km / _DEGREE_KM
        south, north = self.south - up, self.north + up
        # A circle of latitude is the shorter the nearer the pole.
        narrow = math.cos(math.radians(min(89.9, max(abs(south), abs(north)))))
        return self.middle, min(180.0, self.width / 2 + up / narrow), south, north

    def holds(self, lon: float, lat: float) -> bool:
        """Whether a position lies in the box or its margin."""
        middle, half, south, north = self.reach
        return abs((lon - middle + 540) % 360 - 180) <= half and south <= lat <= north

    @property
    def expected(self) -> str:
        """What is asked of a position, in a few words."""
        near = f", or within {self.margin_km:.4g} km of it" if self.margin_km else ""
        return f"inside {self}{near}"

    def __str__(self) -> str:
        """West, south, east, north, as GeoJSON writes a box."""
        return f"[{', '.join(f'{round(n, 5):g}' for n in (self.west, self.south, self.east, self.north))}]"


@dataclass(frozen=True, slots=True)
class Asked:
    """What twin.toml says of the extent: a box, or nothing; and a margin, or what is usual."""

    box: tuple[float, float, float, float] | None = None
    margin_km: float | None = None

    @property
    def stated(self) -> Extent | None:
        """The stated box, with a kilometre around it unless it says another margin."""
        margin = _STATED_KM if self.margin_km is None else self.margin_km
        return Extent(*self.box, margin) if self.box else None

    def around(self, box: Sequence[float]) -> Extent:
        """Draw an extent around a box that was found: as wide a margin as it is itself, five kilometres at least."""
        found = Extent(*box)
        margin = self.margin_km
        return Extent(*box, max(_LEAST_KM, found.diagonal_km) if margin is None else margin)


def read_extent(value: Any, folder: Path) -> Asked:  # noqa: ANN401  (TOML)
    """Read `extent` of twin.toml: a box, the name of a GeoJSON file, or a table of `box` or `file` and `margin_km`.

    Raises:
        ValueError: It is none of these; says what is wrong, for people.
    """
    said: Mapping[str, Any] = value if isinstance(value, dict) else {"file" if isinstance(value, str) else "box": value}  # fmt: skip
    if unknown := said.keys() - {"box", "file", "margin_km"}:
        raise ValueError(f"extent has no {min(unknown)!r}")
    if {"box", "file"} <= said.keys():
        raise ValueError("extent has a box or a file, not both")
    margin = said.get("margin_km")
    if margin is not None and (number(margin) is None or margin < 0):
        raise ValueError(f"margin_km is a number of kilometres, not {margin!r}")
    box = said.get("box")
    if "file" in said:
        box = _box_of(folder, said["file"])
    return Asked(None if box is None else _box(box), margin)


def _box(value: Any) -> tuple[float, float, float, float]:  # noqa: ANN401  (TOML)
    numbers = [number(v) for v in value] if isinstance(value, list | tuple) else []
    if len(numbers) != 4 or None in numbers:
        raise ValueError(f"extent is [west, south, east, north] in degrees, not {value!r}")
    west, south, east, north = (float(n) for n in numbers if n is not None)
    if max(abs(west), abs(east)) > 180 or max(abs(south), abs(north)) > 90:
        raise ValueError(
            f"extent {value!r} does not lie on the earth: west, south, east, north in degrees"
        )
    if south > north:
        raise ValueError(
            f"extent {value!r} has its south above its north: west, south, east, north in degrees"
        )
    return west, south, east, north


def _box_of(folder: Path, name: Any) -> tuple[float, float, float, float]:  # noqa: ANN401  (TOML)
    """Return the box around all positions of a GeoJSON file."""
    try:
        document = json.loads((folder / name).read_text(encoding="utf-8-sig"))
    except (OSError, TypeError, ValueError, RecursionError):
        raise ValueError(
            f"extent names {name!r}, which is no GeoJSON file below {folder}"
        ) from None
    found = list(_positions(document))
    if not found:
        raise ValueError(f"extent names {name!r}, in which there is no position")
    lons, lats = zip(*found, strict=True)
    return _box((min(lons), min(lats), max(lons), max(lats)))


def _positions(value: Any) -> Iterator[tuple[float, float]]:  # noqa: ANN401  (JSON)
    """Yield the positions of a GeoJSON object, whatever it is (RFC 7946, section 3)."""
    if isinstance(value, list):
        numbers = [number(v) for v in value[:2]]
        if len(numbers) == 2 and numbers[0] is not None and numbers[1] is not None:
            yield numbers[0], numbers[1]
        else:
            for inner in value:
                yield from _positions(inner)
    elif isinstance(value, dict):
        for member in ("features", "geometry", "geometries", "coordinates"):
            yield from _positions(value.get(member))
