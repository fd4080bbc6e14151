"""CSV and TSV. DuckDB reads what is regular; what is not is read record by record, so that it can be named."""

from __future__ import annotations

import codecs
import glob
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from ldt_graph.sources.columns import named, sql_names
from ldt_graph.sources.decimals import commas, read_commas
from ldt_graph.sources.formats.points import place_columns, place_names
from ldt_graph.sources.formats.records import (
    Record,
    likely_delimiter,
    named_delimiter,
    records,
)
from ldt_graph.sources.text import BAD, is_bad, known, shown
from ldt_graph.sql import identifier, literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ldt_graph.sources.reading import Cell, Reading, Staged

_SQL = Path(__file__).with_suffix(".sql")
_HEAD = 1 << 16
# NUL, a letter that was lost before, and blanks around quotes, which DuckDB takes away.
_ODD = (b"\0", "\ufffd".encode(), b' "', b'" ')


def read_csv(reading: Reading) -> None:
    """Read a delimited file with a header. Every cell stays text; an empty one is NULL.

    The delimiter is the option `delimiter`, what a first line `sep=;` names, or the one of `, ; TAB |` that fits
    the first rows. The options `skip` and `skip-after-header` leave out lines above and rows below the header;
    `null` names words that mean an empty cell, `decimal` is the comma where numbers have one. A row of another length is set aside (`source:row-too-short`,
    `source:row-too-long`), a line whose quote is not closed (`source:bad-quote`), a cell that is not all text
    (`source:bad-text`).

    Raises:
        SourceError: The file is empty, has no header, or an option is none.
    """
    reading.add(reading.table, stage_csv(reading))


def stage_csv(reading: Reading, own: Sequence[str] = ()) -> Staged:
    """Stage a delimited file, with its geometry where the dataset names the columns of coordinates.

    Args:
        reading: Of the file.
        own: Columns that its format will add: the file's own of that name get another.
    """
    return place_columns(reading, stage_cells(reading, own))


def stage_cells(reading: Reading, own: Sequence[str] = ()) -> Staged:
    """Stage a delimited file; as `stage_csv`, without a geometry."""
    staged = _by_duckdb(reading, own) or _by_record(reading, own)
    if commas(reading):
        read_commas(reading, staged)
    return staged


@dataclass(frozen=True, slots=True)
class _Dialect:
    """How a file is written: its delimiter, and the lines above its header that are none of the table."""

    delimiter: str
    skip: int

    @classmethod
    def of(cls, reading: Reading, head: str) -> _Dialect:
        """Tell the dialect by the options and the first lines, whole ones."""
        excel = named_delimiter(head)
        skip = max(_count(reading, "skip"), 1 if excel else 0)
        stated = reading.option("delimiter") or excel
        if stated is None:
            return cls(likely_delimiter(head, skip), skip)
        if len(stated) != 1 or stated in "'\"\r\n":
            raise reading.error(f"A delimiter is one character, not {stated!r}.")
        return cls(stated, skip)


def header_of(reading: Reading, text: str) -> tuple[str, list[str]]:
    """Return the delimiter of a file's text, and the names of its columns as its table has them.

    Raises:
        SourceError: It has no header.
    """
    dialect = _Dialect.of(reading, _head(text))
    first = next(records(text, dialect.delimiter, dialect.skip), None)
    if first is None or first.fault:
        raise reading.error("The file has no header.")
    cells = [shown(c) for c in _names(first)]
    return dialect.delimiter, named(cells, place_names(reading, cells))[0]


def _count(reading: Reading, option: str) -> int:
    text = reading.option(option) or "0"
    if not (text.isascii() and text.isdigit()):
        raise reading.error(f"options.{option} is a number of lines, not {text!r}.")
    return int(text)


def _head(text: str) -> str:
    """Return the first lines of a text, whole ones where there are several."""
    if len(text) <= _HEAD:
        return text
    head = text[:_HEAD]
    return head[: max(head.rfind("\n"), head.rfind("\r")) + 1] or head


# ── what is regular ──────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _Shape:
    """What a glance at the bytes tells: the first 64 KiB, the lines, whether DuckDB can be trusted with them."""

    head: bytes
    lines: int
    quotes: bool
    regular: bool

    @classmethod
    def of(cls, path: Path) -> _Shape:
        """Look at a file. Regular are lines that end alike, by LF or CR LF, and hold nothing of `_ODD`."""
        head, lines, returns, both, last = b"", 0, 0, 0, b""
        regular, quotes = True, False
        with path.open("rb") as file:
            while chunk := file.read(1 << 20):
                chunk += file.read(1) if chunk.endswith(b"\r") else b""
                head = head or chunk[:_HEAD]
                lines += chunk.count(b"\n")
                if b"\r" in chunk:
                    returns, both = returns + chunk.count(b"\r"), both + chunk.count(b"\r\n")
                regular = regular and not any(odd in chunk for odd in _ODD)
                quotes = quotes or b'"' in chunk
                last = chunk[-1:]
        alike = returns == both and both in (0, lines)
        return cls(head, lines + (last != b"\n"), quotes, regular and alike and bool(head))

    def text(self) -> str | None:
        """Return the first lines, if all is regular and they are UTF-8."""
        try:
            text = codecs.getincrementaldecoder("utf-8-sig")().decode(self.head)
        except UnicodeDecodeError:
            return None
        return _head(text) if self.regular and text.strip() else None


def _by_duckdb(reading: Reading, own: Sequence[str]) -> Staged | None:
    """Stage a regular UTF-8 file with DuckDB; None where it is not regular or a row would lose its line."""
    if known(reading.option("encoding") or "utf-8") != "utf-8":
        return None
    with reading.file.local() as path:
        shape = _Shape.of(path)
        head = shape.text()
        if head is None:
            return None
        dialect = _Dialect.of(reading, head)
        skip = dialect.skip + 1 + _count(reading, "skip-after-header")
        # DuckDB skips lines: those of the header and below it have to be records.
        top = list(islice(records(head, dialect.delimiter, dialect.skip), skip - dialect.skip))
        if [r.line for r in top if r.over == 1 and not r.fault] != [
            *range(dialect.skip + 1, skip + 1)
        ]:
            return None
        cells = _names(top[0])
        if len(cells) == 1 or any(dialect.delimiter in word for word in _nulls(reading)):
            return None
        # What is renamed is told once, by whoever reads the file in the end.
        own = (*own, *place_names(reading, cells))
        staged = _stage(reading, path, named(cells, own)[0], dialect.delimiter, skip)
        if staged is None:
            return None
        if not _exact(reading, staged, path, shape, dialect.delimiter, skip):
            reading.drop(staged)
            return None
    reading.header(cells, own)
    _account(reading, dialect.skip)
    return staged


def _stage(
    reading: Reading, path: Path, header: list[str], delimiter: str, skip: int
) -> Staged | None:
    names = sql_names(header)
    nulls = ", ".join(map(literal, _nulls(reading)))
    cells = [identifier(n) for n in names]
    if nulls:
        cells = [f"CASE WHEN {c} NOT IN ({nulls}) THEN {c} END AS {c}" for c in cells]
    values = {
        "label": reading.label,
        # DuckDB takes a path as a pattern: `t[1].csv` would read `t1.csv`.
        "path": glob.escape(str(path)),
        "delimiter": delimiter,
        "skip": skip,
        "columns": dict.fromkeys(names, "VARCHAR"),
    }
    select = _SQL.read_text(encoding="utf-8").replace("{cells}", ", ".join(cells))
    try:
        return reading.stage(header, select, values)
    except duckdb.Error:
        return None


def _exact(
    reading: Reading, staged: Staged, path: Path, shape: _Shape, delimiter: str, skip: int
) -> bool:
    """Whether every line is one row, every delimiter that is not in a cell stands between two, and no cell has a quote.

    Blank lines and quoted line breaks would shift the rows; and DuckDB takes a delimiter too many at a row's end,
    and a quote in the middle of a cell.
    """
    names = [identifier(c) for c in sql_names(staged.columns)]
    inside = " + ".join(f"coalesce(sum(len({c}) - len(replace({c}, $d, ''))), 0)" for c in names)
    quotes = " OR ".join(f"contains({c}, '\"')" for c in names)
    asked = f"{inside}, count(*) FILTER ({quotes})" if shape.quotes else "len($d) - 1, 0"
    [(rows, held, odd)] = reading.con.execute(
        f"SELECT count(*), {asked} FROM {staged.relation}", {"d": delimiter}
    ).fetchall()
    if rows != shape.lines - skip or odd:
        return False
    mark = delimiter.encode()
    with path.open("rb") as file:
        for _ in range(skip):
            file.readline()
        found = sum(chunk.count(mark) for chunk in iter(partial(file.read, 1 << 20), b""))
    return found == held + rows * (len(staged.columns) - 1)


# ── what is not ──────────────────────────────────────────────────────────────────────────────────


def _by_record(reading: Reading, own: Sequence[str]) -> Staged:
    text = reading.text()
    dialect = _Dialect.of(reading, _head(text))
    found = records(text, dialect.delimiter, dialect.skip)
    first = next(found, None)
    if first is None:
        raise reading.error("The file has no header.")
    if first.fault:
        raise reading.error(f"Not a table: {first.fault}.", row=first.line)
    if first.over > 1:
        reading.report(
            "source:long-cell",
            f"The header goes over the lines {first.line} to {first.line + first.over - 1}. Is its quote meant?",
            row=first.line,
            severity="warning",
        )
    cells = [_header_cell(reading, c, first.line) for c in _names(first)]
    for _ in range(_count(reading, "skip-after-header")):
        next(found, None)
    rows = list(_sound(reading, found))
    cells = _without_trailing(cells, rows)
    header = reading.header(cells, (*own, *place_names(reading, cells)))
    _tell_bare(reading, rows)
    kept = [r for r in rows if _fits(reading, r, header, dialect.delimiter)]
    nulls = {"", *_nulls(reading)}
    columns: dict[str, list[Cell]] = {
        c: [None if r.cells[i] in nulls else r.cells[i] for r in kept] for i, c in enumerate(header)
    }
    if is_bad(text):
        _clean(reading, columns, [r.line for r in kept])
    _account(reading, dialect.skip)
    return reading.stage_columns(columns, [r.line for r in kept])


def _sound(reading: Reading, found: Iterator[Record]) -> Iterator[Record]:
    for record in found:
        if record.fault:
            reading.report(
                "source:bad-quote",
                f"{record.fault}; the line was set aside.",
                row=record.line,
                value=shown(record.cells[0])[:200],
            )
        else:
            yield record


def _without_trailing(cells: list[str], rows: list[Record]) -> list[str]:
    """Forget a delimiter at the end of every row, or of the header alone: there is no cell behind it."""
    widths = {len(r.cells) for r in rows}
    if widths == {len(cells) + 1} and not any(r.cells[-1] for r in rows):
        for record in rows:
            record.cells.pop()
    elif widths == {len(cells) - 1} and not cells[-1]:
        return cells[:-1]
    return cells


def _fits(reading: Reading, record: Record, header: list[str], delimiter: str) -> bool:
    """Whether a row is as long as the header. If not, or if it may have swallowed others, say so."""
    line, cells, over = record.line, record.cells, record.over
    if len(cells) == len(header):
        if record.alike:
            _tell_swallowed(reading, record, delimiter)
        return True
    short = len(cells) < len(header)
    until = f" over the lines {line} to {line + over - 1}" if over > 1 else ""
    reading.report(
        "source:row-too-short" if short else "source:row-too-long",
        f"The row has {len(cells)} cells{until}, the header {len(header)}; the row was set aside.",
        row=line,
        column=header[len(cells)] if short else None,
        value=shown(delimiter.join(cells))[:200],
    )
    return False


def _tell_bare(reading: Reading, rows: list[Record]) -> None:
    bare = [r.line for r in rows if r.bare]
    if bare:
        reading.report(
            "source:bare-quote",
            f"{len(bare)} rows have a quote in a cell that is not quoted; it was read as a letter of the cell.",
            row=bare[0],
            severity="warning",
        )


def _tell_swallowed(reading: Reading, record: Record, delimiter: str) -> None:
    last = record.line + record.over - 1
    reading.report(
        "source:long-cell",
        f"A quoted cell goes over the lines {record.line} to {last}, which look like rows. Is its quote meant?",
        row=record.line,
        value=shown(delimiter.join(record.cells))[:200],
        severity="warning",
    )


def _clean(reading: Reading, columns: dict[str, list[Cell]], lines: list[int]) -> None:
    for name, cells in columns.items():
        for at, cell in enumerate(cells):
            if cell is not None and BAD.search(cell):
                reading.report(
                    "source:bad-text",
                    "The cell holds bytes that are no text; it was set aside.",
                    row=lines[at],
                    column=name,
                    value=shown(cell)[:200],
                )
                cells[at] = None


def _header_cell(reading: Reading, cell: str, line: int) -> str:
    if not BAD.search(cell):
        return cell
    name = shown(cell)
    reading.report(
        "source:bad-text",
        f"The name of a column holds bytes that are no text; it is called {name!r}.",
        row=line,
        column=name,
        severity="warning",
    )
    return name


# ── what both share ──────────────────────────────────────────────────────────────────────────────


def _names(header: Record) -> list[str]:
    return [c.strip() for c in header.cells]


def _nulls(reading: Reading) -> list[str]:
    """Return the words that mean an empty cell: `NA|-|null`."""
    return [word for word in (reading.option("null") or "").split("|") if word]


def _account(reading: Reading, above: int) -> None:
    below = _count(reading, "skip-after-header")
    for count, option, row in ((above, "skip", 1), (below, "skip-after-header", None)):
        if count and reading.option(option):
            name = f"{reading.file.stem}: lines of options.{option}"
            reading.unused("entry", name, "twin.toml leaves them out", row=row, count=count)
