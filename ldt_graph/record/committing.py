"""One version from a connection's tables: the side tables first, then the statements' commit that names them."""

from __future__ import annotations

import json
import time
import uuid
from typing import TYPE_CHECKING, Any

from ldt_graph.model import ONTOLOGY
from ldt_graph.record.writing import apply, replace_all
from ldt_graph.violations import ORDER

if TYPE_CHECKING:
    from collections.abc import Mapping

    import duckdb

    from ldt_graph.record.log import Commit
    from ldt_graph.record.table import Table
    from ldt_graph.record.tables import Tables
    from ldt_graph.record.writing import Plan

_ORDERS = {"violations": f"ORDER BY {ORDER}"}


def commit_version(
    con: duckdb.DuckDBPyConnection,
    tables: Tables,
    before: Commit | None,
    changed: Mapping[str, str],
    told: Mapping[str, Any],
) -> Commit:
    """Commit what the connection holds; return the commit before where it says the same.

    Args:
        con: The connection.
        tables: The record's.
        before: The version that the change starts from.
        changed: Table → the relation of its changed keys; a table that it lacks is replaced.
        told: What the caller says of the version: `build`, `positions`.
    """
    said_before = before.said if before else {}
    now = later(before)
    identity = said_before.get("record") or str(uuid.uuid4())
    side = {
        n: _commit_side(con, tables, n, before, changed.get(n), identity, now) for n in tables.side
    }
    plan = _plan(con, tables.statements, "statements", changed.get("statements"), before)
    said = {
        "record": identity,
        "side": {n: number for n, number in side.items() if number is not None},
        **_counted(plan),
        **told,
    }
    said = json.loads(json.dumps(said))
    if before and plan.files == before.files and said == said_before:
        return before
    return tables.statements.commit(before, plan.files, plan.written, said, now)


def _plan(
    con: duckdb.DuckDBPyConnection,
    table: Table,
    name: str,
    changed: str | None,
    before: Commit | None,
) -> Plan:
    if changed is None:
        return replace_all(con, table, name, before, _ORDERS.get(name, ""))
    return apply(con, table, name, changed, before)


def later(before: Commit | None) -> int:
    """Return the time in milliseconds, or one after a commit: a clock that was set back sets no version back."""
    return max(time.time_ns() // 1_000_000, before.time + 1 if before else 0)


def _counted(plan: Plan) -> dict[str, Any]:
    """Return what a version says of its size; the ontology's own triples are not counted."""
    counts = {d: n for d, n in plan.counts.items() if d != ONTOLOGY}
    return {"counts": plan.counts, "statements": sum(counts.values()), "datasets": sorted(counts)}


def _commit_side(
    con: duckdb.DuckDBPyConnection,
    tables: Tables,
    name: str,
    before: Commit | None,
    changed: str | None,
    identity: str,
    now: int,
) -> int | None:
    """Commit a side table; return the number of the commit that holds it, None if there is none."""
    table, held = tables.side[name], tables.beside(name, before) if before else None
    there = con.execute(
        "SELECT 1 FROM information_schema.tables WHERE table_name = ?", [name]
    ).fetchall()
    if not there:
        return held.number if held else None
    plan = _plan(con, table, name, changed, held)
    if held and plan.files == held.files:
        return held.number
    said = {"record": str(uuid.uuid5(uuid.UUID(identity), name)), "counts": plan.counts}
    return table.commit(table.log.newest(), plan.files, plan.written, said, now).number
