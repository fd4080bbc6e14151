"""Requirements whose loss degrades an asset instead of failing it: what the ontology says of its class."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from ldt_graph.impact.structure.network import Conduction, Gates, select
from ldt_graph.impact.structure.rows import gather
from ldt_graph.namespaces import LDT

if TYPE_CHECKING:
    from ldt_graph.graph.columns import Bools, Ints, NetworkColumns
    from ldt_graph.ontology import Ontology


def soften(gates: Gates, columns: NetworkColumns, ontology: Ontology) -> Gates:
    """Mark the gates that only degrade their owner: all their members are named by relations that it is degraded without.

    A group that alone names its members is one that its owner is degraded without where that is said of its
    `hasRequirement`, or of a relation below it.
    """
    if not columns.degraded:
        return gates
    codes = _Codes(columns, ontology)
    entry, gate = gather(gates.member_start, np.arange(len(gates.owner)))
    edge, owner = gates.member_edge[entry], gates.owner[gate]
    grouped = np.isin(edge, select(columns, ontology.subproperties(LDT.hasMember)))
    soft = codes.hit(owner, columns.edges["predicate"][edge])
    if grouped.any():
        required = codes.requirements(gates.owner, gates.group)
        soft[grouped] = required[gate[grouped]]
    every = np.bincount(gate, minlength=len(gates.owner))
    found = (np.bincount(gate[soft], minlength=len(gates.owner)) == every) & (every > 0)
    return replace(gates, soft=found) if found.any() else gates


def soften_supply(made: Conduction, columns: NetworkColumns, ontology: Ontology) -> Conduction:
    """Mark the members of a network that its loss only degrades: all that joins them is by relations that they are degraded without."""
    if not columns.degraded:
        return made
    codes, n = _Codes(columns, ontology), len(columns.iris)
    vertex = np.repeat(np.arange(n), np.diff(made.into_start))
    hit = codes.hit(vertex, columns.edges["predicate"][made.into_edge])
    fed = np.diff(made.into_start)
    soft = (np.bincount(vertex[hit], minlength=n) == fed) & (fed > 0) & ~made.source
    return replace(made, soft=soft) if soft.any() else made


class _Codes:
    """Which vertex is degraded without which relation, as numbers of pairs."""

    def __init__(self, columns: NetworkColumns, ontology: Ontology) -> None:
        self._columns, self._ontology = columns, ontology
        number = {p: i for i, p in enumerate(columns.predicates)}
        self._size = max(len(number), 1)
        below = {
            r: [number[p] for p in ontology.subproperties(r) if p in number]
            for r in {r for _, r in columns.degraded}
        }
        pairs = {v * self._size + p for v, r in columns.degraded for p in below[r]}
        self._pairs = np.array(sorted(pairs), dtype=np.int64)

    def hit(self, vertex: Ints, predicate: Ints) -> Bools:
        """Return which vertices are degraded without which relations, pair by pair."""
        return np.isin(vertex * self._size + predicate, self._pairs)

    def requirements(self, owner: Ints, group: Ints) -> Bools:
        """Return which owners are degraded without their group."""
        edges = self._columns.edges
        said = select(self._columns, self._ontology.subproperties(LDT.hasRequirement))
        said = said[self.hit(edges["subject"][said], edges["predicate"][said])]
        n = len(self._columns.iris)
        return np.isin(owner * n + group, edges["subject"][said] * n + edges["object"][said])
