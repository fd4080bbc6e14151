"""Where rows come from: a connector finds named bytes, and knows nothing of what is in them."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping
    from io import BufferedIOBase

    from ldt_graph.model import Dataset


@dataclass(frozen=True, slots=True)
class ByteSource:
    """Named bytes.

    Attributes:
        name: Name within what the dataset's source names, '/' separated: `stops.txt`.
        label: What provenance calls it: the file relative to the data folder, '/' separated.
        size: Bytes.
        opened: Opens it for reading. What it returns raises OSError where bytes can't be had.
        path: Where it lies on this machine, if it does.
    """

    name: str
    label: str
    size: int
    opened: Callable[[], BufferedIOBase]
    path: Path | None = None

    @property
    def stem(self) -> str:
        """The last part of the name, without its ending: what a table of this file is called."""
        return PurePosixPath(self.name).stem

    @property
    def suffix(self) -> str:
        """The name's ending in lower case: `.csv`."""
        return PurePosixPath(self.name).suffix.lower()

    def read(self) -> bytes:
        """Return all bytes."""
        with self.opened() as file:
            return file.read()

    def head(self, size: int) -> bytes:
        """Return the first bytes."""
        with self.opened() as file:
            return file.read(size)

    @contextmanager
    def local(self) -> Generator[Path]:
        """Give a file of this machine with these bytes: its own, or a copy that goes afterwards."""
        if self.path is not None:
            yield self.path
            return
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder) / "copy"
            with self.opened() as file, copy.open("wb") as target:
                shutil.copyfileobj(file, target, 1 << 20)
            yield copy


@dataclass(frozen=True, slots=True)
class Found:
    """What a connector finds where the dataset's source points.

    Attributes:
        files: In the order in which they are read.
        collection: Whether the source names many (a folder, an archive) rather than one file.
        beside: Files that may belong to the one file: of its stem, in its folder.
        closed: What is there and is not opened, by name, and why: the folders of a folder.
    """

    files: tuple[ByteSource, ...]
    collection: bool
    beside: tuple[ByteSource, ...] = ()
    closed: Mapping[str, str] = field(default_factory=dict)


class Connector(Protocol):
    """Where bytes come from. Registered as an entry point of `ldt_graph.connectors`.

    Its name there is the scheme of the sources that it serves (`https` for `https://…`) or the ending
    of the files that it opens (`zip`). What delivers rows (a database, a topic) hands them over as bytes
    of a format that keeps them, such as Parquet or NDJSON. Importing it must be cheap: what it needs is
    imported when it is asked.
    """

    def find(self, dataset: Dataset, data_root: Path) -> Found:
        """Say what is there, in an order that does not change; cheap: bytes are read later.

        Raises:
            SourceError: It isn't there, or can't be listed.
        """
        ...
