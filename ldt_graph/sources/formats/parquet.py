"""Parquet, read by DuckDB."""

from __future__ import annotations

import glob
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from ldt_graph.sources.columns import sql_names
from ldt_graph.sources.formats.points import place_columns, place_names
from ldt_graph.sql import identifier

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
    rows = f"read_parquet({_literal(glob.escape(str(path)))}, hive_partitioning = false)"
    names = pq.read_schema(path).names
    header = reading.header(names, place_names(reading, names))
    found = [c[0] for c in reading.con.execute(f"FROM {rows} LIMIT 0").description]
    chosen = ", ".join(
        f"{identifier(a)}::VARCHAR AS {identifier(b)}"
        for a, b in zip(found, sql_names(header), strict=True)
    )
    return reading.stage(
        header,
        f"SELECT {chosen}, $label AS _source, row_number() OVER () AS _row FROM {rows}",
        {"label": reading.label},
    )


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
