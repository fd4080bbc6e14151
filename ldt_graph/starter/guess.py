"""What the columns of a table seem to be, by their names and cells."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ldt_graph.errors import SettingsError
from ldt_graph.model import Dataset, create_tables
from ldt_graph.namespaces import LDT, local_name
from ldt_graph.settings import Settings
from ldt_graph.sources.decimals import has_comma
from ldt_graph.sql import identifier
from ldt_graph.starter import words
from ldt_graph.workspace import connect

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import duckdb

    from ldt_graph.model import SourceTable
    from ldt_graph.ontology import Ontology


_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the table: its name, how many distinct values of how many, and a few of them."""

    name: str
    distinct: int
    filled: int
    some: tuple[str, ...]

    @property
    def words(self) -> tuple[str, ...]:
        """The words of its name, in lower case: `powerKW` and `power_kw` are `power`, `kw`."""
        return _words(_unaccented(self.name))


@dataclass
class Starter:
    """What the columns of a table seem to be.

    Attributes:
        name: Of the dataset.
        table: Of the mapping's logical source.
        rows: How many.
        cls: Local name of the class, or a template that reads it from a column.
        guessed: Whether anything says so.
        key: The column that identifies a row.
        title: That holds names.
        place: Columns of x and y, or of WKT.
        attributes: Column → IRI of the attribute.
        relations: Column → IRI of the relation.
        own: Columns whose cells name rows of this table.
        commas: Whether its numbers have decimal commas.
        left: Columns of which nobody knows what they mean.
    """

    name: str
    table: str
    rows: int
    cls: str = "Asset"
    guessed: bool = False
    key: str | None = None
    title: str | None = None
    place: tuple[str, ...] = ()
    attributes: dict[str, str] = field(default_factory=dict)
    relations: dict[str, str] = field(default_factory=dict)
    own: set[str] = field(default_factory=set)
    commas: bool = False
    left: list[Column] = field(default_factory=list)


def look(source: Path, ontology: Ontology, cls: str | None = None) -> Starter:
    """Look at a table and say what its columns seem to be."""
    from ldt_graph.sources import open_dataset

    name = re.sub(r"[^a-z0-9]+", "-", source.stem.lower()).strip("-") or "data"
    with connect(Settings()) as con:
        create_tables(con)
        tables = open_dataset(con, Dataset(name, source.name, ""), source.parent)
        if len(tables) != 1 or next(iter(tables.values())).form != "tabular":
            raise SettingsError(f"{source.name} is not one table.", hint=_instead(source))
        [table] = tables.values()
        columns = [_column(con, table, c) for c in table.columns]
        made = Starter(name, table.name, table.rows)
        _guess(made, columns, ontology, cls)
        if made.key:
            told = [*made.relations, *(c.name for c in made.left)]
            made.own = {c for c in told if _among(con, table, c, made.key)}
        made.commas = _has_commas(columns)
    return made


def _instead(source: Path) -> str:
    """Return how a source begins of which a mapping is not guessed."""
    if source.suffix == ".jsonld":
        return 'NGSI-LD needs none of this: `ldt init DIR`, and mapping = "ngsi-ld" in twin.toml.'
    return "Begin with a CSV file; `ldt init DIR` shows how other formats are named in twin.toml."


def _column(con: duckdb.DuckDBPyConnection, table: SourceTable, name: str) -> Column:
    column = identifier(table.sql_column(name))
    distinct, filled = con.execute(
        f"SELECT count(DISTINCT {column}), count({column}) FROM {table.relation}"
    ).fetchall()[0]
    some = con.execute(
        f"SELECT DISTINCT {column} FROM {table.relation} WHERE {column} IS NOT NULL ORDER BY 1 LIMIT 200"
    ).fetchall()
    return Column(name, distinct, filled, tuple(v for (v,) in some))


def _has_commas(columns: Sequence[Column]) -> bool:
    """Whether of the numbers with a fraction, in columns of numbers alone, most have a decimal comma."""
    commas = points = 0
    for column in columns:
        numbers = [text for text in column.some if _NUMBER.fullmatch(text)]
        written = sum(map(has_comma, column.some))
        if len(numbers) + written == len(column.some):
            commas += written
            points += sum("." in text for text in numbers)
    return commas > points


def _among(con: duckdb.DuckDBPyConnection, table: SourceTable, column: str, key: str) -> bool:
    """Whether most values of a column are keys of the table."""
    a, b = (identifier(table.sql_column(c)) for c in (column, key))
    found, every = con.execute(
        f"SELECT count(*) FILTER ({a} IN (SELECT {b} FROM {table.relation})), count({a}) FROM {table.relation}"
    ).fetchall()[0]
    return found * 2 > every > 0


# ── what it seems to be ──────────────────────────────────────────────────────────────────────────


def _guess(made: Starter, columns: Sequence[Column], ontology: Ontology, cls: str | None) -> None:
    made.key = _key(made, columns)
    taken = {made.key}
    made.title = _called(columns, words.NAMES, taken)
    taken.add(made.title)
    x, y = _called(columns, words.X, taken), _called(columns, words.Y, taken)
    shape = _called(columns, words.GEOMETRY, taken)
    made.place = (x, y) if x and y else (shape,) if shape else ()
    taken |= set(made.place)
    kind = _class(made, columns, ontology, cls, taken)
    taken.add(kind)
    attributes = {
        _words(local_name(a)): a for a in sorted(ontology.attributes) if a.startswith(LDT)
    }
    relations = {_words(local_name(r)): r for r in sorted(ontology.object_properties)}
    for column in columns:
        if column.name in taken:
            continue
        if found := _term(column, attributes, made.cls):
            made.attributes[column.name] = found
        elif found := _term(column, relations, made.cls):
            made.relations[column.name] = found
        else:
            made.left.append(column)


def _key(made: Starter, columns: Sequence[Column]) -> str | None:
    """Return the column that names each row: one called so, of which most values differ, else the first that does.

    A key that repeats is a fault to be told, and no reason to take another column for it.
    """
    most, apart = (
        [c for c in columns if c.distinct >= part * made.rows > 0] for part in (0.5, 0.8)
    )
    stem = made.name.rstrip("s").replace("-", "_")
    named = [
        c.name
        for c in most
        if _unaccented(c.name).lower() in (*words.IDS, f"{stem}_id", f"{stem}id")
    ]
    ending = [c.name for c in apart if c.words[-1:] == ("id",)]
    unique = [c.name for c in apart if c.distinct == c.filled == made.rows]
    return next(iter([*named, *ending, *unique]), None)


def _unaccented(text: str) -> str:
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()


def _called(columns: Sequence[Column], names: Sequence[str], taken: set[str | None]) -> str | None:
    known = {_unaccented(c.name).lower().strip(): c.name for c in columns if c.name not in taken}
    return next((known[n] for n in names if n in known), None)


def _class(
    made: Starter,
    columns: Sequence[Column],
    ontology: Ontology,
    cls: str | None,
    taken: set[str | None],
) -> str | None:
    """Set the class: as asked, as a column says, or as the file is called; return the column."""
    names = {local_name(c): c for c in sorted(ontology.classes) if c.startswith(LDT)}
    if cls is not None:
        if cls not in names:
            raise SettingsError(
                f"There is no class {cls!r}.", hint=f"There are: {', '.join(names)}."
            )
        made.cls, made.guessed = cls, True
        return None
    column = _called(columns, words.TYPES, taken)
    said = next((c for c in columns if c.name == column), None)
    if said and said.some and all(v in names for v in said.some):
        made.cls, made.guessed = f"{{{column}}}", True
        return column
    stem = "".join(_words(made.name))
    by_name = {n.lower(): n for n in names}
    for word in (
        stem,
        stem.removesuffix("s"),
        stem.removesuffix("es"),
        f"{stem.removesuffix('ies')}y",
    ):
        if word in by_name:
            made.cls, made.guessed = by_name[word], True
    return None


def _term(column: Column, known: Mapping[tuple[str, ...], str], cls: str) -> str | None:
    """Return the term whose words a column's name has, without its unit; the class may be left out of them."""
    every = column.words
    bare = tuple(w for w in every if w not in words.UNITS) or every
    for said in (every, bare, (*_words(cls), *bare)):
        if said in known:
            return known[said]
    joined = {"".join(k): v for k, v in known.items()}
    return joined.get("".join(every)) or joined.get("".join(bare))


def _words(name: str) -> tuple[str, ...]:
    parts = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+", name)
    return tuple(p.lower() for p in parts)
