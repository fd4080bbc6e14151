"""How the attributes of an entity stand in the graph: by their values alone, or as NGSI-LD's normalized form has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

from ldt_graph.derive import objects, types
from ldt_graph.derive.form import (
    CARRIED,
    TRUE,
    All,
    Attribute,
    AttributeKind,
    Choice,
    Count,
    Each,
    Lifted,
    Not,
    One,
    OneOf,
    Some,
    both,
    each,
    either,
    negated,
)
from ldt_graph.derive.position import Position, member
from ldt_graph.derive.scalars import NO_LIST
from ldt_graph.namespaces import AS_WKT, IDENTIFIER, LDT, NAME, NGSI_LD, RDF_TYPE

if TYPE_CHECKING:
    from ldt_graph.derive.compile import Compiler
    from ldt_graph.derive.documents import Spot
    from ldt_graph.derive.form import Path, Test

_LOCATION = NGSI_LD.location
VALUES: Path = (Choice((NGSI_LD.hasValue, NGSI_LD.hasObject, NGSI_LD.hasLanguageMap)),)


_TYPED = Count((RDF_TYPE,), 1, None, OneOf(iris=tuple(NGSI_LD[k] for k in get_args(AttributeKind))))
_SAYS = Count(CARRIED, 1)
"""A relationship whose object is no IRI names nothing, whatever texts a schema takes for identifiers (clause 4.5.3)."""


class Canonical:
    """Entity → term → value: the simplified form as JSON-LD, and what the lift makes of any form."""

    beside = (RDF_TYPE, IDENTIFIER, NAME, AS_WKT, LDT.planGeometry)

    def member(self, compiler: Compiler, spot: Spot, name: str, position: Position) -> Test:
        """Return what a schema says of an attribute."""
        found = member(position, name)
        if found.keyword == "@type":
            return _type(compiler, spot, found.position)
        test = objects.of_member(compiler, spot, name, position)
        if found.path is None:
            return test
        if found.listed:
            plain = compiler.values(spot, found.path, found.position)
            test = either((test, both((each(found.path, NO_LIST), plain))))
        if types.may_be_object(compiler, spot):
            test = _or(test, found.path, Lifted())
        return test

    def required(self, compiler: Compiler, spot: Spot, name: str, position: Position) -> Test:
        """Return the test that an entity has an attribute; its place may stand as WKT."""
        found = member(position, name)
        if found.keyword == "@type":
            return TRUE
        test = objects.is_required(compiler, spot, name, position)
        if found.path == (_LOCATION,) and isinstance(test, Count):
            return Count((Choice((_LOCATION, AS_WKT)),), 1)
        return test


class Normalized:
    """Entity → term → node → `hasValue`, `hasObject` or `hasLanguageMap` → value.

    What is no attribute of NGSI-LD is taken for a value that stands there bare. Values that stand under other members (`vocab`, `json`, `valueList`, `objectList`) count as there, and are
    not judged.
    """

    beside = (RDF_TYPE,)

    def member(self, compiler: Compiler, spot: Spot, name: str, position: Position) -> Test:
        """Return what a schema says of an attribute: each instance of it is judged by itself."""
        found = member(position, name)
        if found.keyword == "@type":
            return _type(compiler, spot, found.position)
        if found.path is None:
            return objects.of_member(compiler, spot, name, position)
        inner = Position(found.position.context, depth=position.depth)
        carried = compiler.values(spot, VALUES, inner)
        bare = compiler.node(spot, inner)
        empty = bare == TRUE or types.may_be_empty(compiler, spot)
        proper = Attribute() if empty else both((Attribute(), _SAYS))
        if types.may_be_object(compiler, spot):
            way = either((both((proper, carried)), both((negated(_TYPED), bare))))
            return each(found.items, way)
        return both((each(found.items, either((proper, bare))), each(found.items, carried)))

    def required(self, compiler: Compiler, spot: Spot, name: str, position: Position) -> Test:
        """Return the test that an entity has an attribute, and that it says something."""
        found = member(position, name)
        if found.keyword == "@type":
            return TRUE
        test = objects.is_required(compiler, spot, name, position)
        schemas = [
            s for s in objects.definitions(compiler, spot, name) if isinstance(s.schema, dict)
        ]
        if found.path is None or any(types.may_be_empty(compiler, s) for s in schemas):
            return test
        return both((test, each(found.items, _SAYS)))


def _type(compiler: Compiler, spot: Spot, position: Position) -> Test:
    """Return the test of `type`: an entity may be of other types too, and of those above its own."""
    test = compiler.node(spot, position)
    return TRUE if test == TRUE else Count((RDF_TYPE,), 1, None, test)


def _or(test: Test, path: Path, other: Test) -> Test:
    """Let the values of a path pass where they pass another test."""
    match test:
        case All(tests):
            return both(_or(t, path, other) for t in tests)
        case Some(tests):
            return either(_or(t, path, other) for t in tests)
        case One(tests):
            return One(tuple(_or(t, path, other) for t in tests))
        case Not(inner):
            return Not(_or(inner, path, other))
        case Each(at, inner) if at == path:
            return Each(path, either((inner, other)))
        case Count(at, low, high, inner) if at == path and inner is not None:
            return Count(path, low, high, either((inner, other)))
    return test
