"""Why an asset fails, by all that had to happen; and why another holds.

The causes of a failure suffice: taken alone, at their hours, they bring it about no later than it came, and none of
them can be left out. Both are tried by asking again, so a reason costs a question for each cause and a few more; where
many went out, a question of a small network (`behind`).
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from ldt_graph.impact.because.behind import Behind
from ldt_graph.impact.because.minimal import few, least
from ldt_graph.impact.because.reasons import Reasons
from ldt_graph.impact.structure.rows import gather
from ldt_graph.impact.walk.losses import Cause
from ldt_graph.impact.walk.statuses import Statuses

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ldt_graph.graph.columns import Ints
    from ldt_graph.impact.walk.cascade import Cascade
    from ldt_graph.impact.walk.steps import Gate, Step, Stored

Kind = Literal["outage", "gate", "supply"]
_FEW = 8
"""Seeds of which each is tried in the whole city; of more, in a small one."""
_SAME = 1e-5
"""Hours that make no difference: a storage's end is rounded."""


@dataclass(frozen=True, slots=True)
class Failed:
    """An asset that failed, and what brought that about.

    Attributes:
        asset: IRI.
        hour: When.
        reason: `outage`: it was taken out; `gate`: a requirement fell; `supply`: its network no longer reached it.
        commodity: What it lost, of a supply.
        gate: The requirement that fell.
        buffer: Hours that bridged the loss.
        storages: What fed it when no source did any more, the last to run dry first.
        causes: IRIs of what had to fail, the last to fail first; together they suffice, and none can be left out.
        steps: Hop by hop how each cause reaches it: from the asset to the cause, cause after cause.
    """

    asset: str
    hour: float
    reason: Kind
    commodity: str | None
    gate: Gate | None
    buffer: float | None
    storages: tuple[Stored, ...]
    causes: tuple[str, ...]
    steps: tuple[Step, ...]

    @property
    def document(self) -> dict[str, Any]:
        """The documented object, ready for JSON."""
        said = {f.name: getattr(self, f.name) for f in fields(self)}
        said["causes"] = list(self.causes)
        said["steps"] = [s.document for s in self.steps]
        said["storages"] = [_flat(s) for s in self.storages]
        said["gate"] = self.gate.document if self.gate else None
        return said


@dataclass(frozen=True, slots=True)
class Why:
    """Why an asset failed.

    Attributes:
        asset: How an answer calls it.
        hour: When it failed.
        seeds: IRIs of the seeds that bring it about alone, none of which can be left out.
        failed: The asset first, then all behind it, down to seeds: what happens if these seeds alone go out.
    """

    asset: Mapping[str, str | None]
    hour: float
    seeds: tuple[str, ...]
    failed: tuple[Failed, ...]

    @property
    def document(self) -> dict[str, Any]:
        """The documented object, ready for JSON (docs/reference/impact.md)."""
        return {
            **self.asset,
            "status": "failed",
            "hour": self.hour,
            "seeds": list(self.seeds),
            "failed": [f.document for f in self.failed],
        }


class Proof:
    """Finds sufficient reasons in one question.

    Args:
        cascade: The state of the question.
        reasons: Its single ways back.
        outages: Its seeds: vertex → hour.
        behind: A small network in which to ask again, if there is one.
    """

    def __init__(
        self,
        cascade: Cascade,
        reasons: Reasons,
        outages: dict[int, float],
        behind: Behind | None = None,
    ) -> None:
        self._cascade = cascade
        self._reasons = reasons
        self._outages = outages
        self._network = cascade.network
        self._behind = behind

    def why(self, vertex: int) -> Why:
        """Return the reason of a failed vertex."""
        iris = self._network.columns.iris
        if len(self._outages) > _FEW and not self._cascade.direct:
            self._behind = Behind(self._cascade, vertex, self._outages)
        seeds = least(
            sorted(self._outages, key=self._last_first), self._fails(vertex, self._outages)
        )
        return Why(
            self._cascade.before.who(vertex),
            self._cascade.fate(vertex).hour,
            tuple(iris[s] for s in seeds),
            tuple(self._of_these(seeds)._tree(vertex)),
        )

    def of_weak(self, vertex: int, statuses: Statuses) -> tuple[str, ...]:
        """Return the seeds that alone leave a vertex short or degraded, whichever it is, no later; none can be left out."""
        status = statuses.of(vertex)
        if status is None:
            return ()
        latest = statuses.since[status][vertex] + _SAME

        def weakens(seeds: Sequence[int]) -> bool:
            if not seeds:
                return False
            state = self._cascade.again({s: self._outages[s] for s in seeds})
            since = Statuses(state, state.failed()).since[status]
            return since.get(vertex, np.inf) <= latest

        return self._named(least(sorted(self._outages, key=self._last_first), weakens))

    def _of_these(self, seeds: list[int]) -> Proof:
        """Return the proof in the question of these seeds alone, so that nothing else is a cause."""
        if len(seeds) == len(self._outages):
            return self
        outages = {s: self._outages[s] for s in seeds}
        state = self._cascade.again(outages)
        statuses = Statuses(state, state.failed())
        return Proof(state, Reasons(state, statuses), outages, self._behind)

    def _tree(self, vertex: int) -> Iterator[Failed]:
        """Yield what is to be said of a failed vertex, then of all behind it."""
        told: set[int] = set()
        todo = [vertex]
        while todo:
            one = todo.pop(0)
            if one not in told:
                told.add(one)
                failed, causes = self._failed(one)
                yield failed
                todo += causes

    def _last_first(self, vertex: int) -> tuple[int, int]:
        return -self._cascade.fate(vertex).round, vertex

    def _fails(self, vertex: int, hours: Mapping[int, float]) -> Any:  # noqa: ANN401  (a test of causes)
        latest = self._cascade.fate(vertex).hour + _SAME

        def fails(causes: Sequence[int]) -> bool:
            alone = {c: hours[c] for c in causes}
            fate = self._behind.fate(vertex, alone) if self._behind else None
            if fate is None:
                fate = self._cascade.again(alone).fate(vertex)
            return fate.round > 0 and fate.hour <= latest

        return fails

    def _failed(self, vertex: int) -> tuple[Failed, list[int]]:
        """Return what is to be said of a failed vertex, and its causes."""
        fate, index = self._cascade.fate(vertex), self._cascade.lost(vertex)
        iri = self._network.columns.iris[vertex]
        if fate.cause == Cause.GATE:
            return self._of_gate(vertex, iri, fate.hour, index, fate.lost_round)
        if fate.cause == Cause.SUPPLY:
            return self._of_supply(vertex, iri, fate.hour, index, fate.lost_round)
        return Failed(iri, fate.hour, "outage", None, None, None, (), (), ()), []

    def _of_gate(
        self, vertex: int, iri: str, hour: float, gate: int, round_: int
    ) -> tuple[Failed, list[int]]:
        """Say it of a gate: of its members, the first to fail that left too few, the last of these first."""
        gates, fate = self._network.gates, self._cascade.fate
        span = range(int(gates.member_start[gate]), int(gates.member_start[gate + 1]))
        edge = {int(gates.member[e]): int(gates.member_edge[e]) for e in reversed(span)}
        gone = sorted(
            (m for m in edge if 0 < fate(m).round <= round_), key=lambda m: (fate(m).round, m)
        )
        first = gone[: gates.tipping(gate, gone, self._cascade.before.on)]
        causes = first if len(first) == 1 else self._suffice(vertex, iter([first]))
        steps = [self._reasons.gate_step(vertex, gate, m, edge[m], round_) for m in causes]
        bridge = float(gates.bridge[gate]) or None
        commodity, said = steps[0].commodity, steps[0].gate
        named = self._named(causes)
        return Failed(iri, hour, "gate", commodity, said, bridge, (), named, tuple(steps)), causes

    def _of_supply(
        self, vertex: int, iri: str, hour: float, number: int, round_: int
    ) -> tuple[Failed, list[int]]:
        """Say it of a supply: of all feeders that stopped, those without which a source or storage still reached it."""
        joints = self._cascade.before.judged[number]
        causes = self._suffice(vertex, self._candidates(number, vertex, round_))
        steps = self._ways(number, vertex, causes, round_)
        said = Failed(
            iri,
            hour,
            "supply",
            self._network.ontology.local_name(joints.commodity) or None,
            None,
            float(joints.bridge[vertex]) or None,
            tuple(self._reasons.storages(number, vertex)),
            self._named(causes),
            tuple(steps),
        )
        return said, causes

    def _candidates(self, number: int, vertex: int, round_: int) -> Iterator[list[int]]:
        """Yield what may suffice, from few to all that failed before."""
        stopped = self._reasons.feeders.all_stopped(number, round_)
        yield self._reasons.feeders.of(number, vertex, round_)
        yield np.nonzero(stopped)[0].tolist()
        own = self._cascade.fate(vertex).round
        earlier = [f.vertex for f in self._cascade.fates if f.round < own]
        yield np.concatenate(earlier).tolist()

    def _suffice(self, vertex: int, candidates: Iterator[list[int]]) -> list[int]:
        """Return causes of which none can be left out: of the first candidates nearly all are needed, of others few."""
        hours: dict[int, float] = {}
        for fewer, some in zip((few, least, least), candidates, strict=False):
            hours = {c: self._cascade.fate(c).hour for c in some if c != vertex}
            fails = self._fails(vertex, hours)
            if fails(list(hours)):
                return fewer(sorted(hours, key=self._last_first), fails)
        return sorted(hours, key=self._last_first)

    def _ways(self, number: int, vertex: int, causes: list[int], round_: int) -> Iterator[Step]:
        """Yield ways by joints from a vertex back to feeders that stopped, each through nothing else that stopped."""
        joints = self._cascade.before.judged[number]
        stopped = self._reasons.feeders.all_stopped(number, round_)
        stopped[causes] = True
        open_ = joints.member & self._cascade.before.on
        open_[causes], open_[vertex] = True, False
        entry = np.full(self._network.size, -1, dtype=np.int64)
        below = np.full(self._network.size, -1, dtype=np.int64)
        layer = np.array([vertex])
        while len(layer) and (entry[causes] < 0).any():
            at, which = gather(joints.into_start, layer)
            feeder = joints.into[at]
            fresh = open_[feeder]
            found, first = np.unique(feeder[fresh], return_index=True)
            entry[found], below[found] = at[fresh][first], layer[which[fresh][first]]
            open_[found] = False
            layer = found[np.argsort(first)]
            layer = layer[~stopped[layer]]
        for cause in causes:
            yield from reversed([*self._hops(number, vertex, cause, entry, below)])

    def _hops(
        self, number: int, vertex: int, cause: int, entry: Ints, below: Ints
    ) -> Iterator[Step]:
        into_edge, at = self._cascade.before.judged[number].into_edge, cause
        while entry[at] >= 0 and at != vertex:
            edge = int(into_edge[entry[at]])
            yield self._reasons.joint_step(number, int(below[at]), at, edge)
            at = int(below[at])

    def _named(self, vertices: Sequence[int]) -> tuple[str, ...]:
        return tuple(self._network.columns.iris[v] for v in vertices)


def _flat(part: Any) -> dict[str, Any]:  # noqa: ANN401  (a dataclass)
    return {f.name: getattr(part, f.name) for f in fields(part)}
