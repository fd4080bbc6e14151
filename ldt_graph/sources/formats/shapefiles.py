"""ESRI shapefiles (pyshp): a row per record, with its geometry."""

from __future__ import annotations

import re
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import IO, TYPE_CHECKING, Any, cast

import pyproj
import shapefile

from ldt_graph.model import Crs
from ldt_graph.sources.crs import GEOMETRY, Placer
from ldt_graph.sources.formats.dbf import MEMOS, Dbf, overflows, parse
from ldt_graph.sources.formats.dbf import cell as dbf_cell
from ldt_graph.sources.text import BAD, decoded, known, shown, tell_doubt

if TYPE_CHECKING:
    from ldt_graph.sources.connect import ByteSource
    from ldt_graph.sources.reading import Cell, Reading


# Byte 29 of a .dbf, the language driver, where it names a code page that is still met.
_DRIVERS = {
    0x01: "cp437", 0x02: "cp850", 0x03: "cp1252", 0x13: "cp932", 0x26: "cp866", 0x4D: "cp936", 0x4E: "cp949",
    0x4F: "cp950", 0x57: "cp1252", 0x64: "cp852", 0x65: "cp866", 0xC8: "cp1250", 0xC9: "cp1251", 0xCA: "cp1254",
    0xCB: "cp1253",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Content:
    rows: list[int]
    shapes: list[dict[str, object] | None]
    box: list[float]
    table: Dbf


def read_shapefile(reading: Reading) -> None:
    """Read a shapefile. The dataset's `crs` in twin.toml outranks the `.prj`.

    Its texts are of the encoding that the option names, else the .cpg, else the .dbf's header, else UTF-8.
    Where they are not, they are read as what they look like, with a warning. Numbers stay as they are written.

    Raises:
        SourceError: A part is missing or damaged, or the `.prj` says degrees where the coordinates are none.
    """
    content = _content(reading)
    default = None if reading.dataset.crs else _declared(reading, content.box)
    columns = _columns(reading, content)
    places = Placer(reading, default).cells(content.shapes, content.rows)
    reading.add_columns(
        reading.table, columns | dict(zip(GEOMETRY, places, strict=True)), content.rows
    )


# ── the table ────────────────────────────────────────────────────────────────────────────────────


def _columns(reading: Reading, content: _Content) -> dict[str, list[Cell]]:
    fields = content.table.fields
    records = [r for r in content.table.rows if r is not None]
    texts = [n for n, f in enumerate(fields) if f.kind == "C"]
    encoding = _encoding(reading, content, texts)
    names = [f.name.decode(encoding, "surrogateescape") for f in fields]
    header = reading.header([shown(n) for n in names], GEOMETRY)
    columns: dict[str, list[Cell]] = {}
    for n, (name, field) in enumerate(zip(header, fields, strict=True)):
        cells = [r[n] for r in records]
        if field.kind in MEMOS:
            held = sum(1 for c in cells if c)
            if held:
                why = "the texts of a .dbt are not read"
                reading.unused("column", f"{reading.table}.{name}", why, row=1, count=held)
        elif field.kind == "C":
            columns[name] = _texts(reading, name, cells, content.rows, encoding)
        else:
            _tell_overflow(reading, name, field.kind, cells, content.rows)
            columns[name] = [
                None if overflows(field.kind, c) else dbf_cell(field.kind, c) for c in cells
            ]
    return columns


def _texts(
    reading: Reading, name: str, cells: list[bytes], rows: list[int], encoding: str
) -> list[Cell]:
    found: list[Cell] = [c.decode(encoding, "surrogateescape") or None for c in cells]
    for at, text in enumerate(found):
        if text and not text.isascii() and BAD.search(text):
            reading.report(
                "source:bad-text",
                f"The cell holds bytes that are not {encoding}; it was set aside.",
                row=rows[at],
                column=name,
                value=shown(text),
            )
            found[at] = None
    return found


def _tell_overflow(
    reading: Reading, name: str, kind: str, cells: list[bytes], rows: list[int]
) -> None:
    full = [row for row, raw in zip(rows, cells, strict=True) if overflows(kind, raw)]
    if full:
        reading.report(
            "source:overflow",
            f"{len(full)} cells of the column are asterisks: no number, or one that did not fit; they are empty.",
            row=full[0],
            column=name,
            severity="warning",
        )


# ── its encoding ─────────────────────────────────────────────────────────────────────────────────


def _encoding(reading: Reading, content: _Content, texts: list[int]) -> str:
    """Return what the texts are of; say so where it is a guess, or not what the files say."""
    stated = reading.option("encoding")
    if stated and known(stated) is None:
        raise reading.error(f"No encoding is called {stated!r}.")
    if stated:
        return stated
    said = _said(reading, content.table)
    records = [r for r in content.table.rows if r is not None]
    data = b"\n".join(
        [f.name for f in content.table.fields] + [r[n] for r in records for n in texts]
    )
    if said and _is(data, said):
        tell_doubt(reading, data, said)
        return said
    found = decoded(data).encoding
    if found != (said or "utf-8"):
        first = next(
            (
                row
                for row, r in zip(content.rows, records, strict=True)
                if not _is(b"".join(r[n] for n in texts), said or "utf-8")
            ),
            None,
        )
        reading.report(
            "source:encoding",
            f"The texts are not {said or 'utf-8'}; they were read as {found}, by their looks. "
            "Name their encoding in twin.toml: options.encoding.",
            row=first,
            severity="warning",
        )
    return found


def _is(data: bytes, encoding: str) -> bool:
    try:
        data.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _said(reading: Reading, table: Dbf) -> str | None:
    """Return the encoding that the files themselves name, if Python knows it."""
    cpg = reading.beside(".cpg")
    said = cpg.read().decode("ascii", errors="replace").strip() if cpg else ""
    number = re.sub(r"\D", "", said)
    for name in (said, f"iso8859-{number[4:]}" if number.startswith("8859") else "", f"cp{number}"):
        found = known(name) if name else None
        if found:
            return found
    if said:
        reading.unused("file", ".cpg", f"no encoding is called {said!r}")
    return _DRIVERS.get(table.driver)


# ── the shapes ───────────────────────────────────────────────────────────────────────────────────


def _content(reading: Reading) -> _Content:
    parts = _parts(reading)
    try:
        table = parse(parts["dbf"].read())
        shapes, box = _shapes(reading, parts)
        if len(shapes) != len(table.rows):
            raise ValueError(f"{len(shapes)} shapes, but {len(table.rows)} records")  # noqa: TRY301
    # pyshp unpacks damaged files without checking: struct.error is one of several.
    except Exception as error:
        raise reading.error(
            f"Not a readable shapefile: {error}.",
            hint="The .shp, .shx and .dbf belong together.",
        ) from None
    rows = [n for n, r in enumerate(table.rows, start=1) if r is not None]
    if len(rows) < len(shapes):
        why = "the .dbf marks them as deleted"
        gone = len(shapes) - len(rows)
        reading.unused("entry", f"{reading.table}: deleted records", why, count=gone)
    return _Content(rows, [shapes[n - 1] for n in rows], box, table)


def _shapes(
    reading: Reading, parts: dict[str, ByteSource]
) -> tuple[list[dict[str, object] | None], list[float]]:
    with ExitStack() as stack:
        files: dict[str, Any] = {
            part: cast("IO[bytes]", stack.enter_context(file.opened()))
            for part, file in parts.items()
            if part != "dbf"
        }
        opened: Any = shapefile.Reader(**files)
        found = list(opened.iterShapes())
        heights = sum(1 for s in found if any(getattr(s, "z", ())))
        if heights:
            why = "a position is kept as x and y"
            reading.unused("member", f"{reading.table}: z of shapes", why, row=1, count=heights)
        return [_geometry(s) for s in found], list(opened.bbox) if found else [0.0] * 4


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
