"""A difference in one transaction, with the stamp; or the stamp alone, to what was built beside."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from ldt_graph.graph.neo4j.connection import checked
from ldt_graph.graph.neo4j.names import VIOLATIONS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import neo4j

    from ldt_graph.graph.neo4j.difference import Difference
    from ldt_graph.graph.neo4j.marks import Marks
    from ldt_graph.graph.neo4j.project import How

BATCH = 10_000


def apply(marks: Marks, stamp: dict[str, Any], change: Difference) -> int:
    """Apply a difference in one transaction with the stamp; return how many removed entities were kept for others.

    Where places are still to follow, `placesVersion` stays, and `_hows` has the new ones already: a reader
    that opens the version understands every relationship, whether its place has followed or not. Where the held
    version's places came after its stamp, a reader may have it with the old ones: it can't go on from there.
    """
    hows, code = _numbered(orjson.loads(stamp["_hows"]), change.hows)
    kept, fresh = 0, range(stamp["nextId"], stamp["nextId"] + len(change.added))
    values = change.stamp | {"nextId": fresh.stop, "_hows": orjson.dumps(hows).decode()}
    if change.moves.count:
        del values["placesVersion"]
    values = {k: v for k, v in values.items() if stamp.get(k) != v}
    with marks.commit() as transaction:
        touched = transaction.run(_IDS, iris=change.touched).single(strict=True)["ids"]
        for text, rows in change.statements(code, fresh.start):
            for batch in batches(rows, BATCH):
                result = transaction.run(checked(text), rows=batch).single()
                kept += (result or {}).get("kept", 0) or 0
        if change.violations is not None:
            _write_violations(transaction, change.violations)
        previous = None if stamp.get("_lagged") else stamp["version"]
        values |= {"_previous": previous, "_touched": [*touched, *fresh], "_lagged": None}
        transaction.run("MATCH (t:Twin) SET t += $values", values=values).consume()
    return kept


def switch(marks: Marks, values: dict[str, Any], violations: Sequence[str]) -> None:
    """Move the stamp to a version that was built under a label of its own."""
    with marks.commit() as transaction:
        fresh = {"_previous": None, "_touched": None, "_lagged": None} | values
        transaction.run("MERGE (t:Twin) SET t += $values", values=fresh).consume()
        _write_violations(transaction, violations)


def batches(rows: Iterable[Any], size: int) -> Iterator[list[Any]]:
    """Yield `size` rows at a time."""
    batch: list[Any] = []
    for row in rows:
        batch.append(row)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def _numbered(
    held: Iterable[Sequence[str | None]], new: Iterable[How]
) -> tuple[list[tuple[str | None, ...]], dict[tuple[str | None, ...], int]]:
    """Return all `How`s with their numbers: those that the stamp has keep theirs."""
    hows = list(dict.fromkeys(tuple(h) for h in [*held, *new]))
    return hows, {h: i for i, h in enumerate(hows)}


def _write_violations(transaction: neo4j.Transaction, chunks: Sequence[str]) -> None:
    transaction.run(f"MATCH (v:{VIOLATIONS}) DELETE v").consume()
    for part, text in enumerate(chunks):
        transaction.run(
            f"CREATE (:{VIOLATIONS} {{part: $part, data: $text}})", part=part, text=text
        ).consume()


_IDS = "MATCH (n:Entity) WHERE n.iri IN $iris RETURN collect(n._ldt) AS ids"
