"""Tables written in each tabular format, as hypothesis draws them: what a law about reading is tried on.

    @given(tables())
    def test_…(table):
        for format_ in FORMATS.values():
            source = format_.write(folder, table)

A `Written` is rows of texts under named columns; None is an empty cell. Each format's `cells` says which texts it
can hold at all, so that a law holds for all that is drawn.
"""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Row = tuple[str | None, ...]


@dataclass(frozen=True)
class Written:
    """A table as it is written: names of columns, rows of cells."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]

    def with_rows(self, rows: list[Row]) -> Written:
        """The same columns over other rows."""
        return replace(self, rows=tuple(rows))


@dataclass(frozen=True)
class Kind:
    """A format: how a table is written, what its table is called, and where its rows stand.

    `write` returns the source for twin.toml; `row` is the place of the n-th row, counted from 0, given the
    written table (a cell over two lines shifts the rows after it).
    """

    write: Callable[[Path, Written], str]
    table: str
    row: Callable[[Written, int], int]
    json: bool = False


# ── what is drawn ────────────────────────────────────────────────────────────────────────────────

# Anything that a person or a program may write into a cell, but for NUL and carriage returns, which text files
# take for the end of a line.
letters = st.characters(codec="utf-8", exclude_characters="\0\r")
cells = st.one_of(
    st.none(),
    st.text(letters, min_size=1, max_size=6),
    st.sampled_from(
        ['"', "a,b", "two\nlines", "08024", "1.50", "NULL", " x ", "'", "\ufeffz", "-", "=1+1"]
    ),
)
columns = st.lists(
    st.text(st.sampled_from("abcABCé _-.0"), min_size=1, max_size=5)
    .map(str.strip)
    .filter(lambda n: n and n not in ("geometry", "plan_geometry", "id")),
    min_size=1,
    max_size=4,
    unique=True,
)


@st.composite
def tables(draw: st.DrawFn, min_rows: int = 0, max_rows: int = 6) -> Written:
    """Draw a table with a column `id` and up to four more; rows may be equal, and hold a cell at least."""
    names = ("id", *draw(columns))
    row = st.tuples(*[cells] * len(names)).filter(any)
    return Written(names, tuple(draw(st.lists(row, min_size=min_rows, max_size=max_rows))))


# ── how it is written ────────────────────────────────────────────────────────────────────────────


def _delimited(name: str, delimiter: str, *, quoted: bool) -> Callable[[Path, Written], str]:
    quoting = csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL

    def write(folder: Path, table: Written) -> str:
        with (folder / name).open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, delimiter=delimiter, lineterminator="\n", quoting=quoting)
            writer.writerow(table.columns)
            writer.writerows([["" if c is None else c for c in row] for row in table.rows])
        return name

    return write


def _line(table: Written, n: int) -> int:
    return 2 + n + sum((c or "").count("\n") for row in table.rows[:n] for c in row)


def _objects(table: Written) -> list[dict[str, str]]:
    return [
        {name: cell for name, cell in zip(table.columns, row, strict=True) if cell is not None}
        for row in table.rows
    ]


def _json(folder: Path, table: Written) -> str:
    (folder / "t.json").write_text(json.dumps(_objects(table)), encoding="utf-8")
    return "t.json"


def _ndjson(folder: Path, table: Written) -> str:
    lines = "".join(json.dumps(o, ensure_ascii=False) + "\n" for o in _objects(table))
    (folder / "t.ndjson").write_text(lines or "\n\n", encoding="utf-8")
    return "t.ndjson"


def _geojson(folder: Path, table: Written) -> str:
    features = [{"type": "Feature", "properties": o, "geometry": None} for o in _objects(table)]
    text = json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False)
    (folder / "t.geojson").write_text(text, encoding="utf-8")
    return "t.geojson"


def _parquet(folder: Path, table: Written) -> str:
    values = list(zip(*table.rows, strict=True)) or [()] * len(table.columns)
    arrays = [pa.array(v, pa.string()) for v in values]
    pq.write_table(
        pa.Table.from_arrays(arrays, list(table.columns)), folder / "t.parquet", row_group_size=2
    )
    return "t.parquet"


def _ngsi_ld(folder: Path, table: Written) -> str:
    entities = [
        {"id": f"urn:ngsi-ld:Thing:{n}", "type": "Thing"}
        | {f"p:{k}": {"type": "Property", "value": v} for k, v in o.items()}
        for n, o in enumerate(_objects(table))
    ]
    (folder / "t.jsonld").write_text(json.dumps(entities), encoding="utf-8")
    return "t.jsonld"


def _item(table: Written, n: int) -> int:
    return n + 1


FORMATS: dict[str, Kind] = {
    "csv": Kind(_delimited("t.csv", ",", quoted=False), "t", _line),
    "tsv": Kind(_delimited("t.tsv", "\t", quoted=True), "t", _line),
    "json": Kind(_json, "t", _item, json=True),
    "ndjson": Kind(_ndjson, "t", _item, json=True),
    "geojson": Kind(_geojson, "t", _item),
    "parquet": Kind(_parquet, "t", _item),
    "ngsi-ld": Kind(_ngsi_ld, "properties", _item),
}
"""The tabular formats that are cheap to write. NGSI-LD's table is `properties`: a row per cell that is not empty."""
