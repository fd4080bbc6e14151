"""Why an asset holds: what of its requirements was touched, and what keeps each."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from ldt_graph.impact.structure.rows import distinct, entries

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ldt_graph.graph.columns import Ints
    from ldt_graph.impact.because.reasons import Reasons
    from ldt_graph.impact.walk.cascade import Cascade
    from ldt_graph.impact.walk.shortage import Shortage
    from ldt_graph.impact.walk.steps import Gate, Step, Stored

By = Literal["members", "path", "storage", "buffer", "degraded", "untouched"]


@dataclass(frozen=True, slots=True)
class Held:
    """One requirement of an asset that holds.

    Attributes:
        by: `members` of its gate that still work; another `path` to a source; a `storage`; a `buffer`;
            it is lost, and the asset only `degraded` without; or it is `untouched`.
        commodity: What is required, of a supply, or of a relation that carries one.
        until: Hour at which a storage or buffer ends, if that is known.
        gate: The requirement, where it is one.
        working: IRIs of its members that still work.
        storages: That feed the asset.
        standby: IRIs of what is on stand-by on the path and must run.
        steps: The path to a source, hop by hop; or the members of the gate that failed.
    """

    by: By
    commodity: str | None
    until: float | None = None
    gate: Gate | None = None
    working: tuple[str, ...] = ()
    storages: tuple[Stored, ...] = ()
    standby: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()

    @property
    def document(self) -> dict[str, Any]:
        """The documented object, ready for JSON."""
        return {
            "by": self.by,
            "commodity": self.commodity,
            "until": self.until,
            "gate": self.gate.document if self.gate else None,
            "working": list(self.working),
            "storages": [_flat(s) for s in self.storages],
            "standby": list(self.standby),
            "steps": [s.document for s in self.steps],
        }


@dataclass(frozen=True, slots=True)
class WhyNot:
    """Why an asset did not fail.

    Attributes:
        asset: How an answer calls it.
        status: `short`, `degraded`, `exposed`, `untouched`, or `off`: it was off before.
        held: Its requirements: those that were touched, or else all.
        hour: From when on it is short or degraded.
        seeds: IRIs of the seeds that alone leave it so; none can be left out.
        short: The island in which it is short.
        because: From it back to a seed, where it is short or degraded, or only requires something that is.
        doubt: What the build set aside of it, or of what it hangs on, in a sentence: with that it might have failed.
    """

    asset: Mapping[str, str | None]
    status: Literal["short", "degraded", "exposed", "untouched", "off"]
    held: tuple[Held, ...]
    hour: float | None = None
    seeds: tuple[str, ...] = ()
    short: Shortage | None = None
    because: tuple[Step, ...] = ()
    doubt: str | None = None

    @property
    def document(self) -> dict[str, Any]:
        """The documented object, ready for JSON (docs/reference/impact.md)."""
        said = {**self.asset, "status": self.status, "held": [h.document for h in self.held]}
        if self.status in ("short", "degraded"):
            said |= {"hour": self.hour, "seeds": list(self.seeds)}
            said |= {"short": self.short.document} if self.short else {}
        if self.doubt:
            said["doubt"] = self.doubt
        if self.because:
            said["because"] = [s.document for s in self.because]
        return said


class Standing:
    """Finds in one question why things stand."""

    def __init__(self, cascade: Cascade, reasons: Reasons) -> None:
        self._cascade = cascade
        self._before = cascade.before
        self._reasons = reasons
        self._network = cascade.network

    def why_not(self, vertex: int) -> WhyNot:
        """Return why a vertex that did not fail did not."""
        who = self._before.who(vertex)
        if not self._before.on[vertex]:
            return WhyNot(who, "off", ())
        every = [*self._gates(vertex), *self._supplies(vertex)]
        weak = self._cascade.degraded.vertex
        idle = {"untouched"} if vertex in weak else {"untouched", "degraded"}
        touched = tuple(h for h in every if h.by not in idle)
        status = "exposed" if touched else "untouched"
        doubt = self._before.doubts.of_holding(vertex)
        return WhyNot(who, status, touched or tuple(every), doubt=doubt)

    def _gates(self, vertex: int) -> Iterator[Held]:
        gates, fate = self._network.gates, self._cascade.fate
        for gate in np.nonzero(gates.owner == vertex)[0].tolist():
            span = range(int(gates.member_start[gate]), int(gates.member_start[gate + 1]))
            if not span:
                continue
            edge = {int(gates.member[e]): int(gates.member_edge[e]) for e in reversed(span)}
            gone = sorted((m for m in edge if fate(m).round), key=lambda m: (fate(m).round, m))
            shown = gone or [min(edge)]
            last = self._cascade.round
            steps = [self._reasons.gate_step(vertex, gate, m, edge[m], last, "held") for m in shown]
            counted = steps[0].gate
            lost = counted is not None and not counted.holds
            left = tuple(
                self._network.columns.iris[m] for m in sorted(edge) if self._cascade.works[m]
            )
            by, until = ("members" if gone else "untouched"), None
            if lost:
                until = self._end_of_buffer(gate, gone)
                by = "degraded" if until is None else "buffer"
            said = tuple(steps) if gone else ()
            yield Held(by, steps[0].commodity, until, counted, left, steps=said)

    def _end_of_buffer(self, gate: int, gone: list[int]) -> float | None:
        """Return until when what is lost of a gate is bridged; None where that is over, and its owner degraded."""
        gates, before = self._network.gates, self._before.lost_gates
        if not gone or (before is not None and before[gate]):
            return None
        tipped = gates.tipping(gate, gone, self._before.on)
        until = self._cascade.fate(gone[tipped - 1]).hour + float(gates.bridge[gate])
        return until if until > self._cascade.horizon else None

    def _supplies(self, vertex: int) -> Iterator[Held]:
        for number, joints in enumerate(self._before.judged):
            if not joints.member[vertex]:
                continue
            commodity = self._network.ontology.local_name(joints.commodity) or None
            if self._cascade.is_lost(number, vertex):
                yield self._bridged(number, vertex, commodity)
            elif not self._cascade.is_doubtful(number, vertex):
                yield Held("untouched", commodity)
            else:
                path = self._path(number, vertex)
                iris = self._network.columns.iris
                standby = [iris[v] for v in path if self._network.idle[v]]
                yield Held(
                    "path",
                    commodity,
                    standby=tuple(standby),
                    steps=tuple(self._hops(number, path)),
                )

    def _bridged(self, number: int, vertex: int, commodity: str | None) -> Held:
        islands = self._cascade.islands.get(number)
        storages = tuple(self._reasons.storages(number, vertex))
        if islands is not None and islands.fed[vertex]:
            ends = [s.until for s in storages if s.until is not None]
            return Held("storage", commodity, max(ends, default=None), storages=storages)
        until = self._cascade.bridged_until(number, vertex)
        soft = self._before.judged[number].soft
        by = "degraded" if until is None and soft is not None and soft[vertex] else "buffer"
        return Held(by, commodity, until, storages=storages)

    def _path(self, number: int, vertex: int) -> list[int]:
        """Return a way from a vertex to a source, through what still works and has the commodity."""
        joints, forest = self._before.judged[number], self._before.forests[number]
        below = np.full(self._network.size, -1, dtype=np.int64)
        below[vertex] = vertex
        layer: Ints = np.array([vertex])
        while len(layer):
            rooted = (forest.parent[layer] < 0) & (forest.end[layer] > 0)
            ends = layer[rooted | joints.source[layer]]
            if len(ends):
                return _back(below, vertex, int(ends[0]))
            counts = joints.into_start[layer + 1] - joints.into_start[layer]
            feeder = joints.into[entries(joints.into_start, layer)]
            open_ = self._cascade.works[feeder] & (below[feeder] < 0)
            below[feeder[open_]] = np.repeat(layer, counts)[open_]
            layer = distinct(feeder[open_], len(below))
        return [vertex]

    def _hops(self, number: int, path: list[int]) -> Iterator[Step]:
        joints = self._before.judged[number]
        for vertex, feeder in itertools.pairwise(path):
            span = slice(int(joints.into_start[vertex]), int(joints.into_start[vertex + 1]))
            at = int(np.nonzero(joints.into[span] == feeder)[0][0])
            yield self._reasons.joint_step(
                number, vertex, feeder, int(joints.into_edge[span][at]), "held"
            )


def _back(below: Ints, vertex: int, end: int) -> list[int]:
    path = [end]
    while path[-1] != vertex:
        path.append(int(below[path[-1]]))
    return path[::-1]


def _flat(part: Any) -> dict[str, Any]:  # noqa: ANN401  (a dataclass)
    return {f.name: getattr(part, f.name) for f in fields(part)}
