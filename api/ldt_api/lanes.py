"""Turns: how many questions are at work at a time, and which of those that wait comes next.

A question has a place while it works. One that turns out to be dear gives its place up at its next look at the
clock, and waits with the dear ones; among these, whoever has not worked for a slice yet goes first, and whoever
works lets it pass: a short question waits for a slice, not for the end of a long one.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import time
from concurrent.futures import CancelledError
from typing import TYPE_CHECKING, Any, NamedTuple

from anyio import to_thread

from ldt_graph.deadline import Ended

if TYPE_CHECKING:
    from collections.abc import Callable

    from anyio import CapacityLimiter

    from ldt_graph.deadline import Deadline

QUEUE = 200
"""Who wait for a place and have not begun."""
PAUSED = 48
"""Who have begun and wait: each has a thread, and holds what it has found."""
PASSING = 8
"""Paused ones from which on who works among the dear ones goes on to its end."""
SLICE = 0.1
"""Seconds of the processor after which a question lets others pass."""


class Full(Ended):
    """So many wait already that one more is not taken."""


class _Waiting(NamedTuple):
    """Who waits, the least first: the slices worked, none or some; when it came; and its number, so that no two are equal."""

    slices: int
    since: float
    number: int
    place: asyncio.Future[None]


class Lane:
    """So many places, and who waits for one.

    Args:
        places: How many work at a time.
        then: Where a question goes on that has worked for a slice; in this lane, unless given.
        sliced: Whether questions let others pass at all.
    """

    def __init__(self, places: int, *, then: Lane | None = None, sliced: bool = True) -> None:
        self.then = then or self
        self.sliced = sliced
        self._free = places
        self._heap: list[_Waiting] = []
        self._numbers = itertools.count()

    async def take(self, slices: int, since: float, deadline: Deadline) -> None:
        """Wait for a place.

        Raises:
            Ended: There was none in time.
            Full: Too many wait.
        """
        if self._free:
            self._free -= 1
            return
        if sum(w.slices == slices for w in self._heap) >= (PAUSED if slices else QUEUE):
            raise Full
        place = asyncio.get_running_loop().create_future()
        waiting = _Waiting(slices, since, next(self._numbers), place)
        heapq.heappush(self._heap, waiting)
        try:
            async with asyncio.timeout(deadline.left()):
                await place
        except BaseException as error:
            self._forget(waiting)
            if isinstance(error, TimeoutError):
                raise Ended from None
            raise

    def _forget(self, waiting: _Waiting) -> None:
        if waiting in self._heap:
            self._heap.remove(waiting)
            heapq.heapify(self._heap)
        elif not waiting.place.cancelled():  # it got its place in this moment
            self.give()

    def give(self) -> None:
        """Give a place to who is next."""
        while self._heap:
            place = heapq.heappop(self._heap).place
            if not place.done():  # nor left in this moment
                place.set_result(None)
                return
        self._free += 1

    def awaited(self, since: float) -> bool:
        """Return whether one that has worked for slices should let somebody pass; asked from any thread."""
        waiting = list(self._heap)
        passing = sum(w.slices for w in waiting) < PASSING
        return passing and any(w[:2] < (1, since) for w in waiting[:1])

    async def run(
        self, work: Callable[[], Any], deadline: Deadline, threads: CapacityLimiter | None = None
    ) -> Any:  # noqa: ANN401  (what the work returns)
        """Run it in a thread when its turn comes; return what it returns.

        Its place is free again when the work has ended, awaited or not.

        Raises:
            Ended: Its time is over first.
            Full: Too many wait.
        """
        turn = _Turn(self, deadline)
        await self.take(0, turn.since, deadline)
        running = asyncio.ensure_future(to_thread.run_sync(turn.of(work), limiter=threads))
        running.add_done_callback(turn.over)
        try:
            await asyncio.wait({running})  # and leave it at work where this is cancelled
        finally:
            turn.leave()
        return running.result()


class _Turn:
    """A work's place, from lane to lane."""

    def __init__(self, lane: Lane, deadline: Deadline) -> None:
        self.since = time.monotonic()
        self._lane, self._deadline = lane, deadline
        self._loop = asyncio.get_running_loop()
        self._placed = True
        self._moving: Any = None  # a Future that the thread waits for

    def of(self, work: Callable[[], Any]) -> Callable[[], Any]:
        """Return the work as one that lets others pass after each slice."""

        def sliced() -> Any:  # noqa: ANN401  (what the work returns)
            self._deadline.every(SLICE, self._pass)
            return work()

        return sliced if self._lane.sliced else work

    def _pass(self) -> None:
        """Let pass who goes before; the work calls it, in its thread.

        Raises:
            Full: Too many are paused.
            Ended: Its own time was over first.
        """
        if self._lane.then is self._lane and not self._lane.awaited(self.since):
            return
        self._moving = asyncio.run_coroutine_threadsafe(self._move(), self._loop)
        try:
            self._moving.result()
        except CancelledError:
            raise Ended from None

    async def _move(self) -> None:
        self._lane.give()
        self._placed, self._lane = False, self._lane.then
        await self._lane.take(1, self.since, self._deadline)
        self._placed = True

    def leave(self) -> None:
        """Wait no more, where it does: nobody waits for what it would do."""
        if self._moving is not None:
            self._moving.cancel()

    def over(self, running: asyncio.Future[Any]) -> None:
        """Give the place back; whoever waited has what became of the work, and nobody may have."""
        if self._placed:
            self._lane.give()
        if not running.cancelled():
            running.exception()
