"""Violations by the page: files are kept in the order in which they are shown, so that a page reads what it needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ldt_graph.record.storage import literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ldt_graph.record.log import Commit
    from ldt_graph.record.table import Table


def page(
    table: Table,
    commit: Commit,
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
    for dataset, parts in _chosen(commit, where):
        if len(found) >= wanted:
            break
        [file] = parts
        if not values and offset >= file.rows:
            offset -= file.rows
            continue
        with table.rows(con, parts) as rows:
            query = f"SELECT {literal(dataset)}, * FROM ({rows}) WHERE {condition} LIMIT ? OFFSET ?"
            got = con.execute(query, [*values, wanted - len(found), offset]).fetchall()
            if got or not offset:
                offset = 0
            elif offset:
                offset -= con.execute(
                    f"SELECT count(*) FROM ({rows}) WHERE {condition}", values
                ).fetchall()[0][0]
        found += got
    return found


def count(table: Table, commit: Commit, where: Mapping[str, str | None]) -> int:
    """Return how many rows meet conditions; what the log says where a dataset is the only one."""
    condition, values = _condition(where)
    con, total = table.reader.cursor(), 0
    for _, parts in _chosen(commit, where):
        if not values:
            total += parts[0].rows
            continue
        with table.rows(con, parts) as rows:
            query = f"SELECT count(*) FROM ({rows}) WHERE {condition}"
            total += con.execute(query, values).fetchall()[0][0]
    return total


def _chosen(commit: Commit, where: Mapping[str, str | None]) -> list[tuple[str, list[Any]]]:
    only = where.get("dataset")
    return [(d, f) for d, f in commit.files.items() if only in (None, d)]


def _condition(where: Mapping[str, str | None]) -> tuple[str, list[str]]:
    asked = {c: v for c, v in where.items() if v is not None and c != "dataset"}
    return " AND ".join(["TRUE", *(f"{c} = ?" for c in asked)]), list(asked.values())
