"""The answer to an impact question: hits with their reasons, sums, and the documented object."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from ldt_graph.errors import QueryError
from ldt_graph.impact.cascade import Cause
from ldt_graph.impact.forest import entries
from ldt_graph.impact.steps import Buffer, Gate, Step
from ldt_graph.impact.tell import Words

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from ldt_graph.graph.columns import Ints
    from ldt_graph.impact.cascade import Cascade
    from ldt_graph.impact.network import Network
    from ldt_graph.impact.steps import Reason
    from ldt_graph.model import Version

Explain = Literal["chain", "step", "none"]
Status = Literal["failed", "exposed"]


class Impact:
    """What an outage brings about. Sums and reasons are computed when asked for.

    Attributes:
        failed: Vertices that fail within the horizon, in order of hour, then IRI; without the seeds.
        exposed: Vertices that depend on something that failed, and stand; in IRI order.
    """

    def __init__(
        self, cascade: Cascade, seeds: dict[int, float], at: float, horizon: float
    ) -> None:
        self._cascade = cascade
        self._before = cascade.before
        self._network: Network = cascade.network
        self.seeds = seeds
        self.at = at
        self.horizon = horizon
        seeded = np.zeros(cascade.network.size, dtype=bool)
        seeded[list(seeds)] = True
        failed = cascade.failed()
        self.failed: Ints = failed[~seeded[failed]]
        self._exposures = cascade.exposures()
        self.exposed: Ints = self._exposures.vertex
        self._steps: dict[int, tuple[list[Step], int]] = {}
        self._hops_up: dict[tuple[int, int, Reason], tuple[Step, int]] = {}

    def __len__(self) -> int:
        return len(self.failed) + len(self.exposed)

    def hits(
        self, explain: Explain = "chain", *, first: int | None = None, skip: int = 0
    ) -> Iterator[dict[str, Any]]:
        """Yield what failed, then what is exposed.

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
        vertex = np.concatenate([self.failed, self.exposed])
        keep = np.ones(len(vertex), dtype=bool)
        if status not in (None, "failed", "exposed"):
            raise QueryError(f"No hit has the status {status!r}.", hint="failed or exposed.")
        if type_ is not None:
            below = network.ontology.names_below(network.ontology.class_called(type_))
            keep &= np.isin(network.type_code[vertex], _codes_of(network.type_names, below))
        if domain is not None:
            keep &= np.isin(network.domain_code[vertex], _codes_of(network.domain_names, {domain}))
        if status is not None:
            keep &= (np.arange(len(vertex)) < len(self.failed)) == (status == "failed")
        return np.nonzero(keep)[0].tolist()

    def hit(self, position: int, explain: Explain = "chain") -> dict[str, Any]:
        """Return the hit at a position, as in `document`."""
        vertex = self._vertices[position]
        failed = position < len(self.failed)
        return {
            **self._before.who(vertex),
            "status": "failed" if failed else "exposed",
            "hour": self._hour(vertex),
            "because": [s.document for s in self.because(position, explain)],
        }

    def document(
        self, version: Version | None = None, *, explain: Explain = "chain"
    ) -> dict[str, Any]:
        """Return the documented object (docs/reference/impact.md), ready for JSON."""
        return {
            "version": {"number": version.number, "time": version.time} if version else None,
            "at": self.at,
            "horizon": self.horizon,
            "seeds": self.seed_list(),
            "summary": self.summary(),
            "hits": list(self.hits(explain)),
        }

    def seed_list(self) -> list[dict[str, Any]]:
        """Describe the seeds; one that was already off changes nothing."""
        return [
            {**self._before.who(v), "hour": hour, "alreadyOff": not self._before.on[v]}
            for v, hour in sorted(self.seeds.items())
        ]

    def summary(self) -> dict[str, Any]:
        """Sum the hits by domain, type, status and district; people and critical facilities."""
        columns = self._network.columns
        return {
            "byStatus": {"failed": len(self.failed), "exposed": len(self.exposed)},
            "byDomain": self._by(self._network.domain_code, self._network.domain_names),
            "byType": self._by(self._network.type_code, self._network.type_names),
            "people": {s: int(columns.population[v].sum()) for s, v in self._parts()},
            "criticalFacilities": {s: int(columns.critical[v].sum()) for s, v in self._parts()},
            "districts": self._districts(),
            "alreadyOff": self._before.already_off,
            "notes": self._notes(),
        }

    def _notes(self) -> list[str]:
        """Say what the answer leaves out, first of all why a seed was off already."""
        of_seeds = map(self._before.doubts.of_seed, sorted(self.seeds))
        return [*filter(None, of_seeds), *self._before.notes]

    def because(self, position: int, explain: Explain = "chain") -> list[Step]:
        """Return the reasons of the hit at a position: from the hit back to a seed, nearest first."""
        if explain == "none":
            return []
        vertex = self._vertices[position]
        if position < len(self.failed):
            steps, cause = self._failure(vertex, first_only=explain == "step")
        else:
            e, i = self._exposures, position - len(self.failed)
            steps, cause = self._hops(
                vertex,
                int(e.cause[i]),
                int(e.index[i]),
                int(e.round[i]),
                "buffered" if e.buffered[i] else "held",
                first_only=explain == "step",
            )
        if explain == "step":
            return steps
        chain = list(steps)
        while cause >= 0:
            steps, cause = self._failure(cause)
            chain += steps
        return chain

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
        return [*self.failed.tolist(), *self.exposed.tolist()]

    def _hour(self, vertex: int) -> float | None:
        fate = self._cascade.fate(vertex)
        return fate.hour if fate.round else None

    # ── reasons ────────────────────────────────────────────────────────────────────────────────

    def _failure(self, vertex: int, *, first_only: bool = False) -> tuple[list[Step], int]:
        """Return the steps from a failed vertex to the failure behind it, and that vertex (-1: none)."""
        if first_only:
            return self._why_failed(vertex, first_only=True)
        if vertex not in self._steps:
            self._steps[vertex] = self._why_failed(vertex, first_only=False)
        return self._steps[vertex]

    def _why_failed(self, vertex: int, *, first_only: bool) -> tuple[list[Step], int]:
        fate, index = self._cascade.fate(vertex), self._cascade.lost(vertex)
        if fate.cause not in (Cause.GATE, Cause.SUPPLY):
            iri = self._network.columns.iris[vertex]
            return [Step(iri, self._hour(vertex), "outage")], -1
        return self._hops(vertex, fate.cause, index, fate.lost_round, None, first_only=first_only)

    def _hops(
        self,
        vertex: int,
        cause: int,
        index: int,
        round_: int,
        standing: Literal["held", "buffered"] | None,
        *,
        first_only: bool,
    ) -> tuple[list[Step], int]:
        if cause == Cause.GATE:
            return self._gate_step(vertex, index, round_, standing)
        return self._supply_steps(vertex, index, round_, standing, first_only=first_only)

    def _gate_step(
        self, vertex: int, gate: int, round_: int, standing: Literal["held", "buffered"] | None
    ) -> tuple[list[Step], int]:
        gates, fate, on = self._network.gates, self._cascade.fate, self._before.on
        start, stop = int(gates.member_start[gate]), int(gates.member_start[gate + 1])
        culprit = edge = -1
        last = working = 0
        for entry in range(start, stop):
            member = int(gates.member[entry])
            gone = fate(member).round
            if not 0 < gone <= round_:
                working += bool(on[member])
            elif gone > last:  # the last one to go tipped it; among several, the first in IRI order
                culprit, edge, last = member, int(gates.member_edge[entry]), gone
        group = int(gates.group[gate])
        iris = self._network.columns.iris
        step = Step(
            asset=iris[vertex],
            hour=self._hour(vertex),
            reason=standing or "gate",
            relation=self._network.relation_name(edge),
            cause=iris[culprit],
            commodity=self._network.commodity_name(edge),
            gate=Gate(
                stated=group >= 0,
                group=iris[group] if group >= 0 else None,
                required=int(gates.required[gate]),
                members=stop - start,
                working=working,
            ),
            buffer=_buffer(float(gates.bridge[gate]), standing),
            evidence=self._before.evidence(edge),
        )
        return [step], culprit

    def _supply_steps(
        self,
        vertex: int,
        number: int,
        round_: int,
        standing: Literal["held", "buffered"] | None,
        *,
        first_only: bool,
    ) -> tuple[list[Step], int]:
        """Walk up the undisturbed supply path to the nearest asset on it that had failed."""
        fate = self._cascade.fate
        buffer = _buffer(float(self._before.judged[number].bridge[vertex]), standing)
        steps: list[Step] = []
        feeder = vertex
        while True:
            step, above = self._supply_step(number, feeder, standing or "supply")
            steps.append(step if steps or buffer is None else replace(step, buffer=buffer))
            feeder = above
            if first_only or 0 < fate(feeder).round <= round_:
                return steps, feeder

    def _supply_step(self, number: int, vertex: int, reason: Reason) -> tuple[Step, int]:
        """Return the step up a supply path and the vertex that feeds; the paths of many hits share theirs."""
        key = (number, vertex, reason)
        if key not in self._hops_up:
            step, feeder = self._before.supply_step(number, vertex)
            self._hops_up[key] = step.at(self._hour(vertex), reason), feeder
        return self._hops_up[key]

    # ── sums ───────────────────────────────────────────────────────────────────────────────────

    def _parts(self) -> tuple[tuple[Status, Ints], tuple[Status, Ints]]:
        return ("failed", self.failed), ("exposed", self.exposed)

    def _by(self, code: Ints, names: list[str]) -> dict[str, dict[str, int]]:
        counts = {s: np.bincount(code[v], minlength=len(names)) for s, v in self._parts()}
        hit = np.nonzero(counts["failed"] + counts["exposed"])[0].tolist()
        return {names[i]: {s: int(counts[s][i]) for s in ("failed", "exposed")} for i in hit}

    def _districts(self) -> list[dict[str, Any]]:
        start, place = self._network.places
        counts = {s: self._per_place(v, start, place) for s, v in self._parts()}
        c = self._network.columns
        return [
            {"iri": c.iris[p], "identifier": c.identifiers[p], "name": c.names[p]}
            | {s: counts[s].get(p, 0) for s in ("failed", "exposed")}
            for p in sorted(counts["failed"].keys() | counts["exposed"].keys())
        ]

    def _per_place(self, vertices: Ints, start: Ints, place: Ints) -> dict[int, int]:
        places, counts = np.unique(place[entries(start, vertices)], return_counts=True)
        return dict(zip(places.tolist(), counts.tolist(), strict=True))


def _buffer(hours: float, standing: str | None) -> Buffer | None:
    return Buffer(hours) if hours > 0 and standing != "held" else None


def _codes_of(names: Sequence[str], wanted: Collection[str]) -> list[int]:
    return [code for code, name in enumerate(names) if name in wanted]
