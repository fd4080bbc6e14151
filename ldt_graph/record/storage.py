"""Where a table's files lie: a folder of this machine, or a prefix of an object store.

Both give and take whole objects by their path below the table. What a local write returns from is on the
disk: the file's bytes are synced, then the folder that names it.
"""

from __future__ import annotations

import hashlib
import os
import uuid
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

from ldt_graph.record.errors import failing
from ldt_graph.sql import literal

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from pathlib import Path

    import duckdb

_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Stat:
    """An object's bytes, and what another object of that name would not share."""

    size: int
    identity: tuple[object, ...]


class Storage(Protocol):
    """What a table needs of the place where it lies. A path is relative to the table, '/' separated."""

    uri: str

    def names(self, folder: str) -> list[str]:
        """Return the names in a folder; none where there is no such folder."""
        ...

    def stat(self, path: str) -> Stat | None:
        """Return what is known of an object, None where there is none."""
        ...

    def blocks(self, path: str) -> Iterator[bytes]:
        """Yield an object's bytes."""
        ...

    def put(self, made: Path, path: str) -> None:
        """Move a local file there, over what was there."""
        ...

    def delete(self, path: str) -> None:
        """Remove an object; one that is gone already is no error."""
        ...

    @contextmanager
    def relation(self, con: duckdb.DuckDBPyConnection, path: str) -> Generator[str]:
        """Give what reads a Parquet file in SQL."""
        ...


class LocalFolder:
    """A folder of this machine."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.uri = str(root)

    def names(self, folder: str) -> list[str]:
        """Return the names in a folder; none where there is no such folder."""
        try:
            return os.listdir(self.root / folder)  # noqa: PTH208  (names are enough)
        except FileNotFoundError:
            return []

    def stat(self, path: str) -> Stat | None:
        """Return size, inode and time of change."""
        try:
            found = os.stat(f"{self.uri}/{path}")  # noqa: PTH116  (asked every second)
        except FileNotFoundError:
            return None
        return Stat(found.st_size, (found.st_ino, found.st_mtime_ns, found.st_size))

    def blocks(self, path: str) -> Iterator[bytes]:
        """Yield an object's bytes."""
        with (self.root / path).open("rb") as file:
            while block := file.read(_BLOCK):
                yield block

    def put(self, made: Path, path: str) -> None:
        """Move a local file there, synced with the folders that name it."""
        target = self.root / path
        make_folder(target.parent)
        sync(made)
        made.replace(target)
        sync(target.parent)

    def claim(self, made: Path, path: str) -> bool:
        """Move a local file there unless something is: of two that claim a path, one alone succeeds."""
        target = self.root / path
        make_folder(target.parent)
        sync(made)
        try:
            os.link(made, target)
        except FileExistsError:
            return False
        finally:
            made.unlink()
        sync(target.parent)
        return True

    def delete(self, path: str) -> None:
        """Remove an object; one that is gone already is no error."""
        (self.root / path).unlink(missing_ok=True)

    @contextmanager
    def relation(self, con: duckdb.DuckDBPyConnection, path: str) -> Generator[str]:
        """Give what reads a Parquet file in SQL; it skips what a condition leaves out."""
        yield parquet(f"{self.uri}/{path}")


class ObjectStore:
    """A prefix of an object store (`s3://bucket/path`); credentials come from the environment."""

    def __init__(self, uri: str) -> None:
        self.uri = uri

    @cached_property
    def _place(self) -> tuple[Any, str]:
        import pyarrow.fs

        with failing(f"The record at {self.uri} can't be reached"):
            return pyarrow.fs.FileSystem.from_uri(self.uri)

    def names(self, folder: str) -> list[str]:
        """Return the names in a folder; none where there is no such folder."""
        import pyarrow.fs

        files, root = self._place
        where = pyarrow.fs.FileSelector(f"{root}/{folder}", allow_not_found=True)
        return [f.base_name for f in files.get_file_info(where)]

    def stat(self, path: str) -> Stat | None:
        """Return size and time of change."""
        import pyarrow.fs

        files, root = self._place
        found = files.get_file_info(f"{root}/{path}")
        if found.type != pyarrow.fs.FileType.File:
            return None
        return Stat(found.size, (found.mtime_ns, found.size))

    def blocks(self, path: str) -> Iterator[bytes]:
        """Yield an object's bytes."""
        files, root = self._place
        with files.open_input_stream(f"{root}/{path}") as file:
            while block := file.read(_BLOCK):
                yield block

    def put(self, made: Path, path: str) -> None:
        """Copy a local file there, and remove it here."""
        import pyarrow.fs

        files, root = self._place
        target = f"{root}/{path}"
        files.create_dir(target.rsplit("/", 1)[0], recursive=True)
        here = pyarrow.fs.LocalFileSystem()
        pyarrow.fs.copy_files(
            str(made), target, source_filesystem=here, destination_filesystem=files
        )
        made.unlink()

    def delete(self, path: str) -> None:
        """Remove an object; one that is gone already is no error."""
        files, root = self._place
        if self.stat(path):
            files.delete_file(f"{root}/{path}")

    @contextmanager
    def relation(self, con: duckdb.DuckDBPyConnection, path: str) -> Generator[str]:
        """Give what reads a Parquet file in SQL: Arrow fetches what DuckDB asks of it."""
        from pyarrow import dataset

        files, root = self._place
        name = f"_file_{uuid.uuid4().hex}"
        con.register(name, dataset.dataset(f"{root}/{path}", format="parquet", filesystem=files))
        yield name
        con.unregister(name)


def digest(blocks: Iterator[bytes]) -> str:
    """Return what a file of these bytes is called by: half of their SHA-256, in hexadecimal."""
    made = hashlib.sha256()
    for block in blocks:
        made.update(block)
    return made.hexdigest()[:32]


def sync(path: Path) -> None:
    """Return when a file's bytes, or a folder's names, are on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def make_folder(folder: Path) -> None:
    """Make a folder and those above it, each named on the disk."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    sync(folder.parent)


def parquet(path: str) -> str:
    """Return SQL that reads a local Parquet file, whatever its path looks like.

    DuckDB takes a path with `*?[` for a pattern, and has no other way to name such a file.
    """
    if any(c in path for c in "*?["):
        path = "".join(f"[{c}]" if c in "*?[" else "\\\\" if c == "\\" else c for c in path)
    return f"read_parquet({literal(path)}, hive_partitioning = false)"
