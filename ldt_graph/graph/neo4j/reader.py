"""The `Graph` of the version that a Neo4j server holds: packed columns, each answer from one version.

Neo4j reads committed changes one by one, so every statement also reads the stamp, and the publisher's
sequence before and after: odd, or changed between, means that a commit was under way, and the statement is
asked again. Where the stamp has moved on, `VersionMoved` tells the caller to begin anew.
"""

from __future__ import annotations

import threading
import time
from functools import lru_cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from ldt_graph.errors import QueryError, Unavailable, VersionMoved
from ldt_graph.graph.boxes import Bounds
from ldt_graph.graph.entities import lowered
from ldt_graph.graph.names import Candidate, choose, parts, search, unknown
from ldt_graph.graph.neo4j.names import ENTITY, NEXT, class_name, label, quote
from ldt_graph.graph.neo4j.packed import CHUNK, Packed, columns_of, read_all, read_touched
from ldt_graph.graph.neo4j.statements import statement
from ldt_graph.graph.relations import How
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
from ldt_graph.violations import group_sql, grouped

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ldt_graph.graph.columns import NetworkColumns
    from ldt_graph.graph.neo4j.connection import Server
    from ldt_graph.graph.store import CountBy, Direction
    from ldt_graph.model import Box, EntityFilter, ViolationFilter, ViolationGroup

_STALE_MS = 5_000
"""A commit that began longer ago is over, or its publisher is dead: either way its transaction is whole."""
_PAUSE, _PATIENCE = 0.01, 10.0
_ARROW = {"VARCHAR": pa.string(), "BIGINT": pa.int64(), "DOUBLE": pa.float64()}


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
        self._read: Packed | None = None
        self._places: tuple[np.ndarray, Bounds] | None = None
        self._violations: pa.Table | None = None
        self._lock = threading.Lock()
        self._version, self._label, self._stamp = _stamp(server)
        self._ontology = Ontology.from_triples(orjson.loads(self._stamp["_ontology"]))
        self._hows = [
            How(predicate, origin, dataset, source, rule)
            for predicate, dataset, origin, source, rule in orjson.loads(self._stamp["_hows"])
        ]

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
        found = self._told(where)
        page = found.slice(start, most)
        return [Violation(**row) for row in page.to_pylist()], found.num_rows

    def violation_groups(self, where: ViolationFilter, by: Sequence[str]) -> list[ViolationGroup]:
        """Return what the build of this version set aside or warned of, by what it shares."""
        found = self._told(where)
        with duckdb.connect() as con:
            con.register("told", found)
            return grouped(con.execute(group_sql("FROM told", by)).fetchall(), by)

    def _told(self, where: ViolationFilter) -> pa.Table:
        with self._lock:
            if self._violations is None:
                self._violations = self._read_violations()
        found = self._violations
        for name, value in where.asked.items():
            if isinstance(value, bool):
                held = pc.field(name).is_valid()
                found = found.filter(held if value else ~held)
            else:
                found = found.filter(pc.field(name) == value)
        return found

    def _read_violations(self) -> pa.Table:
        """Read them as columns: a few hundred bytes each, kept with the graph."""
        found = self._ask(statement("violations"))
        rows = [row for chunk in found["data"] for row in orjson.loads(chunk)]
        held = [*zip(*rows, strict=True)]
        # An older publication has fewer columns.
        columns = [*held, *[[None] * len(rows)] * (len(VIOLATION_COLUMNS) - len(held))]
        types = map(_ARROW.__getitem__, VIOLATION_COLUMNS.values())
        arrays = (pa.array(c, t) for c, t in zip(columns, types, strict=True))
        return pa.table(dict(zip(VIOLATION_COLUMNS, arrays, strict=True)))

    def find(self, where: EntityFilter, *, first: int, after: str | None = None) -> Page:
        """Return a page of matching entities in IRI order. See `Graph.find`."""
        if first < 0:
            raise QueryError(f"A page can't have {first} entities.", hint="Ask for 0 or more.")
        match, values = self._match(where)
        text = statement("find", SELECTION=match)
        found = self._ask(text, **values, after=after or "", limit=first + 1)
        entities = _entities(found, first)
        more = len(found["iri"]) > first and entities
        return Page(entities, found["total"], entities[-1].iri if more else None)

    def count(self, where: EntityFilter, by: CountBy) -> dict[str, int]:
        """Count matching entities by type, domain or dataset. See `Graph.count`."""
        if by not in ("type", "domain", "dataset"):
            raise QueryError(f"Can't count by {by!r}.", hint="Count by type, domain or dataset.")
        match, values = self._match(where)
        found = self._ask(statement("count", SELECTION=match), **values, by=by)
        return dict(sorted((k, n) for k, n in found["counts"]))

    def describe(self, iri: str) -> Entity:
        """Return one entity. See `Graph.describe`."""
        found = self._ask(statement("describe", LABEL=self._label), iri=iri)
        entities = _entities(found, 1)
        if not entities:
            raise unknown(iri, self._version.number)
        return entities[0]

    def relations(
        self, iris: Sequence[str], direction: Direction = "out"
    ) -> dict[str, tuple[Relation, ...]]:
        """Return the relations from or to each entity. See `Graph.relations`."""
        text = statement(f"relations {direction}", LABEL=self._label)
        rows = self._ask(text, iris=list(dict.fromkeys(iris)))["rows"]
        found: dict[str, set[Relation]] = {iri: set() for iri in iris}
        for iri, target, how, row in rows:
            known = self._hows[how]
            provenance = Provenance(known.dataset, known.origin, known.source, row, known.rule)
            name = self._ontology.name_of(known.predicate)
            found[iri].add(Relation(name, known.predicate, target, provenance))
        return {iri: tuple(sorted(r, key=attrgetter("order"))) for iri, r in found.items()}

    def resolve(self, name: str) -> str:
        """Return the IRI that a name means. See `Graph.resolve`."""
        dataset, local = parts(name)
        text = statement("resolve", LABEL=self._label)
        rows = self._ask(text, name=name, local=local, dataset=dataset)["rows"]
        found = [Candidate(*r) for r in rows]
        return choose(name, found, self._version.number, lambda text: search(self, text))

    def columns(self) -> NetworkColumns:
        """Return the version's network as columns. See `Graph.columns`."""
        with self._lock:
            if self._read is None:
                self._read, self._after = self._packed(self._after), None
        return columns_of(self._read, self._stamp["nextId"], self._hows, self._ontology)

    def _packed(self, after: Neo4jGraph | None) -> Packed:
        """Read the network; of a small difference from a graph at hand what it touched."""
        asked = (self._ask, self._label, self._ontology)
        if after is not None and after._read is not None and self._follows(after):
            return read_touched(*asked, after._read, self._stamp["_touched"])
        return read_all(*asked, self._stamp["nextId"])

    def _follows(self, after: Neo4jGraph) -> bool:
        """Return whether one publication by difference led from that graph to this, under one ontology."""
        led = self._stamp.get("_previous") == after.version.number
        kept = ("record", "label", "_ontology")
        return led and all(self._stamp[k] == after._stamp[k] for k in kept)

    # ── one version, one answer ──────────────────────────────────────────────────────────────────

    def _ask(self, body: str, **values: object) -> Mapping[str, Any]:
        """Run a statement that returns one row, between two looks at the stamp and the sequence."""
        text = statement("whole", BODY=body)
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
        if where.type is not None:
            name = self._ontology.class_called(where.type, self._present())
            if name == ENTITY:  # every node has the label
                parts_.append("n._untyped IS NULL")
            elif not name or any(ord(c) < 32 or c == "\\" for c in name):
                parts_.append("false")  # nothing can be called so
            else:
                labels += f":{quote(label(name))}"
        for key in ("domain", "dataset"):
            if (value := getattr(where, key)) is not None:
                parts_.append(f"n.{key} = ${key}")
                values[key] = value
        if where.text is not None:
            parts_.append("n._search CONTAINS $text")
            values["text"] = lowered(where.text)
        if where.iris is not None:
            parts_.append("n.iri IN $iris")
            values["iris"] = list(where.iris)
        if where.box is not None:
            parts_.append("n._ldt IN $inside")
            values["inside"] = self._inside(where.box)
        return f"MATCH (n{labels}) WHERE {' AND '.join(parts_)}", values

    def _inside(self, box: Box) -> list[int]:
        """Return the ids of the nodes that meet a box; the first call reads where all of them lie."""
        with self._lock:
            if self._places is None:
                self._places = self._read_places()
        ids, bounds = self._places
        return ids[bounds.meeting(box)].tolist()

    def _read_places(self) -> tuple[np.ndarray, Bounds]:
        text = statement("places", LABEL=self._label)
        ids, geometries = list[int](), list[str]()
        for low in range(0, self._stamp["nextId"], CHUNK):
            found = self._ask(text, low=low, high=low + CHUNK)
            ids += found["ldt"]
            geometries += [orjson.loads(record)[0] for record in found["record"]]
        return np.array(ids, dtype=np.int64), Bounds(geometries)

    def _present(self) -> Iterator[str]:
        """Yield the names of the classes in the database; asked for when the ontology does not know a class."""
        found = self._server.read(statement("labels"))
        yield from map(class_name, found["labels"] if found else ())


def held(server: Server) -> tuple[int, str, int]:
    """Return which version the server holds, under which label, and of which its places are.

    This changes with every publication, and when the places of one have followed.
    """
    version, mark, said = _stamp(server)
    return version.number, mark, said.get("placesVersion", version.number)


def _stamp(server: Server) -> tuple[Version, str, dict[str, Any]]:
    """Read which version the server holds, under which label, and what it says of it."""
    found = server.read(statement("stamp"))
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


_ENTITY_COLUMNS = (
    "iri",
    "identifier",
    "name",
    "type",
    "domain",
    "dataset",
    "labels",
    "untyped",
    "record",
)
