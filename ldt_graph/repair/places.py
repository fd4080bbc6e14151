"""Coordinates in two columns that were written the other way round."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ldt_graph.sql import identifier

if TYPE_CHECKING:
    from collections.abc import Iterable

    import duckdb

    from ldt_graph.model import Dataset

_ASKED = (
    "SELECT v.rowid, trim(t.{x}) AS fix, 0.8 FROM violations v JOIN {table} t ON t._source = v.source AND t._row = v.row "
    "WHERE v.dataset = ? AND v.rule = 'source:crs' AND v.\"column\" = ? AND v.fix IS NULL "
    "AND abs(TRY_CAST(t.{x} AS DOUBLE)) <= 90 AND abs(TRY_CAST(t.{y} AS DOUBLE)) BETWEEN 90 AND 180"
)


def swapped(
    con: duckdb.DuckDBPyConnection, datasets: Iterable[Dataset]
) -> list[tuple[int, str, float]]:
    """Return, for latitudes that are none, what stands in the other column, where the two make a place the other way round.

    Looks at the tables of datasets that were read; of others the version before said it already.
    """
    found: list[tuple[int, str, float]] = []
    for dataset in datasets:
        x, y = dataset.options.get("x"), dataset.options.get("y")
        if not (x and y) or (dataset.crs and dataset.crs.code not in (None, "EPSG:4326")):
            continue
        for table in _tables(con, dataset.name, {x, y}):
            query = _ASKED.format(x=identifier(x), y=identifier(y), table=identifier(table))
            found += con.execute(query, [dataset.name, y]).fetchall()
    return found


def _tables(con: duckdb.DuckDBPyConnection, dataset: str, columns: set[str]) -> list[str]:
    rows = con.execute(
        "SELECT table_name FROM duckdb_columns() WHERE starts_with(table_name, ?) AND column_name IN "
        "(SELECT unnest(?::VARCHAR[])) GROUP BY 1 HAVING count(*) = ? ORDER BY 1",
        [f"source:{dataset}:", sorted(columns), len(columns)],
    ).fetchall()
    return [name for (name,) in rows]
