"""One Delta table: Parquet files that DuckDB writes, and commits that say which of them a version holds."""

from __future__ import annotations

import json
import uuid
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ldt_graph.errors import DamagedRecord, RecordError
from ldt_graph.record.checkpoint import write_checkpoint
from ldt_graph.record.commit import (
    EVERY,
    add_action,
    commit_local,
    commit_remote,
    conflict,
    remove_action,
)
from ldt_graph.record.errors import failing
from ldt_graph.record.log import Commit, File, Log, holding
from ldt_graph.record.merge import merged
from ldt_graph.record.storage import LocalFolder, ObjectStore, digest
from ldt_graph.sql import literal

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence

    import duckdb

_KEPT_AS = {"UBIGINT": "DECIMAL(20, 0)"}  # Delta has no unsigned numbers


@dataclass(frozen=True, slots=True)
class Written:
    """A file in the making: what it will be, where it is now, and its statistics for Delta."""

    file: File
    made: Path
    stats: str


class Table:
    """A Delta table at a URI (a local path or `s3://…`), partitioned by `dataset`.

    Args:
        uri: Where it lies.
        columns: Column name → DuckDB type, `dataset` first.
        staging: A local folder for files in the making; on the same file system where the table is local.
        later: Those of the columns that files of an older record lack: null there.
    """

    def __init__(
        self, uri: str, columns: Mapping[str, str], staging: Path, later: Sequence[str] = ()
    ) -> None:
        self.uri = uri
        self.columns = dict(columns)
        self.staging = staging
        self.storage = ObjectStore(uri) if "://" in uri else LocalFolder(Path(uri))
        self.log = Log(self.storage)
        self._sound: dict[str, tuple[object, ...]] = {}
        self._later = ", ".join(f'NULL::{columns[c]} AS "{c}"' for c in later)
        self.content = ", ".join(f'"{c}"' for c in columns if c != "dataset")
        self.mark = next(
            f'"{c}"' for c in columns if c not in ("dataset", "key")
        )  # null in a tombstone

    # ── reading ────────────────────────────────────────────────────────────────────────────────

    def load(
        self,
        con: duckdb.DuckDBPyConnection,
        into: str,
        files: Mapping[str, Sequence[File]],
        where: str = "TRUE",
        *,
        keys: str | None = None,
    ) -> None:
        """Append what these files say to a table of the connection: the rows that meet a condition.

        `keys` names a table (key) outside of which nothing is read.
        """
        for dataset, parts in files.items():
            with self.rows(con, parts, keys=keys) as rows:
                con.execute(
                    f"INSERT INTO {into} SELECT * FROM (SELECT {literal(dataset)} AS dataset, * FROM ({rows})) WHERE {where}"
                )

    def _whole(self, relation: str) -> str:
        """Return a relation of a file with all columns; what adds none is dropped by DuckDB's optimizer."""
        added = f"SELECT {self._later} WHERE false"
        return f"(FROM {relation} UNION ALL BY NAME {added})" if self._later else relation

    @contextmanager
    def rows(
        self,
        con: duckdb.DuckDBPyConnection,
        files: Sequence[File],
        *,
        newest: str | None = None,
        keys: str | None = None,
        tombstones: bool = False,
    ) -> Generator[str]:
        """Give SQL for what files of one dataset say, oldest first, and a relation newer than all of them.

        `keys` names a table (key) outside of which nothing is read.

        Raises:
            DamagedRecord: A file is gone, is not what was committed, or can't be read while the SQL runs.
        """
        for file in files:
            self.check(file)
        with (
            ExitStack() as held,
            failing(f"The record at {self.uri} can't be read"),
        ):
            relations = [
                self._whole(held.enter_context(self.storage.relation(con, f.path))) for f in files
            ]
            relations += [newest] if newest else []
            sql = merged(relations, self.content, keys)
            bare = tombstones or len(relations) == 1
            yield sql if bare else f"SELECT * FROM ({sql}) WHERE {self.mark} IS NOT NULL"

    @cached_property
    def reader(self) -> duckdb.DuckDBPyConnection:
        """The connection whose cursors read a few rows: to open one costs more than to read them."""
        import duckdb

        return duckdb.connect()

    def check(self, file: File) -> None:
        """Refuse a file that is not what was committed.

        A local file's bytes are hashed once in a process (1.7 GB/s, a hundredth of what reading it
        costs); of an object its size is compared.

        Raises:
            DamagedRecord: It names the file and what is wrong with it.
        """
        wrong = self.fault(file, thorough=isinstance(self.storage, LocalFolder))
        if wrong:
            path = f"{self.uri}/{file.path}"
            raise DamagedRecord(
                f"A file of the record {wrong}: {path}.",
                path=path,
                hint="`ldt verify` lists all that is damaged; `ldt build` mends what the sources still say.",
            )

    def fault(self, file: File, *, thorough: bool = True, again: bool = False) -> str | None:
        """Return what is wrong with a file, or None.

        Args:
            file: The file.
            thorough: Compare its bytes' hash with its name.
            again: Even if this process did and the file has not been touched since.
        """
        with failing(f"A file of the record can't be read ({self.uri}/{file.path})"):
            found = self.storage.stat(file.path)
            if found is None:
                return "is gone"
            if found.size != file.size:
                return f"has {found.size:,} bytes of {file.size:,}"
            known = not again and self._sound.get(file.path) == found.identity
            if known or not thorough:
                return None
            if digest(self.storage.blocks(file.path)) != file.hash:
                return "is not what was written: its bytes have changed"
            self._sound[file.path] = found.identity
        return None

    # ── writing ────────────────────────────────────────────────────────────────────────────────

    def write(
        self, con: duckdb.DuckDBPyConnection, query: str, dataset: str, commit: int
    ) -> Written:
        """Write a query's rows to a file in the making, named for the commit that will add it."""
        self.staging.mkdir(parents=True, exist_ok=True)
        made = self.staging / f"{uuid.uuid4().hex}.parquet"
        columns = ", ".join(
            f'"{c}"::{_KEPT_AS.get(t, t)} AS "{c}"'
            for c, t in self.columns.items()
            if c != "dataset"
        )
        row = con.execute(
            f"COPY (SELECT {columns} FROM ({query})) TO {literal(str(made))} "
            "(FORMAT parquet, COMPRESSION zstd, RETURN_STATS)"
        ).fetchall()[0]
        rows, size, found = int(row[1]), int(row[2]), row[4]
        name = f"{commit:020}-{digest(LocalFolder(self.staging).blocks(made.name))}.parquet"
        file = File(dataset, f"dataset={dataset}/{name}", size, rows)
        return Written(file, made, _statistics(rows, found, self.columns))

    def put(self, written: Written, path: str | None = None) -> None:
        """Move a written file to its place, over whatever has its name."""
        self.storage.put(written.made, path or written.file.path)

    @property
    def next(self) -> int:
        """The number of the next commit."""
        tip = self.log.tip
        return 0 if tip is None else tip + 1

    def commit(
        self,
        before: Commit | None,
        files: Mapping[str, Sequence[File]],
        written: Sequence[Written],
        said: Mapping[str, Any],
        now: int,
    ) -> Commit:
        """Move the written files to their places and commit: from now on the newest version holds `files`.

        Args:
            before: The commit that the change starts from; another one since then is a conflict.
            files: Dataset → all its files, oldest first.
            written: Those of them that are new.
            said: The commit's metadata.
            now: Its time in milliseconds.

        Raises:
            BuildInProgress: Another writer committed first.
        """
        if self.log.newest() != before:
            raise conflict(self.uri)
        for one in written:
            self.put(one)
        commit = Commit(self.next, now, dict(said), holding(files))
        stats = {w.file: w.stats for w in written}
        adds = [
            add_action(f, stats.get(f, json.dumps({"numRecords": f.rows})), now)
            for f in _less(commit, before)
        ]
        removes = [remove_action(f, now) for f in _less(before, commit)]
        if isinstance(self.storage, LocalFolder):
            commit_local(self.storage, self.staging, self.columns, commit, [*adds, *removes])
            if commit.number % EVERY == EVERY - 1:
                # The version is there already, and a checkpoint only serves other readers.
                with suppress(RecordError), failing("No checkpoint"):
                    write_checkpoint(self, commit)
        else:
            commit_remote(self.uri, self.columns, commit, adds, removes)
        return commit


def _less(one: Commit | None, other: Commit | None) -> list[File]:
    """Return the files that one version holds and another does not."""
    held = {f for files in other.files.values() for f in files} if other else set()
    return [f for files in one.files.values() for f in files if f not in held] if one else []


def _statistics(
    rows: int, columns: Mapping[str, Mapping[str, Any]], types: Mapping[str, str]
) -> str:
    """Write Delta's file statistics (Delta protocol, "Per-file Statistics") from DuckDB's."""
    low: dict[str, Any] = {}
    high: dict[str, Any] = {}
    nulls: dict[str, int] = {}
    for quoted, found in columns.items():
        name = quoted.strip('"')
        nulls[name] = int(found.get("null_count", 0))
        if types.get(name) in ("BIGINT", "INTEGER") and "min" in found:
            low[name], high[name] = int(found["min"]), int(found["max"])
    return json.dumps(
        {"numRecords": rows, "minValues": low, "maxValues": high, "nullCount": nulls},
        sort_keys=True,
    )
