"""House-keeping: files folded into one, history removed, bytes compared with what was written."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ldt_graph.errors import RecordError
from ldt_graph.record.errors import failing
from ldt_graph.record.log import FOLDER, name_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ldt_graph.record.log import Commit, File
    from ldt_graph.record.table import Table

_LOGGED = re.compile(r"(\d{20})\.(json|checkpoint\.parquet)")


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What leaves with the versions before one: their number, files that no later one needs, bytes."""

    versions: int
    files: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Damage:
    """A file of the record that is not what was written, and the versions that need it."""

    path: str
    what: str
    versions: tuple[int, ...]


def compact(table: Table, before: Commit) -> Commit:
    """Fold each dataset of the newest version into one file, in a commit that changes no content.

    Costs the datasets that have several files, read and written once. Where none has, nothing is committed.
    """
    import duckdb

    from ldt_graph.record.writing import fold

    with failing(f"The record at {table.uri} can't be compacted"), duckdb.connect() as con:
        plan = fold(con, table, before)
        if not plan.written:
            return before
        now = max(time.time_ns() // 1_000_000, before.time + 1)
        return table.commit(before, plan.files, plan.written, before.said, now)


def forget(
    statements: Table, side: Mapping[str, Table], version: Commit, *, dry_run: bool
) -> Forgotten:
    """Remove the versions before one, and the files that no version left needs.

    The log goes first, oldest commit first, so that a version which is still listed has its files
    whenever this is killed; doing it again removes the rest.
    """
    stay = [c for c in statements.log.all() if c.number >= version.number]
    floors = [(statements, version)]
    for name, table in side.items():
        first = min((c.said["side"].get(name, -1) for c in stay), default=-1)
        commit = table.log.at(first) if first >= 0 else None
        floors += [(table, commit)] if commit else []
    total = len(statements.log.all()) - len(stay)
    files = size = 0
    for table, floor in floors:
        with failing(f"The history of {table.uri} can't be removed"):
            gone = _unneeded(table, floor)
            files, size = files + len(gone), size + sum(gone.values())
            if not dry_run:
                _remove(table, floor, gone)
    return Forgotten(total, files, size)


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


def verify(
    statements: Table, side: Mapping[str, Table], *, newest: bool = False
) -> Iterator[Damage]:
    """Yield what is damaged: commits that can't be read, and files whose bytes are not what was written.

    Args:
        statements: The record's statements.
        side: The tables beside it.
        newest: Look at the newest version alone.
    """
    commits: list[Commit] = []
    yield from _read(statements, commits, newest=newest)
    needs: dict[tuple[str, str], tuple[Table, File, list[int]]] = {}
    for commit in commits:
        held = [(statements, commit)]
        for name, table in side.items():
            number = commit.said["side"].get(name)
            try:
                found = table.log.at(number) if number is not None else None
                lacks = number is not None and found is None
            except RecordError as error:
                yield Damage(f"{table.uri}/{name_of(number)}", error.message, (commit.number,))
                continue
            if lacks:
                yield Damage(f"{table.uri}/{name_of(number)}", "is gone", (commit.number,))
            held += [(table, found)] if found else []
        for table, one in held:
            for file in (f for fs in one.files.values() for f in fs):
                needs.setdefault((table.uri, file.path), (table, file, []))[2].append(commit.number)
    for (uri, path), (table, file, versions) in sorted(needs.items(), key=lambda n: n[0]):
        wrong = table.fault(file, again=True)
        if wrong:
            yield Damage(f"{uri}/{path}", wrong, tuple(versions))


def _read(table: Table, into: list[Commit], *, newest: bool) -> Iterator[Damage]:
    """Append the commits that can be read; yield the others."""
    try:
        tip = table.log.tip
    except RecordError as error:
        yield Damage(f"{table.uri}/{FOLDER}", error.message, ())
        return
    if tip is None:
        return
    for number in range(tip, table.log.first - 1, -1):
        try:
            commit = table.log.at(number)
        except RecordError as error:
            yield Damage(f"{table.uri}/{name_of(number)}", error.message, (number,))
            continue
        into += [commit] if commit else []
        if newest and commit:
            return


def damaged(tables: Sequence[tuple[Table, Commit]]) -> set[str]:
    """Return the datasets of a version that a file of theirs, in any of its tables, can't be trusted for."""
    return {
        d
        for table, commit in tables
        for d, files in commit.files.items()
        if any(table.fault(f) for f in files)
    }
