"""What a store delivers of a version's network: integer columns and small dictionaries, the same from every store.

An asset is a vertex 0..n-1 in IRI order. What the columns mean is compiled from them once, for all stores
(`ldt_graph.impact.structure.compile`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from ldt_graph.ontology import Ontology

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]

UNSTATED = ""
"""The commodity of joints whose relation names none: they conduct from any `ldt:Source`."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class VertexFacts:
    """What one version's network says of its vertices beside their edges.

    Attributes:
        off: Out of service, or a switch that is open; stand-by too.
        standby: (vertex, a rule that starts it or no text), sorted: what does not run and can be started.
        buffers: (vertex, attribute IRI, hours).
        required: Vertex of a SupplyGroup → `requiredMembers`.
        required_shares: Vertex of a SupplyGroup → `requiredShare`.
        shares: Vertex of a Membership → `share`.
        sources: (vertex, commodity IRI or UNSTATED).
        population: People that an asset or place states, by vertex; who of them lives where is `ldt_graph.impact.structure.homes`.
        critical: Critical facilities, by vertex.
        storage: Storages, by vertex.
        holds: (vertex, attribute IRI, what a storage holds now above its least), sorted.
        draws: (vertex, attribute IRI, what it takes an hour), sorted.
        provides: (vertex, attribute IRI, the most that a source gives an hour), sorted.
        profiles: (vertex, the hourly factors of its demand as text), sorted.
        travel: (vertex, attribute IRI, value), sorted: how a road link or node is passed; 1 for what is true.
        degraded: (vertex, relation IRI), sorted: what its loss degrades, and does not fail.
        gaps: (vertex, what the build set aside of what it says to the network), sorted.
    """

    off: Bools
    buffers: Sequence[tuple[int, str, float]]
    required: dict[int, int]
    sources: Sequence[tuple[int, str]]
    population: Floats
    critical: Bools
    storage: Bools
    standby: Sequence[tuple[int, str]] = ()
    holds: Sequence[tuple[int, str, float]] = ()
    draws: Sequence[tuple[int, str, float]] = ()
    provides: Sequence[tuple[int, str, float]] = ()
    profiles: Sequence[tuple[int, str]] = ()
    degraded: Sequence[tuple[int, str]] = ()
    gaps: Sequence[tuple[int, str]] = ()
    travel: Sequence[tuple[int, str, float]] = ()
    required_shares: Mapping[int, float] = field(default_factory=dict)
    shares: Mapping[int, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class NetworkColumns(VertexFacts):
    """One version's network as a store delivers it.

    Attributes:
        iris: Entities in IRI order; a vertex is a position in this list.
        edges: Columns `subject`, `object`, `predicate` (into `predicates`), `row` (-1 for none),
            `source`, `rule`, `dataset` (into `texts`, -1 for none); one entry per statement.
        predicates: Relation IRIs.
        texts: Dictionary of the provenance columns.
        identifiers: The id that the source gave, by vertex.
        names: Label, by vertex.
        datasets: The dataset that describes it, by vertex.
        types: Name of the most specific class, by vertex.
        domains: `energy`, `water`, ... by vertex.
    """

    iris: Sequence[str]
    edges: Mapping[str, Ints]
    predicates: Sequence[str]
    texts: Sequence[str]
    identifiers: Sequence[str | None]
    names: Sequence[str | None]
    types: Sequence[str]
    datasets: Sequence[str]
    domains: Sequence[str | None]


def network_relations(ontology: Ontology) -> list[str]:
    """Return every relation that the network reads, sorted."""
    return sorted(ontology.network)
