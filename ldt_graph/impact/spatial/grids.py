"""ESRI ASCII grids of water depths, in degrees of WGS 84 and metres of depth."""

from __future__ import annotations

import numpy as np

from ldt_graph.errors import QueryError
from ldt_graph.impact.spatial.areas import Area, Part

_KEYS = ("ncols", "nrows", "cellsize", "xllcorner", "yllcorner", "xllcenter", "yllcenter")
_MOST = 25_000_000


def read_grid(text: str) -> Area:
    """Return the wet cells of a grid as an area: runs of one depth in a row are one rectangle.

    Raises:
        QueryError: Not such a grid, off the earth, or no water in it.
    """
    head, values = _split(text)
    columns, rows = int(head["ncols"]), int(head["nrows"])
    if not (0 < columns * rows <= _MOST and head["cellsize"] > 0):
        raise QueryError(f"The grid has {columns} columns and {rows} rows.")
    try:
        depth = np.array(values, dtype=float)
    except ValueError as error:
        raise QueryError(f"The grid holds what is no number: {error}.") from None
    if len(depth) != columns * rows:
        raise QueryError(f"The grid has {len(depth):,} values, not {columns} times {rows}.")
    size = head["cellsize"]
    west, south = (
        head.get(f"{axis}llcorner", head.get(f"{axis}llcenter", 0.0) - size / 2) for axis in "xy"
    )
    if not (
        -180 <= west <= west + columns * size <= 180 and -90 <= south <= south + rows * size <= 90
    ):
        raise QueryError(
            "The grid does not lie on the earth.",
            hint="Its corner and cell size are degrees of WGS 84: reproject it.",
        )
    depth[depth == head.get("nodata_value", -9999.0)] = 0.0
    parts = _runs(depth.reshape(rows, columns), west, south, size)
    if not parts:
        raise QueryError("The area is empty: no cell of the grid holds water.")
    return Area(parts)


def _split(text: str) -> tuple[dict[str, float], list[str]]:
    words = text.split()
    head: dict[str, float] = {}
    at = 0
    while at + 1 < len(words) and words[at][:1].isalpha() and words[at].lower() != "nan":
        try:
            head[words[at].lower()] = float(words[at + 1])
        except ValueError:
            raise QueryError(f"{words[at]} of the grid is {words[at + 1]!r}.") from None
        at += 2
    missing = [k for k in _KEYS[:3] if k not in head]
    if missing or not all({f"{a}llcorner", f"{a}llcenter"} & head.keys() for a in "xy"):
        raise QueryError(
            f"Not an ESRI ASCII grid: its head lacks {', '.join(missing) or 'the lower left corner'}.",
            hint=f"It begins with {', '.join(_KEYS[:5])}.",
        )
    return head, words[at:]


def _runs(depth: np.ndarray, west: float, south: float, size: float) -> tuple[Part, ...]:
    found = []
    rows, columns = depth.shape
    for row in range(rows):
        values = depth[row]
        ends = np.flatnonzero(np.diff(values)) + 1
        low, high = south + (rows - 1 - row) * size, south + (rows - row) * size
        for a, b in zip([0, *ends.tolist()], [*ends.tolist(), columns], strict=True):
            if values[a] > 0:  # no number compares as false
                left, right = west + a * size, west + b * size
                ring = [[left, low], [right, low], [right, high], [left, high], [left, low]]
                found.append(Part({"type": "Polygon", "coordinates": [ring]}, float(values[a])))
    return tuple(found)
