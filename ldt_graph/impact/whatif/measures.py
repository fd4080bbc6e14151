"""Which changes keep assets up in an outage, at the least cost, and why nothing cheaper does (DESIGN §5, item 6)."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from ldt_graph.deadline import go_on
from ldt_graph.errors import AmbiguousEntity, QueryError, UnknownEntity
from ldt_graph.impact.answers.consequence import MARKS, severity, weakened
from ldt_graph.impact.because.minimal import least
from ldt_graph.impact.engine import Outage, engine_of
from ldt_graph.impact.structure.changes import Change, document_of
from ldt_graph.impact.whatif.relevance import Relevance
from ldt_graph.impact.whatif.scenario import Scenario
from ldt_graph.namespaces import LDT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ldt_graph.graph import Graph
    from ldt_graph.impact.answers.consequence import Mark
    from ldt_graph.impact.engine import ImpactEngine
    from ldt_graph.impact.structure.network import Network
    from ldt_graph.impact.walk.cascade import Cascade

_PAIRS = 20_000  # that are tried; of more, the cheapest
_TOLD = 20  # cheaper measures whose failure is told

Chosen = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Tried:
    """Measures that were tried, by position among the candidates, and which assets they don't keep: as what they are left."""

    chosen: Chosen
    cost: float
    left: tuple[tuple[int, Mark], ...]

    @property
    def down(self) -> tuple[int, ...]:
        """The assets that they don't keep."""
        return tuple(v for v, _ in self.left)


class Measures:
    """The cheapest measures that keep assets up in an outage.

    Every single measure and every pair that can matter is tried, so that the result is exact among those. Of three
    and more a set is found by leaving out of all, the dearest first, what can be left out; it is an upper bound, and the
    three cheapest together are a lower one.

    Args:
        engine: Of the city as it is.
        version: Of the city, for complaints.
        outages: What goes out.
        keep: IRIs of the assets that are to be kept within the horizon.
        keep_from: From what: `failed`, `short` (and failed), or `degraded` (and both).
        candidates: What may be done; days in them are not looked at.
        horizon: Last hour looked at.
        clock: Hour of the day at hour 0.

    Raises:
        QueryError: There is nothing to keep, or nothing like that to keep it from, or an asset to keep goes out itself.
        UnknownEntity: An asset is not in this version.
    """

    def __init__(
        self,
        engine: ImpactEngine,
        version: int,
        outages: Sequence[Outage],
        keep: Sequence[str],
        candidates: Sequence[Change],
        *,
        keep_from: Mark = "failed",
        horizon: float = 24.0,
        clock: float | None = None,
    ) -> None:
        if not keep:
            raise QueryError("Measures need at least one asset to keep.", hint="Name it.")
        self._marks = MARKS[: severity(keep_from) + 1]
        self.keep_from: Mark = keep_from
        self._engine, self._version = engine, version
        self._outages, self._clock = list(outages), clock
        self.candidates = tuple(candidates)
        self.keep = sorted({engine.network.vertex(iri) for iri in keep})
        self.horizon = horizon
        self._tried: dict[Chosen, Tried] = {}
        self._relevant: dict[Chosen, frozenset[int]] = {}
        seeds = {engine.network.vertex(o.iri) for o in outages}
        for vertex in self.keep:
            if vertex in seeds:
                raise QueryError(
                    f"{engine.network.columns.iris[vertex]} goes out itself: no measure keeps it."
                )

    def _ask(self, chosen: Chosen) -> tuple[ImpactEngine, Cascade]:
        go_on()
        changes = tuple(self.candidates[c] for c in chosen)
        # Without their days: a measure is there when it is needed.
        scenario = Scenario("measures", tuple(_undated(c) for c in changes))
        made = scenario.open(self._engine, self._version).engine
        return made, made.walk(self._outages, horizon=self.horizon, clock=self._clock)[0]

    def trial(self, chosen: Chosen) -> Tried:
        """Return what some measures together don't keep."""
        if chosen not in self._tried:
            made, cascade = self._ask(chosen)
            tried = Tried(chosen, self._cost(chosen), tuple(self._left(cascade)))
            self._tried[chosen] = tried
            if tried.left and len(chosen) < 2:
                self._relevant[chosen] = self._matter(made, cascade, tried)
        return self._tried[chosen]

    def _left(self, cascade: Cascade) -> Iterator[tuple[int, Mark]]:
        """Yield the assets that are not kept; as ever, what was so before the outage is so."""
        failed, *weaker = self._marks
        left: dict[int, Mark] = {v: failed for v in self.keep if not cascade.works[v]}
        weak = weakened(cascade) if weaker else {}
        for mark in weaker:
            left = {v: mark for v in self.keep if v in weak[mark]} | left
        yield from sorted(left.items())

    def _matter(self, made: ImpactEngine, cascade: Cascade, tried: Tried) -> frozenset[int]:
        """Return the candidates that may help any of what is not kept."""
        relevance = Relevance(cascade)
        reached = relevance.behind(tried.down)
        if short := [v for v, mark in tried.left if mark == "short"]:
            reached |= relevance.behind(short, islands=True)
        resolve, index = self._resolve, made.network.directory.index
        found = set[int]()
        for number, change in enumerate(self.candidates):
            named = [change.asset, *([change.by] if change.by else [])]
            local = change.do in ("close", "feed", "autonomy")
            if not local or any(reached[index[resolve(n)]] for n in named):
                found.add(number)
        return frozenset(found)

    def _resolve(self, name: str) -> str:
        return self._engine.network.directory.resolve(name, self._version)

    @cached_property
    def sets(self) -> list[Tried]:
        """What suffices of no, one and two measures, the cheapest first."""
        nothing = self.trial(())
        if not nothing.left:
            return [nothing]
        found = [t for c in sorted(self._relevant[()]) if not (t := self.trial((c,))).down]
        found += [t for pair in self.pairs[:_PAIRS] if not (t := self.trial(pair)).down]
        return sorted(found, key=lambda t: (t.cost, t.chosen))

    @cached_property
    def pairs(self) -> list[Chosen]:
        """The pairs that can matter, the cheapest first: each of the two may bring up what the other leaves down."""
        if not self.trial(()).down:
            return []
        alone = self._relevant[()]
        failing = {c for c in alone if self.trial((c,)).down}
        found = {
            (min(a, b), max(a, b))
            for a in failing
            for b in self._relevant[(a,)] - {a}
            if b not in alone or (b in failing and a in self._relevant[(b,)])
        }
        return sorted(found, key=lambda pair: (self._cost(pair), pair))

    def _cost(self, chosen: Sequence[int]) -> float:
        return math.fsum(self.candidates[c].cost for c in chosen)

    @cached_property
    def more(self) -> Tried | None:
        """Three measures or more that suffice, none of which can be left out; None where all together don't."""
        every = tuple(range(len(self.candidates)))
        if len(every) < 3 or self.trial(every).down:
            return None
        cheap_first = sorted(every, key=lambda c: (self.candidates[c].cost, c))
        found = least(cheap_first, lambda some: not self.trial(tuple(sorted(some))).down)
        return self.trial(tuple(sorted(found)))

    @property
    def lower(self) -> float:
        """A cost below which nothing suffices; infinite where there is nothing left to try."""
        three = sorted(c.cost for c in self.candidates)[:3]
        bounds = [math.fsum(three)] if len(three) == 3 else []
        bounds += [t.cost for t in self.sets[:1]]
        if len(self.pairs) > _PAIRS:
            bounds.append(self._cost(self.pairs[_PAIRS]))
        return min(bounds, default=math.inf)

    @cached_property
    def best(self) -> Tried | None:
        """The cheapest that was found; None where nothing suffices."""
        found = self.sets[:1]
        if not found or found[0].cost > self.lower:
            found = [*found, *filter(None, [self.more])]
        return min(found, key=lambda t: t.cost, default=None)

    def document(self) -> dict[str, Any]:
        """Return the documented object (docs/reference/impact.md), ready for JSON."""
        best, who = self.best, self._engine.before.who
        limit = math.inf if best is None else best.cost
        cheaper = [t for t in self._tried.values() if t.cost < limit and t.down]
        cheaper.sort(key=lambda t: (-t.cost, len(t.down), t.chosen))
        alike = [t for t in self.sets if best and t.cost == best.cost and t != best]
        sizes = [len(chosen) for chosen in self._tried]
        return {
            "keep": [who(v) for v in self.keep],
            "keepFrom": self.keep_from,
            "measures": None if best is None else self.said(best),
            "cost": None if best is None else best.cost,
            "lower": None if self.lower == math.inf else self.lower,
            "exact": self.exact,
            "alike": [self.said(t) for t in alike[:_TOLD]],
            "tried": {
                "candidates": len(self.candidates),
                "singles": sizes.count(1),
                "pairs": sizes.count(2),
            },
            "cheaper": [
                {"measures": self.said(t), "cost": t.cost}
                | {"down": [{**who(v), "status": mark} for v, mark in t.left]}
                for t in cheaper[:_TOLD]
            ],
        }

    @property
    def exact(self) -> bool:
        """Whether nothing cheaper does, of any number of measures; or where nothing was found, that nothing does."""
        if self.best is None:
            return len(self.candidates) < 3 and len(self.pairs) <= _PAIRS
        return self.best.cost <= self.lower

    def said(self, tried: Tried) -> list[dict[str, Any]]:
        """Return measures as a file says them."""
        return [document_of(self.candidates[c]) for c in tried.chosen]


def _undated(change: Change) -> Change:
    return replace(change, on=None, until=None)


def open_switches(network: Network) -> tuple[Change, ...]:
    """Return the closing of every switch that is open, as measures of cost 1."""
    below = network.ontology.names_below(network.ontology.name_of(LDT.Switch))
    c = network.columns
    off = np.nonzero(c.off & ~network.idle)[0].tolist()
    return tuple(Change("close", _short(network, v)) for v in off if c.types[v] in below)


def _short(network: Network, vertex: int) -> str:
    """Return `dataset:identifier` where that means the vertex alone, else its IRI."""
    c = network.columns
    name, iri = f"{c.datasets[vertex]}:{c.identifiers[vertex]}", c.iris[vertex]
    try:
        return name if network.directory.resolve(name, 0) == iri else iri
    except (UnknownEntity, AmbiguousEntity):
        return iri


def find_measures(
    graph: Graph,
    of: Sequence[str],
    keep: Sequence[str],
    candidates: Sequence[Change] | None = None,
    *,
    keep_from: Mark = "failed",
    at: float = 0.0,
    horizon: float = 24.0,
    clock: float | None = None,
) -> Measures:
    """Resolve the names, and return the cheapest measures that keep assets up in an outage.

    Args:
        graph: Of a version.
        of: What goes out.
        keep: What is to be kept.
        candidates: What may be done; to close any open switch unless given.
        keep_from: From what: `failed`, `short` (and failed), or `degraded` (and both).
        at: Hour of the outage.
        horizon: Last hour looked at.
        clock: Hour of the day at hour 0.
    """
    engine, number = engine_of(graph), graph.version.number
    resolve = engine.network.directory.resolve
    outages = [Outage(resolve(n, number), at) for n in of]
    kept = [resolve(n, number) for n in keep]
    chosen = open_switches(engine.network) if candidates is None else candidates
    return Measures(
        engine,
        number,
        outages,
        kept,
        chosen,
        keep_from=keep_from,
        horizon=horizon,
        clock=clock,
    )
