"""The values that cross seams: statements, violations, named tables. Stages share these, never each other.

Between stages a city is columns in one DuckDB connection, never Python objects: the functions here
name those tables and create them empty. Everything else in this module is small and frozen.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Literal, NamedTuple

from ldt_graph.errors import QueryError
from ldt_graph.sql import identifier

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence

    import duckdb

Kind = Literal["iri", "bnode", "literal"]
Origin = Literal["observed", "inferred"]
Severity = Literal["violation", "warning"]

STATEMENT_COLUMNS: dict[str, str] = {
    "dataset": "VARCHAR",
    "subject": "VARCHAR",
    "predicate": "VARCHAR",
    "object": "VARCHAR",
    "kind": "VARCHAR",  # iri | bnode | literal
    "datatype": "VARCHAR",  # null unless a typed literal; plain strings have null, not xsd:string
    "lang": "VARCHAR",
    "origin": "VARCHAR",  # observed | inferred
    "key": "VARCHAR",  # identity of the source row; of an inferred statement, of its first premise
    "source": "VARCHAR",  # the file, relative to the twin's data folder, '/' separated
    "row": "BIGINT",  # 1-based line of the file, or item of its top-level array
    "rule": "VARCHAR",  # observed: IRI of the branch of the mapping that made it; inferred: the axiom
    "level": "INTEGER",  # 0 for observed; inferred: 1 + the highest level among its premises
}
"""The record's columns, in order (DESIGN §2). A blank node's object or subject is written `_:label`.

`key` identifies the source row and `source`, `row` say where it stood: a place makes no difference between
versions. Rows may share a key; what is said of a key is replaced as a whole.
"""

VIOLATION_COLUMNS: dict[str, str] = {
    "dataset": "VARCHAR",
    "stage": "VARCHAR",  # source | lift | term | validate | reference | group | axiom | ontology | waiver
    "severity": "VARCHAR",  # violation (set aside) | warning (kept)
    "rule": "VARCHAR",  # a shape's IRI, or a short code such as source:row-too-short
    "subject": "VARCHAR",  # IRI of the entity, where there is one
    "source": "VARCHAR",
    "row": "BIGINT",
    "column": "VARCHAR",
    "value": "VARCHAR",
    "message": "VARCHAR",
    "line": "BIGINT",  # 1-based line of the file, where `row` is an item of an array; else null: it is `row`
    "key": "VARCHAR",  # of the row
    "branch": "VARCHAR",  # IRI of the branch of the mapping that read the cell
    "path": "VARCHAR",  # of a shape: IRI of the attribute or relation, or the path in SPARQL's syntax
    "component": "VARCHAR",  # of a shape: IRI of the constraint component
    "expected": "VARCHAR",  # what the shape or the reader asks for, in its own words: ">= 0", "open | closed"
    "fix": "VARCHAR",  # what the cell should say, where one answer follows
    "confidence": "DOUBLE",  # of the fix, 0 to 1
    "waived": "VARCHAR",  # why twin.toml takes it as it is; else null
}
"""One line per thing set aside or warned of: what `ldt violations` prints and the record keeps.

A stage fills what it knows, by name; the rest is null.
"""


SET_ASIDE_COLUMNS: dict[str, str] = {
    **STATEMENT_COLUMNS,
    "stage": "VARCHAR",  # lift | link | validate | reference
}
"""Statements that a stage set aside, and which."""

LINK_COLUMNS: dict[str, str] = {
    "dataset": "VARCHAR",
    "subject": "VARCHAR",  # an IRI, or what the source calls it
    "subject_target": "VARCHAR",  # null: it is an IRI; else where it is looked for, as twin.toml says
    "subject_column": "VARCHAR",
    "predicate": "VARCHAR",
    "object": "VARCHAR",
    "object_target": "VARCHAR",
    "object_column": "VARCHAR",
    "kind": "VARCHAR",
    "datatype": "VARCHAR",
    "lang": "VARCHAR",
    "key": "VARCHAR",
    "source": "VARCHAR",
    "row": "BIGINT",
    "rule": "VARCHAR",
}
"""Statements as their source says them, whose subject or object is called by an identifier and not yet by an IRI."""

ROW_COLUMNS: dict[str, str] = {
    "dataset": "VARCHAR",
    "n": "BIGINT",  # number among the rows of one key, in the order of their places
    "key": "VARCHAR",
    "hash": "BIGINT",  # of its cells
    "source": "VARCHAR",
    "row": "BIGINT",
}
"""The rows that a version was made of, so that the next build can tell which are others now."""

RULE_COLUMNS: dict[str, str] = {
    "dataset": "VARCHAR",
    "rule": "VARCHAR",  # IRI
    "map": "VARCHAR",  # name of its triples map
    "table": "VARCHAR",
    "predicate": "VARCHAR",  # null: the rows say it
    "part": "VARCHAR",  # subject | predicate | object
    "position": "INTEGER",
    "column": "VARCHAR",  # null: a constant
}
"""What each branch of a mapping reads, so that a statement leads to its cell."""

SIDE_TABLES: dict[str, dict[str, str]] = {
    "violations": VIOLATION_COLUMNS,
    "set_aside": SET_ASIDE_COLUMNS,
    "links": LINK_COLUMNS,
    "source_rows": ROW_COLUMNS,
    "rules": RULE_COLUMNS,
}
"""What a version keeps beside its statements: what was set aside and why, and what the next build goes on from."""

COVERAGE_COLUMNS: dict[str, str] = {
    "dataset": "VARCHAR",
    "kind": "VARCHAR",  # file | table | column | member | section | word | entry
    "name": "VARCHAR",  # stops.zone_id, [RULES], shapes.txt
    "used": "BOOLEAN",
    "count": "BIGINT",  # of values, rows, lines: of what the kind is made of
    "source": "VARCHAR",  # where it stands first
    "row": "BIGINT",
    "why": "VARCHAR",  # why it is not used, where the reader knows; else nothing reads it
}
"""What a source holds, by kind: a line for all of one name. Of a fact in none of them nobody would know."""

_KEY_COLUMNS = {"dataset": "VARCHAR", "key": "VARCHAR"}

TWIN = "_twin"
"""The dataset that holds what is told of twin.toml itself."""

ONTOLOGY = "_ontology"
"""The dataset that holds the ontology's own triples, so that a version of the record explains itself."""


def create_tables(con: duckdb.DuckDBPyConnection) -> None:
    """Create the empty tables that the stages append to: `statements`, the `SIDE_TABLES`, `coverage`, and the change in the making.

    A change is what `removed` holds, the statements that stages took out to make them anew, and `added`, what is
    now said of the keys in `lifted (dataset, key)`; there a NULL key is all of a dataset.
    """
    made = {
        "statements": STATEMENT_COLUMNS,
        "removed": STATEMENT_COLUMNS,
        "lifted": _KEY_COLUMNS,
        "coverage": COVERAGE_COLUMNS,
    }
    for name, columns in {**made, **SIDE_TABLES}.items():
        con.execute(f"CREATE TABLE IF NOT EXISTS {name} ({columns_sql(columns)})")
    con.execute(f"CREATE OR REPLACE TEMP VIEW added AS {of_keys('statements', 'lifted')}")


def of_keys(table: str, keys: str) -> str:
    """Return SQL for the rows of a table whose key is in the relation `keys (dataset, key)`; a NULL key is all of a dataset."""
    whole = f"SELECT dataset FROM {keys} WHERE key IS NULL"
    return (
        f"(SELECT * FROM {table} WHERE dataset IN ({whole}) UNION ALL "
        f"SELECT * FROM {table} SEMI JOIN {keys} USING (dataset, key) WHERE dataset NOT IN ({whole}))"
    )


def append(
    con: duckdb.DuckDBPyConnection, table: str, columns: Mapping[str, Sequence[object]]
) -> None:
    """Append columns of Python values to a table, by their order. Row by row DuckDB takes a hundred times as long."""
    with columns_table(con, columns) as found:
        con.execute(f"INSERT INTO {table} FROM {found}")


@contextmanager
def columns_table(
    con: duckdb.DuckDBPyConnection,
    columns: Mapping[str, Sequence[object]],
    types: Mapping[str, str] | None = None,
) -> Generator[str]:
    """Give columns of Python values a relation in SQL for as long as the block lasts; they are not copied.

    numpy holds them, which is small: an Arrow array of a list costs a process a quarter of a second and 85 MB
    the first time, since pyarrow looks for pandas then.

    Args:
        con: The connection that knows them.
        columns: Values by name, all of one length.
        types: SQL type by name, where the values alone don't tell (no rows, or nothing but None).

    Raises:
        UnicodeEncodeError: A text holds a surrogate without its other half.
    """
    import duckdb
    import numpy as np

    held = {n: np.fromiter(v, dtype=object, count=len(v)) for n, v in columns.items()}
    con.register("_columns", held)
    typed = ", ".join(f"{identifier(n)}::{t} AS {identifier(n)}" for n, t in (types or {}).items())
    try:
        yield f"(SELECT {typed} FROM _columns)" if typed else "_columns"
    except duckdb.InvalidInputException:
        for text in (t for values in columns.values() for t in values if isinstance(t, str)):
            text.encode()
        raise
    finally:
        con.unregister("_columns")


def run(
    con: duckdb.DuckDBPyConnection, script: str, values: Mapping[str, object] | None = None
) -> None:
    """Run a script's statements one by one, each with those values that it names."""
    for statement in con.extract_statements(script):
        named = {k: v for k, v in (values or {}).items() if k in statement.named_parameters}
        con.execute(statement, named)


def columns_sql(columns: Mapping[str, str]) -> str:
    """Return the column list of a CREATE TABLE."""
    return ", ".join(f'"{c}" {t}' for c, t in columns.items())


@dataclass(frozen=True, slots=True)
class Violation:
    """A line of `violations`: what was set aside (`violation`) or is worth knowing (`warning`), and where."""

    dataset: str
    stage: str
    severity: Severity
    rule: str
    subject: str | None
    source: str | None
    row: int | None
    column: str | None
    value: str | None
    message: str
    line: int | None = None
    key: str | None = None
    branch: str | None = None
    path: str | None = None
    component: str | None = None
    expected: str | None = None
    fix: str | None = None
    confidence: float | None = None
    waived: str | None = None


def tell(con: duckdb.DuckDBPyConnection, violations: Sequence[Violation]) -> None:
    """Append lines to `violations`."""
    if violations:
        columns = {name: [getattr(v, name) for v in violations] for name in VIOLATION_COLUMNS}
        append(con, "violations", columns)


@dataclass(frozen=True, slots=True)
class ViolationFilter:
    """Every given condition must hold: a field is as given; of a truth value, whether there is something in it.

    Fields are called as the columns of `violations`, so that a store need not know them one by one.
    """

    dataset: str | None = None
    stage: str | None = None
    severity: str | None = None
    rule: str | None = None
    source: str | None = None
    row: int | None = None
    column: str | None = None
    subject: str | None = None
    key: str | None = None
    path: str | None = None
    component: str | None = None
    fix: bool | None = None
    waived: bool | None = None

    @property
    def asked(self) -> dict[str, str | int | bool]:
        """The conditions that are given, by column."""
        found = ((f.name, getattr(self, f.name)) for f in fields(self))
        return {name: value for name, value in found if value is not None}


@dataclass(frozen=True, slots=True)
class ViolationGroup:
    """Violations that are alike in some columns: what they share, how many there are, and the first of them."""

    by: tuple[tuple[str, str | None], ...]
    count: int
    first: Violation


@dataclass(frozen=True, slots=True)
class ViolationPage:
    """Violations by dataset, file and row. `cursor` is to be passed as `after`; None at the end."""

    violations: tuple[Violation, ...]
    total: int
    cursor: str | None


@dataclass(frozen=True, slots=True)
class Touched:
    """What a change is, for who judges again only what it touches: two relations.

    Attributes:
        statements: What came or went, in the columns of a statement.
        entities: What broke a shape before (subject).
    """

    statements: str
    entities: str


@dataclass(frozen=True, slots=True)
class SourceTable:
    """A named table that a mapping's logical source refers to.

    The relation `relation` exists in the connection. A `tabular` one has a VARCHAR column per name in
    `columns` (empty cells are NULL), a `json` one has the single VARCHAR column `doc`: one JSON
    value per row (each item of a top-level array, or the whole document if its root is an object).
    Both also have `_source` VARCHAR and `_row` BIGINT, the place of the row; and, once the lift knows what
    identifies it, `_key` VARCHAR.

    Attributes:
        columns: The source's own names, which may differ in case alone; SQL knows them by `sql_column`.
        renamed: Those that SQL knows by another name → that name.
        touched: The relation of those rows that a change names; None: all of them.
        read: Columns of the source that its reader made something of: coordinates that became a geometry.
        made: Columns that its reader made, which are no facts of their own.
        cells: Column that its reader made → the source's own columns that it is made of; `{column}` is the one that
            the row names there.
        members: Of JSON: JSONPath of a leaf, names in quotes → the number of its values.
    """

    name: str
    relation: str
    columns: tuple[str, ...]
    form: Literal["tabular", "json"] = "tabular"
    root: Literal["array", "object"] = "array"
    rows: int = 0
    touched: str | None = None
    renamed: Mapping[str, str] = field(default_factory=dict)
    read: frozenset[str] = frozenset()
    made: frozenset[str] = frozenset()
    members: Mapping[str, int] = field(default_factory=dict)
    cells: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def cells_of(self, name: str) -> tuple[str, ...]:
        """Return the source's own columns that say what a column does."""
        return self.cells.get(name, (name,))

    def sql_column(self, name: str) -> str:
        """Return what a column is called in the relation."""
        return self.renamed.get(name, name)


@dataclass(frozen=True, slots=True)
class Anchor:
    """Where a local plan's origin lies: degrees in WGS 84; `rotation` in degrees counter-clockwise."""

    lon: float
    lat: float
    rotation: float = 0.0


@dataclass(frozen=True, slots=True)
class Crs:
    """The coordinate system that a dataset declares: an authority code, or a local plan with its unit."""

    code: str | None = None  # "EPSG:25832"; None for a local plan
    unit: Literal["metre", "foot", "us-survey-foot"] | None = None  # local plan only
    anchor: Anchor | None = None

    @property
    def local(self) -> bool:
        """Whether this is a plan in its own units."""
        return self.code is None


WGS84 = Crs("EPSG:4326")


@dataclass(frozen=True, slots=True)
class Dataset:
    """One `[[dataset]]` of twin.toml, its paths resolved.

    Attributes:
        name: `[a-z0-9-]+`; prefix of its CURIEs and its partition in the record.
        source: Path below the data root: a file, a folder or an archive.
        format: Source format by name, or None to tell it from the path and its content.
        mapping: Path of the mapping file, or the name of a shipped one.
        shapes: Paths or shipped names.
        crs: What its coordinates mean; None where the format itself says so (GTFS, GeoJSON, NGSI-LD).
        references: Column → where what it names is looked for: a dataset, one of its triples maps, tables
            or classes (`water#PumpMap`), any dataset (`*`), or `{column}` where another column says it. The
            mapping reads it as `<column>.iri`.
        separators: Column of `references` → what stands between the identifiers in its cells, where they are several.
        keys: Table → columns that identify its rows, where the mapping's subject is not what does.
        options: Format options (`delimiter`, `encoding`, ...).
        unused: Patterns of what the source holds and the twin leaves out on purpose, as `ldt coverage` names it.
        line: Line in twin.toml, for errors.
    """

    name: str
    source: str
    mapping: str
    format: str | None = None
    shapes: tuple[str, ...] = ()
    crs: Crs | None = None
    references: Mapping[str, str] = field(default_factory=dict)
    separators: Mapping[str, str] = field(default_factory=dict)
    keys: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    options: Mapping[str, str] = field(default_factory=dict)
    unused: tuple[str, ...] = ()
    line: int = 0


@dataclass(frozen=True, slots=True)
class Version:
    """A version of the record."""

    number: int
    time: str  # ISO 8601, UTC
    statements: int
    datasets: tuple[str, ...]

    @property
    def document(self) -> dict[str, int | str]:
        """How an answer names it, ready for JSON."""
        return {"number": self.number, "time": self.time}


# ── What a graph answers ───────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Value:
    """A literal as the record holds it: its lexical form, never a float of it."""

    text: str
    datatype: str | None = None
    lang: str | None = None


@dataclass(frozen=True, slots=True)
class Provenance:
    """How we know a statement: `source` and `row` if observed, the axiom in `rule` if inferred."""

    dataset: str
    origin: Origin
    source: str | None
    row: int | None
    rule: str | None


@dataclass(frozen=True, slots=True)
class Relation:
    """A relation of an entity; `target` is the entity at its other end. `name` is the relation's name: `poweredBy`."""

    name: str
    iri: str
    target: str
    provenance: Provenance

    @property
    def order(self) -> tuple[str, ...]:
        """What relations are sorted by: name, target, then how they are known."""
        p = self.provenance
        known = (p.dataset, p.origin, p.source or "", f"{p.row or 0:012d}", p.rule or "")
        return (self.name, self.target, *known, self.iri)


@dataclass(frozen=True, slots=True)
class Entity:
    """What the twin says of one thing.

    Attributes:
        type: Name of its most specific class; the first by name where there are several.
        types: Names of all its classes, sorted.
        domain: `energy`, `water`, ... from the ontology, or None.
        geometry: WKT in WGS 84, longitude first, or None.
        attributes: Local name → values, both sorted.
    """

    iri: str
    identifier: str | None
    name: str | None
    type: str
    types: tuple[str, ...]
    domain: str | None
    dataset: str
    geometry: str | None
    attributes: Mapping[str, tuple[Value, ...]]


class Box(NamedTuple):
    """A box in degrees of WGS 84; where its west exceeds its east, it crosses the antimeridian."""

    west: float
    south: float
    east: float
    north: float


@dataclass(frozen=True, slots=True)
class EntityFilter:
    """Every given condition must hold.

    `type` matches a class or any subclass of it: by its name, as a CURIE or an IRI, or by a local name that
    no other class has.
    `text` matches, case-insensitively, a part of the name, the identifier or the IRI: of their first 2,000
    characters, as Neo4j's text index takes no more than 32 KB.
    `box` matches what lies in it or meets it: an entity whose geometry's own bounding box does.

    Raises:
        QueryError: The box does not lie on the earth.
    """

    type: str | None = None
    domain: str | None = None
    dataset: str | None = None
    text: str | None = None
    iris: tuple[str, ...] | None = None
    box: Box | None = None

    def __post_init__(self) -> None:
        if self.box is not None:
            west, south, east, north = self.box
            if not (abs(west) <= 180 and abs(east) <= 180 and -90 <= south <= north <= 90):
                raise QueryError(
                    f"No box on the earth: west {west:g}, south {south:g}, east {east:g}, north {north:g}.",
                    hint="Give degrees; west may exceed east, for a box across the antimeridian.",
                )


@dataclass(frozen=True, slots=True)
class Page:
    """Entities in IRI order. `cursor` is the last IRI of the page, to be passed as `after`; None at the end."""

    entities: tuple[Entity, ...]
    total: int
    cursor: str | None
