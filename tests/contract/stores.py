"""The stores that the contract asks. A new one is one entry here; what it can't do stands beside it with the reason."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from contextlib import contextmanager
from dataclasses import astuple, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pyoxigraph as ox

from ldt_graph.graph.neo4j import Server, publish
from ldt_graph.graph.store import open_store
from ldt_graph.model import STATEMENT_COLUMNS
from ldt_graph.namespaces import RDF, XSD
from ldt_graph.settings import Settings
from tests.conftest import neo4j_versions, running_neo4j
from tests.contract.turtle_store import HOW, X

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest

    from ldt_graph.graph import Store
    from ldt_graph.record import Record

Opened = Callable[["Record", Path, "pytest.FixtureRequest"], Any]


@dataclass(frozen=True)
class Case:
    """A store of the contract.

    Attributes:
        name: As tests call it.
        opened: Context in which the store holds what a record holds (given a folder of its own).
        lacks: Name of a test → why the store need not pass it.
        server: Version of the Neo4j server that it needs.
    """

    name: str
    opened: Opened
    lacks: Mapping[str, str] = field(default_factory=dict)
    server: str | None = None

    def __str__(self) -> str:
        return self.name


@contextmanager
def turtle(record: Record, folder: Path, _: pytest.FixtureRequest) -> Iterator[Store]:
    """Write the record as Turtle, and install the store over it: a distribution with an entry point."""
    write_turtle(record, folder / "city")
    installed = folder / "turtle_store-1.dist-info"
    installed.mkdir()
    (installed / "METADATA").write_text("Metadata-Version: 2.1\nName: turtle-store\nVersion: 1\n")
    (installed / "entry_points.txt").write_text(
        "[ldt_graph.stores]\nturtle = tests.contract.turtle_store:TurtleStore\n"
    )
    sys.path.insert(0, str(folder))
    try:
        yield open_store("turtle", str(folder / "city"), Settings())
    finally:
        sys.path.remove(str(folder))


def neo4j(version: str) -> Opened:
    @contextmanager
    def opened(record: Record, _: Path, request: pytest.FixtureRequest) -> Iterator[Store]:
        settings = running_neo4j(version, request).settings
        with Server(settings, wait=30) as server:
            publish(record, server, rebuild=True, everything=True)
        store = open_store("neo4j", None, settings)
        yield store
        store.close()

    return opened


ONE_VERSION = {
    "test_older_versions_open_as_the_record_has_them": "a server holds one version; the record has the others"
}
STORES = [
    Case("turtle", turtle),
    *(Case(f"neo4j-{v}", neo4j(v), ONE_VERSION, v) for v in neo4j_versions()),
]


def write_turtle(record: Record, folder: Path) -> None:
    """Write `<version>.ttl`, its statements, and `about.ttl`, what the record says of its versions."""
    folder.mkdir()
    about = []
    for version in record.versions():
        con = duckdb.connect()
        record.load(con, version)
        rows = con.execute("FROM statements").fetchall()
        triples = [t for n, row in enumerate(rows) for t in _reified(n, row)]
        (folder / f"{version.number}.ttl").write_bytes(_turtle(triples))
        node = ox.NamedNode(f"{X}{version.number}")
        said = {
            "version": astuple(version),
            "datasets": record.metadata(version).get("datasets", []),
            "violations": [astuple(v) for v in record.violations(version)],
        }
        about += [ox.Triple(node, ox.NamedNode(X + k), _json(v)) for k, v in said.items()]
    (folder / "about.ttl").write_bytes(_turtle(about))


def _reified(number: int, row: tuple[Any, ...]) -> Iterator[ox.Triple]:
    said = dict(zip(STATEMENT_COLUMNS, row, strict=True))
    node = ox.BlankNode(f"s{number}")
    terms = {
        "subject": _node(said["subject"]),
        "predicate": ox.NamedNode(said["predicate"]),
        "object": _node(said["object"]) if said["kind"] != "literal" else _value(said),
    }
    for name, term in terms.items():
        yield ox.Triple(node, ox.NamedNode(RDF[name]), term)
    yield ox.Triple(node, ox.NamedNode(X + "how"), _json([said[c] for c in HOW]))


def _node(text: str) -> ox.NamedNode | ox.BlankNode:
    return ox.BlankNode(text[2:]) if text.startswith("_:") else ox.NamedNode(text)


def _value(said: dict[str, Any]) -> ox.Literal:
    if said["lang"]:
        return ox.Literal(said["object"], language=said["lang"])
    return ox.Literal(said["object"], datatype=ox.NamedNode(said["datatype"] or XSD.string))


def _json(value: Any) -> ox.Literal:
    return ox.Literal(json.dumps(value))


def _turtle(triples: list[ox.Triple]) -> bytes:
    return ox.serialize(triples, format=ox.RdfFormat.TURTLE) or b""
