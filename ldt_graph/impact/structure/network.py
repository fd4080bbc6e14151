"""The network that the impact engine walks: joints that conduct, gates that must hold, buffers (DESIGN §5)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from ldt_graph.graph.names import Directory
from ldt_graph.impact.structure.longer import said
from ldt_graph.impact.structure.roomy import ROOM, narrowed, widened
from ldt_graph.impact.structure.rows import gather, rows, sorted_rows
from ldt_graph.model import Provenance
from ldt_graph.namespaces import LDT
from ldt_graph.naming import as_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ldt_graph.graph.columns import Bools, Floats, Ints, NetworkColumns
    from ldt_graph.impact.structure.stores import Stores
    from ldt_graph.ontology import Ontology


_BY_VERTEX = ("member", "source", "into_start", "out_start", "bridge", "soft")
_STORED = ("demand", "profile")
_PROVENANCE = ("dataset", "inferred", "source", "row", "rule")

Reading = Literal["any", "all", "direct"]
"""How dependencies are read that no group and no axiom covers: the loss of `any` one stops what needs it; only that of
`all` of one relation does; or `any` does, and nothing is looked at but what hangs on the seeds themselves (`direct`)."""
READINGS: tuple[Reading, ...] = get_args(Reading)


@dataclass(frozen=True, eq=False)
class Conduction:
    """The joints of one commodity, as compressed sparse rows in both directions.

    `into[into_start[v]:into_start[v+1]]` are the vertices that feed v, `out` those that v feeds;
    `*_edge` are the statements that say so. `stores` are its storages, if any states what it holds; `notes` say what of
    them does not count. What is `soft` is degraded without the commodity and does not fail; it passes nothing on then.
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
    stores: Stores | None = None
    soft: Bools | None = None
    notes: tuple[str, ...] = ()

    def wider(self, more: int) -> Conduction:
        """Return the same joints among so many vertices more. A few more cost next to nothing from the second time on."""
        if not more:
            return self
        roomy = self._roomy if more <= ROOM else self._widened(more)
        size = len(self.member) + more
        made = narrowed(roomy, {n: size + n.endswith("_start") for n in _BY_VERTEX})
        if made.stores is None:
            return made
        return replace(made, stores=narrowed(made.stores, dict.fromkeys(_STORED, size)))

    @cached_property
    def _roomy(self) -> Conduction:
        return self._widened(ROOM)

    def _widened(self, more: int) -> Conduction:
        ends = {
            n: len(self.into if n == "into_start" else self.out) * n.endswith("_start")
            for n in _BY_VERTEX
        }
        made = widened(self, ends, more)
        if made.stores is None:
            return made
        return replace(made, stores=widened(made.stores, dict.fromkeys(_STORED, 0), more))

    @cached_property
    def both_ways(self) -> bool:
        """Whether every joint conducts both ways."""
        return np.array_equal(self.into_start, self.out_start) and np.array_equal(
            sorted_rows(self.into_start, self.into), sorted_rows(self.out_start, self.out)
        )


@dataclass(frozen=True, slots=True, eq=False)
class Gates:
    """Requirements: gate g of `owner[g]` holds while what its members that work count comes to `required[g]`.

    Attributes:
        required: So many members; millionths of the whole, where members count by their share.
        group: Vertex of the stated SupplyGroup, or -1 where none is.
        axiom: Position in `axioms` of the relation of which an axiom says how many suffice, or it is read so; or -1.
        axioms: IRIs of these relations.
        bridge: Hours that the owner bridges the loss of this gate.
        member_start: Rows of `member` and `member_edge` by gate.
        of_start: Rows of `of` by vertex: the gates that it is a member of.
        sole: Whether the gate stands and falls with one member.
        shared: Whether members count by their share, by gate.
        weight: What each of `member` counts; None where each counts one.
        soft: Gates whose loss degrades their owner, and does not fail it; None where there are none.
        altered: Gates that require something else than in the city that these were changed from; None where there is none.
    """

    owner: Ints
    required: Ints
    group: Ints
    axiom: Ints
    axioms: tuple[str, ...]
    bridge: Floats
    member_start: Ints
    member: Ints
    member_edge: Ints
    of_start: Ints
    of: Ints
    sole: Bools
    shared: Bools
    weight: Ints | None = None
    soft: Bools | None = None
    altered: Ints | None = None

    def members(self, gate: int) -> Ints:
        """Return the members of a gate, as stated."""
        return self.member[self.member_start[gate] : self.member_start[gate + 1]]

    def weights(self, gate: int) -> Ints:
        """Return what each of its members counts."""
        if self.weight is None:
            return np.ones(len(self.members(gate)), dtype=np.int64)
        return self.weight[self.member_start[gate] : self.member_start[gate + 1]]

    def weighs(self, entry: Ints) -> Ints:
        """Return what members count, by their positions in `member`."""
        return np.ones(len(entry), dtype=np.int64) if self.weight is None else self.weight[entry]

    def tipping(self, gate: int, gone: Sequence[int], on: Bools) -> int:
        """Return how many of the members that went, in their order, had to go until too few were left.

        Args:
            gate: Which.
            gone: Its members that went.
            on: What worked before.
        """
        members, weights = self.members(gate), self.weights(gate)
        spare = int(weights[on[members]].sum()) - int(self.required[gate])
        lost = np.cumsum([int(weights[members == m].sum()) for m in gone])
        return min(int(np.searchsorted(lost, spare, side="right")) + 1, len(gone))


@dataclass(frozen=True, eq=False)
class Network:
    """The network of one version; immutable and shared between questions.

    Attributes:
        idle: What is on stand-by.
        reading: How its dependencies are read that no group and no axiom covers.
        base: The network that it was changed from, with whose statements and vertices its own begin.
    """

    columns: NetworkColumns
    conductions: tuple[Conduction, ...]
    gates: Gates
    ontology: Ontology
    idle: Bools
    reading: Reading = "any"
    base: Network | None = None

    @property
    def notes(self) -> tuple[str, ...]:
        """What it could not be made of, in sentences."""
        return tuple(note for joints in self.conductions for note in joints.notes)

    @property
    def size(self) -> int:
        """Number of vertices."""
        return len(self.columns.iris)

    @cached_property
    def directory(self) -> Directory:
        """What its names mean."""
        if self._same_vertices is not None:
            return self._same_vertices.directory
        c, known = self.columns, self.base.directory if self.base else None
        return Directory(c.iris, c.identifiers, c.datasets, known)

    def vertex(self, iri: str) -> int:
        """Return the vertex of an IRI.

        Raises:
            UnknownEntity: It is not in this version.
        """
        vertex = self.directory.index.get(iri)
        if vertex is None:
            raise self.directory.unknown(iri)
        return vertex

    @cached_property
    def _same_vertices(self) -> Network | None:
        """The network that it was changed from, if that has the same vertices."""
        return self.base if self.base and self.base.size == self.size else None

    @cached_property
    def _same_statements(self) -> Network | None:
        """The network that it was changed from, if that has the same vertices and statements."""
        base = self._same_vertices
        return base if base and base.columns.edges is self.columns.edges else None

    @cached_property
    def places(self) -> tuple[Ints, Ints]:
        """Rows of the places that a vertex is located in: (start, place)."""
        if self._same_statements is not None:
            return self._same_statements.places
        edges = select(self.columns, self.ontology.subproperties(LDT.locatedIn))
        subject, place = (self.columns.edges[c][edges] for c in ("subject", "object"))
        pairs = (
            np.unique(np.stack([subject, place]), axis=1) if len(edges) else np.zeros((2, 0), int)
        )
        start, order = rows(pairs[0], self.size)
        return start, pairs[1][order]

    @cached_property
    def roads(self) -> Bools:
        """What is a road link or a road node."""
        if self._same_statements is not None:
            return self._same_statements.roads
        found = np.zeros(self.size, dtype=bool)
        below = self.ontology.subproperties
        ends = select(self.columns, below(LDT.fromNode) | below(LDT.toNode))
        for end in ("subject", "object"):
            found[self.columns.edges[end][ends]] = True
        return found

    @cached_property
    def _domains(self) -> tuple[list[str], Ints]:
        base = self._same_vertices
        return _codes(self.columns.domains) if base is None else base._domains

    @cached_property
    def _types(self) -> tuple[list[str], Ints]:
        base = self._same_vertices
        return _codes(self.columns.types) if base is None else base._types

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
        """Number of storages that state neither what they hold nor autonomy, so that they bridge nothing."""
        stated = {vertex for vertex, _, _ in self.columns.buffers}
        stated.update(v for c in self.conductions if c.stores for v in c.stores.vertex.tolist())
        return sum(v not in stated for v in np.nonzero(self.columns.storage)[0].tolist())

    def relation_name(self, edge: int) -> str:
        """Return the name of a statement's relation."""
        return self._relation_names[said(self.columns, "predicate", edge)]

    @cached_property
    def _relation_names(self) -> list[str]:
        return [self.ontology.name_of(p) for p in self.columns.predicates]

    def spoken_relation(self, name: str) -> str:
        """Return how people call the relation of this name."""
        return self._spoken_relations.get(name) or as_words(name)

    @cached_property
    def _spoken_relations(self) -> dict[str, str]:
        ontology = self.ontology
        return {ontology.name_of(p): _spoken(ontology, p) for p in self.columns.predicates}

    def spoken_type(self, vertex: int) -> str:
        """Return how people call the most specific class of a vertex."""
        return self._spoken_types[self._types[1][vertex]]

    @cached_property
    def _spoken_types(self) -> list[str]:
        classes = ((name, self.ontology.class_of(name)) for name in self.type_names)
        return [_spoken(self.ontology, c) if c else as_words(name) for name, c in classes]

    def relation(self, edge: int) -> str:
        """Return the relation IRI of a statement of the network."""
        return self.columns.predicates[said(self.columns, "predicate", edge)]

    def commodity_name(self, edge: int) -> str | None:
        """Return the local name of the commodity that a statement's relation carries."""
        return self._commodity_names[said(self.columns, "predicate", edge)]

    @cached_property
    def _commodity_names(self) -> list[str | None]:
        carried = (self.ontology.commodity_of(p) for p in self.columns.predicates)
        return [self.ontology.local_name(c) if c else None for c in carried]

    def provenance(self, edge: int) -> Provenance:
        """Return how we know a statement of the network."""
        told = {n: said(self.columns, n, edge) for n in _PROVENANCE}
        texts = self._texts
        return Provenance(
            dataset=texts[told["dataset"]] or "",
            origin="inferred" if told["inferred"] else "observed",
            source=texts[told["source"]],
            row=told["row"] if told["row"] >= 0 else None,
            rule=texts[told["rule"]],
        )

    @cached_property
    def _texts(self) -> list[str | None]:
        return [*self.columns.texts, None]  # -1 stands for none


def _spoken(ontology: Ontology, iri: str) -> str:
    """Return the label of a class or relation, or its local name as words."""
    label, local = ontology.label(iri), ontology.local_name(iri)
    return as_words(local) if label == local else label


def working(network: Network, gates: Ints, works: Bools) -> Ints:
    """Return what the members of each gate that work count."""
    entry, which = gather(network.gates.member_start, gates)
    works, weight = works[network.gates.member[entry]], network.gates.weight
    if weight is None:
        return np.bincount(which[works], minlength=len(gates))
    counted = np.bincount(which[works], weight[entry[works]], minlength=len(gates))
    return counted.astype(np.int64)  # exact: sums of millionths stay far below 2**53


def sole(required: Ints, start: Ints, weight: Ints | None) -> Bools:
    """Return which gates stand and fall with one member. See `Gates` for the columns."""
    one = np.diff(start) == 1
    counts = np.ones(len(required), dtype=np.int64)
    if weight is not None:
        counts[one] = weight[start[:-1][one]]
    return one & (required > 0) & (required <= counts)


def _codes(names: Sequence[str | None]) -> tuple[list[str], Ints]:
    words = sorted({n or "other" for n in names})
    number = {w: i for i, w in enumerate(words)}
    return words, np.fromiter((number[n or "other"] for n in names), np.int64, len(names))


def select(columns: NetworkColumns, wanted: frozenset[str]) -> Ints:
    """Return the statements of these relations, in order."""
    ids = np.array([p in wanted for p in columns.predicates], dtype=bool)
    if not len(ids):
        return np.zeros(0, dtype=np.int64)
    return np.nonzero(ids[columns.edges["predicate"]])[0]
