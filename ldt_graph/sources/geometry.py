"""Geometries as GeoJSON writes them (RFC 7946, section 3.1): what is sound, and their positions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ldt_graph.wkt import TYPES, fault_of

if TYPE_CHECKING:
    from collections.abc import Iterable

Geometry = dict[str, Any]

COLLECTION = "GeometryCollection"


def check_geometry(geometry: object) -> str | None:
    """Return what is wrong with a GeoJSON geometry, or None."""
    if geometry is None:
        return None
    kind = geometry.get("type") if isinstance(geometry, dict) else geometry
    if not isinstance(geometry, dict) or not isinstance(kind, str) or kind not in TYPES:
        return f"{str(kind)[:80]!r} is not a geometry type that the twin keeps"
    fault = fault_of(geometry.get("coordinates"), TYPES[kind])
    if fault:
        return fault
    parts = geometry["coordinates"] if kind.startswith("Multi") else [geometry["coordinates"]]
    if kind.endswith("Polygon"):
        return next((f for rings in parts for ring in rings if (f := _ring(ring))), None)
    if kind.endswith("LineString") and any(len(line) < 2 for line in parts):
        return "a line has two positions or more"
    return None


def _ring(ring: list[Any]) -> str | None:
    """RFC 7946, section 3.1.6: a ring is closed, and of four positions or more."""
    if len(ring) < 4:
        return f"a ring has four positions or more, not {len(ring)}"
    first, last = ring[0][:2], ring[-1][:2]
    return None if first == last else "a ring is not closed: its last position is not its first"


def simple(geometry: Geometry) -> Geometry:
    """Return a collection of geometries of one kind as one of several parts (a MultiPoint); others as they are."""
    parts = geometry.get("geometries") if geometry.get("type") == COLLECTION else None
    kinds = {str(p.get("type")) if isinstance(p, dict) else "" for p in _list(parts)}
    kind = kinds.pop() if len(kinds) == 1 else None
    if kind not in ("Point", "LineString", "Polygon"):
        return geometry
    several = [p.get("coordinates") for p in _list(parts)]
    if len(several) == 1:
        return {"type": kind, "coordinates": several[0]}
    return {"type": f"Multi{kind}", "coordinates": several}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def positions(coordinates: Any) -> Iterable[tuple[float, float]]:  # noqa: ANN401  (JSON)
    """Yield the positions of sound coordinates in their order, without altitudes."""
    if isinstance(coordinates[0], list | tuple):
        for part in coordinates:
            yield from positions(part)
    else:
        yield float(coordinates[0]), float(coordinates[1])


def has_altitude(geometry: Geometry | None) -> bool:
    """Whether a sound geometry's first position has more than a longitude and a latitude."""
    first = geometry["coordinates"] if geometry else ()
    while first and isinstance(first[0], list | tuple):
        first = first[0]
    return len(first) > 2
