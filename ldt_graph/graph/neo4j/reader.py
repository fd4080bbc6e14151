"""The `Graph` of the version that a Neo4j server holds: packed columns, each answer from one version.

Neo4j reads committed changes one by one, so every statement also reads the stamp, and the publisher's
sequence before and after: odd, or changed between, means that a commit was under way, and the statement is
asked again. Where the stamp has moved on, `VersionMoved` tells the caller to begin anew.
"""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from functools import lru_cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from ldt_graph.errors import QueryError, Unavailable, VersionMoved
from ldt_graph.graph.columns import NetworkColumns, network_relations
from ldt_graph.graph.names import Candidate, choose, parts, unknown
from ldt_graph.graph.neo4j.names import (
    ENTITY,
    NEXT,
    STATE,
    TWIN,
    VIOLATIONS,
    class_name,
    label,
    quote,
    relationship_type,
)
from ldt_graph.model import (
    VIOLATION_COLUMNS,
    Entity,
    Page,
    Provenance,
    Relation,
    Value,
    Version,
    Violation,
)
from ldt_graph.namespaces import XSD
from ldt_graph.ontology import Ontology

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ldt_graph.graph.neo4j.connection import Server
    from ldt_graph.graph.store import CountBy
    from ldt_graph.model import EntityFilter, ViolationFilter

_Columns = tuple[dict[str, list[Any]], dict[str, np.ndarray]]
_STALE_MS = 5_000
"""A commit that began longer ago is over, or its publisher is dead: either way its transaction is whole."""
_PAUSE, _PATIENCE = 0.01, 10.0
_CHUNK = 10_000
_READERS = 2
"""Ranges of the network that are read at once."""


class Neo4jGraph:
    """The `Graph` of the server's current version; safe to ask from several threads.

    Args:
        server: The server.
        after: The graph of an earlier version, if there is one at hand: where one publication led from that
            to this, its network is read by the difference.

    Raises:
        Unavailable: The server holds no version.
    """

    def __init__(self, server: Server, *, after: Neo4jGraph | None = None) -> None:
        self._server = server
        self._after = after
        self._read: _Columns | None = None
        self._violations: pa.Table | None = None
        self._lock = threading.Lock()
        self._version, self._label, self._stamp = _stamp(server)
        self._ontology = Ontology.from_triples(orjson.loads(self._stamp["_ontology"]))
        self._hows = [tuple(h) for h in orjson.loads(self._stamp["_hows"])]

    @property
    def version(self) -> Version:
        """The version that every answer comes from."""
        return self._version

    @property
    def ontology(self) -> Ontology:
        """The ontology of that version."""
        return self._ontology

    @property
    def versions(self) -> list[Version]:
        """The record's versions up to this one, as they were when it was published."""
        return [Version(n, t, s, tuple(d)) for n, t, s, d in orjson.loads(self._stamp["_versions"])]

    @property
    def datasets(self) -> list[dict[str, Any]]:
        """Each dataset's counts."""
        return orjson.loads(self._stamp["_datasets"])

    def violations(
        self, where: ViolationFilter, start: int, most: int | None
    ) -> tuple[list[Violation], int]:
        """Return some of what the build of this version set aside or warned of, in the record's order.

        Args:
            where: What must hold of each.
            start: How many to leave out.
            most: At most so many.

        Returns:
            They, and how many there are in all. The server keeps them packed: the first call reads all.
        """
        with self._lock:
            if self._violations is None:
                self._violations = self._read_violations()
        found = self._violations
        for name, value in asdict(where).items():
            if value is not None:
                found = found.filter(pc.field(name) == value)
        page = found.slice(start, most)
        return [Violation(**row) for row in page.to_pylist()], found.num_rows

    def _read_violations(self) -> pa.Table:
        """Read them as columns: a few hundred bytes each, kept with the graph."""
        found = self._ask(
            f"MATCH (v:{VIOLATIONS}) WITH v ORDER BY v.part RETURN collect(v.data) AS data"
        )
        rows = [row for chunk in found["data"] for row in orjson.loads(chunk)]
        columns = zip(*rows, strict=True) if rows else ((),) * len(VIOLATION_COLUMNS)
        types = (pa.int64() if t == "BIGINT" else pa.string() for t in VIOLATION_COLUMNS.values())
        arrays = (pa.array(c, t) for c, t in zip(columns, types, strict=True))
        return pa.table(dict(zip(VIOLATION_COLUMNS, arrays, strict=True)))

    def find(self, where: EntityFilter, *, first: int, after: str | None = None) -> Page:
        """Return a page of matching entities in IRI order. See `Graph.find`."""
        if first < 0:
            raise QueryError(f"A page can't have {first} entities.", hint="Ask for 0 or more.")
        match, values = self._match(where)
        # A lower bound, and the index hands out the nodes in their order: nothing is sorted.
        found = self._ask(
            f"CALL () {{ {match} RETURN count(n) AS total }} "
            f"CALL () {{ {match} AND n.iri > $after WITH n ORDER BY n.iri LIMIT $limit "
            f"WITH collect(n) AS ns RETURN {_COLUMNS} }} RETURN total, {_NAMES}",
            **values,
            after=after or "",
            limit=first + 1,
        )
        entities = _entities(found, first)
        more = len(found["iri"]) > first and entities
        return Page(entities, found["total"], entities[-1].iri if more else None)

    def count(self, where: EntityFilter, by: CountBy) -> dict[str, int]:
        """Count matching entities by type, domain or dataset. See `Graph.count`."""
        if by not in ("type", "domain", "dataset"):
            raise QueryError(f"Can't count by {by!r}.", hint="Count by type, domain or dataset.")
        match, values = self._match(where)
        found = self._ask(
            f"{match} WITH coalesce(n.{by}, '') AS key, count(*) AS number "
            "RETURN collect([key, number]) AS counts",
            **values,
        )
        return dict(sorted((k, n) for k, n in found["counts"]))

    def describe(self, iri: str) -> Entity:
        """Return one entity. See `Graph.describe`."""
        found = self._ask(
            f"OPTIONAL MATCH (n:{self._label} {{iri: $iri}}) WITH collect(n) AS ns RETURN {_COLUMNS}",
            iri=iri,
        )
        entities = _entities(found, 1)
        if not entities:
            raise unknown(iri, self._version.number)
        return entities[0]

    def relations(self, iris: Sequence[str]) -> dict[str, tuple[Relation, ...]]:
        """Return outgoing relations by entity. See `Graph.relations`."""
        rows = self._ask(
            f"UNWIND $iris AS iri MATCH (a:{self._label} {{iri: iri}})-[r]->(b) WHERE r._how IS NOT NULL "
            "RETURN collect([iri, b.iri, r._how, r.row]) AS rows",
            iris=list(dict.fromkeys(iris)),
        )["rows"]
        found: dict[str, set[Relation]] = {iri: set() for iri in iris}
        for iri, target, how, row in rows:
            predicate, dataset, origin, source, rule = self._hows[how]
            provenance = Provenance(dataset, origin, source, row, rule)
            found[iri].add(
                Relation(self.ontology.name_of(predicate), predicate, target, provenance)
            )
        return {iri: tuple(sorted(r, key=attrgetter("order"))) for iri, r in found.items()}

    def resolve(self, name: str) -> str:
        """Return the IRI that a name means. See `Graph.resolve`."""
        dataset, local = parts(name)
        mark = self._label
        rows = self._ask(
            f"CALL () {{ MATCH (n:{mark} {{iri: $name}}) RETURN n "
            f"UNION MATCH (n:{mark} {{identifier: $name}}) RETURN n "
            f"UNION MATCH (n:{mark} {{identifier: $local}}) WHERE n.dataset = $dataset RETURN n }} "
            "RETURN collect([n.iri, n.dataset, n.identifier]) AS rows",
            name=name,
            local=local,
            dataset=dataset,
        )["rows"]
        return choose(name, [Candidate(*r) for r in rows], self._version.number)

    def columns(self) -> NetworkColumns:
        """Return the version's network as columns. See `Graph.columns`."""
        with self._lock:
            if self._read is None:
                self._read, self._after = self._columns(self._after), None
        return self._assemble(*self._read)

    # ── one version, one answer ──────────────────────────────────────────────────────────────────

    def _ask(self, body: str, **values: object) -> Mapping[str, Any]:
        """Run a statement that returns one row, between two looks at the stamp and the sequence."""
        text = f"{_BEFORE} CALL () {{ {body} }} {_AFTER}"
        end = time.monotonic() + _PATIENCE
        while True:
            found = self._server.read(text, **values)
            if found is None:
                raise Unavailable("The server holds no version any more.", hint="`ldt publish`.")
            before, after = found["before_"], found["after_"]
            if before == after and (before[0] % 2 == 0 or found["age_"] > _STALE_MS):
                if before[1:] != [self._version.number, self._label]:
                    raise VersionMoved(
                        f"The server moved on from version {self._version.number} to {before[1]}.",
                        hint="Ask again.",
                    )
                return found
            if time.monotonic() > end:
                raise Unavailable("The server commits without a pause.", hint="Try again.")
            time.sleep(_PAUSE)

    def _match(self, where: EntityFilter) -> tuple[str, dict[str, Any]]:
        """Return the MATCH … WHERE of a filter, and its values."""
        labels, parts_, values = f":{self._label}", ["true"], dict[str, Any]()
        if where.type == ENTITY:
            parts_.append("n._untyped IS NULL")
        elif where.type is not None:
            name = self._ontology.class_called(where.type, self._present())
            if not name or any(ord(c) < 32 or c == "\\" for c in name):
                parts_.append("false")  # nothing can be called so
            else:
                labels += f":{quote(label(name))}"
        for key in ("domain", "dataset"):
            if (value := getattr(where, key)) is not None:
                parts_.append(f"n.{key} = ${key}")
                values[key] = value
        if where.text is not None:
            parts_.append("n._search CONTAINS $text")
            values["text"] = _lower(where.text)
        if where.iris is not None:
            parts_.append("n.iri IN $iris")
            values["iris"] = list(where.iris)
        return f"MATCH (n{labels}) WHERE {' AND '.join(parts_)}", values

    def _present(self) -> Iterator[str]:
        """Yield the names of the classes in the database; asked for when the ontology does not know a class."""
        found = self._server.read("CALL db.labels() YIELD label RETURN collect(label) AS labels")
        yield from map(class_name, found["labels"] if found else ())

    # ── the network ──────────────────────────────────────────────────────────────────────────────

    def _columns(self, after: Neo4jGraph | None) -> _Columns:
        """Read the network in packed lists, a range of ids at a time; of a small difference what it touched."""
        if after is not None and after._read is not None and self._follows(after):
            touched = self._stamp["_touched"]
            nodes, edges = _without(after._read, touched)
            ranges = [touched[i : i + _CHUNK] for i in range(0, len(touched), _CHUNK)]
            where, bounds = "n._ldt IN $ids", [{"ids": ids} for ids in ranges]
        else:
            nodes = {k: [] for k in _NODE_COLUMNS}
            edges = {k: [] for k in ("a", "b", "how", "row")}
            lows = range(0, self._stamp["nextId"], _CHUNK)
            where = "n._ldt >= $low AND n._ldt < $high"
            bounds = [{"low": low, "high": low + _CHUNK} for low in lows]
        names = {
            relationship_type(self.ontology.name_of(p)) for p in network_relations(self.ontology)
        }
        types = "|".join(map(quote, sorted(names)))
        ask_nodes = (
            f"MATCH (n:{self._label}) WHERE {where} WITH collect(n) AS ns "
            f"RETURN {', '.join(f'[n IN ns | n.{p}] AS {k}' for k, p in _NODE_COLUMNS.items())}"
        )
        ask_edges = (
            f"MATCH (n:{self._label})-[r:{types}]->(m) WHERE {where} AND r._how IS NOT NULL "
            "RETURN collect(n._ldt) AS a, collect(m._ldt) AS b, collect(r._how) AS how, collect(coalesce(r.row, -1)) AS row"
        )
        with ThreadPoolExecutor(_READERS) as pool:
            asked = [
                (columns, [pool.submit(self._ask, text, **bound) for bound in bounds])
                for text, columns in ((ask_edges, edges), (ask_nodes, nodes))
            ]
            for columns, answers in asked:
                for answer in answers:
                    for key, found in answer.result().items():
                        if key in columns:
                            columns[key] += found
        return nodes, {k: np.array(v, dtype=np.int64) for k, v in edges.items()}

    def _follows(self, after: Neo4jGraph) -> bool:
        """Return whether one publication by difference led from that graph to this, under one ontology."""
        led = self._stamp.get("_previous") == after.version.number
        kept = ("record", "label", "_ontology")
        return led and all(self._stamp[k] == after._stamp[k] for k in kept)

    def _assemble(
        self, nodes: dict[str, list[Any]], edges: dict[str, np.ndarray]
    ) -> NetworkColumns:
        order = sorted(range(len(nodes["iri"])), key=nodes["iri"].__getitem__)
        columns = {k: [v[i] for i in order] for k, v in nodes.items()}
        vertex = np.zeros(max(self._stamp["nextId"], 1), dtype=np.int64)
        vertex[np.array(columns["ldt"], dtype=np.int64)] = np.arange(len(order))
        coded, predicates, texts = _edges(
            edges, vertex, self._hows, set(network_relations(self.ontology))
        )
        n = len(order)
        facts = {
            v: orjson.loads(said) for v, said in enumerate(columns["network"]) if said is not None
        }

        def mask(key: str) -> np.ndarray:
            found = np.zeros(n, dtype=bool)
            found[[v for v, said in facts.items() if key in said]] = True
            return found

        population = np.zeros(n)
        for v, said in facts.items():
            population[v] = said.get("population", 0.0)
        return NetworkColumns(
            iris=columns["iri"],
            off=mask("off"),
            edges=coded,
            predicates=predicates,
            texts=texts,
            buffers=sorted(
                ((v, a, h) for v, said in facts.items() for a, h in said.get("buffers", ())),
                key=lambda b: (b[1], b[0]),
            ),
            required={v: said["required"] for v, said in facts.items() if "required" in said},
            sources=[(v, c) for v, said in facts.items() for c in said.get("sources", ())],
            identifiers=columns["identifier"],
            names=columns["name"],
            types=columns["type"],
            datasets=columns["dataset"],
            domains=columns["domain"],
            population=population,
            critical=mask("critical"),
            storage=mask("storage"),
        )


def _without(
    read: _Columns, touched: Sequence[int]
) -> tuple[dict[str, list[Any]], dict[str, list[int]]]:
    """Return what was read, but for these nodes and the relationships from them."""
    nodes, edges = read
    gone = set(touched)
    stays = [i for i, number in enumerate(nodes["ldt"]) if number not in gone]
    keep = ~np.isin(edges["a"], touched)
    return (
        {k: [v[i] for i in stays] for k, v in nodes.items()},
        {k: v[keep].tolist() for k, v in edges.items()},
    )


def _edges(
    edges: dict[str, np.ndarray],
    vertex: np.ndarray,
    hows: Sequence[tuple[Any, ...]],
    wanted: set[str],
) -> tuple[dict[str, np.ndarray], list[str], list[str]]:
    """Return the edges as the embedded graph has them: sorted, with sorted dictionaries of what occurs."""
    keep = np.isin(edges["how"], [i for i, h in enumerate(hows) if h[0] in wanted])
    edges = {k: v[keep] for k, v in edges.items()}
    used = {i: hows[i] for i in np.unique(edges["how"]).tolist()}
    predicates = sorted({h[0] for h in used.values()})
    texts = sorted(
        {
            t
            for _, dataset, _, source, rule in used.values()
            for t in (dataset, source, rule)
            if t is not None
        }
    )
    number = {t: i for i, t in enumerate(texts)}

    def coded(of: Any) -> np.ndarray:  # noqa: ANN401  (a function of a How)
        table = np.zeros(len(hows) or 1, dtype=np.int64)
        for i, how in used.items():
            table[i] = of(how)
        return table[edges["how"]]

    columns = {
        "subject": vertex[edges["a"]],
        "object": vertex[edges["b"]],
        "predicate": coded(lambda h: predicates.index(h[0])),
        "inferred": coded(lambda h: int(h[2] == "inferred")),
        "row": edges["row"],
        "source": coded(lambda h: number.get(h[3], -1)),
        "rule": coded(lambda h: number.get(h[4], -1)),
        "dataset": coded(lambda h: number.get(h[1], -1)),
    }
    last_first = ("rule", "row", "source", "dataset", "inferred", "predicate", "object", "subject")
    order = np.lexsort([columns[k] for k in last_first])
    return {k: v[order] for k, v in columns.items()}, predicates, texts


def held(server: Server) -> tuple[int, str]:
    """Return which version the server holds, and under which label: what changes with every publication."""
    version, mark, _ = _stamp(server)
    return version.number, mark


def _stamp(server: Server) -> tuple[Version, str, dict[str, Any]]:
    """Read which version the server holds, under which label, and what it says of it."""
    found = server.read(f"OPTIONAL MATCH (t:{TWIN}) WITH t LIMIT 1 RETURN properties(t) AS twin")
    twin = found["twin"] if found else None
    if twin is None or "version" not in twin:
        raise Unavailable(
            f"Database {server.database!r} of {server.uri} holds no version of a twin.",
            hint="`ldt publish` puts one there.",
        )
    version = Version(twin["version"], twin["builtAt"], twin["statements"], tuple(twin["datasets"]))
    return version, NEXT if twin["label"] == NEXT else ENTITY, twin


def _entities(found: Mapping[str, Any], first: int) -> tuple[Entity, ...]:
    columns = [found[name][:first] for name in _ENTITY_COLUMNS]
    return tuple(_entity(*row) for row in zip(*columns, strict=True))


def _entity(
    iri: str,
    identifier: str | None,
    name: str | None,
    type_: str,
    domain: str | None,
    dataset: str,
    labels: list[str],
    untyped: bool | None,
    record: str,
) -> Entity:
    geometry, stated = orjson.loads(record)
    attributes: dict[str, tuple[Value, ...]] = {}
    for key, text, datatype, lang in stated:
        value = Value(text, _datatype(datatype), lang)
        attributes[key] = (*attributes[key], value) if key in attributes else (value,)
    types = _types(tuple(labels), untyped)
    return Entity(iri, identifier, name, type_, types, domain, dataset, geometry, attributes)


@lru_cache(maxsize=4096)
def _types(labels: tuple[str, ...], untyped: bool | None) -> tuple[str, ...]:
    types = {class_name(m) for m in labels if m not in (NEXT, ENTITY)}
    return tuple(sorted(types if untyped else types | {ENTITY}))


@lru_cache(maxsize=4096)
def _datatype(short: str | None) -> str | None:
    return XSD + short[4:] if short and short.startswith("xsd:") else short


def _lower(text: str) -> str:
    """Return the text in lower case as the record's engine has it, so that both stores find the same."""
    return duckdb.connect().execute("SELECT lower(?)", [text]).fetchall()[0][0]


_ENTITY_COLUMNS = {
    "iri": "n.iri",
    "identifier": "n.identifier",
    "name": "n.name",
    "type": "n.type",
    "domain": "n.domain",
    "dataset": "n.dataset",
    "labels": "labels(n)",
    "untyped": "n._untyped",
    "record": "n._record",
}
_COLUMNS = ", ".join(f"[n IN ns | {text}] AS {name}" for name, text in _ENTITY_COLUMNS.items())
_NAMES = ", ".join(_ENTITY_COLUMNS)
_NODE_COLUMNS = {
    "ldt": "_ldt",
    "iri": "iri",
    "identifier": "identifier",
    "name": "name",
    "type": "type",
    "dataset": "dataset",
    "domain": "domain",
    "network": "_network",
}
_BEFORE = f"""
MATCH (t:{TWIN}) MATCH (s:{STATE})
WITH [s.sequence, t.version, t.label] AS before_, timestamp() - coalesce(s.since, 0) AS age_
"""
_AFTER = f"""
MATCH (t2:{TWIN}) MATCH (s2:{STATE})
RETURN *, [s2.sequence, t2.version, t2.label] AS after_
"""
