"""The feeders whose failures together cut an asset off: all that had to fail, and none that had not."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from ldt_graph.impact.structure.rows import distinct, entries, reach
from ldt_graph.impact.walk.losses import Cause

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ldt_graph.graph.columns import Bools, Ints
    from ldt_graph.impact.walk.cascade import Cascade

_MOST = 200  # feeders of one region that are tried one by one; of more, all are named


class Feeders:
    """The feeders of one question's losses of supply; what assets of a region share is found once."""

    def __init__(self, cascade: Cascade) -> None:
        self._cascade = cascade
        self._before = cascade.before
        self._region: dict[int, NDArray[np.int32]] = {}
        self._found: list[list[int]] = []

    def of(self, number: int, vertex: int, round_: int) -> list[int]:
        """Return the feeders that a vertex lost a commodity by, the last to fail first.

        Without any one of them a source would still reach it; the storages that fed it are not among them.

        Args:
            number: Of the commodity among the judged.
            vertex: What lost its supply.
            round_: The last round whose failures count: that of its loss.
        """
        if number not in self._region:
            self._region[number] = np.full(self._cascade.network.size, -1, dtype=np.int32)
        region = self._region[number]
        if region[vertex] < 0:
            alike, feeders = self._cut(number, vertex, round_)
            region[alike[self._lost_in[alike] == round_]] = len(self._found)
            region[vertex] = len(self._found)
            self._found.append(feeders)
        return self._found[region[vertex]]

    def stopped(self, number: int, vertex: int, round_: int) -> bool:
        """Whether a vertex had stopped by itself: failed, but not because the commodity no longer reached it."""
        fate = self._cascade.fate(vertex)
        own = fate.cause == Cause.SUPPLY and self._cascade.lost(vertex) == number
        return 0 < fate.round <= round_ and not own

    def all_stopped(self, number: int, round_: int) -> Bools:
        """Mark what of a commodity's network had stopped by itself."""
        number_of, index = self._cascade.fate_of
        fates = [self._cascade.fate_at(n) for n in range(len(self._cascade.fates) + 1)]
        gone = np.array([0 < f.round <= round_ for f in fates])
        supply = np.array([f.cause == Cause.SUPPLY for f in fates])
        own = supply[number_of] & (index == number)
        member = self._before.judged[number].member
        return gone[number_of] & ~own & self._before.on & member

    @cached_property
    def _lost_in(self) -> Ints:
        """By vertex: the round in which what failed lost what it failed by, or what stands lost its supply."""
        number_of, _ = self._cascade.fate_of
        fates = self._cascade.fates
        rounds = np.array([0, *(f.lost_round for f in fates)])[number_of]
        for standing in (self._cascade.exposures, self._cascade.degraded):
            rounds[standing.vertex] = standing.round
        return rounds

    def _cut(self, number: int, vertex: int, round_: int) -> tuple[Ints, list[int]]:
        """Return all that lost the commodity together with a vertex, and the feeders of that region."""
        joints, stopped = self._before.judged[number], self.all_stopped(number, round_)
        alone = np.nonzero(stopped)[0]
        if len(alone) == 1:
            return np.nonzero(joints.member)[0], alone.tolist()
        within = self._before.on & joints.member & ~stopped
        start = np.array([vertex])
        within[vertex] = True
        above = reach(joints.into_start, joints.into, start, within)
        region = alike = np.nonzero(above)[0]
        if not joints.both_ways:
            alike = np.nonzero(above & reach(joints.out_start, joints.out, start, within))[0]
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
            if self._leads_back(number, one, kept):
                continue
            able[one] = True
            if self._sourced(number, vertex, able):
                able[one] = False
            else:
                kept.remove(one)
        return kept

    def _leads_back(self, number: int, feeder: int, cut: list[int]) -> bool:
        """Whether the feeder's own way to a source, in the undisturbed city, holds nothing else of the cut."""
        forest = self._before.forests[number]
        others = np.array([c for c in cut if c != feeder], dtype=np.int64)
        at = forest.begin[feeder]
        return not ((forest.begin[others] <= at) & (at < forest.end[others])).any()

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
