"""What a version of the record puts into Neo4j, whole or as its difference from another version."""

from __future__ import annotations

import hashlib
from collections import Counter
from functools import cached_property
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any, TypeVar

import duckdb
import numpy as np
import orjson

from ldt_graph.graph.entities import ontology_of, project_entities
from ldt_graph.graph.facts import vertex_facts
from ldt_graph.graph.neo4j import project as projection
from ldt_graph.graph.neo4j.names import quote
from ldt_graph.graph.neo4j.project import How, NodeRow, distinct_hows, type_of
from ldt_graph.model import ONTOLOGY, Version
from ldt_graph.namespaces import RDF_TYPE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ldt_graph.graph.columns import VertexFacts
    from ldt_graph.ontology import Ontology
    from ldt_graph.record import Record

T = TypeVar("T")
_CHUNK = 5_000  # violations in one node


class _Stamped:
    """What both kinds of publication say of their version."""

    def __init__(self, record: Record, version: Version) -> None:
        self._record = record
        self._version = version
        self.version = version.number

    @cached_property
    def violations_text(self) -> list[str]:
        """What the build set aside or warned of, in chunks of JSON."""
        found = [
            (v.dataset, v.stage, v.severity, v.rule, v.subject, v.source, v.row, v.column, v.value, v.message)
            for v in self._record.violations(self._version)
        ]  # fmt: skip
        return [orjson.dumps(found[i : i + _CHUNK]).decode() for i in range(0, len(found), _CHUNK)]

    def _stamp(self, ontology: Ontology) -> dict[str, Any]:
        v, said = self._version, self._record.metadata(self._version)
        versions = [(w.number, w.time, w.statements, w.datasets) for w in self._record.versions()]
        return {
            "base": said.get("base", ""),
            "name": said.get("name", ""),
            "version": v.number,
            "builtAt": v.time,
            "statements": v.statements,
            "datasets": list(v.datasets),
            "record": self._record.identity,
            "violations": hashlib.sha256("\n".join(self.violations_text).encode()).hexdigest(),
            "_ontology": orjson.dumps([tuple(t) for t in ontology.triples]).decode(),
            "_versions": orjson.dumps([w for w in versions if w[0] <= v.number]).decode(),
            "_datasets": orjson.dumps(said.get("datasets", [])).decode(),
        }


class Publication(_Stamped):
    """All of a version: the ids of its nodes are their positions in IRI order."""

    def __init__(self, record: Record, version: Version) -> None:
        super().__init__(record, version)
        self._con = duckdb.connect()
        record.load(self._con, version)
        self._ontology = ontology_of(self._con)
        project_entities(self._con, self._ontology)
        self._con.execute("CREATE OR REPLACE TEMP TABLE asked AS SELECT iri FROM entity")
        projection.project(self._con, self._ontology, _facts(self._con, self._ontology))
        self._con.execute(
            "CREATE OR REPLACE TABLE how AS SELECT row_number() OVER (ORDER BY predicate, dataset, origin, source, rule) - 1 AS code, * "
            "FROM (SELECT DISTINCT predicate, dataset, origin, source, rule FROM rel)"
        )
        rows = self._con.execute(
            "SELECT predicate, dataset, origin, source, rule FROM how ORDER BY code"
        ).fetchall()
        self.hows = [How(*r) for r in rows]

    @cached_property
    def node_counts(self) -> Counter[str]:
        """Nodes to be added."""
        return Counter(added=self._count("node"))

    @cached_property
    def relationship_counts(self) -> Counter[str]:
        """Relationships to be added."""
        return Counter(added=self._count("rel"))

    @property
    def size(self) -> int:
        """Nodes and relationships."""
        return self.node_counts.total() + self.relationship_counts.total()

    @property
    def violations(self) -> list[str]:
        """What the build set aside, in chunks."""
        return self.violations_text

    @cached_property
    def stamp(self) -> dict[str, Any]:
        """The properties of `(:Twin)`, but for its label."""
        return self._stamp(self._ontology) | {
            "nextId": self.node_counts["added"],
            "_hows": orjson.dumps([tuple(h) for h in self.hows]).decode(),
        }

    def nodes(self, size: int) -> Iterator[tuple[tuple[str, ...], list[dict[str, Any]]]]:
        """Yield batches of one label set: (labels, properties of each)."""
        waiting: dict[tuple[str, ...], list[dict[str, Any]]] = {}
        for number, row in enumerate(projection.read_nodes(self._con)):
            labels = row.labels()
            batch = waiting.setdefault(labels, [])
            batch.append(row.properties() | {"_ldt": number})
            if len(batch) == size:
                yield labels, waiting.pop(labels)
        yield from sorted(waiting.items(), key=itemgetter(0))

    @cached_property
    def kinds(self) -> list[tuple[str, dict[str, Any]]]:
        """By number of the `How`: a relationship's type, and its properties but for the row."""
        return [
            (type_of(how, self._ontology), how.properties(code))
            for code, how in enumerate(self.hows)
        ]

    def relationships(self, size: int) -> Iterator[np.ndarray]:
        """Yield `size` relationships at a time, shape (n, 4): from, to (ids of nodes), row or -1, number of the `How`.

        They come in the order of the nodes they start from, so that a batch touches few nodes.
        """
        columns = (
            self._con.cursor()
            .execute(
                "SELECT h.code, s.id AS a, o.id AS b, coalesce(r.row, -1) AS row FROM rel r "
                "JOIN entity s ON r.subject = s.iri JOIN entity o ON r.object = o.iri "
                "JOIN how h ON (h.predicate, h.dataset, h.origin) = (r.predicate, r.dataset, r.origin) "
                "AND h.source IS NOT DISTINCT FROM r.source AND h.rule IS NOT DISTINCT FROM r.rule ORDER BY a, code, b, row"
            )
            .fetchnumpy()
        )
        rows = np.stack([columns[c] for c in ("a", "b", "row", "code")], axis=1)
        for start in range(0, len(rows), size):
            yield rows[start : start + size]

    def _count(self, table: str) -> int:
        return self._con.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0]


class Difference(_Stamped):
    """What leads from one version to another; `size` changes of nodes and relationships."""

    def __init__(self, record: Record, held: Version, version: Version) -> None:
        super().__init__(record, version)
        asked = _asked(record, held, version)
        before, self._before_ontology = _about(record, held, asked)
        after, self._ontology = _about(record, version, asked)
        old, new = ({n.iri: n for n in side.nodes} for side in (before, after))
        self.added = [n for iri, n in new.items() if iri not in old]
        self.removed = [n for iri, n in old.items() if iri not in new]
        self.changed = [(old[i], n) for i, n in new.items() if i in old and old[i] != n]
        self.gone = before.relations - after.relations
        self.fresh = after.relations - before.relations
        same = [v.violations_text for v in (_Stamped(record, held), self)]
        self.violations = None if same[0] == same[1] else self.violations_text

    @property
    def node_counts(self) -> Counter[str]:
        """Nodes by what happens to them."""
        return Counter(added=len(self.added), changed=len(self.changed), removed=len(self.removed))

    @property
    def relationship_counts(self) -> Counter[str]:
        """Relationships by what happens to them."""
        return Counter(added=len(self.fresh), removed=len(self.gone))

    @property
    def size(self) -> int:
        """Changes of nodes and relationships."""
        return self.node_counts.total() + self.relationship_counts.total()

    @cached_property
    def stamp(self) -> dict[str, Any]:
        """The properties of `(:Twin)` that the version alone decides."""
        return self._stamp(self._ontology)

    @property
    def touched(self) -> list[str]:
        """The entities that were there and whose node, or a relationship from it, changes."""
        nodes = {n.iri for n in self.removed} | {old.iri for old, _ in self.changed}
        return sorted(nodes | {s for s, *_ in self.gone} | {s for s, *_ in self.fresh})

    @property
    def hows(self) -> list[How]:
        """How the fresh relations are known."""
        return distinct_hows(self.fresh)

    def statements(
        self, code: dict[tuple[str | None, ...], int], next_id: int
    ) -> Iterator[tuple[str, list[Any]]]:
        """Yield statements with their rows, in the order in which they apply.

        Args:
            code: `How` → its number.
            next_id: The first free id of a node.
        """
        for type_, gone in self._by_type(self.gone, self._before_ontology):
            rows = [[s, o, code[tuple(h)], row] for s, o, h, row in gone]
            yield _DELETE_RELATIONSHIPS.replace("TYPE", quote(type_)), rows
        for labels, left in _grouped(self.removed, NodeRow.labels):
            iris = [n.iri for n in left]
            yield _STRIP_TIED.replace("LABELS", _labels(labels)), iris
        if self.removed:
            yield _DELETE_NODES, [n.iri for n in self.removed]
        ids = {n.iri: next_id + i for i, n in enumerate(self.added)}
        for labels, added in _grouped(self.added, NodeRow.labels):
            rows = [n.properties() | {"_ldt": ids[n.iri]} for n in added]
            yield f"UNWIND $rows AS row CREATE (n{_labels(labels)}) SET n = row", rows
        for (less, more), changed in _grouped(self.changed, _relabelled):
            text = "UNWIND $rows AS row MATCH (n:Entity {iri: row[0]}) SET n += row[1]"
            text += f" REMOVE n{_labels(less)}" if less else ""
            text += f" SET n{_labels(more)}" if more else ""
            yield text, [[new.iri, _changes(old, new)] for old, new in changed]
        for type_, fresh in self._by_type(self.fresh, self._ontology):
            rows = [
                [s, o, h.properties(code[tuple(h)]) | ({"row": row} if row >= 0 else {})]
                for s, o, h, row in fresh
            ]
            yield _CREATE_RELATIONSHIPS.replace("TYPE", quote(type_)), rows

    def _by_type(
        self, relations: Iterable[tuple[str, str, How, int]], ontology: Ontology
    ) -> Iterator[tuple[str, list[tuple[str, str, How, int]]]]:
        return _grouped(sorted(relations, key=_relation_order), lambda r: type_of(r[2], ontology))


def publication(record: Record, version: Version) -> Publication:
    """Return all of a version."""
    return Publication(record, version)


def difference(record: Record, held: Version, version: Version) -> Difference:
    """Return what leads from `held` to `version`. Costs what changed, and a scan of both for it."""
    return Difference(record, held, version)


def _asked(record: Record, held: Version, version: Version) -> duckdb.DuckDBPyConnection | None:
    """Return a connection whose table `asked` names the entities that may differ; None: any may."""
    con = duckdb.connect()
    record.diff(con, held, version)
    if con.execute("SELECT 1 FROM difference WHERE dataset = ? LIMIT 1", [ONTOLOGY]).fetchall():
        return None
    con.execute("CREATE TABLE asked AS SELECT DISTINCT subject AS iri FROM difference")
    con.execute(
        "CREATE TABLE typed AS SELECT DISTINCT subject AS iri FROM difference WHERE predicate = ?",
        [RDF_TYPE],
    )
    if con.execute("SELECT 1 FROM typed LIMIT 1").fetchall():
        # A relation shows while both its ends are entities, so that whoever points at them is asked too.
        con.execute("DROP TABLE IF EXISTS statements")
        for v in (held, version):
            record.load(con, v, where="kind = 'iri' AND object IN (SELECT iri FROM typed)")
        con.execute("INSERT INTO asked SELECT DISTINCT subject FROM statements")
    return con


def _about(
    record: Record, version: Version, asked: duckdb.DuckDBPyConnection | None
) -> tuple[projection.Projection, Ontology]:
    """Return what a version says of the entities asked for."""
    con = duckdb.connect()
    if asked is None:
        record.load(con, version)
    else:
        con.register("_asked", asked.sql("SELECT DISTINCT iri FROM asked").to_arrow_table())
        con.execute("CREATE TEMP TABLE asked AS FROM _asked")
        con.unregister("_asked")
        record.load(
            con, version, where=f"dataset = '{ONTOLOGY}' OR subject IN (SELECT iri FROM asked)"
        )
        con.execute(
            "CREATE TEMP TABLE other AS SELECT DISTINCT object AS iri FROM statements WHERE kind = 'iri' AND dataset <> ? "
            "AND predicate <> ? AND object NOT IN (SELECT iri FROM asked)",
            [ONTOLOGY, RDF_TYPE],
        )
        record.load(
            con, version, where=f"predicate = '{RDF_TYPE}' AND dataset <> '{ONTOLOGY}' AND subject IN (SELECT iri FROM other)"
        )  # fmt: skip
    ontology = ontology_of(con)
    project_entities(con, ontology)
    if asked is None:
        con.execute("CREATE TEMP TABLE asked AS SELECT iri FROM entity")
    projection.project(con, ontology, _facts(con, ontology))
    found = projection.Projection(list(projection.read_nodes(con)), projection.read_relations(con))
    return found, ontology


def _facts(con: duckdb.DuckDBPyConnection, ontology: Ontology) -> VertexFacts:
    entities = con.execute("SELECT count(*) FROM entity").fetchall()[0][0]
    return vertex_facts(con, ontology, entities)


def _changes(old: NodeRow, new: NodeRow) -> dict[str, Any]:
    """Return what `SET n +=` needs: the properties that differ, null for those that went."""
    before, after = old.properties(), new.properties()
    gone = dict.fromkeys(before.keys() - after.keys())
    return {k: v for k, v in after.items() if k not in before or before[k] != v} | gone


def _relabelled(pair: tuple[NodeRow, NodeRow]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    before, after = (set(n.labels()) for n in pair)
    return tuple(sorted(before - after)), tuple(sorted(after - before))


def _grouped(items: Iterable[T], key: Any) -> Iterator[tuple[Any, list[T]]]:  # noqa: ANN401
    for value, group in groupby(sorted(items, key=key), key=key):
        yield value, list(group)


def _labels(names: Iterable[str]) -> str:
    return "".join(f":{quote(n)}" for n in names)


def _relation_order(relation: tuple[str, str, How, int]) -> tuple[Any, ...]:
    subject, target, how, row = relation
    return (*(x or "" for x in how), subject, target, row)


_DELETE_RELATIONSHIPS = """
UNWIND $rows AS row
MATCH (a:Entity {iri: row[0]})-[r:TYPE]->(b:Entity {iri: row[1]})
WHERE r._how = row[2] AND coalesce(r.row, -1) = row[3]
DELETE r
"""
_STRIP_TIED = """
UNWIND $rows AS iri
MATCH (n:Entity {iri: iri}) WHERE EXISTS { (n)--() }
REMOVE nLABELS
SET n = {iri: iri}
RETURN count(n) AS kept
"""
_DELETE_NODES = "UNWIND $rows AS iri MATCH (n:Entity {iri: iri}) DELETE n"
_CREATE_RELATIONSHIPS = """
UNWIND $rows AS row
MATCH (a:Entity {iri: row[0]}) MATCH (b:Entity {iri: row[1]})
CREATE (a)-[r:TYPE]->(b) SET r = row[2]
"""
