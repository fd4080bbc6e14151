"""Breadth-first supply forests over compressed sparse rows, numbered so that a subtree is a slice."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from ldt_graph.impact.structure.roomy import ROOM, narrowed, widened
from ldt_graph.impact.structure.rows import distinct, entries, firsts, gather

if TYPE_CHECKING:
    from ldt_graph.graph.columns import Bools, Ints
    from ldt_graph.impact.structure.network import Conduction


@dataclass(frozen=True, eq=False)
class Forest:
    """How every supplied vertex of one commodity is reached from a live source.

    A vertex's supply path is one with the fewest joints, without anything on stand-by where there is one;
    among equals, the one whose next vertex comes first in IRI order.

    Attributes:
        parent: The vertex that feeds this one; -1 for sources and for what is not supplied.
        edge: The statement that joins them; -1 likewise.
        order: Supplied vertices in preorder: a vertex, then all that it feeds.
        begin: Position in `order`; the vertices that v feeds, v first, are `order[begin[v]:end[v]]`.
        end: End of that slice. Both are 0 for a vertex that is not supplied.
    """

    parent: Ints
    edge: Ints
    order: Ints
    begin: Ints
    end: Ints

    @property
    def supplied(self) -> Bools:
        """Which vertices a live source reaches."""
        return self.end > 0

    def wider(self, more: int) -> Forest:
        """Return the same forest among so many vertices more. A few more cost next to nothing from the second time on."""
        if not more:
            return self
        roomy = self._roomy if more <= ROOM else widened(self, _UNREACHED, more)
        return narrowed(roomy, dict.fromkeys(_UNREACHED, len(self.parent) + more))

    @cached_property
    def _roomy(self) -> Forest:
        return widened(self, _UNREACHED, ROOM)


_UNREACHED = {"parent": -1, "edge": -1, "begin": 0, "end": 0}
"""What a forest says of a vertex that it does not reach."""


def grow(joints: Conduction, on: Bools, idle: Bools | None = None) -> Forest:
    """Grow supply from the live sources through the vertices that are `on`. Linear in the joints.

    Args:
        joints: Of one commodity.
        on: What conducts.
        idle: Of these, what is on stand-by: it conducts only to what nothing else reaches. What a source
            does not reach even so, its storages hold up as sources would.
    """
    growth = _Growth(joints, on)
    standby = None if idle is None else idle & growth.open
    if standby is not None and standby.any():
        growth.open[standby] = False
        growth.roots(joints.source)
        growth.open[standby] = True
        growth.spread(growth.reached())
    growth.roots(joints.source)
    if joints.stores is not None:
        growth.roots(_marked(joints.stores.vertex, len(on)))
    return Forest(growth.parent, growth.edge, *preorder(growth.parent, growth.layers))


class _Growth:
    """A forest that grows, layer by layer; a vertex stands in a later layer than the one that feeds it."""

    def __init__(self, joints: Conduction, on: Bools) -> None:
        self.joints = joints
        self.open = on & joints.member
        self.parent = np.full(len(on), -1, dtype=np.int64)
        self.edge = np.full(len(on), -1, dtype=np.int64)
        self.layers: list[Ints] = []

    def roots(self, wanted: Bools) -> None:
        """Grow from what is wanted as a source and not reached yet."""
        layer = np.nonzero(wanted & self.open)[0]
        if len(layer):
            self.open[layer] = False
            self.layers.append(layer)
            self.spread(layer)

    def spread(self, layer: Ints) -> None:
        """Grow on from a layer."""
        joints = self.joints
        while len(layer):
            entry, which = gather(joints.out_start, layer)
            head = joints.out[entry]
            fresh = self.open[head]
            head, first = firsts(head[fresh])
            self.parent[head] = layer[which[fresh][first]]
            self.edge[head] = joints.out_edge[entry[fresh][first]]
            self.open[head] = False
            if len(head):
                self.layers.append(head)
            layer = head

    def reached(self) -> Ints:
        """Return all that is reached, sorted."""
        return np.sort(np.concatenate(self.layers)) if self.layers else np.zeros(0, dtype=np.int64)


def _marked(vertices: Ints, n: int) -> Bools:
    marked = np.zeros(n, dtype=bool)
    marked[vertices] = True
    return marked


def preorder(parent: Ints, layers: list[Ints]) -> tuple[Ints, Ints, Ints]:
    """Number a forest so that every subtree is contiguous: (order, begin, end), as of a `Forest`. A vertex stands in a later layer than its parent."""
    n = len(parent)
    begin, size = np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64)
    for layer in layers:
        size[layer] = 1
    for layer in reversed(layers):
        fed = layer[parent[layer] >= 0]
        np.add.at(size, parent[fed], size[fed])
    free = np.zeros(
        n + 1, dtype=np.int64
    )  # where the next child of a vertex begins; last, the next root
    for layer in layers:
        above = parent[layer]
        order = np.argsort(above, kind="stable")
        vertex, above = layer[order], above[order]
        before = np.cumsum(size[vertex]) - size[vertex]
        first = np.searchsorted(above, above)  # position of the eldest sibling of the layer
        begin[vertex] = free[above] + before - before[first]
        np.add.at(free, above, size[vertex])
        free[vertex] = begin[vertex] + 1
    supplied = np.nonzero(size)[0]
    order = np.empty(len(supplied), dtype=np.int64)
    order[begin[supplied]] = supplied
    size += begin
    return order, begin, size


def spread(joints: Conduction, layer: Ints, todo: Bools) -> None:
    """Clear `todo` at `layer` and at every vertex of `todo` that conduction reaches from there."""
    while len(layer):
        todo[layer] = False
        head = joints.out[entries(joints.out_start, layer)]
        layer = distinct(head[todo[head]], len(todo))
