"""Records of a few rows for tests, and hands that damage them."""

from __future__ import annotations

import shutil
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import duckdb

from ldt_graph.model import create_tables
from ldt_graph.record import Record

if TYPE_CHECKING:
    from collections.abc import Mapping

_ROW = "'{0}', 's{1}', 'p', '{2}', 'literal', NULL, NULL, 'observed', '{1}', 'f.csv', {3}, 'r', 0"


def connection(rows: Mapping[tuple[str, str], str | None], line: int = 1):
    """A connection whose `statements` say an object of each (dataset, key); None: its key is among `changed` alone."""
    con = duckdb.connect()
    create_tables(con)
    con.execute("CREATE TABLE changed (dataset VARCHAR, key VARCHAR)")
    for (dataset, key), value in rows.items():
        con.execute("INSERT INTO changed VALUES (?, ?)", [dataset, key])
        if value is not None:
            con.execute(f"INSERT INTO statements VALUES ({_ROW.format(dataset, key, value, line)})")
    return con


def base(n: int = 100, dataset: str = "a") -> dict[tuple[str, str], str | None]:
    return {(dataset, f"k{i}"): "x" for i in range(n)}


def record_of(folder: Path | str, changes: int = 3) -> Record:
    """A record of a hundred rows in `a`, one in `b`, and some changes of a row each; made once, then copied."""
    if isinstance(folder, str):  # of an object store
        return new_record_of(folder, changes)
    shutil.copytree(Path(_pattern(changes).name) / "record", folder)
    return Record(folder)


@cache
def _pattern(changes: int) -> TemporaryDirectory:
    folder = TemporaryDirectory(prefix="ldt-record-")
    new_record_of(Path(folder.name) / "record", changes)
    return folder


def new_record_of(folder: Path | str, changes: int = 3) -> Record:
    """The same, made now."""
    record = Record(folder)
    record.commit(connection({**base(), ("b", "k"): "x"}), {"name": "test"})
    for i in range(changes):
        record.commit(connection({("a", f"k{i}"): f"y{i}"}), {"name": "test"}, changed="changed")
    return record


def said(record: Record, number: int | None = None) -> dict[tuple[str, str], str]:
    """(dataset, key) → object."""
    con = duckdb.connect()
    record.load(con, record.version(number))
    rows = con.execute("SELECT dataset, key, object FROM statements").fetchall()
    return {(d, k): o for d, k, o in rows}


def files(record: Record, table: str = "statements") -> list[Path]:
    return sorted(Path(record.location, table).glob("dataset=*/*.parquet"))


def commits(record: Record, table: str = "statements") -> list[Path]:
    return sorted(Path(record.location, table, "_delta_log").glob("*.json"))
