"""What every supply path of a commodity leads through: the dominators of its network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ldt_graph.impact.structure.forest import preorder
from ldt_graph.impact.structure.rows import entries, rows

if TYPE_CHECKING:
    from ldt_graph.graph.columns import Bools, Ints
    from ldt_graph.impact.structure.network import Conduction


@dataclass(frozen=True, slots=True, eq=False)
class Dominators:
    """The dominator tree of one commodity's network; n stands for all its sources together.

    Attributes:
        above: The last vertex that every path from a source to v leads through; n where there is none,
            -1 for what no source reaches, and for n.
        block: Of v: the nearest vertex above it, or v itself, whose part of the network feeds nothing
            outside. Losses of several vertices can cut more together than each alone only within one block,
            and never by a vertex that is its own block.
    """

    above: Ints
    block: Ints


def dominators(joints: Conduction, on: Bools, roots: Bools) -> Dominators:
    """Find the dominators of what conducts. Nearly linear in the joints.

    Args:
        joints: Of one commodity.
        on: What conducts.
        roots: The vertices that are fed by nothing in the network: its sources.
    """
    n = len(on)
    tail, head = _arcs(joints, on, roots)
    above, core = _pendants(tail, head, n + 1)
    keep = core[tail] & core[head]
    _meshed(tail[keep], head[keep], above)
    return Dominators(above, _blocks(tail, head, above))


def _arcs(joints: Conduction, on: Bools, roots: Bools) -> tuple[Ints, Ints]:
    """Return the joints between what conducts, each once, and one from n to every root in place of what feeds it."""
    n = len(on)
    tail = np.repeat(np.arange(n), np.diff(joints.out_start))
    head, live = joints.out, on & joints.member
    keep = live[tail] & live[head] & (tail != head) & ~roots[head]
    pair = np.unique(tail[keep] * n + head[keep])
    fed = np.nonzero(roots & live)[0]
    return np.concatenate([pair // n, np.full(len(fed), n)]), np.concatenate([pair % n, fed])


def _pendants(tail: Ints, head: Ints, size: int) -> tuple[Ints, Bools]:
    """Take off, again and again, what one vertex alone feeds and that feeds nothing else; return (above, the rest)."""
    into, out = np.bincount(head, minlength=size), np.bincount(tail, minlength=size)
    feeders, fed = np.zeros(size, dtype=np.int64), np.zeros(size, dtype=np.int64)
    np.add.at(feeders, head, tail)  # sums: where one is left, the sum names it
    np.add.at(fed, tail, head)
    above = np.full(size, -1, dtype=np.int64)
    core = into > 0
    core[size - 1] = True
    check = np.nonzero(core)[0]
    while len(check):
        ends = core[check] & (into[check] == 1)
        ends &= (out[check] == 0) | ((out[check] == 1) & (fed[check] == feeders[check]))
        leaf = check[ends]
        parent = feeders[leaf]
        above[leaf], core[leaf] = parent, False
        np.subtract.at(out, parent, 1)
        np.subtract.at(fed, parent, leaf)
        back = out[leaf] == 1
        np.subtract.at(into, parent[back], 1)
        np.subtract.at(feeders, parent[back], leaf[back])
        check = np.unique(parent)
    return above, core


def _meshed(tail: Ints, head: Ints, above: Ints) -> None:
    """Write the dominators of the rest into `above`: Semi-NCA (L. Georgiadis, Princeton 2005)."""
    n = len(above)
    source = n - 1
    start, order = rows(tail, n)
    numbered, parent = _depth_first(start.tolist(), head[order].tolist(), source)
    number = np.full(n, -1, dtype=np.int64)
    number[numbered] = np.arange(len(numbered))
    reached = (number[tail] >= 0) & (number[head] >= 0)
    start, order = rows(number[head[reached]], len(numbered))
    found = _semi_nca(parent, start.tolist(), number[tail[reached]][order].tolist())
    vertex = np.array(numbered, dtype=np.int64)
    above[vertex[1:]] = vertex[found[1:]]


def _depth_first(start: list[int], to: list[int], source: int) -> tuple[list[int], list[int]]:
    """Return the vertices as a depth-first walk meets them, and the number of the one that each was met from."""
    number = {source: 0}
    order, parent, path = [source], [0], [source]
    at = start[:-1]
    while path:
        vertex = path[-1]
        here, end = at[vertex], start[vertex + 1]
        while here < end and to[here] in number:
            here += 1
        at[vertex] = here + 1
        if here >= end:
            path.pop()
            continue
        fresh = to[here]
        parent.append(number[vertex])
        number[fresh] = len(order)
        order.append(fresh)
        path.append(fresh)
    return order, parent


def _semi_nca(parent: list[int], start: list[int], into: list[int]) -> list[int]:
    """Return the dominator of each, by numbers of the walk."""
    size = len(parent)
    linked, label, semi = parent[:], list(range(size)), list(range(size))
    for w in range(size - 1, 0, -1):
        least = parent[w]
        for v in into[start[w] : start[w + 1]]:
            least = min(least, semi[_evaluated(v, w + 1, linked, label, semi)])
        semi[w] = least
    above = parent[:]
    for w in range(1, size):
        up, least = above[w], semi[w]
        while up > least:
            up = above[up]
        above[w] = up
    return above


def _evaluated(v: int, last: int, linked: list[int], label: list[int], semi: list[int]) -> int:
    """Return the vertex of least semidominator on the way up to what is not linked yet, and shorten the way."""
    if linked[v] < last:
        return label[v]
    path = []
    while linked[v] >= last:
        path.append(v)
        v = linked[v]
    best, top = label[v], linked[v]
    for x in reversed(path):
        linked[x] = top
        if semi[best] < semi[label[x]]:
            label[x] = best
        else:
            best = label[x]
    return best


def layers_of(above: Ints, root: int) -> list[Ints]:
    """Return a tree's vertices by depth, from its root."""
    start, order = rows(above + 1, len(above) + 1)
    layers, layer = [], np.array([root], dtype=np.int64)
    while len(layer):
        layers.append(layer)
        layer = order[entries(start, layer + 1)]
    return layers


def _blocks(tail: Ints, head: Ints, above: Ints) -> Ints:
    n = len(above)
    layers = layers_of(above, n - 1)
    _, begin, end = preorder(above, layers)
    over = above[head]  # what dominates the head of a joint dominates its tail, too
    back = (begin[head] <= begin[tail]) & (begin[tail] < end[head])
    leaves = np.zeros(n + 1, dtype=np.int64)
    np.add.at(leaves, begin[tail[~back]], 1)
    np.subtract.at(leaves, begin[over[~back]], 1)
    total = np.concatenate([[0], np.cumsum(leaves)])
    closed = total[end] - total[begin] == 0
    block = np.arange(n)
    for layer in layers[1:]:
        block[layer] = np.where(closed[layer], layer, block[above[layer]])
    return block
