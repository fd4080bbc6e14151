"""Well-known text (OGC 06-103r4, section 7) as Neo4j and GeoJSON have it."""

from __future__ import annotations

import re
from typing import Any

import orjson

_TYPES = {
    "POINT": ("Point", 0),
    "LINESTRING": ("LineString", 1),
    "POLYGON": ("Polygon", 2),
    "MULTIPOINT": ("MultiPoint", 1),
    "MULTILINESTRING": ("MultiLineString", 2),
    "MULTIPOLYGON": ("MultiPolygon", 3),
}
_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_WKT = re.compile(r"\s*(?:<[^>]*>\s*)?([A-Za-z]+)\s*(\(.*\))\s*", re.DOTALL)


def of_wkt(wkt: str) -> tuple[tuple[float, float], str] | None:
    """Return (longitude and latitude of the middle of its box, GeoJSON text); None for what is not covered."""
    match = _WKT.fullmatch(wkt)
    if not match or match[1].upper() not in _TYPES:
        return None
    kind, depth = _TYPES[match[1].upper()]
    body = match[2] if kind != "MultiPoint" else re.sub(r"(?<=[\s,(])\(([^()]*)\)", r"\1", match[2])
    text = re.sub(
        rf"({_NUMBER})\s+({_NUMBER})(?=\s*[,)])",
        lambda m: f"[{float(m[1])!r},{float(m[2])!r}]",
        body,
    )
    text = text.replace("(", "[").replace(")", "]")
    try:
        coordinates = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    if depth == 0:
        coordinates = coordinates[0] if len(coordinates) == 1 else None
    points = list(_points(coordinates, depth))
    if not points:
        return None
    xs, ys = [p[0] for p in points], [p[1] for p in points]
    middle = ((min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2)
    if not (abs(middle[0]) <= 180 and abs(middle[1]) <= 90):
        return None
    return middle, orjson.dumps({"type": kind, "coordinates": coordinates}).decode()


def _points(value: Any, depth: int) -> Any:  # noqa: ANN401  (nested lists)
    """Yield the positions of nested coordinates; nothing where the nesting is not the type's."""
    if depth == 0:
        if isinstance(value, list) and len(value) == 2 and all(isinstance(v, float) for v in value):
            yield value
    elif isinstance(value, list):
        for item in value:
            yield from _points(item, depth - 1)
