"""ESRI shapefiles (pyshp): a row per record, with its geometry."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyproj
import shapefile

from ldt_graph.model import Crs
from ldt_graph.sources.crs import Placer
from ldt_graph.sources.reading import cell, unique

if TYPE_CHECKING:
    from ldt_graph.sources.reading import Reading


def read_shapefile(reading: Reading) -> None:
    """Read a shapefile. The dataset's `crs` in twin.toml outranks the `.prj`.

    Raises:
        SourceError: A part is missing or damaged, or the `.prj` says degrees where the coordinates are none.
    """
    try:
        opened: Any = shapefile.Reader(
            str(reading.path),
            encoding=reading.option("encoding") or "utf-8",
            encodingErrors="replace",
        )
        with opened as reader:
            names = unique(f[0] for f in reader.fields[1:])
            records = [list(r) for r in reader.iterRecords()]
            shapes = [_geometry(s) for s in reader.iterShapes()]
            box = list(reader.bbox) if len(shapes) else [0.0] * 4
    # pyshp unpacks damaged files without checking: struct.error is one of several.
    except Exception as error:
        raise reading.error(
            f"Not a readable shapefile: {error}.", hint="The .shp, .shx and .dbf belong together."
        ) from None
    default = None if reading.dataset.crs else _declared(reading, box)
    rows = list(range(1, len(records) + 1))
    columns = {n: [cell(r[i]) for r in records] for i, n in enumerate(names)}
    geometry, plan = Placer(reading, default).cells(shapes, rows)
    reading.add_columns(
        reading.path.stem, columns | {"geometry": geometry, "plan_geometry": plan}, rows
    )


def _geometry(shape: shapefile.Shape) -> dict[str, object] | None:
    if shape.shapeType == shapefile.NULL:
        return None
    found = shape.__geo_interface__
    return (
        {"type": found["type"], "coordinates": found["coordinates"]}
        if found["coordinates"]
        else None
    )


def _declared(reading: Reading, box: list[float]) -> Crs | None:
    """Return the CRS that the `.prj` declares, unless the coordinates contradict it."""
    path = reading.path.with_suffix(".prj")
    if not path.is_file():
        return None
    try:
        crs = pyproj.CRS.from_wkt(path.read_text(encoding="utf-8", errors="replace"))
    except pyproj.exceptions.CRSError:
        raise reading.error(
            f"{path.name} is not a coordinate system.", hint="Name the dataset's crs in twin.toml."
        ) from None
    if crs.is_geographic and not (
        abs(box[0]) <= 180 and abs(box[2]) <= 180 and abs(box[1]) <= 90 and abs(box[3]) <= 90
    ):
        raise reading.error(
            f"{path.name} says degrees ({crs.name}), but the coordinates reach {box[2]:.0f}, {box[3]:.0f}.",
            hint='Name the true CRS in twin.toml: crs = "EPSG:25832", or crs = { unit = "metre" } for a local plan.',
        )
    return Crs(crs.to_wkt())
