"""A request as bytes: its kind, its body in bounds of size and time, and whether its client is still there."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import orjson
from graphql import GraphQLError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from fastapi import Request

MAX_BODY = 1_000_000
SMALL_BODY = 65_536
"""Bytes that are read of any body; of longer ones, `BODIES` are read on at a time."""
BODIES = 64
BODY_SECONDS, LEAST_SECONDS = 15.0, 2.0
"""In which the first part of a body must be here, and the rest; and the rest where others wait for its place."""


class Refused(Exception):
    """A request that is not executed: its status and its errors, as GraphQL formats them."""

    def __init__(self, status: int, *errors: GraphQLError) -> None:
        self.status = status
        self.errors = errors


def unfit(request: Request) -> str | None:
    """Say what is wrong with the request's content type. A form or a plain text is what any web page may send.

    Nothing that is packed is unpacked: a kilobyte may be a gigabyte.
    """
    if request.headers.get("content-encoding", "identity").strip().lower() != "identity":
        return "A request is not compressed; leave `Content-Encoding` away."
    kind, _, more = request.headers.get("content-type", "").partition(";")
    if kind.strip().lower() != "application/json":
        return "A request is application/json; `Content-Type` must say so."
    name, _, charset = more.strip().partition("=")
    if name.lower() == "charset" and charset.strip(' "').lower() not in ("utf-8", "utf8"):
        return "A request is UTF-8."
    return None


class LongBodies:
    """Places for long bodies. Who has none is not read on: the network holds the rest.

    Where all are taken, a new one gets that of the one that has been coming for longest, as soon as that had its
    least time: who is slow keeps nobody out.
    """

    def __init__(self) -> None:
        self._places = asyncio.Semaphore(BODIES)
        self._held: dict[asyncio.Timeout, float] = {}  # since when, the oldest first
        self._waiting = 0

    @asynccontextmanager
    async def place(self) -> AsyncGenerator[None]:
        """Wait for a place, and have it for `BODY_SECONDS` at most."""
        if self._places.locked():
            self._hurry()
        self._waiting += 1
        try:
            async with asyncio.timeout(BODY_SECONDS):
                await self._places.acquire()
        finally:
            self._waiting -= 1
        try:
            seconds = LEAST_SECONDS if self._waiting else BODY_SECONDS
            async with asyncio.timeout(seconds) as time:
                self._held[time] = asyncio.get_running_loop().time()
                try:
                    yield
                finally:
                    self._held.pop(time, None)
        finally:
            self._places.release()

    def _hurry(self) -> None:
        oldest, since = next(iter(self._held.items()), (None, 0.0))
        if oldest is not None:
            del self._held[oldest]
            oldest.reschedule(since + LEAST_SECONDS)


async def body(request: Request, long: LongBodies) -> bytes:
    """Read the body as far as it may go, no further, and no longer.

    Raises:
        Refused: It is too long or too slow.
    """
    length = request.headers.get("content-length", "0")
    if not (length.isascii() and length.isdecimal()) or len(length) > 18 or int(length) > MAX_BODY:
        raise _too_long()
    read, chunks = bytearray(), request.stream()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            if await _read(chunks, read, SMALL_BODY):
                return bytes(read)
        async with long.place():
            if not await _read(chunks, read, MAX_BODY):
                raise _too_long()
    except TimeoutError:
        raise Refused(408, GraphQLError("The request came too slowly.")) from None
    return bytes(read)


async def _read(chunks: AsyncGenerator[bytes], into: bytearray, most: int) -> bool:
    """Read until there are more bytes than so many; return whether the body ended before."""
    async for chunk in chunks:
        into += chunk
        if len(into) > most:
            return False
    return True


def _too_long() -> Refused:
    return Refused(413, GraphQLError(f"A request may have {MAX_BODY:,} bytes."))


async def gone(request: Request) -> None:
    """Return when the client has gone."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


def parsed(body: bytes) -> dict[str, Any]:
    """Return a request's JSON.

    Raises:
        Refused: It is none, or no request.
    """
    try:
        asked = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Refused(400, GraphQLError(f"The request is not JSON: {error}.")) from None
    if text := _malformed(asked):
        raise Refused(400, GraphQLError(text))
    return asked


def _malformed(asked: object) -> str | None:
    if not isinstance(asked, dict):
        return "A request is a JSON object with `query`; several in one are not taken."
    if not isinstance(asked.get("query"), str):
        return "`query` is missing, or not a text."
    if not asked["query"].strip():
        return "`query` is empty."
    for name in ("variables", "extensions"):
        given = asked.get(name)  # an empty array is what PHP makes of an empty object
        if not isinstance(given, dict | None) and given != []:
            return f"`{name}` must be an object."
    if not isinstance(asked.get("operationName"), str | None):
        return "`operationName` must be a text."
    return None
