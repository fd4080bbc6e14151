"""Compressed sparse rows: `to[start[k]:start[k+1]]` belong to key k; and sorted columns without repetition."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from ldt_graph.graph.columns import Bools, Ints

_FEW = 64  # measured at 10 thousand to 4 million: beyond a 64th of all, ticking off is faster than sorting


def rows(keys: Ints, size: int) -> tuple[Ints, Ints]:
    """Return (start, order): `order[start[k]:start[k+1]]` are the positions that hold key k, in order."""
    order = np.argsort(keys, kind="stable")
    start = np.zeros(size + 1, dtype=np.int64)
    np.cumsum(np.bincount(keys, minlength=size), out=start[1:])
    return start, order


def gather(start: Ints, vertices: Ints) -> tuple[Ints, Ints]:
    """Return (entry, which): the positions in the sparse rows of `vertices`, and whose each one is."""
    counts = start[vertices + 1] - start[vertices]
    return entries(start, vertices), np.repeat(np.arange(len(vertices)), counts)


def entries(start: Ints, vertices: Ints) -> Ints:
    """Return the positions in the sparse rows of `vertices`, row after row."""
    if len(vertices) == 1:
        vertex = vertices[0]
        return np.arange(start[vertex], start[vertex + 1])
    low = start[vertices]
    counts = start[vertices + 1] - low
    ends = np.cumsum(counts)
    made = np.repeat(low - ends + counts, counts)
    made += np.arange(len(made))
    return made


def distinct(values: Ints, size: int) -> Ints:
    """Return the values, of 0..size-1, sorted, each once: sorted where they are few, ticked off where they are many."""
    if len(values) < size // _FEW:
        if len(values) < 2:
            return values
        ordered = values.copy()
        ordered.sort()
        return ordered[_changes(ordered)]
    ticked = np.zeros(size, dtype=bool)
    ticked[values] = True
    return np.nonzero(ticked)[0]


def firsts(values: Ints) -> tuple[Ints, Ints]:
    """Return the values sorted, each once, and the position of the first of each; nearly free where they are sorted."""
    if len(values) < 2:
        return values, np.arange(len(values))
    if (values[1:] >= values[:-1]).all():
        position = _changes(values).nonzero()[0]
    else:
        order = values.argsort(kind="stable")
        position = order[_changes(values[order])]
    return values[position], position


def _changes(ordered: Ints) -> Bools:
    """Return where a sorted value differs from the one before it."""
    keep = np.empty(len(ordered), dtype=bool)
    keep[:1] = True
    np.not_equal(ordered[1:], ordered[:-1], out=keep[1:])
    return keep


def reach(start: Ints, to: Ints, layer: Ints, within: Bools) -> Bools:
    """Return what sparse rows lead to from a layer, inside of `within`, the layer too."""
    reached = np.zeros(len(within), dtype=bool)
    while len(layer):
        reached[layer] = True
        head = to[entries(start, layer)]
        layer = distinct(head[within[head] & ~reached[head]], len(within))
    return reached


def sorted_rows(start: Ints, to: Ints) -> Ints:
    """Return sparse rows with each row sorted."""
    return to[np.lexsort((to, np.repeat(np.arange(len(start) - 1), np.diff(start))))]
