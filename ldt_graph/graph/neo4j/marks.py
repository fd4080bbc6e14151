"""What publishers and readers agree on in a server: the stamp, the publisher's marks, the lock.

`(:Twin)` is the stamp, what readers read first: which version the server holds, under which label, and of which
version its places are. `(:_Ldt)` is the publisher's: the model's `format`, `unfinished` while a load is under way,
and `sequence`. `(:_LdtLock)` is written to by whoever publishes, in a transaction that stays open, so that a
publisher that dies holds nothing.

The protocol: Neo4j applies a transaction's changes one by one, so that a reader could see half of one. Whatever
changes what readers see therefore goes through `Marks.commit`, which makes the sequence odd before the transaction
commits and even afterwards. The invariant: what was read between two looks at one stamp and one even sequence is of
one version, and whole (`reader.py` looks; a sequence that stays odd is a dead publisher's, whose transaction was
committed or was not: either way it is whole).
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ldt_graph.errors import BuildInProgress, QueryError, Unavailable
from ldt_graph.graph.neo4j.cypher import cypher

if TYPE_CHECKING:
    from collections.abc import Generator

    import neo4j

    from ldt_graph.graph.neo4j.connection import Server

FORMAT = 2
"""Of the model in Neo4j. A release that changes the model counts it up; what an older one left is built anew."""
_WAIT_FOR_LOCK = 5.0
_TAKE_LOCK = "MATCH (s:_LdtLock) SET s.taken = timestamp()"
_ODD = "MATCH (s:_Ldt) SET s.sequence = s.sequence + 1 + s.sequence % 2, s.since = timestamp()"
_EVEN = "MATCH (s:_Ldt) SET s.sequence = s.sequence + s.sequence % 2"


class Marks:
    """The marks in one server."""

    def __init__(self, server: Server) -> None:
        self._server = server

    def stamp(self) -> dict[str, Any] | None:
        """Return the twin's stamp with the marks `format` and `unfinished`; None where there is none."""
        found = self._server.read(cypher("stamp"))
        if found is None or found["twin"] is None:
            return None
        twin = dict(found["twin"])
        marks = {"format": found["format"], "unfinished": found["unfinished"]}
        return {"placesVersion": twin["version"]} | twin | marks

    def ensure(self) -> None:
        """Create the marks where they are missing; the model is of this release from here on."""
        self._server.write(cypher("ensure_marks"), format=FORMAT)

    def begin(self, version: int) -> None:
        """Mark that a load is under way."""
        self._server.write("MATCH (s:_Ldt) SET s.unfinished = $version", version=version)

    def finished(self) -> None:
        """Mark that nothing is under way."""
        self._server.write("MATCH (s:_Ldt) REMOVE s.unfinished")

    @contextmanager
    def lock(self) -> Generator[None]:
        """Hold the publisher's lock: an open transaction, so that a dead publisher holds nothing.

        Raises:
            BuildInProgress: Another publisher holds it.
        """
        try:
            with self._server.transaction(timeout=_WAIT_FOR_LOCK) as attempt:
                attempt.run(_TAKE_LOCK).consume()
        except (QueryError, Unavailable):
            raise BuildInProgress(
                f"Another publisher is at work on {self._server.database!r} of {self._server.uri}.",
                hint="Try again when it has ended.",
            ) from None
        with self._server.transaction() as held:
            held.run(_TAKE_LOCK).consume()
            yield

    @contextmanager
    def commit(self) -> Generator[neo4j.Transaction]:
        """Open a transaction that changes what readers see; the sequence is odd while it is committed."""
        try:
            with self._server.transaction() as transaction:
                yield transaction
                self._server.write(_ODD)
        finally:
            self._server.write(_EVEN)
