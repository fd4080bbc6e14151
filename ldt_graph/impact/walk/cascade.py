"""How an outage spreads: the state of one question.

For every commodity there is the supply forest of the undisturbed city. An outage can only cut what hangs
below it in that forest, so a question costs what it touches, not what the city holds: the subtrees of failed
assets are looked at, regrown from supplied neighbours where there are any, and what stays unreached has lost
its supply. Failures spread in time order. Failure only adds failures, so the least fixpoint is unique and the
order within one moment does not matter.
"""

from __future__ import annotations

import heapq
import itertools
import math
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from ldt_graph.deadline import go_on
from ldt_graph.errors import QueryError
from ldt_graph.impact.structure.forest import spread
from ldt_graph.impact.structure.network import working
from ldt_graph.impact.structure.rows import distinct, entries, firsts, gather
from ldt_graph.impact.walk.cut import Cut
from ldt_graph.impact.walk.islands import Islands
from ldt_graph.impact.walk.losses import Cause, Degradations, Exposures, Fate, Loss, part_of

if TYPE_CHECKING:
    from ldt_graph.graph.columns import Bools, Floats, Ints
    from ldt_graph.impact.walk.undisturbed import Undisturbed


class Cascade:
    """The state of one question: what failed, in which round and hour, and why. Rounds count from 1.

    Args:
        before: The city before it.
        horizon: Last hour that is looked at.
        clock: Hour of the day at hour 0; None where it is not known, so that means of demand count.
        direct: Whether only the outages themselves have consequences.
        stored: Whether storages feed what no source reaches.

    Raises:
        QueryError: The horizon is negative, endless or no number, or the clock shows no hour of the day.
    """

    def __init__(
        self,
        before: Undisturbed,
        horizon: float,
        clock: float | None = None,
        *,
        direct: bool = False,
        stored: bool = True,
    ) -> None:
        if not (math.isfinite(horizon) and horizon >= 0):
            raise QueryError(f"The horizon must be 0 or more hours, not {horizon}.")
        if clock is not None and not 0 <= clock <= 24:
            raise QueryError(f"The hour of the day lies between 0 and 24, not at {clock}.")
        self.before = before
        self.network = before.network
        self.horizon = horizon
        self.direct = direct
        self._stored = stored
        self.round = 0
        self.works = before.on.copy()
        nobody = np.zeros(0, dtype=np.int64)
        self._fates = [Fate(nobody, nobody, 0, 0.0, None, 0)]
        self._touched: list[tuple[Loss, bool]] = []
        self._degraded: list[tuple[Loss, float]] = []
        self._bridged: Bools | None = None  # gates that are lost while their owner works
        if before.lost_gates is not None:
            self._bridged = before.lost_gates.copy()
        self._cut = [Cut(before.nothing, unfed) for unfed in before.unfed]
        self.clock = clock
        self.islands: dict[
            int, Islands
        ] = {}  # by the commodity's number; made when a storage is cut off
        self._events: list[tuple[float, int, Loss]] = []
        self._serial = itertools.count()

    def run(self, outages: dict[int, float]) -> None:
        """Spread the outages (vertex → hour) until nothing more happens within the horizon."""
        for hour in sorted(set(outages.values())):
            seeds = np.array(sorted(v for v, h in outages.items() if h == hour), dtype=np.int64)
            self._schedule(hour, Loss(seeds, Cause.OUTAGE, seeds, 0))
        while (hour := self._next()) <= self.horizon:
            losses = self._due(hour)
            while len(batch := self._fail(losses, hour)):
                go_on()
                if self.direct:
                    batch = batch[np.isin(batch, list(outages))]
                losses = self._consequences(batch, hour)
            for islands in self.islands.values():
                islands.settle(hour)

    def _next(self) -> float:
        """Return the hour of what happens next: a loss that is due, or a storage that runs dry."""
        dry = min((i.due for i in self.islands.values()), default=math.inf)
        return min(dry, self._events[0][0] if self._events else math.inf)

    def _due(self, hour: float) -> list[Loss]:
        losses = []
        while self._events and self._events[0][0] == hour:
            losses.append(heapq.heappop(self._events)[2])
        for number, islands in self.islands.items():
            if islands.due <= hour:
                islands.empty(hour)
                gone = self._feed(number, np.zeros(0, dtype=np.int64), hour)
                losses += self._unbridged(
                    self._supply_loss(number, gone), self._bridge(number, gone), hour
                )
        return losses

    @property
    def was_held(self) -> bool:
        """Whether anything that it touched held, if only for a while."""
        return any(len(loss.vertex) for loss, _ in self._touched)

    @cached_property
    def exposures(self) -> Exposures:
        """What was touched and still stands; a running buffer outranks a gate or path that holds."""
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

    @cached_property
    def degraded(self) -> Degradations:
        """What lost something that it is degraded without, and stands; by the first loss of each."""
        of = [(loss, hour) for loss, hour in self._degraded if len(loss.vertex)]
        none = np.zeros(0, dtype=np.int64)
        if not of:
            return Degradations(none, none, none, none, none.astype(float))
        sizes = [len(loss.vertex) for loss, _ in of]
        vertex = np.concatenate([loss.vertex for loss, _ in of])
        index = np.concatenate([loss.index for loss, _ in of])
        cause, round_, hour = (
            np.repeat(np.array(column), np.array(sizes, dtype=np.int64))
            for column in (
                [int(loss.cause) for loss, _ in of],
                [loss.round for loss, _ in of],
                [float(hour) for _, hour in of],
            )
        )
        keep, first = firsts(vertex)
        stands = self.works[keep]
        first = first[stands]
        return Degradations(keep[stands], cause[first], index[first], round_[first], hour[first])

    @property
    def fates(self) -> list[Fate]:
        """What failed, by round and cause."""
        return self._fates[1:]

    def fate_at(self, number: int) -> Fate:
        """Return the fate of a number in `fate_of`; that of 0 is to stand."""
        return self._fates[number]

    def fate(self, vertex: int) -> Fate:
        """Return when and why a vertex failed; round 0: it did not."""
        return self._fates[self.fate_of[0][vertex]]

    def lost(self, vertex: int) -> int:
        """Return which gate or commodity a failed vertex lost."""
        return int(self.fate_of[1][vertex])

    @cached_property
    def fate_of(self) -> tuple[np.ndarray, np.ndarray]:
        """By vertex: the position in the fates, and what was lost. Made for reasons; the spread does without."""
        number = np.zeros(self.network.size, dtype=np.int32)
        index = np.zeros(self.network.size, dtype=np.int32)
        for n, fate in enumerate(self._fates):
            number[fate.vertex], index[fate.vertex] = n, fate.index
        return number, index

    @cached_property
    def hours(self) -> Floats:
        """When each vertex failed; infinite for what stands."""
        hours = np.array([math.inf, *(fate.hour for fate in self._fates[1:])])
        return hours[self.fate_of[0]]

    def reached(self, number: int) -> Bools:
        """Return what works and has a commodity, from a source or a storage."""
        reached = self.works & ~self._cut[number].lost
        islands = self.islands.get(number)
        return reached if islands is None else reached | (self.works & islands.fed)

    def without(self, number: int) -> Bools:
        """Return what no source of a commodity reaches any more."""
        return self._cut[number].lost

    def cut(self, number: int) -> Cut:
        """Return what a commodity's network may have lost."""
        return self._cut[number]

    def is_lost(self, number: int, vertex: int) -> bool:
        """Whether no source of a commodity reaches a vertex any more."""
        return bool(self._cut[number].lost[vertex])

    def is_doubtful(self, number: int, vertex: int) -> bool:
        """Whether a vertex's path to a source in the undisturbed city was cut."""
        return bool(self._cut[number].inside[vertex])

    def bridged_until(self, number: int, vertex: int) -> float | None:
        """Return when the buffer of a vertex that lost a commodity ends, if that lies ahead."""
        due = (
            hour
            for hour, _, loss in self._events
            if loss.cause == Cause.SUPPLY
            and ((loss.vertex == vertex) & (loss.index == number)).any()
        )
        return min(due, default=None)

    def again(self, outages: dict[int, float]) -> Cascade:
        """Return the state after other outages, the rest of the question alike."""
        other = Cascade(self.before, self.horizon, self.clock, direct=self.direct)
        other.run(outages)
        return other

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
        if self.before.softens:
            losses = [self._harder(loss, hour) for loss in losses]
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

    def _harder(self, loss: Loss, hour: float) -> Loss:
        """Return what of a loss fails; the rest is degraded from now on."""
        soft = None
        if loss.cause != Cause.OUTAGE:
            soft = self.before.soft(loss.cause == Cause.GATE, loss.index, loss.vertex)
        if soft is None or not soft.any():
            return loss
        part = part_of(loss, soft)
        self._degraded.append((part, hour))
        if loss.cause == Cause.GATE:
            self._mark(part)
        return part_of(loss, ~soft)

    def _mark(self, loss: Loss) -> None:
        """Remember gates that are lost while their owner works."""
        if self._bridged is None:
            self._bridged = np.zeros(len(self.network.gates.owner), dtype=bool)
        self._bridged[loss.index] = True

    def _consequences(self, batch: Ints, hour: float) -> list[Loss]:
        """Return what loses a gate or its supply by this batch and has nothing to bridge it."""
        found = [self._gates(batch), *self._supplies(batch, hour)]
        return [now for loss, bridge in found for now in self._unbridged(loss, bridge, hour)]

    def _unbridged(self, loss: Loss, bridge: Floats, hour: float) -> list[Loss]:
        """Return what of a loss nothing bridges; what buffers bridge is due when they end."""
        buffered = bridge > 0
        if not buffered.any():
            return [loss]
        self._touched.append((part_of(loss, buffered), True))
        if loss.cause == Cause.GATE:
            self._mark(part_of(loss, buffered))
        for hours in sorted(set(bridge[buffered].tolist())):
            self._schedule(hour + hours, part_of(loss, bridge == hours))
        return [part_of(loss, ~buffered)]

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

    def _supplies(self, batch: Ints, hour: float) -> list[tuple[Loss, Floats]]:
        result = []
        for number, joints in enumerate(self.before.judged):
            members = batch[joints.member[batch]]
            if len(members):
                gone = self._unsupplied(number, members, hour)
                if joints.stores is not None and self._stored:
                    gone = self._unfed(number, gone, members, hour)
                result.append((self._supply_loss(number, gone), self._bridge(number, gone)))
        return result

    def _supply_loss(self, number: int, gone: Ints) -> Loss:
        return Loss(gone, Cause.SUPPLY, np.full(len(gone), number), self.round)

    def _bridge(self, number: int, gone: Ints) -> Floats:
        return self.before.judged[number].bridge[gone]

    def _unfed(self, number: int, gone: Ints, failed: Ints, hour: float) -> Ints:
        """Return what of `gone`, and of what storages fed until now, no storage feeds either."""
        islands, stores = self.islands.get(number), self.before.judged[number].stores
        if islands is None:
            if stores is None or not len(gone) or not self._cut[number].lost[stores.vertex].any():
                return gone
            islands = Islands(self.before.judged[number], stores, self.clock)
            self.islands[number] = islands
        return self._feed(number, gone, hour) if len(gone) or islands.fed[failed].any() else gone

    def _feed(self, number: int, gone: Ints, hour: float) -> Ints:
        islands, lost = self.islands[number], self._cut[number].lost
        unfed, fresh = islands.feed(gone, lost, self.works, hour)
        if len(fresh):
            self._touched.append((self._supply_loss(number, fresh), True))
        return unfed

    def _unsupplied(self, number: int, failed: Ints, hour: float) -> Ints:
        """Return what no source of a commodity reaches any more by the failure of these members of its network.

        A vertex whose path in the undisturbed forest holds no failed vertex is still supplied. So
        the doubtful are the subtrees of everything that failed so far, and whatever of them can be
        reached again from outside is supplied another way.
        """
        joints, cut = self.before.judged[number], self._cut[number]
        if not cut.add(self.before.forests[number], failed, hour):
            return failed[:0]
        doubtful = cut.doubtful()
        todo = cut.todo
        doubtful = doubtful[self.works[doubtful] & ~cut.lost[doubtful]]
        todo[doubtful] = True
        entry, which = gather(joints.into_start, doubtful)
        feeder = joints.into[entry]
        anchored = self.works[feeder] & ~cut.inside[feeder]
        again = [
            doubtful[which[anchored]],
            doubtful[joints.source[doubtful]],
        ]  # a source on stand-by
        spread(joints, distinct(np.concatenate(again), len(todo)), todo)
        unreached = todo[doubtful]
        gone, held = distinct(doubtful[unreached], len(todo)), doubtful[~unreached]
        todo[gone] = False
        cut.lose(gone, hour)
        if len(held):
            index = np.full(len(held), number)
            self._touched.append((Loss(held, Cause.SUPPLY, index, self.round), False))
        return gone
