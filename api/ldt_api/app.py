"""The application: GraphQL, GraphiQL from local files, health. No request leaves the machine."""

from __future__ import annotations

from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI, Request, Response
from fastapi.responses import FileResponse
from fastapi.staticfiles import StaticFiles
from starlette.concurrency import run_in_threadpool

from ldt_api import openapi
from ldt_api.access import Access, Gate
from ldt_api.answers import HEADERS, fault, json_of, masked, told
from ldt_api.asking import Asking
from ldt_api.following import Following
from ldt_api.reading import MAX_BODY
from ldt_api.schema import make_schema
from ldt_graph import __version__
from ldt_graph.errors import LdtError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterable

    from ldt_graph.graph import Store
    from ldt_graph.source_rows import SourceRows

__all__ = ["MAX_BODY", "STATIC", "create_app"]
STATIC = Path(__file__).parent / "static"


def create_app(
    store: Store,
    *,
    poll: float = 1.0,
    budget: float = 30.0,
    access: Access | None = None,
    contact: str = "",
    sources: SourceRows | None = None,
) -> FastAPI:
    """Return the application over a store of graphs.

    Args:
        store: Followed from the application's start to its end.
        poll: Seconds between two looks at it.
        budget: Seconds that one GraphQL request may take before it is ended, and answered with 503.
        access: Who may ask; anybody, unless given: `ldt serve` gives it, and who mounts the application elsewhere
            has a gate of their own before it.
        contact: Address, as an IRI, for who finds a weakness of the server; none is served unless given.
        sources: The twin's files, for `sourceRows`; None: it shows none.
    """
    following = Following(store, poll=poll, sources=sources)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
        await run_in_threadpool(following.start)
        yield
        await run_in_threadpool(following.stop)

    app = FastAPI(
        title="ldt-graph", version=__version__, docs_url=None, redoc_url=None, lifespan=lifespan
    )
    app.openapi = partial(openapi.describe, app)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    asking = Asking(make_schema(), following, budget)
    if access is not None:
        app.add_middleware(Gate, access=access)
    app.add_middleware(Headed)
    app.add_exception_handler(Exception, _fault_of_ours)

    @app.post("/graphql", **openapi.ASKED)
    async def graphql(request: Request) -> Response:
        return await asking.answer(request)

    _add_pages(app, contact)
    _add_state(app, following)
    return app


def _add_pages(app: FastAPI, contact: str) -> None:
    @app.get("/", include_in_schema=False)
    async def index() -> FileResponse:
        return FileResponse(STATIC / "index.html")

    @app.get("/graphql", include_in_schema=False)
    async def graphiql() -> FileResponse:
        return FileResponse(STATIC / "graphiql.html")

    @app.get("/.well-known/security.txt", include_in_schema=False)
    async def security() -> Response:
        return _security(contact) if contact else fault("There is no contact.", 404)


def _add_state(app: FastAPI, following: Following) -> None:
    @app.get("/health", **openapi.HEALTH)
    async def health() -> dict[str, str]:
        return {"status": "ok", "version": __version__}

    @app.get("/ready", **openapi.READY)
    async def ready() -> Response:
        ready = following.ready()
        said = {"ready": ready} | (_told(following.fault) if following.fault else {})
        return json_of(said, 200 if ready else 503, {} if ready else {"Retry-After": "5"})


class Headed:
    """Puts the security headers on every answer that the application gives itself.

    A request of two lengths is answered here: a proxy may have read another of them, and what is the body there is the
    next request here (RFC 9112, 11.2).
    """

    def __init__(self, app: Any) -> None:  # noqa: ANN401  (an ASGI application)
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401  (ASGI)
        """Pass a request on, and its answer back with the headers."""

        async def headed(message: Any) -> None:  # noqa: ANN401  (ASGI)
            if message["type"] == "http.response.start":
                own = {name.lower() for name, _ in message["headers"]}
                more = [(k.lower().encode(), v.encode()) for k, v in HEADERS.items()]
                message["headers"] = [*message["headers"], *(h for h in more if h[0] not in own)]
            await send(message)

        if scope["type"] == "http" and _two_lengths(scope["headers"]):
            text = "A request has a Content-Length or a Transfer-Encoding, not both."
            refused = fault(text, 400, headers={"Connection": "close"})
            await refused(scope, receive, headed)
            return
        await self._app(scope, receive, headed)


def _two_lengths(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    told = [name.lower() for name, _ in headers]
    return b"content-length" in told and b"transfer-encoding" in told


def _security(contact: str) -> Response:
    """Return whom to tell of a weakness (RFC 9116); what it says is good for half a year."""
    until = datetime.now(UTC).replace(microsecond=0) + timedelta(days=180)
    text = f"Contact: {contact}\nExpires: {until:%Y-%m-%dT%H:%M:%SZ}\nPreferred-Languages: en\n"
    return Response(text, media_type="text/plain; charset=utf-8")


async def _fault_of_ours(_: Request, error: Exception) -> Response:
    """Answer what nothing else caught, outside of every middleware."""
    return fault(masked(error), 500, headers=HEADERS)


def _told(error: Exception) -> dict[str, str]:
    if isinstance(error, LdtError):
        return {"fault": told(error, str(error))}
    return {"fault": "The store fails; the server's log tells more."}
