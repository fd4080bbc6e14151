"""How long an answer may take, and whether somebody still waits for it."""

from __future__ import annotations

import math
import time
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator


class Ended(BaseException):
    """The work is to end now. No `Exception`, so that nothing on the way takes it for a fault to go on from."""


class Deadline:
    """The end of an answer's time, which comes early where nobody waits any more. Asked from several threads.

    Args:
        seconds: From now on.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._end = time.monotonic() + seconds

    def cancel(self) -> None:
        """End it now."""
        self._end = -math.inf

    def left(self) -> float:
        """Return the seconds that are left; 0 after the end."""
        return max(0.0, self._end - time.monotonic())

    def check(self) -> None:
        """Go on, or raise `Ended`. Costs 0.1 µs: call it in every loop that a question can make long."""
        if time.monotonic() >= self._end:
            raise Ended


_current: ContextVar[Deadline | None] = ContextVar("deadline", default=None)


@contextmanager
def within(deadline: Deadline) -> Generator[None]:
    """Let what this thread does meanwhile know its end."""
    token = _current.set(deadline)
    try:
        yield
    finally:
        _current.reset(token)


def left(most: float) -> float:
    """Return the seconds that the work of this thread has left, at most so many.

    Raises:
        Ended: None are.
    """
    deadline = _current.get()
    if deadline is None:
        return most
    deadline.check()
    return min(most, deadline.left())
