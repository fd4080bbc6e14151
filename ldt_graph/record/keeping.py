"""House-keeping: files folded into one, history removed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ldt_graph.record.errors import failing
from ldt_graph.record.log import FOLDER

if TYPE_CHECKING:
    from collections.abc import Mapping

    import duckdb

    from ldt_graph.record.log import Commit
    from ldt_graph.record.table import Table
    from ldt_graph.record.tables import Tables

_LOGGED = re.compile(r"(\d{20})\.(json|checkpoint\.parquet)")


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What leaves with the versions before one: their number, files that no later one needs, bytes."""

    versions: int
    files: int
    bytes: int


def compact(tables: Tables, before: Commit) -> Commit:
    """Fold each dataset of the newest version into one file, in every table; one version that says the same.

    Costs the datasets that have several files, read and written once. Where none has, nothing is committed.
    """
    import duckdb

    with (
        failing(f"The record at {tables.statements.uri} can't be compacted"),
        duckdb.connect() as con,
    ):
        folded = {n: _folded(con, t, tables.beside(n, before)) for n, t in tables.side.items()}
        side = {n: c.number for n, c in folded.items() if c}
        return _folded(con, tables.statements, before, {**before.said, "side": side}) or before


def _folded(
    con: duckdb.DuckDBPyConnection,
    table: Table,
    before: Commit | None,
    said: Mapping[str, Any] | None = None,
) -> Commit | None:
    """Commit a table's commit with one file for each dataset, unless that is what it is and says already."""
    from ldt_graph.record.committing import later
    from ldt_graph.record.writing import fold

    if before is None:
        return None
    plan, said = fold(con, table, before), said or before.said
    if not plan.written and said == before.said:
        return before
    newest = table.log.newest()
    return table.commit(newest, plan.files, plan.written, said, later(newest))


def forget(tables: Tables, version: Commit, *, dry_run: bool) -> Forgotten:
    """Remove the versions before one, and the files that no version left needs.

    The log goes first, oldest commit first, so that a version which is still listed has its files
    whenever this is killed; doing it again removes the rest.
    """
    versions = tables.statements.log.all()
    stay = [c for c in versions if c.number >= version.number]
    files = size = 0
    for table, floor in _floors(tables, version, stay):
        with failing(f"The history of {table.uri} can't be removed"):
            gone = _unneeded(table, floor)
            files, size = files + len(gone), size + sum(gone.values())
            if not dry_run:
                _remove(table, floor, gone)
    return Forgotten(len(versions) - len(stay), files, size)


def _floors(tables: Tables, version: Commit, stay: list[Commit]) -> list[tuple[Table, Commit]]:
    """Return each table with the oldest of its commits that a version which stays needs."""
    floors = [(tables.statements, version)]
    for name, table in tables.side.items():
        needed = [c for c in (tables.beside(name, v) for v in stay) if c]
        if needed:
            floors.append((table, min(needed, key=lambda c: c.number)))
    return floors


def _unneeded(table: Table, floor: Commit) -> dict[str, int]:
    """Return the Parquet files, with their sizes, that no commit from `floor` on holds."""
    needed = {
        f.path
        for c in table.log.all()
        if c.number >= floor.number
        for fs in c.files.values()
        for f in fs
    }
    folders = [n for n in table.storage.names("") if n.startswith("dataset=")]
    paths = (f"{d}/{n}" for d in sorted(folders) for n in sorted(table.storage.names(d)))
    found = ((p, table.storage.stat(p)) for p in paths if p not in needed)
    return {p: s.size for p, s in found if s}


def _remove(table: Table, floor: Commit, gone: Mapping[str, int]) -> None:
    from ldt_graph.record.checkpoint import write_checkpoint

    old = [
        n
        for n in sorted(table.storage.names(FOLDER))
        if (m := _LOGGED.fullmatch(n)) and int(m[1]) < floor.number
    ]
    if any(n.endswith(".json") for n in old):
        write_checkpoint(table, floor)
    for path in [*(f"{FOLDER}/{n}" for n in old), *gone]:
        table.storage.delete(path)
    table.log.forget()
