"""The constraint and the indexes: created where missing, dropped before a large load."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ldt_graph.graph.neo4j.names import ENTITY, NEXT

if TYPE_CHECKING:
    from ldt_graph.graph.neo4j.connection import Server

_KINDS = {
    "id": "RANGE INDEX {name} IF NOT EXISTS FOR (n:{mark}) ON (n._ldt)",
    "iri": "CONSTRAINT {name} IF NOT EXISTS FOR (n:{mark}) REQUIRE n.iri IS UNIQUE",
    "identifier": "RANGE INDEX {name} IF NOT EXISTS FOR (n:{mark}) ON (n.identifier)",
    "dataset": "RANGE INDEX {name} IF NOT EXISTS FOR (n:{mark}) ON (n.dataset)",
    "domain": "RANGE INDEX {name} IF NOT EXISTS FOR (n:{mark}) ON (n.domain)",
    "search": "TEXT INDEX {name} IF NOT EXISTS FOR (n:{mark}) ON (n._search)",
    "location": "POINT INDEX {name} IF NOT EXISTS FOR (n:{mark}) ON (n.location)",
}
_SCHEMA = {
    mark: {
        f"ldt_{word}_{key}": _KINDS[key].format(name=f"ldt_{word}_{key}", mark=mark) for key in keys
    }
    for mark, word, keys in (
        (ENTITY, "entity", tuple(_KINDS)),
        (NEXT, "next", ("id", "iri", "identifier")),
    )
}
"""Label → name of its constraint or an index → what to create."""


def create_indexes(server: Server, mark: str, key: str = "", *, wait: bool = True) -> None:
    """Create what is missing of a label's constraint and indexes, or the index of one key, and wait for them."""
    present = _present(server)
    missing = [
        n for n in _SCHEMA[mark] if n.endswith(f"_{key}" if key else "") and n not in present
    ]
    for name in missing:
        server.schema(f"CREATE {_SCHEMA[mark][name]}")
    if missing and wait:
        await_indexes(server)


def await_indexes(server: Server) -> None:
    """Wait until every index is built."""
    server.schema("CALL db.awaitIndexes(600)")


def drop_indexes(server: Server, mark: str) -> None:
    """Drop a label's constraint and indexes."""
    for name in sorted(_SCHEMA[mark].keys() & _present(server)):
        kind = "CONSTRAINT" if _SCHEMA[mark][name].startswith("CONSTRAINT") else "INDEX"
        server.schema(f"DROP {kind} {name} IF EXISTS")


def _present(server: Server) -> set[str]:
    found = server.read("SHOW INDEXES YIELD name RETURN collect(name) AS names")
    return set(found["names"]) if found else set()
