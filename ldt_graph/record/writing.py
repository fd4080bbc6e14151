"""From a connection's tables to the files of the next version: what stays, what is added, what is folded."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from ldt_graph.record.merge import kept
from ldt_graph.record.storage import parquet
from ldt_graph.sql import literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

    from ldt_graph.record.log import Commit, File
    from ldt_graph.record.table import Table, Written

_DELTA = (Path(__file__).parent / "delta.sql").read_text(encoding="utf-8")


@dataclass
class Plan:
    """What the next version holds.

    Attributes:
        files: Dataset → its files, oldest first.
        written: Those that are new, in the making.
        counts: Dataset → its rows.
    """

    files: dict[str, list[File]] = field(default_factory=dict)
    written: list[Written] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)

    def add(self, dataset: str, stay: Sequence[File], written: Written, count: int) -> None:
        """Let a dataset consist of files that stay and a new one; none if there is nothing left of it."""
        if not count:
            written.made.unlink()
            self.drop(dataset)
            return
        self.files[dataset] = [*stay, written.file]
        self.written.append(written)
        self.counts[dataset] = count

    def drop(self, dataset: str) -> None:
        """Let a dataset leave."""
        self.files.pop(dataset, None)
        self.counts.pop(dataset, None)


def replace_all(
    con: duckdb.DuckDBPyConnection, table: Table, name: str, before: Commit | None, order: str = ""
) -> Plan:
    """Plan a version that holds what a relation holds, and nothing else.

    Args:
        con: The connection.
        table: Where it is written.
        name: The relation, with the table's columns.
        before: The commit before.
        order: `ORDER BY …`, where the rows' own order is not what is wanted.
    """
    plan = Plan()
    found = con.execute(f"SELECT DISTINCT dataset FROM {name} ORDER BY 1").fetchall()
    for (dataset,) in found:
        _replace(con, table, plan, (name, order), dataset, before)
    return plan


def apply(
    con: duckdb.DuckDBPyConnection,
    table: Table,
    name: str,
    changed: str,
    before: Commit | None,
) -> Plan:
    """Plan the version before with the changed keys replaced by what a relation says of them.

    Costs a look-up of the keys in their datasets' key columns, and what is folded.

    Args:
        con: The connection.
        table: Where it is written.
        name: The relation, with the table's columns.
        changed: A relation (dataset, key); a NULL key is the whole dataset.
        before: The commit before.
    """
    plan = Plan()
    if before:
        files = {d: list(f) for d, f in before.files.items()}
        plan = Plan(files, [], dict(before.said["counts"]))
    found = con.execute(
        f"SELECT dataset, bool_or(key IS NULL) FROM {changed} GROUP BY 1 ORDER BY 1"
    ).fetchall()
    for dataset, whole in found:
        if whole:
            _replace(con, table, plan, (name, ""), dataset, before)
        else:
            _append(con, table, plan, (name, changed), dataset)
    return plan


def fold(con: duckdb.DuckDBPyConnection, table: Table, before: Commit) -> Plan:
    """Plan a version of the same content, one file to a dataset."""
    plan = Plan({d: list(f) for d, f in before.files.items()})
    for dataset, files in before.files.items():
        if len(files) > 1:
            written = _write_folded(con, table, files, dataset, table.next)
            plan.add(dataset, [], written, written.file.rows)
    return plan


def _replace(
    con: duckdb.DuckDBPyConnection,
    table: Table,
    plan: Plan,
    source: tuple[str, str],
    dataset: str,
    before: Commit | None,
) -> None:
    """Let a dataset consist of what the connection holds of it; of the same rows its files stay."""
    name, order = source
    query = (
        f"SELECT {table.content} FROM {name} WHERE dataset = {literal(dataset)} {order}".rstrip()
    )
    written = table.write(con, query, dataset, table.next)
    held = before.files.get(dataset, []) if before else []
    if held and _same(con, table, held, written):
        written.made.unlink(missing_ok=True)
        plan.files[dataset], plan.counts[dataset] = list(held), written.file.rows
    else:
        plan.add(dataset, [], written, written.file.rows)


def _same(
    con: duckdb.DuckDBPyConnection, table: Table, held: Sequence[File], written: Written
) -> bool:
    """Whether files say what a written one says. A damaged file of the same bytes is mended by it."""
    faults = [f for f in held if table.fault(f)]
    if len(held) == 1:
        if held[0].hash != written.file.hash:
            return False
        if faults:
            table.put(written, held[0].path)
        return True
    if faults or "key" not in table.columns:
        return False
    made = f"FROM {parquet(str(written.made))}"
    with table.rows(con, held) as rows:
        sums = [
            con.execute(
                f"SELECT count(*), sum(hash({table.content})) FROM ({query})"
            ).fetchall()
            for query in (rows, made)
        ]  # fmt: skip
    return sums[0] == sums[1]


def _append(
    con: duckdb.DuckDBPyConnection,
    table: Table,
    plan: Plan,
    source: tuple[str, str],
    dataset: str,
) -> None:
    """Replace the changed keys of a dataset: a file more, or fewer where they are folded."""
    held = plan.files.get(dataset, [])
    fresh, gone, replaced = _delta(con, table, source, dataset, held)
    if not fresh + gone:
        return
    stay = kept(held, fresh + gone)
    written = _write_folded(
        con, table, held[len(stay) :], dataset, table.next, tombstones=bool(stay), newest="_delta"
    )
    plan.add(dataset, stay, written, plan.counts.get(dataset, 0) - replaced + fresh)
    con.execute("DROP TABLE _delta")


def _delta(
    con: duckdb.DuckDBPyConnection,
    table: Table,
    source: tuple[str, str],
    dataset: str,
    held: Sequence[File],
) -> tuple[int, int, int]:
    """Make `_delta`: what a relation says of the changed keys, and a tombstone for each that it no longer knows.

    Returns:
        Rows that are new, tombstones, and rows of the version before that they replace.
    """
    name, changed = source
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE _keys AS SELECT DISTINCT key FROM {changed} WHERE dataset = ?",
        [dataset],
    )
    con.execute("CREATE OR REPLACE TEMP TABLE _held (key VARCHAR, n BIGINT)")
    if held:
        with table.rows(con, held, keys="_keys") as rows:
            con.execute(f"INSERT INTO _held SELECT key, count(*) FROM ({rows}) GROUP BY key")
    con.execute(_DELTA.format(columns=table.content, name=name), [dataset])
    fresh, gone = con.execute(
        f"SELECT count({table.mark}), count(*) - count({table.mark}) FROM _delta"
    ).fetchall()[0]
    [(replaced,)] = con.execute("SELECT coalesce(sum(n), 0)::BIGINT FROM _held").fetchall()
    con.execute("DROP TABLE _keys; DROP TABLE _held")
    return fresh, gone, replaced


def _write_folded(
    con: duckdb.DuckDBPyConnection,
    table: Table,
    files: Sequence[File],
    dataset: str,
    commit: int,
    *,
    tombstones: bool = False,
    newest: str | None = None,
) -> Written:
    """Write several files, and a relation newer than they, as one: by key, so that equal content is equal bytes."""
    with table.rows(con, files, newest=newest, tombstones=tombstones) as rows:
        order = f"ORDER BY key, {table.content}" if files else ""
        return table.write(con, f"{rows} {order}", dataset, commit)
