"""Where something happens: areas drawn on the map, how deep the water stands in them, and which assets that takes out."""

from __future__ import annotations

import difflib
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from ldt_graph import wkt
from ldt_graph.errors import QueryError
from ldt_graph.impact.structure.shapes import Plane
from ldt_graph.model import Box

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_GEOMETRIES = ("Point", "LineString", "Polygon", "MultiPoint", "MultiLineString", "MultiPolygon")
_WIDEST = 5
_PER_DEGREE = 110_500.0
"""Metres of a degree of latitude, at least (WGS 84, at the equator)."""


@dataclass(frozen=True, slots=True)
class Part:
    """A geometry as GeoJSON has it, in degrees; `depth` in metres where water stands in it."""

    geometry: dict[str, Any]
    depth: float | None = None


@dataclass(frozen=True, slots=True)
class Area:
    """What lies within so many metres of any part; with 0 metres, what meets one.

    Attributes:
        parts: At least one.
        metres: How far around the parts.
        district: IRI of a place: what is said to lie in it is in, what states another place is not.
    """

    parts: tuple[Part, ...]
    metres: float = 0.0
    district: str | None = None

    def __post_init__(self) -> None:
        if not (math.isfinite(self.metres) and self.metres >= 0):
            raise QueryError(f"The distance must be 0 or more metres, not {self.metres}.")
        if not self.parts and self.district is None:
            raise QueryError("The area is empty: it holds no geometry.")

    @property
    def positions(self) -> Iterator[Sequence[float]]:
        """Every position of its parts."""
        for part in self.parts:
            yield from _positions(part.geometry["coordinates"])

    @property
    def plane(self) -> Plane:
        """A plane around its middle.

        Raises:
            QueryError: It is too wide for one.
        """
        west, south, east, north = self.box
        wide = (east - west) % 360
        if wide > _WIDEST or north - south > _WIDEST:
            raise QueryError(
                f"The area is more than {_WIDEST} degrees wide.", hint="Ask for a part of it."
            )
        return Plane((west + wide / 2 + 180) % 360 - 180, (south + north) / 2)

    @property
    def box(self) -> Box:
        """A box of degrees that holds all of it, on either side of the antimeridian."""
        lon, lat = zip(*((p[0], p[1]) for p in self.positions), strict=True)
        north = self.metres / _PER_DEGREE
        south, top = max(-90.0, min(lat) - north), min(90.0, max(lat) + north)
        cosine = math.cos(math.radians(max(abs(south), abs(top))))
        east = north / cosine if cosine > 1e-6 else 180.0
        west, right = min(lon) - east, max(lon) + east
        if right - west >= 360:
            return Box(-180.0, south, 180.0, top)
        if west >= -180 and right <= 180:
            return Box(west, south, right, top)
        return Box((west + 180) % 360 - 180, south, (right + 180) % 360 - 180, top)


def circle(lon: float, lat: float, metres: float) -> Area:
    """Return all within so many metres of a position.

    Raises:
        QueryError: It does not lie on the earth, or the distance is negative or none.
    """
    point = {"type": "Point", "coordinates": [lon, lat]}
    return Area((Part(_sound(point)),), metres)


def box_area(west: float, south: float, east: float, north: float) -> Area:
    """Return a box; one whose west exceeds its east crosses the antimeridian.

    Raises:
        QueryError: It does not lie on the earth, or its south is above its north.
    """
    if not south <= north:
        raise QueryError(f"The box ends south of where it begins: {south} to {north}.")
    _sound({"type": "LineString", "coordinates": [[west, south], [east, north]]})
    ends = west, east if west <= east else east + 360
    ring = [
        (x, y) for x, y in zip((*ends, *reversed(ends)), (south, south, north, north), strict=True)
    ]
    return Area((Part({"type": "Polygon", "coordinates": [[*ring, ring[0]]]}),))


def read_area(text: str | bytes, *, metres: float = 0.0, depth: str | None = None) -> Area:
    """Read an area from GeoJSON: a geometry, a feature, or a collection of them, in WGS 84.

    Args:
        text: The GeoJSON.
        metres: How far around: a line so becomes a corridor, a point a circle.
        depth: Name of the property that says how deep the water stands, in metres; features without water are left out.

    Raises:
        QueryError: Not GeoJSON, no geometry in it, off the earth, or a depth that is missing or no number.
    """
    try:
        document = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise QueryError(f"The area is not GeoJSON: {error}.") from None
    features = [*_features(document)]
    if depth is not None:
        features = _wet(features, depth)
    return Area(tuple(part for geometry, d in features for part in _parts(geometry, d)), metres)


def _features(document: Any) -> Iterator[tuple[Any, Any]]:  # noqa: ANN401  (JSON)
    """Yield (geometry, properties, or None) of a document."""
    kind = document.get("type") if isinstance(document, dict) else None
    if kind == "FeatureCollection" and isinstance(document.get("features"), list):
        for feature in document["features"]:
            yield from _features(feature)
    elif kind == "Feature":
        if document.get("geometry") is not None:
            yield document["geometry"], document.get("properties") or {}
    elif kind in (*_GEOMETRIES, "GeometryCollection"):
        yield document, None
    else:
        raise QueryError(
            f"The area is not GeoJSON: its type is {kind!r}.",
            hint="A FeatureCollection, a Feature or a geometry (RFC 7946), in WGS 84.",
        )


def _wet(features: Sequence[tuple[Any, Any]], name: str) -> list[tuple[Any, float]]:
    found = []
    for number, (geometry, properties) in enumerate(features, start=1):
        known = properties if isinstance(properties, dict) else {}
        if name not in known:
            near = difflib.get_close_matches(name, known, 1) or sorted(known)[:5]
            raise QueryError(
                f"Feature {number} of the area has no property {name!r}.",
                hint=f"It has {', '.join(near)}." if near else None,
            )
        depth = known[name]
        if isinstance(depth, bool) or not isinstance(depth, int | float):
            raise QueryError(f"{name} of feature {number} is {depth!r}, not a depth in metres.")
        if depth > 0:
            found.append((geometry, float(depth)))
    if features and not found:
        raise QueryError(f"The area is empty: no feature has {name} above 0.")
    return found


def _parts(geometry: Any, depth: Any) -> Iterator[Part]:  # noqa: ANN401  (JSON)
    if isinstance(geometry, dict) and geometry.get("type") == "GeometryCollection":
        for member in geometry.get("geometries") or ():
            yield from _parts(member, depth)
    else:
        yield Part(_sound(geometry), depth if isinstance(depth, float) else None)


def _sound(geometry: Any) -> dict[str, Any]:  # noqa: ANN401  (JSON)
    """Return a geometry that is sound and lies on the earth."""
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if kind not in _GEOMETRIES:
        raise QueryError(f"The area has a geometry of the type {kind!r}.")
    coordinates = geometry.get("coordinates")
    if fault := wkt.fault_of(coordinates, wkt.TYPES[kind]):
        raise QueryError(f"A {kind} of the area is not sound: {fault}.")
    for lon, lat, *_ in _positions(coordinates):
        if not (abs(lon) <= 180 and abs(lat) <= 90):
            raise QueryError(
                f"The area does not lie on the earth: longitude {lon}, latitude {lat}.",
                hint="Longitude first, in degrees of WGS 84.",
            )
    return geometry


def _positions(coordinates: Any) -> Iterator[Sequence[float]]:  # noqa: ANN401  (JSON)
    if isinstance(coordinates[0], list | tuple):
        for part in coordinates:
            yield from _positions(part)
    else:
        yield coordinates
