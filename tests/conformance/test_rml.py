"""The public RML suites: each case passes, or is refused by name with its reason below."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import duckdb
import pyoxigraph as ox
import pytest

from ldt_graph.errors import LdtError
from ldt_graph.lift import lift, parse_mapping
from ldt_graph.model import Dataset, create_tables
from ldt_graph.namespaces import XSD
from ldt_graph.sources import open_dataset

if TYPE_CHECKING:
    from pathlib import Path

BASES = {"rml-legacy": "http://example.com/base/", "rml-core": "http://example.com/"}
SUITES = {"rml-legacy": ("CSV", "JSON"), "rml-core": ("JSON",)}


def cases(suite: Path, kinds: tuple[str, ...]) -> list[Path]:
    folders = (
        p
        for p in (suite / "test-cases").iterdir()
        if p.is_dir() and p.name.rsplit("-", 1)[-1] in kinds
    )
    return sorted(folders, key=lambda p: p.name)


def run(case: Path) -> tuple[ox.Dataset, int]:
    """Lift a case's own files; return the graph, and how many violations there are."""
    con = duckdb.connect()
    create_tables(con)
    mapping = parse_mapping(case / "mapping.ttl")
    tables = {}
    for file in sorted(p for p in case.iterdir() if p.suffix in (".csv", ".json")):
        tables |= open_dataset(con, Dataset("case", file.name, "mapping"), case)
    lift(con, mapping, tables, dataset="case", base=BASES[case.parent.parent.name])
    bad = con.execute("SELECT count(*) FROM violations WHERE severity = 'violation'").fetchall()[0][
        0
    ]
    rows = con.execute(
        "SELECT DISTINCT subject, predicate, object, kind, datatype, lang FROM statements"
    ).fetchall()
    return ox.Dataset(ox.Quad(node(s), ox.NamedNode(p), term(*o)) for s, p, *o in rows), bad


def node(text: str) -> ox.NamedNode | ox.BlankNode:
    return ox.BlankNode(text[2:]) if text.startswith("_:") else ox.NamedNode(text)


def term(text: str, kind: str, datatype: str | None, lang: str | None):
    if kind != "literal":
        return node(text)
    if lang:
        return ox.Literal(text, language=lang)
    return ox.Literal(text, datatype=ox.NamedNode(datatype or XSD.string))


def expected(case: Path) -> ox.Dataset | None:
    """Return the graph that a case asks for; None where it asks for an error."""
    path = case / "output.nq"
    if not path.is_file() or asks_for_error(case):
        return None
    return ox.Dataset(ox.parse(path.read_bytes(), format=ox.RdfFormat.N_QUADS, lenient=True))


def asks_for_error(case: Path) -> bool:
    tables = (case.parent.parent / "metadata.csv", case.parent / "metadata.csv")
    with next(t for t in tables if t.is_file()).open(encoding="utf-8", newline="") as file:
        rows = {r.get("RML id") or r.get("ID"): r for r in csv.DictReader(file)}
    row = rows.get(case.name, {})
    return (row.get("error expected?") or row.get("error") or "").lower() == "true"


def canonical(dataset: ox.Dataset) -> list[str]:
    dataset.canonicalize(ox.CanonicalizationAlgorithm.UNSTABLE)
    return sorted(str(q) for q in dataset)


def outcome(case: Path) -> str:
    """Return `pass`, `refused: ...` for a clear error, or what differs."""
    wanted = expected(case)
    try:
        found, bad = run(case)
    except LdtError as error:
        return "pass" if wanted is None else f"refused: {error.message}"
    if wanted is None and bad:
        return "pass"
    if wanted is None:
        return "no error where one is asked for"
    return "pass" if canonical(found) == canonical(wanted) else "another graph"


# Cases that do not pass, each with its reason. A case that starts to pass must leave this list.
GRAPHS = "graph maps: a statement's graph is its dataset"
TERM_TYPES = "the term types URI and UnsafeIRI of the 2023 vocabulary"
JOIN_EXPRESSIONS = "join conditions over templates and constants"
REFUSED = {
    "rml-legacy": {
        "RMLTC0002g-JSON": "an iterator that is no JSONPath; the suite asks for an empty answer, we refuse it",
        **{
            f"RMLTC{case}-{kind}": GRAPHS
            for case in ("0006a", "0007b", "0007e", "0007f", "0007g", "0007h", "0008a", "0009b")
            for kind in ("CSV", "JSON")
        },
    },
    "rml-core": {
        "RMLTC0012e-JSON": "a blank node subject without an expression",
        "RMLTC0025b-JSON": "an object where a value is expected is kept as JSON text",
        **{
            f"RMLTC{case}-JSON": GRAPHS
            for case in ("0006a", "0007b", "0007e", "0007f", "0007g", "0008a", "0009b", "0028b")
        },
        **{
            f"RMLTC0026{case}-JSON": "baseIRI in the mapping: the twin's base is in twin.toml"
            for case in "abcd"
        },
        **{f"RMLTC0027{case}-JSON": TERM_TYPES for case in "ab"},
        **{f"RMLTC0030{case}-JSON": JOIN_EXPRESSIONS for case in "bcdef"},
    },
}


@pytest.mark.parametrize("suite", SUITES)
def test_each_case_of_the_suite_passes_or_is_listed_with_its_reason(shared: Path, suite: str):
    outcomes = {
        case.name: outcome(case) for case in cases(shared / "conformance" / suite, SUITES[suite])
    }
    failing = {name: what for name, what in outcomes.items() if what != "pass"}
    assert failing.keys() == REFUSED[suite].keys() & outcomes.keys(), failing
    assert (
        sum(what == "pass" for what in outcomes.values())
        >= {"rml-legacy": 63, "rml-core": 55}[suite]
    )
