"""Bring a Neo4j server to a version of the record: by the difference, or beside what it holds.

What readers see changes in one step. A small difference goes in one transaction with the stamp. A large one
can't: its nodes are built beside the current ones under the label `_Next`, the stamp moves to that label,
and only then do the new nodes take the label `Entity` from the old ones. Every phase can be repeated, so a
publisher that died is finished, or its leavings swept, by the next. `marks.py` says what readers rely on.

Places make no difference. Where rows of a source only moved, the stamp moves first, and the places of the
relationships follow in transactions of their own (`places.py`).
"""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ldt_graph.errors import RecordError, ServerError
from ldt_graph.graph.neo4j.apply import apply, switch
from ldt_graph.graph.neo4j.difference import Difference
from ldt_graph.graph.neo4j.load import load
from ldt_graph.graph.neo4j.marks import FORMAT, Marks
from ldt_graph.graph.neo4j.names import ENTITY, NEXT
from ldt_graph.graph.neo4j.places import follow, moves_between
from ldt_graph.graph.neo4j.schema import create_indexes
from ldt_graph.graph.neo4j.survey import survey
from ldt_graph.graph.neo4j.sweep import empty, make_room, sweep, unmark_new
from ldt_graph.graph.neo4j.versions import Publication

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

    from ldt_graph.graph.neo4j.connection import Server
    from ldt_graph.graph.neo4j.places import Moves
    from ldt_graph.model import Version
    from ldt_graph.record import Record

SMALL = 50_000
"""Changes that one transaction takes: 1 KB of heap each."""
_PROGRESS: Callable[[str, int, int], None] = lambda what, done, of: None  # noqa: E731


@dataclass
class PublishReport:
    """What a publication did: numbers of nodes and relationships, and how.

    Attributes:
        previous: The version that the server held, or None.
        how: `nothing`, `load` (nothing was there), `difference`, or `beside` (a large one).
        places: Relationships of which the place alone changed: none of them counts as added or removed.
        kept: Removed entities that others had tied something to: stripped of what is ours, and left.
    """

    version: int
    previous: int | None = None
    how: str = "nothing"
    nodes: Counter[str] = field(default_factory=Counter)
    relationships: Counter[str] = field(default_factory=Counter)
    places: int = 0
    kept: int = 0
    dry_run: bool = False

    def document(self) -> dict[str, Any]:
        """Return the report as JSON values."""
        return {
            "version": self.version,
            "previous": self.previous,
            "how": self.how,
            "nodes": {k: self.nodes[k] for k in ("added", "changed", "removed")},
            "relationships": {k: self.relationships[k] for k in ("added", "removed")},
            "places": self.places,
            "kept": self.kept,
            "dryRun": self.dry_run,
        }

    def count(self, change: Difference | Publication) -> None:
        """Count what a change adds, changes and removes."""
        self.nodes.update(change.node_counts)
        self.relationships.update(change.relationship_counts)


def publish(
    record: Record,
    server: Server,
    version: Version | None = None,
    *,
    dry_run: bool = False,
    rebuild: bool = False,
    everything: bool = False,
    beside: bool = False,
    progress: Callable[[str, int, int], None] = _PROGRESS,
) -> PublishReport:
    """Bring the server to a version of the record, the newest unless one is given.

    Args:
        record: Where the version is read.
        server: Where it goes.
        version: Which.
        dry_run: Find the difference, write nothing.
        rebuild: Build all of it anew instead of applying the difference.
        everything: With `rebuild`: empty the database first, of what others put there too.
        beside: Publish into a database that holds someone else's data, beside it.
        progress: Called with (what, done, of).

    Raises:
        RecordError: The record has no such version, or a name in it is too long for Neo4j's indexes.
        ServerError: The database holds another twin, someone else's data, or a newer release's model.
        BuildInProgress: Another publisher is at work.
        Unavailable: The server went away. Publish again: it goes on from there.
    """
    if everything and not rebuild:
        raise ServerError("--everything empties the database; it goes with --rebuild only.")
    base = record.metadata(record.version(None)).get("base")
    alone = survey(server, base, everything=everything, beside=beside)
    publisher = _Publisher(record, server, version or record.version(None), progress)
    publisher.report.dry_run = dry_run
    if publisher.is_there() and not rebuild:
        return publisher.report
    if dry_run:
        return publisher.foretell(rebuild=rebuild)
    return publisher.run(alone=alone, rebuild=rebuild, everything=everything)


class _Publisher:
    def __init__(
        self,
        record: Record,
        server: Server,
        version: Version,
        progress: Callable[[str, int, int], None],
    ) -> None:
        self.record = record
        self.server = server
        self.version = version
        self.progress = progress
        self.marks = Marks(server)
        self.stamp = self.marks.stamp()
        self.report = PublishReport(version.number, self.stamp["version"] if self.stamp else None)

    def is_there(self) -> bool:
        """Return whether the server holds the version, with nothing left to do."""
        stamp = self.stamp
        return (
            stamp is not None
            and stamp["version"] == stamp["placesVersion"] == self.version.number
            and stamp["label"] == ENTITY
            and not stamp["unfinished"]
            and self._ours(stamp)
        )

    def foretell(self, *, rebuild: bool) -> PublishReport:
        """Count what a publication would do."""
        change = None if rebuild else self._difference()
        self.report.count(change or Publication(self.record, self.version))
        if change is not None and change.size <= SMALL:
            self.report.how = "difference"
            self.report.places = change.moves.count
        else:
            self.report.how = "load" if self.stamp is None else "beside"
        return self.report

    def run(self, *, alone: bool, rebuild: bool, everything: bool) -> PublishReport:
        """Publish, alone among publishers."""
        with ThreadPoolExecutor(1) as aside:
            # A first load is made ready while the server does what comes before it.
            ahead = (
                aside.submit(Publication, self.record, self.version) if self.stamp is None else None
            )
            if not alone:  # what others broke already is told before anything is written
                create_indexes(self.server, ENTITY, "iri")
            self.marks.ensure()
            with self.marks.lock():
                self._finish()
                if everything:
                    empty(self.server)
                self.stamp = self.marks.stamp()
                change = None if rebuild else self._difference()
                if change is not None and change.size <= SMALL:
                    self._apply(change)
                else:
                    self._build(ahead)
        return self.report

    def _ours(self, stamp: dict[str, Any]) -> bool:
        """Return whether a stamp is of this record, and of the model that this release writes."""
        return stamp["record"] == self.record.identity and stamp.get("_model") == FORMAT

    def _difference(self) -> Difference | None:
        """Return the difference to what the server holds; None where that can't be told."""
        held = self._held("version")
        return None if held is None else Difference(self.record, held, self.version)

    def _held(self, which: str) -> Version | None:
        """Return a version that the stamp names, as the record has it."""
        if self.stamp is None or not self._ours(self.stamp):
            return None
        try:
            return self.record.version(self.stamp[which])
        except RecordError:
            return None

    # ── the two ways ─────────────────────────────────────────────────────────────────────────────

    def _apply(self, change: Difference) -> None:
        """Apply a difference in one transaction with the stamp; places follow."""
        assert self.stamp is not None  # noqa: S101  (a difference has two sides)
        create_indexes(self.server, ENTITY)
        self.report.how = "difference"
        self.report.count(change)
        self.report.kept += apply(self.marks, self.stamp, change)
        if change.moves.count:
            self._follow(change.moves)

    def _build(self, ahead: Future[Publication] | None) -> None:
        """Build all of a version: where nothing is, or beside what is there, which it then replaces."""
        made = ahead.result() if ahead else Publication(self.record, self.version)
        self.report.count(made)
        mark = ENTITY if self.stamp is None else NEXT
        self.marks.begin(made.version)
        load(self.server, made, mark, self.progress)
        switch(self.marks, made.stamp | {"label": mark}, made.violations)
        if mark == NEXT:
            self.report.how = "beside"
            self.report.kept += self._replace()
        else:
            self.report.how = "load"
            self.marks.finished()

    def _replace(self) -> int:
        """After a switch to the new nodes: they take the old ones' place and label."""
        kept = make_room(self.server)
        with self.marks.commit() as transaction:
            transaction.run("MATCH (t:Twin) SET t.label = 'Entity'").consume()
        unmark_new(self.server)
        self.marks.finished()
        return kept

    # ── what another publisher left ──────────────────────────────────────────────────────────────

    def _finish(self) -> None:
        """Finish or sweep what a publisher that died left behind."""
        self.stamp = stamp = self.marks.stamp()
        if stamp is None:
            sweep(self.server, ENTITY, "n._ldt IS NOT NULL")
            sweep(self.server, NEXT, "n._ldt IS NOT NULL")
        elif stamp["label"] == NEXT:
            self._replace()
        else:
            sweep(self.server, NEXT, f"NOT n:{ENTITY} AND n._ldt IS NOT NULL")
            unmark_new(self.server)
            if stamp["unfinished"]:
                self.marks.finished()
            if stamp["placesVersion"] != stamp["version"]:
                self._finish_places()

    def _finish_places(self) -> None:
        """Bring the places along of a version whose publisher died before; where they can't be told, all is built anew."""
        before, held = self._held("placesVersion"), self._held("version")
        if before is not None and held is not None:
            self._follow(moves_between(self.record, before, held))

    def _follow(self, moves: Moves) -> None:
        self.report.places += follow(self.marks, moves, self.progress)
