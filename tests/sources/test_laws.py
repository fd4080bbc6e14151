"""What is written is read back, cell by cell, under the same names and at the right place, in every tabular format."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pytest
from hypothesis import given

from ldt_graph.model import Dataset, create_tables
from ldt_graph.sources import fingerprint, open_dataset
from tests.examples import examples
from tests.sources.written import FORMATS, Kind, Written, tables

TABULAR = [n for n, k in FORMATS.items() if not k.json and n != "ngsi-ld"]


def read(folder: Path, source: str, name: str) -> tuple[list[tuple], tuple[str, ...]]:
    """Return the rows of a table with their source and row, and its columns; nothing may be reported."""
    con = duckdb.connect()
    create_tables(con)
    found = open_dataset(con, Dataset("d", source, "none"), folder)[name]
    reported = con.execute(
        "SELECT rule FROM violations WHERE rule NOT IN ('source:column-renamed', 'source:lost-letters')"
    ).fetchall()
    assert reported == []
    sql = ", ".join('"' + found.sql_column(c) + '"' for c in found.columns)
    rows = con.execute(
        f"SELECT {sql}, _source, _row FROM {found.relation} ORDER BY rowid"
    ).fetchall()
    assert found.rows == len(rows)
    return rows, found.columns


def places(kind: Kind, source: str, table: Written) -> list[tuple[str, int]]:
    return [(source, kind.row(table, n)) for n in range(len(table.rows))]


@pytest.mark.parametrize("name", TABULAR)
@examples(40)
@given(table=tables(min_rows=1))
def test_a_table_is_read_back_cell_by_cell(name: str, table: Written):
    kind = FORMATS[name]
    with TemporaryDirectory() as made:
        source = kind.write(Path(made), table)
        rows, columns = read(Path(made), source, kind.table)
    at = {c: columns.index(c) for c in table.columns if c in columns}
    # GeoJSON knows a column by the features that have it.
    held = {
        c for row in table.rows for c, v in zip(table.columns, row, strict=True) if v is not None
    }
    assert held <= at.keys()
    assert [tuple(row[at[c]] if c in at else None for c in table.columns) for row in rows] == [
        *table.rows
    ]
    assert [row[-2:] for row in rows] == places(kind, source, table)


@pytest.mark.parametrize("name", [n for n, k in FORMATS.items() if k.json])
@examples(40)
@given(table=tables())
def test_a_document_is_read_back_value_by_value(name: str, table: Written):
    kind = FORMATS[name]
    with TemporaryDirectory() as made:
        source = kind.write(Path(made), table)
        if not table.rows and name == "ndjson":
            return  # a file of blanks is an empty file
        rows, _ = read(Path(made), source, kind.table)
    found = [tuple(json.loads(doc).get(c) for c in table.columns) for doc, *_ in rows]
    assert found == [*table.rows]
    assert [row[-2:] for row in rows] == places(kind, source, table)


@examples(40)
@given(table=tables())
def test_every_attribute_of_an_entity_is_read_back(table: Written):
    kind = FORMATS["ngsi-ld"]
    with TemporaryDirectory() as made:
        source = kind.write(Path(made), table)
        rows, columns = read(Path(made), source, kind.table)
    at = [columns.index(c) for c in ("id", "attribute", "value")]
    expected = [
        (f"urn:ngsi-ld:Thing:{n}", f"p:{c}", v, source, kind.row(table, n))
        for n, row in enumerate(table.rows)
        for c, v in zip(table.columns, row, strict=True)
        if v is not None
    ]
    assert [(*(row[i] for i in at), *row[-2:]) for row in rows] == expected


@pytest.mark.parametrize("name", list(FORMATS))
@examples(40)
@given(table=tables(min_rows=1), other=tables(min_rows=1))
def test_two_tables_have_one_fingerprint_only_if_they_are_one(
    name: str, table: Written, other: Written
):
    with TemporaryDirectory() as made:
        folder, kind = Path(made), FORMATS[name]
        prints, written = [], []
        for each in (table, other, table):
            source = kind.write(folder, each)
            written.append((folder / source).read_bytes())
            prints.append(fingerprint(Dataset("d", source, "none"), folder))
    assert prints[0] == prints[2]
    assert (prints[0] == prints[1]) == (written[0] == written[1])
