"""Small invented cities, and a slow reading of what the engine means (DESIGN §5), written to be clear: networkx and small steps of time."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field

import networkx as nx
import numpy as np
from hypothesis import strategies as st

from ldt_graph.graph.columns import NetworkColumns
from ldt_graph.namespaces import LDT

JOINTS = {
    LDT.electricallyConnectedTo: (LDT.Electricity, False),
    LDT.hydraulicallyConnectedTo: (LDT.Water, False),
    LDT.pumpsTo: (LDT.Water, True),
}
COMMODITIES = (LDT.Electricity, LDT.Water)
ANY_OF = LDT.servedByLine
"""Of the dependencies, the one of which any suffices (`ldt:suffices` 1); of the others all are needed."""
DEPENDENCIES = (LDT.poweredBy, LDT.waterSuppliedBy, LDT.controlledBy, ANY_OF)
BUFFERS = (LDT.autonomyHours, LDT.waterAutonomyHours)
HOLDS = {LDT.Electricity: LDT.storedEnergy, LDT.Water: LDT.storedVolume}
DRAWS = {LDT.Electricity: LDT.activePower, LDT.Water: LDT.baseDemand}
GIVES = {LDT.Electricity: LDT.powerCapacity, LDT.Water: LDT.flowCapacity}
PROFILES = ("", "0 2", "0.3 1.9 1", "1.5")
Stores = frozenset[tuple[str, int]]
"""Storages: commodity and vertex."""
STEP = 1 / 32
"""Hours of a step of the oracle."""


@dataclass
class City:
    """`n` vertices; statements (subject, relation, object); groups (vertex, k); shares (membership, hundredths)."""

    n: int
    statements: list[tuple[int, str, int]]
    groups: dict[int, int] = field(default_factory=dict)
    off: set[int] = field(default_factory=set)
    sources: dict[int, str] = field(default_factory=dict)
    buffers: list[tuple[int, str, float]] = field(default_factory=list)
    standby: set[int] = field(default_factory=set)
    holds: dict[tuple[int, str], float] = field(default_factory=dict)
    draws: dict[tuple[int, str], float] = field(default_factory=dict)
    profiles: dict[int, str] = field(default_factory=dict)
    gives: dict[tuple[int, str], float] = field(default_factory=dict)
    degraded: set[tuple[int, str]] = field(default_factory=set)
    shares: dict[int, int] = field(default_factory=dict)
    required_shares: dict[int, int] = field(default_factory=dict)

    def members(self, group: int) -> dict[int, int]:
        """Return the members of a group and the hundredths that their memberships state."""
        found = {o: 0 for s, p, o in self.statements if (s, p) == (group, LDT.hasMember)}
        for membership in {
            o for s, p, o in self.statements if (s, p) == (group, LDT.hasMembership)
        }:
            for member in {
                o for s, p, o in self.statements if (s, p) == (membership, LDT.ofMember)
            }:
                found[member] = found.get(member, 0) + self.shares.get(membership, 0)
        return found

    def columns(self) -> NetworkColumns:
        groups = {s for s, p, _ in self.statements if p == LDT.hasMembership}
        inferred = {(g, LDT.hasMember, m) for g in groups for m in self.members(g)}
        statements = sorted({*self.statements, *inferred})
        predicates = sorted({p for _, p, _ in statements})
        column = lambda values: np.array(list(values), dtype=np.int64)  # noqa: E731
        none = column([-1] * len(statements))
        off = np.zeros(self.n, dtype=bool)
        off[list(self.off | self.standby)] = True
        nothing = np.zeros(self.n, dtype=bool)
        storage = nothing.copy()
        storage[[v for v, _ in self.holds]] = True
        return NetworkColumns(
            iris=[f"v{i:03d}" for i in range(self.n)],
            off=off,
            edges={
                "subject": column(s for s, _, _ in statements),
                "object": column(o for _, _, o in statements),
                "predicate": column(predicates.index(p) for _, p, _ in statements),
                "inferred": column([0] * len(statements)),
                "row": column(range(len(statements))),
                "source": none,
                "rule": none,
                "dataset": none,
            },
            predicates=predicates,
            texts=[],
            buffers=sorted(set(self.buffers)),
            required=self.groups,
            sources=sorted(self.sources.items()),
            identifiers=[None] * self.n,
            names=[None] * self.n,
            types=["Asset"] * self.n,
            datasets=["test"] * self.n,
            domains=[None] * self.n,
            population=np.zeros(self.n),
            shares={v: x / 100 for v, x in self.shares.items()},
            required_shares={v: x / 100 for v, x in self.required_shares.items()},
            critical=nothing,
            storage=storage,
            standby=[(v, "") for v in sorted(self.standby)],
            holds=sorted((v, HOLDS[c], x) for (v, c), x in self.holds.items()),
            draws=sorted((v, DRAWS[c], x) for (v, c), x in self.draws.items()),
            degraded=sorted(self.degraded),
            provides=sorted((v, GIVES[c], x) for (v, c), x in self.gives.items()),
            profiles=sorted((v, text) for v, text in self.profiles.items() if text),
        )


def vertices(n: int) -> st.SearchStrategy[int]:
    return st.integers(0, n - 1)


def amounts(n: int, values: tuple[float, ...], most: int) -> st.SearchStrategy:
    """Amounts that no whole hours make even: what ends at one moment ends there by cause, not by chance."""
    key = st.tuples(vertices(n), st.sampled_from(COMMODITIES))
    return st.dictionaries(key, st.sampled_from(values), max_size=most)


@st.composite
def cities(draw: st.DrawFn, *, stored: bool = True) -> City:
    """An invented city; without storages, if not `stored`."""
    n = draw(st.integers(2, 14))
    relation = st.sampled_from([*JOINTS, *DEPENDENCIES])
    statement = st.tuples(vertices(n), relation, vertices(n)).filter(lambda s: s[0] != s[2])
    groups = draw(st.dictionaries(vertices(n), st.integers(0, 3), max_size=3))
    stated = draw(st.lists(statement, max_size=24))
    shares: dict[int, int] = {}
    asked: dict[int, int] = {}
    by_share: set[int] = set()
    if groups:
        group = st.sampled_from(sorted(groups))
        of = draw(st.lists(st.tuples(group, vertices(n), vertices(n)), max_size=5))
        stated += [(g, LDT.hasMembership, m) for g, m, _ in of]
        stated += [(m, LDT.ofMember, v) for _, m, v in of]
        shares = {m: draw(st.sampled_from([10, 20, 30, 40, 60])) for _, m, _ in of}
        asked = draw(st.dictionaries(group, st.sampled_from([30, 50, 60, 100]), max_size=2))
        by_share = draw(st.sets(st.sampled_from(sorted(asked)))) if asked else by_share
        stated += draw(st.lists(st.tuples(group, st.just(LDT.hasMember), vertices(n)), max_size=6))
        stated += draw(
            st.lists(st.tuples(vertices(n), st.just(LDT.hasRequirement), group), max_size=4)
        )
    return City(
        n,
        [s for s in stated if s[0] != s[2]],
        {g: k for g, k in groups.items() if g not in by_share},
        shares=shares,
        required_shares=asked,
        degraded=draw(
            st.sets(st.tuples(vertices(n), st.sampled_from([*JOINTS, *DEPENDENCIES])), max_size=4)
        ),
        off=draw(st.sets(vertices(n), max_size=2)),
        sources=draw(
            st.dictionaries(vertices(n), st.sampled_from([LDT.Electricity, LDT.Water]), max_size=4)
        ),
        buffers=draw(
            st.lists(
                st.tuples(
                    vertices(n), st.sampled_from(BUFFERS), st.sampled_from([0.5, 1.0, 2.0, 9.0])
                ),
                max_size=4,
            )
        ),
        standby=draw(st.sets(vertices(n), max_size=3)),
        holds=draw(amounts(n, (0.37, 1.13, 2.71, 5.03), 4)) if stored else {},
        draws=draw(amounts(n, (0.31, 0.83, 1.7), 8)) if stored else {},
        profiles=draw(st.dictionaries(vertices(n), st.sampled_from(PROFILES), max_size=4)),
    )


class Oracle:
    """A slow reading of the meaning: at every step of time, everything is looked at until nothing changes.

    Attributes:
        refilled: (commodity, vertex) of storages that something not said refills, for no source reaches them.
    """

    def __init__(self, city: City, clock: float | None = None, empty: Stores = frozenset()) -> None:
        self.city = city
        self.clock = clock
        self.empty = empty
        self.seen = {}
        self.flow = {c: nx.DiGraph() for c in COMMODITIES}
        for s, p, o in city.statements:
            if p in JOINTS:
                commodity, one_way = JOINTS[p]
                self.flow[commodity].add_edge(s, o)
                if not one_way:
                    self.flow[commodity].add_edge(o, s)
        self.sources = {
            c: {v for v, own in city.sources.items() if own == c and v in g}
            for c, g in self.flow.items()
        }
        self.soft = set()
        self.named: dict[int, set[str]] = {}
        self.requirements = list(self._requirements())
        for c in COMMODITIES:
            self.soft |= {(v, ("supply", c)) for v in self.flow[c] if self._mild(v, c)}
        self.stores = {c: self._stores(c) for c in COMMODITIES}
        self.judged = [c for c in COMMODITIES if self.sources[c] or self.stores[c]]
        self.degraded = {}
        self.on = self._baseline()
        self.refilled = set()
        for c in self.judged:
            reached = self._reached(c, self.on, self.sources[c])
            alone = self._full(c) & self.on - reached
            self.refilled |= {(c, v) for v in alone}
            self.sources[c] |= alone

    def _mild(self, vertex: int, commodity: str) -> bool:
        """Whether a vertex is degraded without every joint that leads to it."""
        into = set()
        for s, p, o in self.city.statements:
            carried, one_way = JOINTS.get(p, ("", True))
            if carried == commodity and (o == vertex or (s == vertex and not one_way)):
                into.add(p)
        mild = bool(into) and all((vertex, p) in self.city.degraded for p in into)
        return mild and vertex not in self.sources[commodity]

    def _stores(self, commodity: str) -> dict[int, float]:
        """What each storage of a network holds; nothing, where no member of it draws."""
        members = set(self.flow[commodity])
        if not any(v in members and c == commodity for v, c in self.city.draws):
            return {}
        return {v: x for (v, c), x in self.city.holds.items() if c == commodity and v in members}

    def _full(self, commodity: str) -> set[int]:
        return {v for v in self.stores[commodity] if (commodity, v) not in self.empty}

    def _requirements(self):
        """(owner, required, members → what each counts, bridge hours)."""
        city = self.city
        depends = {(s, p, o) for s, p, o in city.statements if p in DEPENDENCIES}
        hours = {}
        for v, attribute, h in city.buffers:
            hours[v, attribute] = max(h, hours.get((v, attribute), 0.0))
        bridged = {LDT.poweredBy: LDT.autonomyHours, LDT.waterSuppliedBy: LDT.waterAutonomyHours}
        covered, number = set(), itertools.count()
        for owner, group in sorted(
            {(s, o) for s, p, o in city.statements if p == LDT.hasRequirement}
        ):
            members = city.members(group)
            own = {(s, p, o) for s, p, o in depends if s == owner and o in members}
            covered |= own
            of_owner = [hours.get((owner, bridged.get(p)), 0.0) for _, p, _ in own]
            of_group = [hours.get((group, a), 0.0) for a in BUFFERS]
            bridge = max([0.0, *of_owner, *of_group])
            mild = {o for _, _, o in own} == set(members) and members
            named = {p for _, p, _ in own}
            mild = bool(mild) and all((owner, p) in city.degraded for p in named)
            if group in city.required_shares:  # in hundredths, so exact
                self._note(owner, next(number), named, mild=mild)
                yield owner, city.required_shares[group], members, bridge
            if group in city.groups or group not in city.required_shares:
                ones = dict.fromkeys(members, 1)
                self._note(owner, next(number), named, mild=mild)
                yield owner, city.groups.get(group, len(members)), ones, bridge
        left = sorted(depends - covered)
        for owner in sorted({s for s, p, _ in left if p == ANY_OF}):
            self._note(owner, next(number), {ANY_OF}, mild=(owner, ANY_OF) in city.degraded)
            yield owner, 1, {o: 1 for s, p, o in left if (s, p) == (owner, ANY_OF)}, 0.0
        for owner, relation, supplier in [d for d in left if d[1] != ANY_OF]:
            mild = (owner, relation) in city.degraded
            self._note(owner, next(number), {relation}, mild=mild)
            yield owner, 1, {supplier: 1}, hours.get((owner, bridged.get(relation)), 0.0)

    def _note(self, owner: int, number: int, named: set[str], *, mild: bool) -> None:
        """Remember the relations by which a requirement names its members, and whether its loss only degrades."""
        self.named[number] = named
        if mild:
            self.soft.add((owner, ("gate", number)))

    def _bridge(self, vertex: int, commodity: str) -> float:
        attribute = {LDT.Electricity: LDT.autonomyHours, LDT.Water: LDT.waterAutonomyHours}[
            commodity
        ]
        return max([0.0, *(h for v, a, h in self.city.buffers if v == vertex and a == attribute)])

    def _reached(self, commodity: str, within: set[int], roots: set[int]) -> set[int]:
        graph = self.flow[commodity].subgraph(within)
        live = [v for v in roots if v in graph]
        return set(live).union(*(nx.descendants(graph, v) for v in live))

    def fed(self, works: set[int], live: dict[str, set[int]]) -> dict[str, set[int]]:
        """What storages alone reach, by commodity: they feed what no source does."""
        found = {}
        for c in self.judged:
            dark = (works & set(self.flow[c])) - self._reached(c, works, self.sources[c])
            found[c] = self._reached(c, dark, live[c])
        return found

    def lost(self, works: set[int], fed: dict[str, set[int]]):
        """Yield (vertex, requirement key, bridge) of everything that works but lacks something."""
        for number, (owner, required, members, bridge) in enumerate(self.requirements):
            if owner in works and sum(x for m, x in members.items() if m in works) < required:
                yield owner, ("gate", number), bridge
        for c in self.judged:
            supplied = self._reached(c, works, self.sources[c]) | fed[c]
            for v in sorted((works & set(self.flow[c])) - supplied):
                yield v, ("supply", c), self._bridge(v, c)

    def _baseline(self) -> set[int]:
        works = set(range(self.city.n)) - (self.city.off - self.city.standby)
        full = {c: self._full(c) for c in COMMODITIES}
        while lost := {
            v for v, k, _ in self.lost(works, self.fed(works, full)) if (v, k) not in self.soft
        }:
            works -= lost
        mild = {(v, k) for v, k, _ in self.lost(works, self.fed(works, full))}
        self.degraded_before = mild
        return works

    def _pools(self, commodity: str, fed: set[int], live: set[int]):
        """Yield (storages of a pool, vertex → its part in what that vertex draws): of those that no other pool feeds."""
        below = {s: self._reached(commodity, fed, {s}) for s in live & fed}
        pools = {frozenset(t for t in below[s] & set(below) if s in below[t]) for s in below}
        roots = [p for p in pools if not any(below[t] & p for t in below if t not in p)]
        reach = {pool: set().union(*(below[s] for s in pool)) for pool in roots}
        for pool in roots:
            yield sorted(pool), {v: 1 / sum(v in r for r in reach.values()) for v in reach[pool]}

    def _look(self, works: set[int], left: dict[str, dict[int, float]]):
        """Return what is lost, what storages feed, and their pools; looked at once for each state."""
        live = {c: {v for v, x in left[c].items() if x > 0} for c in COMMODITIES}
        key = frozenset(works), *map(frozenset, live.values())
        if key not in self.seen:
            fed = self.fed(works, live)
            pools = {c: list(self._pools(c, fed[c], live[c])) for c in self.judged}
            self.seen[key] = list(self.lost(works, fed)), fed, pools
        return self.seen[key]

    def _factor(self, vertex: int, now: float) -> float:
        factors = [float(f) for f in self.city.profiles.get(vertex, "").split()] or [1.0]
        if self.clock is None:
            return sum(factors) / len(factors)
        return factors[int(self.clock + now) % len(factors)]

    def failures(
        self, outages: dict[int, float], horizon: float
    ) -> tuple[dict[int, float], set[int], set[int]]:
        """Return failure hours, what a running buffer still holds at the horizon, and what storages feed then.

        `degraded` is set: what lost something that it is degraded without, and stands, with its hour.
        """
        works, failed, pending = set(self.on), {}, {}
        worse: dict[int, float] = {}
        left = {c: {v: self.stores[c][v] for v in self._full(c)} for c in COMMODITIES}
        for step in range(int(horizon / STEP) + 1):
            now = step * STEP
            dying = {v for v, h in outages.items() if h <= now}
            due = {key for key, h in pending.items() if h <= now}
            dying |= {v for v, k in due if (v, k) not in self.soft}
            worse = worse | {v: worse.get(v, now) for v, k in due & self.soft}
            while True:
                failed |= dict.fromkeys(dying & works, now)
                works -= dying
                dying = set()
                for v, key, bridge in self._look(works, left)[0]:
                    if (v, key) in self.degraded_before:
                        continue
                    if pending.setdefault((v, key), now + bridge) <= now:
                        if (v, key) in self.soft:
                            worse.setdefault(v, now)
                        else:
                            dying.add(v)
                if not dying:
                    break
            for c, pools in self._look(works, left)[2].items():
                for pool, parts in pools:
                    self._draw(c, pool, parts, left[c], now)
        fed = set().union(*self._look(works, left)[1].values())
        self.degraded = {v: h for v, h in worse.items() if v in works}
        held = {v for (v, _), h in pending.items() if v in works and h > horizon}
        return failed, held - self.degraded.keys(), fed

    def _draw(
        self,
        commodity: str,
        pool: list[int],
        parts: dict[int, float],
        left: dict[int, float],
        now: float,
    ) -> None:
        demand = self.city.draws
        drawn = STEP * sum(
            demand.get((v, commodity), 0.0) * self._factor(v, now) * part
            for v, part in parts.items()
        )
        held = sum(left[s] for s in pool)
        for s in pool:
            left[s] = left[s] * (1 - drawn / held) if held > drawn else 0.0
