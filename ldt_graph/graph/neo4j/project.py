"""From a version's statements to what Neo4j holds: nodes with labels and properties, and relationships."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import orjson
from neo4j.spatial import WGS84Point

from ldt_graph.errors import RecordError
from ldt_graph.graph.neo4j.geometry import of_wkt
from ldt_graph.graph.neo4j.names import ENTITY, label, property_key, relationship_type
from ldt_graph.graph.neo4j.sql import SQL
from ldt_graph.model import append
from ldt_graph.namespaces import AS_WKT, IDENTIFIER, LDT, NAME, RDF_TYPE, XSD

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import duckdb

    from ldt_graph.graph.columns import VertexFacts
    from ldt_graph.ontology import Ontology

LONGEST_KEY = 8_000
"""Bytes of an IRI or identifier: a range index takes 8,167 (Neo4j Cypher Manual, "Indexes")."""
_INTEGERS = frozenset(
    ("integer", "int", "long", "short", "byte", "nonNegativeInteger", "positiveInteger",
     "nonPositiveInteger", "negativeInteger", "unsignedInt", "unsignedLong", "unsignedShort", "unsignedByte")
)  # fmt: skip
_BETWEEN = "\x1f"  # between the names of types: no IRI holds it
_FLOATS = frozenset(("decimal", "double", "float"))


class NodeRow(NamedTuple):
    """An entity as the record has it; two versions of it are compared as they are."""

    iri: str
    identifier: str | None
    name: str | None
    type: str
    domain: str | None
    dataset: str
    types: tuple[str, ...]
    geometry: str | None
    attributes: str
    search: str
    network: str | None

    def labels(self) -> tuple[str, ...]:
        """Return the labels: `Entity`, then those of its classes."""
        return _labels(self.types)

    def properties(self) -> dict[str, Any]:
        """Return the properties that are not null. Those with `_` before them are ours: the exact values."""
        geometry = orjson.dumps(self.geometry).decode()
        found: dict[str, Any] = {
            "iri": self.iri,
            "type": self.type,
            "dataset": self.dataset,
            "_record": f"[{geometry},{self.attributes}]",
            "_search": self.search,
        }
        for key in ("identifier", "name", "domain"):
            value = getattr(self, key)
            if value is not None:
                found[key] = value
        if self.geometry and (place := of_wkt(self.geometry)):
            found["location"], found["geometry"] = WGS84Point(place[0]), place[1]
        if self.network is not None:
            found["_network"] = self.network
        if ENTITY not in self.types:
            found["_untyped"] = True
        found.update(_native(self.attributes))
        return found


class How(NamedTuple):
    """How the twin knows a relation, but for its row: what many relations share."""

    predicate: str
    dataset: str
    origin: str
    source: str | None
    rule: str | None

    def properties(self, code: int) -> dict[str, Any]:
        """Return a relationship's properties, but for its row."""
        foreign = not self.predicate.startswith(LDT)
        found = {
            "dataset": self.dataset,
            "origin": self.origin,
            "source": self.source,
            "rule": self.rule,
            "relation": self.predicate if foreign else None,
            "_how": code,
        }
        return {k: v for k, v in found.items() if v is not None}


class RelationRow(NamedTuple):
    """A relation as the record has it; `row` is -1 where there is none."""

    subject: str
    object: str
    how: How
    row: int


@dataclass(frozen=True, slots=True)
class Projection:
    """What a version puts into Neo4j about some entities.

    Attributes:
        nodes: In IRI order.
        relations: Each once.
    """

    nodes: list[NodeRow]
    relations: set[RelationRow]


def project(con: duckdb.DuckDBPyConnection, ontology: Ontology, said: VertexFacts) -> None:
    """Create the tables `node` and `rel` for the entities in `asked`.

    Args:
        con: A connection whose entities are projected (`project_entities`), with a table `asked(iri)`.
        ontology: What names its predicates.
        said: Of the same graph; what it says of a vertex becomes the node's `network`.

    Raises:
        RecordError: An IRI or identifier is too long for Neo4j's indexes.
    """
    _name_predicates(con, ontology)
    con.execute(SQL["node"], {"xsd": XSD})
    _check_keys(con)
    con.execute(SQL["relation"], {"type": RDF_TYPE})
    _add_network(con, said)


def _name_predicates(con: duckdb.DuckDBPyConnection, ontology: Ontology) -> None:
    con.execute(
        "CREATE OR REPLACE TEMP TABLE predicate_name (predicate VARCHAR, local VARCHAR, attribute BOOLEAN)"
    )
    found = con.execute("SELECT DISTINCT predicate FROM statements ORDER BY predicate").fetchall()
    predicates = [p for (p,) in found]
    if predicates:
        names = {
            "predicate": predicates,
            "local": [ontology.local_name(p) for p in predicates],
            "attribute": [p not in (IDENTIFIER, NAME, AS_WKT) for p in predicates],
        }
        append(con, "predicate_name", names)


@lru_cache(maxsize=4096)
def _labels(types: tuple[str, ...]) -> tuple[str, ...]:
    return (ENTITY, *sorted({label(t) for t in types} - {ENTITY}))


@lru_cache(maxsize=4096)
def _types(joined: str) -> tuple[str, ...]:
    return tuple(joined.split(_BETWEEN))


def read_nodes(con: duckdb.DuckDBPyConnection) -> Iterator[NodeRow]:
    """Yield the rows of `node` in IRI order."""
    cursor = con.cursor().execute(
        "SELECT iri, identifier, name, type, domain, dataset, array_to_string(types, ?), geometry, attributes, search, network "
        "FROM node ORDER BY iri",
        [_BETWEEN],
    )
    while rows := cursor.fetchmany(20_000):
        for *first, types, geometry, attributes, search, network in rows:
            yield NodeRow(*first, _types(types), geometry, attributes, search, network)


def read_relations(con: duckdb.DuckDBPyConnection) -> set[RelationRow]:
    """Return the rows of `rel`."""
    rows = con.execute(
        "SELECT subject, object, predicate, dataset, origin, source, rule, coalesce(row, -1) FROM rel"
    ).fetchall()
    return {RelationRow(s, o, How(*how), row) for s, o, *how, row in rows}


def type_of(how: How, ontology: Ontology) -> str:
    """Return the relationship type of a relation."""
    return relationship_type(ontology.name_of(how.predicate))


def network_texts(facts: VertexFacts) -> dict[int, str]:
    """Return what the network says of each vertex beside its edges, as JSON; vertices without a word left out."""
    found: dict[int, dict[str, Any]] = {}

    def say(vertex: int, key: str, value: object) -> None:
        found.setdefault(vertex, {})[key] = value

    for key, mask in (
        ("off", facts.off),
        ("critical", facts.critical),
        ("storage", facts.storage),
    ):
        for vertex in np.nonzero(mask)[0].tolist():
            say(vertex, key, True)
    for vertex in np.nonzero(facts.population)[0].tolist():
        say(vertex, "population", float(facts.population[vertex]))
    for key in ("required", "required_shares", "shares"):
        for vertex, number in sorted(getattr(facts, key).items()):
            say(vertex, key, number)
    for vertex, commodity in facts.sources:
        found.setdefault(vertex, {}).setdefault("sources", []).append(commodity)
    for key in ("gaps", "standby", "profiles", "degraded"):
        for vertex, text in getattr(facts, key):
            found.setdefault(vertex, {}).setdefault(key, []).append(text)
    for key in ("buffers", "holds", "draws", "provides", "travel"):
        for vertex, attribute, amount in getattr(facts, key):
            found.setdefault(vertex, {}).setdefault(key, []).append([attribute, amount])
    return {v: orjson.dumps(f, option=orjson.OPT_SORT_KEYS).decode() for v, f in found.items()}


def _check_keys(con: duckdb.DuckDBPyConnection) -> None:
    found = con.execute(SQL["too_long"], {"most": LONGEST_KEY}).fetchone()
    if found is not None:
        iri, dataset, what, size = found
        raise RecordError(
            f"An entity of {dataset} has an {what} of {size:,} bytes: {iri[:100]}{'…' if len(iri) > 100 else ''}. "
            f"Neo4j's indexes take {LONGEST_KEY:,}.",
            hint="Shorten it in the source or in the mapping, and build again.",
        )


def _add_network(con: duckdb.DuckDBPyConnection, facts: VertexFacts) -> None:
    said = network_texts(facts)
    con.execute("CREATE OR REPLACE TEMP TABLE fact (id BIGINT, network VARCHAR)")
    if said:
        append(con, "fact", {"id": list(said), "network": list(said.values())})
    con.execute(
        "CREATE OR REPLACE TABLE node AS SELECT n.*, f.network FROM node n LEFT JOIN fact f USING (id)"
    )


def _native(attributes: str) -> dict[str, Any]:
    """Return attributes as Neo4j's own values: numbers, booleans, texts; several values as a list of one type."""
    if attributes == "[]":
        return {}
    values: dict[str, list[tuple[str, str | None]]] = {}
    for name, text, datatype, _ in orjson.loads(attributes):
        values.setdefault(name, []).append((text, datatype))
    return {property_key(name): _value(found) for name, found in values.items()}


def _value(found: Sequence[tuple[str, str | None]]) -> Any:  # noqa: ANN401  (a Neo4j value)
    natives = [_scalar(text, datatype) for text, datatype in found]
    if len(natives) == 1:
        return natives[0]
    if len({type(n) for n in natives}) > 1:
        return [text for text, _ in found]
    return natives


def _scalar(text: str, datatype: str | None) -> Any:  # noqa: ANN401  (a Neo4j value)
    kind = (datatype or "").removeprefix("xsd:") if (datatype or "").startswith("xsd:") else ""
    try:
        if kind in _INTEGERS:
            number = int(text)
            return number if -(2**63) <= number < 2**63 else text
        if kind in _FLOATS:
            return float(text)
    except ValueError:
        return text
    if kind == "boolean" and re.fullmatch("true|false|0|1", text):
        return text in ("true", "1")
    return text


def distinct_hows(relations: Iterable[RelationRow]) -> list[How]:
    """Return every `How`, sorted."""
    return sorted({r.how for r in relations}, key=lambda h: tuple(x or "" for x in h))
