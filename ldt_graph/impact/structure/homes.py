"""Where people live, each person once: what a place states, less what the homes in it state (DESIGN §5)."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from ldt_graph.impact.structure.network import select
from ldt_graph.impact.structure.rows import entries, gather, rows
from ldt_graph.namespaces import LDT

if TYPE_CHECKING:
    from ldt_graph.graph.columns import Bools, Floats, Ints
    from ldt_graph.impact.structure.network import Network

Rows = tuple["Ints", "Ints"]


class Homes:
    """Who lives where in one network; immutable, shared between questions.

    People live in the smallest thing that states them. A place has those of its own whom nothing in it states,
    an asset that is no building has none where something that it supplies states people: those are whom it serves.

    Args:
        network: The network of one version.
    """

    def __init__(self, network: Network) -> None:
        self.network = network
        self.stated = network.columns.population
        self.place = self._below(LDT.Place)
        self.around: Rows = self._around()
        self.own = self._own()
        self.homes: Bools = self.own > 0

    @cached_property
    def lives(self) -> Floats:
        """How many live in each vertex, in all that lies in it too."""
        start, outer = self.around
        entry, which = gather(start, np.arange(self.network.size))
        inside = np.bincount(outer[entry], self.own[which], minlength=self.network.size)
        return self.own + inside

    def _below(self, cls: str) -> Bools:
        """Return what is of a class or one below it, by its most specific class."""
        ontology, network = self.network.ontology, self.network
        below = ontology.subclasses(cls)
        known = [ontology.class_of(n) in below for n in network.type_names]
        return np.array(known, dtype=bool)[network.type_code]

    def _around(self) -> Rows:
        """Return rows of what each vertex lies in or is part of, however far out, itself left out."""
        ontology, columns = self.network.ontology, self.network.columns
        n = self.network.size
        said = select(
            columns, ontology.subproperties(LDT.locatedIn) | ontology.subproperties(LDT.partOf)
        )
        key = np.unique(columns.edges["subject"][said] * n + columns.edges["object"][said])
        while True:
            start, order = rows(key // n, n)
            outer = (key % n)[order]
            entry, which = gather(start, key % n)
            further = np.unique(np.concatenate([key, (key // n)[which] * n + outer[entry]]))
            if len(further) == len(key):
                break
            key = further
        key = key[key // n != key % n]
        return rows(key // n, n)[0], key % n

    def _own(self) -> Floats:
        """Return the people who are counted at each vertex and nowhere else."""
        total = self.stated.copy()
        within = np.zeros_like(total)
        inner, outer = self._nested
        start, order = rows(outer, self.network.size)
        for whole in self._inside_out(outer).tolist():
            within[whole] = total[inner[order[start[whole] : start[whole + 1]]]].sum()
            total[whole] = max(total[whole], within[whole])
        own = total - within
        own[self._serving()] = 0.0
        own[self._told_twice(own)] = 0.0
        return own

    @cached_property
    def _nested(self) -> tuple[Ints, Ints]:
        """Pairs (home, the nearest around it that states people too)."""
        n, (start, outer) = self.network.size, self.around
        homes = np.nonzero(self.stated > 0)[0]
        entry, which = gather(start, homes)
        inner, around = homes[which], outer[entry]
        kept = self.stated[around] > 0
        key = inner[kept] * n + around[kept]
        key = key[~np.isin((key % n) * n + key // n, key)]  # what lies in each other is one
        inner, around = key // n, key % n
        by_inner, order = rows(inner, n)
        entry, which = gather(by_inner, around)
        far = inner[which] * n + around[order][entry]
        key = np.sort(key[~np.isin(key, far)])
        return key // n, key % n

    def _inside_out(self, outer: Ints) -> Ints:
        """Return what holds homes, the innermost first: by how many it holds in all."""
        start, around = self.around
        homes = np.nonzero(self.stated > 0)[0]
        holds = np.bincount(around[entries(start, homes)], minlength=self.network.size)
        wholes = np.unique(outer)
        return wholes[np.argsort(holds[wholes], kind="stable")]

    def _serving(self) -> Ints:
        """Return assets whose people are those they serve: no buildings, and what they supply states people, however far down."""
        gates = self.network.gates
        found = []
        lived, building = self.stated > 0, self._below(LDT.Building)
        for vertex in np.nonzero(lived & ~building & ~self.place)[0].tolist():
            seen, todo = {vertex}, [vertex]
            while todo:
                at = np.array([todo.pop()])
                owners = gates.owner[gates.of[entries(gates.of_start, at)]].tolist()
                fresh = [v for v in owners if v not in seen]
                if any(lived[v] for v in fresh):
                    found.append(vertex)
                    break
                seen.update(fresh)
                todo += fresh
        return np.array(found, dtype=np.int64)

    def _told_twice(self, own: Floats) -> Ints:
        """Return places that share a home with another and are neither in it nor around it: all but the one with most people."""
        inner, outer = self._nested
        n = self.network.size
        start, order = rows(inner, n)
        entry, which = gather(start, inner)
        pairs = np.unique(outer[which] * n + outer[order][entry])
        group: dict[int, set[int]] = {}
        for a, b in zip((pairs // n).tolist(), (pairs % n).tolist(), strict=True):
            if a < b:
                joined = group.get(a, {a}) | group.get(b, {b})
                group.update(dict.fromkeys(joined, joined))
        most = {id(g): max(sorted(g), key=own.__getitem__) for g in group.values()}
        return np.array([v for v, g in group.items() if v != most[id(g)]], dtype=np.int64)
