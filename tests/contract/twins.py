"""Twins for the contract: records that both stores serve, and ways to compare what the stores say."""

from __future__ import annotations

from dataclasses import fields
from itertools import chain
from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np

from ldt_graph import assets
from ldt_graph.graph.neo4j.versions import Publication
from ldt_graph.model import create_tables
from ldt_graph.ontology import Ontology
from ldt_graph.pipeline import keep_ontology
from ldt_graph.reason import reason
from ldt_graph.testing import insert

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ldt_graph.graph.columns import NetworkColumns
    from ldt_graph.graph.neo4j import Server
    from ldt_graph.model import Version
    from ldt_graph.record import Record

HOSTILE_ONTOLOGY = """
@prefix ldt: <https://w3id.org/ldt-graph#> . @prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> . @prefix x: <https://example.org/hostile#> . @prefix y: <https://example.org/other#> .
x:Order a owl:Class ; rdfs:subClassOf ldt:Asset ; ldt:domain "order by" .
x:Twin a owl:Class ; rdfs:subClassOf ldt:Asset .
x:_Next a owl:Class ; rdfs:subClassOf ldt:Asset .
x:Entity a owl:Class ; rdfs:subClassOf ldt:Asset .
x:Pump a owl:Class ; rdfs:subClassOf ldt:Asset ; ldt:domain "zz" .
<https://example.org/hostile#a%60b> a owl:Class ; rdfs:subClassOf ldt:Asset .
x:type a owl:DatatypeProperty ; ldt:offAt "1" . x:_Next ldt:offBy x:type . x:iri a owl:DatatypeProperty . x:name_ a owl:DatatypeProperty . x:_ldt a owl:DatatypeProperty .
x:poweredBy a owl:ObjectProperty ; rdfs:subPropertyOf ldt:controlledBy .
x:POWERED_BY a owl:ObjectProperty ; rdfs:subPropertyOf ldt:suppliedBy .
x:match a owl:ObjectProperty ; rdfs:subPropertyOf ldt:fedBy .
"""
HOSTILE = """
@prefix x: <https://example.org/hostile#> . @prefix y: <https://example.org/other#> .
<order> a x:Order ; dcterms:identifier "MATCH (n) DETACH DELETE n" ; rdfs:label "`; DROP" ; x:type "a" , "b" ; x:iri 7 ; x:name_ 1.50 ; x:_ldt true ; ldt:poweredBy <twin> ; x:match <next> .
<twin> a x:Twin ; dcterms:identifier "twin" ; rdfs:label "Ünïcode ß İ"@de ; x:poweredBy <next> ; x:POWERED_BY <pump> ; geo:asWKT "POINT(9.9 48.4)"^^geo:wktLiteral .
<next> a x:_Next ; dcterms:identifier "twin" ; rdfs:label "line\\nbreak \\t tab" ; x:type 1 , "1" , "1"^^xsd:decimal ; geo:asWKT "LINESTRING(9 48, 10 49)"^^geo:wktLiteral .
<entity> a x:Entity ; dcterms:identifier "" ; x:name_ "" , "q" ; x:type "NaN"^^xsd:double , "n/a"^^xsd:integer ; geo:asWKT "nonsense"^^geo:wktLiteral .
<pump> a x:Pump , ldt:Pump ; dcterms:identifier "$iri" ; ldt:autonomyHours 4 ; x:type "99999999999999999999"^^xsd:integer ; ldt:inService false .
<stray> a y:Unknown , y:Entity ; dcterms:identifier "stray" ; y:sees <order> ; x:type "<script>alert(1)</script>" .
<tick> a <https://example.org/hostile#a%60b> ; dcterms:identifier "tick" ; <https://example.org/hostile#b%60c> "x" , "y"@en , "y"@de ; <https://example.org/hostile#r%60s> <order> .
<long> a x:Order ; dcterms:identifier "LONG_ID" ; rdfs:label "LONG_NAME" ; x:type "LONG_NAME" .
""".replace("LONG_ID", "Ü" * 3_990).replace("LONG_NAME", "Long " * 8_000 + "end")


def commit(
    record: Record, turtle: str, *, ontology: tuple[Path, ...] = (), dataset: str = "test"
) -> Version:
    """Reason over a few triples and make them the record's newest version."""
    con = duckdb.connect()
    create_tables(con)
    insert(con, turtle, dataset)
    meaning = Ontology.parse([*assets.ontology_files(), *ontology])
    reason(con, meaning)
    keep_ontology(con, meaning)
    said = {"name": "test", "base": "https://example.org/test/", "datasets": []}
    return record.commit(con, said)


def commit_rows(
    record: Record, rows: Sequence[tuple[str, str]], source: str = "test.csv"
) -> Version:
    """Make rows of a table the record's newest version: (key, Turtle of what the row says), from line 2 on."""
    con = duckdb.connect()
    create_tables(con)
    for line, (key, turtle) in enumerate(rows, start=2):
        insert(con, turtle, "test")
        con.execute(
            "UPDATE statements SET key = ?, source = ?, row = ? WHERE source = 'test.ttl'",
            [key, source, line],
        )
    meaning = Ontology.parse(assets.ontology_files())
    reason(con, meaning)
    keep_ontology(con, meaning)
    return record.commit(con, {"name": "test", "base": "https://example.org/test/", "datasets": []})


def differences(a: NetworkColumns, b: NetworkColumns) -> list[str]:
    """Return the names of the columns in which two networks differ."""
    found = []
    for field in fields(a):
        x, y = getattr(a, field.name), getattr(b, field.name)
        if field.name == "edges":
            same = x.keys() == y.keys() and all(np.array_equal(x[k], y[k]) for k in x)
        elif isinstance(x, np.ndarray):
            same = np.array_equal(x, y)
        else:
            same = (x == y) if isinstance(x, dict) else list(x) == list(y)
        found += [] if same else [field.name]
    return found


def dump(server: Server) -> tuple[dict[str, Any], list[Any]]:
    """Return every node and relationship of the twin in the server, without the numbers that a publication chose."""
    with server.driver.session(database=server.database) as session:
        hows = session.run("MATCH (t:Twin) RETURN t._hows AS hows").single(strict=True)["hows"]
        nodes = {
            r["n"]["iri"]: (
                sorted(r["n"].labels),
                {k: str(v) for k, v in r["n"].items() if k != "_ldt"},
            )
            for r in session.run("MATCH (n) WHERE n._ldt IS NOT NULL RETURN n")
        }
        relations = sorted(
            (
                r["a"],
                r["type"],
                r["b"],
                sorted((k, str(v)) for k, v in r["p"].items() if k != "_how"),
            )
            for r in session.run(
                "MATCH (a)-[r]->(b) WHERE r._how IS NOT NULL "
                "RETURN a.iri AS a, type(r) AS type, b.iri AS b, properties(r) AS p"
            )
        )
    assert hows
    return nodes, relations


def expected(record: Record, version: Version) -> tuple[dict[str, Any], list[Any]]:
    """Return what `dump` must give for a version, from the record alone."""
    made = Publication(record, version)
    nodes, iri = {}, {}
    for labels, rows in made.nodes(100_000):
        for row in rows:
            iri[row["_ldt"]] = row["iri"]
            nodes[row["iri"]] = (sorted(labels), {k: str(v) for k, v in row.items() if k != "_ldt"})
    relations = []
    for a, b, row, how in chain.from_iterable(r.tolist() for r in made.relationships(100_000)):
        type_, known = made.kinds[how]
        properties = known | ({"row": row} if row >= 0 else {})
        del properties["_how"]
        relations.append(
            (iri[a], type_, iri[b], sorted((k, str(v)) for k, v in properties.items()))
        )
    return nodes, sorted(relations)
