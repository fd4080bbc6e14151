"""A twin in a folder, written for one test: a table or a file of entities, its mapping, an ontology, shapes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb

from ldt_graph.graph.embedded import EmbeddedGraph
from ldt_graph.namespaces import PREFIXES
from ldt_graph.pipeline import build
from ldt_graph.record import Record
from ldt_graph.twin import load_twin

if TYPE_CHECKING:
    from pathlib import Path

    from ldt_graph.model import Violation

BASE = "https://example.org/t/"
HEAD = "".join(f"@prefix {p}: <{iri}> .\n" for p, iri in PREFIXES.items()) + (
    "@prefix rml: <http://w3id.org/rml/> .\n@prefix my: <https://example.org/my#> .\n"
)
THINGS = """<#ThingMap> rml:logicalSource [ rml:source "things" ] ;
    rml:subjectMap [ rml:template "{id}" ] ;
    rml:predicateObjectMap [ rml:predicate rdf:type ; rml:objectMap [ rml:template "https://w3id.org/ldt-graph#{class}" ] ] ;
    rml:predicateObjectMap [ rml:predicate dcterms:identifier ; rml:objectMap [ rml:reference "id" ] ] .
"""
LINKS = """<#LinkMap> rml:logicalSource [ rml:source "links" ; ldt:manyRows true ] ;
    rml:subjectMap [ rml:reference "from.iri" ] ;
    rml:predicateObjectMap [ rml:predicateMap [ rml:template "https://w3id.org/ldt-graph#{relation}" ] ;
        rml:objectMap [ rml:reference "to.iri" ; rml:termType rml:IRI ] ] .
"""


class Written:
    """A twin in a folder."""

    def __init__(self, folder: Path, *, top: str = "") -> None:
        self.folder = folder
        (folder / "data").mkdir(parents=True, exist_ok=True)
        self._toml = f'name = "T"\nbase = "{BASE}"\n{top}'
        self.write("twin.toml", self._toml)

    def write(self, name: str, text: str) -> Written:
        (self.folder / name).write_text(text, encoding="utf-8")
        return self

    def dataset(self, source: str, text: str, mapping: str, more: str = "") -> Written:
        """Add a dataset: its file, and its mapping as text or by the name of a shipped one."""
        self.write(f"data/{source}", text)
        name = source.partition(".")[0]
        if "<#" in mapping:
            self.write(f"{name}.ttl", HEAD + mapping)
            mapping = f"{name}.ttl"
        self._toml += (
            f'[[dataset]]\nname = "{name}"\nsource = "{source}"\nmapping = "{mapping}"\n{more}\n'
        )
        return self.write("twin.toml", self._toml)

    def told(self, *stages: str) -> list[Violation]:
        """Build; return the violations of some stages."""
        build(load_twin(self.folder))
        return [v for v in self.record.violations(self.record.version()) if v.stage in stages]

    @property
    def record(self) -> Record:
        return Record(load_twin(self.folder).record)

    @property
    def graph(self) -> EmbeddedGraph:
        return EmbeddedGraph.open(self.record)

    def statements(self, where: str = "true") -> set[tuple[str, str, str]]:
        """What the newest version says, each IRI by its last part."""
        con = duckdb.connect()
        self.record.load(con, self.record.version())
        rows = con.execute(
            f"SELECT subject, predicate, object FROM statements WHERE dataset <> '_ontology' AND {where}"
        ).fetchall()
        return {tuple(t.rsplit("#", 1)[-1].rsplit("/", 1)[-1] for t in row) for row in rows}
