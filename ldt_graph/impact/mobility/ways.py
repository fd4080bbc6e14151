"""Shortest ways over a network of arcs in minutes (E. W. Dijkstra, Numer. Math. 1959), and what closures make of them."""

from __future__ import annotations

import heapq
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ldt_graph.deadline import go_on

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from ldt_graph.graph.columns import Ints

_OFTEN = 1024
"""Nodes after which it is asked whether somebody still waits."""


class Way(NamedTuple):
    """The shortest way to a node: its minutes, the node where it begins, and the arcs on it in order."""

    minutes: float
    start: int
    arcs: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """What arcs take at a time, infinite where closed, and which nodes are closed."""

    minutes: Sequence[float]
    closed: frozenset[int] = frozenset()


class Arcs:
    """Arcs from node to node; immutable.

    Args:
        tail: Node where each begins, sorted.
        head: Node where each ends.
        size: Number of nodes.
    """

    def __init__(self, tail: Ints, head: Ints, size: int) -> None:
        self._start = np.searchsorted(tail, np.arange(size + 1)).tolist()
        self._size = size
        self.tail, self.head = tail.tolist(), head.tolist()

    def ways(
        self, starts: Collection[int], state: State, wanted: Collection[int]
    ) -> dict[int, Way]:
        """Return the shortest way from any of the starts to each node that is wanted and can be reached.

        Of several that take the same time it is the same one each time. Cost: n log n in the nodes that are nearer
        than the farthest wanted.
        """
        minutes, head, first = state.minutes, self.head, self._start
        best, entry = [math.inf] * self._size, [-1] * self._size
        todo, heap = set(wanted) - state.closed, list[tuple[float, int]]()
        for node in sorted(set(starts) - state.closed):
            best[node] = 0.0
            heap.append((0.0, node))
        looked = 0
        while heap and todo:
            took, node = heapq.heappop(heap)
            if took > best[node]:
                continue  # it was reached sooner since
            todo.discard(node)
            looked += 1
            if looked % _OFTEN == 0:
                go_on()
            for arc in range(first[node], first[node + 1]):
                reached, end = took + minutes[arc], head[arc]
                if reached < best[end]:
                    best[end], entry[end] = reached, arc
                    heapq.heappush(heap, (reached, end))
        return {w: self._way(w, best[w], entry) for w in wanted if best[w] < math.inf}

    def _way(self, node: int, minutes: float, entry: Sequence[int]) -> Way:
        arcs: list[int] = []
        at = node
        while entry[at] >= 0:
            arcs.append(entry[at])
            at = self.tail[entry[at]]
        return Way(minutes, at, tuple(reversed(arcs)))

    def after(
        self,
        ways: Mapping[int, Way],
        before: State,
        after: State,
        starts: Collection[int],
    ) -> dict[int, Way]:
        """Return what becomes of ways where arcs take longer, nodes close or starts go; never a shorter one.

        What is on no way changes none, so only the ways that are touched are looked for anew.

        Args:
            ways: The shortest before, by where they lead.
            before: What held for them.
            after: What holds now: nothing in it is shorter, or open that was closed.
            starts: Which of the starts are left.
        """
        open_ = set(starts) - after.closed

        def holds(node: int, way: Way) -> bool:
            return (
                way.start in open_
                and node not in after.closed
                and all(after.minutes[a] == before.minutes[a] for a in way.arcs)
            )

        kept = {node: way for node, way in ways.items() if holds(node, way)}
        touched = [n for n in ways if n not in kept]
        return kept | (self.ways(open_, after, touched) if touched else {})
