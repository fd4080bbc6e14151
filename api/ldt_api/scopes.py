"""Whose key opens a field, written where the field is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import strawberry
from strawberry.schema_directive import Location

from ldt_api.keys import SCOPES

if TYPE_CHECKING:
    from graphql import GraphQLField


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION],
    description="The least scope of a key that opens a field, where `read` does not. Without keys it is open.",
)
class Needs:
    """A scope: what stands below a field is no broader than it."""

    scope: str


def scope_of(field: GraphQLField | None) -> str:
    """Return the least scope that opens a field."""
    definition = field.extensions.get("strawberry-definition") if field is not None else None
    found = [d.scope for d in getattr(definition, "directives", ()) if isinstance(d, Needs)]
    return max(found, key=SCOPES.index, default=SCOPES[0])
