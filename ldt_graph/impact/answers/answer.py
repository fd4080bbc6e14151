"""The answer to an impact question: hits with their reasons, sums, and the documented object."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from ldt_graph.errors import QueryError
from ldt_graph.impact.answers.sums import Sums
from ldt_graph.impact.answers.tell import Words
from ldt_graph.impact.because.reasons import Reasons
from ldt_graph.impact.because.standby import must_start
from ldt_graph.impact.because.why import Proof
from ldt_graph.impact.because.whynot import Standing
from ldt_graph.impact.walk.amounts import LEFT_OUT
from ldt_graph.impact.walk.statuses import Statuses

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from ldt_graph.graph.columns import Bools, Floats, Ints
    from ldt_graph.impact.because.standby import Start
    from ldt_graph.impact.because.why import Why
    from ldt_graph.impact.because.whynot import WhyNot
    from ldt_graph.impact.mobility.reach import Reach, Ways
    from ldt_graph.impact.structure.network import Network, Reading
    from ldt_graph.impact.walk.cascade import Cascade
    from ldt_graph.impact.walk.statuses import Status
    from ldt_graph.impact.walk.steps import Step
    from ldt_graph.model import Version

Explain = Literal["chain", "step", "none"]
_SEEDS = 12
"""Seeds of which an answer says why they were off already."""


_READ: dict[Reading, str] = {
    "all": "Read as `all`: what nothing is said of fails only when all that it states by one relation do.",
    "direct": "Read as `direct`: only what hangs on the seeds themselves is looked at; what hangs on that is not.",
}


class Impact:
    """What an outage brings about. Sums and reasons are computed when asked for.

    Attributes:
        failed: Vertices that fail within the horizon, in order of hour, then IRI; without the seeds.
        statuses: These, and what is short, degraded or exposed.
    """

    def __init__(
        self,
        cascade: Cascade,
        seeds: dict[int, float],
        at: float,
        horizon: float,
        ways: Ways | None = None,
    ) -> None:
        self._cascade = cascade
        self._before = cascade.before
        self._network: Network = cascade.network
        self.seeds = seeds
        self.at = at
        self.horizon = horizon
        self.clock = cascade.clock
        seeded = np.zeros(cascade.network.size, dtype=bool)
        seeded[list(seeds)] = True
        failed = cascade.failed()
        self.failed: Ints = failed[~seeded[failed]]
        self.statuses = Statuses(cascade, self.failed)
        self._reasons = Reasons(cascade, self.statuses)
        self._added: tuple[str, ...] = ()
        self._ways = ways

    @property
    def exposed(self) -> Ints:
        """Vertices that depend on something that failed, or is short or degraded, and hold; in IRI order."""
        return self.statuses.exposed

    def __len__(self) -> int:
        return sum(map(len, self.statuses.parts.values()))

    def hits(
        self, explain: Explain = "chain", *, first: int | None = None, skip: int = 0
    ) -> Iterator[dict[str, Any]]:
        """Yield what failed, then what is short, degraded and exposed.

        Args:
            explain: `chain` back to a seed, its first `step` only, or `none`.
            first: At most so many.
            skip: Leave out so many from the start.
        """
        stop = len(self) if first is None else min(len(self), skip + first)
        for position in range(skip, stop):
            yield self.hit(position, explain)

    def positions(
        self, *, type_: str | None = None, domain: str | None = None, status: str | None = None
    ) -> list[int]:
        """Return the positions of the hits that match: of a class or one below it, a domain, a status."""
        network = self._network
        parts = self.statuses.parts
        vertex = np.concatenate([*parts.values()])
        keep = np.ones(len(vertex), dtype=bool)
        if status not in (None, *parts):
            known = ", ".join(parts)
            raise QueryError(f"No hit has the status {status!r}.", hint=f"It is one of {known}.")
        if type_ is not None:
            below = network.ontology.names_below(network.ontology.class_called(type_))
            keep &= np.isin(network.type_code[vertex], _codes_of(network.type_names, below))
        if domain is not None:
            keep &= np.isin(network.domain_code[vertex], _codes_of(network.domain_names, {domain}))
        if status is not None:
            keep &= np.repeat([s == status for s in parts], [*map(len, parts.values())])
        return np.nonzero(keep)[0].tolist()

    def hit(self, position: int, explain: Explain = "chain") -> dict[str, Any]:
        """Return the hit at a position, as in `document`."""
        vertex = self._vertices[position]
        said: dict[str, Any] = {
            **self._before.who(vertex),
            "status": self._status(position),
            "hour": self._reasons.hour(vertex),
            "because": [s.document for s in self.because(position, explain)],
        }
        for status, since in self.statuses.since.items() if said["hour"] is None else ():
            if vertex in since:
                said["hour"] = since[vertex] if said["hour"] is None else said["hour"]
                short = status == "short"
                said[status] = (
                    self.statuses.shortages.of(vertex).document if short else since[vertex]
                )
        return said

    def _status(self, position: int) -> Status:
        for status, vertices in self.statuses.parts.items():
            if position < len(vertices):
                return status
            position -= len(vertices)
        raise IndexError(position)

    @property
    def reading(self) -> Reading:
        """How dependencies were read that no group and no axiom covers."""
        return "direct" if self._cascade.direct else self._network.reading

    def document(
        self, version: Version | None = None, *, explain: Explain = "chain"
    ) -> dict[str, Any]:
        """Return the documented object (docs/reference/impact.md), ready for JSON."""
        return {
            **self.head(version),
            "summary": self.summary(),
            "hits": list(self.hits(explain)),
        }

    def head(self, version: Version | None = None) -> dict[str, Any]:
        """Return what was asked, and of which version, as `document` begins."""
        return {
            "version": version and version.document,
            "at": self.at,
            "horizon": self.horizon,
            "clock": self.clock,
            "reading": self.reading,
            "seeds": self.seed_list(),
        }

    def seed_list(self) -> list[dict[str, Any]]:
        """Describe the seeds; one that was already off changes nothing."""
        return [
            {**self._before.who(v), "hour": hour, "alreadyOff": not self._before.on[v]}
            for v, hour in sorted(self.seeds.items())
        ]

    def summary(self) -> dict[str, Any]:
        """Sum the hits by domain, type, status and district; people and critical facilities."""
        sums = self._sums.document
        of_amounts = [LEFT_OUT] if sums["short"] or sums["notSupplied"] else []
        return {
            **sums,
            "reach": self._reach_changed,
            "alreadyOff": self._before.already_off,
            "mustStart": [s.document for s in self.must_start],
            "notes": [*self._notes(), *of_amounts],
        }

    @property
    def _sums(self) -> Sums:
        return Sums(self._cascade, self.statuses)

    # ── by vertex, to compare and to add up ──────────────────────────────────────────────────────

    @property
    def size(self) -> int:
        """Number of vertices of the network."""
        return self._network.size

    @cached_property
    def down(self) -> Floats:
        """By vertex: the hour from which it is down; 0 if it was off before, infinite if it stands."""
        hours = np.where(self._before.on, np.inf, 0.0)
        for fate in self._cascade.fates:
            hours[fate.vertex] = fate.hour
        return hours

    @cached_property
    def people_hit(self) -> Floats:
        """By vertex: from which hour on those who live there are hit; 0 if their home was off before, infinite if not at all."""
        since = self._sums.people.since
        return np.where(self._before.on | (self.people == 0), since, 0.0)

    @cached_property
    def weak(self) -> Floats:
        """By vertex: from which hour on it is short or degraded, and stands; 0 if it was so before, infinite for all else."""
        hours = np.full(self.size, np.inf)
        for since in self.statuses.since.values():
            hours[list(since)] = np.minimum(hours[list(since)], [*since.values()])
        hours[list(self._before.weak)] = 0.0
        return np.where(self._cascade.works, hours, np.inf)

    def weak_as(self, vertex: int) -> str | None:
        """Return whether a vertex that stands is short or degraded, by the outage or before it."""
        return self.statuses.of(vertex) or self._before.weak.get(vertex)

    @cached_property
    def people_weak(self) -> Bools:
        """By vertex: whether those who live there have something short or degraded, and nothing that failed."""
        people, found = self._sums.people, np.zeros(self.size, dtype=bool)
        before = np.array(sorted(self._before.weak), dtype=np.int64)
        found[people.reached(before[self._cascade.works[before]])] = True
        for status in ("short", "degraded"):
            found[people.homes_by.get(status, [])] = True
        found[people.hit] = False
        return found

    @property
    def people(self) -> Floats:
        """By vertex: how many live there."""
        return self._before.supplied.homes.own

    @property
    def critical(self) -> Bools:
        """By vertex: whether it is a critical facility."""
        return self._network.columns.critical

    def who(self, vertex: int) -> dict[str, str | None]:
        """Return how an answer calls a vertex; shared, so not to be changed."""
        return self._before.who(vertex)

    def reach(
        self, *, of: Sequence[str] = (), to: Sequence[str] = (), nearest: bool = False
    ) -> Reach:
        """Return how long it takes over the roads from facilities to places, before the outage and at the horizon.

        Cost: a search for each facility, or kind of them, once for all questions; after the outage only for ways that it
        touches.

        Args:
            of: Names of facilities; the critical ones unless given.
            to: Names of places, or of anything; districts and service areas unless given.
            nearest: Of each kind of facility only the nearest counts, of those that work.

        Raises:
            QueryError: The twin holds no roads, nothing to ask from or to, or what is named is nowhere.
        """
        if self._ways is None:
            raise QueryError("The answer was made without a graph, which says where things are.")
        return self._ways.reach(self._cascade.works, self._slower, of=of, to=to, nearest=nearest)

    @property
    def _reach_changed(self) -> dict[str, Any] | None:
        """What the outage makes of ways; None where it hits no road, which costs nothing then."""
        hit = self._network.roads[self._cascade.failed()].any()
        hit |= self._network.roads[self._cascade.degraded.vertex].any()
        return self._ways.changed(self._cascade.works, self._slower) if hit and self._ways else None

    @property
    def _slower(self) -> Bools:
        """What the outage degrades."""
        found = np.zeros(self.size, dtype=bool)
        found[self._cascade.degraded.vertex] = True
        return found

    def brief(self) -> dict[str, Any]:
        """Return the sums of one question of many: without hits, districts, storages, what must start, and notes."""
        return {
            "seeds": [self._before.who(v)["iri"] for v in sorted(self.seeds)],
            "alreadyOff": [
                self._before.who(v)["iri"] for v in sorted(self.seeds) if not self._before.on[v]
            ],
            "summary": self._sums.brief,
        }

    @cached_property
    def must_start(self) -> list[Start]:
        """What is on stand-by and must start for the rest to hold."""
        return must_start(self._cascade, self.seeds)

    def add_notes(self, notes: Sequence[str]) -> None:
        """Let the answer say more of what it leaves out: of how its seeds were found."""
        self._added = (*self._added, *notes)

    def _notes(self) -> list[str]:
        """Say what the answer leaves out, first of all why a seed was off already."""
        off = [v for v in sorted(self.seeds) if not self._before.on[v]]
        of_seeds = [self._before.doubts.of_seed(v) for v in off[:_SEEDS]]
        if len(off) > _SEEDS:
            of_seeds.append(f"{len(off) - _SEEDS:,} seeds more were off already.")
        return [
            *self._added,
            *filter(None, of_seeds),
            *filter(None, [_READ.get(self.reading)]),
            *self._before.notes,
            *self._before.supplied.notes,
        ]

    def because(self, position: int, explain: Explain = "chain") -> list[Step]:
        """Return the reasons of the hit at a position: from the hit back to a seed, nearest first."""
        if explain == "none":
            return []
        first_only, vertex = explain == "step", self._vertices[position]
        failed = position < len(self.failed)
        of = self._reasons.of_failed if failed else self._reasons.of_standing
        return self._chain(*of(vertex, first_only=first_only), first_only=first_only)

    def _chain(self, steps: list[Step], cause: int, *, first_only: bool = False) -> list[Step]:
        chain = list(steps)
        while cause >= 0 and not first_only:
            steps, cause = self._reasons.of_failed(cause)
            chain += steps
        return chain

    def resolve(self, name: str, version: int) -> str:
        """Return the IRI that a name means: an IRI, `dataset:identifier` or an identifier.

        Raises:
            QueryError: Nothing is called so in this version, or several things are.
        """
        return self._network.directory.resolve(name, version)

    def why(self, iri: str) -> Why | WhyNot:
        """Return all that had to happen for an asset to fail; or of one that does not fail, what holds it.

        Costs a question for each cause and a few more.

        Raises:
            UnknownEntity: It is not in this version.
        """
        vertex = self._network.vertex(iri)
        proof = Proof(self._cascade, self._reasons, self.seeds)
        if not (self._cascade.works[vertex] or not self._before.on[vertex]):
            return proof.why(vertex)
        stands = Standing(self._cascade, self._reasons).why_not(vertex)
        status = self.statuses.of(vertex)
        if status not in ("short", "degraded"):
            if stands.status != "untouched" or vertex not in self.statuses.leaning[0]:
                return stands
            chain = self._chain(*self._reasons.of_standing(vertex))
            return replace(stands, status="exposed", because=tuple(chain))
        return replace(
            stands,
            status=status,
            hour=self.statuses.since[status][vertex],
            seeds=proof.of_weak(vertex, self.statuses),
            short=self.statuses.shortages.of(vertex) if status == "short" else None,
            because=tuple(self._chain(*self._reasons.of_standing(vertex))),
        )

    def called(self, iri: str) -> str:
        """Return how to call an asset in a sentence: by its name or identifier, with its type unless that is said."""
        network, c = self._network, self._network.columns
        vertex = network.directory.index[iri]
        kind, name = network.spoken_type(vertex), c.names[vertex] or c.identifiers[vertex] or iri
        said = set(kind.split()) & set(name.lower().split())
        return name if said else f"{kind} {name}"

    @property
    def words(self) -> Words:
        """How its sentences call assets and relations."""
        return Words(self.called, self._network.spoken_relation)

    def telling(self, most: int) -> list[int]:
        """Return the positions of hits worth telling: one of each type, critical facilities and long causes first."""
        critical, code = self._network.columns.critical, self._network.type_code
        chosen: dict[int, tuple[bool, int]] = {}
        for position in range(len(self)):
            vertex = self._vertices[position]
            kind = int(code[vertex])
            if kind not in chosen or critical[vertex] > chosen[kind][0]:
                chosen[kind] = (bool(critical[vertex]), position)

        def rank(choice: tuple[bool, int]) -> tuple[bool, int, int]:
            steps = self.because(choice[1])
            return not choice[0], -sum(s.reason != "supply" for s in steps), len(steps)

        return [position for _, position in sorted(chosen.values(), key=rank)[:most]]

    # ── hits ───────────────────────────────────────────────────────────────────────────────────

    @cached_property
    def _vertices(self) -> list[int]:
        return [v for vertices in self.statuses.parts.values() for v in vertices.tolist()]


def _codes_of(names: Sequence[str], wanted: Collection[str]) -> list[int]:
    return [code for code, name in enumerate(names) if name in wanted]
