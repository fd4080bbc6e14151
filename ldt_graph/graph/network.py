"""What impact needs of a version, as integer arrays: joints that conduct, gates that must hold, buffers.

An asset is a vertex 0..n-1 in IRI order. Stores deliver `NetworkColumns`; `build` turns them into the
`Network` that the impact engine walks, so that every store shares one meaning (DESIGN §5).
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import numpy as np

from ldt_graph.graph.names import Candidate, choose, parts
from ldt_graph.model import Provenance
from ldt_graph.namespaces import LDT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    import networkx
    from numpy.typing import NDArray

    from ldt_graph.ontology import Ontology

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]

T = TypeVar("T")

UNSTATED = ""
"""The commodity of joints whose relation names none: they conduct from any `ldt:Source`."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class VertexFacts:
    """What one version's network says of its vertices beside their edges.

    Attributes:
        off: Out of service, or a switch that is open.
        buffers: (vertex, attribute IRI, hours).
        required: Vertex of a SupplyGroup → `requiredMembers`.
        sources: (vertex, commodity IRI or UNSTATED).
        population: People that an asset states, by vertex; 0 for places, whose people the assets serve.
        critical: Critical facilities, by vertex.
        storage: Storages, by vertex.
    """

    off: Bools
    buffers: Sequence[tuple[int, str, float]]
    required: dict[int, int]
    sources: Sequence[tuple[int, str]]
    population: Floats
    critical: Bools
    storage: Bools


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
        types: Local name of the most specific class, by vertex.
        domains: `energy`, `water`, ... by vertex.
    """

    iris: Sequence[str]
    edges: dict[str, Ints]
    predicates: Sequence[str]
    texts: Sequence[str]
    identifiers: Sequence[str | None]
    names: Sequence[str | None]
    types: Sequence[str]
    datasets: Sequence[str]
    domains: Sequence[str | None]


@dataclass(frozen=True, slots=True, eq=False)
class Conduction:
    """The joints of one commodity, as compressed sparse rows in both directions.

    `into[into_start[v]:into_start[v+1]]` are the vertices that feed v, `out` those that v feeds;
    `*_edge` are the statements that say so.
    """

    commodity: str
    member: Bools
    source: Bools
    into_start: Ints
    into: Ints
    into_edge: Ints
    out_start: Ints
    out: Ints
    out_edge: Ints
    bridge: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Gates:
    """Requirements: gate g of `owner[g]` holds while `required[g]` of its members work.

    Attributes:
        group: Vertex of the stated SupplyGroup, or -1 for a requirement of its own.
        bridge: Hours that the owner bridges the loss of this gate.
        member_start: Rows of `member` and `member_edge` by gate.
        of_start: Rows of `of` by vertex: the gates that it is a member of.
        sole: Whether the gate stands and falls with one member.
    """

    owner: Ints
    required: Ints
    group: Ints
    bridge: Floats
    member_start: Ints
    member: Ints
    member_edge: Ints
    of_start: Ints
    of: Ints
    sole: Bools


@dataclass(frozen=True, eq=False)
class Network:
    """The network of one version; immutable and shared between questions."""

    columns: NetworkColumns
    conductions: tuple[Conduction, ...]
    gates: Gates
    ontology: Ontology
    _made: dict[Any, Any] = field(default_factory=dict, repr=False)
    _lock: threading.RLock = field(default_factory=threading.RLock, repr=False)

    @property
    def size(self) -> int:
        """Number of vertices."""
        return len(self.columns.iris)

    @cached_property
    def index(self) -> dict[str, int]:
        """Vertex by IRI."""
        return {iri: i for i, iri in enumerate(self.columns.iris)}

    def resolve(self, name: str, version: int) -> str:
        """Return the IRI that a name means, from memory. See `Graph.resolve`."""
        dataset, local = parts(name)
        c, identified = self.columns, self._identified
        found = [self.index[name]] if name in self.index else []
        found += identified.get(name, ())
        found += [v for v in identified.get(local, ()) if c.datasets[v] == dataset]
        candidates = [Candidate(c.iris[v], c.datasets[v], c.identifiers[v]) for v in found]
        return choose(name, candidates, version)

    @cached_property
    def _identified(self) -> dict[str, list[int]]:
        vertices: dict[str, list[int]] = {}
        for vertex, identifier in enumerate(self.columns.identifiers):
            if identifier is not None:
                vertices.setdefault(identifier, []).append(vertex)
        return vertices

    @cached_property
    def places(self) -> tuple[Ints, Ints]:
        """Rows of the places that a vertex is located in: (start, place)."""
        edges = _select(self.columns, self.ontology.subproperties(LDT.locatedIn))
        subject, place = (self.columns.edges[c][edges] for c in ("subject", "object"))
        pairs = (
            np.unique(np.stack([subject, place]), axis=1) if len(edges) else np.zeros((2, 0), int)
        )
        start, order = rows(pairs[0], self.size)
        return start, pairs[1][order]

    @cached_property
    def _domains(self) -> tuple[list[str], Ints]:
        return _codes(self.columns.domains)

    @cached_property
    def _types(self) -> tuple[list[str], Ints]:
        return _codes(self.columns.types)

    @property
    def domain_names(self) -> list[str]:
        """Domains, sorted; an entity without one has `other`."""
        return self._domains[0]

    @property
    def domain_code(self) -> Ints:
        """Position in `domain_names`, by vertex."""
        return self._domains[1]

    @property
    def type_names(self) -> list[str]:
        """Most specific types, sorted."""
        return self._types[0]

    @property
    def type_code(self) -> Ints:
        """Position in `type_names`, by vertex."""
        return self._types[1]

    @cached_property
    def storages(self) -> int:
        """Number of storages that state no autonomy, so that they bridge nothing."""
        stated = {vertex for vertex, _, _ in self.columns.buffers}
        return sum(v not in stated for v in np.nonzero(self.columns.storage)[0].tolist())

    def once(self, make: Callable[[Network], T]) -> T:
        """Return `make(self)`, computed at the first call and kept as long as the network."""
        with self._lock:
            if make not in self._made:
                self._made[make] = make(self)
            return self._made[make]

    def relation_name(self, edge: int) -> str:
        """Return the local name of a statement's relation."""
        return self._relation_names[int(self.columns.edges["predicate"][edge])]

    @cached_property
    def _relation_names(self) -> list[str]:
        return [self.ontology.local_name(p) for p in self.columns.predicates]

    def relation(self, edge: int) -> str:
        """Return the relation IRI of a statement of the network."""
        return self.columns.predicates[int(self.columns.edges["predicate"][edge])]

    def commodity_name(self, edge: int) -> str | None:
        """Return the local name of the commodity that a statement's relation carries."""
        return self._commodity_names[int(self.columns.edges["predicate"][edge])]

    @cached_property
    def _commodity_names(self) -> list[str | None]:
        carried = (self.ontology.commodity_of(p) for p in self.columns.predicates)
        return [self.ontology.local_name(c) if c else None for c in carried]

    def provenance(self, edge: int) -> Provenance:
        """Return how we know a statement of the network."""
        columns, texts = self.columns.edges, self._texts
        row = int(columns["row"][edge])
        return Provenance(
            dataset=texts[columns["dataset"][edge]] or "",
            origin="inferred" if columns["inferred"][edge] else "observed",
            source=texts[columns["source"][edge]],
            row=row if row >= 0 else None,
            rule=texts[columns["rule"][edge]],
        )

    @cached_property
    def _texts(self) -> list[str | None]:
        return [*self.columns.texts, None]  # -1 stands for none

    def to_networkx(self) -> networkx.MultiDiGraph:
        """Return the network as a networkx graph: edges point from supplier to dependent."""
        from ldt_graph.errors import MissingExtra

        try:
            import networkx
        except ImportError:
            raise MissingExtra(
                "Network.to_networkx needs networkx.", hint="pip install 'ldt-graph[networkx]'."
            ) from None
        graph = networkx.MultiDiGraph()
        iris = self.columns.iris
        graph.add_nodes_from(
            (iri, {"off": bool(self.columns.off[i])}) for i, iri in enumerate(iris)
        )
        edges = self.columns.edges
        for i, (s, o) in enumerate(zip(edges["subject"], edges["object"], strict=True)):
            graph.add_edge(iris[o], iris[s], relation=self.ontology.local_name(self.relation(i)))
        return graph


def network_relations(ontology: Ontology) -> list[str]:
    """Return every relation that the network reads, sorted."""
    roots = (LDT.joins, LDT.directlyDependsOn, LDT.hasRequirement, LDT.hasMember, LDT.locatedIn)
    return sorted(frozenset().union(*(ontology.subproperties(p) for p in roots)))


def build(columns: NetworkColumns, ontology: Ontology) -> Network:
    """Turn a store's columns into the network: conduction by commodity, gates, and bridges."""
    return Network(
        columns=columns,
        conductions=tuple(_conductions(columns, ontology)),
        gates=_gates(columns, ontology),
        ontology=ontology,
    )


def rows(keys: Ints, size: int) -> tuple[Ints, Ints]:
    """Return (start, order): `order[start[k]:start[k+1]]` are the positions that hold key k, in order."""
    order = np.argsort(keys, kind="stable")
    start = np.zeros(size + 1, dtype=np.int64)
    np.cumsum(np.bincount(keys, minlength=size), out=start[1:])
    return start, order


def _codes(names: Sequence[str | None]) -> tuple[list[str], Ints]:
    words = sorted({n or "other" for n in names})
    number = {w: i for i, w in enumerate(words)}
    return words, np.fromiter((number[n or "other"] for n in names), np.int64, len(names))


def _most_specific(columns: NetworkColumns, keep: Ints, ontology: Ontology) -> Ints:
    """Leave out what the hierarchy repeats: a relation between a pair that a relation below it joins too.

    So an explanation names what the source said, not what was inferred from it. Of equal statements
    the observed one stays.
    """
    edges = columns.edges
    order = np.lexsort(
        (
            edges["inferred"][keep],
            edges["predicate"][keep],
            edges["object"][keep],
            edges["subject"][keep],
        )
    )
    keep = keep[order]
    pair = edges["subject"][keep] * len(columns.iris) + edges["object"][keep]
    predicate = edges["predicate"][keep]
    stays = np.ones(len(keep), dtype=bool)
    stays[1:] = (pair[1:] != pair[:-1]) | (predicate[1:] != predicate[:-1])
    for number, relation in enumerate(columns.predicates):
        strictly_below = ontology.subproperties(relation) - ontology.superproperties(relation)
        below = np.array([p in strictly_below for p in columns.predicates], dtype=bool)
        if below.any():
            own = np.nonzero(predicate == number)[0]
            stays[own[np.isin(pair[own], pair[below[predicate]])]] = False
    return keep[stays]


def _select(columns: NetworkColumns, wanted: frozenset[str]) -> Ints:
    ids = np.array([p in wanted for p in columns.predicates], dtype=bool)
    if not len(ids):
        return np.zeros(0, dtype=np.int64)
    return np.nonzero(ids[columns.edges["predicate"]])[0]


def _buffer_hours(columns: NetworkColumns, attributes: set[str]) -> Floats:
    hours = np.zeros(len(columns.iris))
    for vertex, attribute, value in columns.buffers:
        if attribute in attributes:
            hours[vertex] = max(hours[vertex], value)
    return hours


def _conductions(columns: NetworkColumns, ontology: Ontology) -> list[Conduction]:
    both, one_way = ontology.subproperties(LDT.connectedTo), ontology.subproperties(LDT.conductsTo)
    by_commodity: dict[str, set[str]] = {}
    for predicate in columns.predicates:
        if predicate in both or predicate in one_way:
            commodity = ontology.commodity_of(predicate) or UNSTATED
            by_commodity.setdefault(commodity, set()).add(predicate)
    all_edges = _most_specific(columns, _select(columns, both | one_way), ontology)
    result = []
    for commodity in sorted(by_commodity):
        predicates = by_commodity[commodity]
        chosen = np.array([p in predicates for p in columns.predicates], dtype=bool)
        edges = all_edges[chosen[columns.edges["predicate"][all_edges]]]
        if len(edges):
            directed = np.array([p in one_way for p in columns.predicates], dtype=bool)
            bridging = {a for a, ps in ontology.bridges().items() if ps & predicates}
            result.append(
                _conduction(columns, commodity, edges, directed, _buffer_hours(columns, bridging))
            )
    return result


def _conduction(
    columns: NetworkColumns, commodity: str, edges: Ints, directed: Bools, bridge: Floats
) -> Conduction:
    n = len(columns.iris)
    subject, obj = columns.edges["subject"][edges], columns.edges["object"][edges]
    backwards = ~directed[columns.edges["predicate"][edges]]
    tail = np.concatenate([subject, obj[backwards]])
    head = np.concatenate([obj, subject[backwards]])
    edge = np.concatenate([edges, edges[backwards]])
    member = np.zeros(n, dtype=bool)
    member[tail] = member[head] = True
    source = np.zeros(n, dtype=bool)
    source[
        [v for v, c in columns.sources if commodity == UNSTATED or c in (commodity, UNSTATED)]
    ] = True
    out_start, out_order = rows(tail, n)
    into_start, into_order = rows(head, n)
    return Conduction(
        commodity=commodity,
        member=member,
        source=source & member,
        into_start=into_start,
        into=tail[into_order],
        into_edge=edge[into_order],
        out_start=out_start,
        out=head[out_order],
        out_edge=edge[out_order],
        bridge=bridge,
    )


def _gates(columns: NetworkColumns, ontology: Ontology) -> Gates:
    """Collect the stated groups, then one assumed gate for every dependency that no group covers."""
    edges = columns.edges
    depends = _most_specific(
        columns, _select(columns, ontology.subproperties(LDT.directlyDependsOn)), ontology
    )
    hours = {a: _buffer_hours(columns, {a}) for a in ontology.bridges()}
    stated = _stated(columns, ontology, depends, hours)
    alone = depends[~np.isin(depends, stated.covered)]
    bridge = np.zeros(len(alone))
    for attribute, relations in ontology.bridges().items():
        hit = np.array([p in relations for p in columns.predicates], dtype=bool)
        applies = hit[edges["predicate"][alone]] if len(alone) else np.zeros(0, dtype=bool)
        bridge = np.maximum(
            bridge, np.where(applies, hours[attribute][edges["subject"][alone]], 0.0)
        )
    ones = np.ones(len(alone), dtype=np.int64)
    counts = np.concatenate([_ints(map(len, stated.members)), ones])
    required = np.concatenate([_ints(stated.required), ones])
    flat = [pair for members in stated.members for pair in members]
    member = np.concatenate([_ints(m for m, _ in flat), edges["object"][alone]])
    of_start, of_order = rows(member, len(columns.iris))
    return Gates(
        owner=np.concatenate([_ints(stated.owner), edges["subject"][alone]]),
        required=required,
        group=np.concatenate([_ints(stated.group), -ones]),
        bridge=np.concatenate([np.array(stated.bridge, dtype=float), bridge]),
        member_start=np.concatenate([_ints([0]), np.cumsum(counts)]),
        member=member,
        member_edge=np.concatenate([_ints(e for _, e in flat), alone]),
        of_start=of_start,
        of=np.repeat(np.arange(len(counts)), counts)[of_order],
        sole=(counts == 1) & (required == 1),
    )


class _Stated(NamedTuple):
    """The gates of stated groups, position by position; and the statements (`covered`) that need no gate of their own."""

    owner: list[int]
    required: list[int]
    group: list[int]
    bridge: list[float]
    members: list[list[tuple[int, int]]]
    covered: Ints


def _stated(
    columns: NetworkColumns, ontology: Ontology, depends: Ints, hours: dict[str, Floats]
) -> _Stated:
    """Collect the gates of the stated groups.

    Args:
        columns: Of the network.
        ontology: What its predicates mean.
        depends: The statements of direct dependency.
        hours: Buffer attribute → hours by vertex.
    """
    edges = columns.edges
    has_requirement, has_member = (
        _most_specific(columns, _select(columns, ontology.subproperties(relation)), ontology)
        for relation in (LDT.hasRequirement, LDT.hasMember)
    )
    members: dict[int, list[tuple[int, int]]] = {}
    for e in has_member.tolist():
        members.setdefault(int(edges["subject"][e]), []).append((int(edges["object"][e]), e))
    edges_of: dict[tuple[int, int], list[int]] = {}
    owned = np.isin(edges["subject"][depends], edges["subject"][has_requirement])
    for e in depends[owned].tolist():
        edges_of.setdefault((int(edges["subject"][e]), int(edges["object"][e])), []).append(e)
    bridges = ontology.bridges()
    found, covered = _Stated([], [], [], [], [], depends[:0]), set[int]()
    for e in has_requirement.tolist():
        asset, group = int(edges["subject"][e]), int(edges["object"][e])
        listed = members.get(group, [])
        own = {e for m, _ in listed for e in edges_of.get((asset, m), [])}
        covered |= own
        relations = {columns.predicates[int(edges["predicate"][x])] for x in own}
        applying = [float(hours[a][asset]) for a, ps in bridges.items() if ps & relations]
        found.owner.append(asset)
        found.required.append(columns.required.get(group, len(listed)))
        found.group.append(group)
        found.bridge.append(max([0.0, *applying, *(float(h[group]) for h in hours.values())]))
        found.members.append([(m, edges_of.get((asset, m), [me])[0]) for m, me in listed])
    return found._replace(covered=_ints(covered))


def _ints(values: Iterable[int]) -> Ints:
    return np.fromiter(values, dtype=np.int64)
