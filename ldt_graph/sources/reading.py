"""What every format shares: the files it reads, the door for the tables it makes, and what it has to report."""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Literal

from ldt_graph.errors import Place, SourceError
from ldt_graph.model import COVERAGE_COLUMNS, SourceTable, Violation, append, columns_table, tell
from ldt_graph.sources import registry
from ldt_graph.sources.columns import named, sql_names
from ldt_graph.sources.lexical import Number
from ldt_graph.sources.survey import Survey
from ldt_graph.sources.text import read_lines, read_text
from ldt_graph.sql import identifier

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    import duckdb

    from ldt_graph.model import Dataset, Severity
    from ldt_graph.sources.connect import ByteSource

Cell = str | None


@dataclass(frozen=True, slots=True)
class Staged:
    """A relation that `Reading.add` can make a table of: its columns under the names of the source.

    Attributes:
        members: Of JSON: path of a leaf → the number of its values, where that is known already.
    """

    relation: str
    columns: tuple[str, ...]
    members: Mapping[str, int] | None = None


@dataclass
class Reading:
    """A part of a dataset being read: `files` lie together, the first one names the part.

    `attributes` are those of the ontology, with their units as UCUM codes where they have one; `contexts` the
    twin's own ones of JSON-LD, address → file.
    What a dataset's parts share stands here once: the tables, where each came from (the first file, and its
    format), the faults found.
    """

    con: duckdb.DuckDBPyConnection
    dataset: Dataset
    files: tuple[ByteSource, ...]
    format: str = ""
    attributes: Mapping[str, str | None] = field(default_factory=dict)
    contexts: Mapping[str, Path] = field(default_factory=dict)
    tables: dict[str, SourceTable] = field(default_factory=dict)
    origins: dict[str, tuple[str, str]] = field(default_factory=dict)
    faults: list[Violation] = field(default_factory=list)
    unread: dict[tuple[str, str, str], list[object]] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def of(
        self,
        files: tuple[ByteSource, ...],
        dataset: Dataset | None = None,
        format_: str | None = None,
    ) -> Reading:
        """Return the reading of other files, into the same tables and reports."""
        dataset, format_ = dataset or self.dataset, format_ or self.format
        return replace(self, files=files, dataset=dataset, format=format_)

    @property
    def file(self) -> ByteSource:
        """The file that names the part."""
        return self.files[0]

    @property
    def label(self) -> str:
        """What provenance calls it."""
        return self.file.label

    @property
    def table(self) -> str:
        """What the table of a file is called: as twin.toml says for all of a dataset's files, else like the file."""
        return self.option("table") or self.file.stem

    def beside(self, suffix: str) -> ByteSource | None:
        """Return the file of the part that ends so, if there is one."""
        return next((f for f in self.files[1:] if f.suffix == suffix), None)

    def option(self, name: str) -> str | None:
        """Return a format option of twin.toml."""
        return self.dataset.options.get(name)

    # ── tables ───────────────────────────────────────────────────────────────────────────────────

    def stage(
        self, columns: Sequence[str], select: str, parameters: Mapping[str, object] | None = None
    ) -> Staged:
        """Run a query whose result `add` can make a table of.

        Args:
            columns: The source's names of its columns: all but `_source` and `_row`, in their order.
            select: It names them by `sql_names(columns)`, and ends with `_source` and `_row`.
            parameters: Of the query.
        """
        relation = identifier(f"staged:{self.dataset.name}:{next(self.numbers)}")
        self.con.execute(f"CREATE TEMP TABLE {relation} AS {select}", parameters)
        return Staged(relation, tuple(columns))

    def drop(self, staged: Staged) -> None:
        """Forget what was staged."""
        self.con.execute(f"DROP TABLE {staged.relation}")

    def add(
        self,
        name: str,
        staged: Staged,
        form: Literal["tabular", "json"] = "tabular",
        root: Literal["array", "object"] = "array",
    ) -> SourceTable:
        """Make a table of what was staged, or add its rows to the one of that name. No table comes into being but here.

        Files of one format that make tables of one name make one table: rows keep their file, a column that
        only some have is empty in the others. Named by its file, and not by `options.table`, a table takes files of
        the same columns only.

        Raises:
            SourceError: The dataset has a table of that name already, of another format or of other columns.
        """
        sql = sql_names(staged.columns)
        self._check_staged(name, staged, sql)
        if name in self.tables:
            return self._unite(name, staged, form, root)
        relation, members = self._relation(name), self._members(staged, form)
        self.con.execute(f"DROP TABLE IF EXISTS {relation}")
        self.con.execute(f"ALTER TABLE {staged.relation} RENAME TO {relation}")
        placed = self._placed(staged)
        table = SourceTable(
            name,
            relation,
            staged.columns,
            form,
            root,
            self._count(relation),
            renamed=_renamed(staged.columns),
            read=frozenset(placed),
            members=members,
            cells=dict.fromkeys(("geometry", "plan_geometry"), placed) if placed else {},
        )
        self.tables[name], self.origins[name] = table, (self.label, self.format)
        return table

    def _placed(self, staged: Staged) -> tuple[str, ...]:
        """Return the columns of coordinates of which the table's geometry was made."""
        named = (self.option("x"), self.option("y"))
        known = tuple(n for n in named if n in staged.columns)
        return known if "geometry" in staged.columns and len(known) == 2 else ()

    def _unite(self, name: str, staged: Staged, form: str, root: str) -> SourceTable:
        """Add the rows of a further file to a table; linear in its rows unless it brings columns."""
        held = self.tables[name]
        self._check_united(name, held, staged, form, root)
        members = Counter(held.members) + Counter(self._members(staged, form))
        if set(staged.columns) <= set(held.columns):
            names = [*map(held.sql_column, staged.columns), "_source", "_row"]
            columns = ", ".join(map(identifier, names))
            self.con.execute(f"INSERT INTO {held.relation} ({columns}) FROM {staged.relation}")
            self.drop(staged)
        else:
            held = self._widen(held, staged)
        table = replace(held, rows=self._count(held.relation), members=members)
        self.tables[name] = table
        return table

    def _widen(self, held: SourceTable, staged: Staged) -> SourceTable:
        columns = tuple(dict.fromkeys((*held.columns, *staged.columns)))

        def select(relation: str, known: Mapping[str, str]) -> str:
            each = ", ".join(
                f"{identifier(known[c]) if c in known else 'NULL::VARCHAR'} AS {identifier(s)}"
                for c, s in zip(columns, sql_names(columns), strict=True)
            )
            return f"SELECT {each}, _source, _row FROM {relation}"

        mine = {c: held.sql_column(c) for c in held.columns}
        theirs = dict(zip(staged.columns, sql_names(staged.columns), strict=True))
        wide = self.stage(
            columns, f"{select(held.relation, mine)} UNION ALL {select(staged.relation, theirs)}"
        )
        self.drop(staged)
        self.con.execute(f"DROP TABLE {held.relation}")
        self.con.execute(f"ALTER TABLE {wide.relation} RENAME TO {held.relation}")
        return replace(held, columns=columns, renamed=_renamed(columns))

    def _check_united(
        self, name: str, held: SourceTable, staged: Staged, form: str, root: str
    ) -> None:
        first, format_ = self.origins[name]
        alone = getattr(registry.format_(format_), "alone", False) if format_ else True
        stated = self.option("table") is not None
        by_file = name == self.table and not stated and set(held.columns) != set(staged.columns)
        if (format_, held.form, held.root) != (self.format, form, root) or alone or by_file:
            why = "; their columns differ" if by_file and format_ == self.format else ""
            raise self.error(
                f"A second table would be called {name!r}: {first} makes one already{why}.",
                hint="Rename one of the files, or give each a [[dataset]] of its own.",
            )

    def _members(self, staged: Staged, form: str) -> Mapping[str, int]:
        if form != "json" or staged.members is not None:
            return staged.members or {}
        return Survey.of(self.con, staged.relation).leaves

    def _count(self, relation: str) -> int:
        return self.con.execute(f"SELECT count(*) FROM {relation}").fetchall()[0][0]

    def note(
        self,
        name: str,
        *,
        read: Iterable[str] = (),
        made: Iterable[str] = (),
        cells: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        """Note columns of a table that the reader made something of, those that it made, and of what (`SourceTable.cells`)."""
        table = self.tables[name]
        told = {**table.cells, **{c: tuple(own) for c, own in (cells or {}).items()}}
        self.tables[name] = replace(
            table, read=table.read.union(read), made=table.made.union(made), cells=told
        )

    def add_columns(
        self,
        name: str,
        columns: Mapping[str, Sequence[Cell]],
        rows: Sequence[int],
        source: str | Sequence[str] | None = None,
        form: Literal["tabular", "json"] = "tabular",
        root: Literal["array", "object"] = "array",
    ) -> SourceTable:
        """Make a table of Python columns.

        Args:
            name: Of the table.
            columns: Cells by the source's own names.
            rows: Where each row stands in the file.
            source: What provenance calls the file: of all rows, or of each; the label unless given.
            form: As in `SourceTable`.
            root: As in `SourceTable`.
        """
        return self.add(name, self.stage_columns(columns, rows, source), form, root)

    def stage_columns(
        self,
        columns: Mapping[str, Sequence[Cell]],
        rows: Sequence[int],
        source: str | Sequence[str] | None = None,
    ) -> Staged:
        """Stage Python columns; as `add_columns`."""
        values = dict(zip(sql_names(list(columns)), columns.values(), strict=True))
        each = [source or self.label] * len(rows) if isinstance(source, str | None) else source
        places = {"_source": each, "_row": rows}
        types = dict.fromkeys(values, "VARCHAR") | {"_source": "VARCHAR", "_row": "BIGINT"}
        try:
            with columns_table(self.con, values | places, types) as found:
                return self.stage(list(columns), f"FROM {found}")
        except UnicodeError:
            raise self.error(
                "The text holds half a character (a surrogate without its other half).",
                hint="Write the file as UTF-8.",
            ) from None

    def header(self, names: Iterable[str], own: Iterable[str] = ()) -> list[str]:
        """Return the names of a header's columns, each one of its own; say once which had to be changed.

        Args:
            names: As the file has them.
            own: Columns that the format adds.
        """
        header, changed = named(names, own)
        if changed:
            self.report(
                "source:column-renamed",
                f"{len(changed)} columns have the name of another one; they are called with a number: "
                f"{', '.join(header)}.",
                column=changed[0],
                severity="warning",
            )
        return header

    def _relation(self, name: str) -> str:
        # DuckDB knows no case in names of tables: `a.csv` and `A.csv` are two tables all the same.
        alike = sum(t.casefold() == name.casefold() for t in self.tables)
        more = f"#{alike + 1}" if alike else ""
        return identifier(f"source:{self.dataset.name}:{name}{more}")

    def _check_staged(self, name: str, staged: Staged, sql: Sequence[str]) -> None:
        found = self.con.execute(f"FROM {staged.relation} LIMIT 0").description
        if [c[0] for c in found] != [*sql, "_source", "_row"]:
            raise self.error(
                f"Its format makes the table {name} of {', '.join(c[0] for c in found)}.",
                hint="A table is made of sql_names(columns), _source and _row, in that order.",
            )

    # ── reports ──────────────────────────────────────────────────────────────────────────────────

    def report(
        self,
        rule: str,
        message: str,
        *,
        row: int | None = None,
        column: str | None = None,
        value: str | None = None,
        severity: Severity = "violation",
        source: str | None = None,
    ) -> None:
        """Note something set aside, or (as a warning) something to know: a line of `violations`."""
        where = (source or self.label, row, column, value, message)
        self.faults.append(Violation(self.dataset.name, "source", severity, rule, None, *where))

    def unused(
        self,
        kind: str,
        name: str,
        why: str,
        *,
        row: int | None = None,
        source: str | None = None,
        count: int = 1,
    ) -> None:
        """Account for something that the reader knows and makes nothing of; a line for all of one name.

        What the mapping does not read of a table is accounted for by the lift.

        Args:
            kind: As in `COVERAGE_COLUMNS`.
            name: What it is called there, the same for all of its kind.
            why: What it would be for, in a few words; the same for all of its name.
            row: Where it stands; the first place is kept.
            source: Its file, if not this one.
            count: How many of it.
        """
        held = self.unread.setdefault((kind, name, why), [0, source or self.label, row])
        held[0] = count + int(held[0])  # ty: ignore[invalid-argument-type]

    def write_account(self) -> None:
        """Append what was reported and accounted for to `violations` and `coverage`, all at once."""
        unused = [
            (self.dataset.name, kind, name, False, *held, why)
            for (kind, name, why), held in self.unread.items()
        ]
        tell(self.con, self.faults)
        _append(self.con, "coverage", COVERAGE_COLUMNS, unused)
        self.faults.clear()
        self.unread.clear()

    def error(
        self,
        message: str,
        *,
        row: int | None = None,
        column: str | None = None,
        hint: str | None = None,
    ) -> SourceError:
        """Return an error about this file."""
        return SourceError(message, place=Place(self.label, row, column), hint=hint)

    # ── text ─────────────────────────────────────────────────────────────────────────────────────

    def text(self) -> str:
        """Return the file's text; as `text.read_text`."""
        return read_text(self)

    def lines(self) -> list[str]:
        """Return the text's lines; as `text.read_lines`."""
        return read_lines(self)


def _renamed(columns: Sequence[str]) -> dict[str, str]:
    """Return the columns that SQL knows by another name → that name."""
    return {c: s for c, s in zip(columns, sql_names(columns), strict=True) if c != s}


def _append(
    con: duckdb.DuckDBPyConnection,
    table: str,
    names: Iterable[str],
    rows: Sequence[tuple[object, ...]],
) -> None:
    if rows:
        append(con, table, dict(zip(names, map(list, zip(*rows, strict=True)), strict=True)))


def cell(value: object) -> Cell:
    """Return a value of JSON as the text of a cell: true and false as such, null and blanks as NULL."""
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Number):
        return value.text
    # 9.4e-05 of a JSON number is a decimal all the same: without an exponent it is one in RDF too.
    return plain(value) if isinstance(value, float) else str(value)


def plain(value: float) -> str:
    """Return a number without an exponent, in as few digits as name it; NaN and infinities as they are."""
    text = repr(value)
    return f"{Decimal(text):f}" if "e" in text else text
