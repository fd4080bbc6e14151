"""The application: GraphQL, GraphiQL from local files, health. No request leaves the machine."""

from __future__ import annotations

import asyncio
import logging
import re
import socket
import uuid
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
from fastapi import FastAPI, Request, Response
from fastapi.responses import FileResponse
from fastapi.staticfiles import StaticFiles
from graphql import GraphQLError, OperationDefinitionNode, parse
from starlette.concurrency import run_in_threadpool
from strawberry.schema.exceptions import CannotGetOperationTypeError

from ldt_api.following import Following
from ldt_api.schema import MAX_TOKENS, Context, make_schema
from ldt_graph import __version__
from ldt_graph.errors import LdtError, SettingsError, Unavailable, VersionMoved

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    import strawberry

    from ldt_graph.graph import Store

log = logging.getLogger(__name__)
STATIC = Path(__file__).parent / "static"
MAX_BODY = 1_000_000
_OPERATION = re.compile(r"\b(?:query|mutation|subscription)\b")
HEADERS = {
    "Content-Security-Policy": "default-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self' data:; img-src 'self' data:",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


def create_app(store: Store, *, poll: float = 1.0, budget: float = 30.0) -> FastAPI:
    """Return the application over a store of graphs.

    Args:
        store: Followed from the application's start to its end.
        poll: Seconds between two looks at it.
        budget: Seconds that one GraphQL request may take before it is answered with 503.
    """
    following = Following(store, poll=poll)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
        await run_in_threadpool(following.start)
        yield
        await run_in_threadpool(following.stop)

    app = FastAPI(
        title="ldt-graph", version=__version__, docs_url=None, redoc_url=None, lifespan=lifespan
    )
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    schema = make_schema()

    @app.middleware("http")
    async def secure(request: Request, call_next: Any) -> Response:  # noqa: ANN401  (starlette's type is private)
        response = await call_next(request)
        response.headers.update(HEADERS)
        return response

    @app.get("/", include_in_schema=False)
    async def index() -> FileResponse:
        return FileResponse(STATIC / "index.html")

    @app.get("/graphql", include_in_schema=False)
    async def graphiql() -> FileResponse:
        return FileResponse(STATIC / "graphiql.html")

    @app.post("/graphql", summary="Ask in GraphQL")
    async def graphql(request: Request) -> Response:
        return await _answer(schema, following, request, budget)

    @app.get("/health", summary="Whether the process is alive")
    async def health() -> dict[str, str]:
        return {"status": "ok", "version": __version__}

    @app.get("/ready", summary="Whether a version of the twin can be asked")
    async def ready() -> Response:
        ready = following.ready()
        said = {"ready": ready} | ({"fault": str(following.fault)} if following.fault else {})
        return _json(said, 200 if ready else 503, {} if ready else {"Retry-After": "5"})

    return app


def serve(store: Store, host: str, port: int) -> None:
    """Serve until stopped.

    Raises:
        SettingsError: The port is taken or the address is not this machine's.
    """
    import uvicorn

    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise SettingsError(
                f"{host}:{port} can't be served: {error.strerror}.",
                hint="Choose another with --port.",
            ) from None
    log.info("GraphiQL: http://%s:%s/graphql", host, port)
    print(f"GraphiQL: http://{host}:{port}/graphql   (stop with Ctrl-C)", flush=True)  # noqa: T201
    uvicorn.run(create_app(store), host=host, port=port, log_level="warning")


async def _answer(
    schema: strawberry.Schema, following: Following, request: Request, budget: float
) -> Response:
    body = await request.body()
    if len(body) > MAX_BODY:
        return _fault(f"A request may have {MAX_BODY:,} bytes.", 413)
    try:
        asked = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        return _fault(f"The request is not JSON: {error}.", 400)
    fault = _malformed(asked) or _several(asked)
    if fault:
        return _fault(fault, 400)
    try:
        result, context = await asyncio.wait_for(_execute(schema, following, asked), budget)
    except CannotGetOperationTypeError:
        return _fault(_no_operation(asked), 400)
    except TimeoutError:
        return _fault(
            f"The question took longer than {budget:g} seconds.", 503, {"Retry-After": "5"}
        )
    return _respond(result, context)


async def _execute(
    schema: strawberry.Schema, following: Following, asked: dict[str, Any]
) -> tuple[Any, Context]:
    """Execute a question on one version; from the start again where the store moved on meanwhile."""
    while True:
        context = Context(following)
        result = await run_in_threadpool(
            schema.execute_sync,
            asked["query"],
            variable_values=asked.get("variables"),
            operation_name=asked.get("operationName") or None,
            context_value=context,
        )
        causes = [e.original_error for e in result.errors or ()]
        gone = [c for c in causes if isinstance(c, Unavailable) and not isinstance(c, VersionMoved)]
        if gone:
            following.missed(gone[0])
        if not any(isinstance(c, VersionMoved) for c in causes):
            return result, context
        with suppress(Unavailable):  # then the next round says so
            await run_in_threadpool(following.renew)


def _malformed(asked: object) -> str | None:
    if not isinstance(asked, dict):
        return "A request is a JSON object with `query`; several in one are not taken."
    if not isinstance(asked.get("query"), str):
        return "`query` is missing, or not a text."
    if not asked["query"].strip():
        return "`query` is empty."
    if not isinstance(asked.get("variables") or {}, dict):
        return "`variables` must be an object."
    return (
        None
        if isinstance(asked.get("operationName") or "", str)
        else "`operationName` must be a text."
    )


def _several(asked: dict[str, Any]) -> str | None:
    """Refuse several operations of which none is named: the engine would take the first. One is not parsed twice."""
    if asked.get("operationName") or len(_OPERATION.findall(asked["query"])) < 2:
        return None
    try:
        names = _operations(asked["query"])
    except GraphQLError:
        return None  # the engine says it
    if len(names) < 2:
        return None
    return f"The document has several operations: name one in `operationName`: {', '.join(filter(None, names))}."


def _no_operation(asked: dict[str, Any]) -> str:
    """Say why no operation of a document can be chosen (GraphQL, October 2021, section 6.1)."""
    names = _operations(asked["query"])
    if not names:
        return "The document holds no operation, such as `query { … }`."
    has = ", ".join(filter(None, names)) or "one without a name"
    return f"The document has no operation {asked.get('operationName')!r}; it has {has}."


def _operations(query: str) -> list[str | None]:
    """Return the names of a document's operations.

    Raises:
        GraphQLError: It is none.
    """
    document = parse(query, no_location=True, max_tokens=MAX_TOKENS)
    operations = [d for d in document.definitions if isinstance(d, OperationDefinitionNode)]
    return [d.name.value if d.name else None for d in operations]


def _respond(result: Any, context: Context) -> Response:  # noqa: ANN401  (strawberry's union of results)
    answer: dict[str, Any] = {"data": result.data}
    status = 200
    if result.errors:
        answer["errors"] = [_error(e) for e in result.errors]
        if any(isinstance(e.original_error, Unavailable) for e in result.errors):
            status = 503
    headers = {"Retry-After": "5"} if status == 503 else {}
    if context.version is not None:
        headers["X-LDT-Version"] = str(context.version)
    return _json(answer, status, headers)


def _error(error: GraphQLError) -> dict[str, Any]:
    """Return an error for the client: ours with its facts, others masked and logged under an id."""
    formatted: dict[str, Any] = dict(error.formatted)
    cause = error.original_error
    if isinstance(cause, LdtError):
        facts = {
            "code": type(cause).__name__,
            "place": str(cause.place) if cause.place else None,
            "hint": cause.hint,
        }
        formatted |= {"message": cause.message, "extensions": {k: v for k, v in facts.items() if v}}
    elif cause is not None and not hasattr(cause, "formatted"):
        number = uuid.uuid4().hex[:12]
        log.error("Fault %s", number, exc_info=cause)
        formatted |= {
            "message": f"A fault of ours; the server's log tells more under {number}.",
            "extensions": {"code": "Fault"},
        }
    return formatted


def _fault(message: str, status: int, headers: dict[str, str] | None = None) -> Response:
    return _json({"errors": [{"message": message}]}, status, headers)


def _json(value: object, status: int, headers: dict[str, str] | None = None) -> Response:
    return Response(orjson.dumps(value), status, headers, "application/json")
