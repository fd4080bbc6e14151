"""ESRI shapefiles (pyshp): a row per record, with its geometry."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import PurePosixPath
from typing import IO, TYPE_CHECKING, Any, cast

import pyproj
import shapefile

from ldt_graph.model import Crs
from ldt_graph.sources.crs import GEOMETRY, Placer
from ldt_graph.sources.reading import cell

if TYPE_CHECKING:
    from ldt_graph.sources.connect import ByteSource
    from ldt_graph.sources.reading import Reading


def read_shapefile(reading: Reading) -> None:
    """Read a shapefile. The dataset's `crs` in twin.toml outranks the `.prj`.

    Raises:
        SourceError: A part is missing or damaged, or the `.prj` says degrees where the coordinates are none.
    """
    with ExitStack() as stack:
        files = {
            part: cast("IO[bytes]", stack.enter_context(file.opened()))
            for part, file in _parts(reading).items()
        }
        try:
            opened: Any = shapefile.Reader(
                **files,
                encoding=reading.option("encoding") or "utf-8",
                encodingErrors="replace",
            )
            fields = [f[0] for f in opened.fields[1:]]
            records = [list(r) for r in opened.iterRecords()]
            shapes = [_geometry(s) for s in opened.iterShapes()]
            box = list(opened.bbox) if len(shapes) else [0.0] * 4
        # pyshp unpacks damaged files without checking: struct.error is one of several.
        except Exception as error:
            raise reading.error(
                f"Not a readable shapefile: {error}.",
                hint="The .shp, .shx and .dbf belong together.",
            ) from None
    default = None if reading.dataset.crs else _declared(reading, box)
    rows = list(range(1, len(records) + 1))
    names = reading.header(fields, GEOMETRY)
    columns = {n: [cell(r[i]) for r in records] for i, n in enumerate(names)}
    places = Placer(reading, default).cells(shapes, rows)
    reading.add_columns(reading.file.stem, columns | dict(zip(GEOMETRY, places, strict=True)), rows)


def _parts(reading: Reading) -> dict[str, ByteSource]:
    parts = {"shp": reading.file, "dbf": reading.beside(".dbf"), "shx": reading.beside(".shx")}
    if parts["dbf"] is None:
        raise reading.error(
            "Not a readable shapefile: it has no .dbf.",
            hint="The .shp, .shx and .dbf belong together.",
        )
    return {name: file for name, file in parts.items() if file is not None}


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
    file = reading.beside(".prj")
    if file is None:
        return None
    name = PurePosixPath(file.name).name
    try:
        crs = pyproj.CRS.from_wkt(file.read().decode("utf-8", errors="replace"))
    except pyproj.exceptions.CRSError:
        raise reading.error(
            f"{name} is not a coordinate system.", hint="Name the dataset's crs in twin.toml."
        ) from None
    if crs.is_geographic and not (
        abs(box[0]) <= 180 and abs(box[2]) <= 180 and abs(box[1]) <= 90 and abs(box[3]) <= 90
    ):
        raise reading.error(
            f"{name} says degrees ({crs.name}), but the coordinates reach {box[2]:.0f}, {box[3]:.0f}.",
            hint='Name the true CRS in twin.toml: crs = "EPSG:25832", or crs = { unit = "metre" } for a local plan.',
        )
    return Crs(crs.to_wkt())
