"""What hangs on live sources that can give less than it asks for: neither failed nor merely exposed, and since when.

An outage makes an island short by taking a source of it, or by parting it. Both show in the supply trees of the
undisturbed city: where neither a source nor a vertex at which trees meet lies in what was cut, no island can have come to hang on
less; nor where any of the ways that join the sources are whole (`webs`). Else what was cut is put together again, tree by
tree: cost of what the outage touches, and of the islands that are short.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ldt_graph.impact.structure.rows import distinct, entries, gather, rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ldt_graph.graph.columns import Bools, Floats, Ints
    from ldt_graph.impact.walk.balance import Balance
    from ldt_graph.impact.walk.cascade import Cascade
    from ldt_graph.impact.walk.cut import Cut

_SAME = 1e-9
"""Parts of the whole that make no difference: sums of floats."""


@dataclass(frozen=True, slots=True)
class Shortage:
    """An island that hangs on too little, at the worst of its hours.

    Attributes:
        commodity: Local name.
        sources: IRIs of the live ones.
        assets: How many hang on them.
        capacity: The most that the sources give.
        demand: What the assets ask for, on the mean.
        unit: Of both, as a UCUM code.
        since: First hour.
        until: Hour from which it was so no more; None where it is so at the horizon.
    """

    commodity: str
    sources: tuple[str, ...]
    assets: int
    capacity: float
    demand: float
    unit: str | None
    since: float
    until: float | None = None

    @property
    def short(self) -> float:
        """Demand less capacity."""
        return round(self.demand - self.capacity, 6)

    @property
    def document(self) -> dict[str, Any]:
        """The documented object, ready for JSON."""
        return {
            "commodity": self.commodity,
            "sources": list(self.sources),
            "assets": self.assets,
            "capacity": self.capacity,
            "demand": self.demand,
            "short": self.short,
            "unit": self.unit,
            "from": self.since,
            "until": self.until,
        }


class Island(NamedTuple):
    """A short island at an hour."""

    members: Ints
    sources: Ints
    able: float
    asks: float


class Shortages:
    """The shortages of one question, found when asked for."""

    def __init__(self, cascade: Cascade) -> None:
        self._cascade = cascade

    @cached_property
    def _spells(self) -> list[_Spell]:
        amounts, found = self._cascade.before.amounts, []
        for number, balance in enumerate(amounts.balances):
            cut = self._cascade.cut(number)
            if balance is None or not cut.slices or not balance.matters[cut.doubtful()].any():
                continue
            if self._torn(balance, cut):
                found += _Search(self._cascade, number, balance, cut).spells()
        return found

    def _torn(self, balance: Balance, cut: Cut) -> bool:
        """Whether the outage took something of all the ways that join the sources of islands."""
        dead = [*(f.vertex for f in self._cascade.fates), *(gone for _, gone in cut.gone)]
        return all(any(web[some].any() for some in dead) for web in balance.webs)

    @property
    def islands(self) -> list[Shortage]:
        """Those that were short within the horizon, by commodity and hour."""
        return [spell.worst for spell in self._spells]

    @cached_property
    def _of(self) -> tuple[Ints, Ints]:
        """By vertex that is short and stands: its spell with the largest lack. The vertices are sorted."""
        order = sorted(range(len(self._spells)), key=lambda s: self._spells[s].lack)
        spell = np.full(self._cascade.network.size if order else 0, -1, dtype=np.int64)
        for number in order:
            spell[self._spells[number].members] = number
        vertex = np.nonzero(spell >= 0)[0]
        vertex = vertex[self._cascade.works[vertex]]
        return vertex, spell[vertex]

    @property
    def vertices(self) -> Ints:
        """What was short within the horizon and did not fail, sorted."""
        return self._of[0]

    @property
    def hours(self) -> Floats:
        """From which hour on each of `vertices` was, on whatever sources."""
        if not self._spells:
            return np.zeros(0)
        first = np.full(self._cascade.network.size, math.inf)
        for spell in self._spells:
            first[spell.members] = np.minimum(first[spell.members], spell.worst.since)
        return first[self.vertices]

    def of(self, vertex: int) -> Shortage:
        """Return the worst shortage of one of `vertices`."""
        return self._spell(vertex).worst

    def causes(self, vertex: int) -> list[int]:
        """Return what failed and left one of `vertices` with too little, the last to fail first."""
        return self._spell(vertex).causes(self._cascade)

    def _spell(self, vertex: int) -> _Spell:
        vertices, spell = self._of
        return self._spells[int(spell[np.searchsorted(vertices, vertex)])]


@dataclass(eq=False)
class _Spell:
    """An island on the same sources, hour after hour."""

    worst: Shortage
    members: Ints
    balance: Balance

    @property
    def lack(self) -> float:
        """The part of what is asked for that lacks."""
        return 1 - self.worst.capacity / self.worst.demand

    def causes(self, cascade: Cascade) -> list[int]:
        """Return the sources that were lost by its first hour; where none was, what parted the island."""
        joints, since = self.balance.joints, self.worst.since
        failed = [f.vertex for f in cascade.fates if f.hour <= since]
        dead = np.concatenate(failed) if failed else np.zeros(0, dtype=np.int64)
        dead = dead[self.balance.tree[dead] >= 0]
        islands = self.balance.islands
        own = islands[self.balance.tree[self.members[0]]]
        dead = dead[islands[self.balance.tree[dead]] == own]
        sources = dead[self.balance.sources[dead]]
        inside = np.zeros(len(self.balance.tree), dtype=bool)
        inside[self.members] = True
        entry, which = gather(joints.into_start, dead)
        other, of = gather(joints.out_start, dead)
        near = np.concatenate([which[inside[joints.into[entry]]], of[inside[joints.out[other]]]])
        for found in (sources, dead[np.unique(near)], dead):
            if len(found):
                return sorted(found.tolist(), key=lambda v: (-cascade.fate(v).round, v))
        return []


class _Search:
    """Finds the short islands of one commodity, hour by hour."""

    def __init__(self, cascade: Cascade, number: int, balance: Balance, cut: Cut) -> None:
        self._cascade, self._number, self._balance, self._cut = cascade, number, balance, cut
        n, order = cascade.network.size, balance.tree[cut.doubtful()]
        self._dead = np.zeros(n, dtype=bool)
        self._inside = np.zeros(n, dtype=bool)
        self._touched = np.isin(balance.islands, balance.islands[order])

    def spells(self) -> Iterator[_Spell]:
        """Yield what was short, for as long as it hung on the same sources."""
        hours = sorted({f.hour for f in self._cascade.fates} | {h for h, _ in self._cut.gone})
        open_: dict[tuple[int, ...], _Spell] = {}
        for hour in hours:
            now = {tuple(i.sources.tolist()): i for i in self._islands(hour)}
            for key in [k for k in open_ if k not in now]:
                over = open_.pop(key)
                over.worst = replace(over.worst, until=hour)
                yield over
            for key, island in now.items():
                open_[key] = self._longer(open_.get(key), island, hour)
        yield from open_.values()

    def _longer(self, spell: _Spell | None, island: Island, hour: float) -> _Spell:
        iris, demand = self._cascade.network.columns.iris, self._balance.demand
        said = Shortage(
            demand.commodity,
            tuple(iris[v] for v in island.sources.tolist()),
            len(island.members),
            round(island.able, 6),
            round(island.asks, 6),
            demand.unit,
            hour if spell is None else spell.worst.since,
        )
        made = _Spell(said, island.members, self._balance)
        if spell is None:
            return made
        spell.members = np.union1d(spell.members, island.members)
        if made.lack > spell.lack:
            spell.worst = said
        return spell

    def _islands(self, hour: float) -> Iterator[Island]:
        """Yield what is short at an hour, after all that happens then."""
        cut, balance = self._cut, self._balance
        for fate in self._cascade.fates:
            if fate.hour <= hour:
                self._dead[fate.vertex] = True
        for when, gone in cut.gone:
            if when <= hour:
                self._dead[gone] = True
        slices = [s for s, when in zip(cut.slices, cut.hours, strict=True) if when <= hour]
        if not slices:
            return
        cut_off = np.concatenate(slices)
        self._inside[cut_off] = True
        loose = np.sort(cut_off[~self._dead[cut_off]])
        asks, able, silent, living = self._left(cut_off)
        rate, gives = balance.demand.rate[loose], balance.gives[loose]
        asks = np.concatenate([asks, rate])
        able = np.concatenate([able, np.nan_to_num(gives)])
        silent = np.concatenate([silent, np.isnan(gives)])
        living = np.concatenate([living, balance.sources[loose]])
        for nodes in self._parts(loose, living > 0):
            wanted, given = float(asks[nodes].sum()), float(able[nodes].sum())
            if silent[nodes].any() or wanted <= given * (1 + _SAME):
                continue
            members = self._members(nodes, loose)
            before = balance.share[balance.islands[balance.tree[members[0]]]]
            if given / wanted < before - _SAME:
                yield Island(members, members[balance.sources[members]], given, wanted)

    def _left(self, cut_off: Ints) -> tuple[Floats, Floats, Floats, Floats]:
        """Return of the trees without what was cut off: (what they ask for, can give, sources that don't state it, sources)."""
        balance = self._balance
        tree, count = balance.tree[cut_off], len(balance.roots)
        gives = balance.gives[cut_off]
        asks = balance.asks - np.bincount(tree, balance.demand.rate[cut_off], minlength=count)
        able = balance.able - np.bincount(tree, np.nan_to_num(gives), minlength=count)
        silent = balance.silent - np.bincount(tree[np.isnan(gives)], minlength=count)
        living = balance.living - np.bincount(tree, balance.sources[cut_off], minlength=count)
        stands = ~self._inside[balance.roots] & self._touched
        return (
            asks * stands,
            np.where(able > _SAME, able, 0.0) * stands,
            silent * stands,
            living * stands,
        )

    def _parts(self, loose: Ints, gives: Bools) -> Iterator[Ints]:
        """Yield what joints hold together: trees by number, after them what is loose by its place; with a source in each."""
        start, to = self._joined(loose)
        todo = np.ones(len(start) - 1, dtype=bool)
        for node in np.nonzero(gives)[0].tolist():
            layer, found = np.array([node]), []
            while len(layer := layer[todo[layer]]):
                todo[layer] = False
                found.append(layer)
                layer = distinct(to[entries(start, layer)], len(todo))
            if found:
                yield np.concatenate(found)

    def _joined(self, loose: Ints) -> tuple[Ints, Ints]:
        """Return the joints between what stands of the trees and what is loose, both ways, as sparse rows."""
        balance, joints, trees = self._balance, self._balance.joints, len(self._balance.roots)
        pairs = [np.array(self._bridges(), dtype=np.int64).reshape(-1, 2).T]
        for begin, other in ((joints.out_start, joints.out), (joints.into_start, joints.into)):
            entry, which = gather(begin, loose)
            end = other[entry]
            live = (balance.tree[end] >= 0) & ~self._dead[end]
            which, end = which[live], end[live]
            place = trees + np.searchsorted(loose, end)
            node = np.where(self._inside[end], place, balance.tree[end])
            pairs.append(np.stack([trees + which, node]))
        tail, head = np.concatenate(pairs, axis=1)
        tail, head = np.concatenate([tail, head]), np.concatenate([head, tail])
        start, order = rows(tail, trees + len(loose))
        return start, head[order]

    def _bridges(self) -> list[tuple[int, int]]:
        """Return the trees that still meet outside of what was cut off."""
        inside = self._inside
        return [
            (one, other)
            for one, other, tail, head in self._balance.bridges
            if self._touched[one] and _any_outside(inside, tail, head)
        ]

    def _members(self, nodes: Ints, loose: Ints) -> Ints:
        forest, trees = self._balance.forest, len(self._balance.roots)
        roots = self._balance.roots[nodes[nodes < trees]]
        whole = [forest.order[forest.begin[r] : forest.end[r]] for r in roots.tolist()]
        standing = [w[~self._inside[w]] for w in whole]
        return np.sort(np.concatenate([*standing, loose[nodes[nodes >= trees] - trees]]))


def _any_outside(inside: Bools, tail: Ints, head: Ints) -> bool:
    """Whether any joint lies outside; nearly always one of the first does."""
    step, at = 64, 0
    while at < len(tail):
        part = slice(at, at + step)
        if (~inside[tail[part]] & ~inside[head[part]]).any():
            return True
        at, step = at + step, step * 4
    return False
