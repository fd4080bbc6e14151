"""The geometries of GeoJSON (RFC 7946, section 3.1) as the schemas that geojson.org gives addresses to."""

from __future__ import annotations

import re
from typing import Any

_ADDRESS = re.compile(r"https?://(?:www\.)?geojson\.org/schema/(?P<name>\w+)\.json")
_NUMBERS = {"type": "array", "items": {"type": "number"}}
_POSITION = {**_NUMBERS, "minItems": 2}


def _list(items: dict[str, Any], least: int = 0) -> dict[str, Any]:
    return {"type": "array", "items": items, **({"minItems": least} if least else {})}


_RING = _list(_POSITION, 4)
COORDINATES = {
    "Point": _POSITION,
    "MultiPoint": _list(_POSITION),
    "LineString": _list(_POSITION, 2),
    "MultiLineString": _list(_list(_POSITION, 2)),
    "Polygon": _list(_RING),
    "MultiPolygon": _list(_list(_RING)),
}
"""What the coordinates of a geometry are: lists in lists, as deep as the geometry asks."""


def _object(name: str, member: str, content: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["type", member],
        "properties": {
            "type": {"type": "string", "enum": [name]},
            member: content,
            "bbox": {**_NUMBERS, "minItems": 4},
        },
    }


_GEOMETRIES = {name: _object(name, "coordinates", inner) for name, inner in COORDINATES.items()}
_GEOMETRY = {"oneOf": list(_GEOMETRIES.values())}
_COLLECTION = _object("GeometryCollection", "geometries", _list(_GEOMETRY))
_SCHEMAS = {
    **_GEOMETRIES,
    "GeometryCollection": _COLLECTION,
    "Geometry": {"oneOf": [*_GEOMETRIES.values(), _COLLECTION]},
}


def geojson_schema(address: str) -> dict[str, Any] | None:
    """Return the schema of a geometry by its address: `https://geojson.org/schema/Point.json`; None for others."""
    found = _ADDRESS.fullmatch(address)
    return _SCHEMAS.get(found["name"]) if found else None
