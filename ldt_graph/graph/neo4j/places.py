"""Places make no difference, yet follow: where rows of a source moved, relationships get their new source and row.

They follow once the stamp has moved, in transactions of their own, each through `Marks.commit`. Until all have
followed, the stamp's `placesVersion` is the version whose places the others still have: a reader sees of each
relationship the old place or the new, never half of one. A publisher that dies in between is finished by the next:
what was moved already is not found at its old place, so that doing it again changes nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import duckdb
import orjson

from ldt_graph.graph.entities import ontology_of
from ldt_graph.graph.neo4j.connection import checked
from ldt_graph.graph.neo4j.cypher import cypher
from ldt_graph.graph.neo4j.project import How, RelationRow, type_of
from ldt_graph.graph.neo4j.sql import SQL
from ldt_graph.model import ONTOLOGY
from ldt_graph.namespaces import RDF_TYPE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ldt_graph.graph.neo4j.marks import Marks
    from ldt_graph.model import Version
    from ldt_graph.ontology import Ontology
    from ldt_graph.record import Record

BATCH = 10_000
_MOVED = "subject, object, predicate, dataset, origin, rule, source, row, new_source, new_row"


def find_moves(
    con: duckdb.DuckDBPyConnection, record: Record, held: Version, version: Version
) -> None:
    """Create the table `replaced` from `difference`. Reads of both versions what is said of the ends of what moved."""
    con.execute(SQL["suspect"], {"type": RDF_TYPE, "ontology": ONTOLOGY})
    con.execute(
        "CREATE OR REPLACE TABLE suspect_end AS SELECT subject AS iri FROM suspect UNION SELECT object FROM suspect"
    )
    for side, v in (("before", held), ("after", version)):
        con.execute("DROP TABLE IF EXISTS statements")
        record.load(
            con, v, where=f"kind = 'iri' AND dataset <> '{ONTOLOGY}' AND subject IN (FROM suspect_end)"
        )  # fmt: skip
        con.execute(
            f"CREATE OR REPLACE TEMP TABLE placed_{side} AS {SQL['placed']}", {"type": RDF_TYPE}
        )
    con.execute(SQL["replaced"])


class Moves:
    """The relationships of which the place alone changes.

    Args:
        con: A connection with the table `replaced`.
        ontology: Of the version that they move to.
    """

    def __init__(self, con: duckdb.DuckDBPyConnection, ontology: Ontology, version: int) -> None:
        self._con = con
        self._ontology = ontology
        self.version = version
        self.count: int = self._all("SELECT count(*) FROM replaced WHERE moved")[0][0]

    @property
    def hows(self) -> list[How]:
        """How the moved relations are known at their new places."""
        rows = self._all(
            "SELECT DISTINCT predicate, dataset, origin, new_source, rule FROM replaced WHERE moved ORDER BY ALL"
        )
        return [How(*row) for row in rows]

    def pairs(self, among: str = "TRUE") -> Iterator[tuple[RelationRow, RelationRow]]:
        """Yield each as it was and as it will be, those of one predicate together.

        Args:
            among: An SQL condition on the relation's columns, written by us and nobody else.
        """
        found = self._con.cursor().execute(
            f"SELECT {_MOVED} FROM replaced WHERE moved AND {among} ORDER BY predicate, subject, object, row"
        )
        while rows := found.fetchmany(BATCH):
            for subject, target, predicate, dataset, origin, rule, *old, source, row in rows:
                places = ((old[0], old[1]), (source, row))
                was, will = (
                    RelationRow(
                        subject,
                        target,
                        How(predicate, dataset, origin, s, rule),
                        -1 if r is None else r,
                    )
                    for s, r in places
                )
                yield was, will

    def batches(self, code: dict[How, int]) -> Iterator[tuple[str, list[list[Any]]]]:
        """Yield (relationship type, the rows of `move_places`)."""
        waiting: dict[str, list[list[Any]]] = {}
        for was, will in self.pairs():
            type_ = type_of(was.how, self._ontology)
            rows = waiting.setdefault(type_, [])
            row = None if will.row < 0 else will.row
            rows.append(
                [
                    was.subject,
                    was.object,
                    code[was.how],
                    was.row,
                    code[will.how],
                    will.how.source,
                    row,
                ]
            )
            if len(rows) == BATCH:
                yield type_, waiting.pop(type_)
        yield from waiting.items()

    def _all(self, sql: str) -> list[tuple[Any, ...]]:
        return self._con.execute(sql).fetchall()


def moves_between(record: Record, held: Version, version: Version) -> Moves:
    """Return what only moved between two versions."""
    con = duckdb.connect()
    record.diff(con, held, version, places=True)
    find_moves(con, record, held, version)
    con.execute("DROP TABLE IF EXISTS statements")
    record.load(con, version, where=f"dataset = '{ONTOLOGY}'")
    return Moves(con, ontology_of(con), version.number)


def follow(marks: Marks, moves: Moves, progress: Callable[[str, int, int], None]) -> int:
    """Bring places along in the server, and say in the stamp that they are of its version; return how many moved.

    A reader that has the network of the version before reads it whole afterwards: which nodes a move touched is
    not kept.
    """
    stamp = marks.stamp()
    assert stamp is not None  # noqa: S101  (its version is what the places follow)
    code = {How(*h): i for i, h in enumerate(orjson.loads(stamp["_hows"]))}
    done = 0
    for type_, rows in moves.batches(code):
        with marks.commit() as transaction:
            text = checked(cypher("move_places", TYPE=[type_]))
            done += transaction.run(text, rows=rows).single(strict=True)["moved"]
        progress("places", done, moves.count)
    with marks.commit() as transaction:
        values = {
            "placesVersion": moves.version,
            "_previous": None,
            "_touched": None,
            "_lagged": True,
        }
        transaction.run("MATCH (t:Twin) SET t += $values", values=values).consume()
    return done
