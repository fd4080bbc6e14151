"""What the islands of the undisturbed city ask for and can be given, and what of them could come to hang on too little."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from ldt_graph.impact.structure.components import components
from ldt_graph.impact.structure.rows import rows
from ldt_graph.impact.walk.webs import webs

if TYPE_CHECKING:
    from ldt_graph.graph.columns import Bools, Floats, Ints
    from ldt_graph.impact.structure.forest import Forest
    from ldt_graph.impact.structure.network import Conduction


_SAME = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Demand:
    """What is drawn of one commodity, and what its sources can give, in one unit.

    Attributes:
        commodity: Local name.
        unit: UCUM code of all rates.
        rate: Mean demand by vertex.
        capacity: By vertex; not a number for what states none.
    """

    commodity: str
    unit: str | None
    rate: Floats
    capacity: Floats


@dataclass(frozen=True, eq=False)
class Balance:
    """One commodity's supply trees, each below one source; an island is trees that joints hold together.

    Attributes:
        demand: What is drawn and given of the commodity.
        joints: Of the commodity.
        forest: Of the undisturbed city.
        sources: What gives: sources, and storages that stand for one.
        gives: By vertex what it can give: 0 for what is no source, not a number for one that states nothing.
    """

    demand: Demand
    joints: Conduction
    forest: Forest
    sources: Bools
    gives: Floats

    @cached_property
    def tree(self) -> Ints:
        """By vertex: the number of its tree; -1 where no source reaches it."""
        order = self.forest.order
        found = np.full(len(self.forest.parent), -1, dtype=np.int64)
        found[order] = np.cumsum(self.forest.parent[order] < 0) - 1
        return found

    @cached_property
    def roots(self) -> Ints:
        """The root of each tree."""
        return self.forest.order[self.forest.parent[self.forest.order] < 0]

    @cached_property
    def _across(self) -> tuple[Ints, Ints]:
        """The joints between different trees: (tail, head)."""
        tail = np.repeat(np.arange(len(self.tree)), np.diff(self.joints.out_start))
        head = self.joints.out
        keep = (
            (self.tree[tail] >= 0) & (self.tree[head] >= 0) & (self.tree[tail] != self.tree[head])
        )
        return tail[keep], head[keep]

    @cached_property
    def bridges(self) -> list[tuple[int, int, Ints, Ints]]:
        """The joints of every two trees: (tree, tree, tail, head)."""
        tail, head = self._across
        low, high = (f(self.tree[tail], self.tree[head]) for f in (np.minimum, np.maximum))
        pair, which = np.unique(low * len(self.roots) + high, return_inverse=True)
        start, order = rows(which, len(pair))
        found = []
        for i, p in enumerate(pair.tolist()):
            one, other = divmod(p, len(self.roots))
            own = order[start[i] : start[i + 1]]
            found.append((one, other, tail[own], head[own]))
        return found

    @cached_property
    def matters(self) -> Bools:
        """Whose loss may leave an island with less than it asks for: sources, and what joins trees, of islands that state capacity."""
        part = self.islands
        tail, head = self._across
        found = np.zeros(len(self.tree), dtype=bool)
        found[[*tail.tolist(), *head.tolist()]] = True
        found |= self.sources
        several = np.bincount(part, minlength=len(part)) > 1
        several |= self._sources_in > 1
        open_ = np.nonzero(self.tree >= 0)[0]
        able = several & self._stated
        found[open_] &= able[part[self.tree[open_]]]
        return found

    @cached_property
    def webs(self) -> tuple[Bools, ...]:
        """Ways that join all sources of each island that could be short; none is while one of these is whole."""
        return tuple(webs(self))

    @cached_property
    def islands(self) -> Ints:
        """By tree: the number of its island."""
        one = np.array([b[0] for b in self.bridges], dtype=np.int64)
        other = np.array([b[1] for b in self.bridges], dtype=np.int64)
        both = np.concatenate([one, other]), np.concatenate([other, one])
        return components(*both, len(self.roots))[0]

    @cached_property
    def _sources_in(self) -> Ints:
        return np.bincount(self.islands, self.living, minlength=len(self.roots))

    @cached_property
    def _stated(self) -> Bools:
        """By island: whether any source of it states what it can give."""
        found = np.nonzero(self.sources & ~np.isnan(self.gives) & (self.tree >= 0))[0]
        return np.bincount(self.islands[self.tree[found]], minlength=len(self.roots)) > 0

    @cached_property
    def asks(self) -> Floats:
        """By tree: what all of it asks for."""
        return self._by_tree(self.demand.rate)

    @cached_property
    def able(self) -> Floats:
        """By tree: what those of its sources can give that state it."""
        return self._by_tree(np.nan_to_num(self.gives))

    def _by_tree(self, column: Floats) -> Floats:
        order = self.forest.order
        found = np.bincount(self.tree[order], column[order], minlength=len(self.roots))
        return found.astype(np.float64)

    @cached_property
    def living(self) -> Floats:
        """By tree: how many sources it has."""
        return self._by_tree(self.sources.astype(np.float64))

    @cached_property
    def silent(self) -> Ints:
        """By tree: how many of its sources don't state what they can give."""
        order = self.forest.order
        unknown = self.tree[order[np.isnan(self.gives[order])]]
        return np.bincount(unknown, minlength=len(self.roots))

    @property
    def short(self) -> list[tuple[int, float, float]]:
        """The islands that hang on too little before any outage: (root of a tree, what it is given, what it asks for)."""
        asks, able, _ = self._sums
        first = {int(i): int(r) for i, r in zip(self.islands[::-1], self.roots[::-1], strict=True)}
        few = np.nonzero(self.share < 1 - _SAME)[0].tolist()
        return [(first[i], float(able[i]), float(asks[i])) for i in few]

    @cached_property
    def short_vertices(self) -> Ints:
        """What is in these islands, sorted."""
        few = self.share < 1 - _SAME
        supplied = np.nonzero(self.tree >= 0)[0]
        return supplied[few[self.islands[self.tree[supplied]]]]

    @cached_property
    def _sums(self) -> list[Floats]:
        return [
            np.bincount(self.islands, column, minlength=len(self.roots)).astype(np.float64)
            for column in (self.asks, self.able, self.silent)
        ]

    @cached_property
    def share(self) -> Floats:
        """By island: the part of what it asks for that it can be given; 1 where that is all, or not known."""
        asks, able, silent = self._sums
        part = np.minimum(able / np.where(asks > 0, asks, 1.0), 1.0)
        return np.where((asks > 0) & (silent == 0), part, 1.0)


def balance(joints: Conduction, forest: Forest, demand: Demand | None) -> Balance | None:
    """Return the balance of a commodity; None where no source states what it can give, or nothing is drawn."""
    if demand is None or np.isnan(demand.capacity[joints.source]).all():
        return None
    sources = joints.source | ((forest.parent < 0) & forest.supplied)  # storages that stand for one
    gives = np.where(sources, demand.capacity, 0.0)
    return Balance(demand, joints, forest, sources, gives)
