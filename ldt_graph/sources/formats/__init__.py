"""What bytes look like: a format turns one or several files into tables, wherever they come from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from ldt_graph.sources.connect import ByteSource
    from ldt_graph.sources.reading import Reading


class Format(Protocol):
    """What files look like. Registered as an entry point of `ldt_graph.formats`, by the name of twin.toml.

    Importing it must be cheap, for a build asks every format for its endings: what it reads with is
    imported in `read`.
    """

    @property
    def suffixes(self) -> Sequence[str]:
        """Endings, lower case with their dot, by which its files are told.

        A format without any is given all files of a folder or archive.
        """
        ...

    @property
    def mark(self) -> str | None:
        """Name of the file by which a folder or archive is told as a whole, or None."""
        ...

    @property
    def options(self) -> Collection[str]:
        """What `options` of twin.toml may name, and `x`, `y` where columns of coordinates can be."""
        ...

    def parts(
        self, files: Sequence[ByteSource], others: Sequence[ByteSource]
    ) -> Iterable[tuple[ByteSource, ...]]:
        """Say which files are read together: a call of `read` each. Opens none of them.

        Args:
            files: Those that are of this format. What comes back in no part is reported as not read.
            others: Those of no format, or beside a single file: a part may claim them (the .dbf of a .shp).
        """
        ...

    def read(self, reading: Reading) -> None:
        """Make tables of `reading.files` by `reading.add` and `reading.add_columns`; report what can't be read.

        Raises:
            SourceError: It is not of this format as a whole.
        """
        ...

    # A format whose rows are no lines of its file may have `locate(reading, asked)`: an `Iterable[Placed]` that says
    # where each `Asked` cell stands (`ldt_graph.sources.places`).
