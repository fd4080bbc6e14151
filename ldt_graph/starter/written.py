"""What is written of a guess: twin.toml and an RML mapping, with a comment on each guess; or a commented skeleton."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ldt_graph.namespaces import LDT, PREFIXES, RDFS, RML, curie

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ldt_graph.ontology import Ontology
    from ldt_graph.starter.guess import Column, Starter

_SHAPES = {"energy": "EnergyAsset", "water": "WaterAsset", "mobility": "MobilityAsset"}


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
    lines += [_link(c, curie(r)) for c, r in made.relations.items() if c in made.own]
    return "\n".join([*_ended(lines), *_left_out(made), ""])


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


def _link(column: str, relation: str, note: str = "") -> str:
    return _line(relation, f"{column}.iri", "rml:termType rml:IRI", note)


def _ended(lines: list[str]) -> list[str]:
    """End the last statement with a point."""
    text, mark, note = lines[-1].partition("   # ")
    return [*lines[:-1], f"{text.removesuffix(';')}.{mark}{note}"]


def _left_out(made: Starter) -> list[str]:
    """Return as comments what of the table is not used yet."""
    links = [
        _link(c, curie(r), f"say whose identifiers these are: references = {{ {_key_of(c)} = … }}")
        for c, r in made.relations.items()
        if c not in made.own
    ]
    lines = [*links, *(_left(made, c) for c in made.left)]
    if not lines:
        return []
    told = "# twin.toml leaves these columns out. To use one, move its line up, name its term, and take it out of `unused`:"
    return ["", told, *(f"#{line}" for line in lines)]


def _left(made: Starter, column: Column) -> str:
    note = f"such as {column.some[0]}" if column.some else "empty"
    if column.name not in made.own:
        return _line("ldt:…", column.name, "", note)
    note += f': rows of this table, references = {{ {_key_of(column.name)} = "{made.name}" }}'
    return _link(column.name, "ldt:…", note)


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
    if made.commas:
        lines.append('options = { decimal = "," }      # numbers are written 12,5')
    if made.own.intersection(made.relations):
        pairs = ", ".join(f'{_key_of(c)} = "{made.name}"' for c in made.relations if c in made.own)
        lines.append(f"references = {{ {pairs} }}       # columns that hold identifiers, and whose")
    if made.left or made.relations.keys() - made.own:
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
