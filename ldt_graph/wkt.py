"""Well-known text (OGC 06-103r4, section 7) and the geometries of GeoJSON (RFC 7946, section 3.1)."""

from __future__ import annotations

import json
import math
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
POSITION = re.compile(rf"({_NUMBER})\s+({_NUMBER})(?:\s+{_NUMBER})*\s*(?=[,)])")
"""A position: its first two numbers are groups 1 and 2."""
_WKT = re.compile(
    r"\s*(?:<[^>]*>\s*)?([A-Za-z]+)(?:\s+(?:Z|M|ZM))?\s*(\(.*\))\s*", re.DOTALL | re.I
)


def positions(wkt: str) -> list[tuple[float, float]]:
    """Return every position of a text, longitude first, as they stand there."""
    return [(float(x), float(y)) for x, y in POSITION.findall(wkt)]


def geometry(wkt: str) -> dict[str, Any] | None:
    """Return a text as a GeoJSON geometry of two dimensions; None for what is none of its types, or is not sound."""
    match = _WKT.fullmatch(wkt)
    kind = _KINDS.get(match[1].upper()) if match else None
    if match is None or kind is None:
        return None
    body = match[2]
    if kind == "MultiPoint":  # each position may stand in brackets of its own
        body = re.sub(r"(?<=[\s,(])\(([^()]*)\)", r"\1", body)
    text = POSITION.sub(lambda m: f"[{float(m[1])!r},{float(m[2])!r}]", body)
    try:
        coordinates = json.loads(text.replace("(", "[").replace(")", "]"))
    except ValueError:
        return None
    if kind == "Point":
        coordinates = coordinates[0] if len(coordinates) == 1 else None
    return (
        None if fault_of(coordinates, TYPES[kind]) else {"type": kind, "coordinates": coordinates}
    )


def fault_of(coordinates: object, depth: int) -> str | None:
    """Return what is wrong with coordinates that are to nest so deep, or None."""
    if not isinstance(coordinates, list | tuple) or not coordinates:
        return "its coordinates are not positions"
    if depth:
        return next((f for c in coordinates if (f := fault_of(c, depth - 1))), None)
    if isinstance(coordinates[0], list | tuple):
        return "its coordinates nest deeper than its type does"
    if len(coordinates) < 2:
        return "its coordinates are not positions"
    texts = [c for c in coordinates if number(c) is None]
    return f"{texts[0]!r} in a position is not a number" if texts else None


def number(value: object) -> float | None:
    """Return a finite number of JSON, however it was parsed: one that keeps its text is no plain str."""
    if value is None or type(value) in (str, bool):
        return None
    try:
        found = float(value)  # ty: ignore[invalid-argument-type]
    except (TypeError, ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None
