"""What an outage does to each asset that it reaches: failed, short, degraded or exposed, each asset in one of them."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from ldt_graph.impact.structure.rows import entries, firsts, gather
from ldt_graph.impact.walk.shortage import Shortages

if TYPE_CHECKING:
    from ldt_graph.graph.columns import Bools, Ints
    from ldt_graph.impact.walk.cascade import Cascade

Status = Literal["failed", "short", "degraded", "exposed"]
STATUSES: tuple[Status, ...] = get_args(Status)
"""The worst first; what is in one of them is in none that comes after it."""

Tally = dict[str, int]
_NOTHING = np.zeros(0, dtype=np.int64)


class Statuses:
    """The statuses of one question, found when asked for.

    What is short or degraded works, and fails nothing: so there is one least fixpoint as without them. What requires
    such an asset is exposed, one step far.

    Args:
        cascade: Of the question, run.
        failed: What failed, in order, as the answer counts it.
    """

    def __init__(self, cascade: Cascade, failed: Ints) -> None:
        self._cascade = cascade
        self.failed = failed
        self.shortages = Shortages(cascade)

    @cached_property
    def short(self) -> Ints:
        """What hung on too little within the horizon, by hour, then IRI."""
        found = self.shortages
        if not found.islands:
            return _NOTHING
        return found.vertices[np.lexsort((found.vertices, found.hours))]

    @cached_property
    def degraded(self) -> Ints:
        """What lost something that it is degraded without, by hour, then IRI; without what is short."""
        found = self._cascade.degraded
        if not len(found.vertex):
            return _NOTHING
        vertex = found.vertex[np.lexsort((found.vertex, found.hour))]
        return vertex[~np.isin(vertex, self.short)]

    @cached_property
    def leaning(self) -> tuple[Ints, Ints]:
        """What requires something short or degraded, and is nothing else: (vertex, the gate)."""
        gates, cascade = self._cascade.network.gates, self._cascade
        gate = np.unique(gates.of[entries(gates.of_start, np.nonzero(self._weak)[0])])
        open_ = cascade.works.copy()
        open_[cascade.exposures.vertex] = False
        open_[np.nonzero(self._weak)[0]] = False
        keep = open_[gates.owner[gate]]
        vertex, first = firsts(gates.owner[gate[keep]])
        return vertex, gate[keep][first]

    @cached_property
    def exposed(self) -> Ints:
        """What is exposed, in IRI order."""
        vertex = self._cascade.exposures.vertex
        if not len(self._weak):
            return vertex
        return np.sort(np.concatenate([vertex[~self._weak[vertex]], self.leaning[0]]))

    @cached_property
    def _weak(self) -> Bools:
        """Mark what is short or degraded; of no length where nothing is."""
        if not len(self.short) and not len(self.degraded):
            return np.zeros(0, dtype=bool)
        marked = np.zeros(self._cascade.network.size, dtype=bool)
        marked[self.short] = marked[self.degraded] = True
        return marked

    @cached_property
    def parts(self) -> dict[Status, Ints]:
        """The vertices of each status, the worst first."""
        return {
            "failed": self.failed,
            "short": self.short,
            "degraded": self.degraded,
            "exposed": self.exposed,
        }

    @cached_property
    def since(self) -> dict[Status, dict[int, float]]:
        """From which hour on what is short and what is degraded is so; what is both is in both."""
        short, degraded = self.shortages, self._cascade.degraded
        return {
            "short": dict(zip(short.vertices.tolist(), short.hours.tolist(), strict=True)),
            "degraded": dict(zip(degraded.vertex.tolist(), degraded.hour.tolist(), strict=True)),
        }

    def of(self, vertex: int) -> Status | None:
        """Return whether a vertex is short, degraded, or neither."""
        return next((s for s, since in self.since.items() if vertex in since), None)

    def leans_on(self, gate: int) -> tuple[int, int]:
        """Return the first member of a gate that is short or degraded, and its statement."""
        gates = self._cascade.network.gates
        entry, _ = gather(gates.member_start, np.array([gate]))
        at = int(entry[self._weak[gates.member[entry]]][0])
        return int(gates.member[at]), int(gates.member_edge[at])


def tally(counts: dict[Status, int]) -> Tally:
    """Return numbers by status as an answer says them: those that failed or are exposed, and others where there are any."""
    return {s: n for s, n in counts.items() if n or s in ("failed", "exposed")}
