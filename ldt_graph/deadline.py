"""How long an answer may take, and whether somebody still waits for it."""

from __future__ import annotations

import math
import time
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Generator


class Ended(BaseException):
    """The work is to end now. No `Exception`, so that nothing on the way takes it for a fault to go on from."""


class Deadline:
    """The end of an answer's time, which comes early where nobody waits any more. Asked from several threads.

    Args:
        seconds: From now on.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._end = self._look = time.monotonic() + seconds
        self._slice: _Slice | None = None

    def cancel(self) -> None:
        """End it now."""
        self._end = self._look = -math.inf

    def every(self, seconds: float, work: Callable[[], None]) -> None:
        """Do something after so many seconds of this thread's processor, and again after as many more."""
        self._slice = _Slice(seconds, time.thread_time() + seconds, work)
        self._look = min(time.monotonic() + seconds, self._end)

    def left(self) -> float:
        """Return the seconds that are left; 0 after the end."""
        return max(0.0, self._end - time.monotonic())

    def check(self) -> None:
        """Go on, or raise `Ended`. Costs 0.1 µs: call it in every loop that a question can make long."""
        if time.monotonic() >= self._look:
            self._looked()

    def _looked(self) -> None:
        slice_, ahead = self._slice, math.inf
        if slice_ is not None and time.monotonic() < self._end:
            ahead = slice_.next - time.thread_time()
            if ahead <= 0:
                slice_.work()
                ahead = slice_.seconds
                self._slice = slice_._replace(next=time.thread_time() + ahead)
        self._look = min(time.monotonic() + ahead, self._end)
        if time.monotonic() >= self._end:  # read anew: it may have been cancelled meanwhile
            raise Ended

    @contextmanager
    def unpaused(self) -> Generator[None]:
        """Do nothing every so many seconds for a while."""
        held, self._slice = self._slice, None
        try:
            yield
        finally:
            self._slice, self._look = (
                held,
                -math.inf,
            )  # the next check reckons when the next look is


class _Slice(NamedTuple):
    """What is done every so many seconds of a thread's processor, and when next."""

    seconds: float
    next: float
    work: Callable[[], None]


_current: ContextVar[Deadline | None] = ContextVar("deadline", default=None)


@contextmanager
def within(deadline: Deadline) -> Generator[None]:
    """Let what this thread does meanwhile know its end."""
    token = _current.set(deadline)
    try:
        yield
    finally:
        _current.reset(token)


@contextmanager
def unpaused() -> Generator[None]:
    """Let the work of this thread not be paused: others, who may have its place meanwhile, wait for what it holds."""
    deadline = _current.get()
    with nullcontext() if deadline is None else deadline.unpaused():
        yield


def go_on() -> None:
    """Go on with the work of this thread, or raise `Ended` where its time is over. For every loop that may be long."""
    deadline = _current.get()
    if deadline is not None:
        deadline.check()


def left(most: float) -> float:
    """Return the seconds that the work of this thread has left, at most so many.

    Raises:
        Ended: None are.
    """
    deadline = _current.get()
    if deadline is None:
        return most
    seconds = deadline.left()
    if not seconds:
        raise Ended
    return min(most, seconds)
