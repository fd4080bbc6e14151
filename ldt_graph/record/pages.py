"""Violations by the page: files are kept in the order in which they are shown, so that a page reads what it needs."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from ldt_graph.model import VIOLATION_COLUMNS
from ldt_graph.sql import identifier, literal
from ldt_graph.violations import group_sql, grouped

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ldt_graph.model import ViolationGroup
    from ldt_graph.record.log import File
    from ldt_graph.record.table import Table

    Conditions = Mapping[str, str | int | bool]
    """Column → value; of a truth value, whether there is something in it."""


def page(
    table: Table,
    files: Mapping[str, Sequence[File]],
    where: Conditions,
    limit: int | None,
    offset: int,
) -> list[tuple[Any, ...]]:
    """Return rows that meet conditions, datasets in order.

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


def count(table: Table, files: Mapping[str, Sequence[File]], where: Conditions) -> int:
    """Return how many rows meet conditions; what the log says where a dataset is the only one."""
    condition, values = _condition(where)
    con, total = table.reader.cursor(), 0
    for _, parts in _chosen(files, where):
        if condition == "TRUE":
            total += parts[0].rows
            continue
        with table.rows(con, parts) as rows:
            query = f"SELECT count(*) FROM ({rows}) WHERE {condition}"
            total += con.execute(query, values).fetchall()[0][0]
    return total


def group(
    table: Table, files: Mapping[str, Sequence[File]], where: Conditions, by: Sequence[str]
) -> list[ViolationGroup]:
    """Return rows that meet conditions by what they share."""
    condition, values = _condition(where)
    con = table.reader.cursor()
    names = ", ".join(map(identifier, VIOLATION_COLUMNS))
    with ExitStack() as held:
        parts = [
            f"SELECT {names} FROM (SELECT {literal(d)} AS dataset, * FROM ({held.enter_context(table.rows(con, f))})) WHERE {condition}"
            for d, f in _chosen(files, where)
        ]
        if not parts:
            return []
        query = group_sql(" UNION ALL ".join(parts), by)
        return grouped(con.execute(query, values * len(parts)).fetchall(), by)


def _chosen(
    files: Mapping[str, Sequence[File]], where: Conditions
) -> list[tuple[str, Sequence[File]]]:
    only = where.get("dataset")
    return [(d, f) for d, f in files.items() if only in (None, d)]


def _condition(where: Conditions) -> tuple[str, list[object]]:
    """Return SQL for conditions on all but the dataset, and its values."""
    parts, values = ["TRUE"], []
    for name, value in where.items():
        if isinstance(value, bool):
            parts.append(f"{identifier(name)} IS {'NOT ' if value else ''}NULL")
        elif name != "dataset":
            parts.append(f"{identifier(name)} = ?")
            values.append(value)
    return " AND ".join(parts), values
