"""The feeders whose failures together cut an asset off: all that had to fail, and none that had not."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from ldt_graph.impact.cascade import Cause
from ldt_graph.impact.forest import distinct, entries, reach

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ldt_graph.graph.columns import Bools, Ints
    from ldt_graph.impact.cascade import Cascade

_MOST = 200  # feeders of one region that are tried one by one; of more, all are named


class Feeders:
    """The feeders of one question's losses of supply; what assets of a region share is found once."""

    def __init__(self, cascade: Cascade) -> None:
        self._cascade = cascade
        self._before = cascade.before
        self._region: dict[tuple[int, int], tuple[NDArray[np.int32], list[list[int]]]] = {}
        self.stopped = lru_cache(maxsize=8)(self._stops)

    def of(self, number: int, vertex: int, round_: int) -> list[int]:
        """Return the feeders that a vertex lost a commodity by, the last to fail first.

        Without any one of them a source would still reach it; the storages that fed it are not among them.

        Args:
            number: Of the commodity among the judged.
            vertex: What lost its supply.
            round_: The last round whose failures count.
        """
        key = number, round_
        if key not in self._region:
            self._region[key] = np.full(self._cascade.network.size, -1, dtype=np.int32), []
        region, found = self._region[key]
        if region[vertex] < 0:
            alike, feeders = self._cut(number, vertex, round_)
            region[alike] = len(found)
            found.append(feeders)
        return found[region[vertex]]

    def _stops(self, number: int, round_: int) -> Bools:
        """Mark what stopped conducting by itself: not because the commodity no longer reached it."""
        stopped = np.zeros(self._cascade.network.size, dtype=bool)
        for fate in self._cascade.fates:
            if fate.round <= round_:
                own = fate.cause == Cause.SUPPLY
                stopped[fate.vertex[fate.index != number] if own else fate.vertex] = True
        return stopped & self._before.on & self._before.judged[number].member

    def _cut(self, number: int, vertex: int, round_: int) -> tuple[Ints, list[int]]:
        """Return all that lost the commodity together with a vertex, and the feeders of that region."""
        joints, stopped = self._before.judged[number], self.stopped(number, round_)
        within = self._before.on & joints.member & ~stopped
        start = np.array([vertex])
        within[vertex] = True
        above = reach(joints.into_start, joints.into, start, within)
        alike = np.nonzero(above & reach(joints.out_start, joints.out, start, within))[0]
        region = np.nonzero(above)[0]
        border = joints.into[entries(joints.into_start, region)]
        border = distinct(border[stopped[border]], len(stopped))
        return alike, self._needed(number, vertex, border)

    def _needed(self, number: int, vertex: int, border: Ints) -> list[int]:
        """Leave out, the first to fail first, what no source would reach the vertex through."""
        fate = self._cascade.fate
        kept = sorted(border.tolist(), key=lambda v: (-fate(v).round, v))
        if len(kept) > _MOST:
            return kept
        able = self._before.on & self._before.judged[number].member
        able[kept] = False
        for one in reversed(list(kept)):
            able[one] = True
            if self._sourced(number, vertex, able):
                able[one] = False
            else:
                kept.remove(one)
        return kept

    def _sourced(self, number: int, vertex: int, able: Bools) -> bool:
        """Whether a source reaches a vertex through what is able to conduct."""
        joints, forest = self._before.judged[number], self._before.forests[number]
        seen = np.zeros(len(able), dtype=bool)
        layer = np.array([vertex])
        while len(layer):
            seen[layer] = True
            rooted = (forest.parent[layer] < 0) & (forest.end[layer] > 0)
            if (rooted | joints.source[layer]).any():
                return True
            feeder = joints.into[entries(joints.into_start, layer)]
            layer = distinct(feeder[able[feeder] & ~seen[feeder]], len(able))
        return False
