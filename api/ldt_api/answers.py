"""Answers: their media type, their headers, and errors told without a path, an address or a secret."""

from __future__ import annotations

import logging
import re
import uuid
from typing import TYPE_CHECKING, Any

import orjson
from fastapi import Response

from ldt_graph.errors import LdtError, QueryError, RecordError, ServerError, Unavailable

if TYPE_CHECKING:
    from graphql import GraphQLError

    from ldt_api.schema import Context

log = logging.getLogger(__name__)
JSON, GRAPHQL = "application/json", "application/graphql-response+json"
HEADERS = {
    "Content-Security-Policy": "default-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self' data:; "
    "img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
# An absolute path, or an address of a store: what our own messages name for whoever runs the server.
_WHERE = re.compile(
    r"""(?:[a-z][a-z0-9+.-]*://|(?<![\w/:>])/(?=[^\s/])|\b[A-Za-z]:\\)[^\s'",;)]+"""
)


def accepted(accept: str | None) -> str | None:
    """Return the media type of an answer; JSON where no preference is told, None where neither is taken."""
    if not accept or not accept.strip():
        return JSON
    weights: dict[str, float] = {}
    for part in accept.split(","):
        kind, *parameters = (p.strip().lower() for p in part.split(";"))
        weights[kind] = max(weights.get(kind, 0.0), _weight(parameters))
    default = max(weights.get("application/*", 0.0), weights.get("*/*", 0.0))
    json, graphql = (weights.get(kind, default) for kind in (JSON, GRAPHQL))
    if json <= 0 and graphql <= 0:
        return None
    # Named, ours goes first; of `*/*` alone a client that never heard of it may come.
    return GRAPHQL if graphql > json or (graphql == json and GRAPHQL in weights) else JSON


def _weight(parameters: list[str]) -> float:
    told = next((p[2:] for p in parameters if p.startswith("q=")), "1")
    return float(told) if re.fullmatch(r"[01](\.\d{0,3})?", told) else 0.0


def respond(result: Any, context: Context, media: str) -> Response:  # noqa: ANN401  (strawberry's union of results)
    """Return the answer of an execution."""
    answer: dict[str, Any] = {"data": result.data}
    status = 200
    if result.errors:
        answer["errors"] = [_error(e) for e in result.errors]
        if any(isinstance(e.original_error, Unavailable) for e in result.errors):
            status = 503
    headers = {"Retry-After": "5"} if status != 200 else {}
    if context.version is not None:
        headers["X-LDT-Version"] = str(context.version)
    return json_of(answer, status, headers, media)


def fault(
    errors: str | list[Any], status: int, media: str = JSON, headers: dict[str, str] | None = None
) -> Response:
    """Return the answer of a request that is not executed: without `data`."""
    told = [{"message": errors}] if isinstance(errors, str) else errors
    return json_of({"errors": told}, status, headers, media)


def json_of(
    value: object, status: int, headers: dict[str, str] | None = None, media: str = JSON
) -> Response:
    """Return a value as JSON."""
    return Response(orjson.dumps(value), status, headers, f"{media}; charset=utf-8")


def masked(cause: BaseException) -> str:
    """Log a fault of ours under a number, and return what may be told of it."""
    number = uuid.uuid4().hex[:12]
    log.error("Fault %s", number, exc_info=cause)
    return f"A fault of ours; the server's log tells more under {number}."


def told(error: LdtError, text: str) -> str:
    """Return words of an error for somebody elsewhere: where the record or the server is, is not for them."""
    operational = isinstance(error, RecordError | ServerError | Unavailable)
    return _WHERE.sub("…", text) if operational else text


def _error(error: GraphQLError) -> dict[str, Any]:
    """Return an error for the client: ours with its facts, others masked and logged under an id."""
    formatted: dict[str, Any] = dict(error.formatted)
    cause = error.original_error
    if isinstance(cause, LdtError):
        facts = {
            "code": type(cause).__name__,
            "place": str(cause.place) if cause.place and isinstance(cause, QueryError) else None,
            "hint": told(cause, cause.hint) if cause.hint else None,
        }
        formatted |= {
            "message": told(cause, cause.message),
            "extensions": {k: v for k, v in facts.items() if v},
        }
    elif cause is not None and not hasattr(cause, "formatted"):
        formatted |= {"message": masked(cause), "extensions": {"code": "Fault"}}
    return formatted
