"""How long it takes from critical facilities to places over the roads, and what an outage makes of that."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from ldt_graph.deadline import go_on
from ldt_graph.errors import QueryError
from ldt_graph.impact.mobility.access import Accesses
from ldt_graph.impact.mobility.roads import Roads
from ldt_graph.namespaces import LDT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from ldt_graph.graph import Graph
    from ldt_graph.graph.columns import Bools, Floats
    from ldt_graph.impact.mobility.access import Access
    from ldt_graph.impact.mobility.roads import Closures
    from ldt_graph.impact.mobility.ways import State, Way
    from ldt_graph.impact.walk.undisturbed import Undisturbed
    from ldt_graph.model import Provenance

Status = Literal["unchanged", "longer", "cutOff", "apart"]
_RANK: dict[Status, int] = {"cutOff": 0, "longer": 1, "unchanged": 2, "apart": 3}
_SAME = 1e-9
"""Minutes that make no difference."""
_MOST = 1_000_000
"""Ways that one question may ask for."""


@dataclass(frozen=True, slots=True)
class Leg:
    """One link of a way.

    Attributes:
        link: IRI.
        start: IRI of the node where it is entered.
        end: IRI of the node where it is left.
        minutes: That it takes, with what its end delays.
        evidence: The row that says where it begins.
    """

    link: str
    start: str
    end: str
    minutes: float
    evidence: Provenance


@dataclass(frozen=True, slots=True)
class Route:
    """The shortest way from a facility to a place.

    Attributes:
        facility: Vertex of the facility where it begins.
        way: Its minutes and arcs.
    """

    facility: int
    way: Way


@dataclass(frozen=True, slots=True)
class Reached:
    """How a place is reached, before an outage and after it.

    Attributes:
        origins: Vertices of the facilities that it could be reached from: one, or all of a kind.
        kind: Name of their class.
        place: Vertex.
        before: None where no way leads.
        after: From one of them that still works, where they are all of a kind.
    """

    origins: tuple[int, ...]
    kind: str
    place: int
    before: Route | None
    after: Route | None

    @property
    def status(self) -> Status:
        """Whether the way is `longer`, `cutOff` or `unchanged`; `apart`: no way led before either."""
        if self.before is None:
            return "apart"
        if self.after is None:
            return "cutOff"
        return "longer" if self.extra > _SAME else "unchanged"

    @property
    def extra(self) -> float:
        """Minutes more than before; 0 where there is no way before or after."""
        if self.before is None or self.after is None:
            return 0.0
        return self.after.way.minutes - self.before.way.minutes


class RoadMap:
    """The roads of a city with its critical facilities and places; immutable, shared between questions.

    Args:
        graph: Says where things are; it is not kept.
        before: The undisturbed state of the same version, or of a scenario over it.
    """

    def __init__(self, graph: Graph, before: Undisturbed) -> None:
        self.before = before
        self.network = before.network
        self.roads = Roads(before.network, before.on)
        self._accesses = Accesses(graph, before.network, self.roads.nodes)
        self.ways = lru_cache(maxsize=128)(self._ways)
        critical = np.nonzero(before.network.columns.critical)[0].tolist()
        self.facilities = self.access(graph, critical)
        self.places = self.access(graph, self._places())

    @property
    def lonlat(self) -> Floats:
        """Longitude and latitude by road node; no numbers where it states none."""
        return self._accesses.lonlat

    def access(self, graph: Graph, vertices: Iterable[int]) -> dict[int, Access | None]:
        """Return where vertices meet the roads, in order."""
        return self._accesses.of(graph, vertices)

    def _places(self) -> list[int]:
        ontology, network = self.network.ontology, self.network
        below = ontology.subclasses(LDT.District) | ontology.subclasses(LDT.ServiceArea)
        known = [ontology.class_of(n) in below for n in network.type_names]
        return np.nonzero(np.array(known, dtype=bool)[network.type_code])[0].tolist()

    def _ways(self, starts: tuple[int, ...], wanted: tuple[int, ...]) -> dict[int, Way]:
        return self.roads.arcs.ways(starts, self.roads.before, wanted)

    def legs(self, route: Route, state: State) -> Iterator[Leg]:
        """Yield the links of a way."""
        roads, iris = self.roads, self.network.columns.iris
        for arc in route.way.arcs:
            start, end = (int(roads.nodes[n]) for n in (roads.arcs.tail[arc], roads.arcs.head[arc]))
            yield Leg(
                iris[int(roads.link[arc])],
                iris[start],
                iris[end],
                round(state.minutes[arc], 6),
                self.before.evidence(int(roads.edge[arc])),
            )


class Reach:
    """The ways of one question, before and after its outage.

    Args:
        roads: Of the city.
        works: What works at the horizon.
        degraded: What works, but worse, then.
        origins: Facilities with where they meet the roads: the critical ones unless others are given.
        places: The same of places: districts and service areas.
        nearest: Of each kind of facility only the nearest counts, of those that still work.
    """

    def __init__(
        self,
        roads: RoadMap,
        works: Bools,
        degraded: Bools | None = None,
        *,
        origins: Mapping[int, Access | None] | None = None,
        places: Mapping[int, Access | None] | None = None,
        nearest: bool = False,
    ) -> None:
        self.map = roads
        self.works = works
        self.closures: Closures = roads.roads.closures(works, degraded)
        self.nearest = nearest
        self.origins = roads.facilities if origins is None else origins
        self.places = roads.places if places is None else places

    @cached_property
    def rows(self) -> list[Reached]:
        """All ways: those cut off first, then the longest detours; then by kind, facility and place."""
        found = [row for group in self._groups() for row in self._of(group)]
        return sorted(found, key=lambda r: (_RANK[r.status], -r.extra, r.kind, r.origins, r.place))

    @cached_property
    def changed(self) -> list[Reached]:
        """The ways that are longer or cut off."""
        return [r for r in self.rows if r.status in ("longer", "cutOff")]

    @cached_property
    def counts(self) -> dict[str, int]:
        """How many ways are `longer`, and how many `cutOff`."""
        statuses = [r.status for r in self.changed]
        return {s: statuses.count(s) for s in ("longer", "cutOff")}

    def _groups(self) -> list[tuple[int, ...]]:
        placed = [v for v, access in self.origins.items() if access is not None]
        if not self.nearest:
            return [(v,) for v in placed]
        kinds: dict[int, list[int]] = {}
        for v in placed:
            kinds.setdefault(int(self.map.network.type_code[v]), []).append(v)
        return [tuple(kinds[k]) for k in sorted(kinds)]

    def _of(self, group: tuple[int, ...]) -> Iterator[Reached]:
        """Yield how each place is reached from the facilities of a group."""
        wanted = sorted({n for a in self.places.values() if a for n in a.nodes})
        go_on()
        on = self.map.before.on
        before, after = (self._starts(group, works) for works in (on, self.works))
        roads = self.map.roads
        ways = self.map.ways(tuple(sorted(before)), tuple(wanted))
        still = roads.arcs.after(ways, roads.before, self.closures.state, after)
        kind = self.map.network.type_names[int(self.map.network.type_code[group[0]])]
        for place, access in self.places.items():
            if access is not None:
                routes = (
                    _shortest(ways, access, before),
                    _shortest(still, access, after),
                )
                yield Reached(group, kind, place, *routes)

    def _starts(self, group: tuple[int, ...], works: Bools) -> dict[int, int]:
        """Return node → the facility there; of a kind only what works counts, the first of several at a node."""
        found: dict[int, int] = {}
        for v in group:
            access = self.origins[v]
            if access is not None and (works[v] or not self.nearest):
                for node in access.nodes:
                    found.setdefault(node, v)
        return found

    @property
    def notes(self) -> list[str]:
        """What the ways leave out, in sentences."""
        return [
            "Ways take what they take on empty roads; where traffic moves to is left out, and so is the way between a "
            "facility or place and its road node.",
            *self.map.roads.notes,
            *self._snapped(),
        ]

    def _snapped(self) -> Iterator[str]:
        every = [*self.origins.values(), *self.places.values()]
        for by, where in (
            ("distance", "at most {:,.0f} m away"),
            ("plan", "at most {:,.6g} of their plan's units away, if all is of one plan"),
        ):
            far = [a.distance or 0.0 for a in every if a and a.by == by]
            if far:
                yield (
                    f"{len(far):,} of {len(every):,} facilities and places state no road node (ldt:accessNode): they stand "
                    f"at the nearest, {where.format(max(far))}."
                )
        if nowhere := sum(a is None for a in every):
            yield f"{nowhere:,} facilities and places state neither a road node nor a position: no way leads to them."

    # ── the documented object ────────────────────────────────────────────────────────────────────

    @property
    def summary(self) -> dict[str, Any]:
        """The sums, and what changed, without ways, as in docs/reference/impact.md."""
        return {
            "closed": len(self.closures.closed),
            "delayed": len(self.closures.delayed),
            **self.counts,
            "changed": [self.entry(r, ways=False) for r in self.changed],
            "notes": self.notes,
        }

    def document(self, rows: Sequence[Reached], *, ways: bool = True) -> dict[str, Any]:
        """Return the documented object of some of the rows."""
        roads = self.map.roads
        iris = self.map.network.columns.iris
        return {
            "nearest": self.nearest,
            "closed": [iris[v] for v in self.closures.closed],
            "delayed": [iris[v] for v in self.closures.delayed],
            "total": len(self.rows),
            **self.counts,
            "ways": [self.entry(r, ways=ways) for r in rows],
            "notes": self.notes,
            "roadNodes": len(roads.nodes),
            "roadLinks": len(np.unique(roads.link)),
        }

    def entry(self, row: Reached, *, ways: bool = True) -> dict[str, Any]:
        """Return one row as in docs/reference/impact.md."""
        who, lives = self.map.before.who, self.map.before.supplied.homes.lives
        single = None if self.nearest else row.origins[0]
        state = {"before": self.map.roads.before, "after": self.closures.state}
        return {
            "kind": row.kind,
            "facility": None if single is None else who(single),
            "works": None if single is None else bool(self.works[single]),
            "place": who(row.place),
            "people": int(lives[row.place]),
            "status": row.status,
            "extra": round(row.extra, 6),
            **{
                key: route and self._route(route, state[key], ways=ways)
                for key, route in (("before", row.before), ("after", row.after))
            },
        }

    def _route(self, route: Route, state: State, *, ways: bool) -> dict[str, Any]:
        said: dict[str, Any] = {
            "facility": self.map.before.who(route.facility),
            "minutes": round(route.way.minutes, 6),
        }
        if ways:
            said["links"] = [_leg(leg) for leg in self.map.legs(route, state)]
        return said


class Ways:
    """Asks for ways over the roads of one version, or of a scenario over it.

    Args:
        roads: Gives the map of the version's roads, or of the scenario's, if there are any.
        graph: Of the version; it says where things are.
    """

    def __init__(self, roads: Callable[[Graph], RoadMap | None], graph: Graph) -> None:
        self._roads, self._graph = roads, graph

    def reach(
        self,
        works: Bools,
        degraded: Bools | None = None,
        *,
        of: Sequence[str] = (),
        to: Sequence[str] = (),
        nearest: bool = False,
    ) -> Reach:
        """Return the ways from facilities to places. See `Impact.reach`."""
        roads = self._roads(self._graph)
        if roads is None:
            raise QueryError(
                "The twin holds no road network.",
                hint="Road links state ldt:fromNode and ldt:toNode; the mapping `tntp` makes them of TNTP tables.",
            )
        origins, places = (self._named(roads, n) if n else None for n in (of, to))
        made = Reach(roads, works, degraded, origins=origins, places=places, nearest=nearest)
        if not (made.origins and made.places):
            what = "district or service area" if made.origins else "critical facility"
            raise QueryError(f"The twin holds no {what}.", hint="Name what is meant: --from, --to.")
        if (ways := len(made.origins) * len(made.places)) > _MOST:
            raise QueryError(
                f"{len(made.origins):,} facilities to {len(made.places):,} places are {ways:,} ways.",
                hint=f"Ask for {_MOST:,} at most, or for the nearest of each kind.",
            )
        return made

    def changed(self, works: Bools, degraded: Bools | None = None) -> dict[str, Any] | None:
        """Return what closures make of the ways from the nearest facility of each kind; None where there are none to look at."""
        roads = self._roads(self._graph)
        if roads is None or not (roads.facilities and roads.places):
            return None
        return Reach(roads, works, degraded, nearest=True).summary

    def _named(self, roads: RoadMap, names: Sequence[str]) -> dict[int, Access | None]:
        iris = [self._graph.resolve(n) for n in names]
        found = roads.access(self._graph, [roads.network.vertex(i) for i in iris])
        nowhere = [n for n, access in zip(names, found.values(), strict=False) if access is None]
        if nowhere:
            raise QueryError(
                f"{nowhere[0]} states neither a road node (ldt:accessNode) nor where it is.",
                hint="No way leads to or from it.",
            )
        return found


def _leg(leg: Leg) -> dict[str, Any]:
    e = leg.evidence
    return {
        "link": leg.link,
        "from": leg.start,
        "to": leg.end,
        "minutes": leg.minutes,
        "source": e.source,
        "row": e.row,
    }


def _shortest(ways: Mapping[int, Way], access: Access, starts: Mapping[int, int]) -> Route | None:
    found = [ways[n] for n in access.nodes if n in ways]
    if not found:
        return None
    way = min(found, key=lambda w: w.minutes)
    return Route(starts[way.start], way)
