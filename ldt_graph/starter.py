"""What `ldt init` writes: a commented skeleton; or, from a table, a dataset and a mapping to begin with."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ldt_graph import assets
from ldt_graph.errors import SettingsError
from ldt_graph.model import Dataset, create_tables
from ldt_graph.namespaces import LDT, PREFIXES, RDFS, RML, curie, local_name
from ldt_graph.ontology import Ontology
from ldt_graph.settings import Settings
from ldt_graph.sql import identifier
from ldt_graph.workspace import connect

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import duckdb

    from ldt_graph.model import SourceTable

_IDS = ("id", "identifier", "uid", "code", "key", "nr", "no", "number", "nummer", "kennung")
_NAMES = ("name", "label", "title", "bezeichnung", "nom", "nombre")
_TYPES = ("type", "class", "kind", "typ", "art")
_X = ("lon", "lng", "long", "longitude", "x", "easting", "rechtswert")
_Y = ("lat", "latitude", "y", "northing", "hochwert")
_GEOMETRY = ("geometry", "wkt", "geom", "the_geom")
_UNITS = frozenset(
    [
        "kw",
        "mw",
        "w",
        "kv",
        "v",
        "mva",
        "kva",
        "m",
        "km",
        "mm",
        "bar",
        "h",
        "hours",
        "hour",
        "min",
        "minutes",
        "m3",
        "percent",
    ]
)
_SHAPES = {"energy": "EnergyAsset", "water": "WaterAsset", "mobility": "MobilityAsset"}


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
        plain = unicodedata.normalize("NFKD", self.name).encode("ascii", "ignore").decode()
        return _words(plain)


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
        own: Columns whose relation leads to rows of this table.
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
    left: list[Column] = field(default_factory=list)


def write_starter(folder: Path, source: Path, cls: str | None) -> Starter:
    """Write twin.toml, a mapping and a copy of a table into a folder, from a look at the table.

    Raises:
        SettingsError: The class is none; the table has nothing that tells its rows apart.
        SourceError: It can't be read.
    """
    ontology = Ontology.parse(assets.ontology_files())
    made = look(source, ontology, cls)
    if made.key is None:
        raise SettingsError(
            f"No column of {source.name} tells its rows apart.",
            hint="Each row needs an identifier of its own: add a column `id`.",
        )
    for part in ("data", "mappings", "shapes", "ontology"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    (folder / "data" / source.name).write_bytes(source.read_bytes())
    mapping = folder / "mappings" / f"{made.name}.ttl"
    mapping.write_text(mapping_text(made, ontology), encoding="utf-8")
    text = toml_text(made, source.name, ontology)
    (folder / "twin.toml").write_text(text, encoding="utf-8")
    return made


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
        made.own = {c for c in made.relations if made.key and _among(con, table, c, made.key)}
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
    made.title = _called(columns, _NAMES, taken)
    taken.add(made.title)
    x, y = _called(columns, _X, taken), _called(columns, _Y, taken)
    shape = _called(columns, _GEOMETRY, taken)
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
    named = [c.name for c in most if c.name.lower() in (*_IDS, f"{stem}_id", f"{stem}id")]
    ending = [c.name for c in apart if c.words[-1:] == ("id",)]
    unique = [c.name for c in apart if c.distinct == c.filled == made.rows]
    return next(iter([*named, *ending, *unique]), None)


def _called(columns: Sequence[Column], names: Sequence[str], taken: set[str | None]) -> str | None:
    known = {c.name.lower(): c.name for c in columns if c.name not in taken}
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
    column = _called(columns, _TYPES, taken)
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
    words = column.words
    bare = tuple(w for w in words if w not in _UNITS) or words
    for said in (words, bare, (*_words(cls), *bare)):
        if said in known:
            return known[said]
    joined = {"".join(k): v for k, v in known.items()}
    return joined.get("".join(words)) or joined.get("".join(bare))


def _words(name: str) -> tuple[str, ...]:
    parts = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+", name)
    return tuple(p.lower() for p in parts)


# ── what is written ──────────────────────────────────────────────────────────────────────────────


def mapping_text(made: Starter, ontology: Ontology) -> str:
    """Return an RML mapping, with a comment on each guess."""
    head = "".join(
        f"@prefix {p}: <{PREFIXES[p]}> .\n" for p in ("ldt", "rdf", "rdfs", "dcterms", "geo", "xsd")
    )
    lines = [
        f"# What the columns of {made.table} mean. A guess by their names: read it, and mend what is wrong.",
        f"{head}@prefix rml: <{RML}> .",
        "",
        f'<#{made.name}> rml:logicalSource [ rml:source "{made.table}" ] ;',
        f'    rml:subjectMap [ rml:template "{{{made.key}}}" ] ;   # what identifies a row',
        _type_line(made),
        _line("dcterms:identifier", made.key or "", ""),
    ]
    if made.title:
        lines.append(_line("rdfs:label", made.title, ""))
    if made.place:
        column = "geometry" if len(made.place) == 2 else made.place[0]
        lines.append(_line("geo:asWKT", column, "rml:datatype geo:wktLiteral"))
    for column, attribute in made.attributes.items():
        unit = ontology.unit(attribute)
        note = f"in {unit}" if unit else ""
        lines.append(_line(curie(attribute), column, _datatype(attribute, ontology), note))
    for column, relation in made.relations.items():
        target = f"{column}.iri" if column in made.own else column
        active = _line(
            curie(relation),
            target,
            "rml:termType rml:IRI",
            "" if column in made.own else "name its dataset in twin.toml: references",
        )
        lines.append(
            active if column in made.own else _commented(active.replace(column, f"{column}.iri", 1))
        )
    return "\n".join([*_ended(lines), *_unknown(made), ""])


def _type_line(made: Starter) -> str:
    note = (
        ""
        if made.guessed
        else "   # nothing says what they are: name a class of docs/reference/vocabulary.md"
    )
    return f'    rml:predicateObjectMap [ rml:predicate rdf:type ; rml:objectMap [ rml:template "{LDT}{made.cls}" ] ] ;{note}'


def _line(predicate: str, column: str, more: str, note: str = "") -> str:
    text = f'    rml:predicateObjectMap [ rml:predicate {predicate} ; rml:objectMap [ rml:reference "{column}"'
    return f"{text}{' ; ' + more if more else ''} ] ] ;{'   # ' + note if note else ''}"


def _datatype(attribute: str, ontology: Ontology) -> str:
    ranges = [curie(r) for r in ontology.objects(attribute, RDFS.range)]
    known = [r for r in ranges if r.startswith("xsd:") and r != "xsd:string"]
    return f"rml:datatype {known[0]}" if known else ""


def _commented(line: str) -> str:
    return f"#{line}"


def _ended(lines: list[str]) -> list[str]:
    """End the last statement that counts with a point."""
    last = max(n for n, line in enumerate(lines) if line.startswith("    rml:"))
    text, mark, note = lines[last].partition("   # ")
    lines[last] = f"{text.removesuffix(';')}.{mark}{note}"
    return lines


def _unknown(made: Starter) -> list[str]:
    if not made.left:
        return []
    told = [
        "",
        "# Columns of which nobody knows what they mean; twin.toml leaves them out. To use one, move its line up and name its term:",
    ]
    return told + [
        _commented(_line("ldt:…", c.name, "", f"such as {c.some[0]}" if c.some else "empty"))
        for c in made.left
    ]


def toml_text(made: Starter, source: str, ontology: Ontology) -> str:
    """Return twin.toml of one dataset."""
    shapes = [
        s for s, cls in _SHAPES.items() if f"{LDT}{made.cls}" in ontology.subclasses(LDT[cls])
    ]
    lines = [
        "# A twin: a folder with this file. docs/reference/twin.md explains every key.",
        'name = "My city"',
        'base = "https://example.org/my-city/"   # every IRI of the twin begins with it: make it yours',
        "",
        "[[dataset]]",
        f'name = "{made.name}"',
        f'source = "{source}"',
        f'mapping = "mappings/{made.name}.ttl"       # what the columns mean',
        f'shapes = {_list(shapes)}                  # what has to hold, beside "core"',
    ]
    if len(made.place) == 2:
        x, y = made.place
        lines += [
            f'x = "{x}"',
            f'y = "{y}"',
            '# crs = "EPSG:25832"                # degrees of WGS 84 unless you say so',
        ]
    if made.own:
        pairs = ", ".join(f'{_key_of(c)} = "{made.name}"' for c in made.relations if c in made.own)
        lines.append(f"references = {{ {pairs} }}       # columns that hold identifiers, and whose")
    if made.left or len(made.own) < len(made.relations):
        unused = [f"{made.table}.{c.name}" for c in made.left]
        unused += [f"{made.table}.{c}" for c in made.relations if c not in made.own]
        lines.append(f"unused = {_list(unused)}   # what nobody knows the meaning of yet")
    return "\n".join([*lines, ""])


def _list(texts: Sequence[str]) -> str:
    return "[" + ", ".join(f'"{t}"' for t in texts) + "]"


def _key_of(column: str) -> str:
    return column if re.fullmatch(r"[A-Za-z0-9_-]+", column) else f'"{column}"'


SKELETON = """# A twin: a folder with this file. docs/reference/twin.md explains every key.
name = "My city"
base = "https://example.org/my-city/"   # every IRI of the twin begins with it
# data = "data"                         # where sources lie, relative to this file
# record = ".ldt/record"                # where versions are kept: a folder, or s3://bucket/path
# store = "neo4j"                       # where questions are answered; embedded unless given
# ontology = ["ontology/*.ttl"]         # your own classes and relations
# vocabularies = ["https://schema.org/"]  # namespaces whose terms need no declaration
# profile = "strict"                    # what shapes warn of for impact's sake is set aside
# contexts = { "https://example.org/context.jsonld" = "contexts/mine.jsonld" }  # JSON-LD contexts beside those that ship

# One [[dataset]] per source, in any order.
[[dataset]]
name = "stations"                       # prefix of its identifiers: stations:ST-1
source = "stations.csv"                 # a file, a folder or an archive below data/
mapping = "mappings/stations.ttl"       # a file, or a mapping that ships: gtfs, epanet, pandapower, ...
shapes = ["energy"]                     # files, or shapes that ship; "core" always holds
x = "lon"                               # columns of coordinates; crs = "EPSG:4326" unless you say otherwise
y = "lat"
# crs = "EPSG:25832"
# crs = { unit = "metre", anchor = { lon = 9.9, lat = 48.4, rotation = 0 } }
# references = { feeder = "power" }     # columns that hold identifiers: of a dataset, "power#FeederMap", "*" for any
# keys = { stations = ["id"] }          # what identifies a row, where the mapping's subject does not
# options = { delimiter = ";", encoding = "latin-1" }
# unused = ["stations.remark"]          # what the source holds and the twin leaves out, as `ldt coverage` names it
"""
