"""Which ways join all sources of an island: while one set of them is whole, the island gives what it gave."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ldt_graph.graph.columns import Bools, Floats, Ints
    from ldt_graph.impact.structure.forest import Forest
    from ldt_graph.impact.walk.balance import Balance

_WEBS = 4  # measured: the water of a million people, 31,845 assets: the first leaves 2,653, the second 1,083, the fourth 1,033


def webs(balance: Balance) -> Iterator[Bools]:
    """Yield ways that join all sources of each island that could be short; each has little of what all before it share.

    An island gives what it gave, and is asked for no more, while all its sources live and any ways still join them. So it
    takes something of each web to leave an island short. Linear in the joints for each.
    """
    forest, shared = balance.forest, np.ones(len(balance.tree), dtype=bool)
    tail, head, pair = _joints(balance)
    sources = np.nonzero(balance.sources & balance.matters)[0]
    for _ in range(_WEBS):
        cost = [_above(forest, c.astype(float)) for c in (shared, np.ones(len(shared)))]
        of = [c[tail] + c[head] for c in cost]
        chosen = _spanning(balance, pair, np.lexsort((of[1], of[0])))
        web = _ways_up(forest, np.concatenate([sources, tail[chosen], head[chosen]]))
        shared &= web
        yield web


def _joints(balance: Balance) -> tuple[Ints, Ints, Ints]:
    """Return the joints between trees of islands that could be short: (tail, head, number of the two trees)."""
    none = np.zeros(0, dtype=np.int64)
    each = [(none, none), *((tail, head) for _, _, tail, head in balance.bridges)]
    tail, head = (np.concatenate(side) for side in zip(*each, strict=True))
    pair = np.repeat(np.arange(len(each)), [len(t) for t, _ in each]) - 1
    keep = balance.matters[tail]
    return tail[keep], head[keep], pair[keep]


def _spanning(balance: Balance, pair: Ints, order: Ints) -> list[int]:
    """Return joints that together join what all of them do, the first of the order first (Kruskal 1956)."""
    _, first = np.unique(pair[order], return_index=True)
    leads = list(range(len(balance.roots)))
    chosen = []
    for joint in order[np.sort(first)].tolist():
        one, other = (_lead(leads, t) for t in balance.bridges[pair[joint]][:2])
        if one != other:
            leads[one] = other
            chosen.append(joint)
    return chosen


def _lead(leads: list[int], tree: int) -> int:
    while leads[tree] != tree:
        leads[tree] = leads[leads[tree]]
        tree = leads[tree]
    return tree


def _above(forest: Forest, weight: Floats) -> Floats:
    """Return by vertex the weights of the way up to its source, itself too."""
    order = forest.order
    steps = np.zeros(len(order) + 1)
    steps[:-1] = weight[order]
    np.subtract.at(steps, forest.end[order], weight[order])
    found = np.zeros(len(weight))
    found[order] = np.cumsum(steps)[:-1]
    return found


def _ways_up(forest: Forest, vertices: Ints) -> Bools:
    """Mark vertices and what leads up from them to their sources."""
    marked = np.zeros(len(forest.parent), dtype=bool)
    while len(vertices := np.unique(vertices[(vertices >= 0) & ~marked[vertices]])):
        marked[vertices] = True
        vertices = forest.parent[vertices]
    return marked
