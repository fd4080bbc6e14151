"""Who is hit by an outage and who loses what, each person once, where they live."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from ldt_graph.impact.structure.network import working
from ldt_graph.impact.structure.rows import gather
from ldt_graph.impact.walk.losses import Cause
from ldt_graph.impact.walk.statuses import tally

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ldt_graph.graph.columns import Floats, Ints
    from ldt_graph.impact.structure.supplied import Carriers
    from ldt_graph.impact.walk.cascade import Cascade
    from ldt_graph.impact.walk.statuses import Status

Losses = tuple["Ints", "Floats"]


class People:
    """The people whom one question touches.

    A home is hit when it fails or goes out, when an asset that it is in does, or when what carries a commodity to
    it loses that commodity. Cost: what the outage touches.

    Args:
        cascade: Of the question, run.
        failed: What failed or went out, sorted by nothing.
        standing: What was touched and stands, by status, the worst first.
    """

    def __init__(
        self, cascade: Cascade, failed: Ints, standing: Mapping[Status, Ints] | None = None
    ) -> None:
        self._cascade = cascade
        self._supplied = cascade.before.supplied
        self._homes = self._supplied.homes
        matters = self._supplied.matters
        self._failed: Ints = np.unique(failed[matters[failed]])
        self._standing = {s: v[matters[v]] for s, v in (standing or {}).items()}

    @property
    def count(self) -> dict[str, int]:
        """How many are hit, and how many else are reached, by the worst that reaches them."""
        own = self._homes.own
        return tally({status: int(own[homes].sum()) for status, homes in self.homes_by.items()})

    @cached_property
    def hit(self) -> Ints:
        """The homes of those who are hit, sorted."""
        homes = self._homes.homes
        lost = [home for home, _ in self._losses(weak=False) if len(home)]
        return np.unique(
            np.concatenate([self._failed[homes[self._failed]], self._within(self._failed), *lost])
        )

    @cached_property
    def homes_by(self) -> dict[Status, Ints]:
        """By status: the homes of those whom it reaches and nothing worse does, sorted."""
        found: dict[Status, Ints] = {"failed": self.hit}
        seen = self.hit
        for status, vertices in self._standing.items():
            found[status] = np.setdiff1d(self.reached(vertices), seen)
            seen = np.concatenate([seen, found[status]])
        return found

    def reached(self, standing: Ints) -> Ints:
        """Return the homes that are among what stands, in it, or have a commodity over it."""
        carried = [
            c.home[np.isin(c.carrier, standing)] for c in self._supplied.carriers if len(c.home)
        ]
        found = [standing[self._homes.homes[standing]], self._within(standing), *carried]
        return np.concatenate(found)

    @property
    def since(self) -> Floats:
        """By vertex: from which hour on those who live there are hit; infinite where they are not, or nobody lives."""
        hours, cascade = np.full(len(self._homes.own), np.inf), self._cascade
        failed = self._failed[self._homes.homes[self._failed]]
        hours[failed] = cascade.hours[failed]
        home, asset = self._supplied.inside
        kept = np.isin(asset, self._failed)
        np.minimum.at(hours, home[kept], cascade.hours[asset[kept]])
        for home, hour in self._losses(weak=False):
            np.minimum.at(hours, home, hour)
        return hours

    def without(self) -> Iterator[dict[str, Any]]:
        """Yield how many lose each commodity within the horizon, and from which hour on the first of them.

        Those too whose home is only degraded by it.
        """
        own, losses = self._homes.own, self._losses(weak=True)
        for commodity, (home, hour) in zip(self._supplied.commodities, losses, strict=True):
            if len(home):
                people = int(own[home].sum())
                yield {"commodity": commodity, "people": people, "from": float(hour.min())}

    def by_place(self) -> dict[int, dict[str, int]]:
        """Return how many are hit and exposed in each place, and live there."""
        found: dict[int, dict[Status, int]] = {}
        for status, homes in self.homes_by.items():
            places, own = self._places_of(homes)
            each, at = np.unique(places, return_inverse=True)
            sums = np.bincount(at, own, minlength=len(each)).astype(int).tolist()
            for place, people in zip(each.tolist(), sums, strict=True):
                found.setdefault(place, {"failed": 0, "exposed": 0})[status] = people
        return {place: tally(counts) for place, counts in found.items()}

    def lives(self, place: int) -> int:
        """Return how many live in a place."""
        return int(self._homes.lives[place])

    def _places_of(self, homes: Ints) -> Losses:
        start, outer = self._homes.around
        entry, which = gather(start, homes)
        place = np.concatenate([outer[entry], homes])
        own = self._homes.own[np.concatenate([homes[which], homes])]
        kept = self._homes.place[place]
        return place[kept], own[kept]

    def _within(self, vertices: Ints) -> Ints:
        """Return the homes that are in any of these assets."""
        home, asset = self._supplied.inside
        return home[np.isin(asset, vertices)] if len(home) else home

    def _losses(self, *, weak: bool) -> list[Losses]:
        """By commodity: the homes that lose it within the horizon, and when; those that it degrades too, if `weak`."""
        if not len(self._cascade.degraded.vertex):
            return self._lost
        return self._losing(weak=weak)

    @cached_property
    def _lost(self) -> list[Losses]:
        return self._losing(weak=False)

    def _losing(self, *, weak: bool) -> list[Losses]:
        found: list[list[Losses]] = [[] for _ in self._supplied.commodities]
        self._by_cause(found)
        if weak:
            self._by_degradation(found)
        self._by_gates(found)
        self._by_joints(found)
        homes = self._homes.homes
        result = []
        for losses, carriers in zip(found, self._supplied.carriers, strict=True):
            vertex, hour = _first(losses)
            kept = homes[vertex] & ~np.isin(vertex, carriers.home)
            result.append(_first([(vertex[kept], hour[kept]), _carried(carriers, vertex, hour)]))
        return result

    def _by_cause(self, found: list[list[Losses]]) -> None:
        """Add what failed because it lost a commodity."""
        matters = self._supplied.matters
        for fate in self._cascade.fates:
            if fate.cause not in (Cause.GATE, Cause.SUPPLY):
                continue
            kept = matters[fate.vertex]
            of = self._supplied.of_gate
            if fate.cause == Cause.SUPPLY:
                of = np.array(self._supplied.of_conduction, dtype=np.int64)
            code = of[fate.index[kept]]
            for commodity in np.unique(code[code >= 0]).tolist():
                vertex = fate.vertex[kept][code == commodity]
                found[commodity].append((vertex, np.full(len(vertex), fate.hour)))

    def _by_degradation(self, found: list[list[Losses]]) -> None:
        """Add what lost a commodity and is degraded."""
        weak = self._cascade.degraded
        of = np.array([*self._supplied.of_conduction, -1], dtype=np.int64)
        supply = weak.cause == Cause.SUPPLY
        code = of[np.where(supply, weak.index, -1)]
        code[~supply] = self._supplied.of_gate[weak.index[~supply]]
        kept = self._supplied.matters[weak.vertex]
        for commodity in np.unique(code[kept & (code >= 0)]).tolist():
            chosen = kept & (code == commodity)
            found[commodity].append((weak.vertex[chosen], weak.hour[chosen]))

    def _by_gates(self, found: list[list[Losses]]) -> None:
        """Add what had failed by something else already when its suppliers of a commodity did."""
        gates, cascade = self._cascade.network.gates, self._cascade
        start, order = self._supplied.owned
        entry, which = gather(start, self._failed)
        gate = order[entry]
        code = self._supplied.of_gate[gate]
        short = (code >= 0) & (working(cascade.network, gate, cascade.works) < gates.required[gate])
        gate, vertex, code = gate[short], self._failed[which[short]], code[short]
        hour = self._tipped(gate)
        kept = (hour >= 0) & (hour + gates.bridge[gate] <= cascade.horizon)
        hour = hour + gates.bridge[gate]
        for commodity in np.unique(code[kept]).tolist():
            chosen = kept & (code == commodity)
            found[commodity].append((vertex[chosen], hour[chosen]))

    def _tipped(self, gate: Ints) -> Floats:
        """Return when each of these gates was left with too little; minus infinity where it was so before."""
        gates, cascade = self._cascade.network.gates, self._cascade
        entry, of = gather(gates.member_start, gate)
        member = gates.member[entry]
        hours = np.where(cascade.before.on[member], cascade.hours[member], -np.inf)
        order = np.lexsort((hours, of))
        hours, of, counts = hours[order], of[order], gates.weighs(entry[order])
        total = np.bincount(of, counts, minlength=len(gate))
        lost = np.cumsum(counts) - (np.cumsum(total) - total)[of]  # within each gate
        tipped = lost > (total - gates.required[gate])[of]
        hour = np.where(total < gates.required[gate], -np.inf, np.inf)
        np.minimum.at(hour, of[tipped], hours[tipped])
        return hour

    def _by_joints(self, found: list[list[Losses]]) -> None:
        """Add what had failed by something else already when all that fed it did."""
        cascade = self._cascade
        for number, joints in enumerate(cascade.before.judged):
            code = self._supplied.of_conduction[number]
            member = self._failed[joints.member[self._failed] & ~joints.source[self._failed]]
            if code < 0 or not len(member):
                continue
            entry, which = gather(joints.into_start, member)
            feeder = joints.into[entry]
            on = cascade.before.on[feeder]
            held = np.bincount(which[cascade.reached(number)[feeder]], minlength=len(member)) > 0
            fed = np.bincount(which[on], minlength=len(member)) > 0
            hours = np.where(on, cascade.hours[feeder], -np.inf)
            last = np.full(len(member), -np.inf)
            np.maximum.at(last, which, np.where(np.isinf(hours), -np.inf, hours))
            hour = last + joints.bridge[member]
            kept = fed & ~held & (last >= 0) & (hour <= cascade.horizon)
            found[code].append((member[kept], hour[kept]))


def _first(losses: list[Losses]) -> Losses:
    """Return each vertex with the first of its hours, sorted by vertex."""
    if not losses:
        return np.zeros(0, dtype=np.int64), np.zeros(0)
    vertex, hour = (np.concatenate([loss[part] for loss in losses]) for part in (0, 1))
    order = np.lexsort((hour, vertex))
    vertex, at = np.unique(vertex[order], return_index=True)
    return vertex, hour[order][at]


def _carried(carriers: Carriers, vertex: Ints, hour: Floats) -> Losses:
    """Return the homes of which all carriers lost the commodity, and when the last of them did."""
    if not len(carriers.home) or not len(vertex):
        return np.zeros(0, dtype=np.int64), np.zeros(0)
    at = np.minimum(np.searchsorted(vertex, carriers.carrier), len(vertex) - 1)
    when = np.where(vertex[at] == carriers.carrier, hour[at], np.inf)
    home, which = np.unique(carriers.home, return_inverse=True)
    last = np.full(len(home), -np.inf)
    np.maximum.at(last, which, when)
    return home[last < np.inf], last[last < np.inf]
