"""What `/openapi.json` says of the routes beside their paths: bodies, answers, statuses, keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi.openapi.utils import get_openapi

from ldt_api.answers import GRAPHQL, JSON
from ldt_graph.impact.streams import MEDIA

if TYPE_CHECKING:
    from fastapi import FastAPI

_ERRORS = {
    "type": "object",
    "required": ["errors"],
    "properties": {
        "errors": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["message"],
                "properties": {
                    "message": {"type": "string"},
                    "locations": {"type": "array"},
                    "path": {"type": "array"},
                    "extensions": {"type": "object"},
                },
            },
        },
        "data": {"type": ["object", "null"]},
    },
}
_ANSWER = {"anyOf": [{"type": "object", "required": ["data"]}, _ERRORS]}
_FAULTS = {
    400: "No request, or a document that can't be executed.",
    401: "No key, or one that opens nothing.",
    403: "A key whose scope is not enough, or a page from elsewhere.",
    406: "The answer's media type is none that is accepted.",
    408: "The request came too slowly.",
    413: "The request is too long.",
    415: "The request is no JSON, or compressed.",
    421: "The server is not called that.",
    500: "A fault of ours, told by a number that the server's log explains.",
    503: "The store is away, the question took too long, or too many wait.",
}
_GATE = (400, 401, 403, 421, 500)
_STATE = {
    "type": "object",
    "required": ["ready"],
    "properties": {"ready": {"type": "boolean"}, "fault": {"type": "string"}},
    "additionalProperties": False,
}
REQUEST = {
    "type": "object",
    "required": ["query"],
    "properties": {
        "query": {"type": "string", "minLength": 1},
        "variables": {"type": ["object", "null"]},
        "operationName": {"type": ["string", "null"]},
        "extensions": {"type": ["object", "null"]},
    },
}


def _told(description: str, schema: Any, *media: str) -> dict[str, Any]:  # noqa: ANN401  (JSON Schema)
    content = {m: {"schema": schema} for m in media or (JSON,)}
    return {"description": description, "content": content}


def _faults(*statuses: int, media: tuple[str, ...] = (JSON,)) -> dict[int | str, dict[str, Any]]:
    return {s: _told(_FAULTS[s], _ERRORS, *media) for s in statuses}


_ANSWERED = _told("Answered, or what is wrong with the document.", _ANSWER, JSON, GRAPHQL)
_ANSWERED["content"] |= {
    MEDIA["geojson"]: {"schema": {"type": "object", "required": ["type", "features"]}},
    MEDIA["arrow"]: {"schema": {"type": "string", "format": "binary"}},
}
ASKED: dict[str, Any] = {
    "summary": "Ask in GraphQL",
    "responses": _faults(*_FAULTS, media=(JSON, GRAPHQL)) | {200: _ANSWERED},
    "openapi_extra": {
        "requestBody": {"required": True, "content": {JSON: {"schema": REQUEST}}},
        "security": [{"key": []}, {}],
    },
}
HEALTH: dict[str, Any] = {
    "summary": "Whether the process is alive",
    "responses": _faults(*_GATE),
}
READY: dict[str, Any] = {
    "summary": "Whether a version of the twin can be asked",
    "responses": _faults(*_GATE)
    | {200: _told("One can.", _STATE), 503: _told("None can now; come again.", _STATE)},
}


def describe(app: FastAPI) -> dict[str, Any]:
    """Return the document, with the keys that a server may ask for."""
    if app.openapi_schema is None:
        made = get_openapi(title=app.title, version=app.version, routes=app.routes)
        schemes = {"key": {"type": "http", "scheme": "bearer", "description": "ldt keys add NAME"}}
        made.setdefault("components", {})["securitySchemes"] = schemes
        app.openapi_schema = made
    return app.openapi_schema
