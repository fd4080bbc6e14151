"""Look up the identifiers of other datasets: a column of names becomes a column of IRIs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ldt_graph.errors import Place, SettingsError
from ldt_graph.model import SourceTable
from ldt_graph.sources.columns import identifier, sql_names

if TYPE_CHECKING:
    import duckdb

    from ldt_graph.model import Dataset


def resolve_references(
    con: duckdb.DuckDBPyConnection, tables: dict[str, SourceTable], dataset: Dataset
) -> dict[str, SourceTable]:
    """Add `<column>.iri` for each column that `dataset.references` says to hold identifiers.

    A row that names nothing, or something that several entities are called, is set aside:
    `reference:dangling` and `reference:ambiguous`, with its file, row, column and value. Identifiers
    are looked up in the table `identifiers(dataset, identifier, iri)`; CURIEs `dataset:identifier` and IRIs name entities too.

    Raises:
        SettingsError: No table of the dataset has the column.
    """
    resolved = dict(tables)
    for column, target in dataset.references.items():
        holders = [t for t in resolved.values() if column in t.columns]
        if not holders:
            raise SettingsError(
                f"Dataset {dataset.name} has no column {column!r} to resolve.",
                place=Place("twin.toml", dataset.line or None),
                hint="Columns: "
                + ", ".join(sorted({c for t in tables.values() for c in t.columns}))
                + ".",
            )
        for table in holders:
            resolved[table.name] = _resolve(con, table, column, target, dataset.name)
    return resolved


def _resolve(
    con: duckdb.DuckDBPyConnection, table: SourceTable, column: str, target: str, dataset: str
) -> SourceTable:
    name = identifier(table.sql_column(column))
    columns = (*table.columns, f"{column}.iri")
    iri = identifier(sql_names(columns)[-1])
    con.execute(
        "CREATE OR REPLACE TEMP TABLE _known AS SELECT identifier, min(iri) AS iri, count(DISTINCT iri) AS n, "
        "string_agg(DISTINCT dataset, ', ' ORDER BY dataset) AS datasets FROM identifiers "
        "WHERE $target = '*' OR dataset = $target GROUP BY identifier "
        "UNION ALL SELECT iri, min(iri), 1, min(dataset) FROM identifiers WHERE $target = '*' OR dataset = $target GROUP BY iri "
        "UNION ALL SELECT dataset || ':' || identifier AS curie, min(iri), count(DISTINCT iri), min(dataset) FROM identifiers "
        "WHERE $target = '*' OR dataset = $target GROUP BY curie",
        {"target": target},
    )
    where = "any dataset" if target == "*" else f"dataset {target}"
    con.execute(
        "INSERT INTO violations SELECT $dataset, 'reference', 'violation', "
        "CASE WHEN k.n IS NULL THEN 'reference:dangling' ELSE 'reference:ambiguous' END, NULL, r._source, r._row, "
        f"$column, r.{name}, CASE WHEN k.n IS NULL THEN 'No entity ' || r.{name} || ' in ' || $place || '.' "
        f"ELSE k.n || ' entities are called ' || r.{name} || ' (' || k.datasets || ').' END "
        f"FROM {table.relation} r LEFT JOIN _known k ON k.identifier = r.{name} "
        f"WHERE r.{name} IS NOT NULL AND (k.n IS NULL OR k.n > 1) ORDER BY r._source, r._row",
        {"dataset": dataset, "column": column, "place": where},
    )
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE {table.relation} AS SELECT r.*, k.iri AS {iri} FROM {table.relation} r "
        f"LEFT JOIN _known k ON k.identifier = r.{name} WHERE r.{name} IS NULL OR k.n = 1 ORDER BY r._source, r._row"
    )
    rows = con.execute(f"SELECT count(*) FROM {table.relation}").fetchall()[0][0]
    con.execute("DROP TABLE _known")
    renamed = {c: s for c, s in zip(columns, sql_names(columns), strict=True) if c != s}
    return SourceTable(table.name, table.relation, columns, table.form, table.root, rows, renamed)
