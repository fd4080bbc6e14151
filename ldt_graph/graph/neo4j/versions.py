"""All that a version of the record puts into Neo4j, and what the stamp says of it."""

from __future__ import annotations

import hashlib
from collections import Counter
from functools import cached_property
from operator import attrgetter, itemgetter
from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np
import orjson

from ldt_graph.graph.entities import ontology_of, project_entities
from ldt_graph.graph.facts import vertex_facts
from ldt_graph.graph.neo4j import project as projection
from ldt_graph.graph.neo4j.marks import FORMAT
from ldt_graph.graph.neo4j.project import How, type_of
from ldt_graph.graph.neo4j.sql import SQL
from ldt_graph.model import VIOLATION_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ldt_graph.graph.columns import VertexFacts
    from ldt_graph.model import Version
    from ldt_graph.ontology import Ontology
    from ldt_graph.record import Record

_CHUNK = 5_000  # violations in one node
_told = attrgetter(*VIOLATION_COLUMNS)


class Stamped:
    """What both kinds of publication say of their version."""

    def __init__(self, record: Record, version: Version) -> None:
        self._record = record
        self._version = version
        self.version = version.number

    @cached_property
    def violations_text(self) -> list[str]:
        """What the build set aside or warned of, in chunks of JSON."""
        found = [_told(v) for v in self._record.violations(self._version)]
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
            "placesVersion": v.number,
            "_model": FORMAT,
            "_ontology": orjson.dumps([tuple(t) for t in ontology.triples]).decode(),
            "_versions": orjson.dumps([w for w in versions if w[0] <= v.number]).decode(),
            "_datasets": orjson.dumps(said.get("datasets", [])).decode(),
        }


class Publication(Stamped):
    """All of a version: the ids of its nodes are their positions in IRI order."""

    def __init__(self, record: Record, version: Version) -> None:
        super().__init__(record, version)
        self._con = duckdb.connect()
        record.load(self._con, version)
        self._ontology = ontology_of(self._con)
        project_entities(self._con, self._ontology)
        self._con.execute("CREATE OR REPLACE TEMP TABLE asked AS SELECT iri FROM entity")
        projection.project(self._con, self._ontology, facts(self._con, self._ontology))
        self._con.execute(SQL["how"])
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
        columns = self._con.cursor().execute(SQL["relationships"]).fetchnumpy()
        rows = np.stack([columns[c] for c in ("a", "b", "row", "code")], axis=1)
        for start in range(0, len(rows), size):
            yield rows[start : start + size]

    def _count(self, table: str) -> int:
        return self._con.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0]


def facts(con: duckdb.DuckDBPyConnection, ontology: Ontology) -> VertexFacts:
    """Return what the network says of each entity of a connection."""
    entities = con.execute("SELECT count(*) FROM entity").fetchall()[0][0]
    return vertex_facts(con, ontology, entities)
