"""What every reader shares: the file it reads, the tables it makes, and what it has to report."""

from __future__ import annotations

import codecs
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Literal

import pyarrow as pa

from ldt_graph.errors import Place, SourceError
from ldt_graph.model import SourceTable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    import duckdb

    from ldt_graph.model import Dataset, Severity

Cell = str | None


@dataclass
class Reading:
    """One dataset being read: `path` is the file, folder or archive; `label` is what provenance calls it."""

    con: duckdb.DuckDBPyConnection
    dataset: Dataset
    path: Path
    label: str
    tables: dict[str, SourceTable] = field(default_factory=dict)

    def option(self, name: str) -> str | None:
        """Return a format option of twin.toml."""
        return self.dataset.options.get(name)

    def relation(self, name: str) -> str:
        """Return the SQL name of the relation of a table."""
        return '"' + f"source:{self.dataset.name}:{name}".replace('"', '""') + '"'

    def add(
        self,
        name: str,
        columns: Sequence[str],
        form: Literal["tabular", "json"] = "tabular",
        root: Literal["array", "object"] = "array",
    ) -> None:
        """Register the relation of that name, which exists now, as a table."""
        rows = self.con.execute(f"SELECT count(*) FROM {self.relation(name)}").fetchall()[0][0]
        self.tables[name] = SourceTable(name, self.relation(name), tuple(columns), form, root, rows)

    def add_columns(
        self,
        name: str,
        columns: Mapping[str, Sequence[Cell]],
        rows: Sequence[int],
        source: str | None = None,
    ) -> None:
        """Make a table of Python columns; `rows` locates each of its rows in the file."""
        arrays = {c: pa.array(values, pa.string()) for c, values in columns.items()}
        arrays["_source"] = pa.array([source or self.label] * len(rows), pa.string())
        arrays["_row"] = pa.array(rows, pa.int64())
        table = pa.table(arrays)
        self.con.register("_arrow", table)
        self.con.execute(f"CREATE OR REPLACE TEMP TABLE {self.relation(name)} AS FROM _arrow")
        self.con.unregister("_arrow")
        self.add(name, tuple(columns))

    def report(
        self,
        rule: str,
        message: str,
        *,
        row: int | None = None,
        column: str | None = None,
        value: str | None = None,
        severity: Severity = "violation",
        source: str | None = None,
    ) -> None:
        """Append a line to `violations`: something set aside, or (as a warning) something to know."""
        self.con.execute(
            "INSERT INTO violations VALUES (?, 'source', ?, ?, NULL, ?, ?, ?, ?, ?)",
            [self.dataset.name, severity, rule, source or self.label, row, column, value, message],
        )

    def error(
        self,
        message: str,
        *,
        row: int | None = None,
        column: str | None = None,
        hint: str | None = None,
    ) -> SourceError:
        """Return an error about this file."""
        return SourceError(message, place=Place(self.label, row, column), hint=hint)

    def text(self) -> str:
        """Return the file's text. Bytes that are not UTF-8 are read as Windows-1252 with a warning.

        Raises:
            SourceError: The file is empty, or not of the encoding that its option names.
        """
        data = self.path.read_bytes()
        if not data.strip():
            raise self.error("The file is empty.")
        encoding = self.option("encoding") or _bom(data) or "utf-8-sig"
        try:
            return data.decode(encoding)
        except LookupError:
            raise self.error(f"No encoding is called {encoding!r}.") from None
        except UnicodeDecodeError as error:
            line = data[: error.start].count(b"\n") + 1
            if self.option("encoding"):
                raise self.error(
                    f"Not {encoding}: byte 0x{data[error.start]:02x}.", row=line
                ) from None
            self.report(
                "source:encoding",
                "The file is not UTF-8; it was read as Windows-1252. Name its encoding in twin.toml: options.encoding.",
                row=line,
                severity="warning",
            )
            return data.decode("cp1252", errors="replace")


def _bom(data: bytes) -> str | None:
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if data.startswith(mark):
            return encoding
    return None


def unique(names: Iterable[str]) -> list[str]:
    """Make column names unique and not empty: a second `x` becomes `x_2`."""
    seen: dict[str, int] = {}
    result = []
    for number, name in enumerate(names, start=1):
        clean = name.strip() or f"column_{number}"
        seen[clean] = seen.get(clean, 0) + 1
        result.append(clean if seen[clean] == 1 else f"{clean}_{seen[clean]}")
    return result


def cell(value: object) -> Cell:
    """Return a value of JSON as the text of a cell: true and false as such, null and blanks as NULL."""
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    # 9.4e-05 of a JSON number is a decimal all the same: without an exponent it is one in RDF too.
    return plain(value) if isinstance(value, float) else str(value)


def plain(value: float) -> str:
    """Return a number without an exponent, in as few digits as name it; NaN and infinities as they are."""
    text = repr(value)
    return f"{Decimal(text):f}" if "e" in text else text
