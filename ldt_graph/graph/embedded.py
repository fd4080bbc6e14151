"""The embedded store: versions of a record, loaded into memory as columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np

from ldt_graph.errors import QueryError, SettingsError
from ldt_graph.graph.entities import ontology_of, project_entities
from ldt_graph.graph.facts import network_columns, vertex_facts
from ldt_graph.graph.names import choose, search, unknown
from ldt_graph.graph.relations import Relations
from ldt_graph.graph.store import offset
from ldt_graph.graph.table import EntityTable
from ldt_graph.model import Page, ViolationPage
from ldt_graph.record import Record

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ldt_graph.graph.columns import NetworkColumns
    from ldt_graph.graph.store import CountBy, Direction
    from ldt_graph.model import (
        Entity,
        EntityFilter,
        Relation,
        Version,
        ViolationFilter,
        ViolationGroup,
    )
    from ldt_graph.ontology import Ontology
    from ldt_graph.settings import Settings


class EmbeddedStore:
    """The `Store` that reads a record; its graphs are loaded into memory.

    Args:
        record: Location of the record; its first version may still be in the making.
        settings: Not needed here.

    Raises:
        SettingsError: No record is named.
    """

    def __init__(self, record: str | None, settings: Settings | None = None) -> None:
        if record is None:
            raise SettingsError(
                "The embedded store reads a record, and none is named.",
                hint="Give --record, or the folder of a twin.",
            )
        self._record = Record(record)

    def mark(self) -> int:
        """Return the newest version's number. See `Store.mark`."""
        return self._record.newest()

    def open(self, version: Version | None = None) -> EmbeddedGraph:
        """Load a version; linear in its statements. See `Store.open`."""
        return EmbeddedGraph.open(self._record, version)

    def versions(self) -> list[Version]:
        """Return the record's versions. See `Store.versions`."""
        return self._record.versions()

    def datasets(self, version: Version) -> Sequence[Mapping[str, Any]]:
        """Return each dataset's counts. See `Store.datasets`."""
        return self._record.metadata(version).get("datasets", [])

    def violations(
        self,
        version: Version,
        where: ViolationFilter,
        *,
        first: int | None = None,
        after: str | None = None,
    ) -> ViolationPage:
        """Return a page of violations. See `Store.violations`."""
        start, asked = offset(after), where.asked
        found = self._record.violations(version, **asked, limit=first, offset=start)
        total, end = self._record.count_violations(version, **asked), start + len(found)
        return ViolationPage(tuple(found), total, str(end) if end < total else None)

    def violation_groups(
        self, version: Version, where: ViolationFilter, by: Sequence[str]
    ) -> list[ViolationGroup]:
        """Return violations by what they share. See `Store.violation_groups`."""
        return self._record.group_violations(version, by, **where.asked)

    def close(self) -> None:
        """Do nothing: a record is not held open. See `Store.close`."""


class EmbeddedGraph:
    """The `Graph` of one version, held in memory; safe to ask from several threads.

    Args:
        con: A connection that holds the version's `statements`; it is used up and closed.
        version: The version that they are.
        ontology: The ontology of that version.
    """

    def __init__(
        self, con: duckdb.DuckDBPyConnection, version: Version, ontology: Ontology
    ) -> None:
        self._version = version
        self._ontology = ontology
        project_entities(con, ontology)
        self._table = EntityTable(con, ontology)
        self._relations = Relations.read(con, len(self._table))
        self._facts = vertex_facts(con, ontology, len(self._table))
        con.close()

    @classmethod
    def open(cls, record: Record, version: Version | None = None) -> EmbeddedGraph:
        """Load a version of the record, the newest unless one is given.

        Raises:
            RecordError: There is no record, or it can't be read.
        """
        version = version or record.version(None)
        con = duckdb.connect()
        record.load(con, version)
        return cls(con, version, ontology_of(con))

    @property
    def version(self) -> Version:
        """The version that every answer comes from."""
        return self._version

    @property
    def ontology(self) -> Ontology:
        """The ontology of that version."""
        return self._ontology

    def find(self, where: EntityFilter, *, first: int, after: str | None = None) -> Page:
        """Return a page of matching entities in IRI order. See `Graph.find`."""
        if first < 0:
            raise QueryError(f"A page can't have {first} entities.", hint="Ask for 0 or more.")
        ids, start = self._table.matching(where), self._table.after(after) if after else 0
        total = len(self._table) if ids is None else len(ids)
        if ids is None:
            ids, start = np.arange(start, min(start + first + 1, total)), 0
        elif start:
            start = int(np.searchsorted(ids, start))
        entities = self._table.entities(ids[start : start + first])
        more = len(ids) > start + first and entities
        return Page(entities, total, entities[-1].iri if more else None)

    def count(self, where: EntityFilter, by: CountBy) -> dict[str, int]:
        """Count matching entities by type, domain or dataset. See `Graph.count`."""
        if by not in ("type", "domain", "dataset"):
            raise QueryError(f"Can't count by {by!r}.", hint="Count by type, domain or dataset.")
        return self._table.counts(self._table.matching(where), by)

    def describe(self, iri: str) -> Entity:
        """Return one entity. See `Graph.describe`."""
        entity = self._table.index(iri)
        if entity is None:
            raise unknown(iri, self._version.number)
        return self._table.entities(np.array([entity]))[0]

    def relations(
        self, iris: Sequence[str], direction: Direction = "out"
    ) -> dict[str, tuple[Relation, ...]]:
        """Return the relations from or to each entity. See `Graph.relations`."""
        found = {iri: self._table.index(iri) for iri in iris}
        return {
            iri: ()
            if entity is None
            else self._relations.of(entity, direction, self._table.iri, self._ontology)
            for iri, entity in found.items()
        }

    def resolve(self, name: str) -> str:
        """Return the IRI that a name means. See `Graph.resolve`."""
        return choose(
            name, self._table.called(name), self._version.number, lambda text: search(self, text)
        )

    def columns(self) -> NetworkColumns:
        """Return the version's network as columns. See `Graph.columns`."""
        return network_columns(self._table, self._relations, self._facts, self._ontology)
