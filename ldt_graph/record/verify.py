"""Whether the record's files are what was written."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ldt_graph.errors import DamagedRecord, RecordError
from ldt_graph.record.log import FOLDER, name_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ldt_graph.record.log import Commit, File
    from ldt_graph.record.table import Table
    from ldt_graph.record.tables import Tables


@dataclass(frozen=True, slots=True)
class Damage:
    """A file of the record that is not what was written, and the versions that need it."""

    path: str
    what: str
    versions: tuple[int, ...]


def verify(tables: Tables, *, newest: bool = False) -> Iterator[Damage]:
    """Yield what is damaged: commits that can't be read, and files whose bytes are not what was written.

    Reads every file once, whatever was read before.

    Args:
        tables: The record's.
        newest: Look at the newest version alone.
    """
    needs: dict[tuple[Table, File], list[int]] = defaultdict(list)
    for found in _versions(tables, newest=newest):
        if isinstance(found, Damage):
            yield found
            continue
        try:
            held = tables.of(found)
        except RecordError as error:
            yield _of_error(error, tables.statements, found.number)
            continue
        for table, commit in held:
            for file in (f for files in commit.files.values() for f in files):
                needs[table, file].append(found.number)
    for (table, file), numbers in sorted(needs.items(), key=lambda n: (n[0][0].uri, n[0][1].path)):
        wrong = table.fault(file, again=True)
        if wrong:
            yield Damage(f"{table.uri}/{file.path}", wrong, tuple(sorted(numbers)))


def damaged(tables: Tables, version: Commit) -> set[str]:
    """Return the datasets of a version of which a file, in any table, is not what was written."""
    return {
        dataset
        for table, commit in tables.of(version)
        for dataset, files in commit.files.items()
        if any(table.fault(f) for f in files)
    }


def _versions(tables: Tables, *, newest: bool) -> Iterator[Commit | Damage]:
    """Yield the versions, newest first, and the damage of those that can't be read."""
    log = tables.statements.log
    try:
        tip = log.tip
    except RecordError as error:
        yield _of_error(error, tables.statements, None)
        return
    for number in range(-1 if tip is None else tip, log.first - 1, -1):
        try:
            commit = log.at(number)
        except RecordError as error:
            yield _of_error(error, tables.statements, number)
            continue
        if commit:
            yield commit
            if newest:
                return


def _of_error(error: RecordError, table: Table, version: int | None) -> Damage:
    path = f"{table.uri}/{FOLDER if version is None else name_of(version)}"
    path = error.path if isinstance(error, DamagedRecord) else path
    return Damage(path, error.message, () if version is None else (version,))
