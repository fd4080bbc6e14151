"""What differs between two versions, from the files that one of them holds and the other does not."""

from __future__ import annotations

from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING

from ldt_graph.model import columns_sql
from ldt_graph.sql import literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

    from ldt_graph.record.log import Commit, File
    from ldt_graph.record.table import Table

_SQL = {p.stem: p.read_text(encoding="utf-8") for p in sorted(Path(__file__).parent.glob("*.sql"))}
_PLACES = ("source", "row")


def changes(
    con: duckdb.DuckDBPyConnection, table: Table, old: Commit, new: Commit, *, places: bool
) -> None:
    """Create the table `changed(dataset, key)`: the keys that differ, or may; a NULL key is all of a dataset.

    Where both versions share a dataset's base, the files over it are read, nothing else. Otherwise the
    dataset's keys are compared by the hashes of their rows: as dear as one scan of both.
    """
    con.execute("CREATE OR REPLACE TABLE changed (dataset VARCHAR, key VARCHAR)")
    for dataset in sorted(old.files.keys() | new.files.keys()):
        before, after = old.files.get(dataset, []), new.files.get(dataset, [])
        if not before or not after:
            con.execute("INSERT INTO changed VALUES (?, NULL)", [dataset])
        elif before != after:
            _compare(con, table, dataset, (before, after), places=places)


def difference(
    con: duckdb.DuckDBPyConnection, table: Table, old: Commit, new: Commit, *, places: bool
) -> tuple[int, int]:
    """Create the tables `changed` and `difference(sign, …)`; return how many were added, how many removed."""
    changes(con, table, old, new, places=places)
    for name in ("_old", "_new"):
        con.execute(f"CREATE OR REPLACE TEMP TABLE {name} ({columns_sql(table.columns)})")
    found = con.execute(
        "SELECT dataset, bool_or(key IS NULL) FROM changed GROUP BY 1 ORDER BY 1"
    ).fetchall()
    for dataset, whole in found:
        con.execute(
            f"CREATE OR REPLACE TEMP TABLE _keys AS SELECT key FROM changed WHERE dataset = {literal(dataset)}"
        )
        for name, commit in (("_old", old), ("_new", new)):
            files = {d: f for d, f in commit.files.items() if d == dataset}
            table.load(con, name, files, keys=None if whole else "_keys")
    compared = ", ".join(f'"{c}"' for c in table.columns if places or c not in _PLACES)
    columns = ", ".join(f'"{c}"' for c in table.columns)
    con.execute(_SQL["difference"].format(compared=compared, columns=columns))
    counts = dict(con.execute("SELECT sign, count(*) FROM difference GROUP BY sign").fetchall())
    return counts.get("+", 0), counts.get("-", 0)


def _compare(
    con: duckdb.DuckDBPyConnection,
    table: Table,
    dataset: str,
    sides: tuple[Sequence[File], Sequence[File]],
    *,
    places: bool,
) -> None:
    """Add a dataset's keys that differ to `changed`."""
    shared = len(list(takewhile(lambda pair: pair[0] == pair[1], zip(*sides, strict=False))))
    columns = ", ".join(
        f'"{c}"' for c in table.columns if c != "dataset" and (places or c not in _PLACES)
    )
    for name, files in zip(("_before", "_after"), sides, strict=True):
        con.execute(
            f"CREATE OR REPLACE TEMP TABLE {name} (key VARCHAR, rows BIGINT, hashes HUGEINT)"
        )
        if files[shared:]:
            with table.rows(con, files[shared:], tombstones=shared > 0) as rows:
                con.execute(
                    f"INSERT INTO {name} " + _SQL["digest"].format(columns=columns, rows=rows)
                )
    con.execute(
        _SQL["changes"].format(dataset=literal(dataset), old="FROM _before", new="FROM _after")
    )
    con.execute("DROP TABLE _before; DROP TABLE _after")
