"""What leads from one version to another in Neo4j. Places apart: those follow (`places.py`)."""

from __future__ import annotations

from collections import Counter
from functools import cached_property
from itertools import groupby
from typing import TYPE_CHECKING, Any, TypeVar

import duckdb

from ldt_graph.graph.entities import ontology_of, project_entities
from ldt_graph.graph.neo4j import project as projection
from ldt_graph.graph.neo4j.cypher import cypher, labelled
from ldt_graph.graph.neo4j.places import Moves, find_moves
from ldt_graph.graph.neo4j.project import How, NodeRow, RelationRow, distinct_hows, type_of
from ldt_graph.graph.neo4j.sql import SQL
from ldt_graph.graph.neo4j.versions import Stamped, facts
from ldt_graph.model import ONTOLOGY, append
from ldt_graph.namespaces import RDF_TYPE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from ldt_graph.model import Version
    from ldt_graph.ontology import Ontology
    from ldt_graph.record import Record

T = TypeVar("T")


class Difference(Stamped):
    """What leads from one version to another; `size` changes of nodes and relationships."""

    def __init__(self, record: Record, held: Version, version: Version) -> None:
        super().__init__(record, version)
        con = duckdb.connect()
        asked = _compare(con, record, held, version)
        before, self._before_ontology = _about(record, held, asked)
        after, self._ontology = _about(record, version, asked)
        old, new = ({n.iri: n for n in side.nodes} for side in (before, after))
        self.added = [n for iri, n in new.items() if iri not in old]
        self.removed = [n for iri, n in old.items() if iri not in new]
        self.changed = [(old[i], n) for i, n in new.items() if i in old and old[i] != n]
        self.moves = Moves(con, self._ontology, version.number)
        self.gone, self.fresh = self._relations(before.relations, after.relations)
        for was, will in self.moves.pairs("TRUE" if asked is None else "subject IN (FROM asked)"):
            if self._type_before(was.how) == self._type(will.how):
                self.gone.discard(was)
                self.fresh.discard(will)
        same = [v.violations_text for v in (Stamped(record, held), self)]
        self.violations = None if same[0] == same[1] else self.violations_text

    def _relations(
        self, before: set[RelationRow], after: set[RelationRow]
    ) -> tuple[set[RelationRow], set[RelationRow]]:
        """Return what goes and what comes. A relation that has another name now is of another type, so it does both."""
        stays = before & after
        again = {h for h in {r.how for r in stays} if self._type_before(h) != self._type(h)}
        stays = {r for r in stays if r.how not in again}
        return before - stays, after - stays

    def _type_before(self, how: How) -> str:
        return type_of(how, self._before_ontology)

    def _type(self, how: How) -> str:
        return type_of(how, self._ontology)

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
        """Changes of nodes and relationships, places apart."""
        return self.node_counts.total() + self.relationship_counts.total()

    @cached_property
    def stamp(self) -> dict[str, Any]:
        """The properties of `(:Twin)` that the version alone decides."""
        return self._stamp(self._ontology)

    @property
    def touched(self) -> list[str]:
        """The entities that were there and whose node, or a relationship from it, changes."""
        nodes = {n.iri for n in self.removed} | {old.iri for old, _ in self.changed}
        return sorted(nodes | {r.subject for r in self.gone | self.fresh})

    @property
    def hows(self) -> list[How]:
        """How the fresh relations are known, and the moved ones at their new places."""
        return [*distinct_hows(self.fresh), *self.moves.hows]

    def statements(
        self, code: dict[tuple[str | None, ...], int], next_id: int
    ) -> Iterator[tuple[str, list[Any]]]:
        """Yield statements with their rows, in the order in which they apply.

        Args:
            code: `How` → its number.
            next_id: The first free id of a node.
        """
        for type_, gone in _by_type(self.gone, self._type_before):
            rows = [[s, o, code[tuple(h)], row] for s, o, h, row in gone]
            yield cypher("remove_relationships", TYPE=[type_]), rows
        yield from self._nodes(next_id)
        for type_, fresh in _by_type(self.fresh, self._type):
            rows = [
                [s, o, h.properties(code[tuple(h)]) | ({"row": row} if row >= 0 else {})]
                for s, o, h, row in fresh
            ]
            yield cypher("add_relationships", TYPE=[type_]), rows

    def _nodes(self, next_id: int) -> Iterator[tuple[str, list[Any]]]:
        for labels, left in _grouped(self.removed, NodeRow.labels):
            yield cypher("strip_removed", LABELS=labels), [n.iri for n in left]
        if self.removed:
            yield (
                "UNWIND $rows AS iri MATCH (n:Entity {iri: iri}) DELETE n",
                [n.iri for n in self.removed],
            )
        ids = {n.iri: next_id + i for i, n in enumerate(self.added)}
        for labels, added in _grouped(self.added, NodeRow.labels):
            rows = [n.properties() | {"_ldt": ids[n.iri]} for n in added]
            yield f"UNWIND $rows AS row CREATE (n:{labelled(labels)}) SET n = row", rows
        for (less, more), changed in _grouped(self.changed, _relabelled):
            text = cypher("change_nodes")
            text += f" REMOVE n:{labelled(less)}" if less else ""
            text += f" SET n:{labelled(more)}" if more else ""
            yield text, [[new.iri, _changes(old, new)] for old, new in changed]


def _by_type(
    relations: Iterable[RelationRow], type_: Callable[[How], str]
) -> Iterator[tuple[str, list[RelationRow]]]:
    return _grouped(sorted(relations, key=_relation_order), lambda r: type_(r.how))


def _compare(
    con: duckdb.DuckDBPyConnection, record: Record, held: Version, version: Version
) -> list[str] | None:
    """Create the tables `asked` and `replaced` (places); return the entities that may differ otherwise, None: any may."""
    record.diff(con, held, version, places=True)
    con.execute(SQL["differs"])
    find_moves(con, record, held, version)
    con.execute(
        "CREATE TABLE asked AS SELECT subject AS iri FROM differs UNION SELECT subject FROM replaced WHERE NOT moved"
    )
    if con.execute("SELECT 1 FROM differs WHERE dataset = ? LIMIT 1", [ONTOLOGY]).fetchall():
        return None
    con.execute(
        "CREATE TABLE typed AS SELECT DISTINCT subject AS iri FROM differs WHERE predicate = ?",
        [RDF_TYPE],
    )
    if con.execute("SELECT 1 FROM typed LIMIT 1").fetchall():
        # A relation shows while both its ends are entities, so that whoever points at them is asked too.
        con.execute("DROP TABLE IF EXISTS statements")
        for v in (held, version):
            record.load(con, v, where="kind = 'iri' AND object IN (SELECT iri FROM typed)")
        con.execute("INSERT INTO asked SELECT DISTINCT subject FROM statements")
    return [iri for (iri,) in con.execute("SELECT DISTINCT iri FROM asked").fetchall()]


def _about(
    record: Record, version: Version, asked: list[str] | None
) -> tuple[projection.Projection, Ontology]:
    """Return what a version says of the entities asked for."""
    con = duckdb.connect()
    if asked is None:
        record.load(con, version)
    else:
        _load_asked(con, record, version, asked)
    ontology = ontology_of(con)
    project_entities(con, ontology)
    if asked is None:
        con.execute("CREATE TEMP TABLE asked AS SELECT iri FROM entity")
    projection.project(con, ontology, facts(con, ontology))
    found = projection.Projection(list(projection.read_nodes(con)), projection.read_relations(con))
    return found, ontology


def _load_asked(
    con: duckdb.DuckDBPyConnection, record: Record, version: Version, asked: list[str]
) -> None:
    """Load the ontology, what is said of the entities in `asked`, and the types of what they are related to."""
    con.execute("CREATE TEMP TABLE asked (iri VARCHAR)")
    append(con, "asked", {"iri": asked})
    record.load(con, version, where=f"dataset = '{ONTOLOGY}' OR subject IN (SELECT iri FROM asked)")
    con.execute(SQL["other"], {"ontology": ONTOLOGY, "type": RDF_TYPE})
    record.load(
        con, version, where=f"predicate = '{RDF_TYPE}' AND dataset <> '{ONTOLOGY}' AND subject IN (SELECT iri FROM other)"
    )  # fmt: skip


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


def _relation_order(relation: RelationRow) -> tuple[Any, ...]:
    subject, target, how, row = relation
    return (*(x or "" for x in how), subject, target, row)
