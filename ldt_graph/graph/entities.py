"""A version's entities from its statements, in DuckDB: the projection that every store of ours begins with."""

from __future__ import annotations

from pathlib import Path

import duckdb

from ldt_graph.model import ONTOLOGY, append
from ldt_graph.namespaces import OWL, RDF_TYPE
from ldt_graph.ontology import Ontology

_SQL = Path(__file__).with_name("entities.sql").read_text(encoding="utf-8")


def ontology_of(con: duckdb.DuckDBPyConnection) -> Ontology:
    """Return the ontology among a version's statements."""
    triples = con.execute(
        "SELECT subject, predicate, object, kind, datatype, lang FROM statements WHERE dataset = ?",
        [ONTOLOGY],
    ).fetchall()
    return Ontology.from_triples(triples)


def project_entities(con: duckdb.DuckDBPyConnection, ontology: Ontology) -> None:
    """Create the tables `entity` and `entity_class` from `statements`, which the ontology's own leave.

    entity(id, iri, identifier, name, type, class, domain, dataset, geometry, searched): one row each, its
    `id` its position in IRI order; entity_class(id, class, name): every class of each. Linear in the statements.
    """
    con.execute("DELETE FROM statements WHERE dataset = ?", [ONTOLOGY])
    _register_classes(con, ontology)
    con.execute(_SQL)


def lowered(text: str) -> str:
    """Return a text in small letters as the record's engine has it, so that every store finds the same."""
    if text.isascii():
        return text.lower()
    return duckdb.connect().execute("SELECT lower(?)", [text]).fetchall()[0][0]


def _register_classes(con: duckdb.DuckDBPyConnection, ontology: Ontology) -> None:
    """Create class_info: what the ontology says of every class that a type statement names."""
    con.execute(
        "CREATE OR REPLACE TABLE class_info (class VARCHAR, name VARCHAR, domain VARCHAR, depth INTEGER)"
    )
    classes = [
        c
        for (c,) in con.execute(
            "SELECT DISTINCT object FROM statements WHERE predicate = ? AND kind = 'iri' ORDER BY 1",
            [RDF_TYPE],
        ).fetchall()
        if not c.startswith(OWL)
    ]
    if classes:
        info = {
            "class": classes,
            "name": [ontology.name_of(c) for c in classes],
            "domain": [ontology.domain_of(c) for c in classes],
            "depth": [len(ontology.superclasses(c)) for c in classes],
        }
        append(con, "class_info", info)
