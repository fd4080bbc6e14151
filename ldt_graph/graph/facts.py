"""The network's columns from a version's statements, in DuckDB: what `ldt_graph.graph.columns` describes."""

from __future__ import annotations

import math
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ldt_graph.graph.columns import UNSTATED, NetworkColumns, VertexFacts, network_relations
from ldt_graph.namespaces import LDT
from ldt_graph.states import States

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import duckdb

    from ldt_graph.graph.relations import Relations
    from ldt_graph.graph.table import EntityTable
    from ldt_graph.ontology import Ontology

_AMOUNTS = Path(__file__).with_name("amounts.sql").read_text(encoding="utf-8")
_OFF = Path(__file__).with_name("off.sql").read_text(encoding="utf-8")
_TRAVEL = Path(__file__).with_name("travel.sql").read_text(encoding="utf-8")
_SAID = """
CREATE OR REPLACE TEMP TABLE said AS
SELECT e.id, s.predicate, s.object FROM statements s JOIN entity e ON s.subject = e.iri
WHERE s.predicate IN (SELECT unnest($predicates::VARCHAR[]))
"""
"""What the facts are read from: few of a version's statements."""


def network_columns(
    table: EntityTable, relations: Relations, facts: VertexFacts, ontology: Ontology
) -> NetworkColumns:
    """Put a version's network together from its entities, their relations, and what else is said of them."""
    edges, predicates, texts = relations.edges(frozenset(network_relations(ontology)))
    every = np.arange(len(table))
    return NetworkColumns(
        iris=table.iris.to_pylist(),
        edges=edges,
        predicates=predicates,
        texts=texts,
        identifiers=table.identifiers.to_pylist(),
        names=table.names.to_pylist(),
        types=[t or "" for t in table.coded["type"].texts(every)],
        datasets=[d or "" for d in table.coded["dataset"].texts(every)],
        domains=table.coded["domain"].texts(every),
        **{f.name: getattr(facts, f.name) for f in fields(facts)},
    )


def vertex_facts(con: duckdb.DuckDBPyConnection, ontology: Ontology, n: int) -> VertexFacts:
    """Read what the network says of its `n` vertices beside their edges: `statements`, `entity`, `entity_class`."""
    con.execute(_SAID, {"predicates": sorted(_predicates(ontology))})
    return VertexFacts(
        off=_off(con, ontology, n),
        buffers=_buffers(con, ontology),
        required={
            v: int(k)
            for v, k in _numbers(con, ontology.subproperties(LDT.requiredMembers), "INTEGER")
        },
        sources=_sources(con, ontology),
        population=_scatter(_numbers(con, ontology.subproperties(LDT.population), "DOUBLE"), n),
        critical=_members(con, ontology.subclasses(LDT.CriticalFacility), n),
        storage=_members(con, ontology.subclasses(LDT.Storage), n),
        standby=_standby(con, ontology),
        holds=_amounts(con, ontology, LDT.holds),
        draws=_amounts(con, ontology, LDT.draws),
        provides=_amounts(con, ontology, LDT.provides),
        profiles=_texts(con, ontology.subproperties(LDT.demandProfile)),
        degraded=_degraded(con, ontology),
        gaps=_texts(con, [LDT.setAside]),
        travel=_travel(con, ontology),
        required_shares=_shares(con, ontology, LDT.requiredShare),
        shares=_shares(con, ontology, LDT.share),
    )


def _predicates(ontology: Ontology) -> set[str]:
    stated = (
        *States(ontology).attributes,
        LDT.requiredMembers,
        LDT.requiredShare,
        LDT.share,
        LDT.population,
        LDT.suppliesCommodity,
        LDT.setAside,
        LDT.controlState,
        LDT.startedByRule,
        LDT.demandProfile,
        LDT.twoWay,
        *(
            attribute
            for word in (LDT.holds, LDT.draws, LDT.provides, LDT.passage)
            for _, attribute in ontology.amounts(word)
        ),
    )
    return {p for a in (*stated, *ontology.bridges()) for p in ontology.subproperties(a)}


def _texts(con: duckdb.DuckDBPyConnection, predicates: Iterable[str]) -> list[tuple[int, str]]:
    return con.execute(
        "SELECT DISTINCT id, object FROM said WHERE predicate IN (SELECT unnest(?::VARCHAR[])) ORDER BY ALL",
        [sorted(predicates)],
    ).fetchall()


def _standby(con: duckdb.DuckDBPyConnection, ontology: Ontology) -> list[tuple[int, str]]:
    """Return what is on stand-by, with each rule that starts it."""
    said = _texts(con, ontology.subproperties(LDT.controlState))
    idle = {vertex for vertex, state in said if state.strip().lower() == "stand-by"}
    rules = [r for r in _texts(con, ontology.subproperties(LDT.startedByRule)) if r[0] in idle]
    return sorted({*rules, *((vertex, "") for vertex in idle - {v for v, _ in rules})})


def _amounts(
    con: duckdb.DuckDBPyConnection, ontology: Ontology, word: str
) -> list[tuple[int, str, float]]:
    """Return what things state by the attribute that their class holds or draws, or by one below it."""
    return con.execute(_AMOUNTS, [*_stated(ontology, word)]).fetchall()


def _travel(con: duckdb.DuckDBPyConnection, ontology: Ontology) -> list[tuple[int, str, float]]:
    """Return what road links and nodes state of how they are passed."""
    ways = sorted(ontology.subproperties(LDT.twoWay))
    return con.execute(_TRAVEL, [*_stated(ontology, LDT.passage), ways]).fetchall()


def _stated(ontology: Ontology, word: str) -> tuple[list[str], list[str]]:
    """Return classes and, place by place, the attributes that a word says of them or of one above them."""
    pairs = {
        (cls, attribute)
        for stated, top in ontology.amounts(word)
        for cls in ontology.subclasses(stated)
        for attribute in ontology.subproperties(top)
    }
    return [c for c, _ in sorted(pairs)], [a for _, a in sorted(pairs)]


def _degraded(con: duckdb.DuckDBPyConnection, ontology: Ontology) -> list[tuple[int, str]]:
    """Return which thing is degraded without which relation, as its classes say."""
    pairs = ontology.degradations()
    classes, relations = zip(*pairs, strict=True) if pairs else ((), ())
    return con.execute(
        "SELECT DISTINCT c.id, p.relation FROM entity_class c "
        "JOIN (SELECT unnest(?::VARCHAR[]) AS class, unnest(?::VARCHAR[]) AS relation) p USING (class) ORDER BY ALL",
        [list(classes), list(relations)],
    ).fetchall()


def _off(con: duckdb.DuckDBPyConnection, ontology: Ontology, n: int) -> np.ndarray:
    """Mark what is out of service, a switch that is open, and whatever else an ontology calls off."""
    states = States(ontology)
    stated = con.execute(
        "SELECT DISTINCT predicate, object FROM said WHERE predicate IN (SELECT unnest(?::VARCHAR[]))",
        [sorted(states.values)],
    ).fetchall()
    saying = [(p, o) for p, o in stated if states.is_off(p, o)]
    columns = {
        ("off_attributes", "off_values"): saying,
        ("attributes", "classes"): [(a, c) for a, of in states.classes.items() for c in of],
        ("older", "newer"): [(a, n) for a, instead in states.newer.items() for n in instead],
    }
    values = {
        name: [pair[place] for pair in sorted(pairs)]
        for names, pairs in columns.items()
        for place, name in enumerate(names)
    }
    off = np.zeros(n, dtype=bool)
    off[[i for (i,) in con.execute(_OFF, values).fetchall()]] = True
    return off


def _numbers(
    con: duckdb.DuckDBPyConnection, predicates: Iterable[str], kind: str
) -> list[tuple[int, float]]:
    return con.execute(
        f"SELECT id, max(TRY_CAST(object AS {kind})) FROM said "
        f"WHERE predicate IN (SELECT unnest(?::VARCHAR[])) AND TRY_CAST(object AS {kind}) IS NOT NULL "
        "GROUP BY 1 ORDER BY 1",
        [sorted(predicates)],
    ).fetchall()


def _shares(con: duckdb.DuckDBPyConnection, ontology: Ontology, word: str) -> dict[int, float]:
    """Return by vertex a share of the whole; what is none is not one of its size either."""
    said = _numbers(con, ontology.subproperties(word), "DOUBLE")
    return {v: share for v, share in said if 0 <= share < math.inf}


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
        "SELECT DISTINCT c.id, c.class, s.object FROM entity_class c "
        "LEFT JOIN said s ON s.id = c.id AND s.predicate = ? "
        "WHERE c.class IN (SELECT unnest(?::VARCHAR[])) ORDER BY ALL",
        [LDT.suppliesCommodity, sorted(ontology.subclasses(LDT.Source))],
    ).fetchall()
    found = {(v, stated or ontology.supplies(cls)) for v, cls, stated in rows}
    named = {v for v, commodity in found if commodity}
    found = {(v, c or UNSTATED) for v, c in found if c or v not in named}
    return sorted(found)
