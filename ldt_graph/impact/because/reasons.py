"""Why an asset failed, or stands: one way back from it to a seed, hop by hop."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from ldt_graph.impact.because.feeders import Feeders
from ldt_graph.impact.structure.shares import WHOLE
from ldt_graph.impact.walk.losses import Cause
from ldt_graph.impact.walk.steps import Buffer, Gate, Step, Stored

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ldt_graph.impact.structure.network import Network
    from ldt_graph.impact.walk.cascade import Cascade
    from ldt_graph.impact.walk.statuses import Statuses
    from ldt_graph.impact.walk.steps import Reason

Standing = Literal["held", "buffered", "stored", "degraded", "weak"]


class Reasons:
    """The reasons of one question; what hits share is made once."""

    def __init__(self, cascade: Cascade, statuses: Statuses) -> None:
        self._cascade = cascade
        self._statuses = statuses
        self._before = cascade.before
        self._network: Network = cascade.network
        self._exposures = cascade.exposures
        self.feeders = Feeders(cascade)
        self._steps: dict[int, tuple[list[Step], int]] = {}
        self._hops_up: dict[tuple[int, int, Reason], tuple[Step, int]] = {}

    def hour(self, vertex: int) -> float | None:
        """Return when a vertex failed."""
        fate = self._cascade.fate(vertex)
        return fate.hour if fate.round else None

    def of_failed(self, vertex: int, *, first_only: bool = False) -> tuple[list[Step], int]:
        """Return the steps from a failed vertex to the failure behind it, and that vertex (-1: none)."""
        if first_only:
            return self._why_failed(vertex, first_only=True)
        if vertex not in self._steps:
            self._steps[vertex] = self._why_failed(vertex, first_only=False)
        return self._steps[vertex]

    def of_short(self, vertex: int) -> tuple[list[Step], int]:
        """Return the step from what is short to the failure that left it so."""
        shortages, iris = self._statuses.shortages, self._network.columns.iris
        causes = shortages.causes(vertex)
        step = Step(
            asset=iris[vertex],
            hour=self._statuses.since["short"][vertex],
            reason="short",
            cause=iris[causes[0]],
            commodity=shortages.of(vertex).commodity,
            also=tuple(iris[c] for c in causes[1:]),
        )
        return [step], causes[0]

    def of_degraded(self, vertex: int, *, first_only: bool = False) -> tuple[list[Step], int]:
        """Return the steps from what is degraded to the failure behind it."""
        d = self._cascade.degraded
        at = int(np.searchsorted(d.vertex, vertex))
        cause, index, round_ = (int(c[at]) for c in (d.cause, d.index, d.round))
        steps, behind = self._hops(vertex, cause, index, round_, "degraded", first_only=first_only)
        return [replace(steps[0], hour=float(d.hour[at])), *steps[1:]], behind

    def of_leaning(self, vertex: int) -> tuple[list[Step], int]:
        """Return the step from what requires something short or degraded, and that."""
        vertices, gates = self._statuses.leaning
        gate = int(gates[np.searchsorted(vertices, vertex)])
        member, edge = self._statuses.leans_on(gate)
        return [self.gate_step(vertex, gate, member, edge, self._cascade.round, "weak")], member

    def of_standing(self, vertex: int, *, first_only: bool = False) -> tuple[list[Step], int]:
        """Return the steps from what stands to a failure that reached it, by the worst that it is."""
        status = self._statuses.of(vertex)
        if status == "short":
            return self.of_short(vertex)
        if status == "degraded":
            return self.of_degraded(vertex, first_only=first_only)
        at = int(np.searchsorted(self._exposures.vertex, vertex))
        if at < len(self._exposures.vertex) and self._exposures.vertex[at] == vertex:
            return self.of_exposed(at, first_only=first_only)
        steps, member = self.of_leaning(vertex)
        if first_only:
            return steps, member
        more, behind = self.of_standing(member)
        return [*steps, *more], behind

    def of_exposed(self, position: int, *, first_only: bool = False) -> tuple[list[Step], int]:
        """Return the steps from what is exposed, by its position among these, to the failure that touched it."""
        e = self._exposures
        vertex, cause, index = (int(c[position]) for c in (e.vertex, e.cause, e.index))
        standing: Standing = "buffered" if e.buffered[position] else "held"
        islands = self._cascade.islands.get(index) if cause == Cause.SUPPLY else None
        if standing == "buffered" and islands is not None and islands.fed[vertex]:
            standing = "stored"
        return self._hops(
            vertex, cause, index, int(e.round[position]), standing, first_only=first_only
        )

    def _why_failed(self, vertex: int, *, first_only: bool) -> tuple[list[Step], int]:
        fate, index = self._cascade.fate(vertex), self._cascade.lost(vertex)
        if fate.cause not in (Cause.GATE, Cause.SUPPLY):
            iri = self._network.columns.iris[vertex]
            return [Step(iri, self.hour(vertex), "outage")], -1
        return self._hops(vertex, fate.cause, index, fate.lost_round, None, first_only=first_only)

    def _hops(
        self,
        vertex: int,
        cause: int,
        index: int,
        round_: int,
        standing: Standing | None,
        *,
        first_only: bool,
    ) -> tuple[list[Step], int]:
        if cause == Cause.GATE:
            return self._gate_step(vertex, index, round_, standing)
        return self._supply_steps(vertex, index, round_, standing, first_only=first_only)

    def _gate_step(
        self, vertex: int, gate: int, round_: int, standing: Standing | None
    ) -> tuple[list[Step], int]:
        gates, fate = self._network.gates, self._cascade.fate
        culprit = edge = -1
        last: tuple[bool, int] = (False, 0)
        first, weights = int(gates.member_start[gate]), gates.weights(gate).tolist()
        for entry, counts in enumerate(weights, start=first):
            member = int(gates.member[entry])
            gone = (counts > 0, fate(member).round)
            if 0 < gone[1] <= round_ and gone > last:
                # The last one to go tipped it, of those that count; among several, the first in IRI order.
                culprit, edge, last = member, int(gates.member_edge[entry]), gone
        return [self.gate_step(vertex, gate, culprit, edge, round_, standing)], culprit

    def gate_step(
        self,
        vertex: int,
        gate: int,
        culprit: int,
        edge: int,
        round_: int,
        standing: Standing | None = None,
    ) -> Step:
        """Return the step from a vertex over one of its gates to a member that failed."""
        iris = self._network.columns.iris
        return Step(
            asset=iris[vertex],
            hour=self.hour(vertex),
            reason=standing or "gate",
            relation=self._network.relation_name(edge),
            cause=iris[culprit],
            commodity=self._network.commodity_name(edge),
            gate=self._gate(gate, round_),
            buffer=_buffer(float(self._network.gates.bridge[gate]), standing),
            evidence=self._before.evidence(edge),
        )

    def _gate(self, gate: int, round_: int) -> Gate:
        """Return a gate as it was after a round."""
        gates, iris = self._network.gates, self._network.columns.iris
        group, axiom = int(gates.group[gate]), int(gates.axiom[gate])
        required = int(gates.required[gate])
        stood = [self._stood(m, round_) for m in gates.members(gate).tolist()]
        relation = gates.axioms[axiom] if axiom >= 0 else None
        by_axiom = relation is not None and self._network.ontology.sufficing(relation) is not None
        said = Gate(
            stated=group >= 0 or by_axiom,
            group=iris[group] if group >= 0 else None,
            relation=relation,
            required=required,
            members=len(stood),
            working=sum(stood),
        )
        if not gates.shared[gate]:
            return said
        left = int(gates.weights(gate)[stood].sum()) / WHOLE
        return replace(said, required=None, required_share=required / WHOLE, working_share=left)

    def _stood(self, vertex: int, round_: int) -> bool:
        """Whether a vertex worked after a round."""
        return bool(self._before.on[vertex]) and not 0 < self._cascade.fate(vertex).round <= round_

    def joint_step(
        self, number: int, vertex: int, feeder: int, edge: int, reason: Reason = "supply"
    ) -> Step:
        """Return the step from a vertex over a joint to what feeds it."""
        return self._before.joint_step(number, vertex, feeder, edge).at(self.hour(vertex), reason)

    def _supply_steps(
        self,
        vertex: int,
        number: int,
        round_: int,
        standing: Standing | None,
        *,
        first_only: bool,
    ) -> tuple[list[Step], int]:
        """Walk up the undisturbed supply path to the nearest asset on it that had stopped by itself."""
        steps: list[Step] = []
        feeder = vertex
        while True:
            step, feeder = self._supply_step(number, feeder, standing or "supply")
            steps.append(step)
            if first_only or self.feeders.stopped(number, feeder, round_):
                break
        steps[0] = self._lost(steps[0], number, vertex, round_, standing, feeder)
        return steps, feeder

    def _lost(
        self,
        step: Step,
        number: int,
        vertex: int,
        round_: int,
        standing: Standing | None,
        feeder: int,
    ) -> Step:
        """Return the first step of a loss with all that the loss took: other feeders, storages, a buffer."""
        if standing == "held":
            return step
        iris = self._network.columns.iris
        others = [iris[f] for f in self.feeders.of(number, vertex, round_) if f != feeder]
        storages = tuple(self.storages(number, vertex))
        buffer = _buffer(float(self._before.judged[number].bridge[vertex]), standing)
        if not (others or storages or buffer):
            return step
        return replace(step, buffer=buffer, storages=storages, also=tuple(others))

    def _supply_step(self, number: int, vertex: int, reason: Reason) -> tuple[Step, int]:
        """Return the step up a supply path and the vertex that feeds; the paths of many hits share theirs."""
        key = (number, vertex, reason)
        if key not in self._hops_up:
            step, feeder = self._before.supply_step(number, vertex)
            self._hops_up[key] = step.at(self.hour(vertex), reason), feeder
        return self._hops_up[key]

    def storages(self, number: int, vertex: int) -> Iterator[Stored]:
        """Yield the storages that fed a vertex of a commodity, the last to run dry first."""
        islands = self._cascade.islands.get(number)
        if islands is None:
            return
        iris, stores = self._network.columns.iris, islands.stores
        for at, held, since, until in islands.feeding(vertex):
            storage = iris[int(stores.vertex[at])]
            yield Stored(storage, round(held, 6), stores.unit, since, until)


def _buffer(hours: float, standing: str | None) -> Buffer | None:
    return Buffer(hours) if hours > 0 and standing not in ("held", "stored", "weak") else None
