"""Violations by the page: files are kept in the order in which they are shown, so that a page reads what it needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ldt_graph.sql import literal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ldt_graph.record.log import File
    from ldt_graph.record.table import Table


ORDER = (
    'dataset, source NULLS FIRST, row NULLS FIRST, rule, "column" NULLS FIRST, value NULLS FIRST, '
    "subject NULLS FIRST, message"
)
"""How violations are kept and shown."""


def page(
    table: Table,
    files: Mapping[str, Sequence[File]],
    where: Mapping[str, str | None],
    limit: int | None,
    offset: int,
) -> list[tuple[Any, ...]]:
    """Return rows that meet conditions (column → value; None: any), datasets in order.

    Files of which no row is wanted are not opened; of the others DuckDB stops reading when it has the page.
    """
    con, found = table.reader.cursor(), []
    wanted = 2**62 if limit is None else limit
    condition, values = _condition(where)
    for dataset, [file] in _chosen(files, where):
        if len(found) >= wanted:
            break
        if offset and offset >= (there := count(table, {dataset: [file]}, where)):
            offset -= there
            continue
        with table.rows(con, [file]) as rows:
            query = f"SELECT {literal(dataset)}, * FROM ({rows}) WHERE {condition} LIMIT ? OFFSET ?"
            found += con.execute(query, [*values, wanted - len(found), offset]).fetchall()
        offset = 0
    return found


def count(
    table: Table, files: Mapping[str, Sequence[File]], where: Mapping[str, str | None]
) -> int:
    """Return how many rows meet conditions; what the log says where a dataset is the only one."""
    condition, values = _condition(where)
    con, total = table.reader.cursor(), 0
    for _, parts in _chosen(files, where):
        if not values:
            total += parts[0].rows
            continue
        with table.rows(con, parts) as rows:
            query = f"SELECT count(*) FROM ({rows}) WHERE {condition}"
            total += con.execute(query, values).fetchall()[0][0]
    return total


def _chosen(
    files: Mapping[str, Sequence[File]], where: Mapping[str, str | None]
) -> list[tuple[str, Sequence[File]]]:
    only = where.get("dataset")
    return [(d, f) for d, f in files.items() if only in (None, d)]


def _condition(where: Mapping[str, str | None]) -> tuple[str, list[str]]:
    asked = {c: v for c, v in where.items() if v is not None and c != "dataset"}
    return " AND ".join(["TRUE", *(f"{c} = ?" for c in asked)]), list(asked.values())
