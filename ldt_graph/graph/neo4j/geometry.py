"""Geometries as Neo4j has them: a point to look for, and the whole as GeoJSON."""

from __future__ import annotations

import orjson

from ldt_graph.wkt import geometry, positions


def of_wkt(wkt: str) -> tuple[tuple[float, float], str] | None:
    """Return (longitude and latitude of the middle of its box, GeoJSON text); None for what is not covered."""
    made = geometry(wkt)
    if made is None:
        return None
    xs, ys = zip(*positions(wkt), strict=True)
    middle = ((min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2)
    if not (abs(middle[0]) <= 180 and abs(middle[1]) <= 90):
        return None
    return middle, orjson.dumps(made).decode()
