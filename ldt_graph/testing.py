"""Small twins for tests: write a few triples in Turtle, ask the graph what they mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb
import pyoxigraph as ox

from ldt_graph import assets
from ldt_graph.graph.embedded import EmbeddedGraph
from ldt_graph.model import STATEMENT_COLUMNS, Version, create_tables
from ldt_graph.namespaces import PREFIXES, XSD
from ldt_graph.ontology import Ontology
from ldt_graph.reason import reason

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

BASE = "https://example.org/test/"


def graph_of(turtle: str, *, ontology: Sequence[Path] = (), dataset: str = "test") -> EmbeddedGraph:
    """Reason over a few triples and return the graph that they make.

    Args:
        turtle: Turtle without prefixes: `PREFIXES` are declared, `@base` is `BASE` + dataset + `/`.
        ontology: Ontology files beside the shipped ones.
        dataset: The dataset that holds the triples; a triple's row is its position in the text.
    """
    con = duckdb.connect()
    create_tables(con)
    insert(con, turtle, dataset)
    meaning = Ontology.parse([*assets.ontology_files(), *ontology])
    reason(con, meaning)
    count = con.execute("SELECT count(*) FROM statements").fetchall()[0][0]
    version = Version(0, "1970-01-01T00:00:00Z", count, (dataset,))
    return EmbeddedGraph(con, version, meaning)


def insert(con: duckdb.DuckDBPyConnection, turtle: str, dataset: str) -> None:
    """Append triples to `statements` as observed in `<dataset>.ttl`."""
    head = "".join(f"@prefix {p}: <{iri}> .\n" for p, iri in PREFIXES.items())
    text = f"@base <{BASE}{dataset}/> .\n{head}{turtle}"
    rows = [
        _row(triple, number, dataset)
        for number, triple in enumerate(ox.parse(text, format=ox.RdfFormat.TURTLE), start=1)
    ]
    if rows:
        con.executemany(
            f"INSERT INTO statements VALUES ({', '.join('?' * len(STATEMENT_COLUMNS))})", rows
        )


def _row(triple: ox.Quad, number: int, dataset: str) -> list[str | int | None]:
    subject, term = triple.subject, triple.object
    where = ["observed", f"{dataset}/{number}", f"{dataset}.ttl", number, f"{dataset}#Triples", 0]
    named = isinstance(subject, ox.NamedNode)
    head = [dataset, subject.value if named else str(subject), triple.predicate.value]
    if isinstance(term, ox.Literal):
        plain = term.language is not None or term.datatype.value == XSD.string
        return [
            *head,
            term.value,
            "literal",
            None if plain else term.datatype.value,
            term.language,
            *where,
        ]
    if isinstance(term, ox.NamedNode):
        return [*head, term.value, "iri", None, None, *where]
    return [*head, str(term), "bnode", None, None, *where]
