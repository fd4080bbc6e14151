"""What a mapping reads of a dataset's tables, and what of them nothing reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ldt_graph.lift.project import columns_of, json_path
from ldt_graph.model import COVERAGE_COLUMNS, append
from ldt_graph.sql import identifier

if TYPE_CHECKING:
    from collections.abc import Iterable
    from collections.abc import Mapping as Dict

    import duckdb

    from ldt_graph.lift.tables import Tables
    from ldt_graph.lift.values import LogicalSource, Mapping
    from ldt_graph.model import SourceTable


Line = tuple[str, str, bool, int]


def account(
    con: duckdb.DuckDBPyConnection,
    mapping: Mapping,
    tables: Tables,
    *,
    dataset: str,
    keys: Dict[str, tuple[str, ...]],
    targets: Dict[str, str],
) -> None:
    """Append to `coverage` every table, column and member of JSON that holds anything, and whether it is used.

    Used is what a triples map, a join, a key or a reference's target names, and what the reader made something
    of. A table that nothing reads is one line. Linear in the cells.
    """
    references = _references(mapping, tables, keys, targets)
    lines: list[tuple[object, ...]] = []
    for table in tables.distinct():
        if not table.rows:
            continue
        first = con.execute(f"SELECT _source, _row FROM {table.relation} LIMIT 1").fetchall()[0]
        read = references.get(table.name)
        if read is None and not table.read:
            found: Iterable[Line] = [("table", table.name, False, table.rows)]
        elif table.form == "json":
            found = _members(table, read or set())
        else:
            found = _columns(con, table, table.read.union(read or ()))
        lines += [(dataset, *line, *first, None) for line in found]
    if lines:
        columns = zip(*lines, strict=True)
        append(con, "coverage", dict(zip(COVERAGE_COLUMNS, columns, strict=True)))


def _references(
    mapping: Mapping,
    tables: Tables,
    keys: Dict[str, tuple[str, ...]],
    targets: Dict[str, str],
) -> dict[str, set[str]]:
    """Return table → what is read of its rows; of JSON by paths from the document on."""
    found: dict[str, set[str]] = {}
    for source, reference, _ in mapping.reads():
        table = tables.find(source)
        if table is not None:
            found.setdefault(table.name, set()).update(
                _path(source, name) if table.form == "json" else name
                for name in columns_of(reference, targets)
            )
    for name, columns in keys.items():
        found.get(name, set()).update(columns)
    return found


def _path(source: LogicalSource, name: str) -> str:
    start = json_path(source.iterator or "$", source.place)
    return _plain(start + json_path(name, source.place).removeprefix("$"))


def _columns(
    con: duckdb.DuckDBPyConnection, table: SourceTable, read: frozenset[str]
) -> Iterable[Line]:
    asked = [c for c in table.columns if c not in table.made]
    counts = ", ".join(f"count({identifier(table.sql_column(c))})" for c in asked)
    if not asked:
        return
    held = con.execute(f"SELECT {counts} FROM {table.relation}").fetchall()[0]
    for column, count in zip(asked, held, strict=True):
        if count:
            yield "column", f"{table.name}.{column}", column in read, count


def _members(table: SourceTable, read: set[str]) -> Iterable[Line]:
    """Tell the leaves of the documents; the items of a list are one."""
    found: dict[str, int] = {}
    for path, count in table.members.items():
        name = _plain(path)
        found[name] = found.get(name, 0) + count
    for name, count in found.items():
        used = any(name == r or name.startswith(f"{r}.") for r in read)
        yield "member", f"{table.name}{name.removeprefix('$')}", used, count


def _plain(path: str) -> str:
    """Write a path without quotes and positions, to be compared and shown."""
    text = path.replace('."', ".").replace('"', "")
    while "[" in text:
        before, _, after = text.partition("[")
        text = before + after.partition("]")[2]
    return text
