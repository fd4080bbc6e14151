"""A few triples as a simulator's network, and the twin that says the same."""

from __future__ import annotations

import io
from functools import cache
from typing import TYPE_CHECKING

import duckdb

from ldt_graph import assets
from ldt_graph.export.simulators import export_network
from ldt_graph.graph.embedded import EmbeddedGraph
from ldt_graph.graph.entities import ontology_of
from ldt_graph.model import Version, create_tables
from ldt_graph.ontology import Ontology
from ldt_graph.reason import reason
from ldt_graph.testing import insert

if TYPE_CHECKING:
    from ldt_graph.export.simulators import Report
    from ldt_graph.record import Record


@cache
def _ontology() -> Ontology:
    return Ontology.parse(assets.ontology_files())


def twin_of(turtle: str, dataset: str = "test") -> duckdb.DuckDBPyConnection:
    """Return what the triples say and imply."""
    con = duckdb.connect()
    create_tables(con)
    insert(con, turtle, dataset)
    reason(con, _ontology())
    return con


def exported(turtle: str, format_: str) -> tuple[str, Report]:
    """Return what the triples are as a network, and what is told of it."""
    return _written(twin_of(turtle), _ontology(), format_)


def both(turtle: str, format_: str) -> tuple[str, EmbeddedGraph]:
    """Return what the triples are as a network, and as a graph that can be asked."""
    con = twin_of(turtle)
    text, _ = _written(con, _ontology(), format_)
    version = Version(0, "1970-01-01T00:00:00Z", 0, ("test",))
    return text, EmbeddedGraph(con, version, _ontology())


def exported_record(record: Record, format_: str, *datasets: str) -> tuple[str, Report]:
    """Return what a record's newest version is as a network."""
    con = duckdb.connect()
    record.load(con, record.version())
    return _written(con, ontology_of(con), format_, *datasets)


def _written(
    con: duckdb.DuckDBPyConnection, ontology: Ontology, format_: str, *datasets: str
) -> tuple[str, Report]:
    out = io.BytesIO()
    report = export_network(con, ontology, format_, out, name="test", datasets=datasets)
    return out.getvalue().decode(), report
