"""Where the API gets its graphs: the newest version, swapped in when it is whole, and older ones when asked."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Any, Protocol

from ldt_graph.errors import LdtError, QueryError, Unavailable, VersionMoved
from ldt_graph.graph.embedded import EmbeddedGraph
from ldt_graph.record import version_at

if TYPE_CHECKING:
    from ldt_graph.graph import Graph
    from ldt_graph.graph.neo4j import Neo4jGraph, Server
    from ldt_graph.model import Version, Violation
    from ldt_graph.record import Record
    from ldt_graph.settings import Settings

log = logging.getLogger(__name__)


class Provider(Protocol):
    """What the API needs of a store."""

    def start(self) -> None:
        """Begin to follow the store."""
        ...

    def stop(self) -> None:
        """Stop following it."""
        ...

    def ready(self) -> bool:
        """Return whether a version can be asked."""
        ...

    def graph(self, as_of: str | None = None) -> Graph:
        """Return the newest version, or the one that a number or time names."""
        ...

    def renew(self) -> Graph:
        """Return the version that the store holds now; called when a graph said that it moved on."""
        ...

    def versions(self) -> list[Version]:
        """Return every version that can be asked, oldest first."""
        ...

    def datasets(self, version: Version) -> list[dict[str, Any]]:
        """Return each dataset's counts in a version."""
        ...

    def violations(self, version: Version, **where: str | None) -> list[Violation]:
        """Return what a version's build set aside or warned of."""
        ...


class RecordProvider:
    """Serves a record. A thread looks for new versions; a request keeps the version that it began with.

    Args:
        record: The record; its first version may still be in the making.
        poll: Seconds between two looks.
        keep: Older versions held in memory.
    """

    def __init__(self, record: Record, *, poll: float = 1.0, keep: int = 2) -> None:
        self._record = record
        self._poll = poll
        self._keep = keep
        self._newest: EmbeddedGraph | None = None
        self._older: OrderedDict[int, EmbeddedGraph] = OrderedDict()
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Load the newest version, then follow the record. See `Provider.start`."""
        self._refresh()
        self._thread = threading.Thread(target=self._follow, name="ldt-record", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop following. See `Provider.stop`."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()

    def ready(self) -> bool:
        """Return whether a version is loaded. See `Provider.ready`."""
        return self._newest is not None

    def graph(self, as_of: str | None = None) -> Graph:
        """Return a version's graph. See `Provider.graph`."""
        newest = self._newest
        if newest is None:
            raise Unavailable(
                "The record has no version yet.",
                hint="`ldt build` makes one; this server will find it.",
            )
        if as_of is None:
            return newest
        version = self._record.at(as_of)
        if version.number == newest.version.number:
            return newest
        with self._lock:
            if version.number not in self._older:
                self._older[version.number] = EmbeddedGraph.open(self._record, version)
            self._older.move_to_end(version.number)
            while len(self._older) > self._keep:
                self._older.popitem(last=False)
            return self._older[version.number]

    def renew(self) -> Graph:
        """Look for a newer version at once. See `Provider.renew`."""
        self._refresh()
        return self.graph()

    def versions(self) -> list[Version]:
        """Return the record's versions. See `Provider.versions`."""
        return self._record.versions()

    def datasets(self, version: Version) -> list[dict[str, Any]]:
        """Return each dataset's counts. See `Provider.datasets`."""
        return self._record.metadata(version).get("datasets", [])

    def violations(self, version: Version, **where: str | None) -> list[Violation]:
        """Return a version's violations. See `Provider.violations`."""
        return self._record.violations(version, **where)  # ty: ignore[invalid-argument-type]

    def _follow(self) -> None:
        while not self._stop.wait(self._poll):
            self._refresh()

    def _refresh(self) -> None:
        """Swap a newer version in once it is loaded; keep the old one if that fails."""
        try:
            if not self._record.exists:
                return
            number = self._record.newest()
            if self._newest is None or number != self._newest.version.number:
                graph = EmbeddedGraph.open(self._record)
                graph.network()
                self._newest = graph
                log.info("Serving version %s.", graph.version.number)
        except LdtError as error:
            log.warning("The record could not be read, the version before is served on: %s", error)


class Neo4jProvider:
    """Serves what a Neo4j server holds; no record is needed.

    The network of a new version is read in the background, so that questions wait for it once at most. A
    server that is lost makes every question `Unavailable` until it is back.

    Args:
        settings: Where the server is.
        poll: Seconds between two looks at its version.
    """

    def __init__(self, settings: Settings, *, poll: float = 1.0) -> None:
        self._settings = settings
        self._poll = poll
        self._server: Server | None = None
        self._newest: Neo4jGraph | None = None
        self._ready = False
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Connect if the server is there, then follow it. See `Provider.start`."""
        self._refresh()
        self._thread = threading.Thread(target=self._follow, name="ldt-neo4j", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop following. See `Provider.stop`."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
        if self._server is not None:
            self._server.close()

    def ready(self) -> bool:
        """Return whether the server answered last and holds a version. See `Provider.ready`."""
        return self._ready and self._server is not None and not self._server.lost

    def graph(self, as_of: str | None = None) -> Graph:
        """Return the server's version. See `Provider.graph`.

        Raises:
            QueryError: An older version is asked for: the record has it, the server does not.
        """
        newest = self._newest if self._newest is not None and self.ready() else self.renew()
        if as_of is None:
            return newest
        version = version_at(newest.versions, as_of)
        if version.number != newest.version.number:
            raise QueryError(
                f"Neo4j holds version {newest.version.number} only; version {version.number} is in the record.",
                hint="Ask an API that serves the record.",
            )
        return newest

    def renew(self) -> Neo4jGraph:
        """Return the graph of the version that the server holds now."""
        from ldt_graph.graph.neo4j import Neo4jGraph, Server

        with self._lock:
            if self._server is None:
                self._server = Server(self._settings)
            if self._newest is None or self._newest.moved():
                self._newest = Neo4jGraph(self._server, after=self._newest)
                log.info("Serving version %s.", self._newest.version.number)
            return self._newest

    def versions(self) -> list[Version]:
        """Return the versions that led to the server's, as published. See `Provider.versions`."""
        return (self._newest or self.renew()).versions

    def datasets(self, version: Version) -> list[dict[str, Any]]:
        """Return each dataset's counts. See `Provider.datasets`."""
        return self._of(version).datasets

    def violations(self, version: Version, **where: str | None) -> list[Violation]:
        """Return what the version's build set aside or warned of. See `Provider.violations`."""
        asked = {k: v for k, v in where.items() if v is not None}
        found = self._of(version).violations()
        return [v for v in found if all(getattr(v, k) == a for k, a in asked.items())]

    def _of(self, version: Version) -> Neo4jGraph:
        newest = self._newest or self.renew()
        if newest.version.number != version.number:
            raise VersionMoved("The server moved on.", hint="Ask again.")
        return newest

    def _follow(self) -> None:
        while not self._stop.wait(self._poll):
            self._refresh()

    def _refresh(self) -> None:
        """Read a newer version's network before it is served; say so once where the server is lost."""
        from ldt_graph.graph.neo4j import Neo4jGraph

        try:
            current = self._newest or self.renew()
            if self._server is not None and current.moved():
                current = Neo4jGraph(self._server, after=current)
            current.network()
        except LdtError as error:
            if self._ready or self._newest is None:
                log.warning("Neo4j can't be served: %s", error)
            self._ready = False
        else:
            self._newest, self._ready = current, True
