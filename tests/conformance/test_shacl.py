"""The W3C's SHACL suite, through the stage that judges a twin: each case gives its results, or is listed with its reason."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import duckdb
import pyoxigraph as ox
import pytest

from ldt_graph.errors import ShapeError
from ldt_graph.model import STATEMENT_COLUMNS, create_tables
from ldt_graph.namespaces import RDF, SH, XSD, local_name
from ldt_graph.ontology import Ontology
from ldt_graph.validate import validate

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MF = "http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#"
SHT = "http://www.w3.org/ns/shacl-test#"


class Triples:
    """A Turtle file, asked by subject and predicate."""

    def __init__(self, path: Path) -> None:
        self.path = path
        base = path.as_uri()
        self.all = list(
            ox.parse(path.read_text(encoding="utf-8"), format=ox.RdfFormat.TURTLE, base_iri=base)
        )

    def objects(self, subject, predicate: str) -> list:
        return [
            q.object for q in self.all if q.subject == subject and q.predicate.value == predicate
        ]

    def one(self, subject, predicate: str):
        return next(iter(self.objects(subject, predicate)), None)

    def items(self, node) -> Iterator:
        while node is not None and node.value != RDF.nil:
            yield self.one(node, RDF.first)
            node = self.one(node, RDF.rest)


def cases(folder: Path) -> list[Path]:
    """The suite's files that ask for a validation."""
    return sorted(
        f for f in folder.rglob("*.ttl") if "sht:Validate" in f.read_text(encoding="utf-8")
    )


def judged(data: Triples, shapes: Path) -> tuple[Counter, set]:
    """Put the data into the stage as one dataset; return its findings, and what it set aside."""
    con = duckdb.connect()
    create_tables(con)
    rows = [
        (*statement(q), "observed", "k", data.path.name, n, "r", 0) for n, q in enumerate(data.all)
    ]
    con.executemany(
        f"INSERT INTO statements VALUES ({', '.join('?' * len(STATEMENT_COLUMNS))})", rows
    )
    validate(con, {"test": [shapes]}, Ontology(()))
    found = con.execute(
        "SELECT subject, severity, value, \"column\" FROM violations WHERE stage = 'validate'"
    ).fetchall()
    return Counter(found), set(con.execute("SELECT DISTINCT subject FROM set_aside").fetchall())


def statement(quad) -> tuple:
    term = quad.object
    if isinstance(term, ox.Literal):
        plain = term.language is not None or term.datatype.value == XSD.string
        kind, datatype = "literal", None if plain else term.datatype.value
        return (
            "test",
            text(quad.subject),
            quad.predicate.value,
            term.value,
            kind,
            datatype,
            term.language,
        )
    kind = "iri" if isinstance(term, ox.NamedNode) else "bnode"
    return ("test", text(quad.subject), quad.predicate.value, text(term), kind, None, None)


def text(term) -> str | None:
    return None if term is None else str(term) if isinstance(term, ox.BlankNode) else term.value


def wanted(triples: Triples, result) -> Counter:
    """The results that a case asks for, as the stage tells them; a path of several steps names no column."""
    found = Counter()
    for node in triples.objects(result, f"{SH}result"):
        path, severity = (
            triples.one(node, f"{SH}resultPath"),
            triples.one(node, f"{SH}resultSeverity"),
        )
        told = "violation" if severity.value == f"{SH}Violation" else "warning"
        column = local_name(path.value) if isinstance(path, ox.NamedNode) else None
        found[
            text(triples.one(node, f"{SH}focusNode")),
            told,
            text(triples.one(node, f"{SH}value")),
            column,
        ] += 1
    return found


def outcome(file: Path) -> str:
    triples = Triples(file)
    [entries] = [q.object for q in triples.all if q.predicate.value == f"{MF}entries"]
    for entry in triples.items(entries):
        action, result = triples.one(entry, f"{MF}action"), triples.one(entry, f"{MF}result")
        data, shapes = (
            file.parent
            / triples.one(action, f"{SHT}{graph}").value.removeprefix(file.parent.as_uri() + "/")
            for graph in ("dataGraph", "shapesGraph")
        )
        failure = isinstance(result, ox.NamedNode) and result.value == f"{SHT}Failure"
        try:
            found, _ = judged(triples if data == file else Triples(data), shapes)
        except ShapeError as error:
            return "pass" if failure else f"refused: {error}"
        if failure:
            return "no error where one is asked for"
        if found != wanted(triples, result):
            return f"missing {list((wanted(triples, result) - found).elements())}, too many {list((found - wanted(triples, result)).elements())}"
    return "pass"


# Cases that do not pass, each with its reason. A case that starts to pass must leave this list.
REFUSED: dict[str, dict[str, str]] = {"core": {}, "sparql": {}}
SIZES = {"core": 98, "sparql": 23}


@pytest.mark.parametrize("suite", SIZES)
def test_every_case_passes_or_is_listed_with_its_reason(shared: Path, suite: str) -> None:
    folder = shared / "conformance" / "shacl" / "tests" / suite
    files = cases(folder)
    assert len(files) == SIZES[suite]
    failing = {f.stem: o for f in files if (o := outcome(f)) != "pass"}
    unlisted = {n: o for n, o in failing.items() if n not in REFUSED[suite]}
    assert unlisted == {}
    assert failing.keys() == REFUSED[suite].keys()
