"""GraphQL over HTTP: a request read in bounds, its operation chosen, reckoned, executed until its deadline.

Statuses and media types are those of the GraphQL-over-HTTP specification (draft of 2025): whoever accepts
`application/graphql-response+json` gets 400 for a document that can't be executed, others 200 as ever.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson
from graphql import (
    GraphQLError,
    OperationDefinitionNode,
    OperationType,
    get_variable_values,
    parse,
    validate,
)
from starlette.concurrency import run_in_threadpool

from ldt_api.answers import GRAPHQL, JSON, accepted, fault, respond
from ldt_api.limits import MAX_TOKENS, Reckoning
from ldt_api.schema import Context
from ldt_graph.deadline import Deadline, Ended, within
from ldt_graph.errors import LdtError, Unavailable, VersionMoved

if TYPE_CHECKING:
    from collections.abc import Callable

    import strawberry
    from fastapi import Request, Response
    from graphql import DocumentNode

    from ldt_api.following import Following

MAX_BODY = 1_000_000
BODY_SECONDS = 15.0
"""In which a request's body must be here."""
DEAR = 2_000
"""Cost from which questions wait for one another: the others are answered meanwhile."""
QUICK_PLACES, DEAR_PLACES, OLD_PLACES = 8, 2, 2
"""Questions executed at a time: quick ones, dear ones, and those of older versions, which are cities in memory."""
QUEUE = 200
_TIRED = {"Retry-After": "5"}


class Refused(Exception):
    """A request that is not executed: its status and its errors, as GraphQL formats them."""

    def __init__(self, status: int, *errors: GraphQLError) -> None:
        self.status = status
        self.errors = errors


class Question(NamedTuple):
    """An operation that can be executed."""

    text: str
    document: DocumentNode
    variables: dict[str, Any]
    name: str | None
    cost: int
    old: bool


class Asking:
    """Answers questions over one store, so many at a time.

    Args:
        schema: What can be asked.
        following: The store.
        budget: Seconds that a request may take before it is answered with 503, and ended.
    """

    def __init__(self, schema: strawberry.Schema, following: Following, budget: float) -> None:
        self._schema, self._following, self._budget = schema, following, budget
        self._quick, self._dear = Lane(QUICK_PLACES), Lane(DEAR_PLACES)
        self._old, self._reading = Lane(OLD_PLACES), Lane(DEAR_PLACES)

    async def answer(self, request: Request) -> Response:
        """Answer one request; its work ends with its time, or when its client goes."""
        media = accepted(request.headers.get("accept"))
        if media is None:
            return fault(f"An answer is {JSON} or {GRAPHQL}; `Accept` takes neither.", 406)
        if (kind := _kind(request)) is not None:
            return fault(kind, 415, media)
        deadline = Deadline(self._budget)
        try:
            asked = _parsed(await _body(request))
            ended = await self._unless_gone(request, deadline, self._asked(asked, deadline))
        except Refused as refused:
            told = [e.formatted for e in refused.errors]
            document = refused.status == 200
            status = 400 if document and media == GRAPHQL else refused.status
            return fault(told, status, media)
        except _Full:
            return fault("Too many questions at once.", 503, media, _TIRED)
        if ended is None:
            text = f"The question took longer than {self._budget:g} seconds, and was ended."
            return fault(text, 503, media, _TIRED)
        return respond(*ended, media)

    async def _asked(self, asked: dict[str, Any], deadline: Deadline) -> tuple[Any, Context] | None:
        question = await self._reading.run(lambda: prepared(self._schema, asked), deadline)
        lane = self._old if question.old else self._dear if question.cost > DEAR else self._quick
        return await lane.run(lambda: self._execute(question, deadline), deadline)

    async def _unless_gone(self, request: Request, deadline: Deadline, work: Any) -> Any:  # noqa: ANN401  (what it returns)
        """Return what the work does; None where its time is over first, or its client has gone."""
        asked, gone = asyncio.ensure_future(work), asyncio.ensure_future(_gone(request))
        try:
            await asyncio.wait(
                {asked, gone}, timeout=deadline.left(), return_when=asyncio.FIRST_COMPLETED
            )
            return await asked if asked.done() else None
        finally:
            deadline.cancel()
            gone.cancel()
            asked.cancel()

    def _execute(self, question: Question, deadline: Deadline) -> tuple[Any, Context] | None:
        """Execute a question on one version, from the start again where the store moved on; None at its deadline."""
        with suppress(Ended), within(deadline):
            while True:
                deadline.check()
                context = Context(self._following, deadline, question.document)
                result = self._schema.execute_sync(
                    question.text,
                    variable_values=question.variables,
                    operation_name=question.name,
                    context_value=context,
                )
                causes = [e.original_error for e in result.errors or ()]
                moved = any(isinstance(c, VersionMoved) for c in causes)
                for cause in causes:
                    if isinstance(cause, Unavailable) and not isinstance(cause, VersionMoved):
                        self._following.missed(cause)
                if not moved:
                    return result, context
                with suppress(Unavailable):  # then the next round says so
                    self._following.renew()
        return None


class _Full(Exception):
    """So many wait already that one more is not taken."""


class Lane:
    """So many works at a time, each in a thread; a place is free again when its work has ended, awaited or not."""

    def __init__(self, places: int) -> None:
        self._places = asyncio.Semaphore(places)
        self._waiting = 0

    async def run(self, work: Callable[[], Any], deadline: Deadline) -> Any:  # noqa: ANN401  (what the work returns)
        """Run it when a place is free; return what it returns, or None where its time is over before.

        Raises:
            _Full: Too many wait.
        """
        if self._waiting >= QUEUE:
            raise _Full
        self._waiting += 1
        try:
            async with asyncio.timeout(deadline.left()):
                await self._places.acquire()
        except TimeoutError:
            return None
        finally:
            self._waiting -= 1
        running = asyncio.ensure_future(run_in_threadpool(work))
        running.add_done_callback(self._free)
        return await asyncio.shield(running)

    def _free(self, running: asyncio.Future[Any]) -> None:
        self._places.release()
        if not running.cancelled():
            running.exception()  # whoever waited has it; nobody may have


# ── reading a request ────────────────────────────────────────────────────────────────────────────


def _kind(request: Request) -> str | None:
    """Say what is wrong with the request's content type. A form or a plain text is what any web page may send."""
    kind, _, more = request.headers.get("content-type", "").partition(";")
    if kind.strip().lower() != "application/json":
        return "A request is application/json; `Content-Type` must say so."
    name, _, charset = more.strip().partition("=")
    if name.lower() == "charset" and charset.strip(' "').lower() not in ("utf-8", "utf8"):
        return "A request is UTF-8."
    return None


async def _body(request: Request) -> bytes:
    """Read the body as far as it may go, no further, and no longer.

    Raises:
        Refused: It is too long or too slow.
    """
    too_long = Refused(413, GraphQLError(f"A request may have {MAX_BODY:,} bytes."))
    length = request.headers.get("content-length", "0")
    if not (length.isascii() and length.isdecimal()) or len(length) > 18 or int(length) > MAX_BODY:
        raise too_long
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for chunk in request.stream():
                body += chunk
                if len(body) > MAX_BODY:
                    raise too_long
    except TimeoutError:
        slow = f"The request did not arrive within {BODY_SECONDS:g} seconds."
        raise Refused(408, GraphQLError(slow)) from None
    return bytes(body)


async def _gone(request: Request) -> None:
    """Return when the client has gone."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _parsed(body: bytes) -> dict[str, Any]:
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


# ── a document ───────────────────────────────────────────────────────────────────────────────────


def prepared(schema: strawberry.Schema, asked: dict[str, Any]) -> Question:
    """Parse a request's document, choose its operation, reckon and validate it.

    Raises:
        Refused: It can't or may not be executed.
    """
    variables = asked.get("variables") or {}
    try:
        document = parse(asked["query"], max_tokens=MAX_TOKENS)
    except GraphQLError as error:
        raise Refused(200, error) from None
    operation = _chosen(document, asked.get("operationName") or None)
    reckoning = Reckoning(schema._schema, document, variables)
    try:
        bill = reckoning.of(operation)
    except LdtError as error:
        raise Refused(200, GraphQLError(str(error), extensions={"code": "TooDear"})) from None
    errors = validate(schema._schema, document)
    if not errors:
        found = get_variable_values(
            schema._schema,
            operation.variable_definitions or (),
            variables,
        )
        errors = found if isinstance(found, list) else []
    if errors:
        raise Refused(200, *errors)
    name = operation.name.value if operation.name else None
    old = bool(reckoning.versions)
    return Question(asked["query"], document, variables, name, bill.own, old)


def _chosen(document: DocumentNode, name: str | None) -> OperationDefinitionNode:
    """Return the operation that a request means (GraphQL, October 2021, section 6.1)."""
    operations = [d for d in document.definitions if isinstance(d, OperationDefinitionNode)]
    names = [d.name.value if d.name else None for d in operations]
    has = ", ".join(filter(None, names)) or "one without a name"
    if not operations:
        text = "The document holds no operation, such as `query { … }`."
    elif name is None and len(operations) > 1:
        text = f"The document has several operations: name one in `operationName`: {has}."
    elif name is not None and name not in names:
        text = f"The document has no operation {name!r}; it has {has}."
    else:
        chosen = operations[names.index(name) if name is not None else 0]
        if chosen.operation is OperationType.QUERY:
            return chosen
        text = f"The twin is asked, not changed, here: a query, not a {chosen.operation.value}."
    raise Refused(400, GraphQLError(text))
