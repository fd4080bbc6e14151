"""Where entities lie: the bounding boxes of their geometries, and which of them meet a box."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ldt_graph.wkt import positions

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ldt_graph.graph.columns import Bools
    from ldt_graph.model import Box


class Bounds:
    """Bounding boxes by position, in degrees.

    Args:
        geometries: Well-known text, longitude first; None and what holds no position meet no box.
    """

    def __init__(self, geometries: Iterable[str | None]) -> None:
        found = [_bounds(g) for g in geometries]
        self._west, self._south, self._east, self._north = np.array(found).reshape(-1, 4).T

    def meeting(self, box: Box) -> Bools:
        """Return which meet a box, its border included; one whose west exceeds its east crosses the antimeridian."""
        west, south, east, north = box
        inside = (self._south <= north) & (self._north >= south)
        if west <= east:
            return inside & (self._west <= east) & (self._east >= west)
        return inside & ((self._east >= west) | (self._west <= east))


def _bounds(wkt: str | None) -> tuple[float, float, float, float]:
    found = positions(wkt) if wkt else ()
    if not found:
        return np.nan, np.nan, np.nan, np.nan  # compares as false with everything
    lon, lat = zip(*found, strict=True)
    return min(lon), min(lat), max(lon), max(lat)
