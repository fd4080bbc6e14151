"""What fails, and when, if these assets fail: conduction, gates, buffers and time (DESIGN §5)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ldt_graph.errors import QueryError
from ldt_graph.impact.answers.answer import Impact
from ldt_graph.impact.mobility.reach import RoadMap, Ways
from ldt_graph.impact.structure.compile import compile_network, network_of
from ldt_graph.impact.structure.kept import once
from ldt_graph.impact.walk.cascade import Cascade
from ldt_graph.impact.walk.undisturbed import Undisturbed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ldt_graph.graph import Graph
    from ldt_graph.impact.mobility.reach import Reach
    from ldt_graph.impact.structure.network import Network, Reading


@dataclass(frozen=True, slots=True)
class Outage:
    """An asset taken out at an hour."""

    iri: str
    hour: float = 0.0


class ImpactEngine:
    """Answers impact questions on one network; immutable once made, safe to share between threads.

    Args:
        network: The network of one version.
        before: Its undisturbed state, where it is known already; else it is computed here, once.
        direct: Whether only the seeds themselves have consequences.
    """

    def __init__(
        self, network: Network, before: Undisturbed | None = None, *, direct: bool = False
    ) -> None:
        self.network = network
        self.before = before or Undisturbed(network)
        self.direct = direct
        self._roads: RoadMap | None = None

    def roads(self, graph: Graph) -> RoadMap | None:
        """Return the roads of the network, if it holds any: made at the first call, then kept; the graph is not.

        Args:
            graph: Of the same version, or of the one that a scenario changes: it says where things are.
        """
        if self._roads is None and self.network.roads.any():
            self._roads = RoadMap(graph, self.before)
        return self._roads

    def ask(
        self,
        seeds: Sequence[str | Outage],
        *,
        at: float = 0.0,
        horizon: float = 24.0,
        clock: float | None = None,
        graph: Graph | None = None,
    ) -> Impact:
        """Return what the outage of all `seeds` brings about.

        Args:
            seeds: Asset IRIs, out at `at`; or `Outage`s with hours of their own.
            at: Hour at which the seeds given by name go out.
            horizon: Last hour that is looked at, counted from hour 0 like `at`.
            clock: Hour of the day at hour 0, from 0 to 24: with it demand is drawn from storages by the hour,
                without it by its mean.
            graph: Says where things are; without it nothing is said of ways over the roads.

        Raises:
            QueryError: No seeds, or an hour that is negative, not a number or none of the day.
            UnknownEntity: A seed is not in this version.
        """
        cascade, vertices = self.walk(seeds, at=at, horizon=horizon, clock=clock)
        return Impact(cascade, vertices, at, horizon, Ways(self.roads, graph) if graph else None)

    def walk(
        self,
        seeds: Sequence[str | Outage],
        *,
        at: float = 0.0,
        horizon: float = 24.0,
        clock: float | None = None,
    ) -> tuple[Cascade, dict[int, float]]:
        """Return how the outage of all `seeds` spreads, and when each of them goes out. See `ask`."""
        if not seeds:
            raise QueryError(
                "An impact question needs at least one asset.", hint="Name it with --of."
            )
        outages = [s if isinstance(s, Outage) else Outage(s, at) for s in seeds]
        for outage in outages:
            if not (math.isfinite(outage.hour) and outage.hour >= 0):
                raise QueryError(f"The hour must be 0 or more hours, not {outage.hour}.")
        cascade = Cascade(self.before, horizon, clock, direct=self.direct)
        vertices: dict[int, float] = {}
        for outage in outages:
            vertex = self.network.vertex(outage.iri)
            vertices[vertex] = min(outage.hour, vertices.get(vertex, math.inf))
        cascade.run(vertices)
        return cascade, vertices


def engine_of(graph: Graph, reading: Reading = "any") -> ImpactEngine:
    """Return a graph's engine: made at the first call, then kept with the graph.

    Raises:
        QueryError: There is no such reading.
    """
    if reading not in _ENGINES:
        raise QueryError(
            f"Dependencies aren't read as {reading!r}.", hint=f"{', '.join(_ENGINES)}."
        )
    return once(graph, _ENGINES[reading])


def _any(graph: Graph) -> ImpactEngine:
    return ImpactEngine(network_of(graph))


def _all(graph: Graph) -> ImpactEngine:
    return ImpactEngine(compile_network(graph.columns(), graph.ontology, reading="all"))


def _direct(graph: Graph) -> ImpactEngine:
    engine = engine_of(graph)
    return ImpactEngine(engine.network, engine.before, direct=True)


_ENGINES: dict[Reading, Callable[[Graph], ImpactEngine]] = {
    "any": _any,
    "all": _all,
    "direct": _direct,
}


def reach(
    graph: Graph, *, of: Sequence[str] = (), to: Sequence[str] = (), nearest: bool = False
) -> Reach:
    """Return how long it takes over the roads of the undisturbed city. See `Impact.reach`."""
    engine = engine_of(graph)
    return Ways(engine.roads, graph).reach(engine.before.on, of=of, to=to, nearest=nearest)


def impact(
    graph: Graph,
    of: Sequence[str],
    *,
    at: float = 0.0,
    horizon: float = 24.0,
    clock: float | None = None,
    reading: Reading = "any",
) -> Impact:
    """Resolve the names and answer, by the graph's engine of a reading."""
    engine = engine_of(graph, reading)
    seeds = [engine.network.directory.resolve(name, graph.version.number) for name in of]
    return engine.ask(seeds, at=at, horizon=horizon, clock=clock, graph=graph)
