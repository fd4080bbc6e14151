"""ESRI shapefiles (pyshp): a row per record, with its geometry."""

from __future__ import annotations

import codecs
import re
from contextlib import ExitStack
from dataclasses import dataclass
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


# Byte 29 of a .dbf, the language driver, where it names a code page that is still met.
_DRIVERS = {
    0x01: "cp437", 0x02: "cp850", 0x03: "cp1252", 0x13: "cp932", 0x26: "cp866", 0x4D: "cp936", 0x4E: "cp949",
    0x4F: "cp950", 0x57: "cp1252", 0x64: "cp852", 0x65: "cp866", 0xC8: "cp1250", 0xC9: "cp1251", 0xCA: "cp1254",
    0xCB: "cp1253",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Content:
    fields: list[str]
    records: list[list[Any]]
    shapes: list[dict[str, object] | None]
    box: list[float]


def read_shapefile(reading: Reading) -> None:
    """Read a shapefile. The dataset's `crs` in twin.toml outranks the `.prj`.

    Its texts are of the encoding that the option names, else the .cpg, else the .dbf's header, else UTF-8.
    Where they are not, they are read as Windows-1252 with a warning.

    Raises:
        SourceError: A part is missing or damaged, or the `.prj` says degrees where the coordinates are none.
    """
    content = _content(reading)
    default = None if reading.dataset.crs else _declared(reading, content.box)
    rows = list(range(1, len(content.records) + 1))
    names = reading.header(content.fields, GEOMETRY)
    columns = {n: [cell(r[i]) for r in content.records] for i, n in enumerate(names)}
    places = Placer(reading, default).cells(content.shapes, rows)
    reading.add_columns(reading.table, columns | dict(zip(GEOMETRY, places, strict=True)), rows)


def _content(reading: Reading) -> _Content:
    stated = reading.option("encoding")
    encoding = stated or _encoding(reading) or "utf-8"
    try:
        codecs.lookup(encoding)
    except LookupError:
        raise reading.error(f"No encoding is called {encoding!r}.") from None
    content = _decoded(reading, encoding, "surrogateescape")
    row, byte = _foreign(content)
    if row is None:
        return content
    if stated:
        raise reading.error(f"Not {stated}: byte 0x{byte:02x}.", row=row)
    reading.report(
        "source:encoding",
        f"The texts are not {encoding}; they were read as Windows-1252. Name their encoding in twin.toml: options.encoding.",
        row=row,
        severity="warning",
    )
    return _decoded(reading, "cp1252", "replace")


def _foreign(content: _Content) -> tuple[int | None, int]:
    """Return the first record (0: the names of the fields) with a byte that is none of the encoding, and the byte."""
    for row, record in enumerate([content.fields, *content.records]):
        for text in record:
            if isinstance(text, str) and not text.isascii():
                byte = next((ord(c) - 0xDC00 for c in text if "\udc80" <= c <= "\udcff"), None)
                if byte is not None:
                    return row, byte
    return None, 0


def _encoding(reading: Reading) -> str | None:
    """Return the encoding that the files themselves name, if Python knows it."""
    cpg, dbf = reading.beside(".cpg"), reading.beside(".dbf")
    said = cpg.read().decode("ascii", errors="replace").strip() if cpg else ""
    number = re.sub(r"\D", "", said)
    for name in (said, f"cp{number}"):
        try:
            return codecs.lookup(name).name
        except (LookupError, ValueError):
            continue
    head = dbf.head(32) if dbf else b""
    return _DRIVERS.get(head[29]) if len(head) == 32 else None


def _decoded(reading: Reading, encoding: str, errors: str) -> _Content:
    with ExitStack() as stack:
        files = {
            part: cast("IO[bytes]", stack.enter_context(file.opened()))
            for part, file in _parts(reading).items()
        }
        try:
            opened: Any = shapefile.Reader(**files, encoding=encoding, encodingErrors=errors)
            shapes = [_geometry(s) for s in opened.iterShapes()]
            return _Content(
                [f[0] for f in opened.fields[1:]],
                [list(r) for r in opened.iterRecords()],
                shapes,
                list(opened.bbox) if shapes else [0.0] * 4,
            )
        # pyshp unpacks damaged files without checking: struct.error is one of several.
        except Exception as error:
            raise reading.error(
                f"Not a readable shapefile: {error}.",
                hint="The .shp, .shx and .dbf belong together.",
            ) from None


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
