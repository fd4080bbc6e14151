"""Breadth-first supply forests over compressed sparse rows, numbered so that a subtree is a slice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ldt_graph.impact.network import Conduction

    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]


_FEW = 64  # measured at 10 thousand to 4 million: beyond a 64th of all, ticking off is faster than sorting


@dataclass(frozen=True, slots=True, eq=False)
class Forest:
    """How every supplied vertex of one commodity is reached from a live source.

    A vertex's supply path is one with the fewest joints; among equals, the one whose next vertex
    comes first in IRI order.

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


def gather(start: Ints, vertices: Ints) -> tuple[Ints, Ints]:
    """Return (entry, which): the positions in the sparse rows of `vertices`, and whose each one is."""
    counts = start[vertices + 1] - start[vertices]
    return entries(start, vertices), np.repeat(np.arange(len(vertices)), counts)


def entries(start: Ints, vertices: Ints) -> Ints:
    """Return the positions in the sparse rows of `vertices`, row after row."""
    low = start[vertices]
    counts = start[vertices + 1] - low
    ends = np.cumsum(counts)
    made = np.repeat(low - ends + counts, counts)
    made += np.arange(len(made))
    return made


def distinct(values: Ints, size: int) -> Ints:
    """Return the values, of 0..size-1, sorted, each once: sorted where they are few, ticked off where they are many."""
    if len(values) < size // _FEW:
        ordered = np.sort(values)
        return ordered[_changes(ordered)]
    ticked = np.zeros(size, dtype=bool)
    ticked[values] = True
    return np.nonzero(ticked)[0]


def firsts(values: Ints) -> tuple[Ints, Ints]:
    """Return the values sorted, each once, and the position of the first of each; nearly free where they are sorted."""
    if (values[1:] >= values[:-1]).all():
        position = np.nonzero(_changes(values))[0]
    else:
        order = np.argsort(values, kind="stable")
        position = order[_changes(values[order])]
    return values[position], position


def _changes(ordered: Ints) -> Bools:
    """Return where a sorted value differs from the one before it."""
    keep = np.ones(len(ordered), dtype=bool)
    np.not_equal(ordered[1:], ordered[:-1], out=keep[1:])
    return keep


def grow(joints: Conduction, on: Bools) -> Forest:
    """Grow supply from the live sources through the vertices that are `on`. Linear in the joints."""
    n = len(on)
    parent, edge = np.full(n, -1, dtype=np.int64), np.full(n, -1, dtype=np.int64)
    open_ = on & joints.member
    layer = np.nonzero(joints.source & on)[0]
    layers = []
    while len(layer):
        layers.append(layer)
        open_[layer] = False
        entry, which = gather(joints.out_start, layer)
        head = joints.out[entry]
        fresh = open_[head]
        head, first = firsts(head[fresh])
        parent[head] = layer[which[fresh][first]]
        edge[head] = joints.out_edge[entry[fresh][first]]
        layer = head
    return Forest(parent, edge, *_preorder(parent, layers))


def _preorder(parent: Ints, layers: list[Ints]) -> tuple[Ints, Ints, Ints]:
    """Number the forest so that every subtree is contiguous, one layer at a time."""
    n = len(parent)
    begin, size = np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64)
    for layer in layers:
        size[layer] = 1
    for layer in reversed(layers[1:]):
        np.add.at(size, parent[layer], size[layer])
    for depth, layer in enumerate(layers):
        above = parent[layer]
        order = np.argsort(above, kind="stable")
        vertex, above = layer[order], above[order]
        before = np.cumsum(size[vertex]) - size[vertex]
        first = np.searchsorted(above, above)  # position of the eldest sibling
        begin[vertex] = before - before[first] + (begin[above] + 1 if depth else 0)
    supplied = np.nonzero(size)[0]
    order = np.empty(len(supplied), dtype=np.int64)
    order[begin[supplied]] = supplied
    return order, begin, begin + size


def spread(joints: Conduction, layer: Ints, todo: Bools) -> None:
    """Clear `todo` at `layer` and at every vertex of `todo` that conduction reaches from there."""
    while len(layer):
        todo[layer] = False
        head = joints.out[entries(joints.out_start, layer)]
        layer = distinct(head[todo[head]], len(todo))
