"""House-keeping: files folded into one, history removed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ldt_graph.record.errors import failing
from ldt_graph.record.log import FOLDER

if TYPE_CHECKING:
    from collections.abc import Mapping

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


def compact(table: Table, before: Commit) -> Commit:
    """Fold each dataset of the newest version into one file, in a commit that changes no content.

    Costs the datasets that have several files, read and written once. Where none has, nothing is committed.
    """
    import duckdb

    from ldt_graph.record.committing import later
    from ldt_graph.record.writing import fold

    with failing(f"The record at {table.uri} can't be compacted"), duckdb.connect() as con:
        plan = fold(con, table, before)
        if not plan.written:
            return before
        return table.commit(before, plan.files, plan.written, before.said, later(before))


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
