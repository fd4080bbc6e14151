"""All hits of one impact, streamed: a batch is made when the one before has gone out."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from fastapi.responses import StreamingResponse

from ldt_graph.deadline import Deadline, within
from ldt_graph.impact.streams import MEDIA, hit_stream

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

    from ldt_graph.graph import Graph
    from ldt_graph.impact import Impact
    from ldt_graph.impact.streams import Form

STREAMS = 8
"""Streams at a time: each holds an answer."""
LONGEST = 600.0
"""Seconds that one may take, its client's reading included."""
FORMS: dict[str, Form] = {media: cast("Form", form) for form, media in MEDIA.items()}


def stream_accepted(accept: str | None) -> str | None:
    """Return the media type of a stream that a request asks for by its name; None where it asks for none."""
    kinds = [part.partition(";")[0].strip().lower() for part in (accept or "").split(",")]
    return next((k for k in kinds if k in FORMS), None)


class Streams:
    """The streams of one server.

    Args:
        run: Runs a piece of work in its turn, until a deadline.
        budget: Seconds that a batch may take.
    """

    def __init__(
        self, run: Callable[[Callable[[], Any], Deadline], Awaitable[Any]], budget: float
    ) -> None:
        self._run, self._budget = run, budget
        self._free = STREAMS

    def respond(self, graph: Graph, answer: Impact, media: str) -> HitStream | None:
        """Return the stream of an answer; None where there are too many."""
        if not self._free:
            return None
        self._free -= 1
        parts = hit_stream(FORMS[media], graph, answer)
        headers = {"X-LDT-Version": str(graph.version.number)}
        return HitStream(self._parts(parts), self._over, media_type=media, headers=headers)

    def _over(self) -> None:
        self._free += 1

    async def _parts(self, parts: Iterator[bytes]) -> AsyncIterator[bytes]:
        while True:
            deadline = Deadline(self._budget)
            part = await self._run(partial(_next, parts, deadline), deadline)
            if part is None:
                return
            yield part


def _next(parts: Iterator[bytes], deadline: Deadline) -> bytes | None:
    with within(deadline):
        return next(parts, None)


class HitStream(StreamingResponse):
    """A stream that ends with its time. One that is cut off lacks its end: of GeoJSON the brackets, of Arrow the last mark."""

    def __init__(
        self,
        parts: AsyncIterator[bytes],
        over: Callable[[], None],
        **more: Any,  # noqa: ANN401  (as it is there)
    ) -> None:
        super().__init__(parts, **more)
        self._over = over

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401  (ASGI)
        """Send it."""
        try:
            async with asyncio.timeout(LONGEST):
                await super().__call__(scope, receive, send)
        finally:
            self._over()
