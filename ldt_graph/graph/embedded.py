"""The embedded store: a version of the record in DuckDB's memory, asked there."""

from __future__ import annotations

from dataclasses import asdict
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import duckdb

from ldt_graph.errors import QueryError, SettingsError
from ldt_graph.graph.entities import ontology_of, project_entities
from ldt_graph.graph.facts import network_columns
from ldt_graph.graph.names import Candidate, choose, parts, unknown
from ldt_graph.graph.store import offset
from ldt_graph.model import Entity, Page, Provenance, Relation, Value, ViolationPage
from ldt_graph.namespaces import AS_WKT, IDENTIFIER, NAME, RDF_TYPE
from ldt_graph.record import Record

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ldt_graph.graph.columns import NetworkColumns
    from ldt_graph.graph.store import CountBy
    from ldt_graph.model import EntityFilter, Version, ViolationFilter
    from ldt_graph.ontology import Ontology
    from ldt_graph.settings import Settings

_NOT_ATTRIBUTES = (IDENTIFIER, NAME, AS_WKT)


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
        start, asked = offset(after), asdict(where)
        found = self._record.violations(version, **asked, limit=first, offset=start)
        total, end = self._record.count_violations(version, **asked), start + len(found)
        return ViolationPage(tuple(found), total, str(end) if end < total else None)

    def close(self) -> None:
        """Do nothing: a record is not held open. See `Store.close`."""


class EmbeddedGraph:
    """The `Graph` of one version, held in memory; safe to ask from several threads.

    Args:
        con: A connection that holds the version's `statements` (the graph owns it from here on).
        version: The version that they are.
        ontology: The ontology of that version.
    """

    def __init__(
        self, con: duckdb.DuckDBPyConnection, version: Version, ontology: Ontology
    ) -> None:
        self._con = con
        self._version = version
        self._ontology = ontology
        project_entities(con, ontology)

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
        condition, values = self._conditions(where)
        total = self._all(f"SELECT count(*) FROM entity e WHERE {condition}", values)[0][0]
        if after is not None:
            condition, values = f"{condition} AND iri > ?", [*values, after]
        rows = self._all(f"{_ENTITY} WHERE {condition} ORDER BY iri LIMIT ?", [*values, first + 1])
        entities = self._entities(rows[:first])
        more = len(rows) > first and entities
        return Page(entities=entities, total=total, cursor=entities[-1].iri if more else None)

    def count(self, where: EntityFilter, by: CountBy) -> dict[str, int]:
        """Count matching entities by type, domain or dataset. See `Graph.count`."""
        if by not in ("type", "domain", "dataset"):
            raise QueryError(f"Can't count by {by!r}.", hint="Count by type, domain or dataset.")
        condition, values = self._conditions(where)
        sql = f"SELECT coalesce({by}, ''), count(*) FROM entity e WHERE {condition} GROUP BY 1 ORDER BY 1"
        return dict(self._all(sql, values))

    def describe(self, iri: str) -> Entity:
        """Return one entity. See `Graph.describe`."""
        rows = self._all(f"{_ENTITY} WHERE iri = ?", [iri])
        if not rows:
            raise unknown(iri, self._version.number)
        return self._entities(rows)[0]

    def relations(self, iris: Sequence[str]) -> dict[str, tuple[Relation, ...]]:
        """Return outgoing relations by entity. See `Graph.relations`."""
        rows = self._all(
            "SELECT subject, predicate, object, dataset, origin, source, row, rule FROM statements "
            "WHERE subject IN (SELECT unnest(?::VARCHAR[])) AND kind = 'iri' AND predicate <> ? "
            "AND object IN (SELECT iri FROM entity)",
            [list(iris), RDF_TYPE],
        )
        found: dict[str, set[Relation]] = {iri: set() for iri in iris}
        for subject, predicate, target, dataset, origin, source, row, rule in rows:
            provenance = Provenance(dataset, origin, source, row, rule)
            name = self._ontology.name_of(predicate)
            found[subject].add(Relation(name, predicate, target, provenance))
        return {iri: tuple(sorted(r, key=attrgetter("order"))) for iri, r in found.items()}

    def resolve(self, name: str) -> str:
        """Return the IRI that a name means. See `Graph.resolve`."""
        dataset, local = parts(name)
        rows = self._all(
            "SELECT iri, dataset, identifier FROM entity WHERE iri = ? OR identifier = ? "
            "OR (dataset = ? AND identifier = ?)",
            [name, name, dataset, local],
        )
        return choose(name, [Candidate(*r) for r in rows], self._version.number)

    def columns(self) -> NetworkColumns:
        """Return the version's network as columns. See `Graph.columns`."""
        return network_columns(self._con.cursor(), self._ontology)

    def _all(self, sql: str, values: Sequence[object]) -> list[tuple[Any, ...]]:
        return self._con.cursor().execute(sql, values).fetchall()

    def _conditions(self, where: EntityFilter) -> tuple[str, list[object]]:
        parts, values = ["TRUE"], []
        if where.type is not None:
            parts.append("id IN (SELECT id FROM entity_class WHERE name = ?)")
            present = self._all("SELECT DISTINCT name FROM entity_class", [])
            values.append(self._ontology.class_called(where.type, [n for (n,) in present]))
        for column, value in (("domain", where.domain), ("dataset", where.dataset)):
            if value is not None:
                parts.append(f"{column} = ?")
                values.append(value)
        if where.text is not None:
            parts.append("contains(searched, lower(?))")
            values.append(where.text)
        if where.iris is not None:
            parts.append("iri IN (SELECT unnest(?::VARCHAR[]))")
            values.append(list(where.iris))
        return " AND ".join(parts), values

    def _entities(self, rows: Sequence[tuple[Any, ...]]) -> tuple[Entity, ...]:
        attributes: dict[str, dict[str, set[Value]]] = {r[1]: {} for r in rows}
        found = self._all(
            "SELECT DISTINCT subject, predicate, object, datatype, lang FROM statements "
            "WHERE subject IN (SELECT unnest(?::VARCHAR[])) AND kind = 'literal' AND origin = 'observed'",
            [list(attributes)],
        )
        for subject, predicate, text, datatype, lang in found:
            if predicate not in _NOT_ATTRIBUTES:
                name = self.ontology.local_name(predicate)
                attributes[subject].setdefault(name, set()).add(Value(text, datatype, lang))
        classes: dict[int, list[str]] = {r[0]: [] for r in rows}
        for entity, class_name in self._all(
            "SELECT DISTINCT id, name FROM entity_class WHERE id IN (SELECT unnest(?::BIGINT[])) ORDER BY name",
            [list(classes)],
        ):
            classes[entity].append(class_name)
        return tuple(
            Entity(iri, identifier, name, type_, tuple(classes[i]), domain, dataset, geometry, {
                key: tuple(sorted(values, key=_value_order))
                for key, values in sorted(attributes[iri].items())
            })
            for i, iri, identifier, name, type_, domain, dataset, geometry in rows
        )  # fmt: skip


_ENTITY = "SELECT id, iri, identifier, name, type, domain, dataset, geometry FROM entity e"


def _value_order(value: Value) -> tuple[str, str, str]:
    return (value.text, value.datatype or "", value.lang or "")
