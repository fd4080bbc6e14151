"""What the schema says of a field beside its type, written where the field is: what it costs, and whose key opens it."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import strawberry
from strawberry.schema_directive import Location

from ldt_api.keys import SCOPES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from graphql import GraphQLField

D = TypeVar("D")


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION],
    description="What a field costs beside the fields below it, where that is more than its place says.",
)
class Cost:
    """A weight, of which a plain field has 1: some 5 µs of work in a city of 100,000."""

    weight: int


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION],
    description="The least scope of a key that opens a field, where `read` does not. Without keys it is open.",
)
class Needs:
    """A scope: what stands below a field is no broader than it."""

    scope: str


def weight_of(field: GraphQLField | None) -> int:
    """Return what the schema says that a field costs; 0 where it says nothing."""
    return max((d.weight for d in _said(field, Cost)), default=0)


def scope_of(field: GraphQLField | None) -> str:
    """Return the least scope that opens a field."""
    return max((d.scope for d in _said(field, Needs)), key=SCOPES.index, default=SCOPES[0])


def _said(field: GraphQLField | None, kind: type[D]) -> Iterator[D]:
    definition = field.extensions.get("strawberry-definition") if field is not None else None
    yield from (d for d in getattr(definition, "directives", ()) if isinstance(d, kind))
