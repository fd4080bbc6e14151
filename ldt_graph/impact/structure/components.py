"""What fails each other: strongly connected components, found where nothing else is left."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ldt_graph.impact.structure.rows import entries, rows

if TYPE_CHECKING:
    from ldt_graph.graph.columns import Bools, Ints


def components(tail: Ints, head: Ints, size: int) -> tuple[Ints, int]:
    """Return the component of each node, and their number. Linear; what lies in no circle is found by columns."""
    left = np.ones(size, dtype=bool)
    for one, other in ((tail, head), (head, tail)):
        _peel(one, other, left)
    part = np.full(size, -1, dtype=np.int64)
    keep = left[tail] & left[head]
    nodes = np.nonzero(left)[0]
    place = np.full(size, -1, dtype=np.int64)
    place[nodes] = np.arange(len(nodes))
    start, order = rows(place[tail[keep]], len(nodes))
    circles = _tarjan(start.tolist(), place[head[keep]][order].tolist(), len(nodes))
    count = max(circles, default=-1) + 1
    part[nodes] = circles
    alone = np.nonzero(~left)[0]
    part[alone] = np.arange(count, count + len(alone))
    return part, count + len(alone)


def _peel(tail: Ints, head: Ints, left: Bools) -> None:
    """Take out, again and again, what none of the rest leads to."""
    keep = left[tail] & left[head]
    tail, head = tail[keep], head[keep]
    waiting = np.bincount(head, minlength=len(left))
    start, order = rows(tail, len(left))
    layer = np.nonzero(left & (waiting == 0))[0]
    while len(layer):
        left[layer] = False
        hit = head[order[entries(start, layer)]]
        np.subtract.at(waiting, hit, 1)
        hit = np.unique(hit)
        layer = hit[waiting[hit] == 0]


def _tarjan(start: list[int], to: list[int], size: int) -> list[int]:
    """Return the component of each node (R. Tarjan, SIAM J. Comput. 1972), without recursion."""
    number, low, part = [-1] * size, [0] * size, [-1] * size
    open_: list[int] = []
    at, met, found = start[:-1], 0, 0
    for root in range(size):
        path = [root] if number[root] < 0 else []
        while path:
            v = path[-1]
            if number[v] < 0:
                number[v] = low[v] = met
                met += 1
                open_.append(v)
            if at[v] < start[v + 1]:
                w = to[at[v]]
                at[v] += 1
                if number[w] < 0:
                    path.append(w)
                elif part[w] < 0:
                    low[v] = min(low[v], number[w])
                continue
            path.pop()
            if path:
                low[path[-1]] = min(low[path[-1]], low[v])
            if low[v] == number[v]:
                while part[v] < 0:
                    part[open_.pop()] = found
                found += 1
    return part
