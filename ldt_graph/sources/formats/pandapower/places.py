"""Where the elements of a network are: GeoJSON in a column `geo`, or x and y in a table of their own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ldt_graph.model import WGS84
from ldt_graph.sources.crs import Placer
from ldt_graph.sources.formats.pandapower.frames import place, report, text_of
from ldt_graph.sources.geometry import check_geometry

if TYPE_CHECKING:
    from collections.abc import Hashable

    from ldt_graph.sources.formats.pandapower.frames import Frame
    from ldt_graph.sources.reading import Cell, Reading

Geometry = dict[str, Any]
Places = dict["Hashable", tuple["Cell", "Cell"]]
"""Index → the geometry and the plan geometry of an element; one of them at most is there."""


def places(reading: Reading, frame: Frame, geodata: Frame | None) -> Places:
    """Return where a table's elements are: by `geo` in longitude and latitude, else by the table beside it, in a plan.

    pandapower 3 keeps GeoJSON, whose coordinates are WGS 84 (RFC 7946, section 4); twin.toml outranks it. The
    tables `bus_geodata` and the like, of before, do not say what their coordinates mean.
    """
    if any(value is not None for value in frame.column("geo")):
        found = [
            _geojson(reading, frame, row, value)
            for row, value in zip(frame.rows, frame.column("geo"), strict=True)
        ]
        return _placed(reading, frame, found, "geo")
    if geodata is None:
        return {}
    for row, key in zip(geodata.rows, geodata.index, strict=True):
        if key not in frame.ids:
            message = f"{frame.name} has no element {key}; its place was set aside."
            report(reading, geodata.name, row, "source:dangling", message, value=text_of(key))
    if "x" in geodata.columns:
        return _points(reading, geodata)
    return _placed(reading, geodata, _courses(reading, geodata), None)


def _geojson(reading: Reading, frame: Frame, row: int, value: Any) -> Geometry | None:  # noqa: ANN401
    if value is None or value == "":
        return None
    try:
        shape = json.loads(value) if isinstance(value, str) else value
        fault = check_geometry(shape)
    except (ValueError, RecursionError):
        shape, fault = None, "it is not JSON"
    if fault is None:
        return shape
    message = f"geo is no GeoJSON: {fault}; the geometry was left out."
    report(
        reading, frame.name, row, "source:coordinate", message, column="geo", value=text_of(value)
    )
    return None


def _points(reading: Reading, frame: Frame) -> Places:
    """Place points of x and y, all in one transformation."""
    columns = [[text_of(v) for v in frame.column(c)] for c in ("x", "y")]
    if not any(columns[0] + columns[1]):
        return {}
    placer = Placer(reading, source=place(reading, frame.name))
    cells = placer.points(columns[0], columns[1], frame.rows, ("x", "y"))
    return dict(zip(frame.index, zip(*cells, strict=True), strict=True))


def _courses(reading: Reading, frame: Frame) -> list[Geometry | None]:
    """Return lines of `coords`."""
    found: list[Geometry | None] = []
    for row, coords in zip(frame.rows, frame.column("coords"), strict=True):
        shape: Geometry = {"type": "LineString", "coordinates": coords}
        fault = None if coords is None else check_geometry(shape)
        if fault:
            value = text_of(coords)
            message = f"coords is no course: {fault}; the geometry was left out."
            report(
                reading, frame.name, row, "source:coordinate", message, column="coords", value=value
            )
        found.append(None if coords is None or fault else shape)
    return found


def _placed(
    reading: Reading, frame: Frame, shapes: list[Geometry | None], column: str | None
) -> Places:
    if not any(shapes):
        return {}
    default = WGS84 if column else None
    placer = Placer(reading, default, source=place(reading, frame.name), column=column)
    if all(shape is None or shape["type"] == "Point" for shape in shapes):
        x, y = ([None if s is None else str(s["coordinates"][i]) for s in shapes] for i in (0, 1))
        cells = placer.points(x, y, frame.rows)
    else:
        cells = placer.cells(shapes, frame.rows)
    return dict(zip(frame.index, zip(*cells, strict=True), strict=True))
