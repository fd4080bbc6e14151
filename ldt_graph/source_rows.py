"""Rows of a twin's sources, shown only while the files are those that a version was built of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ldt_graph.change import MadeOf
from ldt_graph.errors import LdtError, QueryError
from ldt_graph.record import Record
from ldt_graph.sources import fingerprint
from ldt_graph.sources.cells import SourceText, open_source
from ldt_graph.sources.decimals import DELIMITED
from ldt_graph.sources.tell import tell

if TYPE_CHECKING:
    from pathlib import Path

    from ldt_graph.model import Dataset, Version
    from ldt_graph.twin import Twin

MOST = 50
"""Rows that are shown on each side."""
_LONGEST = 2_000
_BINARY = frozenset({"parquet", "shapefile"})
Stamp = tuple[tuple[str, int, int], ...]


@dataclass(frozen=True, slots=True)
class SourceLine:
    """A line of a file: as it is, and cut into cells where the format has them; of one longer than 2,000 characters the first."""

    number: int
    text: str
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Lines of a source about a row.

    Attributes:
        dataset: That reads the file.
        file: As provenance calls it.
        format: That it is read as.
        header: Of a table, the names of its columns.
        line: In which the row begins.
        lines: It and its neighbours.
    """

    dataset: str
    file: str
    format: str
    header: tuple[str, ...]
    line: int
    lines: tuple[SourceLine, ...]


class SourceRows:
    """The sources of a twin, read on demand.

    Args:
        twin: Whose folder it is.
        data_root: Where its sources lie, if not in its data folder.
    """

    def __init__(self, twin: Twin, data_root: Path | None = None) -> None:
        self._twin = twin
        self._root = data_root or twin.data
        self._proved: dict[tuple[str, str], Stamp] = {}

    def about(self, version: Version, file: str, row: int, around: int = 3) -> Excerpt:
        """Return a row of a file with its neighbours. No file is opened but those that the version's datasets read.

        Costs a hash of the dataset's files when they are asked for first, and after each change of them.

        Raises:
            QueryError: No dataset reads the file, it is not what the version was built of, it has no such row, or is no text.
        """
        if not 0 <= around <= MOST:
            raise QueryError(f"{around} rows around can't be shown.", hint=f"Ask for 0 to {MOST}.")
        dataset = self._reader(version, file)
        self._prove(version, dataset, file)
        source = open_source(dataset, self._root, file)
        line = source.line_of(row) if source.format not in _BINARY else None
        if line is None:
            why = "it is no text" if source.format in _BINARY else "it has no such row"
            raise QueryError(f"Row {row} of {file} can't be shown: {why}.")
        return _excerpt(dataset, file, source, line, around)

    def _reader(self, version: Version, file: str) -> Dataset:
        for dataset in self._twin.datasets:
            if dataset.name in version.datasets and file in dict(self._files(dataset)):
                return dataset
        raise QueryError(
            f"No dataset of version {version.number} reads a file {file!r}.",
            hint="Violations and provenance name the files that there are.",
        )

    def _files(self, dataset: Dataset) -> list[tuple[str, Path | None]]:
        try:
            parts = tell(dataset, self._root).parts
        except LdtError:
            return []
        return [(f.label, f.path) for p in parts for f in p.files]

    def _prove(self, version: Version, dataset: Dataset, file: str) -> None:
        """Refuse files whose bytes are not those of the version."""
        said = self._said(version)
        part = said.datasets.get(dataset.name) if said else None
        if said is None or part is None:
            raise QueryError(
                f"Nobody knows whether {file} is what version {version.number} was built of: the twin's record does not say."
            )
        key, stamp = (dataset.name, part.source), self._stamp(dataset)
        if stamp and self._proved.get(key) == stamp:
            return
        if fingerprint(dataset, self._root, said.meaning) != part.source:
            raise QueryError(
                f"{file} is not what version {version.number} was built of: it changed since.",
                hint="Build the twin, and ask its newest version.",
            )
        self._proved = {k: v for k, v in self._proved.items() if k[0] != dataset.name} | {
            key: stamp
        }

    def _said(self, version: Version) -> MadeOf | None:
        try:
            record = Record(self._twin.record)
            held = record.version(version.number)
            if held.time != version.time:
                return None
            return MadeOf.from_document(record.metadata(held).get("madeOf"))
        except LdtError:
            return None

    def _stamp(self, dataset: Dataset) -> Stamp:
        """Return what changes when a file does: sizes and times; nothing where a file is not of this machine."""
        try:
            stats = [(n, p.stat()) for n, p in self._files(dataset) if p is not None]
        except OSError:
            return ()
        return tuple((n, s.st_size, s.st_mtime_ns) for n, s in stats)


def _excerpt(dataset: Dataset, file: str, source: SourceText, line: int, around: int) -> Excerpt:
    near = range(max(1, line - around), min(source.lines, line + around) + 1)
    lines = [SourceLine(n, source.line(n)[:_LONGEST], _cells(source, n)) for n in near]
    header = tuple(source.header) if source.format in DELIMITED else ()
    return Excerpt(dataset.name, file, source.format, header, line, tuple(lines))


def _cells(source: SourceText, line: int) -> tuple[str, ...]:
    return tuple(c.value[:_LONGEST] for c in source.cells(line).values())
