"""GraphQL over HTTP: a request read in bounds, its operation chosen, reckoned, executed until its deadline.

Statuses and media types are those of the GraphQL-over-HTTP specification (draft of 2025): whoever accepts
`application/graphql-response+json` gets 400 for a document that can't be executed, others 200 as ever.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from anyio import CapacityLimiter
from graphql import (
    GraphQLError,
    OperationDefinitionNode,
    OperationType,
    get_variable_values,
    parse,
    validate,
)
from starlette.requests import ClientDisconnect

from ldt_api.access import NOT_ENOUGH, scope_held
from ldt_api.answers import GRAPHQL, JSON, accepted, fault, respond
from ldt_api.keys import SCOPES, holds
from ldt_api.lanes import PAUSED, Full, Lane
from ldt_api.limits import MAX_TOKENS, Reckoning
from ldt_api.reading import LongBodies, Refused, body, gone, parsed, unfit
from ldt_api.schema import MAX_VALUES, Context, TooLong
from ldt_api.streaming import Streams, stream_accepted
from ldt_graph.deadline import Deadline, Ended, within
from ldt_graph.errors import LdtError, Unavailable, VersionMoved

if TYPE_CHECKING:
    import strawberry
    from fastapi import Request, Response
    from graphql import DocumentNode

    from ldt_api.following import Following

MAX_ERRORS = 50
"""That are told of a request's variables."""
SHORT = 2_000
"""Characters of a document that is read at once, whatever longer ones wait: it takes milliseconds."""
BODY_SECONDS = 15.0
"""In which a request's body must be here."""
DEAR = 2_000
"""Cost from which questions wait for one another: the others are answered meanwhile."""
QUICK_PLACES, DEAR_PLACES, OLD_PLACES = 8, 2, 2
"""Questions executed at a time: quick ones, dear ones, and those of older versions, which are cities in memory."""
_TIRED = {"Retry-After": "5"}


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
        self._dear = Lane(DEAR_PLACES)
        self._quick = Lane(QUICK_PLACES, then=self._dear)
        self._old = Lane(OLD_PLACES, sliced=False)
        self._short, self._long = (Lane(n, sliced=False) for n in (DEAR_PLACES, 1))
        self._bodies = LongBodies()
        self._threads = CapacityLimiter(QUICK_PLACES + DEAR_PLACES + OLD_PLACES + PAUSED)
        self._streams = Streams(partial(self._dear.run, threads=self._threads), budget)

    async def answer(self, request: Request) -> Response:
        """Answer one request; its work ends with its time, or when its client goes."""
        stream = stream_accepted(request.headers.get("accept"))
        media = JSON if stream else accepted(request.headers.get("accept"))
        if media is None:
            return fault(f"An answer is {JSON} or {GRAPHQL}; `Accept` takes neither.", 406)
        if (kind := unfit(request)) is not None:
            return fault(kind, 415, media)
        deadline = Deadline(self._budget)
        try:
            asked = parsed(await body(request, self._bodies))
            work = self._asked(asked, scope_held(request.scope), deadline)
            result, context = await self._unless_gone(request, deadline, work)
        except Refused as refused:
            return _refusal(refused, media)
        except ClientDisconnect:
            return fault("The client has gone.", 400, media)
        except TooLong:
            return _refusal(_too_long(), media)
        except Full:
            return fault("Too many questions at once.", 503, media, _TIRED)
        except Ended:
            text = f"The question took longer than {self._budget:g} seconds, and was ended."
            return fault(text, 503, media, _TIRED)
        return (
            self._streamed(result, context, stream) if stream else respond(result, context, media)
        )

    def _streamed(self, result: Any, context: Context, stream: str) -> Response:  # noqa: ANN401  (strawberry's union of results)
        """Answer with the hits of the one impact that was asked for; with JSON where that is not to be had."""
        if result.errors:
            return respond(result, context, JSON)
        if len(context.impacts) != 1:
            text = f"A stream has the hits of one `impact`; the document asks for {len(context.impacts)}."
            return fault(text, 400)
        return self._streams.respond(*context.impacts[0], stream) or fault(
            "Too many streams at once.", 503, JSON, _TIRED
        )

    async def _asked(
        self, asked: dict[str, Any], scope: str, deadline: Deadline
    ) -> tuple[Any, Context]:
        reading = self._short if len(asked["query"]) <= SHORT else self._long
        question = await reading.run(partial(prepared, self._schema, asked, scope), deadline)
        lane = self._old if question.old else self._dear if question.cost > DEAR else self._quick
        work = partial(self._execute, question, deadline)
        return await lane.run(work, deadline, self._threads)

    async def _unless_gone(self, request: Request, deadline: Deadline, work: Any) -> Any:  # noqa: ANN401  (what it returns)
        """Return what the work does.

        Raises:
            Ended: Its time is over first, or its client has gone.
        """
        asked, left = asyncio.ensure_future(work), asyncio.ensure_future(gone(request))
        try:
            await asyncio.wait(
                {asked, left}, timeout=deadline.left(), return_when=asyncio.FIRST_COMPLETED
            )
            if not asked.done():
                raise Ended
            return asked.result()
        finally:
            deadline.cancel()
            left.cancel()
            asked.cancel()

    def _execute(self, question: Question, deadline: Deadline) -> tuple[Any, Context]:
        """Execute a question on one version, from the start again where the store moved on; `Ended` at its deadline."""
        with within(deadline):
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


def _refusal(refused: Refused, media: str) -> Response:
    document = refused.status == 200
    status = 400 if document and media == GRAPHQL else refused.status
    return fault([e.formatted for e in refused.errors], status, media)


def _too_long() -> Refused:
    text = (
        f"An answer may have {MAX_VALUES:,} values; this one has more. "
        "Ask for shorter pages, or for fewer relations."
    )
    return Refused(200, GraphQLError(text, extensions={"code": "TooDear"}))


# ── a document ───────────────────────────────────────────────────────────────────────────────────


def prepared(schema: strawberry.Schema, asked: dict[str, Any], scope: str = SCOPES[-1]) -> Question:
    """Parse a request's document, choose its operation, reckon and validate it.

    Args:
        schema: What can be asked.
        asked: The request.
        scope: Of whoever asks.

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
    lacking = max(reckoning.scopes, key=SCOPES.index, default=SCOPES[0])
    if not holds(scope, lacking):
        raise Refused(403, GraphQLError(NOT_ENOUGH.format(lacking)))
    errors = validate(schema._schema, document)
    if not errors:
        found = get_variable_values(
            schema._schema,
            operation.variable_definitions or (),
            variables,
            max_errors=MAX_ERRORS,
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
