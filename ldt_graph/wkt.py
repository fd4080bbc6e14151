"""Well-known text (OGC 06-103r4, section 7) and the geometries of GeoJSON (RFC 7946, section 3.1)."""

from __future__ import annotations

import json
import re
from typing import Any

TYPES = {
    "Point": 0,
    "MultiPoint": 1,
    "LineString": 1,
    "MultiLineString": 2,
    "Polygon": 2,
    "MultiPolygon": 3,
}
"""GeoJSON type → how deep its coordinates nest."""

_KINDS = {kind.upper(): kind for kind in TYPES}
_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_POSITION = re.compile(rf"({_NUMBER})\s+({_NUMBER})(?:\s+{_NUMBER})*\s*(?=[,)])")
_WKT = re.compile(
    r"\s*(?:<[^>]*>\s*)?([A-Za-z]+)(?:\s+(?:Z|M|ZM))?\s*(\(.*\))\s*", re.DOTALL | re.I
)


def positions(wkt: str) -> list[tuple[float, float]]:
    """Return every position of a text, longitude first, as they stand there."""
    return [(float(x), float(y)) for x, y in _POSITION.findall(wkt)]


def geometry(wkt: str) -> dict[str, Any] | None:
    """Return a text as a GeoJSON geometry of two dimensions; None for what is none of its types, or is not sound."""
    match = _WKT.fullmatch(wkt)
    kind = _KINDS.get(match[1].upper()) if match else None
    if match is None or kind is None:
        return None
    body = match[2]
    if kind == "MultiPoint":  # each position may stand in brackets of its own
        body = re.sub(r"(?<=[\s,(])\(([^()]*)\)", r"\1", body)
    text = _POSITION.sub(lambda m: f"[{float(m[1])!r},{float(m[2])!r}]", body)
    try:
        coordinates = json.loads(text.replace("(", "[").replace(")", "]"))
    except ValueError:
        return None
    if kind == "Point":
        coordinates = coordinates[0] if len(coordinates) == 1 else None
    return {"type": kind, "coordinates": coordinates} if sound(coordinates, TYPES[kind]) else None


def sound(coordinates: object, depth: int) -> bool:
    """Whether coordinates are positions, nested so deep."""
    if not isinstance(coordinates, (list, tuple)) or not coordinates:
        return False
    if depth == 0:
        return len(coordinates) >= 2 and all(isinstance(c, (int, float)) for c in coordinates[:2])
    return all(sound(c, depth - 1) for c in coordinates)
