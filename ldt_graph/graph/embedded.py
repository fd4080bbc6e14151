"""The embedded graph: one version of the record in DuckDB's memory, and its network in numpy."""

from __future__ import annotations

import threading
from dataclasses import fields
from functools import cached_property
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np
import pyarrow as pa

from ldt_graph.errors import QueryError
from ldt_graph.graph.names import Candidate, choose, parts, unknown
from ldt_graph.graph.network import (
    UNSTATED,
    Network,
    NetworkColumns,
    VertexFacts,
    build,
    network_relations,
)
from ldt_graph.model import ONTOLOGY, Entity, Page, Provenance, Relation, Value, append
from ldt_graph.namespaces import AS_WKT, IDENTIFIER, LDT, NAME, OWL, RDF_TYPE
from ldt_graph.ontology import Ontology

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ldt_graph.graph import CountBy
    from ldt_graph.model import EntityFilter, Version
    from ldt_graph.record import Record

_LOAD = (Path(__file__).parent / "load.sql").read_text(encoding="utf-8")
_NOT_ATTRIBUTES = (IDENTIFIER, NAME, AS_WKT)


class EmbeddedGraph:
    """The `Graph` of one version, held in memory; safe to ask from several threads.

    Args:
        con: A connection that holds the version's `statements` (the graph owns it from here on).
        version: The version that they are.
        ontology: The ontology of that version.
    """

    def __init__(
        self, con: duckdb.DuckDBPyConnection, version: Version, ontology: Ontology
    ) -> None:
        self._con = self.connection = con
        self._version = version
        self.ontology = ontology
        self._lock = threading.Lock()
        con.execute("DELETE FROM statements WHERE dataset = ?", [ONTOLOGY])
        _register_classes(con, ontology)
        con.execute(_LOAD)

    @classmethod
    def open(cls, record: Record, version: Version | None = None) -> EmbeddedGraph:
        """Load a version of the record, the newest unless one is given.

        Raises:
            RecordError: There is no record, or it can't be read.
        """
        version = version or record.version(None)
        con = duckdb.connect()
        record.load(con, version)
        return cls(con, version, ontology_of(con))

    @property
    def version(self) -> Version:
        """The version that every answer comes from."""
        return self._version

    def find(self, where: EntityFilter, *, first: int, after: str | None = None) -> Page:
        """Return a page of matching entities in IRI order. See `Graph.find`."""
        if first < 0:
            raise QueryError(f"A page can't have {first} entities.", hint="Ask for 0 or more.")
        condition, values = _conditions(where)
        total = self._all(f"SELECT count(*) FROM entity e WHERE {condition}", values)[0][0]
        if after is not None:
            condition, values = f"{condition} AND iri > ?", [*values, after]
        rows = self._all(f"{_ENTITY} WHERE {condition} ORDER BY iri LIMIT ?", [*values, first + 1])
        entities = self._entities(rows[:first])
        more = len(rows) > first and entities
        return Page(entities=entities, total=total, cursor=entities[-1].iri if more else None)

    def count(self, where: EntityFilter, by: CountBy) -> dict[str, int]:
        """Count matching entities by type, domain or dataset. See `Graph.count`."""
        if by not in ("type", "domain", "dataset"):
            raise QueryError(f"Can't count by {by!r}.", hint="Count by type, domain or dataset.")
        condition, values = _conditions(where)
        sql = f"SELECT coalesce({by}, ''), count(*) FROM entity e WHERE {condition} GROUP BY 1 ORDER BY 1"
        return dict(self._all(sql, values))

    def describe(self, iri: str) -> Entity:
        """Return one entity. See `Graph.describe`."""
        rows = self._all(f"{_ENTITY} WHERE iri = ?", [iri])
        if not rows:
            raise unknown(iri, self._version.number)
        return self._entities(rows)[0]

    def relations(self, iris: Sequence[str]) -> dict[str, tuple[Relation, ...]]:
        """Return outgoing relations by entity. See `Graph.relations`."""
        rows = self._all(
            "SELECT subject, predicate, object, dataset, origin, source, row, rule FROM statements "
            "WHERE subject IN (SELECT unnest(?::VARCHAR[])) AND kind = 'iri' AND predicate <> ? "
            "AND object IN (SELECT iri FROM entity)",
            [list(iris), RDF_TYPE],
        )
        found: dict[str, set[Relation]] = {iri: set() for iri in iris}
        for subject, predicate, target, dataset, origin, source, row, rule in rows:
            provenance = Provenance(dataset, origin, source, row, rule)
            name = self.ontology.local_name(predicate)
            found[subject].add(Relation(name, predicate, target, provenance))
        return {iri: tuple(sorted(r, key=attrgetter("order"))) for iri, r in found.items()}

    def resolve(self, name: str) -> str:
        """Return the IRI that a name means. See `Graph.resolve`."""
        dataset, local = parts(name)
        rows = self._all(
            "SELECT iri, dataset, identifier FROM entity WHERE iri = ? OR identifier = ? "
            "OR (dataset = ? AND identifier = ?)",
            [name, name, dataset, local],
        )
        return choose(name, [Candidate(*r) for r in rows], self._version.number)

    def network(self) -> Network:
        """Return the version's network, built at the first call. See `Graph.network`."""
        with self._lock:
            return self._network

    @cached_property
    def _network(self) -> Network:
        return build(network_columns(self._con.cursor(), self.ontology), self.ontology)

    def _all(self, sql: str, values: Sequence[object]) -> list[tuple[Any, ...]]:
        return self._con.cursor().execute(sql, values).fetchall()

    def _entities(self, rows: Sequence[tuple[Any, ...]]) -> tuple[Entity, ...]:
        attributes: dict[str, dict[str, set[Value]]] = {r[1]: {} for r in rows}
        found = self._all(
            "SELECT DISTINCT subject, predicate, object, datatype, lang FROM statements "
            "WHERE subject IN (SELECT unnest(?::VARCHAR[])) AND kind = 'literal' AND origin = 'observed'",
            [list(attributes)],
        )
        for subject, predicate, text, datatype, lang in found:
            if predicate not in _NOT_ATTRIBUTES:
                name = self.ontology.local_name(predicate)
                attributes[subject].setdefault(name, set()).add(Value(text, datatype, lang))
        classes: dict[int, list[str]] = {r[0]: [] for r in rows}
        for entity, local in self._all(
            "SELECT DISTINCT id, local FROM entity_class WHERE id IN (SELECT unnest(?::BIGINT[])) ORDER BY local",
            [list(classes)],
        ):
            classes[entity].append(local)
        return tuple(
            Entity(iri, identifier, name, type_, tuple(classes[i]), domain, dataset, geometry, {
                key: tuple(sorted(values, key=_value_order))
                for key, values in sorted(attributes[iri].items())
            })
            for i, iri, identifier, name, type_, domain, dataset, geometry in rows
        )  # fmt: skip


_ENTITY = "SELECT id, iri, identifier, name, type, domain, dataset, geometry FROM entity e"


def _value_order(value: Value) -> tuple[str, str, str]:
    return (value.text, value.datatype or "", value.lang or "")


def _conditions(where: EntityFilter) -> tuple[str, list[object]]:
    parts, values = ["TRUE"], []
    if where.type is not None:
        parts.append("id IN (SELECT id FROM entity_class WHERE local = ?)")
        values.append(where.type)
    for column, value in (("domain", where.domain), ("dataset", where.dataset)):
        if value is not None:
            parts.append(f"{column} = ?")
            values.append(value)
    if where.text is not None:
        parts.append("contains(searched, lower(?))")
        values.append(where.text)
    if where.iris is not None:
        parts.append("iri IN (SELECT unnest(?::VARCHAR[]))")
        values.append(list(where.iris))
    return " AND ".join(parts), values


def _register_classes(con: duckdb.DuckDBPyConnection, ontology: Ontology) -> None:
    """Create class_info: what the ontology says of every class that a type statement names."""
    con.execute(
        "CREATE OR REPLACE TABLE class_info (class VARCHAR, local VARCHAR, domain VARCHAR, depth INTEGER)"
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
            "local": [ontology.local_name(c) for c in classes],
            "domain": pa.array([ontology.domain_of(c) for c in classes], pa.string()),
            "depth": [len(ontology.superclasses(c)) for c in classes],
        }
        append(con, "class_info", info)


def network_columns(con: duckdb.DuckDBPyConnection, ontology: Ontology) -> NetworkColumns:
    """Read the network from the tables `statements`, `entity` and `entity_class`."""
    entities = con.execute(
        "SELECT iri, identifier, name, type, dataset, domain FROM entity ORDER BY id"
    ).fetchall()
    edges, predicates, texts = _edges(con, ontology)
    facts = vertex_facts(con, ontology, len(entities))
    return NetworkColumns(
        iris=[r[0] for r in entities],
        edges=edges,
        predicates=predicates,
        texts=texts,
        identifiers=[r[1] for r in entities],
        names=[r[2] for r in entities],
        types=[r[3] for r in entities],
        datasets=[r[4] for r in entities],
        domains=[r[5] for r in entities],
        **{f.name: getattr(facts, f.name) for f in fields(facts)},
    )


def vertex_facts(con: duckdb.DuckDBPyConnection, ontology: Ontology, n: int) -> VertexFacts:
    """Read what the network says of its `n` vertices beside their edges, from the same tables."""
    return VertexFacts(
        off=_off(con, ontology, n),
        buffers=_buffers(con, ontology),
        required={
            v: int(k)
            for v, k in _numbers(con, ontology.subproperties(LDT.requiredMembers), "INTEGER")
        },
        sources=_sources(con, ontology),
        population=np.where(
            _members(con, ontology.subclasses(LDT.Place), n),
            0.0,
            _scatter(_numbers(con, ontology.subproperties(LDT.population), "DOUBLE"), n),
        ),
        critical=_members(con, ontology.subclasses(LDT.CriticalFacility), n),
        storage=_members(con, ontology.subclasses(LDT.Storage), n),
    )


def ontology_of(con: duckdb.DuckDBPyConnection) -> Ontology:
    """Return the ontology among a version's statements."""
    triples = con.execute(
        "SELECT subject, predicate, object, kind, datatype, lang FROM statements WHERE dataset = ?",
        [ONTOLOGY],
    ).fetchall()
    return Ontology.from_triples(triples)


def _edges(
    con: duckdb.DuckDBPyConnection, ontology: Ontology
) -> tuple[dict[str, np.ndarray], list[str], list[str]]:
    """Fetch the network's statements as integer columns, with dictionaries for the texts."""
    wanted = network_relations(ontology)
    con.execute(
        "CREATE OR REPLACE TEMP TABLE wanted AS SELECT unnest(?::VARCHAR[]) AS iri", [wanted]
    )
    con.execute(
        "CREATE OR REPLACE TEMP TABLE edge AS "
        "SELECT DISTINCT s.id AS subject, o.id AS object, predicate, origin = 'inferred' AS inferred, row, source, rule, "
        "x.dataset AS dataset FROM statements x JOIN wanted w ON x.predicate = w.iri "
        "JOIN entity s ON x.subject = s.iri JOIN entity o ON x.object = o.iri WHERE x.kind = 'iri'"
    )
    con.execute(
        "CREATE OR REPLACE TEMP TABLE word AS SELECT (row_number() OVER (ORDER BY text) - 1)::BIGINT AS id, text "
        "FROM (SELECT unnest([source, rule, dataset]) AS text FROM edge) WHERE text IS NOT NULL GROUP BY text"
    )
    texts = [t for (t,) in con.execute("SELECT text FROM word ORDER BY id").fetchall()]
    predicates = [
        p for (p,) in con.execute("SELECT DISTINCT predicate FROM edge ORDER BY 1").fetchall()
    ]
    number = {p: i for i, p in enumerate(predicates)}
    columns = con.execute(
        "SELECT subject, object, p.index AS predicate, inferred::BIGINT AS inferred, coalesce(row, -1) AS row, "
        "coalesce(a.id, -1) AS source, coalesce(b.id, -1) AS rule, coalesce(c.id, -1) AS dataset "
        "FROM edge JOIN (SELECT unnest(?::VARCHAR[]) AS predicate, unnest(?::BIGINT[]) AS index) p USING (predicate) "
        "LEFT JOIN word a ON a.text = edge.source LEFT JOIN word b ON b.text = edge.rule "
        "LEFT JOIN word c ON c.text = edge.dataset "
        "ORDER BY subject, object, p.index, 4, 8, 6, 5, 7",
        [predicates, list(number.values())],
    ).fetchnumpy()
    return {k: np.asarray(v, dtype=np.int64) for k, v in columns.items()}, predicates, texts


def _off(con: duckdb.DuckDBPyConnection, ontology: Ontology, n: int) -> np.ndarray:
    """Mark what is out of service, or a switch that is open."""
    off = np.zeros(n, dtype=bool)
    rows = con.execute(
        "SELECT DISTINCT e.id FROM statements s JOIN entity e ON s.subject = e.iri "
        "WHERE (s.predicate IN (SELECT unnest(?::VARCHAR[])) AND lower(s.object) IN ('false', '0')) "
        "OR (s.predicate IN (SELECT unnest(?::VARCHAR[])) AND lower(s.object) = 'open')",
        [
            sorted(ontology.subproperties(LDT.inService)),
            sorted(ontology.subproperties(LDT.switchState)),
        ],
    ).fetchall()
    off[[i for (i,) in rows]] = True
    return off


def _numbers(
    con: duckdb.DuckDBPyConnection, predicates: Iterable[str], kind: str
) -> list[tuple[int, float]]:
    return con.execute(
        f"SELECT e.id, max(TRY_CAST(s.object AS {kind})) FROM statements s JOIN entity e ON s.subject = e.iri "
        f"WHERE s.predicate IN (SELECT unnest(?::VARCHAR[])) AND TRY_CAST(s.object AS {kind}) IS NOT NULL "
        "GROUP BY 1 ORDER BY 1",
        [sorted(predicates)],
    ).fetchall()


def _scatter(pairs: Sequence[tuple[int, float]], n: int) -> np.ndarray:
    column = np.zeros(n)
    for vertex, value in pairs:
        column[vertex] = value
    return column


def _members(con: duckdb.DuckDBPyConnection, classes: Iterable[str], n: int) -> np.ndarray:
    member = np.zeros(n, dtype=bool)
    rows = con.execute(
        "SELECT DISTINCT id FROM entity_class WHERE class IN (SELECT unnest(?::VARCHAR[]))",
        [sorted(classes)],
    ).fetchall()
    member[[i for (i,) in rows]] = True
    return member


def _buffers(con: duckdb.DuckDBPyConnection, ontology: Ontology) -> list[tuple[int, str, float]]:
    return [
        (vertex, attribute, hours)
        for attribute in sorted(ontology.bridges())
        for vertex, hours in _numbers(con, ontology.subproperties(attribute), "DOUBLE")
        if hours > 0
    ]


def _sources(con: duckdb.DuckDBPyConnection, ontology: Ontology) -> list[tuple[int, str]]:
    rows = con.execute(
        "SELECT DISTINCT c.id, c.class, s.object FROM entity_class c JOIN entity e USING (id) "
        "LEFT JOIN statements s ON s.subject = e.iri AND s.predicate = ? "
        "WHERE c.class IN (SELECT unnest(?::VARCHAR[])) ORDER BY ALL",
        [LDT.suppliesCommodity, sorted(ontology.subclasses(LDT.Source))],
    ).fetchall()
    found = {(v, stated or ontology.supplies(cls)) for v, cls, stated in rows}
    named = {v for v, commodity in found if commodity}
    found = {(v, c or UNSTATED) for v, c in found if c or v not in named}
    return sorted(found)
