"""CSV and TSV. DuckDB reads what is regular; what is not is read line by line, so that it can be named."""

from __future__ import annotations

import csv
import glob
import io
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from ldt_graph.sources.columns import named, sql_names
from ldt_graph.sources.formats.points import place_columns, place_names

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ldt_graph.sources.reading import Reading, Staged

_DELIMITERS = (",", ";", "\t", "|")
_SQL = Path(__file__).with_suffix(".sql")


def read_csv(reading: Reading) -> None:
    """Read a delimited file with a header. Every cell stays text; an empty one is NULL.

    The delimiter is the option `delimiter`, or the one of `, ; TAB |` that splits the header most. A
    row of another length is set aside (`source:row-too-short`, `source:row-too-long`).

    Raises:
        SourceError: The file is empty, or its encoding is not what the option says.
    """
    reading.add(reading.file.stem, stage_csv(reading))


def stage_csv(reading: Reading, own: Sequence[str] = ()) -> Staged:
    """Stage a delimited file, with its geometry where the dataset names the columns of coordinates.

    Args:
        reading: Of the file.
        own: Columns that its format will add: the file's own of that name get another.
    """
    return place_columns(reading, _by_duckdb(reading, own) or _by_line(reading, own))


@dataclass(frozen=True, slots=True)
class _Shape:
    """What a glance at the bytes tells: the first 64 KiB, the lines, whether there is anything else than blanks."""

    head: bytes
    lines: int
    empty: bool

    @classmethod
    def of(cls, path: Path) -> _Shape:
        head, lines, last, empty = b"", 0, b"", True
        with path.open("rb") as file:
            while chunk := file.read(1 << 20):
                head = head or chunk[:65536]
                lines += chunk.count(b"\n")
                last = chunk[-1:]
                empty = empty and not chunk.strip()
        return cls(head, lines + (last != b"\n"), empty)

    @property
    def regular(self) -> bool:
        """Whether DuckDB can be trusted with it: no lone carriage return, not UTF-16."""
        return (
            not self.empty
            and b"\r" not in self.head.replace(b"\r\n", b"")
            and self.head[:2] not in (b"\xff\xfe", b"\xfe\xff")
        )


def _by_duckdb(reading: Reading, own: Sequence[str]) -> Staged | None:
    """Stage a regular UTF-8 file with DuckDB; None where it is not regular or a row would lose its line."""
    if reading.option("encoding"):
        return None
    with reading.file.local() as path:
        shape = _Shape.of(path)
        if not shape.regular:
            return None
        try:
            first = shape.head.split(b"\n", 1)[0].decode("utf-8-sig").rstrip("\r")
            delimiter = _delimiter(reading, first)
            cells = [c.strip() for c in next(csv.reader([first], delimiter=delimiter))]
        except (UnicodeDecodeError, StopIteration, csv.Error):
            return None
        # What is renamed is told once, by whoever reads the file in the end.
        own = (*own, *place_names(reading, cells))
        header, _ = named(cells, own)
        staged = _stage(reading, path, header, delimiter)
    if staged is None:
        return None
    rows = reading.con.execute(f"SELECT count(*) FROM {staged.relation}").fetchall()[0][0]
    # Blank lines and quoted line breaks would shift the rows: then lines and records differ.
    if rows != shape.lines - 1:
        reading.drop(staged)
        return None
    reading.header(cells, own)
    return staged


def _stage(reading: Reading, path: Path, header: list[str], delimiter: str) -> Staged | None:
    try:
        return reading.stage(
            header,
            _SQL.read_text(encoding="utf-8"),
            {
                "label": reading.label,
                # DuckDB takes a path as a pattern: `t[1].csv` would read `t1.csv`.
                "path": glob.escape(str(path)),
                "delimiter": delimiter,
                "columns": dict.fromkeys(sql_names(header), "VARCHAR"),
            },
        )
    except duckdb.Error:
        return None


def _by_line(reading: Reading, own: Sequence[str]) -> Staged:
    text = reading.text()
    delimiter = _delimiter(reading, text.split("\n", 1)[0])
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    rows: list[list[str]] = []
    lines: list[int] = []
    before = 0
    try:
        cells = [c.strip() for c in next(reader, [])]
        if not cells:
            raise reading.error("The file has no header.")
        header = reading.header(cells, (*own, *place_names(reading, cells)))
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
    return reading.stage_columns(columns, lines)


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
