"""One Delta table whose partitions are replaced as a whole: content-named Parquet files, one commit.

DuckDB writes the files, delta-rs commits them (DESIGN §2). A file is called by the hash of its bytes, so
that an unchanged partition is neither written nor committed again, and what a killed build left behind
is either found again or never looked at.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.fs
from deltalake import CommitProperties, DeltaTable, Schema
from deltalake.exceptions import DeltaError, TableNotFoundError
from deltalake.transaction import AddAction, RemoveAction, create_table_with_add_actions

from ldt_graph.errors import RecordError

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

    import duckdb

_COMMIT = re.compile(r"\d{20}\.json")
_ARROW = {"VARCHAR": pa.string(), "BIGINT": pa.int64(), "INTEGER": pa.int32()}


@dataclass(frozen=True, slots=True)
class File:
    """A written partition: `path` relative to the table, with what Delta wants to know of it."""

    dataset: str
    path: str
    size: int
    stats: str


class Table:
    """A Delta table at a URI (a local path or `s3://…`), partitioned by `dataset`.

    Args:
        uri: Where it lies.
        columns: Column name → DuckDB type, `dataset` first.
        staging: A local folder for files in the making; on the same file system where the table is local.
    """

    def __init__(self, uri: str, columns: Mapping[str, str], staging: Path) -> None:
        self.uri = uri
        self.columns = dict(columns)
        self.staging = staging
        self.files, self.root = _file_system(uri)
        self._at = lru_cache(maxsize=16)(self._open)

    # ── reading ────────────────────────────────────────────────────────────────────────────────

    def open(self, version: int | None = None) -> DeltaTable | None:
        """Return the table at a version, the newest by default; None where there is no table yet.

        A version never changes, so that a local one is opened once, for as long as its commit is the same file.
        Several callers may hold it: to be read, never written through.
        """
        if "://" in self.uri:
            return self._open(version)
        log = Path(self.root, "_delta_log")
        try:
            newest = _newest_commit(log) if version is None else version
            commit = (log / f"{newest:020}.json").stat()
        except OSError:
            return self._open(version)
        return self._at(newest, (commit.st_ino, commit.st_mtime_ns))

    def _open(
        self, version: int | None = None, _commit: tuple[int, int] | None = None
    ) -> DeltaTable | None:
        try:
            return DeltaTable(self.uri, version=version)
        except TableNotFoundError:
            return None
        except (DeltaError, OSError) as error:
            raise RecordError(f"The record at {self.uri} can't be read: {_first(error)}") from None

    def paths(self, version: int | None = None) -> dict[str, str]:
        """Return dataset → file of a version, sorted by dataset."""
        table = self.open(version)
        if table is None:
            return {}
        actions = pa.table(table.get_add_actions(flatten=True)).to_pylist()
        return dict(sorted((a["partition.dataset"], a["path"]) for a in actions))

    def load(
        self,
        con: duckdb.DuckDBPyConnection,
        into: str,
        paths: Mapping[str, str],
        where: str = "TRUE",
    ) -> None:
        """Append these partitions to a table of the connection: what meets a condition on its columns."""
        rest = ", ".join(f'"{c}"' for c in self.columns if c != "dataset")
        for dataset, path in paths.items():
            with self._partition(con, f"{self.root}/{path}") as partition:
                con.execute(
                    f"INSERT INTO {into} SELECT ? AS dataset, {rest} FROM {partition} WHERE {where}",
                    [dataset],
                )

    @contextmanager
    def _partition(self, con: duckdb.DuckDBPyConnection, path: str) -> Generator[str]:
        """Give what reads a file in SQL: DuckDB itself where it can, as it skips what a condition leaves out."""
        if "://" not in self.uri:
            yield "read_parquet('" + path.replace("'", "''") + "', hive_partitioning = false)"
            return
        from pyarrow import dataset

        con.register("_partition", dataset.dataset(path, format="parquet", filesystem=self.files))
        yield "_partition"
        con.unregister("_partition")

    # ── writing ────────────────────────────────────────────────────────────────────────────────

    def replace(
        self, con: duckdb.DuckDBPyConnection, table: str, metadata: Mapping[str, Any]
    ) -> int:
        """Make the table hold what the connection's table holds; return the version that does.

        One commit. Where nothing changed and the metadata is that of the newest version, none.
        """
        held = self.paths()
        written = [self._write(con, table, d) for d in _datasets(con, table)]
        fresh = [f for f in written if held.get(f.dataset) != f.path]
        gone = {d: p for d, p in held.items() if {f.dataset: f.path for f in written}.get(d) != p}
        current = self._open()
        if (
            current is not None
            and not fresh
            and not gone
            and newest_metadata(current) == dict(metadata)
        ):
            return current.version()
        return self._commit(current, fresh, gone, metadata)

    def _write(self, con: duckdb.DuckDBPyConnection, table: str, dataset: str) -> File:
        """Write one partition, in the order of its rows, and put it where its content names it."""
        self.staging.mkdir(parents=True, exist_ok=True)
        made = self.staging / f"{os.getpid()}.parquet"
        rest = ", ".join(f'"{c}"' for c in self.columns if c != "dataset")
        quoted = str(made).replace("'", "''")
        row = con.execute(
            f"COPY (SELECT {rest} FROM {table} WHERE dataset = ?) TO '{quoted}' "
            "(FORMAT parquet, COMPRESSION zstd, RETURN_STATS)",
            [dataset],
        ).fetchall()[0]
        name = f"dataset={dataset}/{_hash(made)}.parquet"
        self._put(made, f"{self.root}/{name}")
        return File(dataset, name, int(row[2]), _statistics(int(row[1]), row[4], self.columns))

    def _put(self, made: Path, target: str) -> None:
        if self.files.get_file_info(target).type == pa.fs.FileType.File:
            made.unlink()
            return
        self.files.create_dir(target.rsplit("/", 1)[0], recursive=True)
        if isinstance(self.files, pa.fs.LocalFileSystem):
            made.replace(target)
            return
        pa.fs.copy_files(
            str(made),
            target,
            source_filesystem=pa.fs.LocalFileSystem(),
            destination_filesystem=self.files,
        )
        made.unlink()

    def _commit(
        self,
        current: DeltaTable | None,
        fresh: list[File],
        gone: Mapping[str, str],
        metadata: Mapping[str, Any],
    ) -> int:
        adds = [AddAction(f.path, f.size, {"dataset": f.dataset}, 0, True, f.stats) for f in fresh]
        schema = Schema.from_arrow(pa.schema([(c, _ARROW[t]) for c, t in self.columns.items()]))
        properties = CommitProperties(
            custom_metadata={"ldt": json.dumps(dict(metadata), sort_keys=True)}
        )
        try:
            if current is None:
                create_table_with_add_actions(
                    self.uri, schema, adds, partition_by=["dataset"], commit_properties=properties
                )
            else:
                removes = [
                    RemoveAction(p, True, 0, partition_values={"dataset": d})
                    for d, p in gone.items()
                ]
                current.create_write_transaction(
                    [*adds, *removes],
                    mode="append",
                    schema=schema,
                    partition_by=["dataset"],
                    commit_properties=properties,
                )
        except (DeltaError, OSError) as error:
            raise RecordError(
                f"The record at {self.uri} can't be written: {_first(error)}"
            ) from None
        return DeltaTable(self.uri).version()


def newest_metadata(table: DeltaTable) -> dict[str, Any]:
    """Return what the newest commit says of its version."""
    return commit_metadata(table.history(1)[0])


def commit_metadata(commit: Mapping[str, Any]) -> dict[str, Any]:
    """Return our part of a commit's metadata."""
    return json.loads(commit.get("ldt", "{}"))


def _newest_commit(log: Path) -> int:
    """Return the number of the newest commit's file (Delta protocol, "Delta Log Entries")."""
    numbers = [int(n[:-5]) for n in os.listdir(log) if _COMMIT.fullmatch(n)]  # noqa: PTH208  (names are enough)
    if not numbers:
        raise FileNotFoundError(log)
    return max(numbers)


def _file_system(uri: str) -> tuple[pa.fs.FileSystem, str]:
    if "://" in uri:
        return pa.fs.FileSystem.from_uri(uri)
    return pa.fs.LocalFileSystem(), uri


def _datasets(con: duckdb.DuckDBPyConnection, table: str) -> list[str]:
    return [
        d for (d,) in con.execute(f"SELECT DISTINCT dataset FROM {table} ORDER BY 1").fetchall()
    ]


def _hash(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()[:32]


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


def _first(error: Exception) -> str:
    return str(error).strip().splitlines()[0]
