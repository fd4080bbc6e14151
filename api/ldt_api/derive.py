"""GraphQL types from the frozen values that they show: a field is written once, in the value."""

from __future__ import annotations

import types
from dataclasses import fields
from typing import TYPE_CHECKING, Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

import strawberry

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

T = TypeVar("T")


def derived(
    value: Any,  # noqa: ANN401  (a dataclass; there is no public type of them)
    *,
    description: str | None = None,
    said: Mapping[str, str] | None = None,
    names: Mapping[str, str] | None = None,
    shown: Mapping[str, Any] | None = None,
    without: tuple[str, ...] = (),
) -> Callable[[type[T]], type[T]]:
    """Make a class the GraphQL type of a frozen dataclass; resolvers return the values themselves.

    Args:
        value: The dataclass.
        description: Of the type.
        said: Field → its description.
        names: Field → its name in GraphQL, where that is another.
        shown: Field → the GraphQL type that it has, where its own is a value too.
        without: Fields that are left out.
    """
    said, names, shown = said or {}, names or {}, shown or {}

    def decorate(cls: type[T]) -> type[T]:
        hints = get_type_hints(value, localns={"Provenance": Any})
        for field in fields(value):
            if field.name not in without:
                type_ = shown.get(field.name) or graphql_type(hints[field.name])
                cls.__annotations__[field.name] = type_
                described = strawberry.field(
                    name=names.get(field.name), description=said.get(field.name)
                )
                setattr(cls, field.name, described)
        made: Any = strawberry.type(cls, description=description)
        return made

    return decorate


def as_is(value: object) -> Any:  # noqa: ANN401  (it stands where its derived type is expected)
    """Return a value for a field of its derived type: strawberry reads the fields off it."""
    return value


def values_of(value: Any) -> dict[str, Any]:  # noqa: ANN401  (a dataclass)
    """Return a value's fields by name, for a derived type that adds fields of its own."""
    return {f.name: getattr(value, f.name) for f in fields(value)}


def graphql_type(hint: Any) -> Any:  # noqa: ANN401  (type hints)
    """Return the GraphQL type of a value's type: a list for a tuple, a text for a choice of texts."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Literal:
        return str
    if origin is tuple:
        return list[graphql_type(arguments[0])]  # ty: ignore[invalid-type-form]
    if origin in (Union, types.UnionType):
        return Union[tuple(graphql_type(a) for a in arguments)]  # noqa: UP007  (made of values)
    return hint
