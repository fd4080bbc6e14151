"""What certainly follows from the failure of one asset: what one cause alone brings about, over all networks.

A vertex fails with the last one that all its supply leads through, and with every member that a gate of it can't
do without. These ties are condensed to a forest: everything hangs below one of its causes, and names the tips of
the other paths to the top, so that all causes of a vertex are a few paths of one forest, and sums over
consequences are sums over subtrees less what is counted twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from ldt_graph.impact.structure.components import components
from ldt_graph.impact.structure.forest import preorder
from ldt_graph.impact.structure.rows import entries, rows

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ldt_graph.graph.columns import Bools, Floats, Ints


@dataclass(frozen=True, slots=True, eq=False)
class Ties:
    """Which vertex alone fails which other, and how many hours later; columns of equal length.

    Attributes:
        size: Number of nodes: the vertices, then stand-ins for what lost its supply and still runs.
    """

    cause: Ints
    effect: Ints
    delay: Floats
    size: int


class Follows:
    """All causes and all consequences by ties, of all nodes at once.

    Args:
        ties: Of one network.

    Attributes:
        part: By node: its part; nodes that fail each other are one part.
        count: Number of parts; also the part that stands above all.
    """

    def __init__(self, ties: Ties) -> None:
        self.part, self.count = components(ties.cause, ties.effect, ties.size)
        self.ties = ties
        cause, effect = self.part[ties.cause], self.part[ties.effect]
        pair = np.unique(effect[cause != effect] * self.count + cause[cause != effect])
        effect, cause = pair // max(self.count, 1), pair % max(self.count, 1)
        self._start, order = rows(effect, self.count + 1)
        self._causes = cause[order]
        self._levels = list(_levels(cause, effect, self.count))
        self._main = self._mains()
        layers = [np.array([self.count]), *self._levels]
        self._order, begin, end = preorder(self._main, layers)
        self._begin, self._end = begin, end
        self._lists = begin.tolist(), end.tolist(), self._main.tolist()
        self._jump = self._jumps()
        self._sets: list[tuple[int, ...]] = [()]
        self._set_of = self._tips()
        self.causes = lru_cache(maxsize=65_536)(self._all_causes)

    def _mains(self) -> Ints:
        """Return of each part the cause that it hangs below: one of the latest level, so that it tells most."""
        level = np.zeros(self.count + 1, dtype=np.int64)
        for number, parts in enumerate(self._levels, start=1):
            level[parts] = number
        main = np.full(self.count + 1, self.count, dtype=np.int64)
        main[self.count] = -1
        effect = np.repeat(np.arange(self.count + 1), np.diff(self._start))
        order = np.lexsort((level[self._causes], effect))
        main[effect[order]] = self._causes[order]  # the last of each stays
        return main

    def _jumps(self) -> list[int]:
        """Return of each part one far above it, such that some steps lead to any other above (Myers 1983)."""
        jump = np.full(self.count + 1, self.count, dtype=np.int64)
        depth = np.zeros(self.count + 1, dtype=np.int64)
        for parts in self._levels:
            up = self._main[parts]
            far = jump[up]
            depth[parts] = depth[up] + 1
            even = depth[up] - depth[far] == depth[far] - depth[jump[far]]
            jump[parts] = np.where(even & (up != self.count), jump[far], up)
        return jump.tolist()

    def _tips(self) -> Ints:
        """Return of each part which of the sets holds the tips of its other paths."""
        found = np.zeros(self.count + 1, dtype=np.int64)
        several = np.diff(self._start) > 1
        by_causes: dict[tuple[int, ...], int] = {}
        by_tips: dict[tuple[int, ...], int] = {(): 0}
        for parts in self._levels:
            alone = parts[~several[parts]]
            found[alone] = found[self._main[alone]]
            for part in parts[several[parts]].tolist():
                causes = tuple(self._causes[self._start[part] : self._start[part + 1]].tolist())
                if causes not in by_causes:
                    tips = {t for c in causes for t in (c, *self._sets[found[c]])}
                    main = self._lists[2][part]
                    kept = tuple(t for t in self._lowest(tips) if t != main)
                    by_causes[causes] = by_tips.setdefault(kept, len(by_tips))
                    if len(by_tips) > len(self._sets):
                        self._sets.append(kept)
                found[part] = by_causes[causes]
        return found

    def _lowest(self, parts: Iterable[int]) -> list[int]:
        """Leave out what lies above another; in the order of the forest."""
        begin, end, _ = self._lists
        ordered = sorted(parts, key=begin.__getitem__)
        following = [*ordered[1:], None]
        return [
            p
            for p, after in zip(ordered, following, strict=True)
            if after is None or begin[after] >= end[p]
        ]

    def _meet(self, one: int, other: int) -> int:
        """Return the last part above both, or one of them."""
        begin, end, main = self._lists
        at = begin[other]
        while not begin[one] <= at < end[one]:
            far = self._jump[one]
            one = main[one] if begin[far] <= at < end[far] else far
        return one

    def _all_causes(self, part: int) -> frozenset[int]:
        """Return all parts that fail this one alone, itself too."""
        found = set[int]()
        main = self._lists[2]
        for tip in (part, *self._sets[self._set_of[part]]):
            while tip != self.count and tip not in found:
                found.add(tip)
                tip = main[tip]
        return frozenset(found)

    def sums(self, weights: Floats) -> Floats:
        """Return by part the weights of all that it fails, itself too; rows of `weights` are nodes, columns what is summed."""
        width = weights.shape[1]
        own = np.zeros((self.count + 1, width))
        np.add.at(own, self.part, weights)
        total = own.copy()
        where, groups, signs = self._counted_twice
        if len(where):
            pair, width_of = self._regions
            shared = np.zeros((len(width_of), width))
            several = self._set_of > 0
            np.add.at(shared, pair, own[several])
            np.add.at(total, where, shared[groups] * signs[:, None])
        below = np.zeros((self.count + 2, width))
        np.cumsum(total[self._order], axis=0, out=below[1:])
        return below[self._end] - below[self._begin]

    @cached_property
    def _regions(self) -> tuple[Ints, Ints]:
        """Group what has other paths by its tips and where it hangs: (group by part, codes of the groups)."""
        top = np.arange(self.count + 1)
        for parts in self._levels:
            alike = parts[self._set_of[parts] == self._set_of[self._main[parts]]]
            top[alike] = top[self._main[alike]]
        several = np.nonzero(self._set_of > 0)[0]
        code = self._set_of[several] * (self.count + 1) + self._main[top[several]]
        codes, group = np.unique(code, return_inverse=True)
        return group, codes

    @cached_property
    def _counted_twice(self) -> tuple[Ints, Ints, Ints]:
        """Return where each group counts once more, or once less: where other paths begin, and where two meet."""
        where, groups, signs = [], [], []
        begin = self._lists[0]
        for group, code in enumerate(self._regions[1].tolist()):
            tips, main = self._sets[code // (self.count + 1)], code % (self.count + 1)
            paths = sorted((*tips, main), key=begin.__getitem__)
            meets = [self._meet(a, b) for a, b in pairwise(paths)]
            where += [*tips, *meets]
            groups += [group] * (len(tips) + len(meets))
            signs += [1] * len(tips) + [-1] * len(meets)
        return np.array(where, np.int64), np.array(groups, np.int64), np.array(signs, np.int64)

    def below(self, part: int) -> Bools:
        """Mark all nodes that a part fails."""
        hit = np.zeros(self.count + 1, dtype=bool)
        hit[self._order[self._begin[part] : self._end[part]]] = True
        inside = hit.copy()
        sets = np.array([any(inside[t] for t in tips) for tips in self._sets])
        return (hit | sets[self._set_of])[self.part]

    def late(self, horizon: float) -> set[int]:
        """Return the parts from which delays, added up on the slowest way, lead beyond the horizon."""
        ties = self.ties
        if not ties.delay.any():
            return set()
        cause, effect = self.part[ties.cause], self.part[ties.effect]
        inner = cause == effect
        hours = np.zeros(self.count + 1)
        np.add.at(hours, cause[inner], ties.delay[inner])  # a circle is no slower than all of it
        onward = np.zeros(self.count + 1)
        start, order = rows(cause, self.count)
        for parts in reversed(self._levels):
            out = order[entries(start, parts)]
            out = out[~inner[out]]
            np.maximum.at(onward, cause[out], ties.delay[out] + hours[effect[out]])
            hours[parts] += onward[parts]
        return set(np.nonzero(hours > horizon)[0].tolist())


def _levels(cause: Ints, effect: Ints, count: int) -> Iterable[Ints]:
    """Yield the parts such that all causes of a part come before it."""
    waiting = np.bincount(effect, minlength=count)
    start, order = rows(cause, count)
    layer = np.nonzero(waiting == 0)[0]
    while len(layer):
        yield layer
        hit = effect[order[entries(start, layer)]]
        np.subtract.at(waiting, hit, 1)
        hit = np.unique(hit)
        layer = hit[waiting[hit] == 0]
