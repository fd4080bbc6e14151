"""The network's columns from a version's statements, in DuckDB: what `ldt_graph.graph.columns` describes."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

import numpy as np

from ldt_graph.graph.columns import UNSTATED, NetworkColumns, VertexFacts, network_relations
from ldt_graph.namespaces import LDT

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import duckdb

    from ldt_graph.ontology import Ontology


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
