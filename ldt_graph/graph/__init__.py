"""The relationship graph of one version of the twin: one Protocol, several stores, one set of answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ldt_graph.graph.network import Network
    from ldt_graph.model import Entity, EntityFilter, Page, Relation, Version

CountBy = Literal["type", "domain", "dataset"]


class Graph(Protocol):
    """A version of the twin that can be asked. Every answer is ordered, so that stores can be compared."""

    @property
    def version(self) -> Version:
        """The version that every answer of this object comes from."""
        ...

    def find(self, where: EntityFilter, *, first: int, after: str | None = None) -> Page:
        """Return a page of the entities that match, in IRI order, after the IRI `after`."""
        ...

    def count(self, where: EntityFilter, by: CountBy) -> dict[str, int]:
        """Count matching entities by most specific type, domain or dataset; keys sorted."""
        ...

    def relations(self, iris: Sequence[str]) -> dict[str, tuple[Relation, ...]]:
        """Return the outgoing relations of each entity, sorted by name and target."""
        ...

    def resolve(self, name: str) -> str:
        """Return the IRI that a name means: an IRI, a CURIE `dataset:identifier`, or an identifier.

        Raises:
            UnknownEntity: Nothing has that name; the message says how to search.
            AmbiguousEntity: Several datasets have it; the message lists the CURIEs.
        """
        ...

    def describe(self, iri: str) -> Entity:
        """Return one entity.

        Raises:
            UnknownEntity: The version has no such entity.
        """
        ...

    def network(self) -> Network:
        """Return what impact needs, as integer arrays; built once per version."""
        ...
