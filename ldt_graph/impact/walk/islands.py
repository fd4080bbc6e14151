"""What storages still feed of one commodity in one question, and for how long (DESIGN §5, item 3).

What no source reaches any more and a storage does is an island. Storages that reach each other are a pool and
are drawn in proportion to what they hold. A pool that another one reaches from upstream is kept full by it and
is drawn only when that one is dry; what several pools feed at once draws on them in equal parts. An island is
looked at anew whenever a part of it fails, more of the city joins it, or a storage runs dry: what failed draws
nothing any more. Nothing of pressure, elevation or the capacity of pipes and pumps is in the balance.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from ldt_graph.impact.structure.rows import reach

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ldt_graph.graph.columns import Bools, Floats, Ints
    from ldt_graph.impact.structure.network import Conduction
    from ldt_graph.impact.structure.stores import Stores


@dataclass(frozen=True, slots=True, eq=False)
class Pool:
    """Storages that are drawn together.

    Attributes:
        storages: Positions among the commodity's storages.
        held: What each holds at `since`.
        reach: What they feed, sorted.
        rates: What they give by hour from midnight; of one entry where the hour of the day is not known.
        since: Hour from which this holds.
        due: Hour at which they run dry if nothing changes.
    """

    storages: Ints
    held: Floats
    reach: Ints
    rates: Floats
    since: float
    due: float


@dataclass(frozen=True, slots=True)
class Use:
    """How a storage was drawn on: what it held when that began, and when it ended; `feeds` is the most that it fed."""

    held: float
    since: float
    until: float | None
    feeds: int


class Islands:
    """The islands of one commodity in one question.

    Args:
        joints: Of the commodity.
        stores: Its storages.
        clock: Hour of the day at hour 0; None where it is not known.
    """

    def __init__(self, joints: Conduction, stores: Stores, clock: float | None) -> None:
        self.stores = stores
        self._joints = joints
        self._clock = clock
        self._held = stores.held.copy()
        self.fed = np.zeros(len(joints.member), dtype=bool)
        self._fed = np.zeros(0, dtype=np.int64)
        self._since = 0.0
        self._pools: list[Pool] = []
        self._changed = False
        self._settled: list[tuple[float, list[Pool]]] = []
        self.due = math.inf

    def feed(self, gone: Ints, lost: Bools, works: Bools, hour: float) -> tuple[Ints, Ints]:
        """Return what nothing feeds any more, sorted, and what storages feed from now on.

        Args:
            gone: What no source reaches any more, newly.
            lost: All that no source reaches.
            works: What works.
            hour: Now.
        """
        self._draw(hour)
        stored = self.stores.vertex
        live = stored[(self._held > 0) & lost[stored] & works[stored]]
        candidates = np.concatenate([self._fed[works[self._fed]], gone])
        within = np.zeros(len(works), dtype=bool)
        within[candidates] = True
        reached = reach(self._joints.out_start, self._joints.out, live, within)
        fresh = gone[reached[gone]]
        self.fed[self._fed] = False
        self._fed = np.sort(candidates[reached[candidates]])
        self.fed[self._fed] = True
        self._changed = True
        return np.sort(candidates[~reached[candidates]]), fresh

    def empty(self, hour: float) -> None:
        """Let all run dry that is due."""
        self._draw(hour)
        for pool in self._pools:
            if pool.due <= hour:
                self._held[pool.storages] = 0.0

    def settle(self, hour: float) -> None:
        """Find the pools anew after a moment's failures, and when the first runs dry."""
        if self._changed:
            self._changed = False
            self._since = hour
            self._pools = list(self._find(hour))
            self._settled.append((hour, self._pools))
            self.due = min((p.due for p in self._pools), default=math.inf)

    def feeding(self, vertex: int) -> list[tuple[int, float, float, float | None]]:
        """Return the storages that fed a vertex, the last to run dry first: (position, held, since, until)."""
        label, fed_by = self._alike
        return fed_by[label[vertex]]

    @cached_property
    def _alike(self) -> tuple[Ints, list[list[tuple[int, float, float, float | None]]]]:
        """By vertex: a label that those share which the same pools fed; and by label the storages, told as in `feeding`."""
        label = np.zeros(len(self.fed), dtype=np.int64)
        pools: list[list[Pool]] = [[]]
        for _, found in self._settled:
            for pool in found:
                before, which = np.unique(label[pool.reach], return_inverse=True)
                label[pool.reach] = len(pools) + which
                pools += [[*pools[b], pool] for b in before.tolist()]
        told = []
        for fed_by in pools:
            uses = self._uses({id(p) for p in fed_by})
            found = [(s, use.held, use.since, use.until) for s, use in uses.items()]
            told.append(sorted(found, key=lambda f: (-(math.inf if f[3] is None else f[3]), f[0])))
        return label, told

    def uses(self) -> dict[int, Use]:
        """Return how each storage was drawn on, by its position among the commodity's."""
        return self._uses({id(pool) for _, pools in self._settled for pool in pools})

    def _uses(self, wanted: set[int]) -> dict[int, Use]:
        """Collect the use of each storage over the pools of these ids; the last one lasts until it is due, or changed."""
        found: dict[int, Use] = {}
        ends = [*(hour for hour, _ in self._settled[1:]), math.inf]
        for (hour, pools), end in zip(self._settled, ends, strict=True):
            for pool in (p for p in pools if id(p) in wanted):
                until = min(pool.due, end)
                for storage, held in zip(pool.storages.tolist(), pool.held.tolist(), strict=True):
                    first = found.get(storage, Use(held, hour, None, len(pool.reach)))
                    last = None if until == math.inf else until
                    feeds = max(first.feeds, len(pool.reach))
                    found[storage] = replace(first, until=last, feeds=feeds)
        return found

    def _draw(self, hour: float) -> None:
        """Take from the storages what was drawn since the last moment."""
        if hour > self._since:
            for pool in self._pools:
                drawn = self._used(pool.rates, self._since, hour)
                held = self._held[pool.storages]
                left = max(0.0, 1 - drawn / float(held.sum())) if held.any() else 0.0
                self._held[pool.storages] = held * left
            self._since = hour

    def _find(self, hour: float) -> Iterator[Pool]:
        stored = self.stores.vertex
        live = np.nonzero((self._held > 0) & self.fed[stored])[0]
        roots = list(self._roots(live))
        shared = np.zeros(len(self.fed)) if len(roots) > 1 else None
        if shared is not None:
            for _, reached in roots:
                shared[reached] += 1
        for storages, reached in roots:
            share = 1.0 if shared is None else 1 / shared[reached]
            rates = self.stores.rates(reached, share, by_hour=self._clock is not None)
            held = self._held[storages]
            yield Pool(
                storages, held, reached, rates, hour, self._dry(rates, hour, float(held.sum()))
            )

    def _roots(self, live: Ints) -> Iterator[tuple[Ints, Ints]]:
        """Yield the pools that no other one feeds, each with what it reaches."""
        todo, joints = live, self._joints
        while len(todo):
            first = self.stores.vertex[todo[:1]]
            if len(live) == 1:
                yield todo, self._fed
                return
            below = reach(joints.out_start, joints.out, first, self.fed)
            above = reach(joints.into_start, joints.into, first, self.fed)
            at = self.stores.vertex[live]
            pool = live[below[at] & above[at]]
            if not (above[at] & ~below[at]).any():
                yield pool, np.nonzero(below)[0]
            todo = todo[~np.isin(todo, pool)]

    def _dry(self, rates: Floats, since: float, held: float) -> float:
        """Return the hour at which so much has been drawn, to the microhour."""
        total, start = float(rates.sum()), (self._clock or 0.0) + since
        if total <= 0:
            return math.inf
        whole = np.concatenate([[0.0], np.cumsum(rates)])
        turns, rest = divmod(self._at(whole, start) + held, total)
        hour = int(np.searchsorted(whole, rest, side="left"))
        within = hour - (whole[hour] - rest) / rates[hour - 1] if hour else 0.0
        return max(since, round(float(turns * len(rates) + within) + since - start, 6))

    def _used(self, rates: Floats, since: float, until: float) -> float:
        whole = np.concatenate([[0.0], np.cumsum(rates)])
        start = self._clock or 0.0
        return self._at(whole, start + until) - self._at(whole, start + since)

    def _at(self, whole: Floats, hour: float) -> float:
        """Return what is drawn from midnight to an hour."""
        turns, rest = divmod(hour, len(whole) - 1)
        return turns * whole[-1] + float(np.interp(rest, np.arange(len(whole)), whole))
