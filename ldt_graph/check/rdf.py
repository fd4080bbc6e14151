"""RDF files as statements, each with the line where it stands."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import pyoxigraph as ox

from ldt_graph.check.lines import Lines
from ldt_graph.errors import Place, SourceError
from ldt_graph.model import STATEMENT_COLUMNS, append
from ldt_graph.namespaces import XSD

if TYPE_CHECKING:
    import duckdb

SYNTAXES = {
    "turtle": ox.RdfFormat.TURTLE,
    "ntriples": ox.RdfFormat.N_TRIPLES,
    "nquads": ox.RdfFormat.N_QUADS,
    "trig": ox.RdfFormat.TRIG,
    "n3": ox.RdfFormat.N3,
    "rdfxml": ox.RdfFormat.RDF_XML,
    "jsonld": ox.RdfFormat.JSON_LD,
}
_ENDINGS = {
    ".ttl": "turtle", ".nt": "ntriples", ".nq": "nquads", ".trig": "trig", ".n3": "n3", ".rdf": "rdfxml", ".owl": "rdfxml",
    ".jsonld": "jsonld",
}  # fmt: skip
_WALKED = frozenset({"turtle", "ntriples", "nquads", "trig"})


def syntax_of(name: str) -> str | None:
    """Return the syntax that a file's ending tells; None where it is no RDF."""
    return _ENDINGS.get(PurePosixPath(name).suffix.lower())


def read_rdf(
    con: duckdb.DuckDBPyConnection, text: str, syntax: str, *, dataset: str, source: str
) -> int:
    """Append the triples of a text to `statements`; return how many. Named graphs are one.

    Args:
        con: The connection.
        text: Of the file.
        syntax: One of `SYNTAXES`.
        dataset: That they are of.
        source: What the file is called.

    Raises:
        SourceError: It is not of the syntax: with the line.
    """
    base = f"urn:ldt-graph:data/{dataset}"
    try:
        quads = list(ox.parse(text, format=SYNTAXES[syntax], base_iri=base))
    except SyntaxError as error:
        raise SourceError(
            f"Not valid {syntax}: {error.msg}.", place=Place(source, error.lineno)
        ) from None
    except (ValueError, OSError) as error:
        raise SourceError(f"Not valid {syntax}: {error}.", place=Place(source)) from None
    lines = Lines(text, read=syntax in _WALKED, base=base)
    rows = [
        _row(q, dataset, source, lines)
        for q in dict.fromkeys(ox.Triple(q.subject, q.predicate, q.object) for q in quads)
    ]
    if rows:
        append(
            con, "statements", dict(zip(STATEMENT_COLUMNS, zip(*rows, strict=True), strict=True))
        )
    return len(rows)


def _row(triple: ox.Triple, dataset: str, source: str, lines: Lines) -> tuple[object, ...]:
    subject, term = _node(triple.subject), triple.object
    value, kind, datatype, lang = _node(term), "iri", None, None
    if isinstance(term, ox.Literal):
        plain = term.language is not None or term.datatype.value == XSD.string
        kind, datatype, lang = "literal", None if plain else term.datatype.value, term.language
    elif isinstance(term, ox.BlankNode):
        kind = "bnode"
    line = lines.of(subject, triple.predicate.value, value)
    said = (dataset, subject, triple.predicate.value, value, kind, datatype, lang, "observed")
    return (*said, subject, source, line, None, 0)


def _node(term: object) -> str:
    return term.value if isinstance(term, (ox.NamedNode, ox.Literal)) else str(term)
