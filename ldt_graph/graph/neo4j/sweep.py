"""Old nodes make room for new ones: what others tied to them moves over, the rest goes, in batches that can be repeated."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ldt_graph.graph.neo4j.cypher import cypher
from ldt_graph.graph.neo4j.names import ENTITY, LOCK, NEXT, STATE

if TYPE_CHECKING:
    from ldt_graph.graph.neo4j.connection import Server

BATCH = 10_000


def make_room(server: Server) -> int:
    """Move what others tied to the old nodes to the new ones, delete the old, and label the new ones `Entity` too.

    Returns:
        How many of the old nodes stay, as others hold on to what the version no longer has.
    """
    kept = _move_foreign(server)
    sweep(server, ENTITY, f"NOT n:{NEXT} AND n._ldt IS NOT NULL")
    in_batches(server, f"MATCH (n:{NEXT}) WHERE NOT n:{ENTITY} WITH n LIMIT $batch SET n:{ENTITY}")
    return kept


def unmark_new(server: Server) -> None:
    """Take the label of the new nodes away, once readers read `Entity`."""
    in_batches(server, f"MATCH (n:{NEXT}) WITH n LIMIT $batch REMOVE n:{NEXT}")


def sweep(server: Server, label: str, where: str) -> None:
    """Delete nodes of a label, with what is tied to them."""
    in_batches(server, f"MATCH (n:{label}) WHERE {where} WITH n LIMIT $batch DETACH DELETE n")


def empty(server: Server) -> None:
    """Delete everything but the publisher's marks."""
    in_batches(
        server,
        f"MATCH (n) WHERE NOT n:{STATE} AND NOT n:{LOCK} WITH n LIMIT $batch DETACH DELETE n",
    )


def in_batches(server: Server, text: str) -> None:
    """Repeat a statement that changes at most $batch things until it changes nothing."""
    while server.write(text, batch=BATCH).contains_updates:
        pass


def _move_foreign(server: Server) -> int:
    """Tie to the new nodes what others tied to the old ones; a node that went away keeps it, unlabelled."""
    in_batches(server, cypher("move_foreign"))
    found = server.read(cypher("tied"))
    if found is None or not found["kept"]:
        return 0
    in_batches(server, cypher("strip_tied", LABELS=found["labels"]))
    return found["kept"]
