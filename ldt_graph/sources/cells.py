"""Where a cell stands in its file, to the character: for those who show it, point at it, or mend it."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property, partial
from itertools import islice
from typing import TYPE_CHECKING, Any

from ldt_graph.errors import LdtError, Place, SourceError
from ldt_graph.sources.connect import ByteSource
from ldt_graph.sources.decimals import DELIMITED
from ldt_graph.sources.formats.delimited import header_of
from ldt_graph.sources.formats.json_places import Text, items
from ldt_graph.sources.formats.records import END, spans
from ldt_graph.sources.reading import Reading
from ldt_graph.sources.tell import tell
from ldt_graph.sources.text import decoded, known, mark

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from ldt_graph.model import Dataset, Violation

DOCUMENTS = frozenset({"json", "geojson", "ngsi-ld"})
PATCHABLE = DELIMITED | DOCUMENTS | {"ndjson"}
"""Formats whose cells are found exactly; of others a value is looked for in its line."""
_STEP = re.compile(r"\.?([^.\[\]'\"]+)|\[(\d+|\*)\]|\[(?:'([^']*)'|\"([^\"]*)\")\]")
_JSON = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?|true|false|null|[\[{].*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Cell:
    """Where a cell stands: characters `start` to `end` of the file's text, and what it says.

    Attributes:
        line: From 1.
        column: Character of the line, from 1.
        last: The character of the line behind it; of a cell over several lines the end of the first.
        value: Without quotes and escapes.
    """

    start: int
    end: int
    line: int
    column: int
    last: int
    value: str


class SourceText:
    """The text of one file of a dataset.

    Args:
        dataset: That reads it.
        file: The file.
        format_: The name of the format that reads it.
    """

    def __init__(self, dataset: Dataset, file: ByteSource, format_: str) -> None:
        self.dataset, self.file, self.format = dataset, file, format_
        self.data = file.read()
        stated = dataset.options.get("encoding")
        found = decoded(self.data, stated if stated and known(stated) else None)
        self.text, self.encoding = found.text, found.encoding

    def encoded(self, text: str) -> bytes | None:
        """Return a text as bytes of this file's encoding, with its mark; None where that would change others."""
        try:
            if self._bytes(self.text) != self.data:
                return None
            return self._bytes(text)
        except UnicodeError:
            return None

    def _bytes(self, text: str) -> bytes:
        head = "\ufeff" if mark(self.data) else ""
        return (head + text).encode(self.encoding, "surrogateescape")

    @cached_property
    def _starts(self) -> list[int]:
        return [0, *(m.end() for m in END.finditer(self.text))]

    @property
    def lines(self) -> int:
        """How many lines there are."""
        return len(self._starts)

    def line(self, number: int) -> str:
        """Return a line, from 1, without its end."""
        begin = self._starts[number - 1]
        end = self._starts[number] if number < len(self._starts) else len(self.text)
        return self.text[begin:end].rstrip("\r\n")

    def cell(self, row: int, column: str | None, value: str | None = None) -> Cell | None:
        """Find a cell: by its column, of JSON by its path; of several that which says the value. None where it can't be told."""
        try:
            found = list(islice(self._found(row, column, value), 1000))
        except (ValueError, IndexError, RecursionError, SourceError):
            return None
        return next(
            (c for c in found if value is not None and c.value == value),
            found[0] if found else None,
        )

    def line_of(self, row: int) -> int | None:
        """Return the line in which a row begins."""
        if self.format not in DOCUMENTS:
            return row if 0 < row <= self.lines else None
        try:
            return bisect_right(self._starts, self._item(row))
        except (ValueError, IndexError, RecursionError):
            return None

    def cells(self, row: int) -> dict[str, Cell]:
        """Return all cells of a row of a delimited file by column; empty for other formats."""
        if self.format not in DELIMITED or not 0 < row <= self.lines:
            return {}
        delimiter, names = self._header
        found = spans(self.text, self._starts[row - 1], delimiter)
        return {
            n: self._at(a, b, _unquoted(self.text[a:b]))
            for n, (a, b) in zip(names, found, strict=False)
        }

    def _found(self, row: int, column: str | None, value: str | None) -> Iterator[Cell]:
        if self.format in DELIMITED:
            delimiter, names = self._header
            if column in names and 0 < row <= self.lines:
                a, b = spans(self.text, self._starts[row - 1], delimiter)[names.index(column)]
                yield self._at(a, b, _unquoted(self.text[a:b]))
        elif self.format in DOCUMENTS or self.format == "ndjson":
            for path in self._paths(column or ""):
                yield from self._below(self._item(row), path)
        elif value and 0 < row <= self.lines:
            yield from self._word(row, value)

    @property
    def header(self) -> list[str]:
        """The names of a delimited file's columns."""
        return self._header[1]

    @cached_property
    def _header(self) -> tuple[str, list[str]]:
        reading = Reading(None, self.dataset, (self.file,), self.format)  # ty: ignore[invalid-argument-type]
        if self.format == "tsv" and "delimiter" not in self.dataset.options:
            options = {**self.dataset.options, "delimiter": "\t"}
            reading = reading.of((self.file,), replace(self.dataset, options=options))
        return header_of(reading, self.text)

    def _word(self, row: int, value: str) -> Iterator[Cell]:
        """Find a value in its line, where it stands there once as a word."""
        begin = self._starts[row - 1]
        word = re.compile(rf"(?<![^\s,;]){re.escape(value)}(?![^\s,;])")
        found = [m.span() for m in word.finditer(self.line(row))]
        if len(found) == 1:
            a, b = found[0]
            yield self._at(begin + a, begin + b, value)

    def _at(self, start: int, end: int, value: str) -> Cell:
        line = bisect_right(self._starts, start)
        begin = self._starts[line - 1]
        last = min(end, begin + len(self.line(line)))
        return Cell(start, end, line, start - begin + 1, last - begin + 1, value)

    # ── JSON ─────────────────────────────────────────────────────────────────────────────────────

    def _item(self, row: int) -> int:
        """Return where the row's value begins."""
        if self.format == "ndjson":
            return self._json.first(self._starts[row - 1])
        return self._items[row - 1]

    @cached_property
    def _json(self) -> Text:
        return Text(self.text)

    @cached_property
    def _items(self) -> list[int]:
        return list(items(self._json, self.format))

    def _paths(self, column: str) -> Iterator[list[str]]:
        """Yield the paths that a column may mean in a document of the format, the likeliest first."""
        steps = [
            next(p for p in m.groups() if p is not None)
            for m in _STEP.finditer(column.removeprefix("$"))
        ]
        if self.format == "geojson":
            if column in ("geometry", "plan_geometry"):
                yield ["geometry", "coordinates"]
            yield ["properties", column]
            yield ["properties", *steps]
        elif self.format == "ngsi-ld":
            for name in (column, *steps[:1]):
                for member in ("value", "object", "languageMap"):
                    yield [name, member]
                yield [name]
        yield steps

    def _below(self, at: int, path: list[str]) -> Iterator[Cell]:
        if not path:
            end = self._json.end(at)
            yield self._at(at, end, _plain(self.text, at, end))
            return
        head, *rest = path
        if self.text.startswith("{", at):
            for name, start in self._json.members(at):
                if name == head:
                    yield from self._below(start, rest)
        elif self.text.startswith("[", at):
            for number, start in enumerate(self._json.elements(at)):
                if head in ("*", str(number)):
                    yield from self._below(start, rest)


def open_source(dataset: Dataset, data_root: Path, source: str) -> SourceText:
    """Open a file of a dataset by the name that provenance gives it; no other file is opened.

    Raises:
        SourceError: The dataset reads no such file, or it can't be read.
    """
    for part in tell(dataset, data_root).parts:
        for file in part.files:
            if file.label == source:
                try:
                    return SourceText(dataset, file, part.format)
                except OSError as error:
                    raise SourceError(
                        f"The file can't be read: {error.strerror or error}.", place=Place(source)
                    ) from None
    raise SourceError(f"Dataset {dataset.name} reads no file {source!r}.")


def plain_source(dataset: Dataset, path: Path, label: str, format_: str) -> SourceText:
    """Open a file of which no dataset's format knows: its lines, and values in them.

    Raises:
        SourceError: It can't be read.
    """
    try:
        size = path.stat().st_size
        return SourceText(
            dataset, ByteSource(path.name, label, size, partial(path.open, "rb"), path), format_
        )
    except OSError as error:
        raise SourceError(
            f"The file can't be read: {error.strerror or error}.", place=Place(label)
        ) from None


class Files:
    """The files that some datasets read, each opened once.

    Args:
        datasets: Of a twin.
        data_root: The folder that their sources are relative to.
    """

    def __init__(self, datasets: Iterable[Dataset], data_root: Path) -> None:
        self.datasets: Mapping[str, Dataset] = {d.name: d for d in datasets}
        self.root = data_root
        self._open: dict[tuple[str, str], SourceText | None] = {}

    def add(self, dataset: str, file: str, source: SourceText) -> None:
        """Add a file that is open already."""
        self._open[dataset, file] = source

    def of(self, dataset: str, file: str | None) -> SourceText | None:
        """Return a file's text; None where the dataset reads no such file, or it can't be read as text."""
        if file is None or dataset not in self.datasets:
            return None
        if (dataset, file) not in self._open:
            self._open[dataset, file] = None
            with suppress(LdtError, OSError, UnicodeError):
                self._open[dataset, file] = open_source(self.datasets[dataset], self.root, file)
        return self._open[dataset, file]

    def cell(self, violation: Violation) -> tuple[SourceText, Cell] | None:
        """Find the cell that a violation names; None where it can't be told."""
        source = self.of(violation.dataset, violation.source)
        if source is None or violation.row is None:
            return None
        cell = source.cell(violation.row, violation.column, violation.value)
        return (source, cell) if cell else None

    def line(self, violation: Violation) -> int | None:
        """Return the line that a violation stands in, where it is known: of an item of a document that of its beginning."""
        if violation.line is not None or violation.row is None:
            return violation.line
        source = self.of(violation.dataset, violation.source)
        if source is None:
            return None
        return source.line_of(violation.row)


def written(source: SourceText, cell: Cell, new: str) -> str:
    """Return how a file writes a new value in the place of a cell: quoted where it has to be, of JSON the kind that it was."""
    old = source.text[cell.start : cell.end]
    if source.format in DELIMITED:
        delimiter = source._header[0]
        if old.startswith('"') or any(c in new for c in (delimiter, '"', "\n", "\r")):
            return '"' + new.replace('"', '""') + '"'
        return new
    if not old.startswith('"') and _JSON.fullmatch(new):
        return new
    return json.dumps(new, ensure_ascii=False)


def _unquoted(text: str) -> str:
    return text[1:-1].replace('""', '"') if len(text) > 1 and text[0] == text[-1] == '"' else text


def _plain(text: str, at: int, end: int) -> str:
    """Return a value as a cell says it: a text without its quotes, all else as it is written."""
    value: Any = json.loads(text[at:end]) if text.startswith('"', at) else None
    return value if isinstance(value, str) else text[at:end]
