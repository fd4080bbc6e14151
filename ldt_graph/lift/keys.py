"""What identifies a row: the values that the mapping's subject reads, else its content."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ldt_graph.lift.project import json_path
from ldt_graph.lift.scope import Scope
from ldt_graph.model import run
from ldt_graph.sql import identifier, literal

if TYPE_CHECKING:
    from collections.abc import Mapping as Dict
    from collections.abc import Sequence

    import duckdb

    from ldt_graph.lift.tables import Tables
    from ldt_graph.lift.values import Mapping, TriplesMap
    from ldt_graph.model import SourceTable

_NO_ROWS = "SELECT NULL::VARCHAR AS key, 0 AS hash, NULL::VARCHAR AS source, 0 AS row WHERE false"
_SQL = {
    name: (Path(__file__).parent / f"{name}.sql").read_text(encoding="utf-8")
    for name in ("rows", "compare", "first")
}


def keyed(
    con: duckdb.DuckDBPyConnection,
    mapping: Mapping,
    tables: Tables,
    stated: Dict[str, tuple[str, ...]],
) -> dict[str, SourceTable]:
    """Return the tables that the mapping reads, by name, each with the column `_key`.

    A key is `table/value`, of several columns `table/value|value`: of those that `stated` or the mapping
    (`ldt:key`) names, else of what the first subject map reads that takes the rows as they are. Rows that
    share one are a unit of change. A row without is `table#hash-n`: its content, and its number among
    equal rows. So no key depends on where a row stands, nor on any row that is not its equal.
    """
    readers: dict[str, list[TriplesMap]] = {}
    used: dict[str, SourceTable] = {}
    for triples_map in mapping.triples_maps:
        table = tables.find(triples_map.source)
        if table is not None:
            used[table.name] = table
            readers.setdefault(table.name, []).append(triples_map)
    return {
        name: _with_key(con, *_values(con, table, readers[name], stated.get(name, ())))
        for name, table in used.items()
    }


def find_changed(
    con: duckdb.DuckDBPyConnection, tables: Dict[str, SourceTable], dataset: str
) -> bool:
    """Tell the dataset's rows from those that the table `source_rows` held of it, and keep them there.

    Makes `touched(key)`, the keys of which a row came, went or has other cells, and `moved(key, source, row,
    new_source, new_row)`, the rows that stand elsewhere now. Linear in the rows.

    Returns:
        Whether anything was held; if not, both tables are empty.
    """
    rows = " UNION ALL ".join(
        f"SELECT _key AS key, (hash({', '.join(identifier(t.sql_column(c)) for c in t.columns)}) >> 1)::BIGINT AS hash, _source AS source, _row AS row "
        f"FROM {t.relation}"
        for t in tables.values()
    )
    run(con, _SQL["rows"].replace("/*rows*/", rows or _NO_ROWS), {"dataset": dataset})
    held = con.execute("SELECT 1 FROM held_row LIMIT 1").fetchone()
    run(con, _SQL["compare" if held else "first"], {"dataset": dataset})
    return held is not None


def only_touched(
    con: duckdb.DuckDBPyConnection, tables: Dict[str, SourceTable]
) -> dict[str, SourceTable]:
    """Return the tables with the relation of the rows whose key is in `touched`."""
    result = {}
    for name, table in tables.items():
        relation = identifier(f"touched:{name}")
        con.execute(
            f"CREATE OR REPLACE TEMP TABLE {relation} AS FROM {table.relation} SEMI JOIN touched ON key = _key"
        )
        result[name] = replace(table, touched=relation)
    return result


def _values(
    con: duckdb.DuckDBPyConnection,
    table: SourceTable,
    readers: Sequence[TriplesMap],
    stated: tuple[str, ...],
) -> tuple[SourceTable, list[str]]:
    """Return the table, and the SQL of the values that make its key; none where content has to."""
    for triples_map in readers:
        source = triples_map.source
        names = tuple(dict.fromkeys(stated or source.key or _subject(triples_map, table)))
        if names and table.form == "json":
            return _read_once(con, table, [json_path(name, source.place) for name in names])
        if names:
            scope = Scope(source, table)
            return table, [scope.field(name, source.place).text for name in names]
    return table, []


def _read_once(
    con: duckdb.DuckDBPyConnection, table: SourceTable, paths: list[str]
) -> tuple[SourceTable, list[str]]:
    """Read paths of the documents into the column `_values`, and return the SQL of each."""
    relation = identifier(f"values:{table.relation}")
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE {relation} AS "
        f"SELECT *, json_extract_string(doc, [{', '.join(map(literal, paths))}]) AS _values FROM {table.relation}"
    )
    values = [f"json_text(r._values[{n}])" for n in range(1, len(paths) + 1)]
    return replace(table, relation=relation), values


def _subject(triples_map: TriplesMap, table: SourceTable) -> tuple[str, ...]:
    """Return what a subject map reads; nothing where its rows are parts of the table's rows."""
    names = tuple(n.removesuffix(".iri") for n in triples_map.subject.references)
    if table.form == "json":
        parts = triples_map.source.iterator not in (None, "$", "$[*]")
        return () if parts or any("[*]" in n for n in names) else names
    return names if set(names) <= set(table.columns) else ()


def _with_key(con: duckdb.DuckDBPyConnection, table: SourceTable, values: list[str]) -> SourceTable:
    """Add the key: as a view where each row is a table's and has its values, else as a table made once."""
    by_value = " || '|' || ".join(_escaped(values))
    key = f"{literal(table.name + '/')} || {by_value}"
    kind, order = "VIEW", ""
    spare = " EXCLUDE (_values)" if values and table.form == "json" else ""
    empty = " OR ".join(f"{v} IS NULL" for v in values)
    if (
        not values
        or con.execute(f"SELECT 1 FROM {table.relation} r WHERE {empty} LIMIT 1").fetchone()
    ):
        # An empty cell is no content: a column that only other rows have makes no difference.
        cells = ", ".join(
            f"{literal(c)} || chr(30) || r.{identifier(table.sql_column(c))}"
            for c in sorted(table.columns)
        )
        content = f"md5(concat_ws(chr(31), {cells}))"
        number = f"row_number() OVER (PARTITION BY {content} ORDER BY r._source, r._row)"
        by_content = f"{literal(table.name + '#')} || {content} || '-' || {number}"
        key = f"CASE WHEN {empty} THEN {by_content} ELSE {key} END" if values else by_content
        # A window leaves the rows in any order.
        kind, order = "TABLE", "ORDER BY r._source, r._row, _key"
    relation = identifier(f"{kind.lower()} with key:{table.relation}")
    con.execute(
        f"CREATE OR REPLACE TEMP {kind} {relation} AS SELECT *{spare}, {key} AS _key FROM {table.relation} r {order}"
    )
    return replace(table, relation=relation)


def _escaped(values: list[str]) -> list[str]:
    """Quote the separator in the values where there are several."""
    if len(values) < 2:
        return values
    return [rf"replace(replace({v}, '\', '\\'), '|', '\|')" for v in values]
