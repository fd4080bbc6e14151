"""The `Store` of a Neo4j server: the one version that it holds."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from ldt_graph.errors import QueryError, VersionMoved
from ldt_graph.graph.neo4j.connection import Server
from ldt_graph.graph.neo4j.reader import Neo4jGraph, held
from ldt_graph.graph.store import offset
from ldt_graph.model import ViolationPage

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ldt_graph.model import Version, ViolationFilter, ViolationGroup
    from ldt_graph.settings import Settings


class Neo4jStore:
    """The `Store` of the server that the settings name; connected to when first asked, so that it may start later.

    Args:
        record: Not needed: what is published answers without it.
        settings: Where the server is.
    """

    def __init__(self, record: str | None, settings: Settings) -> None:
        self._settings = settings
        self._connected: Server | None = None
        self._newest: Neo4jGraph | None = None
        self._lock = threading.Lock()

    def mark(self) -> tuple[int, str, int]:
        """Return the version that the server holds, its label, and that of its places. See `Store.mark`."""
        return held(self._server())

    def open(self, version: Version | None = None) -> Neo4jGraph:
        """Return the graph of the server's version. See `Store.open`."""
        graph = Neo4jGraph(self._server(), after=self._newest)
        if version is not None and version.number != graph.version.number:
            raise QueryError(
                f"Neo4j holds version {graph.version.number} only; version {version.number} is in the record.",
                hint="Ask the record: `--store embedded`.",
            )
        self._newest = graph
        return graph

    def versions(self) -> list[Version]:
        """Return the versions that led to the server's, as published. See `Store.versions`."""
        return self._held().versions

    def datasets(self, version: Version) -> Sequence[Mapping[str, Any]]:
        """Return each dataset's counts. See `Store.datasets`."""
        return self._of(version).datasets

    def violations(
        self,
        version: Version,
        where: ViolationFilter,
        *,
        first: int | None = None,
        after: str | None = None,
    ) -> ViolationPage:
        """Return a page of violations. See `Store.violations`."""
        start = offset(after)
        found, total = self._of(version).violations(where, start, first)
        end = start + len(found)
        return ViolationPage(tuple(found), total, str(end) if end < total else None)

    def violation_groups(
        self, version: Version, where: ViolationFilter, by: Sequence[str]
    ) -> list[ViolationGroup]:
        """Return violations by what they share. See `Store.violation_groups`."""
        return self._of(version).violation_groups(where, by)

    def close(self) -> None:
        """Close the connections. See `Store.close`."""
        with self._lock:
            if self._connected is not None:
                self._connected.close()

    def _server(self) -> Server:
        with self._lock:
            if self._connected is None:
                self._connected = Server(self._settings)
            return self._connected

    def _held(self) -> Neo4jGraph:
        return self._newest or self.open()

    def _of(self, version: Version) -> Neo4jGraph:
        newest = self._held()
        if newest.version.number != version.number:
            raise VersionMoved("The server moved on.", hint="Ask again.")
        return newest
