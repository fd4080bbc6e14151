"""How an outage spreads: what worked before it, and the state of one question.

For every commodity there is the supply forest of the undisturbed city. An outage can only cut what hangs
below it in that forest, so a question costs what it touches, not what the city holds: the subtrees of failed
assets are looked at, regrown from supplied neighbours where there are any, and what stays unreached has lost
its supply. Failures spread in time order. Failure only adds failures, so the least fixpoint is unique and the
order within one moment does not matter.
"""

from __future__ import annotations

import heapq
import itertools
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

import numpy as np

from ldt_graph.impact.doubts import Doubts
from ldt_graph.impact.forest import Forest, distinct, entries, firsts, gather, grow, spread
from ldt_graph.impact.steps import Step

if TYPE_CHECKING:
    from ldt_graph.graph.columns import Bools, Floats, Ints
    from ldt_graph.impact.network import Network

_KEPT = 65_536


class Cause(IntEnum):
    """Why an asset failed, or what it is exposed to."""

    OUTAGE = 1
    GATE = 2
    SUPPLY = 3


@dataclass(frozen=True, slots=True, eq=False)
class Loss:
    """Vertices that lose something in one round: which gate or commodity (`index`), and in which round."""

    vertex: Ints
    cause: Cause
    index: Ints
    round: int


@dataclass(frozen=True, slots=True, eq=False)
class Fate:
    """Vertices that fail by one loss, and the gate or commodity (`index`) of each: round, hour, cause, and the round of the loss."""

    vertex: Ints
    index: Ints
    round: int
    hour: float
    cause: Cause | None
    lost_round: int


@dataclass(frozen=True, slots=True, eq=False)
class Exposures:
    """What depends on something that failed and still stands, by vertex; columns of equal length.

    Attributes:
        vertex: Sorted, each once.
        cause: A `Cause`: which kind of requirement was touched.
        index: The gate, or the commodity's number among the judged.
        round: The round in which it was touched.
        buffered: The requirement is lost; a buffer bridges it beyond the horizon.
    """

    vertex: Ints
    cause: Ints
    index: Ints
    round: Ints
    buffered: Bools


class Undisturbed:
    """What works before any outage, and how each commodity reaches it; immutable, shared between questions.

    Args:
        network: The network of one version.
    """

    def __init__(self, network: Network) -> None:
        self.network = network
        # Questions of a small city touch the same assets and statements again and again.
        self.evidence = lru_cache(maxsize=_KEPT)(network.provenance)
        self.who = lru_cache(maxsize=_KEPT)(self._who)
        self.supply_step = lru_cache(maxsize=_KEPT)(self._supply_step)
        self.judged = tuple(c for c in network.conductions if c.source.any())
        self.unjudged = tuple(c.commodity for c in network.conductions if not c.source.any())
        self.on, self.forests = self._settle()
        self.already_off = int((~self.on).sum())

    @property
    def notes(self) -> list[str]:
        """What the answers leave out, in sentences."""
        name = self.network.ontology.local_name
        notes = [
            f"The twin holds no source of {name(c).lower() if c else 'what its joints conduct'}: "
            "its conduction is not judged."
            for c in self.unjudged
        ]
        if self.network.storages:
            notes.append(
                f"Storage that states no autonomy bridges nothing: {self.network.storages} of the twin."
            )
        return [*notes, *self.doubts.notes]

    @cached_property
    def doubts(self) -> Doubts:
        """What the build could not use."""
        return Doubts(self)

    def _who(self, vertex: int) -> dict[str, str | None]:
        """Return how an answer calls an asset; shared, so not to be changed."""
        c = self.network.columns
        return {
            "iri": c.iris[vertex],
            "identifier": c.identifiers[vertex],
            "name": c.names[vertex],
            "type": c.types[vertex],
            "domain": c.domains[vertex],
        }

    def _supply_step(self, number: int, vertex: int) -> tuple[Step, int]:
        """Return the step up a commodity's supply path, its hour left open, and the vertex that feeds; not to be changed."""
        feeder, edge = (
            int(c[vertex]) for c in (self.forests[number].parent, self.forests[number].edge)
        )
        iris = self.network.columns.iris
        step = Step(
            asset=iris[vertex],
            hour=None,
            reason="supply",
            relation=self.network.relation_name(edge),
            cause=iris[feeder],
            commodity=self.network.ontology.local_name(self.judged[number].commodity) or None,
            evidence=self.evidence(edge),
        )
        return step, feeder

    def _settle(self) -> tuple[Bools, tuple[Forest, ...]]:
        """Find what works before any outage, and how each commodity reaches it."""
        on = ~self.network.columns.off
        gates = self.network.gates
        every = np.arange(len(gates.owner))
        while True:
            forests = tuple(grow(c, on) for c in self.judged)
            lost = np.zeros(len(on), dtype=bool)
            for joints, forest in zip(self.judged, forests, strict=True):
                lost |= on & joints.member & ~forest.supplied
            lost[gates.owner[working(self.network, every, on) < gates.required]] = True
            lost &= on
            if not lost.any():
                return on, forests
            on = on & ~lost


def working(network: Network, gates: Ints, works: Bools) -> Ints:
    """Count the members of each gate that work."""
    entry, which = gather(network.gates.member_start, gates)
    return np.bincount(which[works[network.gates.member[entry]]], minlength=len(gates))


class Cascade:
    """The state of one question: what failed, in which round and hour, and why. Rounds count from 1."""

    def __init__(self, before: Undisturbed, horizon: float) -> None:
        n = before.network.size
        self.before = before
        self.network = before.network
        self.horizon = horizon
        self.round = 0
        self.works = before.on.copy()
        nobody = np.zeros(0, dtype=np.int64)
        self._fates = [Fate(nobody, nobody, 0, 0.0, None, 0)]
        self._touched: list[tuple[Loss, bool]] = []
        self._bridged: Bools | None = None  # gates that are lost while their owner works
        self._cut = [_Cut(n) for _ in before.judged]
        self._events: list[tuple[float, int, Loss]] = []
        self._serial = itertools.count()

    def run(self, outages: dict[int, float]) -> None:
        """Spread the outages (vertex → hour) until nothing more happens within the horizon."""
        for hour in sorted(set(outages.values())):
            seeds = np.array(sorted(v for v, h in outages.items() if h == hour), dtype=np.int64)
            self._schedule(hour, Loss(seeds, Cause.OUTAGE, seeds, 0))
        while self._events and self._events[0][0] <= self.horizon:
            hour = self._events[0][0]
            losses = []
            while self._events and self._events[0][0] == hour:
                losses.append(heapq.heappop(self._events)[2])
            while len(batch := self._fail(losses, hour)):
                losses = self._consequences(batch, hour)

    def exposures(self) -> Exposures:
        """Collect what was touched and still stands; a running buffer outranks a gate or path that holds."""
        if not self._touched:
            empty = np.zeros(0, dtype=np.int64)
            return Exposures(empty, empty, empty, empty, empty.astype(bool))
        sizes = [len(loss.vertex) for loss, _ in self._touched]
        vertex = np.concatenate([loss.vertex for loss, _ in self._touched])
        index = np.concatenate([loss.index for loss, _ in self._touched])
        cause = np.repeat([int(loss.cause) for loss, _ in self._touched], sizes)
        round_ = np.repeat([loss.round for loss, _ in self._touched], sizes)
        buffered = np.repeat([b for _, b in self._touched], sizes)
        order = np.lexsort((round_, ~buffered, vertex))
        order = order[self.works[vertex[order]]]
        keep = order[firsts(vertex[order])[1]]
        return Exposures(vertex[keep], cause[keep], index[keep], round_[keep], buffered[keep])

    def fate(self, vertex: int) -> Fate:
        """Return when and why a vertex failed; round 0: it did not."""
        return self._fates[self._fate_of[0][vertex]]

    def lost(self, vertex: int) -> int:
        """Return which gate or commodity a failed vertex lost."""
        return int(self._fate_of[1][vertex])

    @cached_property
    def _fate_of(self) -> tuple[np.ndarray, np.ndarray]:
        """By vertex: the position in the fates, and what was lost. Made for reasons; the spread does without."""
        number = np.zeros(self.network.size, dtype=np.int32)
        index = np.zeros(self.network.size, dtype=np.int32)
        for n, fate in enumerate(self._fates):
            number[fate.vertex], index[fate.vertex] = n, fate.index
        return number, index

    def failed(self) -> Ints:
        """Return what failed, the outages too, by hour, then vertex."""
        vertex = np.concatenate([fate.vertex for fate in self._fates])
        hours = [fate.hour for fate in self._fates[1:]]
        if len(set(hours)) < 2:
            return distinct(vertex, self.network.size)
        sizes = [len(fate.vertex) for fate in self._fates[1:]]
        return vertex[np.lexsort((vertex, np.repeat(hours, sizes)))]

    def _schedule(self, hour: float, loss: Loss) -> None:
        heapq.heappush(self._events, (hour, next(self._serial), loss))

    def _fail(self, losses: list[Loss], hour: float) -> Ints:
        """Mark what fails now, the first cause of each winning; return it sorted."""
        batch = []
        for loss in losses:
            keep = self.works[loss.vertex]
            vertex, first = firsts(loss.vertex[keep])
            if not len(vertex):
                continue
            if not batch:
                self.round += 1
            self.works[vertex] = False
            index = loss.index[keep][first]
            self._fates.append(Fate(vertex, index, self.round, float(hour), loss.cause, loss.round))
            batch.append(vertex)
        if not batch:
            return np.zeros(0, dtype=np.int64)
        return batch[0] if len(batch) == 1 else distinct(np.concatenate(batch), len(self.works))

    def _consequences(self, batch: Ints, hour: float) -> list[Loss]:
        """Return what loses a gate or its supply by this batch and has nothing to bridge it."""
        immediate = []
        for loss, bridge in (self._gates(batch), *self._supplies(batch)):
            buffered = bridge > 0
            if not buffered.any():
                immediate.append(loss)
                continue
            immediate.append(_part(loss, ~buffered))
            self._touched.append((_part(loss, buffered), True))
            if loss.cause == Cause.GATE:
                if self._bridged is None:
                    self._bridged = np.zeros(len(self.network.gates.owner), dtype=bool)
                self._bridged[loss.index[buffered]] = True
            for hours in sorted(set(bridge[buffered].tolist())):
                self._schedule(hour + hours, _part(loss, bridge == hours))
        return immediate

    def _gates(self, batch: Ints) -> tuple[Loss, Floats]:
        gates = self.network.gates
        touched = gates.of[entries(gates.of_start, batch)]
        concerned = self.works[gates.owner[touched]]
        if self._bridged is not None:
            concerned &= ~self._bridged[touched]
        touched = distinct(touched[concerned], len(gates.owner))
        lost = gates.sole[touched]
        if not lost.all():
            shared = np.nonzero(~lost)[0]
            some = touched[shared]
            lost[shared] = working(self.network, some, self.works) < gates.required[some]
            held, touched = touched[~lost], touched[lost]
            if len(held):
                self._touched.append((Loss(gates.owner[held], Cause.GATE, held, self.round), False))
        return Loss(gates.owner[touched], Cause.GATE, touched, self.round), gates.bridge[touched]

    def _supplies(self, batch: Ints) -> list[tuple[Loss, Floats]]:
        result = []
        for number, joints in enumerate(self.before.judged):
            members = batch[joints.member[batch]]
            if len(members):
                gone = self._unsupplied(number, members)
                loss = Loss(gone, Cause.SUPPLY, np.full(len(gone), number), self.round)
                result.append((loss, joints.bridge[gone]))
        return result

    def _unsupplied(self, number: int, failed: Ints) -> Ints:
        """Return what newly loses a commodity by the failure of these members of its network.

        A vertex whose path in the undisturbed forest holds no failed vertex is still supplied. So
        the doubtful are the subtrees of everything that failed so far, and whatever of them can be
        reached again from outside is supplied another way.
        """
        joints, cut = self.before.judged[number], self._cut[number]
        if not cut.add(self.before.forests[number], failed):
            return failed[:0]
        doubtful = cut.doubtful()
        todo = cut.todo
        doubtful = doubtful[self.works[doubtful] & ~cut.lost[doubtful]]
        todo[doubtful] = True
        entry, which = gather(joints.into_start, doubtful)
        feeder = joints.into[entry]
        anchored = self.works[feeder] & ~cut.inside[feeder]
        spread(joints, distinct(doubtful[which[anchored]], len(todo)), todo)
        unreached = todo[doubtful]
        gone, held = distinct(doubtful[unreached], len(todo)), doubtful[~unreached]
        todo[gone] = False
        cut.lost[gone] = True
        if len(held):
            index = np.full(len(held), number)
            self._touched.append((Loss(held, Cause.SUPPLY, index, self.round), False))
        return gone


class _Cut:
    """What may have lost one commodity: the forest's subtrees below everything that failed."""

    def __init__(self, n: int) -> None:
        self.inside = np.zeros(n, dtype=bool)
        self.lost = np.zeros(n, dtype=bool)
        self.todo = np.zeros(n, dtype=bool)
        self._slices: list[Ints] = []

    def add(self, forest: Forest, failed: Ints) -> bool:
        """Add the subtrees of `failed`; return whether something working may have lost its supply.

        What failed because it had lost this commodity brings nothing new: all below it lost it too.
        """
        fresh = failed[~self.lost[failed]]
        new = fresh[~self.inside[fresh]]
        for vertex in new[np.argsort(forest.begin[new])].tolist():
            if not self.inside[vertex]:
                below = forest.order[forest.begin[vertex] : forest.end[vertex]]
                self._slices.append(below[~self.inside[below]])
                self.inside[below] = True
        return len(fresh) > 0

    def doubtful(self) -> Ints:
        return self._slices[0] if len(self._slices) == 1 else np.concatenate(self._slices)


def _part(loss: Loss, keep: Bools) -> Loss:
    return Loss(loss.vertex[keep], loss.cause, loss.index[keep], loss.round)
