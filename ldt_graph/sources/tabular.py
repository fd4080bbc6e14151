"""CSV, TSV and Parquet. DuckDB reads what is regular; what is not is read line by line, so that it can be named."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import duckdb

from ldt_graph.model import WGS84
from ldt_graph.sources.crs import Placer
from ldt_graph.sources.reading import unique

if TYPE_CHECKING:
    from ldt_graph.model import SourceTable
    from ldt_graph.sources.reading import Cell, Reading

_DELIMITERS = (",", ";", "\t", "|")


def read_csv(reading: Reading, name: str | None = None) -> None:
    """Read a delimited file with a header. Every cell stays text; an empty one is NULL.

    The delimiter is the option `delimiter`, or the one of `, ; TAB |` that splits the header most. A
    row of another length is set aside (`source:row-too-short`, `source:row-too-long`).

    Raises:
        SourceError: The file is empty, or its encoding is not what the option says.
    """
    name = name or reading.path.stem
    if not _by_duckdb(reading, name):
        _by_line(reading, name)
    place_columns(reading, name)


def read_parquet(reading: Reading, name: str | None = None) -> None:
    """Read a Parquet file; every value as text."""
    name = name or reading.path.stem
    source = str(reading.path).replace("'", "''")
    try:
        columns = [
            r[0] for r in reading.con.execute(f"DESCRIBE FROM read_parquet('{source}')").fetchall()
        ]
        chosen = ", ".join(
            f'"{c}"::VARCHAR AS "{c}"' for c in (c.replace('"', '""') for c in columns)
        )
        label = reading.label.replace("'", "''")
        reading.con.execute(
            f"CREATE OR REPLACE TEMP TABLE {reading.relation(name)} AS SELECT {chosen}, '{label}' AS _source, "
            f"file_row_number + 1 AS _row FROM read_parquet('{source}', file_row_number = true)"
        )
    except duckdb.Error as error:
        raise reading.error(f"Not a Parquet file: {str(error).splitlines()[0]}") from None
    reading.add(name, [c for c in columns if c != "file_row_number"])
    place_columns(reading, name)


def place_columns(reading: Reading, name: str) -> None:
    """Add `geometry` and `plan_geometry` where the dataset names the columns of its coordinates."""
    x, y = reading.option("x"), reading.option("y")
    table = reading.tables[name]
    if not (x and y):
        return
    missing = {x, y} - set(table.columns)
    if missing == {x, y}:  # a folder's other tables; open_dataset wants one that has them
        return
    if missing:
        raise reading.error(
            f"twin.toml names the column {min(missing)!r}, which the file lacks.",
            hint=f"It has: {', '.join(table.columns)}.",
        )
    rows = reading.con.execute(
        f'SELECT "{x}", "{y}", _row FROM {table.relation} ORDER BY rowid'
    ).fetchall()
    points = Placer(reading, WGS84).points(
        [r[0] for r in rows], [r[1] for r in rows], [r[2] for r in rows]
    )
    add_geometry(reading, table, *points)


def add_geometry(
    reading: Reading, table: SourceTable, geometry: list[Cell], plan: list[Cell]
) -> None:
    """Add the two geometry columns to a table whose rows are in this order."""
    import pyarrow as pa

    reading.con.register(
        "_arrow",
        pa.table(
            {
                "geometry": pa.array(geometry, pa.string()),
                "plan_geometry": pa.array(plan, pa.string()),
            }
        ),
    )
    reading.con.execute(
        f"CREATE OR REPLACE TEMP TABLE {table.relation} AS FROM {table.relation} POSITIONAL JOIN _arrow"
    )
    reading.con.unregister("_arrow")
    reading.add(table.name, [*table.columns, "geometry", "plan_geometry"])


def _by_duckdb(reading: Reading, name: str) -> bool:
    """Read a regular UTF-8 file with DuckDB; False where it is not regular or a row would lose its line."""
    if reading.option("encoding"):
        return False
    data = reading.path.read_bytes()
    head = data[:65536]
    if (
        not data.strip()
        or b"\r" in head.replace(b"\r\n", b"")
        or head[:2] in (b"\xff\xfe", b"\xfe\xff")
    ):
        return False
    lines = data.count(b"\n") + (not data.endswith(b"\n"))
    first = head.split(b"\n", 1)[0]
    try:
        delimiter = _delimiter(reading, first.decode("utf-8-sig"))
        header = unique(
            next(csv.reader([first.decode("utf-8-sig").rstrip("\r")], delimiter=delimiter))
        )
    except (UnicodeDecodeError, StopIteration, csv.Error):
        return False
    names = ", ".join("'" + c.replace("'", "''") + "': 'VARCHAR'" for c in header)
    quoted = str(reading.path).replace("'", "''")
    label = reading.label.replace("'", "''")
    try:
        reading.con.execute(
            f"CREATE OR REPLACE TEMP TABLE {reading.relation(name)} AS SELECT *, '{label}' AS _source, "
            f"row_number() OVER () + 1 AS _row FROM read_csv('{quoted}', header = true, auto_detect = false, "
            f"delim = '{delimiter}', quote = '\"', escape = '\"', columns = {{{names}}}, nullstr = '', "
            "allow_quoted_nulls = true, strict_mode = true, null_padding = false)"
        )
    except duckdb.Error:
        return False
    reading.add(name, header)
    # Blank lines and quoted line breaks would shift the rows: then lines and records differ.
    return reading.tables[name].rows == lines - 1


def _by_line(reading: Reading, name: str) -> None:
    text = reading.text()
    delimiter = _delimiter(reading, text.split("\n", 1)[0])
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    rows: list[list[str]] = []
    lines: list[int] = []
    before = 0
    try:
        header = unique(next(reader, []))
        if not header:
            raise reading.error("The file has no header.")
        before = reader.line_num
        for row in reader:
            line, before = before + 1, reader.line_num
            if len(row) == len(header):
                rows.append(row)
                lines.append(line)
            elif row:
                _set_aside(reading, row, header, line, delimiter)
    except csv.Error as error:
        raise reading.error(f"Not a table: {error}.", row=before + 1) from None
    columns = {c: [r[i] or None for r in rows] for i, c in enumerate(header)}
    reading.add_columns(name, columns, lines)


def _set_aside(
    reading: Reading, row: list[str], header: list[str], line: int, delimiter: str
) -> None:
    short = len(row) < len(header)
    reading.report(
        "source:row-too-short" if short else "source:row-too-long",
        f"The row has {len(row)} cells, the header {len(header)}; the row was set aside.",
        row=line,
        column=header[len(row)] if short else None,
        value=delimiter.join(row),
    )


def _delimiter(reading: Reading, header: str) -> str:
    stated = reading.option("delimiter")
    if stated is None:
        return max(_DELIMITERS, key=lambda d: (header.count(d), -_DELIMITERS.index(d)))
    if len(stated) != 1 or stated in "'\"\r\n":
        raise reading.error(f"A delimiter is one character, not {stated!r}.")
    return stated
