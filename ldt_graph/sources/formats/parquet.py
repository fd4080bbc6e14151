"""Parquet, read by DuckDB."""

from __future__ import annotations

import glob
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pyproj

from ldt_graph.sources.columns import sql_names
from ldt_graph.sources.formats.points import place_columns, place_names
from ldt_graph.sql import identifier, literal

if TYPE_CHECKING:
    from pathlib import Path

    from ldt_graph.sources.reading import Reading, Staged


def read_parquet(reading: Reading) -> None:
    """Read a Parquet file; every value as text.

    Raises:
        SourceError: It is not Parquet.
    """
    with reading.file.local() as path:
        try:
            staged = _stage(reading, path)
        except (duckdb.Error, pa.ArrowException) as error:
            raise reading.error(f"Not a Parquet file: {str(error).splitlines()[0]}") from None
    reading.add(reading.table, place_columns(reading, staged))


def _stage(reading: Reading, path: Path) -> Staged:
    # DuckDB takes a path as a pattern, a folder `year=2024` as a column, and renames columns that differ in case.
    rows = f"read_parquet({literal(glob.escape(str(path)))}, hive_partitioning = false)"
    schema = pq.read_schema(path)
    header = reading.header(schema.names, place_names(reading, schema.names))
    found = [c[:2] for c in reading.con.execute(f"DESCRIBE FROM {rows}").fetchall()]
    _tell_inexact(reading, header, schema)
    chosen = ", ".join(
        f"{_text(reading, rows, name, column, kind)} AS {identifier(sql)}"
        for name, sql, (column, kind) in zip(header, sql_names(header), found, strict=True)
    )
    return reading.stage(
        header,
        f"SELECT {chosen}, $label AS _source, row_number() OVER () AS _row FROM {rows}",
        {"label": reading.label},
    )


def _text(reading: Reading, rows: str, name: str, column: str, kind: str) -> str:
    """Return SQL of a column as text in the lexical form of XML Schema; nested values as JSON."""
    c = identifier(column)
    if kind == "BLOB":
        return _bytes(reading, rows, name, c)
    if kind.startswith("GEOMETRY"):
        return _geometry(reading, rows, name, c, kind)
    if kind.endswith("]") or kind.startswith(("STRUCT", "MAP")):
        return f"to_json({c})::VARCHAR"
    return _FORMS.get(kind, "nullif({c}::VARCHAR, '')").format(c=c)


# A moment with a zone is written in UTC, whatever zone this machine is in.
_FORMS = {
    "TIMESTAMP WITH TIME ZONE": "replace(make_timestamp(epoch_us({c}))::VARCHAR, ' ', 'T') || 'Z'",
    "TIMESTAMPTZ_NS": "replace(make_timestamp_ns(epoch_ns({c}))::VARCHAR, ' ', 'T') || 'Z'",
    "TIME WITH TIME ZONE": "regexp_replace({c}::VARCHAR, '([+-][0-9]{{2}})$', '\\1:00')",
    **dict.fromkeys(
        ("TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS"),
        "replace({c}::VARCHAR, ' ', 'T')",
    ),
    **dict.fromkeys(
        ("FLOAT", "DOUBLE"),
        "CASE WHEN isnan({c}) THEN 'NaN' WHEN isinf({c}) THEN upper({c}::VARCHAR) ELSE {c}::VARCHAR END",
    ),
}


def _bytes(reading: Reading, rows: str, name: str, column: str) -> str:
    """Old writers mark no text as such: bytes that are all UTF-8 are text, others are written in hexadecimal."""
    odd = (
        f"SELECT count(*) FROM {rows} WHERE {column} IS NOT NULL AND TRY(decode({column})) IS NULL"
    )
    if not reading.con.execute(odd).fetchall()[0][0]:
        return f"nullif(decode({column}), '')"
    reading.report(
        "source:binary-column",
        "The column holds bytes that are no text; they are written in hexadecimal.",
        column=name,
        severity="warning",
    )
    return f"hex({column})"


def _geometry(reading: Reading, rows: str, name: str, column: str, kind: str) -> str:
    """A column of GeoParquet is WKT where it is in degrees of WGS 84; others are left out and told.

    Its positions are x before y, whatever its system says (GeoParquet 1.1, "Coordinate axis order").
    """
    stated = kind.removeprefix("GEOMETRY").removeprefix("('").removesuffix("')")
    crs = pyproj.CRS(stated.replace("''", "'")) if stated else None
    if crs is not None and crs.equals(pyproj.CRS(4326), ignore_axis_order=True):
        return f"{column}::VARCHAR"
    held = reading.con.execute(f"SELECT count({column}) FROM {rows}").fetchall()[0][0]
    if held:
        reading.report(
            "source:crs",
            f"The {held} geometries of the column are in {crs.name if crs else 'a system that is not named'}, "
            "not in degrees of WGS 84; they were left out.",
            column=name,
        )
    return "NULL::VARCHAR"


def _tell_inexact(reading: Reading, header: list[str], schema: pa.Schema) -> None:
    """DuckDB reads decimals of more than 38 digits as doubles."""
    for name, kind in zip(header, schema.types, strict=True):
        if pa.types.is_decimal(kind) and kind.precision > 38:
            reading.report(
                "source:less-exact",
                f"The column's decimals may have {kind.precision} digits; of each about 15 are kept.",
                column=name,
                severity="warning",
            )
