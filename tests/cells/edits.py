"""Good sources, and how one cell of each is changed without touching another."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from tests.cells.fault import Fault

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_MARK = "@@here@@"


@dataclass(frozen=True)
class Delimited:
    """CSV and its kin: a row is a line."""

    root: Path
    file: str
    delimiter: str = ","
    encoding: str = "utf-8"
    inside: str = ""  # of an archive: where the file lies in it is the source's own matter

    @property
    def source(self) -> str:
        return self.file

    def lines(self) -> list[str]:
        return (self.root / self.file).read_bytes().decode(self.encoding).splitlines()

    @property
    def header(self) -> list[str]:
        return self._cells(self.lines()[0])

    @property
    def rows(self) -> range:
        return range(2, len(self.lines()) + 1)

    def value(self, row: int, column: str) -> str:
        return self._cells(self.lines()[row - 1])[self.header.index(column)]

    def _cells(self, line: str) -> list[str]:
        return next(csv.reader([line], delimiter=self.delimiter))

    def set(self, row: int, column: str, value: str, rule: str = "*", **more: Any) -> Fault:
        def edit(data: bytes) -> bytes:
            lines = data.decode(self.encoding).split("\n")
            cells = self._cells(lines[row - 1])
            cells[self.header.index(column)] = value
            lines[row - 1] = self._line(cells)
            return "\n".join(lines).encode(self.encoding)

        name = f"{self.source}:{row} {column} = {value!r}"
        return Fault(name, self.file, edit, self.source, row, column, rule, **more)

    def _line(self, cells: Sequence[str]) -> str:
        out = io.StringIO()
        csv.writer(out, delimiter=self.delimiter, lineterminator="").writerow(cells)
        return out.getvalue()

    def append(self, cells: Sequence[str], column: str, rule: str, **more: Any) -> Fault:
        """Add a row; only one can be added to a file at a time."""
        row = len(self.lines()) + 1
        added = self._line(cells)
        return Fault(
            f"{self.source}: a row {added!r} more",
            self.file,
            lambda data: data.rstrip(b"\n") + b"\n" + added.encode(self.encoding) + b"\n",
            self.source,
            row,
            column,
            rule,
            **more,
        )

    def raw(self, row: int, made: Any, column: str | None, rule: str, **more: Any) -> Fault:
        """Change a line as a whole, as bytes."""

        def edit(data: bytes) -> bytes:
            lines = data.split(b"\n")
            lines[row - 1] = made(lines[row - 1])
            return b"\n".join(lines)

        return Fault(
            f"{self.source}:{row} {rule}", self.file, edit, self.source, row, column, rule, **more
        )


@dataclass(frozen=True)
class Worded:
    """A file of lines of words: EPANET's sections, TNTP's tables."""

    root: Path
    file: str
    columns: Sequence[str]
    section: str | None = None
    skip: int = 0  # lines above the first row

    @property
    def rows(self) -> list[int]:
        lines = (self.root / self.file).read_text().splitlines()
        if self.section is None:
            return [n for n, t in enumerate(lines, 1) if n > self.skip and t.strip()]
        at = next(i for i, t in enumerate(lines) if t.strip() == f"[{self.section}]") + 1
        found = []
        for number, text in enumerate(lines[at:], at + 1):
            if text.startswith("["):
                break
            if text.split(";")[0].strip():
                found.append(number)
        return found

    def words(self, row: int) -> list[str]:
        return (self.root / self.file).read_text().splitlines()[row - 1].split(";")[0].split()

    def value(self, row: int, column: str) -> str:
        return self.words(row)[self.columns.index(column)]

    def set(self, row: int, column: str, value: str, rule: str = "*", **more: Any) -> Fault:
        at = self.columns.index(column)
        told = more.pop("told", column)

        def made(line: str) -> str:
            body, semicolon, rest = line.partition(";")
            words = body.split()
            words[at : at + 1] = [value] if value else []
            return "\t".join(words) + ("\t" + semicolon + rest if semicolon else "")

        return self.raw(row, made, told, rule, f"{column} = {value!r}", **more)

    def raw(
        self, row: int, made: Any, column: str | None, rule: str, what: str, **more: Any
    ) -> Fault:
        def edit(data: bytes) -> bytes:
            lines = data.decode().split("\n")
            lines[row - 1] = made(lines[row - 1].rstrip("\r"))
            return "\n".join(lines).encode()

        name = f"{self.file}:{row} [{self.section}] {what}"
        return Fault(name, self.file, edit, self.file, row, column, rule, **more)


@dataclass(frozen=True)
class Items:
    """JSON: a row is an item of an array, and a cell a member of it.

    Attributes:
        at: Where the array is in the document; empty: it is the document.
        style: How the file is written: `indent` of json.dumps, or a line for each item.
    """

    root: Path
    file: str
    at: Sequence[str] = ()
    indent: int | None = None

    def document(self, data: bytes | None = None) -> Any:
        return json.loads(data if data is not None else (self.root / self.file).read_bytes())

    def items(self, document: Any) -> list[Any]:
        for step in self.at:
            document = document[step]
        return document

    @property
    def rows(self) -> range:
        return range(1, len(self.items(self.document())) + 1)

    def value(self, row: int, path: Sequence[Any]) -> Any:
        found = self.items(self.document())[row - 1]
        for step in path:
            found = found[step]
        return found

    def written(self, document: Any) -> str:
        if self.indent is None and isinstance(document, list):
            body = ",\n".join(json.dumps(v, ensure_ascii=False) for v in document)
            return f"[\n{body}\n]\n"
        return json.dumps(document, ensure_ascii=False, indent=self.indent) + "\n"

    def line(self, row: int, path: Sequence[Any]) -> int:
        """Tell by a mark where a member stands in the file."""
        document = self.document()
        _put(self.items(document)[row - 1], path, _MARK) if path else self._mark(document, row)
        before = self.written(document).partition(_MARK)[0]
        return before.count("\n") + 1

    def _mark(self, document: Any, row: int) -> None:
        self.items(document)[row - 1] = _MARK

    def set(
        self, row: int, path: Sequence[Any], value: Any, column: str | None, rule: str = "*",
        *, told_at: Sequence[Any] | None = None, **more: Any,
    ) -> Fault:  # fmt: skip
        """Set a member of an item; `told_at` is the member whose line is told, if not that one."""

        def edit(data: bytes) -> bytes:
            document = self.document(data)
            if path:
                _put(self.items(document)[row - 1], path, value)
            else:
                self.items(document)[row - 1] = value
            return self.written(document).encode()

        line = self.line(row, path if told_at is None else told_at)
        name = f"{self.file}[{row}] {'.'.join(map(str, path))} = {json.dumps(value)[:40]}"
        # A value of several lines would move the others.
        touches = frozenset([self.file]) if self.indent is not None else frozenset()
        touches |= more.pop("touches", frozenset())
        return Fault(name, self.file, edit, self.file, row, column, rule, line, touches, **more)

    def drop(
        self, row: int, path: Sequence[Any], column: str | None, rule: str, **more: Any
    ) -> Fault:
        """Take a member away: it is told at the line of its item."""

        def edit(data: bytes) -> bytes:
            document = self.document(data)
            holder = self.items(document)[row - 1]
            for step in path[:-1]:
                holder = holder[step]
            del holder[path[-1]]
            return self.written(document).encode()

        name = f"{self.file}[{row}] without {'.'.join(map(str, path))}"
        touches = frozenset([self.file]) if self.indent is not None else frozenset()
        return Fault(
            name, self.file, edit, self.file, row, column, rule, self.line(row, ()), touches, **more
        )


def _put(holder: Any, path: Sequence[Any], value: Any) -> None:
    for step in path[:-1]:
        holder = holder[step]
    holder[path[-1]] = value


@dataclass(frozen=True)
class Lines(Items):
    """NDJSON: a row is a line."""

    def document(self, data: bytes | None = None) -> Any:
        data = data if data is not None else (self.root / self.file).read_bytes()
        return [json.loads(line) for line in data.splitlines()]

    def written(self, document: Any) -> str:
        return "".join(json.dumps(v, ensure_ascii=False) + "\n" for v in document)


@dataclass(frozen=True)
class Parquet:
    """A row is a record."""

    root: Path
    file: str

    def table(self) -> pa.Table:
        return pq.read_table(self.root / self.file)

    @property
    def rows(self) -> range:
        return range(1, self.table().num_rows + 1)

    def value(self, row: int, column: str) -> Any:
        return self.table().column(column)[row - 1].as_py()

    def set(self, row: int, column: str, value: Any, rule: str = "*", **more: Any) -> Fault:
        def edit(data: bytes) -> bytes:
            table = pq.read_table(io.BytesIO(data))
            cells = table.column(column).to_pylist()
            cells[row - 1] = value
            at = table.column_names.index(column)
            made = table.set_column(at, column, pa.array(cells, table.schema.field(column).type))
            out = io.BytesIO()
            pq.write_table(made, out)
            return out.getvalue()

        name = f"{self.file}#{row} {column} = {value!r}"
        return Fault(name, self.file, edit, self.file, row, column, rule, **more)


@dataclass(frozen=True)
class Dbf:
    """The records of a shapefile: fixed widths (dBase III)."""

    root: Path
    file: str  # the .dbf
    source: str  # the .shp

    def _layout(self, data: bytes) -> tuple[int, int, dict[str, tuple[int, int]]]:
        head, width = int.from_bytes(data[8:10], "little"), int.from_bytes(data[10:12], "little")
        at, fields = 1, {}
        for start in range(32, head - 1, 32):
            name = data[start : start + 11].split(b"\0")[0].decode()
            fields[name] = (at, data[start + 16])
            at += data[start + 16]
        return head, width, fields

    def _data(self) -> bytes:
        return (self.root / self.file).read_bytes()

    @property
    def rows(self) -> range:
        return range(1, int.from_bytes(self._data()[4:8], "little") + 1)

    def value(self, row: int, column: str) -> str:
        data = self._data()
        head, width, fields = self._layout(data)
        start = head + (row - 1) * width + fields[column][0]
        return data[start : start + fields[column][1]].decode("latin-1").strip()

    def set(self, row: int, column: str, value: str, rule: str = "*", **more: Any) -> Fault:
        def edit(data: bytes) -> bytes:
            head, width, fields = self._layout(data)
            at, size = fields[column]
            start = head + (row - 1) * width + at
            return data[:start] + value.encode().rjust(size)[:size] + data[start + size :]

        name = f"{self.source}#{row} {column} = {value!r}"
        return Fault(name, self.file, edit, self.source, row, column, rule, **more)


@dataclass(frozen=True)
class Frames:
    """An element table of pandapower and pandapipes: JSON in a text of the file."""

    root: Path
    file: str
    table: str
    indent: int = 2
    cache: dict[str, Any] = field(default_factory=dict)

    def _frame(self, data: bytes | None = None) -> tuple[Any, Any]:
        document = json.loads(data if data is not None else (self.root / self.file).read_bytes())
        body = document["_object"][self.table]["_object"]
        return document, json.loads(body) if isinstance(body, str) else body

    @property
    def rows(self) -> range:
        return range(1, len(self._frame()[1]["data"]) + 1)

    def value(self, row: int, column: str) -> Any:
        frame = self._frame()[1]
        return frame["data"][row - 1][frame["columns"].index(column)]

    def set(self, row: int, column: str, value: Any, rule: str = "*", **more: Any) -> Fault:
        told = more.pop("told", column)

        def edit(data: bytes) -> bytes:
            document, frame = self._frame(data)
            frame["data"][row - 1][frame["columns"].index(column)] = value
            document["_object"][self.table]["_object"] = json.dumps(frame)
            return json.dumps(document, indent=self.indent).encode()

        if "line" not in self.cache:
            document = self._frame()[0]
            document["_object"][self.table]["_object"] = _MARK
            text = json.dumps(document, indent=self.indent)
            self.cache["line"] = text.partition(_MARK)[0].count("\n") + 1
        source = f"{self.file}#{self.table}"
        name = f"{source}[{row}] {column} = {value!r}"
        return Fault(name, self.file, edit, source, row, told, rule, self.cache["line"], **more)
