"""What a field costs beside what is asked below it, written where the field is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import strawberry
from strawberry.schema_directive import Location

if TYPE_CHECKING:
    from graphql import GraphQLField


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION],
    description="What a field costs beside the fields below it, where that is more than its place says.",
)
class Cost:
    """A weight, of which a plain field has 1: some 5 µs of work in a city of 100,000."""

    weight: int


def weight_of(field: GraphQLField | None) -> int:
    """Return what the schema says that a field costs; 0 where it says nothing."""
    definition = field.extensions.get("strawberry-definition") if field is not None else None
    found = [d.weight for d in getattr(definition, "directives", ()) if isinstance(d, Cost)]
    return max(found, default=0)
